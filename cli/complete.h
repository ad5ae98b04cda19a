/*
 * complete.h - what a shell may put in place of a word that is being typed.
 */
#ifndef EB_CLI_COMPLETE_H
#define EB_CLI_COMPLETE_H

#include "command.h"

/*
 * Prints, a line each, what the last of `words` can become behind the others: commands below
 * `group`, options of the command, or words that an option takes. Nothing where it is a file's name
 * or free text, which the shell knows more about.
 */
void complete_print(const struct command *group, int count, char **words);

#endif
