/*
 * Pairs of schemas, a line each, and what is compatible about them.
 *
 *     {"keyword":"maximum","old":…,"new":…,"backward":"yes","forward":"no","kinds":["bound-loosened"]}
 *
 * Every "no" must come with a witness for each direction it is said of, which is put to the
 * validator here once more. "kinds", where given, are all kinds of change there are, in any order.
 * `registry`, where given, holds more schemas by URI.
 */
#include "eb_test.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/limits.h"
#include "schema/compat.h"
#include "schema/dialect.h"
#include "json/reader.h"

enum {
    EVENT_ARENA_BYTES = 64 * 1024 * 1024,
    DECIDED_MIN = 200, /* pairs of which both directions are decided */
    PATH_BYTES_MAX = 512,
};

static const char directory[] = "test/golden/compat";

struct trial {
    const char *file;
    unsigned line;
    struct eb_arena arena;
    struct eb_arena event;
    struct eb_regex_runner *runner;
    struct eb_doc pair;
    struct eb_schema_library *libraries[2]; /* both may say the same $id */
    const struct eb_schema *schemas[2];
};

struct tally {
    size_t pairs, decided, failed, witnesses;
    bool is_seen[EB_KEYWORD_COUNT];
};

/* ---- a pair ---- */

static bool complain(const struct trial *trial, const char *what, struct eb_span more)
{
    print_error("%s:%u: %s%.*s\n", trial->file, trial->line, what, (int)more.len, more.ptr);
    return false;
}

static bool read_part(struct trial *trial, uint32_t token, struct eb_doc *doc)
{
    struct eb_json_fault fault;
    struct eb_span text = eb_doc_source(&trial->pair, token);
    return eb_json_read(doc, text, &eb_json_limits_max, &trial->arena, &fault) == EB_JSON_OK;
}

static bool add_schema(struct trial *trial, struct eb_schema_library *library, const char *uri,
    uint32_t token, struct eb_diag_list *diags)
{
    struct eb_doc *doc = EB_ARENA_NEW(&trial->arena, struct eb_doc);
    return token != EB_NO_TOKEN && read_part(trial, token, doc) &&
           eb_schema_library_add(library, eb_span_of(uri), doc, diags);
}

/* What `registry` holds. */
static bool add_others(
    struct trial *trial, struct eb_schema_library *library, struct eb_diag_list *diags)
{
    uint32_t registry = eb_doc_member(&trial->pair, 0, "registry");
    bool is_good = true;
    if (registry == EB_NO_TOKEN)
        return true;
    EB_DOC_EACH_MEMBER(&trial->pair, registry, member)
    {
        char uri[PATH_BYTES_MAX];
        struct eb_span name = eb_doc_raw(&trial->pair, member);
        snprintf(uri, sizeof uri, "%.*s", (int)name.len, name.ptr);
        is_good &= add_schema(trial, library, uri, member + 1, diags);
    }
    return is_good;
}

static bool compile(struct trial *trial)
{
    static const char *const names[] = { "old", "new" };
    static const char uri[] = "test:/schema";
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    bool is_good = true;
    for (int i = 0; i < 2 && is_good; i++) {
        uint32_t token = eb_doc_member(&trial->pair, 0, names[i]);
        struct eb_schema_library *library = trial->libraries[i];
        is_good =
            add_others(trial, library, &diags) && add_schema(trial, library, uri, token, &diags);
        if (is_good)
            trial->schemas[i] = eb_schema_compile(library, eb_span_of(uri), &diags);
        is_good &= trial->schemas[i] != NULL;
    }
    if (!is_good)
        complain(trial,
            "does not compile: ", eb_span_of(diags.first ? diags.first->text : "not a pair"));
    eb_diag_list_release(&diags);
    return is_good;
}

static enum eb_validity judge(struct trial *trial, int schema, struct eb_span text)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_reset(&trial->event);
    if (eb_json_read(&doc, text, &eb_json_limits_max, &trial->event, &fault) != EB_JSON_OK)
        return EB_UNDECIDED;
    struct eb_validation validation = { .arena = &trial->event, .runner = trial->runner };
    return eb_schema_validate(trial->schemas[schema], &doc, &validation);
}

static bool check_witness(struct trial *trial, const struct eb_change *change, struct tally *tally)
{
    int lenient = change->direction == EB_COMPAT_BACKWARD ? 0 : 1;
    if (!change->witness.ptr)
        return true;
    tally->witnesses++;
    return (judge(trial, lenient, change->witness) == EB_VALID &&
               judge(trial, !lenient, change->witness) == EB_INVALID) ||
           complain(trial, "no witness: ", change->witness);
}

static bool is_listed(const struct trial *trial, uint32_t kinds, const char *kind)
{
    EB_DOC_EACH_ELEMENT(&trial->pair, kinds, element)
    {
        if (eb_span_is(eb_doc_raw(&trial->pair, element), kind))
            return true;
    }
    return false;
}

static bool has_kind(
    const struct eb_compat_report *report, enum eb_compat_mode mode, struct eb_span kind)
{
    for (const struct eb_change *change = report->changes; change; change = change->next) {
        if ((change->direction & mode) && eb_span_is(kind, change->kind))
            return true;
    }
    return false;
}

