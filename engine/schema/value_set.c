#include "schema/compile.h"
#include "schema/equal.h"

static uint32_t kinds_of_value(const struct eb_doc *doc, uint32_t token)
{
    enum eb_kind kind = eb_kind_of(&doc->tokens[token]);
    return eb_doc_type(doc, token) == EB_JSON_NUMBER ? EB_KINDS_NUMBER : 1u << kind;
}

/* The strings among the values, each once, decoded. False without memory. */
static bool compile_strings(struct eb_value_set *set, struct eb_arena *arena)
{
    struct eb_arena scratch;
    eb_arena_init_growing(&scratch, SIZE_MAX);
    struct eb_map known;
    eb_map_init(&known, &scratch);
    struct eb_span *strings = EB_ARENA_ARRAY(&scratch, struct eb_span, set->count);
    uint32_t count = 0;
    bool is_done = strings;
    for (uint32_t i = 0; i < set->count && is_done; i++) {
        if (eb_doc_type(set->doc, set->tokens[i]) != EB_JSON_STRING)
            continue;
        struct eb_span text = eb_doc_string(set->doc, set->tokens[i], arena);
        if (!text.ptr || eb_map_get(&known, text)) {
            is_done = text.ptr;
            continue;
        }
        strings[count++] = text;
        is_done = eb_map_put(&known, text, set);
    }
    is_done = is_done && eb_names_compile(&set->strings, strings, count, arena);
    eb_arena_release(&scratch);
    return is_done;
}

static bool fill_others(struct eb_value_set *set, uint32_t other_count, struct eb_arena *arena)
{
    uint32_t capacity = 2;
    while (capacity < 2 * other_count)
        capacity *= 2;
    uint32_t *slots = EB_ARENA_ARRAY(arena, uint32_t, capacity);
    if (!slots)
        return false;
    memset(slots, 0xff, capacity * sizeof *slots);
    for (uint32_t i = 0; i < set->count; i++) {
        if (eb_doc_type(set->doc, set->tokens[i]) == EB_JSON_STRING)
            continue;
        uint32_t at = (uint32_t)eb_value_hash(set->doc, set->tokens[i]);
        while (slots[at & (capacity - 1)] != EB_NO_TOKEN)
            at++;
        slots[at & (capacity - 1)] = set->tokens[i];
    }
    set->others = slots;
    set->other_mask = capacity - 1;
    return true;
}

const struct eb_value_set *eb_value_set_new(
    const struct eb_doc *doc, const uint32_t *tokens, uint32_t count, struct eb_arena *arena)
{
    struct eb_value_set *set = EB_ARENA_NEW(arena, struct eb_value_set);
    if (!set)
        return NULL;
    *set = (struct eb_value_set){ .doc = doc, .tokens = tokens, .count = count };
    uint32_t others = 0;
    for (uint32_t i = 0; i < count; i++) {
        set->kinds |= kinds_of_value(doc, tokens[i]);
        others += eb_doc_type(doc, tokens[i]) != EB_JSON_STRING;
    }
    return compile_strings(set, arena) && fill_others(set, others, arena) ? set : NULL;
}
