/*
 * snapshot.h - a whole configuration, compiled: immutable, built aside, swapped in whole.
 *
 *     trie ── filter number ──► watch { contracts, rules, egress, ingress }
 *                                  │         │
 *                                  │         └─► rule index ─► rule ─► targets
 *                                  └─► contract ─► schema
 *
 * Everything lives in one arena, but for the schema library's expressions.
 */
#ifndef EB_BUS_SNAPSHOT_H
#define EB_BUS_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "bus/configuration.h"
#include "bus/deduplication.h"
#include "bus/figures.h"
#include "bus/settings.h"
#include "bus/subject.h"
#include "pattern/paths.h"
#include "pattern/rule_index.h"
#include "schema/compat.h"
#include "schema/schema.h"
#include "target/target.h"
#include "topic/trie.h"
#include "json/reader.h"

/* What happens to events that violate a contract; ordered from mild to strict. */
enum eb_violation_action {
    EB_OBSERVE,
    EB_QUARANTINE,
    EB_REJECT,
    EB_DISCONNECT,
};

struct eb_contract {
    struct eb_span name;
    const char *file;
    struct eb_span schema_text;             /* as written: "lock-event@latest"; ptr NULL: none */
    struct eb_subject schema;               /* in force; .schema NULL: the event chooses, or none */
    const struct eb_subject_choice *choice; /* NULL: it does not */
    const struct eb_map *data_schemas;      /* what `dataschema` may name; NULL: nothing */
    struct eb_subject candidate;            /* judged beside it, only counted; .schema NULL: none */
    struct eb_trial *trial;                 /* of the candidate; NULL: there is none */
    enum eb_violation_action on_violation;
    bool is_managed; /* written over the control topic */
    bool is_enabled; /* false: it judges nothing */
    bool asserts_formats;
    struct eb_span event_uri; /* of a CloudEvent's contract, or ptr NULL; see event_schema.h */
    bool is_cloudevent;       /* `envelope`: the schemas are those of `data`; see envelope.h */
    struct eb_deduplication deduplication;
    bool routes_again; /* `retransmissions`: what is sent again is an event like any other */
    bool consumes;     /* `original`: the event is for rules only */
    bool leaves_dead_letter;
    bool refuses_empty; /* a retained empty payload, which would clear a retained message */
    bool delivers_on_error;
    bool is_confidential; /* dead letters hold neither payload nor sentences about its values */
    bool keeps_unmatched; /* a valid event that no rule takes leaves a dead letter */
    struct eb_figures *figures;
};

/* What new versions of a subject must be, for who checks a configuration; see versions.h. */
struct eb_compatibility {
    enum eb_compat_mode mode;
    bool is_transitive;
};

struct eb_subject_policy {
    struct eb_span subject;
    struct eb_compatibility compatibility;
};

/* There may be a million of these: nothing is kept twice. */
struct eb_rule {
    struct eb_span name;
    const char *file;
    const struct eb_pattern *when; /* NULL: every event */
    struct eb_target *const *targets;
    struct eb_rule_figures *figures;
    struct eb_target_figures *const *target_figures; /* NULL: its one target's are the rule's own */
    const uint32_t *from;                            /* filter numbers */
    uint32_t line;                                   /* in the file, counted from 1 */
    uint32_t from_count;
    uint32_t target_count;
    bool is_managed;         /* written over the control topic */
    bool is_enabled;         /* false: it sees nothing; `from_count` is 0 */
    bool takes_empty;        /* matches events with an empty payload too */
    bool sees_payload_alone; /* its `when` names nothing of `$mqtt` */
    bool is_shadow;          /* makes its copies, and publishes none */
};

/*
 * Who watches one filter: two cache lines. There may be a million, with a rule each: the index of
 * such few rules is in the watch itself, if it is short.
 */
enum { EB_WATCH_BYTES = 128, EB_WATCH_NEAR_BYTES = 88 };

struct eb_watch {
    const uint32_t *contracts; /* indices, ascending */
    uint32_t contract_count;
    uint32_t rule_count;
    const struct eb_rule_index *rules;          /* NULL: none */
    const struct eb_rule_index *rules_of_empty; /* those that take empty payloads; NULL: none */
    bool is_egress;
    bool is_confidential; /* one of its contracts is */
    bool is_enveloped;    /* one of its contracts says that events are CloudEvents */
    bool is_ingress;
    enum eb_unknown_action unknown; /* of the ingress there is; ALLOW when there is none */
    _Alignas(8) unsigned char near[EB_WATCH_NEAR_BYTES]; /* where `rules` may be */
};

_Static_assert(sizeof(struct eb_watch) == EB_WATCH_BYTES, "all of it is asked for at once");

/* Begins to get it from memory. Always inlined: gcc 12 leaves out calls of what does but that. */
static inline __attribute__((always_inline)) void eb_watch_fetch(const struct eb_watch *watch)
{
    __builtin_prefetch(watch);
    __builtin_prefetch((const char *)watch + EB_WATCH_BYTES / 2);
}

struct eb_snapshot {
    struct eb_arena arena;
    struct eb_settings settings;
    struct eb_json_limits event_limits;
    struct eb_schema_library *library;
    const struct eb_trie *trie;
    const struct eb_watch *watches; /* by filter number; aligned to cache lines */
    const uint8_t *watch_is_plain;  /* by filter number: rules watch it, nothing else */
    const struct eb_paths *paths;
    const struct eb_contract *contracts;
    const struct eb_rule *rules;
    const struct eb_subject_policy *policies; /* of subjects that declare one */
    uint32_t policy_count;
    uint32_t watch_count;
    uint32_t contract_count;
    uint32_t rule_count;
    uint32_t shadow_count;      /* of the rules */
    struct eb_figures *figures; /* of the bus */
};

/*
 * Compile `configuration`, every mistake into `diags`. Given: free it. NULL after an error. Cells
 * of `registry` outlive the snapshot; `configuration` is borrowed as configuration.h says.
 */
struct eb_snapshot *eb_snapshot_build(const struct eb_configuration *configuration,
    struct eb_figures_registry *registry, struct eb_diag_list *diags);
void eb_snapshot_free(struct eb_snapshot *snapshot);

/* Forgets what contracts remember of events: as if it had just been built, but for figures. */
void eb_snapshot_forget_events(const struct eb_snapshot *snapshot);

/* Memory that it holds, but for schemas. */
size_t eb_snapshot_bytes(const struct eb_snapshot *snapshot);

#endif
