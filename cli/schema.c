/*
 * schema.c - the commands about schemas: `event-bus schema COMMAND …`.
 */
#include "schema.h"

static const struct command *const commands[] = {
    &command_schema_list,
    &command_schema_show,
    &command_schema_compat,
    &command_schema_diff,
    &command_schema_infer,
    &command_schema_candidate,
    &command_schema_register,
    &command_schema_delete,
};

const struct command command_schema = {
    .name = "schema",
    .synopsis = "COMMAND …",
    .summary = "Look at schemas, compare them, make one",
    .commands = commands,
    .command_count = sizeof commands / sizeof *commands,
};
