#include "bus/lint.h"

#include "base/limits.h"
#include "bus/linter.h"
#include "schema/ignored.h"
#include "topic/filter.h"
#include "json/reader.h"

enum eb_severity eb_lint_severity(const struct eb_linter *linter, enum eb_severity severity)
{
    return linter->is_strict ? EB_ERROR : severity;
}

bool eb_lint_is_enforced(const struct eb_contract *contract)
{
    return contract->on_violation != EB_OBSERVE && !contract->delivers_on_error;
}

bool eb_lint_read_rule(
    struct eb_linter *linter, uint32_t rule, struct eb_arena *arena, struct eb_doc *doc)
{
    const struct eb_entry_text *entry = &linter->configuration->rules[rule];
    return eb_json_read_file(
        doc, entry->text, entry->file, entry->first_line, arena, linter->diags);
}

uint32_t eb_lint_member(const struct eb_doc *doc, const char *name)
{
    uint32_t token = eb_doc_member(doc, 0, name);
    return token == EB_NO_TOKEN ? 0 : token;
}

uint32_t eb_lint_topic_token(const struct eb_doc *doc, uint32_t target)
{
    uint32_t element = eb_lint_member(doc, "to") + 1;
    while (target-- > 0)
        element = doc->tokens[element].next;
    return eb_doc_member(doc, element, "topic");
}

/* ---- which contracts cover a filter ---- */

/*
 * A filter, taken for a topic, is matched by every filter that covers it, for its wildcards are
 * levels that only wildcards match; and by some that don't, which are left out.
 */
static bool find_cover(struct eb_linter *linter, uint32_t filter, struct eb_lint_cover *cover)
{
    const struct eb_snapshot *snapshot = linter->snapshot;
    struct eb_span text = linter->filters[filter];
    size_t count = eb_trie_match(snapshot->trie, text, NULL, 0), room = 0;
    uint32_t *numbers = EB_ARENA_ARRAY(&linter->arena, uint32_t, count);
    if (!numbers)
        return false;
    eb_trie_match(snapshot->trie, text, numbers, count);
    for (size_t i = 0; i < count; i++)
        room += snapshot->watches[numbers[i]].contract_count;
    uint32_t *contracts = EB_ARENA_ARRAY(&linter->arena, uint32_t, room);
    if (!contracts)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct eb_watch *watch = &snapshot->watches[numbers[i]];
        if (watch->contract_count && !eb_filter_covers(linter->filters[numbers[i]], text))
            continue;
        for (uint32_t j = 0; j < watch->contract_count; j++)
            contracts[cover->count++] = watch->contracts[j];
    }
    cover->contracts = contracts;
    return true;
}

static bool find_covers(struct eb_linter *linter)
{
    const struct eb_snapshot *snapshot = linter->snapshot;
    struct eb_lint_cover *covers =
        EB_ARENA_ARRAY(&linter->arena, struct eb_lint_cover, snapshot->watch_count);
    linter->filters = eb_trie_filters(snapshot->trie, &linter->arena);
    if (!covers || !linter->filters)
        return false;
    linter->covers = covers;
    for (uint32_t i = 0; i < snapshot->watch_count; i++) {
        if (snapshot->watches[i].rules && !find_cover(linter, i, &covers[i]))
            return false;
    }
    return true;
}

static void look_at_schemas(struct eb_linter *linter)
{
    eb_schema_report_ignored(
        linter->snapshot->library, eb_lint_severity(linter, EB_WARNING), linter->diags);
}

void eb_lint(const struct eb_configuration *configuration, const struct eb_snapshot *snapshot,
    bool is_strict, struct eb_diag_list *diags)
{
    static void (*const parts[])(struct eb_linter *) = {
        eb_lint_reach,
        eb_lint_closed,
        eb_lint_rules,
        eb_lint_topics,
        eb_lint_values,
        look_at_schemas,
    };
    struct eb_linter linter = {
        .configuration = configuration,
        .snapshot = snapshot,
        .diags = diags,
        .is_strict = is_strict,
        .steps = EB_INQUIRY_ALL_STEPS_MAX,
    };
    eb_arena_init_growing(&linter.arena, SIZE_MAX);
    if (!find_covers(&linter))
        eb_diag_add_out_of_memory(diags);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !diags->is_out_of_memory; i++)
        parts[i](&linter);
    eb_diag_release_arena(diags, &linter.arena);
}
