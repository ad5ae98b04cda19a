#include "text/regex_words.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "text/regex_dfa.h"
#include "text/regex_engine.h"

enum {
    DEMANDS_MAX = 16,
    STATES_MAX = 1 << 15, /* of the product: some MB, some ten milliseconds */
    COUNTED_MAX = 4096,   /* code points that are counted exactly */
    VISITS_MAX = 1 << 17, /* of the search for a word */
    WORD_BYTES_MAX = 1 << 14,
    BYTES = 256,
    SLOT_COUNT = 2 * STATES_MAX,
};

#define NO_STATE UINT32_MAX
#define NOWHERE UINT32_MAX

/*
 * UTF-8 (RFC 3629 §4) as an automaton: how many bytes follow, and what the next one may be.
 * Surrogates and overlong forms are no code points.
 */
enum utf8_state {
    UTF8_START,
    UTF8_TAIL_1,
    UTF8_TAIL_2,
    UTF8_TAIL_3,
    UTF8_AFTER_E0,
    UTF8_AFTER_ED,
    UTF8_AFTER_F0,
    UTF8_AFTER_F4,
    UTF8_WRONG,
};

static enum utf8_state utf8_first(unsigned byte)
{
    if (byte < 0x80)
        return UTF8_START;
    if (byte < 0xc2 || byte > 0xf4)
        return UTF8_WRONG;
    if (byte < 0xe0)
        return UTF8_TAIL_1;
    switch (byte) {
    case 0xe0: return UTF8_AFTER_E0;
    case 0xed: return UTF8_AFTER_ED;
    case 0xf0: return UTF8_AFTER_F0;
    case 0xf4: return UTF8_AFTER_F4;
    default: return byte < 0xf0 ? UTF8_TAIL_2 : UTF8_TAIL_3;
    }
}

static enum utf8_state utf8_next(enum utf8_state state, unsigned byte)
{
    static const struct {
        uint8_t low, high, next;
    } tails[] = {
        [UTF8_TAIL_1] = { 0x80, 0xbf, UTF8_START },
        [UTF8_TAIL_2] = { 0x80, 0xbf, UTF8_TAIL_1 },
        [UTF8_TAIL_3] = { 0x80, 0xbf, UTF8_TAIL_2 },
        [UTF8_AFTER_E0] = { 0xa0, 0xbf, UTF8_TAIL_1 },
        [UTF8_AFTER_ED] = { 0x80, 0x9f, UTF8_TAIL_1 },
        [UTF8_AFTER_F0] = { 0x90, 0xbf, UTF8_TAIL_2 },
        [UTF8_AFTER_F4] = { 0x80, 0x8f, UTF8_TAIL_2 },
    };
    if (state == UTF8_START)
        return utf8_first(byte);
    return tails[state].low <= byte && byte <= tails[state].high ? tails[state].next : UTF8_WRONG;
}

/* ---- the product ---- */

struct state {
    uint16_t at[DEMANDS_MAX]; /* of each automaton */
    uint16_t counted;         /* code points begun, as far as they matter */
    uint8_t utf8;
    bool is_end;       /* a word may end here */
    uint32_t distance; /* bytes from here to an end */
};

struct product {
    const struct eb_word_query *query;
    struct eb_arena *arena;
    const struct eb_dfa *automata[DEMANDS_MAX];
    bool matches[DEMANDS_MAX];
    uint32_t automaton_count;
    uint32_t max;         /* UINT32_MAX: any, or too many to be counted */
    uint32_t counted_max; /* where counting stops */

    unsigned char byte_of[BYTES]; /* by class: the most legible byte of it */
    uint32_t class_count;

    struct state *states;
    uint32_t *next; /* class_count successors for each */
    uint32_t count;
    uint32_t *slots;
    bool has_overflown;
};

/* Letters first, control characters last. */
static unsigned rank(unsigned byte)
{
    if (byte >= 'a' && byte <= 'z')
        return 0;
    if (byte >= '0' && byte <= '9')
        return 1;
    if (byte >= 'A' && byte <= 'Z')
        return 2;
    if (byte > ' ' && byte < 0x7f)
        return 3;
    return byte == ' ' ? 4 : byte >= 0x80 ? 5 : 6;
}

/* Whether no automaton tells the two bytes apart, and no excluded text holds either. */
static bool are_alike(const struct product *product, const bool *is_single, unsigned a, unsigned b)
{
    if (is_single[a] || is_single[b])
        return false;
    for (uint32_t i = 0; i < product->automaton_count; i++) {
        if (product->automata[i]->column_of[a] != product->automata[i]->column_of[b])
            return false;
    }
    for (int state = UTF8_START; state < UTF8_WRONG; state++) {
        if (utf8_next(state, a) != utf8_next(state, b))
            return false;
    }
    return true;
}

