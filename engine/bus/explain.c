#include "bus/explain.h"

#include "bus/event.h"

struct explaining {
    const struct eb_event *event;
    struct eb_explanation *explanation;
    struct eb_arena *arena;
    uint8_t *is_matched_filter; /* by filter number */
    uint32_t *rules;            /* that watch, ascending; later in the order of telling */
};

const char *eb_rule_answer_name(enum eb_rule_answer answer)
{
    static const char *const names[] = {
        [EB_RULE_MATCHED] = "matched",
        [EB_RULE_LEFT_OUT] = "left-out",
        [EB_RULE_MISSED] = "missed",
        [EB_RULE_TAKES_NO_EMPTY] = "takes-no-empty",
        [EB_RULE_NOT_WATCHING] = "not-watching",
        [EB_RULE_NOT_ASKED] = "not-asked",
    };
    return names[answer];
}

const struct eb_rule *eb_snapshot_find_rule(const struct eb_snapshot *snapshot, struct eb_span name)
{
    for (uint32_t i = 0; i < snapshot->rule_count; i++) {
        if (eb_span_equal(snapshot->rules[i].name, name))
            return &snapshot->rules[i];
    }
    return NULL;
}

static const char *why_not_asked(const struct eb_event *event)
{
    if (event->outcome->verdict == EB_DEDUPLICATED)
        return "rules see no event again whose key a contract has let through before";
    if (event->outcome->verdict > EB_CONSUMED)
        return "rules see no event that is refused or set aside";
    if (event->message->properties.is_over_limit)
        return "rules see no event with more properties than the bus looks at";
    return event->has_failed && !event->rules ? "the bus failed before it asked rules" : NULL;
}

/* ---- who watches ---- */

static bool note_filters(struct explaining *explaining)
{
    const struct eb_event *event = explaining->event;
    const struct eb_snapshot *snapshot = event->snapshot;
    explaining->is_matched_filter =
        EB_ARENA_ARRAY(explaining->arena, uint8_t, snapshot->watch_count);
    if (!explaining->is_matched_filter)
        return false;
    for (size_t i = 0; i < event->watch_count; i++)
        explaining->is_matched_filter[event->watches[i] - snapshot->watches] = true;
    return true;
}

static bool is_watching(const struct explaining *explaining, const struct eb_rule *rule)
{
    for (uint32_t i = 0; i < rule->from_count; i++) {
        if (explaining->is_matched_filter[rule->from[i]])
            return true;
    }
    return false;
}

static bool list_watching(struct explaining *explaining)
{
    const struct eb_snapshot *snapshot = explaining->event->snapshot;
    struct eb_explanation *explanation = explaining->explanation;
    explaining->rules =
        eb_arena_alloc(explaining->arena, (snapshot->rule_count + 1) * sizeof(uint32_t), 4);
    if (!explaining->rules)
        return false;
    for (uint32_t i = 0; i < snapshot->rule_count; i++) {
        if (is_watching(explaining, &snapshot->rules[i]))
            explaining->rules[explanation->watching_count++] = i;
    }
    eb_arena_shrink(explaining->arena, explaining->rules + explanation->watching_count);
    return true;
}

/* ---- in which order rules are told ---- */

enum { RANK_MATCHED, RANK_NEAREST, RANKS = 64 };

/* Which of the rules that matched it is; as many as there are when it is none of them. */
static uint32_t place_among_matched(const struct eb_event *event, uint32_t rule)
{
    uint32_t count = event->match_count, low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (event->rules[middle] < rule)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && event->rules[low] == rule ? low : count;
}

static uint8_t rank_of(const struct eb_event *event, uint32_t number)
{
    const struct eb_rule *rule = &event->snapshot->rules[number];
    if (place_among_matched(event, number) < event->match_count)
        return RANK_MATCHED;
    if (!event->fields || !rule->when)
        return RANK_NEAREST;
    uint32_t distance = eb_pattern_distance(rule->when, event->fields);
    return distance < RANKS - RANK_NEAREST ? (uint8_t)(RANK_NEAREST + distance) : RANKS - 1;
}

/* Those that matched, then the others, the nearest first: sorted by counting. */
static bool order_rules(struct explaining *explaining)
{
    uint32_t count = explaining->explanation->watching_count, starts[RANKS + 1] = { 0 };
    uint8_t *ranks = eb_arena_alloc(explaining->arena, count + 1, 1);
    uint32_t *ordered = eb_arena_alloc(explaining->arena, (count + 1) * sizeof *ordered, 4);
    if (!ranks || !ordered)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        ranks[i] = rank_of(explaining->event, explaining->rules[i]);
        starts[ranks[i] + 1]++;
    }
    for (uint32_t rank = 0; rank < RANKS; rank++)
        starts[rank + 1] += starts[rank];
    for (uint32_t i = 0; i < count; i++)
        ordered[starts[ranks[i]]++] = explaining->rules[i];
    explaining->rules = ordered;
    return true;
}

/* ---- one rule ---- */

/* Its targets' results stand one behind the other, before those of copies that pass again. */
static void find_dispatches(
    const struct explaining *explaining, struct eb_rule_explanation *explanation)
{
    const struct eb_event *event = explaining->event;
    const struct eb_outcome *outcome = event->outcome;
    uint32_t count = event->next ? event->next->first : outcome->dispatch_count, first = 0;
    while (first < count && outcome->dispatches[first].rule != explanation->rule)
        first++;
    uint32_t end = first;
    while (end < count && outcome->dispatches[end].rule == explanation->rule)
        end++;
    explanation->dispatches = outcome->dispatches + first;
    explanation->dispatch_count = end - first;
}

