#include "base/limits.h"
#include "pattern/fields.h"
#include "pattern/pattern_draft.h"
#include "pattern/predicate_parse.h"

struct parser {
    struct eb_predicate_parser predicates; /* document, scratch memory, diagnostics */
    struct eb_paths *paths;
    bool reads_payload;
};

/* The items of one object and of the objects in it, in order. */
struct list {
    struct eb_draft_item *const *first;
    struct eb_draft_item **last;
    uint32_t depth; /* fields on the longest way through */
    bool is_in_or;
};

static const struct eb_span or_name = EB_SPAN("$or");

/* ---- names and paths ---- */

/* Names that, inside an `$or`, are taken for operators: those there are, and those event-ruler
 * keeps for later. */
static bool is_reserved_in_or(const struct eb_doc *doc, uint32_t name)
{
    static const char *const reserved[] = { "=", "<", "<=", ">", ">=", "regex", "not-wildcard",
        "not-equals-ignore-case", "date-after", "date-on-or-after", "date-before",
        "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range" };
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (eb_doc_string_is(doc, name, eb_span_of(reserved[i])))
            return true;
    }
    return eb_predicate_is_operator(doc, name);
}

/* `$or` is one when it lists two or more objects whose members are no operators. */
static bool is_or(const struct eb_doc *doc, uint32_t name)
{
    uint32_t value = name + 1;
    if (!eb_doc_string_is(doc, name, or_name) || eb_doc_type(doc, value) != EB_JSON_ARRAY ||
        doc->tokens[value].count < 2)
        return false;
    EB_DOC_EACH_ELEMENT(doc, value, branch)
    {
        if (eb_doc_type(doc, branch) != EB_JSON_OBJECT)
            return false;
        EB_DOC_EACH_MEMBER(doc, branch, member)
        {
            if (is_reserved_in_or(doc, member))
                return false;
        }
    }
    return true;
}

static void fail_memory(struct parser *parser)
{
    eb_diag_add_out_of_memory(parser->predicates.diags);
    parser->predicates.has_failed = true;
}

/* One step; `$mqtt` at the top is the other root. */
static uint32_t step(struct parser *parser, uint32_t path, struct eb_span name)
{
    if (path == EB_PATH_PAYLOAD && eb_span_is(name, "$mqtt"))
        return EB_PATH_MESSAGE;
    path = eb_paths_intern(parser->paths, path, name);
    if (path == EB_NO_PATH)
        fail_memory(parser);
    return path;
}

/* Follows the name, which dots separate into steps. EB_NO_PATH without memory. */
static uint32_t follow(struct parser *parser, uint32_t path, uint32_t token)
{
    struct eb_span name = eb_doc_string(parser->predicates.doc, token, parser->predicates.scratch);
    if (!name.ptr) {
        fail_memory(parser);
        return EB_NO_PATH;
    }
    for (const char *dot; name.len && (dot = memchr(name.ptr, '.', name.len));) {
        size_t len = (size_t)(dot - name.ptr);
        path = step(parser, path, eb_span(name.ptr, len));
        if (path == EB_NO_PATH)
            return EB_NO_PATH;
        name = eb_span(dot + 1, name.len - len - 1);
    }
    return step(parser, path, name);
}

/* Refuses paths of `$mqtt` that no message can have. */
static bool check_message_path(struct parser *parser, uint32_t path, uint32_t name)
{
    const struct eb_path *member = NULL;
    uint32_t steps = 0;
    while (path > EB_PATH_MESSAGE) {
        member = eb_paths_get(parser->paths, path);
        path = member->parent;
        steps++;
    }
    if (path != EB_PATH_MESSAGE)
        return true;
    bool has_members = false;
    if (!member || !eb_fields_has_message_member(eb_path_name(member), &has_members)) {
        eb_predicate_fail(&parser->predicates, name,
            "$mqtt has no such member; expected topic, level, clientid, username, qos, retain, "
            "content-type or user");
        return false;
    }
    if (has_members != (steps > 1)) {
        eb_predicate_fail(&parser->predicates, name,
            has_members ? "$mqtt.user holds user properties; expected the name of one of them"
                        : "this member of $mqtt has no members of its own");
        return false;
    }
    return true;
}

/* ---- items ---- */

static void append(struct list *list, struct eb_draft_item *item)
{
    *list->last = item;
    list->last = &item->next;
}

static struct eb_draft_item *new_item(struct parser *parser)
{
    struct eb_draft_item *item = EB_ARENA_NEW(parser->predicates.scratch, struct eb_draft_item);
    if (!item)
        fail_memory(parser);
    return item;
}

static bool is_named_already(const struct list *list, uint32_t path)
{
    for (const struct eb_draft_item *item = *list->first; item; item = item->next) {
        if (item->path == path)
            return true;
    }
    return false;
}

/* Tells the paths what this field needs, and the pattern which root it reads. */
static void note_use(struct parser *parser, const struct eb_draft_item *field)
{
    unsigned needs = 0;
    for (uint32_t i = 0; i < field->count; i++)
        needs |= eb_predicate_needs(&field->predicates[i]);
    eb_paths_compare(parser->paths, field->path, needs);
    uint32_t root = field->path;
    while (root > EB_PATH_MESSAGE)
        root = eb_paths_get(parser->paths, root)->parent;
    parser->reads_payload |= root == EB_PATH_PAYLOAD;
}

