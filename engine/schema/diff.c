#include "schema/diff.h"

#include "schema/equal.h"
#include "schema/map.h"

struct comparison {
    const struct eb_doc *before, *after;
    struct eb_arena *arena;
    eb_take_difference *take;
    void *context;
    bool is_exhausted;
};

static void tell(struct comparison *c, uint32_t before, uint32_t after)
{
    struct eb_difference difference = {
        .kind = before == EB_NO_TOKEN  ? EB_ADDED
                : after == EB_NO_TOKEN ? EB_REMOVED
                                       : EB_CHANGED,
        .before = before,
        .after = after,
    };
    c->take(c->context, &difference);
}

static bool are_equal(struct comparison *c, uint32_t before, uint32_t after)
{
    return eb_value_equal(c->before, before, c->after, after, c->arena, &c->is_exhausted);
}

static void compare(struct comparison *c, uint32_t before, uint32_t after, bool is_set);

/* ---- objects ---- */

/* The value in `doc` of the member called as `name` of `other` is; linear, as objects are small. */
static uint32_t same_member(
    const struct eb_doc *doc, uint32_t object, const struct eb_doc *other, uint32_t name)
{
    EB_DOC_EACH_MEMBER(doc, object, member)
    {
        if (eb_doc_strings_equal(doc, member, other, name))
            return member + 1;
    }
    return EB_NO_TOKEN;
}

static bool names_a_set(const struct eb_doc *doc, uint32_t name)
{
    static const struct eb_span sets[] = {
        EB_SPAN("enum"),
        EB_SPAN("required"),
        EB_SPAN("type"),
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (eb_doc_string_is(doc, name, sets[i]))
            return true;
    }
    return false;
}

static void compare_objects(struct comparison *c, uint32_t before, uint32_t after)
{
    EB_DOC_EACH_MEMBER(c->before, before, name)
    {
        uint32_t other = same_member(c->after, after, c->before, name);
        if (other == EB_NO_TOKEN)
            tell(c, name + 1, EB_NO_TOKEN);
        else
            compare(c, name + 1, other, names_a_set(c->before, name));
    }
    EB_DOC_EACH_MEMBER(c->after, after, name)
    {
        if (same_member(c->before, before, c->after, name) == EB_NO_TOKEN)
            tell(c, EB_NO_TOKEN, name + 1);
    }
}

/* ---- arrays ---- */

static void compare_lists(struct comparison *c, uint32_t before, uint32_t after)
{
    uint32_t after_end = c->after->tokens[after].next, other = after + 1;
    EB_DOC_EACH_ELEMENT(c->before, before, element)
    {
        if (other >= after_end) {
            tell(c, element, EB_NO_TOKEN);
            continue;
        }
        compare(c, element, other, false);
        other = c->after->tokens[other].next;
    }
    for (; other < after_end; other = c->after->tokens[other].next)
        tell(c, EB_NO_TOKEN, other);
}

static bool has(const struct eb_doc *doc, uint32_t array, const struct eb_doc *other,
    uint32_t value, struct comparison *c)
{
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (eb_value_equal(doc, element, other, value, c->arena, &c->is_exhausted))
            return true;
    }
    return false;
}

static void compare_sets(struct comparison *c, uint32_t before, uint32_t after)
{
    EB_DOC_EACH_ELEMENT(c->before, before, element)
    {
        if (!has(c->after, after, c->before, element, c))
            tell(c, element, EB_NO_TOKEN);
    }
    EB_DOC_EACH_ELEMENT(c->after, after, element)
    {
        if (!has(c->before, before, c->after, element, c))
            tell(c, EB_NO_TOKEN, element);
    }
}

static void compare(struct comparison *c, uint32_t before, uint32_t after, bool is_set)
{
    enum eb_json_type type = eb_doc_type(c->before, before);
    if (c->is_exhausted)
        return;
    if (type != eb_doc_type(c->after, after) || type < EB_JSON_ARRAY) {
        if (!are_equal(c, before, after))
            tell(c, before, after);
    } else if (type == EB_JSON_OBJECT) {
        compare_objects(c, before, after);
    } else if (is_set) {
        compare_sets(c, before, after);
    } else {
        compare_lists(c, before, after);
    }
}

bool eb_schema_diff(const struct eb_doc *before, const struct eb_doc *after, struct eb_arena *arena,
    eb_take_difference *take, void *context)
{
    struct comparison c = {
        .before = before, .after = after, .arena = arena, .take = take, .context = context
    };
    compare(&c, 0, 0, false);
    return !c.is_exhausted;
}
