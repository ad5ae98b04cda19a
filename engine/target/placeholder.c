/* Parsing, the cold half; placeholder_value.c is the hot one. */
#include "target/placeholder.h"

#include "json/reader.h"

/* What may follow a member of a root. */
enum shape {
    SINGLE, /* nothing: it is a string, number or boolean */
    LIST,   /* an index, or nothing */
    NAMED,  /* a name, then an index or nothing */
};

static const struct member {
    const char *root, *name;
    enum eb_origin origin;
    enum shape shape;
} members[] = {
    { "$mqtt", "topic", EB_FROM_TOPIC, SINGLE },
    { "$mqtt", "level", EB_FROM_LEVEL, LIST },
    { "$mqtt", "clientid", EB_FROM_CLIENT_ID, SINGLE },
    { "$mqtt", "username", EB_FROM_USERNAME, SINGLE },
    { "$mqtt", "qos", EB_FROM_QOS, SINGLE },
    { "$mqtt", "retain", EB_FROM_RETAIN, SINGLE },
    { "$mqtt", "will", EB_FROM_WILL, SINGLE },
    { "$mqtt", "content-type", EB_FROM_CONTENT_TYPE, SINGLE },
    { "$mqtt", "user", EB_FROM_USER_PROPERTY, NAMED },
    { "$event", "id", EB_FROM_EVENT_ID, SINGLE },
    { "$event", "received", EB_FROM_RECEIVED, SINGLE },
    { "$rule", "name", EB_FROM_RULE_NAME, SINGLE },
};

static const struct {
    const char *root, *expected;
} roots[] = {
    { "$mqtt", "one of topic, level, clientid, username, qos, retain, will, content-type, user "
               "behind '$mqtt.'" },
    { "$event", "id or received behind '$event.'" },
    { "$rule", "name behind '$rule.'" },
};

static const char no_such_root[] =
    "$mqtt, $event or $rule; a member whose name starts with '$' is written [\"$name\"]";
static const char no_name[] =
    "a name of letters, digits, '_' and '-'; any other is written [\"any name\"]";
static const char no_bracket[] =
    "an index without leading zeros, or a JSON string, between '[' and ']'";
static const char no_continuation[] = "'.', '[', '|' or '}' behind a name or ']'";
static const char no_scalar[] =
    "a JSON string, number, true, false or null, and nothing else, behind '|'";

enum { INDEX_DIGITS_MAX = 8 }; /* more elements than any document has */

struct parser {
    struct eb_span rest; /* what is left before the closing brace */
    struct eb_arena *arena, *scratch;
    struct eb_step *steps;
    uint32_t step_count;
    bool has_root;        /* the first step names one */
    const char *expected; /* the first mistake; NULL: none so far */
    bool is_out_of_memory;
};

static bool fail(struct parser *parser, const char *expected)
{
    parser->expected = expected;
    return false;
}

static bool fail_memory(struct parser *parser)
{
    parser->is_out_of_memory = true;
    return false;
}

static bool is_at(const struct parser *parser, char byte)
{
    return parser->rest.len && parser->rest.ptr[0] == byte;
}

static struct eb_span take(struct parser *parser, size_t len)
{
    struct eb_span taken = eb_span(parser->rest.ptr, len);
    parser->rest = eb_span(parser->rest.ptr + len, parser->rest.len - len);
    return taken;
}

/* How long the JSON string at the start of `text` is, quotes included; 0 when it does not end. */
static size_t string_len(struct eb_span text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '"')
            return i + 1;
        if (text.ptr[i] == '\\')
            i++;
    }
    return 0;
}

struct eb_span eb_placeholder_find_end(struct eb_span text)
{
    for (size_t i = 2; i < text.len; i++) {
        if (text.ptr[i] == '}')
            return eb_span(text.ptr, i + 1);
        if (text.ptr[i] != '"')
            continue;
        size_t len = string_len(eb_span(text.ptr + i, text.len - i));
        if (len == 0)
            break;
        i += len - 1;
    }
    return eb_span(NULL, 0);
}

/* A JSON string, number, true, false or null that fills `text`. */
static bool parse_scalar(
    struct parser *parser, struct eb_span text, const char *expected, struct eb_value *value)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    enum eb_json_code code = eb_json_read(&doc, text, &eb_json_limits_max, parser->scratch, &fault);
    if (code == EB_JSON_NO_MEMORY)
        return fail_memory(parser);
    if (code != EB_JSON_OK || eb_doc_source(&doc, 0).len != text.len)
        return fail(parser, expected);
    *value = eb_value_of_token(&doc, 0);
    if (value->kind == EB_VALUE_TREE)
        return fail(parser, expected);
    if (value->kind != EB_VALUE_ESCAPED)
        return true;
    *value =
        (struct eb_value){ .kind = EB_VALUE_TEXT, .text = eb_doc_string(&doc, 0, parser->arena) };
    return value->text.ptr || fail_memory(parser);
}

static bool add_step(struct parser *parser, struct eb_step step)
{
    parser->steps[parser->step_count++] = step;
    return true;
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' ||
           (unsigned char)byte >= 0x80;
}

static bool parse_name(struct parser *parser, size_t prefix_len)
{
    size_t len = prefix_len;
    while (len < parser->rest.len && is_name_byte(parser->rest.ptr[len]))
        len++;
    if (len == prefix_len)
        return fail(parser, prefix_len ? no_such_root : no_name);
    return add_step(parser, (struct eb_step){ .name = take(parser, len) });
}

