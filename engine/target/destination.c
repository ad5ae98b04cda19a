#include "target/destination.h"

#include "base/limits.h"
#include "topic/filter.h"

/* ---- the policy ---- */

/* The broker's own trees. */
static bool is_reserved(struct eb_span topic)
{
    static const char *const trees[] = { "$SYS", "$CONTROL", "$share" };
    struct eb_span first = eb_span(NULL, 0);
    eb_topic_next_level(&topic, &first);
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++)
        if (eb_span_is(first, trees[i]))
            return true;
    return false;
}

static bool is_at_or_below(struct eb_span topic, struct eb_span tree)
{
    return tree.len && eb_span_starts(topic, tree) &&
           (topic.len == tree.len || topic.ptr[tree.len] == '/');
}

/* With a template's filter for a topic: whether any topic of it is one that `targets` allows. */
static bool meets_filters(const struct eb_target_policy *policy, struct eb_span topic)
{
    for (uint32_t i = 0; i < policy->filter_count; i++)
        if (eb_filter_overlaps(policy->filters[i], topic))
            return true;
    return policy->filter_count == 0;
}

static bool is_allowed(const struct eb_target_policy *policy, struct eb_span topic)
{
    return !is_reserved(topic) && !is_at_or_below(topic, policy->dead_letters) &&
           meets_filters(policy, topic);
}

/* ---- compiling ---- */

/* The template's literals with `mark` for every placeholder, in scratch; ptr NULL without memory.
 */
static struct eb_span join(
    const struct eb_template_compiler *compiler, const struct eb_template_part *parts, char mark)
{
    size_t len = 0;
    for (const struct eb_template_part *part = parts; part; part = part->next)
        len += part->literal.len + 1;
    char *text = eb_arena_alloc(compiler->scratch, len, 1), *next = text;
    if (!text) {
        eb_diag_add_out_of_memory(compiler->diags);
        return eb_span(NULL, 0);
    }
    for (const struct eb_template_part *part = parts; part; part = part->next) {
        memcpy(next, part->literal.ptr, part->literal.len);
        next += part->literal.len;
        if (part->placeholder)
            *next++ = mark;
    }
    return eb_span(text, (size_t)(next - text));
}

/*
 * The filter of all topics a template can render: a value fills a level, or a part of one, so a
 * level with a placeholder in it can be any. ptr NULL without memory.
 */
static struct eb_span widen(
    const struct eb_template_compiler *compiler, const struct eb_template_part *parts)
{
    struct eb_span rest = join(compiler, parts, '+'), level;
    if (!rest.ptr)
        return rest;
    char *start = (char *)rest.ptr, *end = start;
    for (bool is_first = true; eb_topic_next_level(&rest, &level); is_first = false) {
        if (!is_first)
            *end++ = '/';
        if (level.len && memchr(level.ptr, '+', level.len))
            level = eb_span("+", 1);
        memmove(end, level.ptr, level.len);
        end += level.len;
    }
    return eb_span(start, (size_t)(end - start));
}

static bool report(const struct eb_template_compiler *compiler, uint32_t token, const char *text)
{
    eb_doc_diag(compiler->diags, EB_ERROR, compiler->doc, token, "%s", text);
    return false;
}

/* Nothing is proved of a first level like "$x-${y}": wildcards cannot stand for it (§4.7.2). */
static bool check_policy(const struct eb_template_compiler *compiler, uint32_t token,
    const struct eb_template_part *parts, const struct eb_target_policy *policy)
{
    struct eb_span filter = widen(compiler, parts);
    if (!filter.ptr)
        return false;
    if (parts->literal.len && parts->literal.ptr[0] == '$' && filter.ptr[0] == '+')
        return true;
    if (is_reserved(filter))
        return report(compiler, token, "no target may lead to $SYS, $CONTROL or $share");
    if (is_at_or_below(filter, policy->dead_letters))
        return report(compiler, token, "no target may lead to the topic of the dead letters");
    if (!meets_filters(policy, filter))
        return report(compiler, token,
            "no topic it makes lies inside `targets`, the filters of event-bus.json that say "
            "where rules may write");
    return true;
}

/* Whether no topic that `filter` matches is `topic` or below it. */
static bool is_apart(struct eb_span topic, struct eb_span filter)
{
    struct eb_span level, in_filter;
    while (eb_topic_next_level(&topic, &level)) {
        if (!eb_topic_next_level(&filter, &in_filter))
            return true;
        if (!eb_span_is(in_filter, "+") && !eb_span_equal(level, in_filter))
            return true;
    }
    return false;
}

/*
 * Whether every topic of a template that was checked keeps the policy. Values neither add levels
 * nor are empty, so all that is left to see when one is rendered is its length.
 */
static bool is_proved(struct eb_span filter, const struct eb_target_policy *policy)
{
    if (filter.ptr[0] == '+') /* it may come to begin with "$" */
        return false;
    if (policy->dead_letters.len && !is_apart(policy->dead_letters, filter))
        return false;
    for (uint32_t i = 0; i < policy->filter_count; i++)
        if (eb_filter_covers(policy->filters[i], filter))
            return true;
    return policy->filter_count == 0;
}

static bool check_default(const struct eb_value *otherwise, bool is_first)
{
    switch (otherwise->kind) {
    case EB_VALUE_MISSING: return true;
    case EB_VALUE_TEXT:
    case EB_VALUE_SCALAR:
        return eb_template_check_topic_text(otherwise->text, is_first) == EB_RENDER_OK;
    default: return false;
    }
}

