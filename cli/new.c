/*
 * new.c - starting points: `event-bus new contract|rule|subject CONFIG NAME`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "bus/name.h"
#include "command.h"
#include "config.h"
#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "new_file.h"
#include "registry.h"
#include "terminal.h"
#include "json/reader.h"

struct new_options {
    const char *topic;
    const char *schema;
    const char *to;
    const char *source;
    bool is_of_cloudevents;
    bool is_printed;
};

#define AT(member) offsetof(struct new_options, member)

static const struct option subject_options[] = {
    { "from", 0, OPTION_TEXT, "SCHEMA.json",
        "what it is; - is standard input, as from 'event-bus schema infer'", AT(source), 0, 0 },
    { "print", 0, OPTION_FLAG, NULL, "print it, and write nothing", AT(is_printed), 0, 0 },
};

static const struct option contract_options[] = {
    { "topic", 't', OPTION_TEXT, "FILTER", "the events it judges (default: NAME/+/events)",
        AT(topic), 0, 0 },
    { "schema", 0, OPTION_TEXT, "SUBJECT@VERSION", "what they must be (default: NAME's latest)",
        AT(schema), 0, 0 },
    { "cloudevents", 0, OPTION_FLAG, NULL,
        "events are CloudEvents, and the schema is of their data", AT(is_of_cloudevents), 0, 0 },
    { "print", 0, OPTION_FLAG, NULL, "print it, and write nothing", AT(is_printed), 0, 0 },
};

static const struct option rule_options[] = {
    { "topic", 't', OPTION_TEXT, "FILTER", "the events it sees (default: the first contract's)",
        AT(topic), 0, 0 },
    { "to", 0, OPTION_TEXT, "TOPIC", "where copies go (default: NAME, where targets may lead)",
        AT(to), 0, 0 },
    { "print", 0, OPTION_FLAG, NULL, "print it, and write nothing", AT(is_printed), 0, 0 },
};

static const struct option_table subject_tables[] = { { subject_options,
    sizeof subject_options / sizeof *subject_options, 0 } };
static const struct option_table contract_tables[] = { { contract_options,
    sizeof contract_options / sizeof *contract_options, 0 } };
static const struct option_table rule_tables[] = { { rule_options,
    sizeof rule_options / sizeof *rule_options, 0 } };

/* A file being made. */
struct making {
    const struct new_options *values;
    const char *name;
    struct config config;
    struct eb_arena arena;
    struct new_file file;
    struct json_line text;
};

static const struct eb_configuration *configuration_of(const struct making *making)
{
    return eb_store_configuration(making->config.loaded.store);
}

/* "text", on the arena. */
static const char *format(struct making *making, const char *pattern, const char *name)
{
    char text[EB_TOPIC_BYTES_MAX];
    int len = snprintf(text, sizeof text, pattern, name);
    return eb_arena_copy(&making->arena, eb_span(text, (size_t)len)).ptr;
}

static struct eb_span named_or(struct eb_span named, const char *usual)
{
    return named.ptr ? named : eb_span_of(usual);
}

static void begin(struct making *making)
{
    json_line_begin(&making->text);
    eb_json_open_object(&making->text.out);
}

static void say(struct making *making, const char *name, const char *value)
{
    write_string_member(&making->text.out, name, eb_span_of(value));
}

static struct eb_span finish(struct making *making)
{
    eb_json_close_object(&making->text.out);
    return eb_json_writer_finish(&making->text.out);
}

/* ---- subjects ---- */

static struct eb_span first_schema(struct making *making)
{
    struct eb_json_writer *out = &making->text.out;
    begin(making);
    say(making, "$schema", "https://json-schema.org/draft/2020-12/schema");
    say(making, "title", format(making, "An event of %s", making->name));
    say(making, "$comment",
        "A starting point: say what every event has (required), what each member may be "
        "(properties), and whether others are allowed (additionalProperties). 'event-bus schema "
        "infer' makes one from samples. A version in use does not change: the next is a new file.");
    say(making, "type", "object");
    eb_json_write_name(out, eb_span_of("required"));
    eb_json_write_raw(out, eb_span_of("[\"type\",\"time\"]"));
    eb_json_write_name(out, eb_span_of("properties"));
    eb_json_write_raw(
        out, eb_span_of("{\"type\":{\"description\":\"What happened.\",\"type\":\"string\"},"
                        "\"time\":{\"description\":\"When.\",\"type\":\"string\",\"format\":"
                        "\"date-time\"},\"data\":{\"description\":\"What belongs to it.\","
                        "\"type\":\"object\"}}"));
    return finish(making);
}

