/*
 * What a broker sends to who asks or watches: an answer, its diagnostics and figures, a line of a
 * watch. Whatever it is, what is shown of it does not steer a terminal.
 */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

#include "reply.h"
#include "terminal.h"
#include "top_draw.h"
#include "top_model.h"
#include "json/reader.h"

static struct top_model model;

/* Line feeds are ours; of C1 and the bidirectional controls, U+009B and U+202E stand for all. */
static void require_harmless(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        FUZZ_REQUIRE((unsigned char)text[i] >= 0x20 || text[i] == '\n');
    FUZZ_REQUIRE(!memmem(text, len, "\xc2\x9b", 2));
    FUZZ_REQUIRE(!memmem(text, len, "\xe2\x80\xae", 3));
}

static void show(const struct reply *reply)
{
    static const struct reply_source source = { .file = "sent.json",
        .stands_as = EB_SPAN("rules/a.json"),
        .stands_below = EB_SPAN("a"),
        .lines_before = 3,
        .columns_before = 3 };
    const struct top_view view = { .columns = 120, .rows = 30, .broker = "b", .clock = "c" };
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    FUZZ_REQUIRE(out);
    reply_print_diags(out, reply, &source);
    top_model_take(&model, reply);
    top_model_take(&model, reply);
    top_draw(&model, &view, out);
    if (reply->error.ptr)
        print_escaped(out, reply->error);
    fclose(out);
    require_harmless(text, len);
    free(text);
}

static bool read_json(struct eb_doc *doc, struct eb_span text, struct eb_arena *arena)
{
    struct eb_json_fault fault;
    return eb_json_read(doc, text, &eb_json_limits_max, arena, &fault) == EB_JSON_OK;
}

/* As JSON: the reader takes it, and takes what is shown of it for the same. */
static void show_json(const struct eb_doc *doc, struct eb_arena *arena)
{
    char *text = NULL;
    size_t len = 0;
    struct eb_doc again;
    FILE *out = open_memstream(&text, &len);
    FUZZ_REQUIRE(out);
    print_json_text(out, eb_doc_source(doc, 0));
    fclose(out);
    FUZZ_REQUIRE(!memmem(text, len, "\xc2\x9b", 2));
    FUZZ_REQUIRE(read_json(&again, eb_span(text, len), arena));
    FUZZ_REQUIRE(again.token_count == doc->token_count);
    for (uint32_t i = 0; i < again.token_count; i++)
        FUZZ_REQUIRE(
            eb_doc_type(&again, i) != EB_JSON_STRING || eb_doc_strings_equal(&again, i, doc, i));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eb_span text = eb_span((const char *)bytes, len);
    struct eb_arena arena;
    struct reply reply;
    struct eb_doc doc;
    eb_arena_init_growing(&arena, SIZE_MAX);
    top_model_init(&model);
    if (reply_read(&reply, text, eb_span_of("7"), &arena) == REPLY_OURS)
        show(&reply);
    if (read_json(&doc, text, &arena))
        show_json(&doc, &arena);
    top_model_release(&model);
    eb_arena_release(&arena);
    return 0;
}
