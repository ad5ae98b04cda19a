/*
 * settings.h - what `event-bus.json` says, with every default filled in.
 */
#ifndef EB_BUS_SETTINGS_H
#define EB_BUS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/span.h"
#include "schema/schema.h"

struct eb_span_list {
    const struct eb_span *items;
    uint32_t count;
};

/* What becomes of a publish under `topic` that no contract covers. */
enum eb_unknown_action {
    EB_UNKNOWN_ALLOW,
    EB_UNKNOWN_WARN,
    EB_UNKNOWN_REJECT,
};

struct eb_ingress {
    struct eb_span filter;
    enum eb_unknown_action unknown;
};

/* A bridge that the broker makes; see bridge.h. */
struct eb_bridge {
    struct eb_span client_id; /* its local one */
    bool may_write_egress;    /* and dead letters: it speaks for another bus */
    struct eb_span_list out;  /* what leaves over it, as the broker's `topic` lines say */
};

/* What else decides who may publish and subscribe: said by the operator, never assumed. */
enum eb_access_control {
    EB_ACCESS_NONE,  /* nothing: what the bus does not refuse it must grant */
    EB_ACCESS_OTHER, /* ACLs of the broker's, asked after the bus */
};

/* Last wills pass nothing but the access check; see plugin/will.h. */
struct eb_will_settings {
    bool is_checked;
    enum eb_access_control access_control; /* when they are */
};

/* A prefix of schema URIs and the directory of the registry that serves it. */
struct eb_uri_mapping {
    struct eb_span prefix;
    struct eb_span directory; /* inside the registry, "a/b" or "" for all of it: no '/' around it */
};

struct eb_settings {
    /*
     * Directories, relative to the file's own unless they begin with '/'. ptr NULL: not named; then
     * the store reads "schemas", "contracts" and "rules" if they are there, and nothing managed.
     */
    struct eb_span schemas_directory;
    struct eb_span contracts_directory;
    struct eb_span rules_directory;
    struct eb_span managed_directory;
    const struct eb_uri_mapping *uri_mappings;
    uint32_t uri_mapping_count;
    enum eb_draft default_draft;

    struct eb_span dead_letter_topic;
    bool dead_letter_keeps_payload;
    uint32_t dead_letters_per_second; /* per contract and per client */

    uint32_t reports_per_second; /* to one client; 0: none at all */
    struct eb_span_list report_mount_points;

    const struct eb_ingress *ingress;
    uint32_t ingress_count;
    struct eb_span_list egress;
    struct eb_will_settings wills;
    const struct eb_bridge *bridges;
    uint32_t bridge_count;
    struct eb_span_list targets; /* empty: any topic that is not the broker's own */

    uint32_t event_bytes_max;
    uint32_t depth_max;
    uint32_t targets_max;
    uint32_t copies_bytes_max; /* of all copies of an event together */
    uint32_t regex_steps_max;
    uint32_t faults_max;
    uint32_t resend_in_flight_max; /* of one client's events, how many it may send again */
    uint32_t resend_within_s;      /* of losing its connection */
    uint32_t seen_keys_max;        /* of a contract that does not say otherwise */
    uint32_t rules_bytes_max;      /* of all rules, compiled */

    uint32_t statistics_interval_s; /* 0: none */
    bool statistics_times_stages;
    struct eb_span prometheus_file;        /* ptr NULL: none */
    struct eb_span_list control_usernames; /* empty: no control topic */
    struct eb_span_list control_addresses;
};

/* What the bus does when `event-bus.json` says nothing but its version. */
struct eb_settings eb_settings_default(void);

/*
 * Read the text of `event-bus.json`, called `file` in diagnostics. Everything in `*settings` is
 * given in `arena`, a growing one. False after an error; every mistake is then in `diags`, and
 * `*settings` says where the other files are, so that they can be checked too, and is otherwise
 * the default.
 */
bool eb_settings_read(struct eb_settings *settings, struct eb_span text, const char *file,
    struct eb_arena *arena, struct eb_diag_list *diags);

#endif
