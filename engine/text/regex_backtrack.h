/*
 * regex_backtrack.h - PCRE2, kept on a budget.
 *
 * PCRE2 compiles to machine code where the system allows that and else interprets. Both count
 * their steps against one limit and use memory set aside beforehand, and neither ever asks for
 * more. A step is a place it went back to or a round of a repetition. How much it reads in between
 * it does not count, so the longer the subject, the fewer steps it may take (EB_REGEX_WORK_MAX).
 */
#ifndef EB_TEXT_REGEX_BACKTRACK_H
#define EB_TEXT_REGEX_BACKTRACK_H

#include "base/span.h"
#include "text/regex.h"
#include "text/regex_pcre.h"

struct eb_backtracker;
struct eb_backtracker_memory;

/*
 * `text` is what eb_regex_pcre_write() wrote; nothing of it is kept, and `scratch` is left used.
 * Given: free it. NULL, with `*fault`.
 */
struct eb_backtracker *eb_backtracker_new(
    const struct eb_pcre_text *text, struct eb_arena *scratch, struct eb_regex_fault *fault);
void eb_backtracker_free(struct eb_backtracker *backtracker);

/* What one thread needs to run. Given: free it. NULL without memory. */
struct eb_backtracker_memory *eb_backtracker_memory_new(void);
void eb_backtracker_memory_free(struct eb_backtracker_memory *memory);

/*
 * Never touches the heap. A subject of `steps_max` bytes or more is over the budget as it is.
 * `*spent` is as in regex.h.
 */
enum eb_regex_result eb_backtracker_run(const struct eb_backtracker *backtracker,
    struct eb_span subject, uint32_t steps_max, struct eb_backtracker_memory *memory,
    uint64_t *spent);

#endif
