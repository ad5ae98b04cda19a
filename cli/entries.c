/*
 * entries.c - `event-bus rule COMMAND …` and `event-bus contract COMMAND …`: those of a running
 * bus. What is said of one kind is said of the other.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "pretty.h"
#include "remote.h"
#include "store/file_name.h"
#include "terminal.h"
#include "json/reader.h"

struct kind {
    const char *one, *many;
    const char *list, *get, *put, *delete_, *enable, *disable; /* what the bus calls the commands */
};

static const struct kind rules = {
    "rule",
    "rules",
    "listRules",
    "getRule",
    "putRule",
    "deleteRule",
    "enableRule",
    "disableRule",
};
static const struct kind contracts = {
    "contract",
    "contracts",
    "listContracts",
    "getContract",
    "putContract",
    "deleteContract",
    "enableContract",
    "disableContract",
};

struct entry_options {
    struct connection_options connection;
    const char *name;
    bool is_json;
};

#define AT(member) offsetof(struct entry_options, member)

static const struct option json_options[] = {
    { "json", 0, OPTION_FLAG, NULL, "print a JSON object for each", AT(is_json), 0, 0 },
};
static const struct option name_options[] = {
    { "name", 0, OPTION_TEXT, "NAME", "what to call it (default: as its file, without .json)",
        AT(name), 0, 0 },
};

