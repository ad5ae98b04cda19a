/* What a copy carries, and what a target makes of it. */
#include "unit/target/target_fixture.h"

#include <stdlib.h>

#include "base/limits.h"

static const char event[] =
    "{\"site\":\"north\",\"ttl\":90,\"big\":4294967296,\"most\":4294967295,\"part\":1.5,"
    "\"minus\":-1,\"zero\":0,\"none\":null,\"list\":[1, \"a\"],\"bell\":\"a\\u0007b\","
    "\"nul\":\"\\u0000\",\"lock\":\"\\ud83d\\udd12\",\"empty\":\"\"}";

/* "name=value;…" of the user properties, in their order. */
static void list_user(const struct eb_properties *properties, char *out, size_t bytes)
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < properties->user_count; i++) {
        const struct eb_user_property *user = &properties->user[i];
        used += (size_t)snprintf(out + used, bytes - used, "%.*s=%.*s;", (int)user->name.len,
            user->name.ptr, (int)user->value.len, user->value.ptr);
    }
}

#define CARRIED "site=north;tag=a\"b;tag=c/d;any name=;"

static const struct {
    const char *name, *members;
    enum eb_render_code want_code;
    const char *want; /* the user properties, or the placeholder to blame */
} user_cases[] = {
    { "nothing said", "", EB_RENDER_OK, CARRIED },
    { "nothing done", ",\"user_properties\":{}", EB_RENDER_OK, CARRIED },
    { "drop", ",\"user_properties\":{\"drop\":[\"tag\"]}", EB_RENDER_OK, "site=north;any name=;" },
    { "drop what is not there", ",\"user_properties\":{\"drop\":[\"x\"]}", EB_RENDER_OK, CARRIED },
    { "set what is not there", ",\"user_properties\":{\"set\":{\"x\":\"1\"}}", EB_RENDER_OK,
        CARRIED "x=1;" },
    { "set what repeats", ",\"user_properties\":{\"set\":{\"tag\":\"1\"}}", EB_RENDER_OK,
        "site=north;any name=;tag=1;" },
    { "add what is there", ",\"user_properties\":{\"add\":{\"tag\":\"1\"}}", EB_RENDER_OK,
        CARRIED "tag=1;" },
    { "set and add one name",
        ",\"user_properties\":{\"set\":{\"tag\":\"1\"},\"add\":{\"tag\":\"2\"}}", EB_RENDER_OK,
        "site=north;any name=;tag=1;tag=2;" },
    { "drop and add one name", ",\"user_properties\":{\"drop\":[\"tag\"],\"add\":{\"tag\":\"2\"}}",
        EB_RENDER_OK, "site=north;any name=;tag=2;" },
    { "from itself", ",\"user_properties\":{\"set\":{\"site\":\"${$mqtt.user.site}/${site}\"}}",
        EB_RENDER_OK, "tag=a\"b;tag=c/d;any name=;site=north/north;" },
    { "a number", ",\"user_properties\":{\"add\":{\"x\":\"${ttl}\"}}", EB_RENDER_OK,
        CARRIED "x=90;" },
    { "null", ",\"user_properties\":{\"add\":{\"x\":\"${none}\"}}", EB_RENDER_OK,
        CARRIED "x=null;" },
    { "an array", ",\"user_properties\":{\"add\":{\"x\":\"${list}\"}}", EB_RENDER_OK,
        CARRIED "x=[1,\"a\"];" },
    { "a default", ",\"user_properties\":{\"add\":{\"x\":\"${y|\\\"z\\\"}\"}}", EB_RENDER_OK,
        CARRIED "x=z;" },
    { "an emoji", ",\"user_properties\":{\"add\":{\"x\":\"${lock}\"}}", EB_RENDER_OK,
        CARRIED "x=\xf0\x9f\x94\x92;" },
    { "empty", ",\"user_properties\":{\"add\":{\"\":\"${empty}\"}}", EB_RENDER_OK, CARRIED "=;" },
    { "provenance", ",\"provenance\":true", EB_RENDER_OK,
        CARRIED "event-bus-rule=low-battery;event-bus-topic=locks/7/events;"
                "event-bus-client=c-1;" },
    { "no provenance", ",\"provenance\":false", EB_RENDER_OK, CARRIED },
    { "missing", ",\"user_properties\":{\"add\":{\"x\":\"${y}\"}}", EB_RENDER_MISSING, "${y}" },
    { "a control character", ",\"user_properties\":{\"add\":{\"x\":\"a ${bell}\"}}",
        EB_RENDER_UNSAFE_TEXT, "${bell}" },
    { "NUL", ",\"user_properties\":{\"set\":{\"x\":\"${nul}\"}}", EB_RENDER_UNSAFE_TEXT, "${nul}" },
    { "a control character as type", ",\"content_type\":\"x/${bell}\"", EB_RENDER_UNSAFE_TEXT,
        "${bell}" },
};

