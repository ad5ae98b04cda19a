/*
 * memory.h - what becomes of a command that there is no memory for: it says so, once, on standard
 * error, and does not succeed. What it prints by then may lack something; it is not told again.
 */
#ifndef EB_CLI_MEMORY_H
#define EB_CLI_MEMORY_H

#include <stdbool.h>

#include "base/arena.h"

/* Says so, unless it has been said. */
void memory_ran_out(void);
bool memory_has_run_out(void);

/* A command begins. */
void memory_begin(void);

/* Releases it. If the system had none for it, that is said: whoever asked may have gone on. */
void memory_release(struct eb_arena *arena);

#endif
