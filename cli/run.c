#include <stdio.h>

#include "bus/outcome_write.h"
#include "bus/pipeline.h"
#include "command.h"
#include "config.h"
#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "message_options.h"
#include "outcome_print.h"
#include "terminal.h"

struct run_options {
    bool is_json;
    struct message_options message;
};

static const struct option own_options[] = {
    { .name = "json",
        .help = "print one JSON object",
        .offset = offsetof(struct run_options, is_json) },
};

static const struct option_table tables[] = {
    { own_options, sizeof own_options / sizeof *own_options, 0 },
    MESSAGE_OPTIONS_AT(offsetof(struct run_options, message)),
};

static void print(const struct run_options *options, const struct eb_outcome *outcome)
{
    struct json_line line;
    if (!options->is_json) {
        outcome_print(outcome);
    } else if (json_line_init(&line)) {
        json_line_begin(&line);
        eb_outcome_write(outcome, &line.out);
        json_line_end(&line);
        json_line_release(&line);
    }
}

/* Delivered, or taken by rules, and every copy made. */
static bool went_well(const struct eb_outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        if (outcome->dispatches[i].kind == EB_DEAD_LETTER)
            return false;
    }
    return outcome->verdict <= EB_CONSUMED;
}

static bool decide(
    const struct run_options *options, const struct eb_snapshot *snapshot, struct eb_span payload)
{
    struct eb_pipeline pipeline;
    if (!eb_pipeline_init(&pipeline)) {
        memory_ran_out();
        return false;
    }
    pipeline.shows_shadows = true;
    struct eb_message message = message_of(&options->message, payload);
    struct eb_outcome outcome;
    eb_pipeline_run(&pipeline, snapshot, &message, &outcome);
    print(options, &outcome);
    bool is_good = went_well(&outcome);
    eb_pipeline_release(&pipeline);
    return is_good;
}

static enum exit_code run_event(
    const struct run_options *options, const char *path, struct eb_span payload)
{
    struct config config;
    bool is_good = config_load(&config, path) && decide(options, config.loaded.snapshot, payload);
    config_release(&config);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code run(int argc, char **argv)
{
    struct run_options options = { .message = message_options_default() };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!command_read(&command_run, &options, argc, argv, &operands) ||
        !message_options_check(&options.message))
        goto release;
    if (operands.count != 2 || !options.message.topic) {
        code = command_misused(&command_run);
        goto release;
    }
    struct eb_span payload = input_read(operands.items[1]);
    code = payload.ptr ? run_event(&options, operands.items[0], payload) : EXIT_PROBLEMS;
    input_release(payload);
release:
    message_options_release(&options.message);
    return code;
}

const struct command command_run = {
    .name = "run",
    .synopsis = "CONFIG --topic TOPIC [OPTION…] EVENT",
    .summary = "Show what the bus would do with one event",
    .help = "CONFIG is an event-bus.json or the directory that holds one; EVENT a file that holds "
            "the\n"
            "payload, whatever it is, or - for standard input. Nothing is published. It succeeds "
            "when\n"
            "the event would be delivered, or taken by rules alone, and every copy could be "
            "made.\n",
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
