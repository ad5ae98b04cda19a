#include "eb_test.h"

#include "schema/uri.h"

struct row {
    const char *base, *reference, *want;
};

/* RFC 3986 §5.4.1 and §5.4.2, without fragments. */
static const struct row rows[] = {
    { "http://a/b/c/d;p?q", "g:h", "g:h" },
    { "http://a/b/c/d;p?q", "g", "http://a/b/c/g" },
    { "http://a/b/c/d;p?q", "./g", "http://a/b/c/g" },
    { "http://a/b/c/d;p?q", "g/", "http://a/b/c/g/" },
    { "http://a/b/c/d;p?q", "/g", "http://a/g" },
    { "http://a/b/c/d;p?q", "//g", "http://g" },
    { "http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y" },
    { "http://a/b/c/d;p?q", "g?y", "http://a/b/c/g?y" },
    { "http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q" },
    { "http://a/b/c/d;p?q", "g#s", "http://a/b/c/g" },
    { "http://a/b/c/d;p?q", ";x", "http://a/b/c/;x" },
    { "http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q" },
    { "http://a/b/c/d;p?q", ".", "http://a/b/c/" },
    { "http://a/b/c/d;p?q", "./", "http://a/b/c/" },
    { "http://a/b/c/d;p?q", "..", "http://a/b/" },
    { "http://a/b/c/d;p?q", "../", "http://a/b/" },
    { "http://a/b/c/d;p?q", "../g", "http://a/b/g" },
    { "http://a/b/c/d;p?q", "../..", "http://a/" },
    { "http://a/b/c/d;p?q", "../../g", "http://a/g" },
    { "http://a/b/c/d;p?q", "../../../g", "http://a/g" },
    { "http://a/b/c/d;p?q", "/./g", "http://a/g" },
    { "http://a/b/c/d;p?q", "/../g", "http://a/g" },
    { "http://a/b/c/d;p?q", "g.", "http://a/b/c/g." },
    { "http://a/b/c/d;p?q", ".g", "http://a/b/c/.g" },
    { "http://a/b/c/d;p?q", "g..", "http://a/b/c/g.." },
    { "http://a/b/c/d;p?q", "..g", "http://a/b/c/..g" },
    { "http://a/b/c/d;p?q", "./../g", "http://a/b/g" },
    { "http://a/b/c/d;p?q", "./g/.", "http://a/b/c/g/" },
    { "http://a/b/c/d;p?q", "g/./h", "http://a/b/c/g/h" },
    { "http://a/b/c/d;p?q", "g/../h", "http://a/b/c/h" },
    { "http://a/b/c/d;p?q", "g;x=1/../y", "http://a/b/c/y" },
    { "http://a/b/c/d;p?q", "g?y/../x", "http://a/b/c/g?y/../x" },
    { "http://a", "b", "http://a/b" },
    { "urn:uuid:1", "#/x", "urn:uuid:1" },
    { "urn:example:a", "urn:example:b?+r", "urn:example:b?+r" },
    { "", "http://a/b#", "http://a/b" },
};

static void resolve__gives_what_the_standard_lists(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct eb_span got =
            eb_uri_resolve(eb_span_of(rows[i].base), eb_span_of(rows[i].reference), &arena);
        if (!eb_span_is(got, rows[i].want)) {
            print_error("%s + %s\ngot  %.*s\nwant %s\n", rows[i].base, rows[i].reference,
                (int)got.len, got.ptr, rows[i].want);
            fail();
        }
    }
    eb_arena_release(&arena);
}

static void is_absolute__wants_a_scheme_and_no_fragment(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool want;
    } texts[] = {
        { "http://a/b", true },
        { "urn:x", true },
        { "a+b-c.d:", true },
        { "http://a/b#", false },
        { "a/b", false },
        { "", false },
        { ":x", false },
        { "1a:x", false },
        { "a/b:c", false },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (eb_uri_is_absolute(eb_span_of(texts[i].text)) != texts[i].want) {
            print_error("%s: want %d\n", texts[i].text, texts[i].want);
            fail();
        }
    }
}

static void decode__leaves_what_is_no_escape(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    assert_span_equal(eb_uri_decode(eb_span_of("%25%7e~1%2"), &arena), "%~~1%2");
    assert_span_equal(eb_uri_decode(eb_span_of("a%zz%"), &arena), "a%zz%");
    eb_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolve__gives_what_the_standard_lists),
        cmocka_unit_test(is_absolute__wants_a_scheme_and_no_fragment),
        cmocka_unit_test(decode__leaves_what_is_no_escape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
