#include "oracle/naive_schema.h"

#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

enum { SCOPES_MAX = 1000 };

struct naive {
    const struct eb_doc *schema;
    const struct eb_doc *instance;
    enum eb_draft draft;
    struct eb_arena *arena;
    struct eb_regex_runner *runner;
    uint32_t scopes[SCOPES_MAX]; /* resources entered, outermost first */
    int scope_count;
    bool is_endless;
};

/* A schema, the resource it belongs to, and the value it is asked about. */
struct question {
    uint32_t schema, resource, instance;
};

static bool judge(struct naive *n, struct question q, uint64_t *evaluated);

/* ---- documents ---- */

static uint32_t keyword(const struct naive *n, const struct question *q, const char *name)
{
    return eb_doc_member(n->schema, q->schema, name);
}

static struct eb_span text_of(struct naive *n, const struct eb_doc *doc, uint32_t token)
{
    struct eb_span text = eb_doc_string(doc, token, n->arena);
    if (!text.ptr)
        abort();
    return text;
}

static double number_of(const struct eb_doc *doc, uint32_t token)
{
    char text[64];
    struct eb_span raw = eb_doc_raw(doc, token);
    if (raw.len >= sizeof text)
        abort();
    memcpy(text, raw.ptr, raw.len);
    text[raw.len] = '\0';
    return strtod(text, NULL);
}

static uint32_t member_of(
    struct naive *n, const struct eb_doc *doc, uint32_t object, struct eb_span name)
{
    EB_DOC_EACH_MEMBER(doc, object, member)
    {
        if (eb_span_equal(text_of(n, doc, member), name))
            return member + 1;
    }
    return EB_NO_TOKEN;
}

static bool equal(
    struct naive *n, const struct eb_doc *doc_a, uint32_t a, const struct eb_doc *doc_b, uint32_t b)
{
    enum eb_json_type type = eb_doc_type(doc_a, a);
    if (type != eb_doc_type(doc_b, b) || doc_a->tokens[a].count != doc_b->tokens[b].count)
        return false;
    if (type == EB_JSON_NUMBER)
        return number_of(doc_a, a) == number_of(doc_b, b);
    if (type == EB_JSON_STRING)
        return eb_span_equal(text_of(n, doc_a, a), text_of(n, doc_b, b));
    if (type == EB_JSON_ARRAY) {
        uint32_t other = b + 1;
        EB_DOC_EACH_ELEMENT(doc_a, a, element)
        {
            if (!equal(n, doc_a, element, doc_b, other))
                return false;
            other = doc_b->tokens[other].next;
        }
    }
    if (type == EB_JSON_OBJECT) {
        EB_DOC_EACH_MEMBER(doc_a, a, member)
        {
            uint32_t other = member_of(n, doc_b, b, text_of(n, doc_a, member));
            if (other == EB_NO_TOKEN || !equal(n, doc_a, member + 1, doc_b, other))
                return false;
        }
    }
    return true;
}

static bool matches(struct naive *n, uint32_t pattern, struct eb_span text)
{
    struct eb_regex_fault fault;
    struct eb_regex *regex = eb_regex_new(text_of(n, n->schema, pattern), &fault);
    if (!regex)
        abort();
    bool is_match = eb_regex_run(regex, text, n->runner) == EB_REGEX_MATCH;
    eb_regex_free(regex);
    return is_match;
}

/* ---- scalars ---- */

static bool is_type(struct naive *n, uint32_t name, uint32_t instance)
{
    static const char *const names[] = { "null", "boolean", "boolean", "number", "string", "array",
        "object" };
    struct eb_span wanted = text_of(n, n->schema, name);
    enum eb_json_type type = eb_doc_type(n->instance, instance);
    if (eb_span_is(wanted, "integer"))
        return type == EB_JSON_NUMBER &&
               floor(number_of(n->instance, instance)) == number_of(n->instance, instance);
    return eb_span_is(wanted, names[type]);
}

static bool type_holds(struct naive *n, const struct question *q)
{
    uint32_t type = keyword(n, q, "type");
    if (type == EB_NO_TOKEN)
        return true;
    if (eb_doc_type(n->schema, type) == EB_JSON_STRING)
        return is_type(n, type, q->instance);
    EB_DOC_EACH_ELEMENT(n->schema, type, name)
    {
        if (is_type(n, name, q->instance))
            return true;
    }
    return false;
}

