#include "text/regex_dfa.h"

#include <stdlib.h>

#include "base/limits.h"

enum {
    LOST,
    FOUND,
    FIRST_SET,         /* rows from here on stand for sets of states */
    ROWS_START = 32,   /* room at first; doubles */
    SLOTS_PER_ROW = 2, /* so that no more than half of the slots is in use */
    WORD_BITS = 64,
    BYTES = 256,
};

/*
 * States of the NFA: those that read a byte or wait for the end. What reads nothing has been
 * followed. Kept as a sorted list, which names the set.
 */
struct set {
    const uint16_t *states;
    uint32_t count;
    bool is_final; /* MATCH can be reached where the subject ends */
};

struct builder {
    const struct eb_nfa *nfa;
    struct eb_arena *arena;
    enum eb_dfa_scope scope;
    uint32_t work;
    bool has_failed;

    uint32_t column_count;
    uint8_t column_of[BYTES];
    uint8_t byte_of[BYTES]; /* any byte of the column */

    struct set *sets; /* by row */
    uint16_t *rows;   /* cells, column_count a row, numbered as the sets are */
    uint16_t *slots;  /* by hash: the row, 0 for none */
    uint32_t row_count, row_capacity;

    /* The set being collected. */
    uint64_t *is_member;
    uint16_t *stack;
    uint16_t *states;
    uint32_t lowest, highest; /* words of is_member that may be in use */
    bool has_match, is_at_start, is_at_end;
};

/* Columns */

/* Tells bytes inside of the range from those outside: columns that have both kinds are halved. */
static void refine_columns(struct builder *builder, unsigned first, unsigned last)
{
    unsigned inside[BYTES] = { 0 }, size[BYTES] = { 0 }, half_of[BYTES];
    for (unsigned byte = 0; byte < BYTES; byte++) {
        size[builder->column_of[byte]]++;
        inside[builder->column_of[byte]] += byte >= first && byte <= last;
    }
    uint32_t old_count = builder->column_count;
    for (uint32_t column = 0; column < old_count; column++) {
        bool is_halved = inside[column] && inside[column] < size[column];
        half_of[column] = is_halved ? builder->column_count++ : column;
    }
    for (unsigned byte = first; byte <= last; byte++)
        builder->column_of[byte] = (uint8_t)half_of[builder->column_of[byte]];
}

/* Bytes belong together when every state takes both or neither. */
static void make_columns(struct builder *builder)
{
    uint64_t is_known[BYTES * BYTES / WORD_BITS] = { 0 };
    builder->column_count = 1;
    for (uint32_t i = 0; i < builder->nfa->count; i++) {
        const struct eb_nfa_state *state = &builder->nfa->states[i];
        unsigned range = (unsigned)state->first * BYTES + state->last;
        uint64_t bit = UINT64_C(1) << range % WORD_BITS;
        if (state->type != EB_NFA_BYTE || (is_known[range / WORD_BITS] & bit))
            continue;
        is_known[range / WORD_BITS] |= bit;
        refine_columns(builder, state->first, state->last);
    }
    for (unsigned byte = 0; byte < BYTES; byte++)
        builder->byte_of[builder->column_of[byte]] = (uint8_t)byte;
}

/* Sets */

static bool insert(struct builder *builder, uint16_t state)
{
    uint32_t word = state / WORD_BITS;
    uint64_t bit = UINT64_C(1) << state % WORD_BITS;
    if (builder->is_member[word] & bit)
        return false;
    builder->is_member[word] |= bit;
    if (word < builder->lowest)
        builder->lowest = word;
    if (word > builder->highest)
        builder->highest = word;
    return true;
}

