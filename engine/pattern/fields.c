#include "pattern/fields.h"

#include "pattern/comparable.h"
#include "text/fold.h"

enum { SLOTS_MIN = 64 };

/* A read in progress. Once the arena is exhausted nothing more is added. */
struct reading {
    const struct eb_paths *paths;
    const struct eb_doc *doc;
    struct eb_arena *arena;
    struct eb_fields *fields;
    bool is_exhausted;
};

/* ---- fields by path ---- */

static uint32_t slot_of(const struct eb_fields *fields, uint32_t path)
{
    uint32_t at = (path * 0x9e3779b1u) >> 7;
    for (;; at++) {
        const struct eb_field *first = fields->slots[at & (fields->slot_count - 1)].first;
        if (!first || first->path == path)
            return at & (fields->slot_count - 1);
    }
}

const struct eb_field *eb_fields_first(const struct eb_fields *fields, uint32_t path)
{
    return fields->slots[slot_of(fields, path)].first;
}

static bool grow_slots(struct reading *reading)
{
    struct eb_fields *fields = reading->fields;
    struct eb_field_slot *old = fields->slots;
    uint32_t old_count = fields->slot_count;
    fields->slot_count = old_count ? 2 * old_count : SLOTS_MIN;
    fields->slots = EB_ARENA_ARRAY(reading->arena, struct eb_field_slot, fields->slot_count);
    if (!fields->slots)
        return false;
    for (uint32_t i = 0; i < old_count; i++) {
        if (old[i].first)
            fields->slots[slot_of(fields, old[i].first->path)] = old[i];
    }
    return true;
}

static bool add_field(struct reading *reading, struct eb_field *field)
{
    struct eb_fields *fields = reading->fields;
    struct eb_field_slot *slot = &fields->slots[slot_of(fields, field->path)];
    if (slot->first) {
        slot->last->next = field;
        slot->last = field;
        return true;
    }
    slot->first = slot->last = field;
    return 2 * ++fields->path_count < fields->slot_count || grow_slots(reading);
}

/* ---- values ---- */

/* Adds the forms in which patterns compare this path's values. */
static bool complete_value(struct eb_value *value, unsigned needs, struct eb_arena *arena)
{
    if (value->type == EB_JSON_NUMBER) {
        if (needs & EB_NEEDS_NUMBER)
            value->is_comparable = eb_comparable_of(value->text, &value->number);
        return true;
    }
    if (value->type != EB_JSON_STRING)
        return true;
    if (needs & EB_NEEDS_ADDRESS)
        eb_address_parse(value->text, &value->address);
    if (needs & EB_NEEDS_FOLDED)
        value->folded = eb_fold(value->text, arena);
    return !(needs & EB_NEEDS_FOLDED) || value->folded.ptr;
}

static void add_value(struct reading *reading, uint32_t path, const struct eb_element *element,
    enum eb_json_type type, struct eb_span text)
{
    const struct eb_path *compared = eb_paths_get(reading->paths, path);
    if (reading->is_exhausted || !compared->is_compared)
        return;
    struct eb_field *field = EB_ARENA_NEW(reading->arena, struct eb_field);
    reading->is_exhausted = true;
    if (!field || (type == EB_JSON_STRING && !text.ptr))
        return;
    field->element = element;
    field->path = path;
    field->value = (struct eb_value){ .type = type, .text = text };
    if (!complete_value(&field->value, compared->needs, reading->arena))
        return;
    reading->is_exhausted = !add_field(reading, field);
}

static void add_string(struct reading *reading, uint32_t path, struct eb_span text)
{
    if (path != EB_NO_PATH)
        add_value(reading, path, NULL, EB_JSON_STRING, text.ptr ? text : eb_span("", 0));
}

/* ---- the payload ---- */

static void read_value(
    struct reading *reading, uint32_t path, const struct eb_element *element, uint32_t token);

/* Follows `name`, which dots separate into steps, from `path`. */
static uint32_t follow(const struct eb_paths *paths, uint32_t path, struct eb_span name)
{
    for (const char *dot; name.len && (dot = memchr(name.ptr, '.', name.len));) {
        size_t len = (size_t)(dot - name.ptr);
        path = eb_paths_find(paths, path, eb_span(name.ptr, len));
        if (path == EB_NO_PATH)
            return EB_NO_PATH;
        name = eb_span(dot + 1, name.len - len - 1);
    }
    return eb_paths_find(paths, path, name);
}

static void read_members(
    struct reading *reading, uint32_t path, const struct eb_element *element, uint32_t object)
{
    const struct eb_doc *doc = reading->doc;
    if (!eb_paths_get(reading->paths, path)->has_members)
        return;
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        struct eb_span text = eb_doc_string(doc, name, reading->arena);
        if (!text.ptr) {
            reading->is_exhausted = true;
            return;
        }
        uint32_t member = follow(reading->paths, path, text);
        if (member != EB_NO_PATH)
            read_value(reading, member, element, name + 1);
    }
}

/* Only an element that holds others is one that fields can stand in. */
static void read_elements(
    struct reading *reading, uint32_t path, const struct eb_element *outer, uint32_t array)
{
    const struct eb_doc *doc = reading->doc;
    EB_DOC_EACH_ELEMENT(doc, array, token)
    {
        const struct eb_element *element = outer;
        if (eb_doc_type(doc, token) >= EB_JSON_ARRAY) {
            struct eb_element *inner = EB_ARENA_NEW(reading->arena, struct eb_element);
            if (!inner) {
                reading->is_exhausted = true;
                return;
            }
            *inner = (struct eb_element){
                .outer = outer, .depth = outer ? outer->depth + 1 : 1, .array = array
            };
            element = inner;
        }
        read_value(reading, path, element, token);
    }
}

