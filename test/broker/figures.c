#include "figures.h"

#include <stdlib.h>

#include "eb_test.h"

static const char tree[] = "$SYS/broker/event-bus/";

enum { FIGURES_MAX = 8192 };
static struct {
    char path[256];
    char value[256];
} figures[FIGURES_MAX];
static size_t figure_count;

static size_t find(const char *path)
{
    size_t i = 0;
    while (i < figure_count && strcmp(figures[i].path, path) != 0)
        i++;
    return i;
}

/* Takes in what has come. */
static void take(struct eb_peer *peer)
{
    eb_peer_pump(peer->server, 0);
    while (peer->inbox) {
        const struct eb_received *got = eb_peer_receive(peer);
        assert_memory_equal(got->topic, tree, sizeof tree - 1);
        size_t i = find(got->topic + sizeof tree - 1);
        assert_true(i < FIGURES_MAX);
        if (i == figure_count)
            snprintf(figures[figure_count++].path, sizeof figures[i].path, "%s",
                got->topic + sizeof tree - 1);
        snprintf(
            figures[i].value, sizeof figures[i].value, "%.*s", (int)got->payload_len, got->payload);
    }
}

const char *eb_figures_get(struct eb_peer *peer, const char *path)
{
    take(peer);
    size_t i = find(path);
    return i < figure_count && figures[i].value[0] ? figures[i].value : NULL;
}

/* They are told in bytewise order. */
static const char last[] = "version";

void eb_figures_watch(struct eb_peer *peer)
{
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    figure_count = 0;
    eb_peer_subscribe(peer, "$SYS/broker/event-bus/#", 0);
    while (!eb_figures_get(peer, last)) {
        assert_true(eb_now_ms() < deadline);
        eb_peer_pump(peer->server, 100);
    }
}

void eb_figures_await(struct eb_peer *peer, const char *path, const char *value)
{
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    for (;;) {
        const char *got = eb_figures_get(peer, path);
        if (got && value ? strcmp(got, value) == 0 : !got && !value)
            return;
        if (eb_now_ms() > deadline)
            fail_msg("%s is %s, want %s", path, got ? got : "not there", value ? value : "nothing");
        eb_peer_pump(peer->server, 100);
    }
}

unsigned long long eb_figures_number(struct eb_peer *peer, const char *path)
{
    const char *value = eb_figures_get(peer, path);
    if (!value)
        fail_msg("%s was not told", path);
    return strtoull(value, NULL, 10);
}

size_t eb_figures_count(struct eb_peer *peer)
{
    size_t count = 0;
    take(peer);
    for (size_t i = 0; i < figure_count; i++)
        count += figures[i].value[0] != '\0';
    return count;
}
