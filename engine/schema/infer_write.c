#include "schema/infer_place.h"
#include "json/number.h"

static const char *const kind_names[EB_INFER_KIND_COUNT] = {
    [EB_INFER_BOOLEAN] = "boolean",
    [EB_INFER_INTEGER] = "integer",
    [EB_INFER_NUMBER] = "number",
    [EB_INFER_STRING] = "string",
    [EB_INFER_ARRAY] = "array",
    [EB_INFER_OBJECT] = "object",
    [EB_INFER_NULL] = "null",
};

static void write_place(const struct eb_inference *inference, const struct eb_infer_place *place,
    struct eb_json_writer *out);

static void write_schema(const struct eb_inference *inference, const struct eb_infer_place *place,
    struct eb_json_writer *out)
{
    eb_json_open_object(out);
    write_place(inference, place, out);
    eb_json_close_object(out);
}

static void write_name(struct eb_json_writer *out, const char *name)
{
    eb_json_write_name(out, eb_span_of(name));
}

/* A number is any number: `integer` is said only where there was nothing else. */
static bool is_said(const struct eb_infer_place *place, enum eb_infer_kind kind)
{
    return place->counts[kind] && (kind != EB_INFER_INTEGER || !place->counts[EB_INFER_NUMBER]);
}

static void write_type(const struct eb_infer_place *place, struct eb_json_writer *out)
{
    uint32_t said = 0;
    for (int i = 0; i < EB_INFER_KIND_COUNT; i++)
        said += is_said(place, i);
    if (said == 0)
        return;
    write_name(out, "type");
    if (said > 1)
        eb_json_open_array(out);
    for (int i = 0; i < EB_INFER_KIND_COUNT; i++) {
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
static bool is_enumeration(const struct eb_inference *inference, const struct eb_infer_place *place)
{
    const struct eb_infer_words *words = place->words;
    if (inference->options.leaves_out_enums || !words || words->are_many || words->formats)
        return false;
    for (int i = 0; i < EB_INFER_KIND_COUNT; i++) {
        if (place->counts[i] && i != EB_INFER_STRING && i != EB_INFER_NULL)
            return false;
    }
    return place->counts[EB_INFER_STRING] >= EB_INFER_WORD_REPEATS * (uint64_t)words->count;
}

static void write_enum(const struct eb_infer_place *place, struct eb_json_writer *out)
{
    write_name(out, "enum");
    eb_json_open_array(out);
    for (uint32_t i = 0; i < place->words->count; i++)
        eb_json_write_string(out, place->words->items[i]);
    if (place->counts[EB_INFER_NULL])
        eb_json_write_null(out);
    eb_json_close_array(out);
}

static void write_format(const struct eb_inference *inference, const struct eb_infer_place *place,
    struct eb_json_writer *out)
{
    if (!place->words || !place->words->formats)
        return;
    int first = __builtin_ctz(place->words->formats);
    write_name(out, "format");
    eb_json_write_string(out, eb_span_of(eb_format_name(inference->formats[first])));
}

/* One value says nothing about a range. */
static void write_range(const struct eb_infer_range *range, struct eb_json_writer *out)
{
    if (!range || range->is_unknown)
        return;
    struct eb_span least = eb_infer_literal_text(&range->min);
    struct eb_span most = eb_infer_literal_text(&range->max);
    struct eb_number min = eb_number_of(least), max = eb_number_of(most);
    if (eb_number_compare(&min, &max) == 0)
        return;
    write_name(out, "minimum");
    eb_json_write_raw(out, least);
    write_name(out, "maximum");
    eb_json_write_raw(out, most);
}

static void write_required(const struct eb_infer_place *place, struct eb_json_writer *out)
{
    const struct eb_infer_member *member = place->first;
    while (member && member->count < place->counts[EB_INFER_OBJECT])
        member = member->next;
    if (!member)
        return;
    write_name(out, "required");
    eb_json_open_array(out);
    for (; member; member = member->next) {
        if (member->count == place->counts[EB_INFER_OBJECT])
            eb_json_write_string(out, member->name);
    }
    eb_json_close_array(out);
}

static void write_members(const struct eb_inference *inference, const struct eb_infer_place *place,
    struct eb_json_writer *out)
{
    write_required(place, out);
    write_name(out, "properties");
    eb_json_open_object(out);
    for (const struct eb_infer_member *member = place->first; member; member = member->next) {
        eb_json_write_name(out, member->name);
        write_schema(inference, &member->place, out);
    }
    eb_json_close_object(out);
    write_name(out, "additionalProperties");
    eb_json_write_bool(out, false);
}

static void write_table(const struct eb_inference *inference, const struct eb_infer_place *place,
    struct eb_json_writer *out)
{
    write_name(out, "additionalProperties");
    write_schema(inference, place->values, out);
}

/* Arrays that were all empty: of an element nothing is known, so none is accepted. */
static void write_items(const struct eb_inference *inference, const struct eb_infer_place *place,
    struct eb_json_writer *out)
{
    write_name(out, "items");
    if (place->element)
        write_schema(inference, place->element, out);
    else
        eb_json_write_bool(out, false);
}

static void write_place(const struct eb_inference *inference, const struct eb_infer_place *place,
    struct eb_json_writer *out)
{
    if (is_enumeration(inference, place)) {
        write_enum(place, out);
        return;
    }
    write_type(place, out);
    write_format(inference, place, out);
    if (!inference->options.leaves_out_ranges)
        write_range(place->range, out);
    if (place->is_bottom)
        return;
    if (place->counts[EB_INFER_ARRAY])
        write_items(inference, place, out);
    if (place->values)
        write_table(inference, place, out);
    else if (place->counts[EB_INFER_OBJECT])
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
