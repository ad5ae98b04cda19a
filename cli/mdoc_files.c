/*
 * The files of a configuration, as their JSON Schemas (config/schema) describe them.
 */
#include <stdio.h>

#include "base/embedded.h"
#include "mdoc.h"
#include "memory.h"
#include "terminal.h"
#include "json/reader.h"

extern const struct eb_embedded eb_embedded_config[];
extern const size_t eb_embedded_config_count;

struct describing {
    struct eb_doc doc;
    struct eb_arena arena;
};

static struct eb_span text_of(struct describing *describing, uint32_t token)
{
    return token == EB_NO_TOKEN ? eb_span_of("")
                                : eb_doc_string(&describing->doc, token, &describing->arena);
}

/* Where a "$ref" into the same schema leads. */
static uint32_t follow(struct describing *describing, uint32_t schema)
{
    const struct eb_doc *doc = &describing->doc;
    if (eb_doc_type(doc, schema) != EB_JSON_OBJECT)
        return schema;
    uint32_t ref = eb_doc_member(doc, schema, "$ref");
    if (ref == EB_NO_TOKEN)
        return schema;
    struct eb_span text = text_of(describing, ref);
    return eb_doc_at(doc, eb_span(text.ptr + 1, text.len - 1)); /* "#/$defs/…" */
}

static uint32_t keyword(struct describing *describing, uint32_t schema, const char *name)
{
    if (eb_doc_type(&describing->doc, schema) != EB_JSON_OBJECT)
        return EB_NO_TOKEN;
    uint32_t own = eb_doc_member(&describing->doc, schema, name);
    return own == EB_NO_TOKEN ? eb_doc_member(&describing->doc, follow(describing, schema), name)
                              : own;
}

/* ---- one member ---- */

static bool is_required(struct describing *describing, uint32_t object, uint32_t name)
{
    uint32_t required = keyword(describing, object, "required");
    if (required == EB_NO_TOKEN)
        return false;
    EB_DOC_EACH_ELEMENT(&describing->doc, required, element)
    {
        if (eb_doc_strings_equal(&describing->doc, element, &describing->doc, name))
            return true;
    }
    return false;
}

static void print_fact(const char *what, struct eb_span value)
{
    printf("%s\n.Li ", what);
    mdoc_print_word(value);
    printf(" .\n");
}

static void print_facts(struct describing *describing, uint32_t schema, bool is_needed)
{
    uint32_t initial = keyword(describing, schema, "default");
    if (is_needed)
        printf("Required.\n");
    if (initial != EB_NO_TOKEN)
        print_fact("Default:", eb_doc_source(&describing->doc, initial));
}

/* "limits.depth", "to[].topic" */
struct place {
    const struct place *outer;
    struct eb_span name;
    bool is_element;
};

static void print_place(const struct place *place)
{
    if (place->outer) {
        print_place(place->outer);
        printf(".");
    }
    mdoc_print_word(place->name);
    if (place->is_element)
        printf("[]");
}

static void print_members(
    struct describing *describing, uint32_t object, const struct place *outer);

/* What an element of an array is. */
static uint32_t elements_of(struct describing *describing, uint32_t schema)
{
    uint32_t items = keyword(describing, schema, "items");
    return items == EB_NO_TOKEN ? items : follow(describing, items);
}

static void print_member(
    struct describing *describing, uint32_t object, uint32_t name, const struct place *outer)
{
    uint32_t schema = name + 1;
    struct place place = { .outer = outer, .name = text_of(describing, name) };
    printf(".It Va ");
    print_place(&place);
    putchar('\n');
    mdoc_print_text(text_of(describing, keyword(describing, schema, "description")));
    print_facts(describing, schema, is_required(describing, object, name));
    uint32_t elements = elements_of(describing, schema);
    place.is_element = elements != EB_NO_TOKEN;
    print_members(describing, place.is_element ? elements : follow(describing, schema), &place);
}

/* Every file may have these, and they say what they are. */
static bool is_note(struct eb_span name)
{
    return eb_span_is(name, "$schema") || eb_span_is(name, "$comment") ||
           eb_span_is(name, "description");
}

static void print_members(struct describing *describing, uint32_t object, const struct place *outer)
{
    uint32_t members = keyword(describing, object, "properties");
    if (members == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_MEMBER(&describing->doc, members, name)
    {
        if (!is_note(text_of(describing, name)))
            print_member(describing, object, name, outer);
    }
}

/* ---- files ---- */

static const struct {
    const char *schema;
    const char *file;
} files[] = {
    { "event-bus.schema.json", "event-bus.json" },
    { "contract.schema.json", "contracts/NAME.json" },
    { "rule.schema.json", "rules/NAME.json, rules/*.jsonl" },
    { "subject.schema.json", "schemas/SUBJECT/subject.json" },
    { "test.schema.json", "tests/NAME.json" },
};

static const struct eb_embedded *find_schema(const char *name)
{
    for (size_t i = 0; i < eb_embedded_config_count; i++) {
        if (eb_span_is(eb_embedded_config[i].name, name))
            return &eb_embedded_config[i];
    }
    return NULL;
}

static bool print_file(const char *file, const struct eb_embedded *schema)
{
    struct describing describing;
    struct eb_json_fault fault;
    eb_arena_init_growing(&describing.arena, SIZE_MAX);
    bool is_read = eb_json_read(&describing.doc, schema->text, &eb_json_limits_max,
                       &describing.arena, &fault) == EB_JSON_OK;
    if (is_read) {
        printf(".Ss %s\n", file);
        mdoc_print_text(text_of(&describing, eb_doc_member(&describing.doc, 0, "description")));
        printf(".Bl -tag -width Ds\n");
        print_members(&describing, 0, NULL);
        printf(".El\n");
    }
    memory_release(&describing.arena);
    return is_read;
}

bool mdoc_print_files(void)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const struct eb_embedded *schema = find_schema(files[i].schema);
        if (!schema || !print_file(files[i].file, schema)) {
            memory_ran_out();
            return false;
        }
    }
    return true;
}
