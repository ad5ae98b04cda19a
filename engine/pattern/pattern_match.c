#include "pattern/fields.h"
#include "pattern/pattern.h"

/*
 * 1. Every field is judged for itself. That settles nearly all: values that stand in no array's
 *    element can all be chosen together.
 * 2. Where a field has only values in elements, or asks for absence beside such, values are chosen
 *    one field after the other, each agreeing with those before, and on failure the search goes
 *    back to the latest choice that had to do with it (conflict-directed backjumping).
 */

static bool spend(uint64_t *steps, uint64_t count)
{
    *steps = *steps > count ? *steps - count : 0;
    return *steps > 0;
}

static const struct eb_predicate *find_predicate(
    const struct eb_pattern_item *field, const struct eb_value *value)
{
    return eb_predicates_find(field->predicates, field->count, value);
}

/* ---- 1. each field for itself ---- */

enum judgement {
    NO,
    MAYBE, /* it depends on what is chosen elsewhere */
    YES,
};

static enum judgement judge_values(
    const struct eb_pattern_item *field, const struct eb_path_fields *values, uint64_t *steps)
{
    enum judgement best = NO;
    bool are_all_in_elements = true;
    for (const struct eb_field *value = &values->first; value; value = value->next) {
        are_all_in_elements &= value->element != NULL;
        if (!spend(steps, 1))
            return NO;
        if (best == MAYBE && value->element)
            continue;
        if (find_predicate(field, &value->value)) {
            best = value->element ? MAYBE : YES;
            if (best == YES)
                return YES;
        }
    }
    return best == NO && field->can_be_absent && are_all_in_elements ? MAYBE : best;
}

static enum judgement judge_field(
    const struct eb_pattern_item *field, const struct eb_fields *fields, uint64_t *steps)
{
    const struct eb_path_fields *values = eb_fields_find(fields, field->path);
    if (values)
        return judge_values(field, values, steps);
    return spend(steps, 1) && field->can_be_absent ? YES : NO;
}

static enum judgement judge(
    const struct eb_pattern_item *items, const struct eb_fields *fields, uint64_t *steps);

static enum judgement judge_or(
    const struct eb_pattern_item *item, const struct eb_fields *fields, uint64_t *steps)
{
    enum judgement best = NO;
    for (uint32_t i = 0; i < item->count && best < YES; i++) {
        enum judgement branch = judge(item->branches[i], fields, steps);
        best = branch > best ? branch : best;
    }
    return best;
}

static enum judgement judge(
    const struct eb_pattern_item *items, const struct eb_fields *fields, uint64_t *steps)
{
    enum judgement worst = YES;
    for (; items && worst > NO; items = items->next) {
        enum judgement one = items->path == EB_NO_PATH ? judge_or(items, fields, steps)
                                                       : judge_field(items, fields, steps);
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
    const struct eb_field *value;        /* chosen for a field */
    const struct eb_pattern_item *field; /* to be absent; both NULL: a branch of an `$or` */
};

/* What is still to come behind the items of a branch. */
struct rest {
    const struct eb_pattern_item *items;
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
        const struct eb_path_fields *values =
            absent->field ? eb_fields_find(search->fields, absent->field->path) : NULL;
        uint64_t blame = 0;
        if (values && next_agreeing(search, values, &values->first, decisions, &blame))
            return false;
    }
    return *search->steps > 0;
}

static bool decide(const struct search *search, const struct eb_pattern_item *items,
    const struct rest *rest, const struct decision *decisions, uint64_t *blame);

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

static bool decide_field(const struct search *search, const struct eb_pattern_item *field,
    const struct rest *rest, const struct decision *decisions, uint64_t *blame)
{
    struct decision decision = { .before = decisions };
    decision.level = decisions ? decisions->level + 1 : 0;
    const struct eb_path_fields *values = eb_fields_find(search->fields, field->path);
    *blame = rest->branches;
    for (const struct eb_field *value = values ? &values->first : NULL;
         (value = next_agreeing(search, values, value, decisions, blame)); value = value->next) {
        uint64_t failure;
        if (!find_predicate(field, &value->value))
            continue;
        decision.value = value;
        if (decide(search, field->next, rest, &decision, &failure))
            return true;
        if (!can_help(decision.level, failure, blame))
            return false;
    }
    if (!field->can_be_absent)
        return false;
    uint64_t failure;
    decision.value = NULL;
    decision.field = field;
    if (decide(search, field->next, rest, &decision, &failure))
        return true;
    can_help(decision.level, failure, blame);
    return false;
}

static bool decide_or(const struct search *search, const struct eb_pattern_item *item,
    const struct rest *rest, const struct decision *decisions, uint64_t *blame)
{
    struct decision decision = { .before = decisions };
    decision.level = decisions ? decisions->level + 1 : 0;
    struct rest behind = *rest;
    behind.items = item->next;
    struct rest branch = { .behind = &behind };
    branch.branches = rest->branches | level_bit(decision.level);
    *blame = rest->branches;
    for (uint32_t i = 0; i < item->count; i++) {
        uint64_t failure;
        if (decide(search, item->branches[i], &branch, &decision, &failure))
            return true;
        if (!can_help(decision.level, failure, blame))
            return false;
    }
    return false;
}

/* Decides `items`, then the rest. False: `*blame` is what the failure is due to. */
static bool decide(const struct search *search, const struct eb_pattern_item *items,
    const struct rest *rest, const struct decision *decisions, uint64_t *blame)
{
    for (; !items && rest->behind; items = rest->items)
        rest = rest->behind;
    if (!items) {
        *blame = UINT64_MAX; /* any other choice might make something absent */
        return absences_hold(search, decisions);
    }
    return items->path == EB_NO_PATH ? decide_or(search, items, rest, decisions, blame)
                                     : decide_field(search, items, rest, decisions, blame);
}

bool eb_pattern_match_within(
    const struct eb_pattern *pattern, const struct eb_fields *fields, uint64_t *steps)
{
    if (pattern->reads_payload && !fields->has_payload)
        return false;
    enum judgement judgement = judge(pattern->items, fields, steps);
    if (judgement != MAYBE)
        return judgement == YES && *steps > 0;
    struct search search = { .fields = fields, .steps = steps };
    struct rest end = { .items = NULL };
    uint64_t blame;
    return decide(&search, pattern->items, &end, NULL, &blame);
}

bool eb_pattern_match(const struct eb_pattern *pattern, const struct eb_fields *fields)
{
    uint64_t steps = UINT64_MAX;
    return eb_pattern_match_within(pattern, fields, &steps);
}
