/* Bounds that are integers, against literals of every length: they are compared as written. */
#include "judge.h"

static const int64_t numbers[] = { 0, 1, 2, 8, 9, 10, 11, 19, 20, 90, 99, 100, 101, 999, 1000,
    12345678, 87654321, 99999998, 99999999, 100000000, 100000001, 999999999, 1000000000,
    99999999999999999, 100000000000000000, 999999999999999999 };

enum { NUMBERS = sizeof numbers / sizeof *numbers };

/* Behind the number: nothing, where its last bytes are the text's last, or enough to read on. */
static const char *const rest[] = { "]", ",\"a string behind it\"]" };

static bool is_at_least(int64_t number, int64_t bound)
{
    return number >= bound;
}

static bool is_at_most(int64_t number, int64_t bound)
{
    return number <= bound;
}

static bool is_more(int64_t number, int64_t bound)
{
    return number > bound;
}

static bool is_less(int64_t number, int64_t bound)
{
    return number < bound;
}

static const struct {
    const char *keyword;
    bool (*holds)(int64_t number, int64_t bound);
} bounds[] = {
    { "minimum", is_at_least },
    { "maximum", is_at_most },
    { "exclusiveMinimum", is_more },
    { "exclusiveMaximum", is_less },
};

static void check_literal(struct judge *judge, const struct eb_schema *schema, const char *literal,
    bool holds, const char *keyword, int64_t bound)
{
    for (size_t r = 0; r < sizeof rest / sizeof *rest; r++) {
        char event[80];
        int len = snprintf(event, sizeof event, "[%s%s", literal, rest[r]);
        enum eb_validity want = holds ? EB_VALID : EB_INVALID;
        enum eb_validity got = judge_validate(judge, schema, eb_span(event, (size_t)len));
        if (got != want)
            print_error(
                "%s %lld of %s: got %d, want %d\n", keyword, (long long)bound, event, got, want);
        assert_int_equal(got, want);
    }
}

static void check_bound(struct judge *judge, size_t kind, int64_t bound)
{
    char text[120], uri[60];
    snprintf(text, sizeof text, "{\"prefixItems\":[{\"%s\":%lld}]}", bounds[kind].keyword,
        (long long)bound);
    snprintf(
        uri, sizeof uri, "https://example.com/%s/%lld", bounds[kind].keyword, (long long)bound);
    assert_true(judge_add(judge, uri, eb_arena_copy(&judge->compiled, eb_span_of(text))));
    const struct eb_schema *schema =
        eb_schema_compile(judge->library, eb_span_of(uri), &judge->diags);
    assert_non_null(schema);
    for (size_t i = 0; i < NUMBERS; i++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            char literal[32];
            snprintf(literal, sizeof literal, "%s%lld", sign < 0 ? "-" : "", (long long)numbers[i]);
            check_literal(judge, schema, literal, bounds[kind].holds(sign * numbers[i], bound),
                bounds[kind].keyword, bound);
        }
    }
}

static void range__orders_literals_as_numbers(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    for (size_t kind = 0; kind < sizeof bounds / sizeof *bounds; kind++) {
        for (size_t i = 0; i < NUMBERS; i++) {
            check_bound(&judge, kind, numbers[i]);
            if (numbers[i])
                check_bound(&judge, kind, -numbers[i]);
        }
    }
    judge_release(&judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(range__orders_literals_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