static void parse_field(struct parser *parser, struct list *list, uint32_t path, uint32_t name)
{
    struct eb_predicate *predicates;
    uint32_t count = eb_predicates_parse(&parser->predicates, name + 1, &predicates);
    if (count == 0 || !check_message_path(parser, path, name))
        return;
    if (list->depth > EB_PATTERN_FIELDS_MAX) /* will be refused: see parse_top() */
        return;
    if (is_named_already(list, path)) {
        eb_predicate_fail(&parser->predicates, name,
            "this field is named twice; write all its alternatives in one array");
        return;
    }
    struct eb_draft_item *item = new_item(parser);
    if (!item)
        return;
    *item = (struct eb_draft_item){ .path = path, .count = count, .predicates = predicates };
    append(list, item);
    list->depth++;
    note_use(parser, item);
}

static void parse_object(struct parser *parser, struct list *list, uint32_t path, uint32_t object);

static void parse_or(struct parser *parser, struct list *list, uint32_t path, uint32_t array)
{
    const struct eb_doc *doc = parser->predicates.doc;
    uint32_t count = doc->tokens[array].count, depth = 0, next = 0;
    struct eb_draft_item *item = new_item(parser);
    struct eb_draft_item **branches =
        EB_ARENA_ARRAY(parser->predicates.scratch, struct eb_draft_item *, count);
    if (!item || !branches) {
        fail_memory(parser);
        return;
    }
    EB_DOC_EACH_ELEMENT(doc, array, branch)
    {
        struct list inner = { .first = &branches[next], .last = &branches[next], .is_in_or = true };
        next++;
        parse_object(parser, &inner, path, branch);
        depth = inner.depth > depth ? inner.depth : depth;
    }
    *item = (struct eb_draft_item){ .path = EB_NO_PATH, .count = count, .branches = branches };
    append(list, item);
    list->depth += depth + 1;
}

static void parse_member(struct parser *parser, struct list *list, uint32_t path, uint32_t name)
{
    const struct eb_doc *doc = parser->predicates.doc;
    if (is_or(doc, name)) {
        parse_or(parser, list, path, name + 1);
        return;
    }
    if (list->is_in_or && is_reserved_in_or(doc, name)) {
        eb_predicate_fail(
            &parser->predicates, name, "an operator cannot be a field's name inside $or");
        return;
    }
    enum eb_json_type type = eb_doc_type(doc, name + 1);
    if (type != EB_JSON_ARRAY && type != EB_JSON_OBJECT) {
        eb_predicate_fail(&parser->predicates, name + 1,
            "expected an array of the values to match, or an object of fields");
        return;
    }
    uint32_t member = follow(parser, path, name);
    if (member == EB_NO_PATH)
        return;
    if (type == EB_JSON_ARRAY)
        parse_field(parser, list, member, name);
    else
        parse_object(parser, list, member, name + 1);
}

static void parse_object(struct parser *parser, struct list *list, uint32_t path, uint32_t object)
{
    const struct eb_doc *doc = parser->predicates.doc;
    if (doc->tokens[object].count == 0)
        eb_predicate_fail(&parser->predicates, object, "expected at least one field, found none");
    EB_DOC_EACH_MEMBER(doc, object, name)
    parse_member(parser, list, path, name);
}

/* ---- the pattern ---- */

static bool untangle(struct parser *parser, uint32_t token, struct eb_draft_item **items)
{
    switch (eb_draft_untangle(items, parser->predicates.scratch)) {
    case EB_UNTANGLED: return true;
    case EB_UNTANGLE_LIMIT:
        eb_predicate_fail(
            &parser->predicates, token, "its $ors name the same fields in too many combinations");
        return false;
    case EB_UNTANGLE_NO_MEMORY: break;
    }
    fail_memory(parser);
    return false;
}

static bool parse_top(struct parser *parser, uint32_t token, struct eb_draft_item **items)
{
    struct list list = { .first = items, .last = items };
    if (eb_doc_type(parser->predicates.doc, token) != EB_JSON_OBJECT) {
        eb_predicate_fail(&parser->predicates, token, "a pattern is an object of fields");
        return false;
    }
    parse_object(parser, &list, EB_PATH_PAYLOAD, token);
    if (list.depth > EB_PATTERN_FIELDS_MAX)
        eb_predicate_fail(
            &parser->predicates, token, "more fields must hold together than a pattern may have");
    return !parser->predicates.has_failed && untangle(parser, token, items);
}

static struct eb_pattern *pack(struct parser *parser, uint32_t token,
    const struct eb_draft_item *items, struct eb_arena *arena)
{
    struct eb_pattern *pattern = NULL;
    switch (eb_draft_pack(items, parser->reads_payload, arena, &pattern)) {
    case EB_PACKED: break;
    case EB_PACK_LIMIT:
        eb_predicate_fail(&parser->predicates, token, "it is longer than a pattern may be");
        break;
    case EB_PACK_NO_MEMORY: fail_memory(parser);
    }
    return pattern;
}

struct eb_pattern *eb_pattern_parse(const struct eb_doc *doc, uint32_t token,
    struct eb_paths *paths, struct eb_arena *arena, struct eb_diag_list *diags)
{
    struct eb_arena scratch;
    eb_arena_init_growing(&scratch, SIZE_MAX);
    struct parser parser = {
        .predicates = { .doc = doc, .scratch = &scratch, .diags = diags },
        .paths = paths,
    };
    struct eb_draft_item *items = NULL;
    struct eb_pattern *pattern = NULL;
    if (parse_top(&parser, token, &items))
        pattern = pack(&parser, token, items, arena);
    eb_arena_release(&scratch);
    return pattern;
}
