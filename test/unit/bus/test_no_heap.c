/*
 * The message path calls neither the heap nor mmap, whatever the event: valid, invalid, over a
 * limit, routed through every operator and template.
 */
#include "eb_test.h"

#include <stdlib.h>

#include "bus_fixture.h"
#include "heap_watch.h"

static const struct bus_text schemas[] = {
    { "event@1", "{\"type\":\"object\",\"required\":[\"id\",\"type\",\"time\",\"data\"],"
                 "\"additionalProperties\":false,\"properties\":{"
                 "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
                 "\"type\":{\"enum\":[\"battery.low\",\"tamper\"]},"
                 "\"time\":{\"type\":\"string\",\"format\":\"date-time\"},"
                 "\"host\":{\"type\":\"string\",\"format\":\"idn-hostname\"},"
                 "\"mail\":{\"type\":\"string\",\"format\":\"idn-email\"},"
                 "\"evil\":{\"type\":\"string\",\"pattern\":\"^(?=a)(a|aa)+$\"},"
                 "\"data\":{\"type\":\"object\",\"unevaluatedProperties\":false,"
                 "\"properties\":{\"percent\":{\"multipleOf\":0.5,\"maximum\":100},"
                 "\"site\":{\"type\":\"string\",\"pattern\":\"^(?:b|c)[0-9]{1,9}$\"},"
                 "\"tags\":{\"type\":\"array\",\"uniqueItems\":true,\"contains\":{\"type\":"
                 "\"string\"}}}}}}" },
    { "events.b12@1", "{\"required\":[\"id\"]}" },
    { NULL, NULL },
};

static const struct bus_text contracts[] = {
    { "events", "{\"topic\":\"locks/+/events\",\"schema\":\"event@1\"}" },
    { "once", "{\"topic\":\"doors/+/events\",\"schema\":\"events.b12@1\",\"deduplicate\":"
              "{\"key\":\"${$mqtt.clientid} ${id}\",\"window\":\"1m\",\"keys\":1000}}" },
    { "cloud", "{\"topic\":\"cloud/#\",\"envelope\":\"cloudevents\",\"schema\":\"events.b12@1\","
               "\"deduplicate\":{\"key\":\"${source} ${id}\",\"window\":\"1m\",\"keys\":100}}" },
    { "named",
        "{\"topic\":\"named/#\",\"envelope\":\"cloudevents\",\"on_violation\":\"observe\"}" },
    { "by-content", "{\"topic\":\"locks/+/events\",\"schema\":\"${$mqtt.level[2]}.${data.site}@1\","
                    "\"on_violation\":\"observe\"}" },
    { NULL, NULL },
};

static const struct bus_text rules[] = {
    { "exact", "{\"from\":[\"locks/#\"],\"when\":{\"type\":[\"battery.low\"]},\"to\":[{\"topic\":"
               "\"services/a/${data.site}\",\"payload\":{\"p\":\"${data.percent}\",\"t\":"
               "\"at ${$event.received}: ${data}\",\"id\":\"${$event.id}\"}}]}" },
    { "number", "{\"from\":[\"#\"],\"when\":{\"data\":{\"percent\":[{\"numeric\":[\"<\",20]}]}},"
                "\"to\":[{\"topic\":\"services/b\"}]}" },
    { "text",
        "{\"from\":[\"locks/+/events\"],\"when\":{\"type\":[{\"prefix\":\"bat\"},"
        "{\"suffix\":{\"equals-ignore-case\":\"PER\"}},{\"wildcard\":\"*a*e*\"}],"
        "\"id\":[{\"anything-but\":{\"prefix\":\"x\"}}]},\"to\":[{\"topic\":\"services/c\"}]}" },
    { "mqtt", "{\"from\":[\"locks/#\"],\"when\":{\"$mqtt\":{\"clientid\":[\"c1\"],\"level\":"
              "[\"events\"]},\"$or\":[{\"a\":[{\"exists\":false}]},{\"b\":[1]}]},"
              "\"to\":[{\"topic\":\"services/${$mqtt.level[1]}\"},"
              "{\"topic\":\"services/${missing}\"}]}" },
    { "cloud", "{\"from\":[\"cloud/#\",\"named/#\"],\"when\":{\"ext\":[\"5\"]},\"to\":[{\"topic\":"
               "\"services/binary\",\"cloudevents\":\"binary\"},{\"topic\":\"services/structured\","
               "\"cloudevents\":\"structured\"},{\"topic\":\"services/made\",\"payload\":{\"d\":"
               "\"${data}\"},\"cloudevents\":{\"mode\":\"structured\",\"attributes\":{\"type\":"
               "\"x.${type}\",\"subject\":null}}}]}" },
    { NULL, NULL },
};

