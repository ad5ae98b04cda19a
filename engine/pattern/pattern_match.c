#include "pattern/fields.h"
#include "pattern/pattern_code.h"

/*
 * 1. Every field is judged for itself. That settles nearly all: values that stand in no array's
 *    element can all be chosen together.
 * 2. Where a field has only values in elements, or asks for absence beside such, values are chosen
 *    one field after the other, each agreeing with those before, and on failure the search goes
 *    back to the latest choice that had to do with it (conflict-directed backjumping).
 */

enum {
    WORDS_A_STEP = 4,  /* of a pattern that is tried */
    BYTES_A_STEP = 64, /* of a long value that a wildcard goes through */
    LONG_VALUE = 256,
};

static bool spend(uint64_t *steps, uint64_t count)
{
    *steps = *steps > count ? *steps - count : 0;
    return *steps > 0;
}

/* ---- 1. each field for itself ---- */

struct judging {
    const struct eb_fields *fields;
    const uint32_t *known; /* a predicate that probably holds: it is tried first; or NULL */
    uint64_t *steps;
};

/*
 * Whether the predicate that led here holds for a value outside of all elements. Of long lists,
 * finding the one that holds would take fetching their table.
 */
static bool known_holds(
    const struct judging *judging, const struct eb_item *field, const struct eb_path_fields *values)
{
    const struct eb_predicates *predicates = &field->predicates;
    if (!predicates->is_long || judging->known < predicates->code ||
        judging->known >= predicates->code + predicates->words)
        return false;
    for (const struct eb_field *value = &values->first; value; value = value->next) {
        if (!value->element && eb_predicate_code_holds(judging->known, &value->value))
            return true;
    }
    return false;
}

/* Wildcards go through all of a value, other predicates through no more than they ask for. */
static bool pay_for(
    const struct judging *judging, const struct eb_item *field, const struct eb_path_fields *values)
{
    uint64_t bytes = 0;
    for (const struct eb_field *value = &values->first; value; value = value->next)
        bytes += value->value.text.len > LONG_VALUE ? value->value.text.len : 0;
    if (bytes)
        bytes *= eb_predicates_count_wildcards(&field->predicates);
    return spend(judging->steps, values->count + bytes / BYTES_A_STEP);
}

/* Several values: that one holds outside of all elements settles it. */
static enum eb_holding judge_values(
    const struct eb_item *field, const struct eb_path_fields *values)
{
    enum eb_holding best = EB_NO;
    bool are_all_in_elements = true;
    for (const struct eb_field *value = &values->first; value; value = value->next) {
        are_all_in_elements &= value->element != NULL;
        if ((best == EB_MAYBE && value->element) ||
            !eb_predicates_hold(&field->predicates, &value->value))
            continue;
        best = value->element ? EB_MAYBE : EB_YES;
        if (best == EB_YES)
            return EB_YES;
    }
    return best == EB_NO && field->can_be_absent && are_all_in_elements ? EB_MAYBE : best;
}

static enum eb_holding judge(const struct judging *judging, struct eb_items items);

static enum eb_holding judge_or(const struct judging *judging, const struct eb_item *item)
{
    enum eb_holding best = EB_NO;
    struct eb_items branches = eb_item_branches(item), branch;
    while (best < EB_YES && eb_branches_next(&branches, &branch)) {
        enum eb_holding one = judge(judging, branch);
        best = one > best ? one : best;
    }
    return best;
}

static __attribute__((noinline)) enum eb_holding judge_item(
    const struct judging *judging, const struct eb_item *item)
{
    if (eb_item_is_or(item))
        return judge_or(judging, item);
    const struct eb_path_fields *values = eb_fields_find(judging->fields, item->path);
    if (!values)
        return item->can_be_absent ? EB_YES : EB_NO;
    if (known_holds(judging, item, values))
        return EB_YES;
    if (!pay_for(judging, item, values))
        return EB_NO;
    if (values->count > 1 || values->first.element)
        return judge_values(item, values);
    return eb_predicates_hold(&item->predicates, &values->first.value) ? EB_YES : EB_NO;
}

/*
 * The value of a field that has one, outside of all elements and not long, and a short list:
 * nothing is to be known but whether a predicate holds for it. NULL: there is more to it.
 */
