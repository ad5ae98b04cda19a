/*
 * password.h - a password asked for on the terminal, which does not show it.
 */
#ifndef EB_CLI_PASSWORD_H
#define EB_CLI_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* One line from the terminal, without its end, in `out`. False, said: none, or none asked. */
bool password_ask(char *out, size_t bytes);

#endif
