/*
 * compile_object.c - keywords about objects (2020-12 core §10.2.2.4, §10.3.2, validation §6.5).
 *
 * `properties`, `required`, `patternProperties` and `additionalProperties` become one op: one pass
 * over the members, one look-up each. What depends on a member being there becomes another.
 */
#include "schema/compile.h"

/* ---- names being gathered: each once, in the order they are met ---- */

struct gathering {
    struct eb_view *view;
    struct eb_map index_by_name; /* index + 1 */
    struct eb_span *names;
    uint32_t count, capacity;
};

static void gather_init(struct gathering *gathering, struct eb_view *view)
{
    *gathering = (struct gathering){ .view = view };
    eb_map_init(&gathering->index_by_name, &view->compiler->scratch);
}

/* The index of the name at a string token. */
static uint32_t gather(struct gathering *gathering, uint32_t token)
{
    struct eb_compiler *compiler = gathering->view->compiler;
    struct eb_span name = eb_view_text(gathering->view, token);
    if (!name.ptr)
        return 0;
    void *known = eb_map_get(&gathering->index_by_name, name);
    if (known)
        return (uint32_t)(uintptr_t)known - 1;
    struct eb_span *room = eb_array_room(
        &compiler->scratch, gathering->names, gathering->count, &gathering->capacity, sizeof *room);
    if (!room ||
        !eb_map_put(&gathering->index_by_name, name, (void *)(uintptr_t)(gathering->count + 1))) {
        compiler->is_out_of_memory = true;
        return 0;
    }
    gathering->names = room;
    gathering->names[gathering->count] = name;
    return gathering->count++;
}

static void gather_end(struct gathering *gathering, struct eb_names *names)
{
    struct eb_compiler *compiler = gathering->view->compiler;
    if (!compiler->is_out_of_memory &&
        !eb_names_compile(names, gathering->names, gathering->count, compiler->library->arena))
        compiler->is_out_of_memory = true;
}

/* The string elements of an array, gathered; reports what is not one. */
static uint32_t gather_strings(struct gathering *gathering, uint32_t list, uint32_t *indexes)
{
    struct eb_view *view = gathering->view;
    uint32_t count = 0;
    EB_DOC_EACH_ELEMENT(view->doc, list, element)
    {
        if (eb_doc_type(view->doc, element) == EB_JSON_STRING)
            indexes[count++] = gather(gathering, element);
        else
            eb_view_error(view, element, "expected the name of a member, a string");
    }
    return count;
}

/* ---- properties, required, patternProperties, additionalProperties ---- */

static uint32_t member_count(struct eb_view *view, uint32_t container)
{
    return container == EB_NO_TOKEN ? 0 : view->doc->tokens[container].count;
}

static void add_properties(
    struct gathering *gathering, struct eb_member *members, uint32_t properties)
{
    EB_DOC_EACH_MEMBER(gathering->view->doc, properties, name)
    {
        struct eb_member *member = &members[gather(gathering, name)];
        member->node = eb_view_part(gathering->view, name + 1);
        member->is_property = true;
    }
}

static void add_required(struct gathering *gathering, struct eb_members *op,
    struct eb_member *members, uint32_t required)
{
    struct eb_view *view = gathering->view;
    uint32_t *indexes = EB_VIEW_ARRAY(view, uint32_t, member_count(view, required));
    uint32_t count = indexes ? gather_strings(gathering, required, indexes) : 0;
    for (uint32_t i = 0; i < count; i++) {
        op->required_count += !members[indexes[i]].is_required;
        members[indexes[i]].is_required = true;
    }
}

static void add_patterns(struct eb_view *view, struct eb_members *op, uint32_t list)
{
    struct eb_pattern_member *patterns =
        EB_VIEW_ARRAY(view, struct eb_pattern_member, member_count(view, list));
    if (!patterns)
        return;
    EB_DOC_EACH_MEMBER(view->doc, list, name)
    {
        patterns[op->pattern_count++] = (struct eb_pattern_member){
            .regex = eb_view_regex(view, name),
            .pattern = eb_view_text(view, name),
            .node = eb_view_part(view, name + 1),
        };
    }
    op->patterns = patterns;
}

/* Whether the names that must be there are also names that may. */
static bool are_required_allowed(const struct eb_members *op)
{
    for (uint32_t i = 0; i < op->names.count; i++) {
        if (!op->members[i].is_property)
            return false;
    }
    return true;
}

static enum eb_opcode members_code(const struct eb_view *view, const struct eb_members *op)
{
    const struct eb_draft_node *rest = &view->compiler->nodes[op->additional];
    bool is_tracked = view->tracks & EB_TRACKS_MEMBERS;
    if (op->pattern_count || is_tracked)
        return EB_OP_MEMBERS;
    if (op->additional == EB_NODE_TRUE)
        return EB_OP_MEMBERS_OPEN;
    bool is_closed = eb_doc_type(&rest->resource->document->doc, rest->token) == EB_JSON_FALSE;
    return is_closed && are_required_allowed(op) ? EB_OP_MEMBERS_CLOSED : EB_OP_MEMBERS;
}

/* Now that all names are known. */
static void finish_members(struct eb_members *op, struct eb_member *members)
{
    for (uint32_t i = 0; op->names.names && i < op->names.count; i++)
        members[i].name = op->names.names[i];
    for (uint32_t i = 0; i < op->names.count && op->names.count <= EB_NAMES_FEW; i++) {
        op->required |= (uint64_t)members[i].is_required << i;
        op->judged |= (uint64_t)(members[i].node != EB_NODE_TRUE) << i;
    }
}

