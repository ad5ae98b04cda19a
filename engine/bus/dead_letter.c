#include "bus/dead_letter.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "bus/event_id.h"
#include "topic/filter.h"
#include "json/writer.h"

static void write_message(struct eb_json_writer *writer, const struct eb_message *message)
{
    char time[EB_TIME_LEN];
    eb_time_write(message->received_us, time);
    eb_json_member_string(writer, "time", eb_span(time, EB_TIME_LEN));
    eb_json_member_string(writer, "topic", message->topic);
    eb_json_member_object(writer, "client");
    eb_json_member_string(writer, "id", message->client_id);
    eb_json_member_string(writer, "username", message->username);
    eb_json_close_object(writer);
    eb_json_member_int(writer, "protocol", message->protocol);
    eb_json_member_int(writer, "qos", message->qos);
    eb_json_member_bool(writer, "retain", message->is_retain);
    if (message->is_will)
        eb_json_member_bool(writer, "will", true);
}

static void write_text_property(
    struct eb_json_writer *writer, const char *name, struct eb_span value)
{
    if (!value.ptr)
        return;
    eb_json_open_array(writer);
    eb_json_write_string(writer, eb_span_of(name));
    eb_json_write_string(writer, value);
    eb_json_close_array(writer);
}

static void write_user_property(
    struct eb_json_writer *writer, const struct eb_user_property *property)
{
    eb_json_open_array(writer);
    eb_json_write_string(writer, eb_span_of("user-property"));
    eb_json_open_array(writer);
    eb_json_write_string(writer, property->name);
    eb_json_write_string(writer, property->value);
    eb_json_close_array(writer);
    eb_json_close_array(writer);
}

static void write_properties(struct eb_json_writer *writer, const struct eb_properties *properties)
{
    eb_json_member_array(writer, "properties");
    if (properties->payload_format >= 0) {
        eb_json_open_array(writer);
        eb_json_write_string(writer, eb_span_of("payload-format-indicator"));
        eb_json_write_int(writer, properties->payload_format);
        eb_json_close_array(writer);
    }
    write_text_property(writer, "content-type", properties->content_type);
    write_text_property(writer, "response-topic", properties->response_topic);
    if (properties->correlation_data.ptr) {
        eb_json_open_array(writer);
        eb_json_write_string(writer, eb_span_of("correlation-data"));
        eb_json_write_base64(writer, properties->correlation_data);
        eb_json_close_array(writer);
    }
    for (uint32_t i = 0; i < properties->user_count; i++)
        write_user_property(writer, &properties->user[i]);
    eb_json_close_array(writer);
}

/* What a letter says beyond the message itself. */
struct blame {
    enum eb_reason reason;
    const struct eb_rule *rule; /* NULL: none */
    uint32_t target;
    const struct eb_fault *fault; /* NULL: the faults of the judgements */
};

static bool wants_unmatched(const struct eb_judgement *judgement)
{
    return judgement->reason == EB_REASON_NONE && judgement->contract->keeps_unmatched;
}

/* Those that were violated; of an event that no rule took, those that want to know. */
static bool is_listed(const struct eb_judgement *judgement, enum eb_reason reason)
{
    return reason == EB_REASON_UNMATCHED ? wants_unmatched(judgement)
                                         : judgement->reason != EB_REASON_NONE;
}

static void write_contracts(
    struct eb_json_writer *writer, const struct eb_outcome *outcome, enum eb_reason reason)
{
    eb_json_member_array(writer, "contracts");
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        const struct eb_judgement *judgement = &outcome->judgements[i];
        if (!is_listed(judgement, reason))
            continue;
        eb_json_open_object(writer);
        eb_json_member_string(writer, "name", judgement->contract->name);
        eb_json_member_string(writer, "schema", judgement->schema);
        eb_json_close_object(writer);
    }
    eb_json_close_array(writer);
}

/* What the values were is told by sentences about them. */
static void write_fault(
    struct eb_json_writer *writer, const struct eb_fault *fault, bool is_confidential)
{
    struct eb_fault told = *fault;
    if (is_confidential)
        told.error = eb_span_of("left out, as the payload is");
    eb_fault_write(&told, writer);
}

