/*
 * builder.h - a snapshot in the making. Internal to bus/.
 *
 *     registry ─► contracts ─► rules ─► watches
 *
 * Each step reports every mistake it finds and goes on; a snapshot comes of it only when there was
 * none.
 */
#ifndef EB_BUS_BUILDER_H
#define EB_BUS_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/configuration.h"
#include "bus/document_check.h"
#include "bus/figures.h"
#include "bus/snapshot.h"
#include "bus/subject.h"
#include "schema/map.h"

struct eb_registered_schema;

struct eb_builder {
    const struct eb_configuration *configuration;
    struct eb_figures_registry *registry;
    struct eb_diag_list *diags;
    struct eb_snapshot *snapshot;
    struct eb_arena *arena;  /* the snapshot's */
    struct eb_arena scratch; /* a reserved one: the document at hand */
    struct eb_document_checker *checker;
    struct eb_trie_builder *filters;
    struct eb_paths *paths;
    struct eb_contract *contracts; /* the snapshot's, writable */
    struct eb_rule *rules;
    size_t rules_begin; /* bytes of the arena that were used before there were rules */
    struct eb_index_budget index_budget;
    struct eb_map targets;           /* by the text of a `to`: struct eb_rule_targets, see rule.c */
    struct eb_arena targets_scratch; /* the map's */
    bool has_asked_event_schema;     /* see event_schema.h */
    bool has_event_schema;
    bool has_reroutes;             /* some target's copies pass the bus again */
    uint32_t *contract_filters;    /* filter number by contract */
    struct eb_span *event_filters; /* of contracts whose events are CloudEvents */
    uint32_t event_filter_count;
    struct eb_registered_schema *schemas; /* by index in the configuration; see registry.c */
    struct eb_map schema_by_name; /* "lock-event@2", and "lock-event" for the highest version */
    /* By whether formats are asserted; NULL: not asked for. */
    const struct eb_map *subjects[2], *data_schemas[2];
};

/* Every schema of the registry into the library, compiled. */
void eb_builder_add_schemas(struct eb_builder *builder);

/*
 * The schema called "subject@version" or "subject@latest". Its program is NULL after a diagnostic
 * against `token` of `doc`, or when the schema is one whose own mistakes have been reported.
 */
struct eb_subject eb_builder_find_schema(struct eb_builder *builder, const struct eb_doc *doc,
    uint32_t token, struct eb_span name, bool asserts_formats);

/* What events may name, as subject.h says; made once. NULL, reported, without memory. */
const struct eb_map *eb_builder_find_subjects(struct eb_builder *builder, bool asserts_formats);

/*
 * The same by the URIs that a CloudEvent's `dataschema` may have: the schema's `$id`, those of
 * `uri_map`, "event-bus:lock-event@1", and that of its file, "event-bus:/lock-event/1.json".
 */
const struct eb_map *eb_builder_find_data_schemas(struct eb_builder *builder, bool asserts_formats);

/* What subjects declare. */
void eb_builder_add_subjects(struct eb_builder *builder);

void eb_builder_add_contracts(struct eb_builder *builder);
void eb_builder_add_rules(struct eb_builder *builder);

/* Reports that the rule does not fit into `limits.rules_bytes`. */
void eb_builder_fail_rules_bytes(struct eb_builder *builder, uint32_t rule_number);

/* Who watches which filter, and the trie over all of them. */
void eb_builder_add_watches(struct eb_builder *builder);

/* Reports rules that reroute events in a circle whatever they hold. After the watches. */
void eb_builder_check_circles(struct eb_builder *builder);

/*
 * Reads one contract or rule into `*doc` (in the scratch arena) and finds its name: the file's
 * stem, or the member `name` of a line. False after a diagnostic.
 */
bool eb_builder_read_entry(struct eb_builder *builder, const struct eb_entry_text *entry,
    struct eb_doc *doc, struct eb_span *name);

/* The number of the filter at `token`; UINT32_MAX after a diagnostic. */
uint32_t eb_builder_add_filter(
    struct eb_builder *builder, const struct eb_doc *doc, uint32_t token);

/* The same of an entry that is not enabled: it is checked, and nobody watches it. */
bool eb_builder_check_filter(struct eb_builder *builder, const struct eb_doc *doc, uint32_t token);

/* The value of the member `name` that is one of `words`: its index, or 0 when it is absent. */
uint32_t eb_builder_read_word(const struct eb_doc *doc, uint32_t object, const char *name,
    const char *const *words, uint32_t word_count);
bool eb_builder_read_bool(
    const struct eb_doc *doc, uint32_t object, const char *name, bool if_absent);

#endif
