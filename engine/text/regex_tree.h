/*
 * regex_tree.h - an ECMA-262 expression as a tree: what the parser yields and the matchers compile.
 *
 *     ^(a|b)+$      SEQUENCE ── ASSERTION start
 *                            ├─ REPEAT 1.. ── GROUP 1 ── CHOICE ── SET a
 *                            │                                  └─ SET b
 *                            └─ ASSERTION end
 *
 * Names, escapes and case of writing are gone; what a class holds is a set of code points. A tree
 * lives in the arena it was parsed into.
 */
#ifndef EB_TEXT_REGEX_TREE_H
#define EB_TEXT_REGEX_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "text/regex.h"
#include "text/unicode_names.h"

enum { EB_REGEX_UNBOUNDED = UINT32_MAX };

struct eb_code_range {
    uint32_t first, last; /* inclusive */
};

/* A property as it was asked for inside a class: \p or \P. */
struct eb_regex_property {
    struct eb_regex_property *next;
    struct eb_unicode_property property;
    bool is_negated;
};

/*
 * Code points: the ranges, sorted and apart, and whatever has one of the properties; all but those
 * when `is_negated`, which is set only when there are properties.
 */
struct eb_regex_set {
    struct eb_code_range *ranges;
    uint32_t count;
    bool is_negated;
    struct eb_regex_property *properties;
};

enum eb_regex_node_type {
    EB_REGEX_SET,
    EB_REGEX_SEQUENCE, /* the children one after the other; none: the empty expression */
    EB_REGEX_CHOICE,   /* one of the children, the first that works */
    EB_REGEX_REPEAT,
    EB_REGEX_GROUP,
    EB_REGEX_REFERENCE,
    EB_REGEX_LOOK,
    EB_REGEX_ASSERTION,
};

enum eb_regex_assertion {
    EB_REGEX_START,
    EB_REGEX_END,
    EB_REGEX_WORD_EDGE,
    EB_REGEX_NO_WORD_EDGE,
};

struct eb_regex_node {
    enum eb_regex_node_type type;
    uint32_t offset; /* into the pattern */
    struct eb_regex_node *parent;
    struct eb_regex_node *previous, *next; /* children of the same parent */
    struct eb_regex_node *body, *last;     /* the first child and the last */
    union {
        struct eb_regex_set set;
        struct {
            uint32_t min, max; /* max may be EB_REGEX_UNBOUNDED */
            bool is_lazy;
        } repeat;
        uint32_t group; /* of a group and of a reference: counted from 1 */
        struct {
            bool is_behind, is_negated;
        } look;
        enum eb_regex_assertion assertion;
    };
};

struct eb_regex_tree {
    struct eb_regex_node *root;
    uint32_t group_count;
    struct eb_regex_node **groups; /* by number; [0] is NULL */
    bool *is_referenced;           /* by number of the group */
};

enum eb_regex_strictness {
    /* ECMA-262 §22.2.1 with the u flag, to the letter. */
    EB_REGEX_STRICT,
    /* The same, and two things that schemas in use do and every engine without the flag takes:
     * a backslash before any ASCII punctuation, as in "\-", and a hyphen beside a class escape,
     * as in "[\w-.]". Neither could mean anything else. */
    EB_REGEX_LENIENT,
};

/*
 * Parse `pattern` into `arena`. False, with `*fault`, when it is not an expression or memory ran
 * out. Without an arena it is only judged, and `*tree` left alone: needs no memory at all.
 */
bool eb_regex_parse(struct eb_span pattern, enum eb_regex_strictness strictness,
    struct eb_arena *arena, struct eb_regex_tree *tree, struct eb_regex_fault *fault);

#endif