static void write_faults(struct eb_json_writer *writer, const struct eb_outcome *outcome,
    const struct blame *blame, bool is_confidential)
{
    eb_json_member_array(writer, "faults");
    if (blame->fault) {
        eb_fault_write(blame->fault, writer);
    } else {
        for (uint32_t i = 0; i < outcome->judgement_count; i++) {
            for (uint32_t j = 0; j < outcome->judgements[i].fault_count; j++)
                write_fault(writer, &outcome->judgements[i].faults[j], is_confidential);
        }
    }
    eb_json_close_array(writer);
}

static void write_blame(struct eb_json_writer *writer, const struct eb_outcome *outcome,
    const struct blame *blame, bool is_confidential)
{
    eb_json_member_string(writer, "reason", eb_span_of(eb_reason_name(blame->reason)));
    write_contracts(writer, outcome, blame->reason);
    eb_json_member_string(writer, "rule", blame->rule ? blame->rule->name : eb_span(NULL, 0));
    eb_json_write_name(writer, eb_span_of("target"));
    if (blame->rule)
        eb_json_write_int(writer, blame->target);
    else
        eb_json_write_null(writer);
    write_faults(writer, outcome, blame, is_confidential);
}

/*
 * Text is for people. What is mostly control characters is none, and would take six bytes for each
 * of them where base64 takes a third more: a payload of zeros must not grow into a letter six times
 * its size.
 */
static bool is_text(struct eb_span payload)
{
    size_t controls = 0;
    for (size_t i = 0; i < payload.len; i++)
        controls += (unsigned char)payload.ptr[i] < ' ';
    return controls <= payload.len / 4 + 16 && eb_utf8_is_valid(payload);
}

static void write_payload(struct eb_json_writer *writer, struct eb_span payload)
{
    bool is_readable = is_text(payload);
    eb_json_member_object(writer, "payload");
    eb_json_member_string(writer, "encoding", eb_span_of(is_readable ? "text" : "base64"));
    eb_json_write_name(writer, eb_span_of("value"));
    if (is_readable)
        eb_json_write_string(writer, payload);
    else
        eb_json_write_base64(writer, payload);
    eb_json_close_object(writer);
}

static struct eb_span write_letter(
    struct eb_event *event, const struct blame *blame, bool keeps_payload, bool is_confidential)
{
    struct eb_json_writer writer;
    struct eb_span id = eb_event_id(event);
    eb_json_writer_init_arena(&writer, event->arena);
    eb_json_open_object(&writer);
    eb_json_member_int(&writer, "version", 1);
    eb_json_member_string(&writer, "id", id);
    write_message(&writer, event->message);
    write_properties(&writer, &event->message->properties);
    if (event->is_enveloped)
        eb_json_member_string(&writer, "envelope", eb_span_of("cloudevents"));
    write_blame(&writer, event->outcome, blame, is_confidential);
    if (keeps_payload)
        write_payload(&writer, event->message->payload);
    if (!keeps_payload || event->message->properties.is_over_limit)
        eb_json_member_bool(&writer, "truncated", true);
    eb_json_close_object(&writer);
    return eb_json_writer_finish(&writer);
}

/* `<dead letters>/<original topic>`; where that is no topic (too long, too deep), the bare one. */
static struct eb_span letter_topic(struct eb_event *event)
{
    struct eb_span bare = event->snapshot->settings.dead_letter_topic;
    struct eb_span original = event->message->topic;
    size_t len = bare.len + 1 + original.len;
    char *text = len <= EB_TOPIC_BYTES_MAX ? eb_arena_alloc(event->arena, len, 1) : NULL;
    if (!text)
        return bare;
    memcpy(text, bare.ptr, bare.len);
    text[bare.len] = '/';
    memcpy(text + bare.len + 1, original.ptr, original.len);
    struct eb_span topic = eb_span(text, len);
    return eb_topic_check(topic) == EB_TOPIC_OK ? topic : bare;
}

static const struct eb_fault *first_fault(
    const struct eb_outcome *outcome, const struct blame *blame)
{
    if (blame->fault)
        return blame->fault;
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        if (outcome->judgements[i].fault_count > 0)
            return &outcome->judgements[i].faults[0];
    }
    return NULL;
}

static const struct eb_judgement *first_listed(
    const struct eb_outcome *outcome, enum eb_reason reason)
{
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        if (is_listed(&outcome->judgements[i], reason))
            return &outcome->judgements[i];
    }
    return NULL;
}

