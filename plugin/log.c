#include "log.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "broker.h"

/* The longest start of `text` that fits a line and does not split a character. */
static size_t line_len(const char *text, size_t len)
{
    if (len <= EB_BROKER_LOG_BYTES_MAX)
        return len;
    size_t cut = EB_BROKER_LOG_BYTES_MAX;
    while (
        cut > EB_BROKER_LOG_BYTES_MAX - EB_UTF8_BYTES_MAX && ((unsigned char)text[cut] >> 6) == 2)
        cut--;
    return cut;
}

static void write_lines(int level, const char *text)
{
    const char *lead = "";
    size_t len = strlen(text);
    do {
        size_t part = line_len(text, len);
        mosquitto_log_printf(level, "event-bus: %s%.*s", lead, (int)part, text);
        text += part;
        len -= part;
        lead = "… ";
    } while (len > 0);
}

void eb_log(int level, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    write_lines(level, text);
}

const struct eb_diag *eb_log_some_diags(const struct eb_diag *diag, unsigned max)
{
    static const int levels[] = {
        [EB_NOTE] = MOSQ_LOG_INFO,
        [EB_WARNING] = MOSQ_LOG_WARNING,
        [EB_ERROR] = MOSQ_LOG_ERR,
    };
    char text[4096];
    for (; diag && max > 0; diag = diag->next, max--) {
        eb_diag_format(diag, text, sizeof text);
        write_lines(levels[diag->severity], text);
    }
    return diag;
}

void eb_log_diags_end(const struct eb_diag_list *diags)
{
    if (diags->is_out_of_memory)
        eb_log(MOSQ_LOG_ERR, "error: out of memory");
    if (diags->dropped)
        eb_log(MOSQ_LOG_ERR, "%zu more like these", diags->dropped);
}

void eb_log_diags(const struct eb_diag_list *diags)
{
    eb_log_some_diags(diags->first, UINT_MAX);
    eb_log_diags_end(diags);
}

void eb_log_settle(struct eb_log_budget *budget, int64_t now_us)
{
    int64_t second = now_us / 1000000;
    if (second == budget->second)
        return;
    if (budget->left_out)
        eb_log(MOSQ_LOG_NOTICE, "%llu more lines left out", (unsigned long long)budget->left_out);
    *budget = (struct eb_log_budget){ .second = second };
}

bool eb_log_spend(struct eb_log_budget *budget, int64_t now_us)
{
    eb_log_settle(budget, now_us);
    if (budget->spent < EB_LOG_LINES_PER_SECOND) {
        budget->spent++;
        return true;
    }
    budget->left_out++;
    return false;
}

const char *eb_log_text(struct eb_span text, char out[EB_LOG_TEXT_BYTES])
{
    static const char cut[] = "…";
    size_t used = 0;
    while (text.len > 0) {
        uint32_t code_point;
        size_t len = eb_utf8_decode(text, &code_point);
        bool is_plain = len > 0 && eb_utf8_is_printable(code_point);
        size_t taken = len > 0 ? len : 1;
        size_t needed = is_plain ? taken : 4 * taken;
        if (used + needed + sizeof cut > EB_LOG_TEXT_BYTES) {
            memcpy(out + used, cut, sizeof cut);
            return out;
        }
        for (size_t i = 0; i < taken; i++) {
            if (is_plain)
                out[used++] = text.ptr[i];
            else
                used += (size_t)snprintf(out + used, 5, "\\x%02x", (unsigned char)text.ptr[i]);
        }
        text = eb_span(text.ptr + taken, text.len - taken);
    }
    out[used] = '\0';
    return out;
}
