#include "bus/event.h"

#include <stdarg.h>
#include <stdio.h>

#include "bus/bridge.h"
#include "bus/envelope.h"
#include "bus/event_id.h"

void eb_event_begin(struct eb_event *event, struct eb_pipeline *pipeline,
    const struct eb_snapshot *snapshot, const struct eb_message *message,
    struct eb_outcome *outcome)
{
    eb_arena_reset(&pipeline->arena);
    eb_regex_runner_set_steps(pipeline->runner, snapshot->settings.regex_steps_max);
    *outcome = (struct eb_outcome){ .verdict = EB_PASSED };
    *event = (struct eb_event){
        .pipeline = pipeline,
        .snapshot = snapshot,
        .message = message,
        .origin = message,
        .outcome = outcome,
        .arena = &pipeline->arena,
        .bridge = eb_bridge_find(&snapshot->settings, message),
        .fan_out = &event->own_fan_out,
        .own_fan_out = {
            .outcome = outcome,
            .targets_left = snapshot->settings.targets_max,
            .shadows_left = snapshot->settings.targets_max,
            .bytes_left = snapshot->settings.copies_bytes_max,
        },
    };
}

/* The numbers of more filters than were found at first. NULL when the arena is full. */
static const uint32_t *match_filters(struct eb_event *event, size_t count)
{
    uint32_t *filters = eb_arena_alloc(event->arena, count * sizeof *filters, 4);
    if (filters)
        eb_trie_match(event->snapshot->trie, event->message->topic, filters, count);
    return filters;
}

/*
 * Those that have contracts or are closed come first. The others are but asked for: there may be a
 * million of them, in no cache, and nothing is to wait for them before the event is read.
 */
static void sort_watches(
    struct eb_event *event, const struct eb_watch **watches, const uint32_t *filters, size_t count)
{
    size_t others = count;
    for (size_t i = 0; i < count; i++) {
        const struct eb_watch *watch = &event->snapshot->watches[filters[i]];
        eb_watch_fetch(watch);
        if (event->snapshot->watch_is_plain[filters[i]])
            watches[--others] = watch;
        else
            watches[event->guard_count++] = watch;
    }
    for (size_t i = 0; i < event->guard_count; i++) {
        event->contract_count += watches[i]->contract_count;
        event->is_enveloped |= watches[i]->is_enveloped;
        if (watches[i]->rules)
            eb_rule_index_fetch(watches[i]->rules);
    }
}

bool eb_event_find_watchers(struct eb_event *event)
{
    struct eb_trie_found own;
    const struct eb_trie_found *found = event->found;
    if (!found) {
        eb_trie_find(event->snapshot->trie, event->message->topic, &own);
        found = &own;
    }
    size_t count = found->count;
    if (count == 0)
        return false;

    event->outcome->is_watched = true;
    const uint32_t *filters =
        count <= EB_TRIE_FOUND_MAX ? found->filters : match_filters(event, count);
    const struct eb_watch **watches =
        eb_arena_alloc(event->arena, count * sizeof *watches, _Alignof(void *));
    if (!filters || !watches) {
        event->has_failed = true;
        return true;
    }
    sort_watches(event, watches, filters, count);
    event->watches = watches;
    event->watch_count = count;
    return true;
}

static void refuse(struct eb_event *event, enum eb_reason reason)
{
    event->outcome->verdict = EB_REFUSED;
    event->outcome->reason = reason;
}

void eb_event_guard_topic(struct eb_event *event)
{
    enum eb_unknown_action unknown = EB_UNKNOWN_ALLOW;
    bool is_ingress = false;
    bool may_write_egress = event->bridge && event->bridge->may_write_egress;
    if (event->hop > 0) /* it is the bus that writes */
        return;
    for (size_t i = 0; i < event->guard_count; i++) {
        if (event->watches[i]->is_egress && !may_write_egress) {
            refuse(event, EB_REASON_EGRESS);
            return;
        }
        is_ingress |= event->watches[i]->is_ingress;
        if (event->watches[i]->unknown > unknown)
            unknown = event->watches[i]->unknown;
    }
    if (event->contract_count > 0 || !is_ingress)
        return;
    event->outcome->is_uncovered = true;
    event->outcome->is_unknown_topic = unknown > EB_UNKNOWN_ALLOW;
    if (unknown == EB_UNKNOWN_REJECT)
        refuse(event, EB_REASON_UNKNOWN_TOPIC);
}

