#include "pattern/predicate.h"

#include <stdlib.h>

#include "pattern/paths.h"
#include "pattern/wildcard.h"

unsigned eb_predicate_needs(const struct eb_predicate *predicate)
{
    static const unsigned char needs[EB_PREDICATE_KINDS] = {
        [EB_IS_NUMBER] = EB_NEEDS_NUMBER,
        [EB_IN_RANGE] = EB_NEEDS_NUMBER,
        [EB_IS_ADDRESS] = EB_NEEDS_ADDRESS,
        [EB_IN_BLOCK] = EB_NEEDS_ADDRESS,
        [EB_FOLDS_TO] = EB_NEEDS_FOLDED,
        [EB_FOLDED_STARTS] = EB_NEEDS_FOLDED,
        [EB_FOLDED_ENDS] = EB_NEEDS_FOLDED,
    };
    unsigned all = needs[predicate->kind];
    if (predicate->kind == EB_IS_NONE_OF) {
        for (uint32_t i = 0; i < predicate->count; i++)
            all |= eb_predicate_needs(&predicate->none_of[i]);
    }
    return all;
}

static bool ends(struct eb_span text, struct eb_span suffix)
{
    return text.len >= suffix.len &&
           eb_span_equal(eb_span(text.ptr + text.len - suffix.len, suffix.len), suffix);
}

static bool in_range(const struct eb_predicate *predicate, double number)
{
    const struct eb_range *range = &predicate->range;
    if (number < range->low || (predicate->excludes_low && number == range->low))
        return false;
    return number < range->high || (!predicate->excludes_high && number == range->high);
}

bool eb_predicate_holds(const struct eb_predicate *predicate, const struct eb_value *value)
{
    bool is_string = value->type == EB_JSON_STRING;
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_NULL: return value->type == EB_JSON_NULL;
    case EB_IS_FALSE: return value->type == EB_JSON_FALSE;
    case EB_IS_TRUE: return value->type == EB_JSON_TRUE;
    case EB_IS_NUMBER: return value->is_comparable && value->number == predicate->number;
    case EB_IS_LITERAL:
        return value->type == EB_JSON_NUMBER && eb_span_equal(value->text, predicate->text);
    case EB_IS_STRING: return is_string && eb_texts_equal(value->text, predicate->text);
    case EB_IN_RANGE: return value->is_comparable && in_range(predicate, value->number);
    case EB_IS_ADDRESS:
    case EB_IN_BLOCK:
        return value->address.len && eb_block_holds(predicate->block, &value->address);
    case EB_STARTS: return is_string && eb_span_starts(value->text, predicate->text);
    case EB_ENDS: return is_string && ends(value->text, predicate->text);
    case EB_FOLDS_TO: return is_string && eb_texts_equal(value->folded, predicate->text);
    case EB_FOLDED_STARTS: return is_string && eb_span_starts(value->folded, predicate->text);
    case EB_FOLDED_ENDS: return is_string && ends(value->folded, predicate->text);
    case EB_IS_LIKE: return is_string && eb_wildcard_matches(predicate->text, value->text);
    case EB_IS_NONE_OF: return !eb_predicates_hold(&predicate->excluded, value);
    case EB_EXISTS: return true;
    case EB_IS_ABSENT: return false;
    case EB_PREDICATE_KINDS: break;
    }
    return false;
}

/* ---- order ---- */

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_exact(const struct eb_predicate *a, const struct eb_predicate *b)
{
    switch (a->kind) {
    case EB_IS_NUMBER: return compare_numbers(a->number, b->number);
    case EB_IS_LITERAL:
    case EB_IS_STRING:
    case EB_FOLDS_TO: return eb_span_compare(a->text, b->text);
    case EB_IS_ADDRESS: return memcmp(&a->block->base, &b->block->base, sizeof a->block->base);
    default: return 0;
    }
}

static int compare(const void *left, const void *right)
{
    const struct eb_predicate *a = left, *b = right;
    return a->kind != b->kind ? a->kind - b->kind : compare_exact(a, b);
}

void eb_predicates_sort(struct eb_predicate *predicates, uint32_t count)
{
    qsort(predicates, count, sizeof *predicates, compare);
}

/* ---- code ---- */

static const uint32_t *decode_text(const uint32_t *code, struct eb_predicate *predicate)
{
    size_t len = *code >> EB_CODE_LEN_SHIFT;
    predicate->text = eb_span((const char *)(code + 1), len);
    return code + 1 + (len + 3) / 4;
}

const uint32_t *eb_predicate_decode(const uint32_t *code, struct eb_predicate *predicate)
{
    predicate->kind = *code & EB_CODE_KIND_MASK;
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_LITERAL:
    case EB_IS_STRING:
    case EB_STARTS:
    case EB_ENDS:
    case EB_FOLDS_TO:
    case EB_FOLDED_STARTS:
    case EB_FOLDED_ENDS:
    case EB_IS_LIKE: return decode_text(code, predicate);
    case EB_IS_NUMBER:
        memcpy(&predicate->number, code + 1, sizeof predicate->number);
        return code + 1 + sizeof predicate->number / 4;
    case EB_IN_RANGE:
        predicate->excludes_low = *code & EB_CODE_EXCLUDES_LOW;
        predicate->excludes_high = *code & EB_CODE_EXCLUDES_HIGH;
        memcpy(&predicate->range, code + 1, sizeof predicate->range);
        return code + 1 + sizeof predicate->range / 4;
    case EB_IS_ADDRESS:
    case EB_IN_BLOCK:
        predicate->block = (const struct eb_block *)(code + 1);
        return code + 1 + EB_CODE_BLOCK_WORDS;
    case EB_IS_NONE_OF:
        predicate->excluded = (struct eb_predicates){ .code = code + 1,
            .words = *code >> EB_CODE_LEN_SHIFT,
            .is_long = (*code & EB_CODE_IS_LONG) != 0 };
        return code + 1 + predicate->excluded.words;
    default: return code + 1;
    }
}

