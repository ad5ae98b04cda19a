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

static bool is_publish(const struct eb_call_sites *sites, const struct eb_call_stack *stack)
{
    unsigned i = 0;
    while (i < sites->count && !is_at(stack, sites->places[i], sites->depth))
        i++;
    return i < sites->count;
}

struct walk {
    struct eb_call_stack *stack;
    const struct eb_call_sites *sites;
    bool is_publish;
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
        walk->is_publish = is_publish(walk->sites, stack);
    return walk->is_publish ? _URC_END_OF_STACK : _URC_NO_REASON;
}

enum eb_call_kind eb_call_sites_ask(const struct eb_call_sites *sites, struct eb_call_stack *stack)
{
    struct walk walk = { .stack = stack, .sites = sites };
    stack->count = 0;
    _Unwind_Backtrace(note_frame, &walk);
    stack->is_whole = !walk.is_publish && stack->count < EB_STACK_FRAMES_MAX;
    if (walk.is_publish)
        return EB_CALL_PUBLISH;
    bool is_elsewhere = sites->depth && stack->is_whole && stack->count > sites->depth;
    return is_elsewhere ? EB_CALL_WILL : EB_CALL_UNKNOWN;
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

bool eb_call_sites_learn(struct eb_call_sites *sites, const struct eb_call_stack *asking)
{
    static const struct eb_call_sites no_sites;
    struct eb_call_stack following;
    eb_call_sites_ask(&no_sites, &following);
    unsigned depth = depth_of_fork(asking, &following);
    if (depth == 0 || depth > EB_SITE_FRAMES_MAX || (sites->depth && depth != sites->depth))
        return false;
    if (sites->count == EB_SITES_MAX)
        sites->count = 0; /* more than there can be: begin anew */
    sites->depth = depth;
    for (unsigned i = 0; i < depth; i++)
        sites->places[sites->count][i] = asking->frames[i].place;
    sites->count++;
    return true;
}
