/*
 * compat_object.h - an object whose members each meet what is said of their names. Internal to
 * compatibility.
 *
 * Names come in two sorts. Those that some fact mentions are in a table, each present, absent or
 * undecided. All others are strangers: what is said of them depends only on which of the patterns
 * they match, so strangers are looked for by set of patterns, and a name that matches just these is
 * made up where one is needed. Once made up it is in the table.
 *
 *     compat_object_facts.c   the table, and what else facts say of the object
 *     compat_object_value.c   what the value of a member must meet
 *     compat_object_name.c    names: which patterns they match, and those made up
 *     compat_object.c         who is there, and with which value
 */
#ifndef EB_SCHEMA_COMPAT_OBJECT_H
#define EB_SCHEMA_COMPAT_OBJECT_H

#include "schema/compat_prover.h"

enum {
    EB_OBJECT_PATTERNS_MAX = 6, /* different ones: 2^6 sorts of strangers */
    EB_OBJECT_DEMANDS_MAX = 8,  /* members somewhere that must fail */
};

enum eb_presence {
    EB_MEMBER_UNDECIDED,
    EB_MEMBER_PRESENT,
    EB_MEMBER_ABSENT,
};

struct eb_object_member {
    struct eb_span name;
    enum eb_presence presence;
    const struct eb_literal *demands; /* on its value, besides what the facts say */
    uint32_t patterns;                /* that it matches */
    bool may_be_named;                /* `propertyNames` accept it */
    struct eb_span text;              /* of its value, once found */
};

struct eb_object {
    const struct eb_task *task;
    uint64_t min, max; /* members */
    struct eb_object_member *members;
    uint32_t count, capacity;
    struct eb_map index_by_name;                                      /* index + 1 */
    const struct eb_pattern_member *patterns[EB_OBJECT_PATTERNS_MAX]; /* one for each text */
    uint32_t pattern_count;
    const struct eb_literal
        *demands[EB_OBJECT_DEMANDS_MAX]; /* facts that a member somewhere is to meet */
    uint32_t demand_count;
    uint32_t strangers;
    bool has_too_many;
    bool is_refuted;
    bool has_exclusions;
};

/* A name: its text, ptr NULL for a stranger, and the patterns it matches. */
struct eb_object_name {
    struct eb_span text;
    uint32_t patterns;
};

static inline struct eb_object_name eb_object_name_of(const struct eb_object_member *member)
{
    return (struct eb_object_name){ member->name, member->patterns };
}

static inline bool eb_is_check(const struct eb_literal *fact, enum eb_opcode code)
{
    return fact->type == EB_LITERAL_CHECK && fact->check->code == code;
}

static inline const struct eb_members *eb_members_of(const struct eb_literal *fact)
{
    bool is_members = fact->type == EB_LITERAL_CHECK && fact->check->code >= EB_OP_MEMBERS &&
                      fact->check->code <= EB_OP_MEMBERS_OPEN;
    return is_members ? fact->check->at : NULL;
}

/* ---- compat_object_facts.c ---- */

/* Takes in what the fact says. */
void eb_object_gather(struct eb_object *objects, const struct eb_literal *fact);

/* The member of this name in the table, put in if it was not. NULL, noted, without room. */
struct eb_object_member *eb_object_member(struct eb_object *objects, struct eb_span name);

/* "The node refuses", where `fact` sees it fail, in front of `demands`. */
const struct eb_literal *eb_object_add_failing(struct eb_object *objects,
    const struct eb_literal *fact, uint32_t node, const struct eb_literal *demands);

/* ---- compat_object_value.c ---- */

/* Whether the properties or patterns of one op speak of the name, rather than its rest. */
bool eb_object_speaks_of(const struct eb_object *objects, const struct eb_members *members,
    const struct eb_object_name *name);

/* Whether something that counts for the cover has evaluated the member. */
bool eb_object_is_covered(const struct eb_object *objects, const struct eb_cover *cover,
    const struct eb_object_name *name);

/* The pattern as a bit in sets of them. */
uint32_t eb_object_pattern_bit(
    const struct eb_object *objects, const struct eb_pattern_member *pattern);

/* All that is said of the value of a member of this name, in front of `demands`. */
const struct eb_literal *eb_object_value_demands(
    struct eb_object *objects, const struct eb_object_name *name, const struct eb_literal *demands);

/* A value for the member. */
struct eb_answer eb_object_find_value(
    struct eb_object *objects, const struct eb_object_member *member);

/* ---- compat_object_name.c ---- */

/* The name as a JSON string; ptr NULL, and the prover exhausted, without memory. */
struct eb_span eb_object_quote(struct eb_object *objects, struct eb_span name);

/* Which patterns the member's name matches, and whether `propertyNames` accept it. */
void eb_object_find_patterns(struct eb_object *objects, struct eb_object_member *member);
void eb_object_judge_name(struct eb_object *objects, struct eb_object_member *member);

/*
 * Puts in a stranger that matches exactly `patterns`, with a value that meets `on_value` and a name
 * that meets `on_name` as well.
 */
enum eb_proof eb_object_put_stranger(struct eb_object *objects, uint32_t patterns,
    const struct eb_literal *on_value, const struct eb_literal *on_name);

/* Any at all. */
enum eb_proof eb_object_put_any_stranger(struct eb_object *objects);

#endif
