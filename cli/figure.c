#include "figure.h"

#include <stdio.h>

bool figure_is_time(struct eb_span path)
{
    static const struct eb_span times[] = {
        EB_SPAN("callback/"),
        EB_SPAN("stages/"),
        EB_SPAN("snapshot/age"),
        EB_SPAN("snapshot/build"),
    };
    static const struct eb_span count = EB_SPAN("/count");
    if (path.len >= count.len && memcmp(path.ptr + path.len - count.len, count.ptr, count.len) == 0)
        return false;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (eb_span_starts(path, times[i]))
            return true;
    }
    return false;
}

void figure_write_count(double value, char out[FIGURE_BYTES])
{
    snprintf(out, FIGURE_BYTES, value < 1e18 ? "%.0f" : "%.3g", value);
}

/* Three digits: 1.23, 12.3, 123. What would be rounded up to four is one of the next size. */
static int digits_behind(double value)
{
    return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

void figure_write_seconds(double seconds, char out[FIGURE_BYTES])
{
    static const struct {
        double below, size;
        const char *name;
    } units[] = {
        { 999.5e-9, 1e-9, "ns" },
        { 999.5e-6, 1e-6, "\302\265s" },
        { 999.5e-3, 1e-3, "ms" },
        { 120, 1, "s" },
        { 7200, 60, "min" },
        { 172800, 3600, "h" },
    };
    if (!(seconds > 0)) {
        snprintf(out, FIGURE_BYTES, "0");
        return;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        double value = seconds / units[i].size;
        if (seconds >= units[i].below)
            continue;
        snprintf(out, FIGURE_BYTES, "%.*f %s", digits_behind(value), value, units[i].name);
        return;
    }
    snprintf(out, FIGURE_BYTES, "%.3g d", seconds / 86400);
}

void figure_write_short(double value, char out[FIGURE_BYTES])
{
    static const char *const sizes[] = { "", "k", "M", "G", "T", "P" };
    size_t size = 0;
    for (; value >= 999.5 && size + 1 < sizeof sizes / sizeof *sizes; size++)
        value /= 1000;
    bool is_whole = size == 0 && value == (double)(long)value;
    if (!(value < 1e6))
        snprintf(out, FIGURE_BYTES, "many");
    else
        snprintf(
            out, FIGURE_BYTES, "%.*f%s", is_whole ? 0 : digits_behind(value), value, sizes[size]);
}
