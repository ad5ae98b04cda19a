#include "bus/outcome_write.h"

#include "base/utf8.h"
#include "bus/snapshot.h"

const char *eb_validity_name(enum eb_validity validity)
{
    static const char *const names[] = {
        [EB_VALID] = "valid",
        [EB_INVALID] = "invalid",
        [EB_UNDECIDED] = "undecided",
    };
    return names[validity];
}

void eb_outcome_write_verdict(const struct eb_outcome *outcome, struct eb_json_writer *out)
{
    eb_json_member_string(out, "verdict", eb_span_of(eb_verdict_name(outcome->verdict)));
    if (outcome->reason != EB_REASON_NONE)
        eb_json_member_string(out, "reason", eb_span_of(eb_reason_name(outcome->reason)));
    eb_json_member_bool(out, "watched", outcome->is_watched);
    eb_json_member_bool(out, "unknown_topic", outcome->is_unknown_topic);
    eb_json_member_bool(out, "unreadable", outcome->is_unreadable);
    if (outcome->event_id.ptr)
        eb_json_member_string(out, "event", outcome->event_id);
}

static void write_judgement(const struct eb_judgement *judgement, struct eb_json_writer *out)
{
    const struct eb_contract *contract = judgement->contract;
    eb_json_open_object(out);
    eb_json_member_string(out, "contract", contract->name);
    eb_json_member_string(out, "schema", judgement->schema);
    eb_json_member_string(out, "validity", eb_span_of(eb_validity_name(judgement->validity)));
    if (judgement->reason != EB_REASON_NONE)
        eb_json_member_string(out, "reason", eb_span_of(eb_reason_name(judgement->reason)));
    if (contract->candidate.schema) {
        eb_json_member_string(out, "candidate", contract->candidate.name);
        eb_json_member_bool(out, "candidate_valid", judgement->is_candidate_valid);
    }
    eb_json_member_array(out, "faults");
    for (uint32_t i = 0; i < judgement->fault_count; i++)
        eb_fault_write(&judgement->faults[i], out);
    eb_json_close_array(out);
    if (judgement->has_more_faults)
        eb_json_member_bool(out, "more_faults", true);
    eb_json_close_object(out);
}

void eb_outcome_write_judgements(const struct eb_outcome *outcome, struct eb_json_writer *out)
{
    eb_json_open_array(out);
    for (uint32_t i = 0; i < outcome->judgement_count; i++)
        write_judgement(&outcome->judgements[i], out);
    eb_json_close_array(out);
}

/* As in a dead letter: text where it is UTF-8, else base64. */
static void write_payload(struct eb_span payload, struct eb_json_writer *out)
{
    bool is_text = eb_utf8_is_valid(payload);
    eb_json_member_object(out, "payload");
    eb_json_member_string(out, "encoding", eb_span_of(is_text ? "text" : "base64"));
    eb_json_write_name(out, eb_span_of("value"));
    if (is_text)
        eb_json_write_string(out, payload);
    else
        eb_json_write_base64(out, payload);
    eb_json_close_object(out);
}

static void write_properties(const struct eb_properties *properties, struct eb_json_writer *out)
{
    if (properties->content_type.ptr)
        eb_json_member_string(out, "content_type", properties->content_type);
    if (properties->response_topic.ptr)
        eb_json_member_string(out, "response_topic", properties->response_topic);
    if (properties->expiry_s)
        eb_json_member_int(out, "expiry_s", properties->expiry_s);
    eb_json_member_array(out, "user_properties");
    for (uint32_t i = 0; i < properties->user_count; i++) {
        eb_json_open_array(out);
        eb_json_write_string(out, properties->user[i].name);
        eb_json_write_string(out, properties->user[i].value);
        eb_json_close_array(out);
    }
    eb_json_close_array(out);
}

void eb_publish_write_members(const struct eb_publish *publish, struct eb_json_writer *out)
{
    eb_json_member_string(out, "topic", publish->topic);
    eb_json_member_int(out, "qos", publish->qos);
    eb_json_member_bool(out, "retain", publish->is_retain);
    write_properties(&publish->properties, out);
    write_payload(publish->payload, out);
}

static void write_dispatch(const struct eb_dispatch *dispatch, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "kind", eb_span_of(eb_publish_kind_name(dispatch->kind)));
    if (dispatch->rule) {
        eb_json_member_string(out, "rule", dispatch->rule->name);
        eb_json_member_int(out, "target", dispatch->target);
    }
    eb_publish_write_members(&dispatch->publish, out);
    eb_json_close_object(out);
}

void eb_outcome_write(const struct eb_outcome *outcome, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_outcome_write_verdict(outcome, out);
    eb_json_write_name(out, eb_span_of("judgements"));
    eb_outcome_write_judgements(outcome, out);
    eb_json_member_int(out, "rules", outcome->rule_count);
    if (outcome->shadow_count)
        eb_json_member_int(out, "shadows", outcome->shadow_count);
    eb_json_member_array(out, "publishes");
    for (uint32_t i = 0; i < outcome->dispatch_count; i++)
        write_dispatch(&outcome->dispatches[i], out);
    eb_json_close_array(out);
    eb_json_close_object(out);
}
