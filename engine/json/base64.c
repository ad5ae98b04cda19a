#include "json/base64.h"

#include <stdint.h>

/* 0 to 63; -1: not a digit. */
static int digit(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    return letter == '+' ? 62 : letter == '/' ? 63 : -1;
}

/* How many '=' there are at the end. */
static size_t padding(struct eb_span text)
{
    size_t count = 0;
    while (count < 2 && count < text.len && text.ptr[text.len - 1 - count] == '=')
        count++;
    return count;
}

/* Where the bytes end; NULL when the text is not base64. */
static char *decode(struct eb_span text, char *out)
{
    size_t digits = text.len - padding(text);
    uint32_t bits = 0;
    if (text.len % 4 != 0)
        return NULL;
    for (size_t i = 0; i < digits; i++) {
        int value = digit(text.ptr[i]);
        if (value < 0)
            return NULL;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 0)
            *out++ = (char)(bits >> (6 - 2 * (i % 4)));
    }
    uint32_t left_over = digits % 4 == 2 ? bits & 0xf : digits % 4 == 3 ? bits & 0x3 : 0;
    return left_over ? NULL : out;
}

struct eb_span eb_base64_decode(struct eb_span text, struct eb_arena *arena, bool *is_exhausted)
{
    char *out = eb_arena_alloc(arena, text.len / 4 * 3 + 1, 1);
    char *end = out ? decode(text, out) : NULL;
    *is_exhausted = !out;
    if (!end) {
        if (out)
            eb_arena_shrink(arena, out);
        return eb_span(NULL, 0);
    }
    *end = '\0';
    eb_arena_shrink(arena, end + 1);
    return eb_span(out, (size_t)(end - out));
}
