#include "eb_test.h"

#include <stdlib.h>

#include "bus/lint.h"
#include "bus/lint_message.h"
#include "bus/lint_template.h"
#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "lock@1", "{\"additionalProperties\":false,\"required\":[\"id\"],\"properties\":{"
                "\"id\":{\"type\":\"string\"},\"site\":{\"pattern\":\"^[a-z]+$\",\"type\":"
                "\"string\"},\"percent\":{\"type\":\"integer\"},"
                "\"gone\":{\"type\":\"null\"}}}" },
    { NULL, NULL },
};

/* Everything lint says of some rules under a contract, a line each. */
static const char *lint_with(
    const char *settings, const char *contract, const struct bus_text *rules, bool is_strict)
{
    static char text[16384];
    struct bus bus;
    struct eb_diag_list found;
    size_t len = 0;
    const struct bus_text contracts[] = { { "locks", contract }, { NULL, NULL } };
    bus_open(&bus, settings, schemas, contract ? contracts : NULL, rules);
    if (!bus.snapshot)
        fail_msg("%s", bus.diags.first->text);
    eb_diag_list_init(&found);
    eb_lint(&bus.configuration, bus.snapshot, is_strict, &found);
    text[0] = '\0';
    for (const struct eb_diag *diag = found.first; diag && len < sizeof text; diag = diag->next) {
        len += eb_diag_format(diag, text + len, sizeof text - len);
        len += (size_t)snprintf(text + len, sizeof text - len, "\n");
    }
    eb_diag_list_release(&found);
    bus_close(&bus);
    return text;
}

static const char *lint(const char *contract, const struct bus_text *rules, bool is_strict)
{
    return lint_with(NULL, contract, rules, is_strict);
}

static const char enforced[] = "{\"topic\":\"locks/#\",\"schema\":\"lock@1\"}";

struct lint_case {
    const char *contract, *rule, *want;
};

static void check(const struct lint_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct bus_text rules[] = { { "r", cases[i].rule }, { NULL, NULL } };
        const char *got = lint(cases[i].contract, rules, false);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s:\ngot  %s\nwant %s", cases[i].rule, got, cases[i].want);
    }
}

#define CHECK(cases) check((cases), sizeof(cases) / sizeof(cases)[0])

#define NEVER "the rule never matches: contract 'locks' (lock@1) lets no event pass that "

static void lint__finds_rules_that_never_match(void **state)
{
    (void)state;
    static const struct lint_case cases[] = {
        { enforced,
            "{\"from\":[\"locks/a\"],\"when\":{\"percent\":[\"x\"]},\"to\":[{\"topic\":\"t\"}]}",
            "r:1:29: warning: " NEVER "this matches (at /when/percent)\n" },
        { enforced,
            "{\"from\":[\"locks/a\"],\"when\":{\"a\":{\"b\":[1]}},\"to\":[{\"topic\":\"t\"}]}",
            "r:1:34: warning: " NEVER "this matches (at /when/a/b)\n" },
        { enforced,
            "{\"from\":[\"locks/+\"],\"when\":{\"$or\":[{\"a\":[1]},{\"site\":[\"A\"]}]},"
            "\"to\":[{\"topic\":\"t\"}]}",
            "r:1:28: warning: " NEVER "its $or matches (at /when)\n" },
        { enforced, /* one of its filters is nobody's: there it may match */
            "{\"from\":[\"locks/a\",\"#\"],\"when\":{\"a\":[1]},\"to\":[{\"topic\":\"t\"}]}",
            "r:1:20: note: no contract covers '#': what rules see there is not judged "
            "(at /from/1)\n" },
        { "{\"topic\":\"locks/#\",\"schema\":\"lock@1\",\"on_violation\":\"observe\"}",
            "{\"from\":[\"locks/a\"],\"when\":{\"a\":[1]},\"to\":[{\"topic\":\"t\"}]}", "" },
        { "{\"topic\":\"locks/#\",\"schema\":\"lock@1\",\"on_error\":\"deliver\"}",
            "{\"from\":[\"locks/a\"],\"when\":{\"a\":[1]},\"to\":[{\"topic\":\"t\"}]}", "" },
        { "{\"topic\":\"locks/+\",\"schema\":\"lock@1\"}", /* does not cover locks/a/b */
            "{\"from\":[\"locks/#\"],\"when\":{\"a\":[1]},\"to\":[{\"topic\":\"t\"}]}",
            "r:1:10: note: no contract covers 'locks/#': what rules see there is not judged "
            "(at /from/0)\n" },
    };
    CHECK(cases);
}

