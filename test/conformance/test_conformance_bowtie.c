/*
 * `event-bus bowtie` as Bowtie would drive it: one conversation over the official suite's required
 * tests in all five dialects, the suite's remotes as each case's registry.
 *
 *     test_conformance_bowtie CONFORMANCE_DIR EVENT_BUS     or $EB_CONFORMANCE_DIR
 */
#include "eb_test.h"

#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json/reader.h"

static const char *conformance_dir, *event_bus;

/* What is said to the harness, and what should come back: a line of T and F for each case. */
struct conversation {
    FILE *said, *wanted;
    char *registry; /* of cases that refer to remotes: members of an object */
    size_t cases;
};

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    if (!file || getdelim(&text, &room, EOF, file) < 0)
        err(1, "%s", path);
    fclose(file);
    return text;
}

/* JSON on one line: the newlines in it are all between tokens. */
static void put_json(FILE *out, struct eb_span json)
{
    for (size_t i = 0; i < json.len; i++)
        fputc(json.ptr[i] == '\n' || json.ptr[i] == '\r' ? ' ' : json.ptr[i], out);
}

static void put_member(
    FILE *out, const char *name, const struct eb_doc *doc, uint32_t object, const char *member)
{
    fprintf(out, "\"%s\":", name);
    put_json(out, eb_doc_source(doc, eb_doc_member(doc, object, member)));
}

/* Every file below `directory`, as a member called by its address. */
static void put_remotes(FILE *out, const char *directory, const char *address)
{
    struct dirent **names;
    int count = scandir(directory, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096], name[4096];
        struct stat status;
        snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
        snprintf(name, sizeof name, "%s/%s", address, names[i]->d_name);
        if (names[i]->d_name[0] == '.' || stat(path, &status) != 0) {
            free(names[i]);
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            put_remotes(out, path, name);
        } else {
            char *text = read_file(path);
            fprintf(out, "%s\"%s\":", ftell(out) ? "," : "", name);
            put_json(out, eb_span_of(text));
            free(text);
        }
        free(names[i]);
    }
    if (count >= 0)
        free(names);
}

static void read_registry(struct conversation *conversation)
{
    char directory[4096];
    size_t len;
    FILE *out = open_memstream(&conversation->registry, &len);
    snprintf(directory, sizeof directory, "%s/json-schema-test-suite/remotes", conformance_dir);
    put_remotes(out, directory, "http://localhost:1234");
    fclose(out);
}

static void put_tests(struct conversation *conversation, const struct eb_doc *doc, uint32_t tests)
{
    const char *comma = "";
    EB_DOC_EACH_ELEMENT(doc, tests, test)
    {
        fprintf(conversation->said, "%s{", comma);
        put_member(conversation->said, "description", doc, test, "description");
        fputc(',', conversation->said);
        put_member(conversation->said, "instance", doc, test, "data");
        fputc('}', conversation->said);
        bool is_valid = eb_doc_type(doc, eb_doc_member(doc, test, "valid")) == EB_JSON_TRUE;
        fputc(is_valid ? 'T' : 'F', conversation->wanted);
        comma = ",";
    }
    fputc('\n', conversation->wanted);
}

static void put_case(struct conversation *conversation, const struct eb_doc *doc, uint32_t group)
{
    static const char host[] = "localhost:1234";
    struct eb_span schema = eb_doc_source(doc, eb_doc_member(doc, group, "schema"));
    bool is_remote = memmem(schema.ptr, schema.len, host, sizeof host - 1) != NULL;
    fprintf(conversation->said, "{\"cmd\":\"run\",\"seq\":%zu,\"output\":\"flag\",\"case\":{",
        conversation->cases++);
    put_member(conversation->said, "description", doc, group, "description");
    fputc(',', conversation->said);
    put_member(conversation->said, "schema", doc, group, "schema");
    if (is_remote)
        fprintf(conversation->said, ",\"registry\":{%s}", conversation->registry);
    fputs(",\"tests\":[", conversation->said);
    put_tests(conversation, doc, eb_doc_member(doc, group, "tests"));
    fputs("]}}\n", conversation->said);
}

static void put_file(struct conversation *conversation, const char *path)
{
    char *text = read_file(path);
    struct eb_arena arena;
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_init_growing(&arena, SIZE_MAX);
    assert_int_equal(
        eb_json_read(&doc, eb_span_of(text), &eb_json_limits_max, &arena, &fault), EB_JSON_OK);
    EB_DOC_EACH_ELEMENT(&doc, 0, group)
    {
        put_case(conversation, &doc, group);
    }
    eb_arena_release(&arena);
    free(text);
}

