#include "bus/report.h"

#include "base/clock.h"
#include "topic/filter.h"
#include "json/writer.h"

/* ---- whether ---- */

static bool asks_always(const struct eb_properties *properties)
{
    for (uint32_t i = 0; i < properties->user_count; i++) {
        if (eb_span_is(properties->user[i].name, EB_REPORT_PROPERTY))
            return eb_span_is(properties->user[i].value, "always");
    }
    return false;
}

static bool is_wanted(const struct eb_event *event)
{
    enum eb_verdict verdict = event->outcome->verdict;
    if (verdict == EB_DISCONNECTED)
        return false;
    return verdict == EB_REFUSED || asks_always(&event->message->properties);
}

static bool is_behind_mount_point(const struct eb_event *event)
{
    struct eb_span_list mounts = event->snapshot->settings.report_mount_points;
    for (uint32_t i = 0; i < mounts.count; i++) {
        if (eb_span_starts(event->message->topic, mounts.items[i]))
            return true;
    }
    return false;
}

static bool is_egress(const struct eb_event *event, struct eb_span topic)
{
    const struct eb_snapshot *snapshot = event->snapshot;
    uint32_t filters[64];
    enum { MAX = sizeof filters / sizeof *filters };
    size_t count = eb_trie_match(snapshot->trie, topic, filters, MAX);
    if (count > MAX)
        return true; /* what cannot be looked through is not trusted */
    for (size_t i = 0; i < count; i++) {
        if (snapshot->watches[filters[i]].is_egress)
            return true;
    }
    return false;
}

static bool can_reach(const struct eb_event *event)
{
    const struct eb_message *message = event->message;
    struct eb_span topic = message->properties.response_topic;
    return message->protocol >= 5 && !message->is_bridge && !message->is_will && topic.len > 0 &&
           topic.ptr[0] != '$' && eb_topic_check(topic) == EB_TOPIC_OK &&
           !is_behind_mount_point(event) && !is_egress(event, topic);
}

static bool has_budget(const struct eb_event *event)
{
    if (!event->account)
        return true;
    struct eb_budget *budget = eb_budget_find(&event->account->budgets,
        eb_budget_key(EB_SPENDER_REPORT, event->message->client_id),
        event->message->received_us / 1000000);
    if (budget->spent >= event->snapshot->settings.reports_per_second)
        return false;
    budget->spent++;
    return true;
}

/* ---- what ---- */

static void write_contract(struct eb_json_writer *writer, const struct eb_judgement *judgement)
{
    eb_json_open_object(writer);
    eb_json_member_string(writer, "name", judgement->contract->name);
    eb_json_member_string(writer, "schema", judgement->schema);
    eb_json_member_bool(writer, "valid", judgement->reason == EB_REASON_NONE);
    eb_json_member_array(writer, "faults");
    for (uint32_t i = 0; i < judgement->fault_count; i++)
        eb_fault_write(&judgement->faults[i], writer);
    eb_json_close_array(writer);
    eb_json_close_object(writer);
}

static struct eb_span write_report(struct eb_event *event)
{
    const struct eb_outcome *outcome = event->outcome;
    char time[EB_TIME_LEN];
    struct eb_json_writer writer;
    struct eb_span id = eb_event_id(event);
    eb_time_write(event->message->received_us, time);
    eb_json_writer_init_arena(&writer, event->arena);
    eb_json_open_object(&writer);
    eb_json_member_int(&writer, "version", 1);
    eb_json_member_string(&writer, "id", id);
    eb_json_member_string(&writer, "time", eb_span(time, EB_TIME_LEN));
    eb_json_member_string(&writer, "topic", event->message->topic);
    eb_json_member_string(&writer, "verdict", eb_span_of(eb_verdict_name(outcome->verdict)));
    if (outcome->reason != EB_REASON_NONE)
        eb_json_member_string(&writer, "reason", eb_span_of(eb_reason_name(outcome->reason)));
    eb_json_member_array(&writer, "contracts");
    for (uint32_t i = 0; i < outcome->judgement_count; i++)
        write_contract(&writer, &outcome->judgements[i]);
    eb_json_close_array(&writer);
    eb_json_close_object(&writer);
    return eb_json_writer_finish(&writer);
}

void eb_event_write_report(struct eb_event *event)
{
    const struct eb_properties *properties = &event->message->properties;
    if (event->hop > 0 || !properties->response_topic.ptr || !is_wanted(event) ||
        !can_reach(event) || !has_budget(event))
        return;
    struct eb_span report = write_report(event);
    struct eb_dispatch *dispatch = report.ptr ? eb_event_add_dispatch(event) : NULL;
    if (!dispatch)
        return;
    *dispatch = (struct eb_dispatch){
        .kind = EB_REPORT,
        .publish = {
            .topic = properties->response_topic,
            .payload = report,
            .client_id = event->message->client_id,
            .properties = {
                .content_type = EB_SPAN("application/json"),
                .correlation_data = properties->correlation_data,
                .payload_format = 1,
            },
        },
    };
}
