#include "explain_print.h"

#include <stdio.h>
#include <string.h>

#include "outcome_print.h"
#include "pattern/pattern_write.h"
#include "terminal.h"

enum {
    LABEL_WIDTH = 13,
    ALTERNATIVES_MAX = 4, /* of a field; more do not fit a line */
    VALUES_MAX = 4,
    TEXT_BYTES_MAX = 256, /* of one of them */
};

/* ---- fields ---- */

static void print_json(struct eb_json_writer *out)
{
    struct eb_span text = eb_json_writer_finish(out);
    print_escaped(stdout, text.ptr ? text : eb_span_of("(too long to show)"));
}

static void print_expected(const struct eb_predicates *expected)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(expected);
    struct eb_predicate one;
    uint32_t count = 0;
    for (; eb_predicates_next(&cursor, &one); count++) {
        char text[TEXT_BYTES_MAX];
        struct eb_json_writer out;
        if (count >= ALTERNATIVES_MAX)
            continue;
        fputs(count ? " or " : "", stdout);
        eb_json_writer_init(&out, text, sizeof text);
        eb_predicate_write(&one, &out);
        print_json(&out);
    }
    if (count > ALTERNATIVES_MAX)
        printf(" or %u more", count - ALTERNATIVES_MAX);
}

static void print_seen(const struct eb_path_fields *seen)
{
    const struct eb_field *field = &seen->first;
    for (uint32_t i = 0; field && i < VALUES_MAX; i++, field = field->next) {
        char text[TEXT_BYTES_MAX];
        struct eb_json_writer out;
        fputs(i ? ", " : "", stdout);
        eb_json_writer_init(&out, text, sizeof text);
        eb_value_write(&field->value, &out);
        print_json(&out);
    }
    if (field)
        printf(" and %u more", seen->count - VALUES_MAX);
}

static void print_field(const struct eb_mismatch *mismatch)
{
    fputs("expected ", stdout);
    print_expected(&mismatch->expected);
    fputs(", got ", stdout);
    if (mismatch->seen)
        print_seen(mismatch->seen);
    else
        fputs("nothing", stdout);
    if (mismatch->kind == EB_MISMATCH_APART)
        fputs(", not in the array's element that the fields before it match in", stdout);
}

static void print_mismatch(const struct eb_mismatch *mismatch)
{
    static const char *const sentences[] = {
        [EB_MISMATCH_APART] = ("no branch of an $or matches in the array's element that the fields "
                               "before it match in"),
        [EB_MISMATCH_PAYLOAD] = "the payload is not a JSON object, or over a limit",
        [EB_MISMATCH_STEPS] = "gave up: matching takes more steps than an event may",
    };
    if (mismatch->field.ptr) {
        print_escaped(stdout, mismatch->field);
        fputs(": ", stdout);
        print_field(mismatch);
    } else {
        fputs(sentences[mismatch->kind], stdout);
    }
}

static void print_mismatches(const struct eb_rule_explanation *rule)
{
    for (const struct eb_mismatch *mismatch = rule->mismatches; mismatch;
         mismatch = mismatch->next) {
        printf("%-*s", LABEL_WIDTH, mismatch == rule->mismatches ? "  because" : "  and");
        print_mismatch(mismatch);
        putchar('\n');
    }
    if (rule->has_more_mismatches)
        printf("%-*s… and so on for each branch of its $or\n", LABEL_WIDTH, "");
}

/* ---- rules ---- */

/* A line of a .jsonl, not a file of its own. */
static bool is_one_of_many(const struct eb_rule *rule)
{
    size_t len = strlen(rule->file);
    return len && rule->file[len - 1] == 'l';
}

static void print_rule_name(const char *label, enum style how, const struct eb_rule *rule)
{
    outcome_print_begin(label, how, rule->name);
    style(stdout, STYLE_DIM);
    fputs("  ", stdout);
    print_escaped(stdout, eb_span_of(rule->file));
    if (is_one_of_many(rule))
        printf(":%u", rule->line);
    style(stdout, STYLE_PLAIN);
}

static void print_filters(const struct eb_rule_explanation *rule)
{
    for (uint32_t i = 0; i < rule->rule->from_count; i++) {
        fputs(i ? ", " : "", stdout);
        print_escaped(stdout, rule->from[i]);
    }
}

