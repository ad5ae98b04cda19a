#include "bus/verdict_line.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "bus/snapshot.h"
#include "topic/filter.h"

/* ---- which ---- */

static bool has_rule(const struct eb_outcome *outcome, struct eb_span name)
{
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_rule *rule = outcome->dispatches[i].rule;
        if (rule && eb_span_equal(rule->name, name))
            return true;
    }
    return false;
}

bool eb_verdict_filter_takes(const struct eb_verdict_filter *filter,
    const struct eb_message *message, const struct eb_outcome *outcome)
{
    return (!filter->has_verdict || filter->verdict == outcome->verdict) &&
           (!filter->client_id.ptr || eb_span_equal(filter->client_id, message->client_id)) &&
           (!filter->topic.ptr || eb_filter_matches(filter->topic, message->topic)) &&
           (!filter->rule.ptr || has_rule(outcome, filter->rule));
}

/* ---- what ---- */

enum {
    TEXT_BYTES = 512,
    CONTRACTS = 4,
    FAULTS = 3,
    RULES = 16,
};

static void write_text(struct eb_json_writer *out, const char *name, struct eb_span text)
{
    if (text.len <= TEXT_BYTES) {
        eb_json_member_string(out, name, text);
        return;
    }
    eb_json_write_name(out, eb_span_of(name));
    eb_json_open_string(out);
    eb_json_write_string_part(out, eb_utf8_cut(text, TEXT_BYTES));
    eb_json_write_string_part(out, eb_span_of("…"));
    eb_json_close_string(out);
}

static void write_more(struct eb_json_writer *out, const char *name, uint32_t all, uint32_t shown)
{
    if (all > shown)
        eb_json_member_int(out, name, all - shown);
}

static bool is_confidential(const struct eb_outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        if (outcome->judgements[i].contract->is_confidential)
            return true;
    }
    return false;
}

static void write_contract(
    struct eb_json_writer *out, const struct eb_judgement *judgement, bool is_confidential)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "name", judgement->contract->name);
    write_text(out, "schema", judgement->schema);
    eb_json_member_bool(out, "valid", judgement->reason == EB_REASON_NONE);
    eb_json_member_array(out, "faults");
    for (uint32_t i = 0; i < judgement->fault_count && i < FAULTS; i++) {
        const struct eb_fault *fault = &judgement->faults[i];
        eb_json_open_object(out);
        write_text(out, "instanceLocation", fault->instance_location);
        write_text(out, "keywordLocation", fault->keyword_location);
        if (!is_confidential)
            write_text(out, "error", fault->error);
        eb_json_close_object(out);
    }
    eb_json_close_array(out);
    eb_json_close_object(out);
}

static void write_contracts(struct eb_json_writer *out, const struct eb_outcome *outcome)
{
    bool hides_values = is_confidential(outcome);
    eb_json_member_array(out, "contracts");
    for (uint32_t i = 0; i < outcome->judgement_count && i < CONTRACTS; i++)
        write_contract(out, &outcome->judgements[i], hides_values);
    eb_json_close_array(out);
    write_more(out, "moreContracts", outcome->judgement_count, CONTRACTS);
}

/* What came of a rule's targets. */
struct tally {
    const struct eb_rule *rule;
    uint32_t published, failed, withheld;
};

static void tally_dispatch(struct tally *tally, const struct eb_dispatch *dispatch)
{
    switch (dispatch->kind) {
    case EB_COPY: tally->published++; break;
    case EB_DEAD_LETTER:
    case EB_LEFT_OUT: tally->failed++; break;
    case EB_WITHHELD:
    case EB_SHADOW: tally->withheld++; break;
    case EB_REPORT: break;
    }
}

/* The tally of `rule`, in the order of the first of each; NULL: there is no room for it. */
static struct tally *find_tally(struct tally *tallies, uint32_t *count, const struct eb_rule *rule)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (tallies[i].rule == rule)
            return &tallies[i];
    }
    if (*count == RULES)
        return NULL;
    tallies[*count] = (struct tally){ .rule = rule };
    return &tallies[(*count)++];
}

static void write_rules(struct eb_json_writer *out, const struct eb_outcome *outcome)
{
    struct tally tallies[RULES];
    uint32_t count = 0;
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &outcome->dispatches[i];
        struct tally *tally = dispatch->rule ? find_tally(tallies, &count, dispatch->rule) : NULL;
        if (tally)
            tally_dispatch(tally, dispatch);
    }
    eb_json_member_array(out, "rules");
    for (uint32_t i = 0; i < count; i++) {
        eb_json_open_object(out);
        eb_json_member_string(out, "name", tallies[i].rule->name);
        eb_json_member_int(out, "published", tallies[i].published);
        eb_json_member_int(out, "failed", tallies[i].failed);
        if (tallies[i].withheld)
            eb_json_member_int(out, "withheld", tallies[i].withheld);
        eb_json_close_object(out);
    }
    eb_json_close_array(out);
    write_more(out, "moreRules", outcome->rule_count + outcome->shadow_count, count);
}

static uint32_t count_letters(const struct eb_outcome *outcome)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < outcome->dispatch_count; i++)
        count += outcome->dispatches[i].kind == EB_DEAD_LETTER;
    return count;
}

void eb_verdict_line_write(
    const struct eb_message *message, const struct eb_outcome *outcome, struct eb_json_writer *out)
{
    char time[EB_TIME_LEN];
    bool has_reason = outcome->reason != EB_REASON_NONE;
    eb_time_write(message->received_us, time);
    eb_json_open_object(out);
    eb_json_member_string(out, "time", eb_span(time, EB_TIME_LEN));
    write_text(out, "topic", message->topic);
    write_text(out, "client", message->client_id);
    write_text(out, "username", message->username);
    eb_json_member_int(out, "qos", message->qos);
    eb_json_member_bool(out, "retain", message->is_retain);
    eb_json_member_bool(out, "will", message->is_will);
    eb_json_member_int(out, "bytes", (int64_t)message->payload.len);
    eb_json_member_string(out, "verdict", eb_span_of(eb_verdict_name(outcome->verdict)));
    eb_json_member_string(
        out, "reason", has_reason ? eb_span_of(eb_reason_name(outcome->reason)) : eb_span(NULL, 0));
    write_contracts(out, outcome);
    write_rules(out, outcome);
    eb_json_member_int(out, "deadLetters", count_letters(outcome));
    eb_json_close_object(out);
}
