#include "json_edit.h"

#include "json/doc.h"
#include "json/reader.h"
#include "json/writer.h"

/* `json` with `text` in place of the bytes from `start` to `end`. */
static struct eb_span splice(
    struct eb_span json, size_t start, size_t end, struct eb_span text, struct eb_arena *arena)
{
    size_t len = start + text.len + json.len - end;
    char *out = eb_arena_alloc(arena, len + 1, 1);
    if (!out)
        return eb_span(NULL, 0);
    memcpy(out, json.ptr, start);
    memcpy(out + start, text.ptr, text.len);
    memcpy(out + start + text.len, json.ptr + end, json.len - end);
    out[len] = '\0';
    return eb_span(out, len);
}

/* RFC 6901 §4: "~1" is '/', "~0" is '~'. */
static struct eb_span unescape(struct eb_span step, struct eb_arena *arena)
{
    char *out = eb_arena_alloc(arena, step.len + 1, 1), *next = out;
    for (size_t i = 0; out && i < step.len; i++) {
        bool is_escape = step.ptr[i] == '~' && i + 1 < step.len;
        if (is_escape)
            i++;
        *next++ = !is_escape ? step.ptr[i] : step.ptr[i] == '1' ? '/' : '~';
    }
    return eb_span(out, out ? (size_t)(next - out) : 0);
}

/* `"name":value`, behind a comma if need be. */
static struct eb_span write_member(
    struct eb_span name, struct eb_span value, bool is_first, struct eb_arena *arena)
{
    size_t room = 6 * name.len + value.len + 8;
    char *text = eb_arena_alloc(arena, room, 1);
    if (!text)
        return eb_span(NULL, 0);
    struct eb_json_writer writer;
    eb_json_writer_init(&writer, text, room);
    if (!is_first)
        eb_json_write_bytes(&writer, eb_span(",", 1));
    eb_json_write_name(&writer, name);
    eb_json_write_raw(&writer, value);
    return eb_json_writer_finish(&writer);
}

static struct eb_span add_member(const struct eb_doc *doc, struct eb_span json,
    struct eb_span pointer, struct eb_span value, struct eb_arena *arena, const char **problem)
{
    const char *slash = pointer.len ? memrchr(pointer.ptr, '/', pointer.len) : NULL;
    *problem = "nothing is there, nor an object that could hold it";
    if (!slash)
        return eb_span(NULL, 0);
    uint32_t object = eb_doc_at(doc, eb_span(pointer.ptr, (size_t)(slash - pointer.ptr)));
    if (object == EB_NO_TOKEN || eb_doc_type(doc, object) != EB_JSON_OBJECT)
        return eb_span(NULL, 0);
    size_t step_len = (size_t)(pointer.ptr + pointer.len - slash - 1);
    struct eb_span name = unescape(eb_span(slash + 1, step_len), arena);
    struct eb_span member =
        name.ptr ? write_member(name, value, doc->tokens[object].count == 0, arena) : name;
    struct eb_span source = eb_doc_source(doc, object);
    size_t end = (size_t)(source.ptr - json.ptr) + source.len - 1;
    *problem = "out of memory";
    return member.ptr ? splice(json, end, end, member, arena) : member;
}

struct eb_span json_set(struct eb_span json, struct eb_span pointer, struct eb_span value,
    struct eb_arena *arena, const char **problem)
{
    struct eb_doc doc, other;
    struct eb_json_fault fault;
    *problem = "the value is not JSON; a string is written \"…\", with its quotes";
    if (eb_json_read(&other, value, &eb_json_limits_max, arena, &fault))
        return eb_span(NULL, 0);
    *problem = "the payload is not JSON";
    if (eb_json_read(&doc, json, &eb_json_limits_max, arena, &fault))
        return eb_span(NULL, 0);
    uint32_t token = eb_doc_at(&doc, pointer);
    if (token == EB_NO_TOKEN)
        return add_member(&doc, json, pointer, value, arena, problem);
    struct eb_span source = eb_doc_source(&doc, token);
    size_t start = (size_t)(source.ptr - json.ptr);
    *problem = "out of memory";
    return splice(json, start, start + source.len, value, arena);
}
