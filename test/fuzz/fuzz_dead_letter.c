/*
 * A message that is refused, and read again out of its dead letter: what `event-bus dead-letters`
 * would send is what came, byte for byte. Or, where the first byte is 'l', any bytes as the file
 * that letters are kept in. What is shown of a letter never steers a terminal.
 *
 * A message is a byte of flags, then lines: topic, client, user, content type, response topic,
 * correlation data, a user property's name, its value, and, to the end, the payload. An empty line:
 * there is none.
 */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mqtt_protocol.h>

#include "base/utf8.h"
#include "bus_fixture.h"
#include "eb_tree.h"
#include "letter_event.h"
#include "topic/filter.h"

enum {
    ARENA_BYTES = 1 << 26,
    SECOND_US = 1000000,
    /* Flags; the two lowest bits choose why the event is refused. */
    IS_QOS_2 = 4,
    IS_RETAIN = 8,
    IS_WILL = 16,
    HAS_FORMAT = 32,
    IS_TEXT = 64,
    IS_OLD = 128, /* MQTT 3.1.1, which has no properties */
};

static const char settings[] = "{\"version\":1,\"egress\":[\"out/#\"],\"targets\":[\"to/#\"],"
                               "\"dead_letters\":{\"topic\":\"dead\",\"per_second\":1000}}";
static const struct bus_text schemas[] = { { "never@1", "false" }, { NULL, NULL } };
static const struct bus_text contracts[] = {
    { "refuse", "{\"topic\":\"in/#\",\"schema\":\"never@1\"}" },
    { "aside", "{\"topic\":\"aside/#\",\"schema\":\"never@1\",\"on_violation\":\"quarantine\","
               "\"empty\":\"refuse\"}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "route", "{\"from\":[\"from/#\"],\"to\":[{\"topic\":\"to/${$mqtt.user.none}\"}]}" },
    { NULL, NULL },
};
static const char *const roots[] = { "in/", "aside/", "from/", "out/" };

static struct bus bus;
static struct eb_tree tree;
static FILE *nowhere;

/* ---- the letters' file ---- */

static const char *store(void)
{
    return eb_tree_path(&tree, "letters.jsonl");
}

static void open_letters(struct letters *letters)
{
    FUZZ_REQUIRE(letters_open(letters, store()));
}

/* ---- what is shown ---- */

static void require_harmless(struct eb_span text)
{
    while (text.len) {
        uint32_t code_point;
        size_t len = eb_utf8_decode(text, &code_point);
        FUZZ_REQUIRE(len > 0);
        FUZZ_REQUIRE(code_point == '\n' || code_point >= ' ');
        FUZZ_REQUIRE(code_point < 0x7f || code_point >= 0xa0);
        text = eb_span(text.ptr + len, text.len - len);
    }
}

static void show(const struct letter *letter, struct eb_arena *arena)
{
    char *text = NULL;
    size_t len = 0;
    FILE *terminal = stdout;
    stdout = open_memstream(&text, &len);
    FUZZ_REQUIRE(stdout);
    letter_print_line(letter, arena);
    letter_print(letter, arena);
    fclose(stdout);
    stdout = terminal;
    require_harmless(eb_span(text, len));
    free(text);
}

/* ---- a message, and what comes back ---- */

static struct eb_span take_line(struct eb_span *rest)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    struct eb_span line = eb_span(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);
    size_t taken = line.len + (end != NULL);
    *rest = eb_span(rest->ptr + taken, rest->len - taken);
    return line.len ? line : eb_span(NULL, 0);
}

/*
 * What a broker lets through: by the client's library, which has the same code. Where a sequence is
 * cut off at the end, that reads what is behind it (2.0.11), so what is not valid is not asked.
 */
static bool is_string(struct eb_span text)
{
    return text.len <= UINT16_MAX && eb_utf8_is_valid(text) &&
           (!text.len || mosquitto_validate_utf8(text.ptr, (int)text.len) == MOSQ_ERR_SUCCESS);
}

static bool draw_properties(
    struct eb_properties *out, uint8_t flags, struct eb_span *rest, struct eb_user_property *user)
{
    *out = (struct eb_properties){ .payload_format = -1 };
    struct eb_span content_type = take_line(rest), response_topic = take_line(rest);
    struct eb_span correlation = take_line(rest), name = take_line(rest), value = take_line(rest);
    if (flags & IS_OLD)
        return true;
    if (flags & HAS_FORMAT)
        out->payload_format = (flags & IS_TEXT) != 0;
    out->content_type = content_type;
    out->response_topic = response_topic;
    out->correlation_data = correlation;
    *user = (struct eb_user_property){ name.ptr ? name : eb_span_of(""),
        value.ptr ? value : eb_span_of("") };
    out->user = user;
    out->user_count = name.ptr != NULL;
    return is_string(content_type) && is_string(response_topic) && is_string(name) &&
           is_string(value) && correlation.len <= UINT16_MAX;
}

/* False: it is nothing that a broker lets through. */
static bool draw(struct eb_message *message, uint8_t flags, struct eb_span rest,
    struct eb_user_property *user, struct eb_arena *arena)
{
    static int64_t now_us = INT64_C(1795195293125000);
    const char *root = roots[flags % 4];
    struct eb_span line = take_line(&rest);
    char *topic = eb_arena_alloc(arena, strlen(root) + line.len + 1, 1);
    FUZZ_REQUIRE(topic);
    int len = sprintf(topic, "%s", root);
    if (line.len)
        memcpy(topic + len, line.ptr, line.len);
    *message = (struct eb_message){
        .topic = eb_span(topic, (size_t)len + line.len),
        .client_id = take_line(&rest),
        .username = take_line(&rest),
        .protocol = flags & IS_OLD ? 4 : 5,
        .qos = flags & IS_QOS_2 ? 2 : 1,
        .is_retain = flags & IS_RETAIN,
        .is_will = flags & IS_WILL,
        .received_us = now_us += SECOND_US, /* there is room for its letter */
    };
    if (!message->client_id.ptr)
        message->client_id = eb_span_of("");
    bool is_good = draw_properties(&message->properties, flags, &rest, user);
    message->payload = rest.len ? rest : eb_span(NULL, 0);
    return is_good && eb_topic_check(message->topic) == EB_TOPIC_OK && is_string(message->topic) &&
           is_string(message->client_id) && is_string(message->username);
}

