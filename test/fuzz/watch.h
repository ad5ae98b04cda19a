/*
 * watch.h - which input a process died of, however it died.
 *
 * Inputs run in a child, which writes down each of them, before, in memory that it shares with its
 * parent: a sanitizer's exit, an abort, a stack that is used up and a kill all leave it there.
 */
#ifndef EB_FUZZ_WATCH_H
#define EB_FUZZ_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WATCH_BYTES_MAX = 1 << 20, /* more of an input is not written down */
    WATCH_HANG_S = 20,         /* of the processor's time, for one input */
};

struct watch {
    char name[256];    /* of the input: a file, or empty */
    size_t executions; /* of inputs that are no files, this one included */
    size_t len;
    bool is_through; /* with all inputs: what comes then are leaks */
    uint8_t bytes[WATCH_BYTES_MAX];
};

/* Given, and shared with children; the program ends when the system has none. */
struct watch *watch_new(void);
void watch_free(struct watch *watch);

/* Runs an input, which `name` names (NULL: it is no file). */
void watch_run(struct watch *watch, const char *name, const uint8_t *bytes, size_t len);

/* Runs `work` in a child; how it ended, as waitpid() has it. */
int watch_child(void (*work)(void *context), void *context);

#endif
