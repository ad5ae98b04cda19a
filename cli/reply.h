/*
 * reply.h - what a bus answers to a command, read.
 *
 *     {"responses":[{"command":…,"correlationData":"…","data":{…}}]}
 *     {"responses":[{"command":…,"correlationData":"…","error":"…","data":{"diagnostics":[…]}}]}
 *
 * It came over a network, from whoever can speak there: nothing is taken for granted. What is not
 * there, or of another type, is as if it were not there.
 */
#ifndef EB_CLI_REPLY_H
#define EB_CLI_REPLY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/span.h"
#include "json/doc.h"

struct reply {
    struct eb_doc doc;
    struct eb_arena *arena; /* borrowed: for strings */
    uint32_t data;          /* an object, or EB_NO_TOKEN */
    struct eb_span error;   /* ptr NULL: it was done */
};

enum reply_kind {
    REPLY_OURS,
    REPLY_OTHERS, /* to another question */
    REPLY_ABSENT, /* Mosquitto 2.1 says that nobody serves this topic: {"error":…} */
    REPLY_BROKEN, /* no answer at all */
};

/*
 * Reads `text`, which is borrowed for as long as the reply is used. `question` is the
 * correlationData of what was asked; an answer without any is taken for ours when it says that
 * nothing of a request could be understood.
 */
enum reply_kind reply_read(
    struct reply *reply, struct eb_span text, struct eb_span question, struct eb_arena *arena);

/* The member `name` of an object of `type`; EB_NO_TOKEN: none. `object` may be EB_NO_TOKEN. */
uint32_t reply_member(
    const struct reply *reply, uint32_t object, const char *name, enum eb_json_type type);

/* A string; ptr NULL: none. */
struct eb_span reply_text(const struct reply *reply, uint32_t object, const char *name);
bool reply_flag(const struct reply *reply, uint32_t object, const char *name);

/* A number that is not negative, its fraction cut off; 0: none. */
uint64_t reply_number(const struct reply *reply, uint32_t object, const char *name);
double reply_decimal(const struct reply *reply, uint32_t object, const char *name);
double reply_decimal_at(const struct reply *reply, uint32_t token);

/* Where a document that was sent came from, which its diagnostics are then said to be in. */
struct reply_source {
    const char *file;            /* what to call it */
    struct eb_span stands_as;    /* how the path ends that the bus gave it: "rules/low.json" */
    struct eb_span stands_below; /* or the last folder of it, where the bus chooses the name */
    uint32_t lines_before;       /* in the file, before the document */
    uint32_t columns_before;     /* in its first line */
};

/* Its diagnostics, as `check` prints them; `source` may be NULL. How many. */
uint32_t reply_print_diags(
    FILE *stream, const struct reply *reply, const struct reply_source *source);

#endif
