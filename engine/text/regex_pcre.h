/*
 * regex_pcre.h - a tree written out as a PCRE2 expression that means the same.
 *
 * Nothing of PCRE2's own notion of \d, \s, ".", "$" or letter case is relied upon: classes are
 * spelled out as code points, "^" is \A and "$" is \z, groups that nobody refers to do not capture.
 *
 * What cannot be said in PCRE2 is refused: a group repeated over 65535 times, the rare
 * back-references for which PCRE2 would remember what ECMA-262 forgets, and a look-behind whose
 * length varies and which is no automaton either.
 */
#ifndef EB_TEXT_REGEX_PCRE_H
#define EB_TEXT_REGEX_PCRE_H

#include "text/regex_tree.h"

enum { EB_PCRE_BEHIND_MAX = 255 }; /* PCRE2 numbers call-outs in a byte */

/*
 * The expression, for PCRE2_UTF | PCRE2_ANCHORED | PCRE2_MATCH_UNSET_BACKREF, in an arena.
 *
 * It is anchored, with a lazy loop in front when the tree is not: PCRE2 counts steps anew at each
 * place it starts from, so a search that started from everywhere would have no budget as a whole.
 *
 * PCRE2 takes no look-behind whose length varies. Where one stands, the text has a call-out, whose
 * number counts from 1: whoever runs the expression must answer whether `behind[number - 1]` holds
 * there. Those are trees that eb_nfa_build() takes backward.
 */
struct eb_pcre_text {
    struct eb_span text;
    uint32_t behind_count;
    const struct eb_regex_node *behind[EB_PCRE_BEHIND_MAX];
};

/* False, with `*fault`, when it cannot be said in PCRE2 or memory ran out. */
bool eb_regex_pcre_write(struct eb_pcre_text *out, const struct eb_regex_tree *tree,
    struct eb_arena *arena, struct eb_regex_fault *fault);

#endif
