#include <stdio.h>

#include "command.h"
#include "json_line.h"
#include "memory.h"
#include "registry.h"
#include "schema.h"
#include "schema_remote.h"
#include "terminal.h"
#include "json/reader.h"

struct list_options {
    struct connection_options connection;
    bool is_json;
};

static const struct option options[] = {
    { .name = "json",
        .help = "print a JSON object for each schema",
        .offset = offsetof(struct list_options, is_json) },
};

static const struct option_table tables[] = {
    { options, sizeof options / sizeof *options, 0 },
    CONNECTION_OPTIONS_AT(offsetof(struct list_options, connection)),
};

/* A contract, as far as it says who uses what. */
struct use {
    struct eb_span contract;
    struct eb_span schema, candidate; /* "lock-event@1"; ptr NULL: none */
};

struct listing {
    struct registry registry;
    struct eb_arena arena; /* what follows is in it */
    struct use *uses;
    uint32_t use_count;
    struct schema_entry *entries;
    uint32_t entry_count;
    int name_width, draft_width, mode_width;
    bool has_errors;
};

/* ---- who uses it ---- */

static void read_use(struct listing *listing, const struct eb_entry_text *contract)
{
    struct eb_doc doc;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    if (eb_json_read_file(
            &doc, contract->text, contract->file, contract->first_line, &listing->arena, &diags))
        listing->uses[listing->use_count++] = (struct use){
            .contract = contract->name,
            .schema = string_member_of(&doc, 0, "schema", &listing->arena),
            .candidate = string_member_of(&doc, 0, "candidate", &listing->arena),
        };
    print_diags(stderr, &diags);
    listing->has_errors |= diags.errors > 0;
    eb_diag_list_release(&diags);
}

/* ---- for people ---- */

static void print_users(const struct listing *listing, const struct schema_entry *entry)
{
    static const char *const how[] = { [SCHEMA_BY_NAME] = "", [SCHEMA_BY_CONTENT] = " by content" };
    const char *before = "  (used by ";
    for (uint32_t i = 0; i < listing->use_count; i++) {
        const struct use *use = &listing->uses[i];
        enum schema_use relation = schema_entry_use(entry, use->schema);
        bool is_candidate = schema_entry_use(entry, use->candidate) != SCHEMA_UNUSED;
        if (relation == SCHEMA_UNUSED && !is_candidate)
            continue;
        fputs(before, stdout);
        print_escaped(stdout, use->contract);
        fputs(relation == SCHEMA_UNUSED ? " as candidate" : how[relation], stdout);
        before = ", ";
    }
    if (*before == ',')
        putchar(')');
}

/* `text`, or a dash, with two spaces and what it lacks of `width` behind it. */
static void print_column(struct eb_span text, int width)
{
    if (!text.ptr)
        text = eb_span_of("-");
    print_escaped(stdout, text);
    printf("%*s", text.len < (size_t)width ? width - (int)text.len + 2 : 2, "");
}

static void print_entry(const struct listing *listing, const struct schema_entry *entry)
{
    style(stdout, entry->is_latest ? STYLE_BOLD : STYLE_PLAIN);
    print_column(entry->name, listing->name_width);
    style(stdout, STYLE_PLAIN);
    print_column(entry->draft, listing->draft_width);
    print_column(entry->compatibility, listing->mode_width);
    print_escaped(stdout, entry->title.ptr ? entry->title : eb_span_of("-"));
    style(stdout, STYLE_DIM);
    print_users(listing, entry);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

/* Nothing is aligned with what is longer. */
enum { COLUMN_MAX = 60 };

static void widen(int *width, struct eb_span text)
{
    if (text.len > (size_t)*width && text.len <= COLUMN_MAX)
        *width = (int)text.len;
}

static void print_entries(struct listing *listing)
{
    for (uint32_t i = 0; i < listing->entry_count; i++) {
        widen(&listing->name_width, listing->entries[i].name);
        widen(&listing->draft_width, listing->entries[i].draft);
        widen(&listing->mode_width, listing->entries[i].compatibility);
    }
    for (uint32_t i = 0; i < listing->entry_count; i++)
        print_entry(listing, &listing->entries[i]);
}

/* ---- JSON ---- */

static void write_uses(
    struct eb_json_writer *out, const struct listing *listing, const struct schema_entry *entry)
{
    eb_json_write_name(out, eb_span_of("contracts"));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < listing->use_count; i++) {
        const struct use *use = &listing->uses[i];
        enum schema_use relation = schema_entry_use(entry, use->schema);
        bool is_candidate = schema_entry_use(entry, use->candidate) != SCHEMA_UNUSED;
        if (relation == SCHEMA_UNUSED && !is_candidate)
            continue;
        eb_json_open_object(out);
        write_string_member(out, "name", use->contract);
        write_bool_member(out, "candidate", relation == SCHEMA_UNUSED);
        write_bool_member(out, "by_content", relation == SCHEMA_BY_CONTENT);
        eb_json_close_object(out);
    }
    eb_json_close_array(out);
}

