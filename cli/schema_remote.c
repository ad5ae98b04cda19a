#include "schema_remote.h"

#include <inttypes.h>
#include <stdio.h>

#include "bus/name.h"
#include "input.h"
#include "memory.h"
#include "pretty.h"
#include "remote.h"
#include "schema.h"
#include "terminal.h"
#include "json/reader.h"

struct change_options {
    struct connection_options connection;
    bool is_json;
};

#define AT(member) offsetof(struct change_options, member)

static const struct option json_options[] = {
    { "json", 0, OPTION_FLAG, NULL, "print one JSON object", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = {
    { json_options, 1, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};

/* ---- list ---- */

enum { NAME_WIDTH = 28 };

static void print_versions(const struct reply *reply, uint32_t subject)
{
    const char *before = "";
    uint32_t versions = reply_member(reply, subject, "versions", EB_JSON_ARRAY);
    if (versions == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&reply->doc, versions, version)
    {
        printf("%s%" PRIu64 "%s", before, reply_number(reply, version, "version"),
            reply_flag(reply, version, "managed") ? " (managed)" : "");
        before = ", ";
    }
}

static void print_subject(const struct reply *reply, uint32_t subject)
{
    struct eb_span name = reply_text(reply, subject, "name");
    struct eb_span mode = reply_text(reply, subject, "compatibility");
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, name);
    style(stdout, STYLE_PLAIN);
    printf("%*s  ", name.len < NAME_WIDTH ? NAME_WIDTH - (int)name.len : 0, "");
    print_versions(reply, subject);
    style(stdout, STYLE_DIM);
    fputs("  ", stdout);
    print_escaped(stdout, mode);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

enum exit_code schema_remote_list(struct connection_options *options, bool is_json)
{
    struct remote remote;
    if (!connection_options_check(options))
        return EXIT_USAGE;
    bool is_good = remote_open(&remote, options) &&
                   remote_list(&remote, "listSchemas", "schemas", is_json ? NULL : print_subject);
    remote_close(&remote);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

/* ---- show ---- */

/* "SUBJECT@VERSION": both; without a version, or with "latest", 0. False, said. */
static bool read_name(const char *text, struct eb_subject_version *name)
{
    struct eb_span span = eb_span_of(text);
    if (eb_subject_version_read(span, name))
        return true;
    *name = (struct eb_subject_version){ .subject = span, .version = EB_VERSION_LATEST };
    if (eb_name_is_valid(span))
        return true;
    complain("expected SUBJECT or SUBJECT@VERSION, not '%s'", text);
    return false;
}

static void print_shown(const struct reply *reply, uint32_t schema)
{
    uint32_t data = reply->data;
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, reply_text(reply, data, "name"));
    printf("@%" PRIu64, reply_number(reply, data, "version"));
    style(stdout, STYLE_PLAIN);
    fputs("  ", stdout);
    print_escaped(stdout, reply_text(reply, data, "file"));
    fputs(reply_flag(reply, data, "managed") ? "  managed\n" : "\n", stdout);
    print_pretty_value(stdout, &reply->doc, schema);
}

static bool print_schema(const struct remote *remote, enum schema_form form)
{
    const struct reply *reply = &remote->reply;
    uint32_t schema = reply->data == EB_NO_TOKEN
                          ? EB_NO_TOKEN
                          : eb_doc_member(&reply->doc, reply->data, "schema");
    if (form == SCHEMA_JSON)
        return remote_print_json(remote);
    if (schema == EB_NO_TOKEN) {
        complain("the answer holds no schema");
        return false;
    }
    if (form == SCHEMA_PRETTY) {
        print_shown(reply, schema);
        return true;
    }
    print_json_text(stdout, eb_doc_source(&reply->doc, schema));
    putchar('\n');
    return true;
}

static void write_name(struct eb_json_writer *out, const struct eb_subject_version *name)
{
    eb_json_member_string(out, "name", name->subject);
    if (name->version != EB_VERSION_LATEST)
        eb_json_member_int(out, "version", name->version);
}

enum exit_code schema_remote_show(
    struct connection_options *options, const char *text, enum schema_form form)
{
    struct remote remote;
    struct eb_subject_version name;
    if (!connection_options_check(options) || !read_name(text, &name))
        return EXIT_USAGE;
    bool is_good = remote_open(&remote, options);
    if (is_good) {
        remote_begin(&remote, "getSchema");
        write_name(&remote.out, &name);
        is_good = remote_do(&remote) && print_schema(&remote, form);
    }
    remote_close(&remote);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

/* ---- register ---- */

static bool tell_registered(const struct remote *remote, bool is_json)
{
    const struct reply *reply = &remote->reply;
    if (is_json)
        return remote_print_json(remote);
    reply_print_diags(stderr, reply, NULL);
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, reply_text(reply, reply->data, "name"));
    printf("@%" PRIu64, reply_number(reply, reply->data, "version"));
    style(stdout, STYLE_PLAIN);
    fputs("  registered\n", stdout);
    return true;
}

/* The bus names a file that is not there when it has refused; what it says of it, it says of
 * ours. */
static bool register_document(const struct change_options *values, const char *subject,
    const char *path, const struct eb_doc *doc)
{
    struct remote remote;
    const struct reply_source source = {
        .file = input_name(path),
        .stands_below = eb_span_of(subject),
    };
    bool is_done = remote_open(&remote, &values->connection);
    if (is_done) {
        remote_begin(&remote, "registerSchema");
        eb_json_member_string(&remote.out, "name", eb_span_of(subject));
        eb_json_write_name(&remote.out, eb_span_of("schema"));
        eb_json_write_raw(&remote.out, eb_doc_source(doc, 0));
        enum remote_result result = remote_ask(&remote);
        if (result == REMOTE_REFUSED)
            remote_complain(&remote, &source);
        is_done = result == REMOTE_DONE && tell_registered(&remote, values->is_json);
    }
    remote_close(&remote);
    return is_done;
}

static bool register_file(
    const struct change_options *values, const char *subject, const char *path)
{
    struct eb_arena arena;
    struct eb_doc doc;
    struct eb_diag_list diags;
    struct eb_span text = input_read(path);
    if (!text.ptr)
        return false;
    eb_arena_init_growing(&arena, SIZE_MAX);
    eb_diag_list_init(&diags);
    bool is_read = eb_json_read_file(&doc, text, input_name(path), 1, &arena, &diags);
    print_diags(stderr, &diags);
    bool is_done = is_read && register_document(values, subject, path, &doc);
    eb_diag_list_release(&diags);
    memory_release(&arena);
    input_release(text);
    return is_done;
}

static enum exit_code run_register(int argc, char **argv)
{
    struct change_options values = { 0 };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!remote_read_options(
            &command_schema_register, &values, &values.connection, argc, argv, &operands))
        goto release;
    if (operands.count != 2)
        code = command_misused(&command_schema_register);
    else
        code = register_file(&values, operands.items[0], operands.items[1]) ? EXIT_FINE
                                                                            : EXIT_PROBLEMS;
release:
    connection_options_release(&values.connection);
    return code;
}

/* ---- delete ---- */

static bool delete_version(
    const struct change_options *values, const char *text, const struct eb_subject_version *name)
{
    struct remote remote;
    bool is_done = remote_open(&remote, &values->connection);
    if (is_done) {
        remote_begin(&remote, "deleteSchema");
        write_name(&remote.out, name);
        is_done = remote_do(&remote);
    }
    if (is_done && values->is_json)
        is_done = remote_print_json(&remote);
    else if (is_done)
        printf("%s  deleted\n", text);
    remote_close(&remote);
    return is_done;
}

static enum exit_code run_delete(int argc, char **argv)
{
    struct change_options values = { 0 };
    struct operands operands;
    struct eb_subject_version name;
    enum exit_code code = EXIT_USAGE;
    if (!remote_read_options(
            &command_schema_delete, &values, &values.connection, argc, argv, &operands))
        goto release;
    if (operands.count != 1)
        code = command_misused(&command_schema_delete);
    else if (!eb_subject_version_read(eb_span_of(operands.items[0]), &name) || !name.version)
        complain("expected SUBJECT@VERSION, not '%s'", operands.items[0]);
    else
        code = delete_version(&values, operands.items[0], &name) ? EXIT_FINE : EXIT_PROBLEMS;
release:
    connection_options_release(&values.connection);
    return code;
}

/* ---- the commands ---- */

const struct command command_schema_register = {
    .name = "schema register",
    .synopsis = "[OPTION…] SUBJECT FILE",
    .summary = "Add the next version of a subject to a running bus",
    .help = "Refused, naming what breaks, when the version does not keep what the subject promises "
            "of its\n"
            "compatibility. The version that it became is printed.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run_register,
};

const struct command command_schema_delete = {
    .name = "schema delete",
    .synopsis = "[OPTION…] SUBJECT@VERSION",
    .summary = "Take a version away from a running bus",
    .help = "Refused while a contract uses it, and where it was not registered by command. Its "
            "number is\n"
            "not given again.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run_delete,
};
