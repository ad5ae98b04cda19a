#include "pattern/index_matching.h"

/* The windows of the values of one path. */
struct eb_path_windows {
    struct eb_path_windows *next;
    uint32_t path;
    uint32_t lens; /* bit 1 << (len - 1) */
    struct eb_windows by_number[];
};

/* A string on its way through the filter. */
struct scan {
    struct eb_matching *matching;
    struct eb_windows *found;
    uint32_t found_max;
    struct eb_number_set seen;
};

static uint32_t lens_of(const struct eb_index_tables *tables, uint32_t path)
{
    uint32_t low = 0, high = tables->window_path_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tables->windows[middle].path < path)
            low = middle + 1;
        else
            high = middle;
    }
    return tables->windows[low].lens;
}

static struct eb_path_windows *windows_of(
    struct eb_matching *matching, const struct eb_path_fields *fields)
{
    struct eb_path_windows *windows = matching->windows;
    while (windows && windows->path != fields->path)
        windows = windows->next;
    if (windows)
        return windows;
    size_t bytes = sizeof *windows + fields->count * sizeof windows->by_number[0];
    windows = eb_matching_allocate(matching, bytes);
    if (!windows)
        return NULL;
    memset(windows, 0, bytes);
    windows->next = matching->windows;
    windows->path = fields->path;
    windows->lens = lens_of(matching->tables, fields->path);
    matching->windows = windows;
    return windows;
}

static void add(struct scan *scan, uint64_t operand)
{
    struct eb_windows *found = scan->found;
    if (found->count == scan->found_max) {
        uint64_t *grown =
            eb_matching_grow(scan->matching, found->operands, &scan->found_max, sizeof *grown);
        if (!grown)
            return;
        found->operands = grown;
    }
    found->operands[found->count++] = operand;
}

static bool passes_filter(const struct eb_index_tables *tables, uint64_t operand)
{
    uint32_t bit = eb_window_bit(operand) & tables->window_bit_mask;
    return tables->window_bits[bit / 64] >> bit % 64 & 1;
}

/* The bytes from `at` on, as many as a window has at most. */
static uint64_t load(struct eb_span text, size_t at)
{
    size_t left = text.len - at;
    return left >= EB_WINDOW_BYTES ? eb_hash_load(text.ptr + at, EB_WINDOW_BYTES)
                                   : eb_hash_load(text.ptr + at, left);
}

/* Windows of `len` bytes: one step for each byte of the text. */
static void scan_len(struct scan *scan, struct eb_span text, uint32_t len)
{
    struct eb_matching *matching = scan->matching;
    uint64_t mask = UINT64_MAX >> (64 - 8 * len), before = 0;
    for (size_t at = 0; at + len <= text.len; at++) {
        uint64_t window = load(text, at) & mask;
        if (at && window == before)
            continue;
        before = window;
        uint64_t operand = eb_window_operand(window, len);
        if (passes_filter(matching->tables, operand) &&
            eb_number_set_add(&scan->seen, operand, matching->scratch, &matching->is_exhausted))
            add(scan, operand);
    }
}

static void scan_text(
    struct eb_matching *matching, struct eb_windows *found, uint32_t lens, struct eb_span text)
{
    struct scan scan = { .matching = matching, .found = found, .found_max = EB_MATCHING_FEW };
    found->operands = eb_matching_allocate(matching, EB_MATCHING_FEW * sizeof *found->operands);
    for (uint32_t len = 1; len <= EB_WINDOW_BYTES && !matching->is_exhausted; len++) {
        if (lens >> (len - 1) & 1)
            scan_len(&scan, text, len);
    }
}

const struct eb_windows *eb_matching_windows(
    struct eb_matching *matching, const struct eb_path_fields *fields, const struct eb_field *field)
{
    struct eb_path_windows *windows = windows_of(matching, fields);
    if (!windows)
        return NULL;
    struct eb_windows *found = &windows->by_number[field->number];
    if (!found->operands)
        scan_text(matching, found, windows->lens, field->value.text);
    return found;
}