static void require_text(const mosquitto_property *list, int identifier, struct eb_span want)
{
    char *text = NULL;
    mosquitto_property_read_string(list, identifier, &text, false);
    FUZZ_REQUIRE((text != NULL) == (want.ptr != NULL));
    FUZZ_REQUIRE(!text || eb_span_equal(eb_span_of(text), want));
    free(text);
}

static void require_properties(const mosquitto_property *list, const struct eb_properties *want)
{
    uint8_t format = 0;
    bool has_format =
        mosquitto_property_read_byte(list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, &format, false);
    FUZZ_REQUIRE(has_format == (want->payload_format >= 0));
    FUZZ_REQUIRE(!has_format || format == want->payload_format);
    require_text(list, MQTT_PROP_CONTENT_TYPE, want->content_type);
    require_text(list, MQTT_PROP_RESPONSE_TOPIC, want->response_topic);
    void *bytes = NULL;
    uint16_t len = 0;
    mosquitto_property_read_binary(list, MQTT_PROP_CORRELATION_DATA, &bytes, &len, false);
    FUZZ_REQUIRE((bytes != NULL) == (want->correlation_data.ptr != NULL));
    FUZZ_REQUIRE(!bytes || eb_span_equal(eb_span(bytes, len), want->correlation_data));
    free(bytes);
    char *name = NULL, *value = NULL;
    mosquitto_property_read_string_pair(list, MQTT_PROP_USER_PROPERTY, &name, &value, false);
    FUZZ_REQUIRE((name != NULL) == (want->user_count > 0));
    FUZZ_REQUIRE(!name || (eb_span_equal(eb_span_of(name), want->user->name) &&
                              eb_span_equal(eb_span_of(value), want->user->value)));
    free(name);
    free(value);
}

static void require_returned(const struct eb_message *sent, struct eb_span text)
{
    const struct letter_correction none = { 0 };
    struct connection_message message;
    mosquitto_property *properties;
    struct letters letters;
    struct eb_arena arena;
    open_letters(&letters);
    FUZZ_REQUIRE(letters_add(&letters, text) && letters.count == 1);
    letters_close(&letters);
    open_letters(&letters);
    FUZZ_REQUIRE(letters.count == 1);
    eb_arena_init_growing(&arena, SIZE_MAX);
    FUZZ_REQUIRE(letter_event_make(&letters.items[0], &none, &arena, &message, &properties));
    FUZZ_REQUIRE(eb_span_equal(eb_span_of(message.topic), sent->topic));
    FUZZ_REQUIRE(
        eb_span_equal(eb_span(message.payload, (size_t)message.payload_len), sent->payload));
    FUZZ_REQUIRE(message.qos == sent->qos && message.is_retain == sent->is_retain);
    require_properties(properties, &sent->properties);
    show(&letters.items[0], &arena);
    mosquitto_property_free_all(&properties);
    eb_arena_release(&arena);
    letters_close(&letters);
}

static void send(uint8_t flags, struct eb_span rest, struct eb_arena *arena)
{
    struct eb_user_property user;
    struct eb_message message;
    if (!draw(&message, flags, rest, &user, arena))
        return;
    const struct eb_outcome *outcome = bus_run(&bus, &message);
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &outcome->dispatches[i];
        if (dispatch->kind == EB_DEAD_LETTER)
            require_returned(&message, dispatch->publish.payload);
    }
}

/* ---- any bytes as the file ---- */

static void read_store(struct eb_span text)
{
    const struct letter_correction none = { 0 };
    struct letters letters;
    struct eb_arena arena;
    eb_tree_write_bytes(&tree, "letters.jsonl", text.ptr, text.len);
    open_letters(&letters);
    eb_arena_init_growing(&arena, SIZE_MAX);
    size_t count = letters.count;
    for (size_t i = 0; i < count; i++) {
        struct connection_message message;
        mosquitto_property *properties;
        letter_event_make(&letters.items[i], &none, &arena, &message, &properties);
        mosquitto_property_free_all(&properties);
        show(&letters.items[i], &arena);
    }
    FUZZ_REQUIRE(letters_save(&letters));
    letters_close(&letters);
    eb_arena_release(&arena);
    open_letters(&letters);
    FUZZ_REQUIRE(letters.count == count);
    letters_close(&letters);
}

static void remove_tree(void)
{
    eb_tree_remove(&tree);
}

static void begin(void)
{
    bus_open(&bus, settings, schemas, contracts, rules);
    eb_tree_make_in_memory(&tree);
    atexit(remove_tree);
    nowhere = fopen("/dev/null", "w");
    FUZZ_REQUIRE(nowhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eb_arena arena;
    FILE *terminal = stderr;
    if (len == 0)
        return 0;
    if (!nowhere)
        begin();
    FUZZ_REQUIRE(eb_arena_init_reserved(&arena, ARENA_BYTES));
    stderr = nowhere;
    struct eb_span rest = eb_span((const char *)bytes + 1, len - 1);
    if (bytes[0] == 'l')
        read_store(rest);
    else
        send(bytes[0], rest, &arena);
    stderr = terminal;
    unlink(store());
    eb_arena_release(&arena);
    return 0;
}
