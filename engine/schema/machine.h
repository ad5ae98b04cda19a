/*
 * machine.h - what the files of the machine share: validate.c runs code, validate_object.c knows
 * what is asked of objects, scalar.c what is asked of strings and numbers.
 *
 * A value is handed on as a pointer to its first token. Depth counts the frames under way.
 */
#ifndef EB_SCHEMA_MACHINE_H
#define EB_SCHEMA_MACHINE_H

#include "schema/run.h"

#define EACH_ELEMENT(tokens, array, element)                                                       \
    for (const struct eb_token *element = (array) + 1, *element##_end = (tokens) + (array)->next;  \
         element < element##_end; element = (tokens) + element->next)
#define EACH_MEMBER(tokens, object, name)                                                          \
    for (const struct eb_token *name = (object) + 1, *name##_end = (tokens) + (object)->next;      \
         name < name##_end; name = (tokens) + name[1].next)

/* Where the compiler's own judgement costs a tenth of an event's time. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

/* ---- validate.c ---- */

/* Runs code that needs a frame. */
bool eb_run_execute(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value, uint32_t depth);

/* Zeroed bits in the arena; NULL, and the limit noted, without room. */
uint64_t *eb_run_bits(struct eb_run *run, uint32_t count);

static ALWAYS_INLINE bool accepts(
    struct eb_run *run, uint32_t node, const struct eb_token *value, uint32_t depth)
{
    uint32_t entry = run->nodes[node].entry[eb_kind_of(value)];
    if (entry <= EB_ENTRY_FAIL)
        return entry == EB_ENTRY_PASS;
    if (entry & EB_ENTRY_NEEDS_FRAME)
        return eb_run_execute(run, run->code + (entry & ~EB_ENTRY_NEEDS_FRAME), value, depth + 1);
    return eb_run_pay(run, value) && eb_scalar_passes(run, run->code + entry, value);
}

static inline uint32_t index_of(const struct eb_run *run, const struct eb_token *value)
{
    return (uint32_t)(value - run->tokens);
}

/* ---- validate_object.c: one function an op ---- */

bool eb_members_pass(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *object, uint32_t depth);
bool eb_closed_members_pass(struct eb_run *run, const struct eb_members *members,
    const struct eb_token *object, uint32_t depth);
bool eb_open_members_pass(struct eb_run *run, const struct eb_members *members,
    const struct eb_token *object, uint32_t depth);
bool eb_member_names_pass(
    struct eb_run *run, uint32_t node, const struct eb_token *object, uint32_t depth);
bool eb_dependencies_hold(struct eb_run *run, const struct eb_dependencies *op,
    const struct eb_token *object, uint32_t depth);

#endif
