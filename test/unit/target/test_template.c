/* Payload templates: what they render to, and that it is always JSON. */
#include "unit/target/target_fixture.h"

static const char event[] =
    "{\"type\":\"battery.low\",\"data\":{\"site\":\"north\",\"percent\":7,\"exact\":0.10,"
    "\"big\":123456789012345678901234567890e-7,\"open\":false,\"none\":null,\"empty\":\"\","
    "\"list\": [ 1 , {\"x\" : \" a b \"} , [ ] ],\"object\" : { \"a\\\"b\" :\t\"c\\\\ d\"\n},"
    "\"quote\":\"say \\\"hi\\\" \\\\ \\u0000 "
    "\\ud83d\\udd12\",\"wide\":\"\xc3\xa9\xf0\x9f\x94\x92\"},"
    "\"a b\":{\"c.d\":1,\"\":2,\"$mqtt\":3,\"]\":4,\"}\":5,\"\\u00e9\":6},"
    "\"$mqtt\":{\"topic\":\"forged\"},\"esc\\u0061ped\":\"yes\",\"\xc3\xa9t\xc3\xa9\":\"summer\","
    "\"x-y_z9\":\"name\",\"7\":\"seven\"}";

static const struct {
    const char *name, *template, *want;
} cases[] = {
    { "nothing to replace", "{\"a\": [1, 2.50, true, null, \"x\\u0041\\n\"]}",
        "{\"a\":[1,2.50,true,null,\"xA\\n\"]}" },
    { "a scalar", " 1e400 ", "1e400" },
    { "an empty string", "\"\"", "\"\"" },
    { "empty containers", "{\"a\": {}, \"b\": [ ]}", "{\"a\":{},\"b\":[]}" },

    { "a string keeps its type", "\"${type}\"", "\"battery.low\"" },
    { "a number keeps its type", "\"${data.percent}\"", "7" },
    { "a number keeps its literal", "\"${data.exact}\"", "0.10" },
    { "a number beyond a double", "[\"${data.big}\"]", "[123456789012345678901234567890e-7]" },
    { "a boolean keeps its type", "\"${data.open}\"", "false" },
    { "null keeps its type", "\"${data.none}\"", "null" },
    { "null is there: no default", "\"${data.none|1}\"", "null" },
    { "an empty string is there too", "\"${data.empty|1}\"", "\"\"" },
    { "an array, compact", "\"${data.list}\"", "[1,{\"x\":\" a b \"},[]]" },
    { "an object, compact", "\"${data.object}\"", "{\"a\\\"b\":\"c\\\\ d\"}" },
    { "escapes stay", "\"${data.quote}\"", "\"say \\\"hi\\\" \\\\ \\u0000 \\ud83d\\udd12\"" },
    { "beyond ASCII", "\"${data.wide}\"", "\"\xc3\xa9\xf0\x9f\x94\x92\"" },
    { "commas around whole strings", "{\"a\":\"${type}\",\"b\":[\"${type}\",\"${type}\"],\"c\":1}",
        "{\"a\":\"battery.low\",\"b\":[\"battery.low\",\"battery.low\"],\"c\":1}" },

    { "inside: a string", "\"<${type}>\"", "\"<battery.low>\"" },
    { "inside: two of them", "\"${type}${type}\"", "\"battery.lowbattery.low\"" },
    { "inside: a number", "\"at ${data.percent} %\"", "\"at 7 %\"" },
    { "inside: its literal", "\" ${data.exact}\"", "\" 0.10\"" },
    { "inside: a boolean", "\"${data.open}!\"", "\"false!\"" },
    { "inside: null", "\"=${data.none}\"", "\"=null\"" },
    { "inside: an array", "\"=${data.list}\"", "\"=[1,{\\\"x\\\":\\\" a b \\\"},[]]\"" },
    { "inside: an object", "\"=${data.object}\"", "\"={\\\"a\\\\\\\"b\\\":\\\"c\\\\\\\\ d\\\"}\"" },
    { "inside: escapes", "\"=${data.quote}\"", "\"=say \\\"hi\\\" \\\\ \\u0000 \\ud83d\\udd12\"" },
    { "inside: literal escapes around it", "\"\\\"${type}\\\\\"", "\"\\\"battery.low\\\\\"" },

    { "dollar brace", "\"$${type}\"", "\"${type}\"" },
    { "dollar brace, unended", "\"$${\"", "\"${\"" },
    { "dollars alone", "\"$ $$ $type $\"", "\"$ $$ $type $\"" },
    { "two dollars and dollar brace", "\"$$${type}\"", "\"$${type}\"" },
    { "braces alone", "\"{type}\"", "\"{type}\"" },
    { "the template is escaped too", "\"\\u0024\\u007btype}\"", "\"battery.low\"" },
    { "dollar brace in a name", "{\"$${a}\":1}", "{\"${a}\":1}" },

    { "an index", "\"${data.list[0]}\"", "1" },
    { "an index and a name", "\"${data.list[1].x}\"", "\" a b \"" },
    { "a bracketed name", "\"${[\\\"a b\\\"][\\\"c.d\\\"]}\"", "1" },
    { "an empty name", "\"${[\\\"a b\\\"][\\\"\\\"]}\"", "2" },
    { "a name with a bracket", "\"${[\\\"a b\\\"][\\\"]\\\"]}\"", "4" },
    { "a name with a brace", "\"${[\\\"a b\\\"][\\\"}\\\"]}\"", "5" },
    { "an escape in the path", "\"${[\\\"a b\\\"][\\\"\\\\u00e9\\\"]}\"", "6" },
    { "a name the event escapes", "\"${escaped}\"", "\"yes\"" },
    { "a name beyond ASCII", "\"${\xc3\xa9t\xc3\xa9}\"", "\"summer\"" },
    { "a name of every kind of letter", "\"${x-y_z9}\"", "\"name\"" },
    { "a name of digits", "\"${7}\"", "\"seven\"" },

    { "a root is not a member", "\"${$mqtt.topic}\"", "\"locks/7/events\"" },
    { "a member is not a root", "\"${[\\\"$mqtt\\\"].topic}\"", "\"forged\"" },
    { "a member behind another", "\"${[\\\"a b\\\"][\\\"$mqtt\\\"]}\"", "3" },
    { "levels", "\"${$mqtt.level}\"", "[\"locks\",\"7\",\"events\"]" },
    { "a level", "\"${$mqtt.level[1]}\"", "\"7\"" },
    { "levels inside", "\"=${$mqtt.level}\"", "\"=[\\\"locks\\\",\\\"7\\\",\\\"events\\\"]\"" },
    { "client and user", "[\"${$mqtt.clientid}\",\"${$mqtt.username}\"]", "[\"c-1\",\"ann\"]" },
    { "QoS is a number", "\"${$mqtt.qos}\"", "1" },
    { "retain is a boolean", "\"${$mqtt.retain}\"", "true" },
    { "content type", "\"${$mqtt.content-type}\"", "\"application/json\"" },
    { "a user property", "\"${$mqtt.user.site}\"", "\"north\"" },
    { "a user property by any name", "\"${$mqtt.user[\\\"any name\\\"]}\"", "\"\"" },
    { "one that repeats", "\"${$mqtt.user.tag}\"", "[\"a\\\"b\",\"c/d\"]" },
    { "one that repeats, inside", "\"=${$mqtt.user.tag}\"",
        "\"=[\\\"a\\\\\\\"b\\\",\\\"c/d\\\"]\"" },
    { "one of those that repeat", "\"${$mqtt.user.tag[1]}\"", "\"c/d\"" },
    { "the event", "[\"${$event.id}\",\"${$event.received}\"]",
        "[\"0192-abc\",\"2026-11-20T17:21:33.125Z\"]" },
    { "the time inside", "\"at ${$event.received}\"", "\"at 2026-11-20T17:21:33.125Z\"" },
    { "the rule", "\"${$rule.name}\"", "\"low-battery\"" },

    { "a default", "\"${data.nothing|\\\"none\\\"}\"", "\"none\"" },
    { "a default not needed", "\"${type|\\\"none\\\"}\"", "\"battery.low\"" },
    { "a number as default", "\"${data.nothing|-1.50}\"", "-1.50" },
    { "a boolean as default", "\"${data.nothing|true}\"", "true" },
    { "null as default", "\"${data.nothing|null}\"", "null" },
    { "null as default, inside", "\"=${data.nothing|null}\"", "\"=null\"" },
    { "a default with everything in it", "\"${x|\\\"}|${\\\\\\\"\\\\u0041\\\"}\"",
        "\"}|${\\\"A\"" },
    { "an empty default", "\"${x|\\\"\\\"}\"", "\"\"" },
    { "a default for a root", "\"${$mqtt.user.nobody|0}\"", "0" },
};

