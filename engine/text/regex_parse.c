#include "base/utf8.h"
#include "text/regex_parser.h"

bool eb_regex_parser_fail(struct eb_regex_parser *parser, const char *at, const char *text)
{
    if (!parser->has_failed)
        *parser->fault = (struct eb_regex_fault){ text, (size_t)(at - parser->start), false };
    parser->has_failed = true;
    return false;
}

bool eb_regex_parser_fail_memory(struct eb_regex_parser *parser)
{
    if (!parser->has_failed)
        *parser->fault = (struct eb_regex_fault){ "out of memory", 0, true };
    parser->has_failed = true;
    return false;
}

static struct eb_regex_node *new_node(
    struct eb_regex_parser *parser, enum eb_regex_node_type type, const char *at)
{
    struct eb_regex_node *node = &parser->nowhere;
    if (parser->arena) {
        node = EB_ARENA_NEW(parser->arena, struct eb_regex_node);
        if (!node) {
            eb_regex_parser_fail_memory(parser);
            return NULL;
        }
    }
    *node = (struct eb_regex_node){ .type = type, .offset = (uint32_t)(at - parser->start) };
    return node;
}

bool eb_regex_parser_take_number(struct eb_regex_parser *parser, uint32_t *number)
{
    const char *first = parser->at;
    uint64_t sum = 0;
    while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9') {
        sum = sum * 10 + (uint64_t)(*parser->at++ - '0');
        if (sum >= EB_REGEX_UNBOUNDED)
            sum = EB_REGEX_UNBOUNDED - 1;
    }
    *number = (uint32_t)sum;
    return parser->at > first;
}

/* Group names */

/*
 * One code point of a RegExpIdentifierName, escapes resolved. Outside of ASCII everything but
 * white space and punctuation as old as Unicode is taken: ID_Start and ID_Continue (§12.7) change
 * with every version, and a name is only ever compared with itself.
 */
static bool take_name_code_point(struct eb_regex_parser *parser, uint32_t *code_point)
{
    if (parser->at == parser->end)
        return false;
    if (!eb_regex_parser_takes(parser, '\\'))
        return eb_regex_parser_take_code_point(parser, code_point);
    return eb_regex_parser_sees(parser, 'u') && eb_regex_parser_take_unicode(parser, code_point);
}

static bool is_name_code_point(uint32_t code_point, bool is_first)
{
    if (code_point >= 0x80) {
        bool is_symbol = code_point < 0xaa || code_point == 0xd7 || code_point == 0xf7 ||
                         (code_point >= 0x2000 && code_point <= 0x206f) || code_point == 0x3000 ||
                         code_point == 0xfeff;
        bool is_joiner = code_point == 0x200c || code_point == 0x200d;
        return is_joiner ? !is_first : !is_symbol;
    }
    if (code_point >= '0' && code_point <= '9')
        return !is_first;
    uint32_t lower = code_point | 0x20;
    return (lower >= 'a' && lower <= 'z') || code_point == '_' || code_point == '$';
}

/* "name>" behind "(?<" or "\k<". */
static bool take_name(struct eb_regex_parser *parser, struct eb_regex_name *name)
{
    const char *first = parser->at;
    struct eb_hasher hasher;
    eb_hasher_init(&hasher, eb_hash_key());
    while (parser->at < parser->end && *parser->at != '>') {
        const char *at = parser->at;
        uint32_t code_point;
        if (!take_name_code_point(parser, &code_point) ||
            !is_name_code_point(code_point, at == first))
            return eb_regex_parser_fail(parser, at, "this cannot be in a group name");
        eb_hasher_add(&hasher, &code_point, sizeof code_point);
    }
    name->text = eb_span(first, (size_t)(parser->at - first));
    name->hash = eb_hasher_end(&hasher);
    if (name->text.len == 0 || !eb_regex_parser_takes(parser, '>'))
        return eb_regex_parser_fail(parser, first, "a group name in <…> is expected");
    return true;
}

static bool has_escape(struct eb_span name)
{
    return memchr(name.ptr, '\\', name.len) != NULL;
}

