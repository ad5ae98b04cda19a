/*
 * lint.h - what a configuration may say, and its author probably did not mean.
 *
 * - A rule that no event can match: its fields contradict the contracts of its topics, or the
 *   message itself.
 * - A rule of whose topics none lets an event in: only the bus may write there, or nothing that no
 *   contract covers is let in, and none does.
 * - A rule that makes the same copies as another that matches all it matches.
 * - Topics in `from` that no contract covers.
 * - A target whose topic a rule watches, which will not see the copy.
 * - A value that goes into a topic, and that no contract holds to what may.
 * - What stands in a schema and means nothing there (schema/ignored.h).
 *
 * Nothing here is a guess, but which keyword a mistyped one was to be: what is said has been
 * proved, or is shown with an event. What cannot be told within bounds is not said.
 */
#ifndef EB_BUS_LINT_H
#define EB_BUS_LINT_H

#include <stdbool.h>

#include "bus/configuration.h"
#include "bus/snapshot.h"

/*
 * All of it, into `diags`: notes and warnings, or, strict, errors. `snapshot` was built from
 * `configuration`, whose rules have not been forgotten. Near-linear in the rules.
 */
void eb_lint(const struct eb_configuration *configuration, const struct eb_snapshot *snapshot,
    bool is_strict, struct eb_diag_list *diags);

#endif
