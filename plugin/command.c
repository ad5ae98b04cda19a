#include "command.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "bus/explain.h"
#include "bus/name.h"
#include "json/reader.h"

#define MEMBERS(...)                                                                               \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__ __VA_OPT__(, ) NULL                                                            \
    }

static const struct eb_command commands[] = {
    { "getStatus", "what is in force, and how reloads went", eb_command_get_status, 0, MEMBERS(),
        false },
    { "reload", "reads the configuration again", eb_command_reload, 0, MEMBERS(), true },
    { "listContracts", "names, a part at a time", eb_command_list_entries, EB_MANAGED_CONTRACT,
        MEMBERS("count", "offset"), false },
    { "getContract", "one, as it is written", eb_command_get_entry, EB_MANAGED_CONTRACT,
        MEMBERS("name"), false },
    { "putContract", "adds or replaces one", eb_command_put_entry, EB_MANAGED_CONTRACT,
        MEMBERS("name", "contract"), true },
    { "deleteContract", "takes one away", eb_command_delete_entry, EB_MANAGED_CONTRACT,
        MEMBERS("name"), true },
    { "enableContract", "lets one judge again", eb_command_enable_entry, EB_MANAGED_CONTRACT,
        MEMBERS("name"), true },
    { "disableContract", "keeps one from judging", eb_command_disable_entry, EB_MANAGED_CONTRACT,
        MEMBERS("name"), true },
    { "listRules", "names, a part at a time", eb_command_list_entries, EB_MANAGED_RULE,
        MEMBERS("count", "offset"), false },
    { "getRule", "one, as it is written", eb_command_get_entry, EB_MANAGED_RULE, MEMBERS("name"),
        false },
    { "putRule", "adds or replaces one", eb_command_put_entry, EB_MANAGED_RULE,
        MEMBERS("name", "rule"), true },
    { "deleteRule", "takes one away", eb_command_delete_entry, EB_MANAGED_RULE, MEMBERS("name"),
        true },
    { "enableRule", "lets one see events again", eb_command_enable_entry, EB_MANAGED_RULE,
        MEMBERS("name"), true },
    { "disableRule", "keeps one from seeing events", eb_command_disable_entry, EB_MANAGED_RULE,
        MEMBERS("name"), true },
    { "listSchemas", "subjects and their versions, a part at a time", eb_command_list_schemas, 0,
        MEMBERS("count", "offset"), false },
    { "getSchema", "one version, as it is written", eb_command_get_schema, 0,
        MEMBERS("name", "version"), false },
    { "registerSchema", "adds the next version of a subject, if it is compatible",
        eb_command_register_schema, 0, MEMBERS("name", "schema"), true },
    { "deleteSchema", "takes away a version that no contract uses", eb_command_delete_schema, 0,
        MEMBERS("name", "version"), true },
    { "getCandidate", "what a candidate would have done to the last events",
        eb_command_get_candidate, 0, MEMBERS("name"), false },
    { "testEvent", "what would happen to an event, and why", eb_command_test_event, 0,
        MEMBERS("topic", "payload", "text", "client", "username", "protocol", "qos", "retain",
            "content_type", "user_properties", "rule", "misses"),
        false },
    { "getStatistics", "every figure, and the lists of clients and topics",
        eb_command_get_statistics, 0, MEMBERS("count"), false },
    { "watchVerdicts", "sends a line for each event, for some seconds", eb_command_watch_verdicts,
        0, MEMBERS("client", "topic", "rule", "verdict", "seconds", "perSecond"), false },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* ---- desks ---- */

enum {
    /* Tokens of the largest request and of one file beside it, and what is made of them. */
    SCRATCH_BYTES = 16 * (EB_CONTROL_BYTES_MAX + 1024 * 1024) + 2 * EB_DOCUMENT_BYTES_MAX,
    /* What stays touched between requests. */
    BYTES_KEPT = 64 * 1024,
};

bool eb_desk_init(struct eb_desk *desk, struct eb_reload *reload, struct eb_bulletin *bulletin)
{
    *desk = (struct eb_desk){ .reload = reload, .bulletin = bulletin };
    if (eb_arena_init_reserved(&desk->scratch, SCRATCH_BYTES) &&
        eb_arena_init_reserved(&desk->answer, EB_CONTROL_ANSWER_BYTES_MAX) &&
        eb_pipeline_init(&desk->pipeline)) {
        desk->pipeline.overlooks_keys = true;
        desk->pipeline.shows_shadows = true;
        return true;
    }
    eb_desk_release(desk);
    return false;
}

void eb_desk_release(struct eb_desk *desk)
{
    if (desk->pipeline.runner)
        eb_pipeline_release(&desk->pipeline);
    eb_arena_release(&desk->answer);
    eb_arena_release(&desk->scratch);
    *desk = (struct eb_desk){ 0 };
}

/* ---- what a command was given ---- */

bool eb_call_fail(struct eb_call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(call->error, sizeof call->error, format, arguments);
    va_end(arguments);
    return false;
}

bool eb_call_member(struct eb_call *call, const char *name, enum eb_json_type type, uint32_t *token)
{
    static const char *const types[] = {
        [EB_JSON_NULL] = "null",
        [EB_JSON_FALSE] = "a boolean",
        [EB_JSON_TRUE] = "a boolean",
        [EB_JSON_NUMBER] = "a number",
        [EB_JSON_STRING] = "a string",
        [EB_JSON_ARRAY] = "an array",
        [EB_JSON_OBJECT] = "an object",
    };
    *token = eb_doc_member(call->doc, call->object, name);
    if (*token == EB_NO_TOKEN)
        return true;
    enum eb_json_type got = eb_doc_type(call->doc, *token);
    if (got == type || (type == EB_JSON_TRUE && got == EB_JSON_FALSE))
        return true;
    return eb_call_fail(call, "\"%s\": expected %s", name, types[type]);
}

bool eb_call_text(struct eb_call *call, const char *name, struct eb_span *text)
{
    uint32_t token;
    *text = eb_span(NULL, 0);
    if (!eb_call_member(call, name, EB_JSON_STRING, &token))
        return false;
    if (token == EB_NO_TOKEN)
        return true;
    *text = eb_doc_string(call->doc, token, &call->desk->scratch);
    return text->ptr || eb_call_fail(call, "out of memory");
}

bool eb_call_number(
    struct eb_call *call, const char *name, uint32_t if_absent, uint32_t max, uint32_t *number)
{
    uint32_t token;
    *number = if_absent;
    if (!eb_call_member(call, name, EB_JSON_NUMBER, &token))
        return false;
    if (token == EB_NO_TOKEN)
        return true;
    struct eb_span literal = eb_doc_raw(call->doc, token);
    uint64_t value = 0;
    bool is_good = literal.len <= 10;
    for (size_t i = 0; is_good && i < literal.len; i++) {
        is_good = literal.ptr[i] >= '0' && literal.ptr[i] <= '9';
        value = 10 * value + (uint64_t)(literal.ptr[i] - '0');
    }
    if (!is_good || value > max)
        return eb_call_fail(call, "\"%s\": expected an integer from 0 to %u", name, max);
    *number = (uint32_t)value;
    return true;
}

bool eb_call_bool(struct eb_call *call, const char *name, bool if_absent, bool *value)
{
    uint32_t token;
    if (!eb_call_member(call, name, EB_JSON_TRUE, &token))
        return false;
    *value = token == EB_NO_TOKEN ? if_absent : eb_doc_type(call->doc, token) == EB_JSON_TRUE;
    return true;
}

bool eb_call_name(struct eb_call *call, const char *name, struct eb_span *value)
{
    if (!eb_call_text(call, name, value))
        return false;
    if (!value->ptr)
        return eb_call_fail(call, "\"%s\" is missing", name);
    return eb_name_is_valid(*value) ||
           eb_call_fail(call, "\"%s\": expected a name of the form %s", name, EB_NAME_GRAMMAR);
}

bool eb_call_fail_absent(struct eb_call *call, const char *word, const struct eb_near_name *near)
{
    if (!near->best.ptr)
        return eb_call_fail(
            call, "there is no %s '%.*s'", word, (int)near->written.len, near->written.ptr);
    return eb_call_fail(call, "there is no %s '%.*s'; did you mean '%.*s'?", word,
        (int)near->written.len, near->written.ptr, (int)near->best.len, near->best.ptr);
}

const struct eb_rule *eb_call_rule(struct eb_call *call, struct eb_span name)
{
    const struct eb_snapshot *snapshot = eb_call_snapshot(call);
    const struct eb_rule *rule = eb_snapshot_find_rule(snapshot, name);
    struct eb_near_name near = eb_near_name(name);
    for (uint32_t i = 0; !rule && i < snapshot->rule_count; i++)
        eb_near_name_offer(&near, snapshot->rules[i].name);
    if (!rule)
        eb_call_fail_absent(call, "rule", &near);
    return rule;
}

bool eb_call_range(struct eb_call *call, uint32_t total, uint32_t *first, uint32_t *end)
{
    uint32_t count;
    if (!eb_call_number(call, "offset", 0, UINT32_MAX, first) ||
        !eb_call_number(call, "count", EB_CONTROL_LIST_DEFAULT, EB_CONTROL_LIST_MAX, &count))
        return false;
    if (*first > total)
        *first = total;
    *end = total - *first < count ? total : *first + count;
    return true;
}

const struct eb_snapshot *eb_call_snapshot(const struct eb_call *call)
{
    return call->desk->reload->loaded.snapshot;
}

const struct eb_configuration *eb_call_configuration(const struct eb_call *call)
{
    return eb_store_configuration(call->desk->reload->loaded.store);
}

/* The end of a list is a place in it, so that lists cannot simply be assigned. */
static void move_diags(struct eb_diag_list *to, struct eb_diag_list *from)
{
    *to = *from;
    if (!to->first)
        to->last = &to->first;
    eb_diag_list_init(from);
}

void eb_call_take_diags(struct eb_call *call, struct eb_build *build)
{
    eb_diag_list_release(&call->diags);
    move_diags(&call->diags, &build->diags);
}

bool eb_call_change(struct eb_call *call, const struct eb_managed_change *change,
    const struct eb_reload_approval *approval)
{
    struct eb_build build;
    if (!eb_call_configuration(call)->settings.managed_directory.ptr)
        return eb_call_fail(call, "event-bus.json names no directory \"managed\" to write to");
    bool is_good = eb_reload_change(call->desk->reload, change, approval, &build);
    eb_call_take_diags(call, &build);
    eb_build_release(&build);
    return is_good;
}

/* ---- answers ---- */

void eb_write_text_member(struct eb_json_writer *out, const char *name, struct eb_span value)
{
    eb_json_write_name(out, eb_span_of(name));
    if (value.ptr)
        eb_json_write_string(out, value);
    else
        eb_json_write_null(out);
}

void eb_write_int_member(struct eb_json_writer *out, const char *name, int64_t value)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_write_int(out, value);
}