static void payload__is_what_the_template_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        char json[512];
        snprintf(json, sizeof json, "{\"topic\":\"t\",\"payload\":%s}", cases[i].template);
        struct eb_target *target = fixture_need(&fixture, json);
        fixture_set_payload(&fixture, event);
        assert_non_null(fixture.render.doc);
        struct eb_publish publish;
        struct eb_render_fault fault;
        enum eb_render_code code =
            eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault);
        if (code || !eb_span_is(publish.payload, cases[i].want))
            print_error("%s: %s\n", cases[i].name, eb_render_code_text(code));
        assert_int_equal(code, EB_RENDER_OK);
        assert_span_equal(publish.payload, cases[i].want);
        fixture_release(&fixture);
    }
}

static const struct {
    const char *name, *placeholder, *payload;
} missing_cases[] = {
    { "no such member", "${data.nothing}", event },
    { "a member of nothing", "${nothing.data}", event },
    { "a member of a string", "${type.x}", event },
    { "a member of an array", "${data.list.x}", event },
    { "a member of null", "${data.none.x}", event },
    { "names are exact", "${Type}", event },
    { "an index of an object", "${data[0]}", event },
    { "an index of a string", "${type[0]}", event },
    { "an index beyond the end", "${data.list[3]}", event },
    { "an index far beyond", "${data.list[99999999]}", event },
    { "an index into nothing", "${data.list[2][0]}", event },
    { "a number as payload", "${data}", "7" },
    { "an index into an empty array", "${[0]}", "[]" },
    { "a payload that is not JSON", "${type}", "{\"type\":" },
    { "an empty payload", "${type}", NULL },
    { "no such level", "${$mqtt.level[3]}", event },
    { "no such user property", "${$mqtt.user.nobody}", event },
    { "names of user properties are exact", "${$mqtt.user.Site}", event },
    { "an index of one that does not repeat", "${$mqtt.user.site[0]}", event },
    { "an index beyond those that repeat", "${$mqtt.user.tag[2]}", event },
};

