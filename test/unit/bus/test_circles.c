/* Circles of rules that reroute: what `check` refuses, and what it leaves to the hop limit. */
#include "eb_test.h"

#include "bus_fixture.h"

enum { RULES_MAX = 4 };

static const struct {
    const char *name;
    const char *rules[RULES_MAX]; /* called a, b, … */
    const char *want;             /* the diagnostic; NULL: none */
} cases[] = {
    { "to itself", { "{\"from\":[\"x\"],\"to\":[{\"topic\":\"x\",\"reroute\":true}]}" },
        "a:1:1: error: rule 'a' reroutes events in a circle: what it sends comes back to it from "
        "rule 'a', whatever it holds" },
    { "to itself by a wildcard",
        { "{\"from\":[\"x/#\"],\"to\":[{\"topic\":\"x/${a}/y\",\"reroute\":true}]}" },
        "a:1:1: error: rule 'a' reroutes events in a circle: what it sends comes back to it from "
        "rule 'a', whatever it holds" },
    { "to itself, perhaps",
        { "{\"from\":[\"x/1\"],\"to\":[{\"topic\":\"x/${a}\",\"reroute\":true}]}" }, NULL },
    { "not rerouted", { "{\"from\":[\"x\"],\"to\":[{\"topic\":\"x\"}]}" }, NULL },
    { "a shadow",
        { "{\"from\":[\"x\"],\"shadow\":true,\"to\":[{\"topic\":\"x\",\"reroute\":true}]}" },
        NULL },
    { "by way of another",
        { "{\"from\":[\"x\"],\"to\":[{\"topic\":\"y/1\",\"reroute\":true}]}",
            "{\"from\":[\"y/+\"],\"to\":[{\"topic\":\"x\",\"reroute\":true}]}" },
        "a:1:1: error: rule 'a' reroutes events in a circle: what it sends comes back to it from "
        "rule 'b', whatever it holds" },
    { "not all the way round",
        { "{\"from\":[\"x\"],\"to\":[{\"topic\":\"y/1\",\"reroute\":true}]}",
            "{\"from\":[\"y/+\"],\"to\":[{\"topic\":\"x\"}]}" },
        NULL },
    { "a circle that others lead to",
        { "{\"from\":[\"s\"],\"to\":[{\"topic\":\"x\",\"reroute\":true}]}",
            "{\"from\":[\"x\"],\"to\":[{\"topic\":\"dead\",\"reroute\":true},"
            "{\"topic\":\"y\",\"reroute\":true}]}",
            "{\"from\":[\"y\"],\"to\":[{\"topic\":\"x\",\"reroute\":true}]}" },
        "b:1:1: error: rule 'b' reroutes events in a circle: what it sends comes back to it from "
        "rule 'c', whatever it holds" },
    { "two ways to one end are no circle",
        { "{\"from\":[\"x\"],\"to\":[{\"topic\":\"y\",\"reroute\":true},{\"topic\":\"z\","
          "\"reroute\":true}]}",
            "{\"from\":[\"y\"],\"to\":[{\"topic\":\"z\",\"reroute\":true}]}",
            "{\"from\":[\"z\"],\"to\":[{\"topic\":\"end\",\"reroute\":true}]}" },
        NULL },
    { "a condition on the way",
        { "{\"from\":[\"x\"],\"when\":{\"a\":[1]},\"to\":[{\"topic\":\"y\",\"reroute\":true}]}",
            "{\"from\":[\"y\"],\"to\":[{\"topic\":\"x\",\"reroute\":true}]}" },
        NULL },
    { "to itself on a condition of the payload",
        { "{\"from\":[\"x/#\"],\"when\":{\"a\":[1]},\"to\":[{\"topic\":\"x/"
          "y\",\"reroute\":true}]}" },
        "a:1:1: error: rule 'a' reroutes events in a circle: what it sends comes back to it from "
        "rule 'a', whatever it holds" },
    { "made a CloudEvent on the way",
        { "{\"from\":[\"x/#\"],\"when\":{\"a\":[1]},\"to\":[{\"topic\":\"x/y\",\"cloudevents\":{"
          "\"mode\":\"structured\",\"attributes\":{\"source\":\"/x\",\"type\":\"t\"}},"
          "\"reroute\":true}]}" },
        NULL },
    { "the payload changed on the way",
        { "{\"from\":[\"x/#\"],\"when\":{\"a\":[1]},\"to\":[{\"topic\":\"x/y\",\"payload\":{},"
          "\"reroute\":true}]}" },
        NULL },
    { "a condition of the message",
        { "{\"from\":[\"x/#\"],\"when\":{\"$or\":[{\"$mqtt\":{\"level\":[\"z\"]}},{\"a\":[1]}]},"
          "\"to\":[{\"topic\":\"x/y\",\"reroute\":true}]}" },
        NULL },
    { "wildcards do not reach what begins with a dollar",
        { "{\"from\":[\"+/x\"],\"to\":[{\"topic\":\"$a${b}/x\",\"reroute\":true}]}" }, NULL },
    { "a literal dollar",
        { "{\"from\":[\"$a/+\"],\"to\":[{\"topic\":\"$a/b-${b}\",\"reroute\":true}]}" },
        "a:1:1: error: rule 'a' reroutes events in a circle: what it sends comes back to it from "
        "rule 'a', whatever it holds" },
};

static void circle__is_refused_where_it_can_be_seen(void **state)
{
    (void)state;
    static const char *const names[RULES_MAX] = { "a", "b", "c", "d" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus_text rules[RULES_MAX + 1] = { { NULL, NULL } };
        for (size_t j = 0; j < RULES_MAX && cases[i].rules[j]; j++)
            rules[j] = (struct bus_text){ names[j], cases[i].rules[j] };
        struct bus bus;
        bus_open(&bus, NULL, NULL, NULL, rules);
        if ((bus.snapshot == NULL) != (cases[i].want != NULL))
            print_error("%s\n", cases[i].name);
        assert_int_equal(bus.snapshot == NULL, cases[i].want != NULL);
        if (cases[i].want)
            assert_true(bus_says(&bus, cases[i].want));
        bus_close(&bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circle__is_refused_where_it_can_be_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