/* `state` and all that is reached from it without reading. Each state is pushed at most once. */
static void collect(struct builder *builder, uint16_t state)
{
    uint32_t depth = 0;
    if (insert(builder, state))
        builder->stack[depth++] = state;
    while (depth) {
        const struct eb_nfa_state *at = &builder->nfa->states[builder->stack[--depth]];
        uint16_t next[2];
        uint32_t next_count = 0;
        builder->work++;
        if (at->type == EB_NFA_MATCH)
            builder->has_match = true;
        if (at->type == EB_NFA_SPLIT)
            next[next_count++] = at->other;
        if (at->type == EB_NFA_SPLIT || (at->type == EB_NFA_START && builder->is_at_start) ||
            (at->type == EB_NFA_END && builder->is_at_end))
            next[next_count++] = at->next;
        while (next_count) {
            if (insert(builder, next[--next_count]))
                builder->stack[depth++] = next[next_count];
        }
    }
}

static void begin_set(struct builder *builder)
{
    builder->lowest = UINT32_MAX;
    builder->highest = 0;
    builder->has_match = false;
}

static bool is_kept(const struct builder *builder, uint32_t state)
{
    int type = builder->nfa->states[state].type;
    return type == EB_NFA_BYTE || type == EB_NFA_END;
}

/* Empties the collection into builder->states, sorted. */
static struct set end_set(struct builder *builder)
{
    struct set set = { builder->states, 0, false };
    for (uint32_t word = builder->lowest; word <= builder->highest; word++) {
        for (uint64_t bits = builder->is_member[word]; bits; bits &= bits - 1) {
            uint32_t state = word * WORD_BITS + (uint32_t)__builtin_ctzll(bits);
            if (is_kept(builder, state))
                builder->states[set.count++] = (uint16_t)state;
        }
        builder->is_member[word] = 0;
        builder->work++;
    }
    return set;
}

/* Whether MATCH is reached from the set when the subject ends. */
static bool is_final(struct builder *builder, const struct set *set)
{
    begin_set(builder);
    builder->is_at_end = true;
    for (uint32_t i = 0; i < set->count; i++) {
        if (builder->nfa->states[set->states[i]].type == EB_NFA_END)
            collect(builder, set->states[i]);
    }
    builder->is_at_end = false;
    for (uint32_t word = builder->lowest; word <= builder->highest; word++)
        builder->is_member[word] = 0;
    return builder->has_match;
}

/* Rows */

