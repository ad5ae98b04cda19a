/*
 * Who published: what rules see as `$mqtt.clientid` and `$mqtt.username`, however a client says who
 * it is.
 */
#include "eb_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "certificates.h"
#include "peer.h"
#include "scene.h"

static struct eb_server own;

static void start(struct eb_server *server, const char *lines)
{
    eb_server_prepare(server);
    eb_server_write(server, "event-bus/rules/who.json",
        "{ \"from\": [\"who/#\"], \"to\": [ { \"topic\": \"said\","
        "  \"payload\": \"${$mqtt.clientid} ${$mqtt.username|\\\"nobody\\\"}\" } ] }\n");
    eb_server_start(server, lines);
}

static int close_own(void **state)
{
    (void)state;
    return eb_server_finish(&own);
}

/* What the bus takes `client` for; `reader` sees what it says. */
static void assert_known_as(struct eb_peer *reader, struct eb_peer *client, const char *want)
{
    eb_peer_publish_text(client, "who/x", "{}", 1);
    char quoted[512];
    snprintf(quoted, sizeof quoted, "\"%s\"", want);
    assert_received(reader, "said", quoted);
}

static struct eb_peer *reader_of(struct eb_server *server)
{
    struct eb_peer *reader = eb_peer_connect(server, "reader", 4);
    eb_peer_subscribe(reader, "said", 1);
    return reader;
}

static void client__is_known_by_its_id_and_user_name(void **state)
{
    (void)state;
    start(&own, NULL);
    struct eb_peer *reader = reader_of(&own);
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *anonymous = eb_peer_connect(&own, "lock-17", protocol);
        assert_known_as(reader, anonymous, "lock-17 nobody");
        eb_peer_disconnect(anonymous);
        struct eb_peer *named = eb_peer_connect_as(&own, "lock-17", protocol, "Erika", true);
        assert_known_as(reader, named, "lock-17 Erika");
        eb_peer_disconnect(named);
    }
}

/* No payload, topic or user property makes another of it. */
static void client__cannot_claim_to_be_another(void **state)
{
    (void)state;
    start(&own, NULL);
    struct eb_peer *reader = reader_of(&own);
    struct eb_peer *liar = eb_peer_connect(&own, "liar", 5);
    mosquitto_property *list = NULL;
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "username", "root");
    eb_peer_publish(
        liar, (struct eb_publication){ .topic = "who/root",
                  .payload = "{\"$mqtt\":{\"username\":\"root\"},\"$mqtt.username\":\"root\"}",
                  .qos = 1,
                  .properties = list });
    mosquitto_property_free_all(&list);
    assert_received(reader, "said", "\"liar nobody\"");
}

static void client__without_an_id_has_the_one_it_is_given(void **state)
{
    (void)state;
    start(&own, NULL);
    struct eb_peer *reader = reader_of(&own);
    struct eb_peer *client = eb_peer_connect(&own, "", 5);
    eb_peer_publish_text(client, "who/x", "{}", 1);
    const struct eb_received *got = assert_received(reader, "said", NULL);
    assert_int_equal(strncmp(got->payload, "\"auto-", 6), 0);
    assert_non_null(strstr(got->payload, " nobody\""));
}

static void user_name__that_is_the_client_id_is_both(void **state)
{
    (void)state;
    start(&own, "use_username_as_clientid true\n");
    struct eb_peer *reader = eb_peer_connect_as(&own, "reader", 4, "reader", true);
    eb_peer_subscribe(reader, "said", 1);
    assert_known_as(reader, eb_peer_connect_as(&own, "lock-17", 4, "Erika", true), "Erika Erika");
}

/* ---- certificates ----------------------------------------------------------------------------
 */

static struct eb_peer *connect_by_certificate(struct eb_server *server, int port)
{
    char ca[128], certificate[128], key[128];
    snprintf(ca, sizeof ca, "%s/ca.crt", server->tree.path);
    snprintf(certificate, sizeof certificate, "%s/lock.crt", server->tree.path);
    snprintf(key, sizeof key, "%s/lock.key", server->tree.path);
    return eb_peer_connect_by(server, "lock-17", 5,
        &(struct eb_login){
            .port = port, .ca_file = ca, .certificate_file = certificate, .key_file = key });
}

static void certificate__is_the_user_name_if_the_broker_says_so(void **state)
{
    static const struct {
        const char *line, *want;
    } cases[] = {
        { "", "lock-17 nobody" },
        { "use_identity_as_username true\n", "lock-17 lock-17.example" },
        { "use_subject_as_username true\n", "lock-17 CN=lock-17.example,O=Building" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_server_finish(&own);
        eb_server_prepare(&own);
        if (!eb_certificates_make(&own)) {
            print_message("left out: there is no openssl to make certificates with\n");
            skip();
        }
        int port = eb_server_free_port();
        char lines[1024], files[256];
        snprintf(files, sizeof files, "%s", own.tree.path);
        snprintf(lines, sizeof lines,
            "listener %d 127.0.0.1\ncafile %s/ca.crt\ncertfile %s/broker.crt\n"
            "keyfile %s/broker.key\nrequire_certificate true\n%s",
            port, files, files, files, cases[i].line);
        eb_server_write(&own, "event-bus/rules/who.json",
            "{ \"from\": [\"who/#\"], \"to\": [ { \"topic\": \"said\","
            "  \"payload\": \"${$mqtt.clientid} ${$mqtt.username|\\\"nobody\\\"}\" } ] }\n");
        eb_server_start(&own, lines);
        assert_known_as(reader_of(&own), connect_by_certificate(&own, port), cases[i].want);
    }
}

static void shared_key__is_the_user_name_if_the_broker_says_so(void **state)
{
    static const struct {
        const char *line, *want;
    } cases[] = {
        { "", "lock-17 nobody" },
        { "use_identity_as_username true\n", "lock-17 lock-by-key" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_server_finish(&own);
        eb_server_prepare(&own);
        eb_server_write(&own, "keys", "lock-by-key:0123456789abcdef\n");
        eb_server_write(&own, "event-bus/rules/who.json",
            "{ \"from\": [\"who/#\"], \"to\": [ { \"topic\": \"said\","
            "  \"payload\": \"${$mqtt.clientid} ${$mqtt.username|\\\"nobody\\\"}\" } ] }\n");
        int port = eb_server_free_port();
        char lines[512];
        snprintf(lines, sizeof lines, "psk_file keys\nlistener %d 127.0.0.1\npsk_hint hint\n%s",
            port, cases[i].line);
        eb_server_start(&own, lines);
        struct eb_peer *client = eb_peer_connect_by(&own, "lock-17", 5,
            &(struct eb_login){ .port = port,
                .shared_key = "0123456789abcdef",
                .shared_key_identity = "lock-by-key" });
        assert_known_as(reader_of(&own), client, cases[i].want);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, close_own)
    const struct CMUnitTest tests[] = {
        TEST(client__is_known_by_its_id_and_user_name),
        TEST(client__cannot_claim_to_be_another),
        TEST(client__without_an_id_has_the_one_it_is_given),
        TEST(user_name__that_is_the_client_id_is_both),
        TEST(certificate__is_the_user_name_if_the_broker_says_so),
        TEST(shared_key__is_the_user_name_if_the_broker_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
