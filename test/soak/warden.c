#include "warden.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

#define TOPIC "$CONTROL/event-bus/v1"

static void take_answer(struct warden *self, struct eb_span answer)
{
    size_t len = answer.len < ANSWER_BYTES - 1 ? answer.len : ANSWER_BYTES - 1;
    memcpy(self->answer, answer.ptr, len);
    self->answer[len] = '\0';
    self->is_waiting = false;
    if (strstr(self->answer, "\"error\":\"") && self->failures++ < 3)
        fprintf(stderr, "a command failed: %.500s\n", self->answer);
}

static void receive(void *owner, const struct packet *packet)
{
    struct warden *self = owner;
    struct packet_publish publish;
    if (packet->type == PACKET_SUBACK) {
        self->is_subscribed = true;
    } else if (packet->type == PACKET_PUBLISH) {
        if (!packet_read_publish(&publish, packet, self->line.protocol))
            bench_fail("the broker sent a PUBLISH that is too short");
        if (publish.qos == 1)
            packet_acknowledge(&self->line.out, PACKET_PUBACK, publish.id);
        take_answer(self, publish.payload);
    }
}

static void opened(void *owner)
{
    struct warden *self = owner;
    packet_subscribe(&self->line.out, self->line.protocol, TOPIC "/response", 1);
}

void warden_init(struct warden *self, pid_t broker, const char *directory)
{
    *self = (struct warden){ .broker = broker, .directory = directory };
    self->line.protocol = 5;
    self->line.username = "bus-admin";
    self->line.receive = receive;
    self->line.opened = opened;
    self->line.owner = self;
    snprintf(self->line.id, sizeof self->line.id, "soak-warden");
}

void warden_ask(struct warden *self, const char *command)
{
    char request[512];
    int len = snprintf(request, sizeof request, "{\"commands\":[%s]}", command);
    packet_publish(&self->line.out, self->line.protocol,
        &(struct packet_publish){
            .topic = eb_span_of(TOPIC), .payload = eb_span(request, (size_t)len) });
    self->commands++;
    self->is_waiting = true;
}

/* A rule's file, written anew and moved into its place. */
static void edit(const struct warden *self)
{
    char path[512], beside[512];
    snprintf(path, sizeof path, "%s/rules/edited.json", self->directory);
    snprintf(beside, sizeof beside, "%s/edited.new", self->directory);
    FILE *file = fopen(beside, "w");
    if (!file ||
        fprintf(file,
            "{\"description\":\"edition %llu\",\"from\":[\"other/#\"],"
            "\"when\":{\"edition\":[%llu]},\"to\":[{\"topic\":\"services/edited\"}]}\n",
            (unsigned long long)self->turn, (unsigned long long)self->turn) < 0 ||
        fclose(file) != 0 || rename(beside, path) != 0)
        bench_fail("%s: %s", path, strerror(errno));
}

static void send_signal(struct warden *self)
{
    if (self->directory)
        edit(self);
    if (kill(self->broker, SIGHUP) != 0)
        bench_fail("the broker is gone");
    self->signals++;
}

void warden_act(struct warden *self)
{
    static const char *const commands[] = {
        "{\"command\":\"reload\"}",
        "{\"command\":\"putRule\",\"name\":\"managed\",\"rule\":{\"from\":[\"other/#\"],"
        "\"when\":{\"a\":[1]},\"to\":[{\"topic\":\"services/managed\"}]}}",
        "{\"command\":\"disableRule\",\"name\":\"managed\"}",
        "{\"command\":\"enableRule\",\"name\":\"managed\"}",
        "{\"command\":\"deleteRule\",\"name\":\"managed\"}",
    };
    if (self->is_waiting || (self->directory && !self->is_subscribed))
        return;
    uint64_t turn = self->turn++;
    if (!self->directory || turn % 2 == 0)
        send_signal(self);
    else
        warden_ask(self, commands[turn / 2 % (sizeof commands / sizeof *commands)]);
}

uint64_t warden_figure(const struct warden *self, const char *path)
{
    char name[128];
    snprintf(name, sizeof name, "\"%s\":", path);
    const char *at = strstr(self->answer, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : UINT64_MAX;
}
