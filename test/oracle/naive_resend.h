/*
 * naive_resend.h - events that their publishers send again, as bus/resend.h has them, in one list
 * that is searched from end to end.
 *
 * Clients are numbers: those below NAIVE_CLIENTS_MAX lose connections, others only send. Time is
 * the system's; before it is set back and after, a client's new event must tell it to
 * bus/resend.h.
 */
#ifndef EB_NAIVE_RESEND_H
#define EB_NAIVE_RESEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/message.h"

enum { NAIVE_CLIENTS_MAX = 8 };

struct naive_event {
    uint32_t client;
    uint32_t content;
    uint8_t answer;
    bool is_candidate; /* may come again in this connection */
    bool is_amid;      /* came while others were sent again */
    int64_t seen_us;
};

struct naive_client {
    bool is_lost, is_back;
    int64_t lost_us;
    int64_t until_us; /* candidates count up to then */
};

struct naive_resend {
    struct naive_event *events; /* oldest first */
    size_t first, end, room;
    struct naive_client clients[NAIVE_CLIENTS_MAX];
    int64_t wall_us, now_us;
};

void naive_resend_init(struct naive_resend *naive);
void naive_resend_release(struct naive_resend *naive);

void naive_resend_lose(
    struct naive_resend *naive, uint32_t client, uint32_t keepalive_s, int64_t wall_us);
bool naive_resend_is_lost(const struct naive_resend *naive, uint32_t client);
void naive_resend_forget(struct naive_resend *naive, uint32_t client);
void naive_resend_connect(
    struct naive_resend *naive, uint32_t client, int64_t within_us, int64_t wall_us);
void naive_resend_meet(struct naive_resend *naive, uint32_t client, enum eb_session session);

/* What a client sends; true when it was there before, and `*answer` is what it was answered. */
bool naive_resend_send(struct naive_resend *naive, uint32_t client, uint32_t content,
    uint32_t in_flight, int64_t wall_us, uint8_t *answer);

size_t naive_resend_count(const struct naive_resend *naive);

#endif
