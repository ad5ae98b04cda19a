#include "schema/compat_change.h"

#include "schema/sentence.h"

/* ---- what changes are called ---- */

struct kind_row {
    uint8_t code;
    uint8_t way;
    const char *tightened, *loosened;               /* kinds: what the new version does */
    const char *advice_tightened, *advice_loosened; /* what would be compatible */
};

#define BOUND(code, way)                                                                           \
    {                                                                                              \
        code, way, "bound-tightened", "bound-loosened", "keep the old bound, or a wider one",      \
            "keep the old bound, or a narrower one"                                                \
    }
#define BOUNDS(code) BOUND(code, EB_WAY_BELOW_MIN), BOUND(code, EB_WAY_ABOVE_MAX)

/* By the way of failing, then by the check; the first row that fits. ANY_CODE fits all. */
enum { ANY_CODE = 255 };

static const struct kind_row rows[] = {
    { ANY_CODE, EB_WAY_REQUIRED, "required-added", "required-removed", "leave the member optional",
        "keep the member required" },
    { ANY_CODE, EB_WAY_PROPERTY, "property-forbidden", "property-allowed",
        "go on accepting the member", "go on refusing the member" },
    { ANY_CODE, EB_WAY_PATTERN, "property-forbidden", "property-allowed",
        "go on accepting such members", "go on refusing such members" },
    { ANY_CODE, EB_WAY_ADDITIONAL, "properties-closed", "properties-opened",
        "leave the object open, or name the members in \"properties\"",
        "leave the object closed, and add no members" },
    { ANY_CODE, EB_WAY_UNEVALUATED, "unevaluated-closed", "unevaluated-opened",
        "leave the value open, or say what else it may hold",
        "leave the value closed, and let it hold no more" },
    { ANY_CODE, EB_WAY_PREFIX_ITEM, "items-closed", "items-opened",
        "go on accepting an element here", "go on refusing an element here" },
    { ANY_CODE, EB_WAY_REST_ITEM, "items-closed", "items-opened", "leave the array open at its end",
        "leave the array closed at its end" },
    { ANY_CODE, EB_WAY_MEMBER_NAME, "names-tightened", "names-loosened",
        "accept all names that the old version accepts",
        "accept no names that the old version refuses" },
    { ANY_CODE, EB_WAY_DEPENDENT_NAME, "dependency-added", "dependency-removed",
        "leave the member optional", "keep the dependency" },
    { ANY_CODE, EB_WAY_DEPENDENT_SCHEMA, "dependency-added", "dependency-removed",
        "ask for nothing more where the member is there", "keep the dependency" },
    { ANY_CODE, EB_WAY_THEN, "condition-tightened", "condition-loosened",
        "ask for nothing more under the condition", "keep what is asked for under the condition" },
    { ANY_CODE, EB_WAY_ELSE, "condition-tightened", "condition-loosened",
        "ask for nothing more without the condition",
        "keep what is asked for without the condition" },
    { EB_OP_TYPE, EB_WAY_ITSELF, "type-narrowed", "type-widened",
        "go on accepting all types of the old version", "add no type" },
    { EB_OP_INTEGRAL, EB_WAY_ITSELF, "type-narrowed", "type-widened",
        "go on accepting numbers with a fraction", "go on accepting integers only" },
    { EB_OP_VALUES, EB_WAY_ITSELF, "enum-value-removed", "enum-value-added",
        "keep all values of the old version", "add no value" },
    { EB_OP_MULTIPLE, EB_WAY_ITSELF, "multiple-tightened", "multiple-loosened",
        "keep the divisor, or one that divides it", "keep the divisor, or a multiple of it" },
    { EB_OP_PATTERN, EB_WAY_ITSELF, "pattern-tightened", "pattern-loosened",
        "match everything the old pattern matches", "match nothing the old pattern does not" },
    { EB_OP_FORMAT, EB_WAY_ITSELF, "format-tightened", "format-loosened",
        "ask for no format that was not asked for", "keep the format" },
    { EB_OP_CONTENT, EB_WAY_ITSELF, "content-tightened", "content-loosened",
        "ask for no content that was not asked for", "keep what is asked for" },
    { EB_OP_UNIQUE, EB_WAY_ITSELF, "uniqueness-added", "uniqueness-removed",
        "go on accepting repeated elements", "go on refusing repeated elements" },
    BOUNDS(EB_OP_RANGE),
    BOUNDS(EB_OP_LENGTH),
    BOUNDS(EB_OP_ITEM_COUNT),
    BOUNDS(EB_OP_MEMBER_COUNT),
    BOUNDS(EB_OP_CONTAINS),
    { EB_OP_ANY, EB_WAY_ITSELF, "alternative-removed", "alternative-added",
        "keep all alternatives, or wider ones", "add no alternative, and widen none" },
    { EB_OP_ONE, EB_WAY_ITSELF, "alternative-removed", "alternative-added",
        "let exactly one alternative accept what one accepted before",
        "let exactly one alternative accept nothing more than before" },
    { EB_OP_NOT, EB_WAY_ITSELF, "exclusion-added", "exclusion-removed", "exclude nothing more",
        "go on excluding it" },
    { ANY_CODE, EB_WAY_ITSELF, "value-forbidden", "value-allowed", "go on accepting the value",
        "go on refusing the value" },
    { ANY_CODE, EB_WAY_REFERENCE, "value-forbidden", "value-allowed", "go on accepting the value",
        "go on refusing the value" },
    { ANY_CODE, EB_WAY_INNER, "value-forbidden", "value-allowed", "go on accepting the value",
        "go on refusing the value" },
};

