#include "pattern/pattern_cover.h"

#include <math.h>

#include "pattern/pattern_code.h"
#include "pattern/pattern_write.h"
#include "pattern/wildcard.h"
#include "text/fold.h"

/* What predicates look at of a string. */
struct text_kind {
    bool is_text;   /* it has one, to compare with */
    bool is_folded; /* without regard to case */
    bool at_start, at_end;
};

static struct text_kind text_kind_of(const struct eb_predicate *predicate)
{
    static const struct text_kind kinds[EB_PREDICATE_KINDS] = {
        [EB_FOLDS_TO] = { true, true, true, true },
        [EB_STARTS] = { true, false, true, false },
        [EB_ENDS] = { true, false, false, true },
        [EB_FOLDED_STARTS] = { true, true, true, false },
        [EB_FOLDED_ENDS] = { true, true, false, true },
        [EB_IS_LIKE] = { true, false, false, false },
    };
    return kinds[predicate->kind];
}

/* ---- values of predicates that ask for one ---- */

static bool is_exact(const struct eb_predicate *predicate)
{
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_NULL:
    case EB_IS_FALSE:
    case EB_IS_TRUE:
    case EB_IS_NUMBER:
    case EB_IS_LITERAL:
    case EB_IS_STRING: return true;
    default: return false;
    }
}

/* The one value that an exact predicate holds for, in every form. */
static struct eb_value value_of(const struct eb_predicate *predicate, struct eb_arena *scratch)
{
    static const enum eb_json_type types[] = {
        [EB_IS_NULL] = EB_JSON_NULL,
        [EB_IS_FALSE] = EB_JSON_FALSE,
        [EB_IS_TRUE] = EB_JSON_TRUE,
        [EB_IS_NUMBER] = EB_JSON_NUMBER,
        [EB_IS_LITERAL] = EB_JSON_NUMBER,
        [EB_IS_STRING] = EB_JSON_STRING,
    };
    struct eb_value value = { .type = types[predicate->kind] };
    if (predicate->kind == EB_IS_NUMBER) {
        value.is_comparable = true;
        value.number = predicate->number;
    } else if (value.type == EB_JSON_NUMBER || value.type == EB_JSON_STRING) {
        value.text = predicate->text;
    }
    if (value.type == EB_JSON_STRING) {
        value.folded = eb_fold(value.text, scratch);
        eb_address_parse(value.text, &value.address);
    }
    return value;
}

/* Without memory for its forms nothing is said. */
static bool holds_for_exact(const struct eb_predicate *predicate, const struct eb_predicate *exact,
    struct eb_arena *scratch)
{
    struct eb_value value = value_of(exact, scratch);
    bool is_whole = value.type != EB_JSON_STRING || value.folded.ptr;
    return is_whole && eb_predicate_holds(predicate, &value);
}

/* ---- one predicate and another ---- */

static bool is_text(const struct eb_predicate *predicate)
{
    return text_kind_of(predicate).is_text;
}

static bool is_block(const struct eb_predicate *predicate)
{
    return predicate->kind == EB_IS_ADDRESS || predicate->kind == EB_IN_BLOCK;
}

static bool ends(struct eb_span text, struct eb_span suffix)
{
    return text.len >= suffix.len &&
           eb_span_equal(eb_span(text.ptr + text.len - suffix.len, suffix.len), suffix);
}

static bool are_equal(const struct eb_predicate *a, const struct eb_predicate *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == EB_IS_NUMBER)
        return a->number == b->number;
    bool has_text = a->kind == EB_IS_LITERAL || a->kind == EB_IS_STRING || is_text(a);
    return has_text && eb_span_equal(a->text, b->text);
}

/* Folding goes code point by code point, so affixes of text are affixes of it folded. Only what is
 * equal without regard to case is a whole text, and its own start and end. */
