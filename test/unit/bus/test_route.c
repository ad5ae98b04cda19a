/* Chained rules, shadows, bounds on what an event becomes, and events that no rule takes. */
#include "eb_test.h"

#include <stdlib.h>

#include "base/limits.h"
#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "small@1", "{\"properties\":{\"n\":{\"maximum\":9}}}" },
    { NULL, NULL },
};

/* What came of an event: "copy services/a; dead-letter …/x; …", in the order of the outcome. */
static const char *list_of(const struct eb_outcome *outcome)
{
    static char text[4096];
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &outcome->dispatches[i];
        struct eb_span topic = dispatch->publish.topic;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s %.*s; ",
            eb_publish_kind_name(dispatch->kind), (int)topic.len, topic.ptr ? topic.ptr : "");
    }
    return text;
}

struct chain_case {
    const char *name;
    const char *contract; /* on mid/# */
    const char *payload;
    const char *want;
};

/* start ──reroute──► mid/A ──reroute──► end/A; end/# is copied to last/A */
static const struct bus_text chain[] = {
    { "a", "{\"from\":[\"start\"],\"to\":[{\"topic\":\"mid/${to}\",\"reroute\":true}]}" },
    { "b", "{\"from\":[\"mid/+\"],\"to\":[{\"topic\":\"end/${$mqtt.level[1]}\",\"reroute\":true},"
           "{\"topic\":\"side\"}]}" },
    { "c", "{\"from\":[\"end/#\"],\"to\":[{\"topic\":\"last/${$mqtt.level[1]}\"}]}" },
    { NULL, NULL },
};

static const struct chain_case chain_cases[] = {
    { "no contract", NULL, "{\"to\":\"x\",\"n\":1}",
        "copy mid/x; copy end/x; copy side; copy last/x; " },
    { "valid", "{\"topic\":\"mid/#\",\"schema\":\"small@1\"}", "{\"to\":\"x\",\"n\":1}",
        "copy mid/x; copy end/x; copy side; copy last/x; " },
    { "refused", "{\"topic\":\"mid/#\",\"schema\":\"small@1\"}", "{\"to\":\"x\",\"n\":10}",
        "withheld mid/x; dead-letter $event-bus/dead-letter/mid/x; " },
    { "set aside", "{\"topic\":\"mid/#\",\"schema\":\"small@1\",\"on_violation\":\"quarantine\"}",
        "{\"to\":\"x\",\"n\":10}", "withheld mid/x; dead-letter $event-bus/dead-letter/mid/x; " },
    { "disconnecting is for publishers",
        "{\"topic\":\"mid/#\",\"schema\":\"small@1\",\"on_violation\":\"disconnect\"}",
        "{\"to\":\"x\",\"n\":10}", "withheld mid/x; dead-letter $event-bus/dead-letter/mid/x; " },
    { "observed", "{\"topic\":\"mid/#\",\"schema\":\"small@1\",\"on_violation\":\"observe\"}",
        "{\"to\":\"x\",\"n\":10}", "copy mid/x; copy end/x; copy side; copy last/x; " },
    { "consumed", "{\"topic\":\"mid/#\",\"schema\":\"small@1\",\"original\":\"consume\"}",
        "{\"to\":\"x\",\"n\":1}", "withheld mid/x; copy end/x; copy side; copy last/x; " },
    { "refused in silence", "{\"topic\":\"mid/#\",\"schema\":\"small@1\",\"dead_letter\":false}",
        "{\"to\":\"x\",\"n\":10}", "withheld mid/x; " },
    { "to a topic that nobody watches", NULL, "{\"to\":\"$x\"}",
        "copy mid/$x; copy end/$x; copy side; copy last/$x; " },
    { "that cannot be made", NULL, "{}", "dead-letter $event-bus/dead-letter/start; " },
};

static void copy__passes_the_bus_as_if_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof chain_cases / sizeof *chain_cases; i++) {
        const struct bus_text contracts[] = { { "c", chain_cases[i].contract }, { NULL, NULL } };
        struct bus bus;
        bus_open(&bus, NULL, schemas, chain_cases[i].contract ? contracts : NULL, chain);
        const struct eb_outcome *outcome = bus_publish(&bus, "start", chain_cases[i].payload);
        const char *got = list_of(outcome);
        if (strcmp(got, chain_cases[i].want) != 0)
            print_error("%s: %s\n", chain_cases[i].name, got);
        assert_string_equal(got, chain_cases[i].want);
        assert_int_equal(outcome->verdict, EB_PASSED);
        assert_int_equal(bus.snapshot->figures->received, 1);
        bus_close(&bus);
    }
}

