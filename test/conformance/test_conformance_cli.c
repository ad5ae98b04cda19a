/*
 * The command line as scripts use it: whole suites through `event-bus … --jsonl`, a question and an
 * answer a line.
 *
 *     test_conformance_cli CONFORMANCE_DIR EVENT_BUS     or $EB_CONFORMANCE_DIR
 */
#include "eb_test.h"

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

int main(int argc, char **argv)
{
    const char *from_environment = getenv("EB_CONFORMANCE_DIR");
    conformance_dir = from_environment ? from_environment : argc > 1 ? argv[1] : ".";
    event_bus = argc > 2 ? argv[2] : "event-bus";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__answers_every_case_of_the_event_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