static bool values_hold(struct naive *n, const struct question *q)
{
    uint32_t constant = keyword(n, q, "const");
    if (constant != EB_NO_TOKEN && !equal(n, n->schema, constant, n->instance, q->instance))
        return false;
    uint32_t list = keyword(n, q, "enum");
    if (list == EB_NO_TOKEN)
        return true;
    EB_DOC_EACH_ELEMENT(n->schema, list, value)
    {
        if (equal(n, n->schema, value, n->instance, q->instance))
            return true;
    }
    return false;
}

/* Whether `keyword` is absent, or sign × (value - bound) is at least `least` (0) or more. */
static bool bound_holds(struct naive *n, const struct question *q, const char *name, double value,
    int sign, bool excludes)
{
    uint32_t bound = keyword(n, q, name);
    if (bound == EB_NO_TOKEN)
        return true;
    double distance = sign * (value - number_of(n->schema, bound));
    return excludes ? distance > 0 : distance >= 0;
}

static bool count_holds(
    struct naive *n, const struct question *q, const char *min, const char *max, double count)
{
    return bound_holds(n, q, min, count, 1, false) && bound_holds(n, q, max, count, -1, false);
}

static bool number_holds(struct naive *n, const struct question *q)
{
    if (eb_doc_type(n->instance, q->instance) != EB_JSON_NUMBER)
        return true;
    double value = number_of(n->instance, q->instance);
    uint32_t divisor = keyword(n, q, "multipleOf");
    return bound_holds(n, q, "minimum", value, 1, false) &&
           bound_holds(n, q, "maximum", value, -1, false) &&
           bound_holds(n, q, "exclusiveMinimum", value, 1, true) &&
           bound_holds(n, q, "exclusiveMaximum", value, -1, true) &&
           (divisor == EB_NO_TOKEN || fmod(value, number_of(n->schema, divisor)) == 0);
}

static bool string_holds(struct naive *n, const struct question *q)
{
    if (eb_doc_type(n->instance, q->instance) != EB_JSON_STRING)
        return true;
    struct eb_span text = text_of(n, n->instance, q->instance);
    uint32_t pattern = keyword(n, q, "pattern");
    return count_holds(n, q, "minLength", "maxLength", (double)eb_utf8_count(text)) &&
           (pattern == EB_NO_TOKEN || matches(n, pattern, text));
}

/* ---- arrays ---- */

static bool part_passes(
    struct naive *n, const struct question *q, uint32_t schema, uint32_t instance)
{
    uint64_t ignored = 0;
    return judge(n, (struct question){ schema, q->resource, instance }, &ignored);
}

static bool items_hold(struct naive *n, const struct question *q, uint64_t *seen)
{
    bool is_new = n->draft == EB_DRAFT_2020_12;
    uint32_t items = keyword(n, q, "items"), prefix = keyword(n, q, "prefixItems"), rest = items;
    if (!is_new)
        prefix = EB_NO_TOKEN;
    if (!is_new && items != EB_NO_TOKEN && eb_doc_type(n->schema, items) == EB_JSON_ARRAY) {
        prefix = items;
        rest = keyword(n, q, "additionalItems");
    }
    uint32_t schema = prefix == EB_NO_TOKEN ? 0 : prefix + 1;
    uint32_t schema_end = prefix == EB_NO_TOKEN ? 0 : n->schema->tokens[prefix].next;
    unsigned index = 0;
    EB_DOC_EACH_ELEMENT(n->instance, q->instance, element)
    {
        uint32_t applied = schema < schema_end ? schema : rest;
        if (schema < schema_end)
            schema = n->schema->tokens[schema].next;
        if (applied != EB_NO_TOKEN) {
            if (!part_passes(n, q, applied, element))
                return false;
            *seen |= UINT64_C(1) << index;
        }
        index++;
    }
    return true;
}

static bool contains_holds(struct naive *n, const struct question *q, uint64_t *seen)
{
    uint32_t contains = keyword(n, q, "contains");
    if (contains == EB_NO_TOKEN)
        return true;
    unsigned index = 0;
    double found = 0;
    EB_DOC_EACH_ELEMENT(n->instance, q->instance, element)
    {
        if (part_passes(n, q, contains, element)) {
            found++;
            if (n->draft == EB_DRAFT_2020_12)
                *seen |= UINT64_C(1) << index;
        }
        index++;
    }
    if (n->draft == EB_DRAFT_7)
        return found >= 1;
    bool has_min = keyword(n, q, "minContains") != EB_NO_TOKEN;
    return (has_min || found >= 1) && count_holds(n, q, "minContains", "maxContains", found);
}

