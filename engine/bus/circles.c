/*
 * Rules that reroute events in a circle, whatever the events hold: a mistake that can be seen.
 *
 *     rule ──(its copies' topics all match)──► filter ──(is watched by)──► rule
 *
 * A rule without a `when` takes everything that comes by its filters. One whose `when` looks at the
 * payload alone takes again what it sent itself, unchanged. What depends on more is stopped by
 * EB_HOPS_MAX when it happens.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "bus/builder.h"

enum { NOT_SEEN, ON_THE_WAY, DONE };

/* A rule's copies pass a filter. */
struct step {
    uint32_t filter;
    bool keeps_payload;
};

/* A rule that takes everything, and sends on, watches a filter. */
struct watcher {
    uint32_t filter, rule;
};

/* Where the search stands: the step and the watcher to go on with. */
struct frame {
    uint32_t rule, step, watcher;
};

struct search {
    const struct eb_snapshot *snapshot;
    struct eb_diag_list *diags;
    uint32_t *matches; /* room for the filters of one topic */
    struct step *steps;
    uint32_t *first_step; /* of each rule, and behind the last */
    uint32_t step_room;
    struct watcher *watchers; /* by filter */
    uint32_t watcher_count;
    uint8_t *seen; /* of each rule */
    struct frame *way;
    uint32_t way_len;
    uint64_t work_left;
};

static bool search_init(struct search *search, const struct eb_builder *builder)
{
    const struct eb_snapshot *snapshot = builder->snapshot;
    size_t from_count = 0, rule_count = snapshot->rule_count;
    for (uint32_t i = 0; i < rule_count; i++)
        from_count += snapshot->rules[i].from_count;
    *search = (struct search){
        .snapshot = snapshot,
        .diags = builder->diags,
        .matches = calloc(snapshot->watch_count + 1, sizeof *search->matches),
        .first_step = calloc(rule_count + 1, sizeof *search->first_step),
        .watchers = calloc(from_count + 1, sizeof *search->watchers),
        .seen = calloc(rule_count + 1, 1),
        .way = calloc(rule_count + 1, sizeof *search->way),
        .work_left = EB_CIRCLE_WORK_MAX,
    };
    return search->matches && search->first_step && search->watchers && search->seen && search->way;
}

static void search_release(struct search *search)
{
    free(search->matches);
    free(search->steps);
    free(search->first_step);
    free(search->watchers);
    free(search->seen);
    free(search->way);
}

/* ---- which rule's copies pass which filter ---- */

static bool add_step(struct search *search, uint32_t *count, struct step step)
{
    if (*count == search->step_room) {
        uint32_t room = search->step_room ? 2 * search->step_room : 64;
        struct step *steps = realloc(search->steps, room * sizeof *steps);
        if (!steps)
            return false;
        search->steps = steps;
        search->step_room = room;
    }
    search->steps[(*count)++] = step;
    return true;
}

static bool add_steps_of(struct search *search, const struct eb_target *target,
    struct eb_arena *scratch, uint32_t *count)
{
    const struct eb_snapshot *snapshot = search->snapshot;
    eb_arena_reset(scratch);
    struct eb_span topic = eb_target_any_topic(target, scratch);
    if (!topic.ptr)
        return false;
    size_t matched = eb_trie_match(snapshot->trie, topic, search->matches, snapshot->watch_count);
    for (size_t i = 0; i < matched; i++) {
        if (!add_step(search, count,
                (struct step){ search->matches[i], eb_target_keeps_payload(target) }))
            return false;
    }
    return true;
}

static bool add_steps(struct search *search, struct eb_arena *scratch)
{
    const struct eb_snapshot *snapshot = search->snapshot;
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshot->rule_count; i++) {
        const struct eb_rule *rule = &snapshot->rules[i];
        for (uint32_t j = 0; j < rule->target_count && !rule->is_shadow; j++) {
            if (eb_target_is_rerouted(rule->targets[j]) &&
                !add_steps_of(search, rule->targets[j], scratch, &count))
                return false;
        }
        search->first_step[i + 1] = count;
    }
    return true;
}

/* ---- who watches, of those that matter ---- */

static bool sends_on(const struct search *search, uint32_t rule)
{
    return search->first_step[rule] < search->first_step[rule + 1];
}

