#include "regex_agreement.h"

#include <stdio.h>

#include "text/regex_engine.h"

static const struct {
    const char *name;
    enum eb_regex_engine engine;
    bool has_jit;
} engines[REGEX_ENGINE_COUNT] = {
    [REGEX_AUTOMATON] = { "automaton", EB_REGEX_BY_AUTOMATON, true },
    [REGEX_MACHINE_CODE] = { "machine code", EB_REGEX_BY_PCRE, true },
    [REGEX_INTERPRETER] = { "interpreter", EB_REGEX_BY_PCRE, false },
};

bool regex_agreement_open(
    struct regex_agreement *agreement, struct eb_span pattern, struct eb_regex_fault *fault)
{
    bool is_open = false;
    for (int i = 0; i < REGEX_ENGINE_COUNT; i++) {
        eb_regex_set_jit(engines[i].has_jit);
        agreement->engines[i] = eb_regex_new_by(pattern, engines[i].engine, fault);
        is_open |= agreement->engines[i] != NULL;
    }
    eb_regex_set_jit(true);
    return is_open;
}

void regex_agreement_close(struct regex_agreement *agreement)
{
    for (int i = 0; i < REGEX_ENGINE_COUNT; i++)
        eb_regex_free(agreement->engines[i]);
}

static void print_answers(const enum eb_regex_result *answers)
{
    static const char *const texts[] = {
        [EB_REGEX_NO_MATCH] = "no match",
        [EB_REGEX_MATCH] = "match",
        [EB_REGEX_LIMIT] = "limit",
    };
    for (int i = 0; i < REGEX_ENGINE_COUNT; i++)
        fprintf(stderr, "%s: %s\n", engines[i].name, texts[answers[i]]);
}

bool regex_agreement_run(const struct regex_agreement *agreement, struct eb_span subject,
    struct eb_regex_runner *runner, enum eb_regex_result *result)
{
    enum eb_regex_result answers[REGEX_ENGINE_COUNT];
    bool do_agree = true;
    *result = EB_REGEX_LIMIT;
    for (int i = 0; i < REGEX_ENGINE_COUNT; i++) {
        answers[i] = EB_REGEX_LIMIT;
        if (agreement->engines[i])
            answers[i] = eb_regex_run(agreement->engines[i], subject, runner);
        if (answers[i] == EB_REGEX_LIMIT)
            continue;
        do_agree &= *result == EB_REGEX_LIMIT || *result == answers[i];
        *result = answers[i];
    }
    if (!do_agree)
        print_answers(answers);
    return do_agree;
}