static bool unique_holds(struct naive *n, const struct question *q)
{
    uint32_t unique = keyword(n, q, "uniqueItems");
    if (unique == EB_NO_TOKEN || eb_doc_type(n->schema, unique) != EB_JSON_TRUE)
        return true;
    EB_DOC_EACH_ELEMENT(n->instance, q->instance, a)
    {
        for (uint32_t b = n->instance->tokens[a].next; b < a_end; b = n->instance->tokens[b].next) {
            if (equal(n, n->instance, a, n->instance, b))
                return false;
        }
    }
    return true;
}

static bool array_holds(struct naive *n, const struct question *q, uint64_t *seen)
{
    if (eb_doc_type(n->instance, q->instance) != EB_JSON_ARRAY)
        return true;
    return count_holds(n, q, "minItems", "maxItems", n->instance->tokens[q->instance].count) &&
           items_hold(n, q, seen) && contains_holds(n, q, seen) && unique_holds(n, q);
}

/* ---- objects ---- */

static bool member_holds(struct naive *n, const struct question *q, uint32_t name, bool *is_seen)
{
    struct eb_span text = text_of(n, n->instance, name);
    uint32_t properties = keyword(n, q, "properties");
    uint32_t patterns = keyword(n, q, "patternProperties");
    uint32_t additional = keyword(n, q, "additionalProperties");
    uint32_t property =
        properties == EB_NO_TOKEN ? EB_NO_TOKEN : member_of(n, n->schema, properties, text);
    bool holds = true;
    if (property != EB_NO_TOKEN) {
        *is_seen = true;
        holds = part_passes(n, q, property, name + 1);
    }
    if (patterns != EB_NO_TOKEN) {
        EB_DOC_EACH_MEMBER(n->schema, patterns, pattern)
        {
            if (matches(n, pattern, text)) {
                *is_seen = true;
                holds = holds && part_passes(n, q, pattern + 1, name + 1);
            }
        }
    }
    if (!*is_seen && additional != EB_NO_TOKEN) {
        *is_seen = true;
        holds = part_passes(n, q, additional, name + 1);
    }
    return holds;
}

static bool has_all(struct naive *n, const struct question *q, uint32_t names)
{
    EB_DOC_EACH_ELEMENT(n->schema, names, name)
    {
        if (member_of(n, n->instance, q->instance, text_of(n, n->schema, name)) == EB_NO_TOKEN)
            return false;
    }
    return true;
}

static bool dependencies_hold(
    struct naive *n, const struct question *q, const char *name, uint64_t *seen)
{
    uint32_t list = keyword(n, q, name);
    if (list == EB_NO_TOKEN)
        return true;
    EB_DOC_EACH_MEMBER(n->schema, list, trigger)
    {
        if (member_of(n, n->instance, q->instance, text_of(n, n->schema, trigger)) == EB_NO_TOKEN)
            continue;
        uint32_t value = trigger + 1;
        bool holds = eb_doc_type(n->schema, value) == EB_JSON_ARRAY
                         ? has_all(n, q, value)
                         : judge(n, (struct question){ value, q->resource, q->instance }, seen);
        if (!holds)
            return false;
    }
    return true;
}

static bool object_holds(struct naive *n, const struct question *q, uint64_t *seen)
{
    if (eb_doc_type(n->instance, q->instance) != EB_JSON_OBJECT)
        return true;
    uint32_t required = keyword(n, q, "required"), names = keyword(n, q, "propertyNames");
    double count = n->instance->tokens[q->instance].count;
    if (!count_holds(n, q, "minProperties", "maxProperties", count) ||
        (required != EB_NO_TOKEN && !has_all(n, q, required)))
        return false;
    unsigned ordinal = 0;
    EB_DOC_EACH_MEMBER(n->instance, q->instance, name)
    {
        bool is_seen = false;
        if (!member_holds(n, q, name, &is_seen))
            return false;
        if (names != EB_NO_TOKEN && !part_passes(n, q, names, name))
            return false;
        *seen |= (uint64_t)is_seen << ordinal++;
    }
    return dependencies_hold(n, q, "dependencies", seen) &&
           (n->draft == EB_DRAFT_7 || (dependencies_hold(n, q, "dependentRequired", seen) &&
                                          dependencies_hold(n, q, "dependentSchemas", seen)));
}

/* ---- references ---- */

static bool is_resource(const struct naive *n, uint32_t schema)
{
    return eb_doc_member(n->schema, schema, "$id") != EB_NO_TOKEN;
}

/* The resource whose `$id` is the text. */
static uint32_t find_resource(struct naive *n, struct eb_span id)
{
    for (uint32_t token = 0; token < n->schema->token_count; token++) {
        if (eb_doc_type(n->schema, token) != EB_JSON_OBJECT || !is_resource(n, token))
            continue;
        if (eb_span_equal(text_of(n, n->schema, eb_doc_member(n->schema, token, "$id")), id))
            return token;
    }
    abort();
}

