/*
 * outcome.h - what the engine decided about one event.
 *
 * Everything in it is borrowed: from the message, the snapshot and the pipeline's arena, until the
 * pipeline's next event.
 */
#ifndef EB_BUS_OUTCOME_H
#define EB_BUS_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "base/span.h"
#include "schema/schema.h"
#include "target/target.h"

/* What the broker is to do with the original; ordered from mild to strict. */
enum eb_verdict {
    EB_PASSED,       /* deliver it */
    EB_CONSUMED,     /* rules took it: tell the publisher all is well, deliver it to nobody */
    EB_DEDUPLICATED, /* seen before: neither delivered nor routed again; see `answer` */
    EB_QUARANTINED,  /* the same, because it violates a contract */
    EB_REFUSED,      /* tell the publisher no */
    EB_DISCONNECTED, /* throw the publisher out */
};

enum eb_reason {
    EB_REASON_NONE,
    EB_REASON_SCHEMA,        /* it violates a contract's schema */
    EB_REASON_NOT_JSON,      /* its payload cannot be read */
    EB_REASON_ENVELOPE,      /* it is no CloudEvent where a contract wants one */
    EB_REASON_LIMIT,         /* size, depth, regular expression steps, … */
    EB_REASON_EMPTY,         /* an empty payload where a contract forbids it */
    EB_REASON_UNKNOWN_TOPIC, /* a closed tree, and no contract covers the topic */
    EB_REASON_EGRESS,        /* a topic only the bus may write */
    EB_REASON_SUBJECT,       /* the content names a subject the registry does not have */
    EB_REASON_TARGET,        /* a copy could not be rendered */
    EB_REASON_LOOP,          /* a copy would leave over the bridge that the event came from */
    EB_REASON_UNMATCHED,     /* no rule took it, and a contract wants to know */
    EB_REASON_ERROR,         /* the engine failed */
    EB_REASON_COUNT,
};

/* What one contract said. */
struct eb_judgement {
    const struct eb_contract *contract;
    struct eb_span schema; /* that judged: "lock-event@2"; where none did, as the contract has it */
    enum eb_validity validity;
    enum eb_reason reason; /* EB_REASON_NONE when valid */
    const struct eb_fault *faults;
    uint32_t fault_count;
    bool has_more_faults;
    bool is_candidate_valid;                /* when the contract has a candidate */
    const struct eb_fault *candidate_fault; /* the first; NULL: there is none, or no room for it */
};

enum eb_publish_kind {
    EB_COPY,
    EB_DEAD_LETTER,
    EB_REPORT, /* to the publisher alone */
    /* What is told, but not published: */
    EB_WITHHELD, /* a copy that passed the bus again, where a contract refused or consumed it */
    EB_SHADOW,   /* a copy by a rule that is a shadow; `fault`: it could not even be made */
    EB_LEFT_OUT, /* a dead letter over its budget, or for which there was no room */
};

static inline bool eb_publish_kind_is_sent(enum eb_publish_kind kind)
{
    return kind <= EB_REPORT;
}

/* A message: a rule's copy, a dead letter, or a report. */
struct eb_dispatch {
    enum eb_publish_kind kind;
    const struct eb_rule *rule;   /* NULL for the letter and the report of an event */
    uint32_t target;              /* index into the rule's `to` */
    uint32_t hop;                 /* how often a copy passes the bus before it is published */
    const struct eb_fault *fault; /* of a dead letter: why there is no copy; NULL: see judgements */
    struct eb_publish publish;
};

struct eb_outcome {
    enum eb_verdict verdict;
    /* What the broker is to make of it: the verdict; of an event that was deduplicated, what makes
     * the broker see, too, that it was there before. */
    enum eb_verdict answer;
    enum eb_reason reason;
    bool is_watched;         /* false: nobody watches the topic, and nothing else here is set */
    bool is_uncovered;       /* an ingress covers the topic, but no contract does */
    bool is_unknown_topic;   /* the same, and the ingress does not simply allow it */
    bool is_unreadable;      /* a rule watches, but the payload is not JSON or over a limit */
    struct eb_span event_id; /* ptr NULL: nothing that goes out shows it */
    const struct eb_judgement *judgements;
    uint32_t judgement_count;
    uint32_t rule_count;   /* rules that matched */
    uint32_t shadow_count; /* and those that are shadows */
    uint32_t dispatch_count;
    const struct eb_dispatch *dispatches; /* in the order to be published */
};

/* "refused", "schema", "copy", …: the words used in dead letters, logs and figures. Static. */
const char *eb_verdict_name(enum eb_verdict verdict);
const char *eb_reason_name(enum eb_reason reason);
const char *eb_publish_kind_name(enum eb_publish_kind kind);

#endif
