/*
 * regex_nfa.h - a tree as an automaton over the bytes of UTF-8, as Thompson built them.
 *
 *     a+(?:é|$)     0 MATCH
 *                   1 END   → 0                 the subject must end here
 *                   2 BYTE A9 → 0
 *                   3 BYTE C3 → 2
 *                   4 SPLIT → 3, 1
 *                   5 SPLIT → 6, 4              once more, or on
 *                   6 BYTE 61 → 5               the start
 *
 * It is built from its end, each piece knowing where it leads. Alternatives share their tails:
 * two states that read the same and lead to the same are one.
 *
 * Nothing that looks around (a group's reference, look-ahead and -behind, \b) can be an automaton
 * of this kind, and what \p{…} holds only PCRE2 knows; those stay with PCRE2.
 */
#ifndef EB_TEXT_REGEX_NFA_H
#define EB_TEXT_REGEX_NFA_H

#include "text/regex_tree.h"

enum eb_nfa_type {
    EB_NFA_MATCH,
    EB_NFA_FAIL,
    EB_NFA_BYTE,  /* reads one byte from first to last */
    EB_NFA_SPLIT, /* reads nothing and goes both ways */
    EB_NFA_START, /* reads nothing; only where reading starts */
    EB_NFA_END,   /* reads nothing; only where there is nothing left to read */
};

struct eb_nfa_state {
    uint8_t type;
    uint8_t first, last;
    uint16_t next;
    uint16_t other; /* of a split */
};

struct eb_nfa {
    struct eb_nfa_state *states;
    uint32_t count;
    uint16_t start;
};

enum eb_nfa_direction {
    EB_NFA_FORWARD,
    EB_NFA_BACKWARD, /* reads the subject from right to left: what a look-behind is */
};

/*
 * The automaton of the expression at `root`, in `arena`. False when it cannot be one, when it would
 * have more than EB_REGEX_NFA_STATES_MAX states, or without memory; none of these is anybody's
 * fault. Backward there is no "$".
 */
bool eb_nfa_build(struct eb_nfa *nfa, const struct eb_regex_node *root,
    enum eb_nfa_direction direction, struct eb_arena *arena);

#endif
