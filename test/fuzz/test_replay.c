/* What runs fuzz targets where there is no libFuzzer: it finds bugs that were planted. */
#include "eb_test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eb_tree.h"

static struct eb_tree tree;
static char told[65536];

static int set_up(void **state)
{
    (void)state;
    eb_tree_make(&tree);
    eb_tree_write(&tree, "corpus/1", "abc");
    eb_tree_write(&tree, "corpus/2", "xyz");
    eb_tree_write(&tree, "words", "# a word\nname=\"a \\\"\\\\\\xff\"\n\n");
    eb_tree_write(&tree, "no-words", "name=a\n");
    return chdir(tree.path);
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(chdir("/"), 0);
    eb_tree_remove(&tree);
    return 0;
}

/* The exit status; what it said is in `told`. */
static int run(const char *planted, const char *arguments)
{
    char command[512];
    snprintf(
        command, sizeof command, "PLANTED=%s exec %s %s 2>&1", planted, EB_PLANTED_FILE, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    told[fread(told, 1, sizeof told - 1, pipe)] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_told(const char *text)
{
    if (!strstr(told, text))
        fail_msg("expected \"%s\" in:\n%s", text, told);
}

static void bugs__are_found_and_kept(void **state)
{
    (void)state;
    static const char *const planted[] = { "abort", "word", "exit" };
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
        assert_int_equal(run(planted[i], "--words words --executions 20000 corpus"), 1);
        assert_told("2 inputs replayed, ");
        assert_told("It was made: number ");
        assert_told(" of seed 1.\nIt is kept");
        assert_told(" bytes as base64: ");
        assert_int_equal(run(planted[i], "fuzz_planted.crash"), 1);
        assert_told("It was fuzz_planted.crash.");
        assert_int_equal(run("nothing", "fuzz_planted.crash"), 0);
    }
}

static void file__that_ends_the_program_is_named(void **state)
{
    (void)state;
    assert_int_equal(run("file", "corpus"), 1);
    assert_told("It was corpus/2.");
    assert_int_equal(access("fuzz_planted.crash", F_OK), -1);
}

static void leaks__are_found_at_the_end(void **state)
{
    (void)state;
#ifndef __SANITIZE_ADDRESS__
    skip();
#endif
    assert_int_equal(run("leak", "corpus"), 1);
    assert_told("All inputs were run, and what was found then is of any of them.");
}

/* Number n of a seed is one input; another seed has others. */
static void inputs__follow_from_the_seed(void **state)
{
    (void)state;
    char first[sizeof told];
    run("abort", "--executions 20000 corpus");
    strcpy(first, told);
    run("abort", "--executions 20000 corpus");
    assert_string_equal(told, first);
    run("abort", "--executions 20000 --seed 2 corpus");
    assert_told("of seed 2.");
    assert_string_not_equal(told, first);
}

static void bounds__are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *arguments;
        int want;
        const char *told;
    } cases[] = {
        { "--executions 7 corpus", 0, "2 inputs replayed, 7 made of them with seed 1\n" },
        { "--seconds 0 corpus", 0, "2 inputs replayed\n" },
        { "corpus/1", 0, "1 inputs replayed\n" },
        { "", 2, "Usage: " },
        { "--minutes 1 corpus", 2, "Usage: " },
        { "nowhere", 1, "nowhere: No such file" },
        { "--words no-words corpus", 2, "no-words:1: expected a word in quotation marks\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int got = run("nothing", cases[i].arguments);
        if (got != cases[i].want)
            fail_msg("%s: got %d, want %d", cases[i].arguments, got, cases[i].want);
        assert_told(cases[i].told);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(bugs__are_found_and_kept),
        TEST(file__that_ends_the_program_is_named),
        TEST(leaks__are_found_at_the_end),
        TEST(inputs__follow_from_the_seed),
        TEST(bounds__are_kept),
    };
    unsetenv("EB_FUZZ_SECONDS");
    unsetenv("EB_FUZZ_SEED");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
