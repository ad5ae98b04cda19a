#include "link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"

enum {
    RECEIVE_BYTES = 256 * 1024,
};

static int connect_any(const struct addrinfo *address)
{
    for (; address; address = address->ai_next) {
        int sock = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, 0);
        if (sock >= 0 && connect(sock, address->ai_addr, address->ai_addrlen) == 0)
            return sock;
        if (sock >= 0)
            close(sock);
    }
    return -1;
}

void link_open(struct link *link, const char *host, const char *port)
{
    *link = (struct link){ 0 };
    struct addrinfo *found, wanted = { .ai_socktype = SOCK_STREAM };
    int rc = getaddrinfo(host, port, &wanted, &found);
    if (rc)
        bench_fail("%s:%s: %s", host, port, gai_strerror(rc));
    link->socket = connect_any(found);
    freeaddrinfo(found);
    if (link->socket < 0)
        bench_fail("%s:%s: %s", host, port, strerror(errno));
    int on = 1;
    setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool link_flush(struct link *link)
{
    while (queue_length(&link->out)) {
        ssize_t sent = send(link->socket, queue_front(&link->out), queue_length(&link->out),
            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN)
            return false;
        if (sent < 0 && errno != EINTR)
            bench_fail("the broker hung up while it was sent to: %s", strerror(errno));
        if (sent > 0)
            queue_take(&link->out, (size_t)sent);
    }
    return true;
}

size_t link_receive(struct link *link)
{
    uint8_t *room = queue_room(&link->in, RECEIVE_BYTES);
    ssize_t got = recv(link->socket, room, RECEIVE_BYTES, MSG_DONTWAIT);
    if (got == 0)
        bench_fail("the broker hung up");
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        bench_fail("the broker hung up: %s", strerror(errno));
    if (got <= 0)
        return 0;
    queue_added(&link->in, (size_t)got);
    return (size_t)got;
}

void link_close(struct link *link)
{
    link_flush(link);
    close(link->socket);
    queue_release(&link->in);
    queue_release(&link->out);
}
