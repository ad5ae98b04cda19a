/*
 * Values that go into topics. A device must not choose where its events go, so what may not be part
 * of a topic makes no copy: the contract is where that is to be seen to.
 *
 * Asked is, for each placeholder, whether an event that the contract lets pass and the pattern
 * matches may lack the value or hold one that is unfit; what is told is shown with such an event.
 */
#include "base/limits.h"
#include "bus/event_schema.h"
#include "bus/lint_ask.h"
#include "bus/lint_template.h"
#include "pattern/fields.h"
#include "pattern/pattern_question.h"
#include "schema/schema.h"
#include "json/reader.h"

enum {
    QUESTIONS_MAX = 1000,
    EXAMPLE_BYTES_MAX = 200, /* shown of an event */
    WORK_BYTES = 64 * 1024 * 1024,
};

struct values {
    struct eb_linter *linter;
    struct eb_lint_ask ask;
    struct eb_arena work; /* reserved: an example, judged */
    struct eb_regex_runner *runner;
};

/* A placeholder of a target's topic, in a rule. */
struct use {
    struct values *values;
    uint32_t rule, target;
    const struct eb_lint_placeholder *placeholder;
};

static struct eb_items items_of(const struct eb_rule *rule)
{
    return rule->when ? eb_pattern_items(rule->when) : (struct eb_items){ NULL, NULL };
}

static uint32_t question_of(const struct use *use)
{
    const struct eb_rule *rule = &use->values->linter->snapshot->rules[use->rule];
    return eb_lint_ask_text(&use->values->ask, items_of(rule), use->placeholder->unfit);
}

static void note(const struct use *use)
{
    const struct eb_linter *linter = use->values->linter;
    const struct eb_rule *rule = &linter->snapshot->rules[use->rule];
    uint32_t question = question_of(use);
    for (uint32_t i = 0; i < rule->from_count; i++) {
        const struct eb_lint_cover *cover = &linter->covers[rule->from[i]];
        for (uint32_t j = 0; j < cover->count; j++) {
            const struct eb_contract *contract = &linter->snapshot->contracts[cover->contracts[j]];
            const struct eb_schema *events = eb_event_schema(linter->snapshot, contract);
            if (events && eb_lint_is_enforced(contract))
                eb_lint_ask_note(&use->values->ask, events, EB_PATH_PAYLOAD, question);
        }
    }
}

static bool is_valid(
    struct values *values, const struct eb_schema *schema, const struct eb_doc *doc)
{
    struct eb_validation validation = { .arena = &values->work, .runner = values->runner };
    return eb_schema_validate(schema, doc, &validation) == EB_VALID;
}

/* Whether it would come to the rule: past all contracts of the filter, and matched. */
static bool is_seen(const struct use *use, uint32_t filter, struct eb_span example)
{
    struct values *values = use->values;
    const struct eb_snapshot *snapshot = values->linter->snapshot;
    const struct eb_rule *rule = &snapshot->rules[use->rule];
    const struct eb_lint_cover *cover = &values->linter->covers[filter];
    static const struct eb_message message = { .topic = EB_SPAN("") };
    struct eb_json_fault fault;
    struct eb_doc doc;
    eb_arena_reset(&values->work);
    if (eb_json_read(&doc, example, &snapshot->event_limits, &values->work, &fault))
        return false;
    for (uint32_t i = 0; i < cover->count; i++) {
        const struct eb_contract *contract = &snapshot->contracts[cover->contracts[i]];
        const struct eb_schema *events = eb_event_schema(snapshot, contract);
        bool is_chosen = contract->choice || eb_doc_member(&doc, 0, "dataschema") != EB_NO_TOKEN;
        if (!events || (!contract->schema.schema && is_chosen) || !is_valid(values, events, &doc))
            return false;
    }
    if (!rule->when)
        return true;
    if (eb_items_read(eb_pattern_items(rule->when), snapshot->paths, EB_PATH_MESSAGE))
        return false; /* which message it would be is not known */
    struct eb_fields *fields = eb_fields_read(snapshot->paths, &doc, &message, &values->work);
    return fields && eb_pattern_match(rule->when, fields);
}

/* What the contracts of a filter say about the value. */
enum constraint {
    UNKNOWN,
    HELD,     /* one of them holds it to what may go into a topic */
    UNJUDGED, /* there is none that could */
    NOT_HELD, /* shown by an example */
};

