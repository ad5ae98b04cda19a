#include "remote.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "json_line.h"
#include "memory.h"
#include "terminal.h"

#define ANSWER_TOPIC REMOTE_TOPIC "/response"
#define LINE_TOPIC REMOTE_TOPIC "/verdicts"

enum {
    QUESTION_BYTES = EB_CONTROL_BYTES_MAX + 4096, /* one that is too long is refused by the bus */
    BUSY_RETRIES = 20,
    BUSY_MS = 250,
};

bool remote_read_options(const struct command *command, void *values,
    struct connection_options *options, int argc, char **argv, struct operands *operands)
{
    return connection_options_begin(options) &&
           command_read(command, values, argc, argv, operands) && connection_options_check(options);
}

/* ---- what comes ---- */

static void forget(struct remote *remote)
{
    free((char *)remote->text.ptr);
    remote->text = eb_span(NULL, 0);
    memory_release(&remote->answer);
    eb_arena_init_growing(&remote->answer, SIZE_MAX);
    remote->reply = (struct reply){ .arena = &remote->answer, .data = EB_NO_TOKEN };
    remote->is_answered = false;
}

/* Answers to earlier questions, which came too late, are passed over. */
static void receive_answer(struct remote *remote, struct eb_span text)
{
    if (remote->is_answered)
        return;
    forget(remote);
    char *copy = malloc(text.len + 1);
    if (!copy)
        return;
    memcpy(copy, text.ptr, text.len);
    remote->text = eb_span(copy, text.len);
    remote->kind =
        reply_read(&remote->reply, remote->text, eb_span_of(remote->number), &remote->answer);
    remote->is_answered = remote->kind != REPLY_OTHERS;
}

static void receive(
    void *context, const struct mosquitto_message *message, const mosquitto_property *properties)
{
    (void)properties;
    struct remote *remote = context;
    struct eb_span text = eb_span(message->payload, (size_t)message->payloadlen);
    if (!text.ptr)
        text = eb_span("", 0);
    if (strcmp(message->topic, ANSWER_TOPIC) == 0)
        receive_answer(remote, text);
    else if (strcmp(message->topic, LINE_TOPIC) == 0 && remote->line)
        remote->line(remote->context, text);
}

/* ---- begin and end ---- */

bool remote_open(struct remote *remote, const struct connection_options *options)
{
    const struct connection_use use = { .receive = receive, .context = remote };
    *remote = (struct remote){ .options = options, .reconnected_ms = INT64_MIN / 2 };
    eb_arena_init_growing(&remote->answer, SIZE_MAX);
    forget(remote);
    if (!eb_arena_init_reserved(&remote->question, QUESTION_BYTES)) {
        memory_ran_out();
        return false;
    }
    remote->connection = connection_open(options, &use);
    return remote->connection;
}

void remote_close(struct remote *remote)
{
    connection_close(remote->connection);
    forget(remote);
    memory_release(&remote->question);
    memory_release(&remote->answer);
    *remote = (struct remote){ 0 };
}

/* ---- connecting again ---- */

/* Doubled each time, and from one loss to the next where connections do not last. */
enum { PAUSE_FIRST_MS = 500, PAUSE_MAX_MS = 10000, NAP_MS = 100 };

static int64_t min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* False: interrupted. */
static bool pause_for(int64_t pause_ms, const volatile sig_atomic_t *is_interrupted)
{
    int64_t end = eb_clock_monotonic_ms() + pause_ms;
    while (eb_clock_monotonic_ms() < end && !(is_interrupted && *is_interrupted))
        poll(NULL, 0, NAP_MS);
    return !(is_interrupted && *is_interrupted);
}

