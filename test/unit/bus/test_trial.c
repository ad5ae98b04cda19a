/* What a candidate would have done to the last events, against a count that obviously works. */
#include "eb_test.h"

#include <stdlib.h>

#include "bus_fixture.h"

static struct eb_trial_subject subject_of(const char *contract)
{
    return (struct eb_trial_subject){ eb_span_of(contract), EB_SPAN("s@1"), EB_SPAN("s@2") };
}

static void add(struct eb_trial *trial, const char *location, bool is_valid_now)
{
    const struct eb_message message = bus_message("a/b", "{}");
    const struct eb_fault fault = {
        .keyword_location = eb_span_of(location),
        .instance_location = EB_SPAN("/x"),
        .error = EB_SPAN("wrong"),
    };
    const struct eb_trial_event event = {
        .message = &message,
        .is_valid = !location,
        .is_valid_now = is_valid_now,
        .fault = location ? &fault : NULL,
    };
    eb_trial_add(trial, &event);
}

static struct eb_span location_of(const struct eb_trial_record *record, uint8_t fault)
{
    const struct eb_trial_text *text = &record->faults[fault].keyword_location;
    return eb_span(text->bytes, text->len);
}

static void counts__are_of_the_last_events_alone(void **state)
{
    (void)state;
    enum { EVENTS = 3 * EB_TRIAL_EVENTS };
    struct eb_trial_shelf shelf = { 0 };
    struct eb_trial_subject subject = subject_of("c");
    struct eb_trial *trial = eb_trial_take(&shelf, &subject);
    static uint8_t said[EVENTS], now[EVENTS]; /* what was added: 0 valid, else the fault */
    uint32_t random = 1;
    for (int i = 0; i < EVENTS; i++) {
        char location[32];
        random = random * 1664525 + 1013904223;
        said[i] = (uint8_t)((random >> 16) % 12);
        now[i] = random >> 31;
        snprintf(location, sizeof location, "/%u", said[i]);
        add(trial, said[i] ? location : NULL, now[i]);
        if (i % 997 == 0 || i > EVENTS - 20)
            assert_true(eb_trial_check(trial));
    }
    uint32_t counts[12] = { 0 }, newly_invalid = 0, newly_valid = 0;
    for (int i = EVENTS - EB_TRIAL_EVENTS; i < EVENTS; i++) {
        counts[said[i]]++;
        newly_invalid += said[i] && now[i];
        newly_valid += !said[i] && !now[i];
    }
    assert_int_equal(trial->totals.events, EB_TRIAL_EVENTS);
    assert_int_equal(trial->totals.invalid, EB_TRIAL_EVENTS - counts[0]);
    assert_int_equal(trial->totals.newly_invalid, newly_invalid);
    assert_int_equal(trial->totals.newly_valid, newly_valid);
    uint8_t order[EB_TRIAL_FAULTS];
    assert_int_equal(eb_trial_rank(&trial->record, order), 11);
    for (int i = 0; i < 11; i++) {
        unsigned fault = (unsigned)strtoul(location_of(&trial->record, order[i]).ptr + 1, NULL, 10);
        assert_int_equal(trial->record.faults[order[i]].count, counts[fault]);
        assert_true(i == 0 || trial->record.faults[order[i - 1]].count >=
                                  trial->record.faults[order[i]].count);
    }
    eb_trial_drop(trial);
    assert_null(shelf.first);
}

/* A sender makes up faults without end; what really happens often is found all the same. */
static void fault__that_comes_often_has_a_place(void **state)
{
    (void)state;
    struct eb_trial_shelf shelf = { 0 };
    struct eb_trial_subject subject = subject_of("c");
    struct eb_trial *trial = eb_trial_take(&shelf, &subject);
    for (int i = 0; i < 5000; i++) {
        char location[32];
        snprintf(location, sizeof location, "/made/up/%d", i);
        add(trial, location, true);
        if (i >= 1000 && i % 10 == 0)
            add(trial, "/often", true);
    }
    assert_true(eb_trial_check(trial));
    uint8_t order[EB_TRIAL_FAULTS];
    eb_trial_rank(&trial->record, order);
    assert_true(eb_span_is(location_of(&trial->record, order[0]), "/often"));
    assert_int_equal(trial->record.faults[order[0]].count, 400);
    eb_trial_drop(trial);
}

static void texts__are_cut_between_characters(void **state)
{
    (void)state;
    struct eb_trial_shelf shelf = { 0 };
    struct eb_trial_subject subject = subject_of("c");
    struct eb_trial *trial = eb_trial_take(&shelf, &subject);
    static char payload[3001], location[1001];
    for (int i = 0; i < 1000; i++)
        memcpy(payload + 3 * (size_t)i, "€", 3);
    memset(location, 'x', 1000);
    struct eb_message message = bus_message("a/b", payload);
    const struct eb_fault fault = { eb_span_of("/i"), eb_span_of(location), EB_SPAN(""),
        EB_SPAN("e") };
    struct eb_trial_event event = { .message = &message, .is_valid_now = true, .fault = &fault };
    eb_trial_add(trial, &event);
    const struct eb_trial_fault *kept = &trial->record.faults[0];
    for (int i = 0; i < EB_TRIAL_FAULTS; i++) {
        if (trial->record.faults[i].count)
            kept = &trial->record.faults[i];
    }
    assert_int_equal(kept->payload_len, EB_TRIAL_PAYLOAD_BYTES / 3 * 3);
    assert_true(kept->is_payload_cut);
    assert_true(kept->keyword_location.is_cut);
    event.is_confidential = true;
    eb_trial_add(trial, &event);
    assert_int_equal(kept->payload_len, 0);
    assert_int_equal(kept->error.len, 0);
    eb_trial_drop(trial);
}