void eb_write_bool_member(struct eb_json_writer *out, const char *name, bool value)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_write_bool(out, value);
}

void eb_write_time_member(struct eb_json_writer *out, const char *name, int64_t time_us)
{
    char text[EB_TIME_LEN];
    eb_time_write(time_us, text);
    eb_write_text_member(out, name, eb_span(text, EB_TIME_LEN));
}

static void write_diag(struct eb_json_writer *out, const struct eb_diag *diag)
{
    static const char *const severities[] = {
        [EB_NOTE] = "note",
        [EB_WARNING] = "warning",
        [EB_ERROR] = "error",
    };
    eb_json_open_object(out);
    eb_write_text_member(out, "severity", eb_span_of(severities[diag->severity]));
    if (diag->file)
        eb_write_text_member(out, "file", eb_span_of(diag->file));
    if (diag->line) {
        eb_write_int_member(out, "line", diag->line);
        eb_write_int_member(out, "column", diag->column);
    }
    if (diag->pointer)
        eb_write_text_member(out, "pointer", eb_span_of(diag->pointer));
    eb_write_text_member(out, "text", eb_span_of(diag->text));
    eb_json_close_object(out);
}

void eb_write_diags_member(struct eb_json_writer *out, const struct eb_diag_list *diags)
{
    uint32_t left = EB_CONTROL_DIAGS_MAX;
    eb_json_write_name(out, eb_span_of("diagnostics"));
    eb_json_open_array(out);
    for (const struct eb_diag *diag = diags->first; diag && left > 0; diag = diag->next, left--)
        write_diag(out, diag);
    eb_json_close_array(out);
}

