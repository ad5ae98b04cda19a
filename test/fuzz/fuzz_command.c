/*
 * Any bytes as a request over the control topic, carried out in a directory in memory. Each command
 * has one answer; what is then in force is what a restart would read; and only the managed
 * directory has changed, if a command says that it changed something.
 */
#include "fuzz/fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "command.h"
#include "eb_tree.h"
#include "topic/filter.h"
#include "json/reader.h"

static const struct owned {
    const char *name, *text;
} owned[] = {
    { "event-bus.json", "{\"version\":1,\"managed\":\"managed\",\"egress\":[\"services/#\"]}" },
    { "schemas/lock/1.json",
        "{\"required\":[\"n\"],\"properties\":{\"n\":{\"type\":\"integer\"}}}" },
    { "schemas/lock/subject.json", "{\"compatibility\":\"backward\"}" },
    { "contracts/locks.json", "{\"topic\":\"locks/#\",\"schema\":\"lock@latest\"}" },
    { "rules/own.json",
        "{\"from\":[\"locks/#\"],\"when\":{\"n\":[1]},\"to\":[{\"topic\":\"services/${n}\"}]}" },
};
static const struct owned managed[] = {
    { "managed/schemas/door/1.json", "{\"type\":\"object\"}" },
    { "managed/contracts/doors.json", "{\"topic\":\"doors/#\",\"schema\":\"door@1\"}" },
    { "managed/rules/low.json", "{\"from\":[\"doors/#\"],\"to\":[{\"topic\":\"services/low\"}]}" },
};
enum {
    OWNED = sizeof owned / sizeof *owned,
    MANAGED = sizeof managed / sizeof *managed,
    ARENA_BYTES = 1 << 28,
};

/* What commands work with, and what they said of themselves. */
static struct scene {
    struct eb_tree tree;
    struct eb_worker worker;
    struct eb_publisher publisher;
    struct eb_observation observation;
    struct eb_figures_registry *figures;
    const struct eb_snapshot *in_force;
    struct eb_reload reload;
    struct eb_bulletin bulletin;
    struct eb_desk desk;
    unsigned tried, done; /* commands that are there to change something */
} scene;

/* The broker's thread is this one: the linker sends the worker's errands here. */
bool __wrap_eb_worker_send(struct eb_worker *worker, struct eb_errand *errand);
bool __wrap_eb_worker_send(struct eb_worker *worker, struct eb_errand *errand)
{
    (void)worker;
    while (!errand->run(errand, NULL)) {
    }
    return true;
}

/* ---- the scene ---- */

static void note(void *context, const char *command, struct eb_span name, const char *error)
{
    (void)context;
    (void)name;
    FUZZ_REQUIRE(command && (!error || *error));
    scene.tried++;
    scene.done += error == NULL;
}

static const char *watch(void *context, const struct eb_watch_order *order)
{
    (void)context;
    (void)order;
    return NULL;
}

static void write_files(const struct owned *files, int count)
{
    for (int i = 0; i < count; i++)
        eb_tree_write(&scene.tree, files[i].name, files[i].text);
}

static void remove_tree(void)
{
    eb_tree_remove(&scene.tree);
}

static void begin(void)
{
    write_files(owned, OWNED);
    write_files(managed, MANAGED);
    scene.figures = eb_figures_registry_new();
    FUZZ_REQUIRE(scene.figures);
    FUZZ_REQUIRE(eb_reload_first(
        &scene.reload, &scene.worker, scene.tree.path, scene.figures, &scene.in_force));
    eb_bulletin_init(
        &scene.bulletin, &scene.worker, &scene.publisher, &scene.reload, &scene.observation);
    FUZZ_REQUIRE(eb_desk_init(&scene.desk, &scene.reload, &scene.bulletin));
    scene.desk.note = note;
    scene.desk.watch = watch;
    scene.tried = scene.done = 0;
}

static int remove_managed(const char *path, const struct stat *stat, int type, struct FTW *where)
{
    (void)stat;
    (void)where;
    return type == FTW_F && strstr(path, "/managed/") ? unlink(path) : 0;
}

static int walk(int (*visit)(const char *, const struct stat *, int, struct FTW *))
{
    enum { DESCRIPTORS = 16 };
    return nftw(scene.tree.path, visit, DESCRIPTORS, FTW_PHYS);
}

