/*
 * Texts that end in a bracket are read by code that asks for the end only behind brackets: every
 * one of a few bytes, up against a page that must not be read, and with a space behind it, which
 * makes other code read it.
 */
#include "eb_test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "json/reader.h"

static const char alphabet[] = "{}[]\":,1-e.\\ut \xc3\xa9";

enum {
    LETTERS = sizeof alphabet - 1,
    LEN_MAX = 5,
    TEXTS = 2 * (1 + LETTERS * (1 + LETTERS * (1 + LETTERS * (1 + LETTERS)))),
};

struct trial {
    char *end; /* of what may be read */
    struct eb_arena arena;
    unsigned tried;
};

static enum eb_json_code read_at(
    struct trial *trial, const char *text, size_t len, struct eb_json_fault *fault)
{
    struct eb_doc doc;
    char *copy = trial->end - len;
    memcpy(copy, text, len);
    eb_arena_reset(&trial->arena);
    return eb_json_read(&doc, eb_span(copy, len), &eb_json_limits_max, &trial->arena, fault);
}

static void try_text(struct trial *trial, char text[LEN_MAX + 1], size_t len)
{
    struct eb_json_fault closed, open;
    read_at(trial, text, len, &closed);
    text[len] = ' ';
    read_at(trial, text, len + 1, &open);
    uint32_t offset = open.offset > len ? (uint32_t)len : open.offset;
    bool is_alike =
        closed.code == open.code && closed.offset == offset &&
        (closed.expected == open.expected ||
            (closed.expected && open.expected && strcmp(closed.expected, open.expected) == 0));
    if (!is_alike)
        print_error("%.*s: %s at %u, with a space %s at %u\n", (int)len, text,
            eb_json_code_text(closed.code), closed.offset, eb_json_code_text(open.code),
            open.offset);
    assert_true(is_alike);
    trial->tried++;
}

/* Every text that begins so. */
static void try_texts(struct trial *trial, char text[LEN_MAX + 1], size_t len)
{
    static const char closers[] = "]}";
    for (size_t i = 0; closers[i]; i++) {
        text[len] = closers[i];
        try_text(trial, text, len + 1);
    }
    for (size_t i = 0; i < LETTERS && len + 1 < LEN_MAX; i++) {
        text[len] = alphabet[i];
        try_texts(trial, text, len + 1);
    }
}

static int set_up(void **state)
{
    static struct trial trial;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0)
        return -1;
    trial.end = pages + page;
    *state = &trial;
    return eb_arena_init_reserved(&trial.arena, 1 << 20) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct trial *trial = *state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    eb_arena_release(&trial->arena);
    return munmap(trial->end - page, 2 * page);
}

static void read__ends_with_the_last_bracket_whatever_is_before(void **state)
{
    struct trial *trial = *state;
    char text[LEN_MAX + 1];
    trial->tried = 0;
    try_texts(trial, text, 0);
    assert_int_equal(trial->tried, TEXTS);
}

/* The same behind the beginning of an event, where containers are open and windows have moved. */
static void read__ends_with_the_last_bracket_behind_an_event(void **state)
{
    static const char *const beginnings[] = { "{\"a\":[", "{\"a\":1,", "[[1],{\"b\":\"c\"}",
        "{\"a string of more than sixty-four bytes, which is a window's length, goes on\":" };
    static const char *const ends[] = { "]", "}", "1]", "1}", "\"]", "\"}", "\\]", "\\\"}", "[]",
        "{}", "[]]", "{}}", ",]", ":}", "\"a\":}", "\"a\":1}", "\"a\":1.}", "\"a\":1e]", "tru]",
        "nul}", "\"\\u12]", "\"\xc3\xa9]", "\"\xc3]", "-]", "1 ]", "[ ]", "]]]", "}}}" };
    struct trial *trial = *state;
    for (size_t b = 0; b < sizeof beginnings / sizeof *beginnings; b++) {
        for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
            char text[200];
            struct eb_json_fault closed, open;
            size_t len = (size_t)snprintf(text, sizeof text, "%s%s", beginnings[b], ends[e]);
            read_at(trial, text, len, &closed);
            text[len] = ' ';
            read_at(trial, text, len + 1, &open);
            if (closed.code != open.code)
                print_error("%s: %s, with a space %s\n", text, eb_json_code_text(closed.code),
                    eb_json_code_text(open.code));
            assert_int_equal(closed.code, open.code);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read__ends_with_the_last_bracket_whatever_is_before),
        cmocka_unit_test(read__ends_with_the_last_bracket_behind_an_event),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
