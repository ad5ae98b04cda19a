/*
 * schema_candidate.c - `event-bus schema candidate`: what a stricter version would have refused.
 */
#include <inttypes.h>
#include <stdio.h>

#include "bus/name.h"
#include "remote.h"
#include "schema.h"
#include "terminal.h"

struct candidate_options {
    struct connection_options connection;
    bool is_json;
};

#define AT(member) offsetof(struct candidate_options, member)

static const struct option options[] = {
    { "json", 0, OPTION_FLAG, NULL, "print one JSON object", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = {
    { options, sizeof options / sizeof *options, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};

static void print_dim(const struct reply *reply, uint32_t object, const char *name)
{
    style(stdout, STYLE_DIM);
    print_escaped(stdout, reply_text(reply, object, name));
    style(stdout, STYLE_PLAIN);
}

/* "      2026-11-20T17:21:33.125Z  front-door  locks/front-door/events", and the payload. */
static void print_sample(const struct reply *reply, uint32_t sample)
{
    struct eb_span payload = reply_text(reply, sample, "payload");
    fputs("        ", stdout);
    print_dim(reply, sample, "time");
    fputs("  ", stdout);
    print_escaped(stdout, reply_text(reply, sample, "client"));
    fputs("  ", stdout);
    print_escaped(stdout, reply_text(reply, sample, "topic"));
    if (payload.ptr) {
        fputs("\n        ", stdout);
        print_escaped(stdout, payload);
        fputs(reply_flag(reply, sample, "isCut") ? "…" : "", stdout);
    }
    putchar('\n');
}

static void print_fault(const struct reply *reply, uint32_t fault)
{
    struct eb_span place = reply_text(reply, fault, "instanceLocation");
    struct eb_span error = reply_text(reply, fault, "error");
    printf("%6" PRIu64 "  ", reply_number(reply, fault, "count"));
    print_escaped(stdout, place.len ? place : eb_span_of("(the whole)"));
    if (error.len) {
        fputs(": ", stdout);
        print_escaped(stdout, error);
    }
    fputs("  ", stdout);
    print_dim(reply, fault, "keywordLocation");
    putchar('\n');
    print_sample(reply, reply_member(reply, fault, "sample", EB_JSON_OBJECT));
}

static void print_faults(const struct reply *reply, uint32_t candidate)
{
    uint64_t others = reply_number(reply, candidate, "otherFaults");
    uint32_t faults = reply_member(reply, candidate, "faults", EB_JSON_ARRAY);
    if (faults == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&reply->doc, faults, fault)
    {
        print_fault(reply, fault);
    }
    if (others)
        printf("%6" PRIu64 "  others\n", others);
}

/* "contract lock-events: of the last 10000 events lock-event@2 would refuse 214 (2.1 %), …" */
static void print_candidate(const struct reply *reply, uint32_t candidate)
{
    uint64_t events = reply_number(reply, candidate, "events");
    uint64_t invalid = reply_number(reply, candidate, "invalid");
    uint64_t newly_valid = reply_number(reply, candidate, "newlyValid");
    fputs("contract ", stdout);
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, reply_text(reply, candidate, "contract"));
    style(stdout, STYLE_PLAIN);
    printf(": of the last %" PRIu64 " events ", events);
    print_escaped(stdout, reply_text(reply, candidate, "candidate"));
    fputs(" would refuse ", stdout);
    style(stdout, invalid ? STYLE_BAD : STYLE_GOOD);
    printf("%" PRIu64, invalid);
    style(stdout, STYLE_PLAIN);
    if (events)
        printf(" (%.1f %%)", 100 * (double)invalid / (double)events);
    if (invalid) {
        printf(", of which %" PRIu64 " pass ", reply_number(reply, candidate, "newlyInvalid"));
        print_escaped(stdout, reply_text(reply, candidate, "schema"));
    }
    if (newly_valid)
        printf("; it would accept %" PRIu64 " that do not", newly_valid);
    putchar('\n');
    print_faults(reply, candidate);
}

/* Whether no event would be refused that is accepted now. */
static bool tell(const struct remote *remote, bool is_json)
{
    const struct reply *reply = &remote->reply;
    uint32_t list = reply_member(reply, reply->data, "candidates", EB_JSON_ARRAY);
    bool is_good = list != EB_NO_TOKEN;
    if (is_json && !remote_print_json(remote))
        return false;
    if (!is_good)
        return false;
    EB_DOC_EACH_ELEMENT(&reply->doc, list, candidate)
    {
        is_good &= reply_number(reply, candidate, "newlyInvalid") == 0;
        if (!is_json)
            print_candidate(reply, candidate);
    }
    return is_good;
}

static enum exit_code ask(const struct candidate_options *values, const char *subject)
{
    struct remote remote;
    bool is_good = remote_open(&remote, &values->connection);
    if (is_good) {
        remote_begin(&remote, "getCandidate");
        eb_json_member_string(&remote.out, "name", eb_span_of(subject));
        is_good = remote_do(&remote) && tell(&remote, values->is_json);
    }
    remote_close(&remote);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code run(int argc, char **argv)
{
    struct candidate_options values = { 0 };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!remote_read_options(
            &command_schema_candidate, &values, &values.connection, argc, argv, &operands))
        goto release;
    if (operands.count != 1)
        code = command_misused(&command_schema_candidate);
    else if (!eb_name_is_valid(eb_span_of(operands.items[0])))
        complain("expected SUBJECT, not '%s'", operands.items[0]);
    else
        code = ask(&values, operands.items[0]);
release:
    connection_options_release(&values.connection);
    return code;
}

const struct command command_schema_candidate = {
    .name = "schema candidate",
    .synopsis = "[OPTION…] SUBJECT",
    .summary = "Say what a candidate would have refused of a running bus's events",
    .help = "For each contract that has a version of SUBJECT as its `candidate`: of the last "
            "10,000 events,\n"
            "how many that version refuses, how many of those the schema in force accepts, and the "
            "most\n"
            "frequent faults, the newest event of each as a sample. It fails when an event that is "
            "accepted\n"
            "now would be refused.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
