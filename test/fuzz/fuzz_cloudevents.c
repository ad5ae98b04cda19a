/*
 * A message that may be a CloudEvent: its view is what jansson would make of it, a document like
 * any that was read, and in structured mode it is its own view. Of a sound one, attributes and data
 * taken apart give the same view in both modes.
 *
 * A byte of flags, then lines: content type, user properties as name=value, an empty one; and, to
 * the end, the payload.
 */
#include "fuzz/fuzz.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "cloudevents/cloudevent.h"
#include "cloudevents/event_write.h"
#include "oracle/naive_cloudevent.h"
#include "json/reader.h"

enum {
    ARENA_BYTES = 1 << 26,
    PROPERTIES_MAX = 40,
    FAULTS_MAX = 4,
    /* Flags. */
    IS_OLD = 1,
    IS_WILL = 2,
    HAS_TYPE = 4,
    IS_SHALLOW = 8,
};

/* A view is a level deeper than the data in it. */
static const struct eb_json_limits deep = { .bytes_max = 1 << 20, .depth_max = EB_DEPTH_MAX - 1 };
static const struct eb_json_limits shallow = { .bytes_max = 1000, .depth_max = 4 };

static struct eb_arena arena;

/* ---- a message ---- */

static struct eb_span take_line(struct eb_span *rest)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    struct eb_span line = eb_span(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);
    size_t taken = line.len + (end != NULL);
    *rest = eb_span(rest->ptr + taken, rest->len - taken);
    return line;
}

/* False when the broker would not let it through. */
static bool draw_property(struct eb_user_property *property, struct eb_span line)
{
    const char *equals = memchr(line.ptr, '=', line.len);
    size_t len = equals ? (size_t)(equals - line.ptr) : line.len;
    property->name = eb_span(line.ptr, len);
    property->value = eb_span(line.ptr + len + (equals != NULL), line.len - len - (equals != NULL));
    return eb_utf8_is_valid(line) && !memchr(line.ptr, '\0', line.len);
}

static bool draw_message(
    struct eb_message *message, struct eb_user_property *user, struct eb_span *rest, uint8_t flags)
{
    struct eb_span type = take_line(rest), line;
    uint32_t count = 0;
    while (count < PROPERTIES_MAX && (line = take_line(rest)).len) {
        if (!draw_property(&user[count++], line))
            return false;
    }
    bool is_old = flags & IS_OLD;
    *message = (struct eb_message){
        .topic = EB_SPAN("t"),
        .payload = rest->len ? *rest : eb_span(NULL, 0),
        .protocol = is_old ? 4 : 5,
        .is_will = flags & IS_WILL,
        .properties = { .payload_format = -1,
            .user = user,
            .user_count = is_old ? 0 : count,
            .content_type = !is_old && flags & HAS_TYPE ? type : eb_span(NULL, 0) },
    };
    return eb_utf8_is_valid(type) && !(type.len && memchr(type.ptr, '\0', type.len));
}

/* ---- a view ---- */

static struct eb_span text_of(const struct eb_doc *doc)
{
    return eb_span(doc->text, doc->text_len);
}

static bool read_view(
    struct eb_doc *view, const struct eb_message *message, const struct eb_json_limits *limits)
{
    struct eb_cloudevent_fault fault;
    return eb_cloudevent_read(view, message, limits, &arena, &fault);
}

static void require_document(const struct eb_doc *view)
{
    struct eb_doc again;
    struct eb_json_fault fault;
    FUZZ_REQUIRE(
        eb_json_read(&again, text_of(view), &eb_json_limits_max, &arena, &fault) == EB_JSON_OK);
    FUZZ_REQUIRE(again.token_count == view->token_count);
    for (uint32_t i = 0; i < view->token_count; i++) {
        const struct eb_token *a = &again.tokens[i], *b = &view->tokens[i];
        FUZZ_REQUIRE(a->start == b->start && a->len == b->len && a->next == b->next);
        FUZZ_REQUIRE(a->type == b->type && a->count == b->count);
        /* What is escaped counts as wide where it was written here. */
        FUZZ_REQUIRE((a->flags & ~b->flags) == 0);
        FUZZ_REQUIRE(((a->flags ^ b->flags) & ~EB_TOKEN_IS_WIDE) == 0);
    }
}