static void user_properties__are_carried_set_added_and_dropped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof user_cases / sizeof *user_cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        char json[256], got[512];
        snprintf(json, sizeof json, "{\"topic\":\"s\"%s}", user_cases[i].members);
        struct eb_target *target = fixture_need(&fixture, json);
        fixture_set_payload(&fixture, event);
        struct eb_publish publish;
        struct eb_render_fault fault;
        enum eb_render_code code =
            eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault);
        if (code)
            snprintf(got, sizeof got, "%.*s", (int)fault.placeholder.len, fault.placeholder.ptr);
        else
            list_user(&publish.properties, got, sizeof got);
        if (code != user_cases[i].want_code || strcmp(got, user_cases[i].want) != 0)
            print_error("%s: got %d %s\n", user_cases[i].name, code, got);
        assert_int_equal(code, user_cases[i].want_code);
        assert_string_equal(got, user_cases[i].want);
        fixture_release(&fixture);
    }
}

static const struct {
    const char *name, *members;
    enum eb_render_code want_code;
    const char *want_type; /* NULL: none */
    uint32_t want_expiry;
} other_cases[] = {
    { "carried", "", EB_RENDER_OK, "application/json", 0 },
    { "a type", ",\"content_type\":\"text/plain\"", EB_RENDER_OK, "text/plain", 0 },
    { "a type made", ",\"content_type\":\"x/${site}\"", EB_RENDER_OK, "x/north", 0 },
    { "no type", ",\"content_type\":null", EB_RENDER_OK, NULL, 0 },
    { "an empty type", ",\"content_type\":\"\"", EB_RENDER_OK, "", 0 },
    { "an expiry", ",\"expiry_s\":60", EB_RENDER_OK, "application/json", 60 },
    { "the longest", ",\"expiry_s\":4294967295", EB_RENDER_OK, "application/json", UINT32_MAX },
    { "the longest made", ",\"expiry_s\":\"${most}\"", EB_RENDER_OK, "application/json",
        UINT32_MAX },
    { "an expiry made", ",\"expiry_s\":\"${ttl}\"", EB_RENDER_OK, "application/json", 90 },
    { "an expiry by default", ",\"expiry_s\":\"${x|7}\"", EB_RENDER_OK, "application/json", 7 },
    { "too long", ",\"expiry_s\":\"${big}\"", EB_RENDER_NOT_SECONDS, NULL, 0 },
    { "far too long", ",\"expiry_s\":\"${big}${big}${big}\"", EB_RENDER_NOT_SECONDS, NULL, 0 },
    { "a part of a second", ",\"expiry_s\":\"${part}\"", EB_RENDER_NOT_SECONDS, NULL, 0 },
    { "negative", ",\"expiry_s\":\"${minus}\"", EB_RENDER_NOT_SECONDS, NULL, 0 },
    { "none at all", ",\"expiry_s\":\"${zero}\"", EB_RENDER_NOT_SECONDS, NULL, 0 },
    { "a word", ",\"expiry_s\":\"${site}\"", EB_RENDER_NOT_SECONDS, NULL, 0 },
    { "missing", ",\"expiry_s\":\"${x}\"", EB_RENDER_MISSING, NULL, 0 },
};

static void content_type_and_expiry__are_templates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof other_cases / sizeof *other_cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        char json[256];
        snprintf(json, sizeof json, "{\"topic\":\"s\"%s}", other_cases[i].members);
        struct eb_target *target = fixture_need(&fixture, json);
        fixture_set_payload(&fixture, event);
        struct eb_arena_mark before = eb_arena_mark(&fixture.event);
        struct eb_publish publish;
        struct eb_render_fault fault;
        enum eb_render_code code =
            eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault);
        if (code != other_cases[i].want_code)
            print_error("%s: got %d\n", other_cases[i].name, code);
        assert_int_equal(code, other_cases[i].want_code);
        if (code) {
            assert_ptr_equal(eb_arena_mark(&fixture.event).next, before.next);
        } else {
            assert_int_equal(publish.properties.expiry_s, other_cases[i].want_expiry);
            assert_int_equal(
                publish.properties.content_type.ptr != NULL, other_cases[i].want_type != NULL);
            if (other_cases[i].want_type)
                assert_span_equal(publish.properties.content_type, other_cases[i].want_type);
            assert_int_equal(publish.properties.payload_format, 1);
        }
        fixture_release(&fixture);
    }
}