static void trial__is_found_again_by_all_it_tries(void **state)
{
    (void)state;
    struct eb_trial_shelf shelf = { 0 };
    struct eb_trial_subject subject = subject_of("c"), other = subject_of("d");
    struct eb_trial *trial = eb_trial_take(&shelf, &subject);
    assert_ptr_equal(eb_trial_take(&shelf, &subject), trial);
    struct eb_trial *second = eb_trial_take(&shelf, &other);
    assert_ptr_not_equal(second, trial);
    other = subject;
    other.candidate = eb_span_of("s@3");
    struct eb_trial *third = eb_trial_take(&shelf, &other);
    assert_ptr_not_equal(third, trial);
    eb_trial_drop(trial);
    eb_trial_drop(second);
    eb_trial_drop(third);
    assert_ptr_equal(shelf.first, trial);
    eb_trial_drop(trial);
    assert_null(shelf.first);
}

/* ---- through the pipeline ---- */

static const struct bus_text schemas[] = {
    { "small@1", "{\"required\":[\"n\"]}" },
    { "small@2", "{\"properties\":{\"n\":{\"maximum\":9}}}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "a", "{\"topic\":\"a/#\",\"schema\":\"small@1\",\"candidate\":\"small@2\"}" },
    { "b", "{\"topic\":\"b/#\",\"schema\":\"small@1\"}" },
    { "secret", "{\"topic\":\"secret/#\",\"schema\":\"small@1\",\"candidate\":\"small@2\","
                "\"dead_letter\":{\"payload\":\"omit\"}}" },
    { NULL, NULL },
};

static void events__are_tried_where_a_candidate_is_and_decided_as_without(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        enum eb_verdict verdict;
        uint32_t invalid, newly_invalid, newly_valid; /* since the beginning */
    } cases[] = {
        { "{\"n\":1}", EB_PASSED, 0, 0, 0 },
        { "{\"n\":10}", EB_PASSED, 1, 1, 0 },
        { "{}", EB_REFUSED, 1, 1, 1 },
        { "{", EB_REFUSED, 2, 1, 1 },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, NULL);
    assert_non_null(bus.snapshot);
    const struct eb_trial *trial = bus.snapshot->contracts[0].trial;
    assert_null(bus.snapshot->contracts[1].trial);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bus_publish(&bus, "a/1", cases[i].payload)->verdict, cases[i].verdict);
        assert_int_equal(trial->totals.events, i + 1);
        assert_int_equal(trial->totals.invalid, cases[i].invalid);
        assert_int_equal(trial->totals.newly_invalid, cases[i].newly_invalid);
        assert_int_equal(trial->totals.newly_valid, cases[i].newly_valid);
    }
    struct eb_message clearing = bus_message("a/1", "");
    clearing.payload = eb_span(NULL, 0);
    clearing.is_retain = true;
    assert_int_equal(bus_run(&bus, &clearing)->verdict, EB_PASSED);
    assert_int_equal(trial->totals.invalid, 2);
    assert_true(bus_reload(&bus, contracts));
    assert_ptr_equal(bus.snapshot->contracts[0].trial, trial);
    assert_int_equal(trial->totals.events, 5);
    bus_close(&bus);
}

/* What was not judged by either schema has its fault told all the same. */
static void fault__is_kept_with_its_event_unless_that_is_confidential(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload, *want; /* the beginning of the sentence */
    } cases[] = {
        { "a/1", "{\"n\":10}", "expected at most 9, got 10" },
        { "a/1", "{", "the JSON text ends too early" },
        { "secret/1", "{\"n\":10}", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus bus;
        bus_open(&bus, NULL, schemas, contracts, NULL);
        bus_publish(&bus, cases[i].topic, cases[i].payload);
        bool is_secret = cases[i].topic[0] == 's';
        const struct eb_trial_record *record =
            &bus.snapshot->contracts[is_secret ? 2 : 0].trial->record;
        uint8_t order[EB_TRIAL_FAULTS];
        assert_int_equal(eb_trial_rank(record, order), 1);
        const struct eb_trial_fault *fault = &record->faults[order[0]];
        struct eb_span error = eb_span(fault->error.bytes, fault->error.len);
        if (!eb_span_starts(error, eb_span_of(cases[i].want)))
            fail_msg("%s: got %.*s", cases[i].payload, (int)error.len, error.ptr);
        assert_int_equal(fault->is_confidential, is_secret);
        assert_int_equal(error.len == 0, is_secret);
        assert_int_equal(fault->payload_len, is_secret ? 0 : strlen(cases[i].payload));
        bus_close(&bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts__are_of_the_last_events_alone),
        cmocka_unit_test(fault__that_comes_often_has_a_place),
        cmocka_unit_test(texts__are_cut_between_characters),
        cmocka_unit_test(trial__is_found_again_by_all_it_tries),
        cmocka_unit_test(events__are_tried_where_a_candidate_is_and_decided_as_without),
        cmocka_unit_test(fault__is_kept_with_its_event_unless_that_is_confidential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
