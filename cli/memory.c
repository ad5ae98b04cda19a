#include "memory.h"

#include <stdio.h>

#include "progress.h"
#include "tty.h"

static bool has_run_out;

void memory_begin(void)
{
    has_run_out = false;
}

bool memory_has_run_out(void)
{
    return has_run_out;
}

void memory_ran_out(void)
{
    if (has_run_out)
        return;
    has_run_out = true;
    tty_give_back();
    progress_step_aside();
    fputs("event-bus: out of memory\n", stderr);
}

void memory_release(struct eb_arena *arena)
{
    if (arena->is_starved)
        memory_ran_out();
    eb_arena_release(arena);
}
