#include "pattern/index_builder.h"

static struct eb_scope scope_of(
    const struct eb_index_builder *builder, const struct eb_filing *filing)
{
    const struct eb_pattern *pattern = builder->entries[filing->entry].pattern;
    if (filing->scope)
        return *filing->scope;
    return (struct eb_scope){ .items = eb_items_of(pattern) };
}

/* ---- counting keys ---- */

static bool take_census(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filings, size_t count)
{
    struct eb_census *census = &draft->census;
    uint64_t alternatives = 0;
    for (size_t i = 0; i < count; i++) {
        struct eb_scope scope = scope_of(builder, &filings[i]);
        for (const struct eb_scope *at = &scope; at; at = at->outer)
            alternatives += eb_count_alternatives(at->items);
    }
    if (!eb_census_init(census, &draft->arena, count, alternatives)) {
        builder->has_failed = true;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct eb_scope scope = scope_of(builder, &filings[i]);
        eb_census_add(census, &scope);
    }
    return true;
}

bool eb_index_builder_choose(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filings, struct eb_choice *choices, size_t count, uint64_t cost_max)
{
    if (!take_census(builder, draft, filings, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct eb_scope scope = scope_of(builder, &filings[i]);
        choices[i] = eb_choose(&draft->census, &scope, cost_max, filings[i].quota);
    }
    return true;
}

/* ---- filing where it costs least ---- */

static struct eb_filed *next_filed(struct eb_index_builder *builder, struct eb_node_draft *draft)
{
    if (draft->filed_count < draft->filed_max)
        return &draft->filed[draft->filed_count++];
    builder->has_failed = true;
    return NULL;
}

static void file_predicate(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filing, uint32_t path, const uint32_t *code,
    const struct eb_predicate *predicate)
{
    struct eb_filed *filed = next_filed(builder, draft);
    if (!filed)
        return;
    struct eb_key key = eb_choose_key(&draft->census, path, predicate);
    *filed = (struct eb_filed){
        .hash = eb_key_hash(draft->seed, path, key.kind, key.operand),
        .entry = filing->entry,
        .quota = filing->quota,
        .scope = filing->scope,
        .predicate = code,
        .path = path,
        .kind = (uint8_t)key.kind,
        .measure = (uint16_t)key.measure,
    };
    if (key.kind != EB_KEY_HOLDS || !eb_index_builder_pay(builder, sizeof(struct eb_window)))
        return;
    struct eb_window *window = eb_index_builder_note(builder, &builder->windows, sizeof *window);
    if (window)
        *window = (struct eb_window){ path, key.measure, key.operand };
}

static void file_item(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filing, const struct eb_item *item);

static uint32_t count_branches(const struct eb_item *item)
{
    struct eb_items branches = eb_item_branches(item), branch;
    uint32_t count = 0;
    while (eb_branches_next(&branches, &branch))
        count++;
    return count;
}

/* Each branch is filed by itself; from there on it is asked for beside what is around it. */
static void file_or(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filing, const struct eb_item *item)
{
    struct eb_scope *outer = EB_ARENA_NEW(&builder->scratch, struct eb_scope);
    struct eb_scope *scope =
        EB_ARENA_ARRAY(&builder->scratch, struct eb_scope, count_branches(item));
    if (!outer || !scope) {
        builder->has_failed = true;
        return;
    }
    *outer = scope_of(builder, filing);
    struct eb_items branches = eb_item_branches(item), branch;
    for (; eb_branches_next(&branches, &branch); scope++) {
        struct eb_filing inner = *filing;
        *scope = (struct eb_scope){ branch, item->code, outer };
        inner.scope = scope;
        struct eb_item chosen = eb_item_decode(eb_choose_item(&draft->census, branch));
        file_item(builder, draft, &inner, &chosen);
    }
}

static void file_item(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filing, const struct eb_item *item)
{
    if (eb_item_is_or(item)) {
        file_or(builder, draft, filing, item);
        return;
    }
    struct eb_predicate_cursor cursor = eb_predicates_begin(&item->predicates);
    const uint32_t *code = cursor.next;
    for (struct eb_predicate predicate; eb_predicates_next(&cursor, &predicate); code = cursor.next)
        file_predicate(builder, draft, filing, item->path, code, &predicate);
}

static bool make_room(struct eb_node_draft *draft, const struct eb_choice *choices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        draft->filed_max += choices[i].item ? choices[i].filings : 0;
    draft->filed = eb_arena_alloc(
        &draft->arena, draft->filed_max * sizeof *draft->filed, _Alignof(struct eb_filed));
    return draft->filed;
}

void eb_index_builder_file(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filings, const struct eb_choice *choices, size_t count)
{
    if (!make_room(draft, choices, count))
        builder->has_failed = true;
    for (size_t i = 0; i < count && !builder->has_failed; i++) {
        struct eb_filing filing = filings[i];
        if (choices[i].item) {
            struct eb_item item = eb_item_decode(choices[i].item);
            filing.quota /= choices[i].filings;
            file_item(builder, draft, &filing, &item);
            continue;
        }
        uint32_t *entry = eb_index_builder_note(builder, &draft->always, sizeof *entry);
        if (entry)
            *entry = filing.entry;
    }
}
