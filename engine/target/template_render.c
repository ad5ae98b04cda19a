#include "target/template.h"

#include "base/limits.h"
#include "topic/filter.h"
#include "json/writer.h"

static enum eb_render_code blame(struct eb_render_fault *fault, enum eb_render_code code,
    const struct eb_placeholder *placeholder)
{
    fault->code = code;
    fault->placeholder = placeholder ? placeholder->source : eb_span(NULL, 0);
    return code;
}

typedef enum eb_render_code write_value_fn(const struct eb_template_part *part,
    const struct eb_value *value, struct eb_json_writer *writer);

static enum eb_render_code render_part(const struct eb_template_part *part,
    const struct eb_render *render, write_value_fn *write_value, struct eb_json_writer *writer,
    struct eb_render_fault *fault)
{
    eb_json_write_bytes(writer, part->literal);
    if (!part->placeholder)
        return EB_RENDER_OK;
    struct eb_value value = eb_placeholder_value(part->placeholder, render);
    enum eb_render_code code = EB_RENDER_MISSING;
    if (value.kind != EB_VALUE_MISSING)
        code = write_value(part, &value, writer);
    return code ? blame(fault, code, part->placeholder) : EB_RENDER_OK;
}

static enum eb_render_code render_parts(const struct eb_template_part *parts,
    const struct eb_render *render, write_value_fn *write_value, struct eb_arena *arena,
    struct eb_span *out, struct eb_render_fault *fault)
{
    struct eb_arena_mark mark = eb_arena_mark(arena);
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, arena);
    enum eb_render_code code = EB_RENDER_OK;
    for (; parts && !code; parts = parts->next)
        code = render_part(parts, render, write_value, &writer, fault);
    *out = eb_json_writer_finish(&writer);
    if (code) {
        eb_arena_rewind(arena, mark);
        return code;
    }
    return blame(fault, out->ptr ? EB_RENDER_OK : EB_RENDER_NO_MEMORY, NULL);
}

static enum eb_render_code write_json_value(const struct eb_template_part *part,
    const struct eb_value *value, struct eb_json_writer *writer)
{
    if (part->is_in_string)
        eb_value_write_string_part(value, writer);
    else
        eb_value_write_json(value, writer);
    return EB_RENDER_OK;
}

enum eb_render_code eb_template_render_json(const struct eb_template_part *parts,
    const struct eb_render *render, struct eb_arena *arena, struct eb_span *json,
    struct eb_render_fault *fault)
{
    return render_parts(parts, render, write_json_value, arena, json, fault);
}

/* What most values are made of; the rest is looked at closely. */
static bool is_plain_level(struct eb_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte < ' ' || byte > '~' || byte == '/' || byte == '+' || byte == '#')
            return false;
    }
    return text.len > 0 && text.len <= EB_TOPIC_BYTES_MAX;
}

enum eb_render_code eb_template_check_topic_text(struct eb_span text, bool is_first)
{
    if (is_first && text.len && text.ptr[0] == '$')
        return EB_RENDER_UNSAFE_TOPIC;
    if (is_plain_level(text))
        return EB_RENDER_OK;
    if (text.len && memchr(text.ptr, '/', text.len))
        return EB_RENDER_UNSAFE_TOPIC;
    switch (eb_topic_check(text)) {
    case EB_TOPIC_OK:
    case EB_TOPIC_SHARED: return EB_RENDER_OK; /* a name like any other, where it is not first */
    case EB_TOPIC_TOO_LONG: return EB_RENDER_TOO_LONG;
    default: return EB_RENDER_UNSAFE_TOPIC;
    }
}

static enum eb_render_code write_topic_value(const struct eb_template_part *part,
    const struct eb_value *value, struct eb_json_writer *writer)
{
    (void)part;
    size_t before = (size_t)(writer->next - writer->start);
    if (!eb_value_write_text(value, writer))
        return EB_RENDER_UNSAFE_TOPIC;
    if (writer->is_overflown)
        return EB_RENDER_OK; /* the end of the writer will say it */
    struct eb_span text =
        eb_span(writer->start + before, (size_t)(writer->next - writer->start) - before);
    return eb_template_check_topic_text(text, before == 0);
}

enum eb_render_code eb_template_render_topic(const struct eb_template_part *parts,
    const struct eb_render *render, struct eb_arena *arena, struct eb_span *topic,
    struct eb_render_fault *fault)
{
    return render_parts(parts, render, write_topic_value, arena, topic, fault);
}

static enum eb_render_code write_text_value(const struct eb_template_part *part,
    const struct eb_value *value, struct eb_json_writer *writer)
{
    (void)part;
    size_t before = (size_t)(writer->next - writer->start);
    if (!eb_value_write_text(value, writer))
        eb_value_write_json(value, writer);
    if (writer->is_overflown)
        return EB_RENDER_OK;
    struct eb_span text =
        eb_span(writer->start + before, (size_t)(writer->next - writer->start) - before);
    return eb_topic_is_text(text) ? EB_RENDER_OK : EB_RENDER_UNSAFE_TEXT;
}

enum eb_render_code eb_template_render_text(const struct eb_template_part *parts,
    const struct eb_render *render, struct eb_arena *arena, struct eb_span *text,
    struct eb_render_fault *fault)
{
    if (render_parts(parts, render, write_text_value, arena, text, fault))
        return fault->code;
    return text->len <= EB_TOPIC_BYTES_MAX ? EB_RENDER_OK : blame(fault, EB_RENDER_TOO_LONG, NULL);
}
