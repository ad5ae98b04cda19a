/*
 * will.h - last wills: what the bus answers when the broker asks who may write.
 *
 * A will passes nothing but the access check, when it is about to be sent: at an abnormal close, a
 * DISCONNECT that asks for it, a takeover of the session, the end of its delay, the end of the
 * broker. Denying there is what suppresses it. So the bus answers access checks, and only where the
 * operator has said what else does (`wills.access_control`):
 *
 *     none    nothing else: the bus grants what it does not refuse
 *     other   the broker's own ACLs, asked after the bus: it defers what it does not refuse
 *
 * What a check is about is a matter of call_site.h. While that does not know, what the bus would
 * refuse is refused as a will, for it would be as a PUBLISH too; the rest is held until the next
 * callback tells: MESSAGE of the same client and memory follows a PUBLISH at once, anything else a
 * will. A will that was granted is then an event, of which rules make their copies.
 *
 * On the broker's thread only.
 */
#ifndef EB_PLUGIN_WILL_H
#define EB_PLUGIN_WILL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/message.h"
#include "broker.h"
#include "bus/outcome.h"
#include "bus/snapshot.h"
#include "call_site.h"

struct eb_wills {
    struct eb_will_settings settings;     /* as when the broker started */
    const struct eb_snapshot *introduced; /* the last whose wills were spoken of */
    struct eb_call_sites sites;
    struct eb_call_stack asking; /* of the last check of a write */
    enum eb_call_kind kind;      /* who asked there */
    struct {
        const void *client, *topic; /* NULL: nothing was asked, or it has been settled */
        bool is_event;              /* `message` is to be routed if it was a will */
    } last;
    struct eb_message held; /* in `arena` */
    struct eb_arena arena;
    bool has_warned; /* that others are asked first */
};

/* False when there is no memory. */
bool eb_wills_init(struct eb_wills *wills, const struct eb_will_settings *settings);
void eb_wills_release(struct eb_wills *wills);

/* Says in the log what is not checked or not done, once for each configuration that is in force. */
void eb_wills_introduce(struct eb_wills *wills, const struct eb_snapshot *snapshot);

/* The answer to every check of what the bus does not refuse. */
int eb_wills_pass(const struct eb_wills *wills);

/*
 * Whether `check` may be about a will that somebody watches for. Settle what was asked before it
 * first.
 */
bool eb_wills_concern(
    struct eb_wills *wills, const struct mosquitto_evt_acl_check *check, bool is_watched);

/*
 * Whether what is asked about may be a publish with properties that the broker does not tell: what
 * depends on them is then left to MESSAGE. A will whose properties are not told has none.
 */
bool eb_wills_hide_properties(const struct eb_wills *wills, const struct eb_message *message);

/* Whether a will that would get this verdict is not to be sent. */
bool eb_wills_suppress(const struct eb_wills *wills, enum eb_verdict verdict);

/*
 * Keeps `message`, which is let pass, until it is known whether it was a will. False when it is
 * larger than there is room for.
 */
bool eb_wills_hold(struct eb_wills *wills, const struct eb_message *message);

/* The PUBLISH of `event` has passed its check: nothing of it is a will. */
void eb_wills_see_publish(struct eb_wills *wills, const struct mosquitto_evt_message *event);

/* Whether there is anything to settle: one load, for callbacks of which mostly nothing comes. */
static inline bool eb_wills_are_unsettled(const struct eb_wills *wills)
{
    return wills->last.client != NULL;
}

/* A will that has been sent meanwhile, or NULL: borrowed until the next of these calls. */
const struct eb_message *eb_wills_settle(struct eb_wills *wills);

#endif
