/*
 * remote.h - the bus in a running broker: asked over its control topic, and its answers awaited.
 *
 *     remote_begin(&remote, "getRule")  a command, to whose object members may be written
 *     remote_ask(&remote)               sends it, waits, and reads the answer into remote.reply
 *
 * What goes wrong is told on standard error, with what may be done about it: the broker does not
 * let us, the bus does not answer, it refuses.
 */
#ifndef EB_CLI_REMOTE_H
#define EB_CLI_REMOTE_H

#include <signal.h>

#include "base/arena.h"
#include "command.h"
#include "connection.h"
#include "reply.h"
#include "json/writer.h"

#define REMOTE_TOPIC "$CONTROL/event-bus/v1"

/* What a bus sends unasked: one line of a watch. Borrowed for the call. */
typedef void remote_line(void *context, struct eb_span json);

struct remote {
    const struct connection_options *options;
    struct connection *connection;
    struct eb_arena question; /* a reserved one: the request at hand */
    struct eb_arena answer;   /* a growing one: what the reply is read into */
    struct eb_json_writer out;
    struct reply reply;  /* good until the next question */
    struct eb_span text; /* the answer itself, on the heap */
    char number[40];     /* of the question */
    unsigned count;
    int64_t pause_ms; /* before the next attempt to connect again */
    int64_t reconnected_ms;
    bool is_answered;
    enum reply_kind kind; /* of the answer */
    remote_line *line;    /* may be NULL */
    void *context;
};

/*
 * Reads the options of a command that speaks with a bus, those of the connection among them; they
 * are part of `values`. False: exit with EXIT_USAGE. Release the options either way.
 */
bool remote_read_options(const struct command *command, void *values,
    struct connection_options *options, int argc, char **argv, struct operands *operands);

/* Connects. False, said. Close it either way. */
bool remote_open(struct remote *remote, const struct connection_options *options);
void remote_close(struct remote *remote);

/*
 * After the connection is lost: says so, and connects again as soon as the broker is back. False:
 * it is not lost or may not return (connection.h), `*is_interrupted` (may be NULL) became true, or,
 * said, the broker refuses us.
 */
bool remote_reconnect(struct remote *remote, const volatile sig_atomic_t *is_interrupted);

/* Begins a command. The writer is remote->out. */
void remote_begin(struct remote *remote, const char *command);

/*
 * How it went. What a bus refuses is told by the caller, who knows what it was about:
 * remote_complain().
 */
enum remote_result {
    REMOTE_DONE,
    REMOTE_REFUSED,
    REMOTE_FAILED, /* said */
};
enum remote_result remote_ask(struct remote *remote);

/* Why the bus refused: its diagnostics, or its error. `source` may be NULL. */
void remote_complain(const struct remote *remote, const struct reply_source *source);

/* Both: false, said, unless it was done. */
bool remote_do(struct remote *remote);

typedef void remote_item(const struct reply *reply, uint32_t item);

/*
 * Asks for a list, page after page, and prints the items, which are the member `many` of answers;
 * without `print` as JSON, a line each. False, said, unless all were printed.
 */
bool remote_list(struct remote *remote, const char *command, const char *many, remote_item *print);

/* The answer's data, a JSON object on one line. False, said, without memory. */
bool remote_print_json(const struct remote *remote);

#endif
