#include "test_case.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bus/pipeline.h"
#include "json_line.h"
#include "memory.h"
#include "pattern/fields.h"
#include "pattern/pattern.h"
#include "registry.h"
#include "schema/equal.h"
#include "topic/filter.h"
#include "json/number.h"
#include "json/reader.h"

/* A case being run. */
struct run {
    const struct eb_doc *doc;
    uint32_t token;
    struct test_result *result;
    struct eb_diag_list *diags;
    struct eb_arena scratch; /* a reserved one: comparing */
    const struct eb_outcome *outcome;
    bool has_failed; /* said */
};

static uint32_t member(const struct run *run, uint32_t object, const char *name)
{
    return object == EB_NO_TOKEN ? EB_NO_TOKEN : eb_doc_member(run->doc, object, name);
}

static struct eb_span text_at(struct run *run, uint32_t token)
{
    struct eb_span text = eb_span(NULL, 0);
    if (token != EB_NO_TOKEN)
        text = eb_doc_string(run->doc, token, run->result->arena);
    return text;
}

static struct eb_span text_of(struct run *run, uint32_t object, const char *name)
{
    return text_at(run, member(run, object, name));
}

static bool is_true(const struct run *run, uint32_t token)
{
    return token != EB_NO_TOKEN && eb_doc_type(run->doc, token) == EB_JSON_TRUE;
}

static int int_at(const struct run *run, uint32_t token)
{
    return (int)eb_number_of(eb_doc_raw(run->doc, token)).small;
}

static void fail(struct run *run, uint32_t token, const char *why)
{
    eb_doc_diag(run->diags, EB_ERROR, run->doc, token, "%s", why);
    run->has_failed = true;
}

static void give_up(struct run *run)
{
    memory_ran_out();
    run->has_failed = true;
}

/* ---- the event ---- */

static uint8_t protocol_of(struct run *run, uint32_t object)
{
    struct eb_span name = text_of(run, object, "protocol");
    if (eb_span_is(name, "3.1"))
        return 3;
    return eb_span_is(name, "3.1.1") ? 4 : 5;
}

static struct eb_span payload_of(struct run *run, uint32_t object)
{
    uint32_t event = member(run, object, "event");
    struct eb_span payload =
        event != EB_NO_TOKEN ? eb_doc_source(run->doc, event) : text_of(run, object, "text");
    return payload.len ? payload : eb_span(NULL, 0);
}

static void read_user_properties(struct run *run, uint32_t object, struct eb_properties *out)
{
    uint32_t properties = member(run, object, "user_properties");
    if (properties == EB_NO_TOKEN)
        return;
    uint32_t count = run->doc->tokens[properties].count;
    struct eb_user_property *user =
        EB_ARENA_ARRAY(run->result->arena, struct eb_user_property, count + 1);
    if (!user) {
        give_up(run);
        return;
    }
    out->user = user;
    EB_DOC_EACH_MEMBER(run->doc, properties, name)
    user[out->user_count++] =
        (struct eb_user_property){ text_at(run, name), text_at(run, name + 1) };
}

static struct eb_message message_of(struct run *run, uint32_t object, int64_t received_us)
{
    uint32_t qos = member(run, object, "qos"), topic = member(run, object, "topic");
    struct eb_span client = text_of(run, object, "client");
    struct eb_message message = {
        .topic = text_at(run, topic),
        .payload = payload_of(run, object),
        .client_id = client.ptr ? client : eb_span_of("test"),
        .username = text_of(run, object, "username"),
        .protocol = protocol_of(run, object),
        .qos = (uint8_t)(qos == EB_NO_TOKEN ? 0 : int_at(run, qos)),
        .is_retain = is_true(run, member(run, object, "retain")),
        .received_us = received_us,
        .properties = { .payload_format = -1,
            .content_type = text_of(run, object, "content_type") },
    };
    enum eb_topic_fault fault = eb_topic_check(message.topic);
    if (fault != EB_TOPIC_OK)
        fail(run, topic, eb_topic_fault_text(fault));
    read_user_properties(run, object, &message.properties);
    return message;
}

/* ---- differences ---- */

static struct eb_span format(struct run *run, const char *pattern, ...)
    __attribute__((format(printf, 2, 3)));

static struct eb_span format(struct run *run, const char *pattern, ...)
{
    va_list arguments;
    va_start(arguments, pattern);
    struct eb_span copy = eb_arena_vformat(run->result->arena, pattern, arguments);
    va_end(arguments);
    if (!copy.ptr)
        give_up(run);
    return copy;
}

