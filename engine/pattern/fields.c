#include "pattern/fields.h"

#include "pattern/comparable.h"
#include "pattern/rule_index_table.h"
#include "text/fold.h"
#include "json/mark.h"

/* What is rare is kept out of what is not, so that the compiler keeps that in registers. */
#define NOT_INLINED __attribute__((noinline))

enum { FEW = 8 }; /* fields of one path: going through them all is fast enough */

/* A read in progress. Once the arena is exhausted nothing more is added. */
struct reading {
    const struct eb_paths *paths;
    const struct eb_rule_index *index; /* that will be asked; may be NULL */
    const struct eb_doc *doc;
    struct eb_arena *arena;
    struct eb_fields *fields;
    const struct eb_path *hashed; /* the last whose hash was at hand, */
    uint64_t hash;                /* and that */
    bool is_exhausted;
};

/* ---- fields by path ---- */

static struct eb_path_fields **slot_of(struct eb_fields *fields, uint32_t path)
{
    uint32_t mask = fields->slot_count - 1, at = path;
    while (fields->slots[at & mask] && fields->slots[at & mask]->path != path)
        at++;
    return &fields->slots[at & mask];
}

static NOT_INLINED bool grow_slots(struct eb_fields *fields, struct eb_arena *arena)
{
    fields->slot_count *= 2;
    fields->slots = EB_ARENA_ARRAY(arena, struct eb_path_fields *, fields->slot_count);
    if (!fields->slots)
        return false;
    for (struct eb_path_fields *path = fields->paths; path; path = path->next)
        *slot_of(fields, path->path) = path;
    return true;
}

static NOT_INLINED struct eb_field *add_further(
    struct eb_path_fields *of_path, struct eb_arena *arena)
{
    struct eb_field *field = eb_arena_alloc(arena, sizeof *field, _Alignof(struct eb_field));
    if (!field)
        return NULL;
    field->number = of_path->count++;
    of_path->last->next = field;
    of_path->last = field;
    return field;
}

/* Room for one more field of `path`: the first of them is part of what is kept of the path. */
static struct eb_field *add_field(struct reading *reading, const struct eb_path *path)
{
    struct eb_fields *fields = reading->fields;
    struct eb_path_fields **slot = slot_of(fields, path->number), *of_path = *slot;
    if (of_path)
        return add_further(of_path, reading->arena);
    of_path = eb_arena_alloc(reading->arena, sizeof *of_path, _Alignof(struct eb_path_fields));
    if (!of_path)
        return NULL;
    of_path->next = fields->paths;
    of_path->last = &of_path->first;
    of_path->all = NULL;
    of_path->known = path;
    of_path->name_hash = reading->hashed == path ? reading->hash : 0;
    of_path->path = path->number;
    of_path->count = 1;
    of_path->first.number = 0;
    *slot = fields->paths = of_path;
    bool has_room = 2 * ++fields->path_count < fields->slot_count;
    return has_room || grow_slots(fields, reading->arena) ? &of_path->first : NULL;
}

static bool number_fields(struct eb_path_fields *fields, struct eb_arena *arena)
{
    fields->all = eb_arena_alloc(
        arena, fields->count * sizeof *fields->all, _Alignof(const struct eb_field *));
    if (!fields->all)
        return false;
    for (const struct eb_field *field = &fields->first; field; field = field->next)
        fields->all[field->number] = field;
    return true;
}

/* Makes paths with many fields searchable. */
static bool number_many(struct eb_fields *fields, struct eb_arena *arena)
{
    for (struct eb_path_fields *path = fields->paths; path; path = path->next) {
        if (path->count > FEW && !number_fields(path, arena))
            return false;
    }
    return true;
}

const struct eb_field *eb_path_fields_from(const struct eb_path_fields *fields, uint32_t token)
{
    if (!fields->all) {
        const struct eb_field *field = &fields->first;
        while (field && field->token < token)
            field = field->next;
        return field;
    }
    uint32_t low = 0, high = fields->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (fields->all[middle]->token < token)
            low = middle + 1;
        else
            high = middle;
    }
    return low < fields->count ? fields->all[low] : NULL;
}

/* ---- values ---- */