static const struct option_table plain_tables[] = {
    { json_options, 1, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};
static const struct option_table put_tables[] = {
    { json_options, 1, 0 },
    { name_options, 1, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};

/* One run of a command. */
struct session {
    const struct command *command;
    const struct kind *kind;
    struct entry_options options;
    struct operands operands;
    struct remote remote;
    struct eb_arena arena; /* for what is read from files */
};

/* ---- list ---- */

enum { NAME_WIDTH = 28 };

static void print_entry(const struct reply *reply, uint32_t entry)
{
    struct eb_span name = reply_text(reply, entry, "name");
    struct eb_span file = reply_text(reply, entry, "file");
    bool is_enabled = reply_flag(reply, entry, "enabled");
    uint64_t line = reply_number(reply, entry, "line");
    style(stdout, is_enabled ? STYLE_BOLD : STYLE_DIM);
    print_escaped(stdout, name);
    style(stdout, STYLE_PLAIN);
    printf("%*s  %-8s  %-7s  ", name.len < NAME_WIDTH ? NAME_WIDTH - (int)name.len : 0, "",
        is_enabled ? "enabled" : "disabled",
        reply_flag(reply, entry, "managed") ? "managed" : "file");
    style(stdout, STYLE_DIM);
    print_escaped(stdout, file);
    if (line > 1)
        printf(":%" PRIu64, line);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

static bool list(struct session *session)
{
    const struct kind *kind = session->kind;
    remote_item *print = session->options.is_json ? NULL : print_entry;
    return remote_list(&session->remote, kind->list, kind->many, print) && output_flush();
}

/* ---- show ---- */

static void print_shown(const struct reply *reply, uint32_t document)
{
    print_entry(reply, reply->data);
    if (document != EB_NO_TOKEN)
        print_pretty_value(stdout, &reply->doc, document);
}

static bool show(struct session *session, const char *name)
{
    remote_begin(&session->remote, session->kind->get);
    eb_json_member_string(&session->remote.out, "name", eb_span_of(name));
    if (!remote_do(&session->remote))
        return false;
    const struct reply *reply = &session->remote.reply;
    if (session->options.is_json)
        return remote_print_json(&session->remote);
    print_shown(reply, reply_member(reply, reply->data, session->kind->one, EB_JSON_OBJECT));
    return true;
}

/* ---- changes ---- */

static bool write_result(const struct session *session, const char *name, bool is_done)
{
    const struct reply *reply = &session->remote.reply;
    struct json_line line;
    uint32_t diags = reply_member(reply, reply->data, "diagnostics", EB_JSON_ARRAY);
    if (!json_line_init(&line))
        return false;
    json_line_begin(&line);
    eb_json_open_object(&line.out);
    write_string_member(&line.out, "name", eb_span_of(name));
    write_bool_member(&line.out, "done", is_done);
    if (!is_done)
        write_string_member(&line.out, "error", reply->error);
    if (diags != EB_NO_TOKEN) {
        eb_json_write_name(&line.out, eb_span_of("diagnostics"));
        write_compact(&line.out, &reply->doc, diags);
    }
    eb_json_close_object(&line.out);
    json_line_end(&line);
    json_line_release(&line);
    return true;
}

/* Sends the command that was begun, and tells how it went. */
static bool change(
    struct session *session, const char *name, const char *done, const struct reply_source *source)
{
    enum remote_result result = remote_ask(&session->remote);
    if (result == REMOTE_FAILED)
        return false;
    if (session->options.is_json)
        return write_result(session, name, result == REMOTE_DONE) && result == REMOTE_DONE;
    if (result == REMOTE_REFUSED) {
        remote_complain(&session->remote, source);
        return false;
    }
    reply_print_diags(stderr, &session->remote.reply, source);
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, eb_span_of(name));
    style(stdout, STYLE_PLAIN);
    printf("  %s\n", done);
    return true;
}

static bool change_named(
    struct session *session, const char *command, const char *name, const char *done)
{
    remote_begin(&session->remote, command);
    eb_json_member_string(&session->remote.out, "name", eb_span_of(name));
    return change(session, name, done, NULL);
}

static bool delete_one(struct session *session, const char *name)
{
    return change_named(session, session->kind->delete_, name, "deleted");
}

static bool enable_one(struct session *session, const char *name)
{
    return change_named(session, session->kind->enable, name, "enabled");
}

static bool disable_one(struct session *session, const char *name)
{
    return change_named(session, session->kind->disable, name, "disabled");
}

/* "rules/low.json": "low". */
static struct eb_span stem_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *file_name = slash ? slash + 1 : path;
    struct eb_span stem = eb_file_name_stem(file_name, ".json");
    return stem.ptr ? stem : eb_span_of(file_name);
}

/* Where the document begins in its file. */
static void locate(struct reply_source *source, const struct eb_doc *doc)
{
    uint32_t line, column;
    eb_doc_position(doc, 0, &line, &column);
    source->lines_before = line - 1;
    source->columns_before = column - 1;
}

static bool send_document(
    struct session *session, const char *path, const char *name, const struct eb_doc *doc)
{
    char stands_as[256];
    struct eb_json_writer *out = &session->remote.out;
    struct reply_source source = { .file = input_name(path) };
    int len = snprintf(stands_as, sizeof stands_as, "%s/%s.json", session->kind->many, name);
    if (len < 0 || (size_t)len >= sizeof stands_as)
        len = 0;
    source.stands_as = eb_span(stands_as, (size_t)len);
    locate(&source, doc);
    remote_begin(&session->remote, session->kind->put);
    eb_json_member_string(out, "name", eb_span_of(name));
    eb_json_write_name(out, eb_span_of(session->kind->one));
    eb_json_write_raw(out, eb_doc_source(doc, 0));
    return change(session, name, "in force", &source);
}

static bool put_text(
    struct session *session, const char *path, const char *name, struct eb_span text)
{
    struct eb_doc doc;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    bool is_read = eb_json_read_file(&doc, text, input_name(path), 1, &session->arena, &diags);
    print_diags(stderr, &diags);
    eb_diag_list_release(&diags);
    return is_read && send_document(session, path, name, &doc);
}

static bool put(struct session *session, const char *path)
{
    struct eb_span name = session->options.name ? eb_span_of(session->options.name) : stem_of(path);
    struct eb_span copy = eb_arena_copy(&session->arena, name);
    struct eb_span text = copy.ptr ? input_read(path) : eb_span(NULL, 0);
    bool is_done = text.ptr && put_text(session, path, copy.ptr, text);
    input_release(text);
    return is_done;
}

/* ---- running ---- */

static enum exit_code connected(
    struct session *session, bool (*each)(struct session *session, const char *operand))
{
    bool is_good = remote_open(&session->remote, &session->options.connection);
    if (is_good && !each)
        is_good = list(session);
    for (size_t i = 0; is_good && each && i < session->operands.count; i++)
        is_good = each(session, session->operands.items[i]);
    remote_close(&session->remote);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

/* False, said: there is an operand from which no name can be taken. */
static bool have_names(const struct session *session)
{
    for (size_t i = 0; i < session->operands.count; i++) {
        if (strcmp(session->operands.items[i], "-") == 0) {
            complain("standard input has no name: say --name NAME");
            return false;
        }
    }
    return true;
}

/* `each` NULL: the list of all. */
static enum exit_code run(const struct command *command, const struct kind *kind,
    bool (*each)(struct session *session, const char *operand), int argc, char **argv)
{
    struct session session = { .command = command, .kind = kind };
    enum exit_code code = EXIT_USAGE;
    eb_arena_init_growing(&session.arena, SIZE_MAX);
    if (!remote_read_options(
            command, &session.options, &session.options.connection, argc, argv, &session.operands))
        goto release;
    bool is_one = session.options.name != NULL;
    bool is_used = each ? session.operands.count > 0 : session.operands.count == 0;
    if (!is_used || (is_one && session.operands.count != 1))
        code = command_misused(command);
    else if (each != put || is_one || have_names(&session))
        code = connected(&session, each);
release:
    connection_options_release(&session.options.connection);
    memory_release(&session.arena);
    return code;
}

/* ---- the commands ---- */

#define COUNT(tables) sizeof(tables) / sizeof *(tables)

/* A function and the row of the table for it: a command has no context of its own. */
#define COMMAND(kind_, word, each, synopsis_, summary_, tables_, help_)                            \
    static const struct command kind_##_##word;                                                    \
    static enum exit_code run_##kind_##_##word(int argc, char **argv)                              \
    {                                                                                              \
        return run(&kind_##_##word, &kind_##s, each, argc, argv);                                  \
    }                                                                                              \
    static const struct command kind_##_##word = {                                                 \
        .name = #kind_ " " #word,                                                                  \
        .synopsis = synopsis_,                                                                     \
        .summary = summary_,                                                                       \
        .help = help_,                                                                             \
        .tables = tables_,                                                                         \
        .table_count = COUNT(tables_),                                                             \
        .run = run_##kind_##_##word,                                                               \
    };

#define MANAGED_HELP                                                                               \
    "Only what was put there by such commands can be changed by them, in the directory `managed` " \
    "of\n"                                                                                         \
    "event-bus.json; other files are their owners'.\n\n" CONNECTION_HELP
#define PUT_HELP                                                                                   \
    "FILE is checked together with all that is in force, and put in force, or what is wrong is "   \
    "told\n"                                                                                       \
    "with its place in FILE, and nothing changes. One of that name is replaced.\n\n" MANAGED_HELP

#define COMMANDS(kind_)                                                                            \
    COMMAND(kind_, list, NULL, "[OPTION…]", "List the " #kind_ "s of a running bus", plain_tables, \
        CONNECTION_HELP)                                                                           \
    COMMAND(kind_, show, show, "NAME…", "Print a " #kind_ " of a running bus, as it is in force",  \
        plain_tables, CONNECTION_HELP)                                                             \
    COMMAND(kind_, put, put, "[--name NAME] FILE…",                                                \
        "Add or replace a " #kind_ " of a running bus", put_tables, PUT_HELP)                      \
    COMMAND(kind_, delete, delete_one, "NAME…", "Take a " #kind_ " away from a running bus",       \
        plain_tables, MANAGED_HELP)                                                                \
    COMMAND(kind_, enable, enable_one, "NAME…", "Let a " #kind_ " of a running bus work again",    \
        plain_tables, MANAGED_HELP)                                                                \
    COMMAND(kind_, disable, disable_one, "NAME…",                                                  \
        "Keep a " #kind_ " of a running bus from working, without taking it away", plain_tables,   \
        MANAGED_HELP)                                                                              \
    static const struct command *const kind_##_commands[] = {                                      \
        &kind_##_list,                                                                             \
        &kind_##_show,                                                                             \
        &kind_##_put,                                                                              \
        &kind_##_delete,                                                                           \
        &kind_##_enable,                                                                           \
        &kind_##_disable,                                                                          \
    };                                                                                             \
    const struct command command_##kind_ = {                                                       \
        .name = #kind_,                                                                            \
        .synopsis = "COMMAND …",                                                                   \
        .summary = "Look at " #kind_ "s of a running bus, and change them",                        \
        .commands = kind_##_commands,                                                              \
        .command_count = COUNT(kind_##_commands),                                                  \
    };

COMMANDS(rule)
COMMANDS(contract)
