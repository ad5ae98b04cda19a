#include <stdio.h>

#include "command.h"
#include "json_line.h"
#include "registry.h"
#include "schema.h"
#include "terminal.h"
#include "json/reader.h"

struct show_options {
    bool is_json;
};

static const struct option options[] = {
    { .name = "json",
        .help = "print one JSON object: subject, version, file, schema",
        .offset = offsetof(struct show_options, is_json) },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

static void print_text(const struct eb_schema_text *schema)
{
    struct eb_span text = schema->text;
    fwrite(text.ptr, 1, text.len, stdout);
    if (!text.len || text.ptr[text.len - 1] != '\n')
        putchar('\n');
}

static void write_schema(
    struct eb_json_writer *out, const struct eb_schema_text *schema, const struct eb_doc *doc)
{
    eb_json_open_object(out);
    if (schema->version) {
        write_string_member(out, "subject", schema->subject);
        write_int_member(out, "version", schema->version);
    }
    write_string_member(out, "file", eb_span_of(schema->file));
    eb_json_write_name(out, eb_span_of("schema"));
    write_compact(out, doc, 0);
    eb_json_close_object(out);
}

static bool print_json(const struct eb_schema_text *schema)
{
    struct eb_arena arena;
    struct eb_doc doc;
    struct eb_diag_list diags;
    struct json_line line = { 0 };
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&arena, SIZE_MAX);
    bool is_good = json_line_init(&line) &&
                   eb_json_read_file(&doc, schema->text, schema->file, 1, &arena, &diags);
    if (is_good) {
        json_line_begin(&line);
        write_schema(&line.out, schema, &doc);
        json_line_end(&line);
    }
    print_diags(stderr, &diags);
    json_line_release(&line);
    eb_arena_release(&arena);
    eb_diag_list_release(&diags);
    return is_good;
}

static enum exit_code run(int argc, char **argv)
{
    struct show_options values = { 0 };
    struct operands operands;
    if (!command_read(&command_schema_show, &values, argc, argv, &operands))
        return EXIT_USAGE;
    if (operands.count != 2)
        return command_misused(&command_schema_show);
    struct registry registry;
    if (!registry_open(&registry, operands.items[0]))
        return EXIT_PROBLEMS;
    const struct eb_schema_text *schema = registry_find(&registry, operands.items[1]);
    bool is_good = schema != NULL;
    if (schema && values.is_json)
        is_good = print_json(schema);
    else if (schema)
        print_text(schema);
    registry_close(&registry);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

const struct command command_schema_show = {
    .name = "schema show",
    .synopsis = "CONFIG SUBJECT[@VERSION]",
    .summary = "Print a schema of a registry, as it is written",
    .help =
        "Without VERSION, or with `latest`, the highest. A schema without a version is called by "
        "a URI\n"
        "that `uri_map` gives it.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
