#include <string.h>

#include "text/chars.h"
#include "text/format_checks.h"
#include "text/lanes.h"

enum { MINUTES_A_DAY = 24 * 60 };

static int two_digits(const char *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

/*
 * Whether the eight bytes at `at` have digits where `shape` has '0' and otherwise what it has.
 * Eight at once: differing from the shape, a digit is 0 to 9 and all else 0; what is more than that
 * reaches the upper half of its byte once `slack` is added, and no byte carries into the next.
 */
static bool has_shape(const char *at, const char shape[8], const char slack[8])
{
    uint64_t bytes, want, room;
    memcpy(&bytes, at, 8);
    memcpy(&want, shape, 8);
    memcpy(&room, slack, 8);
    bytes ^= want;
    uint64_t upper_halves = UINT64_C(0xf0f0f0f0f0f0f0f0);
    return ((bytes | ((bytes & ~upper_halves) + room)) & upper_halves) == 0;
}

#define IS_DATE_START(at) has_shape(at, "0000-00-", "\x6\x6\x6\x6\xf\x6\x6\xf") /* 2026-11- */
#define IS_CLOCK(at) has_shape(at, "00:00:00", "\x6\x6\xf\x6\x6\xf\x6\x6")      /* 17:21:33 */

static bool are_digits(const char *at, size_t count)
{
    bool are = true;
    for (size_t i = 0; i < count; i++)
        are &= eb_char_is(at[i], EB_CHAR_DIGIT);
    return are;
}

/* Whether there is such a day; the ten bytes at `at` have the shape of a date. */
static bool is_day(const char *at)
{
    static const unsigned char days_in[16] = { 0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int month = two_digits(at + 5), day = two_digits(at + 8);
    if (month > 12 || day == 0 || day > days_in[month])
        return false;
    if (month != 2 || day < 29)
        return true;
    int century = two_digits(at), year = two_digits(at + 2);
    return year ? year % 4 == 0 : century % 4 == 0; /* appendix C */
}

/* full-date: ten bytes at `at`. */
static bool is_full_date(const char *at)
{
    return IS_DATE_START(at) && are_digits(at + 8, 2) && is_day(at);
}

/* time-offset: all that is left; its minutes east of UTC in `*offset`. */
static bool is_offset(struct eb_span text, int *offset)
{
    *offset = 0;
    if (text.len == 1)
        return (text.ptr[0] | 0x20) == 'z';
    if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-') || text.ptr[3] != ':' ||
        !are_digits(text.ptr + 1, 2) || !are_digits(text.ptr + 4, 2))
        return false;
    int hours = two_digits(text.ptr + 1), minutes = two_digits(text.ptr + 4);
    *offset = (hours * 60 + minutes) * (text.ptr[0] == '-' ? -1 : 1);
    return hours < 24 && minutes < 60;
}

/* A time whose first eight bytes have the shape of a clock. */
static bool is_time_of_day(struct eb_span text)
{
    int hour = two_digits(text.ptr), minute = two_digits(text.ptr + 3);
    int second = two_digits(text.ptr + 6);
    size_t at = 8;
    if (text.ptr[at] == '.') { /* time-secfrac */
        size_t first = ++at;
        while (at < text.len && eb_char_is(text.ptr[at], EB_CHAR_DIGIT))
            at++;
        if (at == first)
            return false;
    }
    int offset;
    if (!is_offset(eb_span(text.ptr + at, text.len - at), &offset))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    if (second < 60)
        return true;
    /* A leap second is the last of a day in UTC (§5.7). */
    int utc = hour * 60 + minute - offset;
    return (utc + MINUTES_A_DAY) % MINUTES_A_DAY == MINUTES_A_DAY - 1;
}

bool eb_is_time(struct eb_span text)
{
    return text.len >= sizeof "00:00:00Z" - 1 && IS_CLOCK(text.ptr) && is_time_of_day(text);
}

bool eb_is_date(struct eb_span text)
{
    return text.len == sizeof "0000-00-00" - 1 && is_full_date(text.ptr);
}

/* Lanes that differ from the shape by no more than a digit does from '0', or not at all. */
static eb_lanes fit(const char *at, const char shape[EB_LANES], const char slack[EB_LANES])
{
    eb_lanes differences = eb_lanes_load(at) ^ eb_lanes_load(shape);
    return (eb_lanes)(differences <= eb_lanes_load(slack));
}

#define ONE_DIGIT "\x9"
#define TWO_DIGITS "\x9\x9"
#define ANY_BYTE "\xff"

/* "2026-11-20T17:21" and "6-11-20T17:21:33", but for the T. */
static bool has_date_time_shape(const char *at)
{
    static const char from_0[] = "0000-00-00T00:00";
    static const char slack_from_0[] =
        TWO_DIGITS TWO_DIGITS "\0" TWO_DIGITS "\0" TWO_DIGITS ANY_BYTE TWO_DIGITS "\0" TWO_DIGITS;
    static const char from_3[] = "0-00-00T00:00:00";
    static const char slack_from_3[] = ONE_DIGIT "\0" TWO_DIGITS "\0" TWO_DIGITS ANY_BYTE TWO_DIGITS
                                                 "\0" TWO_DIGITS "\0" TWO_DIGITS;
    _Static_assert(sizeof from_0 == EB_LANES + 1 && sizeof slack_from_0 == EB_LANES + 1 &&
                       sizeof from_3 == EB_LANES + 1 && sizeof slack_from_3 == EB_LANES + 1,
        "a lane a byte");
    return eb_lanes_are_all(fit(at, from_0, slack_from_0) & fit(at + 3, from_3, slack_from_3));
}

bool eb_is_date_time(struct eb_span text)
{
    enum { TIME = sizeof "0000-00-00T" - 1 };
    return text.len >= sizeof "0000-00-00T00:00:00Z" - 1 && (text.ptr[TIME - 1] | 0x20) == 't' &&
           has_date_time_shape(text.ptr) && is_day(text.ptr) &&
           is_time_of_day(eb_span(text.ptr + TIME, text.len - TIME));
}

/*
 * "1Y2M3D": numbers with units from `units`, each unit the next after the one before; at least
 * one. Returns where it ends, NULL when it is not that.
 */
static const char *skip_units(const char *at, const char *end, const char *units)
{
    const char *unit = NULL;
    while (at < end && eb_char_is(*at, EB_CHAR_DIGIT)) {
        while (at < end && eb_char_is(*at, EB_CHAR_DIGIT))
            at++;
        const char *found = at < end && *at ? strchr(units, *at) : NULL;
        if (!found || (unit && found != unit + 1))
            return NULL;
        unit = found;
        at++;
    }
    return unit ? at : NULL;
}

/* Designators are upper case, as ISO 8601 has them; appendix A's grammar was written from it. */
bool eb_is_duration(struct eb_span text)
{
    if (text.len < 3 || text.ptr[0] != 'P')
        return false;
    const char *at = text.ptr + 1, *end = text.ptr + text.len;
    const char *behind = skip_units(at, end, "W");
    if (behind)
        return behind == end;
    if (*at != 'T') {
        at = skip_units(at, end, "YMD");
        if (!at || at == end)
            return at != NULL;
    }
    return *at == 'T' && skip_units(at + 1, end, "HMS") == end;
}
