/*
 * eb-attack - one kind of attack on a broker, for some seconds: what no honest client would send.
 * test/attack.sh drives it and watches what becomes of others meanwhile.
 *
 * It never waits for answers, and comes back when it is thrown out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "packet.h"
#include "process_time.h"

enum {
    SOCKETS_MAX = 10000,
    TOPIC_MAX = 65535,
    LEVELS = 10000,
    NESTED_BYTES = 1024 * 1024,
    KEYS = 20000,
    REGEX_BYTES = 30000,
    DEAF_BYTES = 2048,
};

struct attacker {
    struct sockaddr_in address;
    int sockets[SOCKETS_MAX];
    size_t socket_count; /* to be used */
    struct queue packet; /* what is sent again and again */
    uint64_t random;
    uint64_t packets, connections;
    uint64_t bytes; /* sent, without those that the broker was not given time to read */
    size_t let_in;  /* at once, at most */
};

/* ---- connections ---- */

static int dial(struct attacker *attacker)
{
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct linger at_once = { .l_onoff = 1 }; /* or the ports would be used up */
    if (s < 0)
        bench_fail("no socket: %s", strerror(errno));
    setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (connect(s, (struct sockaddr *)&attacker->address, sizeof attacker->address) != 0) {
        close(s);
        return -1;
    }
    attacker->connections++;
    return s;
}

/* Bytes that were sent through one of our sockets and that the broker has not read. */
static uint64_t unread_bytes(const struct attacker *attacker, int s)
{
    struct sockaddr_in own = { 0 };
    socklen_t own_len = sizeof own;
    getsockname(s, (struct sockaddr *)&own, &own_len);
    unsigned to = ntohs(attacker->address.sin_port), from = ntohs(own.sin_port), local, remote;
    unsigned long on_the_way, waiting;
    uint64_t bytes = 0;
    char line[256];
    FILE *file = fopen("/proc/net/tcp", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, " %*u: %*x:%x %*x:%x %*x %lx:%lx", &local, &remote, &on_the_way,
                &waiting) != 4)
            continue;
        if (local == from && remote == to)
            bytes += on_the_way;
        else if (local == to && remote == from)
            bytes += waiting;
    }
    if (file)
        fclose(file);
    return bytes;
}

/* Reads nothing and tells whether the broker has hung up. */
static bool send_some(struct attacker *attacker, int s, const struct queue *queue)
{
    size_t sent = 0, len = queue_length(queue);
    while (sent < len) {
        ssize_t got = send(s, queue_front(queue) + sent, len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) {
            struct pollfd room = { .fd = s, .events = POLLOUT };
            if (poll(&room, 1, 200) == 0)
                return false; /* it does not read: start anew */
            continue;
        }
        if (got < 0)
            return false;
        sent += (size_t)got;
        attacker->bytes += (uint64_t)got;
    }
    return true;
}

