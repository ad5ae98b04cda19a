#include "notice.h"

#include <stdio.h>

#include "broker.h"
#include "bus/snapshot.h"

/* The violation that stands for the verdict: the first of those with the strictest action. */
static const struct eb_judgement *strictest_violation(const struct eb_outcome *outcome)
{
    const struct eb_judgement *strictest = NULL;
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        const struct eb_judgement *judgement = &outcome->judgements[i];
        if (judgement->reason == EB_REASON_NONE)
            continue;
        if (!strictest || judgement->contract->on_violation > strictest->contract->on_violation)
            strictest = judgement;
    }
    return strictest;
}

/* schema, contract lock-events, schema lock-event@1: "/data/percent" expected at most 100, got 500
 */
static void describe_violation(const struct eb_judgement *violation, char *out, size_t out_bytes)
{
    char contract[EB_LOG_TEXT_BYTES], schema[EB_LOG_TEXT_BYTES];
    char place[EB_LOG_TEXT_BYTES], sentence[EB_LOG_TEXT_BYTES];
    bool is_told = violation->fault_count && !violation->contract->is_confidential;
    const struct eb_fault *fault = is_told ? violation->faults : NULL;
    bool has_schema = violation->schema.ptr != NULL; /* a CloudEvent need not name one */
    snprintf(out, out_bytes, "%s, contract %s%s%s%s%s%s%s", eb_reason_name(violation->reason),
        eb_log_text(violation->contract->name, contract), has_schema ? ", schema " : "",
        has_schema ? eb_log_text(violation->schema, schema) : "", fault ? ": \"" : "",
        fault ? eb_log_text(fault->instance_location, place) : "", fault ? "\" " : "",
        fault ? eb_log_text(fault->error, sentence) : "");
}

void eb_notice_outcome(struct eb_log_budget *budget, const struct eb_message *message,
    const struct eb_outcome *outcome)
{
    const struct eb_judgement *violation = strictest_violation(outcome);
    enum eb_reason reason = outcome->reason;
    if (reason == EB_REASON_NONE && outcome->is_unknown_topic)
        reason = EB_REASON_UNKNOWN_TOPIC;
    if ((reason == EB_REASON_NONE && !violation) || !eb_log_spend(budget, message->received_us))
        return;

    char topic[EB_LOG_TEXT_BYTES], client[EB_LOG_TEXT_BYTES], why[5 * EB_LOG_TEXT_BYTES];
    if (violation && reason != EB_REASON_ERROR)
        describe_violation(violation, why, sizeof why);
    else
        snprintf(why, sizeof why, "%s", eb_reason_name(reason));
    eb_log(reason == EB_REASON_ERROR ? MOSQ_LOG_WARNING : MOSQ_LOG_NOTICE, "%s %s%s from %s: %s",
        eb_verdict_name(outcome->verdict), message->is_will ? "the will for " : "",
        eb_log_text(message->topic, topic), eb_log_text(message->client_id, client), why);
}

void eb_notice_unsent(struct eb_log_budget *budget, const struct eb_message *message,
    const struct eb_dispatch *dispatch, int code)
{
    static const char *const what[] = {
        [EB_COPY] = "a copy",
        [EB_DEAD_LETTER] = "a dead letter",
        [EB_REPORT] = "a report",
    };
    if (!eb_log_spend(budget, message->received_us))
        return;
    char from[EB_LOG_TEXT_BYTES], to[EB_LOG_TEXT_BYTES];
    eb_log(MOSQ_LOG_ERR, "%s of %s for %s could not be published (%d)", what[dispatch->kind],
        eb_log_text(message->topic, from), eb_log_text(dispatch->publish.topic, to), code);
}

void eb_notice_unrouted(struct eb_log_budget *budget, const struct eb_message *message)
{
    if (!eb_log_spend(budget, message->received_us))
        return;
    char topic[EB_LOG_TEXT_BYTES], client[EB_LOG_TEXT_BYTES];
    eb_log(MOSQ_LOG_WARNING, "the will for %s from %s is too large to be routed",
        eb_log_text(message->topic, topic), eb_log_text(message->client_id, client));
}
