#include "pattern/pattern_explain.h"

#include "base/limits.h"

struct explaining {
    const struct eb_paths *paths;
    const struct eb_fields *fields;
    struct eb_arena *arena;
    struct eb_pattern_answer *answer;
    const struct eb_mismatch **last;
    uint64_t steps;
    uint32_t count;
    bool is_exhausted;
};

const char *eb_mismatch_name(enum eb_mismatch_kind kind)
{
    static const char *const names[] = {
        [EB_MISMATCH_VALUE] = "value",
        [EB_MISMATCH_MISSING] = "missing",
        [EB_MISMATCH_PRESENT] = "present",
        [EB_MISMATCH_APART] = "apart",
        [EB_MISMATCH_PAYLOAD] = "payload",
        [EB_MISMATCH_STEPS] = "steps",
    };
    return names[kind];
}

/* ---- asking the matcher ---- */

/* Moves to the first item that cannot match, whatever is beside it; false: there is none. */
static bool find_false_item(
    struct explaining *explaining, struct eb_items *items, struct eb_item *item)
{
    while (eb_items_next(items, item)) {
        struct eb_items alone = { item->code, items->next };
        if (eb_items_judge_within(alone, explaining->fields, &explaining->steps) == EB_NO)
            return true;
    }
    return false;
}

/* The item behind the longest beginning of the list that matches. */
static struct eb_item find_apart_item(struct explaining *explaining, struct eb_items items)
{
    struct eb_items beginning = { items.next, items.next };
    struct eb_item item, apart = { .path = EB_NO_PATH };
    bool has_matched = true;
    while (eb_items_next(&items, &item)) {
        apart = has_matched ? item : apart;
        beginning.end = items.next;
        has_matched = eb_items_match_within(beginning, explaining->fields, &explaining->steps);
    }
    return apart;
}

/* ---- telling ---- */

static void tell(struct explaining *explaining, struct eb_mismatch told)
{
    struct eb_mismatch *mismatch = NULL;
    if (explaining->count++ >= EB_MISMATCHES_MAX) {
        explaining->answer->has_more_mismatches = true;
        return;
    }
    mismatch = EB_ARENA_NEW(explaining->arena, struct eb_mismatch);
    if (!mismatch) {
        explaining->is_exhausted = true;
        return;
    }
    *mismatch = told;
    *explaining->last = mismatch;
    explaining->last = &mismatch->next;
}

static void tell_kind(struct explaining *explaining, enum eb_mismatch_kind kind)
{
    tell(explaining, (struct eb_mismatch){ .kind = kind });
}

static void tell_field(
    struct explaining *explaining, enum eb_mismatch_kind kind, const struct eb_item *item)
{
    struct eb_mismatch mismatch = {
        .kind = kind,
        .field = eb_paths_text(explaining->paths, item->path, explaining->arena),
        .expected = item->predicates,
        .seen = eb_fields_find(explaining->fields, item->path),
    };
    explaining->is_exhausted |= !mismatch.field.ptr;
    tell(explaining, mismatch);
}

static bool asks_for_absence_alone(const struct eb_item *field)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(&field->predicates);
    struct eb_predicate first;
    return eb_predicates_next(&cursor, &first) && first.kind == EB_IS_ABSENT; /* sorted last */
}

static void tell_false_field(struct explaining *explaining, const struct eb_item *field)
{
    enum eb_mismatch_kind kind = EB_MISMATCH_VALUE;
    if (!eb_fields_find(explaining->fields, field->path))
        kind = EB_MISMATCH_MISSING;
    else if (asks_for_absence_alone(field))
        kind = EB_MISMATCH_PRESENT;
    tell_field(explaining, kind, field);
}

static void tell_items(struct explaining *explaining, struct eb_items items);

static void tell_false_or(struct explaining *explaining, const struct eb_item *item)
{
    struct eb_items branches = eb_item_branches(item), branch;
    while (eb_branches_next(&branches, &branch) && !explaining->is_exhausted)
        tell_items(explaining, branch);
}

static void tell_apart_item(struct explaining *explaining, const struct eb_item *item)
{
    if (eb_item_is_or(item))
        tell_kind(explaining, EB_MISMATCH_APART);
    else
        tell_field(explaining, EB_MISMATCH_APART, item);
}

/* What is wrong with items that do not match. */
static void tell_items(struct explaining *explaining, struct eb_items items)
{
    struct eb_items left = items;
    struct eb_item item;
    bool is_false = find_false_item(explaining, &left, &item);
    if (!is_false)
        item = find_apart_item(explaining, items);
    if (explaining->steps == 0)
        tell_kind(explaining, EB_MISMATCH_STEPS);
    else if (!is_false)
        tell_apart_item(explaining, &item);
    else if (eb_item_is_or(&item))
        tell_false_or(explaining, &item);
    else
        tell_false_field(explaining, &item);
}

bool eb_pattern_explain(const struct eb_pattern *pattern, const struct eb_paths *paths,
    const struct eb_fields *fields, struct eb_arena *arena, struct eb_pattern_answer *answer)
{
    struct explaining explaining = {
        .paths = paths,
        .fields = fields,
        .arena = arena,
        .answer = answer,
        .last = &answer->mismatches,
        .steps = EB_MATCH_STEPS_MAX,
    };
    uint64_t steps = EB_MATCH_STEPS_MAX;
    *answer = (struct eb_pattern_answer){ .is_match = eb_pattern_match_within(
                                              pattern, fields, NULL, &steps) };
    if (answer->is_match)
        return true;
    if (eb_pattern_reads_payload(pattern) && !fields->has_payload)
        tell_kind(&explaining, EB_MISMATCH_PAYLOAD);
    else
        tell_items(&explaining, eb_pattern_items(pattern));
    return !explaining.is_exhausted;
}

uint32_t eb_pattern_distance(const struct eb_pattern *pattern, const struct eb_fields *fields)
{
    struct explaining explaining = { .fields = fields, .steps = EB_MATCH_STEPS_MAX };
    struct eb_items items = eb_pattern_items(pattern);
    struct eb_item item;
    uint32_t distance = 0;
    while (find_false_item(&explaining, &items, &item))
        distance++;
    return distance;
}
