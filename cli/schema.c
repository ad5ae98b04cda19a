/*
 * schema.c - the commands about schemas: `event-bus schema COMMAND …`.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "schema.h"
#include "terminal.h"

static const struct command *const commands[] = {
    &command_schema_compat,
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

/* "schema compat" is called "compat" here. */
static const char *own_name(const struct command *command)
{
    return strchr(command->name, ' ') + 1;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static enum exit_code run(int argc, char **argv)
{
    if (argc < 1)
        return command_misused(&command_schema);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(own_name(commands[i]), argv[0]) != 0)
            continue;
        if (argc > 1 && is_help(argv[1])) {
            command_print_help(commands[i]);
            return EXIT_FINE;
        }
        return commands[i]->run(argc - 1, argv + 1);
    }
    complain("there is no command 'schema %s'; 'event-bus --help schema' lists them", argv[0]);
    return EXIT_USAGE;
}

const struct command command_schema = {
    .name = "schema",
    .synopsis = "compat …",
    .summary = "Compare schemas",
    .help = "  compat   Say whether a new version of a schema may take the place of the old one\n\n"
            "'event-bus schema COMMAND --help' says more about one.\n",
    .run = run,
};