/* A rule for each of the filters a, b, … that a level or '+' may be at each of five places. */
static void event__finds_more_watchers_than_most_topics_have(void **state)
{
    (void)state;
    enum { LEVELS = 5, FILTERS = 1 << LEVELS };
    static char texts[FILTERS][96], names[FILTERS][8];
    static struct bus_text rules[FILTERS + 1];
    for (uint32_t i = 0; i < FILTERS; i++) {
        char filter[2 * LEVELS + 1] = "";
        for (uint32_t level = 0; level < LEVELS; level++)
            snprintf(filter + strlen(filter), 3, "%s%c", level ? "/" : "",
                i >> level & 1 ? '+' : 'a' + (char)level);
        snprintf(names[i], sizeof names[i], "r%u", i);
        snprintf(texts[i], sizeof texts[i], "{\"from\":[\"%s\"],\"to\":[{\"topic\":\"to/%u\"}]}",
            filter, i);
        rules[i] = (struct bus_text){ names[i], texts[i] };
    }
    struct bus bus;
    bus_open(&bus, NULL, NULL, NULL, rules);
    assert_int_equal(bus_publish(&bus, "a/b/c/d/e", "{}")->rule_count, FILTERS);
    assert_int_equal(bus_publish(&bus, "a/x/c/d/e", "{}")->rule_count, FILTERS / 2);
    assert_int_equal(bus_publish(&bus, "x/x/x/x/e", "{}")->rule_count, 2);
    assert_int_equal(bus_publish(&bus, "x/x/x/x/x", "{}")->rule_count, 1);
    assert_false(bus_publish(&bus, "a/b/c/d", "{}")->is_watched);
    bus_close(&bus);
}

/* Egress and closed trees keep clients out, not the bus. */
static void copy__may_pass_where_clients_may_not_publish(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus,
        "{\"version\":1,\"egress\":[\"mid/#\"],\"ingress\":[{\"topic\":\"end/#\",\"unknown\":"
        "\"reject\"}]}",
        schemas, NULL, chain);
    const struct eb_outcome *outcome = bus_publish(&bus, "start", "{\"to\":\"x\"}");
    assert_string_equal(list_of(outcome), "copy mid/x; copy end/x; copy side; copy last/x; ");
    assert_int_equal(bus_publish(&bus, "mid/x", "{}")->verdict, EB_REFUSED);
    bus_close(&bus);
}