static bool check_kinds(struct trial *trial, const struct eb_compat_report *report)
{
    uint32_t kinds = eb_doc_member(&trial->pair, 0, "kinds");
    bool is_good = true;
    if (kinds == EB_NO_TOKEN)
        return true;
    for (const struct eb_change *change = report->changes; change; change = change->next) {
        if (change->witness.ptr && !is_listed(trial, kinds, change->kind))
            is_good = complain(trial, "a kind not wanted: ", eb_span_of(change->kind));
    }
    EB_DOC_EACH_ELEMENT(&trial->pair, kinds, element)
    {
        struct eb_span kind = eb_doc_raw(&trial->pair, element);
        if (!has_kind(report, EB_COMPAT_FULL, kind))
            is_good = complain(trial, "a kind missing: ", kind);
    }
    return is_good;
}

static bool check_direction(
    struct trial *trial, enum eb_compat_mode mode, struct tally *tally, bool *is_decided)
{
    const char *name = eb_compat_mode_name(mode);
    uint32_t wanted = eb_doc_member(&trial->pair, 0, name);
    struct eb_compat_report report;
    if (wanted == EB_NO_TOKEN)
        return complain(trial, "says nothing about ", eb_span_of(name));
    assert_true(
        eb_compat_judge(trial->schemas[0], trial->schemas[1], mode, &trial->arena, &report));
    const char *verdict = eb_compat_verdict_name(report.verdict);
    bool is_good = eb_span_is(eb_doc_raw(&trial->pair, wanted), verdict);
    *is_decided &= report.verdict != EB_COMPAT_UNKNOWN;
    if (!is_good) {
        complain(trial, name, eb_span_of(""));
        print_error("  got %s\n", verdict);
        for (const struct eb_change *change = report.changes; change; change = change->next)
            print_error("  %s %s\n", change->kind,
                change->witness.ptr ? change->witness.ptr : "(undecided)");
    }
    for (const struct eb_change *change = report.changes; change; change = change->next)
        is_good &= check_witness(trial, change, tally);
    return is_good;
}

static bool check_pair(struct trial *trial, struct tally *tally)
{
    bool is_decided = true;
    struct eb_compat_report report;
    bool is_good = check_direction(trial, EB_COMPAT_BACKWARD, tally, &is_decided);
    is_good &= check_direction(trial, EB_COMPAT_FORWARD, tally, &is_decided);
    assert_true(eb_compat_judge(
        trial->schemas[0], trial->schemas[1], EB_COMPAT_FULL, &trial->arena, &report));
    is_good &= check_kinds(trial, &report);
    tally->decided += is_decided;
    return is_good;
}

static void note_keyword(struct trial *trial, struct tally *tally)
{
    uint32_t keyword = eb_doc_member(&trial->pair, 0, "keyword");
    for (int i = 0; i < EB_KEYWORD_COUNT && keyword != EB_NO_TOKEN; i++)
        tally->is_seen[i] |= eb_doc_string_is(&trial->pair, keyword, eb_keyword_name(i));
}

static void try_line(const char *file, unsigned line, struct eb_span text, struct tally *tally)
{
    struct trial trial = { .file = file, .line = line };
    struct eb_json_fault fault;
    eb_arena_init_growing(&trial.arena, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&trial.event, EVENT_ARENA_BYTES));
    trial.runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    assert_non_null(trial.runner);
    for (int i = 0; i < 2; i++) {
        trial.libraries[i] = eb_schema_library_new(
            &trial.arena, (struct eb_schema_options){
                              .default_draft = EB_DRAFT_2020_12, .asserts_formats = true });
        assert_non_null(trial.libraries[i]);
    }
    tally->pairs++;
    if (eb_json_read(&trial.pair, text, &eb_json_limits_max, &trial.arena, &fault) != EB_JSON_OK ||
        !compile(&trial) || !check_pair(&trial, tally)) {
        complain(&trial, "failed: ", text);
        tally->failed++;
    }
    note_keyword(&trial, tally);
    for (int i = 0; i < 2; i++)
        eb_schema_library_free(trial.libraries[i]);
    eb_regex_runner_free(trial.runner);
    eb_arena_release(&trial.event);
    eb_arena_release(&trial.arena);
}

/* ---- files ---- */

static void try_file(const char *path, struct tally *tally)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    for (unsigned number = 1; (len = getline(&line, &room, file)) > 0; number++) {
        if (line[0] == '{')
            try_line(path, number, eb_span(line, (size_t)len), tally);
    }
    free(line);
    fclose(file);
}

static int is_lines(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".jsonl") == 0;
}

static void compat__decides_the_golden_pairs(void **state)
{
    (void)state;
    struct tally tally = { 0 };
    struct dirent **names;
    int count = scandir(directory, &names, is_lines, alphasort);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        char path[PATH_BYTES_MAX];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
        try_file(path, &tally);
        free(names[i]);
    }
    free(names);
    size_t unseen = 0;
    for (int i = 0; i < EB_KEYWORD_COUNT; i++) {
        if (tally.is_seen[i] || i == EB_KEYWORD_NONE)
            continue;
        print_error("no pair about \"%s\"\n", eb_keyword_name(i).ptr);
        unseen++;
    }
    printf("%zu pairs, %zu decided both ways, %zu witnesses\n", tally.pairs, tally.decided,
        tally.witnesses);
    assert_int_equal(tally.failed, 0);
    assert_int_equal(unseen, 0);
    assert_true(tally.decided >= DECIDED_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compat__decides_the_golden_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