static bool text_implies(
    const struct eb_predicate *a, const struct eb_predicate *b, struct eb_arena *scratch)
{
    struct text_kind has = text_kind_of(a), asks = text_kind_of(b);
    struct eb_span text = a->text;
    bool asks_whole = asks.at_start && asks.at_end;
    if (are_equal(a, b))
        return true;
    if (asks_whole || (has.is_folded && !asks.is_folded))
        return false;
    if (asks.is_folded && !has.is_folded)
        text = eb_fold(text, scratch);
    if (!text.ptr)
        return false;
    return (asks.at_start && has.at_start && eb_span_starts(text, b->text)) ||
           (asks.at_end && has.at_end && ends(text, b->text));
}

static bool range_implies(const struct eb_predicate *a, const struct eb_predicate *b)
{
    const struct eb_range *inner = &a->range, *outer = &b->range;
    bool is_above = inner->low > outer->low ||
                    (inner->low == outer->low && (a->excludes_low || !b->excludes_low));
    bool is_below = inner->high < outer->high ||
                    (inner->high == outer->high && (a->excludes_high || !b->excludes_high));
    return is_above && is_below;
}

static bool block_implies(const struct eb_block *inner, const struct eb_block *outer)
{
    return inner->bits >= outer->bits && eb_block_holds(outer, &inner->base);
}

static bool is_among(const struct eb_predicate *one, const struct eb_predicates *list)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(list);
    for (struct eb_predicate other; eb_predicates_next(&cursor, &other);) {
        if (are_equal(one, &other))
            return true;
    }
    return false;
}

/* Whether no value that `a` holds for is one of the excluded. */
static bool avoids(
    const struct eb_predicate *a, const struct eb_predicate *excluded, struct eb_arena *scratch)
{
    bool asks_string = is_text(a) || is_block(a);
    if (a->kind == EB_IS_NONE_OF)
        return is_among(excluded, &a->excluded);
    if (a->kind == EB_IN_RANGE)
        return excluded->kind != EB_IS_NUMBER || !holds_for_exact(a, excluded, scratch);
    if (asks_string && excluded->kind == EB_IS_NUMBER)
        return true;
    return asks_string && excluded->kind == EB_IS_STRING && eb_fold(excluded->text, scratch).ptr &&
           !holds_for_exact(a, excluded, scratch);
}

static bool avoids_all(
    const struct eb_predicate *a, const struct eb_predicates *excluded, struct eb_arena *scratch)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(excluded);
    for (struct eb_predicate one; eb_predicates_next(&cursor, &one);) {
        if (!avoids(a, &one, scratch))
            return false;
    }
    return true;
}

/* Whether `b` holds for every value that `a` holds for. */
static bool implies(
    const struct eb_predicate *a, const struct eb_predicate *b, struct eb_arena *scratch)
{
    if (b->kind == EB_EXISTS)
        return true;
    if (is_exact(a))
        return holds_for_exact(b, a, scratch);
    if (b->kind == EB_IS_NONE_OF)
        return a->kind != EB_EXISTS && avoids_all(a, &b->excluded, scratch);
    if (is_block(a))
        return is_block(b) && block_implies(a->block, b->block);
    if (a->kind == EB_IN_RANGE)
        return b->kind == EB_IN_RANGE && range_implies(a, b);
    return is_text(a) && is_text(b) && text_implies(a, b, scratch);
}

static bool implies_any(
    const struct eb_predicate *a, const struct eb_predicates *list, struct eb_arena *scratch)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(list);
    for (struct eb_predicate b; eb_predicates_next(&cursor, &b);) {
        if (b.kind != EB_IS_ABSENT && implies(a, &b, scratch))
            return true;
    }
    return false;
}

/* ---- fields ---- */

struct comparison {
    struct eb_items inner;
    struct eb_arena *scratch;
    /* Both ask about the same fields: values are chosen beside the same others, and what is absent
     * for the one is absent for the other. With fewer fields less is absent. */
    bool has_same_fields;
};

