/* eb-bench validate: events judged by a schema, beside jansson merely parsing them. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "base/limits.h"
#include "bench/bench.h"
#include "schema/schema.h"
#include "json/reader.h"

enum { EVENT_ARENA_BYTES = 256 * 1024 * 1024 };

static const struct eb_json_limits event_limits = {
    .bytes_max = EB_DOCUMENT_BYTES_MAX,
    .depth_max = EB_EVENT_DEPTH_DEFAULT,
};

/* What every arm is given, so that the order drawn is the same for all. */
struct prepared {
    struct eb_span text;
    struct eb_doc doc;
    uint64_t weight; /* of this event in the checksum */
};

struct contest {
    const struct eb_schema *schema;
    struct eb_arena arena; /* emptied for every event */
    struct eb_regex_runner *runner;
};

static const struct prepared *prepared_of(struct eb_span event)
{
    return (const struct prepared *)(const void *)event.ptr;
}

static uint64_t judge(struct contest *contest, const struct eb_doc *doc, uint64_t weight)
{
    struct eb_validation validation = { .arena = &contest->arena, .runner = contest->runner };
    return eb_schema_validate(contest->schema, doc, &validation) == EB_VALID ? weight : 0;
}

static uint64_t read_only(void *context, struct eb_span event)
{
    struct contest *contest = context;
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_reset(&contest->arena);
    eb_json_read(&doc, prepared_of(event)->text, &event_limits, &contest->arena, &fault);
    return doc.token_count;
}

static uint64_t validate_only(void *context, struct eb_span event)
{
    struct contest *contest = context;
    const struct prepared *prepared = prepared_of(event);
    eb_arena_reset(&contest->arena);
    return judge(contest, &prepared->doc, prepared->weight);
}

static uint64_t read_and_validate(void *context, struct eb_span event)
{
    struct contest *contest = context;
    const struct prepared *prepared = prepared_of(event);
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_reset(&contest->arena);
    if (eb_json_read(&doc, prepared->text, &event_limits, &contest->arena, &fault) != EB_JSON_OK)
        return 0;
    return judge(contest, &doc, prepared->weight);
}

static uint64_t parse_with_jansson(void *context, struct eb_span event)
{
    (void)context;
    struct eb_span text = prepared_of(event)->text;
    json_t *value = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    uint64_t is_read = value != NULL;
    json_decref(value);
    return is_read;
}

/* ---- the schema ---- */

struct compiled {
    struct eb_arena arena;
    struct eb_schema_library *library;
    const struct eb_schema *schema;
    double us;
};

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void fail_with(const struct eb_diag_list *diags)
{
    char text[1000] = "the schema does not compile";
    if (diags->first)
        eb_diag_format(diags->first, text, sizeof text);
    bench_fail("%s", text);
}

/* From text to program: reading, checking against the metaschema and compiling. */
static struct compiled compile(const char *path, struct eb_span text, bool asserts_formats)
{
    static const struct eb_span uri = EB_SPAN("https://example.com/bench");
    struct compiled compiled = { .us = now_us() };
    struct eb_diag_list diags;
    struct eb_doc doc;
    struct eb_schema_options options = { .default_draft = EB_DRAFT_2020_12,
        .asserts_formats = asserts_formats };
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&compiled.arena, SIZE_MAX);
    compiled.library = eb_schema_library_new(&compiled.arena, options);
    if (!compiled.library)
        bench_fail("out of memory");
    if (!eb_json_read_file(&doc, text, path, 1, &compiled.arena, &diags) ||
        !eb_schema_library_add(compiled.library, uri, &doc, &diags))
        fail_with(&diags);
    compiled.schema = eb_schema_compile(compiled.library, uri, &diags);
    if (!compiled.schema)
        fail_with(&diags);
    compiled.us = now_us() - compiled.us;
    return compiled;
}

/* ---- the events ---- */

static struct prepared *prepare(const struct bench_lines *lines, struct eb_arena *arena)
{
    struct prepared *prepared = calloc(lines->count, sizeof *prepared);
    if (!prepared)
        bench_fail("out of memory");
    for (size_t i = 0; i < lines->count; i++) {
        struct eb_json_fault fault;
        prepared[i].text = lines->lines[i];
        prepared[i].weight =
            eb_hash(&(struct eb_hash_key){ 1, 2 }, lines->lines[i].ptr, lines->lines[i].len);
        if (eb_json_read(&prepared[i].doc, lines->lines[i], &event_limits, arena, &fault))
            bench_fail("event %zu is not JSON: %s", i + 1, eb_json_code_text(fault.code));
    }
    return prepared;
}