/* ---- carrying out ---- */

static const char *first_error(struct eb_call *call)
{
    const struct eb_diag *diag = call->diags.first;
    while (diag && diag->severity != EB_ERROR)
        diag = diag->next;
    if (call->error[0] == '\0' && diag)
        eb_diag_format(diag, call->error, sizeof call->error);
    if (call->error[0] == '\0')
        eb_call_fail(call, "out of memory");
    return call->error;
}

static bool knows_member(const struct eb_command *command, const struct eb_doc *doc, uint32_t name)
{
    if (eb_doc_string_is(doc, name, eb_span_of("command")) ||
        eb_doc_string_is(doc, name, eb_span_of("correlationData")))
        return true;
    for (const char *const *member = command->members; *member; member++) {
        if (eb_doc_string_is(doc, name, eb_span_of(*member)))
            return true;
    }
    return false;
}

/* A slip in a name must not silently do something else. */
static bool check_members(struct eb_call *call)
{
    EB_DOC_EACH_MEMBER(call->doc, call->object, name)
    {
        struct eb_span text = eb_doc_raw(call->doc, name);
        if (!knows_member(call->command, call->doc, name))
            return eb_call_fail(
                call, "unknown member '%.*s'", (int)(text.len < 100 ? text.len : 100), text.ptr);
    }
    return true;
}

