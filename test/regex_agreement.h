/*
 * regex_agreement.h - one expression, run by every engine that can: the automaton, PCRE2's machine
 * code and PCRE2's interpreter. Those that come to a verdict must come to the same.
 */
#ifndef EB_REGEX_AGREEMENT_H
#define EB_REGEX_AGREEMENT_H

#include "text/regex.h"

enum regex_engine {
    REGEX_AUTOMATON,
    REGEX_MACHINE_CODE,
    REGEX_INTERPRETER,
    REGEX_ENGINE_COUNT,
};

struct regex_agreement {
    struct eb_regex *engines[REGEX_ENGINE_COUNT]; /* NULL: cannot run it */
};

/* False, with the fault, when no engine can run it. Closing is needed in either case. */
bool regex_agreement_open(
    struct regex_agreement *agreement, struct eb_span pattern, struct eb_regex_fault *fault);
void regex_agreement_close(struct regex_agreement *agreement);

/*
 * False when two verdicts differ; every engine's answer is printed then. `*result` is the verdict,
 * or EB_REGEX_LIMIT when no engine came to one.
 */
bool regex_agreement_run(const struct regex_agreement *agreement, struct eb_span subject,
    struct eb_regex_runner *runner, enum eb_regex_result *result);

#endif