static int compare_watchers(const void *a, const void *b)
{
    const struct watcher *left = a, *right = b;
    if (left->filter != right->filter)
        return left->filter < right->filter ? -1 : 1;
    return (left->rule > right->rule) - (left->rule < right->rule);
}

static void add_watchers(struct search *search)
{
    for (uint32_t i = 0; i < search->snapshot->rule_count; i++) {
        const struct eb_rule *rule = &search->snapshot->rules[i];
        for (uint32_t j = 0; j < rule->from_count && !rule->when && sends_on(search, i); j++)
            search->watchers[search->watcher_count++] = (struct watcher){ rule->from[j], i };
    }
    qsort(search->watchers, search->watcher_count, sizeof *search->watchers, compare_watchers);
}

static uint32_t first_watcher(const struct search *search, uint32_t filter)
{
    uint32_t low = 0, high = search->watcher_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (search->watchers[middle].filter < filter)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- circles ---- */

static void report(const struct search *search, uint32_t first, uint32_t last)
{
    const struct eb_rule *rule = &search->snapshot->rules[first];
    struct eb_span way = search->snapshot->rules[last].name;
    eb_diag_add(search->diags, EB_ERROR,
        (struct eb_place){ .file = rule->file, .line = rule->line, .column = 1 },
        "rule '%.*s' reroutes events in a circle: what it sends comes back to it from rule '%.*s', "
        "whatever it holds",
        (int)rule->name.len, rule->name.ptr, (int)way.len, way.ptr);
}

static bool watches(const struct eb_rule *rule, uint32_t filter)
{
    for (uint32_t i = 0; i < rule->from_count; i++) {
        if (rule->from[i] == filter)
            return true;
    }
    return false;
}

/* A rule with a `when` that takes again, unchanged, what it took before. */
static void find_own_circle(const struct search *search, uint32_t number)
{
    const struct eb_rule *rule = &search->snapshot->rules[number];
    if (!rule->when || !rule->sees_payload_alone)
        return;
    for (uint32_t i = search->first_step[number]; i < search->first_step[number + 1]; i++) {
        if (search->steps[i].keeps_payload && watches(rule, search->steps[i].filter)) {
            report(search, number, number);
            return;
        }
    }
}

static void enter(struct search *search, uint32_t rule)
{
    uint32_t step = search->first_step[rule];
    search->seen[rule] = ON_THE_WAY;
    search->way[search->way_len++] =
        (struct frame){ rule, step, first_watcher(search, search->steps[step].filter) };
}

/* The next rule that copies of the last one come to; UINT32_MAX: none. */
static uint32_t next_rule(struct search *search)
{
    struct frame *frame = &search->way[search->way_len - 1];
    while (frame->step < search->first_step[frame->rule + 1] && search->work_left > 0) {
        search->work_left--;
        uint32_t filter = search->steps[frame->step].filter;
        if (frame->watcher < search->watcher_count &&
            search->watchers[frame->watcher].filter == filter)
            return search->watchers[frame->watcher++].rule;
        if (++frame->step < search->first_step[frame->rule + 1])
            frame->watcher = first_watcher(search, search->steps[frame->step].filter);
    }
    return UINT32_MAX;
}

/* Depth first; the way there is a list, so that chains may be as long as they like. */
static void find_circles_from(struct search *search, uint32_t start)
{
    enter(search, start);
    while (search->way_len > 0) {
        uint32_t last = search->way[search->way_len - 1].rule, next = next_rule(search);
        if (next == UINT32_MAX)
            search->seen[search->way[--search->way_len].rule] = DONE;
        else if (search->seen[next] == ON_THE_WAY)
            report(search, next, last);
        else if (search->seen[next] == NOT_SEEN)
            enter(search, next);
    }
}

static void find_circles(struct search *search)
{
    for (uint32_t i = 0; i < search->snapshot->rule_count; i++) {
        if (!sends_on(search, i))
            continue;
        if (search->snapshot->rules[i].when)
            find_own_circle(search, i);
        else if (search->seen[i] == NOT_SEEN)
            find_circles_from(search, i);
    }
}

void eb_builder_check_circles(struct eb_builder *builder)
{
    struct search search = { 0 };
    if (builder->has_reroutes) {
        if (search_init(&search, builder) && add_steps(&search, &builder->scratch)) {
            add_watchers(&search);
            find_circles(&search);
        } else {
            eb_diag_add_out_of_memory(builder->diags);
        }
    }
    search_release(&search);
}