/* Adds the forms in which patterns compare this path's values. */
static NOT_INLINED bool complete_value(
    struct eb_value *value, unsigned needs, struct eb_arena *arena)
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

/* Adds a scalar of `path`; text.ptr NULL: it could not be decoded. */
static void add_value(struct reading *reading, const struct eb_path *path,
    const struct eb_element *element, uint32_t token, enum eb_json_type type, struct eb_span text)
{
    if (!path->is_compared || reading->is_exhausted)
        return;
    struct eb_field *field = text.ptr ? add_field(reading, path) : NULL;
    if (!field) {
        reading->is_exhausted = true;
        return;
    }
    field->next = NULL;
    field->element = element;
    field->token = token;
    field->value.type = type;
    field->value.is_comparable = false;
    field->value.text = text;
    field->value.folded.ptr = NULL;
    field->value.address.len = 0;
    if (path->needs && !complete_value(&field->value, path->needs, reading->arena))
        reading->is_exhausted = true;
}

static void add_string(struct reading *reading, const struct eb_path *path, struct eb_span text)
{
    if (path)
        add_value(reading, path, NULL, 0, EB_JSON_STRING, text.ptr ? text : eb_span_of(""));
}

/* ---- the payload ---- */

static void read_value(struct reading *reading, const struct eb_path *path,
    const struct eb_element *element, uint32_t token);

/* Follows `name`, which dots separate into steps, from `path`. */
static const struct eb_path *follow(
    const struct eb_paths *paths, uint32_t path, struct eb_span name)
{
    for (const char *dot; name.len && (dot = memchr(name.ptr, '.', name.len));) {
        size_t len = (size_t)(dot - name.ptr);
        path = eb_paths_find(paths, path, eb_span(name.ptr, len));
        if (path == EB_NO_PATH)
            return NULL;
        name = eb_span(dot + 1, name.len - len - 1);
    }
    path = eb_paths_find(paths, path, name);
    return path == EB_NO_PATH ? NULL : eb_paths_get(paths, path);
}

/* What is no member may be the way to one further down. */
static const struct eb_path *find_deep(
    const struct reading *reading, const struct eb_path_members *members, struct eb_span name)
{
    bool has_dot = members->deep_filter && name.len && memchr(name.ptr, '.', name.len);
    return has_dot ? follow(reading->paths, members->path, name) : NULL;
}

/* The path of a member that may have one, or NULL. */
static NOT_INLINED const struct eb_path *find_member(
    struct reading *reading, const struct eb_path_members *members, uint32_t token)
{
    const struct eb_doc *doc = reading->doc;
    struct eb_span name = eb_doc_raw(doc, token);
    uint32_t mark = doc->tokens[token].count;
    if (eb_doc_is_escaped(doc, token)) {
        name = eb_doc_string(doc, token, reading->arena);
        reading->is_exhausted |= !name.ptr;
        if (!name.ptr)
            return NULL;
        mark = eb_mark_of(name);
    }
    const struct eb_path *member = eb_paths_find_member(reading->paths, members, name, mark);
    return member ? member : find_deep(reading, members, name);
}

/* Hashes the names of the object's members, which begins to get what finding them will need. */
static const uint64_t *hash_members(
    const struct reading *reading, const struct eb_path_members *members, uint32_t object)
{
    const struct eb_doc *doc = reading->doc;
    uint64_t *hashes = eb_arena_alloc(
        reading->arena, doc->tokens[object].count * sizeof *hashes, _Alignof(uint64_t));
    uint32_t count = 0;
    if (!hashes)
        return NULL;
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        hashes[count] = eb_paths_hash(reading->paths, members, eb_doc_raw(doc, name));
        if (reading->index)
            eb_rule_index_fetch_existence(reading->index, hashes[count]);
        count++;
    }
    return hashes;
}

/* The path of a member whose name, as it is written, has been hashed; or NULL. */
static const struct eb_path *find_hashed(
    struct reading *reading, const struct eb_path_members *members, uint32_t token, uint64_t hash)
{
    struct eb_span name = eb_doc_raw(reading->doc, token);
    if (eb_doc_is_escaped(reading->doc, token))
        return find_member(reading, members, token);
    const struct eb_path *member = eb_paths_find_hashed(reading->paths, members, name, hash);
    reading->hashed = member;
    reading->hash = hash;
    return member ? member : find_deep(reading, members, name);
}

