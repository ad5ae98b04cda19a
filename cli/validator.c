#include "validator.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "memory.h"
#include "store/disk.h"
#include "store/registry.h"
#include "terminal.h"
#include "json/reader.h"

/* ---- references ---- */

/* Reads the tree of one map into `list`. */
static bool read_map(struct eb_disk *disk, const char *map, struct eb_schema_list *list)
{
    const char *equals = strchr(map, '=');
    struct eb_directory directory;
    if (!eb_directory_open(disk, &directory, NULL, equals + 1, EB_OPEN_FOLLOWS_LINKS))
        return false;
    eb_registry_import(disk, &directory, eb_span(map, (size_t)(equals - map)), list);
    eb_directory_close(&directory);
    return true;
}

static bool read_documents(
    struct references *references, const struct eb_schema_list *list, struct eb_diag_list *diags)
{
    bool is_good = true;
    references->items = EB_ARENA_ARRAY(&references->arena, struct reference, list->count);
    if (!references->items) {
        eb_diag_add_out_of_memory(diags);
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        struct reference *reference = &references->items[references->count];
        const struct eb_schema_text *schema = &list->items[i];
        reference->uri = schema->uris[0];
        bool is_read = eb_json_read_file(
            &reference->doc, schema->text, schema->file, 1, &references->arena, diags);
        references->count += is_read;
        is_good &= is_read;
    }
    return is_good;
}

bool references_read(struct references *references, const struct option_texts *maps)
{
    struct eb_diag_list diags;
    struct eb_schema_list list = { 0 };
    *references = (struct references){ 0 };
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&references->arena, SIZE_MAX);
    struct eb_disk disk = {
        .calls = &eb_disk_calls_system,
        .arena = &references->arena,
        .diags = &diags,
    };
    bool is_good = true;
    for (size_t i = 0; i < maps->count; i++)
        is_good &= read_map(&disk, maps->items[i], &list);
    is_good &= read_documents(references, &list, &diags) && diags.errors == 0;
    print_diags(stderr, &diags);
    eb_schema_list_release(&list);
    eb_diag_list_release(&diags);
    return is_good;
}

void references_release(struct references *references)
{
    memory_release(&references->arena);
    *references = (struct references){ 0 };
}

/* ---- judging ---- */

/* Decoded strings, tables of unique elements, and the sentences of all faults. */
enum { SCRATCH_BYTES = 256 * 1024 * 1024 };

bool judge_init(struct judge *judge)
{
    *judge = (struct judge){ 0 };
    judge->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    judge->faults = calloc(EB_FAULTS_MAX, sizeof *judge->faults);
    if (judge->runner && judge->faults && eb_arena_init_reserved(&judge->scratch, SCRATCH_BYTES))
        return true;
    memory_ran_out();
    judge_release(judge);
    return false;
}

void judge_release(struct judge *judge)
{
    memory_release(&judge->scratch);
    eb_regex_runner_free(judge->runner);
    free(judge->faults);
    *judge = (struct judge){ 0 };
}

enum eb_validity validator_run(const struct validator *validator, const struct eb_doc *instance,
    struct judge *judge, struct eb_validation *validation)
{
    eb_arena_reset(&judge->scratch);
    *validation = (struct eb_validation){
        .arena = &judge->scratch,
        .runner = judge->runner,
        .faults = judge->faults,
        .fault_max = EB_FAULTS_MAX,
    };
    return eb_schema_validate(validator->schema, instance, validation);
}

/* ---- compiling ---- */

/* What is wrong with one of them is said when something leads there. */
static bool add_references(struct eb_schema_library *library, const struct references *references,
    struct eb_diag_list *diags)
{
    struct eb_schema_document *documents = calloc(references->count + 1, sizeof *documents);
    struct eb_diag_list refusals;
    eb_diag_list_init(&refusals);
    for (size_t i = 0; documents && i < references->count; i++)
        documents[i] =
            (struct eb_schema_document){ references->items[i].uri, &references->items[i].doc };
    if (documents)
        eb_schema_library_add_all(library, documents, (uint32_t)references->count, &refusals);
    bool is_good = documents && !refusals.is_out_of_memory;
    if (!is_good)
        eb_diag_add_out_of_memory(diags);
    eb_diag_list_release(&refusals);
    free(documents);
    return is_good;
}

bool validator_init(struct validator *validator, const struct eb_doc *doc, const char *uri,
    struct eb_schema_options options, const struct references *references,
    struct eb_diag_list *diags)
{
    struct eb_span name = eb_span_of(uri);
    *validator = (struct validator){ 0 };
    eb_arena_init_growing(&validator->arena, SIZE_MAX);
    validator->library = eb_schema_library_new(&validator->arena, options);
    if (!validator->library) {
        eb_diag_add_out_of_memory(diags);
        return false;
    }
    if (add_references(validator->library, references, diags) &&
        eb_schema_library_add(validator->library, name, doc, diags))
        validator->schema = eb_schema_compile(validator->library, name, diags);
    return validator->schema != NULL;
}

void validator_release(struct validator *validator)
{
    if (validator->library)
        eb_schema_library_free(validator->library);
    memory_release(&validator->arena);
    *validator = (struct validator){ 0 };
}

static const char *const draft_names[] = {
    [EB_DRAFT_4] = "4",
    [EB_DRAFT_6] = "6",
    [EB_DRAFT_7] = "7",
    [EB_DRAFT_2019_09] = "2019-09",
    [EB_DRAFT_2020_12] = "2020-12",
};

bool draft_read(struct eb_span name, enum eb_draft *draft)
{
    static const struct eb_span prefix = EB_SPAN("draft");
    if (eb_span_starts(name, prefix))
        name = eb_span(name.ptr + prefix.len, name.len - prefix.len);
    for (size_t i = 0; i < sizeof draft_names / sizeof *draft_names; i++) {
        if (eb_span_is(name, draft_names[i])) {
            *draft = (enum eb_draft)i;
            return true;
        }
    }
    return false;
}

const char *draft_name(enum eb_draft draft)
{
    return draft_names[draft];
}
