/*
 * run.h - a program judging a document: what validate.c does for a verdict, and explain.c asks
 * again to find out why.
 */
#ifndef EB_SCHEMA_RUN_H
#define EB_SCHEMA_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "schema/program.h"

enum eb_limit {
    EB_LIMIT_NONE,
    EB_LIMIT_REGEX,
    EB_LIMIT_NUMBER,
    EB_LIMIT_DEPTH,
    EB_LIMIT_STEPS,
    EB_LIMIT_MEMORY,
};

struct eb_run {
    const struct eb_token *tokens; /* of the document */
    const char *text;
    uint32_t words_end;          /* before this offset 8 bytes can be read at once */
    const struct eb_node *nodes; /* of the program */
    const struct eb_op *code;
    const struct eb_schema *schema;
    const struct eb_doc *doc;
    struct eb_arena *arena;
    struct eb_regex_runner *runner;
    /*
     * Bits of the members or elements of the value at hand that have been evaluated. Ops that are
     * tracked run only below an `unevaluated…` of that same value, which provides them.
     */
    uint64_t *seen;
    int64_t steps_left;
    enum eb_limit limit; /* the first bound exceeded: no verdict counts any more */
};

void eb_run_init(struct eb_run *run, const struct eb_schema *schema, const struct eb_doc *doc,
    struct eb_validation *validation);

/* As if nothing had been judged yet: no limit exceeded, all steps left. */
void eb_run_restart(struct eb_run *run);

/* Whether `node` accepts the value at `token`. Depth counts the calls under way. */
bool eb_run_accepts(struct eb_run *run, uint32_t node, uint32_t token, uint32_t depth);

/* Whether one op alone does. */
bool eb_run_op(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth);

/*
 * Provides the marks of a tracked value, zeroed, and says what was there before; the arena keeps
 * them until it is rewound. NULL, with the limit set, without memory.
 */
struct eb_run_marks {
    struct eb_arena_mark arena;
    uint64_t *outer;
};
uint64_t *eb_run_track(
    struct eb_run *run, const struct eb_token *value, struct eb_run_marks *marks);

/* Notes that a bound was exceeded; false, for who has to answer something. */
bool eb_run_exceed(struct eb_run *run, enum eb_limit limit);

/* Takes steps from those left; false, and the limit noted, when there are no more. */
static inline bool eb_run_spend(struct eb_run *run, uint64_t steps)
{
    run->steps_left -= (int64_t)steps;
    return run->steps_left >= 0 || eb_run_exceed(run, EB_LIMIT_STEPS);
}

/* Its elements or members. */
static inline uint32_t eb_run_parts(const struct eb_token *value)
{
    return value->type >= EB_JSON_ARRAY ? value->count : 0;
}

/* For a string or number that is long; what is shorter is paid for with what holds it. */
static inline bool eb_run_pay(struct eb_run *run, const struct eb_token *value)
{
    enum { LONG_BYTES = 1024 };
    return value->len <= LONG_BYTES || eb_run_spend(run, value->len / EB_SCHEMA_STEP_BYTES);
}

/* Whether the set has the value, which is no string. */
bool eb_value_set_has(
    struct eb_run *run, const struct eb_value_set *set, const struct eb_token *value);

/* Which names of a set are members of the object: a bit each, in the run's arena. */
uint64_t *eb_run_presence(struct eb_run *run, const struct eb_names *names, uint32_t object);

/* Whether 8 bytes can be read from where a string begins. */
static inline bool eb_run_is_readable(const struct eb_run *run, const struct eb_token *value)
{
    return value->start < run->words_end;
}

static inline bool eb_bit(const uint64_t *bits, uint32_t index)
{
    return bits[index / 64] >> (index % 64) & 1;
}

static inline void eb_set_bit(uint64_t *bits, uint32_t index)
{
    bits[index / 64] |= UINT64_C(1) << (index % 64);
}

/* ---- scalar.c ---- */

/* Code that needs no frame: its first op, which goes on to the end. */
typedef bool eb_scalar_op(struct eb_run *run, const struct eb_op *op, const struct eb_token *value);
extern eb_scalar_op *const eb_scalar_ops[EB_OP_CONTENT + 1];

static inline bool eb_scalar_passes(
    struct eb_run *run, const struct eb_op *code, const struct eb_token *value)
{
    return eb_scalar_ops[code->code](run, code, value);
}

/* One op of such code. */
bool eb_scalar_op_passes(struct eb_run *run, const struct eb_op *op, const struct eb_token *value);

/* ---- content.c ---- */

/* Whether the text is base64 (if asked for), and what it says JSON (if asked for). */
bool eb_content_check(struct eb_run *run, struct eb_span text, bool is_base64, bool is_json);

/* ---- explain.c ---- */

/* Fills in the validation's faults; `tokens`, when not NULL, gets each one's instance token. */
void eb_run_explain(
    struct eb_run *run, uint32_t token, struct eb_validation *validation, uint32_t *tokens);

#endif
