#include "base/clock.h"

#include <time.h>

int64_t eb_clock_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t ns_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t eb_clock_monotonic_ns(void)
{
    return ns_of(CLOCK_MONOTONIC);
}

int64_t eb_clock_coarse_ns(void)
{
    return ns_of(CLOCK_MONOTONIC_COARSE);
}

static void write_digits(char *out, int digits, int64_t value)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
}

struct date {
    int64_t year;
    int month;
    int day;
};

/*
 * Days are counted from 0000-03-01, so that a leap day ends its year: 146097 days are 400 years,
 * and within a year month m (March = 0) begins on day (153 m + 2) / 5.
 */
static struct date date_of_days(int64_t days_since_1970)
{
    int64_t days = days_since_1970 + 719468;
    int64_t era = days / 146097;
    int64_t day_of_era = days % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (int)((5 * day_of_year + 2) / 153);
    return (struct date){
        .year = 400 * era + year_of_era + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };
}

void eb_time_write(int64_t time_us, char out[EB_TIME_LEN])
{
    static const int64_t first_us = INT64_C(-62135596800000000); /* 0001-01-01T00:00:00Z */
    static const int64_t last_us = INT64_C(253402300799999999);  /* 9999-12-31T23:59:59.999999Z */
    if (time_us < first_us)
        time_us = first_us;
    if (time_us > last_us)
        time_us = last_us;

    static const int64_t day_us = INT64_C(86400000000);
    int64_t days = (time_us - first_us) / day_us; /* never negative from here on */
    int64_t ms = (time_us - first_us) % day_us / 1000;
    struct date date = date_of_days(days + first_us / day_us);

    static const char shape[] = "0000-00-00T00:00:00.000Z";
    for (int i = 0; i < EB_TIME_LEN; i++)
        out[i] = shape[i];
    write_digits(out, 4, date.year);
    write_digits(out + 5, 2, date.month);
    write_digits(out + 8, 2, date.day);
    write_digits(out + 11, 2, ms / 3600000);
    write_digits(out + 14, 2, ms / 60000 % 60);
    write_digits(out + 17, 2, ms / 1000 % 60);
    write_digits(out + 20, 3, ms % 1000);
}
