/*
 * Rules that another rule covers: wherever they match it matches, too, and makes the same copies,
 * which are then made twice.
 *
 *     rules by their targets ──► those that make the same copies ──► an index of them
 *     each rule's sample event ──► the index: only what matches it can cover the rule ──► compared
 *
 * So rules are compared with the few that could cover them, not with all others.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "bus/linter.h"
#include "pattern/pattern_cover.h"
#include "pattern/rule_index.h"
#include "schema/equal.h"
#include "topic/filter.h"
#include "json/reader.h"

enum {
    CANDIDATES_MAX = 16, /* of one rule */
    FROM_MAX = 64,       /* filters of a rule that is looked at */
    SAMPLE_BYTES_MAX = 64 * 1024,
    WORK_BYTES = 64 * 1024 * 1024, /* address space for one sample, flattened and matched */
};

struct targets {
    uint64_t hash; /* of `to` */
    uint32_t rule;
};

struct covering {
    struct eb_linter *linter;
    struct eb_arena work;    /* reserved: one sample */
    struct eb_arena scratch; /* growing: of one group */
    char *sample;
};

/* ---- rules that make the same copies ---- */

static bool mentions(struct eb_span text, const char *word)
{
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

/* Copies that tell which rule made them are no other rule's; shadows make none. */
static bool is_comparable(const struct eb_rule *rule, struct eb_span to)
{
    return !rule->is_shadow && rule->from_count <= FROM_MAX && !mentions(to, "$rule") &&
           !mentions(to, "provenance");
}

static bool hash_targets(struct eb_linter *linter, uint32_t rule, struct targets *targets)
{
    struct eb_arena arena;
    struct eb_doc doc;
    eb_arena_init_growing(&arena, SIZE_MAX);
    bool is_listed = false;
    if (eb_lint_read_rule(linter, rule, &arena, &doc)) {
        uint32_t to = eb_lint_member(&doc, "to");
        is_listed = is_comparable(&linter->snapshot->rules[rule], eb_doc_source(&doc, to));
        *targets = (struct targets){ eb_value_hash(&doc, to), rule };
    }
    eb_diag_release_arena(linter->diags, &arena);
    return is_listed;
}

static int compare_targets(const void *left, const void *right)
{
    const struct targets *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->rule > b->rule) - (a->rule < b->rule);
}

/* ---- one rule and another ---- */

static bool filters_are_covered(
    const struct eb_linter *linter, const struct eb_rule *inner, const struct eb_rule *outer)
{
    for (uint32_t i = 0; i < inner->from_count; i++) {
        struct eb_span filter = linter->filters[inner->from[i]];
        bool is_covered = false;
        for (uint32_t j = 0; j < outer->from_count && !is_covered; j++)
            is_covered = inner->from[i] == outer->from[j] ||
                         eb_filter_covers(linter->filters[outer->from[j]], filter);
        if (!is_covered)
            return false;
    }
    return true;
}

static bool is_covered(struct covering *covering, uint32_t inner, uint32_t outer)
{
    const struct eb_rule *rules = covering->linter->snapshot->rules;
    const struct eb_rule *a = &rules[inner], *b = &rules[outer];
    return (!a->takes_empty || b->takes_empty) && filters_are_covered(covering->linter, a, b) &&
           eb_pattern_is_covered(a->when, b->when, &covering->work);
}

/* Of two that cover each other the later one is told. */
static bool covers_for_good(struct covering *covering, uint32_t inner, uint32_t outer)
{
    if (inner == outer || !is_covered(covering, inner, outer))
        return false;
    return outer < inner || !is_covered(covering, outer, inner);
}

/* The hashes were the same; are the targets? */
static bool have_same_targets(const struct eb_doc *a, const struct eb_doc *b, struct eb_arena *work)
{
    bool is_exhausted = false;
    return eb_value_equal(
               a, eb_lint_member(a, "to"), b, eb_lint_member(b, "to"), work, &is_exhausted) &&
           !is_exhausted;
}