/* Texts are copied: what came of the event does not outlive it. */
static void differ(struct run *run, struct eb_span what, struct eb_span want, struct eb_span got)
{
    struct eb_arena *arena = run->result->arena;
    struct test_difference *difference = EB_ARENA_NEW(arena, struct test_difference);
    if (!difference || !what.ptr) {
        give_up(run);
        return;
    }
    difference->what = what;
    difference->want = want.ptr ? eb_arena_copy(arena, want) : want;
    difference->got = got.ptr ? eb_arena_copy(arena, got) : got;
    *run->result->last = difference;
    run->result->last = &difference->next;
}

static const struct eb_span nothing = { NULL, 0 };

/* A value on one line. */
static struct eb_span compact(struct run *run, const struct eb_doc *doc, uint32_t token)
{
    struct eb_json_writer out;
    size_t bytes = eb_doc_source(doc, token).len;
    char *room = eb_arena_alloc(run->result->arena, bytes, 1);
    eb_json_writer_init(&out, room, room ? bytes : 0);
    write_compact(&out, doc, token);
    return eb_json_writer_finish(&out);
}

/* Strings as they are, anything else as JSON. */
static struct eb_span shown(struct run *run, uint32_t token)
{
    return eb_doc_type(run->doc, token) == EB_JSON_STRING ? text_at(run, token)
                                                          : compact(run, run->doc, token);
}

/* A payload on one line, if it is JSON. */
static struct eb_span shown_payload(struct run *run, struct eb_span payload)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    struct eb_arena_mark mark = eb_arena_mark(&run->scratch);
    if (eb_json_read(&doc, payload, &eb_json_limits_max, &run->scratch, &fault) == EB_JSON_OK)
        payload = compact(run, &doc, 0);
    eb_arena_rewind(&run->scratch, mark);
    return payload.ptr ? payload : eb_span_of("");
}

/* ---- verdicts ---- */

static void compare_word(struct run *run, uint32_t want, const char *what, const char *got)
{
    struct eb_span text = text_at(run, want);
    if (text.ptr && !eb_span_is(text, got))
        differ(run, eb_span_of(what), text, eb_span_of(got));
}

/* ---- faults ---- */

static bool is_fault(struct run *run, uint32_t want, const struct eb_fault *fault)
{
    bool is_text = eb_doc_type(run->doc, want) == EB_JSON_STRING;
    struct eb_span instance = is_text ? text_at(run, want) : text_of(run, want, "instance");
    struct eb_span keyword = is_text ? nothing : text_of(run, want, "keyword");
    return eb_span_equal(instance, fault->instance_location) &&
           (!keyword.ptr || eb_span_equal(keyword, fault->keyword_location));
}

/* A flag for each of `count` things; NULL, said, without memory. */
static bool *flags(struct run *run, uint32_t count)
{
    bool *taken = EB_ARENA_ARRAY(run->result->arena, bool, count + 1);
    if (!taken)
        give_up(run);
    return taken;
}

static uint32_t fault_count(const struct eb_outcome *outcome)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < outcome->judgement_count; i++)
        count += outcome->judgements[i].fault_count;
    return count;
}

/* Those of all judgements, in one list. */
static const struct eb_fault *fault_at(const struct eb_outcome *outcome, uint32_t index)
{
    const struct eb_judgement *judgement = outcome->judgements;
    while (index >= judgement->fault_count) {
        index -= judgement->fault_count;
        judgement++;
    }
    return &judgement->faults[index];
}

static void compare_faults(struct run *run, uint32_t wanted)
{
    uint32_t count = fault_count(run->outcome);
    bool *taken = flags(run, count);
    if (!taken || wanted == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(run->doc, wanted, want)
    {
        uint32_t i = 0;
        while (i < count && (taken[i] || !is_fault(run, want, fault_at(run->outcome, i))))
            i++;
        if (i < count)
            taken[i] = true;
        else
            differ(run, eb_span_of("fault"), shown(run, want), nothing);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct eb_fault *fault = fault_at(run->outcome, i);
        if (!taken[i])
            differ(run, eb_span_of("fault"), nothing,
                format(run, "%.*s: %.*s", (int)fault->instance_location.len,
                    fault->instance_location.ptr, (int)fault->error.len, fault->error.ptr));
    }
}

/* ---- copies ---- */

static bool is_equal(struct run *run, uint32_t want, struct eb_span payload)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    struct eb_arena_mark mark = eb_arena_mark(&run->scratch);
    bool is_exhausted = false;
    bool are_equal =
        eb_json_read(&doc, payload, &eb_json_limits_max, &run->scratch, &fault) == EB_JSON_OK &&
        eb_value_equal(run->doc, want, &doc, 0, &run->scratch, &is_exhausted);
    eb_arena_rewind(&run->scratch, mark);
    return are_equal && !is_exhausted;
}

