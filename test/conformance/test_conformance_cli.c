/*
 * The command line as scripts use it: whole suites through `event-bus … --jsonl`, a question and an
 * answer a line.
 *
 *     test_conformance_cli CONFORMANCE_DIR EVENT_BUS     or $EB_CONFORMANCE_DIR
 */
#include "eb_test.h"

#include <dirent.h>
#include <err.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json/reader.h"

static const char *conformance_dir, *event_bus;

/* Lines of a file, next to lines of another: what was asked, and what was answered. */
struct exchange {
    FILE *questions, *answers;
    char *question, *answer;
    size_t question_room, answer_room;
    struct eb_arena arena;
    struct eb_doc question_doc, answer_doc;
};

static FILE *open_or_end(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (!file)
        err(1, "%s", path);
    return file;
}

static void run_command(const char *arguments, const char *questions, const char *answers)
{
    char command[16384];
    snprintf(
        command, sizeof command, "'%s' %s < '%s' > '%s'", event_bus, arguments, questions, answers);
    int status = system(command);
    if (status != 0)
        errx(1, "%s: exit code %d", command, WEXITSTATUS(status));
}

static void exchange_open(struct exchange *exchange, const char *questions, const char *answers)
{
    *exchange = (struct exchange){
        .questions = open_or_end(questions, "r"),
        .answers = open_or_end(answers, "r"),
    };
    eb_arena_init_growing(&exchange->arena, SIZE_MAX);
}

static void exchange_close(struct exchange *exchange)
{
    assert_int_equal(getline(&exchange->answer, &exchange->answer_room, exchange->answers), -1);
    free(exchange->question);
    free(exchange->answer);
    fclose(exchange->questions);
    fclose(exchange->answers);
    eb_arena_release(&exchange->arena);
}

static void read_line(struct exchange *exchange, struct eb_doc *doc, const char *line, ssize_t len)
{
    struct eb_json_fault fault;
    assert_true(len > 0);
    assert_int_equal(eb_json_read(doc, eb_span(line, (size_t)len), &eb_json_limits_max,
                         &exchange->arena, &fault),
        EB_JSON_OK);
}

/* The next question with its answer; false when there is no other. */
static bool exchange_next(struct exchange *exchange)
{
    eb_arena_release(&exchange->arena);
    eb_arena_init_growing(&exchange->arena, SIZE_MAX);
    ssize_t len = getline(&exchange->question, &exchange->question_room, exchange->questions);
    if (len < 0)
        return false;
    read_line(exchange, &exchange->question_doc, exchange->question, len);
    len = getline(&exchange->answer, &exchange->answer_room, exchange->answers);
    read_line(exchange, &exchange->answer_doc, exchange->answer, len);
    return true;
}

enum said { SAID_NOTHING, SAID_NO, SAID_YES };

static enum said said(const struct eb_doc *doc, const char *member)
{
    uint32_t token = eb_doc_member(doc, 0, member);
    if (token == EB_NO_TOKEN)
        return SAID_NOTHING;
    return eb_doc_type(doc, token) == EB_JSON_TRUE ? SAID_YES : SAID_NO;
}

static void check_answer(const struct exchange *exchange, const char *member, const char *name,
    unsigned *passed, unsigned *failed)
{
    enum said want = said(&exchange->question_doc, member);
    enum said got = said(&exchange->answer_doc, member);
    bool is_error = eb_doc_member(&exchange->answer_doc, 0, "error") != EB_NO_TOKEN;
    bool is_right = want == got && is_error == (want == SAID_NOTHING);
    ++*(is_right ? passed : failed);
    if (!is_right && *failed < 20) {
        uint32_t token = eb_doc_member(&exchange->question_doc, 0, name);
        struct eb_span text =
            token == EB_NO_TOKEN ? eb_span_of("?") : eb_doc_raw(&exchange->question_doc, token);
        print_error("%.*s: got %s", (int)text.len, text.ptr, exchange->answer);
    }
}

static void match__answers_every_case_of_the_event_patterns(void **state)
{
    (void)state;
    char questions[4096], answers[] = "/tmp/eb-answers-XXXXXX";
    snprintf(questions, sizeof questions, "%s/event-patterns/cases.jsonl", conformance_dir);
    if (access(questions, R_OK) != 0) {
        print_message("skipped: no %s\n", questions);
        skip();
    }
    close(mkstemp(answers));
    run_command("match --jsonl", questions, answers);
    struct exchange exchange;
    unsigned passed = 0, failed = 0;
    exchange_open(&exchange, questions, answers);
    while (exchange_next(&exchange))
        check_answer(&exchange, "match", "name", &passed, &failed);
    exchange_close(&exchange);
    unlink(answers);
    print_message("event-bus match --jsonl: %u passed, %u failed\n", passed, failed);
    assert_int_equal(failed, 0);
    assert_true(passed >= 2958);
}

/* ---- the JSON Schema suite: its groups turned into lines ---- */

/* JSON on one line: the newlines in it are all between tokens. */
static void put_json(FILE *out, struct eb_span json)
{
    for (size_t i = 0; i < json.len; i++)
        fputc(json.ptr[i] == '\n' || json.ptr[i] == '\r' ? ' ' : json.ptr[i], out);
}

