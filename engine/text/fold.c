#include "text/fold.h"

#include <stddef.h>

#include "base/utf8.h"
#include "text/fold_table.h"

enum { RUN_COUNT = sizeof fold_runs / sizeof fold_runs[0] };

/* The last run that begins at or before `code_point`; the first run if none does. */
static const struct fold_run *find_run(uint32_t code_point)
{
    size_t low = 0, high = RUN_COUNT;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (fold_runs[middle].first <= code_point)
            low = middle;
        else
            high = middle;
    }
    return &fold_runs[low];
}

uint32_t eb_fold_code_point(uint32_t code_point)
{
    if (code_point < 0x80)
        return code_point >= 'A' && code_point <= 'Z' ? code_point + ('a' - 'A') : code_point;
    const struct fold_run *run = find_run(code_point);
    if (code_point < run->first || code_point > run->last ||
        (code_point - run->first) % run->step != 0)
        return code_point;
    return (uint32_t)((int32_t)code_point + run->delta);
}

/* How many bytes at the start of `text` are ASCII that folding leaves alone. */
static size_t unchanged_len(struct eb_span text)
{
    size_t len = 0;
    while (len < text.len && (unsigned char)text.ptr[len] < 0x80 &&
           !(text.ptr[len] >= 'A' && text.ptr[len] <= 'Z'))
        len++;
    return len;
}

struct eb_span eb_fold(struct eb_span text, struct eb_arena *arena)
{
    size_t same = unchanged_len(text);
    if (same == text.len)
        return text;
    /* A counterpart is at most one byte longer than its letter, which then has two (Ⱥ and ⱥ). */
    char *folded = eb_arena_alloc(arena, text.len + text.len / 2, 1);
    if (!folded)
        return eb_span(NULL, 0);
    memcpy(folded, text.ptr, same);
    char *end = folded + same;
    for (size_t at = same, len; at < text.len; at += len) {
        uint32_t code_point;
        len = eb_utf8_decode(eb_span(text.ptr + at, text.len - at), &code_point);
        if (len) {
            end += eb_utf8_encode(eb_fold_code_point(code_point), end);
        } else {
            *end++ = text.ptr[at];
            len = 1;
        }
    }
    eb_arena_shrink(arena, end);
    return eb_span(folded, (size_t)(end - folded));
}