static const struct kind_row *row_of(const struct eb_op *check, const struct eb_way *way)
{
    const struct kind_row *row = rows;
    while (row->way != way->type || (row->code != ANY_CODE && row->code != check->code))
        row++;
    return row;
}

/* ---- counterparts ---- */

static void add_node(struct eb_counterpart *counterpart, uint32_t node)
{
    for (uint32_t i = 0; i < counterpart->count; i++) {
        if (counterpart->nodes[i] == node)
            return;
    }
    if (node != EB_NODE_TRUE && counterpart->count < EB_COUNTERPARTS_MAX)
        counterpart->nodes[counterpart->count++] = node;
}

/* What references and allOf put beside the nodes. */
static void add_in_place(const struct eb_schema *schema, struct eb_counterpart *counterpart)
{
    for (uint32_t i = 0; i < counterpart->count; i++) {
        const struct eb_origin *origin = &schema->origins[counterpart->nodes[i]];
        for (uint32_t j = 0; j < origin->check_count; j++) {
            const struct eb_op *check = &schema->checks[origin->first_check + j];
            if (check->code == EB_OP_CALL)
                add_node(counterpart, check->a);
            else if (check->code == EB_OP_UNEVALUATED_MEMBERS ||
                     check->code == EB_OP_UNEVALUATED_ITEMS)
                add_node(counterpart, ((const struct eb_unevaluated *)check->at)->inner);
        }
    }
}

struct eb_counterpart eb_counterpart_root(const struct eb_schema *other)
{
    struct eb_counterpart counterpart = { .outer = NULL };
    add_node(&counterpart, other->root);
    add_in_place(other, &counterpart);
    return counterpart;
}

static bool is_members(const struct eb_op *check)
{
    return check->code >= EB_OP_MEMBERS && check->code <= EB_OP_MEMBERS_OPEN;
}

static void add_property(
    struct eb_counterpart *below, const struct eb_members *members, struct eb_span name)
{
    uint32_t index = eb_names_find(&members->names, name);
    bool is_named = index != EB_NO_NAME && members->members[index].is_property;
    add_node(below, is_named ? members->members[index].node : members->additional);
}

