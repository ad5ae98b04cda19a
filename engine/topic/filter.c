#include "topic/filter.h"

#include "base/limits.h"
#include "base/utf8.h"

static const char *const fault_texts[] = {
    [EB_TOPIC_OK] = "is a topic",
    [EB_TOPIC_EMPTY] = "a topic may not be empty",
    [EB_TOPIC_TOO_LONG] = "a topic is at most 65535 bytes long",
    [EB_TOPIC_TOO_DEEP] = "a topic has at most 200 levels",
    [EB_TOPIC_NOT_UTF8] = "a topic is UTF-8 without control characters and non-characters",
    [EB_TOPIC_WILDCARD] = "'+' and '#' are wildcards, and only as a whole level of a filter",
    [EB_TOPIC_HASH_INSIDE] = "'#' may only be the last level",
    [EB_TOPIC_SHARED] = "'$share/…' is a subscription, not a topic filter",
    [EB_TOPIC_CONTROL] = "what is published below '$CONTROL' does not pass the bus",
};

_Static_assert(EB_TOPIC_BYTES_MAX == 65535 && EB_TOPIC_LEVELS_MAX == 200, "as the texts say");

const char *eb_topic_fault_text(enum eb_topic_fault fault)
{
    return fault_texts[fault];
}

bool eb_topic_next_level(struct eb_span *rest, struct eb_span *level)
{
    if (!rest->ptr)
        return false;
    const char *slash = memchr(rest->ptr, '/', rest->len);
    if (!slash) {
        *level = *rest;
        *rest = eb_span(NULL, 0);
        return true;
    }
    size_t len = (size_t)(slash - rest->ptr);
    *level = eb_span(rest->ptr, len);
    *rest = eb_span(slash + 1, rest->len - len - 1);
    return true;
}

/* MQTT 5 §1.5.4 leaves it to the receiver to refuse most of these; Mosquitto refuses them all. */
static bool is_allowed(uint32_t code_point)
{
    bool is_control = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
    bool is_noncharacter =
        (code_point >= 0xfdd0 && code_point <= 0xfdef) || (code_point & 0xfffe) == 0xfffe;
    return !is_control && !is_noncharacter;
}

/* The bytes that need no thought: ASCII without its controls, nearly all of every topic. */
static size_t plain_len(struct eb_span topic)
{
    size_t len = 0;
    while (len < topic.len && topic.ptr[len] >= 0x20 && topic.ptr[len] < 0x7f)
        len++;
    return len;
}

bool eb_topic_is_text(struct eb_span text)
{
    for (size_t i = 0;;) {
        i += plain_len(eb_span(text.ptr + i, text.len - i));
        if (i == text.len)
            return true;
        uint32_t code_point;
        size_t len = eb_utf8_decode(eb_span(text.ptr + i, text.len - i), &code_point);
        if (len == 0 || !is_allowed(code_point))
            return false;
        i += len;
    }
}

static bool is_shared(struct eb_span topic)
{
    struct eb_span first = eb_span(NULL, 0);
    return eb_topic_next_level(&topic, &first) && eb_span_is(first, "$share");
}

/* What topics and filters have in common. */
static enum eb_topic_fault check_text(struct eb_span topic)
{
    if (topic.len == 0)
        return EB_TOPIC_EMPTY;
    if (topic.len > EB_TOPIC_BYTES_MAX)
        return EB_TOPIC_TOO_LONG;
    if (!eb_topic_is_text(topic))
        return EB_TOPIC_NOT_UTF8;
    return is_shared(topic) ? EB_TOPIC_SHARED : EB_TOPIC_OK;
}

static bool is_hash(struct eb_span level)
{
    return level.len == 1 && level.ptr[0] == '#';
}

static bool is_plus(struct eb_span level)
{
    return level.len == 1 && level.ptr[0] == '+';
}

static bool has_wildcard(struct eb_span level)
{
    return level.len && (memchr(level.ptr, '+', level.len) || memchr(level.ptr, '#', level.len));
}

enum eb_topic_fault eb_topic_check(struct eb_span topic)
{
    enum eb_topic_fault fault = check_text(topic);
    if (fault)
        return fault;
    if (has_wildcard(topic))
        return EB_TOPIC_WILDCARD;
    size_t levels = 0;
    for (struct eb_span level; eb_topic_next_level(&topic, &level);)
        levels++;
    return levels > EB_TOPIC_LEVELS_MAX ? EB_TOPIC_TOO_DEEP : EB_TOPIC_OK;
}

static bool is_below_control(struct eb_span filter)
{
    struct eb_span first;
    return eb_topic_next_level(&filter, &first) && filter.ptr && eb_span_is(first, "$CONTROL");
}

enum eb_topic_fault eb_filter_check(struct eb_span filter)
{
    enum eb_topic_fault fault = check_text(filter);
    if (fault)
        return fault;
    if (is_below_control(filter))
        return EB_TOPIC_CONTROL;
    size_t levels = 0;
    for (struct eb_span level; eb_topic_next_level(&filter, &level); levels++) {
        if (is_hash(level) && filter.ptr)
            return EB_TOPIC_HASH_INSIDE;
        if (has_wildcard(level) && level.len > 1)
            return EB_TOPIC_WILDCARD;
    }
    return levels > EB_TOPIC_LEVELS_MAX ? EB_TOPIC_TOO_DEEP : EB_TOPIC_OK;
}

/* A topic is the filter that matches itself alone. */
bool eb_filter_matches(struct eb_span filter, struct eb_span topic)
{
    return eb_filter_covers(filter, topic);
}

/* §4.7.2: `filter` begins with a wildcard and `other` with '$'. */
static bool hides(struct eb_span filter, struct eb_span other)
{
    return (filter.ptr[0] == '#' || filter.ptr[0] == '+') && other.ptr[0] == '$';
}

/* '#' stands for at least one level where without any there is no topic: "" is none. */
static bool needs_tail(struct eb_span filter)
{
    return eb_span_is(filter, "#") || eb_span_is(filter, "/#");
}

bool eb_filter_covers(struct eb_span outer, struct eb_span inner)
{
    if (hides(outer, inner))
        return false;
    bool inner_needs_tail = needs_tail(inner);
    struct eb_span in_outer, in_inner;
    while (eb_topic_next_level(&outer, &in_outer)) {
        if (is_hash(in_outer))
            return true;
        if (!eb_topic_next_level(&inner, &in_inner))
            return false;
        if (is_hash(in_inner))
            return inner_needs_tail && is_plus(in_outer) && eb_span_is(outer, "#");
        if (!is_plus(in_outer) && !eb_span_equal(in_outer, in_inner))
            return false;
    }
    return !inner.ptr;
}

/* "+" and "/#" agree on the empty topic alone. */
static bool agree_on_nothing(struct eb_span a, struct eb_span b)
{
    return eb_span_is(a, "+") && eb_span_is(b, "/#");
}

bool eb_filter_overlaps(struct eb_span a, struct eb_span b)
{
    if (hides(a, b) || hides(b, a) || agree_on_nothing(a, b) || agree_on_nothing(b, a))
        return false;
    for (;;) {
        struct eb_span in_a, in_b;
        bool has_a = eb_topic_next_level(&a, &in_a);
        bool has_b = eb_topic_next_level(&b, &in_b);
        if ((has_a && is_hash(in_a)) || (has_b && is_hash(in_b)))
            return true;
        if (!has_a || !has_b)
            return has_a == has_b;
        if (!is_plus(in_a) && !is_plus(in_b) && !eb_span_equal(in_a, in_b))
            return false;
    }
}
