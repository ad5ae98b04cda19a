/*
 * The command line with one allocation failing after the other: every command answers as ever, or
 * says on standard error that there is no memory and exits with other than 0. What it would have
 * written is there whole or not at all, and nothing is leaked.
 *
 * Of each command some of its allocations fail; all of them with EB_OOM_ALL=1.
 */
#include "eb_test.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "eb_tree.h"
#include "event_bus.h"
#include "failing_alloc.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

enum {
    POINTS = 12, /* at which a command fails, about */
    ARGUMENTS_MAX = 24,
    FINDINGS_MAX = 400,
};

static struct eb_tree tree;

/* ---- what commands work on ---- */

static const struct {
    const char *name, *text;
} files[] = {
    { "event-bus.json", "{\"version\":1,\"schemas\":{\"directory\":\"schemas\",\"uri_map\":{"
                        "\"https://example.com/\":\"imported/\"}},\"targets\":[\"services/#\"],"
                        "\"ingress\":[{\"topic\":\"locks/#\",\"unknown\":\"reject\"}]}" },
    { "schemas/imported/site.json", "{\"enum\":[\"berlin\",\"paris\"]}" },
    { "schemas/lock/1.json",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"A lock\","
        "\"type\":\"object\",\"required\":[\"type\"],\"properties\":{\"type\":{\"type\":"
        "\"string\"},\"time\":{\"format\":\"date-time\"},\"data\":{\"$ref\":\"#/$defs/data\"}},"
        "\"$defs\":{\"data\":{\"properties\":{\"site\":{\"$ref\":\"https://example.com/site.json\"}"
        ",\"percent\":{\"maximum\":100},\"code\":{\"pattern\":\"^[0-9]+$\"}}}}}" },
    { "schemas/lock/2.json",
        "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"type\":\"object\","
        "\"required\":[\"type\",\"time\"],\"properties\":{\"type\":{\"enum\":[\"low\",\"open\"]},"
        "\"data\":{\"properties\":{\"percent\":{\"maximum\":50}}}}}" },
    { "schemas/lock/subject.json", "{\"compatibility\":\"none\"}" },
    { "contracts/locks.json",
        "{\"description\":\"What locks say\",\"topic\":\"locks/+/events\",\"schema\":\"lock@1\","
        "\"candidate\":\"lock@2\",\"deduplicate\":{\"key\":\"${id}\",\"window\":\"1h\"}}" },
    { "contracts/clouds.json",
        "{\"topic\":\"clouds/#\",\"envelope\":\"cloudevents\",\"on_violation\":\"observe\"}" },
    { "rules/low.json",
        "{\"description\":\"Batteries\",\"from\":[\"locks/+/events\"],\"when\":{\"type\":[\"low\"],"
        "\"data\":{\"percent\":[{\"numeric\":[\"<\",20]}]}},\"to\":[{\"topic\":"
        "\"services/${data.site}\",\"payload\":{\"lock\":\"${$mqtt.level[1]}\",\"percent\":"
        "\"${data.percent}\"},\"qos\":1}]}" },
    { "rules/all.jsonl",
        "{\"name\":\"a\",\"from\":[\"clouds/#\"],\"to\":[{\"topic\":\"services/a\","
        "\"cloudevents\":\"structured\"}]}\n"
        "{\"name\":\"b\",\"from\":[\"locks/#\",\"other/#\"],\"when\":{\"$or\":[{\"type\":"
        "[{\"prefix\":\"o\"}]},{\"data\":{\"code\":[{\"wildcard\":\"1*2\"}]}}]},\"to\":["
        "{\"topic\":\"services/b\"},{\"topic\":\"services/c\",\"retain\":true}]}\n" },
    { "tests/t.json",
        "{\"cases\":[{\"name\":\"low\",\"topic\":\"locks/7/events\",\"user_properties\":{\"a\":"
        "\"b\"},\"event\":{\"id\":\"1\",\"type\":\"low\",\"data\":{\"site\":\"berlin\","
        "\"percent\":5}},\"expect\":{\"verdict\":\"passed\",\"faults\":[],\"copies\":[{\"topic\":"
        "\"services/berlin\",\"payload\":{\"lock\":\"7\",\"percent\":5},\"matches\":{\"percent\":"
        "[{\"numeric\":[\"<\",9]}]},\"qos\":1}],\"dead_letters\":[]}},"
        "{\"name\":\"wrong\",\"topic\":\"locks/7/events\",\"event\":{\"id\":\"2\",\"type\":5},"
        "\"expect\":{\"verdict\":\"passed\",\"faults\":[\"/id\"],\"copies\":[{\"topic\":\"x\"}],"
        "\"dead_letters\":[\"target\"]}}]}" },
    { "event.json",
        "{\"id\":\"9\",\"type\":\"low\",\"data\":{\"site\":\"berlin\",\"percent\":5}}" },
    { "bad.json", "{\"type\":7,\"data\":{\"percent\":170,\"site\":\"rome\"}}" },
    { "pattern.json", "{\"type\":[\"low\",{\"prefix\":\"x\"}],\"data\":{\"percent\":[{\"numeric\":"
                      "[\">\",1]}]}}" },
    { "samples.jsonl", "{\"type\":\"low\",\"time\":\"2026-11-20T17:21:33Z\",\"n\":[1,2]}\n"
                       "{\"type\":\"open\",\"time\":\"2026-11-20T17:21:34Z\",\"n\":[]}\n" },
    { "letters.jsonl",
        "{\"n\":1,\"letter\":{\"version\":1,\"id\":\"l-1\",\"time\":\"2026-01-01T00:00:00Z\","
        "\"topic\":\"locks/7/events\",\"client\":{\"id\":\"c\\u00e9\",\"username\":null},"
        "\"reason\":\"schema\",\"contracts\":[{\"name\":\"locks\"}],\"faults\":[{"
        "\"instanceLocation\":\"/\\u0061\",\"error\":\"no\\u0020good\"}],\"payload\":{\"encoding\":"
        "\"base64\",\"value\":\"e30K\"}}}\n"
        "{\"n\":1}\n" },
    { "wrong/event-bus.json", "{\"version\":1}" },
    { "wrong/rules/r.json", "{\"from\":[\"a/#\"],\"to\":[{\"topci\":\"b\"}]}" },
};

