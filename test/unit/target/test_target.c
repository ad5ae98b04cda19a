/* Topics, the policy, and everything of a copy that is not its payload. */
#include "unit/target/target_fixture.h"

#include <stdlib.h>

#include "base/limits.h"

static const char event[] =
    "{\"site\":\"north\",\"n\":7,\"f\":1.50,\"e\":1e+5,\"yes\":true,\"none\":null,\"empty\":\"\","
    "\"list\":[1],\"object\":{},\"slash\":\"a/b\",\"plus\":\"+\",\"hash\":\"a#\","
    "\"solidus\":\"a\\/b\",\"coded\":\"a\\u002fb\",\"nul\":\"a\\u0000b\",\"tab\":\"a\\tb\","
    "\"del\":\"\\u007f\",\"c1\":\"\\u0085\",\"ffff\":\"\\uffff\",\"dollar\":\"$SYS\","
    "\"space\":\" \",\"lock\":\"\\ud83d\\udd12\",\"dots\":\"..\",\"share\":\"$share\"}";

static const struct {
    const char *name, *topic;
    enum eb_render_code want_code;
    const char *want; /* the topic, or the placeholder to blame */
} topic_cases[] = {
    { "literal", "services/a", EB_RENDER_OK, "services/a" },
    { "literal dollar brace", "services/$${a}", EB_RENDER_OK, "services/${a}" },
    { "a level", "services/${site}/x", EB_RENDER_OK, "services/north/x" },
    { "part of a level", "services/a-${site}-b", EB_RENDER_OK, "services/a-north-b" },
    { "all of it", "${site}", EB_RENDER_OK, "north" },
    { "empty levels are the operator's", "/${site}//", EB_RENDER_OK, "/north//" },
    { "a number", "s/${n}", EB_RENDER_OK, "s/7" },
    { "a number's literal", "s/${f}", EB_RENDER_OK, "s/1.50" },
    { "a boolean", "s/${yes}", EB_RENDER_OK, "s/true" },
    { "a space", "s/${space}", EB_RENDER_OK, "s/ " },
    { "an emoji", "s/${lock}", EB_RENDER_OK, "s/\xf0\x9f\x94\x92" },
    { "dots mean nothing", "s/${dots}/x", EB_RENDER_OK, "s/../x" },
    { "a dollar not in the first place", "s/${dollar}", EB_RENDER_OK, "s/$SYS" },
    { "a dollar not at the start", "s${dollar}", EB_RENDER_OK, "s$SYS" },
    { "$share deeper", "s/${share}", EB_RENDER_OK, "s/$share" },
    { "a default", "s/${x|\\\"y\\\"}", EB_RENDER_OK, "s/y" },
    { "a number as default", "s/${x|0}", EB_RENDER_OK, "s/0" },
    { "a level of the topic", "s/${$mqtt.level[1]}", EB_RENDER_OK, "s/7" },
    { "the client", "s/${$mqtt.clientid}/${$mqtt.username}", EB_RENDER_OK, "s/c-1/ann" },
    { "QoS and retain", "s/${$mqtt.qos}/${$mqtt.retain}", EB_RENDER_OK, "s/1/true" },
    { "event and rule", "s/${$event.id}/${$rule.name}", EB_RENDER_OK, "s/0192-abc/low-battery" },
    { "the time", "s/${$event.received}", EB_RENDER_OK, "s/2026-11-20T17:21:33.125Z" },
    { "a user property", "s/${$mqtt.user.site}", EB_RENDER_OK, "s/north" },

    { "missing", "s/${x}", EB_RENDER_MISSING, "${x}" },
    { "the second missing", "s/${site}/${x.y}", EB_RENDER_MISSING, "${x.y}" },
    { "empty", "s/${empty}", EB_RENDER_UNSAFE_TOPIC, "${empty}" },
    { "empty in a level", "s/a${empty}", EB_RENDER_UNSAFE_TOPIC, "${empty}" },
    { "null", "s/${none}", EB_RENDER_UNSAFE_TOPIC, "${none}" },
    { "an array", "s/${list}", EB_RENDER_UNSAFE_TOPIC, "${list}" },
    { "an object", "s/${object}", EB_RENDER_UNSAFE_TOPIC, "${object}" },
    { "a slash", "s/${slash}", EB_RENDER_UNSAFE_TOPIC, "${slash}" },
    { "a slash, escaped", "s/${solidus}", EB_RENDER_UNSAFE_TOPIC, "${solidus}" },
    { "a slash, coded", "s/${coded}", EB_RENDER_UNSAFE_TOPIC, "${coded}" },
    { "a plus", "s/${plus}", EB_RENDER_UNSAFE_TOPIC, "${plus}" },
    { "a plus in a number", "s/${e}", EB_RENDER_UNSAFE_TOPIC, "${e}" },
    { "a hash", "s/${hash}", EB_RENDER_UNSAFE_TOPIC, "${hash}" },
    { "NUL", "s/${nul}", EB_RENDER_UNSAFE_TOPIC, "${nul}" },
    { "a tab", "s/${tab}", EB_RENDER_UNSAFE_TOPIC, "${tab}" },
    { "DEL", "s/${del}", EB_RENDER_UNSAFE_TOPIC, "${del}" },
    { "a C1 control", "s/${c1}", EB_RENDER_UNSAFE_TOPIC, "${c1}" },
    { "a non-character", "s/${ffff}", EB_RENDER_UNSAFE_TOPIC, "${ffff}" },
    { "a dollar at the start", "${dollar}/x", EB_RENDER_UNSAFE_TOPIC, "${dollar}" },
    { "a property that repeats", "s/${$mqtt.user.tag}", EB_RENDER_UNSAFE_TOPIC,
        "${$mqtt.user.tag}" },
    { "a slash in a property", "s/${$mqtt.user.tag[1]}", EB_RENDER_UNSAFE_TOPIC,
        "${$mqtt.user.tag[1]}" },
    { "an empty property", "s/${$mqtt.user[\\\"any name\\\"]}", EB_RENDER_UNSAFE_TOPIC,
        "${$mqtt.user[\"any name\"]}" },
    { "the whole topic", "s/${$mqtt.topic}", EB_RENDER_UNSAFE_TOPIC, "${$mqtt.topic}" },
};

