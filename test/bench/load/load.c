#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

#include "bench/bench.h"
#include "link.h"
#include "packet.h"
#include "process_time.h"

enum {
    IN_FLIGHT_MAX = 20,      /* of a publisher at QoS 1 and 2: Mosquitto's own default */
    FENCES_MAX = 2,          /* PINGREQs of a publisher that wait for their answer */
    UNSENT_MAX = 512 * 1024, /* bytes of a publisher that wait for the network */
    READY_MAX = 64,          /* connections dealt with in one turn */
    TOPIC_MAX = 1024,
};

static const int64_t second_ns = 1000000000;
static const int64_t stall_ns = second_ns / 2; /* closed loop: what has not come is written off */
static const int64_t patience_ns = 2 * second_ns; /* for what is still to come at the end */

struct client {
    struct link link;
    struct load *load;
    bool is_publisher, waits_for_room;
    size_t number; /* among its kind */
    char topic[TOPIC_MAX];
    uint16_t last_id;
    uint32_t in_flight, fences, since_fence;
};

struct load {
    const struct load_plan *plan;
    struct load_result *result;
    struct sample_event event;
    struct client *clients; /* subscribers, then publishers */
    size_t client_count, next_publisher;
    int epoll;
    uint32_t fence_interval;
    uint64_t written_off;
    int64_t now_ns, begin_ns, measured_from_ns, last_copy_ns;
    uint64_t events_before; /* that were complete when the warm-up ended */
    bool is_measuring;
};

static int64_t read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * second_ns + now.tv_nsec;
}

static int64_t seconds_ns(double seconds)
{
    return (int64_t)(seconds * 1e9);
}

/* The broker's answers. */

static void receive_event(struct client *client, const struct packet *packet)
{
    struct load *load = client->load;
    struct packet_publish publish;
    uint64_t number;
    if (!packet_read_publish(&publish, packet, load->plan->protocol))
        bench_fail("the broker sent a PUBLISH that is too short");
    if (publish.qos)
        packet_acknowledge(
            &client->link.out, publish.qos == 1 ? PACKET_PUBACK : PACKET_PUBREC, publish.id);
    if (!sample_event_find_number(publish.payload, &number))
        number = UINT64_MAX;
    ledger_receive(&load->result->ledger, client->number, number, load->now_ns);
    load->last_copy_ns = load->now_ns;
}

static void receive_acknowledgement(struct client *client, const struct packet *packet)
{
    uint16_t id = 0;
    packet_read_id(&id, packet);
    bool is_refusal = packet_reason(packet, client->load->plan->protocol) >= 0x80;
    client->load->result->refused += is_refusal;
    if (packet->type == PACKET_PUBREC && !is_refusal)
        packet_acknowledge(&client->link.out, PACKET_PUBREL, id);
    else
        client->in_flight--;
}

static void receive_packet(struct client *client, const struct packet *packet)
{
    uint16_t id = 0;
    switch (packet->type) {
    case PACKET_PUBLISH: receive_event(client, packet); break;
    case PACKET_PUBACK:
    case PACKET_PUBREC:
    case PACKET_PUBCOMP: receive_acknowledgement(client, packet); break;
    case PACKET_PUBREL:
        packet_read_id(&id, packet);
        packet_acknowledge(&client->link.out, PACKET_PUBCOMP, id);
        break;
    case PACKET_PINGRESP: client->fences--; break;
    case PACKET_DISCONNECT: bench_fail("the broker disconnects a client");
    case PACKET_CONNACK:
    case PACKET_SUBACK: break;
    }
}

static void receive(struct client *client)
{
    if (!link_receive(&client->link))
        return;
    struct packet packet;
    for (;;) {
        struct queue *in = &client->link.in;
        size_t length =
            packet_read(&packet, eb_span((const char *)queue_front(in), queue_length(in)));
        if (!length)
            return;
        receive_packet(client, &packet);
        queue_take(in, length);
    }
}

/* Connections. */

static void await(struct client *client, enum packet_type type)
{
    struct packet packet;
    struct queue *in = &client->link.in;
    for (;;) {
        while (!link_flush(&client->link))
            ;
        size_t length =
            packet_read(&packet, eb_span((const char *)queue_front(in), queue_length(in)));
        if (length && packet.type == type)
            break;
        if (length)
            queue_take(in, length);
        else if (!link_receive(&client->link))
            nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
    }
    uint8_t reason = packet_reason(&packet, client->load->plan->protocol);
    if (type == PACKET_CONNACK ? reason != 0 : reason >= 0x80)
        bench_fail("the broker refuses %s: reason 0x%02x",
            type == PACKET_CONNACK ? "a client" : "a subscription", reason);
    queue_take(in, 2 + packet.content.len);
}