static void payload__fails_for_what_is_missing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof missing_cases / sizeof *missing_cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        char json[256];
        snprintf(json, sizeof json, "{\"topic\":\"t\",\"payload\":{\"a\":1,\"b\":\"%s\"}}",
            missing_cases[i].placeholder);
        struct eb_target *target = fixture_need(&fixture, json);
        fixture_set_payload(&fixture, missing_cases[i].payload);
        size_t used = eb_arena_bytes(&fixture.event);
        struct eb_publish publish;
        struct eb_render_fault fault;
        enum eb_render_code code =
            eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault);
        if (code != EB_RENDER_MISSING)
            print_error("%s: %s\n", missing_cases[i].name, eb_render_code_text(code));
        assert_int_equal(code, EB_RENDER_MISSING);
        assert_int_equal(fault.code, EB_RENDER_MISSING);
        assert_span_equal(fault.placeholder, missing_cases[i].placeholder);
        assert_int_equal(eb_arena_bytes(&fixture.event), used);
        fixture_release(&fixture);
    }
}

static void payload__of_an_anonymous_v3_client_has_no_name_and_no_properties(void **state)
{
    (void)state;
    static const char *const placeholders[] = { "${$mqtt.username}", "${$mqtt.content-type}",
        "${$mqtt.user.site}" };
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture.message.username = eb_span(NULL, 0);
        fixture.message.protocol = 4;
        fixture.message.properties = (struct eb_properties){ .payload_format = -1 };
        char json[256];
        snprintf(json, sizeof json, "{\"topic\":\"t\",\"payload\":\"%s\"}", placeholders[i]);
        struct eb_target *target = fixture_need(&fixture, json);
        struct eb_publish publish;
        struct eb_render_fault fault;
        assert_int_equal(
            eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault),
            EB_RENDER_MISSING);
        assert_span_equal(fault.placeholder, placeholders[i]);
        fixture_release(&fixture);
    }
}

