#include "schema/infer.h"

#include "base/limits.h"
#include "schema/map.h"
#include "text/format.h"
#include "json/number.h"

enum kind {
    KIND_NULL,
    KIND_BOOLEAN,
    KIND_INTEGER,
    KIND_NUMBER,
    KIND_STRING,
    KIND_ARRAY,
    KIND_OBJECT,
    KIND_COUNT,
};

static const char *const kind_names[KIND_COUNT] = {
    [KIND_NULL] = "null",
    [KIND_BOOLEAN] = "boolean",
    [KIND_INTEGER] = "integer",
    [KIND_NUMBER] = "number",
    [KIND_STRING] = "string",
    [KIND_ARRAY] = "array",
    [KIND_OBJECT] = "object",
};

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

enum { FORMAT_COUNT = sizeof format_names / sizeof *format_names };

/* The strings seen at one place, while they are few. */
struct words {
    struct eb_span items[EB_INFER_WORDS_MAX];
    uint32_t count;
    bool are_many;
};

/* Everything seen at one place. */
struct place {
    uint64_t counts[KIND_COUNT];
    struct eb_span min, max; /* literals; ptr NULL: no number yet */
    uint32_t formats;        /* bits of those that all strings have */
    struct words *words;     /* NULL: no string yet */
    struct place *element;   /* NULL: no element yet */
    struct eb_map members;   /* to struct member */
    struct member *first;
    struct member **last;
};

struct member {
    struct member *next;
    struct eb_span name;
    uint64_t count;
    struct place place;
};

struct eb_inference {
    struct eb_arena *arena;
    struct eb_infer_options options;
    const struct eb_format *formats[FORMAT_COUNT];
    struct place root;
};

struct eb_inference *eb_inference_new(struct eb_arena *arena, struct eb_infer_options options)
{
    struct eb_inference *inference = EB_ARENA_NEW(arena, struct eb_inference);
    if (!inference)
        return NULL;
    inference->arena = arena;
    inference->options = options;
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        inference->formats[i] = eb_format_find(eb_span_of(format_names[i]));
    return inference;
}

/* ---- learning ---- */

static bool learn(
    struct eb_inference *inference, struct place *place, const struct eb_doc *doc, uint32_t token);

static void learn_number(struct place *place, struct eb_span literal)
{
    struct eb_number number = eb_number_of(literal);
    if (!place->min.ptr) {
        place->min = place->max = literal;
    } else {
        struct eb_number min = eb_number_of(place->min), max = eb_number_of(place->max);
        if (eb_number_compare(&number, &min) < 0)
            place->min = literal;
        if (eb_number_compare(&number, &max) > 0)
            place->max = literal;
    }
    place->counts[eb_number_is_integer(&number) ? KIND_INTEGER : KIND_NUMBER]++;
}

static void learn_word(struct words *words, struct eb_span text)
{
    for (uint32_t i = 0; i < words->count; i++) {
        if (eb_span_equal(words->items[i], text))
            return;
    }
    words->are_many |= words->count == EB_INFER_WORDS_MAX;
    if (!words->are_many)
        words->items[words->count++] = text;
}

static bool learn_string(struct eb_inference *inference, struct place *place, struct eb_span text)
{
    if (!text.ptr)
        return false;
    if (!place->words) {
        place->words = EB_ARENA_NEW(inference->arena, struct words);
        place->formats = (1U << FORMAT_COUNT) - 1;
    }
    if (!place->words)
        return false;
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (place->formats >> i & 1 && !eb_format_check(inference->formats[i], text))
            place->formats &= ~(1U << i);
    }
    if (!place->words->are_many)
        learn_word(place->words, text);
    place->counts[KIND_STRING]++;
    return true;
}

static bool learn_elements(
    struct eb_inference *inference, struct place *place, const struct eb_doc *doc, uint32_t array)
{
    place->counts[KIND_ARRAY]++;
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (!place->element)
            place->element = EB_ARENA_NEW(inference->arena, struct place);
        if (!place->element || !learn(inference, place->element, doc, element))
            return false;
    }
    return true;
}

static struct member *member_of(
    struct eb_inference *inference, struct place *place, struct eb_span name)
{
    if (!place->last) {
        eb_map_init(&place->members, inference->arena);
        place->last = &place->first;
    }
    struct member *member = eb_map_get(&place->members, name);
    if (member)
        return member;
    member = EB_ARENA_NEW(inference->arena, struct member);
    if (!member || !eb_map_put(&place->members, name, member))
        return NULL;
    member->name = name;
    *place->last = member;
    place->last = &member->next;
    return member;
}

static bool learn_members(
    struct eb_inference *inference, struct place *place, const struct eb_doc *doc, uint32_t object)
{
    place->counts[KIND_OBJECT]++;
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        struct eb_span text = eb_doc_string(doc, name, inference->arena);
        struct member *member = text.ptr ? member_of(inference, place, text) : NULL;
        if (!member || !learn(inference, &member->place, doc, name + 1))
            return false;
        member->count++;
    }
    return true;
}

static bool learn(
    struct eb_inference *inference, struct place *place, const struct eb_doc *doc, uint32_t token)
{
    switch (eb_doc_type(doc, token)) {
    case EB_JSON_NULL: place->counts[KIND_NULL]++; return true;
    case EB_JSON_FALSE:
    case EB_JSON_TRUE: place->counts[KIND_BOOLEAN]++; return true;
    case EB_JSON_NUMBER: learn_number(place, eb_doc_raw(doc, token)); return true;
    case EB_JSON_STRING:
        return learn_string(inference, place, eb_doc_string(doc, token, inference->arena));
    case EB_JSON_ARRAY: return learn_elements(inference, place, doc, token);
    case EB_JSON_OBJECT: return learn_members(inference, place, doc, token);
    }
    return true;
}

