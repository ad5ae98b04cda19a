/*
 * What the standard demands of who receives CloudEvents over MQTT: each MUST of the core
 * specification's attributes, of the MQTT binding and of the JSON format, by name.
 */
#include "eb_test.h"

#include <stdlib.h>

#include "base/limits.h"
#include "cloudevents/cloudevent.h"

static struct eb_arena arena;
static const struct eb_json_limits limits = { .bytes_max = 1 << 20, .depth_max = 8 };

enum { PROPERTIES_MAX = 40 };

/* Properties as "name=value" lines. */
static struct eb_message message_of(
    int protocol, const char *content_type, const char *properties, const char *payload)
{
    static struct eb_user_property user[PROPERTIES_MAX];
    uint32_t count = 0;
    for (const char *at = properties; at && *at; count++) {
        const char *equals = strchr(at, '='), *end = strchr(at, '\n');
        size_t rest = strlen(at), len = end ? (size_t)(end - at) : rest;
        assert_true(equals && count < PROPERTIES_MAX);
        user[count].name = eb_span(at, (size_t)(equals - at));
        user[count].value = eb_span(equals + 1, len - (size_t)(equals + 1 - at));
        at += end ? len + 1 : len;
    }
    struct eb_span text = eb_span_of(payload);
    return (struct eb_message){
        .topic = EB_SPAN("t"),
        .payload = text.len ? text : eb_span(NULL, 0),
        .protocol = (uint8_t)protocol,
        .properties = { .content_type = eb_span_of(content_type),
            .payload_format = -1,
            .user = user,
            .user_count = count },
    };
}

#define JSON_EVENT "application/cloudevents+json"
#define REQUIRED "id=1\nsource=/s\ntype=t\nspecversion=1.0"
#define VIEW "{\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"specversion\":\"1.0\""

/* "" when it is a CloudEvent; else what is wrong: "NAME: expected …" lines, names "" for the whole.
 */
static const char *faults_of(const struct eb_doc *view)
{
    static char text[4096];
    struct eb_attribute_fault faults[16];
    size_t count = eb_cloudevent_check(view, &arena, faults, 16), len = 0;
    text[0] = '\0';
    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++) {
        struct eb_span pointer = eb_doc_pointer(view, faults[i].token, &arena);
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s: %s\n", (int)pointer.len,
            pointer.ptr, faults[i].expected);
    }
    return text;
}

/* The same of a message; "?: …" when it has no view. */
static const char *judge(const struct eb_message *message, struct eb_doc *view)
{
    static char text[256];
    struct eb_cloudevent_fault fault;
    eb_arena_reset(&arena);
    if (eb_cloudevent_read(view, message, &limits, &arena, &fault))
        return faults_of(view);
    snprintf(text, sizeof text, "?%.*s: %s", (int)fault.attribute.len,
        fault.attribute.ptr ? fault.attribute.ptr : "",
        fault.expected ? fault.expected : eb_json_code_text(fault.json.code));
    return text;
}

/* A view is a document like any that was read: its tokens are those that the reader makes. */
static void assert_read_again(const struct eb_doc *view)
{
    struct eb_doc again;
    struct eb_json_fault fault;
    struct eb_json_limits widest = { EB_DOCUMENT_BYTES_MAX, EB_DEPTH_MAX };
    assert_int_equal(
        eb_json_read(&again, eb_span(view->text, view->text_len), &widest, &arena, &fault),
        EB_JSON_OK);
    assert_int_equal(again.token_count, view->token_count);
    for (uint32_t i = 0; i < view->token_count; i++) {
        const struct eb_token *a = &again.tokens[i], *b = &view->tokens[i];
        assert_int_equal(a->start, b->start);
        assert_int_equal(a->len, b->len);
        assert_int_equal(a->next, b->next);
        assert_int_equal(a->type, b->type);
        assert_int_equal(a->count, b->count);
        /* What is escaped counts as wide where it was written here. */
        assert_int_equal(a->flags & ~b->flags, 0);
        assert_int_equal((a->flags ^ b->flags) & ~EB_TOKEN_IS_WIDE, 0);
    }
}

struct view_case {
    const char *name;
    int protocol;
    const char *content_type, *properties, *payload;
    const char *want; /* the view; NULL: it is not looked at */
    const char *faults;
};

