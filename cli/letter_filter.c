/* Which letters: the half of letters.h that chooses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "letters.h"
#include "terminal.h"
#include "topic/filter.h"

#define AT(member) offsetof(struct letter_filter, member)

const struct option letter_filter_rows[LETTER_FILTER_OPTION_COUNT] = {
    { "reason", 0, OPTION_TEXT, "REASON", "those with this reason: schema, limit, target, …",
        AT(reason), 0, 0 },
    { "contract", 0, OPTION_TEXT, "NAME", "those that this contract caused", AT(contract), 0, 0 },
    { "rule", 0, OPTION_TEXT, "NAME", "those that this rule caused", AT(rule), 0, 0 },
    { "client", 0, OPTION_TEXT, "ID", "those of events of this client", AT(client), 0, 0 },
    { "topic", 't', OPTION_TEXT, "FILTER", "those of events on these topics", AT(topic), 0, 0 },
    { "since", 0, OPTION_TEXT, "TIME", "those from then on: 2026-11-20T17:00, 2026-11-20, 90m ago",
        AT(since), 0, 0 },
    { "until", 0, OPTION_TEXT, "TIME", "those before then", AT(until), 0, 0 },
};

/* "90m", "90m ago": so long before now. */
static bool read_ago(const char *text, char out[32])
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    char *end;
    unsigned long count = strtoul(text, &end, 10);
    if (end == text || count > 1000000)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (*end != units[i].unit || (end[1] != '\0' && strcmp(end + 1, " ago") != 0))
            continue;
        int64_t seconds = (int64_t)count * units[i].seconds;
        eb_time_write(eb_clock_now_us() - seconds * 1000000, out);
        out[EB_TIME_LEN] = '\0';
        return true;
    }
    return false;
}

/* A beginning of a letter's time: times are compared as texts. */
static bool read_date(const char *text, char out[32])
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    size_t len = strlen(text);
    len -= len > strlen("2026-11-20T") && text[len - 1] == 'Z'; /* where a fraction may stand */
    if (len < strlen("2026") || len > sizeof form - 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !is_digit : text[i] != form[i])
            return false;
    }
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

static bool read_time(const char *name, const char *text, char out[32])
{
    if (!text || read_ago(text, out) || read_date(text, out))
        return true;
    complain("--%s: expected a time as 2026-11-20T17:21:33Z (UTC), the beginning of one, or 90m "
             "ago, not '%s'",
        name, text);
    return false;
}

bool letter_filter_check(struct letter_filter *filter)
{
    enum eb_topic_fault fault =
        filter->topic ? eb_filter_check(eb_span_of(filter->topic)) : EB_TOPIC_OK;
    if (fault)
        complain("--topic: %s", eb_topic_fault_text(fault));
    return !fault && read_time("since", filter->since, filter->since_time) &&
           read_time("until", filter->until, filter->until_time);
}

static bool is(struct eb_span text, const char *wanted)
{
    return !wanted || (text.ptr && eb_span_is(text, wanted));
}

/* Of a letter, any of its contracts; of a summary, its one. */
static bool names_contract(const struct letter *letter, const char *wanted)
{
    const struct eb_doc *doc = &letter->doc;
    uint32_t one = eb_doc_member(doc, 0, "contract"), all = eb_doc_member(doc, 0, "contracts");
    if (one != EB_NO_TOKEN && eb_doc_type(doc, one) == EB_JSON_STRING)
        return eb_doc_string_is(doc, one, eb_span_of(wanted));
    if (all == EB_NO_TOKEN || eb_doc_type(doc, all) != EB_JSON_ARRAY)
        return false;
    EB_DOC_EACH_ELEMENT(doc, all, contract)
    {
        uint32_t name = eb_doc_type(doc, contract) == EB_JSON_OBJECT
                            ? eb_doc_member(doc, contract, "name")
                            : EB_NO_TOKEN;
        if (name != EB_NO_TOKEN && eb_doc_type(doc, name) == EB_JSON_STRING &&
            eb_doc_string_is(doc, name, eb_span_of(wanted)))
            return true;
    }
    return false;
}

bool letter_matches(const struct letter *letter, const struct letter_filter *filter)
{
    bool is_in_time =
        (!filter->since || eb_span_compare(letter->time, eb_span_of(filter->since_time)) >= 0) &&
        (!filter->until || eb_span_compare(letter->time, eb_span_of(filter->until_time)) < 0);
    bool is_on_topic =
        !filter->topic || (letter->topic.ptr && letter->topic.len &&
                              eb_filter_matches(eb_span_of(filter->topic), letter->topic));
    return is_in_time && is_on_topic && is(letter->reason, filter->reason) &&
           is(letter->rule, filter->rule) && is(letter->client, filter->client) &&
           (!filter->contract || names_contract(letter, filter->contract));
}
