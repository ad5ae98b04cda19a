#include "will.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "log.h"
#include "message.h"

bool eb_wills_init(struct eb_wills *wills, const struct eb_will_settings *settings)
{
    *wills = (struct eb_wills){ .settings = *settings };
    return !settings->is_checked || eb_arena_init_reserved(&wills->arena, EB_WILL_BYTES_MAX);
}

void eb_wills_release(struct eb_wills *wills)
{
    if (wills->settings.is_checked)
        eb_arena_release(&wills->arena);
}

static bool routes(const struct eb_wills *wills)
{
    return wills->settings.access_control == EB_ACCESS_NONE;
}

/* ---- what the log says ---- */

static bool guards_something(const struct eb_snapshot *snapshot)
{
    return snapshot->contract_count > 0 || snapshot->settings.egress.count > 0 ||
           snapshot->settings.ingress_count > 0;
}

enum {
    NAMES_TOLD = 5, /* a line of the log is no list */
};

/* " of contracts a, b and 7 more," or nothing. */
static void write_contracts(const struct eb_snapshot *snapshot, char *out, size_t bytes)
{
    size_t len = 0;
    uint32_t told = snapshot->contract_count < NAMES_TOLD ? snapshot->contract_count : NAMES_TOLD;
    out[0] = '\0';
    for (uint32_t i = 0; i < told && len < bytes; i++) {
        struct eb_span name = snapshot->contracts[i].name;
        len += (size_t)snprintf(
            out + len, bytes - len, "%s %.*s", i ? "," : " of contracts", (int)name.len, name.ptr);
    }
    if (snapshot->contract_count > told && len < bytes)
        len += (size_t)snprintf(
            out + len, bytes - len, " and %u more", snapshot->contract_count - told);
    if (told && len < bytes)
        snprintf(out + len, bytes - len, ",");
}

static void introduce_first(const struct eb_wills *wills, const struct eb_snapshot *snapshot)
{
    char contracts[(NAMES_TOLD + 1) * (EB_NAME_BYTES_MAX + 2)];
    write_contracts(snapshot, contracts, sizeof contracts);
    if (!wills->settings.is_checked && guards_something(snapshot))
        eb_log(MOSQ_LOG_WARNING,
            "warning: last wills are not checked: on the topics%s of egress and ingress, what a "
            "publisher leaves as its will is delivered unjudged (see `wills`)",
            contracts);
    if (wills->settings.is_checked && !routes(wills))
        eb_log(MOSQ_LOG_NOTICE,
            "last wills are checked, and left to the access control that is asked after the bus; "
            "they are not routed");
    if (wills->settings.is_checked && routes(wills))
        eb_log(MOSQ_LOG_NOTICE,
            "last wills are checked and routed; the bus grants all access, as no other access "
            "control is said to exist");
}

static bool is_same(const struct eb_will_settings *a, const struct eb_will_settings *b)
{
    return a->is_checked == b->is_checked &&
           (!a->is_checked || a->access_control == b->access_control);
}

void eb_wills_introduce(struct eb_wills *wills, const struct eb_snapshot *snapshot)
{
    if (wills->introduced == snapshot)
        return;
    if (!wills->introduced)
        introduce_first(wills, snapshot);
    else if (!is_same(&wills->settings, &snapshot->settings.wills))
        eb_log(MOSQ_LOG_WARNING,
            "warning: `wills` has changed, and takes effect when the broker is started again: the "
            "order in which access is asked is settled then");
    wills->introduced = snapshot;
}

static void warn_of_others(struct eb_wills *wills, const char *topic)
{
    char text[EB_LOG_TEXT_BYTES];
    if (wills->has_warned)
        return;
    wills->has_warned = true;
    eb_log(MOSQ_LOG_WARNING,
        "warning: a publish to %s was granted before the bus was asked: wills are not checked "
        "unless the bus is the first plugin that the broker loads",
        eb_log_text(eb_span_of(topic), text));
}

/* ---- checks ---- */

int eb_wills_pass(const struct eb_wills *wills)
{
    return routes(wills) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_PLUGIN_DEFER;
}

static bool is_control(const char *topic)
{
    static const char prefix[] = "$CONTROL/";
    return strncmp(topic, prefix, sizeof prefix - 1) == 0;
}

bool eb_wills_concern(
    struct eb_wills *wills, const struct mosquitto_evt_acl_check *check, bool is_watched)
{
    wills->last.client = NULL;
    if (check->access != MOSQ_ACL_WRITE || eb_broker_is_likeness(check->client))
        return false;
    wills->last.client = check->client;
    wills->last.topic = check->topic;
    wills->last.is_event = false;
    wills->kind = EB_CALL_PUBLISH;
    bool is_lesson = wills->sites.depth == 0;
    if (is_control(check->topic) || (!is_watched && !is_lesson))
        return false;
    wills->kind = eb_call_sites_ask(&wills->sites, &wills->asking);
    return is_watched && wills->kind != EB_CALL_PUBLISH &&
           check->payloadlen <= EB_WILL_PAYLOAD_BYTES_MAX;
}

bool eb_wills_hide_properties(const struct eb_wills *wills, const struct eb_message *message)
{
    return wills->kind == EB_CALL_UNKNOWN && message->protocol >= 5 &&
           !eb_broker_tells_properties_of_checks();
}

/* What publishers are to see succeed is granted to whoever may be one: MESSAGE hides it. */
bool eb_wills_suppress(const struct eb_wills *wills, enum eb_verdict verdict)
{
    return verdict >= EB_QUARANTINED ||
           (verdict > EB_PASSED && routes(wills) && wills->kind == EB_CALL_WILL);
}

bool eb_wills_hold(struct eb_wills *wills, const struct eb_message *message)
{
    if (!routes(wills))
        return true;
    eb_arena_reset(&wills->arena);
    wills->last.is_event = eb_message_keep(&wills->held, message, &wills->arena);
    return wills->last.is_event;
}

void eb_wills_see_publish(struct eb_wills *wills, const struct mosquitto_evt_message *event)
{
    bool was_asked = wills->last.client == event->client && wills->last.topic == event->topic;
    if (was_asked && wills->kind != EB_CALL_PUBLISH)
        eb_call_sites_learn(&wills->sites, &wills->asking);
    if (was_asked)
        wills->last.client = NULL;
    else if (wills->settings.is_checked && !eb_broker_is_bridge(event->client))
        warn_of_others(wills, event->topic);
}

const struct eb_message *eb_wills_settle(struct eb_wills *wills)
{
    bool was_will = wills->last.client && wills->last.is_event;
    wills->last.client = NULL;
    return was_will ? &wills->held : NULL;
}
