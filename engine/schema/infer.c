#include "schema/infer.h"

#include "schema/infer_place.h"
#include "json/number.h"

/*
 * What somebody who looks at a text would call it; the narrower first. Left out is what almost any
 * word has: hostname, regex, the references, the pointers.
 */
static const char *const format_names[] = {
    "date-time",
    "date",
    "time",
    "duration",
    "uuid",
    "ipv4",
    "ipv6",
    "email",
    "uri",
};

_Static_assert(sizeof format_names / sizeof *format_names == EB_INFER_FORMAT_COUNT, "a name each");

struct eb_inference *eb_inference_new(struct eb_arena *arena, struct eb_infer_options options)
{
    struct eb_inference *inference = EB_ARENA_NEW(arena, struct eb_inference);
    if (!inference)
        return NULL;
    inference->arena = arena;
    inference->options = options;
    for (size_t i = 0; i < EB_INFER_FORMAT_COUNT; i++)
        inference->formats[i] = eb_format_find(eb_span_of(format_names[i]));
    return inference;
}

/* A document being learned from. */
struct lesson {
    struct eb_inference *inference;
    const struct eb_doc *doc;
    struct eb_arena *scratch;
};

static bool learn(
    struct lesson *lesson, struct eb_infer_place *place, uint32_t token, unsigned depth);

/* ---- numbers ---- */

static void set_literal(struct eb_infer_literal *literal, struct eb_span text)
{
    memcpy(literal->bytes, text.ptr, text.len);
    literal->len = (uint8_t)text.len;
}

static int compare_literals(struct eb_span a, struct eb_span b)
{
    struct eb_number x = eb_number_of(a), y = eb_number_of(b);
    return eb_number_compare(&x, &y);
}

static void widen(struct eb_infer_range *range, struct eb_span literal)
{
    if (literal.len > EB_INFER_LITERAL_BYTES_MAX)
        range->is_unknown = true;
    if (range->is_unknown)
        return;
    if (!range->min.len || compare_literals(literal, eb_infer_literal_text(&range->min)) < 0)
        set_literal(&range->min, literal);
    if (!range->max.len || compare_literals(literal, eb_infer_literal_text(&range->max)) > 0)
        set_literal(&range->max, literal);
}

static bool learn_number(struct lesson *lesson, struct eb_infer_place *place, struct eb_span text)
{
    struct eb_number number = eb_number_of(text);
    if (!place->range)
        place->range = EB_ARENA_NEW(lesson->inference->arena, struct eb_infer_range);
    if (!place->range)
        return false;
    widen(place->range, text);
    place->counts[eb_number_is_integer(&number) ? EB_INFER_INTEGER : EB_INFER_NUMBER]++;
    return true;
}

/* ---- strings ---- */

/* "a:b" is a URI by the standard, and a word to everybody else. */
static bool looks_like(const struct eb_format *format, const char *name, struct eb_span text)
{
    static const struct eb_span slashes = EB_SPAN("://");
    return eb_format_check(format, text) &&
           (strcmp(name, "uri") != 0 || memmem(text.ptr, text.len, slashes.ptr, slashes.len));
}

static bool knows_word(const struct eb_infer_words *words, struct eb_span text)
{
    for (uint32_t i = 0; i < words->count; i++) {
        if (eb_span_equal(words->items[i], text))
            return true;
    }
    return false;
}

/* False without memory. */
static bool learn_word(struct eb_infer_words *words, struct eb_span text, struct eb_arena *arena)
{
    if (words->are_many || knows_word(words, text))
        return true;
    words->are_many = words->count == EB_INFER_WORDS_MAX || text.len > EB_INFER_WORD_BYTES_MAX;
    if (words->are_many)
        return true;
    struct eb_span copy = eb_arena_copy(arena, text);
    if (!copy.ptr)
        return false;
    words->items[words->count++] = copy;
    return true;
}

