#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "input.h"
#include "json_line.h"
#include "registry.h"
#include "schema.h"
#include "schema/diff.h"
#include "schema/sentence.h"
#include "terminal.h"
#include "json/reader.h"

struct diff_options {
    bool is_json;
};

static const struct option options[] = {
    { .name = "json",
        .help = "print a JSON object for each difference",
        .offset = offsetof(struct diff_options, is_json) },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

/* Two documents, and where the differences between them go. */
struct differ {
    struct eb_doc before, after;
    struct eb_arena documents;
    struct eb_arena scratch; /* a reserved one: values being compared */
    struct json_line line;   /* values written out */
    bool is_json;
    bool are_different;
};

/* ---- telling ---- */

static const struct {
    const char *name, *sign;
    enum style style;
} kinds[] = {
    [EB_ADDED] = { "added", "+ ", STYLE_GOOD },
    [EB_REMOVED] = { "removed", "- ", STYLE_BAD },
    [EB_CHANGED] = { "changed", "~ ", STYLE_WARN },
};

/* A value on one line, cut where it gets long. */
static void print_value(struct differ *differ, const struct eb_doc *doc, uint32_t token)
{
    enum { VALUE_BYTES_MAX = 160 };
    struct eb_sentence sentence;
    json_line_begin(&differ->line);
    write_compact(&differ->line.out, doc, token);
    struct eb_span text = eb_json_writer_finish(&differ->line.out);
    eb_sentence_init(&sentence);
    eb_sentence_quote(&sentence, text.ptr ? text : eb_span_of("…"), VALUE_BYTES_MAX);
    print_escaped(stdout, eb_span(sentence.text, sentence.len));
}

static struct eb_span pointer_of(struct differ *differ, const struct eb_difference *difference)
{
    bool is_added = difference->kind == EB_ADDED;
    struct eb_span pointer = eb_doc_pointer(is_added ? &differ->after : &differ->before,
        is_added ? difference->after : difference->before, &differ->documents);
    return pointer.ptr ? pointer : eb_span_of("?");
}

static void print_difference(struct differ *differ, const struct eb_difference *difference)
{
    struct eb_span pointer = pointer_of(differ, difference);
    style(stdout, kinds[difference->kind].style);
    fputs(kinds[difference->kind].sign, stdout);
    print_escaped(stdout, pointer.len ? pointer : eb_span_of("the schema"));
    style(stdout, STYLE_PLAIN);
    fputs(": ", stdout);
    if (difference->before != EB_NO_TOKEN)
        print_value(differ, &differ->before, difference->before);
    if (difference->kind == EB_CHANGED)
        fputs(" -> ", stdout);
    if (difference->after != EB_NO_TOKEN)
        print_value(differ, &differ->after, difference->after);
    putchar('\n');
}

static void write_value(
    struct eb_json_writer *out, const char *name, const struct eb_doc *doc, uint32_t token)
{
    if (token == EB_NO_TOKEN)
        return;
    eb_json_write_name(out, eb_span_of(name));
    write_compact(out, doc, token);
}

static void write_difference(struct differ *differ, const struct eb_difference *difference)
{
    struct eb_json_writer *out = &differ->line.out;
    json_line_begin(&differ->line);
    eb_json_open_object(out);
    write_string_member(out, "change", eb_span_of(kinds[difference->kind].name));
    write_string_member(out, "pointer", pointer_of(differ, difference));
    write_value(out, "before", &differ->before, difference->before);
    write_value(out, "after", &differ->after, difference->after);
    eb_json_close_object(out);
    json_line_end(&differ->line);
}

static void tell(void *context, const struct eb_difference *difference)
{
    struct differ *differ = context;
    differ->are_different = true;
    if (differ->is_json)
        write_difference(differ, difference);
    else
        print_difference(differ, difference);
}

/* ---- comparing ---- */

/* A text to compare, and what messages call it. */
struct side {
    struct eb_span text;
    const char *name;
};

static bool read_sides(struct differ *differ, const struct side *before, const struct side *after)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    bool is_read = eb_json_read_file(
        &differ->before, before->text, before->name, 1, &differ->documents, &diags);
    is_read &=
        eb_json_read_file(&differ->after, after->text, after->name, 1, &differ->documents, &diags);
    print_diags(stderr, &diags);
    eb_diag_list_release(&diags);
    return is_read;
}

/* Tables for comparing the objects of one schema with those of another. */
enum { SCRATCH_BYTES = 256 * 1024 * 1024 };

/* True when the two are the same. */
static bool compare(const struct side *before, const struct side *after, bool is_json)
{
    struct differ differ = { .is_json = is_json };
    eb_arena_init_growing(&differ.documents, SIZE_MAX);
    bool is_ready =
        json_line_init(&differ.line) && eb_arena_init_reserved(&differ.scratch, SCRATCH_BYTES);
    bool is_good = is_ready && read_sides(&differ, before, after);
    if (is_good && !eb_schema_diff(&differ.before, &differ.after, &differ.scratch, tell, &differ)) {
        complain("the schemas are too large to be compared");
        is_good = false;
    }
    eb_arena_release(&differ.scratch);
    json_line_release(&differ.line);
    eb_arena_release(&differ.documents);
    return is_good && !differ.are_different;
}

static bool compare_files(char **paths, bool is_json)
{
    struct side before = { input_read(paths[0]), input_name(paths[0]) };
    struct side after = { input_read(paths[1]), input_name(paths[1]) };
    bool is_same = before.text.ptr && after.text.ptr && compare(&before, &after, is_json);
    input_release(before.text);
    input_release(after.text);
    return is_same;
}

static bool compare_versions(char **names, bool is_json)
{
    struct registry registry;
    if (!registry_open(&registry, names[0]))
        return false;
    const struct eb_schema_text *before = registry_find(&registry, names[1]);
    const struct eb_schema_text *after = registry_find(&registry, names[2]);
    bool is_same = false;
    if (before && after) {
        struct side old_side = { before->text, before->file };
        struct side new_side = { after->text, after->file };
        is_same = compare(&old_side, &new_side, is_json);
    }
    registry_close(&registry);
    return is_same;
}

static enum exit_code run(int argc, char **argv)
{
    struct diff_options values = { 0 };
    struct operands operands;
    if (!command_read(&command_schema_diff, &values, argc, argv, &operands))
        return EXIT_USAGE;
    if (operands.count != 2 && operands.count != 3)
        return command_misused(&command_schema_diff);
    bool is_same = operands.count == 2 ? compare_files(operands.items, values.is_json)
                                       : compare_versions(operands.items, values.is_json);
    return is_same ? EXIT_FINE : EXIT_PROBLEMS;
}

const struct command command_schema_diff = {
    .name = "schema diff",
    .synopsis = "OLD.json NEW.json | CONFIG OLD NEW",
    .summary = "Say what is different between two schemas, by JSON Pointer",
    .help = "With CONFIG, OLD and NEW are SUBJECT[@VERSION] of its registry. Compared as values: "
            "neither the\n"
            "order of members nor how a number is written matters; `required`, `enum` and `type` "
            "are sets.\n"
            "What a difference means for events is for `schema compat` to say. It succeeds when "
            "there is\n"
            "none.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
