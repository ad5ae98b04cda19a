/*
 * The matcher and the index against the naive oracle, on random sets of rules and events made of
 * what the rules ask for.
 *
 *     test_oracle_pattern [PAIRS]     or $EB_ORACLE_PAIRS: pairs of a set of rules and an event
 */
#include "eb_test.h"

#include <stdlib.h>

#include "oracle/draw_pattern.h"
#include "oracle/naive_pattern.h"
#include "pattern/fields.h"
#include "pattern/rule_index_explain.h"
#include "json/reader.h"

enum {
    PAIRS_QUICK = 10000,
    RULES_MAX = 200,
    EVENTS_PER_SET = 40,
    TEXT_BYTES = 16384,
    WAYS_MAX = 64, /* the naive matcher multiplies out */
};

static uint64_t pairs_wanted = PAIRS_QUICK;

struct rule_set {
    struct eb_arena arena;
    struct eb_paths *paths;
    struct eb_rule_index *index;
    struct eb_doc docs[RULES_MAX];
    struct naive_pattern *naive[RULES_MAX];
    struct eb_rule_entry entries[RULES_MAX];
    uint32_t count;
};

struct tally {
    uint64_t pairs, matching_pairs, events_refused;
};

static void print_rule(const struct rule_set *set, uint32_t rule)
{
    print_error("rule %u: %.*s\n", rule, (int)set->docs[rule].text_len, set->docs[rule].text);
}

/* ---- rules ---- */

static bool read_text(struct eb_doc *doc, struct eb_json_writer *writer, struct eb_arena *arena)
{
    struct eb_json_fault fault;
    struct eb_span text = eb_json_writer_finish(writer);
    if (!text.ptr)
        return false;
    text = eb_arena_copy(arena, text);
    return eb_json_read(doc, text, &eb_json_limits_max, arena, &fault) == EB_JSON_OK;
}

/* False: what was drawn is no pattern, because it names a field twice, or is too much to expand. */
static bool draw_rule(struct rule_set *set, struct pattern_drawer *drawer)
{
    static char text[TEXT_BYTES];
    struct eb_json_writer writer;
    struct eb_diag_list diags;
    struct eb_doc *doc = &set->docs[set->count];
    eb_json_writer_init(&writer, text, sizeof text);
    draw_pattern(drawer, &writer);
    if (!read_text(doc, &writer, &set->arena))
        return false;
    eb_diag_list_init(&diags);
    const struct eb_pattern *pattern = eb_pattern_parse(doc, 0, set->paths, &set->arena, &diags);
    eb_diag_list_release(&diags);
    if (!pattern)
        return false;
    struct naive_pattern *naive = naive_pattern_of(doc, &set->arena);
    if (naive_way_count(naive) > WAYS_MAX)
        return false;
    set->naive[set->count] = naive;
    set->entries[set->count] = (struct eb_rule_entry){ .rule = set->count, .pattern = pattern };
    set->count++;
    return true;
}

/* What explains the index finds every rule in it, under keys that the rule asks for. */
static void check_places(const struct rule_set *set)
{
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    for (uint32_t rule = 0; rule < set->count; rule++) {
        const struct eb_rule_place *place = eb_rule_index_explain(set->index, rule, &arena);
        if (!place)
            print_rule(set, rule);
        assert_non_null(place);
        for (; place; place = place->next) {
            assert_true(place->others < set->count);
            assert_true(place->key || place->is_always);
        }
    }
    assert_null(eb_rule_index_explain(set->index, set->count, &arena));
    eb_arena_release(&arena);
}

static void draw_set(struct rule_set *set, struct pattern_drawer *drawer)
{
    static const uint32_t sizes[] = { 1, 3, 8, 12, 30, 60, 120, RULES_MAX };
    uint32_t size = sizes[eb_draw_below(&drawer->draw, sizeof sizes / sizeof sizes[0])];
    eb_arena_init_growing(&set->arena, SIZE_MAX);
    set->paths = eb_paths_new(&set->arena);
    set->count = 0;
    while (set->count < size)
        draw_rule(set, drawer);
    assert_true(eb_paths_freeze(set->paths));
    set->index = eb_rule_index_build(set->entries, set->count, set->paths, &set->arena, NULL);
    assert_non_null(set->index);
    check_places(set);
}

/* ---- events ---- */