static bool check_placeholder(const struct eb_template_compiler *compiler, uint32_t token,
    const struct eb_placeholder *placeholder, bool is_first)
{
    const char *wrong = NULL;
    if (eb_placeholder_is_list(placeholder))
        wrong = "is an array, which cannot be part of a topic; name one level, $mqtt.level[0]";
    else if (!check_default(&placeholder->otherwise, is_first))
        wrong = "has a default that may not go into a topic: it is empty or null, holds '/', '+', "
                "'#' or a control character, or begins the topic with '$'";
    if (wrong)
        eb_doc_diag(compiler->diags, EB_ERROR, compiler->doc, token, "%.*s %s",
            (int)placeholder->source.len, placeholder->source.ptr, wrong);
    else if (placeholder->origin == EB_FROM_TOPIC)
        eb_doc_diag(compiler->diags, EB_WARNING, compiler->doc, token,
            "%.*s fails for topics of more than one level; name levels: ${$mqtt.level[0]}",
            (int)placeholder->source.len, placeholder->source.ptr);
    return !wrong;
}

static bool check(const struct eb_template_compiler *compiler, uint32_t token,
    const struct eb_template_part *parts, const struct eb_target_policy *policy)
{
    bool is_right = true;
    for (const struct eb_template_part *part = parts; part; part = part->next)
        if (part->placeholder)
            is_right &= check_placeholder(
                compiler, token, part->placeholder, part == parts && part->literal.len == 0);
    struct eb_span sample = join(compiler, parts, 'x');
    if (!sample.ptr)
        return false;
    enum eb_topic_fault fault = eb_topic_check(sample);
    if (fault)
        return report(compiler, token, eb_topic_fault_text(fault));
    return check_policy(compiler, token, parts, policy) && is_right;
}

struct eb_destination eb_destination_compile(
    struct eb_template_compiler *compiler, uint32_t token, const struct eb_target_policy *policy)
{
    struct eb_destination destination = { .parts = eb_template_compile_text(compiler, token) };
    if (!destination.parts)
        return destination;
    if (!check(compiler, token, destination.parts, policy)) {
        destination.parts = NULL;
        return destination;
    }
    struct eb_span source = eb_doc_string(compiler->doc, token, compiler->scratch);
    destination.source = eb_arena_copy(compiler->arena, source);
    struct eb_span filter = widen(compiler, destination.parts);
    struct eb_target_policy *copy = NULL;
    bool is_judged = filter.ptr && !is_proved(filter, policy);
    if (is_judged && (copy = EB_ARENA_NEW(compiler->arena, struct eb_target_policy)) != NULL)
        *copy = *policy;
    destination.policy = copy;
    if (!source.ptr || !destination.source.ptr || !filter.ptr || (is_judged && !copy)) {
        eb_diag_add_out_of_memory(compiler->diags);
        destination.parts = NULL;
    }
    return destination;
}

/* ---- for who looks at where copies go ---- */

/*
 * No filter has a level like this one, which no filter may hold: what matches it is a wildcard. A
 * level that begins with '$' goes on doing so, for no wildcard stands for that in the first place.
 */
static const char any_level[] = "$\x7f";

struct eb_span eb_destination_any_topic(
    const struct eb_destination *destination, struct eb_arena *arena)
{
    size_t bytes = 0;
    for (const struct eb_template_part *part = destination->parts; part; part = part->next)
        bytes += part->literal.len + sizeof any_level;
    char *text = eb_arena_alloc(arena, bytes, 1), *next = text, *level = text;
    if (!text)
        return eb_span(NULL, 0);
    for (const struct eb_template_part *part = destination->parts; part; part = part->next) {
        for (size_t i = 0; i < part->literal.len; i++) {
            bool is_any = next > level && next[-1] == 0x7f;
            if (!is_any || part->literal.ptr[i] == '/')
                *next++ = part->literal.ptr[i];
            if (part->literal.ptr[i] == '/')
                level = next;
        }
        if (!part->placeholder)
            continue;
        bool is_hidden = next > level && *level == '$';
        next = level;
        memcpy(next, any_level + !is_hidden, 1 + is_hidden);
        next += 1 + is_hidden;
    }
    return eb_span(text, (size_t)(next - text));
}

/* ---- rendering ---- */

static enum eb_render_code judge(const struct eb_target_policy *policy, struct eb_span topic)
{
    enum eb_topic_fault fault = eb_topic_check(topic);
    if (fault)
        return fault == EB_TOPIC_TOO_LONG ? EB_RENDER_TOO_LONG : EB_RENDER_BAD_TOPIC;
    return is_allowed(policy, topic) ? EB_RENDER_OK : EB_RENDER_NOT_ALLOWED;
}

enum eb_render_code eb_destination_render(const struct eb_destination *destination,
    const struct eb_render *render, struct eb_arena *arena, struct eb_span *topic,
    struct eb_render_fault *fault)
{
    if (!destination->parts->placeholder) {
        *topic = destination->parts->literal;
        *fault = (struct eb_render_fault){ .code = EB_RENDER_OK };
        return EB_RENDER_OK;
    }
    enum eb_render_code code =
        eb_template_render_topic(destination->parts, render, arena, topic, fault);
    if (code)
        return code;
    if (topic->len > EB_TOPIC_BYTES_MAX)
        return fault->code = EB_RENDER_TOO_LONG;
    return fault->code = destination->policy ? judge(destination->policy, *topic) : EB_RENDER_OK;
}
