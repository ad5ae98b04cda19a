/*
 * compile_array.c - keywords about arrays (2020-12 core §10.3.1, validation §6.4).
 */
#include "schema/compile.h"

static void compile_item_count(struct eb_view *view)
{
    struct eb_op op = { .code = EB_OP_ITEM_COUNT, .kinds = EB_KINDS_ARRAY };
    op.a = eb_view_count(view, EB_KEYWORD_MIN_ITEMS, 0);
    op.b = eb_view_count(view, EB_KEYWORD_MAX_ITEMS, UINT32_MAX);
    if (op.a)
        eb_view_check(view, EB_KEYWORD_MIN_ITEMS, op);
    else if (op.b != UINT32_MAX)
        eb_view_check(view, EB_KEYWORD_MAX_ITEMS, op);
}

static void set_prefix(
    struct eb_view *view, struct eb_array_items *items, uint32_t list, enum eb_keyword keyword)
{
    uint32_t *nodes = EB_VIEW_ARRAY(view, uint32_t, view->doc->tokens[list].count);
    if (!nodes)
        return;
    EB_DOC_EACH_ELEMENT(view->doc, list, element)
    nodes[items->prefix_count++] = eb_view_part(view, element);
    items->prefix = nodes;
    items->prefix_keyword = (uint8_t)keyword;
}

static void set_rest(struct eb_view *view, struct eb_array_items *items, enum eb_keyword keyword)
{
    uint32_t value = view->values[keyword];
    if (value == EB_NO_TOKEN)
        return;
    items->rest = eb_view_part(view, value);
    items->has_rest = true;
    items->rest_keyword = (uint8_t)keyword;
}

/* From 2020-12 on `prefixItems` and `items`; before, an array in `items` and `additionalItems`. */
static void find_items(struct eb_view *view, struct eb_array_items *items)
{
    uint32_t value = view->values[EB_KEYWORD_ITEMS];
    if (view->resource->dialect->draft >= EB_DRAFT_2020_12) {
        uint32_t prefix = eb_view_value(view, EB_KEYWORD_PREFIX_ITEMS, EB_JSON_ARRAY);
        if (prefix != EB_NO_TOKEN)
            set_prefix(view, items, prefix, EB_KEYWORD_PREFIX_ITEMS);
        set_rest(view, items, EB_KEYWORD_ITEMS);
    } else if (value != EB_NO_TOKEN && eb_doc_type(view->doc, value) == EB_JSON_ARRAY) {
        set_prefix(view, items, value, EB_KEYWORD_ITEMS);
        set_rest(view, items, EB_KEYWORD_ADDITIONAL_ITEMS);
    } else {
        set_rest(view, items, EB_KEYWORD_ITEMS);
    }
}

static bool says_something(const struct eb_array_items *items, bool is_tracked)
{
    if (is_tracked)
        return items->prefix_count || items->has_rest;
    for (uint32_t i = 0; i < items->prefix_count; i++) {
        if (items->prefix[i] != EB_NODE_TRUE)
            return true;
    }
    return items->rest != EB_NODE_TRUE;
}

static void compile_items(struct eb_view *view)
{
    struct eb_array_items *items = EB_VIEW_ARRAY(view, struct eb_array_items, 1);
    if (!items)
        return;
    find_items(view, items);
    bool is_tracked = view->tracks & EB_TRACKS_ITEMS;
    if (says_something(items, is_tracked))
        eb_view_check(view, EB_KEYWORD_ITEMS,
            (struct eb_op){ .code = EB_OP_ITEMS,
                .kinds = EB_KINDS_ARRAY,
                .is_tracked = is_tracked,
                .at = items });
}

static void compile_contains(struct eb_view *view)
{
    uint32_t value = view->values[EB_KEYWORD_CONTAINS];
    if (value == EB_NO_TOKEN)
        return;
    struct eb_contains *contains = EB_VIEW_ARRAY(view, struct eb_contains, 1);
    if (!contains)
        return;
    contains->node = eb_view_part(view, value);
    contains->min = eb_view_count(view, EB_KEYWORD_MIN_CONTAINS, 1);
    contains->max = eb_view_count(view, EB_KEYWORD_MAX_CONTAINS, UINT32_MAX);
    bool is_tracked =
        (view->tracks & EB_TRACKS_ITEMS) && view->resource->dialect->draft >= EB_DRAFT_2020_12;
    eb_view_check(view, EB_KEYWORD_CONTAINS,
        (struct eb_op){ .code = EB_OP_CONTAINS,
            .kinds = EB_KINDS_ARRAY,
            .is_tracked = is_tracked,
            .at = contains });
}

void eb_compile_items(struct eb_view *view)
{
    compile_item_count(view);
    compile_items(view);
    compile_contains(view);
    if (eb_view_flag(view, EB_KEYWORD_UNIQUE_ITEMS))
        eb_view_check(view, EB_KEYWORD_UNIQUE_ITEMS,
            (struct eb_op){ .code = EB_OP_UNIQUE, .kinds = EB_KINDS_ARRAY });
}
