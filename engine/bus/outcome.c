#include "bus/outcome.h"

const char *eb_verdict_name(enum eb_verdict verdict)
{
    static const char *const names[] = {
        [EB_PASSED] = "passed",
        [EB_CONSUMED] = "consumed",
        [EB_DEDUPLICATED] = "deduplicated",
        [EB_QUARANTINED] = "quarantined",
        [EB_REFUSED] = "refused",
        [EB_DISCONNECTED] = "disconnected",
    };
    return names[verdict];
}

const char *eb_reason_name(enum eb_reason reason)
{
    static const char *const names[] = {
        [EB_REASON_NONE] = "none",
        [EB_REASON_SCHEMA] = "schema",
        [EB_REASON_NOT_JSON] = "not-json",
        [EB_REASON_ENVELOPE] = "envelope",
        [EB_REASON_LIMIT] = "limit",
        [EB_REASON_EMPTY] = "empty",
        [EB_REASON_UNKNOWN_TOPIC] = "unknown-topic",
        [EB_REASON_EGRESS] = "egress",
        [EB_REASON_SUBJECT] = "subject",
        [EB_REASON_TARGET] = "target",
        [EB_REASON_LOOP] = "loop",
        [EB_REASON_UNMATCHED] = "unmatched",
        [EB_REASON_ERROR] = "error",
    };
    return names[reason];
}

const char *eb_publish_kind_name(enum eb_publish_kind kind)
{
    static const char *const names[] = {
        [EB_COPY] = "copy",
        [EB_DEAD_LETTER] = "dead-letter",
        [EB_REPORT] = "report",
        [EB_WITHHELD] = "withheld",
        [EB_SHADOW] = "shadow",
        [EB_LEFT_OUT] = "left-out",
    };
    return names[kind];
}