bool eb_inference_add(struct eb_inference *inference, const struct eb_doc *doc)
{
    return learn(inference, &inference->root, doc, 0);
}

/* ---- writing ---- */

static void write_name(struct eb_json_writer *out, const char *name)
{
    eb_json_write_name(out, eb_span_of(name));
}

/* A number is any number: `integer` is said only where there was nothing else. */
static bool is_said(const struct place *place, enum kind kind)
{
    return place->counts[kind] && (kind != KIND_INTEGER || !place->counts[KIND_NUMBER]);
}

static void write_type(const struct place *place, struct eb_json_writer *out)
{
    uint32_t said = 0;
    for (int i = 0; i < KIND_COUNT; i++)
        said += is_said(place, i);
    if (said == 0)
        return;
    write_name(out, "type");
    if (said > 1)
        eb_json_open_array(out);
    for (int i = 0; i < KIND_COUNT; i++) {
        if (is_said(place, i))
            eb_json_write_string(out, eb_span_of(kind_names[i]));
    }
    if (said > 1)
        eb_json_close_array(out);
}

/*
 * Few strings, each seen several times on average: a set somebody has agreed on. What has a format
 * is no such set, however few dates there were.
 */
static bool is_enumeration(const struct eb_inference *inference, const struct place *place)
{
    const struct words *words = place->words;
    if (inference->options.leaves_out_enums || !words || words->are_many || place->formats)
        return false;
    for (int i = 0; i < KIND_COUNT; i++) {
        if (place->counts[i] && i != KIND_STRING && i != KIND_NULL)
            return false;
    }
    return place->counts[KIND_STRING] >= EB_INFER_WORD_REPEATS * (uint64_t)words->count;
}

static void write_enum(const struct place *place, struct eb_json_writer *out)
{
    write_name(out, "enum");
    eb_json_open_array(out);
    for (uint32_t i = 0; i < place->words->count; i++)
        eb_json_write_string(out, place->words->items[i]);
    if (place->counts[KIND_NULL])
        eb_json_write_null(out);
    eb_json_close_array(out);
}

static void write_format(const struct place *place, struct eb_json_writer *out)
{
    size_t i = 0;
    while (i < FORMAT_COUNT && !(place->formats >> i & 1))
        i++;
    if (!place->words || i == FORMAT_COUNT)
        return;
    write_name(out, "format");
    eb_json_write_string(out, eb_span_of(format_names[i]));
}

/* One value says nothing about a range. */
static void write_range(const struct place *place, struct eb_json_writer *out)
{
    if (!place->min.ptr)
        return;
    struct eb_number min = eb_number_of(place->min), max = eb_number_of(place->max);
    if (eb_number_compare(&min, &max) == 0)
        return;
    write_name(out, "minimum");
    eb_json_write_raw(out, place->min);
    write_name(out, "maximum");
    eb_json_write_raw(out, place->max);
}

static void write_place(
    const struct eb_inference *inference, const struct place *place, struct eb_json_writer *out);

static void write_required(const struct place *place, struct eb_json_writer *out)
{
    const struct member *member = place->first;
    while (member && member->count < place->counts[KIND_OBJECT])
        member = member->next;
    if (!member)
        return;
    write_name(out, "required");
    eb_json_open_array(out);
    for (; member; member = member->next) {
        if (member->count == place->counts[KIND_OBJECT])
            eb_json_write_string(out, member->name);
    }
    eb_json_close_array(out);
}

static void write_members(
    const struct eb_inference *inference, const struct place *place, struct eb_json_writer *out)
{
    if (!place->counts[KIND_OBJECT])
        return;
    write_required(place, out);
    write_name(out, "properties");
    eb_json_open_object(out);
    for (const struct member *member = place->first; member; member = member->next) {
        eb_json_write_name(out, member->name);
        eb_json_open_object(out);
        write_place(inference, &member->place, out);
        eb_json_close_object(out);
    }
    eb_json_close_object(out);
    write_name(out, "additionalProperties");
    eb_json_write_bool(out, false);
}

/* Arrays that were all empty: of an element nothing is known, so none is accepted. */
static void write_items(
    const struct eb_inference *inference, const struct place *place, struct eb_json_writer *out)
{
    if (!place->counts[KIND_ARRAY])
        return;
    write_name(out, "items");
    if (!place->element) {
        eb_json_write_bool(out, false);
        return;
    }
    eb_json_open_object(out);
    write_place(inference, place->element, out);
    eb_json_close_object(out);
}

static void write_place(
    const struct eb_inference *inference, const struct place *place, struct eb_json_writer *out)
{
    if (is_enumeration(inference, place)) {
        write_enum(place, out);
        return;
    }
    write_type(place, out);
    write_format(place, out);
    if (!inference->options.leaves_out_ranges)
        write_range(place, out);
    write_items(inference, place, out);
    write_members(inference, place, out);
}

void eb_inference_write(const struct eb_inference *inference, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    write_name(out, "$schema");
    eb_json_write_string(out, eb_span_of("https://json-schema.org/draft/2020-12/schema"));
    write_place(inference, &inference->root, out);
    eb_json_close_object(out);
}
