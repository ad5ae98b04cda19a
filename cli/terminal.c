#include "terminal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "memory.h"
#include "progress.h"
#include "tty.h"

/* Unless the user asked for none: https://no-color.org, set and not empty. */
static bool has_colour(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");
    return !(no_color && *no_color) && isatty(fileno(stream));
}

void style(FILE *stream, enum style style)
{
    static const char *const codes[] = {
        [STYLE_PLAIN] = "0",
        [STYLE_GOOD] = "32",
        [STYLE_BAD] = "31",
        [STYLE_WARN] = "33",
        [STYLE_DIM] = "2",
        [STYLE_BOLD] = "1",
    };
    if (has_colour(stream))
        fprintf(stream, "\033[%sm", codes[style]);
}

/* All that is not to be shown but the byte order mark, which steers nothing. */
static bool steers(uint32_t code_point)
{
    enum { BYTE_ORDER_MARK = 0xfeff };
    return !eb_utf8_is_printable(code_point) && code_point != BYTE_ORDER_MARK;
}

void print_escaped(FILE *stream, struct eb_span text)
{
    while (text.len) {
        uint32_t code_point;
        size_t len = eb_utf8_decode(text, &code_point);
        if (len == 0)
            fprintf(stream, "\\x%02x", (unsigned char)text.ptr[0]);
        else if (code_point < 0x80 && steers(code_point))
            fprintf(stream, "\\x%02x", code_point);
        else if (steers(code_point))
            fprintf(stream, "\\u{%x}", code_point);
        else
            fwrite(text.ptr, 1, len, stream);
        size_t taken = len ? len : 1;
        text = eb_span(text.ptr + taken, text.len - taken);
    }
}

/* Below 0x20 there is nothing but white space between tokens (RFC 8259 §7). */
void print_json_text(FILE *stream, struct eb_span json)
{
    size_t kept = 0;
    for (size_t i = 0; i < json.len;) {
        uint32_t code_point;
        size_t len = eb_utf8_decode(eb_span(json.ptr + i, json.len - i), &code_point);
        bool is_shown = len && (code_point < 0x20 || !steers(code_point));
        if (!is_shown) {
            fwrite(json.ptr + kept, 1, i - kept, stream);
            fprintf(stream, "\\u%04x", len ? code_point : 0xfffd);
            kept = i + (len ? len : 1);
        }
        i += len ? len : 1;
    }
    fwrite(json.ptr + kept, 1, json.len - kept, stream);
}

void print_diag(FILE *stream, const struct eb_diag *diag)
{
    static const struct {
        const char *name;
        enum style style;
    } severities[] = {
        [EB_NOTE] = { "note", STYLE_DIM },
        [EB_WARNING] = { "warning", STYLE_WARN },
        [EB_ERROR] = { "error", STYLE_BAD },
    };
    if (diag->file) {
        style(stream, STYLE_BOLD);
        print_escaped(stream, eb_span_of(diag->file));
        if (diag->line)
            fprintf(stream, ":%u:%u", diag->line, diag->column);
        style(stream, STYLE_PLAIN);
        fputs(": ", stream);
    }
    style(stream, severities[diag->severity].style);
    fprintf(stream, "%s: ", severities[diag->severity].name);
    style(stream, STYLE_PLAIN);
    print_escaped(stream, eb_span_of(diag->text));
    if (diag->pointer) {
        fputs(" (at ", stream);
        print_escaped(stream, eb_span_of(*diag->pointer ? diag->pointer : "the top"));
        fputc(')', stream);
    }
    fputc('\n', stream);
}

void print_diags(FILE *stream, const struct eb_diag_list *diags)
{
    for (const struct eb_diag *diag = diags->first; diag; diag = diag->next)
        print_diag(stream, diag);
    if (diags->is_out_of_memory)
        memory_ran_out();
    else if (diags->dropped)
        fprintf(stream, "… and %zu more\n", diags->dropped);
}

void complain(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int len = vasprintf(&text, format, arguments);
    va_end(arguments);
    tty_give_back();
    progress_step_aside();
    if (len >= 0) {
        fputs("event-bus: ", stderr);
        print_escaped(stderr, eb_span(text, (size_t)len));
        fputc('\n', stderr);
        free(text);
    } else {
        memory_ran_out();
    }
}

/* Why writing first failed; 0: it has not. */
static int output_errno;

bool output_flush(void)
{
    errno = 0;
    bool is_written = fflush(stdout) == 0 && !ferror(stdout);
    if (!is_written && !output_errno)
        output_errno = errno ? errno : EIO;
    return output_errno == 0;
}

bool output_is_complete(void)
{
    bool is_complete = output_flush();
    if (!is_complete && output_errno != EPIPE) {
        errno = output_errno;
        complain("cannot write to standard output: %m");
    }
    return is_complete;
}
