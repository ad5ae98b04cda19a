#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/name.h"
#include "command.h"
#include "json_line.h"
#include "registry.h"
#include "schema.h"
#include "schema/dialect.h"
#include "schema/uri.h"
#include "terminal.h"
#include "validator.h"
#include "json/reader.h"

struct list_options {
    bool is_json;
};

static const struct option options[] = {
    { .name = "json",
        .help = "print a JSON object for each schema",
        .offset = offsetof(struct list_options, is_json) },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

/* A contract, as far as it says who uses what. */
struct use {
    struct eb_span contract;
    struct eb_span schema, candidate; /* "lock-event@1"; ptr NULL: none */
};

struct listing {
    struct registry registry;
    struct eb_arena arena;
    struct use *uses;
    uint32_t use_count;
    int name_width;
    bool has_errors;
};

/* ---- what there is to say about one ---- */

struct entry {
    const struct eb_schema_text *text;
    char name[160];       /* "lock-event@1"; an imported file's first URI */
    struct eb_span draft; /* "2020-12"; of an own metaschema its URI */
    struct eb_span title; /* ptr NULL: none */
    bool is_latest;
};

static struct eb_span string_member(
    struct listing *listing, const struct eb_doc *doc, const char *name)
{
    uint32_t token = eb_doc_member(doc, 0, name);
    if (token == EB_NO_TOKEN || eb_doc_type(doc, token) != EB_JSON_STRING)
        return eb_span(NULL, 0);
    return eb_doc_string(doc, token, &listing->arena);
}

static struct eb_span draft_of(struct listing *listing, const struct eb_doc *doc)
{
    struct eb_span uri = string_member(listing, doc, "$schema");
    if (!uri.ptr)
        return eb_span_of(draft_name(listing->registry.configuration->settings.default_draft));
    const struct eb_dialect *dialect = eb_dialect_find(eb_uri_without_fragment(uri));
    return dialect ? eb_span_of(draft_name(dialect->draft)) : uri;
}

static void read_name(struct entry *entry)
{
    const struct eb_schema_text *text = entry->text;
    struct eb_span subject = text->version ? text->subject : text->uris[0];
    if (text->version)
        snprintf(entry->name, sizeof entry->name, "%.*s@%" PRIu32, (int)subject.len, subject.ptr,
            text->version);
    else
        snprintf(entry->name, sizeof entry->name, "%.*s", (int)subject.len, subject.ptr);
}

static struct entry entry_of(struct listing *listing, const struct eb_schema_text *text)
{
    struct entry entry = { .text = text,
        .is_latest = registry_is_latest(&listing->registry, text) };
    struct eb_doc doc;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    read_name(&entry);
    if (eb_json_read_file(&doc, text->text, text->file, 1, &listing->arena, &diags)) {
        entry.draft = draft_of(listing, &doc);
        entry.title = string_member(listing, &doc, "title");
    }
    print_diags(stderr, &diags);
    listing->has_errors |= diags.errors > 0;
    eb_diag_list_release(&diags);
    return entry;
}

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
            .schema = string_member(listing, &doc, "schema"),
            .candidate = string_member(listing, &doc, "candidate"),
        };
    print_diags(stderr, &diags);
    listing->has_errors |= diags.errors > 0;
    eb_diag_list_release(&diags);
}

static bool read_uses(struct listing *listing)
{
    const struct eb_configuration *configuration = listing->registry.configuration;
    listing->uses = calloc(configuration->contract_count + 1, sizeof *listing->uses);
    if (!listing->uses) {
        complain("out of memory");
        return false;
    }
    for (uint32_t i = 0; i < configuration->contract_count; i++)
        read_use(listing, &configuration->contracts[i]);
    return true;
}

static bool names(struct eb_span name, const struct entry *entry)
{
    struct eb_subject_version wanted;
    if (!name.ptr || !eb_subject_version_read(name, &wanted) ||
        !eb_span_equal(wanted.subject, entry->text->subject))
        return false;
    return wanted.version == EB_VERSION_LATEST ? entry->is_latest
                                               : wanted.version == entry->text->version;
}

/* ---- printing ---- */

