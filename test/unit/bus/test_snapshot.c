/* What is wrong with a configuration is said exactly, and all of it at once. */
#include "eb_test.h"

#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "lock@1", "true" },
    { "lock@3", "false" },
    { "lock@2", "true" },
    { NULL, NULL },
};

static const struct bus_text good_rules[] = {
    { "r", "{\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"}]}" },
    { NULL, NULL },
};

static void latest__is_the_highest_number(void **state)
{
    (void)state;
    const struct bus_text contracts[] = {
        { "c", "{\"topic\":\"a\",\"schema\":\"lock@latest\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, good_rules);
    assert_int_equal(bus_publish(&bus, "a", "{}")->verdict, EB_REFUSED);
    bus_close(&bus);
}

static void mistakes__are_all_reported_with_their_places(void **state)
{
    (void)state;
    const struct bus_text contracts[] = {
        { "c1", "{\"topic\":\"a/#/b\",\"schema\":\"lock@1\"}" },
        { "c2", "{\"topic\":\"a\",\"schema\":\"lock@9\"}" },
        { "c3", "{\"topic\":\"a\",\"schema\":\"door@1\"}" },
        { "c4", "{\"topic\":\"a\",\n \"schema\":\"lock\"}" },
        { "c5", "{\"name\":\"other\",\"topic\":\"a\",\"schema\":\"lock@1\"}" },
        { NULL, NULL },
    };
    const struct bus_text rules[] = {
        { "r1", "{\"from\":[\"$share/g/a\"],\"to\":[{\"topic\":\"b\"}]}" },
        { "r2", "{\"from\":[\"a\"],\n\"to\":[{\"topic\":\"b\"}],\n}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    assert_null(bus.snapshot);
    assert_int_equal(bus.diags.errors, 7);
    assert_true(bus_says(&bus, "c2:1:23: error: the registry has no version 9 of 'lock' "
                               "(at /schema)"));
    assert_true(bus_says(&bus, "c3:1:23: error: the registry has no subject 'door' (at /schema)"));
    assert_true(bus_says(&bus, "c4:2:11: error: expected SUBJECT@VERSION, such as "
                               "\"lock-event@1\", \"lock-event@latest\" or \"${type}@1\" "
                               "(at /schema)"));
    assert_true(bus_says(&bus, "c5:1:9: error: expected \"c5\", as the file is called, or no "
                               "\"name\" at all (at /name)"));
    bus_close(&bus);
}

static void schema__that_is_broken_is_reported_once(void **state)
{
    (void)state;
    const struct bus_text broken[] = {
        { "lock@1", "{\"type\":\"strin\"}" },
        { NULL, NULL },
    };
    const struct bus_text contracts[] = {
        { "c1", "{\"topic\":\"a\",\"schema\":\"lock@1\"}" },
        { "c2", "{\"topic\":\"b\",\"schema\":\"lock@1\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, broken, contracts, good_rules);
    assert_null(bus.snapshot);
    assert_int_equal(bus.diags.errors, 1);
    assert_string_equal(bus.diags.first->file, "lock@1");
    bus_close(&bus);
}

static void names__of_lines_are_needed_and_unique(void **state)
{
    (void)state;
    static const struct eb_entry_text lines[] = {
        { .text = EB_SPAN("{\"name\":\"x\",\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"}]}"),
            .file = "m.jsonl",
            .first_line = 1 },
        { .text = EB_SPAN("{\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"}]}"),
            .file = "m.jsonl",
            .first_line = 2 },
        { .text = EB_SPAN("{\"name\":\"x\",\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"}]}"),
            .file = "m.jsonl",
            .first_line = 3 },
        { .text = EB_SPAN("{\"name\":\"../x\",\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"}]}"),
            .file = "m.jsonl",
            .first_line = 4 },
    };
    struct bus bus;
    bus_open(&bus, NULL, NULL, NULL, NULL);
    struct eb_configuration configuration = bus.configuration;
    configuration.rules = lines;
    configuration.rule_count = 4;
    assert_null(eb_snapshot_build(&configuration, bus.registry, &bus.diags));
    assert_int_equal(bus.diags.errors, 3);
    assert_true(bus_says(&bus, "m.jsonl:2:1: error: expected a member \"name\": a line has no file "
                               "name to be called by (at the top)"));
    assert_true(bus_says(&bus, "m.jsonl:3:1: error: a rule called 'x' exists already, in m.jsonl"));
    assert_true(bus_says(&bus, "m.jsonl:4:9: error: expected a name of the form "
                               "[a-z0-9][a-z0-9._-]{0,127} (at /name)"));
    bus_close(&bus);
}