static void find_classes(struct product *product)
{
    bool is_single[BYTES] = { false };
    for (uint32_t i = 0; i < product->query->excluded_count; i++) {
        struct eb_span text = product->query->excluded[i];
        for (size_t j = 0; j < text.len; j++)
            is_single[(unsigned char)text.ptr[j]] = true;
    }
    for (unsigned wanted = 0; wanted <= 6; wanted++) {
        for (unsigned byte = 0; byte < BYTES; byte++) {
            bool is_new = rank(byte) == wanted;
            for (uint32_t i = 0; i < product->class_count && is_new; i++)
                is_new = !are_alike(product, is_single, byte, product->byte_of[i]);
            if (is_new)
                product->byte_of[product->class_count++] = (unsigned char)byte;
        }
    }
}

static bool may_end(const struct product *product, const struct state *state)
{
    if (state->utf8 != UTF8_START || state->counted < product->query->min)
        return false;
    for (uint32_t i = 0; i < product->automaton_count; i++) {
        const struct eb_dfa *dfa = product->automata[i];
        bool matches = state->at[i] == dfa->found || state->at[i] >= dfa->first_final;
        if (matches != product->matches[i])
            return false;
    }
    return true;
}

static uint64_t state_hash(const struct product *product, const struct state *state)
{
    uint64_t hash = ((uint64_t)state->counted << 8 | state->utf8) * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t i = 0; i < product->automaton_count; i++)
        hash = (hash ^ state->at[i]) * UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 29;
}

static bool states_equal(
    const struct product *product, const struct state *a, const struct state *b)
{
    return a->counted == b->counted && a->utf8 == b->utf8 &&
           memcmp(a->at, b->at, product->automaton_count * sizeof *a->at) == 0;
}

static uint32_t intern(struct product *product, const struct state *state)
{
    uint64_t at = state_hash(product, state);
    for (;; at++) {
        uint32_t *slot = &product->slots[at % SLOT_COUNT];
        if (*slot && states_equal(product, &product->states[*slot - 1], state))
            return *slot - 1;
        if (*slot)
            continue;
        if (product->count == STATES_MAX) {
            product->has_overflown = true;
            return NO_STATE;
        }
        product->states[product->count] = *state;
        product->states[product->count].is_end = may_end(product, state);
        product->states[product->count].distance = NOWHERE;
        *slot = ++product->count;
        return *slot - 1;
    }
}

static uint16_t step(const struct eb_dfa *dfa, uint16_t state, unsigned byte)
{
    return state <= dfa->found ? state : dfa->cells[state + dfa->column_of[byte]];
}

/* The state after `byte`; NO_STATE where no word leads. */
static uint32_t successor(struct product *product, uint32_t from, unsigned byte)
{
    const struct state *state = &product->states[from];
    struct state next = { .utf8 = (uint8_t)utf8_next(state->utf8, byte),
        .counted = state->counted };
    if (next.utf8 == UTF8_WRONG)
        return NO_STATE;
    if (state->utf8 == UTF8_START && next.counted < product->counted_max)
        next.counted++;
    if (next.counted > product->max)
        return NO_STATE;
    for (uint32_t i = 0; i < product->automaton_count; i++) {
        const struct eb_dfa *dfa = product->automata[i];
        next.at[i] = step(dfa, state->at[i], byte);
        bool is_lost = next.at[i] == (product->matches[i] ? 0 : dfa->found);
        if (is_lost)
            return NO_STATE;
    }
    return intern(product, &next);
}

static void explore(struct product *product)
{
    struct state start = { .utf8 = UTF8_START };
    for (uint32_t i = 0; i < product->automaton_count; i++)
        start.at[i] = product->automata[i]->start;
    intern(product, &start);
    for (uint32_t from = 0; from < product->count && !product->has_overflown; from++) {
        uint32_t *next =
            eb_arena_alloc(product->arena, product->class_count * sizeof *next, _Alignof(uint32_t));
        if (!next) {
            product->has_overflown = true;
            return;
        }
        if (from == 0)
            product->next = next; /* the rows lie one behind the other */
        for (uint32_t i = 0; i < product->class_count; i++)
            next[i] = successor(product, from, product->byte_of[i]);
    }
}

/* How many bytes an end is away, from the ends back. States were found going forward, so going
 * through them backward, a few rounds settle it. */
static void find_distances(struct product *product)
{
    bool has_changed = true;
    while (has_changed) {
        has_changed = false;
        for (uint32_t i = product->count; i-- > 0;) {
            struct state *state = &product->states[i];
            uint32_t distance = state->is_end ? 0 : NOWHERE;
            const uint32_t *next = product->next + (size_t)i * product->class_count;
            for (uint32_t j = 0; j < product->class_count; j++) {
                uint32_t further =
                    next[j] == NO_STATE ? NOWHERE : product->states[next[j]].distance;
                if (further < distance)
                    distance = further + 1;
            }
            has_changed |= distance < state->distance;
            if (distance < state->distance)
                state->distance = distance;
        }
    }
}

/* ---- the search for a word, shorter ones first ---- */

struct visit {
    uint32_t from; /* index of the visit before */
    uint32_t state;
    unsigned char byte;
};

struct search {
    const struct product *product;
    struct visit *visits;
    uint32_t count;
    bool has_refused; /* a text was not accepted for a reason that its class does not share */
    char text[WORD_BYTES_MAX];
    struct eb_span word; /* in `text` */
};

