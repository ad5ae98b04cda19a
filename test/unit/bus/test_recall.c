/* What becomes of an event that is sent again after a lost connection. */
#include "eb_test.h"

#include "base/limits.h"
#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "event@1", "{\"type\":\"object\",\"properties\":{\"n\":{\"maximum\":9}}}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "all", "{\"from\":[\"t/#\"],\"to\":[{\"topic\":\"services/all\"}]}" },
    { "bare", "{\"from\":[\"bare/#\"],\"to\":[{\"topic\":\"services/all\"}]}" },
    { NULL, NULL },
};

#define CONTRACT(more) "{\"topic\":\"t/#\",\"schema\":\"event@1\"" more "}"

static struct eb_resend *resend;

static void open_with(struct bus *bus, const char *settings, const char *contract)
{
    const struct bus_text contracts[] = { { "c", contract }, { NULL, NULL } };
    bus_open(bus, settings, schemas, contracts, rules);
    resend = eb_resend_new();
    assert_non_null(resend);
    bus->pipeline.resend = resend;
}

static void close_both(struct bus *bus)
{
    assert_true(eb_resend_check(resend));
    eb_resend_free(resend);
    bus_close(bus);
}

static struct eb_message message_of(const char *topic, const char *payload)
{
    struct eb_message message = bus_message(topic, payload);
    message.qos = 2;
    message.session = EB_SESSION_KEPT;
    return message;
}

static void reconnect(const struct eb_message *message)
{
    struct eb_digest client = eb_resend_client(message->client_id, message->username);
    eb_resend_lose(resend, client, 60, message->received_us);
    eb_resend_connect(resend, client, 60 * 1000000, message->received_us);
    eb_resend_meet(resend, message);
}

static void event__sent_again_gets_the_same_answer_and_is_not_routed(void **state)
{
    (void)state;
    static const struct {
        const char *contract, *payload;
        enum eb_verdict answer;
    } cases[] = {
        { CONTRACT(""), "{}", EB_PASSED },
        { CONTRACT(",\"original\":\"consume\""), "{}", EB_CONSUMED },
        { CONTRACT(",\"on_violation\":\"quarantine\""), "{\"n\":10}", EB_QUARANTINED },
        { CONTRACT(",\"on_violation\":\"reject\""), "{\"n\":10}", EB_REFUSED },
        { CONTRACT(",\"on_violation\":\"disconnect\""), "{\"n\":10}", EB_DISCONNECTED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus bus;
        open_with(&bus, NULL, cases[i].contract);
        struct eb_message message = message_of("t/1", cases[i].payload);
        assert_int_equal(bus_run(&bus, &message)->verdict, cases[i].answer);
        assert_int_equal(bus.outcome.dispatch_count, 1); /* a copy or a letter */
        for (int again = 0; again < 2; again++) {
            reconnect(&message);
            assert_int_equal(bus_run(&bus, &message)->verdict, EB_DEDUPLICATED);
            assert_int_equal(bus.outcome.answer, cases[i].answer);
            assert_int_equal(bus.outcome.dispatch_count, 0);
        }
        assert_int_equal(bus_run(&bus, &message)->verdict, cases[i].answer); /* new, in one */
        close_both(&bus);
    }
}

static void event__sent_again_is_counted_as_received_and_deduplicated(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL, CONTRACT(""));
    struct eb_message message = message_of("t/1", "{}");
    bus_run(&bus, &message);
    reconnect(&message);
    bus_run(&bus, &message);
    for (int i = 0; i < 2; i++) {
        const struct eb_figures *figures =
            i ? bus.snapshot->figures : bus.snapshot->contracts[0].figures;
        assert_int_equal(figures->received, 2);
        assert_int_equal(figures->passed, 1);
        assert_int_equal(figures->deduplicated, 1);
    }
    assert_int_equal(bus.snapshot->figures->resent, 1);
    assert_int_equal(bus.snapshot->figures->published, 1);
    close_both(&bus);
}

static void event__without_a_contract_is_told_too(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL, CONTRACT(""));
    struct eb_message message = message_of("bare/1", "no json");
    assert_int_equal(bus_run(&bus, &message)->dispatch_count, 1);
    reconnect(&message);
    assert_int_equal(bus_run(&bus, &message)->verdict, EB_DEDUPLICATED);
    assert_int_equal(bus.outcome.answer, EB_PASSED);
    close_both(&bus);
}

/* One thing about the message is other than before. */
static void change(struct eb_message *message, int what)
{
    static const struct eb_user_property users[] = {
        { EB_SPAN("a"), EB_SPAN("b") },
        { EB_SPAN("a"), EB_SPAN("c") },
        { EB_SPAN("c"), EB_SPAN("b") },
    };
    switch (what) {
    case 0: message->topic = eb_span_of("t/2"); break;
    case 1: message->payload = eb_span_of("{ }"); break;
    case 2: message->client_id = eb_span_of("c2"); break;
    case 3: message->qos = 1; break;
    case 4: message->is_retain = true; break;
    case 5: message->properties.content_type = eb_span_of("a"); break;
    case 6: message->properties.response_topic = eb_span_of("a"); break;
    case 7: message->properties.correlation_data = eb_span_of("a"); break;
    case 8: message->properties.payload_format = 1; break;
    case 9:
    case 10:
    case 11:
        message->properties.user = &users[what - 9];
        message->properties.user_count = 1;
        break;
    case 12: message->properties.user_count = 0; break;
    case 13: message->properties.is_over_limit = true; break;
    case 14: message->session = EB_SESSION_NONE; break;
    case 15: message->username = eb_span_of("another"); break;
    }
}

