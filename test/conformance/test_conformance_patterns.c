/*
 * The verified cases of event patterns: what aws/event-ruler 2.0.1 answers must be our answer, and
 * where its answer is an accident, ours is written down here.
 *
 *     test_conformance_patterns CONFORMANCE_DIR     or $EB_CONFORMANCE_DIR
 */
#include "eb_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pattern_answer.h"
#include "json/reader.h"

static const char *conformance_dir;

/* Why each accident is answered as it is. */
static const char dup_key[] = "a member that appears twice is refused, in patterns and in events";
static const char one_bits[] = "/32 and /128 are blocks of one address";
static const char absence[] = "absence is judged beside the chosen elements, whatever the names";
static const char one_to_one[] = "a letter that takes several, or shares its other case, has none";
static const char whole_points[] = "code points beyond U+FFFF fold as well";

#define EIC "ruler:ByteMachineTest.test"
#define MANY "EqualsIgnoreCaseManyCharactersWithDifferentByteLengthForLowerCaseAndUpperCase#"

static const struct {
    const char *name;
    enum eb_answer want;
    const char *reason;
} accidents[] = {
    { "own:probe#304", EB_MATCH, absence },
    { "ruler:ACMachineTest.intensitiesACTest#1", EB_BAD_PATTERN, dup_key },
    { "ruler:EventTest.WHEN_EventIsConstructed_THEN_HeterogeneousArraysAreHandled#1",
        EB_BAD_PATTERN, dup_key },
    { "own:cidr-bad#14", EB_BAD_PATTERN, "2001:db8 is no address" },
    { "own:cidr-bad#15", EB_NO_MATCH, one_bits },
    { "own:cidr-bad#6", EB_NO_MATCH, one_bits },
    { "own:probe#165", EB_NO_MATCH, one_bits },
    { "own:dup-event-key#1", EB_BAD_EVENT, dup_key },
    { "own:dup-event-key#2", EB_BAD_EVENT, dup_key },
    { "own:dup-event-key#3", EB_BAD_EVENT, dup_key },
    { "own:dup-pattern-key#1", EB_BAD_PATTERN, dup_key },
    { "own:dup-pattern-key#2", EB_BAD_PATTERN, dup_key },
    { "own:exists-bad#5", EB_BAD_PATTERN, dup_key },
    { "own:probe#292", EB_BAD_PATTERN, dup_key },
    { "own:probe#293", EB_BAD_PATTERN, dup_key },
    { "own:probe#294", EB_BAD_PATTERN, dup_key },
    { "own:probe#189", EB_NO_MATCH, one_to_one },
    { "own:probe#190", EB_NO_MATCH, one_to_one },
    { EIC MANY "1", EB_NO_MATCH, one_to_one },
    { EIC MANY "2", EB_NO_MATCH, one_to_one },
    { EIC MANY "3", EB_NO_MATCH, one_to_one },
    { EIC MANY "4", EB_NO_MATCH, one_to_one },
    { EIC "Prefix" MANY "1", EB_NO_MATCH, one_to_one },
    { EIC "Prefix" MANY "2", EB_NO_MATCH, one_to_one },
    { EIC "Prefix" MANY "3", EB_NO_MATCH, one_to_one },
    { EIC "Prefix" MANY "4", EB_NO_MATCH, one_to_one },
    { EIC "Prefix" MANY "5", EB_NO_MATCH, one_to_one },
    { EIC "Prefix" MANY "6", EB_NO_MATCH, one_to_one },
    { "own:probe#268", EB_MATCH, whole_points },
    { "ruler:ACMachineTest.testDuplicateKeyLastOneWins#1", EB_BAD_PATTERN, dup_key },
    { "ruler:ACMachineTest.testDuplicateKeyLastOneWins#2", EB_BAD_PATTERN, dup_key },
    { EIC "Suffix" MANY "1", EB_NO_MATCH, one_to_one },
    { EIC "Suffix" MANY "2", EB_NO_MATCH, one_to_one },
    { EIC "Suffix" MANY "3", EB_NO_MATCH, one_to_one },
    { EIC "Suffix" MANY "4", EB_NO_MATCH, one_to_one },
    { EIC "Suffix" MANY "5", EB_NO_MATCH, one_to_one },
    { EIC "Suffix" MANY "6", EB_NO_MATCH, one_to_one },
};

enum { ACCIDENT_COUNT = sizeof accidents / sizeof *accidents };

