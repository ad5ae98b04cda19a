/* The bus as a whole: how it is, and what it would do. */
#include "base/clock.h"
#include "base/limits.h"
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

/* "3.1", "3.1.1" or "5", which it is unless something is said. */
static bool read_protocol(struct eb_call *call, uint8_t *protocol)
{
    struct eb_span name;
    if (!eb_call_text(call, "protocol", &name))
        return false;
    bool is_3_1 = eb_span_is(name, "3.1"), is_3_1_1 = eb_span_is(name, "3.1.1");
    *protocol = is_3_1 ? 3 : is_3_1_1 ? 4 : 5;
    return !name.ptr || is_3_1 || is_3_1_1 || eb_span_is(name, "5") ||
           eb_call_fail(call, "\"protocol\": expected \"3.1\", \"3.1.1\" or \"5\"");
}

static bool read_user_property(
    struct eb_call *call, uint32_t name, struct eb_user_property *property)
{
    if (eb_doc_type(call->doc, name + 1) != EB_JSON_STRING)
        return eb_call_fail(call, "\"user_properties\": expected strings");
    property->name = eb_doc_string(call->doc, name, &call->desk->scratch);
    property->value = eb_doc_string(call->doc, name + 1, &call->desk->scratch);
    return (property->name.ptr && property->value.ptr) || eb_call_fail(call, "out of memory");
}

static bool read_properties(struct eb_call *call, struct eb_properties *properties)
{
    uint32_t object;
    if (!eb_call_text(call, "content_type", &properties->content_type) ||
        !eb_call_member(call, "user_properties", EB_JSON_OBJECT, &object))
        return false;
    if (object == EB_NO_TOKEN)
        return true;
    uint32_t count = call->doc->tokens[object].count;
    properties->is_over_limit = count > EB_USER_PROPERTIES_MAX;
    if (properties->is_over_limit)
        return true;
    struct eb_user_property *user =
        EB_ARENA_ARRAY(&call->desk->scratch, struct eb_user_property, count + 1);
    if (!user)
        return eb_call_fail(call, "out of memory");
    properties->user = user;
    EB_DOC_EACH_MEMBER(call->doc, object, name)
    {
        if (!read_user_property(call, name, &user[properties->user_count++]))
            return false;
    }
    return true;
}

static bool read_message(struct eb_call *call, struct eb_message *message)
{
    uint32_t qos;
    *message = (struct eb_message){
        .received_us = eb_clock_now_us(),
        .properties = { .payload_format = -1 },
    };
    if (!eb_call_text(call, "topic", &message->topic) || !read_payload(call, &message->payload) ||
        !eb_call_text(call, "client", &message->client_id) ||
        !eb_call_text(call, "username", &message->username) ||
        !eb_call_number(call, "qos", 0, 2, &qos) ||
        !eb_call_bool(call, "retain", false, &message->is_retain) ||
        !read_protocol(call, &message->protocol) || !read_properties(call, &message->properties))
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
        request.rule = eb_call_rule(call, rule);
        if (!request.rule)
            return false;
    }
    struct eb_pipeline *pipeline = &call->desk->pipeline;
    struct eb_explanation explanation;
    bool is_explained = eb_explain(pipeline, snapshot, &request, &explanation);
    if (is_explained) {
        eb_json_write_name(call->out, eb_span_of("explanation"));
        eb_explanation_write(&explanation, call->out);
    }
    eb_pipeline_rest(pipeline);
    return is_explained || eb_call_fail(call, "out of memory");
}
