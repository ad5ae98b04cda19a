#include "eb_test.h"

#include <stdlib.h>

#include "bus/explain.h"
#include "bus_fixture.h"

enum { ALL = 1000, TEXT_BYTES = 16384 };

static const struct bus_text schemas[] = {
    { "lock@1", "{\"required\":[\"id\"]}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "locks", "{\"topic\":\"locks/+\",\"schema\":\"lock@1\"}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "low", "{\"from\":[\"locks/+\"],\"when\":{\"percent\":[{\"numeric\":[\"<\",20]}],\"k\":[1]},"
             "\"to\":[{\"topic\":\"out/${site}\"},{\"topic\":\"out/x\"}]}" },
    { "every", "{\"from\":[\"locks/+\",\"#\"],\"to\":[{\"topic\":\"out/y\",\"payload\":1}]}" },
    { "last", "{\"from\":[\"locks/+\"],\"to\":[{\"topic\":\"out/z\"}]}" },
    { "far", "{\"from\":[\"locks/+\"],\"when\":{\"a\":[1],\"b\":[1],\"c\":[1]},"
             "\"to\":[{\"topic\":\"out/z\"}]}" },
    { "empty", "{\"from\":[\"locks/+\"],\"empty\":true,\"when\":{\"$mqtt\":{\"qos\":[1]}},"
               "\"to\":[{\"topic\":\"out/z\"}]}" },
    { "lifts", "{\"from\":[\"lifts/+\"],\"to\":[{\"topic\":\"out/z\"}]}" },
    { NULL, NULL },
};

struct scene {
    struct bus bus;
    struct eb_message message;
    struct eb_explanation explanation;
};

static void open_scene(struct scene *scene, const char *settings)
{
    bus_open(&scene->bus, settings, schemas, contracts, rules);
    assert_non_null(scene->bus.snapshot);
}

static void explain(struct scene *scene, const char *topic, const char *payload, const char *rule,
    uint32_t misses_max)
{
    scene->message = bus_message(topic, payload);
    struct eb_explain_request request = { .message = &scene->message, .misses_max = misses_max };
    if (rule)
        request.rule = eb_snapshot_find_rule(scene->bus.snapshot, eb_span_of(rule));
    assert_true(
        eb_explain(&scene->bus.pipeline, scene->bus.snapshot, &request, &scene->explanation));
}

/* "low missed, every matched 1, …": in the order told, of those matched how many dispatches. */
static void assert_told(const struct scene *scene, const char *want)
{
    char got[512] = "";
    size_t len = 0;
    for (uint32_t i = 0; i < scene->explanation.rule_count; i++) {
        const struct eb_rule_explanation *rule = &scene->explanation.rules[i];
        len += (size_t)snprintf(got + len, sizeof got - len, "%s%.*s %s", i ? ", " : "",
            (int)rule->rule->name.len, rule->rule->name.ptr, eb_rule_answer_name(rule->answer));
        if (rule->answer == EB_RULE_MATCHED)
            len += (size_t)snprintf(got + len, sizeof got - len, " %u", rule->dispatch_count);
    }
    assert_string_equal(got, want);
}

static void explain__tells_those_that_match_and_then_the_nearest(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, NULL);
    explain(&scene, "locks/a", "{\"id\":1,\"percent\":30,\"k\":1}", NULL, ALL);
    assert_told(&scene, "every matched 1, last matched 1, empty matched 1, low missed, far missed");
    assert_span_equal(scene.explanation.rules[3].mismatches->field, "percent");
    assert_int_equal(scene.explanation.watching_count, 5);
    assert_int_equal(scene.explanation.untold_count, 0);
    explain(&scene, "locks/a", "{\"id\":1,\"percent\":30,\"k\":1}", NULL, 1);
    assert_told(&scene, "every matched 1, last matched 1, empty matched 1, low missed");
    assert_int_equal(scene.explanation.untold_count, 1);
    bus_close(&scene.bus);
}

static void explain__tells_what_became_of_each_target(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, NULL);
    explain(&scene, "locks/a", "{\"id\":1,\"percent\":3,\"k\":1}", "low", ALL);
    assert_told(&scene, "low matched 2");
    const struct eb_dispatch *targets = scene.explanation.rules[0].dispatches;
    assert_int_equal(targets[0].kind, EB_DEAD_LETTER);
    assert_span_equal(
        targets[0].fault->error, "${site}: the event has no value for it, and it has no default");
    assert_int_equal(targets[1].kind, EB_COPY);
    assert_null(targets[1].fault);
    bus_close(&scene.bus);
}

