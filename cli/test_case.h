/*
 * test_case.h - one case of a configuration's own tests: an event, and what is expected of the bus.
 */
#ifndef EB_CLI_TEST_CASE_H
#define EB_CLI_TEST_CASE_H

#include <stdbool.h>

#include "base/diag.h"
#include "bus/snapshot.h"
#include "json/doc.h"

/* One thing that was not as expected. */
struct test_difference {
    struct test_difference *next;
    struct eb_span what; /* "verdict", "copy to services/security/berlin" */
    struct eb_span want; /* ptr NULL: nothing was expected */
    struct eb_span got;  /* ptr NULL: there was nothing */
};

struct test_result {
    struct test_difference *first;
    struct test_difference **last;
    struct eb_arena *arena; /* a growing one, the caller's; the spans are in it */
};

/*
 * Runs the case at `token`, as if nothing had been before it, of a document that has the shape of
 * config/schema/test.schema.json. False with diagnostics when it cannot be run: its topic is none,
 * a pattern in it is none, no memory.
 */
bool test_case_run(const struct eb_doc *doc, uint32_t token, const struct eb_snapshot *snapshot,
    struct test_result *result, struct eb_diag_list *diags);

#endif