static void require_same_json(struct eb_span text, const json_t *want)
{
    json_t *got = json_loadb(
        text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    FUZZ_REQUIRE(json_equal(got, want));
    json_decref(got);
}

/* A view is an event in structured mode, and its own view. */
static void require_settled(const struct eb_doc *view)
{
    struct eb_message message = { .payload = text_of(view), .protocol = 4 };
    struct eb_doc again;
    FUZZ_REQUIRE(read_view(&again, &message, &eb_json_limits_max));
    FUZZ_REQUIRE(again.text == view->text && again.text_len == view->text_len);
}

/* ---- taken apart, and put together ---- */

/* Of a view without faults: all attributes are strings. */
static bool take_apart(
    struct eb_event_parts *parts, struct eb_user_property *attributes, const struct eb_doc *view)
{
    *parts = (struct eb_event_parts){ .attributes = attributes };
    EB_DOC_EACH_MEMBER(view, 0, name)
    {
        struct eb_span text = eb_doc_string(view, name, &arena);
        if (eb_span_is(text, "data") || eb_span_is(text, "data_base64"))
            continue;
        struct eb_span value = eb_doc_string(view, name + 1, &arena);
        if (eb_span_is(text, "datacontenttype"))
            parts->content_type = value;
        else if (parts->attribute_count < PROPERTIES_MAX)
            attributes[parts->attribute_count++] = (struct eb_user_property){ text, value };
        else
            return false;
    }
    FUZZ_REQUIRE(eb_event_data_of_view(&parts->data, view, &arena));
    return true;
}

static void require_event(const struct eb_message *message, const json_t *want)
{
    struct eb_doc view;
    FUZZ_REQUIRE(read_view(&view, message, &eb_json_limits_max));
    require_same_json(text_of(&view), want);
}

/* What another charset makes of text is not known, and binary mode has nothing but its bytes. */
static void require_parts(const struct eb_doc *view, const json_t *want)
{
    struct eb_user_property attributes[PROPERTIES_MAX];
    struct eb_event_parts parts;
    if (!take_apart(&parts, attributes, view))
        return;
    FUZZ_REQUIRE(!parts.data.is_faulty && !eb_event_data_expected(&parts));
    struct eb_span payload = parts.data.bytes;
    struct eb_message binary = {
        .payload = payload.len ? payload : eb_span(NULL, 0),
        .protocol = 5,
        .properties = { .content_type = parts.content_type,
            .user = attributes,
            .user_count = parts.attribute_count },
    };
    struct eb_message structured = { .payload = eb_event_write(&parts, &arena), .protocol = 4 };
    FUZZ_REQUIRE(structured.payload.ptr);
    require_event(&structured, want);
    if (!parts.data.is_unencoded && !eb_cloudevent_is_structured(parts.content_type))
        require_event(&binary, want);
}

/* ---- the whole ---- */

static void judge(const struct eb_message *message, const struct eb_json_limits *limits)
{
    struct eb_doc view;
    json_t *want;
    struct eb_attribute_fault faults[FAULTS_MAX];
    enum naive_view_kind kind = naive_cloudevent_view(&want, message, limits);
    bool has_view = read_view(&view, message, limits);
    FUZZ_REQUIRE(kind == NAIVE_BEYOND || has_view == (kind == NAIVE_VIEW));
    if (!has_view)
        return;
    require_document(&view);
    require_settled(&view);
    if (want)
        require_same_json(text_of(&view), want);
    size_t count = eb_cloudevent_check(&view, &arena, faults, FAULTS_MAX);
    FUZZ_REQUIRE(count != SIZE_MAX);
    for (size_t i = 0; i < count && i < FAULTS_MAX; i++)
        FUZZ_REQUIRE(faults[i].token < view.token_count && faults[i].expected);
    if (want && count == 0)
        require_parts(&view, want);
    json_decref(want);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static bool is_ready;
    struct eb_user_property user[PROPERTIES_MAX];
    struct eb_message message;
    if (!is_ready)
        is_ready = eb_arena_init_reserved(&arena, ARENA_BYTES);
    FUZZ_REQUIRE(is_ready);
    if (!len)
        return 0;
    struct eb_span rest = eb_span((const char *)bytes + 1, len - 1);
    eb_arena_reset(&arena);
    if (draw_message(&message, user, &rest, bytes[0]))
        judge(&message, bytes[0] & IS_SHALLOW ? &shallow : &deep);
    return 0;
}