static void topic__takes_only_what_a_level_may_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof topic_cases / sizeof *topic_cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        char json[256];
        snprintf(json, sizeof json, "{\"topic\":\"%s\"}", topic_cases[i].topic);
        struct eb_target *target = fixture_need(&fixture, json);
        fixture_set_payload(&fixture, event);
        assert_non_null(fixture.render.doc);
        size_t used = eb_arena_bytes(&fixture.event);
        struct eb_publish publish;
        struct eb_render_fault fault;
        enum eb_render_code code =
            eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault);
        if (code != topic_cases[i].want_code)
            print_error("%s: %s\n", topic_cases[i].name, eb_render_code_text(code));
        assert_int_equal(code, topic_cases[i].want_code);
        assert_int_equal(fault.code, code);
        assert_span_equal(code ? fault.placeholder : publish.topic, topic_cases[i].want);
        if (code)
            assert_int_equal(eb_arena_bytes(&fixture.event), used);
        fixture_release(&fixture);
    }
}

static enum eb_render_code render_site(
    struct fixture *fixture, const char *topic, const char *site, struct eb_publish *publish)
{
    size_t json_bytes = strlen(site) + 32;
    char *json = malloc(json_bytes);
    snprintf(json, json_bytes, "{\"topic\":\"%s\"}", topic);
    struct eb_target *target = fixture_need(fixture, json);
    snprintf(json, json_bytes, "{\"site\":\"%s\"}", site);
    fixture_set_payload(fixture, json);
    struct eb_render_fault fault;
    enum eb_render_code code =
        eb_target_render(target, &fixture->render, &fixture->event, publish, &fault);
    free(json);
    return code;
}