#define NO_MESSAGE "the rule never matches: there is no message on its topics that "

static void lint__knows_what_messages_are_like(void **state)
{
    (void)state;
    static const struct {
        const char *from, *when;
        bool can_match;
    } cases[] = {
        { "locks/+/x", "\"topic\":[\"locks/a/x\"]", true },
        { "locks/+/x", "\"topic\":[\"locks/a/b/x\"]", false },
        { "locks/+/x", "\"topic\":[{\"suffix\":\"/y\"}]", false },
        { "locks/#", "\"topic\":[\"locks\"]", true },
        { "locks/#", "\"topic\":[\"lock\"]", false },
        { "locks/a", "\"level\":[\"a\"]", true },
        { "locks/a", "\"level\":[\"b\"]", false },
        { "locks/+", "\"level\":[\"b\"]", true },
        { "locks/+", "\"level\":[\"b/c\"]", false },
        { "locks/a", "\"qos\":[0,5]", true },
        { "locks/a", "\"qos\":[3]", false },
        { "locks/a", "\"qos\":[\"1\"]", false },
        { "locks/a", "\"retain\":[true]", true },
        { "locks/a", "\"retain\":[\"true\"]", false },
        { "locks/a", "\"clientid\":[{\"exists\":false}]", false },
        { "locks/a", "\"username\":[{\"exists\":false}]", true },
        { "locks/a", "\"username\":[null]", false },
        { "locks/a", "\"user\":{\"a.b\":[\"x\"]}", true },
        { "locks/a", "\"user\":{\"a\":[1]}", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rule[512];
        const struct bus_text rules[] = { { "r", rule }, { NULL, NULL } };
        snprintf(rule, sizeof rule,
            "{\"from\":[\"%s\"],\"when\":{\"$mqtt\":{%s}},\"to\":[{\"topic\":\"t\"}]}",
            cases[i].from, cases[i].when);
        const char *got = lint(enforced, rules, false);
        if ((strstr(got, NO_MESSAGE) == NULL) != cases[i].can_match)
            fail_msg("%s: %s", rule, got);
    }
}

static void lint__finds_rules_whose_topics_are_closed(void **state)
{
    (void)state;
#define BY_EGRESS "only the bus may publish to 'services/#' (at /from)"
#define BY_INGRESS "'locks/#' lets in nothing that no contract covers (at /from)"
    static const char closed[] = "{\"version\":1,\"egress\":[\"services/#\"],\"ingress\":["
                                 "{\"topic\":\"locks/#\",\"unknown\":\"reject\"},"
                                 "{\"topic\":\"keys/#\",\"unknown\":\"warn\"}]}";
    static const char bridged[] = "{\"version\":1,\"egress\":[\"services/#\"],\"bridges\":{"
                                  "\"b\":{\"egress\":true}}}";
    static const char *const narrow = "{\"topic\":\"locks/a/+\",\"schema\":\"lock@1\"}";
    static const char disabled[] =
        "{\"topic\":\"locks/a/+\",\"schema\":\"lock@1\",\"enabled\":false}";
    static const struct {
        const char *settings, *contract, *from, *second;
        const char *want; /* NULL: it may match */
    } cases[] = {
        { closed, NULL, "\"services/a\"", NULL, BY_EGRESS },
        { closed, NULL, "\"services/#\"", NULL, BY_EGRESS },
        { closed, NULL, "\"services/+/b\",\"services\"", NULL, BY_EGRESS },
        { closed, NULL, "\"+/a\"", NULL, NULL },
        { closed, NULL, "\"services/a\",\"doors/a\"", NULL, NULL },
        { closed, NULL, "\"$event-bus/dead-letter/#\"", NULL,
            "only the bus may publish to '$event-bus/dead-letter/#' (at /from)" },
        { bridged, NULL, "\"services/a\"", NULL, NULL },
        { NULL, NULL, "\"services/a\"", NULL, NULL },
        { closed, NULL, "\"services/a/b\"",
            "{\"from\":[\"x\"],\"to\":[{\"topic\":\"services/${id}/b\",\"reroute\":true}]}", NULL },
        { closed, NULL, "\"services/a/b\"",
            "{\"from\":[\"x\"],\"to\":[{\"topic\":\"services/${id}/c\",\"reroute\":true}]}",
            BY_EGRESS },
        { closed, NULL, "\"services/a/b\"",
            "{\"from\":[\"x\"],\"to\":[{\"topic\":\"services/${id}/b\"}]}", BY_EGRESS },
        { closed, NULL, "\"locks/a\"", NULL, BY_INGRESS },
        { closed, NULL, "\"keys/a\"", NULL, NULL },
        { closed, narrow, "\"locks/a\"", NULL, BY_INGRESS },
        { closed, narrow, "\"locks/a/b\"", NULL, NULL },
        { closed, narrow, "\"locks/#\"", NULL, NULL },
        { closed, narrow, "\"locks/+/b\"", NULL, NULL },
        { closed, disabled, "\"locks/a/b\"", NULL, BY_INGRESS },
        { closed, narrow, "\"services/a\",\"locks/b\"", NULL, BY_EGRESS },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rule[256], want[256] = "r:1:9: warning: the rule never matches: ";
        const struct bus_text rules[] = { { "r", rule },
            { cases[i].second ? "second" : NULL, cases[i].second }, { NULL, NULL } };
        snprintf(rule, sizeof rule, "{\"from\":[%s],\"to\":[{\"topic\":\"t\"}]}", cases[i].from);
        if (cases[i].want)
            strcat(want, cases[i].want);
        const char *got = lint_with(cases[i].settings, cases[i].contract, rules, false);
        const char *said = strstr(got, cases[i].want ? want : "never matches");
        if (!said != !cases[i].want)
            fail_msg("%s:\ngot  %s\nwant %s", rule, got, cases[i].want ? want : "nothing");
    }
}

static void lint__finds_rules_that_others_cover(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        const char *covered; /* NULL: neither */
    } cases[] = {
        { "\"from\":[\"locks/"
          "+\"],\"when\":{\"id\":[\"a\",\"b\"]},\"to\":[{\"topic\":\"t\",\"qos\":1}]",
            "\"from\":[\"locks/a\"],\"when\":{\"id\":[\"a\"]},\"to\":[{\"qos\":1,\"topic\":\"t\"}]",
            "second" },
        { "\"from\":[\"locks/a\"],\"when\":{\"id\":[\"a\"]},\"to\":[{\"topic\":\"t\"}]",
            "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"t\"}]", "first" },
        { "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"t\"}]",
            "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"t\"}]", "second" },
        { "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"t\"}]",
            "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"u\"}]", NULL },
        { "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"t\"}]",
            "\"from\":[\"locks/+\"],\"when\":{\"id\":[\"a\"]},\"to\":[{\"topic\":\"t\"}]", NULL },
        { "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"t\"}]",
            "\"from\":[\"locks/a\"],\"empty\":true,\"to\":[{\"topic\":\"t\"}]", "first" },
        { "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"t/${$rule.name}\"}]",
            "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"t/${$rule.name}\"}]", NULL },
        { "\"from\":[\"locks/a\"],\"to\":[{\"topic\":\"t\"}]",
            "\"from\":[\"locks/a\"],\"shadow\":true,\"to\":[{\"topic\":\"t\"}]", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char first[512], second[512];
        const struct bus_text rules[] = { { "first", first }, { "second", second },
            { NULL, NULL } };
        snprintf(first, sizeof first, "{%s}", cases[i].first);
        snprintf(second, sizeof second, "{%s}", cases[i].second);
        const char *got = lint(enforced, rules, false);
        const char *said = strstr(got, "matches whatever this rule does");
        bool is_right = cases[i].covered
                            ? said && strncmp(got, cases[i].covered, strlen(cases[i].covered)) == 0
                            : !said;
        if (!is_right)
            fail_msg("%s\n%s\n%s", first, second, got);
    }
}

static void lint__finds_values_that_no_contract_holds(void **state)
{
    (void)state;
    static const struct {
        const char *contract, *rule;
        const char *want; /* NULL: nothing is said */
    } cases[] = {
        { enforced, "\"to\":[{\"topic\":\"t/${site}\"}]", "of {\"id\":" },
        { enforced, "\"when\":{\"site\":[{\"exists\":true}]},\"to\":[{\"topic\":\"t/${site}\"}]",
            NULL },
        { enforced, "\"to\":[{\"topic\":\"t/${site|\\\"none\\\"}\"}]", NULL },
        { enforced, "\"to\":[{\"topic\":\"t/${id}\"}]", "does not hold it to what may" },
        { enforced, "\"to\":[{\"topic\":\"t/${$mqtt.level[1]}\"}]", NULL },
        { NULL, "\"to\":[{\"topic\":\"t/${id}\"}]", "no contract holds it to what may" },
        { NULL, "\"when\":{\"id\":[\"a\"]},\"to\":[{\"topic\":\"t/${id}\"}]", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rule[512];
        const struct bus_text rules[] = { { "r", rule }, { NULL, NULL } };
        snprintf(rule, sizeof rule, "{\"from\":[\"locks/a\"],%s}", cases[i].rule);
        const char *got = lint(cases[i].contract, rules, false);
        const char *said = strstr(got, "goes into a topic");
        bool is_right = cases[i].want ? said && strstr(got, cases[i].want) : !said;
        if (!is_right)
            fail_msg("%s: %s", rule, got);
    }
}

static void lint__is_as_strict_as_it_is_asked_to_be(void **state)
{
    (void)state;
    static const struct bus_text rules[] = {
        { "r", "{\"from\":[\"a\"],\"to\":[{\"topic\":\"t\"}]}" },
        { NULL, NULL },
    };
    assert_string_equal(lint(NULL, rules, false),
        "r:1:10: note: no contract covers 'a': what rules see there is not judged (at /from/0)\n");
    assert_string_equal(lint(NULL, rules, true),
        "r:1:10: error: no contract covers 'a': what rules see there is not judged (at /from/0)\n");
}

/* So many rules that patterns are not asked about whole, nor all of their fields by their values.
 */
static void lint__finds_wrong_types_among_very_many(void **state)
{
    (void)state;
    enum { RULES = 6000, TEXT_BYTES = 128 };
    static struct bus_text rules[RULES + 1];
    static char texts[RULES][TEXT_BYTES], names[RULES][16];
    for (int i = 0; i < RULES; i++) {
        const char *form = i == 0           ? "\"gone\":[false]"
                           : i == RULES - 3 ? "\"gone\":[null,{\"exists\":false}]"
                           : i == RULES - 2 ? "\"percent\":[\"x%d\"]"
                           : i == RULES - 1 ? "\"percentage\":[%d]"
                                            : "\"id\":[\"%d\"]";
        char when[64];
        snprintf(when, sizeof when, form, i); /* NOLINT(clang-diagnostic-format-nonliteral) */
        snprintf(texts[i], TEXT_BYTES,
            "{\"from\":[\"locks/a\"],\"when\":{%s},\"to\":[{\"topic\":"
            "\"t%d\"}]}",
            when, i);
        snprintf(names[i], sizeof names[i], "r%d", i);
        rules[i] = (struct bus_text){ names[i], texts[i] };
    }
    assert_string_equal(lint(enforced, rules, false),
        "r0:1:29: warning: " NEVER "this matches (at /when/gone)\n"
        "r5998:1:29: warning: " NEVER "this matches (at /when/percent)\n"
        "r5999:1:29: warning: " NEVER "this matches (at /when/percentage)\n");
}

static void template__makes_the_topics_of_a_filter(void **state)
{
    (void)state;
    static const struct {
        const char *template, *want;
    } cases[] = {
        { "a/b", "a/b" },
        { "a/${x}/c", "a/+/c" },
        { "a/x-${x}-y/c", "a/+/c" },
        { "${x}", "+" },
        { "a/${[\"b/c\"]}/${d}", "a/+/+" },
        { "a/$${x}/b", "a/${x}/b" },
        { "a//${x}", "a//+" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_arena arena;
        eb_arena_init_growing(&arena, SIZE_MAX);
        assert_span_equal(
            eb_lint_template_filter(eb_span_of(cases[i].template), &arena), cases[i].want);
        eb_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lint__finds_rules_that_never_match),
        cmocka_unit_test(lint__knows_what_messages_are_like),
        cmocka_unit_test(lint__finds_rules_whose_topics_are_closed),
        cmocka_unit_test(lint__finds_rules_that_others_cover),
        cmocka_unit_test(lint__finds_values_that_no_contract_holds),
        cmocka_unit_test(lint__is_as_strict_as_it_is_asked_to_be),
        cmocka_unit_test(lint__finds_wrong_types_among_very_many),
        cmocka_unit_test(template__makes_the_topics_of_a_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
