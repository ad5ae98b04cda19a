/*
 * compat_change.h - a breaking change in words. Internal to compatibility.
 */
#ifndef EB_SCHEMA_COMPAT_CHANGE_H
#define EB_SCHEMA_COMPAT_CHANGE_H

#include "schema/compat.h"
#include "schema/compat_prover.h"

/*
 * The nodes of the other schema that speak of the same part of a value: several where references or
 * allOf put them together, none where it is silent.
 */
enum { EB_COUNTERPARTS_MAX = 8 };

struct eb_counterpart {
    const struct eb_counterpart *outer; /* of the value the part is of; NULL: the whole */
    uint32_t nodes[EB_COUNTERPARTS_MAX];
    uint32_t count;
};

/* Those for the whole value, and for the part that `way` of `check` leads to. */
struct eb_counterpart eb_counterpart_root(const struct eb_schema *other);
struct eb_counterpart eb_counterpart_below(const struct eb_schema *other,
    const struct eb_counterpart *outer, const struct eb_op *check, const struct eb_way *way);

/* What there is to say about one way in which a check of `schema` fails. */
struct eb_change_subject {
    const struct eb_schema *schema; /* the stricter one */
    const struct eb_schema *other;
    enum eb_compat_mode direction; /* BACKWARD: the stricter one is the new one */
    uint32_t node;
    const struct eb_op *check;
    const struct eb_way *way;
    const struct eb_counterpart *counterpart; /* of the node */
    bool is_proved;                           /* there is a witness */
};

/* Fills in everything but the witness. False without memory. */
bool eb_change_describe(
    struct eb_change *change, const struct eb_change_subject *subject, struct eb_arena *arena);

#endif
