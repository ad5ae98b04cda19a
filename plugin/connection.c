#include "connection.h"

#include "base/clock.h"

static struct eb_digest digest_of(const struct mosquitto *client)
{
    return eb_resend_client(
        eb_span_of(mosquitto_client_id(client)), eb_span_of(mosquitto_client_username(client)));
}

/* Told twice that a client is gone: it is back, for that ends what is left of the connection
 * before. */
void eb_connection_ended(struct eb_resend *resend, int event,
    const struct mosquitto_evt_disconnect *end, int64_t within_us)
{
    struct eb_digest client = digest_of(end->client);
    uint32_t keepalive_s = (uint32_t)mosquitto_client_keepalive(end->client);
    enum eb_ending ending = eb_broker_ending(event, end);
    int64_t now_us = eb_clock_now_us();
    if (ending == EB_ENDED_FOR_GOOD) {
        eb_resend_forget(resend, client);
        return;
    }
    if (eb_resend_is_lost(resend, client))
        ending = EB_ENDED_BY_RETURN;
    eb_resend_lose(resend, client, keepalive_s, now_us);
    if (ending == EB_ENDED_BY_RETURN)
        eb_resend_connect(resend, client, within_us, now_us);
}

void eb_connection_begun(
    struct eb_resend *resend, const struct mosquitto_evt_disconnect *begin, int64_t within_us)
{
    eb_resend_connect(resend, digest_of(begin->client), within_us, eb_clock_now_us());
}

/* Of a bridge that is connected again no event tells. */
void eb_connection_used(
    struct eb_resend *resend, const struct eb_message *message, int64_t within_us)
{
    if (message->is_bridge)
        eb_resend_connect(resend, eb_resend_client(message->client_id, message->username),
            within_us, message->received_us);
    eb_resend_meet(resend, message);
}
