#include <string.h>

#include "bus/envelope.h"
#include "bus/event.h"

static void violate(
    struct eb_judgement *judgement, enum eb_reason reason, const struct eb_fault *fault)
{
    judgement->reason = reason;
    judgement->faults = fault;
    judgement->fault_count = fault ? 1 : 0;
}

static enum eb_reason reason_of_unreadable(enum eb_json_code code)
{
    switch (code) {
    case EB_JSON_TOO_LONG:
    case EB_JSON_TOO_DEEP:
    case EB_JSON_NO_MEMORY: return EB_REASON_LIMIT;
    default: return EB_REASON_NOT_JSON;
    }
}

static void judge_unreadable(struct eb_event *event, struct eb_judgement *judgement)
{
    const struct eb_json_fault *read = &event->read_fault;
    judgement->validity = EB_INVALID;
    enum eb_reason reason = reason_of_unreadable(read->code);
    const struct eb_fault *fault;
    if (read->code == EB_JSON_OK) {
        reason = EB_REASON_ENVELOPE;
        fault = eb_envelope_fault(event);
    } else if (reason == EB_REASON_LIMIT) {
        fault = eb_event_fault(event, "over a limit: %s", eb_json_code_text(read->code));
    } else {
        fault = eb_event_fault(event, "%s%s%s, at byte %u", eb_json_code_text(read->code),
            read->expected ? ": expected " : "", read->expected ? read->expected : "",
            read->offset);
    }
    violate(judgement, reason, fault);
}

/* ---- a document ---- */

/* One judgement in the making: faults of attributes first, then those of what a schema says. */
struct judging {
    struct eb_event *event;
    struct eb_judgement *judgement;
    struct eb_fault *faults;
    uint32_t fault_max;
};

static void note(struct judging *judging, enum eb_validity validity, enum eb_reason reason)
{
    struct eb_judgement *judgement = judging->judgement;
    if (judgement->reason != EB_REASON_NONE)
        return;
    judgement->validity = validity;
    judgement->reason = reason;
}

static void add_fault(struct judging *judging, enum eb_reason reason, const struct eb_fault *fault)
{
    struct eb_judgement *judgement = judging->judgement;
    note(judging, EB_INVALID, reason);
    if (fault && judgement->fault_count < judging->fault_max)
        judging->faults[judgement->fault_count++] = *fault;
    else if (fault)
        judgement->has_more_faults = true;
}

/* The schema in force for this event; NULL when it has none, or after a violation. */
static const struct eb_schema *schema_for(struct judging *judging)
{
    struct eb_judgement *judgement = judging->judgement;
    const struct eb_contract *contract = judgement->contract;
    const struct eb_subject *subject = &contract->schema;
    const struct eb_fault *fault = NULL;
    if (judging->event->lacks_attributes && !contract->schema.schema)
        return NULL;
    if (contract->choice)
        subject = eb_subject_choose(contract->choice, judging->event, &fault);
    else if (contract->data_schemas)
        subject = eb_envelope_schema(judging->event, contract, &fault);
    if (!subject && (fault || contract->choice))
        add_fault(judging, EB_REASON_SUBJECT, fault);
    if (!subject)
        return NULL;
    judgement->schema = subject->name;
    return subject->schema;
}

static void judge_attributes(struct judging *judging)
{
    struct eb_judgement *judgement = judging->judgement;
    bool is_judged = eb_envelope_judge(judging->event, judging->faults, judging->fault_max,
        &judgement->fault_count, &judgement->has_more_faults);
    if (!is_judged)
        note(judging, EB_UNDECIDED, EB_REASON_LIMIT);
    else if (judgement->fault_count || judgement->has_more_faults)
        note(judging, EB_INVALID, EB_REASON_ENVELOPE);
}

static void judge_value(struct judging *judging, const struct eb_schema *schema, uint32_t token)
{
    struct eb_judgement *judgement = judging->judgement;
    struct eb_validation validation = {
        .arena = judging->event->arena,
        .runner = judging->event->pipeline->runner,
        .token = token,
        .faults = judging->faults ? judging->faults + judgement->fault_count : NULL,
        .fault_max = judging->fault_max - judgement->fault_count,
    };
    enum eb_validity validity = eb_schema_validate(schema, &judging->event->doc, &validation);
    if (validity == EB_VALID)
        return;
    note(judging, validity, validity == EB_UNDECIDED ? EB_REASON_LIMIT : EB_REASON_SCHEMA);
    judgement->fault_count += validation.fault_count;
    judgement->has_more_faults |= validation.has_more_faults || validation.fault_max == 0;
}

static void judge_document(struct eb_event *event, struct eb_judgement *judgement)
{
    uint32_t fault_max = event->snapshot->settings.faults_max;
    struct eb_fault *faults =
        eb_arena_alloc(event->arena, fault_max * sizeof *faults, _Alignof(struct eb_fault));
    struct judging judging = { event, judgement, faults, faults ? fault_max : 0 };
    judgement->faults = faults;
    if (judgement->contract->is_cloudevent)
        judge_attributes(&judging);
    const struct eb_schema *schema = schema_for(&judging);
    if (!schema)
        return;
    uint32_t token = eb_envelope_data(event, judgement->contract);
    if (token != EB_NO_TOKEN)
        judge_value(&judging, schema, token);
    else
        add_fault(&judging, EB_REASON_SCHEMA, eb_envelope_no_data_fault(event, judgement->schema));
}

