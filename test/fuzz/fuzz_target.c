/*
 * Three lines: a topic template, a payload template (JSON, or nothing), and, to the end, an event.
 * Or two, the first a whole target as it stands in a rule. What is rendered must be a topic the
 * broker takes, outside of its own trees, JSON, and properties that the broker takes.
 */
#include "fuzz/fuzz.h"

#include "base/limits.h"
#include "bus/document_check.h"
#include "target/target.h"
#include "topic/filter.h"
#include "json/reader.h"
#include "json/writer.h"

enum { ARENA_BYTES = 1 << 26 };

static struct eb_span take_line(struct eb_span *rest)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    struct eb_span line = eb_span(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);
    size_t taken = line.len + (end != NULL);
    *rest = eb_span(rest->ptr + taken, rest->len - taken);
    return line;
}

static bool read_json(struct eb_doc *doc, struct eb_span text, struct eb_arena *arena)
{
    struct eb_json_fault fault;
    return text.len && eb_json_read(doc, text, &eb_json_limits_max, arena, &fault) == EB_JSON_OK;
}

/* {"topic": …, "payload": …} around the two lines; false when the second is not JSON. */
static bool write_target(
    struct eb_doc *doc, struct eb_span topic, struct eb_span payload, struct eb_arena *arena)
{
    if (payload.len && !read_json(doc, payload, arena))
        return false;
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, arena);
    eb_json_open_object(&writer);
    eb_json_write_name(&writer, eb_span_of("topic"));
    eb_json_write_string(&writer, topic);
    if (payload.len) {
        eb_json_write_name(&writer, eb_span_of("payload"));
        eb_json_write_raw(&writer, payload);
    }
    eb_json_close_object(&writer);
    struct eb_span json = eb_json_writer_finish(&writer);
    return json.ptr && read_json(doc, json, arena);
}

/* The line as the target of a rule; false when no rule could have it. */
static bool write_whole(struct eb_doc *doc, struct eb_span line, struct eb_arena *arena)
{
    static struct eb_document_checker *checker;
    struct eb_json_writer writer;
    struct eb_diag_list diags;
    struct eb_doc alone;
    eb_diag_list_init(&diags);
    if (!checker)
        checker = eb_document_checker_new(&diags);
    if (!read_json(&alone, line, arena))
        return false;
    eb_json_writer_init_arena(&writer, arena);
    eb_json_write_raw(&writer, eb_span_of("{\"from\":[\"a\"],\"to\":["));
    eb_json_write_bytes(&writer, line);
    eb_json_write_bytes(&writer, eb_span_of("]}"));
    bool is_good = read_json(doc, eb_json_writer_finish(&writer), arena) &&
                   eb_document_check(checker, EB_DOCUMENT_RULE, doc, &diags);
    eb_diag_list_release(&diags);
    return is_good;
}

static void require_topic(struct eb_span topic)
{
    FUZZ_REQUIRE(eb_topic_check(topic) == EB_TOPIC_OK);
    FUZZ_REQUIRE(!eb_filter_matches(eb_span_of("$SYS/#"), topic));
    FUZZ_REQUIRE(!eb_filter_matches(eb_span_of("$CONTROL/#"), topic));
    FUZZ_REQUIRE(!eb_filter_matches(eb_span_of("dead/#"), topic));
    FUZZ_REQUIRE(eb_filter_matches(eb_span_of("s/#"), topic) ||
                 eb_filter_matches(eb_span_of("+/out"), topic) ||
                 eb_filter_matches(eb_span_of("$x/#"), topic));
}

/* Text, unless it is the publisher's own, which the broker has let through. */
static void require_text(struct eb_span text, const struct eb_message *message)
{
    for (uint32_t i = 0; i < message->properties.user_count; i++) {
        const struct eb_user_property *own = &message->properties.user[i];
        if (eb_span_equal(text, own->name) || eb_span_equal(text, own->value))
            return;
    }
    FUZZ_REQUIRE(text.len <= EB_TOPIC_BYTES_MAX && eb_topic_is_text(text));
}

