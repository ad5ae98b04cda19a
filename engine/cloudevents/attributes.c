#include "cloudevents/cloudevent.h"
#include "cloudevents/data.h"
#include "text/format_checks.h"
#include "text/media_type.h"
#include "topic/filter.h"

/* ---- what attributes look like (core, REQUIRED and OPTIONAL Attributes) ---- */

static bool is_not_empty(struct eb_span value)
{
    return value.len > 0;
}

static bool is_source(struct eb_span value)
{
    return value.len > 0 && eb_is_uri_reference(value);
}

static bool is_specversion(struct eb_span value)
{
    return eb_span_is(value, "1.0");
}

static bool is_media_type(struct eb_span value)
{
    struct eb_media_type media_type;
    return eb_media_type_read(value, &media_type);
}

/* RFC 3986 §4.3: an absolute URI has no fragment. */
static bool is_absolute_uri(struct eb_span value)
{
    return eb_is_uri(value) && !memchr(value.ptr, '#', value.len);
}

static const struct core_attribute {
    const char *name;
    bool (*check)(struct eb_span value);
    const char *expected;
    const char *missing; /* NULL: it is optional */
} core_attributes[] = {
    { "id", is_not_empty, "a text that is not empty", "the attribute id" },
    { "source", is_source, "a URI reference that is not empty, as /sensors/7",
        "the attribute source" },
    { "specversion", is_specversion, "\"1.0\"", "the attribute specversion" },
    { "type", is_not_empty, "a text that is not empty", "the attribute type" },
    { "datacontenttype", is_media_type, "a media type, as application/json", NULL },
    { "dataschema", is_absolute_uri,
        "an absolute URI without a fragment, as https://example.com/schemas/lock", NULL },
    { "subject", is_not_empty, "a text that is not empty", NULL },
    { "time", eb_is_date_time, "a date and time with offset, as 2026-11-20T17:21:33Z", NULL },
};

enum { CORE_COUNT = sizeof core_attributes / sizeof *core_attributes };

static const struct core_attribute *find_core(struct eb_span name)
{
    for (size_t i = 0; i < CORE_COUNT; i++) {
        if (eb_span_is(name, core_attributes[i].name))
            return &core_attributes[i];
    }
    return NULL;
}

const char *eb_attribute_expected(struct eb_span name, struct eb_span value)
{
    const struct core_attribute *core = find_core(name);
    if (!eb_topic_is_text(value)) /* its characters are those of the type String, too */
        return "a text without control characters and non-characters";
    return core && !core->check(value) ? core->expected : NULL;
}

bool eb_attribute_name_is_valid(struct eb_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char letter = name.ptr[i];
        if (!(letter >= 'a' && letter <= 'z') && !(letter >= '0' && letter <= '9'))
            return false;
    }
    return name.len > 0 && !eb_span_is(name, "data");
}

/* ---- a view ---- */

struct checking {
    const struct eb_doc *view;
    struct eb_arena *arena;
    struct eb_attribute_fault *faults;
    size_t max, count;
    bool is_exhausted;
};

static void add_fault(struct checking *checking, struct eb_attribute_fault fault)
{
    if (checking->count < checking->max)
        checking->faults[checking->count] = fault;
    checking->count++;
}

static struct eb_span string_of(struct checking *checking, uint32_t token)
{
    struct eb_span text = eb_doc_string(checking->view, token, checking->arena);
    checking->is_exhausted |= !text.ptr;
    return text.ptr ? text : eb_span("", 0);
}

static void check_attribute(struct checking *checking, uint32_t name)
{
    struct eb_span text = string_of(checking, name);
    const char *expected = NULL;
    if (!eb_attribute_name_is_valid(text))
        expected = "a member called like an attribute, of the letters a to z and digits alone";
    else if (eb_doc_type(checking->view, name + 1) == EB_JSON_STRING)
        expected = eb_attribute_expected(text, string_of(checking, name + 1));
    else
        expected = find_core(text) ? "a string"
                                   : "a string, a boolean, or an integer of 32 bits: what an "
                                     "attribute may be";
    if (expected)
        add_fault(checking, (struct eb_attribute_fault){ name + 1, expected, false });
}

static void check_data(struct checking *checking, uint32_t value)
{
    uint32_t content_type = eb_cloudevent_member(checking->view, "datacontenttype");
    if (content_type == EB_NO_TOKEN || eb_doc_type(checking->view, content_type) != EB_JSON_STRING)
        return;
    bool is_json = eb_cloudevent_is_json(string_of(checking, content_type));
    if (!is_json && eb_doc_type(checking->view, value) != EB_JSON_STRING)
        add_fault(checking,
            (struct eb_attribute_fault){ value,
                "a string, because datacontenttype does not declare the data to be JSON", false });
}

static void check_base64(struct checking *checking, uint32_t value)
{
    const struct eb_doc *view = checking->view;
    const char *expected = NULL;
    if (eb_cloudevent_member(view, "data") != EB_NO_TOKEN)
        expected = "data or data_base64, not both";
    else if (eb_doc_type(view, value) != EB_JSON_STRING ||
             !eb_data_decode(view, value, checking->arena, &checking->is_exhausted).ptr)
        expected = "bytes as base64 (RFC 4648 §4)";
    if (expected)
        add_fault(checking, (struct eb_attribute_fault){ value, expected, false });
}

static void check_members(struct checking *checking)
{
    const struct eb_doc *view = checking->view;
    EB_DOC_EACH_MEMBER(view, 0, name)
    {
        if (eb_doc_string_is(view, name, eb_span_of("data")))
            check_data(checking, name + 1);
        else if (eb_doc_string_is(view, name, eb_span_of("data_base64")))
            check_base64(checking, name + 1);
        else
            check_attribute(checking, name);
    }
}

static void check_required(struct checking *checking)
{
    for (size_t i = 0; i < CORE_COUNT; i++) {
        const struct core_attribute *core = &core_attributes[i];
        if (core->missing && eb_cloudevent_member(checking->view, core->name) == EB_NO_TOKEN)
            add_fault(checking, (struct eb_attribute_fault){ 0, core->missing, true });
    }
}

size_t eb_cloudevent_check(const struct eb_doc *view, struct eb_arena *arena,
    struct eb_attribute_fault *faults, size_t max)
{
    struct checking checking = { .view = view, .arena = arena, .faults = faults, .max = max };
    if (eb_doc_type(view, 0) != EB_JSON_OBJECT) {
        add_fault(&checking, (struct eb_attribute_fault){ 0, "a CloudEvent, an object", false });
        return checking.count;
    }
    check_required(&checking);
    check_members(&checking);
    return checking.is_exhausted ? SIZE_MAX : checking.count;
}
