#include "pattern_answer.h"

#include <assert.h>
#include <stdlib.h>

#include "pattern/fields.h"
#include "pattern/rule_index.h"
#include "json/reader.h"

const char *eb_answer_name(enum eb_answer answer)
{
    static const char *const names[] = { "no match", "match", "bad pattern", "bad event",
        "index and matcher disagree" };
    return names[answer];
}

static enum eb_answer match(const struct eb_paths *paths, const struct eb_pattern *pattern,
    const struct eb_doc *event, struct eb_arena *arena)
{
    static const struct eb_message message = { .topic = EB_SPAN("a/b") };
    struct eb_rule_entry entry = { .rule = 7, .pattern = pattern };
    struct eb_arena compiled;
    eb_arena_init_growing(&compiled, SIZE_MAX);
    struct eb_rule_index *index = eb_rule_index_build(&entry, 1, paths, &compiled, NULL);
    struct eb_fields *fields = eb_fields_read(paths, event, &message, arena);
    if (!index || !fields)
        abort();
    uint32_t rule = 0;
    bool has_more;
    size_t count = eb_rule_index_match(index, fields, arena, &rule, 1, &has_more);
    bool is_match = eb_pattern_match(pattern, fields);
    eb_arena_release(&compiled);
    if (count != is_match || has_more || (is_match && rule != 7))
        return EB_DISAGREEMENT;
    return is_match ? EB_MATCH : EB_NO_MATCH;
}

static enum eb_answer answer(struct eb_span pattern_text, struct eb_span event_text,
    struct eb_arena *compiled, struct eb_arena *arena)
{
    struct eb_doc doc, event;
    struct eb_json_fault fault;
    struct eb_diag_list diags;
    if (eb_json_read(&doc, pattern_text, &eb_json_limits_max, arena, &fault) != EB_JSON_OK)
        return EB_BAD_PATTERN;
    eb_diag_list_init(&diags);
    struct eb_paths *paths = eb_paths_new(compiled);
    struct eb_pattern *pattern = eb_pattern_parse(&doc, 0, paths, compiled, &diags);
    bool is_told = pattern ? diags.errors == 0 : diags.errors > 0;
    eb_diag_list_release(&diags);
    if (!is_told)
        abort();
    if (!pattern)
        return EB_BAD_PATTERN;
    if (!event_text.ptr)
        return EB_NO_MATCH;
    if (eb_json_read(&event, event_text, &eb_json_limits_max, arena, &fault) != EB_JSON_OK)
        return EB_BAD_EVENT;
    return eb_paths_freeze(paths) ? match(paths, pattern, &event, arena) : EB_DISAGREEMENT;
}

enum eb_answer eb_answer(struct eb_span pattern, struct eb_span event)
{
    struct eb_arena compiled, arena;
    eb_arena_init_growing(&compiled, SIZE_MAX);
    if (!eb_arena_init_reserved(&arena, 64 << 20))
        abort();
    enum eb_answer got = answer(pattern, event, &compiled, &arena);
    eb_arena_release(&arena);
    eb_arena_release(&compiled);
    return got;
}