static bool does_match(struct run *run, uint32_t pattern_token, struct eb_span payload)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    const struct eb_message no_message = { .topic = eb_span_of("") };
    if (run->has_failed)
        return false;
    struct eb_arena_mark mark = eb_arena_mark(&run->scratch);
    struct eb_paths *paths = eb_paths_new(run->result->arena);
    struct eb_pattern *pattern = NULL;
    if (paths)
        pattern = eb_pattern_parse(run->doc, pattern_token, paths, run->result->arena, run->diags);
    if (!pattern || !eb_paths_freeze(paths)) {
        run->has_failed = true;
        return false;
    }
    const struct eb_fields *fields = NULL;
    if (eb_json_read(&doc, payload, &eb_json_limits_max, &run->scratch, &fault) == EB_JSON_OK)
        fields = eb_fields_read(paths, &doc, &no_message, &run->scratch);
    bool is_match = fields && eb_pattern_match(pattern, fields);
    eb_arena_rewind(&run->scratch, mark);
    return is_match;
}

/* What a copy is expected to have, one after the other. */
enum part {
    PART_RULE,
    PART_PAYLOAD,
    PART_TEXT,
    PART_MATCHES,
    PART_QOS,
    PART_RETAIN,
    PART_CONTENT_TYPE,
    PART_USER_PROPERTIES,
    PART_COUNT
};

static const char *const part_names[PART_COUNT] = {
    [PART_RULE] = "rule",
    [PART_PAYLOAD] = "payload",
    [PART_TEXT] = "text",
    [PART_MATCHES] = "matches",
    [PART_QOS] = "qos",
    [PART_RETAIN] = "retain",
    [PART_CONTENT_TYPE] = "content_type",
    [PART_USER_PROPERTIES] = "user_properties",
};

static bool has_property(
    const struct eb_properties *properties, struct eb_span name, struct eb_span value)
{
    for (uint32_t i = 0; i < properties->user_count; i++) {
        if (eb_span_equal(properties->user[i].name, name) &&
            eb_span_equal(properties->user[i].value, value))
            return true;
    }
    return false;
}

static bool has_properties(struct run *run, uint32_t want, const struct eb_properties *properties)
{
    EB_DOC_EACH_MEMBER(run->doc, want, name)
    {
        if (!has_property(properties, text_at(run, name), text_at(run, name + 1)))
            return false;
    }
    return true;
}

/* {"id":"7",…}, as they are expected. */
static struct eb_span shown_properties(struct run *run, const struct eb_properties *properties)
{
    struct eb_json_writer out;
    size_t room = 2;
    for (uint32_t i = 0; i < properties->user_count; i++)
        room += 6 * (properties->user[i].name.len + properties->user[i].value.len) + 6;
    char *text = eb_arena_alloc(run->result->arena, room, 1);
    if (!text)
        return nothing;
    eb_json_writer_init(&out, text, room);
    eb_json_open_object(&out);
    for (uint32_t i = 0; i < properties->user_count; i++) {
        eb_json_write_name(&out, properties->user[i].name);
        eb_json_write_string(&out, properties->user[i].value);
    }
    eb_json_close_object(&out);
    return eb_json_writer_finish(&out);
}

static bool has_part(
    struct run *run, enum part part, uint32_t want, const struct eb_dispatch *dispatch)
{
    const struct eb_publish *publish = &dispatch->publish;
    switch (part) {
    case PART_RULE:
        return dispatch->rule && eb_span_equal(text_at(run, want), dispatch->rule->name);
    case PART_PAYLOAD: return is_equal(run, want, publish->payload);
    case PART_TEXT: return eb_span_equal(text_at(run, want), publish->payload);
    case PART_MATCHES: return does_match(run, want, publish->payload);
    case PART_QOS: return int_at(run, want) == publish->qos;
    case PART_RETAIN: return is_true(run, want) == publish->is_retain;
    case PART_CONTENT_TYPE:
        return eb_span_equal(text_at(run, want), publish->properties.content_type);
    case PART_USER_PROPERTIES: return has_properties(run, want, &publish->properties);
    case PART_COUNT: break;
    }
    return false;
}