static bool learn_string(struct lesson *lesson, struct eb_infer_place *place, struct eb_span text)
{
    const struct eb_inference *inference = lesson->inference;
    if (!place->words) {
        place->words = EB_ARENA_NEW(inference->arena, struct eb_infer_words);
        if (!place->words)
            return false;
        place->words->formats = (1U << EB_INFER_FORMAT_COUNT) - 1;
    }
    struct eb_infer_words *words = place->words;
    for (size_t i = 0; i < EB_INFER_FORMAT_COUNT; i++) {
        if (words->formats >> i & 1 && !looks_like(inference->formats[i], format_names[i], text))
            words->formats &= ~(1U << i);
    }
    place->counts[EB_INFER_STRING]++;
    return learn_word(words, text, inference->arena);
}

/* ---- members ---- */

static struct eb_infer_member *find_member(struct eb_infer_place *place, struct eb_span name)
{
    return eb_map_get(&place->members, name);
}

/* `member` is not among them yet. False without memory. */
static bool put_member(
    struct eb_infer_place *place, struct eb_infer_member *member, struct eb_arena *arena)
{
    if (!place->last) {
        eb_map_init(&place->members, arena);
        place->last = &place->first;
    }
    if (!eb_map_put(&place->members, member->name, member))
        return false;
    member->next = NULL;
    *place->last = member;
    place->last = &member->next;
    return true;
}

static struct eb_infer_member *new_member(
    struct eb_infer_place *place, struct eb_span name, struct eb_arena *arena)
{
    struct eb_infer_member *member = EB_ARENA_NEW(arena, struct eb_infer_member);
    if (!member)
        return NULL;
    member->name = eb_arena_copy(arena, name);
    return member->name.ptr && put_member(place, member, arena) ? member : NULL;
}

/* ---- tables ---- */

static bool merge(struct eb_infer_place *into, struct eb_infer_place *from, struct eb_arena *arena);

/* Makes a table of what was an object; what is forgotten stays in the arena. */
static bool make_table(struct eb_infer_place *place, struct eb_arena *arena)
{
    struct eb_infer_member *member = place->first;
    if (place->values)
        return true;
    place->values = EB_ARENA_NEW(arena, struct eb_infer_place);
    bool is_good = place->values != NULL;
    for (; is_good && member; member = member->next)
        is_good = merge(place->values, &member->place, arena);
    place->first = NULL;
    return is_good;
}

static bool merge_words(
    struct eb_infer_place *into, const struct eb_infer_words *from, struct eb_arena *arena)
{
    into->words->formats &= from->formats;
    into->words->are_many |= from->are_many;
    for (uint32_t i = 0; i < from->count; i++) {
        if (!learn_word(into->words, from->items[i], arena))
            return false;
    }
    return true;
}

static void merge_range(struct eb_infer_range *into, const struct eb_infer_range *from)
{
    into->is_unknown |= from->is_unknown;
    if (into->is_unknown)
        return;
    widen(into, eb_infer_literal_text(&from->min));
    widen(into, eb_infer_literal_text(&from->max));
}

static bool merge_members(
    struct eb_infer_place *into, struct eb_infer_place *from, struct eb_arena *arena)
{
    struct eb_infer_member *next;
    for (struct eb_infer_member *member = from->first; member; member = next) {
        next = member->next;
        struct eb_infer_member *known = find_member(into, member->name);
        if (known)
            known->count += member->count;
        if (known ? !merge(&known->place, &member->place, arena) : !put_member(into, member, arena))
            return false;
    }
    return into->members.count <= EB_INFER_NAMES_MAX || make_table(into, arena);
}

static bool merge_objects(
    struct eb_infer_place *into, struct eb_infer_place *from, struct eb_arena *arena)
{
    if (!into->values && !from->values)
        return merge_members(into, from, arena);
    return make_table(into, arena) && make_table(from, arena) &&
           merge(into->values, from->values, arena);
}