bool remote_reconnect(struct remote *remote, const volatile sig_atomic_t *is_interrupted)
{
    const char *name = connection_name(remote->connection);
    enum connection_state state = CONNECTION_AWAY;
    if (!connection_may_return(remote->connection))
        return false;
    complain("%s: trying to connect again", name);
    if (eb_clock_monotonic_ms() - remote->reconnected_ms > PAUSE_MAX_MS)
        remote->pause_ms = PAUSE_FIRST_MS;
    while (state == CONNECTION_AWAY) {
        if (!pause_for(remote->pause_ms, is_interrupted))
            return false;
        remote->pause_ms = min(2 * remote->pause_ms, PAUSE_MAX_MS);
        state = connection_reopen(remote->connection);
    }
    remote->reconnected_ms = eb_clock_monotonic_ms();
    if (state == CONNECTION_OPEN)
        complain("%s: connected again; what happened in between is not told", name);
    return state == CONNECTION_OPEN;
}

/* ---- asking ---- */

/* Nobody else's question has this number, nor one of an earlier process with this client id. */
void remote_begin(struct remote *remote, const char *command)
{
    struct eb_json_writer *out = &remote->out;
    snprintf(remote->number, sizeof remote->number, "%llx-%x-%u",
        (unsigned long long)eb_clock_now_us(), (unsigned)getpid(), ++remote->count);
    eb_arena_reset(&remote->question);
    eb_json_writer_init_arena(out, &remote->question);
    eb_json_open_object(out);
    eb_json_member_array(out, "commands");
    eb_json_open_object(out);
    eb_json_member_string(out, "command", eb_span_of(command));
    eb_json_member_string(out, "correlationData", eb_span_of(remote->number));
}

static struct eb_span finish_question(struct remote *remote)
{
    struct eb_json_writer *out = &remote->out;
    eb_json_close_object(out);
    eb_json_close_array(out);
    eb_json_close_object(out);
    struct eb_span question = eb_json_writer_finish(out);
    if (!question.ptr || question.len > EB_CONTROL_BYTES_MAX) {
        complain("this is more than the %d MiB that the bus takes at once",
            EB_CONTROL_BYTES_MAX / (1024 * 1024));
        return eb_span(NULL, 0);
    }
    return question;
}

static bool send_question(struct remote *remote, struct eb_span question)
{
    const struct connection_message message = {
        .topic = REMOTE_TOPIC,
        .payload = question.ptr,
        .payload_len = (int)question.len,
        .qos = 1,
    };
    forget(remote);
    int code = connection_publish(remote->connection, &message);
    if (code >= 0x80)
        complain("%s: the broker does not let us publish to " REMOTE_TOPIC
                 ": %s: its access control must allow that to this user",
            connection_name(remote->connection), mosquitto_reason_string(code));
    return code >= 0 && code < 0x80;
}

/* False, said, when the connection goes; an answer need not have come. */
static bool wait_for_answer(struct remote *remote)
{
    int64_t deadline = eb_clock_monotonic_ms() + (int64_t)remote->options->timeout_s * 1000;
    while (!remote->is_answered && eb_clock_monotonic_ms() < deadline) {
        if (!connection_turn(remote->connection, 100))
            return false;
    }
    return true;
}

static void note_bus(
    void *context, const struct mosquitto_message *message, const mosquitto_property *properties)
{
    (void)properties;
    static const char prefix[] = "$SYS/broker/event-bus/";
    bool *is_there = context;
    *is_there |= strncmp(message->topic, prefix, sizeof prefix - 1) == 0;
}

/* Whether the broker's statistics tell of a bus: who may not command it may see these. */
static bool has_bus(const struct connection_options *options)
{
    bool is_there = false;
    const struct connection_use use = { .receive = note_bus, .context = &is_there };
    struct connection *connection = connection_open(options, &use);
    if (connection && connection_subscribe(connection, "$SYS/broker/event-bus/#", 0))
        connection_drain(connection, 500);
    connection_close(connection);
    return is_there;
}

