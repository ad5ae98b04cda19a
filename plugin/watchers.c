#include "watchers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "mail.h"

static const int64_t SECOND_NS = 1000000000;

/* ---- who watches ---- */

static void watcher_end(struct eb_watchers *watchers, struct eb_watcher *watcher)
{
    free(watcher->texts);
    *watcher = (struct eb_watcher){ 0 };
    watchers->count--;
}

static struct eb_watcher *find(struct eb_watchers *watchers, const struct mosquitto *client)
{
    for (int i = 0; i < EB_WATCH_CLIENTS_MAX; i++) {
        if (watchers->watchers[i].client == client)
            return &watchers->watchers[i];
    }
    return NULL;
}

static void copy_text(struct eb_span *text, char **next)
{
    if (!text->ptr)
        return;
    memcpy(*next, text->ptr, text->len);
    *text = eb_span(*next, text->len);
    *next += text->len;
}

static bool watcher_fill(struct eb_watcher *watcher, const struct mosquitto *client,
    struct eb_span client_id, const struct eb_watch_order *order)
{
    const struct eb_verdict_filter *filter = &order->filter;
    size_t bytes = client_id.len + filter->client_id.len + filter->topic.len + filter->rule.len;
    char *texts = malloc(bytes + 1);
    if (!texts)
        return false;
    *watcher = (struct eb_watcher){
        .client = client,
        .texts = texts,
        .client_id = client_id,
        .order = *order,
        .until_ns = eb_clock_coarse_ns() + order->seconds * SECOND_NS,
    };
    copy_text(&watcher->client_id, &texts);
    copy_text(&watcher->order.filter.client_id, &texts);
    copy_text(&watcher->order.filter.topic, &texts);
    copy_text(&watcher->order.filter.rule, &texts);
    return true;
}

/* What has been spent of the second at hand stays spent: asking anew is no way to more. */
static const char *change(
    struct eb_watchers *watchers, struct eb_watcher *watcher, const struct eb_watch_order *order)
{
    struct eb_watcher before = *watcher;
    if (order->seconds == 0) {
        watcher_end(watchers, watcher);
        return NULL;
    }
    if (!watcher_fill(watcher, before.client, before.client_id, order))
        return "out of memory";
    watcher->second = before.second;
    watcher->lines = before.lines;
    watcher->bytes = before.bytes;
    watcher->left_out = before.left_out;
    free(before.texts);
    return NULL;
}

const char *eb_watchers_order(struct eb_watchers *watchers, const struct mosquitto *client,
    struct eb_span client_id, const struct eb_watch_order *order)
{
    struct eb_watcher *watcher = find(watchers, client);
    if (watcher)
        return change(watchers, watcher, order);
    if (order->seconds == 0)
        return NULL;
    watcher = find(watchers, NULL);
    if (!watcher)
        return "as many clients as may watch do already";
    if (!watcher_fill(watcher, client, client_id, order))
        return "out of memory";
    watchers->count++;
    return NULL;
}

void eb_watchers_forget(struct eb_watchers *watchers, const struct mosquitto *client)
{
    struct eb_watcher *watcher = watchers->count ? find(watchers, client) : NULL;
    if (watcher)
        watcher_end(watchers, watcher);
}

/* ---- what they are sent ---- */

static void send(struct eb_watchers *watchers, struct eb_watcher *watcher, struct eb_span line)
{
    struct eb_publish publish = eb_mail_item(eb_span_of(EB_WATCHERS_TOPIC), line);
    publish.client_id = watcher->client_id;
    eb_publish_send(watchers->publisher, &publish);
    watcher->bytes += (uint32_t)line.len;
}

static void say_left_out(struct eb_watchers *watchers, struct eb_watcher *watcher)
{
    char line[64];
    int len = snprintf(line, sizeof line, "{\"leftOut\":%" PRIu64 "}", watcher->left_out);
    watcher->left_out = 0;
    send(watchers, watcher, eb_span(line, (size_t)len));
}

/* A new second, if it is one. False: the watcher's time is over. */
static bool advance(struct eb_watchers *watchers, struct eb_watcher *watcher, int64_t now_ns)
{
    if (now_ns / SECOND_NS != watcher->second) {
        watcher->second = now_ns / SECOND_NS;
        watcher->lines = 0;
        watcher->bytes = 0;
        if (watcher->left_out)
            say_left_out(watchers, watcher);
    }
    if (now_ns < watcher->until_ns)
        return true;
    watcher_end(watchers, watcher);
    return false;
}

static void tell(struct eb_watchers *watchers, struct eb_watcher *watcher,
    const struct eb_message *message, const struct eb_outcome *outcome)
{
    struct eb_json_writer out;
    struct eb_span line = { NULL, 0 };
    if (watcher->lines < watcher->order.lines_per_second) {
        eb_json_writer_init(&out, watchers->line, sizeof watchers->line);
        eb_verdict_line_write(message, outcome, &out);
        line = eb_json_writer_finish(&out);
    }
    if (!line.ptr || watcher->bytes + line.len > EB_WATCH_BYTES_PER_SECOND) {
        watcher->left_out++;
        return;
    }
    watcher->lines++;
    send(watchers, watcher, line);
}

void eb_watchers_send(struct eb_watchers *watchers, const struct eb_message *message,
    const struct eb_outcome *outcome)
{
    int64_t now_ns = eb_clock_coarse_ns();
    for (int i = 0; i < EB_WATCH_CLIENTS_MAX; i++) {
        struct eb_watcher *watcher = &watchers->watchers[i];
        if (watcher->client && advance(watchers, watcher, now_ns) &&
            eb_verdict_filter_takes(&watcher->order.filter, message, outcome))
            tell(watchers, watcher, message, outcome);
    }
}

void eb_watchers_settle(struct eb_watchers *watchers)
{
    int64_t now_ns = eb_clock_coarse_ns();
    for (int i = 0; i < EB_WATCH_CLIENTS_MAX; i++) {
        if (watchers->watchers[i].client)
            advance(watchers, &watchers->watchers[i], now_ns);
    }
}

/* ---- begin and end ---- */

void eb_watchers_init(struct eb_watchers *watchers, struct eb_publisher *publisher)
{
    watchers->publisher = publisher;
}

void eb_watchers_release(struct eb_watchers *watchers)
{
    for (int i = 0; i < EB_WATCH_CLIENTS_MAX; i++)
        free(watchers->watchers[i].texts);
}
