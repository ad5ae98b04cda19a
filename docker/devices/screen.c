#include "screen.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"

enum { NARROWEST = 60 };

static const char *const style_codes[] = {
    [EB_PLAIN] = "",
    [EB_BOLD] = "\033[1m",
    [EB_DIM] = "\033[2m",
    [EB_GREEN] = "\033[32m",
    [EB_RED] = "\033[31m",
    [EB_YELLOW] = "\033[33m",
    [EB_CYAN] = "\033[36m",
    [EB_MAGENTA] = "\033[35m",
    [EB_BLUE] = "\033[94m",
};

static const struct {
    const char *utf8;
    char ascii;
} signs[] = {
    [EB_SIGN_SENT] = { "▸", '>' },
    [EB_SIGN_GOOD] = { "✔", '+' },
    [EB_SIGN_BAD] = { "✘", 'x' },
    [EB_SIGN_ASIDE] = { "◆", 'o' },
    [EB_SIGN_COPY] = { "→", '>' },
    [EB_SIGN_LETTER] = { "✉", '!' },
    [EB_SIGN_NOTHING] = { "·", '-' },
};

void eb_screen_init(struct eb_screen *screen, FILE *out)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    struct winsize size;
    *screen = (struct eb_screen){ .out = out };
    screen->is_terminal = isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
    screen->has_colour = screen->is_terminal && (!no_color || !*no_color);
    screen->is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (screen->is_terminal && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 &&
        size.ws_col >= NARROWEST)
        screen->width = size.ws_col;
}

static void begin(struct eb_screen *screen, enum eb_style style)
{
    if (screen->has_colour)
        fputs(style_codes[style], screen->out);
}

static void end(struct eb_screen *screen, enum eb_style style)
{
    if (screen->has_colour && style != EB_PLAIN)
        fputs("\033[0m", screen->out);
}

void eb_screen_print(struct eb_screen *screen, enum eb_style style, const char *format, ...)
{
    va_list args;
    begin(screen, style);
    va_start(args, format);
    int len = vfprintf(screen->out, format, args);
    va_end(args);
    end(screen, style);
    screen->column += len > 0 ? (unsigned)len : 0;
}

/* Controls (of C1 too), what is not UTF-8, and what this terminal cannot show. */
static bool is_shown(const struct eb_screen *screen, uint32_t code_point)
{
    return code_point >= 0x20 && code_point != 0x7f && (code_point < 0x80 || screen->is_utf8) &&
           !(code_point >= 0x80 && code_point < 0xa0) &&
           !(code_point >= 0x200b && code_point < 0x2070);
}

/* One character of `text` as it is shown: its bytes into `out`, how many columns, how many read. */
static size_t show_character(
    const struct eb_screen *screen, struct eb_span text, char out[8], unsigned *columns)
{
    uint32_t code_point;
    size_t len = eb_utf8_decode(text, &code_point);
    if (len && is_shown(screen, code_point)) {
        memcpy(out, text.ptr, len);
        out[len] = '\0';
        *columns = 1;
        return len;
    }
    *columns = (unsigned)snprintf(out, 8, "\\x%02x", (unsigned char)*text.ptr);
    return 1;
}

static bool is_full(const struct eb_screen *screen, unsigned columns)
{
    const unsigned mark = 2; /* for "…", and so that no line fills the last column */
    return screen->width && screen->column + columns + mark > screen->width;
}

void eb_screen_quote(struct eb_screen *screen, enum eb_style style, struct eb_span text)
{
    begin(screen, style);
    while (text.len) {
        char shown[8];
        unsigned columns;
        size_t len = show_character(screen, text, shown, &columns);
        if (is_full(screen, columns)) {
            fputs(screen->is_utf8 ? "…" : "~", screen->out);
            screen->column++;
            break;
        }
        fputs(shown, screen->out);
        screen->column += columns;
        text = eb_span(text.ptr + len, text.len - len);
    }
    end(screen, style);
}

/* The text up to and with the next place where a line may end: after a space or a comma. */
static struct eb_span first_piece(struct eb_span text)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] != ' ' && text.ptr[len] != ',')
        len++;
    return eb_span(text.ptr, len < text.len ? len + 1 : len);
}

void eb_screen_wrap(
    struct eb_screen *screen, enum eb_style style, unsigned column, struct eb_span text)
{
    while (text.len) {
        struct eb_span piece = first_piece(text);
        if (is_full(screen, (unsigned)piece.len) && screen->column > column) {
            eb_screen_newline(screen);
            eb_screen_tab(screen, column);
        }
        eb_screen_quote(screen, style, piece);
        text = eb_span(text.ptr + piece.len, text.len - piece.len);
    }
}

void eb_screen_sign(struct eb_screen *screen, enum eb_style style, enum eb_sign sign)
{
    begin(screen, style);
    if (screen->is_utf8)
        fputs(signs[sign].utf8, screen->out);
    else
        fputc(signs[sign].ascii, screen->out);
    end(screen, style);
    screen->column++;
}

void eb_screen_tab(struct eb_screen *screen, unsigned column)
{
    do {
        fputc(' ', screen->out);
        screen->column++;
    } while (screen->column < column);
}

void eb_screen_newline(struct eb_screen *screen)
{
    fputc('\n', screen->out);
    fflush(screen->out);
    screen->column = 0;
}