static void put_dialect(struct conversation *conversation, const char *draft, const char *uri)
{
    char directory[4096];
    struct dirent **names;
    snprintf(directory, sizeof directory, "%s/json-schema-test-suite/tests/draft%s",
        conformance_dir, draft);
    fprintf(conversation->said, "{\"cmd\":\"dialect\",\"dialect\":\"%s\"}\n", uri);
    fprintf(conversation->wanted, "draft%s\n", draft);
    int count = scandir(directory, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
        if (strstr(names[i]->d_name, ".json"))
            put_file(conversation, path);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
}

static void put_all(struct conversation *conversation)
{
    static const char *const dialects[][2] = {
        { "4", "http://json-schema.org/draft-04/schema#" },
        { "6", "http://json-schema.org/draft-06/schema#" },
        { "7", "http://json-schema.org/draft-07/schema#" },
        { "2019-09", "https://json-schema.org/draft/2019-09/schema" },
        { "2020-12", "https://json-schema.org/draft/2020-12/schema" },
    };
    fputs("{\"cmd\":\"start\",\"version\":1}\n", conversation->said);
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        put_dialect(conversation, dialects[i][0], dialects[i][1]);
    fputs("{\"cmd\":\"stop\"}\n", conversation->said);
}

/* ---- the answers ---- */

/* Of one dialect. */
struct tally {
    char dialect[32];
    unsigned cases, passed, failed;
};

enum { DIALECTS = 5 };

static void check_case(const struct eb_doc *answer, const char *line, const char *wanted,
    size_t seq, struct tally *tally)
{
    char number[32];
    size_t i = 0;
    uint32_t results = eb_doc_member(answer, 0, "results");
    snprintf(number, sizeof number, "%zu", seq);
    assert_true(eb_span_is(eb_doc_raw(answer, eb_doc_member(answer, 0, "seq")), number));
    if (results == EB_NO_TOKEN) {
        print_error("case %zu: %s", seq, line);
        tally->failed++;
        return;
    }
    EB_DOC_EACH_ELEMENT(answer, results, result)
    {
        uint32_t valid = eb_doc_member(answer, result, "valid");
        char got = valid == EB_NO_TOKEN                         ? 'E'
                   : eb_doc_type(answer, valid) == EB_JSON_TRUE ? 'T'
                                                                : 'F';
        bool is_right = got == wanted[i];
        tally->passed += is_right;
        tally->failed += !is_right;
        if (!is_right && tally->failed < 20)
            print_error("case %zu, test %zu: want %c, got %c\n", seq, i, wanted[i], got);
        i++;
    }
    assert_int_equal(wanted[i], '\n');
}

static void check_dialect(const char *answer, const char *wanted, struct tally *tally)
{
    assert_string_equal(answer, "{\"ok\":true}\n");
    *tally = (struct tally){ .cases = 0 };
    snprintf(tally->dialect, sizeof tally->dialect, "%.*s", (int)strcspn(wanted, "\n"), wanted);
}

static void check_run(struct eb_span answer, const char *wanted, size_t seq, struct tally *tally)
{
    struct eb_arena arena;
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_init_growing(&arena, SIZE_MAX);
    assert_int_equal(eb_json_read(&doc, answer, &eb_json_limits_max, &arena, &fault), EB_JSON_OK);
    check_case(&doc, answer.ptr, wanted, seq, tally);
    tally->cases++;
    eb_arena_release(&arena);
}

static void check_answers(FILE *answers, FILE *wanted, struct tally tallies[DIALECTS])
{
    char *line = NULL, *want = NULL;
    size_t room = 0, want_room = 0, seq = 0, dialects = 0;
    ssize_t len = getline(&line, &room, answers);
    assert_true(len > 0 && strstr(line, "\"implementation\":{"));
    while ((len = getline(&line, &room, answers)) > 0) {
        assert_true(getline(&want, &want_room, wanted) > 0);
        if (strncmp(want, "draft", 5) == 0)
            check_dialect(line, want, &tallies[dialects++]);
        else
            check_run(eb_span(line, (size_t)len), want, seq++, &tallies[dialects - 1]);
    }
    assert_int_equal(getline(&want, &want_room, wanted), -1);
    assert_int_equal(dialects, DIALECTS);
    free(line);
    free(want);
}

static void bowtie__gets_the_right_answer_to_every_case(void **state)
{
    (void)state;
    char said[] = "/tmp/eb-said-XXXXXX", answered[] = "/tmp/eb-answered-XXXXXX", command[8192];
    snprintf(command, sizeof command, "%s/json-schema-test-suite", conformance_dir);
    if (access(command, R_OK) != 0) {
        print_message("skipped: no %s\n", command);
        skip();
    }
    struct conversation conversation = {
        .said = fdopen(mkstemp(said), "w"),
        .wanted = tmpfile(),
    };
    close(mkstemp(answered));
    read_registry(&conversation);
    put_all(&conversation);
    fclose(conversation.said);
    snprintf(command, sizeof command, "'%s' bowtie < '%s' > '%s'", event_bus, said, answered);
    assert_int_equal(system(command), 0);

    struct tally tallies[DIALECTS] = { 0 };
    unsigned passed = 0, failed = 0;
    FILE *answers = fopen(answered, "r");
    assert_non_null(answers);
    rewind(conversation.wanted);
    check_answers(answers, conversation.wanted, tallies);
    for (size_t i = 0; i < DIALECTS; i++) {
        print_message("event-bus bowtie, %-12s %4u cases: %4u passed, %u failed\n",
            tallies[i].dialect, tallies[i].cases, tallies[i].passed, tallies[i].failed);
        passed += tallies[i].passed;
        failed += tallies[i].failed;
    }
    print_message("event-bus bowtie: %u passed, %u failed\n", passed, failed);
    assert_int_equal(failed, 0);
    assert_in_range(passed, 4942, UINT_MAX);
    fclose(answers);
    fclose(conversation.wanted);
    free(conversation.registry);
    unlink(said);
    unlink(answered);
}

int main(int argc, char **argv)
{
    const char *from_environment = getenv("EB_CONFORMANCE_DIR");
    conformance_dir = from_environment ? from_environment : argc > 1 ? argv[1] : ".";
    event_bus = argc > 2 ? argv[2] : "event-bus";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bowtie__gets_the_right_answer_to_every_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