static void check_cases(const struct view_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct view_case *one = &cases[i];
        struct eb_message message =
            message_of(one->protocol, one->content_type, one->properties, one->payload);
        struct eb_doc view = { .text = NULL };
        const char *faults = judge(&message, &view);
        const char *want = one->faults ? one->faults : "";
        bool is_right = strcmp(faults, want) == 0;
        if (is_right && one->want)
            is_right = eb_span_is(eb_span(view.text, view.text_len), one->want);
        if (!is_right)
            print_error("%s\ngot  %.*s\n     %s\nwant %s\n     %s\n", one->name, (int)view.text_len,
                view.text ? view.text : "", faults, one->want ? one->want : "", want);
        assert_true(is_right);
        if (faults[0] != '?')
            assert_read_again(&view);
    }
}

#define CHECK(cases) check_cases(cases, sizeof(cases) / sizeof *(cases))

/* ---- both modes ---- */

static void modes__are_seen_alike(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "binary", 5, "application/json", REQUIRED, "{\"a\":[1, 2]}",
            VIEW ",\"datacontenttype\":\"application/json\",\"data\":{\"a\":[1, 2]}}", NULL },
        { "structured", 5, JSON_EVENT, NULL,
            VIEW ",\"datacontenttype\":\"application/json\",\"data\":{\"a\":[1, 2]}}",
            VIEW ",\"datacontenttype\":\"application/json\",\"data\":{\"a\":[1, 2]}}", NULL },
        { "structured, without a content type of the data", 5, JSON_EVENT, NULL,
            VIEW ",\"data\":{\"a\":[1, 2]}}",
            VIEW ",\"data\":{\"a\":[1, 2]},\"datacontenttype\":\"application/json\"}", NULL },
        { "binary, strings that need escapes", 5, "application/json",
            REQUIRED "\nsubject=a\"b\\\xc3\xa9", "\"\\u00e9\"",
            VIEW ",\"subject\":\"a\\\"b\\\\\xc3\xa9\",\"datacontenttype\":\"application/json\","
                 "\"data\":\"\\u00e9\"}",
            NULL },
        { "structured, escaped names", 5, JSON_EVENT, NULL,
            "{\"\\u0069d\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"specversion\":\"1.0\","
            "\"n\":5,\"d\\u0061ta\":{}}",
            "{\"\\u0069d\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"specversion\":\"1.0\","
            "\"n\":\"5\",\"d\\u0061ta\":{},\"datacontenttype\":\"application/json\"}",
            NULL },
        { "no data", 5, "application/json", REQUIRED, "",
            VIEW ",\"datacontenttype\":\"application/json\"}", NULL },
        { "no data, structured", 5, JSON_EVENT, NULL, VIEW "}", VIEW "}", NULL },
        { "metadata of the message is not the event's", 5, "application/json",
            REQUIRED "\nContent-Encoding=x\nevent-bus-report=always\nUP=1", "1",
            VIEW ",\"datacontenttype\":\"application/json\",\"data\":1}", NULL },
        { "user properties of a structured event", 5, JSON_EVENT, "id=2\nsubject=no", VIEW "}",
            VIEW "}", NULL },
    };
    CHECK(cases);
}

static void payload__cannot_end_the_object_it_stands_in(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "closes it", 5, "application/json", REQUIRED, "1},\"id\":{\"a\":1", NULL,
            "?: something follows the JSON value" },
        { "adds a member", 5, "application/json", REQUIRED, "1,\"id\":\"2\"", NULL,
            "?: something follows the JSON value" },
        { "in a string", 5, "text/plain", REQUIRED, "\",\"id\":\"2",
            VIEW ",\"datacontenttype\":\"text/plain\",\"data\":\"\\\",\\\"id\\\":\\\"2\"}", NULL },
    };
    CHECK(cases);
}

static void two_things_at_once__are_no_event(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "an attribute twice", 5, NULL, REQUIRED "\nid=2", "", NULL,
            "?id: one user property for each attribute" },
        { "an attribute twice, among many", 5, NULL,
            REQUIRED "\na1=\na2=\na3=\na4=\na5=\na6=\na7=\na8=\na9=\nb1=\nb2=\nb3=\nb4=\na5=", "",
            NULL, "?a5: one user property for each attribute" },
        { "a content type of its own", 5, "text/plain", REQUIRED "\ndatacontenttype=text/html", "",
            NULL,
            "?datacontenttype: the content type of the message: datacontenttype is no other" },
        { "a content type that the message lacks", 5, NULL, REQUIRED "\ndatacontenttype=text/html",
            "", NULL,
            "?datacontenttype: the content type of the message: datacontenttype is no other" },
        { "the same content type", 5, "text/html", REQUIRED "\ndatacontenttype=text/html", "",
            VIEW ",\"datacontenttype\":\"text/html\"}", NULL },
        { "members twice", 5, JSON_EVENT, NULL, VIEW ",\"id\":\"2\"}", NULL,
            "?: a member name appears twice" },
        { "members twice, one of them null", 5, JSON_EVENT, NULL, VIEW ",\"i\\u0064\":null}", NULL,
            "?: a member name appears twice" },
    };
    CHECK(cases);
}