static void print_copy(const struct eb_dispatch *dispatch)
{
    const struct eb_publish *publish = &dispatch->publish;
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, publish->topic);
    style(stdout, STYLE_PLAIN);
    printf("  qos %u%s", publish->qos, publish->is_retain ? ", retained" : "");
    if (dispatch->kind == EB_SHADOW)
        fputs(", not published: the rule is a shadow", stdout);
    else if (dispatch->kind == EB_WITHHELD)
        fputs(", not published: it passes the bus again, and is refused or consumed there", stdout);
    else if (dispatch->hop)
        fputs(", and passes the bus again", stdout);
    putchar('\n');
    outcome_print_content(publish);
}

static void print_failure(const struct eb_fault *fault)
{
    style(stdout, STYLE_BAD);
    fputs("no copy", stdout);
    style(stdout, STYLE_PLAIN);
    fputs(": ", stdout);
    print_escaped(stdout, fault->error);
    putchar('\n');
}

static void print_target(const struct eb_dispatch *dispatch)
{
    printf("  target %-*u", LABEL_WIDTH - 9, dispatch->target);
    if (dispatch->fault)
        print_failure(dispatch->fault);
    else
        print_copy(dispatch);
}

static void print_targets(const struct eb_rule_explanation *rule)
{
    for (uint32_t i = 0; i < rule->dispatch_count; i++)
        print_target(&rule->dispatches[i]);
}

static void print_rule(
    const struct eb_explanation *explanation, const struct eb_rule_explanation *rule)
{
    bool has_matched = rule->answer == EB_RULE_MATCHED;
    print_rule_name(
        has_matched ? "matched" : "no match", has_matched ? STYLE_GOOD : STYLE_WARN, rule->rule);
    switch (rule->answer) {
    case EB_RULE_MATCHED: break;
    case EB_RULE_LEFT_OUT:
        printf(": it would, but the event has more targets than the limit of %u",
            explanation->snapshot->settings.targets_max);
        break;
    case EB_RULE_TAKES_NO_EMPTY:
        fputs(": the payload is empty, and the rule does not say \"empty\": true", stdout);
        break;
    case EB_RULE_NOT_WATCHING:
        fputs(": it watches ", stdout);
        print_filters(rule);
        break;
    case EB_RULE_NOT_ASKED: printf(": %s", explanation->why_not_asked); break;
    case EB_RULE_MISSED: break;
    }
    putchar('\n');
    print_mismatches(rule);
    print_targets(rule);
}

static void print_matched(const struct eb_explanation *explanation)
{
    uint32_t watching = explanation->watching_count, shadows = explanation->outcome.shadow_count;
    printf("%u of %u that watch%s this topic matched", explanation->outcome.rule_count, watching,
        watching == 1 ? "es" : "");
    if (shadows)
        printf(", and %u shadow%s", shadows, shadows == 1 ? "" : "s");
    putchar('\n');
}

static void print_rule_count(const struct eb_explanation *explanation)
{
    printf("%-*s", LABEL_WIDTH, "rules");
    if (explanation->watching_count == 0)
        printf("none watches this topic\n");
    else if (explanation->why_not_asked)
        printf("not asked: %s\n", explanation->why_not_asked);
    else
        print_matched(explanation);
}

/* ---- the whole ---- */

/* Letters of targets are told with their rules. */
static void print_letter(const struct eb_outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &outcome->dispatches[i];
        if (dispatch->rule || dispatch->kind != EB_DEAD_LETTER)
            continue;
        outcome_print_begin("dead letter", STYLE_BAD, dispatch->publish.topic);
        putchar('\n');
    }
}

/* ---- copies that passed again ---- */

static void print_pass(const struct eb_explained_pass *pass)
{
    const struct eb_outcome *outcome = pass->outcome;
    outcome_print_begin("again", STYLE_BOLD, pass->copy->publish.topic);
    fputs(", by ", stdout);
    print_escaped(stdout, pass->copy->rule->name);
    printf(": %s", eb_verdict_name(outcome->verdict));
    if (outcome->reason != EB_REASON_NONE)
        printf(": %s", eb_reason_name(outcome->reason));
    printf(", %u rule%s matched\n", outcome->rule_count, outcome->rule_count == 1 ? "" : "s");
    outcome_print_judgements(outcome);
    const struct eb_rule *rule = NULL;
    for (uint32_t i = 0; i < pass->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &pass->dispatches[i];
        if (!dispatch->rule)
            continue;
        if (dispatch->rule != rule) {
            rule = dispatch->rule;
            print_rule_name("matched", STYLE_GOOD, rule);
            putchar('\n');
        }
        print_target(dispatch);
    }
}

