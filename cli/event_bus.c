#include <stdio.h>
#include <string.h>

#include "base/near_name.h"
#include "command.h"
#include "complete.h"
#include "event_bus.h"
#include "mdoc.h"
#include "memory.h"
#include "terminal.h"

/* In the order of help: what an operator does first comes first. */
static const struct command *const commands[] = {
    &command_new,
    &command_check,
    &command_run,
    &command_explain,
    &command_test,
    &command_validate,
    &command_match,
    &command_schema,
    &command_status,
    &command_reload,
    &command_stats,
    &command_tail,
    &command_top,
    &command_rule,
    &command_contract,
    &command_dead_letters,
    &command_graph,
    &command_asyncapi,
    &command_bowtie,
};

/* What `event-bus` itself is: the group of all. */
static const struct command all = {
    .name = "",
    .synopsis = "COMMAND …",
    .summary =
        "The Mosquitto Event Bus: its configuration without a broker, and the bus in a running one",
    .help = "event-bus --version says which this is.\n\n"
            "Exit code: 0 all is well, 1 problems were found, 2 called wrongly; never 0 without "
            "memory.\n",
    .commands = commands,
    .command_count = sizeof commands / sizeof *commands,
};

const char *command_word(const struct command *command)
{
    const char *space = strrchr(command->name, ' ');
    return space ? space + 1 : command->name;
}

/* What stands between "event-bus" and a group's commands. */
static const char *gap(const struct command *command)
{
    return *command->name ? " " : "";
}

static const struct command *find_command(const struct command *group, const char *name)
{
    for (size_t i = 0; i < group->command_count; i++) {
        if (strcmp(command_word(group->commands[i]), name) == 0)
            return group->commands[i];
    }
    struct eb_near_name near = eb_near_name(eb_span_of(name));
    for (size_t i = 0; i < group->command_count; i++)
        eb_near_name_offer(&near, eb_span_of(command_word(group->commands[i])));
    const char *prefix = group->name, *space = gap(group);
    if (near.best.ptr)
        complain("there is no command '%s%s%s'; did you mean '%s%s%s'?", prefix, space, name,
            prefix, space, near.best.ptr);
    else
        complain("there is no command '%s%s%s'; 'event-bus --help%s%s' lists them", prefix, space,
            name, space, prefix);
    return NULL;
}

static int width_of_words(const struct command *group)
{
    size_t width = 0;
    for (size_t i = 0; i < group->command_count; i++) {
        size_t len = strlen(command_word(group->commands[i]));
        width = len > width ? len : width;
    }
    return (int)width;
}

static void print_commands(const struct command *group)
{
    int width = width_of_words(group);
    printf("\n");
    for (size_t i = 0; i < group->command_count; i++)
        printf(
            "  %-*s  %s\n", width, command_word(group->commands[i]), group->commands[i]->summary);
    printf("\n  event-bus --help%s%s COMMAND  says more about one\n", gap(group), group->name);
}

static void print_help(const struct command *command)
{
    printf("Usage: event-bus%s%s %s\n\n%s.\n", gap(command), command->name, command->synopsis,
        command->summary);
    for (size_t i = 0; i < command->table_count; i++) {
        printf("\n");
        options_print(&command->tables[i]);
    }
    if (command->commands)
        print_commands(command);
    if (command->help)
        printf("\n%s", command->help);
}

/* About what the words name, beginning in `command`. */
static enum exit_code help(const struct command *command, int argc, char **argv)
{
    for (int i = 0; i < argc && command->commands; i++) {
        command = find_command(command, argv[i]);
        if (!command)
            return EXIT_USAGE;
    }
    print_help(command);
    return EXIT_FINE;
}

bool command_read(
    const struct command *command, void *values, int argc, char **argv, struct operands *operands)
{
    bool is_read =
        options_read(command->tables, command->table_count, values, argc, argv, operands);
    if (!is_read && !memory_has_run_out())
        fprintf(stderr, "'event-bus --help %s' lists its options\n", command->name);
    return is_read;
}

enum exit_code command_misused(const struct command *command)
{
    fprintf(stderr, "Usage: event-bus %s %s\n", command->name, command->synopsis);
    return EXIT_USAGE;
}

/* To who speaks with a broker, -h is the host, as it is to the mosquitto clients. */
static bool takes_host(const struct command *command)
{
    for (size_t t = 0; t < command->table_count; t++) {
        for (size_t i = 0; i < command->tables[t].count; i++) {
            if (command->tables[t].options[i].letter == 'h')
                return true;
        }
    }
    return false;
}

static bool is_help(const struct command *command, const char *argument)
{
    return strcmp(argument, "--help") == 0 || (strcmp(argument, "-h") == 0 && !takes_host(command));
}

/* Runs what the words name, going from group to group. */
static enum exit_code dispatch(const struct command *command, int argc, char **argv)
{
    for (;;) {
        if (argc > 0 && is_help(command, argv[0]))
            return help(command, argc - 1, argv + 1);
        if (command->run)
            return command->run(argc, argv);
        if (argc == 0) {
            complain("expected a command; 'event-bus --help%s%s' lists them", gap(command),
                command->name);
            return EXIT_USAGE;
        }
        command = find_command(command, argv[0]);
        if (!command)
            return EXIT_USAGE;
        argc--;
        argv++;
    }
}

/* For who builds the manual: parts of it, made of the tables. */
static enum exit_code print_manual(const char *part)
{
    if (strcmp(part, "files") == 0)
        return mdoc_print_files() ? EXIT_FINE : EXIT_PROBLEMS;
    mdoc_print_commands(&all);
    return EXIT_FINE;
}

static enum exit_code begin(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "help") == 0)
        return help(&all, argc - 2, argv + 2);
    if (strcmp(first, "--version") == 0) {
        printf("event-bus " EB_VERSION "\n");
        return EXIT_FINE;
    }
    if (strcmp(first, "--complete") == 0) {
        complete_print(&all, argc - 2, argv + 2);
        return EXIT_FINE;
    }
    if (strcmp(first, "--mdoc") == 0)
        return print_manual(argc > 2 ? argv[2] : "");
    return dispatch(&all, argc - 1, argv + 1);
}

int event_bus(int argc, char **argv)
{
    memory_begin();
    enum exit_code code = begin(argc, argv);
    bool is_told = output_is_complete() && !memory_has_run_out();
    if (!is_told && code == EXIT_FINE)
        code = EXIT_PROBLEMS;
    return code;
}
