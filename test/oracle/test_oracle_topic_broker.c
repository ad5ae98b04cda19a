/*
 * What we accept, Mosquitto accepts: the broker does not check what plugins publish, so our check
 * is the last one. Its own functions are in its client library too.
 */
#include "eb_test.h"

#include <mosquitto.h>

#include "base/utf8.h"
#include "topic/filter.h"

static bool broker_takes_topic(const char *topic, size_t len)
{
    return len && strlen(topic) == len && mosquitto_pub_topic_check(topic) == MOSQ_ERR_SUCCESS &&
           mosquitto_validate_utf8(topic, (int)len) == MOSQ_ERR_SUCCESS;
}

static bool broker_takes_filter(const char *filter, size_t len)
{
    return len && strlen(filter) == len && mosquitto_sub_topic_check(filter) == MOSQ_ERR_SUCCESS &&
           mosquitto_validate_utf8(filter, (int)len) == MOSQ_ERR_SUCCESS;
}

static void topic__agrees_with_mosquitto_on_every_code_point(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= EB_CODE_POINT_MAX; code_point++) {
        char topic[8] = "a";
        size_t len = 1 + eb_utf8_encode(code_point, topic + 1);
        if (len == 1)
            continue;
        bool want = broker_takes_topic(topic, len);
        if ((eb_topic_check(eb_span(topic, len)) == EB_TOPIC_OK) != want)
            fail_msg("U+%04X: want %d", code_point, want);
    }
}

/* All byte strings of three, and of four from where UTF-8 has its edges. */
static void topic__is_never_laxer_than_mosquitto_on_any_bytes(void **state)
{
    (void)state;
    static const unsigned char edges[] = { 0, 1, '/', '+', '#', 'a', '$', 0x7f, 0x80, 0x8f, 0x90,
        0x9f, 0xa0, 0xb7, 0xbe, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff };
    enum { EDGES = sizeof edges };
    size_t accepted = 0;
    for (size_t n = 0; n < (size_t)EDGES * EDGES * EDGES * EDGES; n++) {
        char text[5] = { (char)edges[n % EDGES], (char)edges[n / EDGES % EDGES],
            (char)edges[n / EDGES / EDGES % EDGES], (char)edges[n / EDGES / EDGES / EDGES] };
        for (size_t len = 1; len <= 4; len++) {
            char topic[5] = "";
            memcpy(topic, text, len);
            bool takes_topic = broker_takes_topic(topic, len);
            bool takes_filter = broker_takes_filter(topic, len);
            assert_int_equal(eb_topic_check(eb_span(topic, len)) == EB_TOPIC_OK, takes_topic);
            assert_int_equal(eb_filter_check(eb_span(topic, len)) == EB_TOPIC_OK, takes_filter);
            accepted += takes_topic;
        }
    }
    assert_true(accepted > 1000);
}

static void matches__agrees_with_mosquitto(void **state)
{
    (void)state;
    static const char *const levels[] = { "", "a", "b", "$a", "+", "#" };
    for (int f = 0; f < 6 * 6 * 6; f++) {
        for (int t = 0; t < 4 * 4 * 4; t++) {
            char filter[32], topic[32];
            snprintf(filter, sizeof filter, "%s/%s/%s", levels[f % 6], levels[f / 6 % 6],
                levels[f / 36]);
            snprintf(
                topic, sizeof topic, "%s/%s/%s", levels[t % 4], levels[t / 4 % 4], levels[t / 16]);
            bool want;
            if (mosquitto_topic_matches_sub(filter, topic, &want) != MOSQ_ERR_SUCCESS)
                continue;
            if (eb_filter_matches(eb_span_of(filter), eb_span_of(topic)) != want)
                fail_msg("%s against %s: want %d", filter, topic, want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topic__agrees_with_mosquitto_on_every_code_point),
        cmocka_unit_test(topic__is_never_laxer_than_mosquitto_on_any_bytes),
        cmocka_unit_test(matches__agrees_with_mosquitto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
