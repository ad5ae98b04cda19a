/*
 * regex_dfa.h - an automaton that is in one state at a time: a table look-up per byte.
 *
 * It answers one question, whether there is a match anywhere, in time linear in the subject,
 * without memory and whatever the expression; backtracking has nothing to do here.
 *
 *     ^u-[0-9]{1,2}$        class   'u' '-' 0-9  else
 *                    0 lost           0   0   0   0     nothing can match any more
 *                    1 found          1   1   1   1     a match, whatever follows
 *             start  2                3   0   0   0
 *                    3                0   4   0   0
 *                    4                0   0   5   0
 *            final   5                0   0   6   0     a match if the subject ends here
 *            final   6                0   0   0   0
 *
 * Bytes that no state tells apart share a column; rows are named by the index of their first cell;
 * final rows come last, so that a comparison tells them.
 */
#ifndef EB_TEXT_REGEX_DFA_H
#define EB_TEXT_REGEX_DFA_H

#include "base/arena.h"
#include "base/span.h"
#include "text/regex.h"
#include "text/regex_nfa.h"

struct eb_dfa {
    uint16_t start;
    uint16_t found;       /* row 1; row 0 is lost */
    uint16_t first_final; /* may be past the last row */
    uint16_t column_count;
    uint8_t column_of[256];
    uint16_t cells[];
};

enum eb_dfa_scope {
    EB_DFA_SEARCH, /* a match may begin anywhere */
    EB_DFA_HERE,   /* it begins where reading does */
};

/*
 * The table for `nfa`; given: free() it. NULL when it would be too large or too much work to
 * make, or without memory; none of these is anybody's fault. `scratch` is left used.
 */
struct eb_dfa *eb_dfa_new(
    const struct eb_nfa *nfa, enum eb_dfa_scope scope, struct eb_arena *scratch);

/* Every byte is a step, and so is seeing the end; a subject that decides before is not read on. */
enum eb_regex_result eb_dfa_run(
    const struct eb_dfa *dfa, struct eb_span subject, uint32_t steps_max);

/* The same from the last byte to the first; the steps it takes are taken off `*steps_left`. */
enum eb_regex_result eb_dfa_run_back(
    const struct eb_dfa *dfa, struct eb_span subject, uint32_t *steps_left);

#endif
