/*
 * status.c - `event-bus status` and `reload`: how a running bus is, and that it reads its files.
 */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "remote.h"
#include "terminal.h"

struct status_options {
    struct connection_options connection;
    bool is_json;
};

#define AT(member) offsetof(struct status_options, member)

static const struct option options[] = {
    { "json", 0, OPTION_FLAG, NULL, "print one JSON object", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = {
    { options, sizeof options / sizeof *options, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};

enum { LABEL_WIDTH = 15 };

static void print_label(const char *label)
{
    style(stdout, STYLE_BOLD);
    printf("%-*s", LABEL_WIDTH, label);
    style(stdout, STYLE_PLAIN);
}

static void print_text(const struct reply *reply, const char *label, const char *member)
{
    struct eb_span text = reply_text(reply, reply->data, member);
    print_label(label);
    print_escaped(stdout, text.ptr ? text : eb_span_of("-"));
    putchar('\n');
}

static void print_count(const struct reply *reply, const char *member)
{
    printf("%" PRIu64 " %s", reply_number(reply, reply->data, member), member);
}

static void print_reloads(const struct reply *reply, uint32_t reloads)
{
    struct eb_span error = reply_text(reply, reloads, "error");
    print_label("reloads");
    printf("%" PRIu64 " good, %" PRIu64 " bad; the last was ", reply_number(reply, reloads, "good"),
        reply_number(reply, reloads, "bad"));
    bool is_good = reply_flag(reply, reloads, "isLastGood");
    style(stdout, is_good ? STYLE_GOOD : STYLE_BAD);
    fputs(is_good ? "good" : "bad", stdout);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
    if (is_good || !error.ptr)
        return;
    printf("%-*s", LABEL_WIDTH, "");
    print_escaped(stdout, error);
    putchar('\n');
}

static void print_status(const struct remote *remote, uint32_t reloads)
{
    const struct reply *reply = &remote->reply;
    print_label("broker");
    print_escaped(stdout, eb_span_of(connection_name(remote->connection)));
    putchar('\n');
    print_text(reply, "version", "version");
    print_text(reply, "configuration", "configuration");
    print_text(reply, "managed", "managed");
    print_text(reply, "in force since", "inForceSince");
    print_label("");
    print_count(reply, "contracts");
    fputs(", ", stdout);
    print_count(reply, "rules");
    fputs(", ", stdout);
    print_count(reply, "schemas");
    printf(", compiled in %" PRIu64 " ms\n", reply_number(reply, reply->data, "buildMilliseconds"));
    print_reloads(reply, reloads);
}

/* A bus whose last reload was refused does not do what its files say. */
static enum exit_code tell_status(const struct remote *remote, bool is_json)
{
    const struct reply *reply = &remote->reply;
    uint32_t reloads = reply_member(reply, reply->data, "reloads", EB_JSON_OBJECT);
    if (!is_json)
        print_status(remote, reloads);
    else if (!remote_print_json(remote))
        return EXIT_PROBLEMS;
    return reply_flag(reply, reloads, "isLastGood") ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code tell_reload(const struct remote *remote, bool is_json)
{
    const struct reply *reply = &remote->reply;
    if (is_json)
        return remote_print_json(remote) ? EXIT_FINE : EXIT_PROBLEMS;
    reply_print_diags(stderr, reply, NULL);
    style(stdout, STYLE_GOOD);
    fputs("in force", stdout);
    style(stdout, STYLE_PLAIN);
    fputs(": ", stdout);
    print_count(reply, "contracts");
    fputs(", ", stdout);
    print_count(reply, "rules");
    printf(", in %" PRIu64 " ms\n", reply_number(reply, reply->data, "milliseconds"));
    return EXIT_FINE;
}

static enum exit_code ask(const struct status_options *values, const char *command,
    enum exit_code (*tell)(const struct remote *remote, bool is_json))
{
    struct remote remote;
    enum exit_code code = EXIT_PROBLEMS;
    if (remote_open(&remote, &values->connection)) {
        remote_begin(&remote, command);
        if (remote_do(&remote))
            code = tell(&remote, values->is_json);
    }
    remote_close(&remote);
    return code;
}

static enum exit_code run(const struct command *command, const char *name,
    enum exit_code (*tell)(const struct remote *remote, bool is_json), int argc, char **argv)
{
    struct status_options values = { 0 };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (remote_read_options(command, &values, &values.connection, argc, argv, &operands))
        code = operands.count ? command_misused(command) : ask(&values, name, tell);
    connection_options_release(&values.connection);
    return code;
}

static enum exit_code run_status(int argc, char **argv)
{
    return run(&command_status, "getStatus", tell_status, argc, argv);
}

static enum exit_code run_reload(int argc, char **argv)
{
    return run(&command_reload, "reload", tell_reload, argc, argv);
}

const struct command command_status = {
    .name = "status",
    .synopsis = "[OPTION…]",
    .summary = "Say how the bus in a running broker is",
    .help = "What is in force, since when, and how reloads went. It fails when the last one was "
            "refused: the\n"
            "bus then does not do what its files say.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run_status,
};

const struct command command_reload = {
    .name = "reload",
    .synopsis = "[OPTION…]",
    .summary = "Have the bus in a running broker read its files again",
    .help = "Waits until they are in force, or says which mistakes keep them from it; the bus then "
            "goes on\n"
            "as it was.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run_reload,
};
