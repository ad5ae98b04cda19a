#include "text/regex_dfa.h"

#include <stdlib.h>

#include "base/limits.h"

enum {
    LOST,
    FOUND,
    FIRST_SET, /* rows from here on stand for sets of states */
    WORD_BITS = 64,
    BYTES = 256,
    SLOT_COUNT = 1 << 16, /* a power of two; rows have two cells at least, so half stay empty */
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
    uint32_t work;
    bool has_failed;

    uint16_t column_count;
    uint8_t column_of[BYTES];
    uint8_t byte_of[BYTES]; /* any byte of the column */

    struct set *sets; /* by row */
    uint32_t row_count, row_max;
    uint16_t *rows;  /* row_max rows of column_count cells, numbered as the sets are */
    uint16_t *slots; /* by hash: the row, 0 for none */

    /* The set being collected. */
    uint64_t *is_member;
    uint16_t *stack;
    uint32_t lowest, highest; /* words of is_member that may be in use */
    bool has_match, is_at_start, is_at_end;
};

/* Columns */

/* Bytes belong together when every state takes both or neither: cut where a range begins or ends.
 */
static void make_columns(struct builder *builder)
{
    bool is_cut[BYTES + 1] = { false };
    for (uint32_t i = 0; i < builder->nfa->count; i++) {
        const struct eb_nfa_state *state = &builder->nfa->states[i];
        if (state->type != EB_NFA_BYTE)
            continue;
        is_cut[state->first] = true;
        is_cut[state->last + 1] = true;
    }
    uint16_t column = 0;
    for (unsigned byte = 0; byte < BYTES; byte++) {
        column += byte > 0 && is_cut[byte];
        builder->column_of[byte] = (uint8_t)column;
        builder->byte_of[column] = (uint8_t)byte;
    }
    builder->column_count = column + 1;
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

/* Empties the collection into a list in the arena. */
static struct set end_set(struct builder *builder)
{
    struct set set = { NULL, 0, false };
    uint32_t lowest = builder->lowest, highest = builder->highest;
    if (lowest > highest)
        return set;
    uint32_t count = 0;
    for (uint32_t word = lowest; word <= highest; word++)
        count += (uint32_t)__builtin_popcountll(builder->is_member[word]);
    builder->work += highest - lowest + count;
    uint16_t *states = eb_arena_alloc(builder->arena, count * sizeof *states, _Alignof(uint16_t));
    builder->has_failed |= !states;
    for (uint32_t word = lowest; word <= highest; word++) {
        for (uint64_t bits = builder->is_member[word]; bits; bits &= bits - 1) {
            uint32_t state = word * WORD_BITS + (uint32_t)__builtin_ctzll(bits);
            if (states && is_kept(builder, state))
                states[set.count++] = (uint16_t)state;
        }
        builder->is_member[word] = 0;
    }
    set.states = states;
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

static bool is_same(const struct set *a, const struct set *b)
{
    return a->count == b->count && a->is_final == b->is_final &&
           (a->count == 0 || memcmp(a->states, b->states, a->count * sizeof *a->states) == 0);
}

static uint32_t hash_of(const struct set *set)
{
    uint64_t hash = set->is_final;
    for (uint32_t i = 0; i < set->count; i++)
        hash = (hash ^ set->states[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 40) & (SLOT_COUNT - 1);
}

/* The row of the set, made when there is none yet. */
static uint32_t row_of(struct builder *builder, const struct set *set)
{
    uint32_t slot = hash_of(set);
    while (builder->slots[slot]) {
        if (is_same(&builder->sets[builder->slots[slot]], set))
            return builder->slots[slot];
        slot = (slot + 1) & (SLOT_COUNT - 1);
    }
    if (builder->row_count == builder->row_max || builder->work > EB_REGEX_DFA_WORK_MAX)
        builder->has_failed = true;
    if (builder->has_failed)
        return LOST;
    builder->sets[builder->row_count] = *set;
    builder->slots[slot] = (uint16_t)builder->row_count;
    return builder->row_count++;
}

/* What has been collected, as a row. */
static uint32_t row_of_collected(struct builder *builder)
{
    bool has_match = builder->has_match;
    struct set set = end_set(builder);
    if (has_match)
        return FOUND;
    set.is_final = is_final(builder, &set);
    return set.count == 0 && !set.is_final ? LOST : row_of(builder, &set);
}

static uint32_t start_row(struct builder *builder)
{
    begin_set(builder);
    builder->is_at_start = true;
    collect(builder, builder->nfa->start);
    uint32_t row = row_of_collected(builder);
    builder->is_at_start = false;
    return row;
}

/* Where `byte` leads from a row. A match may begin anywhere, so the start is always there too. */
static uint32_t next_row(struct builder *builder, uint32_t row, uint8_t byte)
{
    const struct set *set = &builder->sets[row];
    begin_set(builder);
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
    for (uint32_t row = FIRST_SET; row < builder->row_count; row++) {
        uint16_t *cells = &builder->rows[row * builder->column_count];
        for (uint32_t column = 0; column < builder->column_count; column++) {
            cells[column] = (uint16_t)next_row(builder, row, builder->byte_of[column]);
            if (builder->has_failed)
                return;
        }
    }
}

/* The table */

/* The final rows' order: lost, found, those that are not final, those that are. */
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
    struct eb_arena *arena = builder->arena;
    uint32_t states = builder->nfa->count;
    make_columns(builder);
    builder->row_max =
        EB_REGEX_DFA_CELLS_MAX / (builder->column_count + (builder->column_count == 1));
    builder->row_count = FIRST_SET;
    builder->sets =
        eb_arena_alloc(arena, builder->row_max * sizeof *builder->sets, _Alignof(struct set));
    builder->rows =
        eb_arena_alloc(arena, EB_REGEX_DFA_CELLS_MAX * sizeof *builder->rows, _Alignof(uint16_t));
    builder->slots = EB_ARENA_ARRAY(arena, uint16_t, SLOT_COUNT);
    builder->is_member = EB_ARENA_ARRAY(arena, uint64_t, states / WORD_BITS + 1);
    builder->stack = EB_ARENA_ARRAY(arena, uint16_t, states);
    return builder->sets && builder->rows && builder->slots && builder->is_member && builder->stack;
}

struct eb_dfa *eb_dfa_new(const struct eb_nfa *nfa, struct eb_arena *scratch)
{
    struct builder builder = { .nfa = nfa, .arena = scratch };
    if (!prepare(&builder))
        return NULL;
    uint32_t start = start_row(&builder);
    fill_rows(&builder);
    return builder.has_failed ? NULL : lay_out(&builder, start);
}

enum eb_regex_result eb_dfa_run(
    const struct eb_dfa *dfa, struct eb_span subject, uint32_t steps_max)
{
    const unsigned char *at = (const unsigned char *)subject.ptr;
    const unsigned char *end = at + (subject.len < steps_max ? subject.len : steps_max);
    uint32_t state = dfa->start;
    while (state > dfa->found && at < end)
        state = dfa->cells[state + dfa->column_of[*at++]];
    if (state <= dfa->found)
        return state == LOST ? EB_REGEX_NO_MATCH : EB_REGEX_MATCH;
    if (subject.len >= steps_max)
        return EB_REGEX_LIMIT;
    return state >= dfa->first_final ? EB_REGEX_MATCH : EB_REGEX_NO_MATCH;
}
