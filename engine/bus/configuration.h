/*
 * configuration.h - everything a snapshot is built from, as texts in memory.
 *
 * The store reads it from files, tests write it by hand; building a snapshot touches no file.
 * Whoever fills it in keeps the bytes alive until the snapshot built from it is freed: settings,
 * schemas, and the names of files are borrowed, not copied. Contracts and rules, which may be a
 * million, are not: their texts may go once the snapshot is built.
 */
#ifndef EB_BUS_CONFIGURATION_H
#define EB_BUS_CONFIGURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "bus/settings.h"

/* One contract or one rule: a file, or a line of a `.jsonl`. */
struct eb_entry_text {
    struct eb_span name; /* the file's stem; ptr NULL for a line, which has a `name` member */
    struct eb_span text;
    const char *file; /* what diagnostics call it */
    uint32_t first_line;
    bool is_managed;
};

/*
 * One file of the registry. References reach it as `SUBJECT@VERSION`, by the path from another
 * file, by every URI that `uri_map` gives it, and by what it declares itself.
 */
struct eb_schema_text {
    struct eb_span subject;
    uint32_t version;           /* 0: not a version, only reachable by `$ref` (an imported file) */
    struct eb_span path;        /* inside the registry: "lock-event/1.json" */
    const struct eb_span *uris; /* of `uri_map`; absolute, with a NUL behind each */
    uint32_t uri_count;
    struct eb_span text;
    const char *file;
    bool is_managed; /* written over the control topic */
};

/* What a subject declares of itself: SUBJECT/subject.json. */
struct eb_subject_text {
    struct eb_span subject;
    struct eb_span text;
    const char *file;
};

struct eb_configuration {
    struct eb_settings settings;
    const struct eb_entry_text *contracts;
    const struct eb_entry_text *rules;
    const struct eb_schema_text *schemas; /* in the order of subjects, then of versions */
    const struct eb_subject_text *subjects;
    uint32_t contract_count;
    uint32_t rule_count;
    uint32_t schema_count;
    uint32_t subject_count;
};

#endif