static enum constraint find_constraint(
    const struct use *use, uint32_t filter, struct eb_span *example, const struct eb_contract **by)
{
    const struct eb_linter *linter = use->values->linter;
    const struct eb_lint_cover *cover = &linter->covers[filter];
    enum constraint constraint = UNJUDGED;
    uint32_t question = question_of(use);
    for (uint32_t i = 0; i < cover->count; i++) {
        const struct eb_contract *contract = &linter->snapshot->contracts[cover->contracts[i]];
        if (!eb_lint_is_enforced(contract))
            continue;
        const struct eb_schema *events = eb_event_schema(linter->snapshot, contract);
        const struct eb_lint_answer *answer =
            events ? eb_lint_ask_answer(&use->values->ask, events, question) : NULL;
        if (answer && answer->answer == EB_INQUIRY_NEVER)
            return HELD;
        constraint = constraint == UNJUDGED ? UNKNOWN : constraint;
        if (answer && answer->answer == EB_INQUIRY_CAN && is_seen(use, filter, answer->example)) {
            constraint = NOT_HELD;
            *example = answer->example;
            *by = contract;
        }
    }
    return constraint;
}

/* The pattern itself asks for a value of the field, which then is what its author wants. */
static bool is_asked_for(const struct use *use)
{
    const struct eb_linter *linter = use->values->linter;
    struct eb_items items = items_of(&linter->snapshot->rules[use->rule]);
    for (struct eb_item item; items.next && eb_items_next(&items, &item);) {
        if (eb_item_is_or(&item) || item.can_be_absent)
            continue;
        struct eb_span path =
            eb_paths_text(linter->snapshot->paths, item.path, &use->values->ask.arena);
        if (path.ptr && eb_span_equal(path, use->placeholder->path))
            return true;
    }
    return false;
}

static void tell_value(const struct use *use, const struct eb_contract *by, struct eb_span example)
{
    struct eb_linter *linter = use->values->linter;
    struct eb_span source = use->placeholder->source;
    struct eb_arena arena;
    struct eb_doc doc;
    eb_arena_init_growing(&arena, SIZE_MAX);
    if (eb_lint_read_rule(linter, use->rule, &arena, &doc)) {
        uint32_t token = eb_lint_topic_token(&doc, use->target);
        bool is_long = example.len > EXAMPLE_BYTES_MAX;
        if (by)
            eb_doc_diag(linter->diags, eb_lint_severity(linter, EB_WARNING), &doc, token,
                "%.*s goes into a topic, and contract '%.*s' does not hold it to what may: of "
                "%.*s%s no copy can be made",
                (int)source.len, source.ptr, (int)by->name.len, by->name.ptr,
                (int)(is_long ? EXAMPLE_BYTES_MAX : example.len), example.ptr, is_long ? "…" : "");
        else
            eb_doc_diag(linter->diags, eb_lint_severity(linter, EB_NOTE), &doc, token,
                "%.*s goes into a topic, and no contract holds it to what may", (int)source.len,
                source.ptr);
    }
    eb_diag_release_arena(linter->diags, &arena);
}

/* The worst of the rule's filters. */
static void conclude(const struct use *use)
{
    const struct eb_rule *rule = &use->values->linter->snapshot->rules[use->rule];
    const struct eb_contract *by = NULL;
    struct eb_span example = { NULL, 0 };
    bool is_unjudged = false;
    for (uint32_t i = 0; i < rule->from_count; i++) {
        enum constraint constraint = find_constraint(use, rule->from[i], &example, &by);
        if (constraint == NOT_HELD) {
            tell_value(use, by, example);
            return;
        }
        is_unjudged |= constraint == UNJUDGED;
    }
    if (is_unjudged && !is_asked_for(use))
        tell_value(use, NULL, example);
}

static void each_placeholder(struct values *values, void (*each)(const struct use *))
{
    const struct eb_snapshot *snapshot = values->linter->snapshot;
    for (uint32_t rule = 0; rule < snapshot->rule_count; rule++) {
        for (uint32_t target = 0; target < snapshot->rules[rule].target_count; target++) {
            struct eb_arena arena;
            eb_arena_init_growing(&arena, SIZE_MAX);
            const struct eb_lint_placeholder *placeholder = eb_lint_template_placeholders(
                eb_target_topic(snapshot->rules[rule].targets[target]), &arena);
            for (; placeholder; placeholder = placeholder->next)
                each(&(struct use){ values, rule, target, placeholder });
            eb_diag_release_arena(values->linter->diags, &arena);
        }
    }
}

void eb_lint_values(struct eb_linter *linter)
{
    struct values values = { .linter = linter };
    eb_lint_ask_init(&values.ask, linter);
    values.ask.exact_max = QUESTIONS_MAX;
    values.ask.keeps_examples = true;
    values.runner = eb_regex_runner_new(linter->snapshot->settings.regex_steps_max);
    if (eb_arena_init_reserved(&values.work, WORK_BYTES) && values.runner) {
        each_placeholder(&values, note);
        if (eb_lint_ask_all(&values.ask))
            each_placeholder(&values, conclude);
    } else {
        eb_diag_add_out_of_memory(linter->diags);
    }
    eb_regex_runner_free(values.runner);
    eb_arena_release(&values.work);
    eb_lint_ask_release(&values.ask);
}