/* Client ids, user names and properties come from outside of JSON. */
static void payload__escapes_what_the_message_holds(void **state)
{
    (void)state;
    static const struct {
        struct eb_span value;
        const char *want;
    } hostile[] = {
        { EB_SPAN("a\"},\"admin\":true,\"x\":\""), "\"a\\\"},\\\"admin\\\":true,\\\"x\\\":\\\"\"" },
        { EB_SPAN("\\"), "\"\\\\\"" },
        { EB_SPAN("\0\x1f\n\x7f"), "\"\\u0000\\u001f\\n\x7f\"" },
        { EB_SPAN("\xff\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        { EB_SPAN("\xf0\x9f\x94\x92"), "\"\xf0\x9f\x94\x92\"" },
        { EB_SPAN(" "), "\" \"" },
        { EB_SPAN("${type}"), "\"${type}\"" },
        { EB_SPAN(""), "\"\"" },
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture.message.client_id = hostile[i].value;
        struct eb_target *target =
            fixture_need(&fixture, "{\"topic\":\"t\",\"payload\":\"${$mqtt.clientid}\"}");
        struct eb_publish publish;
        struct eb_render_fault fault;
        assert_int_equal(
            eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault),
            EB_RENDER_OK);
        assert_span_equal(publish.payload, hostile[i].want);
        fixture_release(&fixture);
    }
}

static void payload__fails_when_it_does_not_fit(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    struct eb_target *target = fixture_need(&fixture,
        "{\"topic\":\"t/${data.percent}\",\"payload\":[\"${data}\",\"x ${data}\",\"${data}\"]}");
    fixture_set_payload(&fixture, event);
    struct eb_publish publish;
    struct eb_render_fault fault;
    assert_int_equal(
        eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault), EB_RENDER_OK);
    size_t need = publish.topic.len + publish.payload.len;
    char want[2048];
    snprintf(want, sizeof want, "%.*s", (int)publish.payload.len, publish.payload.ptr);
    for (size_t bytes = 0; bytes <= need; bytes++) {
        struct eb_arena small;
        assert_true(eb_arena_init_reserved(&small, bytes ? bytes : 1));
        if (!bytes)
            eb_arena_alloc(&small, 1, 1);
        size_t used = eb_arena_bytes(&small);
        enum eb_render_code code =
            eb_target_render(target, &fixture.render, &small, &publish, &fault);
        assert_int_equal(code, bytes < need ? EB_RENDER_NO_MEMORY : EB_RENDER_OK);
        if (code)
            assert_int_equal(eb_arena_bytes(&small), used);
        else
            assert_span_equal(publish.payload, want);
        eb_arena_release(&small);
    }
    fixture_release(&fixture);
}

