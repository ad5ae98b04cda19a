#include "text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "text/regex_pcre.h"
#include "text/regex_tree.h"

enum {
    JIT_STACK_START_BYTES = 32 * 1024,
    TREE_BYTES_MAX = 64 * 1024 * 1024, /* an expression of EB_REGEX_BYTES_MAX needs a tenth */
};

struct eb_regex {
    pcre2_code *code;
    bool has_jit;
};

/*
 * PCRE2's interpreter keeps its frames in memory it asks for, doubling. Its allocator here hands
 * out the arena and never gives back; the arena is emptied after each run, match data and all.
 */
struct eb_regex_runner {
    uint32_t steps_max;
    struct eb_arena arena;
    pcre2_match_context *match;
    pcre2_match_data *jit_match;
    pcre2_jit_stack *jit_stack;
};

static atomic_bool is_jit_wanted = true;

/* PCRE2 asks for memory through these, so that tests can refuse it. */
static void *heap_malloc(size_t size, void *unused)
{
    (void)unused;
    return malloc(size);
}

static void heap_free(void *memory, void *unused)
{
    (void)unused;
    free(memory);
}

static void *frames_malloc(size_t size, void *runner)
{
    return eb_arena_alloc(&((struct eb_regex_runner *)runner)->arena, size, 64);
}

static void frames_free(void *memory, void *runner)
{
    (void)memory;
    (void)runner;
}

/* Compiling */

/* The errors of pcre2_compile() that a correct translation can still meet. */
static const struct {
    int code;
    const char *text;
} pcre_faults[] = {
    { PCRE2_ERROR_PATTERN_TOO_LARGE, "the expression is too large with its repeats spelled out" },
    { PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP, "groups are nested too deeply" },
    { PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH,
        "a look-behind whose length varies cannot be expressed" },
    { PCRE2_ERROR_LOOKBEHIND_TOO_LONG, "a look-behind this long cannot be expressed" },
    { PCRE2_ERROR_LOOKBEHIND_TOO_COMPLICATED,
        "a look-behind this complicated cannot be expressed" },
    { PCRE2_ERROR_UNKNOWN_UNICODE_PROPERTY, "this Unicode property is not known here" },
};

static struct eb_regex_fault fault_of_pcre(int code)
{
    if (code == PCRE2_ERROR_HEAP_FAILED)
        return (struct eb_regex_fault){ "out of memory", 0, true };
    for (size_t i = 0; i < sizeof pcre_faults / sizeof *pcre_faults; i++) {
        if (pcre_faults[i].code == code)
            return (struct eb_regex_fault){ pcre_faults[i].text, 0, false };
    }
    return (struct eb_regex_fault){ "this expression cannot be expressed in PCRE2", 0, false };
}

static pcre2_code *compile_pcre(struct eb_span text, struct eb_regex_fault *fault)
{
    *fault = (struct eb_regex_fault){ "out of memory", 0, true };
    pcre2_general_context *heap = pcre2_general_context_create(heap_malloc, heap_free, NULL);
    if (!heap)
        return NULL;
    pcre2_code *code = NULL;
    pcre2_compile_context *context = pcre2_compile_context_create(heap);
    if (context) {
        int error;
        PCRE2_SIZE offset;
        code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len,
            PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_ANCHORED | PCRE2_MATCH_UNSET_BACKREF, &error,
            &offset, context);
        if (!code)
            *fault = fault_of_pcre(error);
    }
    pcre2_compile_context_free(context);
    pcre2_general_context_free(heap);
    return code;
}

static struct eb_regex *new_from_pcre(struct eb_span text, struct eb_regex_fault *fault)
{
    struct eb_regex *regex = calloc(1, sizeof *regex);
    if (!regex) {
        *fault = (struct eb_regex_fault){ "out of memory", 0, true };
        return NULL;
    }
    regex->code = compile_pcre(text, fault);
    if (!regex->code) {
        free(regex);
        return NULL;
    }
    /* Where the system forbids machine code, the interpreter does. */
    regex->has_jit =
        atomic_load(&is_jit_wanted) && pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0;
    return regex;
}

struct eb_regex *eb_regex_new(struct eb_span pattern, struct eb_regex_fault *fault)
{
    struct eb_arena arena;
    eb_arena_init_growing(&arena, TREE_BYTES_MAX);
    struct eb_regex *regex = NULL;
    struct eb_regex_tree tree;
    if (eb_regex_parse(pattern, EB_REGEX_LENIENT, &arena, &tree, fault)) {
        struct eb_span text = eb_regex_pcre_write(&tree, &arena, fault);
        if (text.ptr)
            regex = new_from_pcre(text, fault);
    }
    eb_arena_release(&arena);
    return regex;
}

