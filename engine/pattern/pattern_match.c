#include "pattern/fields.h"
#include "pattern/pattern.h"

/* The fields on the way through the pattern that is being tried, the last one first. */
struct step {
    const struct step *before;
    const struct eb_pattern_item *field;
};

/* What is still to come behind the items of a branch. */
struct rest {
    const struct eb_pattern_item *items;
    const struct rest *behind;
};

/* The values chosen so far, and the fields that are to be absent. */
struct choice {
    const struct choice *before;
    const struct eb_field *value; /* NULL: `field` is to be absent */
    const struct eb_pattern_item *field;
};

static bool agrees(const struct eb_field *value, const struct choice *choices)
{
    for (; choices; choices = choices->before) {
        if (choices->value && !eb_elements_agree(choices->value->element, value->element))
            return false;
    }
    return true;
}

static bool holds(const struct eb_pattern_item *field, const struct eb_value *value)
{
    for (uint32_t i = 0; i < field->count; i++) {
        if (eb_predicate_holds(&field->predicates[i], value))
            return true;
    }
    return false;
}

static bool may_be_absent(const struct eb_pattern_item *field)
{
    for (uint32_t i = 0; i < field->count; i++) {
        if (field->predicates[i].kind == EB_IS_ABSENT)
            return true;
    }
    return false;
}

/* All values are chosen: is what must be absent absent beside them? */
static bool absences_hold(const struct choice *choices, const struct eb_fields *fields)
{
    for (const struct choice *absent = choices; absent; absent = absent->before) {
        if (absent->value)
            continue;
        const struct eb_field *value = eb_fields_first(fields, absent->field->path);
        for (; value; value = value->next) {
            if (agrees(value, choices))
                return false;
        }
    }
    return true;
}

static bool is_replaced(const struct step *step, const struct step *last)
{
    for (; last != step; last = last->before) {
        if (last->field->path == step->field->path)
            return true;
    }
    return false;
}

/* Chooses a value for `step` and for every step before it. */
static bool choose(const struct step *step, const struct step *last, const struct choice *choices,
    const struct eb_fields *fields)
{
    while (step && is_replaced(step, last))
        step = step->before;
    if (!step)
        return absences_hold(choices, fields);
    struct choice choice = { .before = choices, .field = step->field };
    const struct eb_field *value = eb_fields_first(fields, step->field->path);
    for (; value; value = value->next) {
        choice.value = value;
        if (holds(step->field, &value->value) && agrees(value, choices) &&
            choose(step->before, last, &choice, fields))
            return true;
    }
    choice.value = NULL;
    return may_be_absent(step->field) && choose(step->before, last, &choice, fields);
}

/* Tries every way from `items` to the end of the pattern. */
static bool walk(const struct eb_pattern_item *items, const struct rest *rest,
    const struct step *steps, const struct eb_fields *fields)
{
    for (; !items && rest; rest = rest->behind)
        items = rest->items;
    if (!items)
        return choose(steps, steps, NULL, fields);
    if (items->path != EB_NO_PATH) {
        struct step step = { .before = steps, .field = items };
        return walk(items->next, rest, &step, fields);
    }
    struct rest behind = { .items = items->next, .behind = rest };
    for (uint32_t i = 0; i < items->count; i++) {
        if (walk(items->branches[i], &behind, steps, fields))
            return true;
    }
    return false;
}

bool eb_pattern_match(const struct eb_pattern *pattern, const struct eb_fields *fields)
{
    if (pattern->reads_payload && !fields->has_payload)
        return false;
    return walk(pattern->items, NULL, NULL, fields);
}