static void read_value(
    struct reading *reading, uint32_t path, const struct eb_element *element, uint32_t token)
{
    const struct eb_doc *doc = reading->doc;
    enum eb_json_type type = eb_doc_type(doc, token);
    switch (type) {
    case EB_JSON_OBJECT: read_members(reading, path, element, token); return;
    case EB_JSON_ARRAY: read_elements(reading, path, element, token); return;
    case EB_JSON_STRING:
        add_value(reading, path, element, type, eb_doc_string(doc, token, reading->arena));
        return;
    default: add_value(reading, path, element, type, eb_doc_raw(doc, token)); return;
    }
}

/* ---- the message ---- */

static void read_topic(struct reading *reading, uint32_t path, const struct eb_message *message)
{
    add_string(reading, path, message->topic);
}

static void read_levels(struct reading *reading, uint32_t path, const struct eb_message *message)
{
    struct eb_span rest = message->topic;
    for (const char *slash; rest.len && (slash = memchr(rest.ptr, '/', rest.len));) {
        size_t len = (size_t)(slash - rest.ptr);
        add_string(reading, path, eb_span(rest.ptr, len));
        rest = eb_span(slash + 1, rest.len - len - 1);
    }
    add_string(reading, path, rest);
}

static void read_client_id(struct reading *reading, uint32_t path, const struct eb_message *message)
{
    add_string(reading, path, message->client_id);
}

static void read_username(struct reading *reading, uint32_t path, const struct eb_message *message)
{
    if (message->username.ptr)
        add_string(reading, path, message->username);
}

static void read_qos(struct reading *reading, uint32_t path, const struct eb_message *message)
{
    static const char digits[] = "012";
    add_value(reading, path, NULL, EB_JSON_NUMBER, eb_span(digits + message->qos % 3, 1));
}

static void read_retain(struct reading *reading, uint32_t path, const struct eb_message *message)
{
    bool is_retain = message->is_retain;
    add_value(reading, path, NULL, is_retain ? EB_JSON_TRUE : EB_JSON_FALSE,
        eb_span_of(is_retain ? "true" : "false"));
}

static void read_content_type(
    struct reading *reading, uint32_t path, const struct eb_message *message)
{
    if (message->properties.content_type.ptr)
        add_string(reading, path, message->properties.content_type);
}

static void read_user(struct reading *reading, uint32_t path, const struct eb_message *message)
{
    for (uint32_t i = 0; i < message->properties.user_count; i++) {
        const struct eb_user_property *property = &message->properties.user[i];
        add_string(reading, follow(reading->paths, path, property->name), property->value);
    }
}

/* The members of `$mqtt`. */
static const struct message_member {
    struct eb_span name;
    bool has_members;
    void (*read)(struct reading *, uint32_t path, const struct eb_message *);
} message_members[] = {
    { EB_SPAN("topic"), false, read_topic },
    { EB_SPAN("level"), false, read_levels },
    { EB_SPAN("clientid"), false, read_client_id },
    { EB_SPAN("username"), false, read_username },
    { EB_SPAN("qos"), false, read_qos },
    { EB_SPAN("retain"), false, read_retain },
    { EB_SPAN("content-type"), false, read_content_type },
    { EB_SPAN("user"), true, read_user },
};

enum { MESSAGE_MEMBER_COUNT = sizeof message_members / sizeof message_members[0] };

bool eb_fields_has_message_member(struct eb_span name, bool *has_members)
{
    for (size_t i = 0; i < MESSAGE_MEMBER_COUNT; i++) {
        if (eb_span_equal(message_members[i].name, name)) {
            *has_members = message_members[i].has_members;
            return true;
        }
    }
    return false;
}

static void read_message(struct reading *reading, const struct eb_message *message)
{
    if (!eb_paths_get(reading->paths, EB_PATH_MESSAGE)->has_members)
        return;
    for (size_t i = 0; i < MESSAGE_MEMBER_COUNT; i++) {
        uint32_t path = eb_paths_find(reading->paths, EB_PATH_MESSAGE, message_members[i].name);
        if (path != EB_NO_PATH)
            message_members[i].read(reading, path, message);
    }
}

struct eb_fields *eb_fields_read(const struct eb_paths *paths, const struct eb_doc *doc,
    const struct eb_message *message, struct eb_arena *arena)
{
    struct eb_fields *fields = EB_ARENA_NEW(arena, struct eb_fields);
    struct reading reading = { .paths = paths, .doc = doc, .arena = arena, .fields = fields };
    if (!fields || !grow_slots(&reading))
        return NULL;
    fields->has_payload = doc && eb_doc_type(doc, 0) == EB_JSON_OBJECT;
    if (fields->has_payload)
        read_members(&reading, EB_PATH_PAYLOAD, NULL, 0);
    if (message)
        read_message(&reading, message);
    return reading.is_exhausted ? NULL : fields;
}

bool eb_elements_agree(const struct eb_element *a, const struct eb_element *b)
{
    while (a && b && a != b) {
        if (a->array == b->array)
            return false;
        bool a_is_deeper = a->depth >= b->depth, b_is_deeper = b->depth >= a->depth;
        a = a_is_deeper ? a->outer : a;
        b = b_is_deeper ? b->outer : b;
    }
    return true;
}