static void topic__is_at_most_as_long_as_mqtt_allows(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    char *site = malloc(EB_TOPIC_BYTES_MAX + 2);
    memset(site, 'x', EB_TOPIC_BYTES_MAX + 1);
    struct eb_publish publish;
    site[EB_TOPIC_BYTES_MAX + 1] = '\0';
    assert_int_equal(render_site(&fixture, "${site}", site, &publish), EB_RENDER_TOO_LONG);
    site[EB_TOPIC_BYTES_MAX] = '\0';
    assert_int_equal(render_site(&fixture, "${site}", site, &publish), EB_RENDER_OK);
    assert_int_equal(publish.topic.len, EB_TOPIC_BYTES_MAX);
    assert_int_equal(render_site(&fixture, "a${site}", site, &publish), EB_RENDER_TOO_LONG);
    site[EB_TOPIC_BYTES_MAX - 1] = '\0';
    assert_int_equal(render_site(&fixture, "a${site}", site, &publish), EB_RENDER_OK);
    free(site);
    fixture_release(&fixture);
}

static const struct eb_span filters[] = { EB_SPAN("services/#"), EB_SPAN("+/out"), EB_SPAN("//x/+"),
    EB_SPAN("$bus/x/#"), EB_SPAN("$SYS/#"), EB_SPAN("$event-bus/#") };

static const struct {
    const char *name, *topic;
    const char *want_diag; /* NULL: compiles */
    enum eb_render_code want_code;
} policy_cases[] = {
    { "inside", "services/a/b", NULL, EB_RENDER_OK },
    { "the parent of '#'", "services", NULL, EB_RENDER_OK },
    { "inside another filter", "x/out", NULL, EB_RENDER_OK },
    { "a dollar tree that is allowed", "$bus/x/y", NULL, EB_RENDER_OK },
    { "a template inside", "services/${site}", NULL, EB_RENDER_OK },
    { "a template that may be inside", "${site}/out", NULL, EB_RENDER_OK },
    { "empty levels", "/out", NULL, EB_RENDER_OK },
    { "empty levels, a template", "//x/${site}", NULL, EB_RENDER_OK },
    { "a template in a dollar tree", "$bus/x/${site}", NULL, EB_RENDER_OK },
    { "a template that is not inside this time", "service${s}/a", NULL, EB_RENDER_NOT_ALLOWED },
    { "not inside this time either", "$bus/${site}/y", NULL, EB_RENDER_NOT_ALLOWED },
    { "a dollar tree made from a value", "$b${us}/x/y", NULL, EB_RENDER_OK },
    { "the broker's tree made from a value", "$S${y}/x", NULL, EB_RENDER_NOT_ALLOWED },
    { "the dead letters made from a value", "$event-bus/${dead}/x", NULL, EB_RENDER_NOT_ALLOWED },
    { "their topic alone made from a value", "$event-bus/${dead}", NULL, EB_RENDER_NOT_ALLOWED },
    { "beside the dead letters", "$event-bus/${dead}s", NULL, EB_RENDER_OK },

    { "outside", "devices/a", "no topic it makes lies inside `targets`", 0 },
    { "outside, a template", "devices/x/${site}", "no topic it makes lies inside", 0 },
    { "outside, behind an empty level", "/x/${site}", "no topic it makes lies inside", 0 },
    { "not inside a third time", "${site}/in", NULL, EB_RENDER_NOT_ALLOWED },
    { "not above", "service", "no topic it makes lies inside", 0 },
    { "not in a dollar tree", "$bus/y/${site}", "no topic it makes lies inside", 0 },
    { "$SYS", "$SYS/a", "no target may lead to $SYS", 0 },
    { "$SYS itself", "$SYS", "no target may lead to $SYS", 0 },
    { "$SYS, a template", "$SYS/${site}", "no target may lead to $SYS", 0 },
    { "$CONTROL", "$CONTROL/event-bus/v1", "no target may lead to $SYS", 0 },
    { "$share", "$share/g/t", "is a subscription", 0 },
    { "$share, a template", "$share/${site}/t", "is a subscription", 0 },
    { "the dead letters", "$event-bus/dead-letter", "the dead letters", 0 },
    { "below the dead letters", "$event-bus/dead-letter/x", "the dead letters", 0 },
    { "below them, a template", "$event-bus/dead-letter/${site}", "the dead letters", 0 },
    { "a wildcard", "services/+", "wildcards", 0 },
    { "a wildcard in a level", "services/a#${site}", "wildcards", 0 },
    { "a control character", "services/\\n${site}", "control characters", 0 },
    { "an array", "services/${$mqtt.level}", "is an array", 0 },
    { "an empty default", "services/${x|\\\"\\\"}", "has a default that may not", 0 },
    { "a slash in a default", "services/${x|\\\"a/b\\\"}", "has a default that may not", 0 },
    { "null as default", "services/${x|null}", "has a default that may not", 0 },
    { "a dollar in a first default", "${x|\\\"$SYS\\\"}/out", "has a default that may not", 0 },
    { "a bad placeholder", "services/${", "is not a placeholder", 0 },
};

