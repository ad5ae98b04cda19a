#include "connection.h"

#include "base/clock.h"

/* Told twice that a client is gone: it is back, for that ends what is left of the connection
 * before. */
void eb_connection_ended(struct eb_resend *resend, int event,
    const struct mosquitto_evt_disconnect *end, int64_t within_us)
{
    struct eb_span client_id = eb_span_of(mosquitto_client_id(end->client));
    uint32_t keepalive_s = (uint32_t)mosquitto_client_keepalive(end->client);
    enum eb_ending ending = eb_broker_ending(event, end);
    int64_t now_us = eb_clock_now_us();
    if (ending == EB_ENDED_FOR_GOOD) {
        eb_resend_forget(resend, client_id);
        return;
    }
    if (eb_resend_is_lost(resend, client_id))
        ending = EB_ENDED_BY_RETURN;
    eb_resend_lose(resend, client_id, keepalive_s, now_us);
    if (ending == EB_ENDED_BY_RETURN)
        eb_resend_connect(resend, client_id, within_us, now_us);
}

void eb_connection_begun(
    struct eb_resend *resend, const struct mosquitto_evt_disconnect *begin, int64_t within_us)
{
    struct eb_span client_id = eb_span_of(mosquitto_client_id(begin->client));
    eb_resend_connect(resend, client_id, within_us, eb_clock_now_us());
}