/* ---- MQTT binding ---- */

static void structured_mode__must_be_told_by_the_content_type(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "in any case, with parameters", 5, "Application/CloudEvents+JSON ; charset=UTF-8", NULL,
            VIEW "}", VIEW "}", NULL },
        { "none: binary", 5, NULL, NULL, VIEW "}", NULL,
            ": the attribute id\n: the attribute source\n: the attribute specversion\n"
            ": the attribute type\n" },
        { "another format", 5, "application/cloudevents+avro", REQUIRED, "x", NULL,
            "?: application/cloudevents+json, the one event format there is here, as the content "
            "type" },
        { "a batch, which the binding has not", 5, "application/cloudevents-batch+json", REQUIRED,
            "[]", NULL,
            "?: application/cloudevents+json, the one event format there is here, as the content "
            "type" },
        { "no format", 5, "application/cloudevents", REQUIRED, "{}", NULL,
            "?: application/cloudevents+json, the one event format there is here, as the content "
            "type" },
        { "not JSON", 5, JSON_EVENT, REQUIRED, "x", NULL, "?: not JSON" },
        { "no object", 5, JSON_EVENT, NULL, "[1]", "[1]", ": a CloudEvent, an object\n" },
    };
    CHECK(cases);
}

static void mqtt_3_1_1__must_use_the_json_format(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "JSON", 4, NULL, NULL, VIEW ",\"datacontenttype\":\"a/b\",\"data\":\"x\"}",
            VIEW ",\"datacontenttype\":\"a/b\",\"data\":\"x\"}", NULL },
        { "MQTT 3.1", 3, NULL, NULL, VIEW "}", VIEW "}", NULL },
        { "not JSON", 4, NULL, NULL, "x", NULL, "?: not JSON" },
        { "data alone", 4, NULL, NULL, "{\"percent\":1}", NULL,
            ": the attribute id\n: the attribute source\n: the attribute specversion\n"
            ": the attribute type\n" },
    };
    CHECK(cases);
}

static void wills__whose_properties_are_not_told_are_structured(void **state)
{
    (void)state;
    struct eb_doc view;
    struct eb_message will = message_of(5, NULL, NULL, VIEW "}");
    will.is_will = true;
    assert_string_equal(judge(&will, &view), "");
    will = message_of(5, "application/json", REQUIRED, "{}");
    will.is_will = true;
    assert_string_equal(judge(&will, &view), "");
}

static void content_type__must_be_mapped_to_datacontenttype(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "JSON", 5, "application/json", REQUIRED, "1",
            VIEW ",\"datacontenttype\":\"application/json\",\"data\":1}", NULL },
        { "unchanged", 5, "Text/X-y; a=\"b; c\"", REQUIRED, "1",
            VIEW ",\"datacontenttype\":\"Text/X-y; a=\\\"b; c\\\"\",\"data\":\"1\"}", NULL },
    };
    CHECK(cases);
}

static void user_properties__must_be_attributes_unchanged(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "extensions too", 5, NULL, REQUIRED "\ncomexampleext1=5\ntraceparent=00-ab-cd-01\n0=", "",
            VIEW ",\"comexampleext1\":\"5\",\"traceparent\":\"00-ab-cd-01\",\"0\":\"\"}", NULL },
    };
    CHECK(cases);
}

/* ---- JSON format ---- */

static void null__must_be_the_same_as_unset(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "optional", 4, NULL, NULL, VIEW ",\"subject\":null,\"x\":null}", VIEW "}", NULL },
        { "required", 4, NULL, NULL,
            "{\"id\":null,\"source\":\"/s\",\"type\":\"t\",\"specversion\":\"1.0\"}", NULL,
            ": the attribute id\n" },
        { "content type", 4, NULL, NULL, VIEW ",\"datacontenttype\":null,\"data\":1}",
            VIEW ",\"data\":1,\"datacontenttype\":\"application/json\"}", NULL },
        { "data is a value like any", 4, NULL, NULL,
            VIEW ",\"datacontenttype\":\"a/json\",\"data\":null}",
            VIEW ",\"datacontenttype\":\"a/json\",\"data\":null}", NULL },
        { "binary data", 4, NULL, NULL, VIEW ",\"data_base64\":null}", VIEW "}", NULL },
    };
    CHECK(cases);
}

