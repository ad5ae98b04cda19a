/*
 * compat_prover.h - is there a value that meets all of these demands? Internal to compatibility.
 *
 * One schema includes another when no value is valid under the one and invalid under the other. So
 * everything comes down to goals: sets of literals ("accepted by node 7 of the old schema",
 * "refused by node 3 of the new one") and whether one value can meet them all. Both schemas are
 * programs already: drafts, references and dynamic scopes have been settled by the compiler, and
 * what is left are the checks of program.h.
 *
 *     goal ──► for each kind of value ──► literals taken apart into facts (what one check demands)
 *                                         and choices (anyOf, a check that can fail in several
 * ways) ──► facts alone are solved: number, string, array, object; parts of values are new goals
 *          ──► a choice that the value found does not meet is branched over; the others never are
 *
 * An answer is EMPTY only by proof, and FOUND only with a value that the validator has judged by
 * every literal of the goal. Whatever is left out on the way (a format, a look-ahead) can turn an
 * answer into UNSURE and into nothing else: leaving out demands only makes more values possible.
 *
 * Recursive schemas: if a goal can be met, it is met by some value that has no part meeting it. So
 * a goal that comes up again inside itself counts as EMPTY there.
 */
#ifndef EB_SCHEMA_COMPAT_PROVER_H
#define EB_SCHEMA_COMPAT_PROVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "schema/map.h"
#include "schema/program.h"
#include "schema/run.h"

enum eb_proof {
    EB_PROOF_EMPTY, /* no value meets the goal */
    EB_PROOF_FOUND, /* this one does */
    EB_PROOF_UNSURE,
};

struct eb_answer {
    enum eb_proof proof;
    struct eb_span text; /* the value found, JSON; else ptr NULL */
};

/* ---- compat_way.c: the ways in which a check can fail ---- */

enum eb_way_type {
    EB_WAY_ITSELF,
    EB_WAY_REFERENCE, /* `node` refuses the same value */
    EB_WAY_BELOW_MIN,
    EB_WAY_ABOVE_MAX,
    EB_WAY_REQUIRED,         /* name `index` is missing */
    EB_WAY_PROPERTY,         /* `node` refuses the member of name `index` */
    EB_WAY_PATTERN,          /* … a member whose name matches pattern `index` */
    EB_WAY_ADDITIONAL,       /* … a member nothing else speaks of */
    EB_WAY_PREFIX_ITEM,      /* … element `index` */
    EB_WAY_REST_ITEM,        /* … an element behind the prefix */
    EB_WAY_MEMBER_NAME,      /* … a name */
    EB_WAY_DEPENDENT_NAME,   /* dependency `index` asks for name `other`, which is missing */
    EB_WAY_DEPENDENT_SCHEMA, /* … for `node`, which refuses the same value */
    EB_WAY_THEN,             /* the condition holds, `node` refuses */
    EB_WAY_ELSE,
    EB_WAY_INNER,       /* unevaluated…: the rest of the schema refuses */
    EB_WAY_UNEVALUATED, /* `node` refuses a member or element nothing has evaluated */
};

struct eb_way {
    enum eb_way_type type;
    uint32_t index, other;
    uint32_t node;
};

/* All ways of `check`, given in `arena`; NULL without memory. */
const struct eb_way *eb_ways_of(const struct eb_op *check, uint32_t *count, struct eb_arena *arena);

/* "Refused by the node because check `check` fails this way, and there because …" */
struct eb_focus {
    const struct eb_focus *next; /* NULL: for whatever reason */
    uint32_t check;              /* index among the node's checks */
    const struct eb_way *way;
};

/* ---- literals ---- */

enum eb_literal_type {
    EB_LITERAL_NODE,    /* the node accepts */
    EB_LITERAL_CHECK,   /* the check holds; negated: fails in `way` (NULL: in any) */
    EB_LITERAL_PRESENT, /* the object has the member `text` */
    EB_LITERAL_ABSENT,
    EB_LITERAL_COVER,  /* `node` accepts every part that `cover` does not evaluate */
    EB_LITERAL_REGEX,  /* the string matches `regex`, the pattern `text` */
    EB_LITERAL_REJECT, /* the value is not `text`, JSON */
};

/* One `unevaluated…` under way: known by its address. */
struct eb_cover {
    char name;
};