static bool find_field(struct eb_items items, uint32_t path, struct eb_item *field)
{
    while (eb_items_next(&items, field)) {
        if (field->path == path)
            return true;
    }
    return false;
}

static bool field_is_covered(const struct comparison *comparison, const struct eb_item *outer)
{
    struct eb_item inner;
    if (!find_field(comparison->inner, outer->path, &inner))
        return false;
    struct eb_predicate_cursor cursor = eb_predicates_begin(&inner.predicates);
    for (struct eb_predicate one; eb_predicates_next(&cursor, &one);) {
        bool is_covered = one.kind == EB_IS_ABSENT
                              ? outer->can_be_absent && comparison->has_same_fields
                              : implies_any(&one, &outer->predicates, comparison->scratch);
        if (!is_covered)
            return false;
    }
    return true;
}

static size_t code_words(const struct eb_item *item)
{
    return (size_t)(item->predicates.code + item->predicates.words - item->code);
}

static bool has_same_or(struct eb_items items, const struct eb_item * or)
{
    size_t words = code_words(or);
    for (struct eb_item item; eb_items_next(&items, &item);) {
        if (eb_item_is_or(&item) && code_words(&item) == words &&
            memcmp(item.code, or->code, 4 * words) == 0)
            return true;
    }
    return false;
}

static bool items_are_covered(const struct comparison *comparison, struct eb_items outer);

static bool can_be_absent(struct eb_items items)
{
    for (struct eb_item item; eb_items_next(&items, &item);) {
        struct eb_items branches = eb_item_branches(&item), branch;
        if (!eb_item_is_or(&item) && item.can_be_absent)
            return true;
        while (eb_item_is_or(&item) && eb_branches_next(&branches, &branch)) {
            if (can_be_absent(branch))
                return true;
        }
    }
    return false;
}

static bool or_is_covered(const struct comparison *comparison, const struct eb_item *outer)
{
    struct eb_items itself = { outer->code, outer->predicates.code + outer->predicates.words };
    if (has_same_or(comparison->inner, outer) &&
        (comparison->has_same_fields || !can_be_absent(itself)))
        return true;
    struct eb_items branches = eb_item_branches(outer), branch;
    struct comparison alone = *comparison;
    alone.has_same_fields = false;
    while (eb_branches_next(&branches, &branch)) {
        if (items_are_covered(&alone, branch))
            return true;
    }
    return false;
}

static bool items_are_covered(const struct comparison *comparison, struct eb_items outer)
{
    for (struct eb_item item; eb_items_next(&outer, &item);) {
        bool is_covered = eb_item_is_or(&item) ? or_is_covered(comparison, &item)
                                               : field_is_covered(comparison, &item);
        if (!is_covered)
            return false;
    }
    return true;
}

static uint32_t count_items(struct eb_items items)
{
    uint32_t count = 0;
    for (struct eb_item item; eb_items_next(&items, &item);)
        count++;
    return count;
}

/* No pattern names a field twice, so as many items, each found, are the same. */
static bool have_same_fields(struct eb_items inner, struct eb_items outer)
{
    if (count_items(inner) != count_items(outer))
        return false;
    struct eb_item found;
    for (struct eb_item item; eb_items_next(&outer, &item);) {
        bool is_found =
            eb_item_is_or(&item) ? has_same_or(inner, &item) : find_field(inner, item.path, &found);
        if (!is_found)
            return false;
    }
    return true;
}

bool eb_pattern_is_covered(
    const struct eb_pattern *inner, const struct eb_pattern *outer, struct eb_arena *scratch)
{
    if (!outer || inner == outer)
        return true;
    if (!inner || (eb_pattern_reads_payload(outer) && !eb_pattern_reads_payload(inner)))
        return false;
    struct comparison comparison = {
        .inner = eb_pattern_items(inner),
        .scratch = scratch,
        .has_same_fields = have_same_fields(eb_pattern_items(inner), eb_pattern_items(outer)),
    };
    return items_are_covered(&comparison, eb_pattern_items(outer));
}