static const struct command_line {
    const char *arguments;
    int code;         /* with memory */
    const char *made; /* a file that it makes; NULL: none */
} commands[] = {
    { "check .", 0, NULL },
    { "check --json --strict .", 1, NULL },
    { "check wrong", 1, NULL },
    { "run . --topic locks/7/events --user-property a=b event.json", 0, NULL },
    { "run . --json --topic locks/7/events bad.json", 1, NULL },
    { "explain . --topic locks/7/events event.json", 0, NULL },
    { "explain . --json --all --topic locks/7/events bad.json", 0, NULL },
    { "explain . --rule b", 0, NULL },
    { "explain . --json --rule b", 0, NULL },
    { "test -v .", 1, NULL },
    { "test --json .", 1, NULL },
    { "validate --schema schemas/lock/1.json --map https://example.com/=schemas/imported bad.json "
      "event.json",
        1, NULL },
    { "validate --json --schema schemas/lock/2.json bad.json", 1, NULL },
    { "match --pattern pattern.json event.json bad.json", 1, NULL },
    { "match --json --pattern pattern.json event.json", 0, NULL },
    { "schema list .", 0, NULL },
    { "schema list --json .", 0, NULL },
    { "schema show . lock@1", 0, NULL },
    { "schema show --json . lock@1", 0, NULL },
    { "schema infer samples.jsonl", 0, NULL },
    { "schema infer --json samples.jsonl", 0, NULL },
    { "schema diff schemas/lock/1.json schemas/lock/2.json", 1, NULL },
    { "schema diff --json . lock@1 lock@2", 1, NULL },
    { "schema compat schemas/lock/2.json schemas/lock/2.json", 0, NULL },
    { "schema compat --map https://example.com/=schemas/imported schemas/lock/1.json "
      "schemas/lock/2.json",
        1, NULL },
    { "schema compat --json --config . --mode full lock", 1, NULL },
    { "graph .", 0, NULL },
    { "graph --json .", 0, NULL },
    { "asyncapi .", 0, NULL },
    { "asyncapi --json .", 0, NULL },
    { "new subject . door", 0, "schemas/door/1.json" },
    { "new contract . lock", 0, "contracts/lock.json" },
    { "new rule . high", 0, "rules/high.json" },
    { "new rule . high --print", 0, NULL },
    { "dead-letters list --stored --store letters.jsonl", 0, NULL },
    { "dead-letters show --store letters.jsonl 1", 0, NULL },
    { "dead-letters show --json --store letters.jsonl 1", 0, NULL },
    { "dead-letters drop --store letters.jsonl --all --reason target", 0, NULL },
};

/* ---- running one ---- */

struct result {
    int code;
    char *out, *said; /* standard output and error */
};

static void result_release(struct result *result)
{
    free(result->out);
    free(result->said);
}

/* Ids of events and times are others with each run. */
static void blank(char *text)
{
    enum { ID_LEN = 36 };
    size_t len = strlen(text);
    for (size_t i = 0; i + ID_LEN <= len; i++) {
        char *at = text + i;
        if (at[8] == '-' && at[13] == '-' && at[18] == '-' && at[23] == '-')
            memset(at, '?', ID_LEN);
        else if (at[4] == '-' && at[7] == '-' && at[10] == 'T' && at[13] == ':' && at[23] == 'Z')
            memset(at, '?', EB_TIME_LEN);
    }
}

