/* The command line on a full disk, and with its standard streams closed. */
#include "eb_test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eb_tree.h"
#include "letters.h"

static struct eb_tree tree;

static int set_up(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    eb_tree_make(&tree);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eb_tree_remove(&tree);
    return 0;
}

/* ---- the store of dead letters --------------------------------------------------------------- */

/* No file may grow beyond this: then writes are short, and fail with EFBIG. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static const char *letter_text_of(int number)
{
    static char text[256];
    snprintf(text, sizeof text,
        "{\"version\":1,\"id\":\"l-%d\",\"time\":\"2026-01-01T00:00:00Z\",\"topic\":\"a\"}",
        number);
    return text;
}

static bool add(struct letters *letters, int number)
{
    return letters_add(letters, eb_span_of(letter_text_of(number)));
}

static size_t count_kept(void)
{
    struct letters letters;
    assert_true(letters_open(&letters, eb_tree_path(&tree, "store/letters.jsonl")));
    size_t count = letters.count;
    letters_close(&letters);
    return count;
}

static void letters__that_do_not_fit_leave_the_file_as_it_was(void **state)
{
    (void)state;
    struct letters letters;
    assert_true(letters_open(&letters, eb_tree_path(&tree, "store/letters.jsonl")));
    assert_true(add(&letters, 1));
    limit_files(120); /* in the midst of the second */
    assert_false(add(&letters, 2));
    limit_files(RLIM_INFINITY);
    assert_true(add(&letters, 3));
    letters_close(&letters);
    assert_int_equal(count_kept(), 2);
}

static void letters__that_cannot_be_written_anew_stay(void **state)
{
    (void)state;
    struct letters letters;
    assert_true(letters_open(&letters, eb_tree_path(&tree, "store/letters.jsonl")));
    for (int i = 0; i < 3; i++)
        assert_true(add(&letters, i));
    letters.items[0].is_gone = true;
    limit_files(120);
    assert_false(letters_save(&letters));
    limit_files(RLIM_INFINITY);
    letters_close(&letters);
    assert_int_equal(count_kept(), 3);
    assert_int_equal(access(eb_tree_path(&tree, "store/letters.jsonl.new"), F_OK), -1);
}

/* By a crash, in the midst of writing: what comes next stands on a line of its own. */
static void letters__go_on_behind_one_that_was_cut(void **state)
{
    (void)state;
    struct letters letters;
    eb_tree_write(&tree, "store/letters.jsonl", "{\"n\":1,\"letter\":{\"version\":1,\"id");
    assert_true(letters_open(&letters, eb_tree_path(&tree, "store/letters.jsonl")));
    assert_int_equal(letters.count, 0);
    assert_true(add(&letters, 2));
    assert_true(add(&letters, 3));
    letters_close(&letters);
    assert_int_equal(count_kept(), 2);
}

/* ---- the program ----------------------------------------------------------------------------- */

/* Runs it with `closed` closed and standard output sent to `out` (NULL: as it is). */
static int run(const char *arguments, int closed, const char *out)
{
    char command[1024];
    snprintf(command, sizeof command, "exec %s %s", EB_CLI_FILE, arguments);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = out ? open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
        if (out)
            dup2(fd, STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        if (closed >= 0)
            close(closed);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const char *const printing[] = {
    "--help",
    "--version",
    "check config",
    "run config --topic locks/a/events config/event-bus.json",
    "explain config --topic locks/a/events config/event-bus.json",
    "test config",
    "validate --schema schemas/lock-event/1.json config/event-bus.json",
    "schema list config",
    "schema show config lock-event",
    "schema infer config/event-bus.json",
    "schema diff schemas/lock-event/1.json schemas/lock-event/2.json",
    "graph config",
    "asyncapi config",
};

static void output__that_cannot_be_written_is_no_success(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof printing / sizeof *printing; i++) {
        int full = run(printing[i], -1, "/dev/full"), closed = run(printing[i], 1, NULL);
        if (full != 1 || closed != 1)
            fail_msg("%s: %d on a full disk, %d with no output", printing[i], full, closed);
    }
}

/* A file that is opened must not take the place of a stream that was closed. */
static void closed_streams__are_not_taken_for_files(void **state)
{
    (void)state;
    static const char refused[] = "dead-letters list -h 127.0.0.1 -p 1 --store ";
    for (int closed = 0; closed <= 2; closed++) {
        char arguments[256];
        snprintf(arguments, sizeof arguments, "%s%s", refused, eb_tree_path(&tree, "l.jsonl"));
        assert_int_equal(run(arguments, closed, NULL), 1);
        FILE *lock = fopen(eb_tree_path(&tree, "l.jsonl.lock"), "r");
        assert_non_null(lock);
        assert_int_equal(fgetc(lock), EOF);
        fclose(lock);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(letters__that_do_not_fit_leave_the_file_as_it_was),
        TEST(letters__that_cannot_be_written_anew_stay),
        TEST(letters__go_on_behind_one_that_was_cut),
        TEST(output__that_cannot_be_written_is_no_success),
        TEST(closed_streams__are_not_taken_for_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
