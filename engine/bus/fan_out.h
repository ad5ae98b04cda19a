/*
 * fan_out.h - everything that one event becomes, and how much that may be. Internal to bus/.
 *
 * One list for the publisher's event and for all copies of it that pass the bus again: what bounds
 * them bounds them together, or a rule that reroutes would be a way around.
 */
#ifndef EB_BUS_FAN_OUT_H
#define EB_BUS_FAN_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "bus/outcome.h"
#include "bus/settings.h"

struct eb_fan_out {
    struct eb_outcome *outcome; /* of the publisher's event, which lists what is here */
    struct eb_dispatch *dispatches;
    uint32_t count;
    uint32_t max;
    uint32_t seen;         /* of them, so many were looked at for passing the bus again */
    uint32_t targets_left; /* `limits.targets` */
    uint64_t bytes_left;   /* `limits.copies_bytes` */
    uint32_t shadows_left; /* shadows have a bound of their own: they take nothing from the rest */
    bool is_over;          /* a bound was met, and a letter says so */
};

/* Room for all there may be, in `arena`. False when that is exhausted. */
bool eb_fan_out_make_room(
    struct eb_fan_out *fan_out, const struct eb_settings *settings, struct eb_arena *arena);

/* The next free place, counted in; NULL when there is none. */
struct eb_dispatch *eb_fan_out_add(struct eb_fan_out *fan_out);

/* Takes what a copy weighs off what is left; false, and nothing is taken, when it is too much. */
bool eb_fan_out_take_bytes(struct eb_fan_out *fan_out, const struct eb_publish *publish);

#endif
