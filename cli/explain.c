#include <stdio.h>

#include "base/near_name.h"
#include "bus/explain.h"
#include "command.h"
#include "config.h"
#include "explain_print.h"
#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "message_options.h"
#include "terminal.h"
#include "json/reader.h"

enum { MISSES_TOLD = 3 };

struct explain_options {
    bool is_json;
    bool tells_all;
    const char *rule;
    struct message_options message;
};

static const struct option own_options[] = {
    { .name = "rule",
        .kind = OPTION_TEXT,
        .value = "NAME",
        .help = "this rule alone; without EVENT: how it is indexed",
        .offset = offsetof(struct explain_options, rule) },
    { .name = "all",
        .help = "all rules that did not match, not the nearest alone",
        .offset = offsetof(struct explain_options, tells_all) },
    { .name = "json",
        .help = "print one JSON object",
        .offset = offsetof(struct explain_options, is_json) },
};

static const struct option_table tables[] = {
    { own_options, sizeof own_options / sizeof *own_options, 0 },
    MESSAGE_OPTIONS_AT(offsetof(struct explain_options, message)),
};

/* ---- what becomes of an event ---- */

/* NULL, said, when there is none. */
static const struct eb_rule *find_rule(const struct eb_snapshot *snapshot, const char *name)
{
    const struct eb_rule *rule = eb_snapshot_find_rule(snapshot, eb_span_of(name));
    if (rule)
        return rule;
    struct eb_near_name near = eb_near_name(eb_span_of(name));
    for (uint32_t i = 0; i < snapshot->rule_count; i++)
        eb_near_name_offer(&near, snapshot->rules[i].name);
    if (near.best.ptr)
        complain(
            "there is no rule '%s'; did you mean '%.*s'?", name, (int)near.best.len, near.best.ptr);
    else
        complain("there is no rule '%s'", name);
    return NULL;
}

/* What was written for programs, read and told to people: what a running bus tells is the same. */
static bool retell(struct eb_span json)
{
    struct eb_arena arena;
    struct eb_json_fault fault;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct reply told = { .arena = &arena, .data = EB_NO_TOKEN };
    bool is_read = json.ptr &&
                   eb_json_read(&told.doc, json, &eb_json_limits_max, &arena, &fault) == EB_JSON_OK;
    if (is_read)
        explanation_print(&told, 0);
    else
        complain("this is too long to tell; --json tells it");
    memory_release(&arena);
    return is_read;
}

static bool print(const struct explain_options *options, const struct eb_explanation *explanation)
{
    struct json_line line;
    bool is_told = true;
    if (!json_line_init(&line))
        return false;
    json_line_begin(&line);
    eb_explanation_write(explanation, &line.out);
    if (options->is_json)
        json_line_end(&line);
    else
        is_told = retell(eb_json_writer_finish(&line.out));
    json_line_release(&line);
    return is_told;
}

static bool explain(const struct explain_options *options, const struct eb_snapshot *snapshot,
    const struct eb_explain_request *request)
{
    struct eb_pipeline pipeline;
    struct eb_explanation explanation;
    if (!eb_pipeline_init(&pipeline)) {
        memory_ran_out();
        return false;
    }
    pipeline.shows_shadows = true;
    bool is_explained = eb_explain(&pipeline, snapshot, request, &explanation);
    if (is_explained)
        is_explained = print(options, &explanation);
    else
        memory_ran_out();
    eb_pipeline_release(&pipeline);
    return is_explained;
}

static bool explain_event(
    const struct explain_options *options, const char *path, struct eb_span payload)
{
    struct eb_message message = message_of(&options->message, payload);
    struct eb_explain_request request = {
        .message = &message,
        .misses_max = options->tells_all ? UINT32_MAX : MISSES_TOLD,
    };
    struct config config;
    bool is_good = config_load(&config, path);
    if (is_good && options->rule) {
        request.rule = find_rule(config.loaded.snapshot, options->rule);
        is_good = request.rule;
    }
    is_good = is_good && explain(options, config.loaded.snapshot, &request);
    config_release(&config);
    return is_good;
}

/* ---- how a rule is indexed ---- */

static void print_filing(const struct explain_options *options, const struct eb_rule_filing *filing,
    struct eb_arena *scratch)
{
    struct json_line line;
    if (!options->is_json) {
        rule_filing_print(filing, scratch);
    } else if (json_line_init(&line)) {
        json_line_begin(&line);
        eb_rule_filing_write(filing, scratch, &line.out);
        json_line_end(&line);
        json_line_release(&line);
    }
}

static bool explain_rule(const struct explain_options *options, const char *path)
{
    struct config config;
    struct eb_arena arena;
    struct eb_rule_filing filing;
    bool is_loaded = config_load(&config, path);
    const struct eb_snapshot *snapshot = config.loaded.snapshot;
    const struct eb_rule *rule = is_loaded ? find_rule(snapshot, options->rule) : NULL;
    eb_arena_init_growing(&arena, SIZE_MAX);
    bool is_explained = rule && eb_rule_explain(snapshot, rule, &arena, &filing);
    if (is_explained)
        print_filing(options, &filing, &arena);
    else if (rule)
        memory_ran_out();
    memory_release(&arena);
    config_release(&config);
    return is_explained;
}

static enum exit_code run(int argc, char **argv)
{
    struct explain_options options = { .message = message_options_default() };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!command_read(&command_explain, &options, argc, argv, &operands) ||
        !message_options_check(&options.message))
        goto release;
    if (operands.count == 1 && options.rule && !options.message.topic) {
        code = explain_rule(&options, operands.items[0]) ? EXIT_FINE : EXIT_PROBLEMS;
        goto release;
    }
    if (operands.count != 2 || !options.message.topic) {
        code = command_misused(&command_explain);
        goto release;
    }
    struct eb_span payload = input_read(operands.items[1]);
    bool is_good = payload.ptr && explain_event(&options, operands.items[0], payload);
    code = is_good ? EXIT_FINE : EXIT_PROBLEMS;
    input_release(payload);
release:
    message_options_release(&options.message);
    return code;
}

const struct command command_explain = {
    .name = "explain",
    .synopsis = "CONFIG --topic TOPIC [OPTION…] EVENT | CONFIG --rule NAME",
    .summary = "Show why an event goes where it goes, rule by rule",
    .help =
        "For every rule that watches the topic: what became of its targets, or the first field\n"
        "that did not match and what was there. Of many rules those that matched are told, and\n"
        "the nearest of the others. CONFIG is an event-bus.json or the directory that holds one;\n"
        "EVENT a file that holds the payload, or - for standard input. Nothing is published. It\n"
        "succeeds whatever becomes of the event.\n\n"
        "With --rule alone: how the rule is indexed, which is what leads an event to it; and by\n"
        "which fields it is then tried.\n",
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