/* What the check `theirs` says of the part that `way` of `ours` leads to. */
static void add_part(struct eb_counterpart *below, const struct eb_op *theirs,
    const struct eb_op *ours, const struct eb_way *way)
{
    if (way->type == EB_WAY_PROPERTY && is_members(theirs)) {
        const struct eb_members *members = ours->at;
        add_property(below, theirs->at, members->names.names[way->index].text);
    } else if (way->type == EB_WAY_ADDITIONAL && is_members(theirs)) {
        add_node(below, ((const struct eb_members *)theirs->at)->additional);
    } else if (way->type == EB_WAY_MEMBER_NAME && theirs->code == EB_OP_MEMBER_NAMES) {
        add_node(below, theirs->a);
    } else if (theirs->code == EB_OP_ITEMS) {
        const struct eb_array_items *items = theirs->at;
        if (way->type == EB_WAY_PREFIX_ITEM && way->index < items->prefix_count)
            add_node(below, items->prefix[way->index]);
        else if (way->type == EB_WAY_PREFIX_ITEM || way->type == EB_WAY_REST_ITEM)
            add_node(below, items->rest);
    }
}

static bool stays_in_place(enum eb_way_type type)
{
    return type == EB_WAY_REFERENCE || type == EB_WAY_THEN || type == EB_WAY_ELSE ||
           type == EB_WAY_INNER || type == EB_WAY_DEPENDENT_SCHEMA;
}

struct eb_counterpart eb_counterpart_below(const struct eb_schema *other,
    const struct eb_counterpart *outer, const struct eb_op *check, const struct eb_way *way)
{
    if (stays_in_place(way->type))
        return *outer;
    struct eb_counterpart below = { .outer = outer };
    for (uint32_t i = 0; i < outer->count; i++) {
        const struct eb_origin *origin = &other->origins[outer->nodes[i]];
        for (uint32_t j = 0; j < origin->check_count; j++)
            add_part(&below, &other->checks[origin->first_check + j], check, way);
    }
    add_in_place(other, &below);
    return below;
}

/* ---- places ---- */

/* The keyword that bounds this way, where one check stands for two. */
static enum eb_keyword keyword_of(const struct eb_op *check, const struct eb_way *way)
{
    static const struct {
        uint8_t code, min, max;
    } pairs[] = {
        { EB_OP_LENGTH, EB_KEYWORD_MIN_LENGTH, EB_KEYWORD_MAX_LENGTH },
        { EB_OP_ITEM_COUNT, EB_KEYWORD_MIN_ITEMS, EB_KEYWORD_MAX_ITEMS },
        { EB_OP_MEMBER_COUNT, EB_KEYWORD_MIN_PROPERTIES, EB_KEYWORD_MAX_PROPERTIES },
        { EB_OP_CONTAINS, EB_KEYWORD_CONTAINS, EB_KEYWORD_MAX_CONTAINS },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (pairs[i].code == check->code)
            return way->type == EB_WAY_ABOVE_MAX ? pairs[i].max : pairs[i].min;
    }
    switch (way->type) {
    case EB_WAY_REQUIRED: return EB_KEYWORD_REQUIRED;
    case EB_WAY_PROPERTY: return EB_KEYWORD_PROPERTIES;
    case EB_WAY_PATTERN: return EB_KEYWORD_PATTERN_PROPERTIES;
    case EB_WAY_ADDITIONAL: return EB_KEYWORD_ADDITIONAL_PROPERTIES;
    case EB_WAY_PREFIX_ITEM: return ((const struct eb_array_items *)check->at)->prefix_keyword;
    case EB_WAY_REST_ITEM: return ((const struct eb_array_items *)check->at)->rest_keyword;
    case EB_WAY_THEN: return EB_KEYWORD_THEN;
    case EB_WAY_ELSE: return EB_KEYWORD_ELSE;
    case EB_WAY_DEPENDENT_NAME:
    case EB_WAY_DEPENDENT_SCHEMA:
        return ((const struct eb_dependencies *)check->at)->dependencies[way->index].keyword;
    default: return check->keyword;
    }
}