static struct eb_span part_text(struct run *run, enum part part, const struct eb_dispatch *dispatch)
{
    switch (part) {
    case PART_RULE: return dispatch->rule ? dispatch->rule->name : nothing;
    case PART_QOS: return format(run, "%u", dispatch->publish.qos);
    case PART_RETAIN: return eb_span_of(dispatch->publish.is_retain ? "true" : "false");
    case PART_TEXT: return dispatch->publish.payload;
    case PART_CONTENT_TYPE: return dispatch->publish.properties.content_type;
    case PART_USER_PROPERTIES: return shown_properties(run, &dispatch->publish.properties);
    default: return shown_payload(run, dispatch->publish.payload);
    }
}

/* How many of the parts that `want` names the copy does not have. */
static unsigned count_missing(struct run *run, uint32_t want, const struct eb_dispatch *dispatch)
{
    unsigned missing = 0;
    for (int part = 0; part < PART_COUNT; part++) {
        uint32_t token = member(run, want, part_names[part]);
        missing += token != EB_NO_TOKEN && !has_part(run, (enum part)part, token, dispatch);
    }
    return missing;
}

static void tell_missing(struct run *run, uint32_t want, const struct eb_dispatch *dispatch)
{
    for (int part = 0; part < PART_COUNT; part++) {
        uint32_t token = member(run, want, part_names[part]);
        if (token == EB_NO_TOKEN || has_part(run, (enum part)part, token, dispatch))
            continue;
        struct eb_span topic = dispatch->publish.topic;
        differ(run, format(run, "copy to %.*s: %s", (int)topic.len, topic.ptr, part_names[part]),
            part == PART_PAYLOAD || part == PART_USER_PROPERTIES ? compact(run, run->doc, token)
                                                                 : shown(run, token),
            part_text(run, (enum part)part, dispatch));
    }
}

/* The copy to the topic `want` names that has most of the rest; the number of dispatches: none. */
static uint32_t nearest_copy(struct run *run, uint32_t want, const bool *taken, unsigned *missing)
{
    uint32_t best = run->outcome->dispatch_count;
    struct eb_span topic = text_of(run, want, "topic");
    for (uint32_t i = 0; i < run->outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &run->outcome->dispatches[i];
        if (taken[i] || dispatch->kind != EB_COPY || !eb_span_equal(topic, dispatch->publish.topic))
            continue;
        unsigned lacks = count_missing(run, want, dispatch);
        if (best == run->outcome->dispatch_count || lacks < *missing) {
            best = i;
            *missing = lacks;
        }
    }
    return best;
}

/* First those that are as expected find each other, then those that are nearly so. */
static void match_copies(struct run *run, uint32_t wanted, bool *taken, bool *found, bool is_exact)
{
    uint32_t number = 0;
    EB_DOC_EACH_ELEMENT(run->doc, wanted, want)
    {
        unsigned missing = 0;
        uint32_t index = number++;
        if (found[index])
            continue;
        uint32_t i = nearest_copy(run, want, taken, &missing);
        if (i == run->outcome->dispatch_count || (is_exact && missing))
            continue;
        taken[i] = found[index] = true;
        tell_missing(run, want, &run->outcome->dispatches[i]);
    }
}

static struct eb_span copy_to(struct run *run, struct eb_span topic)
{
    return format(run, "copy to %.*s", (int)topic.len, topic.ptr);
}

static void tell_unmatched(struct run *run, uint32_t wanted, const bool *taken, const bool *found)
{
    uint32_t number = 0;
    EB_DOC_EACH_ELEMENT(run->doc, wanted, want)
    {
        if (!found[number++])
            differ(run, copy_to(run, text_of(run, want, "topic")), compact(run, run->doc, want),
                nothing);
    }
    for (uint32_t i = 0; i < run->outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &run->outcome->dispatches[i];
        if (taken[i] || dispatch->kind != EB_COPY)
            continue;
        struct eb_span payload = shown_payload(run, dispatch->publish.payload);
        differ(run, copy_to(run, dispatch->publish.topic), nothing,
            format(run, "by rule %.*s: %.*s", (int)dispatch->rule->name.len,
                dispatch->rule->name.ptr, (int)payload.len, payload.ptr));
    }
}

