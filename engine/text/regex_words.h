/*
 * regex_words.h - is there a text that these expressions match and those do not?
 *
 * Decided exactly as long as the expressions are automata: all of them run side by side, together
 * with one that knows UTF-8 and one that counts code points, and the states from which the wanted
 * end can be reached are searched for a short and legible way there. For compiling and comparing
 * schemas; not for events.
 */
#ifndef EB_TEXT_REGEX_WORDS_H
#define EB_TEXT_REGEX_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "text/regex.h"

struct eb_word_demand {
    const struct eb_regex *regex;
    bool matches; /* or it must not */
};

struct eb_word_query {
    const struct eb_word_demand *demands;
    uint32_t demand_count;
    uint32_t min, max;              /* code points; max UINT32_MAX: any */
    const struct eb_span *excluded; /* not these texts */
    uint32_t excluded_count;
    /*
     * Has the last word on every text found, NULL: none. Borrowed for the call. It decides about
     * expressions without an automaton, too, which otherwise count for nothing here.
     */
    bool (*accepts)(void *context, struct eb_span word);
    void *context;
    uint32_t work; /* out: states and texts that were looked at */
};

enum eb_word_result {
    EB_WORD_NONE,   /* proved: there is no such text */
    EB_WORD_FOUND,  /* `*word` is one, given in the arena */
    EB_WORD_UNSURE, /* too many states, too many texts that were not accepted, no memory */
};

/* `arena` is a reserved one; besides the word nothing is kept in it. */
enum eb_word_result eb_word_find(
    struct eb_word_query *query, struct eb_arena *arena, struct eb_span *word);

#endif