static uint32_t find_keyword(const struct eb_doc *doc, uint32_t schema, enum eb_keyword keyword)
{
    bool is_object = eb_doc_type(doc, schema) == EB_JSON_OBJECT;
    return is_object && keyword != EB_KEYWORD_NONE
               ? eb_doc_member(doc, schema, eb_keyword_name(keyword).ptr)
               : EB_NO_TOKEN;
}

static uint32_t find_name(const struct eb_doc *doc, uint32_t object, struct eb_span name)
{
    uint32_t member = eb_doc_member_named(doc, object, name);
    return member == EB_NO_TOKEN ? object : member;
}

static uint32_t find_string(const struct eb_doc *doc, uint32_t array, struct eb_span text)
{
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (eb_doc_type(doc, element) == EB_JSON_STRING && eb_doc_string_is(doc, element, text))
            return element;
    }
    return array;
}

static uint32_t find_element(const struct eb_doc *doc, uint32_t array, uint32_t index)
{
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (index-- == 0)
            return element;
    }
    return array;
}

/* The part of the keyword's value that the way is about. */
static uint32_t part_of(
    const struct eb_doc *doc, uint32_t value, const struct eb_op *check, const struct eb_way *way)
{
    const struct eb_members *members = check->at;
    bool is_object = eb_doc_type(doc, value) == EB_JSON_OBJECT;
    bool is_array = eb_doc_type(doc, value) == EB_JSON_ARRAY;
    switch (way->type) {
    case EB_WAY_REQUIRED:
        return is_array ? find_string(doc, value, members->names.names[way->index].text) : value;
    case EB_WAY_PROPERTY:
        return is_object ? find_name(doc, value, members->names.names[way->index].text) : value;
    case EB_WAY_PATTERN:
        return is_object ? find_name(doc, value, members->patterns[way->index].pattern) : value;
    case EB_WAY_PREFIX_ITEM: return is_array ? find_element(doc, value, way->index) : value;
    case EB_WAY_DEPENDENT_NAME:
    case EB_WAY_DEPENDENT_SCHEMA: {
        const struct eb_dependencies *op = check->at;
        uint32_t trigger = op->dependencies[way->index].trigger;
        return is_object ? find_name(doc, value, op->names.names[trigger].text) : value;
    }
    default: return value;
    }
}

static struct eb_change_place place_at(
    const struct eb_doc *doc, uint32_t token, struct eb_arena *arena)
{
    struct eb_change_place place = { .file = doc->name };
    eb_doc_position(doc, token, &place.line, &place.column);
    place.pointer = eb_doc_pointer(doc, token, arena);
    return place;
}

/* Where the keyword itself stands; its value in `*value`. */
static struct eb_change_place place_of(const struct eb_change_subject *subject,
    enum eb_keyword keyword, uint32_t *value, struct eb_arena *arena)
{
    const struct eb_origin *origin = &subject->schema->origins[subject->node];
    const struct eb_doc *doc = &origin->resource->document->doc;
    uint32_t found = find_keyword(doc, origin->token, keyword);
    *value = found;
    if (found == EB_NO_TOKEN)
        return place_at(doc, origin->token, arena);
    return place_at(doc, part_of(doc, found, subject->check, subject->way), arena);
}

/* Where the other version has the same keyword, else the schema where it would stand. */
static struct eb_change_place place_in_other(
    const struct eb_change_subject *subject, enum eb_keyword keyword, struct eb_arena *arena)
{
    const struct eb_counterpart *counterpart = subject->counterpart;
    for (uint32_t i = 0; i < counterpart->count; i++) {
        const struct eb_origin *origin = &subject->other->origins[counterpart->nodes[i]];
        const struct eb_doc *doc = &origin->resource->document->doc;
        uint32_t value = find_keyword(doc, origin->token, keyword);
        if (value != EB_NO_TOKEN)
            return place_at(doc, part_of(doc, value, subject->check, subject->way), arena);
    }
    while (counterpart->count == 0 && counterpart->outer)
        counterpart = counterpart->outer;
    uint32_t node = counterpart->count ? counterpart->nodes[0] : subject->other->root;
    const struct eb_origin *origin = &subject->other->origins[node];
    if (!origin->resource) /* the schema is `true` */
        return (struct eb_change_place){ .line = 1, .column = 1, .pointer = { "", 0 } };
    return place_at(&origin->resource->document->doc, origin->token, arena);
}

