#include "pattern/pattern_question.h"

#include <math.h>
#include <stdio.h>

#include "pattern/pattern_write.h"
#include "pattern/wildcard.h"

enum {
    STEPS_MAX = 32,       /* of a path; deeper fields are not asked about */
    TEXT_BYTES_MAX = 256, /* in an expression; longer ones are strings like any other */
};

static void write_text(struct eb_json_writer *out, const char *text)
{
    eb_json_write_string(out, eb_span_of(text));
}

static void write_type(struct eb_json_writer *out, const char *type)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "type", eb_span_of(type));
    eb_json_close_object(out);
}

/* ---- values ---- */

static void write_scalar_types(struct eb_json_writer *out)
{
    eb_json_member_array(out, "type");
    write_text(out, "null");
    write_text(out, "boolean");
    write_text(out, "number");
    write_text(out, "string");
    eb_json_close_array(out);
}

static void write_scalar(struct eb_json_writer *out)
{
    eb_json_open_object(out);
    write_scalar_types(out);
    eb_json_close_object(out);
}

static void write_const(const struct eb_predicate *predicate, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_write_name(out, eb_span_of("const"));
    if (predicate->kind == EB_IS_STRING)
        eb_json_write_string(out, predicate->text);
    else
        eb_predicate_write(predicate, out);
    eb_json_close_object(out);
}

/* Letters and digits, and what is not ASCII, stand for themselves. */
void eb_question_write_literal(struct eb_span text, struct eb_json_writer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        unsigned char lower = byte | 0x20;
        bool is_plain =
            byte >= 0x80 || (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'z');
        char escape[8];
        int len = snprintf(escape, sizeof escape, "\\x%02x", byte);
        size_t end = i + 1;
        while (byte >= 0x80 && end < text.len && (text.ptr[end] & 0xc0) == 0x80)
            end++; /* a whole code point */
        eb_json_write_string_part(
            out, is_plain ? eb_span(text.ptr + i, end - i) : eb_span(escape, (size_t)len));
        i = end - 1;
    }
}

static void write_wildcard(struct eb_span text, struct eb_json_writer *out)
{
    char literal[TEXT_BYTES_MAX];
    for (bool has_star = true; has_star;) {
        eb_question_write_literal(eb_wildcard_literal(&text, literal, &has_star), out);
        if (has_star)
            eb_json_write_string_part(out, eb_span_of("[\\s\\S]*"));
    }
}

static void write_expression(const struct eb_predicate *predicate, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "type", eb_span_of("string"));
    if (predicate->text.len <= TEXT_BYTES_MAX) {
        eb_json_write_name(out, eb_span_of("pattern"));
        eb_json_open_string(out);
        if (predicate->kind != EB_ENDS)
            eb_json_write_string_part(out, eb_span_of("^"));
        if (predicate->kind == EB_IS_LIKE)
            write_wildcard(predicate->text, out);
        else
            eb_question_write_literal(predicate->text, out);
        if (predicate->kind != EB_STARTS)
            eb_json_write_string_part(out, eb_span_of("$"));
        eb_json_close_string(out);
    }
    eb_json_close_object(out);
}

static void write_bound(const char *name, double bound, struct eb_json_writer *out)
{
    if (isinf(bound))
        return;
    struct eb_predicate number = { .kind = EB_IS_NUMBER, .number = bound };
    eb_json_write_name(out, eb_span_of(name));
    eb_predicate_write(&number, out);
}

static void write_range(const struct eb_predicate *predicate, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "type", eb_span_of("number"));
    write_bound(
        predicate->excludes_low ? "exclusiveMinimum" : "minimum", predicate->range.low, out);
    write_bound(
        predicate->excludes_high ? "exclusiveMaximum" : "maximum", predicate->range.high, out);
    eb_json_close_object(out);
}

static void write_predicate(const struct eb_predicate *predicate, struct eb_json_writer *out);

/* Whether the schema of the predicate is all the truth: then it may stand inside a "not". */
static bool is_exact(const struct eb_predicate *predicate)
{
    bool is_text =
        predicate->kind == EB_STARTS || predicate->kind == EB_ENDS || predicate->kind == EB_IS_LIKE;
    return predicate->kind == EB_IS_STRING || predicate->kind == EB_IS_NUMBER ||
           (is_text && predicate->text.len <= TEXT_BYTES_MAX);
}

static void write_none_of(const struct eb_predicates *excluded, struct eb_json_writer *out)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(excluded);
    eb_json_open_object(out);
    write_scalar_types(out);
    eb_json_member_object(out, "not");
    eb_json_member_array(out, "anyOf");
    eb_json_write_bool(out, false);
    for (struct eb_predicate one; eb_predicates_next(&cursor, &one);) {
        if (is_exact(&one))
            write_predicate(&one, out);
    }
    eb_json_close_array(out);
    eb_json_close_object(out);
    eb_json_close_object(out);
}

