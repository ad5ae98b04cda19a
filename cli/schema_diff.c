#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "registry.h"
#include "schema.h"
#include "schema/diff.h"
#include "schema/sentence.h"
#include "terminal.h"
#include "validator.h"
#include "json/reader.h"

struct diff_options {
    const char *draft;
    bool ignores_annotations;
    bool is_json;
    enum eb_draft default_draft; /* by `draft` */
};

#define AT(member) offsetof(struct diff_options, member)

static const struct option options[] = {
    { "no-annotations", 0, OPTION_FLAG, NULL,
        "pass over what no verdict depends on: title, description, default, …",
        AT(ignores_annotations), 0, 0 },
    { "draft", 0, OPTION_TEXT, "DRAFT",
        "of files without $schema: 4, 6, 7, 2019-09 or 2020-12 (default 2020-12)", AT(draft), 0,
        0 },
    { "json", 0, OPTION_FLAG, NULL, "print a JSON object for each difference", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

/* Two documents, and where the differences between them go. */
struct differ {
    struct eb_doc before, after;
    struct eb_arena documents;
    struct eb_arena scratch; /* a reserved one: values being compared */
    struct json_line line;   /* values written out */
    const struct diff_options *values;
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
    struct eb_span pointer = eb_diff_pointer(difference->place, &differ->documents);
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
    style(stdout, STYLE_DIM);
    fputs(difference->is_annotation ? "  (annotation)" : "", stdout);
    style(stdout, STYLE_PLAIN);
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
    write_bool_member(out, "annotation", difference->is_annotation);
    write_value(out, "old", &differ->before, difference->before);
    write_value(out, "new", &differ->after, difference->after);
    eb_json_close_object(out);
    json_line_end(&differ->line);
}

static void tell(void *context, const struct eb_difference *difference)
{
    struct differ *differ = context;
    if (difference->is_annotation && differ->values->ignores_annotations)
        return;
    differ->are_different = true;
    if (differ->values->is_json)
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

static enum exit_code compare(const struct side *before, const struct side *after,
    const struct diff_options *values, enum eb_draft default_draft)
{
    struct differ differ = { .values = values };
    eb_arena_init_growing(&differ.documents, SIZE_MAX);
    bool has_room = eb_arena_init_reserved(&differ.scratch, SCRATCH_BYTES);
    if (!has_room)
        memory_ran_out();
    bool is_good = has_room && json_line_init(&differ.line) && read_sides(&differ, before, after);
    struct eb_diff_question question = { &differ.before, &differ.after, default_draft };
    if (is_good && !eb_schema_diff(&question, &differ.scratch, tell, &differ)) {
        complain("the schemas are too large to be compared");
        is_good = false;
    }
    memory_release(&differ.scratch);
    json_line_release(&differ.line);
    memory_release(&differ.documents);
    if (!is_good || memory_has_run_out())
        return EXIT_TROUBLE;
    return differ.are_different ? EXIT_PROBLEMS : EXIT_FINE;
}

static enum exit_code compare_files(char **paths, const struct diff_options *values)
{
    struct side before = { input_read(paths[0]), input_name(paths[0]) };
    struct side after = { input_read(paths[1]), input_name(paths[1]) };
    enum exit_code code = EXIT_TROUBLE;
    if (before.text.ptr && after.text.ptr)
        code = compare(&before, &after, values, values->default_draft);
    input_release(before.text);
    input_release(after.text);
    return code;
}

static enum exit_code compare_versions(char **names, const struct diff_options *values)
{
    struct registry registry;
    if (!registry_open(&registry, names[0]))
        return EXIT_TROUBLE;
    const struct eb_schema_text *before = registry_find(&registry, names[1]);
    const struct eb_schema_text *after = registry_find(&registry, names[2]);
    enum exit_code code = EXIT_TROUBLE;
    if (before && after) {
        struct side old_side = { before->text, before->file };
        struct side new_side = { after->text, after->file };
        code =
            compare(&old_side, &new_side, values, registry.configuration->settings.default_draft);
    }
    registry_close(&registry);
    return code;
}

static enum exit_code run(int argc, char **argv)
{
    struct diff_options values = { .default_draft = EB_DRAFT_2020_12 };
    struct operands operands;
    if (!command_read(&command_schema_diff, &values, argc, argv, &operands))
        return EXIT_USAGE;
    if (values.draft && !draft_read(eb_span_of(values.draft), &values.default_draft)) {
        complain("--draft: expected 4, 6, 7, 2019-09 or 2020-12, not '%s'", values.draft);
        return EXIT_USAGE;
    }
    if (operands.count != 2 && operands.count != 3)
        return command_misused(&command_schema_diff);
    return operands.count == 2 ? compare_files(operands.items, &values)
                               : compare_versions(operands.items, &values);
}

const struct command command_schema_diff = {
    .name = "schema diff",
    .synopsis = "OLD.json NEW.json | CONFIG OLD NEW",
    .summary = "Say what is different between two schemas, by JSON Pointer",
    .help = "With CONFIG, OLD and NEW are SUBJECT[@VERSION] of its registry. Compared by what they "
            "say: the\n"
            "order of members does not matter, nor how a number is written, nor the order of "
            "`required`,\n"
            "`enum`, `type`, `allOf`, `anyOf` and `oneOf`. What a difference means for events is "
            "for\n"
            "`schema compat` to say.\n\n"
            "Exit code, as of diff(1): 0 no difference, 1 some, 2 trouble.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
