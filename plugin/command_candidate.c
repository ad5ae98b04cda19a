/* How candidate schemas fare. */
#include "base/utf8.h"
#include "command.h"

/* ---- copying what the broker's thread writes ---- */

struct copying {
    struct eb_errand errand;
    const struct eb_trial_record *from;
    struct eb_trial_record *to;
};

static bool copy(struct eb_errand *errand, void *plugin)
{
    (void)plugin;
    struct copying *copying = (struct copying *)errand;
    *copying->to = *copying->from;
    return true;
}

static bool read_record(
    struct eb_call *call, const struct eb_trial *trial, struct eb_trial_record *record)
{
    struct copying copying = { .errand.run = copy, .from = &trial->record, .to = record };
    return eb_worker_send(call->desk->reload->worker, &copying.errand) ||
           eb_call_fail(call, "the broker is ending");
}

/* ---- telling ---- */

static void write_text(
    struct eb_json_writer *out, const char *name, const struct eb_trial_text *text)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_open_string(out);
    eb_json_write_string_part(out, eb_span(text->bytes, text->len));
    if (text->is_cut)
        eb_json_write_string_part(out, eb_span_of("…"));
    eb_json_close_string(out);
}

/* No payload: it was kept out, or is no text. */
static void write_sample(struct eb_json_writer *out, const struct eb_trial_fault *fault)
{
    struct eb_span payload = eb_span(fault->payload, fault->payload_len);
    bool is_shown = !fault->is_confidential && eb_utf8_is_valid(payload);
    eb_json_member_object(out, "sample");
    eb_write_time_member(out, "time", fault->time_us);
    write_text(out, "topic", &fault->topic);
    write_text(out, "client", &fault->client_id);
    eb_write_text_member(out, "payload", is_shown ? payload : eb_span(NULL, 0));
    eb_write_bool_member(out, "isCut", fault->is_payload_cut);
    eb_json_close_object(out);
}

static void write_fault(struct eb_json_writer *out, const struct eb_trial_fault *fault)
{
    eb_json_open_object(out);
    eb_write_int_member(out, "count", fault->count);
    write_text(out, "keywordLocation", &fault->keyword_location);
    write_text(out, "instanceLocation", &fault->instance_location);
    if (!fault->is_confidential)
        write_text(out, "error", &fault->error);
    write_sample(out, fault);
    eb_json_close_object(out);
}

static void write_faults(struct eb_json_writer *out, const struct eb_trial_record *record)
{
    uint8_t order[EB_TRIAL_FAULTS];
    uint32_t count = eb_trial_rank(record, order);
    eb_json_member_array(out, "faults");
    for (uint32_t i = 0; i < count; i++)
        write_fault(out, &record->faults[order[i]]);
    eb_json_close_array(out);
    eb_write_int_member(out, "otherFaults", record->other);
}

static void write_totals(struct eb_json_writer *out, const struct eb_trial_totals *totals)
{
    eb_write_int_member(out, "events", (int64_t)eb_counter_read(&totals->events));
    eb_write_int_member(out, "invalid", (int64_t)eb_counter_read(&totals->invalid));
    eb_write_int_member(out, "newlyInvalid", (int64_t)eb_counter_read(&totals->newly_invalid));
    eb_write_int_member(out, "newlyValid", (int64_t)eb_counter_read(&totals->newly_valid));
}

static void write_candidate(struct eb_json_writer *out, const struct eb_contract *contract,
    const struct eb_trial_record *record)
{
    eb_json_open_object(out);
    eb_write_text_member(out, "contract", contract->name);
    eb_write_text_member(
        out, "schema", contract->choice ? contract->schema_text : contract->schema.name);
    eb_write_text_member(out, "candidate", contract->candidate.name);
    write_totals(out, &contract->trial->totals);
    write_faults(out, record);
    eb_json_close_object(out);
}

static bool is_of(const struct eb_contract *contract, struct eb_span subject)
{
    struct eb_span name = contract->candidate.name;
    return contract->trial && eb_span_starts(name, subject) && name.len > subject.len &&
           name.ptr[subject.len] == '@';
}

bool eb_command_get_candidate(struct eb_call *call)
{
    const struct eb_snapshot *snapshot = eb_call_snapshot(call);
    struct eb_span subject;
    if (!eb_call_name(call, "name", &subject))
        return false;
    struct eb_trial_record *record = EB_ARENA_NEW(&call->desk->scratch, struct eb_trial_record);
    if (!record)
        return eb_call_fail(call, "out of memory");
    uint32_t found = 0;
    eb_json_member_array(call->out, "candidates");
    for (uint32_t i = 0; i < snapshot->contract_count; i++) {
        const struct eb_contract *contract = &snapshot->contracts[i];
        if (!is_of(contract, subject))
            continue;
        if (!read_record(call, contract->trial, record))
            return false;
        write_candidate(call->out, contract, record);
        found++;
    }
    eb_json_close_array(call->out);
    return found || eb_call_fail(call, "no contract has a version of '%.*s' as its candidate",
                        (int)subject.len, subject.ptr);
}
