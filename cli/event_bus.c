#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/near_name.h"
#include "command.h"
#include "terminal.h"

/* In the order of help: what an operator does first comes first. */
static const struct command *const commands[] = {
    &command_check,
    &command_run,
    &command_validate,
    &command_match,
    &command_schema,
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    struct eb_near_name near = eb_near_name(eb_span_of(name));
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        eb_near_name_offer(&near, eb_span_of(commands[i]->name));
    if (near.best.ptr)
        complain("there is no command '%s'; did you mean '%s'?", name, near.best.ptr);
    else
        complain("there is no command '%s'; 'event-bus --help' lists them", name);
    return NULL;
}

static void print_overview(void)
{
    printf("Usage: event-bus COMMAND …\n"
           "The Mosquitto Event Bus without a broker: what this says is what the broker does.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s  %s\n", commands[i]->name, commands[i]->summary);
    printf("\n"
           "  event-bus --help COMMAND  says more about one\n"
           "  event-bus --version\n\n"
           "Exit code: 0 all is well, 1 problems were found, 2 called wrongly.\n");
}

void command_print_help(const struct command *command)
{
    printf("Usage: event-bus %s %s\n\n%s.\n", command->name, command->synopsis, command->summary);
    for (size_t i = 0; i < command->table_count; i++) {
        printf("\n");
        options_print(&command->tables[i]);
    }
    if (command->help)
        printf("\n%s", command->help);
}

static enum exit_code help(const char *name)
{
    const struct command *command = name ? find_command(name) : NULL;
    if (name && !command)
        return EXIT_USAGE;
    if (command)
        command_print_help(command);
    else
        print_overview();
    return EXIT_FINE;
}

bool command_read(
    const struct command *command, void *values, int argc, char **argv, struct operands *operands)
{
    bool is_read =
        options_read(command->tables, command->table_count, values, argc, argv, operands);
    if (!is_read)
        fprintf(stderr, "'event-bus --help %s' lists its options\n", command->name);
    return is_read;
}

enum exit_code command_misused(const struct command *command)
{
    fprintf(stderr, "Usage: event-bus %s %s\n", command->name, command->synopsis);
    return EXIT_USAGE;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static enum exit_code dispatch(int argc, char **argv)
{
    if (argc < 2) {
        complain("expected a command; 'event-bus --help' lists them");
        return EXIT_USAGE;
    }
    if (is_help(argv[1]) || strcmp(argv[1], "help") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(argv[1], "--version") == 0) {
        printf("event-bus " EB_VERSION "\n");
        return EXIT_FINE;
    }
    const struct command *command = find_command(argv[1]);
    if (!command)
        return EXIT_USAGE;
    if (argc > 2 && is_help(argv[2]))
        return help(argv[1]);
    return command->run(argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that leaves is an error of writing, met where it is */
    enum exit_code code = dispatch(argc, argv);
    if (!output_is_complete() && code == EXIT_FINE)
        code = EXIT_PROBLEMS;
    return code;
}