static void complain_silence(const struct remote *remote)
{
    const struct connection_options *options = remote->options;
    const char *name = connection_name(remote->connection);
    const char *who = options->username ? options->username : "nobody: -u says who";
    complain("%s: no answer in %u s", name, options->timeout_s);
    if (has_bus(options))
        complain("there is a bus; it answers who has one of the names and one of the addresses in "
                 "`control` of its event-bus.json, and we are %s",
            who);
    else
        complain("either the broker has not loaded the plugin, or `control` of its event-bus.json "
                 "does not say that we may; we are %s",
            who);
    complain("the broker's log says more");
}

static bool is_busy(const struct remote *remote)
{
    return eb_span_starts(remote->reply.error, eb_span_of("busy:"));
}

static enum remote_result ask_once(struct remote *remote, struct eb_span question)
{
    if (!send_question(remote, question) || !wait_for_answer(remote))
        return REMOTE_FAILED;
    if (!remote->is_answered) {
        complain_silence(remote);
        return REMOTE_FAILED;
    }
    if (remote->kind != REPLY_OURS) {
        complain("%s: %s", connection_name(remote->connection),
            remote->kind == REPLY_ABSENT ? "there is no bus: the broker has not loaded the plugin"
                                         : "what came is no answer of a bus");
        return REMOTE_FAILED;
    }
    return remote->reply.error.ptr ? REMOTE_REFUSED : REMOTE_DONE;
}

enum remote_result remote_ask(struct remote *remote)
{
    struct eb_span question = finish_question(remote);
    if (!question.ptr)
        return REMOTE_FAILED;
    enum remote_result result = ask_once(remote, question);
    for (int i = 0; i < BUSY_RETRIES && result == REMOTE_REFUSED && is_busy(remote); i++) {
        if (!connection_drain(remote->connection, BUSY_MS))
            return REMOTE_FAILED;
        result = ask_once(remote, question);
    }
    return result;
}

void remote_complain(const struct remote *remote, const struct reply_source *source)
{
    struct eb_span error = remote->reply.error;
    if (reply_print_diags(stderr, &remote->reply, source) == 0)
        complain("%.*s", (int)error.len, error.ptr);
}

bool remote_do(struct remote *remote)
{
    enum remote_result result = remote_ask(remote);
    if (result == REMOTE_REFUSED)
        remote_complain(remote, NULL);
    return result == REMOTE_DONE;
}

bool remote_print_json(const struct remote *remote)
{
    const struct reply *reply = &remote->reply;
    struct json_line line;
    if (!json_line_init(&line))
        return false;
    json_line_begin(&line);
    if (reply->data == EB_NO_TOKEN)
        eb_json_write_raw(&line.out, eb_span_of("{}"));
    else
        write_compact(&line.out, &reply->doc, reply->data);
    json_line_end(&line);
    json_line_release(&line);
    return true;
}

static void print_json_item(const struct reply *reply, uint32_t item)
{
    print_json_text(stdout, eb_doc_source(&reply->doc, item));
    putchar('\n');
}

/* Prints the items of one page; how many there were. */
static uint32_t print_page(const struct reply *reply, const char *many, remote_item *print)
{
    uint32_t count = 0, list = reply_member(reply, reply->data, many, EB_JSON_ARRAY);
    if (list == EB_NO_TOKEN)
        return 0;
    EB_DOC_EACH_ELEMENT(&reply->doc, list, item)
    {
        print(reply, item);
        count++;
    }
    return count;
}

bool remote_list(struct remote *remote, const char *command, const char *many, remote_item *print)
{
    enum { PAGE = 1000 };
    uint64_t offset = 0, total = 1;
    while (offset < total) {
        remote_begin(remote, command);
        eb_json_member_int(&remote->out, "count", PAGE);
        eb_json_member_int(&remote->out, "offset", (int64_t)offset);
        if (!remote_do(remote))
            return false;
        total = reply_number(&remote->reply, remote->reply.data, "totalCount");
        uint32_t count = print_page(&remote->reply, many, print ? print : print_json_item);
        if (count < PAGE) /* whatever the total is said to be */
            break;
        offset += count;
    }
    return true;
}
