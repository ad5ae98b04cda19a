#include "cloudevents/event_write.h"

#include "cloudevents/cloudevent.h"
#include "cloudevents/data.h"
#include "json/writer.h"

/* ptr NULL: there is none, or no string. */
static struct eb_span content_type_of(const struct eb_doc *view, struct eb_arena *arena)
{
    uint32_t token = eb_cloudevent_member(view, "datacontenttype");
    bool is_string = token != EB_NO_TOKEN && eb_doc_type(view, token) == EB_JSON_STRING;
    return is_string ? eb_doc_string(view, token, arena) : eb_span(NULL, 0);
}

/* The view has a content type wherever `data` is JSON. */
static bool read_data(
    struct eb_event_data *data, const struct eb_doc *view, uint32_t token, struct eb_arena *arena)
{
    struct eb_span content_type = content_type_of(view, arena);
    bool is_string = eb_doc_type(view, token) == EB_JSON_STRING;
    data->is_json = eb_cloudevent_is_json(content_type);
    data->is_faulty = !content_type.ptr || (!data->is_json && !is_string);
    data->is_unencoded = !data->is_json && !eb_data_is_utf8(content_type);
    data->bytes = data->is_json || data->is_faulty ? eb_doc_source(view, token)
                                                   : eb_doc_string(view, token, arena);
    return data->bytes.ptr;
}

static bool read_base64(
    struct eb_event_data *data, const struct eb_doc *view, uint32_t token, struct eb_arena *arena)
{
    bool is_exhausted = false;
    if (eb_doc_type(view, token) == EB_JSON_STRING)
        data->bytes = eb_data_decode(view, token, arena, &is_exhausted);
    data->is_faulty = !data->bytes.ptr;
    return !is_exhausted;
}

bool eb_event_data_of_view(
    struct eb_event_data *data, const struct eb_doc *view, struct eb_arena *arena)
{
    uint32_t value = eb_cloudevent_member(view, "data");
    uint32_t base64 = eb_cloudevent_member(view, "data_base64");
    *data = (struct eb_event_data){ .is_faulty = value != EB_NO_TOKEN && base64 != EB_NO_TOKEN };
    if (data->is_faulty || (value == EB_NO_TOKEN && base64 == EB_NO_TOKEN))
        return true;
    return base64 == EB_NO_TOKEN ? read_data(data, view, value, arena)
                                 : read_base64(data, view, base64, arena);
}

const char *eb_event_data_expected(const struct eb_event_parts *parts)
{
    bool says_json = eb_cloudevent_is_json(parts->content_type);
    if (parts->data.is_faulty)
        return "data or data_base64, as the JSON format has them";
    if (parts->data.bytes.len && says_json && !parts->data.is_json)
        return "JSON, as datacontenttype says";
    return NULL;
}

struct eb_span eb_event_write(const struct eb_event_parts *parts, struct eb_arena *arena)
{
    const struct eb_event_data *data = &parts->data;
    struct eb_json_writer out;
    eb_json_writer_init_arena(&out, arena);
    eb_json_open_object(&out);
    for (uint32_t i = 0; i < parts->attribute_count; i++) {
        eb_json_write_name(&out, parts->attributes[i].name);
        eb_json_write_string(&out, parts->attributes[i].value);
    }
    if (parts->content_type.ptr)
        eb_json_member_string(&out, "datacontenttype", parts->content_type);
    if (data->bytes.len && eb_cloudevent_is_json(parts->content_type)) {
        eb_json_write_name(&out, eb_span_of("data"));
        eb_json_write_raw(&out, data->bytes);
    } else if (data->bytes.len &&
               (data->is_unencoded || eb_data_is_text(parts->content_type, data->bytes))) {
        eb_json_member_string(&out, "data", data->bytes);
    } else if (data->bytes.len) {
        eb_json_write_name(&out, eb_span_of("data_base64"));
        eb_json_write_base64(&out, data->bytes);
    }
    eb_json_close_object(&out);
    return eb_json_writer_finish(&out);
}