/* The schema in `resource` with this anchor, not looking into other resources inside. */
static uint32_t find_anchor(
    struct naive *n, uint32_t resource, const char *kind, struct eb_span name)
{
    uint32_t end = n->schema->tokens[resource].next;
    for (uint32_t token = resource; token < end; token++) {
        if (eb_doc_type(n->schema, token) != EB_JSON_OBJECT)
            continue;
        if (token != resource && is_resource(n, token)) {
            token = n->schema->tokens[token].next - 1;
            continue;
        }
        uint32_t anchor = eb_doc_member(n->schema, token, kind);
        if (anchor != EB_NO_TOKEN && eb_doc_type(n->schema, anchor) == EB_JSON_STRING &&
            eb_span_equal(text_of(n, n->schema, anchor), name))
            return token;
    }
    return EB_NO_TOKEN;
}

static uint32_t follow(struct naive *n, uint32_t token, struct eb_span pointer)
{
    while (pointer.len) {
        size_t len = 1;
        while (len < pointer.len && pointer.ptr[len] != '/')
            len++;
        token = member_of(n, n->schema, token, eb_span(pointer.ptr + 1, len - 1));
        pointer = eb_span(pointer.ptr + len, pointer.len - len);
        if (token == EB_NO_TOKEN)
            abort();
    }
    return token;
}

struct place {
    uint32_t schema, resource;
    struct eb_span anchor; /* ptr NULL: not reached by one */
};

static struct place resolve(struct naive *n, uint32_t resource, struct eb_span reference)
{
    const char *hash = memchr(reference.ptr, '#', reference.len);
    size_t id_len = hash ? (size_t)(hash - reference.ptr) : reference.len;
    struct eb_span fragment = hash ? eb_span(hash + 1, reference.len - id_len - 1) : eb_span("", 0);
    if (id_len)
        resource = find_resource(n, eb_span(reference.ptr, id_len));
    if (!fragment.len || fragment.ptr[0] == '/')
        return (struct place){ follow(n, resource, fragment), resource, eb_span(NULL, 0) };
    uint32_t schema = find_anchor(n, resource, "$dynamicAnchor", fragment);
    if (schema == EB_NO_TOKEN)
        schema = find_anchor(n, resource, "$anchor", fragment);
    return (struct place){ schema, resource, fragment };
}

static bool is_recursive(const struct naive *n, uint32_t resource)
{
    uint32_t anchor = eb_doc_member(n->schema, resource, "$recursiveAnchor");
    return anchor != EB_NO_TOKEN && eb_doc_type(n->schema, anchor) == EB_JSON_TRUE;
}

/* 2020-12 core §8.2.3.2 */
static void make_dynamic(struct naive *n, struct place *place)
{
    if (!place->anchor.ptr ||
        find_anchor(n, place->resource, "$dynamicAnchor", place->anchor) == EB_NO_TOKEN)
        return;
    for (int i = 0; i < n->scope_count; i++) {
        uint32_t schema = find_anchor(n, n->scopes[i], "$dynamicAnchor", place->anchor);
        if (schema != EB_NO_TOKEN) {
            *place = (struct place){ schema, n->scopes[i], place->anchor };
            return;
        }
    }
}

/* 2019-09 core §8.2.4.2.1 */
static void make_recursive(struct naive *n, struct place *place)
{
    if (!is_recursive(n, place->resource))
        return;
    for (int i = 0; i < n->scope_count; i++) {
        if (is_recursive(n, n->scopes[i])) {
            *place = (struct place){ n->scopes[i], n->scopes[i], place->anchor };
            return;
        }
    }
}

static bool reference_holds(
    struct naive *n, const struct question *q, const char *name, uint64_t *seen)
{
    uint32_t reference = keyword(n, q, name);
    if (reference == EB_NO_TOKEN)
        return true;
    struct place place = resolve(n, q->resource, text_of(n, n->schema, reference));
    if (strcmp(name, "$dynamicRef") == 0)
        make_dynamic(n, &place);
    if (strcmp(name, "$recursiveRef") == 0)
        make_recursive(n, &place);
    return judge(n, (struct question){ place.schema, place.resource, q->instance }, seen);
}

static bool references_hold(struct naive *n, const struct question *q, uint64_t *seen)
{
    if (!reference_holds(n, q, "$ref", seen))
        return false;
    if (n->draft == EB_DRAFT_2019_09)
        return reference_holds(n, q, "$recursiveRef", seen);
    return n->draft != EB_DRAFT_2020_12 || reference_holds(n, q, "$dynamicRef", seen);
}

