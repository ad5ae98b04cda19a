/*
 * regex.h - ECMA-262 regular expressions (the `u` dialect JSON Schema asks for).
 *
 * An expression is compiled once and then only read. One that neither looks around nor refers back
 * becomes an automaton, which reads each byte once; the others are rewritten for PCRE2, which runs
 * them as machine code where the system allows that and interprets them where not. What one thread
 * needs to run expressions, it allocates beforehand in a runner; every run stays under a step
 * budget and never touches the heap.
 *
 * A step is a place PCRE2 went back to, and a byte of the value. The automaton takes none, for it
 * is as fast as reading, whatever the value's length; except where one unbounded repetition holds
 * another, as in "(a+)+$": what other validators never come back from is given up here too, at as
 * many bytes as there are steps.
 *
 * The syntax is that of the `u` flag (ECMA-262 of 2024), and two things schemas in use do which
 * have one meaning only: a backslash before any ASCII punctuation ("\-"), a hyphen beside a class
 * escape ("[\w-.]").
 */
#ifndef EB_TEXT_REGEX_H
#define EB_TEXT_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct eb_regex;
struct eb_regex_runner;

/* Why an expression was refused: a sentence and the byte of the pattern it is about. */
struct eb_regex_fault {
    const char *text; /* static; never NULL after a failure */
    size_t offset;
    bool is_out_of_memory;
};

enum eb_regex_result {
    EB_REGEX_NO_MATCH,
    EB_REGEX_MATCH,
    EB_REGEX_LIMIT, /* the step budget, or the runner's memory, ran out */
};

/*
 * Compile `pattern`, well-formed UTF-8. Given: free it. NULL with `*fault` filled in when ECMA-262
 * refuses it, when it cannot be expressed, or when memory ran out.
 */
struct eb_regex *eb_regex_new(struct eb_span pattern, struct eb_regex_fault *fault);
void eb_regex_free(struct eb_regex *regex);

/* Whether `pattern` is an expression by the letter of the `u` flag (format "regex"). Never touches
 * the heap. */
bool eb_regex_is_valid(struct eb_span pattern);

/* Room for runs of up to `steps_max` steps on one thread. Given: free it. NULL without memory. */
struct eb_regex_runner *eb_regex_runner_new(uint32_t steps_max);
void eb_regex_runner_free(struct eb_regex_runner *runner);

/* From the next run on; costs nothing, so that every configuration may have its own budget. */
void eb_regex_runner_set_steps(struct eb_regex_runner *runner, uint32_t steps_max);

/* Search (not anchored) `subject`, well-formed UTF-8. Never touches the heap. */
enum eb_regex_result eb_regex_run(
    const struct eb_regex *regex, struct eb_span subject, struct eb_regex_runner *runner);

/*
 * What the last run cost beyond a few microseconds, in steps, times the length of a long subject:
 * a budget for many values adds these up. 0 for most.
 */
uint64_t eb_regex_runner_spent(const struct eb_regex_runner *runner);

/* Whether PCRE2 compiles new expressions to machine code here; tests switch it off. */
bool eb_regex_has_jit(void);
void eb_regex_set_jit(bool is_enabled);

#endif
