#include "schema/equal.h"

#include "base/hash.h"
#include "json/number.h"

enum {
    /* Up to so many members or elements, comparing each with each beats making a table. */
    PAIRWISE_MAX = 12,
};

/* ---- hashing ---- */

/* SplitMix64's finish: order counts where the caller says so, and only there. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t pair_hash(uint64_t first, uint64_t second)
{
    uint64_t pair[2] = { first, second };
    return eb_hash(eb_hash_key(), pair, sizeof pair);
}

static uint64_t elements_hash(const struct eb_doc *doc, uint32_t array)
{
    uint64_t hash = EB_JSON_ARRAY;
    EB_DOC_EACH_ELEMENT(doc, array, element)
    hash = pair_hash(hash, eb_value_hash(doc, element));
    return hash;
}

static uint64_t members_hash(const struct eb_doc *doc, uint32_t object)
{
    uint64_t hash = mix(EB_JSON_OBJECT + doc->tokens[object].count);
    EB_DOC_EACH_MEMBER(doc, object, name)
    hash += pair_hash(eb_doc_string_hash(doc, name, eb_hash_key()), eb_value_hash(doc, name + 1));
    return hash;
}

static uint64_t number_hash(const struct eb_doc *doc, uint32_t token)
{
    struct eb_number number = eb_number_of(eb_doc_raw(doc, token));
    return eb_number_hash(&number, eb_hash_key());
}

uint64_t eb_value_hash(const struct eb_doc *doc, uint32_t token)
{
    enum eb_json_type type = eb_doc_type(doc, token);
    switch (type) {
    case EB_JSON_NUMBER: return number_hash(doc, token);
    case EB_JSON_STRING: return eb_doc_string_hash(doc, token, eb_hash_key()) + EB_JSON_STRING;
    case EB_JSON_ARRAY: return elements_hash(doc, token);
    case EB_JSON_OBJECT: return members_hash(doc, token);
    default: return mix((uint64_t)type + 1);
    }
}

/* ---- comparing ---- */

struct comparison {
    const struct eb_doc *doc_a, *doc_b;
    struct eb_arena *arena;
    bool is_exhausted;
};

static bool equal(struct comparison *c, uint32_t a, uint32_t b);

static bool numbers_equal(const struct comparison *c, uint32_t a, uint32_t b)
{
    struct eb_number x = eb_number_of(eb_doc_raw(c->doc_a, a));
    struct eb_number y = eb_number_of(eb_doc_raw(c->doc_b, b));
    return eb_number_compare(&x, &y) == 0;
}

static bool elements_equal(struct comparison *c, uint32_t a, uint32_t b)
{
    uint32_t other = b + 1;
    EB_DOC_EACH_ELEMENT(c->doc_a, a, element)
    {
        if (!equal(c, element, other))
            return false;
        other = c->doc_b->tokens[other].next;
    }
    return true;
}

/* The name token in object `b` that equals the name `name` of the other document, by searching. */
static uint32_t search_member(struct comparison *c, uint32_t name, uint32_t b)
{
    EB_DOC_EACH_MEMBER(c->doc_b, b, candidate)
    {
        if (eb_doc_strings_equal(c->doc_a, name, c->doc_b, candidate))
            return candidate;
    }
    return EB_NO_TOKEN;
}

/* Open addressing: the name tokens of an object by the hash of their value. */
struct name_table {
    uint32_t *slots; /* 0 is free: no name has token 0 */
    uint32_t mask;
};

static bool table_fill(struct comparison *c, struct name_table *table, uint32_t object)
{
    uint32_t capacity = 32;
    while (capacity < 2 * c->doc_b->tokens[object].count)
        capacity *= 2;
    table->mask = capacity - 1;
    table->slots = EB_ARENA_ARRAY(c->arena, uint32_t, capacity);
    if (!table->slots) {
        c->is_exhausted = true;
        return false;
    }
    EB_DOC_EACH_MEMBER(c->doc_b, object, name)
    {
        uint32_t at = (uint32_t)eb_doc_string_hash(c->doc_b, name, eb_hash_key());
        while (table->slots[at & table->mask])
            at++;
        table->slots[at & table->mask] = name;
    }
    return true;
}

static uint32_t table_member(
    const struct comparison *c, const struct name_table *table, uint32_t name)
{
    uint32_t at = (uint32_t)eb_doc_string_hash(c->doc_a, name, eb_hash_key());
    for (;; at++) {
        uint32_t candidate = table->slots[at & table->mask];
        if (!candidate)
            return EB_NO_TOKEN;
        if (eb_doc_strings_equal(c->doc_a, name, c->doc_b, candidate))
            return candidate;
    }
}