static NOT_INLINED void read_many_members(struct reading *reading,
    const struct eb_path_members *members, const struct eb_element *element, uint32_t object)
{
    const uint64_t *hash = hash_members(reading, members, object);
    if (!hash) {
        reading->is_exhausted = true;
        return;
    }
    EB_DOC_EACH_MEMBER(reading->doc, object, name)
    {
        const struct eb_path *member = find_hashed(reading, members, name, *hash++);
        if (member)
            read_value(reading, member, element, name + 1);
    }
}

static void read_members(struct reading *reading, const struct eb_path *path,
    const struct eb_element *element, uint32_t object)
{
    const struct eb_path_members *members = eb_paths_members(reading->paths, path);
    const struct eb_token *tokens = reading->doc->tokens, *end = tokens + tokens[object].next;
    const char *text = reading->doc->text;
    if (!members)
        return;
    if (eb_path_members_are_many(members)) {
        read_many_members(reading, members, element, object);
        return;
    }
    for (const struct eb_token *name = &tokens[object + 1]; name < end;
         name = &tokens[name[1].next]) {
        if (!eb_path_members_may_have(members, name, text))
            continue;
        uint32_t token = (uint32_t)(name - tokens);
        const struct eb_path *member = find_member(reading, members, token);
        if (member)
            read_value(reading, member, element, token + 1);
    }
}

/* Only an element that holds others is one that fields can stand in. */
static const struct eb_element *new_element(
    struct reading *reading, const struct eb_element *outer, uint32_t array, uint32_t token)
{
    struct eb_element *element = EB_ARENA_NEW(reading->arena, struct eb_element);
    if (!element) {
        reading->is_exhausted = true;
        return outer;
    }
    *element = (struct eb_element){
        .outer = outer,
        .depth = outer ? outer->depth + 1 : 1,
        .token = token,
        .array = array,
        .array_end = reading->doc->tokens[array].next,
    };
    return element;
}

static NOT_INLINED void read_elements(struct reading *reading, const struct eb_path *path,
    const struct eb_element *outer, uint32_t array)
{
    const struct eb_doc *doc = reading->doc;
    EB_DOC_EACH_ELEMENT(doc, array, token)
    {
        bool holds_others = eb_doc_type(doc, token) >= EB_JSON_ARRAY;
        read_value(
            reading, path, holds_others ? new_element(reading, outer, array, token) : outer, token);
    }
}

static void read_value(struct reading *reading, const struct eb_path *path,
    const struct eb_element *element, uint32_t token)
{
    const struct eb_doc *doc = reading->doc;
    enum eb_json_type type = eb_doc_type(doc, token);
    if (type == EB_JSON_OBJECT) {
        read_members(reading, path, element, token);
    } else if (type == EB_JSON_ARRAY) {
        read_elements(reading, path, element, token);
    } else {
        bool is_escaped = eb_doc_is_escaped(doc, token);
        struct eb_span text =
            is_escaped ? eb_doc_string(doc, token, reading->arena) : eb_doc_raw(doc, token);
        add_value(reading, path, element, token, type, text);
    }
}

/* ---- the message ---- */

static void read_topic(
    struct reading *reading, const struct eb_path *path, const struct eb_message *message)
{
    add_string(reading, path, message->topic);
}

static void read_levels(
    struct reading *reading, const struct eb_path *path, const struct eb_message *message)
{
    struct eb_span rest = message->topic;
    for (const char *slash; rest.len && (slash = memchr(rest.ptr, '/', rest.len));) {
        size_t len = (size_t)(slash - rest.ptr);
        add_string(reading, path, eb_span(rest.ptr, len));
        rest = eb_span(slash + 1, rest.len - len - 1);
    }
    add_string(reading, path, rest);
}

static void read_client_id(
    struct reading *reading, const struct eb_path *path, const struct eb_message *message)
{
    add_string(reading, path, message->client_id);
}

static void read_username(
    struct reading *reading, const struct eb_path *path, const struct eb_message *message)
{
    if (message->username.ptr)
        add_string(reading, path, message->username);
}