static void rules__that_take_too_much_memory_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *want;
    } cases[] = {
        { "{\"version\":1,\"limits\":{\"rules_bytes\":1}}",
            "a:1:1: error: the rule 'a' does not fit: with it, rules take more than the 1 bytes of "
            "limits.rules_bytes" },
        { "{\"version\":1,\"limits\":{\"rules_bytes\":13000}}",
            "b:1:1: error: the rule 'b' does not fit: with it, rules take more than the 13000 "
            "bytes "
            "of limits.rules_bytes" },
        { "{\"version\":1,\"limits\":{\"rules_bytes\":60000}}", NULL },
    };
    char when[8192] = "{\"n\":[0";
    char text[9000];
    for (int i = 1; i < 300; i++)
        snprintf(when + strlen(when), sizeof when - strlen(when), ",%d", i);
    snprintf(
        text, sizeof text, "{\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"}],\"when\":%s]}}", when);
    const struct bus_text rules[] = { { "a", text }, { "b", text }, { NULL, NULL } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bus bus;
        bus_open(&bus, cases[i].settings, NULL, NULL, rules);
        assert_true(!cases[i].want == (bus.snapshot != NULL));
        assert_int_equal(bus.diags.errors, cases[i].want != NULL);
        assert_true(!cases[i].want || bus_says(&bus, cases[i].want));
        bus_close(&bus);
    }
}

/* The patterns fit, the index of a thousand alternatives does not. */
static void indexes__that_take_too_much_memory_name_a_rule(void **state)
{
    (void)state;
    enum { RULES = 5, BYTES = 120000 };
    static char texts[RULES][16384];
    struct bus_text rules[RULES + 1] = { { NULL, NULL } };
    static const char *const names[RULES] = { "r0", "r1", "r2", "r3", "r4" };
    for (int r = 0; r < RULES; r++) {
        size_t len = (size_t)sprintf(
            texts[r], "{\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"}],\"when\":{\"n\":[0");
        for (int i = 1; i < 1000; i++)
            len += (size_t)sprintf(texts[r] + len, ",%d", 1000 * r + i);
        strcpy(texts[r] + len, "]}}");
        rules[r] = (struct bus_text){ names[r], texts[r] };
    }
    char settings[100], want[200], other[200];
    struct bus bus;
    snprintf(settings, sizeof settings, "{\"version\":1,\"limits\":{\"rules_bytes\":%d}}", BYTES);
    bus_open(&bus, settings, NULL, NULL, rules);
    assert_null(bus.snapshot);
    assert_int_equal(bus.diags.errors, 1);
    bool is_named = false;
    for (int r = 0; r < RULES; r++) {
        snprintf(want, sizeof want, "r%d:1:1: error: the rule 'r%d' does not fit: ", r, r);
        eb_diag_format(bus.diags.first, other, sizeof other);
        is_named |= strncmp(other, want, strlen(want)) == 0;
    }
    assert_true(is_named);
    bus_close(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latest__is_the_highest_number),
        cmocka_unit_test(mistakes__are_all_reported_with_their_places),
        cmocka_unit_test(schema__that_is_broken_is_reported_once),
        cmocka_unit_test(names__of_lines_are_needed_and_unique),
        cmocka_unit_test(rules__that_take_too_much_memory_are_refused_by_name),
        cmocka_unit_test(indexes__that_take_too_much_memory_name_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