static void write_predicate(const struct eb_predicate *predicate, struct eb_json_writer *out)
{
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_NULL:
    case EB_IS_FALSE:
    case EB_IS_TRUE:
    case EB_IS_NUMBER:
    case EB_IS_LITERAL:
    case EB_IS_STRING: write_const(predicate, out); return;
    case EB_IN_RANGE: write_range(predicate, out); return;
    case EB_STARTS:
    case EB_ENDS:
    case EB_IS_LIKE: write_expression(predicate, out); return;
    case EB_IS_ADDRESS:
    case EB_IN_BLOCK:
    case EB_FOLDS_TO:
    case EB_FOLDED_STARTS:
    case EB_FOLDED_ENDS: write_type(out, "string"); return;
    case EB_IS_NONE_OF: write_none_of(&predicate->excluded, out); return;
    case EB_EXISTS: write_scalar(out); return;
    case EB_IS_ABSENT:
    case EB_PREDICATE_KINDS: eb_json_write_bool(out, false); return;
    }
}

/* By type: bits in the order of the names. */
static const char *const type_names[] = { "null", "boolean", "number", "string" };
enum { NULLS = 1, BOOLEANS = 2, NUMBERS = 4, STRINGS = 8, SCALARS = 15 };

static unsigned types_of(const struct eb_predicate *predicate)
{
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_NULL: return NULLS;
    case EB_IS_FALSE:
    case EB_IS_TRUE: return BOOLEANS;
    case EB_IS_NUMBER:
    case EB_IS_LITERAL:
    case EB_IN_RANGE: return NUMBERS;
    case EB_IS_NONE_OF:
    case EB_EXISTS: return SCALARS;
    case EB_IS_ABSENT: return 0;
    default: return STRINGS;
    }
}

unsigned eb_question_types(const struct eb_predicates *predicates)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(predicates);
    unsigned types = 0;
    for (struct eb_predicate one; eb_predicates_next(&cursor, &one);)
        types |= types_of(&one);
    return types;
}

static void write_types(const struct eb_predicates *predicates, struct eb_json_writer *out)
{
    unsigned types = eb_question_types(predicates);
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        if (types >> i & 1)
            write_type(out, type_names[i]);
    }
}

/* ---- fields ---- */

/* A path's steps from its root on, and the definitions made for it. */
struct way {
    struct eb_span names[STEPS_MAX];
    uint32_t count;
    uint32_t
        first_def; /* of the value where nothing has been stepped into; then one for each step */
};

/* False: it is deeper than is asked about. */
static bool find_way(const struct eb_paths *paths, uint32_t path, struct way *way)
{
    way->count = 0;
    for (; path > EB_PATH_MESSAGE; path = eb_paths_get(paths, path)->parent) {
        if (way->count == STEPS_MAX)
            return false;
        way->names[way->count++] = eb_path_name(eb_paths_get(paths, path));
    }
    for (uint32_t i = 0; i < way->count / 2; i++) {
        struct eb_span name = way->names[i];
        way->names[i] = way->names[way->count - 1 - i];
        way->names[way->count - 1 - i] = name;
    }
    return true;
}

static void write_ref(uint32_t def, struct eb_json_writer *out)
{
    char text[32];
    int len = snprintf(text, sizeof text, "#/$defs/%u", def);
    eb_json_open_object(out);
    eb_json_member_string(out, "$ref", eb_span(text, (size_t)len));
    eb_json_close_object(out);
}

static void open_def(struct eb_question_writer *writer, uint32_t def)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%u", def);
    eb_json_write_name(writer->defs, eb_span(text, (size_t)len));
    eb_json_open_object(writer->defs);
    eb_json_member_array(writer->defs, "anyOf");
}

static void close_def(struct eb_question_writer *writer)
{
    eb_json_close_array(writer->defs);
    eb_json_close_object(writer->defs);
}

/* {"type":"array","contains":…} */
static void write_array_of(uint32_t def, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "type", eb_span_of("array"));
    eb_json_write_name(out, eb_span_of("contains"));
    write_ref(def, out);
    eb_json_close_object(out);
}

/* "d" in "d.p", or both in one name, for a dot in an event's name separates steps, too. */
static void write_joined(
    const struct way *way, uint32_t from, uint32_t end, struct eb_json_writer *out)
{
    for (uint32_t i = from; i < end; i++) {
        if (i > from)
            eb_json_write_string_part(out, eb_span_of("."));
        eb_json_write_string_part(out, way->names[i]);
    }
}

/* {"type":"object","required":["d"],"properties":{"d":…}} */
static void write_step(
    const struct way *way, uint32_t from, uint32_t end, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "type", eb_span_of("object"));
    eb_json_member_array(out, "required");
    eb_json_open_string(out);
    write_joined(way, from, end, out);
    eb_json_close_string(out);
    eb_json_close_array(out);
    eb_json_member_object(out, "properties");
    eb_json_open_name(out);
    write_joined(way, from, end, out);
    eb_json_close_name(out);
    write_ref(way->first_def + end, out);
    eb_json_close_object(out);
    eb_json_close_object(out);
}