static void watch(struct client *client, bool for_room)
{
    struct epoll_event event = { .events = EPOLLIN | (for_room ? EPOLLOUT : 0),
        .data.ptr = client };
    epoll_ctl(client->load->epoll, EPOLL_CTL_MOD, client->link.socket, &event);
    client->waits_for_room = for_room;
}

static void flush(struct client *client)
{
    bool is_sent = link_flush(&client->link);
    if (is_sent == client->waits_for_room)
        watch(client, !is_sent);
}

static void name_topic(struct client *client, const char *topic)
{
    const char *mark = strchr(topic, '%');
    int length = mark ? snprintf(client->topic, TOPIC_MAX, "%.*s%zu%s", (int)(mark - topic), topic,
                            client->number, mark + 1)
                      : snprintf(client->topic, TOPIC_MAX, "%s", topic);
    if (length < 0 || length >= TOPIC_MAX)
        bench_fail("a topic has at most %d bytes", TOPIC_MAX - 1);
}

static void open_client(struct load *load, struct client *client)
{
    const struct load_plan *plan = load->plan;
    char id[64];
    snprintf(id, sizeof id, "eb-load-%ld-%s-%zu", (long)read_clock() % 1000000,
        client->is_publisher ? "p" : "s", client->number);
    client->load = load;
    link_open(&client->link, plan->host, plan->port);
    packet_connect(&client->link.out, &(struct packet_login){ .client_id = id,
                                          .username = plan->username,
                                          .password = plan->password,
                                          .protocol = plan->protocol });
    await(client, PACKET_CONNACK);
    if (client->is_publisher) {
        name_topic(client, plan->topic);
    } else {
        packet_subscribe(
            &client->link.out, plan->protocol, plan->filters[client->number], plan->qos);
        await(client, PACKET_SUBACK);
    }
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
    epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->link.socket, &event);
}

static void open_clients(struct load *load)
{
    size_t subscribers = load->plan->filter_count;
    load->client_count = subscribers + load->plan->publisher_count;
    load->clients = calloc(load->client_count, sizeof *load->clients);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!load->clients || load->epoll < 0)
        bench_fail("no memory");
    for (size_t i = 0; i < load->client_count; i++) {
        load->clients[i].is_publisher = i >= subscribers;
        load->clients[i].number = i < subscribers ? i : i - subscribers;
        open_client(load, &load->clients[i]);
    }
}

static void close_clients(struct load *load)
{
    for (size_t i = 0; i < load->client_count; i++) {
        packet_disconnect(&load->clients[i].link.out);
        link_close(&load->clients[i].link);
    }
    free(load->clients);
}

/* Sending. */

static uint64_t complete_events(const struct load *load)
{
    const struct ledger *ledger = &load->result->ledger;
    return ledger->subscription_count ? ledger->copies / ledger->subscription_count : ledger->sent;
}

static uint64_t events_under_way(const struct load *load)
{
    uint64_t settled = complete_events(load) + load->written_off;
    uint64_t sent = load->result->ledger.sent;
    return sent > settled ? sent - settled : 0;
}

static bool may_send(const struct client *client)
{
    return client->fences < FENCES_MAX && client->in_flight < IN_FLIGHT_MAX &&
           queue_length(&client->link.out) < UNSENT_MAX;
}

static void send_event(struct load *load, struct client *client, int64_t due_ns)
{
    int qos = load->plan->qos;
    sample_event_set_number(&load->event, ledger_send(&load->result->ledger, due_ns));
    if (qos) {
        client->last_id = client->last_id == UINT16_MAX ? 1 : client->last_id + 1;
        client->in_flight++;
    }
    packet_publish(&client->link.out, load->plan->protocol,
        &(struct packet_publish){ .topic = eb_span_of(client->topic),
            .payload = eb_span(load->event.text, load->event.length),
            .qos = qos,
            .id = client->last_id });
    if (!qos && ++client->since_fence >= load->fence_interval) {
        packet_ping(&client->link.out);
        client->fences++;
        client->since_fence = 0;
    }
}

static struct client *take_publisher(struct load *load)
{
    struct client *publishers = load->clients + load->plan->filter_count;
    struct client *publisher = &publishers[load->next_publisher];
    load->next_publisher = (load->next_publisher + 1) % load->plan->publisher_count;
    return publisher;
}

static bool send_as_possible(struct load *load)
{
    for (size_t refused = 0; refused < load->plan->publisher_count;) {
        if (events_under_way(load) >= load->plan->window)
            return false;
        struct client *publisher = take_publisher(load);
        if (may_send(publisher)) {
            send_event(load, publisher, load->now_ns);
            return true;
        }
        refused++;
    }
    return false;
}

static int64_t due_ns(const struct load *load)
{
    return load->begin_ns + (int64_t)((double)load->result->ledger.sent * 1e9 / load->plan->rate);
}

