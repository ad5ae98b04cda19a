#include "text/format.h"

#include "text/format_checks.h"
#include "text/regex.h"

struct eb_format {
    const char *name;
    const char *text;
    bool (*check)(struct eb_span value);
};

static const struct eb_format formats[] = {
    { "date", "a date, as 2026-11-20", eb_is_date },
    { "date-time", "a date and time with offset, as 2026-11-20T17:21:33Z", eb_is_date_time },
    { "duration", "a duration, as P3DT12H", eb_is_duration },
    { "email", "an e-mail address", eb_is_email },
    { "hostname", "a host name", eb_is_hostname },
    { "idn-email", "an internationalized e-mail address", eb_is_idn_email },
    { "idn-hostname", "an internationalized host name", eb_is_idn_hostname },
    { "ipv4", "an IPv4 address, as 192.0.2.1", eb_is_ipv4 },
    { "ipv6", "an IPv6 address, as 2001:db8::1", eb_is_ipv6 },
    { "iri", "an IRI with its scheme", eb_is_iri },
    { "iri-reference", "an IRI reference", eb_is_iri_reference },
    { "json-pointer", "a JSON Pointer, as /data/door", eb_is_json_pointer },
    { "regex", "an ECMA-262 regular expression", eb_regex_is_valid },
    { "relative-json-pointer", "a relative JSON Pointer, as 1/door", eb_is_relative_json_pointer },
    { "time", "a time with offset, as 17:21:33Z", eb_is_time },
    { "uri", "a URI with its scheme", eb_is_uri },
    { "uri-reference", "a URI reference", eb_is_uri_reference },
    { "uri-template", "a URI template, as /locks/{id}", eb_is_uri_template },
    { "uuid", "a UUID, as 2eb8aa08-aa98-11ea-b4aa-73b441d16380", eb_is_uuid },
};

const struct eb_format *eb_format_find(struct eb_span name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (eb_span_is(name, formats[i].name))
            return &formats[i];
    }
    return NULL;
}

const char *eb_format_name(const struct eb_format *format)
{
    return format->name;
}

const char *eb_format_text(const struct eb_format *format)
{
    return format->text;
}

bool eb_format_check(const struct eb_format *format, struct eb_span value)
{
    return format->check(value.len ? value : eb_span("", 0));
}
