#include "line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"

enum { RECEIVE_BYTES = 64 * 1024 };

static void watch(struct line *line, int how, bool for_room)
{
    struct epoll_event event = { .events = EPOLLIN | (for_room ? EPOLLOUT : 0), .data.ptr = line };
    if (epoll_ctl(line->epoll, how, line->socket, &event) != 0)
        bench_fail("epoll: %s", strerror(errno));
    line->waits_for_room = for_room;
}

void line_dial(struct line *line)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(line->port, NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int on = 1;
    line->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line->socket < 0 || connect(line->socket, (struct sockaddr *)&address, sizeof address) != 0)
        bench_fail("127.0.0.1:%s: %s", line->port, strerror(errno));
    setsockopt(line->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(line, EPOLL_CTL_ADD, false);
    packet_connect(&line->out, &(struct packet_login){ .client_id = line->id,
                                   .username = line->username,
                                   .protocol = line->protocol,
                                   .keeps_session = line->keeps_session });
    line_flush(line);
}

static void end(struct line *line)
{
    close(line->socket);
    line->socket = -1;
    line->is_open = false;
    queue_take(&line->in, queue_length(&line->in));
    queue_take(&line->out, queue_length(&line->out));
}

void line_cut(struct line *line, bool with_reset)
{
    struct linger linger = { .l_onoff = 1 };
    if (with_reset)
        setsockopt(line->socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    end(line);
}

void line_leave(struct line *line)
{
    packet_disconnect(&line->out);
    line_flush(line);
    end(line);
}

void line_flush(struct line *line)
{
    while (queue_length(&line->out)) {
        ssize_t sent = send(line->socket, queue_front(&line->out), queue_length(&line->out),
            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN)
            break;
        if (sent < 0 && errno != EINTR)
            bench_fail("%s: the broker hung up: %s", line->id, strerror(errno));
        if (sent > 0)
            queue_take(&line->out, (size_t)sent);
    }
    bool waits = queue_length(&line->out) > 0;
    if (waits != line->waits_for_room)
        watch(line, EPOLL_CTL_MOD, waits);
}

static void take_packet(struct line *line, const struct packet *packet)
{
    if (packet->type == PACKET_DISCONNECT)
        bench_fail("%s: the broker disconnects it, 0x%02x", line->id,
            packet->content.len ? (unsigned char)packet->content.ptr[0] : 0);
    if (packet->type != PACKET_CONNACK) {
        line->receive(line->owner, packet);
        return;
    }
    if (packet_reason(packet, line->protocol) != 0)
        bench_fail("%s: refused with 0x%02x", line->id, packet_reason(packet, line->protocol));
    line->has_session = packet->content.ptr[0] & 1;
    line->is_open = true;
    line->opened(line->owner);
}

/* False when there is nothing more. */
static bool read_some(struct line *line)
{
    uint8_t *room = queue_room(&line->in, RECEIVE_BYTES);
    ssize_t got = recv(line->socket, room, RECEIVE_BYTES, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got <= 0)
        bench_fail("%s: the broker hung up: %s", line->id, got ? strerror(errno) : "end of file");
    queue_added(&line->in, (size_t)got);
    return true;
}

void line_turn(struct line *line)
{
    struct packet packet;
    if (line->socket >= 0 && read_some(line)) {
        struct queue *in = &line->in;
        size_t length;
        while (line->socket >= 0 &&
               (length = packet_read(
                    &packet, eb_span((const char *)queue_front(in), queue_length(in)))) > 0) {
            take_packet(line, &packet);
            if (line->socket >= 0) /* its owner may have ended it */
                queue_take(in, length);
        }
    }
    if (line->socket >= 0)
        line_flush(line);
}

void line_release(struct line *line)
{
    if (line->socket >= 0)
        line_leave(line);
    queue_release(&line->in);
    queue_release(&line->out);
}