void explanation_print(const struct eb_explanation *explanation)
{
    const struct eb_outcome *outcome = &explanation->outcome;
    outcome_print_verdict(outcome);
    outcome_print_judgements(outcome);
    if (outcome->is_watched)
        print_rule_count(explanation);
    if (!explanation->why_not_asked || explanation->rule_count == 1) {
        for (uint32_t i = 0; i < explanation->rule_count; i++)
            print_rule(explanation, &explanation->rules[i]);
    }
    if (explanation->untold_count && !explanation->why_not_asked)
        printf("%-*s… and %u more that did not match; --all tells them, --rule NAME one\n",
            LABEL_WIDTH, "", explanation->untold_count);
    for (uint32_t i = 0; i < explanation->pass_count; i++)
        print_pass(&explanation->passes[i]);
    print_letter(outcome);
}

/* ---- how a rule is indexed ---- */

/* `type` is "open" (by value), then … */
static void print_keys(
    const struct eb_rule_filing *filing, const struct eb_rule_key *key, struct eb_arena *scratch)
{
    char text[TEXT_BYTES_MAX];
    struct eb_json_writer out;
    if (key->outer) {
        print_keys(filing, key->outer, scratch);
        fputs(", then ", stdout);
    }
    print_escaped(stdout, eb_paths_text(filing->snapshot->paths, key->path, scratch));
    putchar(' ');
    eb_json_writer_init(&out, text, sizeof text);
    eb_predicate_write(&key->predicate, &out);
    print_json(&out);
    style(stdout, STYLE_DIM);
    printf(" %s", eb_key_kind_text(key->kind));
    style(stdout, STYLE_PLAIN);
}

static void print_others(uint32_t others)
{
    if (others)
        printf("; %u other%s with it", others, others == 1 ? "" : "s");
}

static void print_place(const struct eb_rule_filing *filing, const struct eb_rule_place *place,
    struct eb_arena *scratch)
{
    printf("%-*s", LABEL_WIDTH, "  filed");
    if (place->key)
        print_keys(filing, place->key, scratch);
    if (place->is_always)
        printf("%s", place->key ? ", and tried then" : "nowhere: tried on every event");
    print_others(place->others);
    putchar('\n');
}

static void print_watch(const struct eb_rule_filing *filing, const struct eb_rule_watch *watch,
    struct eb_arena *scratch)
{
    enum { PLACES_MAX = 8 };
    uint32_t count = 0;
    outcome_print_begin("watches", STYLE_BOLD, watch->filter);
    if (watch->rule_count > 1)
        printf(", as %u other rule%s", watch->rule_count - 1, watch->rule_count == 2 ? "" : "s");
    putchar('\n');
    for (const struct eb_rule_place *place = watch->places; place; place = place->next) {
        if (count++ < PLACES_MAX)
            print_place(filing, place, scratch);
    }
    if (count > PLACES_MAX)
        printf("%-*s… and in %u more places\n", LABEL_WIDTH, "", count - PLACES_MAX);
}

static void print_trial(const struct eb_rule_filing *filing)
{
    enum { FIELDS_MAX = 8 };
    printf("%-*s", LABEL_WIDTH, "tried by");
    if (!filing->fields)
        fputs("nothing: it takes every event", stdout);
    for (uint32_t i = 0; filing->fields && i < filing->field_count && i < FIELDS_MAX; i++) {
        const struct eb_rule_field *field = &filing->fields[i];
        fputs(i ? ", " : "", stdout);
        print_escaped(stdout, field->path);
        if (field->alternatives > 1)
            printf(" (%u alternatives)", field->alternatives);
    }
    if (filing->field_count > FIELDS_MAX)
        printf(" and %u more fields", filing->field_count - FIELDS_MAX);
    if (filing->fields)
        printf("; %u bytes", filing->pattern_bytes);
    putchar('\n');
}

void rule_filing_print(const struct eb_rule_filing *filing, struct eb_arena *scratch)
{
    print_rule_name("rule", STYLE_BOLD, filing->rule);
    putchar('\n');
    for (uint32_t i = 0; i < filing->rule->from_count; i++)
        print_watch(filing, &filing->watches[i], scratch);
    print_trial(filing);
}
