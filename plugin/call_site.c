#include "call_site.h"

#include <string.h>
#include <unwind.h>

static bool is_at(const struct eb_call_stack *stack, const uintptr_t *places, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        if (stack->frames[i].place != places[i])
            return false;
    }
    return true;
}

/* The number of the site that `stack` is at; `count` when it is none of those known. */
static unsigned find(const struct eb_call_sites *sites, const struct eb_call_stack *stack)
{
    unsigned i = 0;
    while (i < sites->count && !is_at(stack, sites->sites[i].places, sites->depth))
        i++;
    return i;
}

static enum eb_call_kind kind_of(
    const struct eb_call_sites *sites, const struct eb_call_stack *stack)
{
    unsigned i = find(sites, stack);
    return i < sites->count ? sites->sites[i].kind : EB_CALL_UNKNOWN;
}

struct walk {
    struct eb_call_stack *stack;
    const struct eb_call_sites *sites;
    enum eb_call_kind kind;
};

/* Walking is slow, and a known site is known from its first frames. */
static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *of)
{
    struct walk *walk = of;
    struct eb_call_stack *stack = walk->stack;
    if (stack->count == EB_STACK_FRAMES_MAX)
        return _URC_END_OF_STACK;
    stack->frames[stack->count].place = _Unwind_GetIP(context);
    stack->frames[stack->count++].base = _Unwind_GetCFA(context);
    if (stack->count == walk->sites->depth)
        walk->kind = kind_of(walk->sites, stack);
    return walk->kind == EB_CALL_UNKNOWN ? _URC_NO_REASON : _URC_END_OF_STACK;
}

enum eb_call_kind eb_call_sites_ask(const struct eb_call_sites *sites, struct eb_call_stack *stack)
{
    struct walk walk = { .stack = stack, .sites = sites, .kind = EB_CALL_UNKNOWN };
    stack->count = 0;
    _Unwind_Backtrace(note_frame, &walk);
    stack->is_whole = walk.kind == EB_CALL_UNKNOWN && stack->count < EB_STACK_FRAMES_MAX;
    return walk.kind;
}

static void learn(
    struct eb_call_sites *sites, const struct eb_call_stack *asking, enum eb_call_kind kind)
{
    if (sites->count == EB_SITES_MAX)
        sites->count = 0; /* more than there can be: begin anew */
    for (unsigned i = 0; i < sites->depth; i++)
        sites->sites[sites->count].places[i] = asking->frames[i].place;
    sites->sites[sites->count++].kind = kind;
}

/*
 * How many of the innermost frames of `asking` are not the same in both, which ends in the frame
 * that stands in two places; 0 when there is none.
 */
static unsigned depth_of_fork(
    const struct eb_call_stack *asking, const struct eb_call_stack *following)
{
    unsigned a = asking->count, f = following->count;
    if (!asking->is_whole || !following->is_whole)
        return 0;
    while (a > 0 && f > 0 &&
           memcmp(&asking->frames[a - 1], &following->frames[f - 1], sizeof asking->frames[0]) == 0)
        a--, f--;
    bool has_common = a < asking->count;
    return has_common && f > 0 ? a : 0;
}

bool eb_call_sites_learn_publish(struct eb_call_sites *sites, const struct eb_call_stack *asking)
{
    static const struct eb_call_sites no_sites;
    bool is_comparable = sites->depth && asking->count >= sites->depth;
    unsigned known = is_comparable ? find(sites, asking) : sites->count;
    if (known < sites->count) { /* it was taken for a will's */
        sites->sites[known].kind = EB_CALL_PUBLISH;
        return true;
    }
    struct eb_call_stack following;
    eb_call_sites_ask(&no_sites, &following);
    unsigned depth = depth_of_fork(asking, &following);
    if (depth == 0 || depth > EB_SITE_FRAMES_MAX || (sites->depth && depth != sites->depth))
        return false;
    sites->depth = depth;
    learn(sites, asking, EB_CALL_PUBLISH);
    return true;
}

void eb_call_sites_learn_will(struct eb_call_sites *sites, const struct eb_call_stack *asking)
{
    if (sites->depth && asking->is_whole && asking->count >= sites->depth)
        learn(sites, asking, EB_CALL_WILL);
}
