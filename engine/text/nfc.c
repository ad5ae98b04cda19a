#include "text/nfc.h"

#include <string.h>

#include "text/idna_tables.h"
#include "text/punycode.h"

/* No code point in the tables decomposes into more (U+1F82 does into four). */
enum { PARTS_MAX = 4, TEXT_MAX = EB_LABEL_BYTES_MAX * PARTS_MAX };

struct text {
    uint32_t code_points[TEXT_MAX];
    size_t count;
};

static int combining_class(uint32_t code_point)
{
    return eb_idna_record_of(code_point)->combining_class;
}

/* What makes `whole`, or NULL. */
static const struct eb_composition *find_whole(uint32_t whole)
{
    uint32_t low = 0, high = eb_composition_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct eb_composition *at = &eb_compositions[eb_composition_by_whole[middle]];
        if (at->whole == whole)
            return at;
        if (at->whole < whole)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The composite of the two, or 0. */
static uint32_t compose(uint32_t first, uint32_t second)
{
    uint32_t low = 0, high = eb_composition_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct eb_composition *at = &eb_compositions[middle];
        if (at->first == first && at->second == second)
            return at->whole;
        if (at->first < first || (at->first == first && at->second < second))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static void append_decomposed(struct text *text, uint32_t code_point)
{
    uint32_t seconds[PARTS_MAX];
    size_t depth = 0;
    for (const struct eb_composition *step; depth < PARTS_MAX - 1; code_point = step->first) {
        step = find_whole(code_point);
        if (!step)
            break;
        seconds[depth++] = step->second;
    }
    text->code_points[text->count++] = code_point;
    while (depth)
        text->code_points[text->count++] = seconds[--depth];
}

/* Canonical ordering: marks sort by their class, stably, between starters. */
static void sort_marks(struct text *text)
{
    for (size_t i = 1; i < text->count; i++) {
        uint32_t moved = text->code_points[i];
        int class = combining_class(moved);
        size_t to = i;
        while (class && to && combining_class(text->code_points[to - 1]) > class) {
            text->code_points[to] = text->code_points[to - 1];
            to--;
        }
        text->code_points[to] = moved;
    }
}

/* Canonical composition, in place. */
static void compose_all(struct text *text)
{
    size_t kept = 0, starter = SIZE_MAX;
    int last_class = 0;
    for (size_t i = 0; i < text->count; i++) {
        uint32_t code_point = text->code_points[i];
        int class = combining_class(code_point);
        bool is_adjacent = kept && starter == kept - 1;
        bool is_blocked = !is_adjacent && last_class >= class;
        uint32_t whole = starter != SIZE_MAX && !is_blocked
                             ? compose(text->code_points[starter], code_point)
                             : 0;
        if (whole) {
            text->code_points[starter] = whole;
            continue;
        }
        if (class == 0)
            starter = kept;
        last_class = class;
        text->code_points[kept++] = code_point;
    }
    text->count = kept;
}

/* Without marks and without what composes with what stands before it nothing can change. */
static bool is_trivially_nfc(const uint32_t *code_points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct eb_idna_record *record = eb_idna_record_of(code_points[i]);
        if (record->combining_class || record->may_compose)
            return false;
    }
    return true;
}

bool eb_label_is_nfc(const uint32_t *code_points, size_t count)
{
    if (is_trivially_nfc(code_points, count))
        return true;
    struct text text = { .count = 0 };
    for (size_t i = 0; i < count; i++)
        append_decomposed(&text, code_points[i]);
    sort_marks(&text);
    compose_all(&text);
    return text.count == count &&
           memcmp(text.code_points, code_points, count * sizeof *code_points) == 0;
}