static void end(void)
{
    eb_desk_release(&scene.desk);
    eb_bulletin_release(&scene.bulletin);
    eb_reload_end(&scene.reload);
    eb_figures_registry_free(scene.figures);
    FUZZ_REQUIRE(walk(remove_managed) == 0);
}

/* ---- the answer ---- */

/* The commands of a request that is one; EB_NO_TOKEN for others. */
static uint32_t commands_of(const struct eb_doc *doc)
{
    uint32_t list =
        eb_doc_type(doc, 0) == EB_JSON_OBJECT ? eb_doc_member(doc, 0, "commands") : EB_NO_TOKEN;
    bool is_list = list != EB_NO_TOKEN && eb_doc_type(doc, list) == EB_JSON_ARRAY &&
                   doc->tokens[list].count <= EB_CONTROL_COMMANDS_MAX;
    return is_list ? list : EB_NO_TOKEN;
}

/* As it was sent, byte for byte: it may be a number of 30 digits. */
static void require_repeated(
    const struct eb_doc *asked, uint32_t command, const struct eb_doc *told, uint32_t response)
{
    if (eb_doc_type(asked, command) != EB_JSON_OBJECT)
        return;
    uint32_t sent = eb_doc_member(asked, command, "correlationData");
    uint32_t got = eb_doc_member(told, response, "correlationData");
    FUZZ_REQUIRE((sent == EB_NO_TOKEN) == (got == EB_NO_TOKEN));
    FUZZ_REQUIRE(
        sent == EB_NO_TOKEN || eb_span_equal(eb_doc_source(asked, sent), eb_doc_source(told, got)));
}

static void require_response(const struct eb_doc *told, uint32_t response)
{
    FUZZ_REQUIRE(eb_doc_type(told, response) == EB_JSON_OBJECT);
    uint32_t command = eb_doc_member(told, response, "command");
    FUZZ_REQUIRE(command != EB_NO_TOKEN && eb_doc_type(told, command) == EB_JSON_STRING);
    FUZZ_REQUIRE(eb_doc_member(told, response, "data") != EB_NO_TOKEN ||
                 eb_doc_member(told, response, "error") != EB_NO_TOKEN);
}

static void require_answer(struct eb_span request, struct eb_span answer, struct eb_arena *arena)
{
    /* What was sent may nest as deep as anything may, and stands deeper in the answer. */
    const struct eb_json_limits limits = { .bytes_max = EB_CONTROL_BYTES_MAX,
        .depth_max = EB_DEPTH_MAX };
    struct eb_json_fault fault;
    struct eb_doc asked, told;
    enum eb_json_code code = eb_json_read(&told, answer, &eb_json_limits_max, arena, &fault);
    if (code == EB_JSON_TOO_DEEP)
        return;
    FUZZ_REQUIRE(code == EB_JSON_OK);
    uint32_t list = eb_doc_member(&told, 0, "responses");
    FUZZ_REQUIRE(list != EB_NO_TOKEN && eb_doc_type(&told, list) == EB_JSON_ARRAY);
    EB_DOC_EACH_ELEMENT(&told, list, response)
    require_response(&told, response);
    uint32_t commands = EB_NO_TOKEN;
    if (eb_json_read(&asked, request, &limits, arena, &fault) == EB_JSON_OK)
        commands = commands_of(&asked);
    if (commands == EB_NO_TOKEN) {
        FUZZ_REQUIRE(told.tokens[list].count == 1 && scene.tried == 0);
        return;
    }
    FUZZ_REQUIRE(told.tokens[list].count == asked.tokens[commands].count);
    uint32_t response = list + 1;
    EB_DOC_EACH_ELEMENT(&asked, commands, command)
    {
        require_repeated(&asked, command, &told, response);
        response = told.tokens[response].next;
    }
}

/* ---- the disk ---- */

static void require_same_schemas(
    const struct eb_configuration *disk, const struct eb_configuration *used)
{
    FUZZ_REQUIRE(disk->schema_count == used->schema_count);
    for (uint32_t i = 0; i < disk->schema_count; i++) {
        const struct eb_schema_text *a = &disk->schemas[i], *b = &used->schemas[i];
        FUZZ_REQUIRE(eb_span_equal(a->subject, b->subject) && a->version == b->version);
        FUZZ_REQUIRE(eb_span_equal(a->text, b->text) && a->is_managed == b->is_managed);
    }
}

