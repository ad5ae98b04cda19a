#include "explain_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outcome_print.h"
#include "pattern/pattern_write.h"
#include "terminal.h"
#include "json/base64.h"

enum {
    LABEL_WIDTH = 13,
    ALTERNATIVES_MAX = 4, /* of a field; more do not fit a line */
    VALUES_MAX = 4,
    TEXT_BYTES_MAX = 256, /* of one of them */
};

static void print_label(const char *label)
{
    printf("%-*s", LABEL_WIDTH, label);
}

/* A string member, or what stands for it. */
static struct eb_span text_or(
    const struct reply *told, uint32_t object, const char *name, const char *if_none)
{
    struct eb_span text = reply_text(told, object, name);
    return text.ptr ? text : eb_span_of(if_none);
}

/* ---- the event ---- */

static void print_verdict(const struct reply *told, uint32_t object)
{
    struct eb_span verdict = text_or(told, object, "verdict", "?");
    struct eb_span reason = reply_text(told, object, "reason");
    bool is_passed = eb_span_is(verdict, "passed");
    outcome_print_begin(
        "verdict", is_passed || eb_span_is(verdict, "consumed") ? STYLE_GOOD : STYLE_BAD, verdict);
    if (reason.ptr) {
        fputs(": ", stdout);
        print_escaped(stdout, reason);
    }
    fputs(reply_flag(told, object, "watched") ? "\n" : ", nobody watches this topic\n", stdout);
    if (reply_flag(told, object, "unknown_topic") && is_passed) {
        outcome_print_begin("warning", STYLE_WARN, eb_span_of("no contract covers this topic"));
        putchar('\n');
    }
    if (reply_flag(told, object, "unreadable")) {
        outcome_print_begin("warning", STYLE_WARN,
            eb_span_of("the payload is not JSON, or over a limit: rules that look into it do not "
                       "match"));
        putchar('\n');
    }
}

static void print_fault(const struct reply *told, uint32_t fault)
{
    struct eb_span place = reply_text(told, fault, "instanceLocation");
    struct eb_span keyword = reply_text(told, fault, "keywordLocation");
    print_label("  fault");
    print_escaped(stdout, place.len ? place : eb_span_of("the event"));
    fputs(": ", stdout);
    print_escaped(stdout, text_or(told, fault, "error", "?"));
    if (keyword.len) {
        style(stdout, STYLE_DIM);
        fputs("  by ", stdout);
        print_escaped(stdout, keyword);
        style(stdout, STYLE_PLAIN);
    }
    putchar('\n');
}

static void print_faults(const struct reply *told, uint32_t contract)
{
    uint32_t faults = reply_member(told, contract, "faults", EB_JSON_ARRAY);
    if (faults == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, faults, fault)
    {
        print_fault(told, fault);
    }
    if (reply_flag(told, contract, "more_faults"))
        printf("%*s… and more\n", LABEL_WIDTH, "");
}

static void print_contract(const struct reply *told, uint32_t contract)
{
    struct eb_span validity = text_or(told, contract, "validity", "?");
    struct eb_span reason = reply_text(told, contract, "reason");
    struct eb_span candidate = reply_text(told, contract, "candidate");
    outcome_print_begin("contract", STYLE_BOLD, text_or(told, contract, "contract", "?"));
    fputs(" (", stdout);
    print_escaped(stdout, text_or(told, contract, "schema", "CloudEvents 1.0"));
    fputs("): ", stdout);
    style(stdout, eb_span_is(validity, "valid") ? STYLE_GOOD : STYLE_BAD);
    print_escaped(stdout, validity);
    style(stdout, STYLE_PLAIN);
    if (reason.ptr && !eb_span_is(reason, "schema")) {
        fputs(", ", stdout);
        print_escaped(stdout, reason);
    }
    if (candidate.ptr) {
        fputs("; candidate ", stdout);
        print_escaped(stdout, candidate);
        fputs(reply_flag(told, contract, "candidate_valid") ? ": valid" : ": invalid", stdout);
    }
    putchar('\n');
    print_faults(told, contract);
}

static void print_contracts(const struct reply *told, uint32_t object)
{
    uint32_t contracts = reply_member(told, object, "contracts", EB_JSON_ARRAY);
    if (contracts == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, contracts, contract)
    {
        print_contract(told, contract);
    }
}

/* ---- fields ---- */