/* A letter in place of a copy is the rule's; else a contract's, or nobody's but the bus's. */
static struct eb_letter_cause cause_of(
    const struct eb_event *event, const struct eb_dispatch *dispatch, const struct blame *blame)
{
    const struct eb_judgement *judgement = first_listed(event->outcome, blame->reason);
    if (dispatch->rule)
        return (struct eb_letter_cause){ EB_SPENDER_RULE, dispatch->rule->name };
    if (judgement)
        return (struct eb_letter_cause){ EB_SPENDER_CONTRACT, judgement->contract->name };
    return (struct eb_letter_cause){ EB_SPENDER_BUS, eb_span_of(eb_reason_name(blame->reason)) };
}

static bool has_room(struct eb_event *event, const struct eb_dispatch *dispatch,
    const struct blame *blame, bool hides_values)
{
    if (!event->account)
        return true;
    const struct eb_fault *fault = hides_values ? NULL : first_fault(event->outcome, blame);
    const struct eb_unwritten_letter letter = {
        .id = eb_event_id(event),
        .topic = event->message->topic,
        .client = event->message->client_id,
        .error = fault ? fault->error : eb_span(NULL, 0),
        .time_us = event->message->received_us,
        .reason = blame->reason,
    };
    return eb_letter_account_spend(event->account,
        event->snapshot->settings.dead_letters_per_second, cause_of(event, dispatch, blame),
        &letter);
}

static struct eb_publish publish_of(struct eb_span topic, struct eb_span letter)
{
    return (struct eb_publish){
        .topic = topic,
        .payload = letter,
        .qos = 1,
        .properties = { .content_type = EB_SPAN("application/json"), .payload_format = 1 },
    };
}

/* The dispatch is left out, and has become nothing else, when there is no room for the letter. */
static void write_dispatch(
    struct eb_event *event, struct eb_dispatch *dispatch, const struct blame *blame)
{
    bool hides_values = eb_event_is_confidential(event);
    bool keeps_payload = event->snapshot->settings.dead_letter_keeps_payload && !hides_values;
    dispatch->kind = EB_LEFT_OUT;
    dispatch->fault = blame->fault;
    if (!has_room(event, dispatch, blame, hides_values))
        return;
    struct eb_span topic = letter_topic(event);
    struct eb_span letter = write_letter(event, blame, keeps_payload, hides_values);
    bool can_be_sent = letter.ptr && letter.len <= EB_PUBLISH_BYTES_MAX;
    if (!can_be_sent && keeps_payload)
        letter = write_letter(event, blame, false, hides_values);
    if (!letter.ptr) {
        /* Not even the envelope fits: the figures are all that is left to say it. */
        event->error_count++;
        return;
    }
    dispatch->kind = EB_DEAD_LETTER;
    dispatch->publish = publish_of(topic, letter);
}

void eb_dead_letter_of_loop(struct eb_event *event, struct eb_dispatch *dispatch)
{
    struct eb_span bridge = event->message->client_id;
    struct blame blame = {
        .reason = EB_REASON_LOOP,
        .rule = dispatch->rule,
        .target = dispatch->target,
        .fault = eb_event_fault(event,
            "the copy would go back over the bridge '%.*s', which the event came from",
            (int)bridge.len, bridge.ptr),
    };
    write_dispatch(event, dispatch, &blame);
}

void eb_dead_letter_of_target(
    struct eb_event *event, struct eb_dispatch *dispatch, const struct eb_render_fault *fault)
{
    struct blame blame = {
        .reason = EB_REASON_TARGET,
        .rule = dispatch->rule,
        .target = dispatch->target,
        .fault = eb_event_render_fault(event, fault),
    };
    write_dispatch(event, dispatch, &blame);
}

void eb_dead_letter_of_limit(
    struct eb_event *event, struct eb_dispatch *dispatch, const struct eb_fault *fault)
{
    struct blame blame = {
        .reason = EB_REASON_LIMIT,
        .rule = dispatch->rule,
        .target = dispatch->target,
        .fault = fault,
    };
    write_dispatch(event, dispatch, &blame);
}

