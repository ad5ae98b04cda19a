/* Lines for who watches events go by: which, and what they hold whatever devices send. */
#include "eb_test.h"

#include "bus/verdict_line.h"
#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "small@1", "{\"required\":[\"n\"],\"properties\":{\"n\":{\"maximum\":9}}}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "a", "{\"topic\":\"a/#\",\"schema\":\"small@1\"}" },
    { "b", "{\"topic\":\"+/+/#\",\"schema\":\"small@1\"}" },
    { "c", "{\"topic\":\"a/+/#\",\"schema\":\"small@1\"}" },
    { "d", "{\"topic\":\"+/#\",\"schema\":\"small@1\"}" },
    { "e", "{\"topic\":\"#\",\"schema\":\"small@1\"}" },
    { NULL, NULL },
};
#define RULE(name)                                                                                 \
    {                                                                                              \
        name, "{\"from\":[\"a/#\"],\"to\":[{\"topic\":\"x\"},{\"topic\":\"y/${s}\"}]}"             \
    }
static const struct bus_text rules[] = { RULE("r01"), RULE("r02"), RULE("r03"), RULE("r04"),
    RULE("r05"), RULE("r06"), RULE("r07"), RULE("r08"), RULE("r09"), RULE("r10"), RULE("r11"),
    RULE("r12"), RULE("r13"), RULE("r14"), RULE("r15"), RULE("r16"), RULE("r17"), RULE("r18"),
    { NULL, NULL } };

static char line[64 * 1024];

static const char *write_line(struct bus *bus, const struct eb_message *message)
{
    struct eb_json_writer out;
    bus_run(bus, message);
    eb_json_writer_init(&out, line, sizeof line - 1);
    eb_verdict_line_write(message, &bus->outcome, &out);
    struct eb_span text = eb_json_writer_finish(&out);
    assert_non_null(text.ptr);
    line[text.len] = '\0';
    return line;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("got %s, want %s", text, part);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

static void lists__have_a_first_part_and_the_number_of_the_rest(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    assert_non_null(bus.snapshot);
    struct eb_message message = bus_message("a/1", "{\"n\":1}");
    const char *text = write_line(&bus, &message);
    assert_has(
        text, "\"moreContracts\":1,\"rules\":[{\"name\":\"r01\",\"published\":1,\"failed\":1},");
    assert_int_equal(count_of(text, "\"valid\":true"), 4);
    assert_has(text, "{\"name\":\"r16\",\"published\":1,\"failed\":1}],\"moreRules\":2,"
                     "\"deadLetters\":18}");
    bus_close(&bus);
}

static void line__tells_all_of_an_event_but_its_payload(void **state)
{
    (void)state;
    static const struct bus_text strict[] = {
        { "strict@1", "{\"required\":[\"b\",\"c\",\"d\"],\"properties\":{\"n\":{\"maximum\":9}}}" },
        { NULL, NULL },
    };
    static const struct bus_text open[] = {
        { "shown", "{\"topic\":\"a/#\",\"schema\":\"strict@1\"}" },
        { NULL, NULL },
    };
    static const struct bus_text secret[] = {
        { "hidden", "{\"topic\":\"a/#\",\"schema\":\"strict@1\","
                    "\"dead_letter\":{\"payload\":\"omit\"}}" },
        { NULL, NULL },
    };
#define BEGINNING                                                                                  \
    "{\"time\":\"2026-11-20T17:21:33.125Z\",\"topic\":\"a/1\",\"client\":\"c1\","                  \
    "\"username\":\"u1\",\"qos\":1,\"retain\":true,\"will\":false,\"bytes\":8,"                    \
    "\"verdict\":\"refused\",\"reason\":\"schema\",\"contracts\":[{\"name\":"
    static const struct {
        const struct bus_text *contracts;
        const char *want;
    } cases[] = {
        { open, BEGINNING "\"shown\",\"schema\":\"strict@1\",\"valid\":false,\"faults\":["
                          "{\"instanceLocation\":\"\",\"keywordLocation\":\"/required\","
                          "\"error\":\"the member \\\"b\\\" is missing\"}" },
        { secret, BEGINNING "\"hidden\",\"schema\":\"strict@1\",\"valid\":false,\"faults\":["
                            "{\"instanceLocation\":\"\",\"keywordLocation\":\"/required\"}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus bus;
        bus_open(&bus, NULL, strict, cases[i].contracts, NULL);
        struct eb_message message = bus_message("a/1", "{\"n\":10}");
        message.is_retain = true;
        const char *text = write_line(&bus, &message);
        if (strncmp(text, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("got %s, want %s", text, cases[i].want);
        assert_has(text, "]}],\"rules\":[],\"deadLetters\":1}");
        assert_int_equal(bus.outcome.judgements[0].fault_count, 4);
        assert_int_equal(count_of(text, "keywordLocation"), 3);
        bus_close(&bus);
    }
}

static void texts__are_cut_between_characters(void **state)
{
    (void)state;
    struct bus bus;
    static char name[3001];
    for (int i = 0; i < 1000; i++)
        memcpy(name + 3 * (size_t)i, "€", 3);
    bus_open(&bus, NULL, schemas, contracts, NULL);
    struct eb_message message = bus_message("a/1", "{}");
    message.client_id = eb_span_of(name);
    message.username = eb_span(NULL, 0);
    const char *text = write_line(&bus, &message);
    assert_has(text, "€…\",\"username\":null,");
    assert_int_equal(strstr(text, "\"username\"") - strstr(text, "\"client\""),
        strlen("\"client\":\"…\",") + 512 / 3 * 3);
    bus_close(&bus);
}

static void filter__takes_what_all_its_parts_do(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct eb_verdict_filter filter;
        bool want;
    } cases[] = {
        { "nothing asked", { .has_verdict = false }, true },
        { "its client", { .client_id = EB_SPAN("c1") }, true },
        { "another client", { .client_id = EB_SPAN("c") }, false },
        { "its topic", { .topic = EB_SPAN("+/1") }, true },
        { "another topic", { .topic = EB_SPAN("b/#") }, false },
        { "a rule that took it", { .rule = EB_SPAN("r07") }, true },
        { "a rule that did not", { .rule = EB_SPAN("r0") }, false },
        { "its verdict", { .has_verdict = true, .verdict = EB_PASSED }, true },
        { "another verdict", { .has_verdict = true, .verdict = EB_REFUSED }, false },
        { "one of two", { .client_id = EB_SPAN("c1"), .topic = EB_SPAN("b/#") }, false },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    struct eb_message message = bus_message("a/1", "{\"n\":1}");
    bus_run(&bus, &message);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool got = eb_verdict_filter_takes(&cases[i].filter, &message, &bus.outcome);
        if (got != cases[i].want)
            fail_msg("%s: got %d", cases[i].name, got);
    }
    static const struct eb_verdict_filter of_client = { .client_id = EB_SPAN("c1") };
    static const struct eb_verdict_filter of_rule = { .rule = EB_SPAN("r01") };
    message = bus_message("a/1", "{}");
    assert_int_equal(bus_run(&bus, &message)->verdict, EB_REFUSED);
    assert_true(eb_verdict_filter_takes(&of_client, &message, &bus.outcome));
    assert_false(eb_verdict_filter_takes(&of_rule, &message, &bus.outcome));
    bus_close(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists__have_a_first_part_and_the_number_of_the_rest),
        cmocka_unit_test(line__tells_all_of_an_event_but_its_payload),
        cmocka_unit_test(texts__are_cut_between_characters),
        cmocka_unit_test(filter__takes_what_all_its_parts_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
