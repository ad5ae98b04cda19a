/*
 * A value, put to every format. What one format promises of another holds: a date-time is a date
 * and a time, a URI is an IRI and a reference, a host name that is no A-label is an
 * internationalized one.
 */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "text/format.h"

static bool is(const char *format, struct eb_span value)
{
    return eb_format_check(eb_format_find(eb_span_of(format)), value);
}

static bool implies(bool premise, bool conclusion)
{
    return !premise || conclusion;
}

static void check_times(struct eb_span value)
{
    enum { DATE_LEN = 10 };
    if (!is("date-time", value))
        return;
    FUZZ_REQUIRE(is("date", eb_span(value.ptr, DATE_LEN)));
    FUZZ_REQUIRE(is("time", eb_span(value.ptr + DATE_LEN + 1, value.len - DATE_LEN - 1)));
}

static void check_identifiers(struct eb_span value)
{
    FUZZ_REQUIRE(implies(is("uri", value), is("iri", value) && is("uri-reference", value)));
    FUZZ_REQUIRE(implies(is("uri-reference", value), is("iri-reference", value)));
    FUZZ_REQUIRE(implies(is("iri", value), is("iri-reference", value)));
    FUZZ_REQUIRE(implies(is("email", value), is("idn-email", value)));
    FUZZ_REQUIRE(implies(is("ipv4", value), is("hostname", value)));
    FUZZ_REQUIRE(!(is("ipv4", value) && is("ipv6", value)));
    bool has_hyphens = value.len > 1 && memmem(value.ptr, value.len, "--", 2);
    FUZZ_REQUIRE(implies(is("hostname", value) && !has_hyphens, is("idn-hostname", value)));
    FUZZ_REQUIRE(implies(value.len && value.ptr[0] == '/' && is("json-pointer", value),
        !is("relative-json-pointer", value)));
}

static void check_others(struct eb_span value)
{
    static const char *const others[] = { "duration", "uri-template", "uuid", "regex" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        FUZZ_REQUIRE(is(others[i], value) == is(others[i], value));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eb_span value = eb_span((const char *)bytes, len);
    if (!eb_utf8_is_valid(value))
        return 0;
    check_times(value);
    check_identifiers(value);
    check_others(value);
    return 0;
}
