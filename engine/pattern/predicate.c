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
    case EB_IS_STRING: return is_string && eb_span_equal(value->text, predicate->text);
    case EB_IN_RANGE: return value->is_comparable && in_range(predicate, value->number);
    case EB_IS_ADDRESS:
    case EB_IN_BLOCK:
        return value->address.len && eb_block_holds(predicate->block, &value->address);
    case EB_STARTS: return is_string && eb_span_starts(value->text, predicate->text);
    case EB_ENDS: return is_string && ends(value->text, predicate->text);
    case EB_FOLDS_TO: return is_string && eb_span_equal(value->folded, predicate->text);
    case EB_FOLDED_STARTS: return is_string && eb_span_starts(value->folded, predicate->text);
    case EB_FOLDED_ENDS: return is_string && ends(value->folded, predicate->text);
    case EB_IS_LIKE: return is_string && eb_wildcard_matches(predicate->text, value->text);
    case EB_IS_NONE_OF: return !eb_predicates_find(predicate->none_of, predicate->count, value);
    case EB_EXISTS: return true;
    case EB_IS_ABSENT: return false;
    case EB_PREDICATE_KINDS: break;
    }
    return false;
}

/* ---- many of them ---- */

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_exact(const struct eb_predicate *a, const struct eb_predicate *b)
{
    switch (a->kind) {
    case EB_IS_NUMBER: return compare_numbers(a->number, b->number);
    case EB_IS_LITERAL:
    case EB_IS_STRING: return eb_span_compare(a->text, b->text);
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

/* Where `wanted` stands among sorted predicates, or the first behind its place. */
static uint32_t lower_bound(
    const struct eb_predicate *predicates, uint32_t count, const struct eb_predicate *wanted)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare(&predicates[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct eb_predicate *find_exact(
    const struct eb_predicate *predicates, uint32_t count, const struct eb_predicate *wanted)
{
    uint32_t at = lower_bound(predicates, count, wanted);
    return at < count && compare(&predicates[at], wanted) == 0 ? &predicates[at] : NULL;
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

static const struct eb_predicate *find_address(
    const struct eb_predicate *predicates, uint32_t count, const struct eb_address *address)
{
    struct eb_block block = eb_block_of(address);
    struct eb_predicate exact = { .kind = EB_IS_ADDRESS, .block = &block };
    return find_exact(predicates, count, &exact);
}

static const struct eb_predicate *find_linearly(
    const struct eb_predicate *predicates, uint32_t count, const struct eb_value *value)
{
    for (uint32_t i = 0; i < count; i++) {
        if (eb_predicate_holds(&predicates[i], value))
            return &predicates[i];
    }
    return NULL;
}

const struct eb_predicate *eb_predicates_find(
    const struct eb_predicate *predicates, uint32_t count, const struct eb_value *value)
{
    enum { FEW = 8 }; /* trying them all is faster */
    if (count <= FEW)
        return find_linearly(predicates, count, value);
    struct eb_predicate exact = exact_predicate(value);
    const struct eb_predicate *found = find_exact(predicates, count, &exact);
    if (!found && value->address.len)
        found = find_address(predicates, count, &value->address);
    if (found)
        return found;
    static const struct eb_predicate first_inexact = { .kind = EB_EXACT_KINDS };
    uint32_t at = lower_bound(predicates, count, &first_inexact);
    return find_linearly(predicates + at, count - at, value);
}
