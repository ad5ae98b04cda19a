/*
 * versions.h - whether the versions of a subject are compatible, as the subject declares.
 *
 *     schemas/lock-event/subject.json     {"compatibility": "backward"}
 *
 * Comparing schemas takes milliseconds, sometimes seconds: it is for whoever checks a
 * configuration, not for a broker that loads it.
 */
#ifndef EB_BUS_VERSIONS_H
#define EB_BUS_VERSIONS_H

#include <stdbool.h>

#include "bus/configuration.h"
#include "bus/snapshot.h"
#include "schema/compat.h"

/* For messages: what eb_compatibility_read() expects. */
#define EB_COMPATIBILITY_NAMES                                                                     \
    "none, backward, forward, full, backward-transitive, forward-transitive or full-transitive"

/* False when `name` is none of EB_COMPATIBILITY_NAMES. */
bool eb_compatibility_read(struct eb_span name, struct eb_compatibility *compatibility);
/* "full-transitive", static. */
const char *eb_compatibility_name(struct eb_compatibility compatibility);

/* What the subject declares; no mode when it declares nothing. */
struct eb_compatibility eb_compatibility_declared(
    const struct eb_snapshot *snapshot, struct eb_span subject);

/* How contracts have the `format` of a subject judged; a set, for they may differ. */
enum eb_format_use {
    EB_FORMATS_ASSERTED = 1,
    EB_FORMATS_ANNOTATED = 2,
};

/*
 * What the contracts do that name the subject, as their schema or their candidate, or leave it to
 * the event; ASSERTED, which is the default of contracts, when there are none.
 */
uint32_t eb_versions_format_uses(const struct eb_snapshot *snapshot, struct eb_span subject);

/* Two versions that have been compared, by the names of their files. */
struct eb_version_pair {
    const char *old_name, *new_name;
    enum eb_compat_mode mode;
    bool asserts_formats;
};

struct eb_versions_question {
    const struct eb_configuration *configuration;
    const struct eb_snapshot *snapshot; /* built from it */
    struct eb_span subject;
    struct eb_compatibility compatibility;
    uint32_t format_uses; /* compared in each of these; the worse one is told */
    void (*tell)(void *context, const struct eb_version_pair *pair,
        const struct eb_compat_report *report); /* the report is borrowed for the call */
    void *context;
};

/*
 * Compares each version with the one before it, or, transitive, with every one before it. False
 * after an error, which is in `diags`: the registry has no such subject, or memory ran out.
 */
bool eb_versions_compare(const struct eb_versions_question *question, struct eb_diag_list *diags);

/*
 * Every subject's versions by what it declares: an error for each breaking change, a warning for
 * each that cannot be decided.
 */
void eb_versions_check(const struct eb_configuration *configuration,
    const struct eb_snapshot *snapshot, struct eb_diag_list *diags);

/* The same of one version of `subject`, the one in `file`, against those before it. */
void eb_versions_check_one(const struct eb_configuration *configuration,
    const struct eb_snapshot *snapshot, struct eb_span subject, const char *file,
    struct eb_diag_list *diags);

#endif