static void text__longer_than_a_string_of_mqtt_fails(void **state)
{
    (void)state;
    enum { HALF = 32767 };
    struct fixture fixture;
    fixture_init(&fixture);
    char *payload = malloc(HALF + 16);
    memcpy(payload, "{\"x\":\"", 6);
    memset(payload + 6, 'x', HALF);
    memcpy(payload + 6 + HALF, "\"}", 3);
    fixture_set_payload(&fixture, payload);
    struct eb_publish publish;
    struct eb_render_fault fault;
    struct eb_target *target =
        fixture_need(&fixture, "{\"topic\":\"s\",\"content_type\":\"ab${x}${x}\"}");
    assert_int_equal(eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault),
        EB_RENDER_TOO_LONG);
    target = fixture_need(&fixture, "{\"topic\":\"s\",\"content_type\":\"a${x}${x}\"}");
    assert_int_equal(
        eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault), EB_RENDER_OK);
    assert_int_equal(publish.properties.content_type.len, EB_TOPIC_BYTES_MAX);
    free(payload);
    fixture_release(&fixture);
}

/* Of a copy of a copy, what the publisher sent. */
static void provenance__is_that_of_the_publisher(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    static const struct eb_user_property forged[] = {
        { EB_SPAN("event-bus-client"), EB_SPAN("root") },
    };
    const struct eb_message origin = { .topic = EB_SPAN("first"), .client_id = EB_SPAN("dev") };
    fixture.message.properties.user = forged;
    fixture.message.properties.user_count = 1;
    fixture.render.origin = &origin;
    struct eb_target *target = fixture_need(&fixture, "{\"topic\":\"s\",\"provenance\":true}");
    fixture_set_payload(&fixture, event);
    struct eb_publish publish;
    struct eb_render_fault fault;
    assert_int_equal(
        eb_target_render(target, &fixture.render, &fixture.event, &publish, &fault), EB_RENDER_OK);
    char got[256];
    list_user(&publish.properties, got, sizeof got);
    assert_string_equal(
        got, "event-bus-rule=low-battery;event-bus-topic=first;event-bus-client=dev;");
    fixture_release(&fixture);
}

static void mistake__is_found_when_compiling(void **state)
{
    (void)state;
    static const struct {
        const char *members, *want;
    } cases[] = {
        { "\"content_type\":\"a\\u0001\"",
            "a property holds no control characters and no non-characters" },
        { "\"content_type\":\"${\"", "\"${\" is not a placeholder: expected '}' at its end" },
        { "\"expiry_s\":\"soon\"",
            "a message expiry is a whole number of seconds, 1 to 4294967295" },
        { "\"expiry_s\":\"\"", "a message expiry is a whole number of seconds, 1 to 4294967295" },
        { "\"user_properties\":{\"drop\":[\"a\\u0000\"]}", "no user property can have this name" },
        { "\"user_properties\":{\"set\":{\"a\\u0000\":\"\"}}",
            "no user property can have this name" },
        { "\"user_properties\":{\"add\":{\"a\":\"${$x}\"}}",
            "\"${$x}\" is not a placeholder: expected $mqtt, $event or $rule; a member whose name "
            "starts with '$' is written [\"$name\"]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        char json[256];
        snprintf(json, sizeof json, "{\"topic\":\"s\",%s}", cases[i].members);
        assert_null(fixture_compile(&fixture, json));
        if (strcmp(fixture.diags.first->text, cases[i].want) != 0)
            print_error("%s: %s\n", cases[i].members, fixture.diags.first->text);
        assert_string_equal(fixture.diags.first->text, cases[i].want);
        fixture_release(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_properties__are_carried_set_added_and_dropped),
        cmocka_unit_test(content_type_and_expiry__are_templates),
        cmocka_unit_test(text__longer_than_a_string_of_mqtt_fails),
        cmocka_unit_test(provenance__is_that_of_the_publisher),
        cmocka_unit_test(mistake__is_found_when_compiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
