#include "base/limits.h"
#include "base/sort.h"
#include "bus/bridge.h"
#include "bus/dead_letter.h"
#include "bus/event.h"

/* No rule takes an empty event unless it says so: those that do have an index of their own. */
static const struct eb_rule_index *rules_for(
    const struct eb_watch *watch, const struct eb_event *event)
{
    return eb_event_is_empty(event) ? watch->rules_of_empty : watch->rules;
}

/* `*largest`: of the most rules. */
static size_t count_watches_with_rules(
    const struct eb_event *event, const struct eb_rule_index **largest)
{
    size_t count = 0;
    uint32_t rule_count = 0;
    *largest = NULL;
    for (size_t i = 0; i < event->watch_count; i++) {
        const struct eb_rule_index *index = rules_for(event->watches[i], event);
        if (!index)
            continue;
        eb_rule_index_fetch_patterns(index);
        count++;
        if (event->watches[i]->rule_count > rule_count) {
            rule_count = event->watches[i]->rule_count;
            *largest = index;
        }
    }
    return count;
}

static void take_rules(struct eb_event *event, const uint32_t *rules, uint32_t count)
{
    const struct eb_snapshot *snapshot = event->snapshot;
    event->rules = rules;
    event->match_count = event->cut.rule = event->shadow_cut.rule = count;
    for (uint32_t i = 0; snapshot->shadow_count > 0 && i < count; i++)
        event->outcome->shadow_count += snapshot->rules[rules[i]].is_shadow;
    event->outcome->rule_count = count - event->outcome->shadow_count;
}

void eb_event_match(struct eb_event *event)
{
    const struct eb_snapshot *snapshot = event->snapshot;
    const struct eb_rule_index *largest;
    size_t watches = count_watches_with_rules(event, &largest);
    /* What properties an event lacks is then unknown, and its copies would lack some. */
    if (watches == 0 || event->message->properties.is_over_limit)
        return;

    /* One more than may match, to know that there were more; shadows take the place of none. */
    size_t max = (size_t)snapshot->settings.targets_max + 1 + snapshot->shadow_count;
    uint32_t *rules = eb_arena_alloc(event->arena, watches * max * sizeof *rules, 4);
    event->fields = eb_rule_index_read_fields(largest, snapshot->paths,
        event->is_read ? &event->doc : NULL, event->message, event->arena);
    if (!rules || !event->fields) {
        event->has_failed = true;
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < event->watch_count; i++) {
        const struct eb_rule_index *index = rules_for(event->watches[i], event);
        if (!index)
            continue;
        bool has_more;
        size_t found =
            eb_rule_index_match(index, event->fields, event->arena, rules + count, max, &has_more);
        if (found == SIZE_MAX) {
            event->has_failed = true;
            return;
        }
        count += found;
    }
    /* A rule that watches the topic through two of its filters takes the event once. */
    take_rules(event, rules, (uint32_t)(watches > 1 ? eb_sort_unique(rules, count) : count));
}

static struct eb_span event_id(void *event)
{
    return eb_event_id(event);
}

/* Whether what was read is the view of one, right or wrong; `[1]` is none. */
static bool is_cloudevent(const struct eb_event *event)
{
    return event->is_enveloped && event->is_read && eb_doc_type(&event->doc, 0) == EB_JSON_OBJECT;
}

static struct eb_render render_of(struct eb_event *event, const struct eb_rule *rule)
{
    return (struct eb_render){
        .message = event->message,
        .doc = event->is_read ? &event->doc : NULL,
        .is_cloudevent = is_cloudevent(event),
        .origin = event->origin,
        .rule = rule->name,
        .event_id = event_id,
        .event = event,
    };
}

/* A copy that is made, but may not be sent. What comes after one too many bytes gets nothing. */
static void check_bounds(struct eb_event *event, struct eb_dispatch *dispatch)
{
    const struct eb_settings *settings = &event->snapshot->settings;
    struct eb_fan_out *fan_out = event->fan_out;
    if (dispatch->hop > EB_HOPS_MAX) {
        eb_dead_letter_of_limit(event, dispatch,
            eb_event_fault(
                event, "it has passed the bus %d times: rules that reroute go round", EB_HOPS_MAX));
    } else if (!eb_fan_out_take_bytes(fan_out, &dispatch->publish)) {
        fan_out->is_over = true;
        eb_dead_letter_of_limit(event, dispatch,
            eb_event_fault(event,
                "the event's copies have more bytes than the limit of %u; this one and the rest "
                "got nothing",
                settings->copies_bytes_max));
    }
}

