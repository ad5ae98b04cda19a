/*
 * check.h - whether what the clients saw of an event is what its step says must be seen.
 */
#ifndef EB_DEVICES_CHECK_H
#define EB_DEVICES_CHECK_H

#include "scenario.h"
#include "stage.h"

enum { EB_COMPLAINTS_MAX = 16, EB_COMPLAINT_BYTES = 256 };

/* What was expected and did not come, or came and was not expected: a sentence each. */
struct eb_complaints {
    char sentences[EB_COMPLAINTS_MAX][EB_COMPLAINT_BYTES];
    size_t count;
};

void eb_complain(struct eb_complaints *complaints, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* After eb_stage_settle(); adds to `complaints`. */
void eb_step_check(const struct eb_step *step, const struct eb_stage *stage,
    const struct eb_client *device, struct eb_complaints *complaints);

#endif
