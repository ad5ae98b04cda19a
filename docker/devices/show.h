/*
 * show.h - what a person sees of the demo. Every line about an event is what a client saw.
 */
#ifndef EB_DEVICES_SHOW_H
#define EB_DEVICES_SHOW_H

#include "check.h"
#include "scenario.h"
#include "screen.h"
#include "stage.h"

/* Who takes part. */
void eb_show_cast(struct eb_screen *screen, const struct eb_stage *stage);

/* The event, before it is published. */
void eb_show_event(struct eb_screen *screen, size_t number, const struct eb_step *step,
    const struct eb_client *device);

/* What came of it. */
void eb_show_outcome(struct eb_screen *screen, const struct eb_step *step,
    const struct eb_stage *stage, const struct eb_client *device,
    const struct eb_complaints *complaints);

/* What came of all of them. */
struct eb_tally {
    size_t events;
    size_t fates[EB_FATE_CUT_OFF + 1]; /* of those that went as expected */
    size_t copies;
    size_t letters;
    size_t surprises; /* events that did not go as expected */
};
void eb_tally_add(struct eb_tally *tally, const struct eb_step *step, const struct eb_stage *stage,
    const struct eb_complaints *complaints);
void eb_show_tally(struct eb_screen *screen, const struct eb_tally *tally);

/* The commands to try. */
void eb_show_invitation(struct eb_screen *screen, const struct eb_stage *stage);

/* Whatever was received, of an event that somebody else published. */
void eb_show_arrivals(struct eb_screen *screen, const struct eb_stage *stage);

#endif