/* Whether two names, both known to be well-formed, mean the same. */
static bool is_same_text(struct eb_span left, struct eb_span right)
{
    if (!has_escape(left) && !has_escape(right))
        return eb_span_equal(left, right);
    struct eb_regex_fault ignored;
    struct eb_regex_parser a, b;
    a.at = left.ptr, a.end = left.ptr + left.len, a.fault = &ignored, a.has_failed = false;
    b.at = right.ptr, b.end = right.ptr + right.len, b.fault = &ignored, b.has_failed = false;
    a.start = a.at, b.start = b.at;
    uint32_t x, y;
    for (;;) {
        bool has_x = take_name_code_point(&a, &x), has_y = take_name_code_point(&b, &y);
        if (has_x != has_y || !has_x)
            return has_x == has_y;
        if (x != y)
            return false;
    }
}

static uint32_t group_called(const struct eb_regex_parser *parser, const struct eb_regex_name *name)
{
    for (uint32_t i = 0; i < parser->name_count; i++) {
        const struct eb_regex_name *known = &parser->names[i].name;
        if (known->hash == name->hash && is_same_text(known->text, name->text))
            return parser->names[i].group;
    }
    return 0;
}

/* `at` is behind "(?<" of group number group_count. */
static bool note_name(struct eb_regex_parser *parser)
{
    const char *at = parser->at;
    struct eb_regex_name name;
    if (!take_name(parser, &name))
        return false;
    if (group_called(parser, &name))
        return eb_regex_parser_fail(parser, at, "two groups have this name");
    if (parser->name_count == EB_REGEX_NAMES_MAX)
        return eb_regex_parser_fail(parser, at, "there are too many named groups");
    parser->names[parser->name_count].name = name;
    parser->names[parser->name_count++].group = parser->group_count;
    return true;
}

static void skip_class(struct eb_regex_parser *parser)
{
    while (parser->at < parser->end && *parser->at != ']')
        parser->at += *parser->at == '\\' && parser->at + 1 < parser->end ? 2 : 1;
}

/* `at` is behind a '('. */
static bool count_group(struct eb_regex_parser *parser)
{
    if (!eb_regex_parser_sees(parser, '?')) {
        parser->group_count++;
        return true;
    }
    if (!eb_regex_parser_takes_text(parser, (struct eb_span)EB_SPAN("?<")))
        return true;
    if (eb_regex_parser_sees(parser, '=') || eb_regex_parser_sees(parser, '!'))
        return true;
    parser->group_count++;
    return note_name(parser);
}

/* References may point forward, so groups are counted and named before anything is parsed. */
static bool count_groups(struct eb_regex_parser *parser)
{
    while (parser->at < parser->end) {
        char c = *parser->at++;
        if (c == '\\' && parser->at < parser->end)
            parser->at++;
        else if (c == '[')
            skip_class(parser);
        else if (c == '(' && !count_group(parser))
            return false;
    }
    parser->at = parser->start;
    return true;
}

/* Expressions */

static struct eb_regex_node *parse_choice(struct eb_regex_parser *parser);

static void append(struct eb_regex_node *parent, struct eb_regex_node *child)
{
    child->parent = parent;
    child->previous = parent->last;
    if (parent->last)
        parent->last->next = child;
    else
        parent->body = child;
    parent->last = child;
}

static struct eb_regex_node *wrap(struct eb_regex_node *outer, struct eb_regex_node *body)
{
    if (!outer || !body)
        return NULL;
    append(outer, body);
    return outer;
}

static struct eb_regex_node *parse_assertion(
    struct eb_regex_parser *parser, const char *at, enum eb_regex_assertion assertion)
{
    struct eb_regex_node *node = new_node(parser, EB_REGEX_ASSERTION, at);
    if (node)
        node->assertion = assertion;
    return node;
}

/* What stands between the parentheses, and the closing one. */
static struct eb_regex_node *parse_group_body(struct eb_regex_parser *parser, const char *open)
{
    if (parser->depth == EB_REGEX_DEPTH_MAX) {
        eb_regex_parser_fail(parser, open, "groups are nested too deeply");
        return NULL;
    }
    parser->depth++;
    struct eb_regex_node *body = parse_choice(parser);
    parser->depth--;
    if (body && !eb_regex_parser_takes(parser, ')')) {
        eb_regex_parser_fail(parser, open, "the group is never closed");
        return NULL;
    }
    return body;
}

