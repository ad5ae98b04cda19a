/*
 * schema.h - the commands behind `event-bus schema`.
 */
#ifndef EB_CLI_SCHEMA_H
#define EB_CLI_SCHEMA_H

#include "command.h"

extern const struct command command_schema_candidate;
extern const struct command command_schema_compat;
extern const struct command command_schema_delete;
extern const struct command command_schema_diff;
extern const struct command command_schema_infer;
extern const struct command command_schema_list;
extern const struct command command_schema_register;
extern const struct command command_schema_show;

#endif
