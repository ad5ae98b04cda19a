#include "base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0 to 63; -1: not a digit. */
static int digit(char letter)
{
    const char *found = letter ? strchr(alphabet, letter) : NULL;
    return found ? (int)(found - alphabet) : -1;
}

/* How many '=' there are at the end. */
static size_t padding(struct eb_span text)
{
    size_t count = 0;
    while (count < 2 && count < text.len && text.ptr[text.len - 1 - count] == '=')
        count++;
    return count;
}

struct eb_span base64_decode(struct eb_span text, struct eb_arena *arena)
{
    size_t pads = padding(text), digits = text.len - pads;
    char *out = eb_arena_alloc(arena, text.len / 4 * 3 + 1, 1), *next = out;
    if (!out || text.len % 4 != 0)
        return eb_span(NULL, 0);
    uint32_t bits = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = digit(text.ptr[i]);
        if (value < 0)
            return eb_span(NULL, 0);
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 0)
            *next++ = (char)(bits >> (6 - 2 * (i % 4)));
    }
    *next = '\0';
    return eb_span(out, (size_t)(next - out));
}