#define EVENT(more)                                                                                \
    "{\"id\":\"4f9c1d2e-7a3b-4c5d-8e9f-0123456789ab\",\"type\":\"battery.low\","                   \
    "\"time\":\"2026-11-20T17:21:33.125Z\",\"data\":{\"percent\":7.5,\"site\":\"b12\","            \
    "\"tags\":[\"x\",\"\\u00e9\",1e3]}" more "}"

static char *repeat(const char *prefix, char letter, size_t count, const char *suffix)
{
    size_t prefix_len = strlen(prefix);
    char *text = malloc(prefix_len + count + strlen(suffix) + 1);
    assert_non_null(text);
    memcpy(text, prefix, prefix_len);
    memset(text + prefix_len, letter, count);
    memcpy(text + prefix_len + count, suffix, strlen(suffix) + 1);
    return text;
}

static void hundred_thousand_events__never_touch_the_heap(void **state)
{
    (void)state;
    char *deep = repeat("", '[', 100000, "");
    char *long_text = repeat("{\"x\":\"", 'x', 2 << 20, "\"}");
    char *evil = repeat("{\"id\":\"1\",\"evil\":\"", 'a', 5000, "!\"}");
    const char *payloads[] = {
        EVENT(""),
        EVENT(",\"host\":\"b\\u00fccher.example\",\"mail\":\"\xc3\xbc@b\xc3\xbc"
              "cher.example\""),
        EVENT(",\"host\":\"xn--bcher-kva.example\""),
        EVENT(",\"extra\":1"),
        "{\"id\":1,\"type\":[],\"time\":\"yesterday\",\"data\":{\"tags\":[1,1.0],\"percent\":0.3}}",
        "{}",
        "[]",
        "",
        "\xff\xfe",
        "{\"a\":1,\"a\":2}",
        "not json",
        EVENT(",\"evil\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\""),
        evil,
        deep,
        long_text,
    };
    static const char *const topics[] = { "locks/7/events", "locks/7/other", "nobody/watches",
        "services", "$event-bus/dead-letter" };
    enum { PAYLOADS = sizeof payloads / sizeof *payloads, COSTLY = 4, TOPICS = 5, EVENTS = 100000 };

    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"egress\":[\"services/#\"],\"targets\":[\"services/#\"]}",
        schemas, contracts, rules);
    bus_publish(&bus, "locks/7/events", payloads[0]);
    assert_int_equal(bus.outcome.verdict, EB_PASSED);
    assert_int_equal(bus.outcome.dispatch_count, 5);

    size_t verdicts[EB_DISCONNECTED + 1] = { 0 }, letters = 0, copies = 0, summaries = 0;
    heap_watch_start();
    for (int i = 0; i < EVENTS; i++) {
        /* Costly ones in one round of 101 (which shares no factor with the topics): they show the
         * same path, slowly. */
        int payload = i % PAYLOADS;
        if (payload >= PAYLOADS - COSTLY && i / PAYLOADS % 101 != 1)
            payload = 0;
        struct eb_message message = bus_message(topics[i / PAYLOADS % TOPICS], payloads[payload]);
        message.is_retain = i % 7 == 0;
        message.received_us += (int64_t)i * 5000;
        if (eb_pipeline_owes_summary(&bus.pipeline)) {
            eb_pipeline_sum_up(&bus.pipeline, bus.snapshot, message.received_us, &bus.outcome);
            summaries += bus.outcome.dispatch_count;
        }
        eb_pipeline_rest(&bus.pipeline);
        eb_pipeline_run(&bus.pipeline, bus.snapshot, &message, &bus.outcome);
        verdicts[bus.outcome.verdict]++;
        for (uint32_t j = 0; j < bus.outcome.dispatch_count; j++) {
            letters += bus.outcome.dispatches[j].kind == EB_DEAD_LETTER;
            copies += bus.outcome.dispatches[j].kind == EB_COPY;
        }
    }
    size_t calls = heap_watch_stop();
    print_message("%d events: %zu passed, %zu refused, %zu copies, %zu dead letters, %zu calls\n",
        EVENTS, verdicts[EB_PASSED], verdicts[EB_REFUSED], copies, letters, calls);
    assert_int_equal(calls, 0);
    assert_true(verdicts[EB_PASSED] > 10000 && verdicts[EB_REFUSED] > 10000);
    assert_true(copies > 10000 && letters > 10000 && summaries > 100);
    bus_close(&bus);
    free(deep);
    free(long_text);
    free(evil);
}

/* CloudEvents in both modes, right and wrong, with data of every kind; read, judged and converted.
 */
