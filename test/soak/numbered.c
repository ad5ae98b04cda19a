#include "numbered.h"

#include <stdio.h>
#include <string.h>

static const char *const tree_names[TREES] = {
    [TREE_PLAIN] = "plain",
    [TREE_REJECT] = "reject",
    [TREE_QUARANTINE] = "quarantine",
    [TREE_OBSERVE] = "observe",
    [TREE_CONSUME] = "consume",
    [TREE_ONCE] = "once",
    [TREE_CLOSED] = "closed",
};

static const struct {
    const char *name, *filter;
} streams[STREAMS] = {
    [STREAM_ORIGINAL] = { "originals", "soak/#" },
    [STREAM_EXACT] = { "exact", "services/exact" },
    [STREAM_TEXT] = { "text", "services/text" },
    [STREAM_NUMBER] = { "number", "services/number" },
    [STREAM_EITHER] = { "either", "services/either" },
    [STREAM_CHAINED] = { "chained", "services/chained" },
    [STREAM_RENDERED] = { "rendered", "services/rendered/+" },
    [STREAM_LETTER] = { "dead letters", "$event-bus/dead-letter/#" },
};

static const char *const fate_names[FATES] = {
    [FATE_PASSED] = "passed",
    [FATE_CONSUMED] = "consumed",
    [FATE_QUARANTINED] = "quarantined",
    [FATE_REFUSED] = "refused",
};

static const char *const kinds[] = { "alpha", "beta", "gamma", "delta", "EpsiLon", "zeta", "eta" };
enum { KINDS = sizeof kinds / sizeof *kinds };

int publisher_qos(unsigned publisher)
{
    return (int)(publisher % 3);
}

const char *stream_name(enum stream stream)
{
    return streams[stream].name;
}

const char *stream_filter(enum stream stream)
{
    return streams[stream].filter;
}

const char *fate_name(enum fate fate)
{
    return fate_names[fate];
}

/* splitmix64 */
static uint64_t scatter(uint64_t seed)
{
    seed += 0x9e3779b97f4a7c15u;
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9u;
    seed = (seed ^ seed >> 27) * 0x94d049bb133111ebu;
    return seed ^ seed >> 31;
}

struct numbered numbered_make(unsigned publisher, uint32_t number)
{
    uint64_t draw = scatter((uint64_t)number << 8 | publisher);
    bool is_valid = (draw >> 8 & 7) != 0;
    return (struct numbered){
        .publisher = publisher,
        .number = number,
        .tree = (enum tree)(draw % TREES),
        .kind = kinds[(draw >> 16 & 0xff) % KINDS],
        .value = (unsigned)(draw >> 24 & 0xff) % 100 + (is_valid ? 0 : 1000),
        .ip = (unsigned)(draw >> 32 & 0xff),
        .has_flag = (draw >> 40 & 15) == 0,
    };
}

size_t numbered_write(const struct numbered *event, char out[NUMBERED_BYTES])
{
    return (size_t)snprintf(out, NUMBERED_BYTES,
        "{\"p\":%u,\"n\":%u,\"kind\":\"%s\",\"value\":%u,\"ip\":\"10.%u.0.1\"%s,"
        "\"text\":\"as long as events of devices usually are, give or take\"}",
        event->publisher, event->number, event->kind, event->value, event->ip,
        event->has_flag ? ",\"flag\":null" : "");
}

void numbered_topic(const struct numbered *event, char out[TOPIC_BYTES])
{
    snprintf(out, TOPIC_BYTES, "soak/%s/%u", tree_names[event->tree], event->publisher);
}

enum fate numbered_fate(const struct numbered *event)
{
    bool is_valid = event->value < 1000;
    switch (event->tree) {
    case TREE_PLAIN:
    case TREE_OBSERVE: return FATE_PASSED;
    case TREE_REJECT:
    case TREE_ONCE: return is_valid ? FATE_PASSED : FATE_REFUSED;
    case TREE_QUARANTINE: return is_valid ? FATE_PASSED : FATE_QUARANTINED;
    case TREE_CONSUME: return is_valid ? FATE_CONSUMED : FATE_REFUSED;
    case TREE_CLOSED:
    case TREES: break;
    }
    return FATE_REFUSED;
}

static bool is_text(const char *kind)
{
    static const char *const matching[] = { "beta", "gamma", "delta", "EpsiLon" };
    for (size_t i = 0; i < sizeof matching / sizeof *matching; i++) {
        if (strcmp(kind, matching[i]) == 0)
            return true;
    }
    return false;
}

static bool is_either(const struct numbered *event)
{
    return event->ip < 128 || event->has_flag || strcmp(event->kind, "eta") == 0;
}

/* What rules make of an event that they see. */
static uint8_t copies(const struct numbered *event)
{
    const bool is_copied[STREAMS] = {
        [STREAM_EXACT] = strcmp(event->kind, "alpha") == 0,
        [STREAM_TEXT] = is_text(event->kind),
        [STREAM_NUMBER] = event->value >= 20 && event->value < 60,
        [STREAM_EITHER] = is_either(event),
        [STREAM_CHAINED] = event->value < 10,
        [STREAM_RENDERED] = strcmp(event->kind, "zeta") == 0,
    };
    uint8_t bits = 0;
    for (int i = 0; i < STREAMS; i++)
        bits |= (uint8_t)(is_copied[i] << i);
    return bits;
}

uint8_t numbered_streams(const struct numbered *event, bool is_bare)
{
    if (is_bare)
        return 1 << STREAM_ORIGINAL;
    switch (numbered_fate(event)) {
    case FATE_PASSED: return (uint8_t)(1 << STREAM_ORIGINAL | copies(event));
    case FATE_CONSUMED: return copies(event);
    case FATE_QUARANTINED:
    case FATE_REFUSED:
    case FATES: break;
    }
    return 1 << STREAM_LETTER;
}

static bool read_number(struct eb_span text, const char *name, uint32_t *number)
{
    const char *at = memmem(text.ptr, text.len, name, strlen(name));
    const char *end = text.ptr + text.len;
    if (!at)
        return false;
    const char *digits = at += strlen(name);
    for (*number = 0; at < end && *at >= '0' && *at <= '9'; at++)
        *number = *number * 10 + (uint32_t)(*at - '0');
    return at > digits;
}

bool numbered_find(struct eb_span payload, unsigned *publisher, uint32_t *number)
{
    /* A letter holds the payload as a string, in which quotes are escaped. */
    static const char *const names[][2] = { { "\"p\":", "\"n\":" },
        { "\\\"p\\\":", "\\\"n\\\":" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (read_number(payload, names[i][0], publisher) &&
            read_number(payload, names[i][1], number))
            return true;
    }
    return false;
}
