/*
 * failing_calls.h - calls of the file system that fail on purpose.
 *
 * Link eb_failing_calls: the linker then sends every call of open, openat, fstat, read, readdir,
 * fdopendir, write, fsync, fchmod, mkdirat, linkat, renameat and unlinkat made in the program and
 * in the static libraries through here. close() never fails: Linux closes whatever it answers.
 * Calls that take back what failed (unlinkat of a temporary file) are left alone.
 */
#ifndef EB_FAILING_CALLS_H
#define EB_FAILING_CALLS_H

#include <stdbool.h>
#include <stddef.h>

/* From now on call number `n` fails with `error` (1 is the next), once; 0: none does. */
void eb_fail_call(size_t n, int error);

/* The name of the call that has failed meanwhile; NULL: none has. From now on none does. */
const char *eb_failed_call(void);

/* From now on write() and read() do no more than one byte at a time. */
void eb_shorten_calls(bool is_shortened);

/*
 * Runs `attempt` with its first call failing, then its second, and so on, until it gets through
 * without any failing; all that once for each error there may be. `attempt` asserts what must hold
 * after eb_failed_call() has failed, or nothing has. Returns how many calls were made to fail.
 */
size_t eb_fail_each_call(void (*attempt)(void *context), void *context);

/* How many files this process has open. */
size_t eb_open_files(void);

#endif
