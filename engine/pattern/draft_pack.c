#include "pattern/pattern_code.h"
#include "pattern/pattern_draft.h"

/* The first pass counts words, with `start` NULL, the second writes them. */
struct packing {
    uint32_t *start;
    size_t words;
    bool is_too_long;
};

static void put(struct packing *packing, uint32_t word)
{
    if (packing->start)
        packing->start[packing->words] = word;
    packing->words++;
}

static void put_bytes(struct packing *packing, const void *bytes, size_t len)
{
    size_t words = (len + 3) / 4;
    if (packing->start && words) {
        packing->start[packing->words + words - 1] = 0;
        memcpy(packing->start + packing->words, bytes, len);
    }
    packing->words += words;
}

/* Fills in, now that it is known, what was put at `at` for the words behind it. */
static void put_len(struct packing *packing, size_t at, uint32_t flags, size_t max)
{
    size_t words = packing->words - at - 1;
    packing->is_too_long |= words > max;
    if (packing->start)
        packing->start[at] = flags | (uint32_t)words;
}

static uint32_t head_word(const struct eb_predicate *predicate, size_t len)
{
    return predicate->kind | (predicate->excludes_low ? EB_CODE_EXCLUDES_LOW : 0u) |
           (predicate->excludes_high ? EB_CODE_EXCLUDES_HIGH : 0u) |
           (uint32_t)len << EB_CODE_LEN_SHIFT;
}

static void put_predicates(
    struct packing *packing, const struct eb_predicate *predicates, uint32_t count);

static void put_excluded(struct packing *packing, const struct eb_predicate *predicate)
{
    size_t at = packing->words;
    put(packing, 0);
    put_predicates(packing, predicate->none_of, predicate->count);
    size_t words = packing->words - at - 1;
    packing->is_too_long |= words > EB_CODE_LEN_MAX;
    uint32_t is_long = predicate->count > EB_CODE_FEW ? EB_CODE_IS_LONG : 0;
    if (packing->start)
        packing->start[at] = EB_IS_NONE_OF | is_long | (uint32_t)words << EB_CODE_LEN_SHIFT;
}

static void put_predicate(struct packing *packing, const struct eb_predicate *predicate)
{
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_LITERAL:
    case EB_IS_STRING:
    case EB_STARTS:
    case EB_ENDS:
    case EB_FOLDS_TO:
    case EB_FOLDED_STARTS:
    case EB_FOLDED_ENDS:
    case EB_IS_LIKE:
        packing->is_too_long |= predicate->text.len > EB_CODE_LEN_MAX;
        put(packing, head_word(predicate, predicate->text.len));
        put_bytes(packing, predicate->text.ptr, predicate->text.len);
        return;
    case EB_IS_NUMBER:
        put(packing, head_word(predicate, 0));
        put_bytes(packing, &predicate->number, sizeof predicate->number);
        return;
    case EB_IN_RANGE:
        put(packing, head_word(predicate, 0));
        put_bytes(packing, &predicate->range, sizeof predicate->range);
        return;
    case EB_IS_ADDRESS:
    case EB_IN_BLOCK:
        put(packing, head_word(predicate, 0));
        put_bytes(packing, predicate->block, sizeof *predicate->block);
        return;
    case EB_IS_NONE_OF: put_excluded(packing, predicate); return;
    default: put(packing, head_word(predicate, 0)); return;
    }
}

static uint32_t count_exact(const struct eb_predicate *predicates, uint32_t count)
{
    uint32_t exact = 0;
    while (exact < count && predicates[exact].kind < EB_EXACT_KINDS)
        exact++;
    return exact;
}

static void take_slot(uint32_t *table, const struct eb_predicate *predicate, size_t offset)
{
    uint32_t count = table[EB_TABLE_SLOTS], at = eb_predicate_home(predicate, count);
    while (table[EB_TABLE_HEAD + at])
        at = at + 1 < count ? at + 1 : 0;
    table[EB_TABLE_HEAD + at] = (uint32_t)offset;
}

/* Exact ones come first. */
static void put_long_list(
    struct packing *packing, const struct eb_predicate *predicates, uint32_t count)
{
    size_t begin = packing->words;
    uint32_t exact = count_exact(predicates, count), slots = exact + exact / 2 + 1;
    packing->words += EB_TABLE_HEAD + (size_t)slots;
    if (packing->start)
        packing->start[begin + EB_TABLE_SLOTS] = slots;
    for (uint32_t i = 0; i < exact; i++) {
        if (packing->start)
            take_slot(packing->start + begin, &predicates[i], packing->words - begin);
        put_predicate(packing, &predicates[i]);
    }
    if (packing->start)
        packing->start[begin + EB_TABLE_INEXACT] = (uint32_t)(packing->words - begin);
    for (uint32_t i = exact; i < count; i++)
        put_predicate(packing, &predicates[i]);
}

static void put_predicates(
    struct packing *packing, const struct eb_predicate *predicates, uint32_t count)
{
    if (count > EB_CODE_FEW) {
        put_long_list(packing, predicates, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        put_predicate(packing, &predicates[i]);
}

static void put_items(struct packing *packing, const struct eb_draft_item *items);

_Static_assert(EB_IS_ABSENT == EB_PREDICATE_KINDS - 1, "absence is sorted last");

static void put_item(struct packing *packing, const struct eb_draft_item *item)
{
    uint32_t flags = 0;
    put(packing, item->path);
    size_t at = packing->words;
    put(packing, 0);
    if (eb_draft_is_or(item)) {
        for (uint32_t i = 0; i < item->count; i++) {
            size_t branch = packing->words;
            put(packing, 0);
            put_items(packing, item->branches[i]);
            put_len(packing, branch, 0, EB_CODE_WORDS_MAX);
        }
    } else {
        put_predicates(packing, item->predicates, item->count);
        if (item->predicates[item->count - 1].kind == EB_IS_ABSENT)
            flags = EB_CODE_TOP_BIT;
        if (item->count > EB_CODE_FEW)
            flags |= EB_CODE_LIST_IS_LONG;
    }
    put_len(packing, at, flags, EB_CODE_WORDS_MAX);
}

static void put_items(struct packing *packing, const struct eb_draft_item *items)
{
    for (; items; items = items->next)
        put_item(packing, items);
}

static void pack(struct packing *packing, const struct eb_draft_item *items, bool reads_payload)
{
    put(packing, 0);
    put_items(packing, items);
    put_len(packing, 0, reads_payload ? EB_CODE_TOP_BIT : 0, EB_CODE_WORDS_MAX);
}

enum eb_pack_result eb_draft_pack(const struct eb_draft_item *items, bool reads_payload,
    struct eb_arena *arena, struct eb_pattern **pattern)
{
    struct packing counting = { .start = NULL }, packing = { .start = NULL };
    pack(&counting, items, reads_payload);
    if (counting.is_too_long)
        return EB_PACK_LIMIT;
    packing.start = EB_ARENA_ARRAY(arena, uint32_t, counting.words);
    if (!packing.start)
        return EB_PACK_NO_MEMORY;
    pack(&packing, items, reads_payload);
    *pattern = (struct eb_pattern *)packing.start;
    return EB_PACKED;
}