static struct eb_regex_node *parse_look(
    struct eb_regex_parser *parser, const char *open, bool is_behind, bool is_negated)
{
    struct eb_regex_node *body = parse_group_body(parser, open);
    struct eb_regex_node *node = body ? new_node(parser, EB_REGEX_LOOK, open) : NULL;
    if (node) {
        node->look.is_behind = is_behind;
        node->look.is_negated = is_negated;
    }
    return wrap(node, body);
}

static struct eb_regex_node *parse_capture(struct eb_regex_parser *parser, const char *open)
{
    uint32_t group = ++parser->group_last;
    struct eb_regex_node *body = parse_group_body(parser, open);
    struct eb_regex_node *node = body ? new_node(parser, EB_REGEX_GROUP, open) : NULL;
    if (node && parser->arena) {
        node->group = group;
        parser->tree->groups[group] = node;
    }
    return wrap(node, body);
}

static const struct {
    struct eb_span opening;
    bool is_behind, is_negated;
} looks[] = {
    { EB_SPAN("?="), false, false },
    { EB_SPAN("?!"), false, true },
    { EB_SPAN("?<="), true, false },
    { EB_SPAN("?<!"), true, true },
};

/* `at` is behind the '('. */
static struct eb_regex_node *parse_parentheses(struct eb_regex_parser *parser)
{
    const char *open = parser->at - 1;
    if (!eb_regex_parser_sees(parser, '?'))
        return parse_capture(parser, open);
    if (eb_regex_parser_takes_text(parser, (struct eb_span)EB_SPAN("?:"))) {
        struct eb_regex_node *body = parse_group_body(parser, open);
        return wrap(body ? new_node(parser, EB_REGEX_SEQUENCE, open) : NULL, body);
    }
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        if (eb_regex_parser_takes_text(parser, looks[i].opening))
            return parse_look(parser, open, looks[i].is_behind, looks[i].is_negated);
    }
    if (eb_regex_parser_takes_text(parser, (struct eb_span)EB_SPAN("?<"))) {
        struct eb_regex_name name;
        return take_name(parser, &name) ? parse_capture(parser, open) : NULL;
    }
    eb_regex_parser_fail(parser, open, "ECMA-262 has no such group: (?:, (?=, (?!, (?<");
    return NULL;
}

static struct eb_regex_node *parse_reference(
    struct eb_regex_parser *parser, const char *slash, uint32_t group)
{
    struct eb_regex_node *node = new_node(parser, EB_REGEX_REFERENCE, slash);
    if (node && parser->arena) {
        node->group = group;
        parser->tree->is_referenced[group] = true;
    }
    return node;
}

/* \k<name>; `at` is behind the k. */
static struct eb_regex_node *parse_named_reference(
    struct eb_regex_parser *parser, const char *slash)
{
    struct eb_regex_name name;
    if (!eb_regex_parser_takes(parser, '<')) {
        eb_regex_parser_fail(parser, slash, "\\k wants a group name in <…>");
        return NULL;
    }
    if (!take_name(parser, &name))
        return NULL;
    uint32_t group = group_called(parser, &name);
    if (!group) {
        eb_regex_parser_fail(parser, slash, "no group has this name");
        return NULL;
    }
    return parse_reference(parser, slash, group);
}

static struct eb_regex_node *parse_numbered_reference(
    struct eb_regex_parser *parser, const char *slash)
{
    uint32_t group;
    eb_regex_parser_take_number(parser, &group);
    if (group > parser->group_count) {
        eb_regex_parser_fail(parser, slash, "there is no group of this number");
        return NULL;
    }
    return parse_reference(parser, slash, group);
}