/* The first few of a list of values, and how many more there are. */
static uint64_t print_values(
    const struct reply *told, uint32_t field, const char *member, const char *between, uint32_t max)
{
    uint64_t count = 0;
    uint32_t list = reply_member(told, field, member, EB_JSON_ARRAY);
    if (list == EB_NO_TOKEN)
        return 0;
    EB_DOC_EACH_ELEMENT(&told->doc, list, value)
    {
        struct eb_span source = eb_doc_source(&told->doc, value);
        if (count++ >= max)
            continue;
        fputs(count > 1 ? between : "", stdout);
        print_escaped(
            stdout, source.len <= TEXT_BYTES_MAX ? source : eb_span_of("(too long to show)"));
    }
    return count;
}

static void print_field(const struct reply *told, uint32_t field)
{
    fputs("expected ", stdout);
    uint64_t expected = print_values(told, field, "expected", " or ", ALTERNATIVES_MAX) +
                        reply_number(told, field, "more_expected");
    if (expected > ALTERNATIVES_MAX)
        printf(" or %" PRIu64 " more", expected - ALTERNATIVES_MAX);
    fputs(", got ", stdout);
    uint64_t seen = print_values(told, field, "seen", ", ", VALUES_MAX) +
                    reply_number(told, field, "more_seen");
    if (seen > VALUES_MAX)
        printf(" and %" PRIu64 " more", seen - VALUES_MAX);
    else if (seen == 0)
        fputs("nothing", stdout);
    if (eb_span_is(reply_text(told, field, "why"), "apart"))
        fputs(", not in the array's element that the fields before it match in", stdout);
}

/* What is said when it is about no field. */
static const char *sentence_of(struct eb_span why)
{
    static const struct {
        const char *why, *sentence;
    } sentences[] = {
        { "apart", "no branch of an $or matches in the array's element that the fields before it "
                   "match in" },
        { "payload", "the payload is not a JSON object, or over a limit" },
        { "steps", "gave up: matching takes more steps than an event may" },
    };
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        if (eb_span_is(why, sentences[i].why))
            return sentences[i].sentence;
    }
    return "?";
}

static void print_mismatch(const struct reply *told, uint32_t field)
{
    struct eb_span name = reply_text(told, field, "field");
    if (name.ptr) {
        print_escaped(stdout, name);
        fputs(": ", stdout);
        print_field(told, field);
    } else {
        fputs(sentence_of(reply_text(told, field, "why")), stdout);
    }
}

static void print_mismatches(const struct reply *told, uint32_t rule)
{
    uint32_t fields = reply_member(told, rule, "fields", EB_JSON_ARRAY);
    if (fields == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, fields, field)
    {
        print_label(field == fields + 1 ? "  because" : "  and");
        print_mismatch(told, field);
        putchar('\n');
    }
    if (reply_flag(told, rule, "more_fields"))
        printf("%-*s… and so on for each branch of its $or\n", LABEL_WIDTH, "");
}

/* ---- targets ---- */

static void print_properties(const struct reply *told, uint32_t target)
{
    struct eb_span type = reply_text(told, target, "content_type");
    uint64_t expiry_s = reply_number(told, target, "expiry_s");
    uint32_t list = reply_member(told, target, "user_properties", EB_JSON_ARRAY);
    if (type.ptr) {
        outcome_print_begin("  type", STYLE_DIM, type);
        putchar('\n');
    }
    if (expiry_s)
        printf("%-*s%" PRIu64 " s\n", LABEL_WIDTH, "  expiry", expiry_s);
    if (list == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, list, pair)
    {
        const struct eb_doc *doc = &told->doc;
        bool is_pair = eb_doc_type(doc, pair) == EB_JSON_ARRAY && doc->tokens[pair].count == 2 &&
                       eb_doc_type(doc, pair + 1) == EB_JSON_STRING &&
                       eb_doc_type(doc, pair + 2) == EB_JSON_STRING;
        if (!is_pair)
            continue;
        outcome_print_begin("  property", STYLE_DIM, eb_doc_string(doc, pair + 1, told->arena));
        putchar('=');
        print_escaped(stdout, eb_doc_string(doc, pair + 2, told->arena));
        putchar('\n');
    }
}

static void print_payload(const struct reply *told, uint32_t target)
{
    bool is_exhausted;
    uint32_t payload = reply_member(told, target, "payload", EB_JSON_OBJECT);
    struct eb_span value = reply_text(told, payload, "value");
    if (value.ptr && eb_span_is(reply_text(told, payload, "encoding"), "base64"))
        value = eb_base64_decode(value, told->arena, &is_exhausted);
    outcome_print_begin("  payload", STYLE_PLAIN, value);
    putchar('\n');
}