static void write_uris(struct eb_json_writer *out, const struct eb_schema_text *text)
{
    eb_json_write_name(out, eb_span_of("uris"));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < text->uri_count; i++)
        eb_json_write_string(out, text->uris[i]);
    eb_json_close_array(out);
}

static void write_entry(
    struct eb_json_writer *out, const struct listing *listing, const struct schema_entry *entry)
{
    const struct eb_schema_text *text = entry->text;
    eb_json_open_object(out);
    if (text->version) {
        write_string_member(out, "subject", text->subject);
        write_int_member(out, "version", text->version);
        write_bool_member(out, "latest", entry->is_latest);
    }
    if (entry->compatibility.ptr)
        write_string_member(out, "compatibility", entry->compatibility);
    if (entry->draft.ptr)
        write_string_member(out, "draft", entry->draft);
    if (entry->title.ptr)
        write_string_member(out, "title", entry->title);
    write_string_member(out, "file", eb_span_of(text->file));
    write_uris(out, text);
    write_uses(out, listing, entry);
    eb_json_close_object(out);
}

static bool write_entries(struct listing *listing)
{
    struct json_line line = { 0 };
    bool is_good = json_line_init(&line);
    for (uint32_t i = 0; is_good && i < listing->entry_count; i++) {
        json_line_begin(&line);
        write_entry(&line.out, listing, &listing->entries[i]);
        json_line_end(&line);
    }
    json_line_release(&line);
    return is_good;
}

/* ---- the command ---- */

static bool listing_read(struct listing *listing)
{
    const struct eb_configuration *configuration = listing->registry.configuration;
    struct eb_arena *arena = &listing->arena;
    listing->uses = EB_ARENA_ARRAY(arena, struct use, configuration->contract_count);
    listing->entries = EB_ARENA_ARRAY(arena, struct schema_entry, configuration->schema_count);
    if (!listing->uses || !listing->entries) {
        memory_ran_out();
        return false;
    }
    for (uint32_t i = 0; i < configuration->contract_count; i++)
        read_use(listing, &configuration->contracts[i]);
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        struct schema_entry *entry = &listing->entries[listing->entry_count++];
        if (!registry_describe(
                &listing->registry, &configuration->schemas[i], &listing->arena, entry))
            return false;
        listing->has_errors |= !entry->is_read;
    }
    return true;
}

static bool list(struct listing *listing, bool is_json)
{
    if (!listing_read(listing))
        return false;
    if (is_json)
        return write_entries(listing);
    print_entries(listing);
    return true;
}

static enum exit_code list_of_files(const char *config, bool is_json)
{
    struct listing listing = { .mode_width = 1 };
    if (!registry_open(&listing.registry, config))
        return EXIT_PROBLEMS;
    eb_arena_init_growing(&listing.arena, SIZE_MAX);
    bool is_good = list(&listing, is_json) && !listing.has_errors && !listing.registry.has_errors;
    memory_release(&listing.arena);
    registry_close(&listing.registry);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code run(int argc, char **argv)
{
    struct list_options values = { 0 };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!connection_options_begin(&values.connection) ||
        !command_read(&command_schema_list, &values, argc, argv, &operands))
        goto release;
    if (operands.count > 1)
        code = command_misused(&command_schema_list);
    else if (operands.count == 1)
        code = list_of_files(operands.items[0], values.is_json);
    else
        code = schema_remote_list(&values.connection, values.is_json);
release:
    connection_options_release(&values.connection);
    return code;
}

const struct command command_schema_list = {
    .name = "schema list",
    .synopsis = "CONFIG | [OPTION…]",
    .summary = "List the schemas of a registry",
    .help =
        "CONFIG is an event-bus.json or the directory that holds one. For each schema: its name "
        "(the\n"
        "URI, where it has no version), its draft, the compatibility its subject declares, its "
        "title,\n"
        "and the contracts that use it. Without CONFIG, those of a running bus: subjects, their\n"
        "versions and compatibility.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
