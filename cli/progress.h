/*
 * progress.h - that long work goes on: a line on a terminal, written over and in the end wiped out;
 * nothing in a pipe, in a file, or where work is done at once.
 */
#ifndef EB_CLI_PROGRESS_H
#define EB_CLI_PROGRESS_H

/*
 * From now on, until the end, this is what takes so long: "compiling 100000 rules". Nothing else
 * may be printed on the terminal meanwhile, but complaints. Work begun within other work goes by
 * the name of that.
 */
void progress_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The next part of the same work. */
void progress_next(const char *format, ...) __attribute__((format(printf, 1, 2)));
void progress_end(void);

/* A line of its own is about to be printed on standard error. */
void progress_step_aside(void);

#endif