static void print_users(const struct listing *listing, const struct entry *entry)
{
    const char *before = "  (used by ";
    for (uint32_t i = 0; i < listing->use_count; i++) {
        const struct use *use = &listing->uses[i];
        bool is_schema = names(use->schema, entry), is_candidate = names(use->candidate, entry);
        if (!is_schema && !is_candidate)
            continue;
        fputs(before, stdout);
        print_escaped(stdout, use->contract);
        fputs(is_schema ? "" : " as candidate", stdout);
        before = ", ";
    }
    if (*before == ',')
        putchar(')');
}

enum { DRAFT_WIDTH = sizeof "2020-12" - 1 };

static void print_entry(const struct listing *listing, const struct entry *entry)
{
    style(stdout, entry->is_latest ? STYLE_BOLD : STYLE_PLAIN);
    print_escaped(stdout, eb_span_of(entry->name));
    style(stdout, STYLE_PLAIN);
    printf("%*s  ", listing->name_width - (int)strlen(entry->name), "");
    struct eb_span draft = entry->draft.ptr ? entry->draft : eb_span_of("?");
    print_escaped(stdout, draft);
    if (entry->title.ptr) {
        printf("%*s  ", draft.len < DRAFT_WIDTH ? (int)(DRAFT_WIDTH - draft.len) : 0, "");
        print_escaped(stdout, entry->title);
    }
    style(stdout, STYLE_DIM);
    print_users(listing, entry);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

static void write_users(
    struct eb_json_writer *out, const struct listing *listing, const struct entry *entry)
{
    eb_json_write_name(out, eb_span_of("contracts"));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < listing->use_count; i++) {
        if (names(listing->uses[i].schema, entry))
            eb_json_write_string(out, listing->uses[i].contract);
    }
    eb_json_close_array(out);
}

static void write_entry(
    struct eb_json_writer *out, const struct listing *listing, const struct entry *entry)
{
    const struct eb_schema_text *text = entry->text;
    eb_json_open_object(out);
    if (text->version) {
        write_string_member(out, "subject", text->subject);
        write_int_member(out, "version", text->version);
        write_bool_member(out, "latest", entry->is_latest);
    }
    if (entry->draft.ptr)
        write_string_member(out, "draft", entry->draft);
    if (entry->title.ptr)
        write_string_member(out, "title", entry->title);
    write_string_member(out, "file", eb_span_of(text->file));
    eb_json_write_name(out, eb_span_of("uris"));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < text->uri_count; i++)
        eb_json_write_string(out, text->uris[i]);
    eb_json_close_array(out);
    write_users(out, listing, entry);
    eb_json_close_object(out);
}

static void find_width(struct listing *listing)
{
    const struct eb_configuration *configuration = listing->registry.configuration;
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        struct entry entry = { .text = &configuration->schemas[i] };
        read_name(&entry);
        int width = (int)strlen(entry.name);
        if (width > listing->name_width)
            listing->name_width = width;
    }
}

static bool print_all(struct listing *listing, bool is_json)
{
    const struct eb_configuration *configuration = listing->registry.configuration;
    struct json_line line = { 0 };
    if (is_json && !json_line_init(&line))
        return false;
    find_width(listing);
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        struct entry entry = entry_of(listing, &configuration->schemas[i]);
        if (!is_json) {
            print_entry(listing, &entry);
            continue;
        }
        json_line_begin(&line);
        write_entry(&line.out, listing, &entry);
        json_line_end(&line);
    }
    json_line_release(&line);
    return true;
}

static enum exit_code run(int argc, char **argv)
{
    struct list_options values = { 0 };
    struct operands operands;
    if (!command_read(&command_schema_list, &values, argc, argv, &operands))
        return EXIT_USAGE;
    if (operands.count != 1)
        return command_misused(&command_schema_list);
    struct listing listing = { 0 };
    if (!registry_open(&listing.registry, operands.items[0]))
        return EXIT_PROBLEMS;
    eb_arena_init_growing(&listing.arena, SIZE_MAX);
    bool is_good = read_uses(&listing) && print_all(&listing, values.is_json) &&
                   !listing.has_errors && !listing.registry.has_errors;
    free(listing.uses);
    eb_arena_release(&listing.arena);
    registry_close(&listing.registry);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

const struct command command_schema_list = {
    .name = "schema list",
    .synopsis = "CONFIG",
    .summary = "List the schemas of a registry",
    .help =
        "CONFIG is an event-bus.json or the directory that holds one. For each schema: its name "
        "(the\n"
        "URI, where it has no version), its draft, the contracts that use it, its title.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
