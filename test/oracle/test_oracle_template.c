/*
 * Random payload templates over random events, against jansson: what is rendered must be JSON, and
 * must hold what substitution by hand gives. Strings are compared by value, everything else by the
 * bytes it was written with.
 */
#include "eb_test.h"

#include <jansson.h>
#include <stdlib.h>

#include "eb_draw.h"
#include "target/target.h"
#include "json/reader.h"

enum { MEMBERS = 6, ELEMENTS = 5, ROUNDS = 3000, TEXT_MAX = 65536 };

/* A text under construction. */
struct text {
    char bytes[TEXT_MAX];
    size_t len;
};

static void add(struct text *text, const char *bytes, size_t len)
{
    assert_true(text->len + len < TEXT_MAX);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
}

static void add_text(struct text *text, const char *bytes)
{
    add(text, bytes, strlen(bytes));
}

/* ---- events: each value twice, as it is sent and compact ---- */

static struct eb_draw draw = { 20261120 };

struct spelling {
    struct text sent, compact;
};

static void add_both(struct spelling *spelling, const char *bytes)
{
    add_text(&spelling->sent, bytes);
    add_text(&spelling->compact, bytes);
}

static void add_space(struct spelling *spelling)
{
    static const char *const spaces[] = { "", "", "", " ", "\n", "\t ", "\r\n  " };
    add_text(&spelling->sent, spaces[eb_draw_below(&draw, 7)]);
}

static void add_string(struct spelling *spelling)
{
    static const char *const pieces[] = { "a", " ", "  ", "\\\"", "\\\\", "\\/", "/", "\\n",
        "\\u0000", "\\u001f", "\\ud83d\\udd12", "\xf0\x9f\x94\x92", "\xc3\xa9", "\\u00E9",
        "${type}", "$${", "{", "}", "[1 , 2]", "\x7f", "+", "#", "," };
    add_both(spelling, "\"");
    for (size_t n = eb_draw_below(&draw, 5); n > 0; n--)
        add_both(spelling, pieces[eb_draw_below(&draw, sizeof pieces / sizeof *pieces)]);
    add_both(spelling, "\"");
}

static void add_value(struct spelling *spelling, int depth)
{
    static const char *const scalars[] = { "null", "true", "false", "0", "-0", "1.50", "1E+2",
        "12345678901234567", "1e-5" };
    size_t kind = eb_draw_below(&draw, depth ? 10 : 7);
    if (kind < 4) {
        add_both(spelling, scalars[eb_draw_below(&draw, sizeof scalars / sizeof *scalars)]);
        return;
    }
    if (kind < 7) {
        add_string(spelling);
        return;
    }
    bool is_object = kind == 7;
    add_both(spelling, is_object ? "{" : "[");
    for (size_t i = 0, count = eb_draw_below(&draw, 4); i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "\"n%zu\"", i);
        add_both(spelling, i ? "," : "");
        add_space(spelling);
        add_both(spelling, is_object ? name : "");
        add_space(spelling);
        add_both(spelling, is_object ? ":" : "");
        add_space(spelling);
        add_value(spelling, depth - 1);
        add_space(spelling);
    }
    add_both(spelling, is_object ? "}" : "]");
}

static struct spelling members[MEMBERS]; /* v0, v1, … */
static struct text event;

static void make_event(void)
{
    event.len = 0;
    for (int i = 0; i < MEMBERS; i++) {
        char name[16];
        members[i].sent.len = members[i].compact.len = 0;
        add_value(&members[i], 3);
        snprintf(name, sizeof name, "%s \"v%d\" : ", i ? "," : "{", i);
        add_text(&event, name);
        add(&event, members[i].sent.bytes, members[i].sent.len);
    }
    add_text(&event, " }");
}

/* ---- templates, and what they should become ---- */

struct element {
    int whole;        /* which member it stands for; -1: a string with parts */
    struct text want; /* that string's value */
};

static struct element elements[ELEMENTS];
static struct text target_json;

static void add_placeholder(int member)
{
    char text[32];
    snprintf(text, sizeof text, eb_draw_below(&draw, 2) ? "${v%d}" : "${[\\\"v%d\\\"]|1}", member);
    add_text(&target_json, text);
}