static void policy__holds_when_compiling_and_when_rendering(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof policy_cases / sizeof *policy_cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture.policy.filters = filters;
        fixture.policy.filter_count = sizeof filters / sizeof *filters;
        char json[256];
        snprintf(json, sizeof json, "{\"topic\":\"%s\"}", policy_cases[i].topic);
        struct eb_target *target = fixture_compile(&fixture, json);
        fixture.policy = (struct eb_target_policy){ 0 }; /* targets keep a copy */
        const char *diag = fixture.diags.first ? fixture.diags.first->text : NULL;
        if ((target == NULL) != (policy_cases[i].want_diag != NULL))
            print_error("%s: %s\n", policy_cases[i].name, diag ? diag : "compiles");
        if (!target) {
            assert_non_null(policy_cases[i].want_diag);
            if (!strstr(diag, policy_cases[i].want_diag))
                print_error("%s: %s\n", policy_cases[i].name, diag);
            assert_non_null(strstr(diag, policy_cases[i].want_diag));
            assert_string_equal(fixture.diags.first->pointer, "/topic");
        } else {
            assert_null(policy_cases[i].want_diag);
            fixture_set_payload(&fixture,
                "{\"site\":\"north\",\"s\":\"\\u0073x\",\"us\":\"us\",\"y\":\"YS\","
                "\"dead\":\"dead-letter\"}");
            struct eb_publish publish;
            struct eb_render_fault fault;
            enum eb_render_code code =
                eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault);
            if (code != policy_cases[i].want_code)
                print_error("%s: %s\n", policy_cases[i].name, eb_render_code_text(code));
            assert_int_equal(code, policy_cases[i].want_code);
            assert_null(fault.placeholder.ptr);
        }
        fixture_release(&fixture);
    }
}

static void policy__without_filters_spares_the_brokers_trees(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_need(&fixture, "{\"topic\":\"anything/at/all\"}");
    assert_null(fixture_compile(&fixture, "{\"topic\":\"$SYS/x\"}"));
    assert_null(fixture_compile(&fixture, "{\"topic\":\"$event-bus/dead-letter/x\"}"));
    fixture_release(&fixture);
}

static void topic__warns_of_the_whole_topic_in_a_topic(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_need(&fixture, "{\"topic\":\"archive/${$mqtt.topic}\"}");
    assert_int_equal(fixture.diags.count, 1);
    assert_int_equal(fixture.diags.first->severity, EB_WARNING);
    fixture_release(&fixture);
}

static void copy__without_anything_else_is_the_event(void **state)
{
    (void)state;
    static const char *const payloads[] = { "{\"a\" :\n 1 }", "not JSON \x01", "", NULL };
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        struct eb_target *target = fixture_need(&fixture, "{\"topic\":\"t\"}");
        fixture_set_payload(&fixture, payloads[i]);
        struct eb_publish publish;
        struct eb_render_fault fault;
        assert_int_equal(
            eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault),
            EB_RENDER_OK);
        assert_span_equal(publish.topic, "t");
        assert_ptr_equal(publish.payload.ptr, payloads[i]);
        assert_int_equal(publish.payload.len, payloads[i] ? strlen(payloads[i]) : 0);
        assert_int_equal(publish.qos, 1);
        assert_false(publish.is_retain);
        assert_null(publish.client_id.ptr);
        fixture_release(&fixture);
    }
}