/* A letter is left unless every contract that was violated says not to. */
static bool wants_letter_of_refusal(const struct eb_outcome *outcome)
{
    if (outcome->reason == EB_REASON_EGRESS || outcome->reason == EB_REASON_UNKNOWN_TOPIC ||
        outcome->reason == EB_REASON_ERROR)
        return true;
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        const struct eb_judgement *judgement = &outcome->judgements[i];
        if (judgement->reason != EB_REASON_NONE &&
            judgement->contract->on_violation != EB_OBSERVE &&
            judgement->contract->leaves_dead_letter)
            return true;
    }
    return false;
}

/* What clears a retained message is nothing that a rule should have taken. */
static bool wants_letter_of_unmatched(const struct eb_event *event)
{
    const struct eb_outcome *outcome = event->outcome;
    if (outcome->rule_count > 0 || eb_event_is_empty(event))
        return false;
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        if (wants_unmatched(&outcome->judgements[i]))
            return true;
    }
    return false;
}

static enum eb_reason reason_for_letter(const struct eb_event *event)
{
    const struct eb_outcome *outcome = event->outcome;
    if (outcome->verdict >= EB_QUARANTINED)
        return wants_letter_of_refusal(outcome) ? outcome->reason : EB_REASON_NONE;
    return wants_letter_of_unmatched(event) ? EB_REASON_UNMATCHED : EB_REASON_NONE;
}

static const struct eb_fault *fault_for(struct eb_event *event, enum eb_reason reason)
{
    switch (reason) {
    case EB_REASON_EGRESS: return eb_event_fault(event, "only the bus may publish to this topic");
    case EB_REASON_UNKNOWN_TOPIC:
        return eb_event_fault(event, "no contract covers this topic, and others are closed here");
    case EB_REASON_UNMATCHED: return eb_event_fault(event, "no rule takes this event");
    case EB_REASON_ERROR:
        return eb_event_fault(event, "the bus failed on this event; it may be sent again");
    default: return NULL;
    }
}

/* Of a copy that passes again, who made it. Its letter is not one that stands for a copy. */
static void blame_maker(const struct eb_event *event, struct blame *blame)
{
    if (event->hop == 0)
        return;
    const struct eb_dispatch *copy = &event->fan_out->dispatches[event->copy];
    blame->rule = copy->rule;
    blame->target = copy->target;
}

void eb_event_write_dead_letter(struct eb_event *event)
{
    enum eb_reason reason = reason_for_letter(event);
    struct eb_dispatch *dispatch = reason == EB_REASON_NONE ? NULL : eb_event_add_dispatch(event);
    if (!dispatch)
        return;
    struct blame blame = { .reason = reason, .fault = fault_for(event, reason) };
    *dispatch = (struct eb_dispatch){ 0 };
    blame_maker(event, &blame);
    write_dispatch(event, dispatch, &blame);
}

/* ---- what was left out ---- */

bool eb_pipeline_owes_summary(const struct eb_pipeline *pipeline)
{
    return pipeline->account->summaries.open_count > 0;
}

static struct eb_span write_summary(struct eb_pipeline *pipeline,
    const struct eb_snapshot *snapshot, const struct eb_letter_summary *summary, int64_t now_us)
{
    char id[EB_EVENT_ID_LEN];
    struct eb_json_writer writer;
    eb_event_id_write(pipeline->event_count++, now_us, id);
    eb_json_writer_init_arena(&writer, &pipeline->arena);
    eb_letter_summary_write(summary, eb_span(id, sizeof id), now_us,
        snapshot->settings.dead_letters_per_second, &writer);
    return eb_json_writer_finish(&writer);
}

void eb_pipeline_sum_up(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    int64_t now_us, struct eb_outcome *outcome)
{
    *outcome = (struct eb_outcome){ .verdict = EB_PASSED };
    eb_arena_reset(&pipeline->arena);
    struct eb_dispatch *dispatches =
        EB_ARENA_ARRAY(&pipeline->arena, struct eb_dispatch, EB_SUMMARIES_MAX);
    struct eb_letter_summary summary;
    while (dispatches && outcome->dispatch_count < EB_SUMMARIES_MAX &&
           eb_letter_summaries_take(&pipeline->account->summaries, now_us / 1000000, &summary)) {
        struct eb_span letter = write_summary(pipeline, snapshot, &summary, now_us);
        if (letter.ptr)
            dispatches[outcome->dispatch_count++] = (struct eb_dispatch){
                .kind = EB_DEAD_LETTER,
                .publish = publish_of(snapshot->settings.dead_letter_topic, letter),
            };
    }
    outcome->dispatches = dispatches;
}
