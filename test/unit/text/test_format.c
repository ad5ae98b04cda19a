#include "eb_test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "text/format.h"

/* Corners the official suite leaves out; test_conformance_format runs the suite. */
static const struct {
    const char *format, *value;
    bool want;
} cases[] = {
    { "date", "0000-02-29", true }, /* a leap year, and RFC 3339 has year 0 */
    { "date", "1900-02-29", false },
    { "date", "2000-02-29", true },
    { "date", "2026-13-01", false },
    { "date", "2026-19-01", false },
    { "date", "2026-01-1/", false },
    { "time", "23:59:60.999Z", true },
    { "time", "00:59:60+01:00", true },
    { "time", "17:21:33.Z", false },
    { "time", "17:21:33.1", false },
    { "time", "17:21:33+24:00", false },
    { "time", "17:21:33-00:60", false },
    { "time", "17:21:33+1:000", false },
    { "time", "17:21:61Z", false },
    { "time", "1/:21:33Z", false },
    { "time", "17;21:33Z", false },
    { "date-time", "2026-11-20T17:21:33Z", true },
    { "date-time", "2026-11-20 17:21:33Z", false },
    { "date-time", "2026-11-20T17:21:33", false },
    { "date-time", "2026-11-20TZ", false },
    { "date-time", "2026-11-20T17:21:33.123456789012345678901234567890+23:59", true },
    { "duration", "P1Y", true },
    { "duration", "p1y", false },
    { "duration", "P1YD", false },
    { "duration", "PT1S1M", false },
    { "duration", "P1W2D", false },
    { "duration", "P1DT", false },
    { "email", "a@b", true },
    { "email", "a@b.", false },
    { "email", "a@[::1]", false },
    { "email", "a@[IPV6:::1]", true },
    { "email", "a@[tag:some.thing]", true },
    { "email", "a@[tag-:x]", false },
    { "email", "a@[tag:]", false },
    { "email", "a@[tag:x y]", false },
    { "email", "\"a\x01\"@b", false },
    { "email", "a@[]", false },
    { "email", "\"\"@b", true },
    { "email", "\"a\\\"b\"@b", true },
    { "email", "\"a\\\x01\"@b", false },
    { "email", "\"a\"b@b", false },
    { "email", "\"a", false },
    { "email", "\xc3\xa9@b", false },
    { "email", "a@\xc3\xa9", false },
    { "email", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b", false },
    { "idn-email", "\xc3\xa9@\xc3\xa9.example", true },
    { "idn-email", "a@-\xc3\xa9", false },
    { "ipv4", "01.2.3.4", false },
    { "ipv4", "1.2.3", false },
    { "ipv4", "1.2.3.4.5", false },
    { "ipv4", "1.2.3.1000", false },
    { "ipv6", "1:2:3:4:5:6:7::", true },
    { "ipv6", "1:2:3:4:5:6:7::8", false }, /* "::" is one group at least (RFC 4291 §2.2) */
    { "ipv6", "::1.2.3.4", true },
    { "ipv6", "1:2:3:4:5:6:7:1.2.3.4", false },
    { "ipv6", "1.2.3.4::", false },
    { "ipv6", ":::", false },
    { "ipv6", "1:", false },
    { "ipv6", ":1", false },
    { "ipv6", "fe80::1%eth0", false },
    { "hostname", "a_b", false },
    { "hostname", "1.2.3.4", true },
    { "hostname", "EXAMPLE.com", true },
    { "hostname", "ab--cd", true },
    { "hostname", "xn--", false },
    { "hostname", "xn--a", false }, /* decodes to nothing beyond ASCII */
    { "hostname", "XN--bcher-KVA", true },
    { "hostname", "xn--bcher-kv", false },     /* cut short */
    { "hostname", "xn--a-9999999999", false }, /* beyond 32 bits */
    { "hostname", "xn--999999b", false },      /* beyond Unicode */
    { "hostname", "xn---a", false },
    { "hostname", "xn--bcher-kva-", false },
    { "hostname", "xn--ihqwcrb4cv8a8dqg056pqjye", true }, /* RFC 3492 §7.1 (B) */
    { "hostname",
        "b\xc3\xbc"
        "cher",
        false },
    { "hostname", "0.xn--4dbc8h", false }, /* a label with a digit first in a Bidi name */
    { "idn-hostname",
        "b\xc3\xbc"
        "cher.example",
        true },
    { "idn-hostname",
        "B\xc3\xbc"
        "cher",
        false }, /* mapping is not IDNA2008's business */
    { "idn-hostname",
        "bu\xcc\x88"
        "cher",
        false }, /* not NFC */
    { "idn-hostname", "EXAMPLE.com", true },
    { "idn-hostname", "ab--cd", false },
    { "idn-hostname", "\xe0\xa4\x95\xe0\xa4\xbc", true }, /* NFC leaves this pair apart */
    { "uri", "a:", true },
    { "uri", "a://", true },
    { "uri", "a:b c", false },
    { "uri", "http://[v1.a:b]/", true },
    { "uri", "http://[v.a]/", false },
    { "uri", "http://[::1", false },
    { "uri", "http://u:p@h:8080/p?q#f", true },
    { "uri", "http://h:/", true },
    { "uri", "http://a@b@c/", false },
    { "uri", "http://h/#a#b", false },
    { "uri", "http://h/?a?b/c", true },
    { "uri", "http://\xc3\xa9/", false },
    { "uri", "-a:b", false },
    { "uri-reference", "a:b:c", true },
    { "uri-reference", "a/b:c", true },
    { "uri-reference", "1a:b", false },
    { "uri-reference", "//h", true },
    { "iri", "a:\xee\x80\x80", false }, /* private use stands in queries only */
    { "iri", "a:?\xee\x80\x80", true },
    { "iri", "a:\xef\xbf\xbe", false }, /* a noncharacter */
    { "iri", "a:\xc2\x80", false },
    { "iri-reference", "\xe2\x82\xac", true },
    { "uri-template", "{", false },
    { "uri-template", "}", false },
    { "uri-template", "{a", false },
    { "uri-template", "{a:10000}", false },
    { "uri-template", "{a:0}", false },
    { "uri-template", "{a*,b:3}", true },
    { "uri-template", "{a:3*}", false },
    { "uri-template", "{%4}", false },
    { "uri-template", "%4", false },
    { "uri-template", "{|a}", true },
    { "json-pointer", "/~", false },
    { "json-pointer", "a", false },
    { "relative-json-pointer", "0+1/a", true },
    { "relative-json-pointer", "0-1#", true },
    { "relative-json-pointer", "0+0", false },
    { "relative-json-pointer", "0+", false },
    { "relative-json-pointer", "00", false },
    { "uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", false },
    { "uuid", "2eb8aa08xaa98-11ea-b4aa-73b441d16380", false },
    { "regex", "^a{1,2}$", true },
    { "regex", "\\-", false }, /* `pattern` takes it, ECMA-262's u flag does not */
    { "regex", "(?<=a+)b", true },
    { "regex", "a{2,1}", false },
};

static const struct eb_format *find(const char *name)
{
    const struct eb_format *format = eb_format_find(eb_span_of(name));
    if (!format)
        print_error("no format %s\n", name);
    assert_non_null(format);
    return format;
}

static void formats__tell_right_from_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool got = eb_format_check(find(cases[i].format), eb_span_of(cases[i].value));
        if (got != cases[i].want)
            print_error("%s \"%s\": got %d, want %d\n", cases[i].format, cases[i].value, got,
                cases[i].want);
        assert_int_equal(got, cases[i].want);
    }
}

