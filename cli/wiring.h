/*
 * wiring.h - a configuration as it is drawn: which contract watches which topics, and which rule
 * takes what from where to where.
 */
#ifndef EB_CLI_WIRING_H
#define EB_CLI_WIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "registry.h"

struct wired_contract {
    struct eb_span name, topic;
    struct eb_span schema;      /* ptr NULL: CloudEvents name theirs */
    struct eb_span candidate;   /* ptr NULL: none */
    bool is_cloudevent;         /* the schema, if there is one, is of `data` */
    struct eb_span description; /* ptr NULL: none */
    struct eb_span on_violation;
    bool is_consuming;
    bool leaves_dead_letter;
};

/* An element of a rule's `to`. */
struct wired_target {
    const struct wired_rule *rule;
    uint32_t number;            /* in the rule, from 1 */
    uint32_t topic, payload;    /* tokens of the rule's document; payload may be EB_NO_TOKEN */
    struct eb_span topic_text;  /* the template */
    struct eb_span description; /* ptr NULL: none */
    int qos;                    /* -1: the publisher's */
    bool is_retain;
    struct eb_span cloudevents; /* "structured", "binary"; ptr NULL: it is what it is */
};

struct wired_rule {
    struct eb_doc doc;
    struct eb_span name;
    struct eb_span description; /* ptr NULL: none */
    const struct eb_span *from;
    uint32_t from_count;
    const struct wired_target *targets;
    uint32_t target_count;
};

struct wiring {
    struct registry registry;
    struct eb_figures_registry *figures;
    struct eb_snapshot *snapshot;
    struct eb_arena arena; /* a growing one; everything below is in it */
    struct schema_entry *entries;
    uint32_t entry_count;
    struct wired_contract *contracts;
    uint32_t contract_count;
    struct wired_rule *rules;
    uint32_t rule_count;
};

/* False when it is not sound; what is wrong has been said. Close it either way. */
bool wiring_open(struct wiring *wiring, const char *config);
void wiring_close(struct wiring *wiring);

/* Whether an event on a topic that the contract watches may be one that the rule sees. */
bool wiring_meets(const struct wired_contract *contract, const struct wired_rule *rule);

#endif
