#include "bus/count.h"

#include "bus/event.h"

static void count_verdict(struct eb_figures *figures, const struct eb_event *event)
{
    eb_counter *const verdicts[] = {
        [EB_PASSED] = &figures->passed,
        [EB_CONSUMED] = &figures->consumed,
        [EB_QUARANTINED] = &figures->quarantined,
        [EB_REFUSED] = &figures->refused,
        [EB_DISCONNECTED] = &figures->disconnected,
    };
    eb_count(&figures->received, 1);
    eb_count(verdicts[event->outcome->verdict], 1);
    eb_count(&figures->bytes, event->message->payload.len);
}

static void count_judgement(const struct eb_event *event, const struct eb_judgement *judgement)
{
    struct eb_figures *figures = judgement->contract->figures;
    bool is_valid = judgement->reason == EB_REASON_NONE;
    count_verdict(figures, event);
    eb_count(&figures->valid, is_valid);
    if (!is_valid)
        eb_count(&figures->reasons[judgement->reason], 1);
    if (!is_valid && event->outcome->verdict <= EB_CONSUMED) {
        eb_count(&figures->observed, 1);
        eb_count(&event->snapshot->figures->observed, 1);
    }
    if (!judgement->contract->candidate.schema)
        return;
    eb_count(&figures->candidate_valid, judgement->is_candidate_valid);
    eb_count(&figures->candidate_invalid, !judgement->is_candidate_valid);
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

static void count_failed_copy(struct eb_figures *bus, const struct eb_dispatch *dispatch)
{
    struct eb_target_figures *target = figures_of_target(dispatch);
    eb_count(&bus->failed, 1);
    eb_count(&dispatch->rule->figures->failed, 1);
    if (target)
        eb_count(&target->failed, 1);
}

void eb_event_count(const struct eb_event *event)
{
    const struct eb_outcome *outcome = event->outcome;
    struct eb_figures *bus = event->snapshot->figures;
    if (!outcome->is_watched)
        return;
    count_verdict(bus, event);
    eb_count(&bus->errors, event->error_count);
    if (outcome->verdict > EB_CONSUMED)
        eb_count(&bus->reasons[outcome->reason], 1);
    eb_count(&bus->unreadable, outcome->is_unreadable);
    eb_count(&bus->unmatched, outcome->verdict <= EB_CONSUMED && outcome->rule_count == 0);
    for (uint32_t i = 0; i < outcome->judgement_count; i++)
        count_judgement(event, &event->judgements[i]);
    for (uint32_t i = 0; i < event->taker_count; i++)
        eb_count(&event->snapshot->rules[event->rules[i]].figures->matched, 1);
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &event->dispatches[i];
        if (dispatch->kind == EB_COPY)
            count_copy(bus, dispatch);
        else
            eb_count(&bus->dead_letters, 1);
        if (dispatch->kind == EB_DEAD_LETTER && dispatch->rule)
            count_failed_copy(bus, dispatch);
    }
}

void eb_count_unsent(const struct eb_snapshot *snapshot, const struct eb_dispatch *dispatch)
{
    struct eb_figures *bus = snapshot->figures;
    if (dispatch->kind != EB_COPY) {
        eb_count(&bus->unsent_letters, 1);
        return;
    }
    struct eb_target_figures *target = figures_of_target(dispatch);
    const uint64_t one_less = UINT64_MAX; /* counters wrap */
    eb_count(&bus->published, one_less);
    eb_count(&bus->published_bytes, -(uint64_t)dispatch->publish.payload.len);
    eb_count(&dispatch->rule->figures->published, one_less);
    if (target)
        eb_count(&target->published, one_less);
    count_failed_copy(bus, dispatch);
}
