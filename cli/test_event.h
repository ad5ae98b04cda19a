/*
 * test_event.h - what a running bus would do with one event: `event-bus test --topic TOPIC EVENT`.
 */
#ifndef EB_CLI_TEST_EVENT_H
#define EB_CLI_TEST_EVENT_H

#include "command.h"
#include "connection_options.h"

struct test_event_options {
    const char *topic; /* NULL: not said, so that no bus is meant */
    const char *client;
    const char *username;
    const char *rule;
    uint32_t qos;
    bool is_retain;
    bool tells_all;
};

enum { TEST_EVENT_OPTION_COUNT = 7 };
extern const struct option test_event_option_rows[TEST_EVENT_OPTION_COUNT];

/* The table of a command whose struct holds its test_event_options at the offset `base`. */
#define TEST_EVENT_OPTIONS_AT(base)                                                                \
    {                                                                                              \
        test_event_option_rows, TEST_EVENT_OPTION_COUNT, (base)                                    \
    }

/* Asks about the event in the file `path`, or - for standard input. */
enum exit_code test_event(const struct test_event_options *options,
    struct connection_options *connection, const char *path, bool is_json);

#endif
