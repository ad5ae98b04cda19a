#include "text/chars.h"
#include "text/format_checks.h"

/* `byte` in each of eight bytes. */
#define BYTES(byte) ((byte)*UINT64_C(0x0101010101010101))

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

/* 0x80 in each byte that is at least `least`; `bytes` are below 0x80, `least` at most that. */
static uint64_t at_least(uint64_t bytes, unsigned least)
{
    return (bytes + (0x80 - least) * BYTES(1)) & BYTES(0x80);
}

/* Whether all eight bytes are hexadecimal digits. */
static bool are_hex(uint64_t bytes)
{
    uint64_t lower = bytes | BYTES(0x20);
    uint64_t is_digit = at_least(bytes, '0') & ~at_least(bytes, '9' + 1);
    uint64_t is_letter = at_least(lower, 'a') & ~at_least(lower, 'f' + 1);
    return !(bytes & BYTES(0x80)) && (is_digit | is_letter) == BYTES(0x80);
}

/* Eight bytes: four at `left` and four at `right`. */
static uint64_t load(const char *left, const char *right)
{
    uint32_t halves[2];
    memcpy(&halves[0], left, sizeof halves[0]);
    memcpy(&halves[1], right, sizeof halves[1]);
    return (uint64_t)halves[0] << 32 | halves[1];
}

/* 8-4-4-4-12 */
bool eb_is_uuid(struct eb_span text)
{
    const char *at = text.ptr;
    if (text.len != 36 || at[8] != '-' || at[13] != '-' || at[18] != '-' || at[23] != '-')
        return false;
    return are_hex(load(at, at + 4)) && are_hex(load(at + 9, at + 14)) &&
           are_hex(load(at + 19, at + 24)) && are_hex(load(at + 28, at + 32));
}
