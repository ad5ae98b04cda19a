#include "control.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "mail.h"

/* ---- who may ---- */

/* As an IPv6 address, IPv4 mapped into it (RFC 4291 §2.5.5.2): listeners differ in how they say
 * it. */
static bool read_address(const char *text, struct in6_addr *address)
{
    struct in_addr v4;
    if (inet_pton(AF_INET6, text, address) == 1)
        return true;
    if (inet_pton(AF_INET, text, &v4) != 1)
        return false;
    memset(address, 0, sizeof *address);
    memset(&address->s6_addr[10], 0xff, 2);
    memcpy(&address->s6_addr[12], &v4, 4);
    return true;
}

static bool has_username(const struct eb_span_list *usernames, const char *username)
{
    for (uint32_t i = 0; username && i < usernames->count; i++) {
        if (eb_span_is(usernames->items[i], username))
            return true;
    }
    return false;
}

static bool has_address(const struct eb_span_list *addresses, const char *address)
{
    struct in6_addr theirs, ours;
    if (!address || !read_address(address, &theirs))
        return false;
    for (uint32_t i = 0; i < addresses->count; i++) {
        if (read_address(addresses->items[i].ptr, &ours) &&
            memcmp(&ours, &theirs, sizeof ours) == 0)
            return true;
    }
    return false;
}

bool eb_control_allows(
    const struct eb_settings *settings, const char *username, const char *address)
{
    return has_username(&settings->control_usernames, username) &&
           has_address(&settings->control_addresses, address);
}

/* ---- taking requests ---- */

static void describe(const struct mosquitto *client, char *who, size_t bytes)
{
    char name[EB_LOG_TEXT_BYTES], address[EB_LOG_TEXT_BYTES];
    struct eb_span username = eb_span_of(mosquitto_client_username(client));
    struct eb_span from = eb_span_of(mosquitto_client_address(client));
    snprintf(who, bytes, "%s (%s)",
        eb_log_text(username.ptr ? username : eb_span_of("nobody"), name),
        eb_log_text(from.ptr ? from : eb_span_of("no address"), address));
}

static void request_release(struct eb_request *request)
{
    free(request->client_id);
    free(request->payload);
    *request = (struct eb_request){ 0 };
}

static bool request_fill(struct eb_request *request, const struct mosquitto_evt_control *event)
{
    const char *client_id = mosquitto_client_id(event->client);
    *request = (struct eb_request){
        .client = event->client,
        .client_id = client_id ? strdup(client_id) : NULL,
        .payload = malloc(event->payloadlen + 1),
        .payload_len = event->payloadlen,
    };
    if (!request->client_id || !request->payload) {
        request_release(request);
        return false;
    }
    if (event->payloadlen)
        memcpy(request->payload, event->payload, event->payloadlen);
    describe(event->client, request->who, sizeof request->who);
    return true;
}

static void answer(struct eb_control *control, const char *client_id, struct eb_span text)
{
    struct eb_publish publish = eb_mail_item(eb_span_of(EB_CONTROL_ANSWER_TOPIC), text);
    publish.client_id = eb_span_of(client_id);
    eb_publish_send(control->publisher, &publish);
}

static void answer_error(
    struct eb_control *control, const struct mosquitto *client, const char *error)
{
    char text[256];
    int len = snprintf(text, sizeof text,
        "{\"responses\":[{\"command\":\"Unknown command\",\"error\":\"%s\"}]}", error);
    answer(control, mosquitto_client_id(client), eb_span(text, (size_t)len));
}

static void enqueue(struct eb_control *control, const struct mosquitto_evt_control *event)
{
    unsigned asked = atomic_load(&control->asked);
    if (asked - atomic_load(&control->served) == EB_CONTROL_WAITING_MAX)
        answer_error(control, event->client, "busy: too many requests wait");
    else if (event->payloadlen > EB_CONTROL_BYTES_MAX)
        answer_error(control, event->client, "the request is too long");
    else if (!request_fill(&control->requests[asked % EB_CONTROL_WAITING_MAX], event))
        answer_error(control, event->client, "out of memory");
    else {
        atomic_store(&control->asked, asked + 1);
        eb_worker_ask(control->worker, EB_JOB_CONTROL);
    }
}

bool eb_control_is_ours(const struct mosquitto_evt_acl_check *check)
{
    static const char prefix[] = EB_CONTROL_TOPIC "/";
    return check->access == MOSQ_ACL_WRITE && strncmp(check->topic, prefix, sizeof prefix - 1) == 0;
}

void eb_control_refuse(struct eb_log_budget *budget, const struct mosquitto_evt_acl_check *check)
{
    if (!eb_log_spend(budget, eb_clock_now_us()))
        return;
    char topic[EB_LOG_TEXT_BYTES], client[EB_LOG_TEXT_BYTES];
    eb_log(MOSQ_LOG_NOTICE, "refused %s from %s: only the bus publishes there",
        eb_log_text(eb_span_of(check->topic), topic),
        eb_log_text(eb_span_of(mosquitto_client_id(check->client)), client));
}

