#include "bus/count.h"

#include "bus/event.h"

static eb_counter *counter_of(struct eb_figures *figures, enum eb_verdict verdict)
{
    switch (verdict) {
    case EB_PASSED: return &figures->passed;
    case EB_CONSUMED: return &figures->consumed;
    case EB_DEDUPLICATED: return &figures->deduplicated;
    case EB_QUARANTINED: return &figures->quarantined;
    case EB_REFUSED: return &figures->refused;
    case EB_DISCONNECTED: return &figures->disconnected;
    }
    return NULL;
}

static void count_verdict(struct eb_figures *figures, const struct eb_event *event)
{
    eb_count(&figures->received, 1);
    eb_count(counter_of(figures, event->outcome->verdict), 1);
    eb_count(&figures->bytes, event->message->payload.len);
}

static void count_candidate(const struct eb_event *event, const struct eb_judgement *judgement)
{
    struct eb_figures *figures = judgement->contract->figures;
    const struct eb_trial_event tried = {
        .message = event->message,
        .is_valid = judgement->is_candidate_valid,
        .is_valid_now = judgement->reason == EB_REASON_NONE,
        .fault = judgement->candidate_fault,
        .is_confidential = eb_event_is_confidential(event),
    };
    eb_count(&figures->candidate_valid, tried.is_valid);
    eb_count(&figures->candidate_invalid, !tried.is_valid);
    eb_trial_add(judgement->contract->trial, &tried);
}

static void count_judgement(const struct eb_event *event, const struct eb_judgement *judgement)
{
    struct eb_figures *figures = judgement->contract->figures;
    bool is_valid = judgement->reason == EB_REASON_NONE;
    count_verdict(figures, event);
    eb_count(&figures->valid, is_valid);
    eb_count(&event->snapshot->figures->valid, is_valid);
    if (!is_valid)
        eb_count(&figures->reasons[judgement->reason], 1);
    if (!is_valid && event->outcome->verdict <= EB_CONSUMED) {
        eb_count(&figures->observed, 1);
        eb_count(&event->snapshot->figures->observed, 1);
    }
    if (judgement->contract->trial)
        count_candidate(event, judgement);
}

/* NULL: the rule's own figures tell all. */
static struct eb_target_figures *figures_of_target(const struct eb_dispatch *dispatch)
{
    return dispatch->rule->target_figures ? dispatch->rule->target_figures[dispatch->target] : NULL;
}

static void count_copy(struct eb_figures *bus, const struct eb_dispatch *dispatch)
{
    struct eb_target_figures *target = figures_of_target(dispatch);
    eb_count(&bus->published, 1);
    eb_count(&bus->published_bytes, dispatch->publish.payload.len);
    eb_count(&dispatch->rule->figures->published, 1);
    if (target)
        eb_count(&target->published, 1);
}

static void count_failed_copy(struct eb_figures *bus, const struct eb_rule *rule, uint32_t target)
{
    eb_count(&bus->failed, 1);
    eb_count(&rule->figures->failed, 1);
    if (rule->target_figures)
        eb_count(&rule->target_figures[target]->failed, 1);
}

static void count_discarded_copy(struct eb_figures *bus, const struct eb_dispatch *dispatch)
{
    eb_count(&bus->discarded, 1);
    eb_count(&dispatch->rule->figures->discarded, 1);
}

/* The letter of a copy stands for it. */
static void count_letter(
    struct eb_figures *bus, const struct eb_dispatch *dispatch, eb_counter *letters)
{
    eb_count(letters, 1);
    if (dispatch->rule)
        count_failed_copy(bus, dispatch->rule, dispatch->target);
}

static void count_dispatch(struct eb_figures *bus, const struct eb_dispatch *dispatch)
{
    switch (dispatch->kind) {
    case EB_COPY: count_copy(bus, dispatch); break;
    case EB_DEAD_LETTER: count_letter(bus, dispatch, &bus->dead_letters); break;
    case EB_REPORT: eb_count(&bus->reports, 1); break;
    case EB_LEFT_OUT: count_letter(bus, dispatch, &bus->left_out_letters); break;
    case EB_WITHHELD: count_discarded_copy(bus, dispatch); break;
    case EB_SHADOW:
        if (dispatch->fault)
            count_failed_copy(bus, dispatch->rule, dispatch->target);
        else
            count_discarded_copy(bus, dispatch);
        break;
    }
}

static void count_cut(const struct eb_event *event, struct eb_cut cut, bool are_shadows)
{
    for (uint32_t i = cut.rule; i < event->match_count; i++, cut.target = 0) {
        const struct eb_rule *rule = &event->snapshot->rules[event->rules[i]];
        for (; rule->is_shadow == are_shadows && cut.target < rule->target_count; cut.target++)
            count_failed_copy(event->snapshot->figures, rule, cut.target);
    }
}

static void count_rules(const struct eb_event *event)
{
    for (uint32_t i = 0; i < event->match_count; i++)
        eb_count(&event->snapshot->rules[event->rules[i]].figures->matched, 1);
    count_cut(event, event->cut, false);
    count_cut(event, event->shadow_cut, true);
}

static void count_publication(const struct eb_event *event)
{
    const struct eb_outcome *outcome = event->outcome;
    struct eb_figures *bus = event->snapshot->figures;
    count_verdict(bus, event);
    if (outcome->verdict >= EB_QUARANTINED)
        eb_count(&bus->reasons[outcome->reason], 1);
    eb_count(&bus->unreadable, outcome->is_unreadable);
    eb_count(&bus->unmatched, outcome->verdict <= EB_CONSUMED && outcome->rule_count == 0);
}

/* Its contracts did not judge it again, but have received it. */
static void count_recalled(const struct eb_event *event)
{
    for (size_t i = 0; i < event->watch_count; i++) {
        const struct eb_watch *watch = event->watches[i];
        for (uint32_t j = 0; j < watch->contract_count; j++)
            count_verdict(event->snapshot->contracts[watch->contracts[j]].figures, event);
    }
}

void eb_event_count(const struct eb_event *event)
{
    struct eb_figures *bus = event->snapshot->figures;
    if (!event->outcome->is_watched)
        return;
    count_publication(event);
    if (event->sent_before)
        count_recalled(event);
    for (const struct eb_event *each = event; each; each = each->next) {
        eb_count(&bus->rerouted, each->hop > 0);
        eb_count(&bus->errors, each->error_count);
        for (uint32_t i = 0; i < each->outcome->judgement_count; i++)
            count_judgement(each, &each->judgements[i]);
        count_rules(each);
    }
    for (uint32_t i = 0; i < event->fan_out->count; i++)
        count_dispatch(bus, &event->fan_out->dispatches[i]);
}

void eb_count_unsent(const struct eb_snapshot *snapshot, const struct eb_dispatch *dispatch)
{
    struct eb_figures *bus = snapshot->figures;
    if (dispatch->kind != EB_COPY) {
        eb_count(&bus->unsent_letters, dispatch->kind == EB_DEAD_LETTER);
        return;
    }
    struct eb_target_figures *target = figures_of_target(dispatch);
    const uint64_t one_less = UINT64_MAX; /* counters wrap */
    eb_count(&bus->published, one_less);
    eb_count(&bus->published_bytes, -(uint64_t)dispatch->publish.payload.len);
    eb_count(&dispatch->rule->figures->published, one_less);
    if (target)
        eb_count(&target->published, one_less);
    count_failed_copy(bus, dispatch->rule, dispatch->target);
}