static inline const struct eb_field *only_value(
    const struct eb_fields *fields, const struct eb_item *item)
{
    if (eb_item_is_or(item) || item->predicates.is_long)
        return NULL;
    const struct eb_path_fields *values = eb_fields_find(fields, item->path);
    bool is_alone = values && values->count == 1 && !values->first.element;
    return is_alone && values->first.value.text.len <= LONG_VALUE ? &values->first : NULL;
}

static enum eb_holding judge(const struct judging *judging, struct eb_items items)
{
    enum eb_holding worst = EB_YES;
    for (struct eb_item item; eb_items_next(&items, &item);) {
        const struct eb_field *only = only_value(judging->fields, &item);
        if (only && eb_predicates_hold(&item.predicates, &only->value))
            continue;
        enum eb_holding one = only ? EB_NO : judge_item(judging, &item);
        if (one == EB_NO)
            return EB_NO;
        worst = one < worst ? one : worst;
    }
    return worst;
}

/* ---- 2. choosing values that agree ---- */

/*
 * Levels number the decisions: which value for a field, which branch of an `$or`. A set of levels
 * says which decisions a failure is due to; from LEVEL_SHARED on they share a bit, so that beyond
 * it no decision is ever skipped.
 */
enum { LEVEL_SHARED = 63 };

static uint64_t level_bit(uint32_t level)
{
    return UINT64_C(1) << (level < LEVEL_SHARED ? level : LEVEL_SHARED);
}

/* The decisions so far, the last one first. */
struct decision {
    const struct decision *before;
    uint32_t level;
    const struct eb_field *value; /* chosen for a field */
    uint32_t absent;              /* a path; neither: a branch of an `$or` */
};

/* What is still to come of a list, and behind it. */
struct rest {
    struct eb_items items;
    const struct rest *behind;
    uint64_t branches; /* the decisions that led to these items */
};

struct search {
    const struct eb_fields *fields;
    uint64_t *steps;
};

/* The earliest decision whose value cannot be chosen together with `value`. */
static const struct decision *find_conflict(const struct decision *decisions,
    const struct eb_field *value, const struct eb_element **theirs)
{
    const struct decision *earliest = NULL;
    const struct eb_element *element;
    for (; value->element && decisions; decisions = decisions->before) {
        if (decisions->value &&
            eb_elements_conflict(value->element, decisions->value->element, &element)) {
            earliest = decisions;
            *theirs = element;
        }
    }
    return earliest;
}

/* From `value` on, the first that agrees with all decisions; those that conflict go to blame. */
static const struct eb_field *next_agreeing(const struct search *search,
    const struct eb_path_fields *values, const struct eb_field *value,
    const struct decision *decisions, uint64_t *blame)
{
    while (value && spend(search->steps, 1)) {
        const struct eb_element *theirs = NULL;
        const struct decision *conflict = find_conflict(decisions, value, &theirs);
        if (!conflict)
            return value;
        *blame |= level_bit(conflict->level);
        /* Nothing of that array agrees but what stands in the chosen element. */
        value = eb_path_fields_from(
            values, value->token < theirs->token ? theirs->token : theirs->array_end);
    }
    return NULL;
}

/* All is decided: is what must be absent absent beside the chosen values? */
static bool absences_hold(const struct search *search, const struct decision *decisions)
{
    for (const struct decision *absent = decisions; absent; absent = absent->before) {
        const struct eb_path_fields *values = NULL;
        if (absent->absent != EB_NO_PATH)
            values = eb_fields_find(search->fields, absent->absent);
        uint64_t blame = 0;
        if (values && next_agreeing(search, values, &values->first, decisions, &blame))
            return false;
    }
    return *search->steps > 0;
}

static bool decide(const struct search *search, const struct rest *rest,
    const struct decision *decisions, uint64_t *blame);

/* Whether another decision at `level` might help against `failure`; if not, it is all the blame. */
static bool can_help(uint32_t level, uint64_t failure, uint64_t *blame)
{
    if (!(failure & level_bit(level))) {
        *blame = failure;
        return false;
    }
    *blame |= level < LEVEL_SHARED ? failure & ~level_bit(level) : failure;
    return true;
}

static struct decision next_decision(const struct decision *decisions)
{
    return (struct decision){
        .before = decisions,
        .level = decisions ? decisions->level + 1 : 0,
        .absent = EB_NO_PATH,
    };
}

