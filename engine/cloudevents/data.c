#include "cloudevents/data.h"

#include "base/utf8.h"
#include "text/media_type.h"
#include "json/base64.h"

bool eb_cloudevent_is_json(struct eb_span content_type)
{
    struct eb_media_type media_type;
    return content_type.ptr && eb_media_type_read(content_type, &media_type) &&
           eb_media_type_is_json(&media_type);
}

bool eb_data_is_utf8(struct eb_span content_type)
{
    struct eb_media_type media_type;
    return !eb_media_type_read(content_type, &media_type) || eb_media_type_is_utf8(&media_type);
}

/* What would have to be escaped by its number is not text that somebody wrote. */
static bool has_controls(struct eb_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        if (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r')
            return true;
    }
    return false;
}

bool eb_data_is_text(struct eb_span content_type, struct eb_span bytes)
{
    return content_type.ptr && eb_data_is_utf8(content_type) && !has_controls(bytes) &&
           eb_utf8_is_valid(bytes);
}

void eb_data_put(struct eb_view *view, struct eb_span content_type, const struct eb_data *data)
{
    static const struct eb_span name = EB_SPAN("data"), base64 = EB_SPAN("data_base64");
    switch (data->kind) {
    case EB_DATA_NONE: break;
    case EB_DATA_JSON: eb_view_put_value(view, name, data->doc, data->token); break;
    case EB_DATA_BYTES:
        if (eb_data_is_text(content_type, data->bytes))
            eb_view_put_text(view, name, data->bytes);
        else
            eb_view_put_base64(view, base64, data->bytes);
        break;
    }
}

uint32_t eb_data_tokens(const struct eb_data *data)
{
    return data->kind == EB_DATA_JSON ? 1 + data->doc->tokens[data->token].next - data->token : 2;
}

struct eb_span eb_data_decode(
    const struct eb_doc *doc, uint32_t token, struct eb_arena *arena, bool *is_exhausted)
{
    struct eb_span text = eb_doc_string(doc, token, arena);
    bool has_no_room = !text.ptr;
    if (text.ptr)
        text = eb_base64_decode(text, arena, &has_no_room);
    *is_exhausted |= has_no_room;
    return text;
}