static void read_qos(
    struct reading *reading, const struct eb_path *path, const struct eb_message *message)
{
    static const char digits[] = "012";
    add_value(reading, path, NULL, 0, EB_JSON_NUMBER, eb_span(digits + message->qos % 3, 1));
}

static void add_bool(struct reading *reading, const struct eb_path *path, bool is)
{
    if (is)
        add_value(reading, path, NULL, 0, EB_JSON_TRUE, eb_span_of("true"));
    else
        add_value(reading, path, NULL, 0, EB_JSON_FALSE, eb_span_of("false"));
}

static void read_retain(
    struct reading *reading, const struct eb_path *path, const struct eb_message *message)
{
    add_bool(reading, path, message->is_retain);
}

static void read_will(
    struct reading *reading, const struct eb_path *path, const struct eb_message *message)
{
    add_bool(reading, path, message->is_will);
}

static void read_content_type(
    struct reading *reading, const struct eb_path *path, const struct eb_message *message)
{
    if (message->properties.content_type.ptr)
        add_string(reading, path, message->properties.content_type);
}

static void read_user(
    struct reading *reading, const struct eb_path *path, const struct eb_message *message)
{
    for (uint32_t i = 0; i < message->properties.user_count; i++) {
        const struct eb_user_property *property = &message->properties.user[i];
        add_string(reading, follow(reading->paths, path->number, property->name), property->value);
    }
}

/* The members of `$mqtt`. */
static const struct message_member {
    struct eb_span name;
    bool has_members;
    void (*read)(struct reading *, const struct eb_path *path, const struct eb_message *);
} message_members[] = {
    { EB_SPAN("topic"), false, read_topic },
    { EB_SPAN("level"), false, read_levels },
    { EB_SPAN("clientid"), false, read_client_id },
    { EB_SPAN("username"), false, read_username },
    { EB_SPAN("qos"), false, read_qos },
    { EB_SPAN("retain"), false, read_retain },
    { EB_SPAN("will"), false, read_will },
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
    if (!eb_paths_members(reading->paths, eb_paths_get(reading->paths, EB_PATH_MESSAGE)))
        return;
    for (size_t i = 0; i < MESSAGE_MEMBER_COUNT; i++) {
        uint32_t path = eb_paths_find(reading->paths, EB_PATH_MESSAGE, message_members[i].name);
        if (path != EB_NO_PATH)
            message_members[i].read(reading, eb_paths_get(reading->paths, path), message);
    }
}

struct eb_fields *eb_fields_read(const struct eb_paths *paths, const struct eb_doc *doc,
    const struct eb_message *message, struct eb_arena *arena)
{
    return eb_rule_index_read_fields(NULL, paths, doc, message, arena);
}

struct eb_fields *eb_rule_index_read_fields(const struct eb_rule_index *index,
    const struct eb_paths *paths, const struct eb_doc *doc, const struct eb_message *message,
    struct eb_arena *arena)
{
    struct eb_fields *fields = eb_arena_alloc(arena, sizeof *fields, _Alignof(struct eb_fields));
    struct reading reading = {
        .paths = paths, .index = index, .doc = doc, .arena = arena, .fields = fields, .hashed = NULL
    };
    if (!fields)
        return NULL;
    *fields = (struct eb_fields){ .slots = fields->first_slots, .slot_count = EB_FIELDS_FEW };
    fields->has_payload = doc && eb_doc_type(doc, 0) == EB_JSON_OBJECT;
    if (fields->has_payload)
        read_members(&reading, eb_paths_get(paths, EB_PATH_PAYLOAD), NULL, 0);
    if (message)
        read_message(&reading, message);
    return !reading.is_exhausted && number_many(fields, arena) ? fields : NULL;
}

/* ---- elements ---- */

bool eb_elements_conflict(
    const struct eb_element *a, const struct eb_element *b, const struct eb_element **theirs)
{
    while (a && b && a != b) {
        if (a->array == b->array) {
            *theirs = b;
            return true;
        }
        uint32_t depth = a->depth > b->depth ? a->depth : b->depth;
        a = a->depth == depth ? a->outer : a;
        b = b->depth == depth ? b->outer : b;
    }
    return false;
}
