#include "text/chars.h"
#include "text/format_checks.h"
#include "text/lanes.h"

/* Every '~' is "~0" or "~1"; all else may stand as it is. */
static bool are_reference_tokens(struct eb_span text)
{
    if (text.len == 0)
        return true;
    if (text.ptr[0] != '/')
        return false;
    const char *end = text.ptr + text.len;
    for (const char *at = text.ptr; (at = memchr(at, '~', (size_t)(end - at))); at++) {
        if (end - at < 2 || (at[1] != '0' && at[1] != '1'))
            return false;
    }
    return true;
}

bool eb_is_json_pointer(struct eb_span text)
{
    return are_reference_tokens(text);
}

/* Decimal digits without leading zeros; where they end, NULL when there are none. */
static const char *skip_integer(const char *at, const char *end)
{
    const char *first = at;
    while (at < end && eb_char_is(*at, EB_CHAR_DIGIT))
        at++;
    return at == first || (*first == '0' && at - first > 1) ? NULL : at;
}

/* An index may be moved, as in "0+1/door", since the draft that 2020-12 refers to. */
bool eb_is_relative_json_pointer(struct eb_span text)
{
    const char *end = text.ptr + text.len;
    const char *at = skip_integer(text.ptr, end);
    if (at && at < end && (*at == '+' || *at == '-')) {
        bool is_zero = at + 1 < end && at[1] == '0';
        at = is_zero ? NULL : skip_integer(at + 1, end);
    }
    if (!at)
        return false;
    struct eb_span rest = eb_span(at, (size_t)(end - at));
    return eb_span_is(rest, "#") || are_reference_tokens(rest);
}

static const char uuid_shape[] = "00000000-0000-0000-0000-000000000000";

/* Of the 16 bytes from `first` on, those that are a dash where the shape has one, else hex. */
static eb_lanes fit_uuid(const char *text, size_t first)
{
    eb_lanes bytes = eb_lanes_load(text + first);
    eb_lanes dashes = (eb_lanes)(eb_lanes_load(uuid_shape + first) == '-');
    eb_lanes hex = eb_lanes_in_range(bytes, '0', '9') | eb_lanes_in_range(bytes | 0x20, 'a', 'f');
    return (hex & ~dashes) | ((eb_lanes)(bytes == '-') & dashes);
}

bool eb_is_uuid(struct eb_span text)
{
    enum { LEN = sizeof uuid_shape - 1 };
    return text.len == LEN &&
           eb_lanes_are_all(fit_uuid(text.ptr, 0) & fit_uuid(text.ptr, EB_LANES) &
                            fit_uuid(text.ptr, LEN - EB_LANES));
}
