#include "schema/diff.h"

#include <stdio.h>

#include "schema/dialect.h"
#include "schema/equal.h"
#include "schema/map.h"
#include "schema/uri.h"

/* What a value is, by the keyword it stands behind. */
enum part {
    PART_SCHEMA,
    PART_SCHEMAS,      /* members that are schemas */
    PART_SCHEMA_LIST,  /* elements that are schemas, each for its place */
    PART_ALTERNATIVES, /* elements that are schemas, in any order */
    PART_SET,          /* elements in any order */
    PART_SETS,         /* members that are sets, or schemas */
    PART_VALUE,
};

struct comparison {
    const struct eb_doc *before, *after;
    const struct eb_dialect *before_dialect, *after_dialect;
    struct eb_arena *arena;
    eb_take_difference *take;
    void *context;
    bool is_exhausted;
};

/* Two values that stand at one place. */
struct pair {
    uint32_t before, after; /* EB_NO_TOKEN: there is none */
    enum part part;
    bool is_annotation;
    const struct eb_diff_step *place;
};

static void compare(struct comparison *c, const struct pair *pair);

static void tell(struct comparison *c, const struct pair *pair)
{
    struct eb_difference difference = {
        .kind = pair->before == EB_NO_TOKEN  ? EB_ADDED
                : pair->after == EB_NO_TOKEN ? EB_REMOVED
                                             : EB_CHANGED,
        .before = pair->before,
        .after = pair->after,
        .is_annotation = pair->is_annotation,
        .place = pair->place,
    };
    c->take(c->context, &difference);
}

/* What is inside `outer`, and a step further. */
static struct pair inner_pair(const struct pair *outer, uint32_t before, uint32_t after,
    enum part part, const struct eb_diff_step *place)
{
    return (struct pair){ before, after, part, outer->is_annotation, place };
}

/* ---- keywords ---- */

static enum part part_of_keyword(enum eb_keyword keyword)
{
    switch (keyword) {
    case EB_KEYWORD_TYPE:
    case EB_KEYWORD_ENUM:
    case EB_KEYWORD_REQUIRED: return PART_SET;
    case EB_KEYWORD_DEPENDENCIES:
    case EB_KEYWORD_DEPENDENT_REQUIRED: return PART_SETS;
    case EB_KEYWORD_ALL_OF:
    case EB_KEYWORD_ANY_OF:
    case EB_KEYWORD_ONE_OF: return PART_ALTERNATIVES;
    case EB_KEYWORD_NONE: return PART_VALUE;
    default: break;
    }
    switch (eb_keyword_subschemas(keyword)) {
    case EB_SUBSCHEMAS_VALUE:
    case EB_SUBSCHEMAS_VALUE_OR_ALL: return PART_SCHEMA;
    case EB_SUBSCHEMAS_MEMBERS: return PART_SCHEMAS;
    case EB_SUBSCHEMAS_ELEMENTS: return PART_SCHEMA_LIST;
    case EB_SUBSCHEMAS_NONE: break;
    }
    return PART_VALUE;
}

static bool is_array(const struct comparison *c, const struct pair *pair)
{
    bool is_old = pair->before != EB_NO_TOKEN;
    return EB_JSON_ARRAY ==
           (is_old ? eb_doc_type(c->before, pair->before) : eb_doc_type(c->after, pair->after));
}

/* What stands at a member of `outer`, whose name is that of `place`. */
static struct pair member_pair(struct comparison *c, const struct pair *outer, uint32_t before,
    uint32_t after, const struct eb_diff_step *place)
{
    struct pair pair = inner_pair(outer, before, after, PART_VALUE, place);
    if (outer->part == PART_SCHEMAS)
        pair.part = PART_SCHEMA;
    if (outer->part == PART_SETS)
        pair.part = is_array(c, &pair) ? PART_SET : PART_SCHEMA;
    if (outer->part != PART_SCHEMA)
        return pair;
    enum eb_keyword keyword = EB_KEYWORD_NONE;
    if (before != EB_NO_TOKEN)
        keyword = eb_keyword_find(c->before_dialect, place->name);
    if (keyword == EB_KEYWORD_NONE && after != EB_NO_TOKEN)
        keyword = eb_keyword_find(c->after_dialect, place->name);
    pair.part = part_of_keyword(keyword);
    pair.is_annotation |= keyword == EB_KEYWORD_NONE;
    return pair;
}