static void check_matcher(const struct rule_set *set, uint32_t rule, const struct eb_fields *fields,
    bool want, const struct eb_doc *event)
{
    bool got = eb_pattern_match(set->entries[rule].pattern, fields);
    if (got == want)
        return;
    print_rule(set, rule);
    fail_msg(
        "event %.*s\nthe matcher says %d, want %d", (int)event->text_len, event->text, got, want);
}

static void check_index(const struct rule_set *set, const struct eb_fields *fields,
    struct eb_arena *arena, const uint32_t *want, size_t want_count, size_t max,
    const struct eb_doc *event)
{
    uint32_t got[RULES_MAX + 1];
    bool has_more;
    size_t count = eb_rule_index_match(set->index, fields, arena, got, max, &has_more);
    size_t common = want_count < max ? want_count : max;
    if (count == common && has_more == (want_count > max) &&
        memcmp(got, want, common * sizeof *got) == 0)
        return;
    for (size_t i = 0, w = 0; i < count || w < want_count;) {
        if (i < count && w < want_count && got[i] == want[w]) {
            i++, w++;
        } else if (i < count && (w >= want_count || got[i] < want[w])) {
            print_error("too many: ");
            print_rule(set, got[i++]);
        } else {
            print_error("missing:  ");
            print_rule(set, want[w++]);
        }
    }
    fail_msg("event %.*s\nmax %zu: the index gives %zu%s of %u rules, want %zu",
        (int)event->text_len, event->text, max, count, has_more ? " and more" : "", set->count,
        want_count);
}

static void check_event(struct rule_set *set, struct pattern_drawer *drawer, struct eb_arena *arena,
    struct tally *tally)
{
    static char text[TEXT_BYTES];
    struct eb_json_writer writer;
    struct eb_doc event;
    uint32_t want[RULES_MAX], want_count = 0;
    eb_json_writer_init(&writer, text, sizeof text);
    size_t drawn = eb_draw_below(&drawer->draw, set->count + set->count / 8 + 1);
    draw_event(drawer, drawn < set->count ? &set->docs[drawn] : NULL, &writer);
    eb_arena_reset(arena);
    if (!read_text(&event, &writer, arena)) {
        tally->events_refused++;
        return;
    }
    struct eb_message message = draw_message(drawer);
    struct naive_event *naive = naive_event_of(&event, &message, arena);
    struct eb_fields *fields =
        eb_rule_index_read_fields(set->index, set->paths, &event, &message, arena);
    assert_non_null(fields);
    for (uint32_t rule = 0; rule < set->count; rule++) {
        bool is_match = naive_match(set->naive[rule], naive, arena);
        check_matcher(set, rule, fields, is_match, &event);
        if (is_match)
            want[want_count++] = rule;
    }
    check_index(set, fields, arena, want, want_count, RULES_MAX, &event);
    check_index(set, fields, arena, want, want_count, eb_draw_below(&drawer->draw, 4), &event);
    tally->pairs++;
    tally->matching_pairs += want_count > 0;
}

/* ---- the run ---- */

static void print_tally(const struct tally *tally, const struct pattern_drawer *drawer)
{
    print_message("%llu pairs of rule set and event, %llu of them (%.0f %%) with a match, %llu "
                  "events with duplicate names left out\n",
        (unsigned long long)tally->pairs, (unsigned long long)tally->matching_pairs,
        100.0 * (double)tally->matching_pairs / (double)tally->pairs,
        (unsigned long long)tally->events_refused);
    for (int i = 0; i < DRAW_OPERATORS; i++)
        print_message("  %-26s %llu\n", draw_operator_name((enum draw_operator)i),
            (unsigned long long)drawer->counts[i]);
}

static void index_and_matcher__agree_with_the_naive_oracle(void **state)
{
    (void)state;
    static struct rule_set set;
    struct pattern_drawer drawer = { .draw = { 20261120 } };
    struct tally tally = { 0 };
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 64 << 20));
    while (tally.pairs < pairs_wanted) {
        draw_set(&set, &drawer);
        for (int i = 0; i < EVENTS_PER_SET; i++)
            check_event(&set, &drawer, &arena, &tally);
        eb_arena_release(&set.arena);
    }
    eb_arena_release(&arena);
    print_tally(&tally, &drawer);
    assert_true(tally.matching_pairs * 10 >= tally.pairs * 3);
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : getenv("EB_ORACLE_PAIRS");
    if (wanted)
        pairs_wanted = strtoull(wanted, NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_and_matcher__agree_with_the_naive_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