/* The next version, judged beside the enforced one: figures and a trial come of it (trial.h). */
static void judge_by_candidate(
    struct eb_event *event, const struct eb_schema *candidate, struct eb_judgement *judgement)
{
    struct eb_arena_mark mark = eb_arena_mark(event->arena);
    struct eb_fault *fault = EB_ARENA_NEW(event->arena, struct eb_fault);
    struct eb_validation validation = {
        .arena = event->arena,
        .runner = event->pipeline->runner,
        .token = eb_envelope_data(event, judgement->contract),
        .faults = fault,
        .fault_max = fault ? 1 : 0,
    };
    if (judgement->reason == EB_REASON_ENVELOPE) { /* whichever version is in force */
        judgement->candidate_fault = judgement->faults;
        return;
    }
    if (validation.token == EB_NO_TOKEN) {
        judgement->candidate_fault =
            eb_envelope_no_data_fault(event, judgement->contract->candidate.name);
        return;
    }
    judgement->is_candidate_valid =
        eb_schema_validate(candidate, &event->doc, &validation) == EB_VALID;
    if (validation.fault_count > 0)
        judgement->candidate_fault = fault;
    else
        eb_arena_rewind(event->arena, mark);
}

static void judge_empty(struct eb_event *event, struct eb_judgement *judgement)
{
    if (!judgement->contract->refuses_empty)
        return;
    judgement->validity = EB_INVALID;
    violate(judgement, EB_REASON_EMPTY,
        eb_event_fault(event, "an empty payload, which this contract forbids"));
}

static void judge_properties(struct eb_event *event, struct eb_judgement *judgement)
{
    judgement->validity = EB_INVALID;
    violate(judgement, EB_REASON_LIMIT,
        eb_event_fault(event, "over a limit: more properties than the bus looks at"));
}

/* What is decided before any schema is asked. False: nothing is. */
static bool judge_without_schema(struct eb_event *event, struct eb_judgement *judgement)
{
    if (eb_event_is_clearing(event))
        judge_empty(event, judgement);
    else if (event->message->properties.is_over_limit)
        judge_properties(event, judgement);
    else if (!event->is_read)
        judge_unreadable(event, judgement);
    else
        return false;
    judgement->is_candidate_valid = judgement->validity == EB_VALID;
    judgement->candidate_fault = judgement->faults;
    return true;
}

static void judge(
    struct eb_event *event, const struct eb_contract *contract, struct eb_judgement *judgement)
{
    *judgement = (struct eb_judgement){ .contract = contract, .validity = EB_VALID };
    judgement->schema = contract->choice ? contract->schema_text : contract->schema.name;
    if (judge_without_schema(event, judgement))
        return;
    judge_document(event, judgement);
    if (contract->candidate.schema)
        judge_by_candidate(event, contract->candidate.schema, judgement);
}

static enum eb_verdict verdict_of(enum eb_violation_action action)
{
    static const enum eb_verdict verdicts[] = {
        [EB_OBSERVE] = EB_PASSED,
        [EB_QUARANTINE] = EB_QUARANTINED,
        [EB_REJECT] = EB_REFUSED,
        [EB_DISCONNECT] = EB_DISCONNECTED,
    };
    return verdicts[action];
}

/*
 * The strictest contract that is violated decides; `consume` wins over delivering. Who sent a will
 * is gone: there is nobody to throw out. A bridge is not who sent it: thrown out, it would come
 * back with the same event for ever, and carry nothing else.
 */
static void conclude(struct eb_event *event)
{
    struct eb_outcome *outcome = event->outcome;
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        const struct eb_judgement *judgement = &event->judgements[i];
        enum eb_verdict verdict = judgement->contract->consumes ? EB_CONSUMED : EB_PASSED;
        enum eb_verdict violation = verdict_of(judgement->contract->on_violation);
        bool is_enforced = judgement->reason != EB_REASON_NONE && violation > EB_PASSED;
        if (is_enforced)
            verdict = violation;
        if (verdict > outcome->verdict) {
            outcome->verdict = verdict;
            outcome->reason = is_enforced ? judgement->reason : EB_REASON_NONE;
        }
    }
    bool is_from_publisher = !event->message->is_will && !event->message->is_bridge;
    if (outcome->verdict == EB_DISCONNECTED && !is_from_publisher)
        outcome->verdict = EB_REFUSED;
}

void eb_event_judge(struct eb_event *event)
{
    if (event->contract_count == 0)
        return;
    event->judgements = eb_arena_alloc(event->arena,
        event->contract_count * sizeof *event->judgements, _Alignof(struct eb_judgement));
    if (!event->judgements) {
        event->has_failed = true;
        return;
    }
    for (size_t i = 0; i < event->watch_count; i++) {
        const struct eb_watch *watch = event->watches[i];
        for (uint32_t j = 0; j < watch->contract_count; j++)
            judge(event, &event->snapshot->contracts[watch->contracts[j]],
                &event->judgements[event->outcome->judgement_count++]);
    }
    event->outcome->judgements = event->judgements;
    conclude(event);
}