/* `at` is behind the backslash. */
static struct eb_regex_node *parse_escape(struct eb_regex_parser *parser)
{
    const char *slash = parser->at - 1;
    if (parser->at == parser->end) {
        eb_regex_parser_fail(parser, slash, "nothing follows the backslash");
        return NULL;
    }
    if (eb_regex_parser_takes(parser, 'b'))
        return parse_assertion(parser, slash, EB_REGEX_WORD_EDGE);
    if (eb_regex_parser_takes(parser, 'B'))
        return parse_assertion(parser, slash, EB_REGEX_NO_WORD_EDGE);
    if (eb_regex_parser_takes(parser, 'k'))
        return parse_named_reference(parser, slash);
    if (*parser->at >= '1' && *parser->at <= '9')
        return parse_numbered_reference(parser, slash);
    struct eb_regex_node *node = new_node(parser, EB_REGEX_SET, slash);
    return node && eb_regex_parse_atom_escape(parser, slash, &node->set) ? node : NULL;
}

static struct eb_regex_node *parse_literal(struct eb_regex_parser *parser)
{
    uint32_t code_point;
    struct eb_regex_node *node = new_node(parser, EB_REGEX_SET, parser->at);
    if (!node || !eb_regex_parser_take_code_point(parser, &code_point) ||
        !eb_regex_set_of_code_point(parser, code_point, &node->set))
        return NULL;
    return node;
}

static struct eb_regex_node *parse_dot(struct eb_regex_parser *parser)
{
    struct eb_regex_node *node = new_node(parser, EB_REGEX_SET, parser->at - 1);
    return node && eb_regex_set_of_dot(parser, &node->set) ? node : NULL;
}

static struct eb_regex_node *parse_class(struct eb_regex_parser *parser)
{
    struct eb_regex_node *node = new_node(parser, EB_REGEX_SET, parser->at - 1);
    return node && eb_regex_parse_class(parser, &node->set) ? node : NULL;
}

/* SyntaxCharacter where an atom should begin. */
static struct eb_regex_node *refuse(struct eb_regex_parser *parser)
{
    const char *text;
    switch (*parser->at) {
    case '{':
    case '}': text = "a brace that is not a quantifier must be written \\{ or \\}"; break;
    case ']': text = "a bracket that closes nothing must be written \\]"; break;
    default: text = "there is nothing to repeat"; break;
    }
    eb_regex_parser_fail(parser, parser->at, text);
    return NULL;
}

static struct eb_regex_node *parse_atom(struct eb_regex_parser *parser)
{
    const char *at = parser->at;
    switch (*at) {
    case '^': parser->at++; return parse_assertion(parser, at, EB_REGEX_START);
    case '$': parser->at++; return parse_assertion(parser, at, EB_REGEX_END);
    case '(': parser->at++; return parse_parentheses(parser);
    case '.': parser->at++; return parse_dot(parser);
    case '[': parser->at++; return parse_class(parser);
    case '\\': parser->at++; return parse_escape(parser);
    case '*':
    case '+':
    case '?':
    case '{':
    case '}':
    case ']': return refuse(parser);
    default: return parse_literal(parser);
    }
}

/* "{n}", "{n,}" or "{n,m}"; `at` is behind the '{'. */
static bool take_braced_quantifier(struct eb_regex_parser *parser, uint32_t *min, uint32_t *max)
{
    const char *open = parser->at - 1;
    bool is_well_formed = eb_regex_parser_take_number(parser, min);
    *max = *min;
    if (eb_regex_parser_takes(parser, ',') && !eb_regex_parser_take_number(parser, max))
        *max = EB_REGEX_UNBOUNDED;
    if (!is_well_formed || !eb_regex_parser_takes(parser, '}'))
        return eb_regex_parser_fail(parser, open, "a quantifier is {n}, {n,} or {n,m}");
    if (*min > *max)
        return eb_regex_parser_fail(parser, open, "the quantifier's numbers are out of order");
    return true;
}

/* False when there is no quantifier, or a wrong one. */
static bool take_quantifier(struct eb_regex_parser *parser, uint32_t *min, uint32_t *max)
{
    if (parser->at == parser->end)
        return false;
    switch (*parser->at) {
    case '*': *min = 0, *max = EB_REGEX_UNBOUNDED; break;
    case '+': *min = 1, *max = EB_REGEX_UNBOUNDED; break;
    case '?': *min = 0, *max = 1; break;
    case '{': parser->at++; return take_braced_quantifier(parser, min, max);
    default: return false;
    }
    parser->at++;
    return true;
}