/* ---- objects ---- */

/* A member's name; ptr NULL: there was no memory for it, which is noted. */
static struct eb_span name_of(struct comparison *c, const struct eb_doc *doc, uint32_t name)
{
    struct eb_span text = eb_doc_string(doc, name, c->arena);
    c->is_exhausted |= !text.ptr;
    return text;
}

/* The values of an object's members, by their names, as tokens. */
static bool map_members(
    struct comparison *c, struct eb_map *map, const struct eb_doc *doc, uint32_t object)
{
    eb_map_init(map, c->arena);
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        struct eb_span text = name_of(c, doc, name);
        if (!text.ptr || !eb_map_put(map, text, (void *)(uintptr_t)(name + 1)))
            c->is_exhausted = true;
    }
    return !c->is_exhausted;
}

static uint32_t find_member(const struct eb_map *map, struct eb_span name)
{
    uintptr_t token = (uintptr_t)eb_map_get(map, name);
    return token ? (uint32_t)token : EB_NO_TOKEN;
}

static void compare_members(struct comparison *c, const struct pair *pair,
    const struct eb_map *before, const struct eb_map *after)
{
    EB_DOC_EACH_MEMBER(c->before, pair->before, name)
    {
        struct eb_span text = name_of(c, c->before, name);
        if (!text.ptr)
            return;
        struct eb_diff_step step = { pair->place, text, 0 };
        struct pair inner = member_pair(c, pair, name + 1, find_member(after, text), &step);
        compare(c, &inner);
    }
    EB_DOC_EACH_MEMBER(c->after, pair->after, name)
    {
        struct eb_span text = name_of(c, c->after, name);
        if (!text.ptr)
            return;
        struct eb_diff_step step = { pair->place, text, 0 };
        struct pair inner = member_pair(c, pair, EB_NO_TOKEN, name + 1, &step);
        if (find_member(before, text) == EB_NO_TOKEN)
            tell(c, &inner);
    }
}

static void compare_objects(struct comparison *c, const struct pair *pair)
{
    struct eb_arena_mark mark = eb_arena_mark(c->arena);
    struct eb_map before, after;
    if (map_members(c, &before, c->before, pair->before) &&
        map_members(c, &after, c->after, pair->after))
        compare_members(c, pair, &before, &after);
    eb_arena_rewind(c->arena, mark);
}

/* ---- arrays in order ---- */

static void compare_lists(struct comparison *c, const struct pair *pair)
{
    enum part part = pair->part == PART_VALUE ? PART_VALUE : PART_SCHEMA;
    uint32_t before = pair->before + 1, before_end = c->before->tokens[pair->before].next;
    uint32_t after = pair->after + 1, after_end = c->after->tokens[pair->after].next;
    for (uint32_t i = 0; before < before_end || after < after_end; i++) {
        struct eb_diff_step step = { .outer = pair->place, .index = i };
        struct pair inner = inner_pair(pair, before < before_end ? before : EB_NO_TOKEN,
            after < after_end ? after : EB_NO_TOKEN, part, &step);
        compare(c, &inner);
        before = before < before_end ? c->before->tokens[before].next : before;
        after = after < after_end ? c->after->tokens[after].next : after;
    }
}

/* ---- arrays in any order ---- */

/* Elements that are equal form a list, whose head is what the table knows. */
struct element {
    uint64_t hash;
    uint32_t token;
    uint32_t next; /* 1 + index of the next equal one; 0: none */
    uint32_t last; /* a head's: index of the last one of its list */
    uint32_t free; /* a head's: 1 + index of the first one without a match; 0: none */
    bool is_matched;
};

struct elements {
    const struct eb_doc *doc;
    struct element *items; /* in their order */
    uint32_t *slots;       /* open addressing, by hash: 1 + index of a head; 0: free */
    uint32_t count;
    uint32_t slot_mask;
};

/* The slot of the head that equals an element of `doc`, or the free one where it belongs. */
static uint32_t *slot_of(struct comparison *c, const struct elements *elements,
    const struct eb_doc *doc, const struct element *element)
{
    for (uint32_t at = (uint32_t)element->hash;; at++) {
        uint32_t *slot = &elements->slots[at & elements->slot_mask];
        if (!*slot)
            return slot;
        const struct element *head = &elements->items[*slot - 1];
        if (head->hash == element->hash && eb_value_equal(elements->doc, head->token, doc,
                                               element->token, c->arena, &c->is_exhausted))
            return slot;
    }
}

