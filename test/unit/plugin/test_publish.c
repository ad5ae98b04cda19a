#include "eb_test.h"

#include <stdlib.h>

#include "played_broker.h"
#include "publish.h"

static struct eb_publisher publisher;

static int forget(void **state)
{
    (void)state;
    played_broker_forget();
    return 0;
}

/* What the broker took over. */
static const struct played_publish *taken(void)
{
    assert_int_equal(played_broker.publish_count, 1);
    return &played_broker.publishes[0];
}

static struct eb_publish simple(const char *topic, const char *payload)
{
    return (struct eb_publish){
        .topic = eb_span_of(topic),
        .payload = eb_span_of(payload),
        .qos = 1,
        .properties = { .payload_format = -1 },
    };
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static void message__arrives_as_it_is(void **state)
{
    (void)state;
    /* Spans that do not end in NUL, as the engine's. */
    static const char bytes[] = "a/bxpayloadxclientx";
    struct eb_publish publish = { .topic = eb_span(bytes, 3),
        .payload = eb_span(bytes + 4, 7),
        .client_id = eb_span(bytes + 12, 6),
        .qos = 2,
        .is_retain = true,
        .properties = { .payload_format = -1 } };
    assert_int_equal(eb_publish_send(&publisher, &publish), MOSQ_ERR_SUCCESS);
    assert_string_equal(taken()->topic, "a/b");
    assert_string_equal(taken()->client, "client");
    assert_int_equal(taken()->payload_len, 7);
    assert_memory_equal(taken()->payload, "payload", 7);
    assert_int_equal(taken()->qos, 2);
    assert_true(taken()->is_retain);
    assert_null(taken()->properties);
}

static void message__without_a_payload_has_none(void **state)
{
    (void)state;
    struct eb_publish publish = simple("a", NULL);
    assert_int_equal(eb_publish_send(&publisher, &publish), MOSQ_ERR_SUCCESS);
    assert_null(taken()->payload);
    assert_string_equal(taken()->client, "");
}

static void properties__arrive_in_order(void **state)
{
    (void)state;
    const struct eb_user_property user[] = {
        { EB_SPAN("b"), EB_SPAN("2") },
        { EB_SPAN(""), EB_SPAN("") },
        { EB_SPAN("b"), EB_SPAN("1") },
    };
    struct eb_publish publish = simple("a", "x");
    publish.properties = (struct eb_properties){ .payload_format = 1,
        .content_type = EB_SPAN("text/plain"),
        .response_topic = EB_SPAN("answers"),
        .correlation_data = EB_SPAN("\0\1"),
        .expiry_s = 60,
        .user = user,
        .user_count = 3 };
    assert_int_equal(eb_publish_send(&publisher, &publish), MOSQ_ERR_SUCCESS);
    assert_int_equal(mosquitto_property_check_all(0x30, taken()->properties), MOSQ_ERR_SUCCESS);

    static const int want[] = { MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, MQTT_PROP_CONTENT_TYPE,
        MQTT_PROP_RESPONSE_TOPIC, MQTT_PROP_CORRELATION_DATA, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL,
        MQTT_PROP_USER_PROPERTY, MQTT_PROP_USER_PROPERTY, MQTT_PROP_USER_PROPERTY };
    size_t count = 0, users = 0;
    for (const mosquitto_property *at = taken()->properties; at; at = mosquitto_property_next(at)) {
        assert_int_equal(mosquitto_property_identifier(at), want[count++]);
        if (mosquitto_property_identifier(at) != MQTT_PROP_USER_PROPERTY)
            continue;
        char *name, *value;
        mosquitto_property_read_string_pair(at, MQTT_PROP_USER_PROPERTY, &name, &value, false);
        assert_span_equal(user[users].name, name);
        assert_span_equal(user[users++].value, value);
        free(name);
        free(value);
    }
    assert_int_equal(count, 8);
    assert_int_equal(users, 3);
}

static char *repeat(const char *text, size_t count)
{
    size_t len = strlen(text);
    char *all = malloc(len * count + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(all + i * len, text, len);
    all[len * count] = '\0';
    return all;
}

static void topic__that_would_harm_is_never_published(void **state)
{
    (void)state;
    char *longest = repeat("x", EB_TOPIC_BYTES_MAX);
    char *too_long = repeat("x", EB_TOPIC_BYTES_MAX + 1);
    const struct {
        const char *name;
        struct eb_span topic;
        bool is_good;
    } cases[] = {
        { "simple", EB_SPAN("a"), true },
        { "longest", eb_span_of(longest), true },
        { "of the broker", EB_SPAN("$SYS/x"), true },
        { "empty", EB_SPAN(""), false },
        { "none", { NULL, 0 }, false },
        { "plus", EB_SPAN("a/+/b"), false },
        { "hash", EB_SPAN("a/#"), false },
        { "NUL", EB_SPAN("a\0b"), false },
        { "control character", EB_SPAN("a\nb"), false },
        { "not UTF-8", EB_SPAN("a\377"), false },
        { "surrogate", EB_SPAN("\xed\xa0\x80"), false },
        { "too long", eb_span_of(too_long), false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_publish publish = simple(NULL, "x");
        publish.topic = cases[i].topic;
        publish.properties.content_type = eb_span_of("text/plain");
        int rc = eb_publish_send(&publisher, &publish);
        if ((rc == MOSQ_ERR_SUCCESS) != cases[i].is_good ||
            (played_broker.publish_calls > 0) != cases[i].is_good)
            fail_msg("%s: %d", cases[i].name, rc);
        forget(state);
    }
    free(longest);
    free(too_long);
}

static void failure__leaves_nothing_behind(void **state)
{
    (void)state;
    const struct eb_user_property bad[] = {
        { EB_SPAN("good"), EB_SPAN("good") },
        { EB_SPAN("a\0b"), EB_SPAN("") },
    };
    struct eb_publish publish = simple("a", "x");
    publish.properties.content_type = eb_span_of("text/plain");
    played_broker.publish_answer = MOSQ_ERR_NOMEM;
    assert_int_equal(eb_publish_send(&publisher, &publish), MOSQ_ERR_NOMEM);
    assert_int_equal(played_broker.publish_calls, 1);
    forget(state);

    played_broker.is_out_of_memory = true;
    assert_int_equal(eb_publish_send(&publisher, &publish), MOSQ_ERR_NOMEM);
    assert_int_equal(played_broker.publish_calls, 0);
    forget(state);

    publish.properties.user = bad;
    publish.properties.user_count = 2;
    assert_int_equal(eb_publish_send(&publisher, &publish), MOSQ_ERR_MALFORMED_UTF8);
    assert_int_equal(played_broker.publish_calls, 0);

    publish = simple("a", NULL);
    publish.payload = eb_span("x", (size_t)EB_PUBLISH_BYTES_MAX + 1);
    assert_int_equal(eb_publish_send(&publisher, &publish), MOSQ_ERR_PAYLOAD_SIZE);
    assert_int_equal(played_broker.publish_calls, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, forget)
    const struct CMUnitTest tests[] = {
        TEST(message__arrives_as_it_is),
        TEST(message__without_a_payload_has_none),
        TEST(properties__arrive_in_order),
        TEST(topic__that_would_harm_is_never_published),
        TEST(failure__leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
