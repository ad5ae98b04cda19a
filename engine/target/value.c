#include "target/value.h"

#include "base/clock.h"
#include "topic/filter.h"
#include "json/unescape.h"

struct eb_value eb_value_of_token(const struct eb_doc *doc, uint32_t token)
{
    static const enum eb_value_kind kinds[] = {
        [EB_JSON_NULL] = EB_VALUE_NULL,
        [EB_JSON_FALSE] = EB_VALUE_SCALAR,
        [EB_JSON_TRUE] = EB_VALUE_SCALAR,
        [EB_JSON_NUMBER] = EB_VALUE_SCALAR,
        [EB_JSON_STRING] = EB_VALUE_ESCAPED,
        [EB_JSON_ARRAY] = EB_VALUE_TREE,
        [EB_JSON_OBJECT] = EB_VALUE_TREE,
    };
    return (struct eb_value){
        .kind = kinds[eb_doc_type(doc, token)],
        .text = eb_doc_raw(doc, token),
    };
}

static void put(struct eb_json_writer *writer, const char *text)
{
    eb_json_write_bytes(writer, eb_span_of(text));
}

static void put_time(struct eb_json_writer *writer, int64_t time_us)
{
    char text[EB_TIME_LEN];
    eb_time_write(time_us, text);
    eb_json_write_bytes(writer, eb_span(text, sizeof text));
}

static void put_string(struct eb_json_writer *writer, struct eb_span text)
{
    put(writer, "\"");
    eb_json_write_string_part(writer, text);
    put(writer, "\"");
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Where the string that begins with the quote at `next` ends. */
static const char *skip_string(const char *next)
{
    for (next++; *next != '"'; next++)
        next += *next == '\\';
    return next + 1;
}

/* JSON text without its white space. The reader has proved that its strings end. */
static void put_compact(struct eb_json_writer *writer, struct eb_span json)
{
    const char *next = json.ptr, *end = json.ptr + json.len, *run = next;
    while (next < end) {
        if (*next == '"') {
            next = skip_string(next);
        } else if (is_space(*next)) {
            eb_json_write_bytes(writer, eb_span(run, (size_t)(next - run)));
            run = ++next;
        } else {
            next++;
        }
    }
    eb_json_write_bytes(writer, eb_span(run, (size_t)(next - run)));
}

static void put_levels(struct eb_json_writer *writer, struct eb_span topic)
{
    const char *separator = "[";
    for (struct eb_span level; eb_topic_next_level(&topic, &level); separator = ",") {
        put(writer, separator);
        put_string(writer, level);
    }
    put(writer, "]");
}

static void put_properties(
    struct eb_json_writer *writer, const struct eb_properties *properties, struct eb_span name)
{
    const char *separator = "[";
    for (uint32_t i = 0; i < properties->user_count; i++) {
        if (!eb_span_equal(properties->user[i].name, name))
            continue;
        put(writer, separator);
        put_string(writer, properties->user[i].value);
        separator = ",";
    }
    put(writer, "]");
}

void eb_value_write_json(const struct eb_value *value, struct eb_json_writer *writer)
{
    switch (value->kind) {
    case EB_VALUE_MISSING: break;
    case EB_VALUE_SCALAR:
    case EB_VALUE_NULL: eb_json_write_bytes(writer, value->text); break;
    case EB_VALUE_TREE: put_compact(writer, value->text); break;
    case EB_VALUE_LEVELS: put_levels(writer, value->text); break;
    case EB_VALUE_PROPERTIES: put_properties(writer, value->properties, value->text); break;
    case EB_VALUE_TEXT:
    case EB_VALUE_ESCAPED:
    case EB_VALUE_TIME:
        put(writer, "\"");
        eb_value_write_string_part(value, writer);
        put(writer, "\"");
        break;
    }
}

static bool needs_escape(char byte)
{
    return byte == '"' || byte == '\\';
}

/*
 * Escapes, in place, the compact JSON text that lies between `offset` and the writer's position.
 * It holds no control characters, so only quotes and backslashes grow.
 */
static void escape_from(struct eb_json_writer *writer, size_t offset)
{
    if (writer->is_overflown)
        return;
    char *start = writer->start + offset, *from = writer->next;
    size_t growth = 0;
    for (const char *byte = start; byte < from; byte++)
        growth += needs_escape(*byte);
    /* Room is made by writing any bytes that many. */
    eb_json_write_bytes(writer, eb_span(start, growth));
    if (writer->is_overflown)
        return;
    for (char *to = writer->next; to > from;) {
        char byte = *--from;
        *--to = byte;
        if (needs_escape(byte))
            *--to = '\\';
    }
}

void eb_value_write_string_part(const struct eb_value *value, struct eb_json_writer *writer)
{
    size_t offset = (size_t)(writer->next - writer->start);
    switch (value->kind) {
    case EB_VALUE_MISSING: break;
    case EB_VALUE_TEXT: eb_json_write_string_part(writer, value->text); break;
    case EB_VALUE_ESCAPED:
    case EB_VALUE_SCALAR:
    case EB_VALUE_NULL: eb_json_write_bytes(writer, value->text); break;
    case EB_VALUE_TIME: put_time(writer, value->time_us); break;
    case EB_VALUE_TREE:
    case EB_VALUE_LEVELS:
    case EB_VALUE_PROPERTIES:
        eb_value_write_json(value, writer);
        escape_from(writer, offset);
        break;
    }
}

static void put_unescaped(struct eb_json_writer *writer, struct eb_span raw)
{
    struct eb_unescape pieces = eb_unescape(raw);
    for (struct eb_span piece; (piece = eb_unescape_next(&pieces)).ptr;)
        eb_json_write_bytes(writer, piece);
}

bool eb_value_write_text(const struct eb_value *value, struct eb_json_writer *writer)
{
    switch (value->kind) {
    case EB_VALUE_TEXT:
    case EB_VALUE_SCALAR: eb_json_write_bytes(writer, value->text); return true;
    case EB_VALUE_ESCAPED: put_unescaped(writer, value->text); return true;
    case EB_VALUE_TIME: put_time(writer, value->time_us); return true;
    case EB_VALUE_MISSING:
    case EB_VALUE_NULL:
    case EB_VALUE_TREE:
    case EB_VALUE_LEVELS:
    case EB_VALUE_PROPERTIES: break;
    }
    return false;
}
