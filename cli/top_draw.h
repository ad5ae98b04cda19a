/*
 * top_draw.h - the picture that `event-bus top` shows of its model.
 */
#ifndef EB_CLI_TOP_DRAW_H
#define EB_CLI_TOP_DRAW_H

#include <stdbool.h>
#include <stdio.h>

#include "top_model.h"

/* How much room there is, and for what. */
struct top_view {
    unsigned columns, rows; /* rows 0: as many as there are lines */
    bool has_colour;
    bool is_ascii;  /* the terminal shows no UTF-8 */
    bool is_screen; /* what was there before is drawn over */
    bool is_paused;
    const char *broker; /* "localhost:1883" */
    const char *clock;  /* "12:15:55" */
};

/* Writes whole lines, none longer than there are columns. Names are those of the model. */
void top_draw(const struct top_model *model, const struct top_view *view, FILE *out);

#endif