/* One copy, or the dead letter that stands for it. A failed copy undoes nothing else. */
static void render_copy(struct eb_event *event, struct eb_dispatch *dispatch)
{
    const struct eb_rule *rule = dispatch->rule;
    struct eb_render render = render_of(event, rule);
    struct eb_render_fault fault = { 0 };
    if (eb_target_render(
            rule->targets[dispatch->target], &render, event->arena, &dispatch->publish, &fault))
        eb_dead_letter_of_target(event, dispatch, &fault);
    else if (eb_bridge_carries(event->bridge, dispatch->publish.topic))
        eb_dead_letter_of_loop(event, dispatch);
    else
        check_bounds(event, dispatch);
}

/* False when there is no place for it, nor for any after it. */
static bool render_target(struct eb_event *event, const struct eb_rule *rule, uint32_t target)
{
    struct eb_fan_out *fan_out = event->fan_out;
    struct eb_dispatch *dispatch = fan_out->is_over ? NULL : eb_event_add_dispatch(event);
    if (!dispatch)
        return false;
    *dispatch = (struct eb_dispatch){ .kind = EB_COPY, .rule = rule, .target = target };
    if (eb_target_is_rerouted(rule->targets[target]))
        dispatch->hop = event->hop + 1;
    if (fan_out->targets_left > 0) {
        fan_out->targets_left--;
        render_copy(event, dispatch);
        return true;
    }
    fan_out->is_over = true;
    eb_dead_letter_of_limit(event, dispatch,
        eb_event_fault(event,
            "the event has more targets than the limit of %u; this one and the rest got nothing",
            event->snapshot->settings.targets_max));
    return true;
}

void eb_event_render(struct eb_event *event)
{
    for (uint32_t i = 0; i < event->match_count; i++) {
        const struct eb_rule *rule = &event->snapshot->rules[event->rules[i]];
        for (uint32_t target = 0; !rule->is_shadow && target < rule->target_count; target++) {
            if (render_target(event, rule, target))
                continue;
            event->cut = (struct eb_cut){ i, target };
            return;
        }
    }
}

/* ---- shadows ---- */

/* Rendered for what it tells: whether it can be, and, for who asks, what it would be. */
static void render_shadow(struct eb_event *event, struct eb_dispatch *shadow)
{
    struct eb_render render = render_of(event, shadow->rule);
    struct eb_render_fault fault = { 0 };
    struct eb_arena_mark mark = eb_arena_mark(event->arena);
    eb_target_render(
        shadow->rule->targets[shadow->target], &render, event->arena, &shadow->publish, &fault);
    if (fault.code || !event->pipeline->shows_shadows) {
        eb_arena_rewind(event->arena, mark);
        shadow->publish = (struct eb_publish){ 0 };
    }
    if (fault.code)
        shadow->fault = eb_event_render_fault(event, &fault);
}

/* False when there is no place for it. */
static bool add_shadow(struct eb_event *event, const struct eb_rule *rule, uint32_t target)
{
    struct eb_fan_out *fan_out = event->fan_out;
    struct eb_dispatch *dispatch = fan_out->shadows_left > 0 ? eb_event_add_dispatch(event) : NULL;
    if (!dispatch)
        return false;
    fan_out->shadows_left--;
    *dispatch = (struct eb_dispatch){ .kind = EB_SHADOW, .rule = rule, .target = target };
    render_shadow(event, dispatch);
    return true;
}

void eb_event_render_shadows(struct eb_event *event)
{
    bool has_shadows = event->outcome->shadow_count > 0 && event->outcome->verdict <= EB_CONSUMED;
    for (uint32_t i = 0; has_shadows && i < event->match_count; i++) {
        const struct eb_rule *rule = &event->snapshot->rules[event->rules[i]];
        for (uint32_t target = 0; rule->is_shadow && target < rule->target_count; target++) {
            if (add_shadow(event, rule, target))
                continue;
            event->shadow_cut = (struct eb_cut){ i, target };
            return;
        }
    }
}