static struct result run(const char *line, size_t failing)
{
    struct result result = { 0 };
    size_t out_len, said_len;
    char words[512], *arguments[ARGUMENTS_MAX] = { words }, *rest = words, *word;
    int count = 1;
    FILE *out = stdout, *said = stderr;
    snprintf(words, sizeof words, "%s", line);
    while ((word = strsep(&rest, " ")) != NULL)
        arguments[count++] = word;
    stdout = open_memstream(&result.out, &out_len);
    stderr = open_memstream(&result.said, &said_len);
    eb_fail_allocation(failing);
    result.code = event_bus(count, arguments);
    fclose(stdout);
    fclose(stderr);
    stdout = out;
    stderr = said;
    blank(result.out);
    return result;
}

/* ---- what must hold ---- */

static size_t findings;

static void find(const struct command_line *command, size_t failing, const char *what,
    const struct result *result)
{
    if (findings++ >= FINDINGS_MAX)
        return;
    fprintf(stderr, "%s, allocation %zu: %s: exit %d\nout  %s\nsaid %s\n", command->arguments,
        failing, what, result->code, result->out, result->said);
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (; (text = strstr(text, word)) != NULL; text++)
        count++;
    return count;
}

static void judge(const struct command_line *command, size_t failing, const struct result *want,
    const struct result *got)
{
    size_t out_len = strlen(got->out);
    bool is_answered = got->code == want->code && strcmp(got->out, want->out) == 0;
    size_t told = count_of(got->said, "memory"), wrong = count_of(want->said, "error: ");
    if (!is_answered && !told)
        find(command, failing, "nothing says that there is no memory", got);
    else if (!is_answered && got->code == 0)
        find(command, failing, "an answer that is none", got);
    else if (!is_answered && (told > 1 || count_of(got->said, "error: ") > wrong))
        find(command, failing, "said more than once, or what is not so", got);
    else if (out_len && got->out[out_len - 1] != '\n')
        find(command, failing, "half a line", got);
}

/* All files but locks, and what is in them, as a number. */
static uint64_t files_there;

static int add_file(const char *path, const struct stat *stat, int type, struct FTW *where)
{
    (void)where;
    const char *name = strrchr(path, '/');
    uint64_t hash = (uint64_t)stat->st_size * 31 + (uint64_t)type;
    if (name && strstr(name, ".lock"))
        return 0;
    if (type == FTW_D)
        hash = 7;
    for (; *path; path++)
        hash = hash * 1099511628211U + (unsigned char)*path;
    files_there += hash;
    return 0;
}

static uint64_t look_around(void)
{
    enum { DESCRIPTORS = 16 };
    files_there = 0;
    assert_int_equal(nftw(tree.path, add_file, DESCRIPTORS, FTW_PHYS), 0);
    return files_there;
}

/* As before the command. */
static void unmake(const struct command_line *command)
{
    char path[512];
    if (!command->made || unlink(command->made) != 0)
        return;
    snprintf(path, sizeof path, "%s", command->made);
    *strrchr(path, '/') = '\0';
    rmdir(path); /* which others keep */
}

static size_t step_of(size_t allocations)
{
    return getenv("EB_OOM_ALL") ? 1 : allocations / POINTS + 1;
}

static void fail_each_allocation_of(const struct command_line *command)
{
    uint64_t before = look_around();
    size_t first = eb_allocation_count(), tried = 0;
    struct result want = run(command->arguments, 0);
    size_t allocations = eb_allocation_count() - first;
    uint64_t after = look_around();
    if (want.code != command->code)
        find(command, 0, "with memory it should be otherwise", &want);
    if ((command->made != NULL) != (after != before))
        find(command, 0, "it makes a file, or makes none, against what is said of it", &want);
    for (size_t n = 1; n <= allocations; n += step_of(allocations), tried++) {
        unmake(command);
        struct result got = run(command->arguments, n);
        bool has_failed = eb_has_allocation_failed();
        eb_fail_allocation(0);
        if (has_failed)
            judge(command, n, &want, &got);
        if (look_around() != (got.code == 0 ? after : before))
            find(command, n, "files are neither as before nor as they should be", &got);
        result_release(&got);
    }
    unmake(command);
    if (getenv("EB_OOM_ALL"))
        print_message("%zu allocations: %s\n", tried, command->arguments);
    result_release(&want);
#ifdef __SANITIZE_ADDRESS__
    if (__lsan_do_recoverable_leak_check()) {
        fprintf(stderr, "leaked: %s\n", command->arguments);
        findings++;
    }
#endif
}

static void commands__fail_cleanly_at_every_allocation(void **state)
{
    (void)state;
    const char *only = getenv("EB_OOM_COMMAND");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!only || strstr(commands[i].arguments, only))
            fail_each_allocation_of(&commands[i]);
    }
    if (findings)
        fail_msg("%zu findings", findings);
}

static int set_up(void **state)
{
    (void)state;
    eb_tree_make(&tree);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        eb_tree_write(&tree, files[i].name, files[i].text);
    setenv("HOME", tree.path, 1);
    setenv("NO_COLOR", "1", 1);
    setenv("TERM", "dumb", 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    return chdir(tree.path);
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(chdir("/"), 0);
    eb_tree_remove(&tree);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            commands__fail_cleanly_at_every_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
