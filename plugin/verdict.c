#include "verdict.h"

#include <string.h>

/*
 * The broker knows no "accepted, but delivered to nobody". It does know topics that nobody can
 * receive: this one begins with '$', so no wildcard of a first level matches it, and holds a
 * control character, which no SUBSCRIBE may (the broker takes it for malformed UTF-8). The same
 * bytes whenever the event is sent again, so a repeated QoS 2 PUBLISH is still seen to be one.
 */
static const char nowhere[] = "$\001";

static int hide(struct mosquitto_evt_message *event)
{
    char *topic = event->topic;
    if (strlen(topic) < sizeof nowhere - 1)
        topic = eb_broker_topic_of_size(topic, sizeof nowhere);
    if (!topic)
        return MOSQ_ERR_ACL_DENIED;
    memcpy(topic, nowhere, sizeof nowhere);
    event->topic = topic;
    event->retain = false;
    return MOSQ_ERR_SUCCESS;
}

int eb_verdict_answer(enum eb_verdict answer, struct mosquitto_evt_message *event)
{
    switch (answer) {
    case EB_PASSED: return MOSQ_ERR_SUCCESS;
    case EB_CONSUMED:
    case EB_DEDUPLICATED:
    case EB_QUARANTINED: return hide(event);
    case EB_REFUSED: return MOSQ_ERR_ACL_DENIED;
    case EB_DISCONNECTED: return EB_BROKER_DISCONNECT;
    }
    return MOSQ_ERR_ACL_DENIED;
}