/*
 * Adds what was seen at `from`, which is taken: parts of it live on in `into`. As deep as the
 * samples are. False without memory.
 */
static bool merge(struct eb_infer_place *into, struct eb_infer_place *from, struct eb_arena *arena)
{
    for (int i = 0; i < EB_INFER_KIND_COUNT; i++)
        into->counts[i] += from->counts[i];
    into->is_bottom |= from->is_bottom;
    if (!into->range)
        into->range = from->range;
    else if (from->range)
        merge_range(into->range, from->range);
    if (!into->element)
        into->element = from->element;
    else if (from->element && !merge(into->element, from->element, arena))
        return false;
    if (!into->words)
        into->words = from->words;
    else if (from->words && !merge_words(into, from->words, arena))
        return false;
    return merge_objects(into, from, arena);
}

/* ---- documents ---- */

static bool learn_elements(
    struct lesson *lesson, struct eb_infer_place *place, uint32_t array, unsigned depth)
{
    EB_DOC_EACH_ELEMENT(lesson->doc, array, element)
    {
        if (!place->element)
            place->element = EB_ARENA_NEW(lesson->inference->arena, struct eb_infer_place);
        if (!place->element || !learn(lesson, place->element, element, depth + 1))
            return false;
    }
    return true;
}

/* The place of the member called `name`, which is counted. NULL without memory. */
static struct eb_infer_place *place_of_member(
    struct eb_infer_place *place, struct eb_span name, struct eb_arena *arena)
{
    if (place->values)
        return place->values;
    struct eb_infer_member *member = find_member(place, name);
    if (!member && place->members.count == EB_INFER_NAMES_MAX)
        return make_table(place, arena) ? place->values : NULL;
    if (!member)
        member = new_member(place, name, arena);
    if (!member)
        return NULL;
    member->count++;
    return &member->place;
}

static bool learn_members(
    struct lesson *lesson, struct eb_infer_place *place, uint32_t object, unsigned depth)
{
    struct eb_arena *arena = lesson->inference->arena;
    EB_DOC_EACH_MEMBER(lesson->doc, object, name)
    {
        struct eb_span text = eb_doc_string(lesson->doc, name, lesson->scratch);
        struct eb_infer_place *member = text.ptr ? place_of_member(place, text, arena) : NULL;
        if (!member || !learn(lesson, member, name + 1, depth + 1))
            return false;
    }
    return true;
}

static bool learn_text(struct lesson *lesson, struct eb_infer_place *place, uint32_t token)
{
    struct eb_span text = eb_doc_string(lesson->doc, token, lesson->scratch);
    return text.ptr && learn_string(lesson, place, text);
}

static bool learn(
    struct lesson *lesson, struct eb_infer_place *place, uint32_t token, unsigned depth)
{
    place->is_bottom |= depth == EB_INFER_DEPTH_MAX;
    switch (eb_doc_type(lesson->doc, token)) {
    case EB_JSON_NULL: place->counts[EB_INFER_NULL]++; return true;
    case EB_JSON_FALSE:
    case EB_JSON_TRUE: place->counts[EB_INFER_BOOLEAN]++; return true;
    case EB_JSON_NUMBER: return learn_number(lesson, place, eb_doc_raw(lesson->doc, token));
    case EB_JSON_STRING: return learn_text(lesson, place, token);
    case EB_JSON_ARRAY:
        place->counts[EB_INFER_ARRAY]++;
        return place->is_bottom || learn_elements(lesson, place, token, depth);
    case EB_JSON_OBJECT:
        place->counts[EB_INFER_OBJECT]++;
        return place->is_bottom || learn_members(lesson, place, token, depth);
    }
    return true;
}

bool eb_inference_add(
    struct eb_inference *inference, const struct eb_doc *doc, struct eb_arena *scratch)
{
    struct lesson lesson = { .inference = inference, .doc = doc, .scratch = scratch };
    return learn(&lesson, &inference->root, 0, 0);
}
