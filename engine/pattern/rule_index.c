#include "pattern/rule_index.h"

#include "pattern/fields.h"

struct eb_rule_index {
    size_t count;
    struct eb_rule_entry entries[];
};

struct eb_rule_index *eb_rule_index_build(
    const struct eb_rule_entry *entries, size_t count, struct eb_arena *arena)
{
    if (count > (SIZE_MAX - sizeof(struct eb_rule_index)) / sizeof *entries)
        return NULL;
    struct eb_rule_index *index = eb_arena_alloc(
        arena, sizeof *index + count * sizeof *entries, _Alignof(struct eb_rule_index));
    if (!index)
        return NULL;
    index->count = count;
    if (count)
        memcpy(index->entries, entries, count * sizeof *entries);
    return index;
}

size_t eb_rule_index_match(const struct eb_rule_index *index, const struct eb_fields *fields,
    struct eb_arena *scratch, uint32_t *rules, size_t max, bool *has_more)
{
    (void)scratch;
    size_t count = 0;
    *has_more = false;
    for (size_t i = 0; i < index->count; i++) {
        const struct eb_rule_entry *entry = &index->entries[i];
        if (entry->pattern && !eb_pattern_match(entry->pattern, fields))
            continue;
        if (count == max) {
            *has_more = true;
            break;
        }
        rules[count++] = entry->rule;
    }
    return count;
}
