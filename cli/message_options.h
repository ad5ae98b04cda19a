/*
 * message_options.h - the options that say what an event was published with, lettered as those of
 * mosquitto_pub.
 */
#ifndef EB_CLI_MESSAGE_OPTIONS_H
#define EB_CLI_MESSAGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "options.h"

struct message_options {
    const char *topic; /* NULL: not said */
    const char *client;
    const char *username;
    const char *content_type;
    const char *response_topic;
    const char *protocol;
    uint8_t protocol_level; /* 3, 4 or 5 */
    uint32_t qos;
    bool is_retain;
    bool is_will;
    bool is_bridge;
    struct option_texts user_properties; /* "NAME=VALUE" */
    struct eb_user_property *properties; /* the same, taken apart */
};

enum { MESSAGE_OPTION_COUNT = 11 };
extern const struct option message_option_rows[MESSAGE_OPTION_COUNT];

/* The table of a command whose struct holds its message_options at the offset `base`. */
#define MESSAGE_OPTIONS_AT(base)                                                                   \
    {                                                                                              \
        message_option_rows, MESSAGE_OPTION_COUNT, (base)                                          \
    }

struct message_options message_options_default(void);
void message_options_release(struct message_options *options);

/* After reading: checks what the table cannot. False, with the reason said. */
bool message_options_check(struct message_options *options);

/* The message; borrows the options and the payload. */
struct eb_message message_of(const struct message_options *options, struct eb_span payload);

#endif
