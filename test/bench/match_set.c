#include "bench/match_set.h"

#include <stdlib.h>

#include "base/limits.h"
#include "bench/bench.h"
#include "pattern/fields.h"
#include "json/reader.h"

static const struct eb_json_limits event_limits = {
    .bytes_max = EB_DOCUMENT_BYTES_MAX,
    .depth_max = EB_EVENT_DEPTH_DEFAULT,
};

static const struct eb_message message = { .topic = EB_SPAN("bench") };

void match_set_init(struct match_set *set, size_t event_bytes)
{
    *set = (struct match_set){ .match_max = EB_TARGETS_DEFAULT };
    eb_arena_init_growing(&set->patterns, SIZE_MAX);
    eb_arena_init_growing(&set->compiled, SIZE_MAX);
    size_t bytes = eb_json_read_bytes(event_bytes, &event_limits) + 256 * event_bytes + (1 << 20);
    set->paths = eb_paths_new(&set->patterns);
    if (!set->paths || !eb_arena_init_reserved(&set->arena, bytes))
        bench_fail("out of memory");
}

static void add_entry(struct match_set *set, const struct eb_pattern *pattern)
{
    if (set->rule_count == set->rule_max) {
        set->rule_max = set->rule_max ? 2 * set->rule_max : 1024;
        set->entries = realloc(set->entries, set->rule_max * sizeof *set->entries);
        if (!set->entries)
            bench_fail("out of memory");
    }
    set->entries[set->rule_count] =
        (struct eb_rule_entry){ .rule = (uint32_t)set->rule_count, .pattern = pattern };
    set->rule_count++;
}

static const struct eb_pattern *parse(
    struct match_set *set, const struct eb_doc *doc, uint32_t token)
{
    struct eb_diag_list diags;
    char text[300];
    eb_diag_list_init(&diags);
    const struct eb_pattern *pattern =
        eb_pattern_parse(doc, token, set->paths, &set->patterns, &diags);
    if (!pattern) {
        eb_diag_format(diags.first, text, sizeof text);
        bench_fail("rule %zu: %s", set->rule_count + 1, text);
    }
    eb_diag_list_release(&diags);
    return pattern;
}

static void read_rule(struct match_set *set, struct eb_span text, struct eb_doc *doc)
{
    struct eb_json_fault fault;
    eb_arena_reset(&set->arena);
    if (eb_json_read(doc, text, &eb_json_limits_max, &set->arena, &fault) != EB_JSON_OK)
        bench_fail("rule %zu: %s", set->rule_count + 1, eb_json_code_text(fault.code));
}

void match_set_add(struct match_set *set, struct eb_span line)
{
    struct eb_doc doc;
    read_rule(set, line, &doc);
    uint32_t when = eb_doc_member(&doc, 0, "when");
    add_entry(set, when == EB_NO_TOKEN ? NULL : parse(set, &doc, when));
}

void match_set_add_pattern(struct match_set *set, struct eb_span text)
{
    struct eb_doc doc;
    read_rule(set, text, &doc);
    add_entry(set, parse(set, &doc, 0));
}

void match_set_build(struct match_set *set)
{
    set->matches = malloc((set->rule_count + 1) * sizeof *set->matches);
    if (!eb_paths_freeze(set->paths) || !set->matches)
        bench_fail("out of memory");
    set->index =
        eb_rule_index_build(set->entries, set->rule_count, set->paths, &set->compiled, NULL);
    if (!set->index)
        bench_fail("out of memory");
}

void match_set_release(struct match_set *set)
{
    eb_arena_release(&set->patterns);
    eb_arena_release(&set->compiled);
    eb_arena_release(&set->arena);
    free(set->entries);
    free(set->matches);
}

size_t match_set_bytes(const struct match_set *set)
{
    return eb_arena_bytes(&set->patterns) + eb_arena_bytes(&set->compiled);
}

size_t match_set_index_bytes(const struct match_set *set)
{
    return eb_arena_bytes(&set->compiled);
}

static bool read_event(struct match_set *set, struct eb_span event, struct eb_doc *doc)
{
    struct eb_json_fault fault;
    eb_arena_reset(&set->arena);
    return eb_json_read(doc, event, &event_limits, &set->arena, &fault) == EB_JSON_OK;
}

uint64_t match_set_read(struct match_set *set, struct eb_span event)
{
    struct eb_doc doc;
    return read_event(set, event, &doc) ? doc.token_count : 0;
}

static const struct eb_fields *flatten(struct match_set *set, const struct eb_doc *doc)
{
    const struct eb_fields *fields =
        eb_rule_index_read_fields(set->index, set->paths, doc, &message, &set->arena);
    if (!fields)
        bench_fail("the arena is too small for an event");
    return fields;
}

static uint64_t match(
    struct match_set *set, const struct eb_rule_index *index, const struct eb_fields *fields)
{
    bool has_more;
    size_t max = set->match_max < set->rule_count ? set->match_max : set->rule_count;
    size_t count = eb_rule_index_match(index, fields, &set->arena, set->matches, max, &has_more);
    if (count == SIZE_MAX)
        bench_fail("an event takes more steps than allowed");
    return count;
}

uint64_t match_set_match(struct match_set *set, struct eb_span event)
{
    struct eb_doc doc;
    bool is_read = read_event(set, event, &doc);
    return match(set, set->index, flatten(set, is_read ? &doc : NULL));
}

struct eb_watch *match_watches_new(struct match_set *set, size_t count)
{
    struct eb_watch *watches =
        eb_arena_calloc(&set->compiled, count, sizeof *watches, EB_WATCH_BYTES / 2);
    if (!watches)
        bench_fail("out of memory");
    return watches;
}

void match_watch_build(struct eb_watch *watch, struct match_set *set, size_t number)
{
    const struct eb_rule_entry *entry = &set->entries[number];
    watch->rules = eb_rule_index_build_near(entry, 1, watch->near, sizeof watch->near);
    if (!watch->rules)
        watch->rules = eb_rule_index_build(entry, 1, set->paths, &set->compiled, NULL);
    if (!watch->rules)
        bench_fail("out of memory");
}

/* In the order in which the bus does it (engine/bus/event.c, route.c). */
uint64_t match_set_match_watches(struct match_set *set, struct eb_span event,
    const struct eb_watch *watches, const struct eb_trie_found *found)
{
    struct eb_doc doc;
    uint64_t count = 0;
    for (size_t i = 0; i < found->count; i++)
        eb_watch_fetch(&watches[found->filters[i]]);
    bool is_read = read_event(set, event, &doc);
    for (size_t i = 0; i < found->count; i++)
        eb_rule_index_fetch_patterns(watches[found->filters[i]].rules);
    const struct eb_fields *fields = flatten(set, is_read ? &doc : NULL);
    for (size_t i = 0; i < found->count; i++)
        count += match(set, watches[found->filters[i]].rules, fields);
    return count;
}
