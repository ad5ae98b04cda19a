#include "text/regex_backtrack.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "text/regex_dfa.h"

enum { JIT_STACK_START_BYTES = 32 * 1024 };

/* A look-behind that PCRE2 cannot express: read backward from where it stands. */
struct look_behind {
    struct eb_dfa *dfa;
    bool is_negated;
};

struct eb_backtracker {
    pcre2_code *code;
    bool has_jit;
    uint32_t behind_count;
    struct look_behind *behind; /* by number of the call-out, less 1 */
};

/*
 * PCRE2's interpreter keeps its frames in memory it asks for, doubling. Its allocator here hands
 * out the arena and never gives back; the arena is emptied after each run, match data and all.
 */
struct eb_backtracker_memory {
    struct eb_arena arena;
    pcre2_match_context *match;
    pcre2_match_data *jit_match;
    pcre2_jit_stack *jit_stack;
};

/* One run, as call-outs see it. */
struct run {
    const struct eb_backtracker *backtracker;
    uint32_t steps_left; /* for look-behinds */
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

static void *frames_malloc(size_t size, void *arena)
{
    return eb_arena_alloc(arena, size, 64);
}

static void frames_free(void *frames, void *arena)
{
    (void)frames;
    (void)arena;
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

static pcre2_code *compile(struct eb_span text, struct eb_regex_fault *fault)
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

static bool compile_behind(struct look_behind *behind, const struct eb_regex_node *look,
    struct eb_arena *scratch, struct eb_regex_fault *fault)
{
    struct eb_nfa nfa;
    behind->is_negated = look->look.is_negated;
    if (eb_nfa_build(&nfa, look->body, EB_NFA_BACKWARD, scratch))
        behind->dfa = eb_dfa_new(&nfa, EB_DFA_HERE, scratch);
    *fault = (struct eb_regex_fault){ "a look-behind this large cannot be expressed", look->offset,
        false };
    return behind->dfa != NULL;
}

static bool compile_all(struct eb_backtracker *backtracker, const struct eb_pcre_text *text,
    struct eb_arena *scratch, struct eb_regex_fault *fault)
{
    *fault = (struct eb_regex_fault){ "out of memory", 0, true };
    backtracker->behind = calloc(text->behind_count + 1, sizeof *backtracker->behind);
    if (!backtracker->behind)
        return false;
    backtracker->behind_count = text->behind_count;
    for (uint32_t i = 0; i < text->behind_count; i++) {
        if (!compile_behind(&backtracker->behind[i], text->behind[i], scratch, fault))
            return false;
    }
    backtracker->code = compile(text->text, fault);
    return backtracker->code != NULL;
}

struct eb_backtracker *eb_backtracker_new(
    const struct eb_pcre_text *text, struct eb_arena *scratch, struct eb_regex_fault *fault)
{
    struct eb_backtracker *backtracker = calloc(1, sizeof *backtracker);
    if (!backtracker) {
        *fault = (struct eb_regex_fault){ "out of memory", 0, true };
        return NULL;
    }
    if (!compile_all(backtracker, text, scratch, fault)) {
        eb_backtracker_free(backtracker);
        return NULL;
    }
    /* Where the system forbids machine code, the interpreter does. */
    backtracker->has_jit = atomic_load(&is_jit_wanted) &&
                           pcre2_jit_compile(backtracker->code, PCRE2_JIT_COMPLETE) == 0;
    return backtracker;
}

void eb_backtracker_free(struct eb_backtracker *backtracker)
{
    if (!backtracker)
        return;
    pcre2_code_free(backtracker->code);
    for (uint32_t i = 0; i < backtracker->behind_count; i++)
        free(backtracker->behind[i].dfa);
    free(backtracker->behind);
    free(backtracker);
}

bool eb_regex_has_jit(void)
{
    struct eb_regex_fault ignored;
    struct eb_pcre_text text = { .text = EB_SPAN("a") };
    struct eb_backtracker *backtracker = eb_backtracker_new(&text, NULL, &ignored);
    bool has_jit = backtracker && backtracker->has_jit;
    eb_backtracker_free(backtracker);
    return has_jit;
}

void eb_regex_set_jit(bool is_enabled)
{
    atomic_store(&is_jit_wanted, is_enabled);
}

/* Running */

static bool prepare(struct eb_backtracker_memory *memory)
{
    /* Doubling needs the old and the new at once, and nothing is given back before the end. */
    if (!eb_arena_init_reserved(&memory->arena, 4 * (size_t)EB_REGEX_FRAMES_BYTES))
        return false;
    pcre2_general_context *heap = pcre2_general_context_create(heap_malloc, heap_free, NULL);
    if (!heap)
        return false;
    memory->match = pcre2_match_context_create(heap);
    memory->jit_match = pcre2_match_data_create(1, heap);
    memory->jit_stack =
        pcre2_jit_stack_create(JIT_STACK_START_BYTES, EB_REGEX_JIT_STACK_BYTES, heap);
    pcre2_general_context_free(heap);
    if (!memory->match || !memory->jit_match)
        return false;
    pcre2_set_heap_limit(memory->match, EB_REGEX_FRAMES_BYTES / 1024);
    /* Without one, as where PCRE2 was built to interpret only, 32 KiB of the thread's do. */
    pcre2_jit_stack_assign(memory->match, NULL, memory->jit_stack);
    return true;
}

struct eb_backtracker_memory *eb_backtracker_memory_new(void)
{
    struct eb_backtracker_memory *memory = calloc(1, sizeof *memory);
    if (memory && !prepare(memory)) {
        eb_backtracker_memory_free(memory);
        memory = NULL;
    }
    return memory;
}

void eb_backtracker_memory_free(struct eb_backtracker_memory *memory)
{
    if (!memory)
        return;
    pcre2_jit_stack_free(memory->jit_stack);
    pcre2_match_data_free(memory->jit_match);
    pcre2_match_context_free(memory->match);
    eb_arena_release(&memory->arena);
    free(memory);
}

/* 0: go on, the look-behind holds; over 0: go back; under 0: give up. */
static int answer_call_out(pcre2_callout_block *place, void *context)
{
    struct run *run = context;
    const struct look_behind *behind = &run->backtracker->behind[place->callout_number - 1];
    struct eb_span before = eb_span((const char *)place->subject, place->current_position);
    enum eb_regex_result result = eb_dfa_run_back(behind->dfa, before, &run->steps_left);
    if (result == EB_REGEX_LIMIT)
        return PCRE2_ERROR_MATCHLIMIT;
    return (result == EB_REGEX_MATCH) == behind->is_negated;
}

static int interpret(const struct eb_backtracker *backtracker, struct eb_span subject,
    struct eb_backtracker_memory *memory)
{
    pcre2_general_context *frames =
        pcre2_general_context_create(frames_malloc, frames_free, &memory->arena);
    pcre2_match_data *match = pcre2_match_data_create(1, frames);
    int result = pcre2_match(backtracker->code, (PCRE2_SPTR)subject.ptr, subject.len, 0,
        PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, match, memory->match);
    eb_arena_reset(&memory->arena);
    eb_arena_trim(&memory->arena, EB_REGEX_KEPT_BYTES);
    return result;
}

static int run_machine_code(const struct eb_backtracker *backtracker, struct eb_span subject,
    struct eb_backtracker_memory *memory)
{
    return pcre2_jit_match(backtracker->code, (PCRE2_SPTR)subject.ptr, subject.len, 0, 0,
        memory->jit_match, memory->match);
}

static uint32_t affordable_steps(uint32_t steps_max, size_t len)
{
    size_t affordable = EB_REGEX_WORK_MAX / (len + 1);
    return affordable < steps_max ? (uint32_t)affordable : steps_max;
}

static int attempt(const struct eb_backtracker *backtracker, struct eb_span subject,
    uint32_t steps_max, struct eb_backtracker_memory *memory)
{
    pcre2_set_match_limit(memory->match, steps_max);
    return backtracker->has_jit ? run_machine_code(backtracker, subject, memory)
                                : interpret(backtracker, subject, memory);
}

/*
 * PCRE2 does not tell how many steps it took, only that they were too many. So it is given few at
 * first and, where these do not do, ten times as many: the last grant is what it took, to within
 * that factor, and the ones before it cost a ninth of it.
 */
enum eb_regex_result eb_backtracker_run(const struct eb_backtracker *backtracker,
    struct eb_span subject, uint32_t steps_max, struct eb_backtracker_memory *memory,
    uint64_t *spent)
{
    enum { FREE_STEPS = 1000, LONG_BYTES = 256 };
    *spent = 0;
    if (subject.len >= steps_max)
        return EB_REGEX_LIMIT;
    uint32_t most = affordable_steps(steps_max, subject.len);
    uint32_t granted = most < FREE_STEPS ? most : FREE_STEPS;
    int result;
    for (;;) {
        struct run run = { backtracker, steps_max };
        pcre2_set_callout(memory->match, answer_call_out, &run);
        result = attempt(backtracker, subject, granted, memory);
        if (result != PCRE2_ERROR_MATCHLIMIT || granted == most)
            break;
        granted = granted < most / 10 ? granted * 10 : most;
        *spent = (uint64_t)granted * (1 + subject.len / LONG_BYTES);
    }
    if (result >= 0)
        return EB_REGEX_MATCH;
    return result == PCRE2_ERROR_NOMATCH ? EB_REGEX_NO_MATCH : EB_REGEX_LIMIT;
}