/* The versions of a subject come in ascending order. */
static const struct eb_schema_text *latest_version(const struct making *making)
{
    const struct eb_configuration *configuration = configuration_of(making);
    const struct eb_schema_text *latest = NULL;
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        const struct eb_schema_text *schema = &configuration->schemas[i];
        if (schema->version && eb_span_is(schema->subject, making->name))
            latest = schema;
    }
    return latest;
}

static bool make_subject(struct making *making)
{
    const struct eb_schema_text *latest = latest_version(making);
    const struct eb_settings *settings = &configuration_of(making)->settings;
    struct eb_span source = eb_span(NULL, 0), text;
    char name[EB_NAME_BYTES_MAX + 32];
    snprintf(
        name, sizeof name, "%s/%" PRIu32 ".json", making->name, latest ? latest->version + 1 : 1);
    if (making->values->source) {
        source = input_read(making->values->source);
        text = source;
        making->file.source = input_name(making->values->source);
        if (!source.ptr)
            return false;
    } else {
        text = latest ? latest->text : first_schema(making);
    }
    bool is_written = new_file_write(&making->file, &making->config,
        named_or(settings->schemas_directory, "schemas"), name, text);
    input_release(source);
    return is_written;
}

/* ---- contracts ---- */

static bool make_contract(struct making *making)
{
    const struct eb_settings *settings = &configuration_of(making)->settings;
    const char *topic = making->values->topic, *schema = making->values->schema;
    const struct eb_schema_text *latest = latest_version(making);
    char version[EB_NAME_BYTES_MAX + 16];
    bool needs_schema = !making->values->is_of_cloudevents; /* else events name theirs */
    if (!schema && !latest && needs_schema) {
        complain("the registry has no subject '%s': say --schema SUBJECT@VERSION, or make it first "
                 "with 'event-bus new subject'",
            making->name);
        return false;
    }
    if (!schema && latest) {
        snprintf(version, sizeof version, "%s@%" PRIu32, making->name, latest->version);
        schema = version;
    }
    begin(making);
    say(making, "description", "What this contract is for, in a sentence.");
    say(making, "$comment",
        "`observe` delivers what is not as agreed, counts it and logs it: a good beginning. "
        "`reject` refuses it, `quarantine` sets it aside, `disconnect` throws the publisher out.");
    say(making, "topic", topic ? topic : format(making, "%s/+/events", making->name));
    if (making->values->is_of_cloudevents)
        say(making, "envelope", "cloudevents");
    if (schema)
        say(making, "schema", schema);
    say(making, "on_violation", "observe");
    return new_file_write(&making->file, &making->config,
        named_or(settings->contracts_directory, "contracts"),
        format(making, "%s.json", making->name), finish(making));
}

/* ---- rules ---- */

/* A topic inside the first filter that targets may lead to. */
static const char *target_topic(struct making *making)
{
    const struct eb_span_list *targets = &configuration_of(making)->settings.targets;
    char *text = NULL;
    size_t len = 0;
    if (!targets->count)
        return making->name;
    FILE *out = open_memstream(&text, &len);
    if (!out) {
        memory_ran_out();
        return making->name;
    }
    struct eb_span filter = targets->items[0];
    for (size_t i = 0; i < filter.len; i++) {
        if (filter.ptr[i] == '+' || filter.ptr[i] == '#')
            fputs(making->name, out);
        else
            fputc(filter.ptr[i], out);
    }
    fclose(out);
    const char *topic = eb_arena_copy(&making->arena, eb_span(text, len)).ptr;
    free(text);
    return topic;
}

/* What the first contract judges is what there is. */
static const char *source_topic(struct making *making)
{
    const struct eb_configuration *configuration = configuration_of(making);
    struct eb_span topic = eb_span(NULL, 0);
    struct eb_doc doc;
    struct eb_json_fault fault;
    if (configuration->contract_count &&
        eb_json_read(&doc, configuration->contracts[0].text, &eb_json_limits_max, &making->arena,
            &fault) == EB_JSON_OK)
        topic = string_member_of(&doc, 0, "topic", &making->arena);
    if (topic.ptr)
        topic = eb_arena_copy(&making->arena, topic); /* with a NUL behind it */
    return topic.ptr ? topic.ptr : "example/+/events";
}

