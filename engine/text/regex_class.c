#include <stdlib.h>

#include "base/utf8.h"
#include "text/regex_parser.h"

/* A set while it grows, in the arena; without one only what it would hold is judged. */
struct builder {
    struct eb_regex_parser *parser;
    struct eb_regex_set set;
    uint32_t capacity;
};

static const struct eb_code_range digits[] = { { '0', '9' } };

/* WordCharacters (§22.2.2.9.3); without the i flag no others join them. */
static const struct eb_code_range word_characters[] = {
    { '0', '9' },
    { 'A', 'Z' },
    { '_', '_' },
    { 'a', 'z' },
};

/* WhiteSpace (§12.2: TAB VT FF SP NBSP ZWNBSP and Zs) and LineTerminator (§12.3). */
static const struct eb_code_range spaces[] = {
    { 0x09, 0x0d },
    { 0x20, 0x20 },
    { 0xa0, 0xa0 },
    { 0x1680, 0x1680 },
    { 0x2000, 0x200a },
    { 0x2028, 0x2029 },
    { 0x202f, 0x202f },
    { 0x205f, 0x205f },
    { 0x3000, 0x3000 },
    { 0xfeff, 0xfeff },
};

static const struct eb_code_range line_terminators[] = {
    { '\n', '\n' },
    { '\r', '\r' },
    { 0x2028, 0x2029 },
};

/* \d and its kin; the upper-case letter is the complement. */
static const struct class_escape {
    char letter;
    const struct eb_code_range *ranges;
    uint32_t count;
} class_escapes[] = {
    { 'd', digits, sizeof digits / sizeof *digits },
    { 's', spaces, sizeof spaces / sizeof *spaces },
    { 'w', word_characters, sizeof word_characters / sizeof *word_characters },
};

/* ControlEscape (§22.2.1). */
static const struct {
    char letter;
    char code_point;
} control_escapes[] = {
    { 'f', '\f' },
    { 'n', '\n' },
    { 'r', '\r' },
    { 't', '\t' },
    { 'v', '\v' },
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool add_range(struct builder *builder, uint32_t first, uint32_t last)
{
    struct eb_regex_parser *parser = builder->parser;
    struct eb_regex_set *set = &builder->set;
    if (!parser->arena)
        return true;
    if (set->count == builder->capacity) {
        uint32_t capacity = builder->capacity ? builder->capacity * 2 : 8;
        struct eb_code_range *ranges =
            EB_ARENA_ARRAY(parser->arena, struct eb_code_range, capacity);
        if (!ranges)
            return eb_regex_parser_fail_memory(parser);
        if (set->count)
            memcpy(ranges, set->ranges, set->count * sizeof *ranges);
        set->ranges = ranges;
        builder->capacity = capacity;
    }
    set->ranges[set->count++] = (struct eb_code_range){ first, last };
    return true;
}

static bool add_ranges(
    struct builder *builder, const struct eb_code_range *ranges, uint32_t count, bool is_negated)
{
    if (!is_negated) {
        for (uint32_t i = 0; i < count; i++) {
            if (!add_range(builder, ranges[i].first, ranges[i].last))
                return false;
        }
        return true;
    }
    uint32_t next = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (ranges[i].first > next && !add_range(builder, next, ranges[i].first - 1))
            return false;
        next = ranges[i].last + 1;
    }
    return next > EB_CODE_POINT_MAX || add_range(builder, next, EB_CODE_POINT_MAX);
}

static bool add_property(
    struct builder *builder, struct eb_unicode_property property, bool is_negated)
{
    struct eb_regex_parser *parser = builder->parser;
    if (!parser->arena)
        return true;
    struct eb_regex_property *added = EB_ARENA_NEW(parser->arena, struct eb_regex_property);
    if (!added)
        return eb_regex_parser_fail_memory(parser);
    *added = (struct eb_regex_property){ builder->set.properties, property, is_negated };
    builder->set.properties = added;
    return true;
}

