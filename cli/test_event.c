#include "test_event.h"

#include <stdio.h>

#include "base/utf8.h"
#include "explain_print.h"
#include "input.h"
#include "remote.h"
#include "terminal.h"
#include "topic/filter.h"

#define AT(member) offsetof(struct test_event_options, member)

const struct option test_event_option_rows[TEST_EVENT_OPTION_COUNT] = {
    { "topic", 't', OPTION_TEXT, "TOPIC", "the topic that the event came on", AT(topic), 0, 0 },
    { "client", 0, OPTION_TEXT, "ID", "its publisher's client id", AT(client), 0, 0 },
    { "as", 0, OPTION_TEXT, "NAME", "its publisher's user name", AT(username), 0, 0 },
    { "qos", 'q', OPTION_NUMBER, "0|1|2", "quality of service (default 0)", AT(qos), 0, 2 },
    { "retain", 'r', OPTION_FLAG, NULL, "with the retain flag", AT(is_retain), 0, 0 },
    { "rule", 0, OPTION_TEXT, "NAME", "tell of this rule alone", AT(rule), 0, 0 },
    { "all", 0, OPTION_FLAG, NULL, "all rules that did not match, not the nearest alone",
        AT(tells_all), 0, 0 },
};

enum { MISSES = 3, MISSES_MAX = 1000 };

static void write_text(struct eb_json_writer *out, const char *name, const char *value)
{
    if (value)
        eb_json_member_string(out, name, eb_span_of(value));
}

static bool tell(const struct remote *remote, bool is_json)
{
    const struct reply *reply = &remote->reply;
    uint32_t explanation = reply_member(reply, reply->data, "explanation", EB_JSON_OBJECT);
    if (explanation == EB_NO_TOKEN) {
        complain("the answer holds no explanation");
        return false;
    }
    if (is_json) {
        print_json_text(stdout, eb_doc_source(&reply->doc, explanation));
        putchar('\n');
    } else {
        explanation_print(reply, explanation);
    }
    return true;
}

static bool ask(struct remote *remote, const struct test_event_options *options,
    struct eb_span payload, bool is_json)
{
    struct eb_json_writer *out = &remote->out;
    remote_begin(remote, "testEvent");
    write_text(out, "topic", options->topic);
    write_text(out, "client", options->client);
    write_text(out, "username", options->username);
    write_text(out, "rule", options->rule);
    eb_json_member_int(out, "qos", options->qos);
    eb_json_member_bool(out, "retain", options->is_retain);
    eb_json_member_int(out, "misses", options->tells_all ? MISSES_MAX : MISSES);
    eb_json_member_string(out, "text", payload);
    return remote_do(remote) && tell(remote, is_json);
}

/* It goes as a string of JSON, byte for byte. */
static bool check_payload(struct eb_span payload, const char *path)
{
    bool is_text = eb_utf8_is_valid(payload);
    if (!is_text)
        complain("%s: a bus can only be asked about UTF-8; 'event-bus explain CONFIG' takes any "
                 "bytes",
            input_name(path));
    return is_text;
}

enum exit_code test_event(const struct test_event_options *options,
    struct connection_options *connection, const char *path, bool is_json)
{
    struct remote remote;
    enum eb_topic_fault fault = eb_topic_check(eb_span_of(options->topic));
    if (fault != EB_TOPIC_OK)
        complain("--topic: %s", eb_topic_fault_text(fault));
    if (fault != EB_TOPIC_OK || !connection_options_check(connection))
        return EXIT_USAGE;
    struct eb_span payload = input_read(path);
    if (!payload.ptr)
        return EXIT_PROBLEMS;
    bool is_good = check_payload(payload, path);
    if (is_good) {
        is_good = remote_open(&remote, connection) && ask(&remote, options, payload, is_json);
        remote_close(&remote);
    }
    input_release(payload);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}
