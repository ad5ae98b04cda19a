#include "schema/library.h"

/*
 * Objects with more members than this are indexed when a pointer first goes through them: a schema
 * with 100,000 definitions, each referring to the next, must not cost the square of that.
 */
enum { MEMBERS_SEARCHED_MAX = 16 };

enum { KEY_OBJECT = 'o', KEY_MEMBER = 'm', KEY_BYTES = 1 + sizeof(uint32_t) };

/* What the document's map is asked for: an object, or one of its members by name. */
static struct eb_span key_of(
    struct eb_arena *arena, char kind, uint32_t object, struct eb_span name)
{
    char *key = eb_arena_alloc(arena, KEY_BYTES + name.len, 1);
    if (!key)
        return eb_span(NULL, 0);
    key[0] = kind;
    memcpy(key + 1, &object, sizeof object);
    if (name.len)
        memcpy(key + KEY_BYTES, name.ptr, name.len);
    return eb_span(key, KEY_BYTES + name.len);
}

static bool index_members(struct eb_document *document, uint32_t object, struct eb_arena *arena)
{
    EB_DOC_EACH_MEMBER(&document->doc, object, member)
    {
        struct eb_span name = eb_doc_string(&document->doc, member, arena);
        struct eb_span key = name.ptr ? key_of(arena, KEY_MEMBER, object, name) : name;
        if (!key.ptr || !eb_map_put(&document->members, key, (void *)(uintptr_t)(member + 1)))
            return false;
    }
    struct eb_span key = key_of(arena, KEY_OBJECT, object, eb_span("", 0));
    return key.ptr && eb_map_put(&document->members, key, document);
}

static uint32_t indexed_member(struct eb_schema_library *library, struct eb_document *document,
    uint32_t object, struct eb_span name)
{
    struct eb_span object_key = key_of(library->arena, KEY_OBJECT, object, eb_span("", 0));
    struct eb_span key = key_of(library->arena, KEY_MEMBER, object, name);
    bool is_indexed = object_key.ptr && key.ptr &&
                      (eb_map_get(&document->members, object_key) ||
                          index_members(document, object, library->arena));
    if (!is_indexed) {
        library->is_out_of_memory = true;
        return EB_NO_TOKEN;
    }
    void *value = eb_map_get(&document->members, key);
    return value ? (uint32_t)(uintptr_t)value : EB_NO_TOKEN;
}

static uint32_t member_named(struct eb_schema_library *library, struct eb_document *document,
    uint32_t object, struct eb_span name)
{
    if (document->doc.tokens[object].count > MEMBERS_SEARCHED_MAX)
        return indexed_member(library, document, object, name);
    return eb_doc_member_named(&document->doc, object, name);
}

/* RFC 6901 §4: digits without a leading zero. */
static uint32_t element_numbered(const struct eb_doc *doc, uint32_t array, struct eb_span digits)
{
    if (digits.len == 0 || digits.len > 8 || (digits.ptr[0] == '0' && digits.len > 1))
        return EB_NO_TOKEN;
    uint32_t index = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return EB_NO_TOKEN;
        index = index * 10 + (uint32_t)(digits.ptr[i] - '0');
    }
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (index-- == 0)
            return element;
    }
    return EB_NO_TOKEN;
}

/* ~1 is '/', ~0 is '~'; decoded in place, which `text` must allow. */
static struct eb_span unescape(char *text, size_t len)
{
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        bool is_escape =
            text[i] == '~' && i + 1 < len && (text[i + 1] == '0' || text[i + 1] == '1');
        text[out++] = !is_escape ? text[i] : text[++i] == '0' ? '~' : '/';
    }
    return eb_span(text, out);
}

static uint32_t step(struct eb_schema_library *library, struct eb_document *document,
    uint32_t token, struct eb_span reference_token)
{
    switch (eb_doc_type(&document->doc, token)) {
    case EB_JSON_OBJECT: return member_named(library, document, token, reference_token);
    case EB_JSON_ARRAY: return element_numbered(&document->doc, token, reference_token);
    default: return EB_NO_TOKEN;
    }
}

uint32_t eb_pointer_follow(
    struct eb_schema_library *library, struct eb_resource **resource, struct eb_span pointer)
{
    struct eb_document *document = (*resource)->document;
    struct eb_span copy = eb_arena_copy(library->arena, pointer);
    uint32_t token = copy.ptr ? (*resource)->token : EB_NO_TOKEN;
    library->is_out_of_memory |= !copy.ptr;
    size_t at = 0;
    while (at < copy.len && token != EB_NO_TOKEN) {
        char *start = (char *)copy.ptr + at + 1;
        size_t len = 0;
        while (at + 1 + len < copy.len && start[len] != '/')
            len++;
        token = step(library, document, token, unescape(start, len));
        at += 1 + len;
        const struct eb_site *site =
            token == EB_NO_TOKEN ? NULL : eb_document_site(document, token);
        if (site)
            *resource = site->resource;
    }
    return token;
}