/* Answers are thrown away, lest the broker keep them. */
static void swallow(int s)
{
    char bytes[4096];
    while (recv(s, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
}

static bool log_in(struct attacker *attacker, int s)
{
    char id[48];
    struct queue hello = { 0 };
    snprintf(id, sizeof id, "attacker-%d-%llu", (int)getpid(),
        (unsigned long long)attacker->connections);
    packet_connect(&hello, &(struct packet_login){ .client_id = id, .protocol = 4 });
    bool is_sent = send_some(attacker, s, &hello);
    queue_release(&hello);
    return is_sent;
}

static void hang_up(struct attacker *attacker, size_t i)
{
    if (attacker->sockets[i] >= 0)
        close(attacker->sockets[i]);
    attacker->sockets[i] = -1;
}

/* As hang_up(); what lay in the system's buffers is lost, and does not count as sent. */
static void break_off(struct attacker *attacker, size_t i)
{
    if (attacker->sockets[i] >= 0)
        attacker->bytes -= unread_bytes(attacker, attacker->sockets[i]);
    hang_up(attacker, i);
}

static bool open_socket(struct attacker *attacker, size_t i)
{
    if (attacker->sockets[i] >= 0)
        return true;
    attacker->sockets[i] = dial(attacker);
    if (attacker->sockets[i] >= 0 && log_in(attacker, attacker->sockets[i]))
        return true;
    hang_up(attacker, i);
    return false;
}

static uint64_t draw(struct attacker *attacker, uint64_t bound)
{
    attacker->random = attacker->random * 6364136223846793005u + 1442695040888963407u;
    return (attacker->random >> 33) % bound;
}

/* ---- what is sent ---- */

static void make_publish(struct attacker *attacker, struct eb_span topic, struct eb_span payload)
{
    packet_publish(
        &attacker->packet, 4, &(struct packet_publish){ .topic = topic, .payload = payload });
}

static char *take_memory(size_t bytes)
{
    char *memory = malloc(bytes);
    if (!memory)
        bench_fail("no memory");
    return memory;
}

static void prepare_invalid(struct attacker *attacker)
{
    make_publish(attacker, eb_span_of("hostile/x"), eb_span_of("{\"number\":\"no number\"}"));
}

static void prepare_nested(struct attacker *attacker)
{
    char *payload = take_memory(NESTED_BYTES);
    memset(payload, '[', NESTED_BYTES);
    make_publish(attacker, eb_span_of("hostile/x"), eb_span(payload, NESTED_BYTES));
    free(payload);
}

/* As many names as there may be, alike but for their end. */
static void prepare_keys(struct attacker *attacker)
{
    char *payload = take_memory(KEYS * 40 + 8), *at = payload;
    *at++ = '{';
    for (int i = 0; i < KEYS; i++)
        at += sprintf(at, "%s\"%020d%05d\":0", i ? "," : "", 0, i);
    *at++ = '}';
    make_publish(attacker, eb_span_of("hostile/x"), eb_span(payload, (size_t)(at - payload)));
    free(payload);
}

/* For the patterns (a+)+$ and (?=(a+)+$)a of the schema there. */
static void prepare_regex(struct attacker *attacker)
{
    static const char before[] = "{\"number\":1,\"slow\":\"", after[] = "!\"}";
    char *payload = take_memory(REGEX_BYTES + sizeof before + sizeof after);
    memcpy(payload, before, sizeof before - 1);
    memset(payload + sizeof before - 1, 'a', REGEX_BYTES);
    strcpy(payload + sizeof before - 1 + REGEX_BYTES, after);
    make_publish(attacker, eb_span_of("hostile/x"), eb_span_of(payload));
    free(payload);
}

static void prepare_levels(struct attacker *attacker)
{
    char *topic = take_memory(2 * LEVELS);
    for (int i = 0; i < LEVELS; i++)
        memcpy(topic + 2 * (size_t)i, "a/", 2);
    make_publish(attacker, eb_span(topic, 2 * LEVELS - 1), eb_span_of("{}"));
    free(topic);
}

static void prepare_topic(struct attacker *attacker)
{
    char *topic = take_memory(TOPIC_MAX);
    memset(topic, 'a', TOPIC_MAX);
    memcpy(topic, "hostile/", 8);
    make_publish(attacker, eb_span(topic, TOPIC_MAX), eb_span_of("{\"number\":\"no\"}"));
    free(topic);
}

static void prepare_control(struct attacker *attacker)
{
    make_publish(attacker, eb_span_of("$CONTROL/event-bus/v1"),
        eb_span_of("{\"commands\":[{\"command\":\"reload\"}]}"));
}

static void prepare_deaf(struct attacker *attacker)
{
    char payload[DEAF_BYTES];
    memset(payload, '1', sizeof payload);
    make_publish(attacker, eb_span_of("deaf/x"), eb_span(payload, sizeof payload));
}

/* ---- attacks ---- */

/* Each turn is short, so that the time can be looked at. */
static void flood(struct attacker *attacker)
{
    for (size_t i = 0; i < attacker->socket_count; i++) {
        if (!open_socket(attacker, i))
            continue;
        swallow(attacker->sockets[i]);
        if (send_some(attacker, attacker->sockets[i], &attacker->packet))
            attacker->packets++;
        else
            break_off(attacker, i);
    }
}

/* Packets that no client sends, and honest ones with a byte or two changed. */
static void babble(struct attacker *attacker)
{
    static const struct {
        const char *bytes;
        size_t len;
    } broken[] = {
#define BYTES(text) { text, sizeof text - 1 }
        BYTES("\x30\xff\xff\xff\xff"),
        BYTES("\x30\xff\xff\xff\x7f"),
        BYTES("\x30\0"),
        BYTES("\x30\x02\0\0"),
        BYTES("\x36\x05\0\1a\0\1"),
        BYTES("\x32\x05\0\1a\0\0"),
        BYTES("\x82\0"),
        BYTES("\x82\x05\0\1\0\1#"),
        BYTES("\x82\x06\0\1\0\1#\3"),
        BYTES("\x80\x06\0\1\0\1#\0"),
        BYTES("\x40\0"),
        BYTES("\x50\2\0\0"),
        BYTES("\x62\1\0"),
        BYTES("\x70\2\xff\xff"),
        BYTES("\xf0\0"),
        BYTES("\0\0"),
        BYTES("\xe0\x7f"),
        BYTES("\x10\x0c\0\4MQTT\4\2\0\x3c\0\0"),
        BYTES("\x30\x06\0\4a\0bc"),
        BYTES("\x30\x04\0\2\xc3\x28"),
        BYTES("\x30\x04\0\2+#"),
        BYTES("\xa2\x04\0\1\0\0"),
#undef BYTES
    };
    struct queue packet = { 0 };
    size_t i = (size_t)draw(attacker, attacker->socket_count);
    if (draw(attacker, 2)) {
        size_t n = (size_t)draw(attacker, sizeof broken / sizeof *broken);
        queue_add(&packet, broken[n].bytes, broken[n].len);
    } else {
        packet_publish(&packet, 4,
            &(struct packet_publish){ .topic = eb_span_of("hostile/x"),
                .payload = eb_span_of("{\"number\":1}"),
                .qos = (int)draw(attacker, 3),
                .id = 1 });
        for (uint64_t changes = 1 + draw(attacker, 3); changes > 0; changes--)
            packet.bytes[draw(attacker, queue_length(&packet))] = (uint8_t)draw(attacker, 256);
    }
    if (open_socket(attacker, i)) {
        swallow(attacker->sockets[i]);
        if (send_some(attacker, attacker->sockets[i], &packet))
            attacker->packets++;
        if (draw(attacker, 4) == 0)
            hang_up(attacker, i);
    }
    queue_release(&packet);
}

static bool is_let_in(int s)
{
    uint8_t answer[4];
    return s >= 0 && recv(s, answer, sizeof answer, MSG_PEEK | MSG_DONTWAIT) == sizeof answer &&
           answer[0] == 0x20 && answer[3] == 0;
}

static void count_let_in(struct attacker *attacker)
{
    size_t count = 0;
    for (size_t i = 0; i < attacker->socket_count; i++)
        count += is_let_in(attacker->sockets[i]);
    if (count > attacker->let_in)
        attacker->let_in = count;
}

/* Connects until all are there, then all go, without a word. */
static void come_and_go(struct attacker *attacker)
{
    for (int n = 0; n < 50; n++) {
        size_t i = attacker->packets++ % (2 * attacker->socket_count);
        if (i == attacker->socket_count)
            count_let_in(attacker);
        if (i < attacker->socket_count)
            open_socket(attacker, i);
        else
            hang_up(attacker, i - attacker->socket_count);
    }
}

/* All but the first subscribe and never read again; the first publishes to them. */
static void be_deaf(struct attacker *attacker)
{
    for (size_t i = 1; i < attacker->socket_count; i++) {
        if (attacker->sockets[i] >= 0 || !open_socket(attacker, i))
            continue;
        int small = 4096;
        struct queue subscribe = { 0 };
        setsockopt(attacker->sockets[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        packet_subscribe(&subscribe, 4, i % 2 ? "deaf/#" : "services/deaf", (int)(i % 3));
        send_some(attacker, attacker->sockets[i], &subscribe);
        queue_release(&subscribe);
    }
    if (!open_socket(attacker, 0))
        return;
    swallow(attacker->sockets[0]);
    if (send_some(attacker, attacker->sockets[0], &attacker->packet))
        attacker->packets++;
    else
        break_off(attacker, 0);
}

/* Half a packet each, and never the rest. */
static void stop_halfway(struct attacker *attacker)
{
    struct queue half = { 0 };
    queue_add(&half, "\x30\xff\xff\x03\0\4abcd", 10);
    for (size_t i = 0; i < attacker->socket_count; i++) {
        if (attacker->sockets[i] >= 0 || !open_socket(attacker, i))
            continue;
        send_some(attacker, attacker->sockets[i], &half);
        attacker->packets++;
    }
    queue_release(&half);
    poll(NULL, 0, 10);
}

static const struct attack {
    const char *name, *help;
    size_t sockets;
    void (*prepare)(struct attacker *attacker);
    void (*turn)(struct attacker *attacker);
} attacks[] = {
    { "malformed", "packets that are broken", 20, NULL, babble },
    { "invalid", "events that break their contract", 4, prepare_invalid, flood },
    { "nested", "1 MiB of opening brackets", 2, prepare_nested, flood },
    { "keys", "objects of 20,000 members", 2, prepare_keys, flood },
    { "regex", "30,000 letters for patterns that go back for ever", 2, prepare_regex, flood },
    { "topic", "topics of 65,535 bytes", 4, prepare_topic, flood },
    { "levels", "topics of 10,000 levels", 4, prepare_levels, flood },
    { "control", "commands of who may not command", 4, prepare_control, flood },
    { "connections", "clients that connect and are gone again", 1000, NULL, come_and_go },
    { "halfway", "clients that stop in the midst of a packet", 500, NULL, stop_halfway },
    { "deaf", "subscribers that never read", 21, prepare_deaf, be_deaf },
};
enum { ATTACKS = sizeof attacks / sizeof *attacks };

/* ---- the program ---- */

static const char usage[] =
    "Usage: eb-attack PORT ATTACK SECONDS PID [CLIENTS]\n"
    "       eb-attack list\n"
    "\n"
    "Attacks the broker PID and prints one line of JSON. Called by test/attack.sh.\n";

static void list(void)
{
    for (size_t i = 0; i < ATTACKS; i++)
        printf("%-12s %s\n", attacks[i].name, attacks[i].help);
}

static const struct attack *find(const char *name)
{
    for (size_t i = 0; i < ATTACKS; i++) {
        if (strcmp(attacks[i].name, name) == 0)
            return &attacks[i];
    }
    fprintf(stderr, "eb-attack: there is no attack '%s'\n", name);
    exit(2);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void begin(struct attacker *attacker, const struct attack *attack, const char *clients)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    attacker->random = 1;
    attacker->socket_count = clients ? strtoul(clients, NULL, 10) : attack->sockets;
    if (attacker->socket_count < 1 || attacker->socket_count > SOCKETS_MAX)
        bench_fail("1 to %d clients", SOCKETS_MAX);
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        attacker->sockets[i] = -1;
    if (attack->prepare)
        attack->prepare(attacker);
}

/* How many packets the broker has come to, after all sockets were broken off. */
static double packets_taken(const struct attacker *attacker)
{
    size_t len = queue_length(&attacker->packet);
    return len ? (double)attacker->bytes / (double)len : (double)attacker->packets;
}

/* Returns the seconds that it took. */
static double run(struct attacker *attacker, const struct attack *attack, double seconds)
{
    double start_s = now_s(), elapsed_s;
    while ((elapsed_s = now_s() - start_s) < seconds)
        attack->turn(attacker);
    return elapsed_s;
}

int main(int argc, char **argv)
{
    static struct attacker attacker = { .address.sin_family = AF_INET };
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        list();
        return 0;
    }
    if (argc < 5 || argc > 6) {
        fputs(usage, stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    attacker.address.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    attacker.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const struct attack *attack = find(argv[2]);
    pid_t broker = (pid_t)strtol(argv[4], NULL, 10);
    begin(&attacker, attack, argc == 6 ? argv[5] : NULL);
    int64_t ran_ns = process_time_ns(broker), waited_ns = process_waited_ns(broker);
    double seconds = run(&attacker, attack, strtod(argv[3], NULL));
    ran_ns = process_time_ns(broker) - ran_ns;
    waited_ns = process_waited_ns(broker) - waited_ns;
    for (size_t i = 0; i < attacker.socket_count; i++)
        attack->prepare ? break_off(&attacker, i) : hang_up(&attacker, i);
    double taken = packets_taken(&attacker);
    queue_release(&attacker.packet);
    printf("{\"packets\":%llu,\"connections\":%llu,\"let_in\":%zu,\"taken\":%.1f,"
           "\"broker_s\":%.4f,\"waited_s\":%.4f,\"seconds\":%.3f}\n",
        (unsigned long long)attacker.packets, (unsigned long long)attacker.connections,
        attacker.let_in, taken, (double)ran_ns / 1e9, (double)waited_ns / 1e9, seconds);
    return 0;
}