static uint32_t slot_of(const struct builder *builder, const struct set *set)
{
    uint64_t hash = set->count;
    for (uint32_t i = 0; i < set->count; i++)
        hash = (hash ^ set->states[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32) & (builder->row_capacity * SLOTS_PER_ROW - 1);
}

/* The slot that holds the row of the same states, or the one where it belongs. */
static uint16_t *find_slot(const struct builder *builder, const struct set *set)
{
    uint32_t slot = slot_of(builder, set);
    for (; builder->slots[slot]; slot = (slot + 1) & (builder->row_capacity * SLOTS_PER_ROW - 1)) {
        const struct set *found = &builder->sets[builder->slots[slot]];
        if (found->count == set->count &&
            memcmp(found->states, set->states, set->count * sizeof *set->states) == 0)
            break;
    }
    return &builder->slots[slot];
}

static bool grow(struct builder *builder)
{
    struct eb_arena *arena = builder->arena;
    const struct set *old_sets = builder->sets;
    const uint16_t *old_rows = builder->rows;
    uint32_t capacity = builder->row_capacity ? 2 * builder->row_capacity : ROWS_START;
    uint32_t columns = builder->column_count, count = builder->row_count;
    builder->sets = EB_ARENA_ARRAY(arena, struct set, capacity);
    builder->rows = EB_ARENA_ARRAY(arena, uint16_t, (size_t)capacity * columns);
    builder->slots = EB_ARENA_ARRAY(arena, uint16_t, (size_t)capacity * SLOTS_PER_ROW);
    if (!builder->sets || !builder->rows || !builder->slots)
        return false;
    builder->row_capacity = capacity;
    if (!old_sets)
        return true;
    memcpy(builder->sets, old_sets, count * sizeof *old_sets);
    memcpy(builder->rows, old_rows, (size_t)count * columns * sizeof *old_rows);
    for (uint32_t row = FIRST_SET + 1; row < count; row++) /* behind the start's */
        *find_slot(builder, &builder->sets[row]) = (uint16_t)row;
    return true;
}

static bool is_over_bounds(const struct builder *builder)
{
    return (builder->row_count + 1) * builder->column_count > EB_REGEX_DFA_CELLS_MAX ||
           builder->work > EB_REGEX_DFA_WORK_MAX;
}

static uint32_t add_row(struct builder *builder, struct set set)
{
    bool is_full = builder->row_count == builder->row_capacity;
    uint16_t *states = NULL;
    if (!is_over_bounds(builder) && (!is_full || grow(builder)))
        states = EB_ARENA_ARRAY(builder->arena, uint16_t, set.count + 1);
    if (!states) {
        builder->has_failed = true;
        return LOST;
    }
    memcpy(states, set.states, set.count * sizeof *states);
    set.states = states;
    set.is_final = is_final(builder, &set);
    builder->sets[builder->row_count] = set;
    return builder->row_count++;
}

/* What has been collected, as a row. */
static uint32_t row_of_collected(struct builder *builder)
{
    struct set set = end_set(builder);
    if (builder->has_match)
        return FOUND;
    if (set.count == 0)
        return LOST;
    uint32_t row = *find_slot(builder, &set);
    if (row)
        return row;
    row = add_row(builder, set);
    if (!builder->has_failed)
        *find_slot(builder, &builder->sets[row]) = (uint16_t)row;
    return row;
}

/*
 * The first row, and in no slot: what it holds may be final only because the subject starts there,
 * so no other place may share it.
 */
static uint32_t start_row(struct builder *builder)
{
    begin_set(builder);
    builder->is_at_start = true;
    collect(builder, builder->nfa->start);
    struct set set = end_set(builder);
    uint32_t row = builder->has_match ? FOUND : add_row(builder, set);
    builder->is_at_start = false;
    return row;
}

/* Where `byte` leads from a row. Where a match may begin anywhere, the start is always there too.
 */
static uint32_t next_row(struct builder *builder, uint32_t row, uint8_t byte)
{
    const struct set *set = &builder->sets[row];
    begin_set(builder);
    if (builder->scope == EB_DFA_SEARCH)
        collect(builder, builder->nfa->start);
    for (uint32_t i = 0; i < set->count; i++) {
        const struct eb_nfa_state *state = &builder->nfa->states[set->states[i]];
        if (state->type == EB_NFA_BYTE && state->first <= byte && byte <= state->last)
            collect(builder, state->next);
    }
    builder->work += set->count + 1;
    return row_of_collected(builder);
}

static void fill_rows(struct builder *builder)
{
    uint32_t columns = builder->column_count;
    for (uint32_t row = FIRST_SET; row < builder->row_count; row++) {
        for (uint32_t column = 0; column < columns; column++) {
            uint32_t next = next_row(builder, row, builder->byte_of[column]);
            if (builder->has_failed)
                return;
            builder->rows[row * columns + column] = (uint16_t)next; /* they may have moved */
        }
    }
}

/* The table */

/* In order: lost, found, those that are not final, those that are. */
static struct eb_dfa *lay_out(struct builder *builder, uint32_t start)
{
    uint32_t columns = builder->column_count, rows = builder->row_count;
    uint16_t *place = EB_ARENA_ARRAY(builder->arena, uint16_t, rows);
    size_t bytes = sizeof(struct eb_dfa) + (size_t)rows * columns * sizeof(uint16_t);
    struct eb_dfa *dfa = place ? malloc(bytes) : NULL;
    if (!dfa)
        return NULL;
    uint32_t placed = FIRST_SET;
    place[FOUND] = (uint16_t)columns;
    for (uint32_t row = FIRST_SET; row < rows; row++) {
        if (!builder->sets[row].is_final)
            place[row] = (uint16_t)(placed++ * columns);
    }
    dfa->first_final = (uint16_t)(placed * columns);
    for (uint32_t row = FIRST_SET; row < rows; row++) {
        if (builder->sets[row].is_final)
            place[row] = (uint16_t)(placed++ * columns);
    }
    for (uint32_t column = 0; column < columns; column++) {
        dfa->cells[column] = LOST;
        dfa->cells[columns + column] = place[FOUND];
    }
    for (uint32_t row = FIRST_SET; row < rows; row++) {
        for (uint32_t column = 0; column < columns; column++)
            dfa->cells[place[row] + column] = place[builder->rows[row * columns + column]];
    }
    dfa->start = place[start];
    dfa->found = place[FOUND];
    dfa->column_count = (uint16_t)columns;
    memcpy(dfa->column_of, builder->column_of, sizeof dfa->column_of);
    return dfa;
}

static bool prepare(struct builder *builder)
{
    uint32_t states = builder->nfa->count;
    make_columns(builder);
    builder->row_count = FIRST_SET;
    builder->is_member = EB_ARENA_ARRAY(builder->arena, uint64_t, states / WORD_BITS + 1);
    builder->stack = EB_ARENA_ARRAY(builder->arena, uint16_t, states);
    builder->states = EB_ARENA_ARRAY(builder->arena, uint16_t, states);
    return builder->is_member && builder->stack && builder->states && grow(builder);
}

struct eb_dfa *eb_dfa_new(
    const struct eb_nfa *nfa, enum eb_dfa_scope scope, struct eb_arena *scratch)
{
    struct builder builder = { .nfa = nfa, .scope = scope, .arena = scratch };
    if (!prepare(&builder))
        return NULL;
    uint32_t start = start_row(&builder);
    fill_rows(&builder);
    return builder.has_failed ? NULL : lay_out(&builder, start);
}

static bool is_decided(const struct eb_dfa *dfa, uint32_t row)
{
    return row <= dfa->found;
}

/* The answer in `row` when the subject has ended or the steps have. */
static enum eb_regex_result conclude(const struct eb_dfa *dfa, uint32_t row, bool has_steps)
{
    if (is_decided(dfa, row))
        return row == LOST ? EB_REGEX_NO_MATCH : EB_REGEX_MATCH;
    if (!has_steps)
        return EB_REGEX_LIMIT;
    return row >= dfa->first_final ? EB_REGEX_MATCH : EB_REGEX_NO_MATCH;
}

/* The row's own index last: what does not wait for it, the processor does ahead. */
static inline uint32_t step(const struct eb_dfa *dfa, uint32_t row, unsigned char byte)
{
    return (dfa->cells + dfa->column_of[byte])[row];
}

enum eb_regex_result eb_dfa_run(
    const struct eb_dfa *dfa, struct eb_span subject, uint32_t steps_max)
{
    enum { STRIDE = 4 }; /* bytes between two looks whether it is decided, which never changes */
    const unsigned char *at = (const unsigned char *)subject.ptr;
    const unsigned char *end = at + (subject.len < steps_max ? subject.len : steps_max);
    uint32_t row = dfa->start;
    for (; end - at >= STRIDE && !is_decided(dfa, row); at += STRIDE) {
        for (int i = 0; i < STRIDE; i++)
            row = step(dfa, row, at[i]);
    }
    while (!is_decided(dfa, row) && at < end)
        row = step(dfa, row, *at++);
    return conclude(dfa, row, subject.len < steps_max);
}

enum eb_regex_result eb_dfa_run_back(
    const struct eb_dfa *dfa, struct eb_span subject, uint32_t *steps_left)
{
    size_t steps = subject.len < *steps_left ? subject.len : *steps_left;
    const unsigned char *at = (const unsigned char *)subject.ptr + subject.len;
    const unsigned char *end = at - steps;
    uint32_t row = dfa->start;
    while (!is_decided(dfa, row) && at > end)
        row = step(dfa, row, *--at);
    enum eb_regex_result result = conclude(dfa, row, subject.len < *steps_left);
    *steps_left -= (uint32_t)(steps - (size_t)(at - end));
    return result;
}
