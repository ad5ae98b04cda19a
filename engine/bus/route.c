#include "base/sort.h"
#include "bus/bridge.h"
#include "bus/dead_letter.h"
#include "bus/event.h"

/* No rule takes an empty payload unless it says so: those that do have an index of their own. */
static const struct eb_rule_index *rules_for(
    const struct eb_watch *watch, const struct eb_message *message)
{
    return message->payload.len == 0 ? watch->rules_of_empty : watch->rules;
}

static size_t count_watches_with_rules(const struct eb_event *event)
{
    size_t count = 0;
    for (size_t i = 0; i < event->watch_count; i++)
        count += rules_for(event->watches[i], event->message) != NULL;
    return count;
}

void eb_event_match(struct eb_event *event)
{
    const struct eb_snapshot *snapshot = event->snapshot;
    size_t watches = count_watches_with_rules(event);
    /* What properties an event lacks is then unknown, and its copies would lack some. */
    if (watches == 0 || event->message->properties.is_over_limit)
        return;

    /* One more than may match, to know that there were more. */
    size_t max = (size_t)snapshot->settings.targets_max + 1;
    uint32_t *rules = eb_arena_alloc(event->arena, watches * max * sizeof *rules, 4);
    event->fields = eb_fields_read(
        snapshot->paths, event->is_read ? &event->doc : NULL, event->message, event->arena);
    if (!rules || !event->fields) {
        event->has_failed = true;
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < event->watch_count; i++) {
        const struct eb_rule_index *index = rules_for(event->watches[i], event->message);
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
    uint32_t kept = (uint32_t)(watches > 1 ? eb_sort_unique(rules, count) : count);
    event->rules = rules;
    event->outcome->rule_count = kept;
}

/* One copy, or the dead letter that stands for it. A failed copy undoes nothing else. */
static void render_target(struct eb_event *event, const struct eb_rule *rule, uint32_t target,
    const struct eb_render *render)
{
    struct eb_dispatch *dispatch = eb_event_add_dispatch(event);
    if (!dispatch)
        return;
    *dispatch = (struct eb_dispatch){ .kind = EB_COPY, .rule = rule, .target = target };
    struct eb_render_fault fault = { 0 };
    enum eb_render_code code =
        eb_target_render(rule->targets[target], render, event->arena, &dispatch->publish, &fault);
    if (code != EB_RENDER_OK)
        eb_dead_letter_of_target(event, dispatch, &fault);
    else if (eb_bridge_carries(event->bridge, dispatch->publish.topic))
        eb_dead_letter_of_loop(event, dispatch);
}

void eb_event_render(struct eb_event *event)
{
    uint32_t left = event->snapshot->settings.targets_max;
    for (uint32_t i = 0; i < event->outcome->rule_count; i++) {
        const struct eb_rule *rule = &event->snapshot->rules[event->rules[i]];
        struct eb_render render = {
            .message = event->message,
            .doc = event->is_read ? &event->doc : NULL,
            .event_id = eb_event_id(event),
            .rule = rule->name,
        };
        event->taker_count++;
        for (uint32_t target = 0; target < rule->target_count; target++, left--) {
            if (left == 0) {
                eb_dead_letter_of_fan_out(event, rule, target);
                return;
            }
            render_target(event, rule, target, &render);
        }
    }
}
