#include <stdio.h>
#include <unistd.h>

#include "bus/snapshot.h"
#include "command.h"
#include "json_line.h"
#include "memory.h"
#include "pretty.h"
#include "registry.h"
#include "schema.h"
#include "schema/references.h"
#include "schema_remote.h"
#include "store/file_name.h"
#include "terminal.h"

struct show_options {
    struct connection_options connection;
    bool is_json;
    bool is_source;
};

#define AT(member) offsetof(struct show_options, member)

static const struct option options[] = {
    { "source", 0, OPTION_FLAG, NULL, "print the file alone, as it is written", AT(is_source), 0,
        0 },
    { "json", 0, OPTION_FLAG, NULL, "print one JSON object", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = {
    { options, sizeof options / sizeof *options, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};

/* A schema being shown. References are known when the whole configuration compiles. */
struct show {
    struct schema_entry entry;
    struct eb_arena arena;
    struct eb_snapshot *snapshot; /* NULL: it does not */
    struct json_line line;
    uint32_t reference_count;
};

static void print_source(const struct eb_schema_text *schema)
{
    struct eb_span text = schema->text;
    fwrite(text.ptr, 1, text.len, stdout);
    if (!text.len || text.ptr[text.len - 1] != '\n')
        putchar('\n');
}

static struct eb_span pointer_of(struct show *show, const struct eb_doc *doc, uint32_t token)
{
    struct eb_span pointer = eb_doc_pointer(doc, token, &show->arena);
    return pointer.ptr ? pointer : eb_span_of("?");
}

/* ---- for people ---- */

static void print_reference(void *context, const struct eb_schema_reference *reference)
{
    struct show *show = context;
    if (!show->reference_count++)
        puts("references:");
    fputs("  ", stdout);
    print_escaped(stdout, pointer_of(show, reference->doc, reference->token));
    fputs(": ", stdout);
    print_escaped(stdout, eb_doc_source(reference->doc, reference->token));
    fputs(" -> ", stdout);
    if (reference->target && reference->target != reference->doc)
        print_escaped(stdout, eb_span_of(reference->target->name));
    if (reference->target) {
        putchar('#');
        print_escaped(stdout, pointer_of(show, reference->target, reference->target_token));
    } else {
        fputs("nowhere", stdout);
    }
    putchar('\n');
}

static void print_heading(const struct schema_entry *entry)
{
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, entry->name);
    style(stdout, STYLE_PLAIN);
    fputs("  ", stdout);
    print_escaped(stdout, eb_span_of(entry->text->file));
    fputs("  draft ", stdout);
    print_escaped(stdout, entry->draft);
    if (entry->compatibility.ptr) {
        fputs("  compatibility ", stdout);
        print_escaped(stdout, entry->compatibility);
    }
    putchar('\n');
}

/* ---- JSON ---- */

static void write_reference(void *context, const struct eb_schema_reference *reference)
{
    struct show *show = context;
    struct eb_json_writer *out = &show->line.out;
    eb_json_open_object(out);
    write_string_member(out, "pointer", pointer_of(show, reference->doc, reference->token));
    eb_json_write_name(out, eb_span_of("reference"));
    eb_json_write_raw(out, eb_doc_source(reference->doc, reference->token));
    if (reference->target) {
        write_string_member(out, "uri", reference->uri);
        write_string_member(out, "file", eb_span_of(reference->target->name));
        write_string_member(
            out, "target", pointer_of(show, reference->target, reference->target_token));
    }
    eb_json_close_object(out);
}

static void write_show(struct show *show)
{
    const struct schema_entry *entry = &show->entry;
    struct eb_json_writer *out = &show->line.out;
    eb_json_open_object(out);
    if (entry->text->version) {
        write_string_member(out, "subject", entry->text->subject);
        write_int_member(out, "version", entry->text->version);
        write_bool_member(out, "latest", entry->is_latest);
    }
    write_string_member(out, "file", eb_span_of(entry->text->file));
    write_string_member(out, "draft", entry->draft);
    if (entry->compatibility.ptr)
        write_string_member(out, "compatibility", entry->compatibility);
    eb_json_write_name(out, eb_span_of("schema"));
    write_compact(out, &entry->doc, 0);
    if (show->snapshot) {
        eb_json_write_name(out, eb_span_of("references"));
        eb_json_open_array(out);
        eb_schema_references(show->snapshot->library, entry->name, write_reference, show);
        eb_json_close_array(out);
    }
    eb_json_close_object(out);
}

/* ---- the command ---- */

/* What is wrong with other files is for `check` to say. */
static struct eb_snapshot *build(
    const struct registry *registry, struct eb_figures_registry *figures)
{
    struct eb_diag_list unread;
    eb_diag_list_init(&unread);
    struct eb_snapshot *snapshot =
        figures ? eb_snapshot_build(registry->configuration, figures, &unread) : NULL;
    if (!figures || unread.is_out_of_memory)
        memory_ran_out();
    else if (!snapshot)
        complain("note: references are not followed: there are mistakes in the configuration, "
                 "which 'event-bus check' names");
    eb_diag_list_release(&unread);
    return snapshot;
}

static bool print_show(struct show *show, const struct show_options *values)
{
    if (values->is_json) {
        if (!json_line_init(&show->line))
            return false;
        json_line_begin(&show->line);
        write_show(show);
        json_line_end(&show->line);
        json_line_release(&show->line);
        return true;
    }
    print_heading(&show->entry);
    print_pretty(stdout, &show->entry.doc);
    if (show->snapshot)
        eb_schema_references(show->snapshot->library, show->entry.name, print_reference, show);
    return true;
}

static bool show_schema(const struct registry *registry, const struct eb_schema_text *schema,
    const struct show_options *values)
{
    struct show show = { .snapshot = NULL };
    eb_arena_init_growing(&show.arena, SIZE_MAX);
    bool is_good =
        registry_describe(registry, schema, &show.arena, &show.entry) && show.entry.is_read;
    if (is_good) {
        struct eb_figures_registry *figures = eb_figures_registry_new();
        show.snapshot = build(registry, figures);
        is_good = print_show(&show, values);
        eb_snapshot_free(show.snapshot);
        eb_figures_registry_free(figures);
    }
    memory_release(&show.arena);
    return is_good;
}

static enum exit_code show_of_files(
    const char *config, const char *name, const struct show_options *values)
{
    struct registry registry;
    if (!registry_open(&registry, config))
        return EXIT_PROBLEMS;
    const struct eb_schema_text *schema = registry_find(&registry, name);
    bool is_good = schema != NULL;
    if (schema && values->is_source)
        print_source(schema);
    else if (schema)
        is_good = show_schema(&registry, schema, values);
    registry_close(&registry);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

/* A directory with a configuration in it, or a file of JSON: no subject is called so. */
static bool is_config(const char *operand)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/event-bus.json", operand);
    bool is_file = eb_file_name_stem(operand, ".json").ptr;
    return access(is_file ? operand : path, F_OK) == 0;
}

static enum exit_code show_of_broker(const char *name, struct show_options *values)
{
    if (is_config(name)) {
        complain("expected a SUBJECT of %s; `event-bus schema list %s` lists them", name, name);
        return EXIT_USAGE;
    }
    return schema_remote_show(&values->connection, name,
        values->is_source ? SCHEMA_SOURCE
        : values->is_json ? SCHEMA_JSON
                          : SCHEMA_PRETTY);
}

static enum exit_code run(int argc, char **argv)
{
    struct show_options values = { 0 };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!connection_options_begin(&values.connection) ||
        !command_read(&command_schema_show, &values, argc, argv, &operands))
        goto release;
    if (operands.count == 2)
        code = show_of_files(operands.items[0], operands.items[1], &values);
    else if (operands.count == 1)
        code = show_of_broker(operands.items[0], &values);
    else
        code = command_misused(&command_schema_show);
release:
    connection_options_release(&values.connection);
    return code;
}

const struct command command_schema_show = {
    .name = "schema show",
    .synopsis = "[CONFIG] SUBJECT[@VERSION]",
    .summary = "Print a schema of a registry, where it is from and where its references lead",
    .help =
        "Without VERSION, or with `latest`, the highest. A schema without a version is called by "
        "a URI\n"
        "that `uri_map` gives it. Without CONFIG, one of a running bus.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
