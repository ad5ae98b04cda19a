/*
 * program.h - what a schema is compiled into.
 *
 * Values come in eight kinds: the seven types of a token, numbers told apart by whether a fraction
 * or an exponent was written. A node (one schema, in one dynamic scope) has an entry per kind:
 * where in `code` the work for such a value begins. Entry 0 accepts, entry 1 refuses, so `type`
 * costs nothing, and neither does a keyword that says nothing about the value's kind.
 *
 *     {"type":["string","null"],"maxLength":9}
 *
 *     entry   NULL 0   FALSE 1   TRUE 1   DECIMAL 1   STRING 17   ARRAY 1   OBJECT 1   INTEGER 1
 *     code    … 17: LENGTH 0..9   18: PASS
 *
 * `checks` hold the same work as the schema's author wrote it, one check for each keyword: the
 * explainer walks these, and `code` is made of them. Both are made of the same ops.
 *
 * Immutable once compiled; lives in the library's arena.
 */
#ifndef EB_SCHEMA_PROGRAM_H
#define EB_SCHEMA_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/library.h"
#include "schema/names.h"
#include "text/format.h"
#include "json/number.h"

enum eb_kind {
    EB_KIND_NULL = EB_JSON_NULL,
    EB_KIND_FALSE = EB_JSON_FALSE,
    EB_KIND_TRUE = EB_JSON_TRUE,
    EB_KIND_DECIMAL = EB_JSON_NUMBER,
    EB_KIND_STRING = EB_JSON_STRING,
    EB_KIND_ARRAY = EB_JSON_ARRAY,
    EB_KIND_OBJECT = EB_JSON_OBJECT,
    EB_KIND_INTEGER = EB_JSON_NUMBER + EB_TOKEN_IS_INTEGER,
    EB_KIND_COUNT,
};

_Static_assert(
    EB_KIND_INTEGER == 7 && EB_KIND_COUNT == 8, "type plus the integer flag is the kind");

static inline enum eb_kind eb_kind_of(const struct eb_token *token)
{
    return (enum eb_kind)(token->type + (token->flags & EB_TOKEN_IS_INTEGER));
}

/* Sets of kinds. */
enum {
    EB_KINDS_BOOLEAN = 1 << EB_KIND_FALSE | 1 << EB_KIND_TRUE,
    EB_KINDS_NUMBER = 1 << EB_KIND_DECIMAL | 1 << EB_KIND_INTEGER,
    EB_KINDS_STRING = 1 << EB_KIND_STRING,
    EB_KINDS_ARRAY = 1 << EB_KIND_ARRAY,
    EB_KINDS_OBJECT = 1 << EB_KIND_OBJECT,
    EB_KINDS_ALL = 255,
};

enum eb_opcode {
    EB_OP_PASS, /* accept: the end of a node's code */
    EB_OP_FAIL,
    EB_OP_TYPE, /* a: kinds allowed; b: as they were written */
    /* from here to the next comment: ops that need no frame */
    EB_OP_INTEGRAL,    /* a number without fractional part */
    EB_OP_VALUES,      /* enum, const: one of a set of values (of any type) */
    EB_OP_STRINGS,     /* one of the strings of such a set */
    EB_OP_RANGE,       /* between two numbers */
    EB_OP_SMALL_RANGE, /* the same between integers that fit, for numbers written as integers */
    EB_OP_SMALL_RANGE_OF_DECIMAL, /* and for the others */
    EB_OP_MULTIPLE,
    EB_OP_LENGTH, /* a..b code points */
    EB_OP_PATTERN,
    EB_OP_FORMAT,
    EB_OP_CONTENT, /* a: base64; b: JSON */
    /* ops that look into a value, or apply schemas to it: these do */
    EB_OP_ITEM_COUNT, /* a..b elements */
    EB_OP_UNIQUE,
    EB_OP_ITEMS,
    EB_OP_CONTAINS,
    EB_OP_MEMBER_COUNT, /* a..b members */
    EB_OP_MEMBERS,
    EB_OP_MEMBERS_CLOSED, /* MEMBERS of names alone, no others allowed */
    EB_OP_MEMBERS_OPEN,   /* MEMBERS of names alone, any others allowed */
    EB_OP_MEMBER_NAMES,   /* a: node for every name */
    EB_OP_DEPENDENCIES,
    EB_OP_CALL, /* a: node that must accept the same value */
    EB_OP_ANY,
    EB_OP_ONE,
    EB_OP_NOT, /* a: node */
    EB_OP_IF,  /* a, b, c: nodes */
    EB_OP_UNEVALUATED_MEMBERS,
    EB_OP_UNEVALUATED_ITEMS,
};

static inline bool eb_op_is_scalar(enum eb_opcode code)
{
    return code >= EB_OP_INTEGRAL && code <= EB_OP_CONTENT;
}