void eb_control_take(struct eb_control *control, const struct eb_settings *settings,
    struct eb_log_budget *budget, const struct mosquitto_evt_control *event)
{
    const char *username = mosquitto_client_username(event->client);
    const char *address = mosquitto_client_address(event->client);
    if (eb_control_allows(settings, username, address)) {
        enqueue(control, event);
        return;
    }
    /* No answer: one that is not collected would stay in the broker's memory. */
    if (!eb_log_spend(budget, eb_clock_now_us()))
        return;
    char who[2 * EB_LOG_TEXT_BYTES];
    describe(event->client, who, sizeof who);
    eb_log(MOSQ_LOG_NOTICE, "control: %s may not%s", who,
        settings->control_usernames.count ? "" : ", and nobody else: it is not configured");
}

void eb_control_forget(struct eb_control *control, const struct mosquitto *client)
{
    unsigned asked = atomic_load(&control->asked);
    for (unsigned i = atomic_load(&control->served); i != asked; i++) {
        struct eb_request *request = &control->requests[i % EB_CONTROL_WAITING_MAX];
        if (request->client == client)
            request->client = NULL;
    }
}

/* ---- serving them ---- */

struct reply {
    struct eb_errand errand;
    struct eb_control *control;
    struct eb_request *request;
    struct eb_span text;
};

static bool send_reply(struct eb_errand *errand, void *plugin)
{
    (void)plugin;
    struct reply *reply = (struct reply *)errand;
    if (reply->request->client)
        answer(reply->control, reply->request->client_id, reply->text);
    request_release(reply->request);
    return true;
}

static const struct eb_request *at_hand(const struct eb_control *control)
{
    return &control->requests[atomic_load(&control->served) % EB_CONTROL_WAITING_MAX];
}

/* Who changed what is for the log, whether it was allowed or not. */
static void note(void *context, const char *command, struct eb_span name, const char *error)
{
    struct eb_control *control = context;
    const struct eb_request *request = at_hand(control);
    char line[4096], shown[EB_LOG_TEXT_BYTES];
    snprintf(line, sizeof line, "control: %s: %s%s%s: %s%s", request->who, command,
        name.ptr ? " " : "", name.ptr ? eb_log_text(name, shown) : "", error ? "refused: " : "done",
        error ? error : "");
    struct eb_mail mail;
    eb_mail_init(&mail, control->publisher);
    mail.line = line;
    mail.line_level = MOSQ_LOG_NOTICE;
    eb_worker_send(control->worker, &mail.errand);
}

struct watch_errand {
    struct eb_errand errand;
    struct eb_control *control;
    const struct eb_watch_order *order;
    const char *error;
};

static bool run_order(struct eb_errand *errand, void *plugin)
{
    (void)plugin;
    struct watch_errand *watch = (struct watch_errand *)errand;
    const struct eb_request *request = at_hand(watch->control);
    watch->error = request->client ? eb_watchers_order(watch->control->watchers, request->client,
                                         eb_span_of(request->client_id), watch->order)
                                   : "the client has gone";
    return true;
}

static const char *order_watch(void *context, const struct eb_watch_order *order)
{
    struct eb_control *control = context;
    struct watch_errand watch = { .errand.run = run_order, .control = control, .order = order };
    return eb_worker_send(control->worker, &watch.errand) ? watch.error : "the broker is ending";
}

/* What desks take is not taken from brokers that nobody commands. */
static struct eb_span serve(struct eb_control *control, struct eb_span request)
{
    if (!control->has_desk) {
        control->has_desk = eb_desk_init(&control->desk, control->reload, control->bulletin);
        control->desk.note = note;
        control->desk.watch = order_watch;
        control->desk.context = control;
    }
    struct eb_span text = { NULL, 0 };
    if (control->has_desk)
        text = eb_desk_serve(&control->desk, request);
    return text.ptr ? text
                    : eb_span_of("{\"responses\":[{\"command\":\"Unknown command\","
                                 "\"error\":\"out of memory\"}]}");
}

static bool serve_next(struct eb_control *control, unsigned served)
{
    struct eb_request *request = &control->requests[served % EB_CONTROL_WAITING_MAX];
    struct reply reply = {
        .errand.run = send_reply,
        .control = control,
        .request = request,
        .text = serve(control, eb_span(request->payload, request->payload_len)),
    };
    return eb_worker_send(control->worker, &reply.errand);
}

void eb_control_run(struct eb_control *control)
{
    unsigned served = atomic_load(&control->served);
    while (served != atomic_load(&control->asked) && serve_next(control, served))
        atomic_store(&control->served, ++served);
}

/* ---- begin and end ---- */

void eb_control_init(struct eb_control *control, struct eb_worker *worker,
    struct eb_publisher *publisher, struct eb_reload *reload, struct eb_bulletin *bulletin,
    struct eb_watchers *watchers)
{
    control->worker = worker;
    control->publisher = publisher;
    control->reload = reload;
    control->bulletin = bulletin;
    control->watchers = watchers;
}

void eb_control_release(struct eb_control *control)
{
    for (int i = 0; i < EB_CONTROL_WAITING_MAX; i++)
        request_release(&control->requests[i]);
    if (control->has_desk)
        eb_desk_release(&control->desk);
}
