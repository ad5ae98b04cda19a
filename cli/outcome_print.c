#include "outcome_print.h"

#include <stdio.h>

#include "bus/outcome_write.h"
#include "bus/snapshot.h"
#include "terminal.h"

enum { LABEL_WIDTH = 13 };

void outcome_print_begin(const char *label, enum style how, struct eb_span text)
{
    printf("%-*s", LABEL_WIDTH, label);
    style(stdout, how);
    print_escaped(stdout, text);
    style(stdout, STYLE_PLAIN);
}

static void print_line(const char *label, enum style how, struct eb_span text)
{
    outcome_print_begin(label, how, text);
    putchar('\n');
}

static enum style style_of(enum eb_verdict verdict)
{
    return verdict <= EB_CONSUMED ? STYLE_GOOD : STYLE_BAD;
}

static void print_verdict(const struct eb_outcome *outcome)
{
    outcome_print_begin(
        "verdict", style_of(outcome->verdict), eb_span_of(eb_verdict_name(outcome->verdict)));
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
    outcome_print_begin("contract", STYLE_BOLD, contract->name);
    fputs(" (", stdout);
    print_escaped(
        stdout, judgement->schema.ptr ? judgement->schema : eb_span_of("CloudEvents 1.0"));
    fputs("): ", stdout);
    style(stdout, judgement->validity == EB_VALID ? STYLE_GOOD : STYLE_BAD);
    fputs(eb_validity_name(judgement->validity), stdout);
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
    if (properties->expiry_s)
        printf("%-*s%u s\n", LABEL_WIDTH, "  expiry", properties->expiry_s);
    for (uint32_t i = 0; i < properties->user_count; i++) {
        outcome_print_begin("  property", STYLE_DIM, properties->user[i].name);
        putchar('=');
        print_escaped(stdout, properties->user[i].value);
        putchar('\n');
    }
}

static void print_content(const struct eb_publish *publish)
{
    print_properties(&publish->properties);
    print_line("  payload", STYLE_PLAIN, publish->payload);
}
static const struct {
    const char *label;
    enum style style;
} kinds[] = {
    [EB_COPY] = { "copy", STYLE_BOLD },
    [EB_DEAD_LETTER] = { "dead letter", STYLE_BAD },
    [EB_REPORT] = { "report", STYLE_DIM },
    [EB_WITHHELD] = { "withheld", STYLE_WARN },
    [EB_SHADOW] = { "shadow", STYLE_DIM },
    [EB_LEFT_OUT] = { "no room", STYLE_BAD },
};

static void print_dispatch(const struct eb_dispatch *dispatch)
{
    const struct eb_publish *publish = &dispatch->publish;
    outcome_print_begin(kinds[dispatch->kind].label, kinds[dispatch->kind].style, publish->topic);
    printf("  qos %u%s", publish->qos, publish->is_retain ? ", retained" : "");
    if (dispatch->rule) {
        fputs(", by ", stdout);
        print_escaped(stdout, dispatch->rule->name);
    }
    putchar('\n');
    if (dispatch->kind == EB_SHADOW && dispatch->fault)
        print_line("  fault", STYLE_BAD, dispatch->fault->error);
    else
        print_content(publish);
}

static void print_judgements(const struct eb_outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->judgement_count; i++)
        print_judgement(&outcome->judgements[i]);
}

static void print_rules(const struct eb_outcome *outcome)
{
    printf("%-*s%u matched", LABEL_WIDTH, "rules", outcome->rule_count);
    if (outcome->shadow_count)
        printf(", and %u shadows", outcome->shadow_count);
    putchar('\n');
}

void outcome_print(const struct eb_outcome *outcome)
{
    print_verdict(outcome);
    print_judgements(outcome);
    if (outcome->is_watched && outcome->verdict <= EB_CONSUMED)
        print_rules(outcome);
    for (uint32_t i = 0; i < outcome->dispatch_count; i++)
        print_dispatch(&outcome->dispatches[i]);
}