static int compare_ranges(const void *left, const void *right)
{
    const struct eb_code_range *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/* Sorts, joins what touches, and resolves the negation when ranges can express it. */
static bool finish(struct builder *builder, bool is_negated, struct eb_regex_set *out)
{
    struct eb_regex_set *set = &builder->set;
    if (set->count)
        qsort(set->ranges, set->count, sizeof *set->ranges, compare_ranges);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        struct eb_code_range range = set->ranges[i];
        if (kept && range.first <= set->ranges[kept - 1].last + 1) {
            if (range.last > set->ranges[kept - 1].last)
                set->ranges[kept - 1].last = range.last;
        } else {
            set->ranges[kept++] = range;
        }
    }
    set->count = kept;
    *out = *set;
    out->is_negated = is_negated;
    if (!is_negated || set->properties)
        return true;
    struct builder complement = { .parser = builder->parser };
    if (!add_ranges(&complement, set->ranges, set->count, true))
        return false;
    *out = complement.set;
    return true;
}

bool eb_regex_set_of_code_point(
    struct eb_regex_parser *parser, uint32_t code_point, struct eb_regex_set *set)
{
    struct builder builder = { .parser = parser };
    return add_range(&builder, code_point, code_point) && finish(&builder, false, set);
}

bool eb_regex_set_of_dot(struct eb_regex_parser *parser, struct eb_regex_set *set)
{
    struct builder builder = { .parser = parser };
    uint32_t count = sizeof line_terminators / sizeof *line_terminators;
    return add_ranges(&builder, line_terminators, count, true) && finish(&builder, false, set);
}

