/*
 * regex_pcre.h - a tree written out as a PCRE2 expression that means the same.
 *
 * Nothing of PCRE2's own notion of \d, \s, ".", "$" or letter case is relied upon: classes are
 * spelled out as code points, "^" is \A and "$" is \z, groups that nobody refers to do not capture.
 *
 * What cannot be said in PCRE2 is refused: a look-behind whose length varies, a count over 65535,
 * and the rare back-references for which PCRE2 would remember what ECMA-262 forgets.
 */
#ifndef EB_TEXT_REGEX_PCRE_H
#define EB_TEXT_REGEX_PCRE_H

#include "text/regex_tree.h"

/*
 * The expression, given in `arena` and NUL-terminated, for PCRE2_UTF | PCRE2_ANCHORED |
 * PCRE2_MATCH_UNSET_BACKREF. ptr is NULL, with `*fault`, when there is none or memory ran out.
 *
 * It is anchored, with a lazy loop in front when the tree is not: PCRE2 counts steps anew at each
 * place it starts from, so a search that started from everywhere would have no budget as a whole.
 */
struct eb_span eb_regex_pcre_write(
    const struct eb_regex_tree *tree, struct eb_arena *arena, struct eb_regex_fault *fault);

#endif