/* One line of a file of cases. */
struct test_case {
    struct eb_span name, pattern, event;
    enum eb_answer want; /* event-ruler's answer */
};

static struct eb_span member_text(
    const struct eb_doc *doc, const char *name, struct eb_arena *arena)
{
    uint32_t token = eb_doc_member(doc, 0, name);
    return token == EB_NO_TOKEN ? eb_span(NULL, 0) : eb_doc_string(doc, token, arena);
}

static struct test_case read_case(struct eb_span line, struct eb_arena *arena)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    assert_int_equal(eb_json_read(&doc, line, &eb_json_limits_max, arena, &fault), EB_JSON_OK);
    struct test_case one = {
        .name = member_text(&doc, "name", arena),
        .pattern = member_text(&doc, "pattern", arena),
        .event = member_text(&doc, "event", arena),
    };
    uint32_t match = eb_doc_member(&doc, 0, "match");
    if (match == EB_NO_TOKEN)
        one.want = EB_BAD_PATTERN;
    else
        one.want = eb_doc_type(&doc, match) == EB_JSON_TRUE ? EB_MATCH : EB_NO_MATCH;
    return one;
}

/* The accidents' own answers take the place of event-ruler's. */
static void decide_accident(struct test_case *one)
{
    for (size_t i = 0; i < ACCIDENT_COUNT; i++) {
        if (eb_span_is(one->name, accidents[i].name)) {
            one->want = accidents[i].want;
            return;
        }
    }
    fail_msg("nothing is decided about %.*s", (int)one->name.len, one->name.ptr);
}

struct tally {
    unsigned passed, failed;
};

static void run_line(struct eb_span line, bool is_accident, struct tally *tally)
{
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 16 << 20));
    struct test_case one = read_case(line, &arena);
    if (is_accident)
        decide_accident(&one);
    enum eb_answer got = eb_answer(one.pattern, one.event);
    if (got == one.want) {
        tally->passed++;
    } else {
        tally->failed++;
        print_error("%.*s: got %s, want %s\n  pattern %.*s\n  event   %.*s\n", (int)one.name.len,
            one.name.ptr, eb_answer_name(got), eb_answer_name(one.want), (int)one.pattern.len,
            one.pattern.ptr, (int)one.event.len, one.event.ptr ? one.event.ptr : "");
    }
    eb_arena_release(&arena);
}

/* A file of cases, mapped; ptr NULL when it is not there. */
static struct eb_span map_file(const char *name)
{
    char path[512];
    struct stat status;
    snprintf(path, sizeof path, "%s/event-patterns/%s", conformance_dir, name);
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        print_message("skipped: no %s\n", path);
        return eb_span(NULL, 0);
    }
    assert_int_equal(fstat(fd, &status), 0);
    char *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    assert_true(bytes != MAP_FAILED);
    close(fd);
    return eb_span(bytes, (size_t)status.st_size);
}

static void run_file(const char *name, bool has_accidents, unsigned want_cases)
{
    struct eb_span all = map_file(name);
    if (!all.ptr)
        skip();
    struct tally tally = { 0 };
    for (struct eb_span rest = all; rest.len;) {
        const char *newline = memchr(rest.ptr, '\n', rest.len);
        size_t len = newline ? (size_t)(newline - rest.ptr) : rest.len;
        run_line(eb_span(rest.ptr, len), has_accidents, &tally);
        len += newline != NULL;
        rest = eb_span(rest.ptr + len, rest.len - len);
    }
    munmap((void *)(uintptr_t)all.ptr, all.len);
    print_message(
        "event patterns, %s: %u passed, %u failed, 0 skipped\n", name, tally.passed, tally.failed);
    assert_int_equal(tally.failed, 0);
    assert_true(tally.passed >= want_cases);
}

static void pattern__answers_as_event_ruler_does(void **state)
{
    (void)state;
    run_file("cases.jsonl", false, 2958);
}

static void pattern__answers_accidents_as_decided(void **state)
{
    (void)state;
    run_file("accidents.jsonl", true, ACCIDENT_COUNT);
}

int main(int argc, char **argv)
{
    conformance_dir = getenv("EB_CONFORMANCE_DIR");
    if (!conformance_dir)
        conformance_dir = argc > 1 ? argv[1] : "../shared/conformance";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pattern__answers_as_event_ruler_does),
        cmocka_unit_test(pattern__answers_accidents_as_decided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