enum { EB_NODE_TRUE = 0 }; /* accepts everything */

enum {
    EB_ENTRY_PASS = 0,
    EB_ENTRY_FAIL = 1,
};

/* The flag of an entry whose code looks into the value, or applies schemas to it. */
#define EB_ENTRY_NEEDS_FRAME UINT32_C(0x80000000)

struct eb_op {
    uint8_t code;        /* enum eb_opcode */
    uint8_t kinds;       /* a check: the kinds of values it says something about */
    uint8_t keyword;     /* enum eb_keyword it comes from */
    bool is_tracked : 1; /* it marks the members or items it evaluates */
    bool is_last : 1;    /* code: PASS comes next */
    uint32_t a;
    union {
        struct {
            uint32_t b, c;
        };
        const void *at; /* one of the structs below, or an eb_regex, eb_format, eb_number */
    };
};

_Static_assert(sizeof(struct eb_op) == 16, "four ops a cache line");

struct eb_node {
    uint32_t entry[EB_KIND_COUNT];
};

/* Where a node comes from, and its checks: what the explainer needs. */
struct eb_origin {
    const struct eb_resource *resource;
    uint32_t token; /* of the schema, in the resource's document */
    uint32_t first_check;
    uint32_t check_count;
};

struct eb_schema {
    const struct eb_node *nodes;
    const struct eb_op *code;
    const struct eb_op *checks;
    const struct eb_origin *origins; /* by node; that of node 0 has no resource */
    uint32_t root;
    uint32_t node_count;
};

/* EB_OP_VALUES, EB_OP_STRINGS: the values stay in the schema's document. */
struct eb_value_set {
    const struct eb_doc *doc;
    const uint32_t *tokens; /* in the order written */
    uint32_t count;
    uint32_t kinds; /* that occur; both kinds of numbers if one does */
    struct eb_names strings;
    const uint32_t
        *others; /* those that are not strings: a table by value hash; free: EB_NO_TOKEN */
    uint32_t other_mask;
};

/* EB_OP_RANGE */
struct eb_number_range {
    struct eb_number min, max;
    bool has_min, has_max;
    bool excludes_min, excludes_max;
};

/*
 * EB_OP_SMALL_RANGE…: integers lie in min..max, both included; what lies between two integers has
 * the lower one in above..below-1. INT64_MIN and INT64_MAX are no bounds at all.
 */
struct eb_small_range {
    int64_t min, max;
    int64_t min_rank, max_rank; /* the same for literals of up to eight digits */
    int64_t above, below;
};

/*
 * The rank of an integer, which orders literals as what they are worth: see scalar.c. Of one with
 * more than eight digits, INT64_MIN or INT64_MAX.
 */
int64_t eb_integer_rank(int64_t number);

/* EB_OP_ITEMS */
struct eb_array_items {
    const uint32_t *prefix; /* nodes of the first elements */
    uint32_t prefix_count;
    uint32_t rest; /* node of the others */
    bool has_rest; /* `rest` was written, so it evaluates them */
    uint8_t prefix_keyword, rest_keyword;
};

/* EB_OP_CONTAINS */
struct eb_contains {
    uint32_t node;
    uint32_t min, max;
};

/* EB_OP_MEMBERS… */
struct eb_member {
    struct eb_name name; /* once more: whoever goes through members in order needs no index */
    uint32_t node;
    bool is_property; /* named in `properties` */
    bool is_required;
};

struct eb_pattern_member {
    const struct eb_regex *regex;
    struct eb_span pattern;
    uint32_t node;
};

struct eb_members {
    struct eb_names names;
    const struct eb_member *members; /* by index of the name */
    /* The same as bits when there are at most EB_NAMES_FEW names. */
    uint64_t required;
    uint64_t judged; /* whose value some schema has a say about */
    uint32_t required_count;
    uint32_t additional; /* node of members nobody names */
    bool has_additional; /* it was written, so it evaluates them */
    const struct eb_pattern_member *patterns;
    uint32_t pattern_count;
};

/* EB_OP_DEPENDENCIES: if the member is there, the names must be, and the node must accept. */
struct eb_dependency {
    uint32_t trigger; /* index of a name */
    const uint32_t *required;
    uint32_t required_count;
    uint32_t node;
    uint8_t keyword;
};

struct eb_dependencies {
    struct eb_names names;
    const struct eb_dependency *dependencies;
    uint32_t count;
};

/* EB_OP_ANY, EB_OP_ONE */
struct eb_branches {
    const uint32_t *nodes;
    uint32_t count;
};

/* EB_OP_UNEVALUATED_…: `inner` is the schema without this keyword, marking what it evaluates. */
struct eb_unevaluated {
    uint32_t inner;
    uint32_t node;
};

#endif