static void put_member(FILE *out, const char *name, const struct eb_doc *doc, uint32_t token)
{
    fprintf(out, "\"%s\":", name);
    put_json(out, eb_doc_source(doc, token));
    fputc(',', out);
}

/* Where the questions about schemas that refer to remotes go, and the others: those need no map. */
struct questions {
    char far_path[32], near_path[32];
    FILE *far, *near;
};

static void put_group(
    struct questions *questions, const struct eb_doc *doc, uint32_t group, const char *draft)
{
    static const char host[] = "localhost:1234";
    uint32_t tests = eb_doc_member(doc, group, "tests");
    struct eb_span schema = eb_doc_source(doc, eb_doc_member(doc, group, "schema"));
    bool is_far = memmem(schema.ptr, schema.len, host, sizeof host - 1) != NULL;
    FILE *out = is_far ? questions->far : questions->near;
    EB_DOC_EACH_ELEMENT(doc, tests, test)
    {
        fputc('{', out);
        put_member(out, "schema", doc, eb_doc_member(doc, group, "schema"));
        put_member(out, "instance", doc, eb_doc_member(doc, test, "data"));
        put_member(out, "valid", doc, eb_doc_member(doc, test, "valid"));
        put_member(out, "name", doc, eb_doc_member(doc, test, "description"));
        fprintf(out, "\"draft\":\"%s\"}\n", draft);
    }
}

static void put_file(struct questions *questions, const char *path, const char *draft)
{
    FILE *file = open_or_end(path, "r");
    char *text = NULL;
    size_t room = 0;
    ssize_t len = getdelim(&text, &room, EOF, file);
    struct eb_arena arena;
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_init_growing(&arena, SIZE_MAX);
    assert_true(len > 0);
    assert_int_equal(
        eb_json_read(&doc, eb_span(text, (size_t)len), &eb_json_limits_max, &arena, &fault),
        EB_JSON_OK);
    EB_DOC_EACH_ELEMENT(&doc, 0, group)
    {
        put_group(questions, &doc, group, draft);
    }
    eb_arena_release(&arena);
    free(text);
    fclose(file);
}

static void put_directory(struct questions *questions, const char *directory, const char *draft)
{
    struct dirent **names;
    int count = scandir(directory, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
        if (strstr(names[i]->d_name, ".json"))
            put_file(questions, path, draft);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
}

static void ask(const char *arguments, const char *questions, unsigned *passed, unsigned *failed)
{
    char answers[] = "/tmp/eb-answers-XXXXXX";
    struct exchange exchange;
    close(mkstemp(answers));
    run_command(arguments, questions, answers);
    exchange_open(&exchange, questions, answers);
    while (exchange_next(&exchange))
        check_answer(&exchange, "valid", "name", passed, failed);
    exchange_close(&exchange);
    unlink(answers);
}

/* The required tests of one draft; returns how many there are. */
static unsigned validate_draft(const char *draft)
{
    struct questions questions = { "/tmp/eb-far-XXXXXX", "/tmp/eb-near-XXXXXX", NULL, NULL };
    char directory[4096], arguments[8192];
    unsigned passed = 0, failed = 0;
    questions.far = fdopen(mkstemp(questions.far_path), "w");
    questions.near = fdopen(mkstemp(questions.near_path), "w");
    snprintf(directory, sizeof directory, "%s/json-schema-test-suite/tests/draft%s",
        conformance_dir, draft);
    put_directory(&questions, directory, draft);
    fclose(questions.far);
    fclose(questions.near);
    snprintf(arguments, sizeof arguments,
        "validate --jsonl --map http://localhost:1234/=%s/json-schema-test-suite/remotes",
        conformance_dir);
    ask(arguments, questions.far_path, &passed, &failed);
    ask("validate --jsonl", questions.near_path, &passed, &failed);
    unlink(questions.far_path);
    unlink(questions.near_path);
    print_message(
        "event-bus validate --jsonl, draft %s: %u passed, %u failed\n", draft, passed, failed);
    assert_int_equal(failed, 0);
    return passed;
}

static void validate__answers_every_required_test_of_the_schema_suite(void **state)
{
    (void)state;
    static const char *const drafts[] = { "4", "6", "7", "2019-09", "2020-12" };
    unsigned passed = 0;
    char directory[4096];
    snprintf(directory, sizeof directory, "%s/json-schema-test-suite", conformance_dir);
    if (access(directory, R_OK) != 0) {
        print_message("skipped: no %s\n", directory);
        skip();
    }
    for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++)
        passed += validate_draft(drafts[i]);
    assert_true(passed >= 4942);
}

int main(int argc, char **argv)
{
    const char *from_environment = getenv("EB_CONFORMANCE_DIR");
    conformance_dir = from_environment ? from_environment : argc > 1 ? argv[1] : ".";
    event_bus = argc > 2 ? argv[2] : "event-bus";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__answers_every_case_of_the_event_patterns),
        cmocka_unit_test(validate__answers_every_required_test_of_the_schema_suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