static bool decide_field(const struct search *search, const struct eb_item *field,
    const struct rest *rest, const struct decision *decisions, uint64_t *blame)
{
    struct decision decision = next_decision(decisions);
    const struct eb_path_fields *values = eb_fields_find(search->fields, field->path);
    uint64_t failure;
    *blame = rest->branches;
    for (const struct eb_field *value = values ? &values->first : NULL;
         (value = next_agreeing(search, values, value, decisions, blame)); value = value->next) {
        if (!eb_predicates_hold(&field->predicates, &value->value))
            continue;
        decision.value = value;
        if (decide(search, rest, &decision, &failure))
            return true;
        if (!can_help(decision.level, failure, blame))
            return false;
    }
    if (!field->can_be_absent)
        return false;
    decision.value = NULL;
    decision.absent = field->path;
    if (decide(search, rest, &decision, &failure))
        return true;
    can_help(decision.level, failure, blame);
    return false;
}

static bool decide_or(const struct search *search, const struct eb_item *item,
    const struct rest *rest, const struct decision *decisions, uint64_t *blame)
{
    struct decision decision = next_decision(decisions);
    struct eb_items branches = eb_item_branches(item);
    struct rest branch = { .behind = rest };
    branch.branches = rest->branches | level_bit(decision.level);
    *blame = rest->branches;
    while (eb_branches_next(&branches, &branch.items)) {
        uint64_t failure;
        if (decide(search, &branch, &decision, &failure))
            return true;
        if (!can_help(decision.level, failure, blame))
            return false;
    }
    return false;
}

/* Decides all that is to come. False: `*blame` is what the failure is due to. */
static bool decide(const struct search *search, const struct rest *rest,
    const struct decision *decisions, uint64_t *blame)
{
    struct rest behind = *rest;
    struct eb_item item;
    while (!eb_items_next(&behind.items, &item)) {
        if (!behind.behind) {
            *blame = UINT64_MAX; /* any other choice might make something absent */
            return absences_hold(search, decisions);
        }
        behind = *behind.behind;
    }
    return eb_item_is_or(&item) ? decide_or(search, &item, &behind, decisions, blame)
                                : decide_field(search, &item, &behind, decisions, blame);
}

/* Each field for itself; the words of the pattern are paid for beforehand. */
static enum eb_holding judge_within(
    struct eb_items items, const struct eb_fields *fields, const uint32_t *known, uint64_t *steps)
{
    struct judging judging = { .fields = fields, .known = known, .steps = steps };
    bool can_pay = spend(steps, 1 + (uint64_t)(items.end - items.next) / WORDS_A_STEP);
    return can_pay ? judge(&judging, items) : EB_NO;
}

enum eb_holding eb_items_judge_within(
    struct eb_items items, const struct eb_fields *fields, uint64_t *steps)
{
    return judge_within(items, fields, NULL, steps);
}

static bool match_within(
    struct eb_items items, const struct eb_fields *fields, const uint32_t *known, uint64_t *steps)
{
    enum eb_holding judgement = judge_within(items, fields, known, steps);
    if (judgement != EB_MAYBE)
        return judgement == EB_YES && *steps > 0;
    struct search search = { .fields = fields, .steps = steps };
    struct rest all = { .items = items };
    uint64_t blame;
    return decide(&search, &all, NULL, &blame);
}

bool eb_items_match_within(struct eb_items items, const struct eb_fields *fields, uint64_t *steps)
{
    return match_within(items, fields, NULL, steps);
}

bool eb_pattern_match_within(const struct eb_pattern *pattern, const struct eb_fields *fields,
    const uint32_t *known, uint64_t *steps)
{
    if (eb_pattern_reads_payload(pattern) && !fields->has_payload)
        return false;
    return match_within(eb_pattern_items(pattern), fields, known, steps);
}

bool eb_pattern_match(const struct eb_pattern *pattern, const struct eb_fields *fields)
{
    uint64_t steps = UINT64_MAX;
    return eb_pattern_match_within(pattern, fields, NULL, &steps);
}

bool eb_pattern_reads_payload(const struct eb_pattern *pattern)
{
    return pattern->head & EB_CODE_TOP_BIT;
}
