/*
 * regex_parser.h - what the two halves of the parser share: regex_parse.c knows how an expression
 * is put together, regex_class.c what one character of it stands for.
 *
 * The first fault wins: after it the parser is at its end and all of it unwinds. Without an arena
 * nothing is built, and every node is the same scratch node.
 */
#ifndef EB_TEXT_REGEX_PARSER_H
#define EB_TEXT_REGEX_PARSER_H

#include <stddef.h>

#include "base/hash.h"
#include "base/limits.h"
#include "text/regex_tree.h"

/* A group's name: escapes mean what they stand for. */
struct eb_regex_name {
    struct eb_span text; /* as written */
    uint64_t hash;       /* of what is meant, under the process's key: patterns come from devices */
};

struct eb_regex_parser {
    const char *start, *at, *end;
    struct eb_arena *arena; /* NULL: only judge */
    enum eb_regex_strictness strictness;
    struct eb_regex_fault *fault;
    bool has_failed;
    uint32_t depth;
    uint32_t group_count; /* in all of the pattern: counted before anything is parsed */
    uint32_t group_last;  /* the number of the group opened last */
    uint32_t name_count;
    struct eb_regex_tree *tree;
    struct eb_regex_node nowhere;
    struct {
        struct eb_regex_name name;
        uint32_t group;
    } names[EB_REGEX_NAMES_MAX];
};

/* Records that `at` is where it went wrong, unless something did before. Always false. */
bool eb_regex_parser_fail(struct eb_regex_parser *parser, const char *at, const char *text);
bool eb_regex_parser_fail_memory(struct eb_regex_parser *parser);

static inline bool eb_regex_parser_sees(const struct eb_regex_parser *parser, char c)
{
    return parser->at < parser->end && *parser->at == c;
}

static inline bool eb_regex_parser_takes(struct eb_regex_parser *parser, char c)
{
    bool is_there = eb_regex_parser_sees(parser, c);
    parser->at += is_there;
    return is_there;
}

static inline bool eb_regex_parser_takes_text(struct eb_regex_parser *parser, struct eb_span text)
{
    bool is_there = eb_span_starts(eb_span(parser->at, (size_t)(parser->end - parser->at)), text);
    parser->at += is_there ? text.len : 0;
    return is_there;
}

/* The next code point, taken; the pattern must not be at its end. False when it is not UTF-8. */
bool eb_regex_parser_take_code_point(struct eb_regex_parser *parser, uint32_t *code_point);

/* Decimal digits, at least one expected, saturating at UINT32_MAX - 1; false when there is none. */
bool eb_regex_parser_take_number(struct eb_regex_parser *parser, uint32_t *number);

/* "u0041", "u{41}" or "uD83D\uDC09" behind a backslash (RegExpUnicodeEscapeSequence). */
bool eb_regex_parser_take_unicode(struct eb_regex_parser *parser, uint32_t *code_point);

/* The class whose '[' has been taken, up to its ']'. */
bool eb_regex_parse_class(struct eb_regex_parser *parser, struct eb_regex_set *set);

/*
 * What follows a backslash outside of a class and stands for one of a set of characters:
 * CharacterClassEscape or CharacterEscape. `slash` is where the backslash is.
 */
bool eb_regex_parse_atom_escape(
    struct eb_regex_parser *parser, const char *slash, struct eb_regex_set *set);

/* The set of the one code point, and that of "." (ECMA-262 §22.2.2.7: all but LineTerminator). */
bool eb_regex_set_of_code_point(
    struct eb_regex_parser *parser, uint32_t code_point, struct eb_regex_set *set);
bool eb_regex_set_of_dot(struct eb_regex_parser *parser, struct eb_regex_set *set);

#endif