/* Definitions for the value where `at` steps are done, down to the first. */
static void write_steps(struct eb_question_writer *writer, const struct way *way, bool with_arrays)
{
    for (uint32_t at = way->count; at-- > 0;) {
        open_def(writer, way->first_def + at);
        for (uint32_t end = at + 1; end <= way->count; end++)
            write_step(way, at, end, writer->defs);
        if (with_arrays && at > 0)
            write_array_of(way->first_def + at, writer->defs);
        close_def(writer);
    }
}

static bool begin_way(struct eb_question_writer *writer, uint32_t path, struct way *way)
{
    if (!find_way(writer->paths, path, way))
        return false;
    way->first_def = writer->def_count;
    writer->def_count += way->count + 1;
    return true;
}

/* A value that some predicate holds for, wherever in arrays. */
static void write_presence(
    struct eb_question_writer *writer, const struct way *way, const struct eb_item *field)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(&field->predicates);
    open_def(writer, way->first_def + way->count);
    if (writer->is_coarse)
        write_types(&field->predicates, writer->defs);
    for (struct eb_predicate one; !writer->is_coarse && eb_predicates_next(&cursor, &one);)
        write_predicate(&one, writer->defs);
    write_array_of(way->first_def + way->count, writer->defs);
    close_def(writer);
    write_steps(writer, way, true);
}

/* A value that can be chosen whatever else is: it stands in no array's element. */
static void write_plain_presence(struct eb_question_writer *writer, const struct way *way)
{
    open_def(writer, way->first_def + way->count);
    write_scalar(writer->defs);
    eb_json_open_object(writer->defs);
    eb_json_member_string(writer->defs, "type", eb_span_of("array"));
    eb_json_write_name(writer->defs, eb_span_of("contains"));
    write_scalar(writer->defs);
    eb_json_close_object(writer->defs);
    close_def(writer);
    write_steps(writer, way, false);
}

static void write_not(uint32_t def, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_write_name(out, eb_span_of("not"));
    write_ref(def, out);
    eb_json_close_object(out);
}

static uint32_t root_of(const struct eb_paths *paths, uint32_t path)
{
    while (path > EB_PATH_MESSAGE)
        path = eb_paths_get(paths, path)->parent;
    return path;
}

static void write_field(struct eb_question_writer *writer, const struct eb_item *field)
{
    struct way way = { .count = 0 }, plain = { .count = 0 };
    bool is_asked = root_of(writer->paths, field->path) == writer->root &&
                    begin_way(writer, field->path, &way) &&
                    (!field->can_be_absent || begin_way(writer, field->path, &plain));
    if (!is_asked) {
        eb_json_write_bool(writer->questions, true);
        return;
    }
    write_presence(writer, &way, field);
    if (!field->can_be_absent) {
        write_ref(way.first_def, writer->questions);
        return;
    }
    write_plain_presence(writer, &plain);
    eb_json_open_object(writer->questions);
    eb_json_member_array(writer->questions, "anyOf");
    write_ref(way.first_def, writer->questions);
    write_not(plain.first_def, writer->questions);
    eb_json_close_array(writer->questions);
    eb_json_close_object(writer->questions);
}

/* ---- items ---- */

static void write_items(struct eb_question_writer *writer, struct eb_items items);

static void write_or(struct eb_question_writer *writer, const struct eb_item *item)
{
    struct eb_items branches = eb_item_branches(item), branch;
    eb_json_open_object(writer->questions);
    eb_json_member_array(writer->questions, "anyOf");
    while (eb_branches_next(&branches, &branch))
        write_items(writer, branch);
    eb_json_close_array(writer->questions);
    eb_json_close_object(writer->questions);
}

static void write_items(struct eb_question_writer *writer, struct eb_items items)
{
    eb_json_open_object(writer->questions);
    eb_json_member_string(writer->questions, "type", eb_span_of("object"));
    eb_json_member_array(writer->questions, "allOf");
    eb_json_write_bool(writer->questions, true);
    for (struct eb_item item; eb_items_next(&items, &item);) {
        if (eb_item_is_or(&item))
            write_or(writer, &item);
        else
            write_field(writer, &item);
    }
    eb_json_close_array(writer->questions);
    eb_json_close_object(writer->questions);
}

void eb_question_add(struct eb_question_writer *writer, struct eb_items items)
{
    write_items(writer, items);
}

bool eb_items_read(struct eb_items items, const struct eb_paths *paths, uint32_t root)
{
    for (struct eb_item item; eb_items_next(&items, &item);) {
        struct eb_items branches = eb_item_branches(&item), branch;
        if (!eb_item_is_or(&item) && root_of(paths, item.path) == root)
            return true;
        while (eb_item_is_or(&item) && eb_branches_next(&branches, &branch)) {
            if (eb_items_read(branch, paths, root))
                return true;
        }
    }
    return false;
}
