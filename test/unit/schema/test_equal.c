#include "eb_test.h"

#include <stdlib.h>

#include "schema/equal.h"
#include "json/reader.h"

static struct eb_arena arena;

static int set_up(void **state)
{
    (void)state;
    return eb_arena_init_reserved(&arena, (size_t)512 << 20) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    eb_arena_release(&arena);
    return 0;
}

static struct eb_doc read(const char *text)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(&doc, eb_span_of(text), &eb_json_limits_max, &arena, &fault), EB_JSON_OK);
    return doc;
}

struct row {
    const char *a, *b;
    bool want;
};

static const struct row rows[] = {
    { "1", "1.0", true },
    { "1", "true", false },
    { "0", "false", false },
    { "0", "null", false },
    { "0", "-0.0e7", true },
    { "9007199254740992", "9007199254740993", false },
    { "1e400", "10e399", true },
    { "\"a\"", "\"\\u0061\"", true },
    { "\"\\u00e9\"", "\"e\\u0301\"", false },
    { "\"1\"", "1", false },
    { "[]", "{}", false },
    { "[1,2]", "[2,1]", false },
    { "[1,[2,{\"a\":3}]]", "[1.0,[2,{\"a\":3e0}]]", true },
    { "[1]", "[1,1]", false },
    { "{\"a\":1,\"b\":2}", "{\"b\":2,\"\\u0061\":1}", true },
    { "{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}", false },
    { "{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", false },
    { "{\"a\":null}", "{}", false },
    { "{\"a\":[1]}", "{\"a\":[true]}", false },
};

static void equal__goes_by_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        eb_arena_reset(&arena);
        struct eb_doc a = read(rows[i].a), b = read(rows[i].b);
        bool is_exhausted = false;
        bool got = eb_value_equal(&a, 0, &b, 0, &arena, &is_exhausted);
        bool hash_alike = eb_value_hash(&a, 0) == eb_value_hash(&b, 0);
        if (got != rows[i].want || hash_alike != rows[i].want || is_exhausted) {
            print_error("%s and %s: got %d, hashes alike %d, want %d\n", rows[i].a, rows[i].b, got,
                hash_alike, rows[i].want);
            fail();
        }
    }
}

/* {"k0":0,…} or backwards, with the last value given. */
static char *large_object(unsigned members, bool is_backwards, unsigned last)
{
    char *text = malloc(32 * (size_t)members + 32);
    assert_non_null(text);
    size_t len = 0;
    text[len++] = '{';
    for (unsigned i = 0; i < members; i++) {
        unsigned k = is_backwards ? members - 1 - i : i;
        len += (size_t)sprintf(
            text + len, "%s\"k%u\":%u", i ? "," : "", k, k + 1 == members ? last : k);
    }
    text[len++] = '}';
    text[len] = '\0';
    return text;
}

static void equal__takes_large_objects_in_any_order(void **state)
{
    (void)state;
    enum { MEMBERS = 50000 };
    char *forwards = large_object(MEMBERS, false, 7), *backwards = large_object(MEMBERS, true, 7);
    char *other = large_object(MEMBERS, true, 8);
    struct eb_doc a = read(forwards), b = read(backwards), c = read(other);
    bool is_exhausted = false;
    assert_true(eb_value_equal(&a, 0, &b, 0, &arena, &is_exhausted));
    assert_false(eb_value_equal(&a, 0, &c, 0, &arena, &is_exhausted));
    assert_true(eb_value_hash(&a, 0) == eb_value_hash(&b, 0));
    assert_false(is_exhausted);
    free(forwards);
    free(backwards);
    free(other);
}

static void equal__says_when_there_is_no_room(void **state)
{
    (void)state;
    char *text = large_object(50000, false, 1);
    struct eb_doc doc = read(text);
    struct eb_arena small;
    assert_true(eb_arena_init_reserved(&small, 4096));
    bool is_exhausted = false;
    eb_value_equal(&doc, 0, &doc, 0, &small, &is_exhausted);
    assert_true(is_exhausted);
    eb_arena_release(&small);
    free(text);
}

static void elements_differ__names_the_first_pair(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t first, second; /* 0: all differ */
    } arrays[] = {
        { "[]", 0, 0 },
        { "[1]", 0, 0 },
        { "[1,true,\"1\",[1],null]", 0, 0 },
        { "[1,2,1.0]", 1, 3 },
        { "[\"ab\",\"ac\",\"a\\u0062\"]", 1, 3 },
        { "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]", 0, 0 },
        { "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,3.0]", 3, 17 },
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        eb_arena_reset(&arena);
        struct eb_doc doc = read(arrays[i].text);
        uint32_t pair[2] = { 0, 0 };
        bool is_exhausted = false;
        bool differ = eb_elements_differ(&doc, 0, &arena, &is_exhausted, pair);
        if (differ != !arrays[i].first || pair[0] != arrays[i].first ||
            pair[1] != arrays[i].second) {
            print_error("%s: got %d, %u and %u\n", arrays[i].text, differ, pair[0], pair[1]);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal__goes_by_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal__takes_large_objects_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal__says_when_there_is_no_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(elements_differ__names_the_first_pair, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
