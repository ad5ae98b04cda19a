/* Who watches what. */
#include "command.h"
#include "topic/filter.h"

static bool read_verdict(struct eb_call *call, struct eb_verdict_filter *filter)
{
    struct eb_span text;
    if (!eb_call_text(call, "verdict", &text))
        return false;
    filter->has_verdict = text.ptr != NULL;
    for (int verdict = EB_PASSED; text.ptr && verdict <= EB_DISCONNECTED; verdict++) {
        filter->verdict = (enum eb_verdict)verdict;
        if (eb_span_is(text, eb_verdict_name(filter->verdict)))
            return true;
    }
    return !text.ptr || eb_call_fail(call, "\"verdict\": there is none of this name");
}

/* Nothing would ever come of one that is not there. */
static bool read_rule(struct eb_call *call, struct eb_verdict_filter *filter)
{
    return eb_call_text(call, "rule", &filter->rule) &&
           (!filter->rule.ptr || eb_call_rule(call, filter->rule));
}

static bool read_filter(struct eb_call *call, struct eb_verdict_filter *filter)
{
    if (!eb_call_text(call, "client", &filter->client_id) ||
        !eb_call_text(call, "topic", &filter->topic) || !read_rule(call, filter) ||
        !read_verdict(call, filter))
        return false;
    enum eb_topic_fault fault = filter->topic.ptr ? eb_filter_check(filter->topic) : EB_TOPIC_OK;
    return fault == EB_TOPIC_OK || eb_call_fail(call, "\"topic\": %s", eb_topic_fault_text(fault));
}

bool eb_command_watch_verdicts(struct eb_call *call)
{
    struct eb_watch_order order = { 0 };
    if (!read_filter(call, &order.filter) ||
        !eb_call_number(
            call, "seconds", EB_WATCH_SECONDS_MAX, EB_WATCH_SECONDS_MAX, &order.seconds) ||
        !eb_call_number(
            call, "perSecond", EB_WATCH_LINES_DEFAULT, EB_WATCH_LINES_MAX, &order.lines_per_second))
        return false;
    const char *error = call->desk->watch(call->desk->context, &order);
    if (error)
        return eb_call_fail(call, "%s", error);
    eb_write_int_member(call->out, "seconds", order.seconds);
    eb_write_int_member(call->out, "perSecond", order.lines_per_second);
    return true;
}