struct eb_predicate_cursor eb_predicates_begin(const struct eb_predicates *predicates)
{
    const uint32_t *code = predicates->code;
    size_t table = predicates->is_long ? EB_TABLE_HEAD + (size_t)code[EB_TABLE_SLOTS] : 0;
    return (struct eb_predicate_cursor){ code + table, code + predicates->words };
}

/* ---- long lists ---- */

static uint64_t exact_hash(const struct eb_predicate *predicate)
{
    uint64_t bits = 0;
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_NUMBER: memcpy(&bits, &predicate->number, sizeof bits); break;
    case EB_IS_LITERAL:
    case EB_IS_STRING:
    case EB_FOLDS_TO:
        return eb_hash_quick(predicate->kind, predicate->text.ptr, predicate->text.len);
    case EB_IS_ADDRESS:
        return eb_hash_quick(predicate->kind, (const char *)predicate->block->base.bytes,
            sizeof predicate->block->base.bytes);
    default: break;
    }
    return eb_hash_mix(bits ^ UINT64_C(0x9e3779b97f4a7c15), predicate->kind + UINT64_C(0xd1b54a32));
}

uint32_t eb_predicate_home(const struct eb_predicate *predicate, uint32_t slots)
{
    return (uint32_t)((exact_hash(predicate) >> 32) * slots >> 32);
}

static bool has_exact(const struct eb_predicates *predicates, const struct eb_predicate *wanted)
{
    const uint32_t *code = predicates->code, *slots = code + EB_TABLE_HEAD;
    uint32_t count = code[EB_TABLE_SLOTS];
    for (uint32_t at = eb_predicate_home(wanted, count); slots[at];
         at = at + 1 < count ? at + 1 : 0) {
        struct eb_predicate predicate;
        eb_predicate_decode(code + slots[at], &predicate);
        if (compare(&predicate, wanted) == 0)
            return true;
    }
    return false;
}

/* The predicate that asks for exactly this value. */
static struct eb_predicate exact_predicate(const struct eb_value *value)
{
    struct eb_predicate exact = { .kind = EB_IS_NULL };
    switch (value->type) {
    case EB_JSON_FALSE: exact.kind = EB_IS_FALSE; break;
    case EB_JSON_TRUE: exact.kind = EB_IS_TRUE; break;
    case EB_JSON_NUMBER:
        exact.kind = value->is_comparable ? EB_IS_NUMBER : EB_IS_LITERAL;
        if (value->is_comparable)
            exact.number = value->number;
        else
            exact.text = value->text;
        break;
    case EB_JSON_STRING:
        exact.kind = EB_IS_STRING;
        exact.text = value->text;
        break;
    default: break;
    }
    return exact;
}

static bool has_address(const struct eb_predicates *predicates, const struct eb_address *address)
{
    struct eb_block block = eb_block_of(address);
    struct eb_predicate exact = { .kind = EB_IS_ADDRESS, .block = &block };
    return address->len && has_exact(predicates, &exact);
}

static bool has_folded(const struct eb_predicates *predicates, const struct eb_value *value)
{
    struct eb_predicate exact = { .kind = EB_FOLDS_TO, .text = value->folded };
    return value->type == EB_JSON_STRING && value->folded.ptr && has_exact(predicates, &exact);
}

/* Those of other kinds than exact ones. */
static struct eb_predicate_cursor begin_inexact(const struct eb_predicates *predicates)
{
    const uint32_t *code = predicates->code;
    size_t first = predicates->is_long ? code[EB_TABLE_INEXACT] : 0;
    return (struct eb_predicate_cursor){ code + first, code + predicates->words };
}

uint32_t eb_predicates_count_wildcards(const struct eb_predicates *predicates)
{
    struct eb_predicate_cursor cursor = begin_inexact(predicates);
    uint32_t count = 0;
    for (struct eb_predicate predicate; eb_predicates_next(&cursor, &predicate);) {
        count += predicate.kind == EB_IS_LIKE;
        if (predicate.kind == EB_IS_NONE_OF)
            count += eb_predicates_count_wildcards(&predicate.excluded);
    }
    return count;
}

static bool find_by_table(const struct eb_predicates *predicates, const struct eb_value *value)
{
    struct eb_predicate exact = exact_predicate(value), predicate;
    if (has_exact(predicates, &exact) || has_address(predicates, &value->address) ||
        has_folded(predicates, value))
        return true;
    struct eb_predicate_cursor inexact = begin_inexact(predicates);
    while (eb_predicates_next(&inexact, &predicate)) {
        if (eb_predicate_holds(&predicate, value))
            return true;
    }
    return false;
}

bool eb_predicates_find(const struct eb_predicates *predicates, const struct eb_value *value)
{
    if (predicates->is_long)
        return find_by_table(predicates, value);
    struct eb_predicate_cursor cursor = eb_predicates_begin(predicates);
    for (struct eb_predicate predicate; eb_predicates_next(&cursor, &predicate);) {
        if (eb_predicate_holds(&predicate, value))
            return true;
    }
    return false;
}