static void compile_members(struct eb_view *view)
{
    uint32_t properties = eb_view_value(view, EB_KEYWORD_PROPERTIES, EB_JSON_OBJECT);
    uint32_t patterns = eb_view_value(view, EB_KEYWORD_PATTERN_PROPERTIES, EB_JSON_OBJECT);
    uint32_t additional = view->values[EB_KEYWORD_ADDITIONAL_PROPERTIES];
    uint32_t required = view->values[EB_KEYWORD_REQUIRED];
    /* Draft 3 wrote `required: true` into the property; later metaschemas refuse it. */
    if (required != EB_NO_TOKEN)
        required = eb_view_value(view, EB_KEYWORD_REQUIRED, EB_JSON_ARRAY);
    if ((properties & patterns & additional & required) == EB_NO_TOKEN)
        return;
    struct eb_members *op = EB_VIEW_ARRAY(view, struct eb_members, 1);
    struct eb_member *members = EB_VIEW_ARRAY(
        view, struct eb_member, member_count(view, properties) + member_count(view, required));
    if (!op || !members)
        return;
    op->members = members;
    struct gathering gathering;
    gather_init(&gathering, view);
    if (properties != EB_NO_TOKEN)
        add_properties(&gathering, members, properties);
    if (required != EB_NO_TOKEN)
        add_required(&gathering, op, members, required);
    if (patterns != EB_NO_TOKEN)
        add_patterns(view, op, patterns);
    if (additional != EB_NO_TOKEN) {
        op->additional = eb_view_part(view, additional);
        op->has_additional = true;
    }
    gather_end(&gathering, &op->names);
    finish_members(op, members);
    eb_view_check(view, EB_KEYWORD_PROPERTIES,
        (struct eb_op){ .code = (uint8_t)members_code(view, op),
            .kinds = EB_KINDS_OBJECT,
            .is_tracked = view->tracks & EB_TRACKS_MEMBERS,
            .at = op });
}

static void compile_member_count(struct eb_view *view)
{
    struct eb_op op = { .code = EB_OP_MEMBER_COUNT, .kinds = EB_KINDS_OBJECT };
    op.a = eb_view_count(view, EB_KEYWORD_MIN_PROPERTIES, 0);
    op.b = eb_view_count(view, EB_KEYWORD_MAX_PROPERTIES, UINT32_MAX);
    if (op.a)
        eb_view_check(view, EB_KEYWORD_MIN_PROPERTIES, op);
    else if (op.b != UINT32_MAX)
        eb_view_check(view, EB_KEYWORD_MAX_PROPERTIES, op);
}

static void compile_member_names(struct eb_view *view)
{
    uint32_t value = view->values[EB_KEYWORD_PROPERTY_NAMES];
    uint32_t node = value == EB_NO_TOKEN ? EB_NODE_TRUE : eb_view_part(view, value);
    if (node != EB_NODE_TRUE)
        eb_view_check(view, EB_KEYWORD_PROPERTY_NAMES,
            (struct eb_op){ .code = EB_OP_MEMBER_NAMES, .kinds = EB_KINDS_OBJECT, .a = node });
}

/* ---- what depends on a member being there ---- */

static void add_dependency(struct gathering *gathering, struct eb_dependency *dependency,
    uint32_t name, enum eb_keyword keyword)
{
    struct eb_view *view = gathering->view;
    uint32_t value = name + 1;
    *dependency =
        (struct eb_dependency){ .trigger = gather(gathering, name), .keyword = (uint8_t)keyword };
    if (keyword != EB_KEYWORD_DEPENDENT_SCHEMAS && eb_doc_type(view->doc, value) == EB_JSON_ARRAY) {
        uint32_t *indexes = EB_VIEW_ARRAY(view, uint32_t, member_count(view, value));
        if (indexes)
            dependency->required_count = gather_strings(gathering, value, indexes);
        dependency->required = indexes;
    } else if (keyword == EB_KEYWORD_DEPENDENT_REQUIRED) {
        eb_view_error(view, value, "\"dependentRequired\": expected an array of member names");
    } else {
        dependency->node = eb_view_in_place(view, value);
    }
}

static void compile_dependencies(struct eb_view *view)
{
    static const enum eb_keyword keywords[] = {
        EB_KEYWORD_DEPENDENCIES,
        EB_KEYWORD_DEPENDENT_REQUIRED,
        EB_KEYWORD_DEPENDENT_SCHEMAS,
    };
    enum { COUNT = sizeof keywords / sizeof *keywords };
    uint32_t lists[COUNT], total = 0;
    for (size_t i = 0; i < COUNT; i++) {
        lists[i] = eb_view_value(view, keywords[i], EB_JSON_OBJECT);
        total += member_count(view, lists[i]);
    }
    if (!total)
        return;
    struct eb_dependencies *op = EB_VIEW_ARRAY(view, struct eb_dependencies, 1);
    struct eb_dependency *dependencies = EB_VIEW_ARRAY(view, struct eb_dependency, total);
    if (!op || !dependencies)
        return;
    struct gathering gathering;
    gather_init(&gathering, view);
    for (size_t i = 0; i < COUNT; i++) {
        if (lists[i] == EB_NO_TOKEN)
            continue;
        EB_DOC_EACH_MEMBER(view->doc, lists[i], name)
        add_dependency(&gathering, &dependencies[op->count++], name, keywords[i]);
    }
    gather_end(&gathering, &op->names);
    op->dependencies = dependencies;
    eb_view_check(view, EB_KEYWORD_DEPENDENCIES,
        (struct eb_op){ .code = EB_OP_DEPENDENCIES,
            .kinds = EB_KINDS_OBJECT,
            .is_tracked = view->tracks & EB_TRACKS_MEMBERS,
            .at = op });
}

void eb_compile_members(struct eb_view *view)
{
    compile_member_count(view);
    compile_members(view);
    compile_member_names(view);
    compile_dependencies(view);
}