static void letter__of_a_copy_names_its_maker_and_its_topic(void **state)
{
    (void)state;
    static const struct bus_text contracts[] = {
        { "small", "{\"topic\":\"mid/#\",\"schema\":\"small@1\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, chain);
    bus_publish(&bus, "start", "{\"to\":\"x\",\"n\":10}");
    struct eb_span letter =
        bus_dispatch(&bus, 1, EB_DEAD_LETTER, "$event-bus/dead-letter/mid/x")->payload;
    char *text = strndup(letter.ptr, letter.len);
    assert_non_null(strstr(text, "\"topic\":\"mid/x\",\"client\":{\"id\":\"c1\""));
    assert_non_null(strstr(text, "\"reason\":\"schema\",\"contracts\":[{\"name\":\"small\""));
    assert_non_null(strstr(text, "\"rule\":\"a\",\"target\":0,"));
    free(text);
    const struct eb_rule_figures *figures = bus.snapshot->rules[0].figures;
    assert_int_equal(figures->published, 0);
    assert_int_equal(figures->failed, 0);
    assert_int_equal(figures->discarded, 1);
    assert_int_equal(bus.snapshot->contracts[0].figures->refused, 1);
    assert_int_equal(bus.snapshot->figures->refused, 0);
    assert_int_equal(bus.snapshot->figures->rerouted, 1);
    bus_close(&bus);
}

static void letter__in_place_of_a_copy_does_not_pass_the_bus(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, NULL, NULL, NULL, chain);
    bus_publish(&bus, "start", "{}");
    assert_int_equal(bus.snapshot->figures->dead_letters, 1);
    assert_int_equal(bus.snapshot->figures->rerouted, 0);
    bus_close(&bus);
}

/* What a target says nothing of is as the copy has it, not the publisher's event. */
static void copy__of_a_copy_takes_after_that(void **state)
{
    (void)state;
    static const struct bus_text rules[] = {
        { "a", "{\"from\":[\"start\"],\"to\":[{\"topic\":\"mid\",\"qos\":2,\"retain\":true,"
               "\"reroute\":true}]}" },
        { "b", "{\"from\":[\"mid\"],\"to\":[{\"topic\":\"end\",\"payload\":[\"${$mqtt.qos}\","
               "\"${$mqtt.retain}\"]}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, NULL, NULL, rules);
    bus_publish(&bus, "start", "{}");
    const struct eb_publish *end = bus_dispatch(&bus, 1, EB_COPY, "end");
    assert_int_equal(end->qos, 2);
    assert_false(end->is_retain);
    assert_span_equal(end->payload, "[2,true]");
    bus_close(&bus);
}

static void copy__of_a_copy_does_not_go_back_over_the_bridge_either(void **state)
{
    (void)state;
    static const char settings[] = "{\"version\":1,\"bridges\":{\"up\":{\"out\":[\"last/#\"]}}}";
    struct bus bus;
    bus_open(&bus, settings, NULL, NULL, chain);
    struct eb_message message = bus_message("start", "{\"to\":\"x\"}");
    message.client_id = eb_span_of("up");
    message.is_bridge = true;
    assert_string_equal(list_of(bus_run(&bus, &message)),
        "copy mid/x; copy end/x; copy side; dead-letter $event-bus/dead-letter/end/x; ");
    bus_close(&bus);
}

static void letter__cuts_a_sentence_that_is_too_long(void **state)
{
    (void)state;
    static char text[800], name[601];
    memset(name, 'x', 600);
    snprintf(text, sizeof text, "{\"from\":[\"t\"],\"to\":[{\"topic\":\"${%s}\"}]}", name);
    const struct bus_text rules[] = { { "r", text }, { NULL, NULL } };
    struct bus bus;
    bus_open(&bus, NULL, NULL, NULL, rules);
    bus_publish(&bus, "t", "{}");
    struct eb_span error = bus.outcome.dispatches[0].fault->error;
    assert_int_equal(error.len, 511);
    assert_null(memchr(error.ptr, '\0', error.len));
    bus_close(&bus);
}

/* Whether it goes on depends on the event: `check` cannot know. */
static void circle__ends_at_the_hop_limit_in_a_dead_letter(void **state)
{
    (void)state;
    static const struct bus_text rules[] = {
        { "round", "{\"from\":[\"round/#\"],\"when\":{\"$mqtt\":{\"topic\":[{\"prefix\":\"r\"}]}},"
                   "\"to\":[{\"topic\":\"round/${to}\",\"reroute\":true}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, NULL, NULL, rules);
    const struct eb_outcome *outcome = bus_publish(&bus, "round/0", "{\"to\":\"x\"}");
    assert_int_equal(outcome->dispatch_count, EB_HOPS_MAX + 1);
    for (uint32_t i = 0; i < EB_HOPS_MAX; i++)
        bus_dispatch(&bus, i, EB_COPY, "round/x");
    struct eb_span letter =
        bus_dispatch(&bus, EB_HOPS_MAX, EB_DEAD_LETTER, "$event-bus/dead-letter/round/x")->payload;
    assert_non_null(memmem(letter.ptr, letter.len, "\"reason\":\"limit\"", 16));
    assert_non_null(memmem(letter.ptr, letter.len, "it has passed the bus 8 times", 29));
    assert_int_equal(bus.snapshot->rules[0].figures->matched, EB_HOPS_MAX + 1);
    assert_int_equal(bus.snapshot->rules[0].figures->published, EB_HOPS_MAX);
    assert_int_equal(bus.snapshot->rules[0].figures->failed, 1);
    bus_close(&bus);
}

/* Two copies each time round: without a common bound, 2^9 of them. */
static void circle__that_branches_meets_the_bound_on_targets(void **state)
{
    (void)state;
    static const struct bus_text rules[] = {
        { "double", "{\"from\":[\"round/#\"],\"when\":{\"go\":[true]},\"to\":["
                    "{\"topic\":\"round/${to}\",\"reroute\":true,\"payload\":{\"go\":true,"
                    "\"to\":\"${to}\"}},"
                    "{\"topic\":\"round/b/${to}\",\"reroute\":true,\"payload\":{\"go\":true,"
                    "\"to\":\"${to}\"}}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"limits\":{\"targets\":20}}", NULL, NULL, rules);
    const struct eb_outcome *outcome = bus_publish(&bus, "round/0", "{\"to\":\"x\",\"go\":true}");
    uint32_t copies = 0, letters = 0;
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        copies += outcome->dispatches[i].kind == EB_COPY;
        letters += outcome->dispatches[i].kind == EB_DEAD_LETTER;
    }
    assert_int_equal(copies, 20);
    assert_int_equal(letters, 1);
    const struct eb_rule_figures *figures = bus.snapshot->rules[0].figures;
    assert_int_equal(2 * figures->matched, figures->published + figures->failed);
    bus_close(&bus);
}

static void copies__of_too_many_bytes_become_one_letter(void **state)
{
    (void)state;
    static const struct bus_text rules[] = {
        { "a", "{\"from\":[\"t\"],\"to\":[{\"topic\":\"x\"},{\"topic\":\"y\"},{\"topic\":\"z\"},"
               "{\"topic\":\"zz\"}]}" },
        { "b", "{\"from\":[\"t\"],\"to\":[{\"topic\":\"x\"}]}" },
        { "c", "{\"from\":[\"t\"],\"to\":[{\"topic\":\"x\"}],\"shadow\":true}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"limits\":{\"copies_bytes\":22}}", NULL, NULL, rules);
    const struct eb_outcome *outcome = bus_publish(&bus, "t", "[12345678]"); /* 11 bytes each */
    assert_string_equal(
        list_of(outcome), "copy x; copy y; dead-letter $event-bus/dead-letter/t; shadow ; ");
    const struct eb_rule *a = &bus.snapshot->rules[0], *b = &bus.snapshot->rules[1];
    assert_int_equal(a->figures->published, 2);
    assert_int_equal(a->figures->failed, 2);
    assert_int_equal(a->target_figures[3]->failed, 1);
    assert_int_equal(b->figures->matched, 1);
    assert_int_equal(b->figures->failed, 1);
    assert_int_equal(bus.snapshot->figures->failed, 3);
    assert_int_equal(bus.snapshot->rules[2].figures->failed, 0);
    outcome = bus_publish(&bus, "t", "[123]"); /* 6, the fourth of 7 */
    assert_string_equal(list_of(outcome),
        "copy x; copy y; copy z; dead-letter $event-bus/dead-letter/t; shadow ; ");
    static const struct eb_user_property users[] = {
        { EB_SPAN("k"), EB_SPAN("v") },
        { EB_SPAN("k"), EB_SPAN("w") },
    };
    struct eb_message message = bus_message("t", "[12345]"); /* 8 without their properties */
    message.properties.user = users;
    message.properties.user_count = 2;
    assert_string_equal(list_of(bus_run(&bus, &message)),
        "copy x; dead-letter $event-bus/dead-letter/t; shadow ; ");
    bus_close(&bus);
}

static void shadow__counts_and_publishes_nothing(void **state)
{
    (void)state;
    static const struct bus_text rules[] = {
        { "a-shadow", "{\"from\":[\"t\"],\"shadow\":true,\"when\":{\"n\":[1]},\"to\":["
                      "{\"topic\":\"s/${n}\"},{\"topic\":\"s/${x}\"},"
                      "{\"topic\":\"t\",\"reroute\":true}]}" },
        { "real", "{\"from\":[\"t\"],\"when\":{\"real\":[true]},\"to\":[{\"topic\":\"r\"}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"limits\":{\"targets\":1}}", NULL, NULL, rules);
    const struct eb_outcome *outcome = bus_publish(&bus, "t", "{\"n\":1,\"real\":true}");
    assert_int_equal(outcome->rule_count, 1);
    assert_int_equal(outcome->shadow_count, 1);
    assert_string_equal(list_of(outcome), "copy r; shadow ; ");
    const struct eb_rule_figures *figures = bus.snapshot->rules[0].figures;
    assert_int_equal(figures->matched, 1);
    assert_int_equal(figures->published, 0);
    assert_int_equal(figures->discarded, 1);
    assert_int_equal(figures->failed, 2);
    assert_int_equal(bus.snapshot->figures->dead_letters, 0);
    bus_publish(&bus, "t", "{\"n\":1}");
    assert_int_equal(bus.snapshot->figures->unmatched, 1);
    bus_close(&bus);
}

static void shadow__is_shown_to_who_asks(void **state)
{
    (void)state;
    static const struct bus_text rules[] = {
        { "s", "{\"from\":[\"t\"],\"shadow\":true,\"to\":[{\"topic\":\"s/${n}\"},"
               "{\"topic\":\"s/${x}\"}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, NULL, NULL, rules);
    bus.pipeline.shows_shadows = true;
    const struct eb_outcome *outcome = bus_publish(&bus, "t", "{\"n\":1}");
    assert_string_equal(list_of(outcome), "shadow s/1; shadow ; ");
    assert_null(outcome->dispatches[0].fault);
    assert_span_equal(outcome->dispatches[1].fault->error,
        "${x}: the event has no value for it, and it has no default");
    bus_close(&bus);
}

static void unmatched__leaves_a_letter_where_a_contract_wants_it(void **state)
{
    static const struct {
        const char *name, *contract, *payload, *want;
    } cases[] = {
        { "taken", ",\"unmatched\":\"dead-letter\"", "{\"n\":1}", "copy r; " },
        { "not taken", ",\"unmatched\":\"dead-letter\"", "{\"n\":2}",
            "dead-letter $event-bus/dead-letter/t; " },
        { "nobody asked", "", "{\"n\":2}", "" },
        { "ignored", ",\"unmatched\":\"ignore\"", "{\"n\":2}", "" },
        { "refused", ",\"unmatched\":\"dead-letter\",\"dead_letter\":false", "{\"n\":10}", "" },
        { "observed", ",\"unmatched\":\"dead-letter\",\"on_violation\":\"observe\"", "{\"n\":10}",
            "" },
        { "consumed", ",\"unmatched\":\"dead-letter\",\"original\":\"consume\"", "{\"n\":3}",
            "dead-letter $event-bus/dead-letter/t; " },
    };
    static const struct bus_text rules[] = {
        { "r", "{\"from\":[\"t\"],\"when\":{\"n\":[1]},\"to\":[{\"topic\":\"r\"}]}" },
        { "s", "{\"from\":[\"t\"],\"shadow\":true,\"when\":{\"n\":[3]},\"to\":[{\"topic\":\"${x}\"}"
               "]}" },
        { NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char contract[256];
        snprintf(contract, sizeof contract, "{\"topic\":\"t\",\"schema\":\"small@1\"%s}",
            cases[i].contract);
        const struct bus_text contracts[] = { { "small", contract }, { NULL, NULL } };
        struct bus bus;
        bus_open(&bus, NULL, schemas, contracts, rules);
        const struct eb_outcome *outcome = bus_publish(&bus, "t", cases[i].payload);
        uint32_t shadows = outcome->shadow_count;
        struct eb_outcome without_shadows = *outcome;
        without_shadows.dispatch_count -= shadows;
        if (strcmp(list_of(&without_shadows), cases[i].want) != 0)
            print_error("%s: %s\n", cases[i].name, list_of(outcome));
        assert_string_equal(list_of(&without_shadows), cases[i].want);
        struct eb_message clearing = bus_message("t", "");
        clearing.is_retain = true;
        assert_string_equal(list_of(bus_run(&bus, &clearing)), "");
        bus_close(&bus);
    }
}

static void unmatched__says_who_wanted_to_know(void **state)
{
    (void)state;
    static const struct bus_text contracts[] = {
        { "curious", "{\"topic\":\"t\",\"schema\":\"small@1\",\"unmatched\":\"dead-letter\"}" },
        { "other", "{\"topic\":\"t\",\"schema\":\"small@1\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, NULL);
    const struct eb_outcome *outcome = bus_publish(&bus, "t", "{}");
    assert_int_equal(outcome->verdict, EB_PASSED);
    assert_int_equal(outcome->reason, EB_REASON_NONE);
    struct eb_span letter =
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/t")->payload;
    static const char want[] = "\"reason\":\"unmatched\",\"contracts\":[{\"name\":\"curious\","
                               "\"schema\":\"small@1\"}],";
    assert_non_null(memmem(letter.ptr, letter.len, want, sizeof want - 1));
    bus_close(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy__passes_the_bus_as_if_published),
        cmocka_unit_test(event__finds_more_watchers_than_most_topics_have),
        cmocka_unit_test(copy__may_pass_where_clients_may_not_publish),
        cmocka_unit_test(letter__of_a_copy_names_its_maker_and_its_topic),
        cmocka_unit_test(letter__in_place_of_a_copy_does_not_pass_the_bus),
        cmocka_unit_test(letter__cuts_a_sentence_that_is_too_long),
        cmocka_unit_test(copy__of_a_copy_takes_after_that),
        cmocka_unit_test(copy__of_a_copy_does_not_go_back_over_the_bridge_either),
        cmocka_unit_test(circle__ends_at_the_hop_limit_in_a_dead_letter),
        cmocka_unit_test(circle__that_branches_meets_the_bound_on_targets),
        cmocka_unit_test(copies__of_too_many_bytes_become_one_letter),
        cmocka_unit_test(shadow__counts_and_publishes_nothing),
        cmocka_unit_test(shadow__is_shown_to_who_asks),
        cmocka_unit_test(unmatched__leaves_a_letter_where_a_contract_wants_it),
        cmocka_unit_test(unmatched__says_who_wanted_to_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