/* What a value is inside a string: a string's value, else its compact text. */
static void add_inside(struct text *want, int member)
{
    const struct text *compact = &members[member].compact;
    json_t *value =
        json_loadb(compact->bytes, compact->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    if (json_is_string(value))
        add(want, json_string_value(value), json_string_length(value));
    else
        add(want, compact->bytes, compact->len);
    json_decref(value);
}

/* Always at least two parts: one placeholder alone would be the whole string. */
static void make_parts(struct element *element)
{
    static const struct {
        const char *source, *value;
    } literals[] = { { "x", "x" }, { " ", " " }, { "\\\"", "\"" }, { "\\u0041", "A" },
        { "$${", "${" }, { "$", "$" }, { "\\ud83d\\udd12", "\xf0\x9f\x94\x92" }, { "\\n", "\n" },
        { "}", "}" }, { "\\\\", "\\" } };
    element->whole = -1;
    add_text(&target_json, ".");
    add_text(&element->want, ".");
    for (size_t n = eb_draw_below(&draw, 6); n > 0; n--) {
        size_t literal = eb_draw_below(&draw, sizeof literals / sizeof *literals);
        int member = (int)eb_draw_below(&draw, MEMBERS);
        bool is_literal = eb_draw_below(&draw, 2);
        if (is_literal) {
            add_text(&target_json, literals[literal].source);
            add_text(&element->want, literals[literal].value);
            /* "$" before "${" would be an escape. */
            add_text(&target_json, "-");
            add_text(&element->want, "-");
        } else {
            add_placeholder(member);
            add_inside(&element->want, member);
        }
    }
}

static void make_target(void)
{
    target_json.len = 0;
    add_text(&target_json, "{\"topic\":\"t\",\"payload\":{\"elements\":[");
    for (int i = 0; i < ELEMENTS; i++) {
        elements[i].want.len = 0;
        add_text(&target_json, i ? " , \"" : "\"");
        if (eb_draw_below(&draw, 2)) {
            elements[i].whole = (int)eb_draw_below(&draw, MEMBERS);
            add_placeholder(elements[i].whole);
        } else {
            make_parts(&elements[i]);
        }
        add_text(&target_json, "\"");
    }
    add_text(&target_json, "]}}");
}

/* ---- the comparison ---- */

static void compare_element(
    const struct eb_doc *doc, uint32_t token, json_t *rendered, const struct element *element)
{
    if (element->whole >= 0) {
        struct eb_span got = eb_doc_source(doc, token);
        const struct text *want = &members[element->whole].compact;
        if (!eb_span_equal(got, eb_span(want->bytes, want->len)))
            fail_msg("got %.*s, want %s", (int)got.len, got.ptr, want->bytes);
        return;
    }
    assert_true(json_is_string(rendered));
    struct eb_span got = eb_span(json_string_value(rendered), json_string_length(rendered));
    if (!eb_span_equal(got, eb_span(element->want.bytes, element->want.len)))
        fail_msg("got %.*s, want %s", (int)got.len, got.ptr, element->want.bytes);
}

static void compare_payload(struct eb_span payload, struct eb_arena *arena)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    enum eb_json_code code = eb_json_read(&doc, payload, &eb_json_limits_max, arena, &fault);
    json_t *rendered =
        json_loadb(payload.ptr, payload.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    if (code || !rendered)
        fail_msg("not JSON: %.*s", (int)payload.len, payload.ptr);
    uint32_t array = eb_doc_member(&doc, 0, "elements");
    json_t *elements_rendered = json_object_get(rendered, "elements");
    assert_int_equal(doc.tokens[array].count, ELEMENTS);
    int i = 0;
    EB_DOC_EACH_ELEMENT(&doc, array, token)
    {
        compare_element(&doc, token, json_array_get(elements_rendered, (size_t)i), &elements[i]);
        i++;
    }
    json_decref(rendered);
}

static struct eb_target *compile(struct eb_arena *compiled, struct eb_arena *arena)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    struct eb_diag_list diags;
    struct eb_target_policy policy = { 0 };
    eb_diag_list_init(&diags);
    assert_int_equal(eb_json_read(&doc, eb_span(target_json.bytes, target_json.len),
                         &eb_json_limits_max, arena, &fault),
        EB_JSON_OK);
    struct eb_target *target = eb_target_compile(&doc, 0, &policy, compiled, &diags);
    if (!target)
        fail_msg("%s: %s", target_json.bytes, diags.first->text);
    return target;
}

static void payload__is_what_substituting_by_hand_gives(void **state)
{
    (void)state;
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 26));
    for (int round = 0; round < ROUNDS; round++) {
        make_event();
        make_target();
        struct eb_arena compiled;
        eb_arena_init_growing(&compiled, SIZE_MAX);
        struct eb_target *target = compile(&compiled, &arena);
        eb_arena_reset(&arena);
        struct eb_doc doc;
        struct eb_json_fault fault;
        assert_int_equal(eb_json_read(&doc, eb_span(event.bytes, event.len), &eb_json_limits_max,
                             &arena, &fault),
            EB_JSON_OK);
        struct eb_message message = { .topic = EB_SPAN("a/b") };
        struct eb_render render = { .message = &message, .doc = &doc };
        struct eb_publish publish;
        struct eb_render_fault render_fault;
        assert_int_equal(
            eb_target_render(target, &render, &arena, &publish, &render_fault), EB_RENDER_OK);
        compare_payload(publish.payload, &arena);
        eb_arena_reset(&arena);
        eb_arena_release(&compiled);
    }
    eb_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload__is_what_substituting_by_hand_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