static bool members_equal(struct comparison *c, uint32_t a, uint32_t b)
{
    struct name_table table = { NULL, 0 };
    bool is_large = c->doc_a->tokens[a].count > PAIRWISE_MAX;
    if (is_large && !table_fill(c, &table, b))
        return false;
    EB_DOC_EACH_MEMBER(c->doc_a, a, name)
    {
        uint32_t other = is_large ? table_member(c, &table, name) : search_member(c, name, b);
        if (other == EB_NO_TOKEN || !equal(c, name + 1, other + 1))
            return false;
    }
    return true;
}

static bool equal(struct comparison *c, uint32_t a, uint32_t b)
{
    const struct eb_token *x = &c->doc_a->tokens[a], *y = &c->doc_b->tokens[b];
    if (x->type != y->type || x->count != y->count)
        return false;
    switch ((enum eb_json_type)x->type) {
    case EB_JSON_NUMBER: return numbers_equal(c, a, b);
    case EB_JSON_STRING: return eb_doc_strings_equal(c->doc_a, a, c->doc_b, b);
    case EB_JSON_ARRAY: return elements_equal(c, a, b);
    case EB_JSON_OBJECT: return members_equal(c, a, b);
    default: return true;
    }
}

bool eb_value_equal(const struct eb_doc *doc_a, uint32_t a, const struct eb_doc *doc_b, uint32_t b,
    struct eb_arena *arena, bool *is_exhausted)
{
    struct comparison comparison = { .doc_a = doc_a, .doc_b = doc_b, .arena = arena };
    struct eb_arena_mark mark = eb_arena_mark(arena);
    bool is_equal = equal(&comparison, a, b);
    eb_arena_rewind(arena, mark);
    *is_exhausted |= comparison.is_exhausted;
    return is_equal;
}

/* ---- elements ---- */

/* Most elements differ at first sight: in type, or as strings in length or first byte. */
static inline bool differ_at_sight(
    const struct eb_doc *doc, const struct eb_token *x, const struct eb_token *y)
{
    if (x->type != y->type || x->count != y->count)
        return true;
    bool are_plain = x->type == EB_JSON_STRING && !((x->flags | y->flags) & EB_TOKEN_IS_ESCAPED);
    return are_plain && (x->len != y->len || doc->text[x->start] != doc->text[y->start]);
}

static bool differ_pairwise(struct comparison *c, uint32_t array, uint32_t pair[2])
{
    const struct eb_doc *doc = c->doc_a;
    uint32_t seen[PAIRWISE_MAX], count = 0;
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        for (uint32_t i = 0; i < count; i++) {
            if (differ_at_sight(doc, &doc->tokens[seen[i]], &doc->tokens[element]))
                continue;
            if (equal(c, seen[i], element)) {
                pair[0] = seen[i];
                pair[1] = element;
                return false;
            }
        }
        seen[count++] = element;
    }
    return true;
}

struct hashed_element {
    uint64_t hash;
    uint32_t token; /* 0 is free: no element has token 0 */
};

static bool differ_by_hash(struct comparison *c, uint32_t array, uint32_t pair[2])
{
    const struct eb_doc *doc = c->doc_a;
    uint32_t capacity = 32;
    while (capacity < 2 * doc->tokens[array].count)
        capacity *= 2;
    struct hashed_element *slots = EB_ARENA_ARRAY(c->arena, struct hashed_element, capacity);
    if (!slots) {
        c->is_exhausted = true;
        return true;
    }
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        uint64_t hash = eb_value_hash(doc, element);
        uint32_t at = (uint32_t)hash & (capacity - 1);
        for (; slots[at].token; at = (at + 1) & (capacity - 1)) {
            if (slots[at].hash == hash && equal(c, slots[at].token, element)) {
                pair[0] = slots[at].token;
                pair[1] = element;
                return false;
            }
        }
        slots[at] = (struct hashed_element){ hash, element };
    }
    return true;
}

bool eb_elements_differ(const struct eb_doc *doc, uint32_t array, struct eb_arena *arena,
    bool *is_exhausted, uint32_t pair[2])
{
    struct comparison comparison = { .doc_a = doc, .doc_b = doc, .arena = arena };
    struct eb_arena_mark mark = eb_arena_mark(arena);
    bool differ = doc->tokens[array].count <= PAIRWISE_MAX
                      ? differ_pairwise(&comparison, array, pair)
                      : differ_by_hash(&comparison, array, pair);
    eb_arena_rewind(arena, mark);
    *is_exhausted |= comparison.is_exhausted;
    return differ;
}
