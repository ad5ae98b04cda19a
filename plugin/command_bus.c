/* The bus as a whole: how it is, and what it would do. */
#include "base/clock.h"
#include "bus/explain.h"
#include "command.h"
#include "topic/filter.h"
#include "json/reader.h"

/* ---- status ---- */

bool eb_command_get_status(struct eb_call *call)
{
    const struct eb_reload *reload = call->desk->reload;
    const struct eb_reload_record *record = &reload->record;
    const struct eb_snapshot *snapshot = eb_call_snapshot(call);
    struct eb_json_writer *out = call->out;
    eb_write_text_member(out, "version", eb_span_of(EB_VERSION));
    eb_write_text_member(out, "configuration", eb_span_of(reload->path));
    eb_write_text_member(out, "managed", snapshot->settings.managed_directory);
    eb_write_int_member(out, "contracts", snapshot->contract_count);
    eb_write_int_member(out, "rules", snapshot->rule_count);
    eb_write_int_member(out, "schemas", eb_call_configuration(call)->schema_count);
    eb_write_time_member(out, "inForceSince", record->in_force_since_us);
    eb_write_int_member(out, "buildMilliseconds", record->took_us / 1000);
    eb_json_write_name(out, eb_span_of("reloads"));
    eb_json_open_object(out);
    eb_write_int_member(out, "good", (int64_t)record->good);
    eb_write_int_member(out, "bad", (int64_t)record->bad);
    eb_write_bool_member(out, "isLastGood", record->is_last_good);
    eb_write_text_member(out, "error", record->why[0] ? eb_span_of(record->why) : eb_span(NULL, 0));
    eb_json_close_object(out);
    return true;
}

bool eb_command_reload(struct eb_call *call)
{
    struct eb_build build;
    eb_reload_run(call->desk->reload, &build);
    bool is_good = build.is_good;
    eb_call_take_diags(call, &build);
    eb_build_release(&build);
    if (!is_good)
        return false;
    eb_write_int_member(call->out, "contracts", eb_call_snapshot(call)->contract_count);
    eb_write_int_member(call->out, "rules", eb_call_snapshot(call)->rule_count);
    eb_write_int_member(call->out, "milliseconds", call->desk->reload->record.took_us / 1000);
    if (call->diags.first)
        eb_write_diags_member(call->out, &call->diags);
    return true;
}

/* ---- one event ---- */

/* The payload: `payload`, any JSON value as it is written; or `text`, any bytes. */
static bool read_payload(struct eb_call *call, struct eb_span *payload)
{
    uint32_t token = eb_doc_member(call->doc, call->object, "payload");
    if (!eb_call_text(call, "text", payload))
        return false;
    if (token != EB_NO_TOKEN && payload->ptr)
        return eb_call_fail(call, "\"payload\" and \"text\": expected one of them");
    if (token != EB_NO_TOKEN)
        *payload = eb_doc_source(call->doc, token);
    if (payload->len == 0)
        *payload = eb_span(NULL, 0);
    return true;
}

static bool read_message(struct eb_call *call, struct eb_message *message)
{
    uint32_t qos;
    *message = (struct eb_message){
        .protocol = 5,
        .received_us = eb_clock_now_us(),
        .properties = { .payload_format = -1 },
    };
    if (!eb_call_text(call, "topic", &message->topic) || !read_payload(call, &message->payload) ||
        !eb_call_text(call, "client", &message->client_id) ||
        !eb_call_text(call, "username", &message->username) ||
        !eb_call_number(call, "qos", 0, 2, &qos) ||
        !eb_call_bool(call, "retain", false, &message->is_retain))
        return false;
    message->qos = (uint8_t)qos;
    if (!message->client_id.ptr)
        message->client_id = eb_span_of("event-bus");
    if (!message->topic.ptr)
        return eb_call_fail(call, "\"topic\" is missing");
    enum eb_topic_fault fault = eb_topic_check(message->topic);
    return fault == EB_TOPIC_OK || eb_call_fail(call, "\"topic\": %s", eb_topic_fault_text(fault));
}

enum { MISSES_DEFAULT = 3, MISSES_MAX = 1000 };

bool eb_command_test_event(struct eb_call *call)
{
    struct eb_message message;
    struct eb_span rule;
    struct eb_explain_request request = { .message = &message };
    if (!read_message(call, &message) || !eb_call_text(call, "rule", &rule) ||
        !eb_call_number(call, "misses", MISSES_DEFAULT, MISSES_MAX, &request.misses_max))
        return false;
    const struct eb_snapshot *snapshot = eb_call_snapshot(call);
    if (rule.ptr) {
        request.rule = eb_snapshot_find_rule(snapshot, rule);
        if (!request.rule)
            return eb_call_fail(call, "there is no rule '%.*s'", (int)rule.len, rule.ptr);
    }
    struct eb_pipeline *pipeline = &call->desk->pipeline;
    struct eb_explanation explanation;
    pipeline->shows_shadows = true;
    bool is_explained = eb_explain(pipeline, snapshot, &request, &explanation);
    if (is_explained) {
        eb_json_write_name(call->out, eb_span_of("explanation"));
        eb_explanation_write(&explanation, call->out);
    }
    eb_pipeline_rest(pipeline);
    return is_explained || eb_call_fail(call, "out of memory");
}