static const struct {
    const char *name, *payload, *pointer, *want;
} mistake_cases[] = {
    { "no end", "{\"a\":\"${type\"}", "/payload/a",
        "\"${type\" is not a placeholder: expected '}' at its end" },
    { "no end of a string in it", "\"${x|\\\"}\"", "/payload",
        "\"${x|\"}\" is not a placeholder: expected '}' at its end" },
    { "nothing in it", "[1,\"${}\"]", "/payload/1",
        "\"${}\" is not a placeholder: expected a name of letters, digits, '_' and '-'; any other "
        "is written [\"any name\"]" },
    { "a space", "\"${ type }\"", "/payload", "expected a name" },
    { "a space behind the name", "\"${type }\"", "/payload", "expected '.', '[', '|' or '}'" },
    { "two dots", "\"${a..b}\"", "/payload", "expected a name" },
    { "a dot at the end", "\"${a.}\"", "/payload", "expected a name" },
    { "a dot first", "\"${.a}\"", "/payload", "expected a name" },
    { "a dot before a bracket", "\"${a.[0]}\"", "/payload", "expected a name" },
    { "a negative index", "\"${a[-1]}\"", "/payload", "expected an index" },
    { "a leading zero", "\"${a[01]}\"", "/payload", "expected an index" },
    { "an endless index", "\"${a[123456789]}\"", "/payload", "expected an index" },
    { "a name without quotes in brackets", "\"${a[b]}\"", "/payload", "expected an index" },
    { "single quotes", "\"${a['b']}\"", "/payload", "expected an index" },
    { "an open bracket", "\"${a[0}\"", "/payload", "expected an index" },
    { "a bad escape in a name", "\"${[\\\"\\\\x\\\"]}\"", "/payload", "expected an index" },
    { "text behind a bracket", "\"${a[0]b}\"", "/payload", "expected '.', '['" },
    { "a nested placeholder", "\"${a${b}}\"", "/payload", "expected '.', '['" },
    { "an unknown root", "\"${$type.x}\"", "/payload", "expected $mqtt, $event or $rule" },
    { "a dollar alone", "\"${$}\"", "/payload", "expected $mqtt, $event or $rule" },
    { "a root alone", "\"${$mqtt}\"", "/payload", "expected one of topic, level" },
    { "a root and an index", "\"${$mqtt[0]}\"", "/payload", "expected one of topic, level" },
    { "an unknown member of a root", "\"${$mqtt.client}\"", "/payload", "expected one of topic" },
    { "an unknown member of $event", "\"${$event.time}\"", "/payload", "expected id or received" },
    { "an unknown member of $rule", "\"${$rule.id}\"", "/payload", "expected name behind" },
    { "a member of a string", "\"${$mqtt.topic.x}\"", "/payload", "expected nothing behind it" },
    { "an index of a string", "\"${$rule.name[0]}\"", "/payload", "expected nothing behind it" },
    { "a member of the levels", "\"${$mqtt.level.x}\"", "/payload",
        "expected nothing but an index" },
    { "two indices", "\"${$mqtt.level[0][0]}\"", "/payload", "expected nothing but an index" },
    { "user alone", "\"${$mqtt.user}\"", "/payload", "expected the name of a user property" },
    { "user and an index", "\"${$mqtt.user[0]}\"", "/payload", "expected the name of a user" },
    { "a member of a user property", "\"${$mqtt.user.a.b}\"", "/payload", "nothing but an index" },
    { "an empty default", "\"${a|}\"", "/payload", "expected a JSON string, number" },
    { "a bare word as default", "\"${a|none}\"", "/payload", "expected a JSON string, number" },
    { "a space before the default", "\"${a| 1}\"", "/payload", "expected a JSON string, number" },
    { "an array as default", "\"${a|[]}\"", "/payload", "expected a JSON string, number" },
    { "an object as default", "\"${a|{}\"", "/payload", "expected a JSON string, number" },
    { "two defaults", "\"${a|1|2}\"", "/payload", "expected a JSON string, number" },
    { "a default alone", "\"${|1}\"", "/payload", "expected a name" },
    { "a placeholder in a name", "{\"x\":{\"${a}\":1}}", "/payload/x/${a}",
        "a member name may not hold a placeholder" },
    { "part of a name", "{\"a${b}c\":1}", "/payload/a${b}c", "a member name may not hold" },
    { "an unended placeholder in a name", "{\"a${\":1}", "/payload/a${", "a member name may not" },
};

static void compile__names_the_place_and_what_was_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistake_cases / sizeof *mistake_cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        char json[256];
        snprintf(json, sizeof json, "{\"topic\":\"t\",\n\"payload\":%s}", mistake_cases[i].payload);
        assert_null(fixture_compile(&fixture, json));
        const struct eb_diag *diag = fixture.diags.first;
        if (!diag || !strstr(diag->text, mistake_cases[i].want))
            print_error("%s: got %s\n", mistake_cases[i].name, diag ? diag->text : "nothing");
        assert_int_equal(fixture.diags.errors, 1);
        assert_non_null(strstr(diag->text, mistake_cases[i].want));
        assert_string_equal(diag->pointer, mistake_cases[i].pointer);
        assert_string_equal(diag->file, "rule.json");
        assert_int_equal(diag->line, 2);
        fixture_release(&fixture);
    }
}

static void compile__reports_every_mistake(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    assert_null(fixture_compile(&fixture,
        "{\"topic\":\"${}/${a.}\",\"payload\":[\"${}\",{\"${b}\":\"${\"},\"${ok}\",\"a "
        "${x|y}\"]}"));
    assert_int_equal(fixture.diags.errors, 6);
    fixture_release(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload__is_what_the_template_says),
        cmocka_unit_test(payload__fails_for_what_is_missing),
        cmocka_unit_test(payload__of_an_anonymous_v3_client_has_no_name_and_no_properties),
        cmocka_unit_test(payload__escapes_what_the_message_holds),
        cmocka_unit_test(payload__fails_when_it_does_not_fit),
        cmocka_unit_test(compile__names_the_place_and_what_was_expected),
        cmocka_unit_test(compile__reports_every_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
