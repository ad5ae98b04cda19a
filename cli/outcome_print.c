#include "outcome_print.h"

#include <stdio.h>

#include "base/utf8.h"
#include "bus/snapshot.h"
#include "json_line.h"
#include "terminal.h"

/* ---- for people ---- */

enum { LABEL_WIDTH = 13 };

static void begin(const char *label, enum style how, struct eb_span text)
{
    printf("%-*s", LABEL_WIDTH, label);
    style(stdout, how);
    print_escaped(stdout, text);
    style(stdout, STYLE_PLAIN);
}

static void print_line(const char *label, enum style how, struct eb_span text)
{
    begin(label, how, text);
    putchar('\n');
}

static enum style style_of(enum eb_verdict verdict)
{
    return verdict <= EB_CONSUMED ? STYLE_GOOD : STYLE_BAD;
}

static void print_verdict(const struct eb_outcome *outcome)
{
    begin("verdict", style_of(outcome->verdict), eb_span_of(eb_verdict_name(outcome->verdict)));
    if (outcome->reason != EB_REASON_NONE)
        printf(": %s", eb_reason_name(outcome->reason));
    if (!outcome->is_watched)
        fputs(", nobody watches this topic", stdout);
    putchar('\n');
    if (outcome->is_unknown_topic && outcome->verdict == EB_PASSED)
        print_line("warning", STYLE_WARN, eb_span_of("no contract covers this topic"));
    if (outcome->is_unreadable)
        print_line("warning", STYLE_WARN,
            eb_span_of("the payload is not JSON, or over a limit: rules that look into it do not "
                       "match"));
}

static const char *validity_name(const struct eb_judgement *judgement)
{
    return judgement->validity == EB_VALID     ? "valid"
           : judgement->validity == EB_INVALID ? "invalid"
                                               : "undecided";
}

static void print_faults(const struct eb_judgement *judgement)
{
    for (uint32_t i = 0; i < judgement->fault_count; i++) {
        const struct eb_fault *fault = &judgement->faults[i];
        printf("%-*s", LABEL_WIDTH, "  fault");
        print_escaped(stdout,
            fault->instance_location.len ? fault->instance_location : eb_span_of("the event"));
        fputs(": ", stdout);
        print_escaped(stdout, fault->error);
        if (fault->keyword_location.len) {
            style(stdout, STYLE_DIM);
            fputs("  by ", stdout);
            print_escaped(stdout, fault->keyword_location);
            style(stdout, STYLE_PLAIN);
        }
        putchar('\n');
    }
    if (judgement->has_more_faults)
        printf("%*s… and more\n", LABEL_WIDTH, "");
}

static void print_judgement(const struct eb_judgement *judgement)
{
    const struct eb_contract *contract = judgement->contract;
    begin("contract", STYLE_BOLD, contract->name);
    fputs(" (", stdout);
    print_escaped(stdout, judgement->schema);
    fputs("): ", stdout);
    style(stdout, judgement->validity == EB_VALID ? STYLE_GOOD : STYLE_BAD);
    fputs(validity_name(judgement), stdout);
    style(stdout, STYLE_PLAIN);
    if (judgement->reason != EB_REASON_NONE && judgement->reason != EB_REASON_SCHEMA)
        printf(", %s", eb_reason_name(judgement->reason));
    if (contract->candidate.schema) {
        fputs("; candidate ", stdout);
        print_escaped(stdout, contract->candidate.name);
        printf(": %s", judgement->is_candidate_valid ? "valid" : "invalid");
    }
    putchar('\n');
    print_faults(judgement);
}

static void print_properties(const struct eb_properties *properties)
{
    if (properties->content_type.ptr)
        print_line("  type", STYLE_DIM, properties->content_type);
    for (uint32_t i = 0; i < properties->user_count; i++) {
        begin("  property", STYLE_DIM, properties->user[i].name);
        putchar('=');
        print_escaped(stdout, properties->user[i].value);
        putchar('\n');
    }
}

static void print_dispatch(const struct eb_dispatch *dispatch)
{
    const struct eb_publish *publish = &dispatch->publish;
    bool is_copy = dispatch->kind == EB_COPY;
    begin(is_copy ? "copy" : "dead letter", is_copy ? STYLE_BOLD : STYLE_BAD, publish->topic);
    printf("  qos %u%s", publish->qos, publish->is_retain ? ", retained" : "");
    if (dispatch->rule) {
        fputs(", by ", stdout);
        print_escaped(stdout, dispatch->rule->name);
    }
    putchar('\n');
    print_properties(&publish->properties);
    print_line("  payload", STYLE_PLAIN, publish->payload);
}

