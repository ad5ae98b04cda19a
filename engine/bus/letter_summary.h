/*
 * letter_summary.h - dead letters over their budget, summed up: how many, why, the first, the last.
 *
 *     {"version":1,"summary":true,"id":…,"time":…,"contract":…,"rule":…,"client":…,
 *      "per_second":…,"count":…,"reasons":{"schema":…},
 *      "first":{"id":…,"time":…,"topic":…,"client":…,"reason":…,"error":…},"last":{…}}
 *
 * One for each contract, rule or client whose budget was used up, and each second. What has more
 * of them than there is room for is summed up together, with neither named. Internal to bus/.
 */
#ifndef EB_BUS_LETTER_SUMMARY_H
#define EB_BUS_LETTER_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/budget.h"
#include "bus/outcome.h"
#include "json/writer.h"

enum {
    EB_SUMMARIES_MAX = 64,
    EB_SAMPLE_TEXT_MAX = 256, /* longer texts are cut: a sample says what it was like */
};

/* A text that is kept. */
struct eb_kept_text {
    uint16_t len;
    bool is_there;
    char text[EB_SAMPLE_TEXT_MAX];
};

/* What is kept of a letter that was not written. */
struct eb_letter_sample {
    int64_t time_us;
    enum eb_reason reason;
    struct eb_kept_text id, topic, client, error;
};

struct eb_letter_summary {
    uint64_t key; /* of the budget; 0: all that had no room */
    int64_t second;
    uint64_t count; /* 0: not in use */
    enum eb_spender spender;
    struct eb_kept_text name;
    uint64_t reasons[EB_REASON_COUNT];
    struct eb_letter_sample first, last;
};

struct eb_letter_summaries {
    struct eb_letter_summary all[EB_SUMMARIES_MAX];
    uint32_t open_count;
    int64_t swept; /* none is left of any second but this */
};

/* A letter that was not written. Borrowed for the call. */
struct eb_unwritten_letter {
    struct eb_span id, topic, client, error; /* error.ptr NULL: it may not be told */
    int64_t time_us;
    enum eb_reason reason;
};

/* Counts `letter`, for which the budget `key` of `name` had no room. */
void eb_letter_summaries_add(struct eb_letter_summaries *summaries, uint64_t key,
    enum eb_spender spender, struct eb_span name, const struct eb_unwritten_letter *letter);

/* The next one whose second is over, taken out; false when there is none. */
bool eb_letter_summaries_take(
    struct eb_letter_summaries *summaries, int64_t second, struct eb_letter_summary *summary);

void eb_letter_summary_write(const struct eb_letter_summary *summary, struct eb_span id,
    int64_t now_us, uint32_t per_second, struct eb_json_writer *writer);

#endif
