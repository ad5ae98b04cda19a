#include "message_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "memory.h"
#include "terminal.h"
#include "topic/filter.h"

#define AT(member) offsetof(struct message_options, member)

const struct option message_option_rows[MESSAGE_OPTION_COUNT] = {
    { "topic", 't', OPTION_TEXT, "TOPIC", "the topic it was published to", AT(topic), 0, 0 },
    { "client", 'i', OPTION_TEXT, "ID", "the publisher's client id", AT(client), 0, 0 },
    { "username", 'u', OPTION_TEXT, "NAME", "the publisher's user name", AT(username), 0, 0 },
    { "will", 0, OPTION_FLAG, NULL, "it is a last will", AT(is_will), 0, 0 },
    { "bridge", 0, OPTION_FLAG, NULL, "it came over the bridge whose local client id that is",
        AT(is_bridge), 0, 0 },
    { "qos", 'q', OPTION_NUMBER, "0|1|2", "quality of service (default 0)", AT(qos), 0, 2 },
    { "retain", 'r', OPTION_FLAG, NULL, "with the retain flag", AT(is_retain), 0, 0 },
    { "protocol", 'V', OPTION_TEXT, "3.1|3.1.1|5", "version of MQTT (default 5)", AT(protocol), 0,
        0 },
    { "content-type", 0, OPTION_TEXT, "TYPE", "MQTT 5 content type", AT(content_type), 0, 0 },
    { "response-topic", 0, OPTION_TEXT, "TOPIC", "MQTT 5 response topic", AT(response_topic), 0,
        0 },
    { "user-property", 0, OPTION_TEXTS, "NAME=VALUE", "MQTT 5 user property; may be repeated",
        AT(user_properties), 0, 0 },
};

struct message_options message_options_default(void)
{
    return (struct message_options){ .protocol = "5" };
}

void message_options_release(struct message_options *options)
{
    option_texts_release(&options->user_properties);
    free(options->properties);
    options->properties = NULL;
}

static bool check_protocol(struct message_options *options)
{
    static const struct {
        const char *name;
        uint8_t level;
    } protocols[] = { { "3.1", 3 }, { "31", 3 }, { "3.1.1", 4 }, { "311", 4 }, { "5", 5 } };
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if (strcmp(protocols[i].name, options->protocol) == 0)
            options->protocol_level = protocols[i].level;
    }
    if (!options->protocol_level)
        complain("--protocol: expected 3.1, 3.1.1 or 5, not '%s'", options->protocol);
    return options->protocol_level != 0;
}

static bool check_properties(struct message_options *options)
{
    size_t count = options->user_properties.count;
    options->properties = calloc(count + 1, sizeof *options->properties);
    if (!options->properties) {
        memory_ran_out();
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = options->user_properties.items[i], *equals = strchr(text, '=');
        if (!equals) {
            complain("--user-property: expected NAME=VALUE, not '%s'", text);
            return false;
        }
        options->properties[i].name = eb_span(text, (size_t)(equals - text));
        options->properties[i].value = eb_span_of(equals + 1);
    }
    bool has_properties = count || options->content_type || options->response_topic;
    if (has_properties && options->protocol_level < 5)
        complain("properties came with MQTT 5, not with %s", options->protocol);
    return !has_properties || options->protocol_level >= 5;
}

bool message_options_check(struct message_options *options)
{
    enum eb_topic_fault fault =
        options->topic ? eb_topic_check(eb_span_of(options->topic)) : EB_TOPIC_OK;
    if (fault != EB_TOPIC_OK)
        complain("--topic: %s", eb_topic_fault_text(fault));
    return fault == EB_TOPIC_OK && check_protocol(options) && check_properties(options);
}

struct eb_message message_of(const struct message_options *options, struct eb_span payload)
{
    return (struct eb_message){
        .topic = eb_span_of(options->topic ? options->topic : ""),
        .payload = payload.len ? payload : eb_span(NULL, 0),
        .client_id = eb_span_of(options->client ? options->client : "event-bus"),
        .username = eb_span_of(options->username),
        .protocol = options->protocol_level,
        .qos = (uint8_t)options->qos,
        .is_retain = options->is_retain,
        .is_will = options->is_will,
        .is_bridge = options->is_bridge,
        .received_us = eb_clock_now_us(),
        .properties = {
            .content_type = eb_span_of(options->content_type),
            .response_topic = eb_span_of(options->response_topic),
            .payload_format = -1,
            .user_count = (uint32_t)options->user_properties.count,
            .user = options->properties,
        },
    };
}