static void require_same_entries(const struct eb_loaded *disk, const struct eb_loaded *used)
{
    const struct eb_configuration *a = eb_store_configuration(disk->store);
    const struct eb_configuration *b = eb_store_configuration(used->store);
    FUZZ_REQUIRE(a->contract_count == b->contract_count);
    for (uint32_t i = 0; i < a->contract_count; i++) {
        FUZZ_REQUIRE(eb_span_equal(a->contracts[i].name, b->contracts[i].name));
        FUZZ_REQUIRE(eb_span_equal(a->contracts[i].text, b->contracts[i].text));
    }
    FUZZ_REQUIRE(disk->snapshot->rule_count == used->snapshot->rule_count);
    for (uint32_t i = 0; i < used->snapshot->rule_count; i++) {
        const struct eb_rule *x = &disk->snapshot->rules[i], *y = &used->snapshot->rules[i];
        FUZZ_REQUIRE(eb_span_equal(x->name, y->name) && x->is_enabled == y->is_enabled);
        FUZZ_REQUIRE(x->target_count == y->target_count && x->is_managed == y->is_managed);
    }
}

static void require_restartable(void)
{
    struct eb_figures_registry *figures = eb_figures_registry_new();
    struct eb_diag_list diags;
    struct eb_loaded loaded;
    eb_diag_list_init(&diags);
    FUZZ_REQUIRE(figures && eb_store_load(&loaded, scene.tree.path, figures, &diags));
    require_same_schemas(
        eb_store_configuration(loaded.store), eb_store_configuration(scene.reload.loaded.store));
    require_same_entries(&loaded, &scene.reload.loaded);
    eb_loaded_free(&loaded);
    eb_diag_list_release(&diags);
    eb_figures_registry_free(figures);
}

static void require_untouched(const struct owned *file, const char *path)
{
    char text[512];
    FILE *stream = fopen(path, "rb");
    FUZZ_REQUIRE(stream);
    size_t len = fread(text, 1, sizeof text, stream);
    fclose(stream);
    FUZZ_REQUIRE(len == strlen(file->text) && memcmp(text, file->text, len) == 0);
}

/* An operator's file, as it was; or one that commands may write, with nothing half written. */
static int require_in_place(const char *path, const struct stat *stat, int type, struct FTW *where)
{
    static const char *const ours[] = { "managed/contracts/", "managed/rules/",
        "managed/schemas/" };
    const char *name = path + strlen(scene.tree.path) + 1;
    (void)stat;
    (void)where;
    if (type == FTW_D)
        return 0;
    FUZZ_REQUIRE(type == FTW_F);
    for (int i = 0; i < OWNED; i++) {
        if (strcmp(name, owned[i].name) == 0) {
            require_untouched(&owned[i], path);
            return 0;
        }
    }
    const char *end = strrchr(name, '.');
    bool is_ours = false;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        is_ours |= strncmp(name, ours[i], strlen(ours[i])) == 0;
    FUZZ_REQUIRE(is_ours && end && strcmp(end, ".json") == 0);
    return 0;
}

/* ---- the whole ---- */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct eb_arena arena;
    static bool is_ready;
    if (!is_ready) {
        FUZZ_REQUIRE(eb_arena_init_reserved(&arena, ARENA_BYTES));
        eb_tree_make_in_memory(&scene.tree);
        atexit(remove_tree);
        begin();
        is_ready = true;
    }
    struct eb_span request = eb_span((const char *)bytes, len);
    uint64_t good = scene.reload.record.good;
    struct eb_span answer = eb_desk_serve(&scene.desk, request);
    FUZZ_REQUIRE(answer.ptr && answer.len <= EB_CONTROL_ANSWER_BYTES_MAX);
    eb_arena_reset(&arena);
    require_answer(request, answer, &arena);
    FUZZ_REQUIRE(scene.reload.record.good - good <= scene.done);
    FUZZ_REQUIRE(scene.in_force == scene.reload.loaded.snapshot);
    if (scene.tried == 0)
        return 0;
    require_restartable();
    FUZZ_REQUIRE(walk(require_in_place) == 0);
    end();
    begin();
    return 0;
}