static void add_element(struct comparison *c, struct elements *elements, uint32_t token)
{
    uint32_t index = elements->count++;
    struct element *element = &elements->items[index];
    *element = (struct element){ .hash = eb_value_hash(elements->doc, token), .token = token };
    uint32_t *slot = slot_of(c, elements, elements->doc, element);
    if (*slot) {
        struct element *head = &elements->items[*slot - 1];
        elements->items[head->last].next = index + 1;
        head->last = index;
        return;
    }
    *slot = element->free = index + 1;
    element->last = index;
}

static bool read_elements(
    struct comparison *c, struct elements *elements, const struct eb_doc *doc, uint32_t array)
{
    uint32_t slot_count = 8;
    while (slot_count < 2 * doc->tokens[array].count)
        slot_count *= 2;
    *elements = (struct elements){
        .doc = doc,
        .items = EB_ARENA_ARRAY(c->arena, struct element, doc->tokens[array].count + 1),
        .slots = EB_ARENA_ARRAY(c->arena, uint32_t, slot_count),
        .slot_mask = slot_count - 1,
    };
    if (!elements->items || !elements->slots) {
        c->is_exhausted = true;
        return false;
    }
    EB_DOC_EACH_ELEMENT(doc, array, token)
    add_element(c, elements, token);
    return !c->is_exhausted;
}

/* Matches `element` of the old array with its equals in the new one: all, or one that is free. */
static void match(
    struct comparison *c, struct element *element, const struct elements *others, bool takes_all)
{
    uint32_t slot = *slot_of(c, others, c->before, element);
    if (!slot)
        return;
    struct element *head = &others->items[slot - 1];
    element->is_matched = takes_all || head->free;
    while (head->free) {
        struct element *other = &others->items[head->free - 1];
        other->is_matched = true;
        head->free = other->next;
        if (!takes_all)
            return;
    }
}

/* The next of `elements` from `*i` on that has no match; NULL: there is none. */
static const struct element *next_unmatched(const struct elements *elements, uint32_t *i)
{
    while (*i < elements->count && elements->items[*i].is_matched)
        ++*i;
    return *i < elements->count ? &elements->items[*i] : NULL;
}

/* Alternatives that are left are compared with each other, as far as there are as many. */
static void compare_unmatched(struct comparison *c, const struct pair *pair,
    const struct elements *before, const struct elements *after)
{
    bool are_paired = pair->part == PART_ALTERNATIVES;
    uint32_t i = 0, j = 0;
    const struct element *old, *new;
    for (; (old = next_unmatched(before, &i)); i++) {
        struct eb_diff_step step = { .outer = pair->place, .index = i };
        new = are_paired ? next_unmatched(after, &j) : NULL;
        j += new != NULL;
        struct pair inner =
            inner_pair(pair, old->token, new ? new->token : EB_NO_TOKEN, PART_SCHEMA, &step);
        compare(c, &inner);
    }
    for (; (new = next_unmatched(after, &j)); j++) {
        struct eb_diff_step step = { .outer = pair->place, .index = j };
        struct pair inner = inner_pair(pair, EB_NO_TOKEN, new->token, PART_SCHEMA, &step);
        compare(c, &inner);
    }
}

static void compare_sets(struct comparison *c, const struct pair *pair)
{
    struct eb_arena_mark mark = eb_arena_mark(c->arena);
    struct elements before, after;
    if (read_elements(c, &before, c->before, pair->before) &&
        read_elements(c, &after, c->after, pair->after)) {
        for (uint32_t i = 0; i < before.count; i++)
            match(c, &before.items[i], &after, pair->part == PART_SET);
        compare_unmatched(c, pair, &before, &after);
    }
    eb_arena_rewind(c->arena, mark);
}

/* ---- values ---- */

/* The one element of an array, or the value itself: "string" is what ["string"] is. */
static uint32_t only_element(const struct eb_doc *doc, uint32_t token)
{
    bool is_one = eb_doc_type(doc, token) == EB_JSON_ARRAY && doc->tokens[token].count == 1;
    return is_one ? token + 1 : token;
}

/* `true` and `{}`. */
static bool accepts_all(const struct eb_doc *doc, uint32_t token)
{
    enum eb_json_type type = eb_doc_type(doc, token);
    return type == EB_JSON_TRUE || (type == EB_JSON_OBJECT && !doc->tokens[token].count);
}

