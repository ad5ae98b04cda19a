/*
 * command.h - the commands of `event-bus`, each a row of one table.
 */
#ifndef EB_CLI_COMMAND_H
#define EB_CLI_COMMAND_H

#include <stddef.h>

#include "options.h"

/* What a process that ran a command exits with. */
enum exit_code {
    EXIT_FINE = 0,
    EXIT_PROBLEMS = 1,         /* it ran, and found something wrong */
    EXIT_USAGE = 2,            /* it was called wrongly, and did nothing */
    EXIT_TROUBLE = EXIT_USAGE, /* of who answers as diff(1) does: there is no comparison */
};

struct command {
    const char *name;     /* a group's name goes before it: "schema list" */
    const char *synopsis; /* what stands behind the name */
    const char *summary;  /* half a sentence */
    const char *help;     /* paragraphs; NULL: none */
    const struct option_table *tables;
    size_t table_count;
    enum exit_code (*run)(int argc, char **argv); /* without the command's name; NULL: a group */
    const struct command *const *commands;        /* of a group */
    size_t command_count;
};

extern const struct command command_asyncapi;
extern const struct command command_bowtie;
extern const struct command command_check;
extern const struct command command_contract;
extern const struct command command_dead_letters;
extern const struct command command_explain;
extern const struct command command_graph;
extern const struct command command_match;
extern const struct command command_new;
extern const struct command command_reload;
extern const struct command command_rule;
extern const struct command command_run;
extern const struct command command_schema;
extern const struct command command_stats;
extern const struct command command_status;
extern const struct command command_tail;
extern const struct command command_test;
extern const struct command command_top;
extern const struct command command_validate;

/* The name without that of the group. */
const char *command_word(const struct command *command);

/* Reads options and operands of `command`; on false exit with EXIT_USAGE. */
bool command_read(
    const struct command *command, void *values, int argc, char **argv, struct operands *operands);

/* Says that the operands are not as the synopsis has them, and what it is. */
enum exit_code command_misused(const struct command *command);

#endif