static bool find_command(struct eb_call *call)
{
    uint32_t token;
    if (eb_doc_type(call->doc, call->object) != EB_JSON_OBJECT)
        return eb_call_fail(call, "expected an object with a member \"command\"");
    if (!eb_call_member(call, "command", EB_JSON_STRING, &token))
        return false;
    if (token == EB_NO_TOKEN)
        return eb_call_fail(call, "\"command\" is missing");
    struct eb_near_name near = eb_near_name(eb_doc_raw(call->doc, token));
    for (size_t i = 0; i < COMMANDS; i++) {
        if (eb_doc_string_is(call->doc, token, eb_span_of(commands[i].name)))
            call->command = &commands[i];
        eb_near_name_offer(&near, eb_span_of(commands[i].name));
    }
    if (call->command)
        return check_members(call);
    if (!near.best.ptr)
        return eb_call_fail(call, "unknown command");
    return eb_call_fail(
        call, "unknown command; did you mean '%.*s'?", (int)near.best.len, near.best.ptr);
}

static void write_heading(struct eb_call *call)
{
    const struct eb_doc *doc = call->doc;
    bool is_object = eb_doc_type(doc, call->object) == EB_JSON_OBJECT;
    uint32_t name = is_object ? eb_doc_member(doc, call->object, "command") : EB_NO_TOKEN;
    uint32_t data = is_object ? eb_doc_member(doc, call->object, "correlationData") : EB_NO_TOKEN;
    bool is_named = name != EB_NO_TOKEN && eb_doc_type(doc, name) == EB_JSON_STRING;
    eb_json_write_name(call->out, eb_span_of("command"));
    eb_json_write_raw(
        call->out, is_named ? eb_doc_source(doc, name) : eb_span_of("\"Unknown command\""));
    if (data == EB_NO_TOKEN)
        return;
    eb_json_write_name(call->out, eb_span_of("correlationData"));
    eb_json_write_raw(call->out, eb_doc_source(doc, data));
}

static void write_error(struct eb_call *call)
{
    eb_write_text_member(call->out, "error", eb_span_of(first_error(call)));
    if (!call->diags.first)
        return;
    eb_json_write_name(call->out, eb_span_of("data"));
    eb_json_open_object(call->out);
    eb_write_diags_member(call->out, &call->diags);
    eb_json_close_object(call->out);
}

