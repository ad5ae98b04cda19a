/*
 * Whichever piece of its memory an event does not get: what is bad is not let through, no copy is
 * made by halves, and the next event is decided as ever.
 */
#include "eb_test.h"

#include "base/arena.h"
#include "bus_fixture.h"
#include "oom/failing_alloc.h"

static const struct bus_text schemas[] = {
    { "reading@1",
        "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":{\"pattern\":"
        "\"^(a|b)+$\"},\"more\":{\"uniqueItems\":true},\"at\":{\"format\":\"date-time\"}},"
        "\"unevaluatedProperties\":{\"not\":{\"const\":0}}}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "refusing", "{\"topic\":\"plain/#\",\"schema\":\"reading@1\",\"on_error\":\"refuse\","
                  "\"candidate\":\"reading@1\"}" },
    { "setting-aside", "{\"topic\":\"aside/#\",\"schema\":\"reading@1\",\"on_error\":\"refuse\","
                       "\"on_violation\":\"quarantine\"}" },
    { "cloud", "{\"topic\":\"cloud/#\",\"envelope\":\"cloudevents\",\"schema\":\"reading@1\","
               "\"on_error\":\"refuse\"}" },
    { "once", "{\"topic\":\"once/#\",\"schema\":\"reading@1\",\"on_error\":\"refuse\","
              "\"deduplicate\":{\"key\":\"${n}\",\"window\":\"1h\"}}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "many",
        "{\"from\":[\"+/#\"],\"when\":{\"id\":[{\"prefix\":\"a\"}],\"$or\":[{\"x\":[{\"numeric\":"
        "[\">\",1]}]},{\"y\":[{\"exists\":false}]}]},\"to\":[{\"topic\":\"services/${id}\","
        "\"payload\":{\"all\":\"${more}\",\"id\":\"<${id}>\"}},{\"topic\":\"services/raw\","
        "\"payload\":\"${id} on ${$mqtt.topic}\"}]}" },
    { "cloud", "{\"from\":[\"cloud/+\"],\"when\":{\"data\":{\"id\":[\"ab\"]}},\"to\":[{\"topic\":"
               "\"services/cloud\",\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"type\":"
               "\"x.${type}\"}}},{\"topic\":\"services/s\",\"cloudevents\":\"structured\"}]}" },
    { "chained",
        "{\"from\":[\"plain/chain\"],\"to\":[{\"topic\":\"plain/end\",\"reroute\":true}]}" },
    { "end", "{\"from\":[\"plain/end\"],\"to\":[{\"topic\":\"services/end\"}]}" },
    { "shadow", "{\"from\":[\"plain/#\"],\"shadow\":true,\"to\":[{\"topic\":\"services/s\"}]}" },
    { NULL, NULL },
};

#define READING "{\"id\":\"ab\",\"x\":2,\"more\":[1,{\"a\":[2]},3],\"at\":\"2026-01-01T00:00:00Z\"}"

static const struct event {
    const char *topic, *payload; /* %u in it: which attempt it is */
    enum eb_verdict want;
    unsigned copies; /* at least */
} events[] = {
    { "plain/1", READING, EB_PASSED, 2 },
    { "plain/chain", READING, EB_PASSED, 5 },
    { "plain/1", "{\"id\":\"c\",\"more\":[1,1],\"zero\":0}", EB_REFUSED, 0 },
    { "plain/1", "{\"id\":", EB_REFUSED, 0 },
    { "aside/1", "{\"id\":\"c\"}", EB_QUARANTINED, 0 },
    { "once/1", "{\"id\":\"b\",\"n\":%u}", EB_PASSED, 0 },
    { "cloud/1",
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":" READING
        "}",
        EB_PASSED, 2 },
    { "cloud/1", "{\"specversion\":\"1.0\",\"id\":\"1\",\"type\":\"t\",\"data\":{}}", EB_REFUSED,
        0 },
};

struct attempts {
    struct bus bus;
    const struct event *event;
    unsigned count;
    /* Of the event when it gets all it asks for. */
    unsigned copy_count;
    char copies[4096];
};

static const struct eb_outcome *publish(struct attempts *attempts)
{
    static char payload[512];
    snprintf(payload, sizeof payload, "%s", attempts->event->payload);
    char *number = strstr(payload, "%u");
    if (number)
        snprintf(number, sizeof payload - (size_t)(number - payload), "%u}", attempts->count++);
    struct eb_message message = bus_message(attempts->event->topic, payload);
    if (strncmp(attempts->event->topic, "cloud/", 6) == 0)
        message.properties.content_type = eb_span_of("application/cloudevents+json");
    return bus_run(&attempts->bus, &message);
}

/* "topic payload\n" */
static void write_copy(const struct eb_publish *copy, char out[1024])
{
    snprintf(out, 1024, "%.*s %.*s\n", (int)copy->topic.len, copy->topic.ptr,
        (int)copy->payload.len, copy->payload.ptr);
}

static bool decide(void *context)
{
    struct attempts *attempts = context;
    const struct event *event = attempts->event;
    const struct eb_outcome *outcome = publish(attempts);
    unsigned copies = 0;
    if (outcome->verdict != event->want && outcome->verdict != EB_REFUSED)
        fail_msg("%s %s: %s", event->topic, event->payload, eb_verdict_name(outcome->verdict));
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        char copy[1024];
        if (outcome->dispatches[i].kind != EB_COPY)
            continue;
        copies++;
        write_copy(&outcome->dispatches[i].publish, copy);
        if (!strstr(attempts->copies, copy))
            fail_msg("%s %s: another copy: %s", event->topic, event->payload, copy);
    }
    assert_true(copies <= attempts->copy_count);
    return outcome->verdict == event->want && copies == attempts->copy_count;
}

static void note_copies(struct attempts *attempts)
{
    const struct eb_outcome *outcome = publish(attempts);
    size_t len = 0;
    *attempts->copies = '\0';
    attempts->copy_count = 0;
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        if (outcome->dispatches[i].kind != EB_COPY)
            continue;
        write_copy(&outcome->dispatches[i].publish, attempts->copies + len);
        len += strlen(attempts->copies + len);
        attempts->copy_count++;
    }
    assert_true(attempts->copy_count >= attempts->event->copies);
}

static bool decide_twice(void *context)
{
    bool is_whole = decide(context);
    eb_fail_allocation(0);
    assert_true(decide(context));
    return is_whole;
}

static void event__without_memory_is_decided_whole_or_refused(void **state)
{
    (void)state;
    static struct attempts attempts;
    bus_open(&attempts.bus, NULL, schemas, contracts, rules);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        attempts.event = &events[i];
        note_copies(&attempts);
        assert_true(decide(&attempts));
        size_t failed = eb_fail_each_allocation(decide_twice, &attempts);
        assert_true(failed > 5 || !EB_HAS_ASAN); /* else pieces are handed out unseen */
    }
    bus_close(&attempts.bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event__without_memory_is_decided_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
