#include "rates.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "memory.h"
#include "remote.h"
#include "terminal.h"

struct rate {
    double before, now;
};

enum { ENTRIES_ASKED = 1000 };

/* NULL without memory. */
static struct rate *rate_of(struct rates *rates, struct eb_span path)
{
    struct rate *rate = eb_map_get(&rates->figures, path);
    struct eb_span name = rate ? path : eb_arena_copy(&rates->arena, path);
    if (rate || !name.ptr)
        return rate;
    rate = EB_ARENA_NEW(&rates->arena, struct rate);
    return rate && eb_map_put(&rates->figures, name, rate) ? rate : NULL;
}

static bool take(struct rates *rates, const struct reply *reply, bool is_first)
{
    double uptime_s = reply_decimal(reply, reply->data, "uptimeMicroseconds") / 1e6;
    uint32_t figures = reply_member(reply, reply->data, "figures", EB_JSON_OBJECT);
    rates->seconds = is_first ? uptime_s : uptime_s - rates->seconds;
    if (figures == EB_NO_TOKEN)
        return true;
    EB_DOC_EACH_MEMBER(&reply->doc, figures, name)
    {
        struct eb_span path = eb_doc_string(&reply->doc, name, reply->arena);
        struct rate *rate = path.ptr ? rate_of(rates, path) : NULL;
        if (!rate) {
            memory_ran_out();
            return false;
        }
        rate->now = reply_decimal_at(reply, name + 1);
        if (is_first)
            rate->before = rate->now;
    }
    return true;
}

static bool ask(struct rates *rates, struct remote *remote, bool is_first)
{
    remote_begin(remote, "getStatistics");
    eb_json_member_int(&remote->out, "count", ENTRIES_ASKED);
    return remote_do(remote) && take(rates, &remote->reply, is_first);
}

bool rates_measure(
    struct rates *rates, const struct connection_options *options, unsigned interval_s)
{
    struct remote remote;
    eb_arena_init_growing(&rates->arena, SIZE_MAX);
    eb_map_init(&rates->figures, &rates->arena);
    bool is_good = remote_open(&remote, options) && ask(rates, &remote, true) &&
                   connection_drain(remote.connection, (int)interval_s * 1000) &&
                   ask(rates, &remote, false);
    remote_close(&remote);
    return is_good;
}

void rates_release(struct rates *rates)
{
    memory_release(&rates->arena);
}

double rates_of(const struct rates *rates, const char *format, ...)
{
    char path[2 * EB_NAME_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= sizeof path || rates->seconds <= 0)
        return 0;
    const struct rate *rate = eb_map_get(&rates->figures, eb_span(path, (size_t)len));
    return rate && rate->now > rate->before ? (rate->now - rate->before) / rates->seconds : 0;
}