static bool may_repeat(const struct eb_regex_node *atom)
{
    return atom->type != EB_REGEX_ASSERTION && atom->type != EB_REGEX_LOOK;
}

static struct eb_regex_node *parse_term(struct eb_regex_parser *parser)
{
    struct eb_regex_node *atom = parse_atom(parser);
    if (!atom)
        return NULL;
    const char *at = parser->at;
    bool is_repeatable = may_repeat(atom);
    uint32_t min, max;
    if (!take_quantifier(parser, &min, &max))
        return parser->has_failed ? NULL : atom;
    if (!is_repeatable) {
        eb_regex_parser_fail(parser, at, "an assertion cannot be repeated");
        return NULL;
    }
    struct eb_regex_node *repeat = new_node(parser, EB_REGEX_REPEAT, at);
    if (repeat) {
        repeat->repeat.min = min;
        repeat->repeat.max = max;
        repeat->repeat.is_lazy = eb_regex_parser_takes(parser, '?');
    }
    return wrap(repeat, atom);
}

static bool ends_alternative(const struct eb_regex_parser *parser)
{
    return parser->at == parser->end || *parser->at == '|' || *parser->at == ')';
}

static struct eb_regex_node *parse_sequence(struct eb_regex_parser *parser)
{
    struct eb_regex_node *sequence = new_node(parser, EB_REGEX_SEQUENCE, parser->at);
    while (sequence && !ends_alternative(parser)) {
        struct eb_regex_node *term = parse_term(parser);
        if (!term)
            return NULL;
        append(sequence, term);
    }
    return sequence;
}

static struct eb_regex_node *parse_choice(struct eb_regex_parser *parser)
{
    const char *at = parser->at;
    struct eb_regex_node *first = parse_sequence(parser);
    if (!first || !eb_regex_parser_sees(parser, '|'))
        return first;
    struct eb_regex_node *choice = new_node(parser, EB_REGEX_CHOICE, at);
    if (choice)
        append(choice, first);
    while (choice && eb_regex_parser_takes(parser, '|')) {
        struct eb_regex_node *sequence = parse_sequence(parser);
        if (!sequence)
            return NULL;
        append(choice, sequence);
    }
    return choice;
}

static bool prepare_tree(struct eb_regex_parser *parser, struct eb_regex_tree *tree)
{
    size_t count = (size_t)parser->group_count + 1;
    tree->group_count = parser->group_count;
    tree->groups = EB_ARENA_ARRAY(parser->arena, struct eb_regex_node *, count);
    tree->is_referenced = EB_ARENA_ARRAY(parser->arena, bool, count);
    parser->tree = tree;
    return (tree->groups && tree->is_referenced) || eb_regex_parser_fail_memory(parser);
}

bool eb_regex_parse(struct eb_span pattern, enum eb_regex_strictness strictness,
    struct eb_arena *arena, struct eb_regex_tree *tree, struct eb_regex_fault *fault)
{
    struct eb_regex_parser parser;
    parser.start = parser.at = pattern.len ? pattern.ptr : "";
    parser.end = parser.start + pattern.len;
    parser.arena = arena;
    parser.strictness = strictness;
    parser.fault = fault;
    parser.has_failed = false;
    parser.depth = parser.group_count = parser.group_last = parser.name_count = 0;
    if (pattern.len > EB_REGEX_BYTES_MAX)
        return eb_regex_parser_fail(&parser, parser.start, "the expression is too long");
    if (!count_groups(&parser) || (arena && !prepare_tree(&parser, tree)))
        return false;
    struct eb_regex_node *root = parse_choice(&parser);
    if (!root)
        return false;
    if (parser.at < parser.end)
        return eb_regex_parser_fail(&parser, parser.at, "this parenthesis closes nothing");
    if (arena)
        tree->root = root;
    return true;
}