static void note(struct eb_call *call, bool is_done)
{
    uint32_t name = eb_doc_member(call->doc, call->object, "name");
    bool is_named = name != EB_NO_TOKEN && eb_doc_type(call->doc, name) == EB_JSON_STRING;
    if (call->desk->note)
        call->desk->note(call->desk->context, call->command->name,
            is_named ? eb_doc_raw(call->doc, name) : eb_span(NULL, 0),
            is_done ? NULL : first_error(call));
}

/* What a command that fails has written of its data goes. */
static void carry_out(struct eb_call *call)
{
    eb_json_open_object(call->out);
    write_heading(call);
    struct eb_json_writer before = *call->out;
    eb_json_write_name(call->out, eb_span_of("data"));
    eb_json_open_object(call->out);
    bool is_done = find_command(call) && call->command->run(call);
    eb_json_close_object(call->out);
    if (is_done && call->out->is_overflown)
        is_done = eb_call_fail(call, "the answer is too long");
    if (call->command && call->command->changes)
        note(call, is_done);
    if (!is_done) {
        char *end = call->out->end;
        *call->out = before;
        call->out->end = end;
        write_error(call);
    }
    eb_json_close_object(call->out);
}

static void carry_out_all(
    struct eb_desk *desk, const struct eb_doc *doc, uint32_t list, struct eb_json_writer *out)
{
    struct eb_arena_mark mark = eb_arena_mark(&desk->scratch);
    EB_DOC_EACH_ELEMENT(doc, list, element)
    {
        struct eb_call call = { .desk = desk, .doc = doc, .object = element, .out = out };
        eb_diag_list_init(&call.diags);
        carry_out(&call);
        eb_diag_list_release(&call.diags);
        eb_arena_rewind(&desk->scratch, mark);
    }
}

/* Nothing of the request could be understood. */
static void write_refusal(struct eb_json_writer *out, const char *error)
{
    eb_json_open_object(out);
    eb_write_text_member(out, "command", eb_span_of("Unknown command"));
    eb_write_text_member(out, "error", eb_span_of(error));
    eb_json_close_object(out);
}

static void serve(struct eb_desk *desk, struct eb_span request, struct eb_json_writer *out)
{
    const struct eb_json_limits limits = {
        .bytes_max = EB_CONTROL_BYTES_MAX,
        .depth_max = EB_DEPTH_MAX,
    };
    struct eb_doc doc;
    struct eb_json_fault fault;
    char error[256];
    if (eb_json_read(&doc, request, &limits, &desk->scratch, &fault) != EB_JSON_OK) {
        snprintf(
            error, sizeof error, "%s, at byte %u", eb_json_code_text(fault.code), fault.offset);
        write_refusal(out, error);
        return;
    }
    uint32_t list =
        eb_doc_type(&doc, 0) == EB_JSON_OBJECT ? eb_doc_member(&doc, 0, "commands") : EB_NO_TOKEN;
    if (list == EB_NO_TOKEN || eb_doc_type(&doc, list) != EB_JSON_ARRAY) {
        write_refusal(out, "expected {\"commands\":[…]}");
    } else if (doc.tokens[list].count > EB_CONTROL_COMMANDS_MAX) {
        snprintf(error, sizeof error, "more than %d commands", EB_CONTROL_COMMANDS_MAX);
        write_refusal(out, error);
    } else {
        carry_out_all(desk, &doc, list, out);
    }
}

struct eb_span eb_desk_serve(struct eb_desk *desk, struct eb_span request)
{
    struct eb_json_writer out;
    eb_arena_reset(&desk->answer);
    eb_arena_trim(&desk->answer, BYTES_KEPT);
    eb_json_writer_init_arena(&out, &desk->answer);
    eb_json_open_object(&out);
    eb_json_write_name(&out, eb_span_of("responses"));
    eb_json_open_array(&out);
    serve(desk, request, &out);
    eb_json_close_array(&out);
    eb_json_close_object(&out);
    eb_arena_reset(&desk->scratch);
    eb_arena_trim(&desk->scratch, BYTES_KEPT);
    return eb_json_writer_finish(&out);
}