/* ---- samples ---- */

static double number_in(const struct eb_predicate *predicate)
{
    double low = predicate->range.low, high = predicate->range.high;
    if (isinf(low))
        return high - 1;
    if (isinf(high))
        return low + 1;
    return predicate->excludes_low ? low + (high - low) / 2 : low;
}

static void write_number(double number, struct eb_json_writer *out)
{
    struct eb_predicate exact = { .kind = EB_IS_NUMBER, .number = number };
    eb_predicate_write(&exact, out);
}

static void write_like(struct eb_span text, struct eb_arena *scratch, struct eb_json_writer *out)
{
    char *literal = eb_arena_alloc(scratch, text.len + 1, 1);
    eb_json_open_string(out);
    for (bool has_star = true; literal && has_star;)
        eb_json_write_string_part(out, eb_wildcard_literal(&text, literal, &has_star));
    eb_json_close_string(out);
}

/* A string that is seldom excluded. */
static const struct eb_span other_text = EB_SPAN("\x01 other");

static void write_sample(
    const struct eb_predicate *predicate, struct eb_arena *scratch, struct eb_json_writer *out)
{
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_STRING:
    case EB_STARTS:
    case EB_ENDS:
    case EB_FOLDS_TO:
    case EB_FOLDED_STARTS:
    case EB_FOLDED_ENDS: eb_json_write_string(out, predicate->text); return;
    case EB_IS_LIKE: write_like(predicate->text, scratch, out); return;
    case EB_IN_RANGE: write_number(number_in(predicate), out); return;
    case EB_IN_BLOCK: {
        struct eb_block base = eb_block_of(&predicate->block->base);
        struct eb_predicate address = { .kind = EB_IS_ADDRESS, .block = &base };
        eb_predicate_write(&address, out);
        return;
    }
    case EB_IS_NONE_OF:
    case EB_EXISTS: eb_json_write_string(out, other_text); return;
    default: eb_predicate_write(predicate, out); return;
    }
}

static bool is_in_payload(const struct eb_paths *paths, uint32_t path)
{
    while (path > EB_PATH_MESSAGE)
        path = eb_paths_get(paths, path)->parent;
    return path == EB_PATH_PAYLOAD;
}

struct sampling {
    const struct eb_paths *paths;
    struct eb_arena *scratch;
    struct eb_json_writer *out;
};

/* Fields by their paths: a dot in a name separates steps. Of an `$or` the first branch. */
static void sample_items(const struct sampling *sampling, struct eb_items items)
{
    for (struct eb_item item; eb_items_next(&items, &item);) {
        struct eb_predicate first;
        if (eb_item_is_or(&item)) {
            struct eb_items branches = eb_item_branches(&item), branch;
            if (eb_branches_next(&branches, &branch))
                sample_items(sampling, branch);
            continue;
        }
        struct eb_predicate_cursor cursor = eb_predicates_begin(&item.predicates);
        if (!eb_predicates_next(&cursor, &first) || first.kind == EB_IS_ABSENT ||
            !is_in_payload(sampling->paths, item.path))
            continue;
        struct eb_span name = eb_paths_text(sampling->paths, item.path, sampling->scratch);
        if (!name.ptr)
            return;
        eb_json_write_name(sampling->out, name);
        write_sample(&first, sampling->scratch, sampling->out);
    }
}

void eb_pattern_write_sample(const struct eb_pattern *pattern, const struct eb_paths *paths,
    struct eb_arena *scratch, struct eb_json_writer *out)
{
    const struct sampling sampling = { paths, scratch, out };
    eb_json_open_object(out);
    if (pattern)
        sample_items(&sampling, eb_pattern_items(pattern));
    eb_json_close_object(out);
}
