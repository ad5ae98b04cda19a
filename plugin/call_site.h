/*
 * call_site.h - the place in the broker that asks who may write, of PUBLISHes.
 *
 * The broker asks in the same words (ACL_CHECK, access WRITE) for a PUBLISH and for a last will,
 * and says nowhere which it is; nor does any accessor differ when a session is taken over or the
 * broker stops. Only the caller differs: the function that asks for a PUBLISH goes on to call
 * MESSAGE.
 *
 *     … ─ handle packet ─┬─ handle PUBLISH ─┬─ check access ─ ACL_CHECK     the asking stack
 *                        │                  └─ call plugins ─ MESSAGE       the stack of what
 * followed └─ handle CONNECT ── send will ─ check access ─ ACL_CHECK
 *
 * When MESSAGE follows a check at once, the two stacks are the same from the outside in, up to one
 * frame that stands in two places: that frame's place in the asking stack is the site of PUBLISHes.
 * From then on a few return addresses tell, and whoever asks from elsewhere asks for a will.
 * Nothing is assumed of the broker's version or of how it was compiled; where its stack cannot be
 * walked no site is ever learnt, and the caller must treat every check as one for a will.
 *
 * On the broker's thread only. Never touches the heap.
 */
#ifndef EB_PLUGIN_CALL_SITE_H
#define EB_PLUGIN_CALL_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EB_STACK_FRAMES_MAX = 48, /* a broker calls us from 10 to 20 deep */
    EB_SITE_FRAMES_MAX = 8,   /* our callback, the broker's check, who called that */
    EB_SITES_MAX = 8,         /* one, but for what a compiler may make of it */
};

struct eb_call_stack {
    struct {
        uintptr_t place;           /* in the code */
        uintptr_t base;            /* where its stack ends */
    } frames[EB_STACK_FRAMES_MAX]; /* the innermost first */
    unsigned count;
    bool is_whole; /* down to where the thread began */
};

enum eb_call_kind {
    EB_CALL_UNKNOWN, /* nothing has been learnt, or the stack could not be walked */
    EB_CALL_PUBLISH,
    EB_CALL_WILL,
};

/* Those of PUBLISHes. */
struct eb_call_sites {
    uintptr_t places[EB_SITES_MAX][EB_SITE_FRAMES_MAX];
    unsigned count;
    unsigned depth; /* frames that tell sites apart; 0: nothing has been learnt */
};

/*
 * Who asks. `*stack` is then what eb_call_sites_learn() wants, whole unless a PUBLISH was known. To
 * be called by one function alone, the ACL_CHECK callback's: its own frames are part of every site.
 */
enum eb_call_kind eb_call_sites_ask(const struct eb_call_sites *sites, struct eb_call_stack *stack);

/*
 * Learns from inside MESSAGE that `asking`, of the check just before it, was for that PUBLISH.
 * False when the stacks do not show it.
 */
bool eb_call_sites_learn(struct eb_call_sites *sites, const struct eb_call_stack *asking);

#endif