static void event__that_differs_in_anything_is_new(void **state)
{
    (void)state;
    for (int what = 0; what < 16; what++) {
        struct bus bus;
        open_with(&bus, NULL, CONTRACT(",\"on_violation\":\"observe\""));
        struct eb_message message = message_of("t/1", "{}");
        change(&message, 9);
        if (what == 9)
            message.properties.user_count = 0;
        bus_run(&bus, &message);
        reconnect(&message);
        struct eb_message other = message;
        change(&other, what);
        if (bus_run(&bus, &other)->verdict != EB_PASSED)
            fail_msg("change %d: %s", what, eb_verdict_name(bus.outcome.verdict));
        assert_int_equal(bus_run(&bus, &message)->verdict, EB_DEDUPLICATED);
        close_both(&bus);
    }
}

static void telling__can_be_switched_off(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *contract;
    } cases[] = {
        { NULL, CONTRACT(",\"retransmissions\":\"route\"") },
        { "{\"version\":1,\"retransmissions\":{\"in_flight\":0}}", CONTRACT("") },
    };
    for (int i = 0; i < 2; i++) {
        struct bus bus;
        open_with(&bus, cases[i].settings, cases[i].contract);
        struct eb_message message = message_of("t/1", "{}");
        bus_run(&bus, &message);
        assert_int_equal(eb_resend_count(resend), 0);
        reconnect(&message);
        assert_int_equal(bus_run(&bus, &message)->verdict, EB_PASSED);
        close_both(&bus);
    }
}

static void as_many_are_told__as_may_be_in_flight(void **state)
{
    (void)state;
    struct bus bus;
    open_with(
        &bus, "{\"version\":1,\"retransmissions\":{\"in_flight\":2,\"within_s\":5}}", CONTRACT(""));
    assert_int_equal(bus.snapshot->settings.resend_within_s, 5);
    struct eb_message events[] = { message_of("t/1", "{}"), message_of("t/2", "{}"),
        message_of("t/3", "{}") };
    for (int i = 0; i < 3; i++)
        bus_run(&bus, &events[i]);
    reconnect(&events[0]);
    for (int i = 0; i < 3; i++)
        assert_int_equal(bus_run(&bus, &events[i])->verdict, i == 0 ? EB_PASSED : EB_DEDUPLICATED);
    close_both(&bus);
}

static void event__the_engine_failed_on_is_decided_anew(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL, CONTRACT(""));
    struct eb_message message = message_of("t/1", "{}");
    char *end = bus.pipeline.arena.end;
    for (size_t bytes = 0; bus.outcome.reason != EB_REASON_ERROR; bytes += 16) {
        bus.pipeline.arena.end = bus.pipeline.arena.base + bytes;
        eb_resend_forget(resend, eb_resend_client(message.client_id, message.username));
        assert_int_equal(bus_run(&bus, &message)->verdict, EB_REFUSED);
    }
    bus.pipeline.arena.end = end;
    reconnect(&message);
    assert_int_equal(bus_run(&bus, &message)->verdict, EB_PASSED);
    close_both(&bus);
}

/* Then another client may have its events routed twice, which somebody should know. */
static void room__taken_from_another_client_is_counted(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL, CONTRACT(""));
    uint64_t count = 0;
    for (int i = 0; i <= EB_RESEND_EVENTS_MAX; i++) {
        char client[24];
        snprintf(client, sizeof client, "client-%d", i);
        struct eb_message message = message_of("t/1", "{}");
        message.client_id = eb_span_of(client);
        bus_run(&bus, &message);
        count = bus.snapshot->figures->resent_forgotten;
        assert_int_equal(count, i == EB_RESEND_EVENTS_MAX);
    }
    close_both(&bus);
}

/* A key's first event that comes again is no repetition of itself: it is delivered as it was. */
static void event__with_a_key_gets_its_own_answer(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL, CONTRACT(",\"deduplicate\":{\"key\":\"${id}\",\"window\":\"10m\"}"));
    struct eb_message first = message_of("t/1", "{\"id\":1}");
    struct eb_message second = message_of("t/1", "{\"id\":1,\"n\":2}");
    bus_run(&bus, &first);
    assert_int_equal(bus_run(&bus, &second)->answer, EB_CONSUMED);
    reconnect(&first);
    assert_int_equal(bus_run(&bus, &first)->answer, EB_PASSED);
    assert_int_equal(bus_run(&bus, &second)->answer, EB_CONSUMED);
    assert_int_equal(bus.snapshot->figures->resent, 2);
    close_both(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event__sent_again_gets_the_same_answer_and_is_not_routed),
        cmocka_unit_test(event__sent_again_is_counted_as_received_and_deduplicated),
        cmocka_unit_test(event__without_a_contract_is_told_too),
        cmocka_unit_test(event__that_differs_in_anything_is_new),
        cmocka_unit_test(telling__can_be_switched_off),
        cmocka_unit_test(as_many_are_told__as_may_be_in_flight),
        cmocka_unit_test(event__the_engine_failed_on_is_decided_anew),
        cmocka_unit_test(room__taken_from_another_client_is_counted),
        cmocka_unit_test(event__with_a_key_gets_its_own_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
