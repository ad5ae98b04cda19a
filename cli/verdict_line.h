/*
 * verdict_line.h - what a bus tells of one event to who watches.
 */
#ifndef EB_CLI_VERDICT_LINE_H
#define EB_CLI_VERDICT_LINE_H

#include <stdbool.h>

#include "base/span.h"

/*
 * Prints `json`, which came over the network, for people or, on a line, as it is. False: it says
 * nothing of an event; what was left out is told all the same, what is no JSON object is not.
 */
bool verdict_line_print(struct eb_span json, bool is_json);

#endif
