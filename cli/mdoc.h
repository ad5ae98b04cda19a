/*
 * mdoc.h - parts of the manual, in the language of mdoc(7), made of the tables that the programs
 * themselves go by: what the pages say of options and members cannot fall behind.
 */
#ifndef EB_CLI_MDOC_H
#define EB_CLI_MDOC_H

#include "base/span.h"
#include "command.h"

/* Sections for all commands below `group`, on standard output. */
void mdoc_print_commands(const struct command *group);

/* Sections for all files of a configuration; false without memory, which has been said. */
bool mdoc_print_files(void);

/*
 * Running text: words are broken into lines, and sentences end them, as mdoc asks. `text` may hold
 * newlines, which are spaces.
 */
void mdoc_print_text(struct eb_span text);

/* The same inside a macro's line: escaped, not broken. */
void mdoc_print_word(struct eb_span text);

#endif