static bool mean_the_same(struct comparison *c, const struct pair *pair)
{
    uint32_t before = pair->before, after = pair->after;
    if (pair->part == PART_SCHEMA && accepts_all(c->before, before) && accepts_all(c->after, after))
        return true;
    if (pair->part == PART_SET) {
        before = only_element(c->before, before);
        after = only_element(c->after, after);
    }
    return eb_value_equal(c->before, before, c->after, after, c->arena, &c->is_exhausted);
}

static void compare_values(struct comparison *c, const struct pair *pair)
{
    if (!mean_the_same(c, pair))
        tell(c, pair);
}

static void compare(struct comparison *c, const struct pair *pair)
{
    if (c->is_exhausted)
        return;
    if (pair->before == EB_NO_TOKEN || pair->after == EB_NO_TOKEN) {
        tell(c, pair);
        return;
    }
    enum eb_json_type type = eb_doc_type(c->before, pair->before);
    if (type != eb_doc_type(c->after, pair->after) || type < EB_JSON_ARRAY)
        compare_values(c, pair);
    else if (type == EB_JSON_OBJECT)
        compare_objects(c, pair);
    else if (pair->part == PART_SET || pair->part == PART_ALTERNATIVES)
        compare_sets(c, pair);
    else
        compare_lists(c, pair);
}

/* ---- documents ---- */

static const struct eb_dialect *dialect_of(
    const struct eb_doc *doc, enum eb_draft default_draft, struct eb_arena *arena)
{
    uint32_t token = EB_NO_TOKEN;
    if (eb_doc_type(doc, 0) == EB_JSON_OBJECT)
        token = eb_doc_member(doc, 0, "$schema");
    if (token == EB_NO_TOKEN || eb_doc_type(doc, token) != EB_JSON_STRING)
        return eb_dialect_of(default_draft);
    struct eb_span uri = eb_doc_string(doc, token, arena);
    const struct eb_dialect *dialect =
        uri.ptr ? eb_dialect_find(eb_uri_without_fragment(uri)) : NULL;
    return dialect ? dialect : eb_dialect_of(EB_DRAFT_2020_12);
}

bool eb_schema_diff(const struct eb_diff_question *question, struct eb_arena *arena,
    eb_take_difference *take, void *context)
{
    struct eb_arena_mark mark = eb_arena_mark(arena);
    struct comparison c = {
        .before = question->before,
        .after = question->after,
        .before_dialect = dialect_of(question->before, question->default_draft, arena),
        .after_dialect = dialect_of(question->after, question->default_draft, arena),
        .arena = arena,
        .take = take,
        .context = context,
    };
    compare(&c, &(struct pair){ .before = 0, .after = 0, .part = PART_SCHEMA });
    eb_arena_rewind(arena, mark);
    return !c.is_exhausted;
}

/* ---- places ---- */

enum { INDEX_BYTES = sizeof "/4294967295" };

/* At most so many bytes: every '/' and '~' of a name takes two. */
static size_t pointer_bytes(const struct eb_diff_step *place)
{
    size_t bytes = 1;
    for (; place; place = place->outer)
        bytes += place->name.ptr ? 1 + 2 * place->name.len : (size_t)INDEX_BYTES;
    return bytes;
}

/* Writes the step so that it ends at `end`; returns where it begins (RFC 6901 §3). */
static char *write_step(char *end, const struct eb_diff_step *step)
{
    if (!step->name.ptr) {
        char index[INDEX_BYTES];
        int len = snprintf(index, sizeof index, "/%u", step->index);
        end -= len;
        memcpy(end, index, (size_t)len);
        return end;
    }
    for (size_t i = step->name.len; i-- > 0;) {
        char byte = step->name.ptr[i];
        *--end = byte;
        if (byte != '/' && byte != '~')
            continue;
        *end = byte == '/' ? '1' : '0';
        *--end = '~';
    }
    *--end = '/';
    return end;
}

struct eb_span eb_diff_pointer(const struct eb_diff_step *place, struct eb_arena *arena)
{
    size_t bytes = pointer_bytes(place);
    char *room = eb_arena_alloc(arena, bytes, 1);
    if (!room)
        return eb_span(NULL, 0);
    char *end = room + bytes - 1, *start = end;
    *end = '\0';
    for (; place; place = place->outer)
        start = write_step(start, place);
    return eb_span(start, (size_t)(end - start));
}