static size_t count_valid(struct contest *contest, const struct prepared *prepared, size_t count)
{
    size_t valid = 0;
    for (size_t i = 0; i < count; i++) {
        eb_arena_reset(&contest->arena);
        valid += judge(contest, &prepared[i].doc, 1);
    }
    return valid;
}

/* The verdicts of the events in the file, whatever the order: a sum over the valid ones. */
static uint64_t checksum(struct contest *contest, const struct prepared *prepared, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        eb_arena_reset(&contest->arena);
        sum += judge(contest, &prepared[i].doc, prepared[i].weight);
    }
    return sum;
}

static void run(struct contest *contest, const struct compiled *compiled, struct bench_lines *lines,
    size_t rounds)
{
    struct eb_arena arena;
    if (!eb_arena_init_reserved(
            &arena, 64 * lines->bytes + eb_json_read_bytes(lines->bytes, &event_limits)))
        bench_fail("no address space");
    struct prepared *prepared = prepare(lines, &arena);
    for (size_t i = 0; i < lines->count; i++)
        lines->lines[i] = eb_span((const char *)&prepared[i], sizeof prepared[i]);
    struct bench_arm arms[] = {
        { .name = "read", .run = read_only, .context = contest },
        { .name = "validate", .run = validate_only, .context = contest },
        { .name = "read and validate", .run = read_and_validate, .context = contest },
        { .name = "jansson", .run = parse_with_jansson },
    };
    bench_measure(arms, 4, lines, rounds);
    printf("{\"bench\":\"validate\",\"compile_us\":%.0f,\"bytes_held\":%zu,\"instances\":%zu,"
           "\"bytes_per_instance\":%.1f,\"valid\":%zu,\"checksum\":\"%016llx\",\"read_ns\":%.1f,"
           "\"validate_ns\":%.1f,\"read_and_validate_ns\":%.1f,\"jansson_ns\":%.1f,"
           "\"jansson_per_validate\":%.2f,\"jansson_per_read_and_validate\":%.2f}\n",
        compiled->us, eb_arena_bytes(&compiled->arena), lines->count,
        (double)lines->bytes / (double)lines->count, count_valid(contest, prepared, lines->count),
        (unsigned long long)checksum(contest, prepared, lines->count), arms[0].ns, arms[1].ns,
        arms[2].ns, arms[3].ns, bench_ratio(&arms[3], &arms[1], rounds),
        bench_ratio(&arms[3], &arms[2], rounds));
    free(prepared);
    eb_arena_release(&arena);
}

static struct eb_span whole_file(const struct bench_lines *lines)
{
    struct eb_span last = lines->lines[lines->count - 1];
    return eb_span(lines->file, (size_t)(last.ptr + last.len - lines->file));
}

int bench_validate(int argc, char **argv)
{
    static const struct option options[] = {
        { "schema", required_argument, NULL, 's' },
        { "instances", required_argument, NULL, 'i' },
        { "rounds", required_argument, NULL, 'r' },
        { "no-formats", no_argument, NULL, 'n' },
        { 0 },
    };
    const char *schema_path = NULL, *instances_path = NULL;
    size_t rounds = BENCH_ROUNDS_DEFAULT;
    bool asserts_formats = true;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 's': schema_path = optarg; break;
        case 'i': instances_path = optarg; break;
        case 'r': rounds = strtoul(optarg, NULL, 10); break;
        case 'n': asserts_formats = false; break;
        default: return 2;
        }
    }
    if (!schema_path || !instances_path || rounds < 1 || rounds > BENCH_ROUNDS_MAX)
        bench_fail("validate needs --schema FILE and --instances FILE; --rounds is 1 to %d",
            BENCH_ROUNDS_MAX);
    struct bench_lines schema_lines = bench_lines_read(schema_path);
    struct bench_lines lines = bench_lines_read(instances_path);
    struct compiled compiled = compile(schema_path, whole_file(&schema_lines), asserts_formats);
    struct contest contest = { .schema = compiled.schema,
        .runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT) };
    if (!contest.runner || !eb_arena_init_reserved(&contest.arena, EVENT_ARENA_BYTES))
        bench_fail("out of memory");
    run(&contest, &compiled, &lines, rounds);
    eb_regex_runner_free(contest.runner);
    eb_arena_release(&contest.arena);
    eb_schema_library_free(compiled.library);
    eb_arena_release(&compiled.arena);
    bench_lines_free(&lines);
    bench_lines_free(&schema_lines);
    return 0;
}