static void explain__says_why_a_rule_had_no_say(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, "{\"version\":1,\"limits\":{\"targets\":2}}");
    explain(&scene, "locks/a", "{}", "low", ALL);
    assert_told(&scene, "low not-asked");
    assert_int_equal(scene.explanation.outcome.verdict, EB_REFUSED);
    explain(&scene, "other", "{}", "low", ALL);
    assert_told(&scene, "low not-watching");
    assert_span_equal(scene.explanation.rules[0].from[0], "locks/+");
    explain(&scene, "other", "{}", NULL, ALL);
    assert_told(&scene, "every matched 1");
    explain(&scene, "lifts/a", "", NULL, ALL);
    assert_told(&scene, "every takes-no-empty, lifts takes-no-empty");
    explain(&scene, "locks/a", "{\"id\":1,\"percent\":3,\"k\":1}", NULL, ALL);
    assert_told(
        &scene, "low matched 2, every matched 1, last left-out, empty left-out, far missed");
    bus_close(&scene.bus);
}

static void explain__follows_copies_that_pass_again(void **state)
{
    (void)state;
    static const struct bus_text chained[] = {
        { "one", "{\"from\":[\"a\"],\"to\":[{\"topic\":\"locks/b\",\"reroute\":true},"
                 "{\"topic\":\"d\",\"payload\":{\"id\":1},\"reroute\":true}]}" },
        { "two", "{\"from\":[\"locks/#\",\"d\"],\"to\":[{\"topic\":\"c\"}]}" },
        { NULL, NULL },
    };
    struct scene scene;
    bus_open(&scene.bus, NULL, schemas, contracts, chained);
    assert_non_null(scene.bus.snapshot);
    explain(&scene, "a", "{}", NULL, ALL);
    assert_told(&scene, "one matched 2");
    assert_int_equal(scene.explanation.pass_count, 2);
    const struct eb_explained_pass *passes = scene.explanation.passes;
    assert_span_equal(passes[0].copy->publish.topic, "locks/b");
    assert_int_equal(passes[0].copy->kind, EB_WITHHELD); /* it has no id */
    assert_int_equal(passes[0].outcome->verdict, EB_REFUSED);
    assert_span_equal(passes[1].copy->publish.topic, "d");
    assert_int_equal(passes[1].outcome->verdict, EB_PASSED);
    assert_int_equal(passes[1].dispatch_count, 1);
    assert_span_equal(passes[1].dispatches[0].publish.topic, "c");
    bus_close(&scene.bus);
}

static void explain__leaves_nothing_behind(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, NULL);
    explain(&scene, "locks/a", "{\"id\":1,\"percent\":3,\"k\":1}", NULL, ALL);
    explain(&scene, "locks/a", "no JSON", NULL, ALL);
    static const struct eb_figures no_figures;
    static const struct eb_rule_figures no_rule_figures;
    const struct eb_snapshot *snapshot = scene.bus.snapshot;
    assert_memory_equal(snapshot->figures, &no_figures, sizeof no_figures);
    assert_memory_equal(snapshot->contracts[0].figures, &no_figures, sizeof no_figures);
    for (uint32_t i = 0; i < snapshot->rule_count; i++)
        assert_memory_equal(snapshot->rules[i].figures, &no_rule_figures, sizeof no_rule_figures);
    bus_close(&scene.bus);
}

static void explanation__is_written_as_json(void **state)
{
    (void)state;
    static char text[TEXT_BYTES];
    struct scene scene;
    struct eb_json_writer out;
    open_scene(&scene, NULL);
    explain(&scene, "locks/a", "{\"id\":1,\"percent\":30,\"k\":1}", "low", ALL);
    eb_json_writer_init(&out, text, sizeof text - 1);
    eb_explanation_write(&scene.explanation, &out);
    text[eb_json_writer_finish(&out).len] = '\0';
    assert_non_null(strstr(text, "\"rules\":{\"watching\":5,\"matched\":3,\"targets_max\":"));
    assert_non_null(strstr(text,
        "},\"matched\":[],"
        "\"others\":[{\"rule\":\"low\",\"file\":\"low\",\"line\":1,\"answer\":\"missed\","
        "\"fields\":[{\"field\":\"percent\",\"why\":\"value\",\"expected\":[{\"numeric\":[\"<\",20]"
        "}],"
        "\"seen\":[30]}]}],\"untold\":0,\"again\":[],\"letters\":[]}"));
    bus_close(&scene.bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explain__tells_those_that_match_and_then_the_nearest),
        cmocka_unit_test(explain__tells_what_became_of_each_target),
        cmocka_unit_test(explain__says_why_a_rule_had_no_say),
        cmocka_unit_test(explain__follows_copies_that_pass_again),
        cmocka_unit_test(explain__leaves_nothing_behind),
        cmocka_unit_test(explanation__is_written_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