/* Every value, and every part of it from its start, where the next byte cannot be read. */
static void checks__read_nothing_behind_the_value(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].value);
        for (size_t cut = 0; cut <= len; cut++) {
            char *value = pages + page - cut;
            memcpy(value, cases[i].value, cut);
            bool is_cut_inside = cut < len && ((unsigned char)cases[i].value[cut] & 0xc0) == 0x80;
            if (!is_cut_inside)
                eb_format_check(find(cases[i].format), eb_span(value, cut));
        }
    }
    munmap(pages, 2 * page);
}

/* 2020-12 validation §7.3; drafts 4 to 2019-09 have none that it has not. */
static void find__knows_every_format_of_2020_12(void **state)
{
    (void)state;
    static const char *const names[] = { "date-time", "date", "time", "duration", "email",
        "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri",
        "iri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "regex" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_string_equal(eb_format_name(find(names[i])), names[i]);
        assert_true(strlen(eb_format_text(find(names[i]))) > 0);
    }
    assert_null(eb_format_find(eb_span_of("color")));
    assert_null(eb_format_find(eb_span_of("Date")));
    assert_null(eb_format_find(eb_span_of("")));
}

/* No format but these takes the empty string. */
static void check__takes_the_empty_string_where_the_grammar_does(void **state)
{
    (void)state;
    static const char *const empty[] = { "json-pointer", "uri-reference", "iri-reference",
        "uri-template", "regex" };
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        assert_true(eb_format_check(find(empty[i]), eb_span(NULL, 0)));
    static const char *const others[] = { "date-time", "date", "time", "duration", "email",
        "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri", "iri", "uuid",
        "relative-json-pointer" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(eb_format_check(find(others[i]), eb_span(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats__tell_right_from_wrong),
        cmocka_unit_test(checks__read_nothing_behind_the_value),
        cmocka_unit_test(find__knows_every_format_of_2020_12),
        cmocka_unit_test(check__takes_the_empty_string_where_the_grammar_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