/* ---- combinations ---- */

static unsigned passing(struct naive *n, const struct question *q, uint32_t list, uint64_t *seen)
{
    unsigned count = 0;
    EB_DOC_EACH_ELEMENT(n->schema, list, branch)
    count += judge(n, (struct question){ branch, q->resource, q->instance }, seen);
    return count;
}

static bool combinations_hold(struct naive *n, const struct question *q, uint64_t *seen)
{
    uint32_t all = keyword(n, q, "allOf"), any = keyword(n, q, "anyOf");
    uint32_t one = keyword(n, q, "oneOf"), not = keyword(n, q, "not");
    if (all != EB_NO_TOKEN && passing(n, q, all, seen) != n->schema->tokens[all].count)
        return false;
    if (any != EB_NO_TOKEN && passing(n, q, any, seen) == 0)
        return false;
    if (one != EB_NO_TOKEN && passing(n, q, one, seen) != 1)
        return false;
    return not == EB_NO_TOKEN || !part_passes(n, q, not, q->instance);
}

static bool condition_holds(struct naive *n, const struct question *q, uint64_t *seen)
{
    uint32_t condition = keyword(n, q, "if");
    if (condition == EB_NO_TOKEN)
        return true;
    bool is_met = judge(n, (struct question){ condition, q->resource, q->instance }, seen);
    uint32_t branch = keyword(n, q, is_met ? "then" : "else");
    return branch == EB_NO_TOKEN ||
           judge(n, (struct question){ branch, q->resource, q->instance }, seen);
}

static bool rest_holds(struct naive *n, const struct question *q, uint64_t *seen)
{
    enum eb_json_type type = eb_doc_type(n->instance, q->instance);
    if (n->draft == EB_DRAFT_7 || type < EB_JSON_ARRAY)
        return true;
    bool is_object = type == EB_JSON_OBJECT;
    uint32_t schema = keyword(n, q, is_object ? "unevaluatedProperties" : "unevaluatedItems");
    if (schema == EB_NO_TOKEN)
        return true;
    uint32_t at = q->instance + 1, end = n->instance->tokens[q->instance].next;
    for (unsigned ordinal = 0; at < end; ordinal++) {
        uint32_t value = at + is_object;
        if (!(*seen >> ordinal & 1) && !part_passes(n, q, schema, value))
            return false;
        *seen |= UINT64_C(1) << ordinal;
        at = n->instance->tokens[value].next;
    }
    return true;
}

/* ---- a schema ---- */

static bool object_schema_holds(struct naive *n, const struct question *q, uint64_t *seen)
{
    if (n->draft == EB_DRAFT_7 && keyword(n, q, "$ref") != EB_NO_TOKEN)
        return references_hold(n, q, seen);
    return type_holds(n, q) && values_hold(n, q) && number_holds(n, q) && string_holds(n, q) &&
           array_holds(n, q, seen) && object_holds(n, q, seen) && references_hold(n, q, seen) &&
           combinations_hold(n, q, seen) && condition_holds(n, q, seen) && rest_holds(n, q, seen);
}

/* What a schema evaluates counts for who applied it if the schema passes, else not at all. */
static bool judge(struct naive *n, struct question q, uint64_t *evaluated)
{
    enum eb_json_type type = eb_doc_type(n->schema, q.schema);
    if (type != EB_JSON_OBJECT)
        return type == EB_JSON_TRUE;
    if (is_resource(n, q.schema))
        q.resource = q.schema;
    n->is_endless |= n->scope_count == SCOPES_MAX;
    if (n->is_endless)
        return false;
    n->scopes[n->scope_count++] = q.resource;
    uint64_t seen = 0;
    bool holds = object_schema_holds(n, &q, &seen);
    n->scope_count--;
    if (holds)
        *evaluated |= seen;
    return holds;
}

enum naive_verdict naive_schema_judge(const struct eb_doc *schema, enum eb_draft draft,
    const struct eb_doc *instance, struct eb_arena *arena, struct eb_regex_runner *runner)
{
    static struct naive n; /* too large for a stack that ASan watches */
    n = (struct naive){
        .schema = schema, .instance = instance, .draft = draft, .arena = arena, .runner = runner
    };
    uint64_t ignored = 0;
    bool holds = judge(&n, (struct question){ 0, 0, 0 }, &ignored);
    return n.is_endless ? NAIVE_ENDLESS : holds ? NAIVE_VALID : NAIVE_INVALID;
}