static void print_copy(const struct reply *told, uint32_t target)
{
    struct eb_span kind = reply_text(told, target, "kind");
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, reply_text(told, target, "topic"));
    style(stdout, STYLE_PLAIN);
    printf("  qos %" PRIu64 "%s", reply_number(told, target, "qos"),
        reply_flag(told, target, "retain") ? ", retained" : "");
    if (eb_span_is(kind, "shadow"))
        fputs(", not published: the rule is a shadow", stdout);
    else if (eb_span_is(kind, "withheld"))
        fputs(", not published: it passes the bus again, and is refused or consumed there", stdout);
    else if (reply_flag(told, target, "passes_again"))
        fputs(", and passes the bus again", stdout);
    putchar('\n');
    print_properties(told, target);
    print_payload(told, target);
}

static void print_target(const struct reply *told, uint32_t target)
{
    struct eb_span error = reply_text(told, target, "error");
    printf("  target %-*" PRIu64, LABEL_WIDTH - 9, reply_number(told, target, "target"));
    if (!error.ptr) {
        print_copy(told, target);
        return;
    }
    style(stdout, STYLE_BAD);
    fputs("no copy", stdout);
    style(stdout, STYLE_PLAIN);
    fputs(": ", stdout);
    print_escaped(stdout, error);
    putchar('\n');
}

static void print_targets(const struct reply *told, uint32_t rule)
{
    uint32_t targets = reply_member(told, rule, "targets", EB_JSON_ARRAY);
    if (targets == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, targets, target)
    {
        print_target(told, target);
    }
}

/* ---- rules ---- */

/* A line of a .jsonl, not a file of its own. */
static bool is_one_of_many(struct eb_span file)
{
    return file.len && file.ptr[file.len - 1] == 'l';
}

static void print_name(
    const char *label, enum style how, struct eb_span name, struct eb_span file, uint64_t line)
{
    outcome_print_begin(label, how, name);
    style(stdout, STYLE_DIM);
    fputs("  ", stdout);
    print_escaped(stdout, file);
    if (is_one_of_many(file))
        printf(":%" PRIu64, line);
    style(stdout, STYLE_PLAIN);
}

static void print_rule_name(
    const char *label, enum style how, const struct reply *told, uint32_t rule)
{
    print_name(label, how, text_or(told, rule, "rule", "?"), text_or(told, rule, "file", ""),
        reply_number(told, rule, "line"));
}

static void print_filters(const struct reply *told, uint32_t rule)
{
    const char *before = ": it watches ";
    uint32_t from = reply_member(told, rule, "from", EB_JSON_ARRAY);
    if (from == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, from, filter)
    {
        fputs(before, stdout);
        if (eb_doc_type(&told->doc, filter) == EB_JSON_STRING)
            print_escaped(stdout, eb_doc_string(&told->doc, filter, told->arena));
        before = ", ";
    }
}

/* Why it did not match, where it is not a field. `counts` is what is said of all rules. */
static void print_answer(const struct reply *told, uint32_t rule, uint32_t counts)
{
    struct eb_span answer = reply_text(told, rule, "answer");
    if (eb_span_is(answer, "left-out")) {
        printf(": it would, but the event has more targets than the limit of %" PRIu64,
            reply_number(told, counts, "targets_max"));
    } else if (eb_span_is(answer, "takes-no-empty")) {
        fputs(": the payload is empty, and the rule does not say \"empty\": true", stdout);
    } else if (eb_span_is(answer, "not-watching")) {
        print_filters(told, rule);
    } else if (eb_span_is(answer, "not-asked")) {
        fputs(": ", stdout);
        print_escaped(stdout, reply_text(told, counts, "not_asked"));
    }
}

static void print_rules(
    const struct reply *told, uint32_t explanation, const char *member, uint32_t counts)
{
    uint32_t list = reply_member(told, explanation, member, EB_JSON_ARRAY);
    if (list == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, list, rule)
    {
        bool has_matched = eb_span_is(reply_text(told, rule, "answer"), "matched");
        print_rule_name(has_matched ? "matched" : "no match", has_matched ? STYLE_GOOD : STYLE_WARN,
            told, rule);
        print_answer(told, rule, counts);
        putchar('\n');
        print_mismatches(told, rule);
        print_targets(told, rule);
    }
}

static void print_matched(const struct reply *told, uint32_t counts)
{
    uint64_t watching = reply_number(told, counts, "watching");
    uint64_t shadows = reply_number(told, counts, "shadows");
    printf("%" PRIu64 " of %" PRIu64 " that watch%s this topic matched",
        reply_number(told, counts, "matched"), watching, watching == 1 ? "es" : "");
    if (shadows)
        printf(", and %" PRIu64 " shadow%s", shadows, shadows == 1 ? "" : "s");
}

