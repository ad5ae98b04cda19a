/*
 * Lines: event patterns, and, as the last, an event. What is a pattern matches by itself and in an
 * index with the others exactly where the obvious matcher says so.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "oracle/naive_pattern.h"
#include "pattern/fields.h"
#include "pattern/rule_index.h"
#include "json/reader.h"

enum {
    ARENA_BYTES = 1 << 26,
    RULES_MAX = 12,
    /* The obvious matcher tries every way with every choice of values. */
    TEXT_MAX = 400,
    WAYS_MAX = 32,
};

struct rules {
    struct eb_arena arena;
    struct eb_paths *paths;
    struct eb_rule_entry entries[RULES_MAX];
    struct naive_pattern *naive[RULES_MAX];
    uint32_t count;
};

static bool read_object(struct eb_doc *doc, struct eb_span text, struct eb_arena *arena)
{
    struct eb_json_fault fault;
    return text.len && text.len <= TEXT_MAX &&
           eb_json_read(doc, text, &eb_json_limits_max, arena, &fault) == EB_JSON_OK &&
           eb_doc_type(doc, 0) == EB_JSON_OBJECT;
}

static void add_rule(struct rules *rules, struct eb_span text)
{
    struct eb_doc *doc = EB_ARENA_NEW(&rules->arena, struct eb_doc);
    if (rules->count == RULES_MAX || !read_object(doc, text, &rules->arena))
        return;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    const struct eb_pattern *pattern =
        eb_pattern_parse(doc, 0, rules->paths, &rules->arena, &diags);
    FUZZ_REQUIRE((pattern == NULL) == (diags.errors > 0));
    eb_diag_list_release(&diags);
    if (!pattern)
        return;
    struct naive_pattern *naive = naive_pattern_of(doc, &rules->arena);
    if (naive_way_count(naive) > WAYS_MAX)
        return;
    rules->naive[rules->count] = naive;
    rules->entries[rules->count] = (struct eb_rule_entry){ rules->count, pattern };
    rules->count++;
}

static struct eb_span read_rules(struct rules *rules, struct eb_span rest)
{
    for (;;) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        if (!end)
            return rest;
        size_t len = (size_t)(end - rest.ptr);
        add_rule(rules, eb_span(rest.ptr, len));
        rest = eb_span(rest.ptr + len + 1, rest.len - len - 1);
    }
}

static void match(struct rules *rules, const struct eb_doc *event, struct eb_arena *arena)
{
    static const struct eb_message message = {
        .topic = EB_SPAN("a/b"), .client_id = EB_SPAN("c"), .properties = { .payload_format = -1 }
    };
    const struct eb_rule_index *index =
        eb_rule_index_build(rules->entries, rules->count, rules->paths, &rules->arena, NULL);
    const struct naive_event *naive = naive_event_of(event, &message, arena);
    const struct eb_fields *fields =
        eb_rule_index_read_fields(index, rules->paths, event, &message, arena);
    FUZZ_REQUIRE(index && fields);
    uint32_t found[RULES_MAX];
    bool has_more;
    size_t count = eb_rule_index_match(index, fields, arena, found, RULES_MAX, &has_more), next = 0;
    FUZZ_REQUIRE(count <= RULES_MAX && !has_more);
    for (uint32_t i = 0; i < rules->count; i++) {
        bool want = naive_match(rules->naive[i], naive, arena);
        FUZZ_REQUIRE(eb_pattern_match(rules->entries[i].pattern, fields) == want);
        FUZZ_REQUIRE((next < count && found[next] == i) == want);
        next += want;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct eb_arena arena;
    static bool is_ready;
    if (!is_ready)
        FUZZ_REQUIRE(is_ready = eb_arena_init_reserved(&arena, ARENA_BYTES));
    if (len == 0)
        return 0;
    eb_arena_reset(&arena);

    struct rules rules = { .count = 0 };
    eb_arena_init_growing(&rules.arena, SIZE_MAX);
    rules.paths = eb_paths_new(&rules.arena);
    struct eb_span last = read_rules(&rules, eb_span((const char *)bytes, len));
    struct eb_doc event;
    if (eb_paths_freeze(rules.paths) && read_object(&event, last, &arena))
        match(&rules, &event, &arena);
    eb_arena_release(&rules.arena);
    return 0;
}