static bool make_rule(struct making *making)
{
    const struct eb_settings *settings = &configuration_of(making)->settings;
    const char *from = making->values->topic, *to = making->values->to;
    struct eb_json_writer *out = &making->text.out;
    begin(making);
    say(making, "description", "What this rule is for, in a sentence.");
    say(making, "$comment",
        "`when` is an event pattern: every member it names must have one of the values listed. "
        "Without `payload` a copy is the event as it came; ${data.site} in a topic or a payload "
        "stands for a value of the event.");
    eb_json_write_name(out, eb_span_of("from"));
    eb_json_open_array(out);
    eb_json_write_string(out, eb_span_of(from ? from : source_topic(making)));
    eb_json_close_array(out);
    eb_json_write_name(out, eb_span_of("when"));
    eb_json_open_object(out);
    eb_json_write_name(out, eb_span_of("type"));
    eb_json_open_array(out);
    eb_json_write_string(out, eb_span_of(making->name));
    eb_json_close_array(out);
    eb_json_close_object(out);
    eb_json_write_name(out, eb_span_of("to"));
    eb_json_open_array(out);
    eb_json_open_object(out);
    say(making, "topic", to ? to : target_topic(making));
    write_int_member(out, "qos", 1);
    eb_json_close_object(out);
    eb_json_close_array(out);
    return new_file_write(&making->file, &making->config,
        named_or(settings->rules_directory, "rules"), format(making, "%s.json", making->name),
        finish(making));
}

/* ---- the commands ---- */

static bool make(const struct new_options *values, char **operands, bool (*made)(struct making *))
{
    struct making making = { .values = values, .name = operands[1] };
    making.file = (struct new_file){ .config = operands[0],
        .source = "(text)",
        .is_printed = values->is_printed,
        .arena = &making.arena };
    eb_arena_init_growing(&making.arena, SIZE_MAX);
    bool is_good =
        config_load(&making.config, operands[0]) && json_line_init(&making.text) && made(&making);
    json_line_release(&making.text);
    config_release(&making.config);
    memory_release(&making.arena);
    return is_good;
}

static enum exit_code run(
    const struct command *command, bool (*made)(struct making *), int argc, char **argv)
{
    struct new_options values = { 0 };
    struct operands operands;
    if (!command_read(command, &values, argc, argv, &operands))
        return EXIT_USAGE;
    if (operands.count != 2)
        return command_misused(command);
    if (!eb_name_is_valid(eb_span_of(operands.items[1]))) {
        complain("'%s' is no name: expected " EB_NAME_GRAMMAR, operands.items[1]);
        return EXIT_USAGE;
    }
    return make(&values, operands.items, made) ? EXIT_FINE : EXIT_PROBLEMS;
}

static const struct command command_new_subject, command_new_contract, command_new_rule;

static enum exit_code run_subject(int argc, char **argv)
{
    return run(&command_new_subject, make_subject, argc, argv);
}

static enum exit_code run_contract(int argc, char **argv)
{
    return run(&command_new_contract, make_contract, argc, argv);
}

static enum exit_code run_rule(int argc, char **argv)
{
    return run(&command_new_rule, make_rule, argc, argv);
}

static const struct command command_new_subject = {
    .name = "new subject",
    .synopsis = "CONFIG NAME",
    .summary = "Begin a schema, or its next version, which starts as a copy of the last",
    .help = "Writes schemas/NAME/1.json, or the number that comes next.\n",
    .tables = subject_tables,
    .table_count = 1,
    .run = run_subject,
};

static const struct command command_new_contract = {
    .name = "new contract",
    .synopsis = "CONFIG NAME",
    .summary = "Begin a contract, which observes until it is told to do more",
    .help = "Writes contracts/NAME.json.\n",
    .tables = contract_tables,
    .table_count = 1,
    .run = run_contract,
};

static const struct command command_new_rule = {
    .name = "new rule",
    .synopsis = "CONFIG NAME",
    .summary = "Begin a rule",
    .help = "Writes rules/NAME.json.\n",
    .tables = rule_tables,
    .table_count = 1,
    .run = run_rule,
};

static const struct command *const commands[] = {
    &command_new_subject,
    &command_new_contract,
    &command_new_rule,
};

const struct command command_new = {
    .name = "new",
    .synopsis = "COMMAND …",
    .summary = "Begin a contract, a rule or a schema",
    .help = "Nothing that is there is overwritten, and a file with which the configuration is not "
            "sound is\n"
            "not kept.\n",
    .commands = commands,
    .command_count = sizeof commands / sizeof *commands,
};
