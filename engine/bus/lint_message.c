#include "bus/lint_message.h"

#include "pattern/pattern_question.h"
#include "topic/filter.h"

/* ^locks/[^/]*(/[\s\S]*)?$ of locks/+/# */
static void write_topic(struct eb_span filter, struct eb_json_writer *out)
{
    struct eb_span level;
    eb_json_open_string(out);
    eb_json_write_string_part(out, eb_span_of("^"));
    for (bool is_first = true; eb_topic_next_level(&filter, &level); is_first = false) {
        bool is_rest = eb_span_is(level, "#");
        if (is_rest)
            eb_json_write_string_part(out, eb_span_of(is_first ? "[\\s\\S]*" : "(/[\\s\\S]*)?"));
        else if (!is_first)
            eb_json_write_string_part(out, eb_span_of("/"));
        if (eb_span_is(level, "+"))
            eb_json_write_string_part(out, eb_span_of("[^/]*"));
        else if (!is_rest)
            eb_question_write_literal(level, out);
    }
    eb_json_write_string_part(out, eb_span_of("$"));
    eb_json_close_string(out);
}

static void write_any_level(struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "type", eb_span_of("string"));
    eb_json_member_string(out, "pattern", eb_span_of("^[^/]*$"));
    eb_json_close_object(out);
}

static void write_level(struct eb_span level, struct eb_json_writer *out)
{
    if (eb_span_is(level, "+")) {
        write_any_level(out);
        return;
    }
    eb_json_open_object(out);
    eb_json_member_string(out, "const", level);
    eb_json_close_object(out);
}

/* As many as the filter has, and any number more where it ends in '#'. */
static void write_levels(struct eb_span filter, struct eb_json_writer *out)
{
    struct eb_span level;
    bool goes_on = false;
    int64_t count = 0;
    eb_json_open_object(out);
    eb_json_member_string(out, "type", eb_span_of("array"));
    eb_json_member_array(out, "prefixItems");
    while (eb_topic_next_level(&filter, &level)) {
        goes_on = eb_span_is(level, "#");
        if (goes_on && count > 0)
            break;
        if (goes_on)
            write_any_level(out); /* "#" alone: a topic has at least one */
        else
            write_level(level, out);
        count++;
    }
    eb_json_close_array(out);
    eb_json_member_int(out, "minItems", count);
    eb_json_write_name(out, eb_span_of("items"));
    if (goes_on)
        write_any_level(out);
    else
        eb_json_write_bool(out, false);
    eb_json_close_object(out);
}

static void write_member(const char *name, const char *schema, struct eb_json_writer *out)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_write_raw(out, eb_span_of(schema));
}

void eb_lint_write_message_schema(struct eb_span filter, struct eb_json_writer *out)
{
    static const char text[] = "{\"type\":\"string\"}";
    eb_json_open_object(out);
    write_member("type", "\"object\"", out);
    write_member("required", "[\"topic\",\"level\",\"clientid\",\"qos\",\"retain\"]", out);
    write_member("additionalProperties", "false", out);
    eb_json_member_object(out, "properties");
    eb_json_member_object(out, "topic");
    write_member("type", "\"string\"", out);
    eb_json_write_name(out, eb_span_of("pattern"));
    write_topic(filter, out);
    eb_json_close_object(out);
    eb_json_write_name(out, eb_span_of("level"));
    write_levels(filter, out);
    write_member("clientid", text, out);
    write_member("username", text, out);
    write_member("qos", "{\"enum\":[0,1,2]}", out);
    write_member("retain", "{\"type\":\"boolean\"}", out);
    write_member("content-type", text, out);
    write_member("user",
        "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"type\":\"string\"},"
        "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}]}}",
        out);
    eb_json_close_object(out);
    eb_json_close_object(out);
}