static void require_properties(
    const struct eb_properties *properties, const struct eb_message *message)
{
    FUZZ_REQUIRE(properties->user_count <= EB_USER_PROPERTIES_MAX);
    if (properties->content_type.ptr)
        require_text(properties->content_type, message);
    for (uint32_t i = 0; i < properties->user_count; i++) {
        require_text(properties->user[i].name, message);
        require_text(properties->user[i].value, message);
    }
}

static struct eb_span event_id(void *event)
{
    (void)event;
    return eb_span_of("id");
}

static void render(const struct eb_target *target, struct eb_span event, struct eb_arena *arena)
{
    static const struct eb_user_property user[] = { { EB_SPAN("a"), EB_SPAN("1") },
        { EB_SPAN("a"), EB_SPAN("x/\"\xff") }, { EB_SPAN("b"), EB_SPAN("$y") } };
    struct eb_doc doc;
    struct eb_message message = { .topic = EB_SPAN("locks/7/events"),
        .payload = event,
        .client_id = EB_SPAN("c\\1"),
        .properties = { .user = user, .user_count = 3 } };
    bool is_read = read_json(&doc, event, arena);
    struct eb_render what = { .message = &message,
        .doc = is_read ? &doc : NULL,
        .event_id = event_id,
        .rule = EB_SPAN("rule") };
    struct eb_publish publish;
    struct eb_render_fault fault;
    size_t before = eb_arena_bytes(arena);
    if (eb_target_render(target, &what, arena, &publish, &fault)) {
        FUZZ_REQUIRE(eb_arena_bytes(arena) == before);
        FUZZ_REQUIRE(fault.code);
        return;
    }
    require_topic(publish.topic);
    require_properties(&publish.properties, &message);
    if (eb_target_makes_cloudevents(target))
        return; /* a binary one's payload is whatever the event's was */
    if (eb_target_keeps_payload(target)) {
        FUZZ_REQUIRE(publish.payload.ptr == event.ptr && publish.payload.len == event.len);
        return;
    }
    /* A tree may come to lie deeper in a template than the limit. */
    struct eb_json_fault json_fault;
    enum eb_json_code code =
        eb_json_read(&doc, publish.payload, &eb_json_limits_max, arena, &json_fault);
    FUZZ_REQUIRE(code == EB_JSON_OK || code == EB_JSON_TOO_DEEP);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct eb_span filters[] = { EB_SPAN("s/#"), EB_SPAN("+/out"), EB_SPAN("$x/#") };
    static const struct eb_target_policy policy = { filters, 3, EB_SPAN("dead") };
    struct eb_span rest = eb_span((const char *)bytes, len);
    struct eb_span topic = take_line(&rest);
    bool is_whole = topic.len && topic.ptr[0] == '{';
    struct eb_span payload = is_whole ? eb_span(NULL, 0) : take_line(&rest);
    struct eb_arena arena, compiled;
    struct eb_diag_list diags;
    struct eb_doc doc;
    FUZZ_REQUIRE(eb_arena_init_reserved(&arena, ARENA_BYTES));
    eb_arena_init_growing(&compiled, SIZE_MAX);
    eb_diag_list_init(&diags);
    if (is_whole ? write_whole(&doc, topic, &arena) : write_target(&doc, topic, payload, &arena)) {
        uint32_t token = is_whole ? eb_doc_at(&doc, eb_span_of("/to/0")) : 0;
        struct eb_target *target = eb_target_compile(&doc, token, &policy, &compiled, &diags);
        FUZZ_REQUIRE((target == NULL) == (diags.errors > 0));
        eb_arena_reset(&arena);
        if (target)
            render(target, rest, &arena);
    }
    eb_diag_list_release(&diags);
    eb_arena_release(&compiled);
    eb_arena_release(&arena);
    return 0;
}