static void tell(struct covering *covering, uint32_t inner, uint32_t outer)
{
    struct eb_linter *linter = covering->linter;
    const struct eb_rule *by = &linter->snapshot->rules[outer];
    struct eb_arena arena;
    struct eb_doc doc, other;
    eb_arena_init_growing(&arena, SIZE_MAX);
    if (eb_lint_read_rule(linter, inner, &arena, &doc) &&
        eb_lint_read_rule(linter, outer, &arena, &other) &&
        have_same_targets(&doc, &other, &covering->work))
        eb_doc_diag(linter->diags, eb_lint_severity(linter, EB_WARNING), &doc,
            eb_lint_member(&doc, "when"),
            "rule '%.*s' (%s:%u) matches whatever this rule does, and makes the same copies: they "
            "are made twice",
            (int)by->name.len, by->name.ptr, by->file, by->line);
    eb_diag_release_arena(linter->diags, &arena);
}

/* ---- a group ---- */

/* A sample of what the rule matches, flattened; NULL: it cannot be made. */
static const struct eb_fields *read_sample(struct covering *covering, const struct eb_rule *rule)
{
    const struct eb_paths *paths = covering->linter->snapshot->paths;
    static const struct eb_message message = { .topic = EB_SPAN("") };
    struct eb_json_writer out;
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_json_writer_init(&out, covering->sample, SAMPLE_BYTES_MAX);
    eb_pattern_write_sample(rule->when, paths, &covering->work, &out);
    struct eb_span text = eb_json_writer_finish(&out);
    if (!text.ptr || eb_json_read(&doc, text, &eb_json_limits_max, &covering->work, &fault))
        return NULL;
    return eb_fields_read(paths, &doc, &message, &covering->work);
}

static void look_for_cover(
    struct covering *covering, const struct eb_rule_index *index, uint32_t rule)
{
    uint32_t candidates[CANDIDATES_MAX];
    bool has_more;
    eb_arena_reset(&covering->work);
    const struct eb_fields *sample =
        read_sample(covering, &covering->linter->snapshot->rules[rule]);
    size_t count = SIZE_MAX;
    if (sample)
        count = eb_rule_index_match(
            index, sample, &covering->work, candidates, CANDIDATES_MAX, &has_more);
    for (size_t i = 0; count != SIZE_MAX && i < count; i++) {
        if (covers_for_good(covering, rule, candidates[i])) {
            tell(covering, rule, candidates[i]);
            return;
        }
    }
}

static void look_at_group(struct covering *covering, const struct targets *group, size_t count)
{
    struct eb_linter *linter = covering->linter;
    struct eb_rule_entry *entries = calloc(count, sizeof *entries);
    const struct eb_rule_index *index = NULL;
    eb_arena_init_growing(&covering->scratch, SIZE_MAX);
    for (size_t i = 0; entries && i < count; i++)
        entries[i] =
            (struct eb_rule_entry){ group[i].rule, linter->snapshot->rules[group[i].rule].when };
    if (entries)
        index =
            eb_rule_index_build(entries, count, linter->snapshot->paths, &covering->scratch, NULL);
    if (!index)
        eb_diag_add_out_of_memory(linter->diags);
    for (size_t i = 0; index && i < count; i++)
        look_for_cover(covering, index, group[i].rule);
    eb_diag_release_arena(linter->diags, &covering->scratch);
    free(entries);
}

static void look_at_groups(struct covering *covering, const struct targets *targets, size_t count)
{
    size_t end;
    for (size_t start = 0; start < count; start = end) {
        for (end = start + 1; end < count && targets[end].hash == targets[start].hash;)
            end++;
        if (end - start > 1)
            look_at_group(covering, targets + start, end - start);
    }
}

void eb_lint_rules(struct eb_linter *linter)
{
    uint32_t rule_count = linter->snapshot->rule_count;
    struct covering covering = { .linter = linter, .sample = malloc(SAMPLE_BYTES_MAX) };
    struct targets *targets = calloc((size_t)rule_count + 1, sizeof *targets);
    size_t count = 0;
    if (eb_arena_init_reserved(&covering.work, WORK_BYTES) && covering.sample && targets) {
        for (uint32_t i = 0; i < rule_count; i++)
            count += hash_targets(linter, i, &targets[count]);
        qsort(targets, count, sizeof *targets, compare_targets);
        look_at_groups(&covering, targets, count);
    } else {
        eb_diag_add_out_of_memory(linter->diags);
    }
    eb_arena_release(&covering.work);
    free(covering.sample);
    free(targets);
}
