/*
 * compat_goal.c - goals: those met before, those that come up inside themselves, and the others.
 */
#include "schema/compat_prover.h"

#include <stdlib.h>

#include "base/limits.h"

static int compare_keys(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* The goal's nodes by their classes, each once. False when it contradicts itself. */
static bool find_keys(struct eb_prover *prover, struct eb_goal *goal)
{
    uint32_t count = 0, kept = 0;
    for (const struct eb_literal *literal = goal->literals; literal; literal = literal->next)
        count++;
    uint32_t *keys = EB_PROVER_ARRAY(prover, uint32_t, count);
    if (!keys)
        return true;
    count = 0;
    for (const struct eb_literal *literal = goal->literals; literal; literal = literal->next) {
        if (literal->type == EB_LITERAL_NODE)
            keys[count++] = 2 * prover->classes[literal->side][literal->node] + literal->is_not;
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (uint32_t i = 0; i < count; i++) {
        if (kept && keys[kept - 1] == keys[i])
            continue;
        if (kept && (keys[i] & 1) && keys[kept - 1] == keys[i] - 1)
            return false;
        keys[kept++] = keys[i];
    }
    goal->keys = keys;
    goal->key_count = kept;
    return true;
}

static bool is_plain(const struct eb_goal *goal)
{
    for (const struct eb_literal *literal = goal->literals; literal; literal = literal->next) {
        if (literal->type != EB_LITERAL_NODE || literal->focus)
            return false;
    }
    return true;
}

static bool is_subset(const struct eb_goal *small, const struct eb_goal *large)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < small->key_count; i++) {
        while (at < large->key_count && large->keys[at] < small->keys[i])
            at++;
        if (at == large->key_count || large->keys[at] != small->keys[i])
            return false;
    }
    return true;
}

/* The outermost goal around this one that any value meeting this one would meet. */
static const struct eb_goal *goal_above(const struct eb_goal *goal)
{
    const struct eb_goal *found = NULL;
    for (const struct eb_goal *outer = goal->outer; outer; outer = outer->outer) {
        if (outer->keys && is_plain(outer) && is_subset(outer, goal))
            found = outer;
    }
    return found;
}

static struct eb_span keys_span(const struct eb_goal *goal)
{
    return eb_span((const char *)goal->keys, goal->key_count * sizeof *goal->keys);
}

static void remember(
    struct eb_prover *prover, const struct eb_goal *goal, const struct eb_answer *answer)
{
    struct eb_answer *copy = EB_ARENA_NEW(&prover->kept, struct eb_answer);
    struct eb_span key = eb_arena_copy(&prover->kept, keys_span(goal));
    if (!copy || !key.ptr)
        return;
    *copy = *answer;
    eb_map_put(&prover->answers, key, copy);
}

/* Works on the goal in memory that is given back; what it found is kept. */
static struct eb_answer work_on(
    struct eb_prover *prover, const struct eb_goal *goal, uint32_t kinds)
{
    struct eb_arena_mark mark = eb_arena_mark(&prover->work);
    struct eb_answer answer = eb_prove_kinds(prover, goal, kinds);
    if (answer.proof == EB_PROOF_FOUND) {
        answer.text = eb_arena_copy(&prover->kept, answer.text);
        if (!answer.text.ptr)
            answer.proof = EB_PROOF_UNSURE;
    }
    eb_arena_rewind(&prover->work, mark);
    return answer;
}

static struct eb_answer prove_goal(struct eb_prover *prover, struct eb_goal *goal)
{
    if (!find_keys(prover, goal))
        return eb_answer(EB_PROOF_EMPTY);
    const struct eb_goal *above = goal->keys ? goal_above(goal) : NULL;
    if (above) {
        if (above->depth < prover->leans_on)
            prover->leans_on = above->depth;
        return eb_answer(EB_PROOF_EMPTY);
    }
    bool is_known_by_keys = goal->keys && goal->key_count && is_plain(goal);
    const struct eb_answer *known =
        is_known_by_keys ? eb_map_get(&prover->answers, keys_span(goal)) : NULL;
    if (known)
        return *known;
    uint32_t leaned_on = prover->leans_on;
    prover->leans_on = UINT32_MAX;
    struct eb_answer answer = work_on(prover, goal, EB_KINDS_ALL);
    if (prover->leans_on >= goal->depth)
        prover->leans_on = UINT32_MAX; /* what it took for granted was about itself, or inside it */
    bool is_lasting = answer.proof == EB_PROOF_FOUND || prover->leans_on == UINT32_MAX;
    if (is_known_by_keys && is_lasting && !prover->is_exhausted)
        remember(prover, goal, &answer);
    if (leaned_on < prover->leans_on)
        prover->leans_on = leaned_on;
    return answer;
}

struct eb_answer eb_prove(
    struct eb_prover *prover, const struct eb_goal *outer, const struct eb_literal *literals)
{
    struct eb_goal goal = {
        .outer = outer, .literals = literals, .depth = outer ? outer->depth + 1 : 0
    };
    if (!eb_prover_step(prover) || goal.depth > EB_COMPAT_DEPTH_MAX)
        return eb_answer(EB_PROOF_UNSURE);
    return prove_goal(prover, &goal);
}

struct eb_answer eb_prove_name(
    struct eb_prover *prover, const struct eb_goal *outer, const struct eb_literal *literals)
{
    struct eb_goal goal = {
        .outer = outer, .literals = literals, .depth = outer ? outer->depth + 1 : 0
    };
    if (!eb_prover_step(prover) || goal.depth > EB_COMPAT_DEPTH_MAX)
        return eb_answer(EB_PROOF_UNSURE);
    return work_on(prover, &goal, EB_KINDS_STRING);
}