/* ---- sentences ---- */

enum {
    NAME_BYTES_MAX = 60,
    VALUE_BYTES_MAX = 80, /* a keyword's value that is longer is looked up where it stands */
};

static void say_name(struct eb_sentence *sentence, const char *before, struct eb_span name)
{
    eb_sentence_add(sentence, "%s\"", before);
    eb_sentence_quote(sentence, name, NAME_BYTES_MAX);
    eb_sentence_add(sentence, "\"");
}

/* The member it is about; false where it is about none. */
static bool say_part(struct eb_sentence *sentence, const struct eb_change_subject *subject)
{
    const struct eb_way *way = subject->way;
    const struct eb_members *members = subject->check->at;
    const struct eb_dependencies *dependencies = subject->check->at;
    switch (way->type) {
    case EB_WAY_REQUIRED:
        say_name(sentence, " for the member ", members->names.names[way->index].text);
        return true;
    case EB_WAY_PROPERTY:
        say_name(sentence, " with the member ", members->names.names[way->index].text);
        return true;
    case EB_WAY_PATTERN:
        say_name(sentence, " with names like ", members->patterns[way->index].pattern);
        return true;
    case EB_WAY_DEPENDENT_NAME:
        say_name(sentence, " for the member ", dependencies->names.names[way->other].text);
        return true;
    default: return false;
    }
}

static void say_value(struct eb_sentence *sentence, const struct eb_doc *doc, uint32_t value)
{
    struct eb_span source = eb_doc_source(doc, value);
    if (source.len > VALUE_BYTES_MAX)
        return;
    eb_sentence_add(sentence, ": ");
    eb_sentence_quote(sentence, source, VALUE_BYTES_MAX);
}

static struct eb_span sentence_of(const struct eb_change_subject *subject, enum eb_keyword keyword,
    uint32_t value, struct eb_arena *arena)
{
    const struct eb_doc *doc = &subject->schema->origins[subject->node].resource->document->doc;
    bool is_backward = subject->direction == EB_COMPAT_BACKWARD;
    struct eb_sentence sentence;
    eb_sentence_init(&sentence);
    eb_sentence_add(&sentence, "the %s version's ", is_backward ? "new" : "old");
    if (value == EB_NO_TOKEN) {
        eb_sentence_add(&sentence, "schema");
    } else {
        struct eb_span name = eb_keyword_name(keyword);
        eb_sentence_add(&sentence, "\"%.*s\"", (int)name.len, name.ptr);
        if (!say_part(&sentence, subject))
            say_value(&sentence, doc, value);
    }
    eb_sentence_add(&sentence, " %s what the %s version accepts",
        subject->is_proved ? "refuses" : "may refuse", is_backward ? "old" : "new");
    return eb_sentence_copy(&sentence, arena);
}

bool eb_change_describe(
    struct eb_change *change, const struct eb_change_subject *subject, struct eb_arena *arena)
{
    const struct kind_row *row = row_of(subject->check, subject->way);
    bool is_backward = subject->direction == EB_COMPAT_BACKWARD;
    enum eb_keyword keyword = keyword_of(subject->check, subject->way);
    uint32_t value;
    struct eb_change_place own = place_of(subject, keyword, &value, arena);
    struct eb_change_place other = place_in_other(subject, keyword, arena);
    change->direction = subject->direction;
    change->kind = is_backward ? row->tightened : row->loosened;
    change->advice = is_backward ? row->advice_tightened : row->advice_loosened;
    change->old_place = is_backward ? other : own;
    change->new_place = is_backward ? own : other;
    change->sentence = sentence_of(subject, keyword, value, arena);
    return own.pointer.ptr && other.pointer.ptr && change->sentence.ptr;
}