static void copy__carries_the_properties(void **state)
{
    (void)state;
    static const char *const targets[] = { "{\"topic\":\"t\"}",
        "{\"topic\":\"t\",\"payload\":\"x\"}" };
    for (size_t i = 0; i < 2; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture.message.properties.response_topic = eb_span_of("answers");
        fixture.message.properties.correlation_data = eb_span("\0\1", 2);
        struct eb_target *target = fixture_need(&fixture, targets[i]);
        struct eb_publish publish;
        struct eb_render_fault fault;
        eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault);
        assert_span_equal(publish.properties.content_type, "application/json");
        assert_span_equal(publish.properties.response_topic, "answers");
        assert_int_equal(publish.properties.correlation_data.len, 2);
        assert_int_equal(publish.properties.payload_format, 1);
        assert_int_equal(publish.properties.user_count, 4);
        assert_ptr_equal(publish.properties.user, fixture_user);
        assert_int_equal(publish.properties.expiry_s, 0);
        fixture_release(&fixture);
    }
}

static void copy__has_the_qos_and_retain_of_the_target(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        uint8_t publisher, want_qos;
        bool want_retain;
    } cases[] = {
        { "{\"topic\":\"t\"}", 0, 0, false },
        { "{\"topic\":\"t\"}", 2, 2, false },
        { "{\"topic\":\"t\",\"qos\":0}", 2, 0, false },
        { "{\"topic\":\"t\",\"qos\":1}", 0, 1, false },
        { "{\"topic\":\"t\",\"qos\":2.0}", 0, 2, false },
        { "{\"topic\":\"t\",\"retain\":true}", 1, 1, true },
        { "{\"topic\":\"t\",\"retain\":false}", 1, 1, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture.message.qos = cases[i].publisher;
        struct eb_target *target = fixture_need(&fixture, cases[i].json);
        struct eb_publish publish;
        struct eb_render_fault fault;
        eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault);
        assert_int_equal(publish.qos, cases[i].want_qos);
        assert_int_equal(publish.is_retain, cases[i].want_retain);
        fixture_release(&fixture);
    }
}

static void target__knows_what_it_reads_and_where_it_leads(void **state)
{
    (void)state;
    static const struct {
        const char *json, *want_topic;
        bool want_reads;
    } cases[] = {
        { "{\"topic\":\"a/\\u0062\"}", "a/b", false },
        { "{\"topic\":\"${$mqtt.level[0]}\",\"payload\":\"${$rule.name}\"}", "${$mqtt.level[0]}",
            false },
        { "{\"topic\":\"a/${b}\"}", "a/${b}", true },
        { "{\"topic\":\"a\",\"payload\":[1,{\"x\":\"y ${b|1} z\"}]}", "a", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        struct eb_target *target = fixture_need(&fixture, cases[i].json);
        assert_span_equal(eb_target_topic(target), cases[i].want_topic);
        assert_int_equal(eb_target_reads_payload(target), cases[i].want_reads);
        fixture_release(&fixture);
    }
}

static void code_text__exists_for_every_code(void **state)
{
    (void)state;
    for (int code = EB_RENDER_OK; code <= EB_RENDER_NO_MEMORY; code++)
        assert_true(strlen(eb_render_code_text((enum eb_render_code)code)) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topic__takes_only_what_a_level_may_hold),
        cmocka_unit_test(topic__is_at_most_as_long_as_mqtt_allows),
        cmocka_unit_test(policy__holds_when_compiling_and_when_rendering),
        cmocka_unit_test(policy__without_filters_spares_the_brokers_trees),
        cmocka_unit_test(topic__warns_of_the_whole_topic_in_a_topic),
        cmocka_unit_test(copy__without_anything_else_is_the_event),
        cmocka_unit_test(copy__carries_the_properties),
        cmocka_unit_test(copy__has_the_qos_and_retain_of_the_target),
        cmocka_unit_test(target__knows_what_it_reads_and_where_it_leads),
        cmocka_unit_test(code_text__exists_for_every_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