static void values__must_be_their_canonical_strings(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "of extensions", 4, NULL, NULL,
            VIEW ",\"a\":5,\"b\":-2147483648,\"c\":2147483647,\"d\":true,\"e\":false,\"f\":\"5\","
                 "\"g\":-0}",
            VIEW ",\"a\":\"5\",\"b\":\"-2147483648\",\"c\":\"2147483647\",\"d\":\"true\","
                 "\"e\":\"false\",\"f\":\"5\",\"g\":\"0\"}",
            NULL },
    };
    CHECK(cases);
}

static void json_data__must_be_a_json_value_and_no_string_of_one(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "a string is a string", 4, NULL, NULL,
            VIEW ",\"datacontenttype\":\"application/json\",\"data\":\"{\\\"a\\\":1}\"}",
            VIEW ",\"datacontenttype\":\"application/json\",\"data\":\"{\\\"a\\\":1}\"}", NULL },
        { "in binary mode it has its quotes", 5, "application/json", REQUIRED, "\"{}\"",
            VIEW ",\"datacontenttype\":\"application/json\",\"data\":\"{}\"}", NULL },
        { "or is none", 5, "application/json", REQUIRED, "I'm just a string", NULL, "?: not JSON" },
        { "by its suffix, in any case", 5, "image/svg+JSON; x=1", REQUIRED, "[]",
            VIEW ",\"datacontenttype\":\"image/svg+JSON; x=1\",\"data\":[]}", NULL },
        { "by no part of it", 5, "application/jsonx", REQUIRED, "[]",
            VIEW ",\"datacontenttype\":\"application/jsonx\",\"data\":\"[]\"}", NULL },
        { "by no parameter", 5, "a/b; x=json", REQUIRED, "[]",
            VIEW ",\"datacontenttype\":\"a/b; x=json\",\"data\":\"[]\"}", NULL },
    };
    CHECK(cases);
}

static void other_data__must_be_a_string_or_base64(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "text", 5, "application/xml", REQUIRED, "<a b=\"c\"/>\n",
            VIEW ",\"datacontenttype\":\"application/xml\",\"data\":\"<a b=\\\"c\\\"/>\\n\"}",
            NULL },
        { "bytes", 5, "application/octet-stream", REQUIRED, "\xff\xfe",
            VIEW ",\"datacontenttype\":\"application/octet-stream\",\"data_base64\":\"//4=\"}",
            NULL },
        { "controls", 5, "text/plain", REQUIRED, "a\x01",
            VIEW ",\"datacontenttype\":\"text/plain\",\"data_base64\":\"YQE=\"}", NULL },
        { "controls, structured", 4, NULL, NULL,
            VIEW ",\"datacontenttype\":\"text/plain\",\"data\":\"a\\u0001\"}",
            VIEW ",\"datacontenttype\":\"text/plain\",\"data_base64\":\"YQE=\"}", NULL },
        { "another charset", 5, "text/plain; charset=iso-8859-1", REQUIRED, "abc",
            VIEW ",\"datacontenttype\":\"text/plain; charset=iso-8859-1\","
                 "\"data_base64\":\"YWJj\"}",
            NULL },
        { "this one", 5, "text/plain; CharSet=\"UTF-8\"", REQUIRED, "abc",
            VIEW ",\"datacontenttype\":\"text/plain; CharSet=\\\"UTF-8\\\"\",\"data\":\"abc\"}",
            NULL },
        { "no string", 4, NULL, NULL, VIEW ",\"datacontenttype\":\"text/plain\",\"data\":5}", NULL,
            "/data: a string, because datacontenttype does not declare the data to be JSON\n" },
    };
    CHECK(cases);
}

