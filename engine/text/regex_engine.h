/*
 * regex_engine.h - the two ways to run an expression, for who needs to know which it is.
 */
#ifndef EB_TEXT_REGEX_ENGINE_H
#define EB_TEXT_REGEX_ENGINE_H

#include "text/regex.h"

enum eb_regex_engine {
    EB_REGEX_BY_AUTOMATON = 1, /* preferred: linear, and no memory */
    EB_REGEX_BY_PCRE = 2,      /* whatever looks around, refers back, or is too large for a table */
};

/* eb_regex_new() with the engines it may use; NULL, with a fault, when none of them can. */
struct eb_regex *eb_regex_new_by(
    struct eb_span pattern, unsigned engines, struct eb_regex_fault *fault);

/* The automaton of `regex`, borrowed; NULL when it is run otherwise. */
struct eb_dfa;
const struct eb_dfa *eb_regex_automaton(const struct eb_regex *regex);

#endif