void outcome_print(const struct eb_outcome *outcome)
{
    print_verdict(outcome);
    for (uint32_t i = 0; i < outcome->judgement_count; i++)
        print_judgement(&outcome->judgements[i]);
    if (outcome->is_watched && outcome->verdict <= EB_CONSUMED)
        printf("%-*s%u matched\n", LABEL_WIDTH, "rules", outcome->rule_count);
    for (uint32_t i = 0; i < outcome->dispatch_count; i++)
        print_dispatch(&outcome->dispatches[i]);
}

/* ---- for programs ---- */

static void write_judgement(struct eb_json_writer *out, const struct eb_judgement *judgement)
{
    const struct eb_contract *contract = judgement->contract;
    eb_json_open_object(out);
    write_string_member(out, "contract", contract->name);
    write_string_member(out, "schema", judgement->schema);
    write_string_member(out, "validity", eb_span_of(validity_name(judgement)));
    if (judgement->reason != EB_REASON_NONE)
        write_string_member(out, "reason", eb_span_of(eb_reason_name(judgement->reason)));
    if (contract->candidate.schema) {
        write_string_member(out, "candidate", contract->candidate.name);
        write_bool_member(out, "candidate_valid", judgement->is_candidate_valid);
    }
    eb_json_write_name(out, eb_span_of("faults"));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < judgement->fault_count; i++)
        eb_fault_write(&judgement->faults[i], out);
    eb_json_close_array(out);
    if (judgement->has_more_faults)
        write_bool_member(out, "more_faults", true);
    eb_json_close_object(out);
}

/* As in a dead letter: text where it is UTF-8, else base64. */
static void write_payload(struct eb_json_writer *out, struct eb_span payload)
{
    bool is_text = eb_utf8_is_valid(payload);
    eb_json_write_name(out, eb_span_of("payload"));
    eb_json_open_object(out);
    write_string_member(out, "encoding", eb_span_of(is_text ? "text" : "base64"));
    eb_json_write_name(out, eb_span_of("value"));
    if (is_text)
        eb_json_write_string(out, payload);
    else
        eb_json_write_base64(out, payload);
    eb_json_close_object(out);
}

static void write_properties(struct eb_json_writer *out, const struct eb_properties *properties)
{
    if (properties->content_type.ptr)
        write_string_member(out, "content_type", properties->content_type);
    if (properties->response_topic.ptr)
        write_string_member(out, "response_topic", properties->response_topic);
    if (properties->expiry_s)
        write_int_member(out, "expiry_s", properties->expiry_s);
    eb_json_write_name(out, eb_span_of("user_properties"));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < properties->user_count; i++) {
        eb_json_open_array(out);
        eb_json_write_string(out, properties->user[i].name);
        eb_json_write_string(out, properties->user[i].value);
        eb_json_close_array(out);
    }
    eb_json_close_array(out);
}

static void write_dispatch(struct eb_json_writer *out, const struct eb_dispatch *dispatch)
{
    const struct eb_publish *publish = &dispatch->publish;
    eb_json_open_object(out);
    write_string_member(
        out, "kind", eb_span_of(dispatch->kind == EB_COPY ? "copy" : "dead-letter"));
    if (dispatch->rule) {
        write_string_member(out, "rule", dispatch->rule->name);
        write_int_member(out, "target", dispatch->target);
    }
    write_string_member(out, "topic", publish->topic);
    write_int_member(out, "qos", publish->qos);
    write_bool_member(out, "retain", publish->is_retain);
    write_properties(out, &publish->properties);
    write_payload(out, publish->payload);
    eb_json_close_object(out);
}

void outcome_write(struct eb_json_writer *out, const struct eb_outcome *outcome)
{
    eb_json_open_object(out);
    write_string_member(out, "verdict", eb_span_of(eb_verdict_name(outcome->verdict)));
    if (outcome->reason != EB_REASON_NONE)
        write_string_member(out, "reason", eb_span_of(eb_reason_name(outcome->reason)));
    write_bool_member(out, "watched", outcome->is_watched);
    write_bool_member(out, "unknown_topic", outcome->is_unknown_topic);
    write_bool_member(out, "unreadable", outcome->is_unreadable);
    if (outcome->event_id.ptr)
        write_string_member(out, "event", outcome->event_id);
    eb_json_write_name(out, eb_span_of("judgements"));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < outcome->judgement_count; i++)
        write_judgement(out, &outcome->judgements[i]);
    eb_json_close_array(out);
    write_int_member(out, "rules", outcome->rule_count);
    eb_json_write_name(out, eb_span_of("publishes"));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < outcome->dispatch_count; i++)
        write_dispatch(out, &outcome->dispatches[i]);
    eb_json_close_array(out);
    eb_json_close_object(out);
}
