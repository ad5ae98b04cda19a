#include "verdict_line.h"

#include <inttypes.h>
#include <stdio.h>

#include "json_line.h"
#include "memory.h"
#include "reply.h"
#include "terminal.h"
#include "json/reader.h"

enum { VERDICT_WIDTH = 22, CLIENT_WIDTH = 16, TIME_AT = 11, TIME_LEN = 12 };

static void print_cell(struct eb_span text, size_t width)
{
    print_escaped(stdout, text.ptr ? text : eb_span_of("-"));
    size_t len = text.ptr ? text.len : 1;
    printf("%*s  ", len < width ? (int)(width - len) : 0, "");
}

/* "2026-11-20T17:21:33.125Z": the day is today's. */
static void print_time(struct eb_span time)
{
    bool is_long = time.len > TIME_AT + TIME_LEN;
    print_cell(is_long ? eb_span(time.ptr + TIME_AT, TIME_LEN) : time, TIME_LEN);
}

static void print_verdict(const struct reply *line)
{
    struct eb_span verdict = reply_text(line, 0, "verdict"), reason = reply_text(line, 0, "reason");
    bool is_good = eb_span_is(verdict, "passed") || eb_span_is(verdict, "consumed");
    size_t len = verdict.len + (reason.ptr ? reason.len + 2 : 0);
    style(stdout, is_good                               ? STYLE_GOOD
                  : eb_span_is(verdict, "deduplicated") ? STYLE_DIM
                                                        : STYLE_BAD);
    print_escaped(stdout, verdict);
    if (reason.ptr) {
        fputs(": ", stdout);
        print_escaped(stdout, reason);
    }
    style(stdout, STYLE_PLAIN);
    printf("%*s  ", len < VERDICT_WIDTH ? (int)(VERDICT_WIDTH - len) : 0, "");
}

/* low-battery, tenants (3 copies, 1 failed) */
static void print_rule(const struct reply *line, uint32_t rule)
{
    uint64_t published = reply_number(line, rule, "published");
    uint64_t failed = reply_number(line, rule, "failed");
    print_escaped(stdout, reply_text(line, rule, "name"));
    if (published == 1 && !failed)
        return;
    printf(" (%" PRIu64 " copies", published);
    if (failed)
        printf(", %" PRIu64 " failed", failed);
    putchar(')');
}

static void print_rules(const struct reply *line)
{
    uint32_t rules = reply_member(line, 0, "rules", EB_JSON_ARRAY);
    uint64_t more = reply_number(line, 0, "moreRules");
    const char *before = "  \xe2\x86\x92 "; /* an arrow */
    if (rules == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&line->doc, rules, rule)
    {
        fputs(before, stdout);
        print_rule(line, rule);
        before = ", ";
    }
    if (more)
        printf(", and %" PRIu64 " more", more);
}

static void print_fault(const struct reply *line, uint32_t fault)
{
    struct eb_span place = reply_text(line, fault, "instanceLocation");
    struct eb_span error = reply_text(line, fault, "error");
    printf("%*s", TIME_LEN + 2, "");
    style(stdout, STYLE_DIM);
    print_escaped(stdout, place.len ? place : eb_span_of("the event"));
    fputs(": ", stdout);
    print_escaped(stdout, error.ptr ? error : reply_text(line, fault, "keywordLocation"));
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

static void print_faults(const struct reply *line)
{
    uint32_t contracts = reply_member(line, 0, "contracts", EB_JSON_ARRAY);
    if (contracts == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&line->doc, contracts, contract)
    {
        uint32_t faults = reply_member(line, contract, "faults", EB_JSON_ARRAY);
        if (faults == EB_NO_TOKEN)
            continue;
        EB_DOC_EACH_ELEMENT(&line->doc, faults, fault)
        {
            print_fault(line, fault);
        }
    }
}

static void print_event(const struct reply *line)
{
    print_time(reply_text(line, 0, "time"));
    print_verdict(line);
    print_cell(reply_text(line, 0, "client"), CLIENT_WIDTH);
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, reply_text(line, 0, "topic"));
    style(stdout, STYLE_PLAIN);
    print_rules(line);
    putchar('\n');
    print_faults(line);
}

static void print_left_out(uint64_t count)
{
    style(stdout, STYLE_WARN);
    printf("\xe2\x80\xa6 and %" PRIu64 " more", count);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

static bool print(const struct reply *line, bool is_json)
{
    uint64_t left_out = reply_number(line, 0, "leftOut");
    if (is_json) {
        print_json_text(stdout, eb_doc_source(&line->doc, 0));
        putchar('\n');
    } else if (left_out) {
        print_left_out(left_out);
    } else {
        print_event(line);
    }
    return !left_out;
}

bool verdict_line_print(struct eb_span json, bool is_json)
{
    struct eb_arena arena;
    struct eb_json_fault fault;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct reply line = { .arena = &arena, .data = EB_NO_TOKEN };
    bool is_event =
        eb_json_read(&line.doc, json, &eb_json_limits_max, &arena, &fault) == EB_JSON_OK &&
        eb_doc_type(&line.doc, 0) == EB_JSON_OBJECT && print(&line, is_json);
    memory_release(&arena);
    return is_event;
}