/* A retained message with an empty payload clears the one retained before (MQTT 5 §3.3.1.3). */
bool eb_event_is_clearing(const struct eb_event *event)
{
    return event->message->is_retain && event->message->payload.len == 0;
}

bool eb_event_is_empty(const struct eb_event *event)
{
    bool has_attributes = event->is_enveloped && event->is_read && event->doc.tokens[0].count > 0;
    return event->message->payload.len == 0 && !has_attributes;
}

void eb_event_read(struct eb_event *event)
{
    if (event->is_enveloped && !eb_event_is_clearing(event))
        event->is_read = eb_envelope_read(event);
    else
        event->is_read =
            eb_json_read(&event->doc, event->message->payload, &event->snapshot->event_limits,
                event->arena, &event->read_fault) == EB_JSON_OK;
    bool is_whole = event->is_read && !event->message->properties.is_over_limit;
    event->outcome->is_unreadable = !is_whole && event->contract_count == 0;
}

/* Whether there is none that would refuse. */
static bool all_deliver_on_error(const struct eb_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->contract_count; i++) {
        if (!snapshot->contracts[i].delivers_on_error)
            return false;
    }
    return true;
}

/* What the contracts want; asked of them all, whether or not they got to judge. */
static bool delivers_on_error(const struct eb_event *event)
{
    if (!event->watches) /* there was no room to find out whose the event is */
        return all_deliver_on_error(event->snapshot);
    for (size_t i = 0; i < event->watch_count; i++) {
        const struct eb_watch *watch = event->watches[i];
        for (uint32_t j = 0; j < watch->contract_count; j++) {
            if (!event->snapshot->contracts[watch->contracts[j]].delivers_on_error)
                return false;
        }
    }
    return true;
}

void eb_event_decide_failure(struct eb_event *event)
{
    event->error_count++;
    if (event->outcome->verdict > EB_REFUSED || delivers_on_error(event))
        return;
    refuse(event, EB_REASON_ERROR);
    event->fan_out->count = event->first;
    event->cut = event->shadow_cut = (struct eb_cut){ 0, 0 };
}

struct eb_dispatch *eb_event_add_dispatch(struct eb_event *event)
{
    struct eb_fan_out *fan_out = event->fan_out;
    bool has_room = fan_out->dispatches ||
                    eb_fan_out_make_room(fan_out, &event->snapshot->settings, event->arena);
    struct eb_dispatch *dispatch = has_room ? eb_fan_out_add(fan_out) : NULL;
    event->has_failed |= !dispatch;
    return dispatch;
}

struct eb_fault *eb_event_fault(struct eb_event *event, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len < 0)
        len = 0;
    if (len >= (int)sizeof text)
        len = (int)sizeof text - 1;

    struct eb_fault *fault = EB_ARENA_NEW(event->arena, struct eb_fault);
    struct eb_span error = eb_arena_copy(event->arena, eb_span(text, (size_t)len));
    if (!fault || !error.ptr) {
        event->has_failed = true;
        return NULL;
    }
    fault->error = error;
    fault->instance_location = fault->keyword_location = eb_span_of("");
    return fault;
}

struct eb_fault *eb_event_render_fault(struct eb_event *event, const struct eb_render_fault *fault)
{
    struct eb_span placeholder = fault->placeholder;
    bool has_placeholder = placeholder.ptr != NULL;
    bool is_expected = fault->code == EB_RENDER_NOT_CLOUDEVENT && fault->expected;
    return eb_event_fault(event, "%.*s%s%s%s%s", has_placeholder ? (int)placeholder.len : 0,
        has_placeholder ? placeholder.ptr : "", has_placeholder ? ": " : "",
        eb_render_code_text(fault->code), is_expected ? ": expected " : "",
        is_expected ? fault->expected : "");
}

bool eb_event_is_confidential(const struct eb_event *event)
{
    for (; event; event = event->before) {
        for (size_t i = 0; i < event->watch_count; i++) {
            if (event->watches[i]->is_confidential)
                return true;
        }
    }
    return false;
}

/* Not in the arena: it may be made while that is being written to, and rewound behind it. */
struct eb_span eb_event_id(struct eb_event *event)
{
    struct eb_outcome *outcome = event->fan_out->outcome;
    struct eb_pipeline *pipeline = event->pipeline;
    if (outcome->event_id.ptr)
        return outcome->event_id;
    eb_event_id_write(pipeline->event_count++, event->message->received_us, pipeline->event_id);
    outcome->event_id = eb_span(pipeline->event_id, EB_EVENT_ID_LEN);
    return outcome->event_id;
}
