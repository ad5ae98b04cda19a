#include "json/unescape.h"

/* The value of one hexadecimal digit. */
static uint32_t hex_value(char digit)
{
    return digit <= '9' ? (uint32_t)(digit - '0') : ((uint32_t)digit & 0xf) + 9;
}

static uint32_t hex4(const char *digits)
{
    return hex_value(digits[0]) << 12 | hex_value(digits[1]) << 8 | hex_value(digits[2]) << 4 |
           hex_value(digits[3]);
}

static char short_escape(char letter)
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter; /* " \ and / stand for themselves */
    }
}

/* `pieces->next` is at a backslash. A high surrogate is followed by its low one. */
static size_t decode_escape(struct eb_unescape *pieces)
{
    const char *escape = pieces->next;
    if (escape[1] != 'u') {
        pieces->next += 2;
        pieces->decoded[0] = short_escape(escape[1]);
        return 1;
    }
    uint32_t code_point = hex4(escape + 2);
    pieces->next += 6;
    if (code_point >= 0xd800 && code_point <= 0xdbff) {
        code_point = 0x10000 + ((code_point - 0xd800) << 10) + (hex4(escape + 8) - 0xdc00);
        pieces->next += 6;
    }
    return eb_utf8_encode(code_point, pieces->decoded);
}

struct eb_span eb_unescape_next(struct eb_unescape *pieces)
{
    if (pieces->next == pieces->end)
        return eb_span(NULL, 0);
    if (*pieces->next == '\\') {
        size_t len = decode_escape(pieces);
        return eb_span(pieces->decoded, len);
    }
    const char *start = pieces->next;
    size_t left = (size_t)(pieces->end - start);
    const char *backslash = memchr(start, '\\', left);
    pieces->next = backslash ? backslash : pieces->end;
    return eb_span(start, (size_t)(pieces->next - start));
}
