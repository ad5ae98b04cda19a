#include "text/regex.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "text/regex_backtrack.h"
#include "text/regex_dfa.h"
#include "text/regex_engine.h"
#include "text/regex_pcre.h"
#include "text/regex_tree.h"

/* An expression of EB_REGEX_BYTES_MAX needs a tenth of it. */
enum { SCRATCH_BYTES_MAX = 64 * 1024 * 1024 };

struct eb_regex {
    struct eb_dfa *dfa; /* or else */
    struct eb_backtracker *backtracker;
    bool is_budgeted; /* the automaton, too, may read no more bytes than there are steps */
};

struct eb_regex_runner {
    uint32_t steps_max;
    uint64_t spent;
    struct eb_backtracker_memory *memory;
};

/* Whether an unbounded repetition holds another; `is_inside` one. As deep as groups are. */
static bool nests_repetitions(const struct eb_regex_node *node, bool is_inside)
{
    if (node->type == EB_REGEX_REPEAT && node->repeat.max == EB_REGEX_UNBOUNDED) {
        if (is_inside)
            return true;
        is_inside = true;
    }
    for (const struct eb_regex_node *child = node->body; child; child = child->next) {
        if (nests_repetitions(child, is_inside))
            return true;
    }
    return false;
}

/* The automaton, if there is one, in `regex`. */
static bool try_automaton(
    struct eb_regex *regex, const struct eb_regex_tree *tree, struct eb_arena *scratch)
{
    struct eb_nfa nfa;
    if (eb_nfa_build(&nfa, tree->root, EB_NFA_FORWARD, scratch))
        regex->dfa = eb_dfa_new(&nfa, EB_DFA_SEARCH, scratch);
    regex->is_budgeted = nests_repetitions(tree->root, false);
    return regex->dfa != NULL;
}

static bool compile(struct eb_regex *regex, const struct eb_regex_tree *tree, unsigned engines,
    struct eb_arena *scratch, struct eb_regex_fault *fault)
{
    if ((engines & EB_REGEX_BY_AUTOMATON) && try_automaton(regex, tree, scratch))
        return true;
    if (!(engines & EB_REGEX_BY_PCRE)) {
        *fault = (struct eb_regex_fault){ "this expression has no automaton", 0, false };
        return false;
    }
    struct eb_pcre_text text;
    if (eb_regex_pcre_write(&text, tree, scratch, fault))
        regex->backtracker = eb_backtracker_new(&text, scratch, fault);
    return regex->backtracker != NULL;
}

struct eb_regex *eb_regex_new_by(
    struct eb_span pattern, unsigned engines, struct eb_regex_fault *fault)
{
    struct eb_arena scratch;
    eb_arena_init_growing(&scratch, SCRATCH_BYTES_MAX);
    struct eb_regex_tree tree;
    struct eb_regex *regex = calloc(1, sizeof *regex);
    *fault = (struct eb_regex_fault){ "out of memory", 0, true };
    if (!regex || !eb_regex_parse(pattern, EB_REGEX_LENIENT, &scratch, &tree, fault) ||
        !compile(regex, &tree, engines, &scratch, fault)) {
        free(regex);
        regex = NULL;
    }
    eb_arena_release(&scratch);
    return regex;
}

struct eb_regex *eb_regex_new(struct eb_span pattern, struct eb_regex_fault *fault)
{
    return eb_regex_new_by(pattern, EB_REGEX_BY_AUTOMATON | EB_REGEX_BY_PCRE, fault);
}

void eb_regex_free(struct eb_regex *regex)
{
    if (!regex)
        return;
    free(regex->dfa);
    eb_backtracker_free(regex->backtracker);
    free(regex);
}

const struct eb_dfa *eb_regex_automaton(const struct eb_regex *regex)
{
    return regex->dfa;
}

bool eb_regex_is_valid(struct eb_span pattern)
{
    struct eb_regex_fault ignored;
    return eb_regex_parse(pattern, EB_REGEX_STRICT, NULL, NULL, &ignored);
}

struct eb_regex_runner *eb_regex_runner_new(uint32_t steps_max)
{
    struct eb_regex_runner *runner = calloc(1, sizeof *runner);
    if (!runner)
        return NULL;
    runner->steps_max = steps_max;
    runner->memory = eb_backtracker_memory_new();
    if (!runner->memory) {
        free(runner);
        return NULL;
    }
    return runner;
}

void eb_regex_runner_set_steps(struct eb_regex_runner *runner, uint32_t steps_max)
{
    runner->steps_max = steps_max;
}

void eb_regex_runner_free(struct eb_regex_runner *runner)
{
    if (!runner)
        return;
    eb_backtracker_memory_free(runner->memory);
    free(runner);
}

static inline enum eb_regex_result run_automaton(
    const struct eb_regex *regex, struct eb_span subject, struct eb_regex_runner *runner)
{
    enum { LONG_BYTES = 1024 };
    if (subject.len > LONG_BYTES)
        runner->spent = subject.len / EB_REGEX_STEP_BYTES;
    return eb_dfa_run(regex->dfa, subject, regex->is_budgeted ? runner->steps_max : UINT32_MAX);
}

static __attribute__((noinline)) enum eb_regex_result run_backtracker(
    const struct eb_regex *regex, struct eb_span subject, struct eb_regex_runner *runner)
{
    return eb_backtracker_run(
        regex->backtracker, subject, runner->steps_max, runner->memory, &runner->spent);
}

enum eb_regex_result eb_regex_run(
    const struct eb_regex *regex, struct eb_span subject, struct eb_regex_runner *runner)
{
    if (subject.len == 0)
        subject = eb_span("", 0);
    runner->spent = 0;
    return __builtin_expect(regex->dfa != NULL, 1) ? run_automaton(regex, subject, runner)
                                                   : run_backtracker(regex, subject, runner);
}

uint64_t eb_regex_runner_spent(const struct eb_regex_runner *runner)
{
    return runner->spent;
}
