#include "bus/letter_summary.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

/* ---- counting ---- */

static void keep(struct eb_kept_text *kept, struct eb_span text)
{
    text = eb_utf8_cut(text, EB_SAMPLE_TEXT_MAX);
    kept->is_there = text.ptr != NULL;
    kept->len = (uint16_t)text.len;
    if (text.len)
        memcpy(kept->text, text.ptr, text.len);
}

static void keep_sample(struct eb_letter_sample *sample, const struct eb_unwritten_letter *letter)
{
    sample->time_us = letter->time_us;
    sample->reason = letter->reason;
    keep(&sample->id, letter->id);
    keep(&sample->topic, letter->topic);
    keep(&sample->client, letter->client);
    keep(&sample->error, letter->error);
}

/* The one there is, else a new one, else that of all who have no room: the first. */
static struct eb_letter_summary *find(
    struct eb_letter_summaries *summaries, uint64_t key, int64_t second)
{
    struct eb_letter_summary *unused = NULL;
    for (uint32_t i = 1; i < EB_SUMMARIES_MAX; i++) {
        struct eb_letter_summary *summary = &summaries->all[i];
        if (summary->count > 0 && summary->key == key && summary->second == second)
            return summary;
        if (summary->count == 0 && !unused)
            unused = summary;
    }
    return unused ? unused : &summaries->all[0];
}

void eb_letter_summaries_add(struct eb_letter_summaries *summaries, uint64_t key,
    enum eb_spender spender, struct eb_span name, const struct eb_unwritten_letter *letter)
{
    int64_t second = letter->time_us / 1000000;
    struct eb_letter_summary *summary = find(summaries, key, second);
    if (summary->count == 0) {
        bool is_of_all = summary == &summaries->all[0];
        memset(summary->reasons, 0, sizeof summary->reasons);
        summary->key = is_of_all ? 0 : key;
        summary->second = second;
        summary->spender = is_of_all ? EB_SPENDER_BUS : spender;
        keep(&summary->name, is_of_all ? eb_span(NULL, 0) : name);
        keep_sample(&summary->first, letter);
        summaries->open_count++;
    }
    summary->count++;
    summary->reasons[letter->reason]++;
    keep_sample(&summary->last, letter);
}

bool eb_letter_summaries_take(
    struct eb_letter_summaries *summaries, int64_t second, struct eb_letter_summary *summary)
{
    if (summaries->open_count == 0 || summaries->swept == second)
        return false;
    for (uint32_t i = 0; i < EB_SUMMARIES_MAX; i++) {
        struct eb_letter_summary *each = &summaries->all[i];
        if (each->count == 0 || each->second == second)
            continue;
        *summary = *each;
        each->count = 0;
        summaries->open_count--;
        return true;
    }
    summaries->swept = second;
    return false;
}

/* ---- writing ---- */

static void write_kept(
    struct eb_json_writer *writer, const char *name, const struct eb_kept_text *kept)
{
    struct eb_span none = eb_span(NULL, 0);
    eb_json_member_string(writer, name, kept->is_there ? eb_span(kept->text, kept->len) : none);
}

static void write_time(struct eb_json_writer *writer, int64_t time_us)
{
    char time[EB_TIME_LEN];
    eb_time_write(time_us, time);
    eb_json_member_string(writer, "time", eb_span(time, EB_TIME_LEN));
}

static void write_sample(
    struct eb_json_writer *writer, const char *name, const struct eb_letter_sample *sample)
{
    eb_json_member_object(writer, name);
    write_kept(writer, "id", &sample->id);
    write_time(writer, sample->time_us);
    write_kept(writer, "topic", &sample->topic);
    write_kept(writer, "client", &sample->client);
    eb_json_member_string(writer, "reason", eb_span_of(eb_reason_name(sample->reason)));
    write_kept(writer, "error", &sample->error);
    eb_json_close_object(writer);
}

/* Only one of them is named: the one whose budget it was. */
static void write_spender(struct eb_json_writer *writer, const struct eb_letter_summary *summary)
{
    static const struct {
        const char *name;
        enum eb_spender spender;
    } members[] = {
        { "contract", EB_SPENDER_CONTRACT },
        { "rule", EB_SPENDER_RULE },
        { "client", EB_SPENDER_CLIENT },
    };
    static const struct eb_kept_text none = { .is_there = false };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        write_kept(writer, members[i].name,
            summary->spender == members[i].spender ? &summary->name : &none);
}

void eb_letter_summary_write(const struct eb_letter_summary *summary, struct eb_span id,
    int64_t now_us, uint32_t per_second, struct eb_json_writer *writer)
{
    eb_json_open_object(writer);
    eb_json_member_int(writer, "version", 1);
    eb_json_member_bool(writer, "summary", true);
    eb_json_member_string(writer, "id", id);
    write_time(writer, now_us);
    write_spender(writer, summary);
    eb_json_member_int(writer, "per_second", per_second);
    eb_json_member_int(writer, "count", (int64_t)summary->count);
    eb_json_member_object(writer, "reasons");
    for (int reason = 0; reason < EB_REASON_COUNT; reason++) {
        if (summary->reasons[reason])
            eb_json_member_int(writer, eb_reason_name(reason), (int64_t)summary->reasons[reason]);
    }
    eb_json_close_object(writer);
    write_sample(writer, "first", &summary->first);
    write_sample(writer, "last", &summary->last);
    eb_json_close_object(writer);
}
