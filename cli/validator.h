/*
 * validator.h - one schema, compiled, with the documents it may refer to.
 */
#ifndef EB_CLI_VALIDATOR_H
#define EB_CLI_VALIDATOR_H

#include <stdbool.h>

#include "options.h"
#include "schema/schema.h"

/* Schemas that others may refer to, read from directories; each known by a URI. */
struct reference {
    struct eb_span uri;
    struct eb_doc doc;
};

struct references {
    struct eb_arena arena;
    struct reference *items; /* in the arena */
    size_t count;
};

/* Reads every "PREFIX=DIRECTORY" of `maps`; each has its '='. False after an error, which has been
 * said. */
bool references_read(struct references *references, const struct option_texts *maps);
void references_release(struct references *references);

/* What judging takes, whatever the schema. */
struct judge {
    struct eb_arena scratch; /* a reserved one */
    struct eb_regex_runner *runner;
    struct eb_fault *faults;
};

bool judge_init(struct judge *judge);
void judge_release(struct judge *judge);

struct validator {
    struct eb_arena arena;
    struct eb_schema_library *library;
    const struct eb_schema *schema;
};

/*
 * Compile `doc`, called `uri` where it says no `$id` of its own; the document is borrowed until the
 * validator is released, which it is to be also after a failure.
 */
bool validator_init(struct validator *validator, const struct eb_doc *doc, const char *uri,
    struct eb_schema_options options, const struct references *references,
    struct eb_diag_list *diags);
void validator_release(struct validator *validator);

/* The faults are borrowed from `judge` until the next call. */
enum eb_validity validator_run(const struct validator *validator, const struct eb_doc *instance,
    struct judge *judge, struct eb_validation *validation);

/* "7", "draft7", "2020-12", …; false when `name` is no draft. */
bool draft_read(struct eb_span name, enum eb_draft *draft);
/* "7", "2020-12", static. */
const char *draft_name(enum eb_draft draft);

#endif