static bool parse_string_bracket(struct parser *parser)
{
    struct eb_value value;
    if (!parse_scalar(parser, take(parser, string_len(parser->rest)), no_bracket, &value))
        return false;
    return add_step(parser, (struct eb_step){ .name = value.text });
}

static bool parse_index(struct parser *parser)
{
    size_t len = 0;
    uint32_t index = 0;
    for (; len < parser->rest.len && parser->rest.ptr[len] >= '0' && parser->rest.ptr[len] <= '9' &&
           len < INDEX_DIGITS_MAX;
         len++)
        index = 10 * index + (uint32_t)(parser->rest.ptr[len] - '0');
    if (len == 0 || (len > 1 && parser->rest.ptr[0] == '0'))
        return fail(parser, no_bracket);
    take(parser, len);
    return add_step(parser, (struct eb_step){ .index = index });
}

static bool parse_bracket(struct parser *parser)
{
    take(parser, 1);
    if (!(is_at(parser, '"') ? parse_string_bracket(parser) : parse_index(parser)))
        return false;
    if (!is_at(parser, ']'))
        return fail(parser, no_bracket);
    take(parser, 1);
    return true;
}

static bool parse_path(struct parser *parser)
{
    parser->has_root = is_at(parser, '$');
    if (!(is_at(parser, '[') ? parse_bracket(parser) : parse_name(parser, parser->has_root)))
        return false;
    while (parser->rest.len && !is_at(parser, '|')) {
        if (is_at(parser, '[')) {
            if (!parse_bracket(parser))
                return false;
        } else if (is_at(parser, '.')) {
            take(parser, 1);
            if (!parse_name(parser, 0))
                return false;
        } else {
            return fail(parser, no_continuation);
        }
    }
    return true;
}

static bool parse_default(struct parser *parser, struct eb_value *otherwise)
{
    if (!is_at(parser, '|'))
        return true;
    take(parser, 1);
    return parse_scalar(parser, take(parser, parser->rest.len), no_scalar, otherwise);
}

static bool is_step(const struct eb_placeholder *placeholder, uint32_t i, bool is_name)
{
    return i < placeholder->step_count && (placeholder->steps[i].name.ptr != NULL) == is_name;
}

/* Whether what is left behind a member of a root is what its shape allows. */
static bool check_shape(
    struct parser *parser, const struct eb_placeholder *placeholder, enum shape shape)
{
    uint32_t used = shape == NAMED;
    if (shape == NAMED && !is_step(placeholder, 0, true))
        return fail(parser, "the name of a user property: $mqtt.user.name");
    if (shape != SINGLE && is_step(placeholder, used, false))
        used++;
    if (used == placeholder->step_count)
        return true;
    return fail(parser, shape == SINGLE ? "nothing behind it: it is a single value"
                                        : "nothing but an index behind it");
}

static const struct member *find_member(struct eb_span root, struct eb_span name)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (eb_span_is(root, members[i].root) && eb_span_is(name, members[i].name))
            return &members[i];
    return NULL;
}

static const char *expected_under(struct eb_span root)
{
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (eb_span_is(root, roots[i].root))
            return roots[i].expected;
    return no_such_root;
}

/* "$mqtt.level" turns from two steps into an origin. */
static bool bind_root(struct parser *parser, struct eb_placeholder *placeholder)
{
    if (!parser->has_root)
        return true;
    struct eb_span root = parser->steps[0].name;
    const struct member *member = NULL;
    if (is_step(placeholder, 1, true))
        member = find_member(root, parser->steps[1].name);
    if (!member)
        return fail(parser, expected_under(root));
    placeholder->origin = member->origin;
    placeholder->steps += 2;
    placeholder->step_count -= 2;
    return check_shape(parser, placeholder, member->shape);
}

/* No path has more steps than its source has places where one can begin. */
static uint32_t count_steps_max(struct eb_span source)
{
    uint32_t count = 1;
    for (size_t i = 0; i < source.len; i++)
        count += source.ptr[i] == '.' || source.ptr[i] == '[';
    return count;
}

static bool parse(struct parser *parser, struct eb_placeholder *placeholder)
{
    if (!parse_path(parser) || !parse_default(parser, &placeholder->otherwise))
        return false;
    placeholder->steps = parser->steps;
    placeholder->step_count = parser->step_count;
    return bind_root(parser, placeholder);
}

const struct eb_placeholder *eb_placeholder_parse(
    struct eb_span source, struct eb_arena *arena, struct eb_arena *scratch, const char **expected)
{
    *expected = NULL;
    struct eb_placeholder *placeholder = EB_ARENA_NEW(arena, struct eb_placeholder);
    struct parser parser = { .arena = arena, .scratch = scratch };
    parser.steps = EB_ARENA_ARRAY(arena, struct eb_step, count_steps_max(source));
    struct eb_span copy = eb_arena_copy(arena, source);
    if (!placeholder || !parser.steps || !copy.ptr)
        return NULL;
    placeholder->source = copy;
    parser.rest = eb_span(copy.ptr + 2, copy.len - 3);
    if (parse(&parser, placeholder))
        return placeholder;
    *expected = parser.is_out_of_memory ? NULL : parser.expected;
    return NULL;
}