static bool explain_pattern(
    const struct explaining *explaining, struct eb_rule_explanation *explanation)
{
    const struct eb_event *event = explaining->event;
    const struct eb_pattern *when = explanation->rule->when;
    struct eb_pattern_answer answer = { .is_match = !when };
    if (when && !eb_pattern_explain(
                    when, event->snapshot->paths, event->fields, explaining->arena, &answer))
        return false;
    explanation->answer = answer.is_match ? EB_RULE_LEFT_OUT : EB_RULE_MISSED;
    explanation->mismatches = answer.mismatches;
    explanation->has_more_mismatches = answer.has_more_mismatches;
    return true;
}

static bool list_filters(
    const struct explaining *explaining, struct eb_rule_explanation *explanation)
{
    const struct eb_rule *rule = explanation->rule;
    struct eb_span *from = EB_ARENA_ARRAY(explaining->arena, struct eb_span, rule->from_count);
    explanation->from = from;
    for (uint32_t i = 0; from && i < rule->from_count; i++) {
        from[i] =
            eb_trie_filter(explaining->event->snapshot->trie, rule->from[i], explaining->arena);
        if (!from[i].ptr)
            return false;
    }
    return from;
}

static bool had_turn(const struct eb_event *event, uint32_t place)
{
    bool is_shadow = event->snapshot->rules[event->rules[place]].is_shadow;
    struct eb_cut cut = is_shadow ? event->shadow_cut : event->cut;
    return place < cut.rule || (place == cut.rule && cut.target > 0);
}

static bool explain_rule(
    struct explaining *explaining, uint32_t number, struct eb_rule_explanation *explanation)
{
    const struct eb_event *event = explaining->event;
    const struct eb_rule *rule = &event->snapshot->rules[number];
    uint32_t place = place_among_matched(event, number);
    *explanation = (struct eb_rule_explanation){ .rule = rule };
    if (!is_watching(explaining, rule)) {
        explanation->answer = EB_RULE_NOT_WATCHING;
        return list_filters(explaining, explanation);
    }
    if (explaining->explanation->why_not_asked) {
        explanation->answer = EB_RULE_NOT_ASKED;
    } else if (place < event->match_count) {
        explanation->answer = had_turn(event, place) ? EB_RULE_MATCHED : EB_RULE_LEFT_OUT;
        find_dispatches(explaining, explanation);
    } else if (eb_event_is_empty(event) && !rule->takes_empty) {
        explanation->answer = EB_RULE_TAKES_NO_EMPTY;
    } else {
        return explain_pattern(explaining, explanation);
    }
    return true;
}

/* ---- all of them ---- */

static bool explain_rules(struct explaining *explaining, const struct eb_explain_request *request)
{
    struct eb_explanation *explanation = explaining->explanation;
    uint32_t matched = explaining->event->match_count, watching = explanation->watching_count;
    uint32_t count = request->rule ? 1 : watching;
    if (count > matched && count - matched > request->misses_max && !request->rule)
        count = matched + request->misses_max;
    struct eb_rule_explanation *rules =
        EB_ARENA_ARRAY(explaining->arena, struct eb_rule_explanation, count);
    if (!rules)
        return false;
    explanation->rules = rules;
    explanation->rule_count = count;
    explanation->untold_count = request->rule ? 0 : watching - count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = request->rule ? (uint32_t)(request->rule - explanation->snapshot->rules)
                                        : explaining->rules[i];
        if (!explain_rule(explaining, number, &rules[i]))
            return false;
    }
    return true;
}

/* ---- copies that passed again ---- */

static uint32_t count_passes(const struct eb_event *event)
{
    uint32_t count = 0;
    while ((event = event->next))
        count++;
    return count;
}

static bool explain_passes(struct explaining *explaining)
{
    struct eb_explanation *explanation = explaining->explanation;
    const struct eb_outcome *whole = &explanation->outcome;
    uint32_t count = count_passes(explaining->event), next = 0;
    struct eb_explained_pass *passes =
        EB_ARENA_ARRAY(explaining->arena, struct eb_explained_pass, count);
    if (!passes)
        return false;
    for (const struct eb_event *event = explaining->event->next; event; event = event->next) {
        uint32_t end = event->next ? event->next->first : whole->dispatch_count;
        passes[next++] = (struct eb_explained_pass){
            .copy = &whole->dispatches[event->copy],
            .outcome = event->outcome,
            .dispatches = whole->dispatches + event->first,
            .dispatch_count = end - event->first,
        };
    }
    explanation->passes = passes;
    explanation->pass_count = count;
    return true;
}

bool eb_explain(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    const struct eb_explain_request *request, struct eb_explanation *explanation)
{
    struct eb_event event;
    *explanation = (struct eb_explanation){ .snapshot = snapshot, .message = request->message };
    eb_event_begin(&event, pipeline, snapshot, request->message, &explanation->outcome);
    eb_event_decide(&event);
    explanation->why_not_asked = why_not_asked(&event);
    struct explaining explaining = {
        .event = &event, .explanation = explanation, .arena = event.arena
    };
    if (!note_filters(&explaining) || !list_watching(&explaining))
        return false;
    bool is_ordered = request->rule || order_rules(&explaining);
    return is_ordered && explain_rules(&explaining, request) && explain_passes(&explaining);
}