static void base64__must_be_decoded(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "bytes", 4, NULL, NULL, VIEW ",\"datacontenttype\":\"a/b\",\"data_base64\":\"//4=\"}",
            VIEW ",\"datacontenttype\":\"a/b\",\"data_base64\":\"//4=\"}", NULL },
        { "text", 4, NULL, NULL, VIEW ",\"data_base64\":\"YWJj\",\"datacontenttype\":\"a/b\"}",
            VIEW ",\"datacontenttype\":\"a/b\",\"data\":\"abc\"}", NULL },
        { "JSON", 4, NULL, NULL,
            VIEW ",\"datacontenttype\":\"a/json\",\"data_base64\":\"eyJhIjpbMV19\"}",
            VIEW ",\"datacontenttype\":\"a/json\",\"data\":{\"a\":[1]}}", NULL },
        { "what is said to be JSON and is not", 4, NULL, NULL,
            VIEW ",\"datacontenttype\":\"a/json\",\"data_base64\":\"YWJj\"}", NULL, "?: not JSON" },
        { "nothing", 4, NULL, NULL, VIEW ",\"datacontenttype\":\"a/b\",\"data_base64\":\"\"}",
            VIEW ",\"datacontenttype\":\"a/b\"}", NULL },
        { "not padded", 4, NULL, NULL, VIEW ",\"data_base64\":\"//4\"}", NULL,
            "/data_base64: bytes as base64 (RFC 4648 §4)\n" },
        { "bits that stand for nothing", 4, NULL, NULL, VIEW ",\"data_base64\":\"//5=\"}", NULL,
            "/data_base64: bytes as base64 (RFC 4648 §4)\n" },
        { "no string", 4, NULL, NULL, VIEW ",\"data_base64\":[]}", NULL,
            "/data_base64: bytes as base64 (RFC 4648 §4)\n" },
    };
    CHECK(cases);
}

static void data_of_unknown_type__must_not_be_taken_for_json(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "binary", 5, NULL, REQUIRED, "{\"a\":1}", VIEW ",\"data_base64\":\"eyJhIjoxfQ==\"}",
            NULL },
        { "structured", 4, NULL, NULL, VIEW ",\"data_base64\":\"eyJhIjoxfQ==\"}",
            VIEW ",\"data_base64\":\"eyJhIjoxfQ==\"}", NULL },
    };
    CHECK(cases);
}

static void data__must_not_be_there_twice(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "both", 4, NULL, NULL, VIEW ",\"data\":1,\"data_base64\":\"//4=\"}", NULL,
            "/data_base64: data or data_base64, not both\n" },
    };
    CHECK(cases);
}

/* ---- attributes ---- */

static void names__must_be_lower_case_letters_and_digits(void **state)
{
    (void)state;
    static const char expected[] =
        ": a member called like an attribute, of the letters a to z and digits alone\n";
    static const char *const names[] = { "A", "a-b", "a_b", "a.b", "\xc3\xa9", "a b", "" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char payload[200], want[200];
        snprintf(payload, sizeof payload, VIEW ",\"%s\":\"x\"}", names[i]);
        snprintf(want, sizeof want, "/%s%s", names[i], expected);
        const struct view_case one = { names[i], 4, NULL, NULL, payload, NULL, want };
        check_cases(&one, 1);
    }
    static const char *const good[] = { "a", "0", "x1y2", "abcdefghijklmnopqrstuvwxyz0123456789" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(eb_attribute_name_is_valid(eb_span_of(good[i])));
}

static void names__must_not_be_data(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "a user property", 5, "application/json", REQUIRED "\ndata=x", "1", NULL,
            "?data: no attribute called data: the payload is the event's data" },
    };
    assert_false(eb_attribute_name_is_valid(eb_span_of("data")));
    CHECK(cases);
}

static void values__must_be_of_a_type_of_the_type_system(void **state)
{
    (void)state;
    static const char expected[] =
        ": a string, a boolean, or an integer of 32 bits: what an attribute may be\n";
    static const char *const values[] = { "1.5", "1e2", "2147483648", "-2147483649",
        "99999999999999999999999", "[]", "{}", "[\"x\"]" };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char payload[200], want[200];
        snprintf(payload, sizeof payload, VIEW ",\"ext\":%s}", values[i]);
        snprintf(want, sizeof want, "/ext%s", expected);
        const struct view_case one = { values[i], 4, NULL, NULL, payload, NULL, want };
        check_cases(&one, 1);
    }
}