void eb_regex_free(struct eb_regex *regex)
{
    if (!regex)
        return;
    pcre2_code_free(regex->code);
    free(regex);
}

bool eb_regex_is_valid(struct eb_span pattern)
{
    struct eb_regex_fault ignored;
    return eb_regex_parse(pattern, EB_REGEX_STRICT, NULL, NULL, &ignored);
}

bool eb_regex_has_jit(void)
{
    struct eb_regex_fault ignored;
    struct eb_regex *regex = new_from_pcre((struct eb_span)EB_SPAN("a"), &ignored);
    bool has_jit = regex && regex->has_jit;
    eb_regex_free(regex);
    return has_jit;
}

void eb_regex_set_jit(bool is_enabled)
{
    atomic_store(&is_jit_wanted, is_enabled);
}

/* Running */

static bool prepare_runner(struct eb_regex_runner *runner)
{
    /* Doubling needs the old and the new at once, and nothing is given back before the end. */
    if (!eb_arena_init_reserved(&runner->arena, 4 * (size_t)EB_REGEX_FRAMES_BYTES))
        return false;
    pcre2_general_context *heap = pcre2_general_context_create(heap_malloc, heap_free, NULL);
    if (!heap)
        return false;
    runner->match = pcre2_match_context_create(heap);
    runner->jit_match = pcre2_match_data_create(1, heap);
    runner->jit_stack =
        pcre2_jit_stack_create(JIT_STACK_START_BYTES, EB_REGEX_JIT_STACK_BYTES, heap);
    pcre2_general_context_free(heap);
    if (!runner->match || !runner->jit_match)
        return false;
    pcre2_set_heap_limit(runner->match, EB_REGEX_FRAMES_BYTES / 1024);
    pcre2_jit_stack_assign(runner->match, NULL, runner->jit_stack);
    return true;
}

struct eb_regex_runner *eb_regex_runner_new(uint32_t steps_max)
{
    struct eb_regex_runner *runner = calloc(1, sizeof *runner);
    if (!runner)
        return NULL;
    runner->steps_max = steps_max;
    if (!prepare_runner(runner)) {
        eb_regex_runner_free(runner);
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
    pcre2_jit_stack_free(runner->jit_stack);
    pcre2_match_data_free(runner->jit_match);
    pcre2_match_context_free(runner->match);
    eb_arena_release(&runner->arena);
    free(runner);
}

static int run_interpreter(
    const struct eb_regex *regex, struct eb_span subject, struct eb_regex_runner *runner)
{
    pcre2_general_context *frames =
        pcre2_general_context_create(frames_malloc, frames_free, runner);
    pcre2_match_data *match = pcre2_match_data_create(1, frames);
    int result = pcre2_match(regex->code, (PCRE2_SPTR)subject.ptr, subject.len, 0,
        PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, match, runner->match);
    eb_arena_reset(&runner->arena);
    eb_arena_trim(&runner->arena, EB_REGEX_KEPT_BYTES);
    return result;
}

static int run_jit(
    const struct eb_regex *regex, struct eb_span subject, struct eb_regex_runner *runner)
{
    return pcre2_jit_match(
        regex->code, (PCRE2_SPTR)subject.ptr, subject.len, 0, 0, runner->jit_match, runner->match);
}

static uint32_t steps_for(const struct eb_regex_runner *runner, size_t len)
{
    size_t affordable = EB_REGEX_WORK_MAX / (len + 1);
    return affordable < runner->steps_max ? (uint32_t)affordable : runner->steps_max;
}

enum eb_regex_result eb_regex_run(
    const struct eb_regex *regex, struct eb_span subject, struct eb_regex_runner *runner)
{
    if (subject.len == 0)
        subject = eb_span("", 0);
    if (subject.len >= runner->steps_max)
        return EB_REGEX_LIMIT;
    pcre2_set_match_limit(runner->match, steps_for(runner, subject.len));
    int result = regex->has_jit && runner->jit_stack ? run_jit(regex, subject, runner)
                                                     : run_interpreter(regex, subject, runner);
    if (result >= 0)
        return EB_REGEX_MATCH;
    return result == PCRE2_ERROR_NOMATCH ? EB_REGEX_NO_MATCH : EB_REGEX_LIMIT;
}
