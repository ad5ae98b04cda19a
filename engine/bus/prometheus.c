#include "bus/prometheus.h"

#include "base/limits.h"
#include "base/utf8.h"

static const char prefix[] = "event_bus_";

static void begin(void *context, const struct eb_metric *metric)
{
    static const char *const types[] = {
        [EB_COUNTER] = "counter",
        [EB_GAUGE] = "gauge",
        [EB_SUMMARY] = "summary",
    };
    FILE *out = context;
    fprintf(out, "# HELP %s%s %s\n# TYPE %s%s %s\n", prefix, metric->name, metric->help, prefix,
        metric->name, types[metric->kind]);
}

static void write_escaped_bytes(FILE *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(out, "\\\\x%02x", (unsigned char)bytes[i]);
}

static void write_label_value(FILE *out, struct eb_span value)
{
    while (value.len > 0) {
        uint32_t code_point;
        size_t len = eb_utf8_decode(value, &code_point);
        bool is_printable = len > 0 && eb_utf8_is_printable(code_point);
        if (len == 0)
            len = 1;
        if (!is_printable)
            write_escaped_bytes(out, value.ptr, len);
        else if (code_point == '"' || code_point == '\\')
            fprintf(out, "\\%c", (char)code_point);
        else
            fwrite(value.ptr, 1, len, out);
        value = eb_span(value.ptr + len, value.len - len);
    }
}

static void write_labels(FILE *out, const struct eb_metric *metric, const struct eb_sample *sample)
{
    const char *lead = "{";
    for (int i = 0; i < EB_LABELS_MAX && metric->labels[i]; i++) {
        if (!sample->labels[i].ptr)
            continue;
        fprintf(out, "%s%s=\"", lead, metric->labels[i]);
        write_label_value(out, sample->labels[i]);
        fputc('"', out);
        lead = ",";
    }
    if (*lead == ',')
        fputc('}', out);
}

static void write_sample(
    void *context, const struct eb_metric *metric, const struct eb_sample *sample)
{
    FILE *out = context;
    char value[EB_SAMPLE_BYTES];
    eb_sample_write(sample, value);
    fprintf(out, "%s%s%s%s", prefix, metric->name, sample->suffix ? "_" : "",
        sample->suffix ? sample->suffix : "");
    write_labels(out, metric, sample);
    fprintf(out, " %s\n", value);
}

bool eb_prometheus_write(const struct eb_statistics *statistics, FILE *out)
{
    const struct eb_metric_reader reader = {
        .begin = begin,
        .sample = write_sample,
        .context = out,
        .entries_max = EB_PROMETHEUS_ENTRIES_MAX,
        .reads_lists = true,
    };
    return eb_statistics_read(statistics, &reader);
}
