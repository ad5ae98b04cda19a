/*
 * dead_letter.h - a refused event, or a copy that could not be made, with everything needed to
 * understand it and to send it again. Internal to bus/; runs on the message path.
 *
 *     {"version":1,"id":…,"time":…,"topic":…,"client":{"id":…,"username":…},"protocol":…,"qos":…,
 *      "retain":…,"will":true,"properties":[[name,value],…],"reason":…,
 *      "contracts":[{"name":…,"schema":…},…],"rule":…,"target":…,
 *      "faults":[…],"payload":{"encoding":"text"|"base64","value":…}}
 *
 * `will` is there when the event was a last will. `properties` are in the order of MQTT 5 §2.2.2.2:
 * "payload-format-indicator" (a number), "content-type", "response-topic", "correlation-data"
 * (base64), and for each user property
 * ["user-property",[name,value]]. `contracts` are those that were violated. `truncated` is true in
 * a letter whose payload did not fit, or was left out because the configuration says so, or whose
 * event had more properties than the bus looks at.
 */
#ifndef EB_BUS_DEAD_LETTER_H
#define EB_BUS_DEAD_LETTER_H

#include <stdint.h>

#include "bus/event.h"

/* Turns `dispatch` into the letter that says why the copy it stood for could not be made. */
void eb_dead_letter_of_target(
    struct eb_event *event, struct eb_dispatch *dispatch, const struct eb_render_fault *fault);

/* The same for a copy that was made, and would leave over the bridge that the event came from. */
void eb_dead_letter_of_loop(struct eb_event *event, struct eb_dispatch *dispatch);

/* The same where a limit ended it, which `fault` (NULL without memory) tells. */
void eb_dead_letter_of_limit(
    struct eb_event *event, struct eb_dispatch *dispatch, const struct eb_fault *fault);

#endif
