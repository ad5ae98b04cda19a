#include <stdio.h>

#include "bus/lint.h"
#include "bus/versions.h"
#include "command.h"
#include "figure.h"
#include "json_line.h"
#include "memory.h"
#include "progress.h"
#include "store/store.h"
#include "terminal.h"

struct check_options {
    bool is_json;
    bool is_strict;
};

static const struct option options[] = {
    { .name = "strict",
        .help = "what is allowed and probably not meant is an error",
        .offset = offsetof(struct check_options, is_strict) },
    { .name = "json",
        .help = "print one JSON object",
        .offset = offsetof(struct check_options, is_json) },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

struct tally {
    size_t errors, warnings, notes;
};

static struct tally tally_of(const struct eb_diag_list *diags)
{
    struct tally tally = { .errors = diags->errors };
    for (const struct eb_diag *diag = diags->first; diag; diag = diag->next) {
        tally.warnings += diag->severity == EB_WARNING;
        tally.notes += diag->severity == EB_NOTE;
    }
    return tally;
}

/* What the compiled configuration and its figures hold. */
static uint32_t memory_mib(
    const struct eb_loaded *loaded, const struct eb_figures_registry *figures)
{
    size_t bytes = eb_snapshot_bytes(loaded->snapshot) + eb_figures_registry_bytes(figures);
    return (uint32_t)(bytes >> 20);
}

static void print_counts(const struct eb_loaded *loaded, const struct eb_figures_registry *figures)
{
    uint32_t contracts = loaded->snapshot->contract_count, rules = loaded->snapshot->rule_count;
    uint32_t schemas = eb_store_configuration(loaded->store)->schema_count;
    uint32_t memory = memory_mib(loaded, figures);
    printf("%u contract%s, %u rule%s, %u schema%s", contracts, plural(contracts), rules,
        plural(rules), schemas, plural(schemas));
    if (memory)
        printf(" in %u MiB", memory);
    fputs(": ", stdout);
}

static void print_summary(const char *path, const struct eb_loaded *loaded,
    const struct eb_figures_registry *figures, const struct eb_diag_list *diags)
{
    struct tally tally = tally_of(diags);
    print_escaped(stdout, eb_span_of(path));
    fputs(": ", stdout);
    if (loaded->snapshot)
        print_counts(loaded, figures);
    style(stdout, tally.errors ? STYLE_BAD : STYLE_GOOD);
    if (tally.errors)
        printf("%zu error%s", tally.errors, plural(tally.errors));
    else
        fputs("no errors", stdout);
    style(stdout, STYLE_PLAIN);
    if (tally.warnings)
        printf(", %zu warning%s", tally.warnings, plural(tally.warnings));
    if (tally.notes)
        printf(", %zu note%s", tally.notes, plural(tally.notes));
    putchar('\n');
}

static void write_diag(struct eb_json_writer *out, const struct eb_diag *diag)
{
    static const char *const severities[] = {
        [EB_NOTE] = "note",
        [EB_WARNING] = "warning",
        [EB_ERROR] = "error",
    };
    eb_json_open_object(out);
    write_string_member(out, "severity", eb_span_of(severities[diag->severity]));
    if (diag->file)
        write_string_member(out, "file", eb_span_of(diag->file));
    if (diag->line) {
        write_int_member(out, "line", diag->line);
        write_int_member(out, "column", diag->column);
    }
    if (diag->pointer)
        write_string_member(out, "pointer", eb_span_of(diag->pointer));
    write_string_member(out, "text", eb_span_of(diag->text));
    eb_json_close_object(out);
}

static void write_report(struct eb_json_writer *out, const struct eb_loaded *loaded,
    const struct eb_figures_registry *figures, const struct eb_diag_list *diags)
{
    struct tally tally = tally_of(diags);
    eb_json_open_object(out);
    write_bool_member(out, "ok", tally.errors == 0);
    write_int_member(out, "errors", (int64_t)tally.errors);
    write_int_member(out, "warnings", (int64_t)tally.warnings);
    write_int_member(out, "notes", (int64_t)tally.notes);
    if (loaded->snapshot) {
        write_int_member(out, "contracts", loaded->snapshot->contract_count);
        write_int_member(out, "rules", loaded->snapshot->rule_count);
        write_int_member(out, "schemas", eb_store_configuration(loaded->store)->schema_count);
        write_int_member(out, "memory_mib", memory_mib(loaded, figures));
    }
    eb_json_write_name(out, eb_span_of("diagnostics"));
    eb_json_open_array(out);
    for (const struct eb_diag *diag = diags->first; diag; diag = diag->next)
        write_diag(out, diag);
    eb_json_close_array(out);
    eb_json_close_object(out);
}

static void print_json(const struct eb_loaded *loaded, const struct eb_figures_registry *figures,
    const struct eb_diag_list *diags)
{
    struct json_line line;
    if (!json_line_init(&line))
        return;
    json_line_begin(&line);
    write_report(&line.out, loaded, figures, diags);
    json_line_end(&line);
    json_line_release(&line);
}

/* The texts of the rules are kept: what is found in them is shown there. */
static bool load(struct eb_loaded *loaded, const char *path, struct eb_figures_registry *registry,
    struct eb_diag_list *diags)
{
    loaded->store = eb_store_read(path, diags);
    if (loaded->store)
        progress_next("compiling %u rules", eb_store_configuration(loaded->store)->rule_count);
    if (loaded->store)
        loaded->snapshot =
            eb_snapshot_build(eb_store_configuration(loaded->store), registry, diags);
    return loaded->snapshot && diags->errors == 0;
}

static void look_over(const struct eb_loaded *loaded, bool is_strict, struct eb_diag_list *diags)
{
    const struct eb_configuration *configuration = eb_store_configuration(loaded->store);
    progress_next("comparing versions of schemas");
    eb_versions_check(configuration, loaded->snapshot, diags);
    progress_next("looking over %u rules", configuration->rule_count);
    eb_lint(configuration, loaded->snapshot, is_strict, diags);
}

static enum exit_code run(int argc, char **argv)
{
    struct check_options values = { 0 };
    struct operands operands;
    if (!command_read(&command_check, &values, argc, argv, &operands))
        return EXIT_USAGE;
    if (operands.count != 1)
        return command_misused(&command_check);
    const char *path = operands.items[0];
    struct eb_diag_list diags;
    struct eb_loaded loaded = { 0 };
    eb_diag_list_init(&diags);
    struct eb_figures_registry *registry = eb_figures_registry_new();
    if (!registry)
        eb_diag_add_out_of_memory(&diags);
    progress_begin("reading %s", path);
    if (registry && load(&loaded, path, registry, &diags))
        look_over(&loaded, values.is_strict, &diags);
    progress_end();
    bool is_good = diags.errors == 0;
    if (values.is_json) {
        print_json(&loaded, registry, &diags);
        if (diags.is_out_of_memory)
            memory_ran_out();
    } else {
        print_diags(stdout, &diags);
        print_summary(path, &loaded, registry, &diags);
    }
    eb_loaded_free(&loaded);
    eb_figures_registry_free(registry);
    eb_diag_list_release(&diags);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

const struct command command_check = {
    .name = "check",
    .synopsis = "CONFIG",
    .summary = "Compile a configuration and report every mistake in it",
    .help =
        "CONFIG is an event-bus.json or the directory that holds one.\n\n"
        "Beside mistakes it notes what is allowed and probably not meant: rules that no event can\n"
        "match, rules that another covers, topics that no contract covers, copies that a rule\n"
        "watches for and will not see, values in topics that no contract holds to what may be "
        "there.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