static void compare_copies(struct run *run, uint32_t wanted)
{
    if (wanted == EB_NO_TOKEN)
        return;
    bool *taken = flags(run, run->outcome->dispatch_count);
    bool *found = flags(run, run->doc->tokens[wanted].count);
    if (!taken || !found)
        return;
    match_copies(run, wanted, taken, found, true);
    match_copies(run, wanted, taken, found, false);
    tell_unmatched(run, wanted, taken, found);
}

/* ---- dead letters ---- */

/* The letter's own word; it is JSON that we wrote. */
static struct eb_span reason_of(struct run *run, const struct eb_dispatch *letter)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    struct eb_span payload = letter->publish.payload, reason = eb_span_of("?");
    struct eb_arena_mark mark = eb_arena_mark(&run->scratch);
    if (eb_json_read(&doc, payload, &eb_json_limits_max, &run->scratch, &fault) == EB_JSON_OK)
        reason = string_member_of(&doc, 0, "reason", run->result->arena);
    eb_arena_rewind(&run->scratch, mark);
    return reason;
}

static void compare_letters(struct run *run, uint32_t wanted)
{
    const struct eb_outcome *outcome = run->outcome;
    bool *taken = flags(run, outcome->dispatch_count);
    if (!taken || wanted == EB_NO_TOKEN)
        return;
    for (uint32_t i = 0; i < outcome->dispatch_count; i++)
        taken[i] = outcome->dispatches[i].kind != EB_DEAD_LETTER;
    EB_DOC_EACH_ELEMENT(run->doc, wanted, want)
    {
        uint32_t i = 0;
        while (i < outcome->dispatch_count &&
               (taken[i] ||
                   !eb_span_equal(text_at(run, want), reason_of(run, &outcome->dispatches[i]))))
            i++;
        if (i < outcome->dispatch_count)
            taken[i] = true;
        else
            differ(run, eb_span_of("dead letter"), text_at(run, want), nothing);
    }
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        if (!taken[i])
            differ(
                run, eb_span_of("dead letter"), nothing, reason_of(run, &outcome->dispatches[i]));
    }
}

/* ---- running ---- */

static void compare(struct run *run)
{
    uint32_t expect = member(run, run->token, "expect");
    compare_word(
        run, member(run, expect, "verdict"), "verdict", eb_verdict_name(run->outcome->verdict));
    compare_word(
        run, member(run, expect, "reason"), "reason", eb_reason_name(run->outcome->reason));
    compare_faults(run, member(run, expect, "faults"));
    compare_copies(run, member(run, expect, "copies"));
    compare_letters(run, member(run, expect, "dead_letters"));
}

/* Tests take place on the first of January 2026, noon. */
static const int64_t noon_us = INT64_C(1767268800) * 1000000;
static const int64_t second_us = 1000000;

static void publish(
    struct run *run, struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot)
{
    uint32_t before = member(run, run->token, "before");
    struct eb_outcome outcome;
    int64_t now_us = noon_us;
    if (before != EB_NO_TOKEN) {
        EB_DOC_EACH_ELEMENT(run->doc, before, element)
        {
            struct eb_message message = message_of(run, element, now_us);
            if (run->has_failed)
                return;
            eb_pipeline_run(pipeline, snapshot, &message, &outcome);
            now_us += second_us;
        }
    }
    struct eb_message message = message_of(run, run->token, now_us);
    if (run->has_failed)
        return;
    eb_pipeline_run(pipeline, snapshot, &message, &outcome);
    run->outcome = &outcome;
    compare(run);
    run->outcome = NULL;
}

/* Payloads read, and tables to compare them with. */
enum { SCRATCH_BYTES = 1024 * 1024 * 1024 };

bool test_case_run(const struct eb_doc *doc, uint32_t token, const struct eb_snapshot *snapshot,
    struct test_result *result, struct eb_diag_list *diags)
{
    struct eb_pipeline pipeline;
    struct run run = { .doc = doc, .token = token, .result = result, .diags = diags };
    result->first = NULL;
    result->last = &result->first;
    if (!eb_arena_init_reserved(&run.scratch, SCRATCH_BYTES) || !eb_pipeline_init(&pipeline)) {
        memory_release(&run.scratch);
        eb_diag_add_out_of_memory(diags);
        return false;
    }
    eb_snapshot_forget_events(snapshot);
    publish(&run, &pipeline, snapshot);
    eb_pipeline_release(&pipeline);
    memory_release(&run.scratch);
    return !run.has_failed;
}