static void strings__must_not_hold_controls_and_noncharacters(void **state)
{
    (void)state;
    static const char want[] = "/ext: a text without control characters and non-characters\n";
    static const char *const values[] = { "\\u0000", "\\u001f", "\\n", "\\u007f", "\\u0080",
        "\\u009f", "\\ufdd0", "\\ufffe", "\\uffff", "\\ud83f\\udffe", "\\udbff\\udfff" };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char payload[200];
        snprintf(payload, sizeof payload, VIEW ",\"ext\":\"%s\"}", values[i]);
        const struct view_case one = { values[i], 4, NULL, NULL, payload, NULL, want };
        check_cases(&one, 1);
    }
    static const struct view_case cases[] = {
        { "half a pair", 4, NULL, NULL, VIEW ",\"ext\":\"\\udead\"}", NULL,
            "?: a \\u escape is one half of a surrogate pair" },
        { "a pair", 4, NULL, NULL, VIEW ",\"ext\":\"\\ud800\\udead\"}", NULL, NULL },
        { "in binary mode", 5, NULL, REQUIRED "\next=\xc2\x85", "", NULL, want },
    };
    CHECK(cases);
}

/* One attribute with a value that is wrong, and one that is right, in both modes. */
static void check_attribute(
    const char *name, const char *const *right, const char *const *wrong, const char *expected)
{
    static const char *const required[] = { "id", "source", "type", "specversion" };
    static const char *const values[] = { "1", "/s", "t", "1.0" };
    for (int is_wrong = 0; is_wrong < 2; is_wrong++) {
        for (const char *const *value = is_wrong ? wrong : right; *value; value++) {
            char properties[1000] = "", payload[1000] = "{", want[300] = "";
            for (size_t i = 0; i < 4; i++) {
                if (strcmp(required[i], name) == 0)
                    continue;
                sprintf(properties + strlen(properties), "%s=%s\n", required[i], values[i]);
                sprintf(payload + strlen(payload), "\"%s\":\"%s\",", required[i], values[i]);
            }
            sprintf(properties + strlen(properties), "%s=%s", name, *value);
            sprintf(payload + strlen(payload), "\"%s\":\"%s\"}", name, *value);
            if (is_wrong)
                snprintf(want, sizeof want, "/%s: %s\n", name, expected);
            const struct view_case cases[] = {
                { name, 5, NULL, properties, "", NULL, want },
                { name, 4, NULL, NULL, payload, NULL, want },
            };
            check_cases(cases, 2);
        }
    }
    char payload[1000], want[100];
    snprintf(payload, sizeof payload,
        "{\"id\":%s,\"source\":%s,\"type\":%s,\"specversion\":%s%s%s%s}",
        strcmp(name, "id") ? "\"1\"" : "5", strcmp(name, "source") ? "\"/s\"" : "5",
        strcmp(name, "type") ? "\"t\"" : "5", strcmp(name, "specversion") ? "\"1.0\"" : "5",
        strstr("id source type specversion", name) ? "" : ",\"",
        strstr("id source type specversion", name) ? "" : name,
        strstr("id source type specversion", name) ? "" : "\":5");
    snprintf(want, sizeof want, "/%s: a string\n", name);
    const struct view_case one = { name, 4, NULL, NULL, payload, NULL, want };
    check_cases(&one, 1);
}

static const char not_empty[] = "a text that is not empty";

static void id__must_be_there_and_not_empty(void **state)
{
    (void)state;
    static const struct view_case missing[] = {
        { "missing", 5, NULL, "source=/s\ntype=t\nspecversion=1.0", "", NULL,
            ": the attribute id\n" },
    };
    CHECK(missing);
    check_attribute("id", (const char *[]){ "x", " ", "\xc3\xa9", NULL },
        (const char *[]){ "", NULL }, not_empty);
}

static void source__must_be_there_and_a_uri_reference_that_is_not_empty(void **state)
{
    (void)state;
    static const struct view_case missing[] = {
        { "missing", 5, NULL, "id=1\ntype=t\nspecversion=1.0", "", NULL,
            ": the attribute source\n" },
    };
    CHECK(missing);
    check_attribute("source",
        (const char *[]){ "https://github.com/cloudevents", "mailto:a@b", "urn:uuid:6e8bc430-9c3a",
            "/cloudevents/spec/pull/123", "1-555-123-4567", "a?b#c", NULL },
        (const char *[]){ "", "a b", "%zz", "1:2", "\xc3\xa9", "http://[", NULL },
        "a URI reference that is not empty, as /sensors/7");
}

static void specversion__must_be_there_and_1_0(void **state)
{
    (void)state;
    static const struct view_case missing[] = {
        { "missing", 5, NULL, "id=1\nsource=/s\ntype=t", "", NULL,
            ": the attribute specversion\n" },
    };
    CHECK(missing);
    check_attribute("specversion", (const char *[]){ "1.0", NULL },
        (const char *[]){ "", "1", "0.3", "1.0.1", "1.0 ", "2.0", NULL }, "\"1.0\"");
}