static bool send_as_due(struct load *load)
{
    int64_t due = due_ns(load);
    if (due > load->now_ns)
        return false;
    send_event(load, take_publisher(load), due);
    return true;
}

static bool is_over(const struct load *load)
{
    const struct load_plan *plan = load->plan;
    if (plan->events)
        return load->result->ledger.sent >= plan->events;
    return load->is_measuring &&
           load->now_ns - load->measured_from_ns >= seconds_ns(plan->measured_s);
}

static void send_events(struct load *load)
{
    enum { BURST = 64 }; /* answers are looked at in between */
    for (int i = 0; i < BURST && !is_over(load); i++) {
        if (!(load->plan->rate > 0 ? send_as_due(load) : send_as_possible(load)))
            break;
    }
    for (size_t i = load->plan->filter_count; i < load->client_count; i++) {
        if (queue_length(&load->clients[i].link.out) && !load->clients[i].waits_for_room)
            flush(&load->clients[i]);
    }
}

static void write_off(struct load *load)
{
    if (load->now_ns - load->last_copy_ns < stall_ns)
        return;
    load->written_off += events_under_way(load);
    load->last_copy_ns = load->now_ns;
}

/* Time. */

static void take_times(const struct load *load, int sign)
{
    struct load_result *result = load->result;
    for (size_t i = 0; i < load->plan->process_count; i++) {
        result->process_ns[i] += sign * process_time_ns(load->plan->processes[i]);
        result->process_waited_ns[i] += sign * process_waited_ns(load->plan->processes[i]);
    }
}

static void begin_measuring(struct load *load)
{
    load->is_measuring = true;
    load->measured_from_ns = load->now_ns;
    load->result->ledger.first_measured = load->result->ledger.sent;
    load->events_before = complete_events(load);
    take_times(load, -1);
}

static void end_measuring(struct load *load)
{
    if (!load->is_measuring)
        bench_fail("the run was over before the warm-up");
    take_times(load, 1);
    load->result->seconds = (double)(load->now_ns - load->measured_from_ns) / 1e9;
    load->result->events = complete_events(load) - load->events_before;
}

/* Waits for the broker, or until `limit_ns` have gone. */
static void turn(struct load *load, int64_t limit_ns)
{
    struct epoll_event ready[READY_MAX];
    struct timespec limit = { limit_ns / second_ns, limit_ns % second_ns };
    int count = epoll_pwait2(load->epoll, ready, READY_MAX, &limit, NULL);
    load->now_ns = read_clock();
    for (int i = 0; i < count; i++) {
        struct client *client = ready[i].data.ptr;
        if (ready[i].events & ~(uint32_t)EPOLLOUT)
            receive(client);
        flush(client);
    }
}

static int64_t time_to_wait(const struct load *load)
{
    static const int64_t longest = 10000000;
    if (load->plan->rate <= 0)
        return events_under_way(load) < load->plan->window ? longest / 100 : longest;
    int64_t wait = due_ns(load) - load->now_ns;
    return wait < 0 ? 0 : wait < longest ? wait : longest;
}

static void send_all(struct load *load)
{
    load->begin_ns = load->now_ns = load->last_copy_ns = read_clock();
    while (!is_over(load)) {
        if (!load->is_measuring &&
            load->now_ns - load->begin_ns >= seconds_ns(load->plan->warm_up_s))
            begin_measuring(load);
        send_events(load);
        turn(load, time_to_wait(load));
        write_off(load);
    }
    end_measuring(load);
}

static bool is_settled(const struct load *load)
{
    const struct ledger *ledger = &load->result->ledger;
    if (ledger->copies < ledger_expected(ledger))
        return false;
    for (size_t i = 0; i < load->client_count; i++) {
        const struct client *client = &load->clients[i];
        if (client->in_flight || client->fences || queue_length(&client->link.out))
            return false;
    }
    return true;
}

static void await_rest(struct load *load)
{
    load->last_copy_ns = load->now_ns;
    while (!is_settled(load) && load->now_ns - load->last_copy_ns < patience_ns)
        turn(load, second_ns / 100);
}

void load_run(struct load_plan *plan, struct load_result *result)
{
    struct load load = { .plan = plan, .result = result, .event = plan->event };
    *result = (struct load_result){ 0 };
    prctl(PR_SET_TIMERSLACK, 1UL);
    ledger_open(&result->ledger, plan->filter_count);
    uint64_t interval = plan->window / plan->publisher_count / FENCES_MAX;
    load.fence_interval = interval ? (uint32_t)interval : 1;
    open_clients(&load);
    send_all(&load);
    await_rest(&load);
    close_clients(&load);
    ledger_settle(&result->ledger);
}