static void cloudevents__never_touch_the_heap(void **state)
{
    (void)state;
#define ATTRIBUTES "\"source\":\"/s\",\"type\":\"t\",\"specversion\":\"1.0\",\"ext\":5"
    static const char *const payloads[] = {
        "{\"id\":\"%d\"," ATTRIBUTES ",\"data\":{\"id\":[1,{}]}}",
        "{\"id\":\"%d\"," ATTRIBUTES ",\"datacontenttype\":\"a/json\",\"data_base64\":"
        "\"eyJpZCI6MX0=\"}",
        "{\"id\":\"%d\"," ATTRIBUTES ",\"datacontenttype\":\"a/b\",\"data\":\"\\u00e9\"}",
        "{\"id\":\"%d\",\"Bad\":1.5,\"time\":\"\\u0000\",\"data\":1,\"data_base64\":2}",
        "{\"id\":\"%d\"," ATTRIBUTES ",\"dataschema\":\"urn:no\"}",
        "\xff%d",
    };
    static const struct eb_user_property user[] = {
        { EB_SPAN("id"), EB_SPAN("1") },
        { EB_SPAN("source"), EB_SPAN("/s") },
        { EB_SPAN("type"), EB_SPAN("t") },
        { EB_SPAN("specversion"), EB_SPAN("1.0") },
        { EB_SPAN("ext"), EB_SPAN("5") },
        { EB_SPAN("X-other"), EB_SPAN("y") },
        { EB_SPAN("id"), EB_SPAN("2") },
    };
    static const struct eb_span types[] = { EB_SPAN("application/json"), EB_SPAN("text/plain"),
        EB_SPAN("application/cloudevents+json"), EB_SPAN("application/cloudevents+x"),
        { NULL, 0 } };
    struct bus bus;
    size_t copies = 0, refused = 0;
    bus_open(&bus, NULL, schemas, contracts, rules);
    heap_watch_start();
    for (int i = 0; i < 20000; i++) {
        char payload[300];
        snprintf(payload, sizeof payload, payloads[i % 6], i % 50);
        struct eb_message message = bus_message(i % 2 ? "cloud/x" : "named/x", payload);
        message.protocol = i % 7 ? 5 : 4;
        message.properties.content_type = i % 7 ? types[i % 5] : eb_span(NULL, 0);
        message.properties.user = user;
        message.properties.user_count = (uint32_t)(i % 11 ? 6 : i % 8);
        message.received_us += 500 * i;
        eb_pipeline_rest(&bus.pipeline);
        eb_pipeline_run(&bus.pipeline, bus.snapshot, &message, &bus.outcome);
        refused += bus.outcome.verdict == EB_REFUSED;
        for (uint32_t j = 0; j < bus.outcome.dispatch_count; j++)
            copies += bus.outcome.dispatches[j].kind == EB_COPY;
    }
    assert_int_equal(heap_watch_stop(), 0);
    assert_true(copies > 1000 && refused > 1000);
    bus_close(&bus);
}

/* Keys that come, come again, expire and push each other out; and events sent again. */
static void keys__never_touch_the_heap(void **state)
{
    (void)state;
    struct bus bus;
    size_t repeated = 0;
    bus_open(&bus, NULL, schemas, contracts, rules);
    struct eb_resend *resend = eb_resend_new();
    assert_non_null(resend);
    bus.pipeline.resend = resend;
    heap_watch_start();
    for (int i = 0; i < 20000; i++) {
        char payload[32];
        snprintf(payload, sizeof payload, "{\"id\":%d}", i % 1500 - i % 7);
        struct eb_message message = bus_message("doors/7/events", payload);
        message.received_us += 500 * i;
        message.qos = (uint8_t)(i % 3);
        message.session = EB_SESSION_KEPT;
        if (i % 50 == 0) {
            struct eb_digest client = eb_resend_client(message.client_id, message.username);
            eb_resend_lose(resend, client, 60, message.received_us);
            eb_resend_connect(resend, client, 60 * 1000000, message.received_us);
        }
        eb_resend_meet(resend, &message);
        eb_pipeline_rest(&bus.pipeline);
        eb_pipeline_run(&bus.pipeline, bus.snapshot, &message, &bus.outcome);
        repeated += bus.outcome.verdict == EB_DEDUPLICATED;
    }
    assert_int_equal(heap_watch_stop(), 0);
    assert_true(repeated > 100);
    assert_true(bus.snapshot->figures->forgotten > 1000);
    assert_true(bus.snapshot->figures->resent > 100);
    eb_resend_free(resend);
    bus_close(&bus);
}

static void watch__sees_the_heap(void **state)
{
    (void)state;
    heap_watch_start();
    char *volatile bytes = malloc(10);
    free(bytes);
    assert_int_equal(heap_watch_stop(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watch__sees_the_heap),
        cmocka_unit_test(cloudevents__never_touch_the_heap),
        cmocka_unit_test(keys__never_touch_the_heap),
        cmocka_unit_test(hundred_thousand_events__never_touch_the_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