struct eb_literal {
    const struct eb_literal *next;
    uint8_t type;
    uint8_t side; /* which schema */
    bool is_not;
    uint32_t node;
    const struct eb_op *check;
    const struct eb_way *way;
    const struct eb_focus *focus;
    const struct eb_cover *cover; /* what is evaluated here counts for it */
    struct eb_span text;
    const struct eb_regex *regex;
};

/* A fact about how many there are, a check with a least and a greatest count, narrows both down. */
void eb_literal_bound(const struct eb_literal *fact, uint64_t *min, uint64_t *max);

struct eb_goal {
    const struct eb_goal *outer;
    const struct eb_literal *literals;
    const uint32_t *keys; /* of its nodes, sorted; NULL: not found yet */
    uint32_t key_count;
    uint32_t depth;
};

struct eb_prover {
    const struct eb_schema *schemas[2];
    const uint32_t *classes[2]; /* by node: nodes of one class accept the same values */
    bool splits_numbers;        /* 1 and 1.0 are told apart somewhere (draft 4) */
    struct eb_arena work;       /* reserved */
    struct eb_arena run;        /* reserved: of the validator */
    struct eb_arena kept;       /* growing: answers */
    struct eb_map answers;      /* by keys */
    struct eb_regex_runner *runner;
    uint32_t steps;    /* that are left for the question at hand */
    uint32_t leans_on; /* the outermost goal that an EMPTY since took for granted to be EMPTY */
    bool is_exhausted; /* of steps or memory: nothing counts as EMPTY any more */
};

/* ---- compat_class.c ---- */

/*
 * Numbers for the nodes of both schemas, the same for two nodes only if they accept the same
 * values: they consist of equal checks over nodes of equal classes. False without memory.
 */
bool eb_node_classes(struct eb_prover *prover);

/* ---- compat_prover.c ---- */

/* False without memory; release it either way. */
bool eb_prover_init(
    struct eb_prover *prover, const struct eb_schema *first, const struct eb_schema *second);
void eb_prover_release(struct eb_prover *prover);

/* `literal` in front of `list`; NULL, and the prover exhausted, without memory. */
const struct eb_literal *eb_literal_add(
    struct eb_prover *prover, struct eb_literal literal, const struct eb_literal *list);

/* The same for "`node` of schema `side` accepts". */
const struct eb_literal *eb_literal_add_node(
    struct eb_prover *prover, uint8_t side, uint32_t node, const struct eb_literal *list);

/* The text of the pattern of a PATTERN check; ptr NULL without memory. */
struct eb_span eb_pattern_text(struct eb_prover *prover, const struct eb_literal *literal);

void *eb_prover_alloc(struct eb_prover *prover, size_t count, size_t bytes);
#define EB_PROVER_ARRAY(prover, type, count)                                                       \
    ((type *)eb_prover_alloc((prover), (count), sizeof(type)))

/* One more step; false when there have been too many. */
bool eb_prover_step(struct eb_prover *prover);

static inline struct eb_answer eb_answer(enum eb_proof proof)
{
    return (struct eb_answer){ .proof = proof };
}

/* ---- compat_judge.c ---- */

/* Whether the value `text` meets them all, by the validator; UNSURE when it met a limit. */
enum eb_proof eb_literals_judge(
    struct eb_prover *prover, const struct eb_literal *literals, struct eb_span text);

/* ---- compat_goal.c ---- */

/* A value of any kind that meets `literals`, a part of the value `outer` is about. */
struct eb_answer eb_prove(
    struct eb_prover *prover, const struct eb_goal *outer, const struct eb_literal *literals);

/* A string that does; `literals` may hold REGEX. */
struct eb_answer eb_prove_name(
    struct eb_prover *prover, const struct eb_goal *outer, const struct eb_literal *literals);

/* ---- compat_prove.c ---- */

/* A value of one of the kinds that meets the goal; nothing is remembered. */
struct eb_answer eb_prove_kinds(
    struct eb_prover *prover, const struct eb_goal *goal, uint32_t kinds);

/* ---- one function for each kind of value; `facts` speak of it ---- */

struct eb_task {
    struct eb_prover *prover;
    const struct eb_goal *goal;
    const struct eb_literal *facts;
    enum eb_kind kind;
};

struct eb_answer eb_solve_number(const struct eb_task *task); /* compat_number.c */
struct eb_answer eb_solve_string(const struct eb_task *task); /* compat_string.c */
struct eb_answer eb_solve_array(const struct eb_task *task);  /* compat_array.c */
struct eb_answer eb_solve_object(const struct eb_task *task); /* compat_object.c */

#endif
