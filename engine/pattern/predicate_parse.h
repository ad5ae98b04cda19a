/*
 * predicate_parse.h - the array of a pattern's field: values and { operator: operand } objects.
 */
#ifndef EB_PATTERN_PREDICATE_PARSE_H
#define EB_PATTERN_PREDICATE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "pattern/predicate.h"
#include "json/doc.h"

struct eb_predicate_parser {
    const struct eb_doc *doc;
    struct eb_arena *scratch; /* predicates are given here; they borrow text from the document */
    struct eb_diag_list *diags;
    bool has_failed; /* something was reported */
};

/*
 * The predicates in the array `token`, given in `*predicates`; how many there are. 0 after a
 * failure; an empty array is one.
 */
uint32_t eb_predicates_parse(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate **predicates);

/* Reports an error at `token`. */
void eb_predicate_fail(struct eb_predicate_parser *parser, uint32_t token, const char *text);

/* Whether the string is an operator's name. */
bool eb_predicate_is_operator(const struct eb_doc *doc, uint32_t token);

#endif