static void type__must_be_there_and_not_empty(void **state)
{
    (void)state;
    static const struct view_case missing[] = {
        { "missing", 5, NULL, "id=1\nsource=/s\nspecversion=1.0", "", NULL,
            ": the attribute type\n" },
    };
    CHECK(missing);
    check_attribute("type", (const char *[]){ "com.example.x", "x", NULL },
        (const char *[]){ "", NULL }, not_empty);
}

static void datacontenttype__must_be_a_media_type(void **state)
{
    (void)state;
    static const char want[] = "/datacontenttype: a media type, as application/json\n";
    static const char *const right[] = { "text/plain", "a/b;c=d", "a/b ; c=\\\"d e\\\"; f=g",
        "application/vnd.x+json; charset=utf-8", "TEXT/Plain; CharSet=utf-8" };
    static const char *const wrong[] = { "", "text", "text/", "/plain", "a/b;", "a/b; c",
        "a/b; c=", "a/b c", "a b/c", "a/b; c=\\\"d", "a/b/c", "a/b; c=d e", "\xc3\xa9/b" };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        char payload[300];
        snprintf(payload, sizeof payload, VIEW ",\"datacontenttype\":\"%s\"}", right[i]);
        const struct view_case one = { right[i], 4, NULL, NULL, payload, NULL, NULL };
        check_cases(&one, 1);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char payload[300];
        snprintf(payload, sizeof payload, VIEW ",\"datacontenttype\":\"%s\"}", wrong[i]);
        const struct view_case one = { wrong[i], 4, NULL, NULL, payload, NULL, want };
        check_cases(&one, 1);
    }
    static const struct view_case binary[] = {
        { "binary", 5, "no type", REQUIRED, "x", NULL, want },
        { "binary, empty", 5, "", REQUIRED, "x", NULL, want },
    };
    CHECK(binary);
}

static void datacontenttype__must_mean_the_same_in_any_case(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "JSON", 5, "APPLICATION/Json", REQUIRED, "[]",
            VIEW ",\"datacontenttype\":\"APPLICATION/Json\",\"data\":[]}", NULL },
        { "charset", 5, "TEXT/Plain; CharSet=utf-8", REQUIRED, "x",
            VIEW ",\"datacontenttype\":\"TEXT/Plain; CharSet=utf-8\",\"data\":\"x\"}", NULL },
    };
    CHECK(cases);
}

static void dataschema__must_be_an_absolute_uri(void **state)
{
    (void)state;
    check_attribute("dataschema",
        (const char *[]){ "https://example.com/s.json?v=1", "urn:x:y", "event-bus:lock@1", NULL },
        (const char *[]){ "", "lock@1", "/s.json", "//example.com/s", "https://example.com/#x",
            "https://example.com/ x", NULL },
        "an absolute URI without a fragment, as https://example.com/schemas/lock");
}

static void subject__must_not_be_empty(void **state)
{
    (void)state;
    check_attribute("subject", (const char *[]){ "mynewfile.jpg", NULL },
        (const char *[]){ "", NULL }, not_empty);
}

static void time__must_be_as_rfc_3339_has_it(void **state)
{
    (void)state;
    check_attribute("time",
        (const char *[]){ "2018-04-05T17:31:00Z", "2018-04-05t17:31:00.123456789z",
            "1985-04-12T23:20:50.52-08:00", "1990-12-31T23:59:60Z", NULL },
        (const char *[]){ "", "2018-04-05", "2018-04-05T17:31:00", "2018-02-30T00:00:00Z",
            "2018-04-05 17:31", "1522949460", "2018-04-05T24:00:00Z", NULL },
        "a date and time with offset, as 2026-11-20T17:21:33Z");
}

/* ---- limits ---- */

static void data__may_be_as_deep_in_either_mode(void **state)
{
    (void)state;
    static const struct view_case cases[] = {
        { "binary", 5, "application/json", REQUIRED, "[[[[[[[[]]]]]]]]", NULL, NULL },
        { "structured", 4, NULL, NULL, VIEW ",\"data\":[[[[[[[[]]]]]]]]}", NULL, NULL },
        { "binary, deeper", 5, "application/json", REQUIRED, "[[[[[[[[[]]]]]]]]]", NULL,
            "?: arrays and objects are nested too deep" },
        { "structured, deeper", 4, NULL, NULL, VIEW ",\"data\":[[[[[[[[[]]]]]]]]]}", NULL,
            "?: arrays and objects are nested too deep" },
        { "base64, deeper", 4, NULL, NULL,
            VIEW ",\"datacontenttype\":\"a/json\",\"data_base64\":\"W1tbW1tbW1tbXV1dXV1dXV1d\"}",
            NULL, "?: arrays and objects are nested too deep" },
    };
    CHECK(cases);
}