/* False when the text of the visit is not wanted. */
static bool is_wanted(struct search *search)
{
    const struct eb_word_query *query = search->product->query;
    for (uint32_t i = 0; i < query->excluded_count; i++) {
        if (eb_span_equal(query->excluded[i], search->word))
            return false;
    }
    bool is_short = query->max == UINT32_MAX || eb_utf8_count(search->word) <= query->max;
    if (is_short && (!query->accepts || query->accepts(query->context, search->word)))
        return true;
    search->has_refused = true;
    return false;
}

static bool spell(struct search *search, uint32_t visit)
{
    size_t len = 0;
    for (uint32_t i = visit; i; i = search->visits[i].from)
        len++;
    if (len >= WORD_BYTES_MAX)
        return false;
    search->word = eb_span(search->text, len);
    for (uint32_t i = visit; i; i = search->visits[i].from)
        search->text[--len] = (char)search->visits[i].byte;
    return true;
}

/* Straight to the nearest end. */
static bool find_shortest(struct search *search)
{
    const struct product *product = search->product;
    uint32_t at = 0;
    size_t len = 0;
    while (product->states[at].distance) {
        const uint32_t *next = product->next + (size_t)at * product->class_count;
        uint32_t nearer = 0;
        while (next[nearer] == NO_STATE ||
               product->states[next[nearer]].distance >= product->states[at].distance)
            nearer++;
        if (len == WORD_BYTES_MAX)
            return false;
        search->text[len++] = (char)product->byte_of[nearer];
        at = next[nearer];
    }
    search->word = eb_span(search->text, len);
    return is_wanted(search);
}

/* All words there are, as far as they need be told apart. */
static enum eb_word_result find_any(struct search *search)
{
    const struct product *product = search->product;
    search->visits[search->count++] = (struct visit){ 0, 0, 0 };
    for (uint32_t at = 0; at < search->count; at++) {
        uint32_t from = search->visits[at].state;
        if (product->states[from].is_end) {
            if (!spell(search, at))
                return EB_WORD_UNSURE;
            if (is_wanted(search))
                return EB_WORD_FOUND;
        }
        const uint32_t *next = product->next + (size_t)from * product->class_count;
        for (uint32_t i = 0; i < product->class_count; i++) {
            if (next[i] == NO_STATE || product->states[next[i]].distance == NOWHERE)
                continue;
            if (search->count == VISITS_MAX)
                return EB_WORD_UNSURE;
            search->visits[search->count++] = (struct visit){ at, next[i], product->byte_of[i] };
        }
    }
    return search->has_refused ? EB_WORD_UNSURE : EB_WORD_NONE;
}

/* ---- asking ---- */

static bool prepare(struct product *product)
{
    const struct eb_word_query *query = product->query;
    for (uint32_t i = 0; i < query->demand_count; i++) {
        const struct eb_dfa *dfa = eb_regex_automaton(query->demands[i].regex);
        if (!dfa)
            continue;
        if (product->automaton_count == DEMANDS_MAX)
            return false;
        product->matches[product->automaton_count] = query->demands[i].matches;
        product->automata[product->automaton_count++] = dfa;
    }
    if (query->min > COUNTED_MAX)
        return false;
    product->max = query->max <= COUNTED_MAX ? query->max : UINT32_MAX;
    product->counted_max = product->max == UINT32_MAX ? query->min : product->max + 1;
    find_classes(product);
    struct eb_arena *arena = product->arena;
    product->slots = EB_ARENA_ARRAY(arena, uint32_t, SLOT_COUNT);
    product->states =
        eb_arena_alloc(arena, STATES_MAX * sizeof *product->states, _Alignof(struct state));
    return product->slots && product->states;
}

static enum eb_word_result search_product(struct search *search, struct product *product)
{
    explore(product);
    if (product->has_overflown)
        return EB_WORD_UNSURE;
    find_distances(product);
    if (product->states[0].distance == NOWHERE)
        return EB_WORD_NONE;
    if (find_shortest(search))
        return EB_WORD_FOUND;
    search->visits =
        eb_arena_alloc(product->arena, VISITS_MAX * sizeof *search->visits, _Alignof(struct visit));
    return search->visits ? find_any(search) : EB_WORD_UNSURE;
}

enum eb_word_result eb_word_find(
    struct eb_word_query *query, struct eb_arena *arena, struct eb_span *word)
{
    query->work = 0;
    if (query->min > query->max)
        return EB_WORD_NONE;
    struct product product = { .query = query, .arena = arena };
    struct search search;
    search.product = &product;
    search.count = 0;
    search.has_refused = false;
    struct eb_arena_mark mark = eb_arena_mark(arena);
    enum eb_word_result result =
        prepare(&product) ? search_product(&search, &product) : EB_WORD_UNSURE;
    query->work = product.count + search.count;
    eb_arena_rewind(arena, mark);
    if (result != EB_WORD_FOUND)
        return result;
    *word = eb_arena_copy(arena, search.word);
    return word->ptr ? EB_WORD_FOUND : EB_WORD_UNSURE;
}