bool eb_regex_parser_take_code_point(struct eb_regex_parser *parser, uint32_t *code_point)
{
    size_t len =
        eb_utf8_decode(eb_span(parser->at, (size_t)(parser->end - parser->at)), code_point);
    if (len == 0)
        return eb_regex_parser_fail(parser, parser->at, "the expression is not valid UTF-8");
    parser->at += len;
    return true;
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Exactly `digit_count` hexadecimal digits; takes nothing when they are not there. */
static bool take_hex(struct eb_regex_parser *parser, int digit_count, uint32_t *value)
{
    if (parser->end - parser->at < digit_count)
        return false;
    uint32_t sum = 0;
    for (int i = 0; i < digit_count; i++) {
        int digit = hex_value(parser->at[i]);
        if (digit < 0)
            return false;
        sum = sum << 4 | (uint32_t)digit;
    }
    parser->at += digit_count;
    *value = sum;
    return true;
}

/* "{1F600}", any number of digits, up to U+10FFFF. */
static bool take_braced_hex(struct eb_regex_parser *parser, uint32_t *value)
{
    if (!eb_regex_parser_takes(parser, '{'))
        return false;
    uint32_t sum = 0;
    const char *first = parser->at;
    while (parser->at < parser->end && hex_value(*parser->at) >= 0) {
        sum = sum << 4 | (uint32_t)hex_value(*parser->at++);
        if (sum > EB_CODE_POINT_MAX)
            return false;
    }
    *value = sum;
    return parser->at > first && eb_regex_parser_takes(parser, '}');
}

static bool is_high_surrogate(uint32_t code_point)
{
    return code_point >= 0xd800 && code_point <= 0xdbff;
}

static bool is_low_surrogate(uint32_t code_point)
{
    return code_point >= 0xdc00 && code_point <= 0xdfff;
}

bool eb_regex_parser_take_unicode(struct eb_regex_parser *parser, uint32_t *code_point)
{
    const char *at = parser->at;
    parser->at++; /* u */
    if (eb_regex_parser_sees(parser, '{')) {
        return take_braced_hex(parser, code_point) ||
               eb_regex_parser_fail(parser, at - 1, "\\u{…} wants a code point up to 10FFFF");
    }
    if (!take_hex(parser, 4, code_point))
        return eb_regex_parser_fail(parser, at - 1, "\\u wants four hexadecimal digits or {…}");
    const char *behind = parser->at;
    uint32_t low;
    if (is_high_surrogate(*code_point) &&
        eb_regex_parser_takes_text(parser, (struct eb_span)EB_SPAN("\\u")) &&
        take_hex(parser, 4, &low) && is_low_surrogate(low)) {
        *code_point = 0x10000 + ((*code_point - 0xd800) << 10) + (low - 0xdc00);
        return true;
    }
    parser->at = behind;
    return true;
}

/* \cX, whose X is any ASCII letter. */
static bool take_control_letter(
    struct eb_regex_parser *parser, const char *slash, uint32_t *code_point)
{
    parser->at++; /* c */
    if (parser->at == parser->end || !is_letter(*parser->at))
        return eb_regex_parser_fail(parser, slash, "\\c wants a letter");
    *code_point = (unsigned char)*parser->at++ & 0x1f;
    return true;
}

static bool is_ascii_punctuation(char c)
{
    return c > ' ' && c < 0x7f && !is_digit(c) && !is_letter(c);
}

/* IdentityEscape with the u flag: SyntaxCharacter or "/". */
static bool may_escape_itself(const struct eb_regex_parser *parser, char c)
{
    if (parser->strictness == EB_REGEX_LENIENT && is_ascii_punctuation(c))
        return true;
    return c && strchr("^$\\.*+?()[]{}|/", c);
}

/* CharacterEscape: a backslash and what stands for one code point. */
static bool take_character_escape(
    struct eb_regex_parser *parser, const char *slash, uint32_t *code_point)
{
    char c = *parser->at;
    for (size_t i = 0; i < sizeof control_escapes / sizeof *control_escapes; i++) {
        if (c == control_escapes[i].letter) {
            parser->at++;
            *code_point = (unsigned char)control_escapes[i].code_point;
            return true;
        }
    }
    switch (c) {
    case 'c': return take_control_letter(parser, slash, code_point);
    case 'u': return eb_regex_parser_take_unicode(parser, code_point);
    case 'x':
        parser->at++;
        return take_hex(parser, 2, code_point) ||
               eb_regex_parser_fail(parser, slash, "\\x wants two hexadecimal digits");
    case '0':
        parser->at++;
        *code_point = 0;
        return parser->at == parser->end || !is_digit(*parser->at) ||
               eb_regex_parser_fail(parser, slash, "octal escapes do not exist here");
    default: break;
    }
    if (!may_escape_itself(parser, c))
        return eb_regex_parser_fail(parser, slash, "ECMA-262 has no such escape");
    parser->at++;
    *code_point = (unsigned char)c;
    return true;
}

static bool is_property_character(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

static struct eb_span take_property_word(struct eb_regex_parser *parser)
{
    const char *first = parser->at;
    while (parser->at < parser->end && is_property_character(*parser->at))
        parser->at++;
    return eb_span(first, (size_t)(parser->at - first));
}

/* \p{…} or \P{…}; `at` is at the letter. */
static bool add_property_escape(struct builder *builder, const char *slash)
{
    struct eb_regex_parser *parser = builder->parser;
    bool is_negated = *parser->at++ == 'P';
    if (!eb_regex_parser_takes(parser, '{'))
        return eb_regex_parser_fail(parser, slash, "\\p wants a property in braces");
    struct eb_span name = take_property_word(parser);
    struct eb_span value = { NULL, 0 };
    if (eb_regex_parser_takes(parser, '='))
        value = take_property_word(parser);
    if (!eb_regex_parser_takes(parser, '}'))
        return eb_regex_parser_fail(parser, slash, "\\p wants a property in braces");
    struct eb_unicode_property property;
    if (!eb_unicode_property_find(name, value, &property))
        return eb_regex_parser_fail(parser, slash, "there is no such Unicode property");
    return add_property(builder, property, is_negated);
}

/* CharacterClassEscape: a whole set behind a backslash. False, without a fault, when it is none. */
static bool add_class_escape(struct builder *builder, const char *slash)
{
    struct eb_regex_parser *parser = builder->parser;
    char c = *parser->at;
    if (c == 'p' || c == 'P')
        return add_property_escape(builder, slash);
    for (size_t i = 0; i < sizeof class_escapes / sizeof *class_escapes; i++) {
        const struct class_escape *escape = &class_escapes[i];
        bool is_negated = c == escape->letter - 'a' + 'A';
        if (c != escape->letter && !is_negated)
            continue;
        parser->at++;
        return add_ranges(builder, escape->ranges, escape->count, is_negated);
    }
    return false;
}

bool eb_regex_parse_atom_escape(
    struct eb_regex_parser *parser, const char *slash, struct eb_regex_set *set)
{
    struct builder builder = { .parser = parser };
    if (add_class_escape(&builder, slash))
        return finish(&builder, false, set);
    uint32_t code_point;
    return !parser->has_failed && take_character_escape(parser, slash, &code_point) &&
           eb_regex_set_of_code_point(parser, code_point, set);
}

/* ClassEscape beyond what stands outside of classes too: \b is a backspace, \- a hyphen. */
static bool take_class_character_escape(
    struct eb_regex_parser *parser, const char *slash, uint32_t *code_point)
{
    if (eb_regex_parser_takes(parser, 'b')) {
        *code_point = '\b';
        return true;
    }
    if (eb_regex_parser_takes(parser, '-')) {
        *code_point = '-';
        return true;
    }
    return take_character_escape(parser, slash, code_point);
}

/* ClassAtom: one code point, or (`*is_set`) a class escape that has been added. */
static bool take_class_atom(struct builder *builder, uint32_t *code_point, bool *is_set)
{
    struct eb_regex_parser *parser = builder->parser;
    const char *slash = parser->at;
    *is_set = false;
    if (!eb_regex_parser_takes(parser, '\\'))
        return eb_regex_parser_take_code_point(parser, code_point);
    if (parser->at == parser->end)
        return eb_regex_parser_fail(parser, slash, "nothing follows the backslash");
    *is_set = add_class_escape(builder, slash);
    return *is_set ||
           (!parser->has_failed && take_class_character_escape(parser, slash, code_point));
}

/* Whether "-x" follows, which makes a range of the atom just taken; a hyphen before ']' is one. */
static bool takes_range_hyphen(struct eb_regex_parser *parser)
{
    if (!eb_regex_parser_sees(parser, '-'))
        return false;
    if (parser->at + 1 < parser->end && parser->at[1] == ']')
        return false;
    parser->at++;
    return true;
}

/* "[\w-.]": without the u flag the hyphen is itself when a side of it is a set (§B.1.2.5). */
static bool add_loose_hyphen(
    struct builder *builder, const char *at, bool is_second_set, uint32_t second)
{
    struct eb_regex_parser *parser = builder->parser;
    if (parser->strictness == EB_REGEX_STRICT)
        return eb_regex_parser_fail(parser, at, "a class escape cannot bound a range");
    return add_range(builder, '-', '-') && (is_second_set || add_range(builder, second, second));
}

static bool add_class_item(struct builder *builder)
{
    struct eb_regex_parser *parser = builder->parser;
    const char *at = parser->at;
    uint32_t first = 0, last = 0;
    bool is_first_set, is_last_set;
    if (!take_class_atom(builder, &first, &is_first_set))
        return false;
    if (!takes_range_hyphen(parser))
        return is_first_set || add_range(builder, first, first);
    if (parser->at == parser->end)
        return true; /* the missing ']' is the caller's to report */
    if (!take_class_atom(builder, &last, &is_last_set))
        return false;
    if (is_first_set || is_last_set) {
        return (is_first_set || add_range(builder, first, first)) &&
               add_loose_hyphen(builder, at, is_last_set, last);
    }
    if (first > last)
        return eb_regex_parser_fail(parser, at, "the range is out of order");
    return add_range(builder, first, last);
}

bool eb_regex_parse_class(struct eb_regex_parser *parser, struct eb_regex_set *set)
{
    const char *open = parser->at - 1;
    bool is_negated = eb_regex_parser_takes(parser, '^');
    struct builder builder = { .parser = parser };
    while (!eb_regex_parser_takes(parser, ']')) {
        if (parser->at == parser->end)
            return eb_regex_parser_fail(parser, open, "the class is never closed");
        if (!add_class_item(&builder))
            return false;
    }
    return finish(&builder, is_negated, set);
}