static void data__may_be_as_long_in_either_mode(void **state)
{
    (void)state;
    struct eb_doc view;
    char *text = malloc(limits.bytes_max + 2);
    assert_non_null(text);
    memset(text, 'x', limits.bytes_max + 1);
    text[limits.bytes_max + 1] = '\0';
    struct eb_message message = message_of(5, "text/plain", REQUIRED, text);
    assert_string_equal(judge(&message, &view), "?: the JSON text is too long");
    text[limits.bytes_max] = '\0';
    message = message_of(5, "text/plain", REQUIRED, text);
    assert_string_equal(judge(&message, &view), "");
    free(text);
}

static void memory__that_runs_out_is_told(void **state)
{
    (void)state;
    struct eb_arena small;
    struct eb_cloudevent_fault fault;
    struct eb_doc view;
    struct eb_message messages[] = {
        message_of(4, NULL, NULL,
            VIEW ",\"a\":1,\"datacontenttype\":\"a/json\",\"data_base64\":\"eyJhIjpbMV19\"}"),
        message_of(5, "text/plain", REQUIRED, "some text that is longer than others are"),
    };
    for (size_t i = 0; i < 2; i++) {
        bool is_read = false;
        for (size_t used = 0; !is_read; used += 64) {
            assert_true(eb_arena_init_reserved(&small, 64 * 1024));
            assert_true(used < 64 * 1024);
            assert_non_null(eb_arena_alloc(&small, 64 * 1024 - used - 1, 1));
            is_read = eb_cloudevent_read(&view, &messages[i], &limits, &small, &fault);
            if (!is_read)
                assert_int_equal(fault.json.code, EB_JSON_NO_MEMORY);
            eb_arena_release(&small);
        }
    }
}

static int open_arena(void **state)
{
    (void)state;
    return eb_arena_init_reserved(&arena, 256 << 20) ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    eb_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes__are_seen_alike),
        cmocka_unit_test(payload__cannot_end_the_object_it_stands_in),
        cmocka_unit_test(two_things_at_once__are_no_event),
        cmocka_unit_test(structured_mode__must_be_told_by_the_content_type),
        cmocka_unit_test(mqtt_3_1_1__must_use_the_json_format),
        cmocka_unit_test(wills__whose_properties_are_not_told_are_structured),
        cmocka_unit_test(content_type__must_be_mapped_to_datacontenttype),
        cmocka_unit_test(user_properties__must_be_attributes_unchanged),
        cmocka_unit_test(null__must_be_the_same_as_unset),
        cmocka_unit_test(values__must_be_their_canonical_strings),
        cmocka_unit_test(json_data__must_be_a_json_value_and_no_string_of_one),
        cmocka_unit_test(other_data__must_be_a_string_or_base64),
        cmocka_unit_test(base64__must_be_decoded),
        cmocka_unit_test(data_of_unknown_type__must_not_be_taken_for_json),
        cmocka_unit_test(data__must_not_be_there_twice),
        cmocka_unit_test(names__must_be_lower_case_letters_and_digits),
        cmocka_unit_test(names__must_not_be_data),
        cmocka_unit_test(values__must_be_of_a_type_of_the_type_system),
        cmocka_unit_test(strings__must_not_hold_controls_and_noncharacters),
        cmocka_unit_test(id__must_be_there_and_not_empty),
        cmocka_unit_test(source__must_be_there_and_a_uri_reference_that_is_not_empty),
        cmocka_unit_test(specversion__must_be_there_and_1_0),
        cmocka_unit_test(type__must_be_there_and_not_empty),
        cmocka_unit_test(datacontenttype__must_be_a_media_type),
        cmocka_unit_test(datacontenttype__must_mean_the_same_in_any_case),
        cmocka_unit_test(dataschema__must_be_an_absolute_uri),
        cmocka_unit_test(subject__must_not_be_empty),
        cmocka_unit_test(time__must_be_as_rfc_3339_has_it),
        cmocka_unit_test(data__may_be_as_deep_in_either_mode),
        cmocka_unit_test(data__may_be_as_long_in_either_mode),
        cmocka_unit_test(memory__that_runs_out_is_told),
    };
    return cmocka_run_group_tests_name("cloudevent", tests, open_arena, close_arena);
}
