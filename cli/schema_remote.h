/*
 * schema_remote.h - the registry of a running bus: what `schema list` and `schema show` tell when
 * no CONFIG is named.
 */
#ifndef EB_CLI_SCHEMA_REMOTE_H
#define EB_CLI_SCHEMA_REMOTE_H

#include "command.h"
#include "connection_options.h"

enum exit_code schema_remote_list(struct connection_options *options, bool is_json);

enum schema_form { SCHEMA_PRETTY, SCHEMA_SOURCE, SCHEMA_JSON };

/* `name` is "SUBJECT", "SUBJECT@VERSION" or "SUBJECT@latest". */
enum exit_code schema_remote_show(
    struct connection_options *options, const char *name, enum schema_form form);

#endif