static void print_rule_count(const struct reply *told, uint32_t counts)
{
    struct eb_span not_asked = reply_text(told, counts, "not_asked");
    print_label("rules");
    if (reply_number(told, counts, "watching") == 0) {
        fputs("none watches this topic", stdout);
    } else if (not_asked.ptr) {
        fputs("not asked: ", stdout);
        print_escaped(stdout, not_asked);
    } else {
        print_matched(told, counts);
    }
    putchar('\n');
}

/* ---- copies that passed again ---- */

/* Targets stand together by rule. */
static void print_targets_by_rule(const struct reply *told, uint32_t pass)
{
    struct eb_span before = { NULL, 0 };
    uint32_t targets = reply_member(told, pass, "targets", EB_JSON_ARRAY);
    if (targets == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, targets, target)
    {
        struct eb_span rule = reply_text(told, target, "rule");
        if (!rule.ptr)
            continue;
        if (!before.ptr || !eb_span_equal(before, rule)) {
            print_rule_name("matched", STYLE_GOOD, told, target);
            putchar('\n');
        }
        before = rule;
        print_target(told, target);
    }
}

static void print_pass(const struct reply *told, uint32_t pass)
{
    struct eb_span reason = reply_text(told, pass, "reason");
    uint64_t matched = reply_number(told, pass, "matched");
    outcome_print_begin("again", STYLE_BOLD, text_or(told, pass, "topic", "?"));
    fputs(", by ", stdout);
    print_escaped(stdout, text_or(told, pass, "rule", "?"));
    fputs(": ", stdout);
    print_escaped(stdout, text_or(told, pass, "verdict", "?"));
    if (reason.ptr) {
        fputs(": ", stdout);
        print_escaped(stdout, reason);
    }
    printf(", %" PRIu64 " rule%s matched\n", matched, matched == 1 ? "" : "s");
    print_contracts(told, pass);
    print_targets_by_rule(told, pass);
}

static void print_passes(const struct reply *told, uint32_t explanation)
{
    uint32_t passes = reply_member(told, explanation, "again", EB_JSON_ARRAY);
    if (passes == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, passes, pass)
    {
        print_pass(told, pass);
    }
}

static void print_letters(const struct reply *told, uint32_t explanation)
{
    uint32_t letters = reply_member(told, explanation, "letters", EB_JSON_ARRAY);
    if (letters == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&told->doc, letters, letter)
    {
        if (eb_doc_type(&told->doc, letter) != EB_JSON_STRING)
            continue;
        outcome_print_begin(
            "dead letter", STYLE_BAD, eb_doc_string(&told->doc, letter, told->arena));
        putchar('\n');
    }
}

/* ---- the whole ---- */

static uint32_t count_of(const struct reply *told, uint32_t explanation, const char *member)
{
    uint32_t list = reply_member(told, explanation, member, EB_JSON_ARRAY);
    return list == EB_NO_TOKEN ? 0 : told->doc.tokens[list].count;
}

void explanation_print(const struct reply *told, uint32_t explanation)
{
    uint32_t counts = reply_member(told, explanation, "rules", EB_JSON_OBJECT);
    uint64_t untold = reply_number(told, explanation, "untold");
    bool was_asked = !reply_text(told, counts, "not_asked").ptr;
    uint32_t rules = count_of(told, explanation, "matched") + count_of(told, explanation, "others");
    print_verdict(told, explanation);
    print_contracts(told, explanation);
    if (reply_flag(told, explanation, "watched"))
        print_rule_count(told, counts);
    if (was_asked || rules == 1) {
        print_rules(told, explanation, "matched", counts);
        print_rules(told, explanation, "others", counts);
    }
    if (untold && was_asked)
        printf("%-*s… and %" PRIu64 " more that did not match; --all tells them, --rule NAME one\n",
            LABEL_WIDTH, "", untold);
    print_passes(told, explanation);
    print_letters(told, explanation);
}

/* ---- how a rule is indexed ---- */

static void print_json(struct eb_json_writer *out)
{
    struct eb_span text = eb_json_writer_finish(out);
    print_escaped(stdout, text.ptr ? text : eb_span_of("(too long to show)"));
}

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
    const struct eb_rule *rule = filing->rule;
    print_name("rule", STYLE_BOLD, rule->name, eb_span_of(rule->file), rule->line);
    putchar('\n');
    for (uint32_t i = 0; i < filing->rule->from_count; i++)
        print_watch(filing, &filing->watches[i], scratch);
    print_trial(filing);
}
