#include "eb_test.h"

#include "eb_draw.h"
#include "pattern/wildcard.h"

/* Any star may take any number of bytes: tried one after the other. */
static bool obviously_matches(const char *wildcard, const char *text)
{
    if (*wildcard == '*') {
        do {
            if (obviously_matches(wildcard + 1, text))
                return true;
        } while (*text++);
        return false;
    }
    if (*wildcard == '\\')
        wildcard++;
    else if (*wildcard == '\0')
        return *text == '\0';
    return *wildcard == *text && obviously_matches(wildcard + 1, text + 1);
}

static void check(const char *wildcard, const char *text, bool want)
{
    bool got = eb_wildcard_matches(eb_span_of(wildcard), eb_span_of(text));
    if (got != want)
        fail_msg("%s on %s: got %d, want %d", wildcard, text, got, want);
}

static void matches__takes_stars_for_any_bytes_and_escapes_for_themselves(void **state)
{
    (void)state;
    static const struct {
        const char *wildcard, *text;
        bool want;
    } cases[] = {
        { "", "", true },
        { "", "a", false },
        { "*", "", true },
        { "*", "ab", true },
        { "a*", "a", true },
        { "*a", "a", true },
        { "a*a", "a", false },
        { "a*a", "aa", true },
        { "ab*ba", "aba", false },
        { "*ab*ab*", "ab-ab", true },
        { "*ab*ab*", "abab", true },
        { "*ab*ab*", "aab", false },
        { "a\\*b", "a*b", true },
        { "a\\*b", "axb", false },
        { "*\\\\*", "a\\b", true },
        { "*\\\\*", "ab", false },
        { "*\\*", "x*", true },
        { "\\**", "*x", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(cases[i].wildcard, cases[i].text, cases[i].want);
}

static void draw(struct eb_draw *numbers, char *out, size_t len_max, bool is_wildcard)
{
    static const char *const parts[] = { "a", "b", "a", "\\*", "\\\\", "*" };
    static const char *const bytes[] = { "a", "b", "a", "*", "\\", "ab" };
    out[0] = '\0';
    for (size_t len = eb_draw_below(numbers, len_max + 1); len > 0; len--) {
        const char *part = (is_wildcard ? parts : bytes)[eb_draw_below(numbers, 6)];
        bool are_two_stars =
            is_wildcard && *part == '*' && strlen(out) > 0 && out[strlen(out) - 1] == '*';
        strcat(out, are_two_stars ? "a" : part);
    }
}

static void matches__agrees_with_what_is_obvious(void **state)
{
    (void)state;
    struct eb_draw numbers = { .state = 4 };
    char wildcard[32], text[32];
    unsigned matches = 0;
    for (int i = 0; i < 200000; i++) {
        draw(&numbers, wildcard, 8, true);
        draw(&numbers, text, 10, false);
        bool want = obviously_matches(wildcard, text);
        check(wildcard, text, want);
        matches += want;
    }
    assert_true(matches > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches__takes_stars_for_any_bytes_and_escapes_for_themselves),
        cmocka_unit_test(matches__agrees_with_what_is_obvious),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
