#include "oracle/draw_pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 128,
    WANTS_MAX = 48,
    STEPS_MAX = 4,
    FIELDS_MAX = 4, /* of an object of a pattern */
    DEPTH_MAX = 3,
};

#define COUNT(pool) (sizeof(pool) / sizeof(pool)[0])

static const char *const names[] = { "a", "b", "c", "d", "e", "a.b", "o.a", "", "é" };
static const char *const object_names[] = { "o", "p", "a" };

static const char *const strings[] = { "", "a", "ab", "abc", "abcd", "b", "ba", "cab", "A", "aB",
    "ABC", "é", "É", "aéb", "ß", "ς", "Σ", "𐐀", "𐐨", "10.0.0.1", "10.0.0.2", "010.0.1.0",
    "::ffff:a00:1", "2001:db8::1", "2001:DB8:0::1", "a*b", "a\\b", "\\", "aaaa", "aaab", "abababab",
    "longer than eight bytes", "longer than eight bits", "a longer suffix", "1", "true", "\"q\"",
    "line\nbreak", "$mqtt" };

static const char *const numbers[] = { "0", "-0", "1", "1.0", "2", "10", "1e1", "0.5", "-5",
    "-5.25", "100", "3.0e2", "300", "9007199254740992", "9007199254740993", "9007199254740993.0",
    "1e400", "1e-400", "123456789012345678901" };

/* Those that "numeric" and "anything-but" take, in order. */
static const char *const comparables[] = { "-5.25", "-5", "0", "0.5", "1", "2", "10", "100", "300",
    "9007199254740992" };

static const char *const wildcards[] = { "*", "a*", "*b", "a*b", "*a*", "a*b*", "*ab*ab*", "a*a*a",
    "*longer*eight*", "longer than * bytes", "\\*", "a\\*b", "*\\\\*", "abc", "*é*", "*a*b*a*",
    "**", "*eight b*", "" };

static const char *const blocks[] = { "10.0.0.0/8", "10.0.0.0/24", "10.0.0.1/32", "10.0.1.0/31",
    "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8::1/128", "::ffff:a00:0/104", "192.168.0.0/16" };

const char *draw_operator_name(enum draw_operator which)
{
    static const char *const operator_names[DRAW_OPERATORS] = { "string", "address", "number",
        "null", "bool", "exactly", "prefix", "suffix", "equals-ignore-case", "prefix ignoring case",
        "suffix ignoring case", "wildcard", "numeric", "cidr", "exists", "absent",
        "anything-but strings", "anything-but numbers", "anything-but prefix",
        "anything-but suffix", "anything-but ignoring case", "anything-but wildcard", "$or",
        "$mqtt" };
    return operator_names[which];
}

static bool one_in(struct pattern_drawer *drawer, size_t n)
{
    return eb_draw_below(&drawer->draw, n) == 0;
}

static const char *pick(struct pattern_drawer *drawer, const char *const *pool, size_t count)
{
    return pool[eb_draw_below(&drawer->draw, count)];
}

#define PICK(drawer, pool) pick((drawer), (pool), COUNT(pool))

/* Often one of a few, now and then one of many: some predicates are shared, some are not. */
static void draw_string(struct pattern_drawer *drawer, char out[TEXT_MAX])
{
    if (one_in(drawer, 3))
        snprintf(out, TEXT_MAX, "k-%zu", eb_draw_below(&drawer->draw, 40));
    else
        snprintf(out, TEXT_MAX, "%s", PICK(drawer, strings));
}

static void write_text(struct eb_json_writer *writer, const char *text)
{
    eb_json_write_string(writer, eb_span_of(text));
}

static void write_raw(struct eb_json_writer *writer, const char *text)
{
    eb_json_write_raw(writer, eb_span_of(text));
}

static void write_name(struct eb_json_writer *writer, const char *name)
{
    eb_json_write_name(writer, eb_span_of(name));
}

/* ---- patterns ---- */

static void write_drawn_string(struct pattern_drawer *drawer, struct eb_json_writer *writer)
{
    char text[TEXT_MAX];
    draw_string(drawer, text);
    write_text(writer, text);
}

static void write_operation(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, const char *operator_name)
{
    eb_json_open_object(writer);
    write_name(writer, operator_name);
    write_drawn_string(drawer, writer);
    eb_json_close_object(writer);
}

static void write_ignoring_case(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, const char *operator_name)
{
    eb_json_open_object(writer);
    write_name(writer, operator_name);
    write_operation(drawer, writer, "equals-ignore-case");
    eb_json_close_object(writer);
}

static const char *draw_wildcard(struct pattern_drawer *drawer)
{
    const char *text;
    do
        text = PICK(drawer, wildcards);
    while (strstr(text, "**"));
    return text;
}

static void write_numeric(struct pattern_drawer *drawer, struct eb_json_writer *writer)
{
    static const char *const signs[] = { "=", "<", "<=", ">", ">=" };
    size_t low = eb_draw_below(&drawer->draw, COUNT(comparables) - 1);
    size_t high = low + 1 + eb_draw_below(&drawer->draw, COUNT(comparables) - 1 - low);
    eb_json_open_object(writer);
    write_name(writer, "numeric");
    eb_json_open_array(writer);
    if (one_in(drawer, 2)) {
        write_text(writer, one_in(drawer, 2) ? ">" : ">=");
        write_raw(writer, comparables[low]);
        write_text(writer, one_in(drawer, 2) ? "<" : "<=");
        write_raw(writer, comparables[high]);
    } else {
        write_text(writer, PICK(drawer, signs));
        write_raw(writer, comparables[low]);
    }
    eb_json_close_array(writer);
    eb_json_close_object(writer);
}

static void write_excluded_texts(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, enum draw_operator which)
{
    char text[TEXT_MAX];
    do
        draw_string(drawer, text);
    while (text[0] == '\0');
    write_text(writer, which == DRAW_BUT_WILDCARD ? draw_wildcard(drawer) : text);
}

static void write_but(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, enum draw_operator which)
{
    static const char *const operands[DRAW_OPERATORS] = { [DRAW_BUT_PREFIX] = "prefix",
        [DRAW_BUT_SUFFIX] = "suffix",
        [DRAW_BUT_IGNORE_CASE] = "equals-ignore-case",
        [DRAW_BUT_WILDCARD] = "wildcard" };
    bool is_list = one_in(drawer, 2);
    eb_json_open_object(writer);
    write_name(writer, "anything-but");
    if (operands[which]) {
        eb_json_open_object(writer);
        write_name(writer, operands[which]);
    }
    if (is_list)
        eb_json_open_array(writer);
    for (size_t i = 0; i < (is_list ? 3u : 1u); i++) {
        if (which == DRAW_BUT_NUMBERS)
            write_raw(writer, PICK(drawer, comparables));
        else
            write_excluded_texts(drawer, writer, which);
    }
    if (is_list)
        eb_json_close_array(writer);
    if (operands[which])
        eb_json_close_object(writer);
    eb_json_close_object(writer);
}

static void write_exists(struct eb_json_writer *writer, bool exists)
{
    eb_json_open_object(writer);
    write_name(writer, "exists");
    eb_json_write_bool(writer, exists);
    eb_json_close_object(writer);
}

static void write_alternative(struct pattern_drawer *drawer, struct eb_json_writer *writer)
{
    enum draw_operator which = (enum draw_operator)eb_draw_below(&drawer->draw, DRAW_OR);
    if (one_in(drawer, 3))
        which = DRAW_STRING;
    if (which == DRAW_ABSENT && one_in(drawer, 2))
        which = DRAW_EXISTS;
    drawer->counts[which]++;
    switch (which) {
    case DRAW_STRING: write_drawn_string(drawer, writer); return;
    case DRAW_ADDRESS: write_text(writer, one_in(drawer, 2) ? "10.0.0.1" : "2001:db8::1"); return;
    case DRAW_NUMBER: write_raw(writer, PICK(drawer, numbers)); return;
    case DRAW_NULL: eb_json_write_null(writer); return;
    case DRAW_BOOL: eb_json_write_bool(writer, one_in(drawer, 2)); return;
    case DRAW_EXACTLY: write_operation(drawer, writer, "exactly"); return;
    case DRAW_PREFIX: write_operation(drawer, writer, "prefix"); return;
    case DRAW_SUFFIX: write_operation(drawer, writer, "suffix"); return;
    case DRAW_IGNORE_CASE: write_operation(drawer, writer, "equals-ignore-case"); return;
    case DRAW_PREFIX_IGNORE_CASE: write_ignoring_case(drawer, writer, "prefix"); return;
    case DRAW_SUFFIX_IGNORE_CASE: write_ignoring_case(drawer, writer, "suffix"); return;
    case DRAW_WILDCARD:
    case DRAW_CIDR:
        eb_json_open_object(writer);
        write_name(writer, which == DRAW_CIDR ? "cidr" : "wildcard");
        write_text(writer, which == DRAW_CIDR ? PICK(drawer, blocks) : draw_wildcard(drawer));
        eb_json_close_object(writer);
        return;
    case DRAW_NUMERIC: write_numeric(drawer, writer); return;
    case DRAW_EXISTS: write_exists(writer, true); return;
    case DRAW_ABSENT: write_exists(writer, false); return;
    default: write_but(drawer, writer, which); return;
    }
}

static void write_alternatives(struct pattern_drawer *drawer, struct eb_json_writer *writer)
{
    size_t count = one_in(drawer, 2) ? 1 : 1 + eb_draw_below(&drawer->draw, 3);
    if (one_in(drawer, 20))
        count = 9 + eb_draw_below(&drawer->draw, 8);
    eb_json_open_array(writer);
    for (size_t i = 0; i < count; i++)
        write_alternative(drawer, writer);
    eb_json_close_array(writer);
}

static void write_message_fields(struct pattern_drawer *drawer, struct eb_json_writer *writer)
{
    drawer->counts[DRAW_MESSAGE]++;
    eb_json_open_object(writer);
    if (one_in(drawer, 2)) {
        write_name(writer, "level");
        eb_json_open_array(writer);
        write_text(writer, one_in(drawer, 2) ? "a" : "b");
        eb_json_close_array(writer);
    } else {
        write_name(writer, one_in(drawer, 2) ? "username" : "topic");
        write_alternatives(drawer, writer);
    }
    if (one_in(drawer, 3)) {
        write_name(writer, "qos");
        write_alternatives(drawer, writer);
    }
    eb_json_close_object(writer);
}

static void write_fields(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, unsigned depth);

static void write_or(struct pattern_drawer *drawer, struct eb_json_writer *writer, unsigned depth)
{
    drawer->counts[DRAW_OR]++;
    write_name(writer, "$or");
    eb_json_open_array(writer);
    for (size_t i = 0, count = 2 + eb_draw_below(&drawer->draw, 2); i < count; i++)
        write_fields(drawer, writer, depth + 1);
    eb_json_close_array(writer);
}

/* An object of fields; each name at most once. */
static void write_fields(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, unsigned depth)
{
    bool is_used[COUNT(names)] = { false }, has_or = false, has_object = false;
    size_t count = 1 + eb_draw_below(&drawer->draw, FIELDS_MAX - depth);
    eb_json_open_object(writer);
    if (depth == 0 && one_in(drawer, 8)) {
        write_name(writer, "$mqtt");
        write_message_fields(drawer, writer);
    }
    for (size_t i = 0; i < count; i++) {
        if (depth < DEPTH_MAX - 1 && !has_or && one_in(drawer, 5)) {
            has_or = true;
            write_or(drawer, writer, depth);
            continue;
        }
        if (depth < DEPTH_MAX - 1 && !has_object && one_in(drawer, 4)) {
            has_object = true;
            write_name(writer, one_in(drawer, 3) ? "p" : "o");
            write_fields(drawer, writer, depth + 1);
            continue;
        }
        size_t name = eb_draw_below(&drawer->draw, one_in(drawer, 4) ? COUNT(names) : 3);
        if (is_used[name])
            name = i;
        if (is_used[name])
            continue;
        is_used[name] = true;
        write_name(writer, names[name]);
        write_alternatives(drawer, writer);
    }
    if (!is_used[4] && !has_or && !has_object && count == 1 && one_in(drawer, 2)) {
        write_name(writer, "e");
        write_alternatives(drawer, writer);
    }
    eb_json_close_object(writer);
}

void draw_pattern(struct pattern_drawer *drawer, struct eb_json_writer *writer)
{
    write_fields(drawer, writer, 0);
}

/* ---- values that satisfy ---- */

/* JSON of a value for a field. */
struct want {
    char path[STEPS_MAX * 8]; /* with dots */
    char json[2 * TEXT_MAX];
};

struct wants {
    struct want list[WANTS_MAX];
    size_t count;
};

static void quote(char out[2 * TEXT_MAX], const char *text)
{
    struct eb_json_writer writer;
    eb_json_writer_init(&writer, out, 2 * TEXT_MAX);
    write_text(&writer, text);
    struct eb_span json = eb_json_writer_finish(&writer);
    if (!json.ptr)
        abort();
    out[json.len] = '\0';
}

static void draw_any(struct pattern_drawer *drawer, char out[2 * TEXT_MAX])
{
    char text[TEXT_MAX];
    static const char *const others[] = { "null", "true", "false", "[]", "{}", "{\"x\":1}" };
    switch (eb_draw_below(&drawer->draw, 6)) {
    case 0: snprintf(out, TEXT_MAX, "%s", PICK(drawer, numbers)); return;
    case 1: snprintf(out, TEXT_MAX, "%s", PICK(drawer, others)); return;
    default:
        draw_string(drawer, text);
        quote(out, text);
        return;
    }
}

static void read_text(const struct eb_doc *doc, uint32_t token, char out[TEXT_MAX])
{
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_span text = eb_doc_string(doc, token, &arena);
    snprintf(out, TEXT_MAX, "%.*s", (int)text.len, text.ptr);
    eb_arena_release(&arena);
}

static void flip_case(struct pattern_drawer *drawer, char *text)
{
    for (; *text; text++) {
        bool is_letter = (*text | 0x20) >= 'a' && (*text | 0x20) <= 'z';
        if (is_letter && one_in(drawer, 2))
            *text ^= 0x20;
    }
}

static void fill_wildcard(struct pattern_drawer *drawer, const char *pattern, char out[TEXT_MAX])
{
    size_t len = 0;
    out[0] = '\0';
    for (; *pattern; pattern++) {
        char filling[TEXT_MAX] = "";
        if (*pattern == '*' && one_in(drawer, 2)) {
            draw_string(drawer, filling);
        } else if (*pattern != '*') {
            pattern += *pattern == '\\';
            filling[0] = *pattern;
            filling[1] = '\0';
        }
        if (len + strlen(filling) + 1 > TEXT_MAX)
            return;
        len += (size_t)snprintf(out + len, TEXT_MAX - len, "%s", filling);
    }
}

/* "prefix", "suffix" and what ignores case. */
static void satisfy_affix(struct pattern_drawer *drawer, const struct eb_doc *doc, uint32_t token,
    bool is_prefix, char out[2 * TEXT_MAX])
{
    char text[TEXT_MAX], more[TEXT_MAX], whole[TEXT_MAX];
    bool ignores_case = eb_doc_type(doc, token) == EB_JSON_OBJECT;
    read_text(doc, ignores_case ? token + 2 : token, text);
    if (ignores_case)
        flip_case(drawer, text);
    draw_string(drawer, more);
    int room = (int)TEXT_MAX / 2 - 1;
    snprintf(whole, sizeof whole, "%.*s%.*s", room, is_prefix ? text : more, room,
        is_prefix ? more : text);
    quote(out, whole);
}

static void satisfy_block(
    struct pattern_drawer *drawer, const struct eb_doc *doc, uint32_t token, char out[2 * TEXT_MAX])
{
    char text[TEXT_MAX];
    read_text(doc, token, text);
    *strchr(text, '/') = '\0';
    size_t len = strlen(text);
    if (one_in(drawer, 2) && text[len - 1] != ':')
        text[len - 1] = (char)('0' + eb_draw_below(&drawer->draw, 10));
    quote(out, text);
}

static void satisfy_operation(struct pattern_drawer *drawer, const struct eb_doc *doc,
    uint32_t object, char out[2 * TEXT_MAX])
{
    char text[TEXT_MAX], filled[TEXT_MAX];
    struct eb_span name = eb_doc_raw(doc, object + 1);
    uint32_t operand = object + 2;
    if (eb_span_is(name, "prefix") || eb_span_is(name, "suffix")) {
        satisfy_affix(drawer, doc, operand, eb_span_is(name, "prefix"), out);
    } else if (eb_span_is(name, "exactly") || eb_span_is(name, "equals-ignore-case")) {
        read_text(doc, operand, text);
        if (name.ptr[1] == 'q')
            flip_case(drawer, text);
        quote(out, text);
    } else if (eb_span_is(name, "wildcard")) {
        read_text(doc, operand, text);
        fill_wildcard(drawer, text, filled);
        quote(out, filled);
    } else if (eb_span_is(name, "numeric")) {
        snprintf(out, TEXT_MAX, "%s", PICK(drawer, comparables));
    } else if (eb_span_is(name, "cidr")) {
        satisfy_block(drawer, doc, operand, out);
    } else {
        draw_any(drawer, out);
    }
}

static void satisfy(struct pattern_drawer *drawer, const struct eb_doc *doc, uint32_t alternative,
    char out[2 * TEXT_MAX])
{
    char text[TEXT_MAX];
    if (one_in(drawer, 8)) {
        draw_any(drawer, out);
        return;
    }
    switch (eb_doc_type(doc, alternative)) {
    case EB_JSON_OBJECT: satisfy_operation(drawer, doc, alternative, out); return;
    case EB_JSON_STRING:
        read_text(doc, alternative, text);
        quote(out, text);
        return;
    default:
        snprintf(out, 2 * TEXT_MAX, "%.*s", (int)eb_doc_raw(doc, alternative).len,
            eb_doc_raw(doc, alternative).ptr);
        return;
    }
}

static bool asks_for_absence(const struct eb_doc *doc, uint32_t alternative)
{
    return eb_doc_type(doc, alternative) == EB_JSON_OBJECT &&
           eb_span_is(eb_doc_raw(doc, alternative + 1), "exists") &&
           eb_doc_type(doc, alternative + 2) == EB_JSON_FALSE;
}

static void want_field(struct pattern_drawer *drawer, const struct eb_doc *doc, const char *path,
    uint32_t array, struct wants *wants)
{
    size_t chosen = eb_draw_below(&drawer->draw, doc->tokens[array].count);
    uint32_t alternative = array + 1;
    while (chosen-- > 0)
        alternative = doc->tokens[alternative].next;
    if (asks_for_absence(doc, alternative) || wants->count == WANTS_MAX)
        return;
    struct want *want = &wants->list[wants->count++];
    snprintf(want->path, sizeof want->path, "%s", path);
    satisfy(drawer, doc, alternative, want->json);
}

/* What the fields of one way through the pattern want. */
static void want_fields(struct pattern_drawer *drawer, const struct eb_doc *doc, const char *path,
    uint32_t object, struct wants *wants)
{
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        char inner[STEPS_MAX * 8], text[TEXT_MAX];
        read_text(doc, name, text);
        if (strcmp(text, "$mqtt") == 0)
            continue;
        if (strcmp(text, "$or") == 0) {
            size_t branch = eb_draw_below(&drawer->draw, doc->tokens[name + 1].count);
            uint32_t token = name + 2;
            while (branch-- > 0)
                token = doc->tokens[token].next;
            want_fields(drawer, doc, path, token, wants);
            continue;
        }
        snprintf(inner, sizeof inner, "%.20s%s%.8s", path, *path ? "." : "", text);
        if (eb_doc_type(doc, name + 1) == EB_JSON_OBJECT)
            want_fields(drawer, doc, inner, name + 1, wants);
        else
            want_field(drawer, doc, inner, name + 1, wants);
    }
}

/* ---- events ---- */

static void write_value(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, const char *json)
{
    char other[2 * TEXT_MAX];
    if (!one_in(drawer, 6)) {
        write_raw(writer, json);
        return;
    }
    eb_json_open_array(writer);
    for (size_t i = 0, at = eb_draw_below(&drawer->draw, 3); i < 3; i++) {
        draw_any(drawer, other);
        if (i == at)
            write_raw(writer, json);
        else if (one_in(drawer, 2))
            write_raw(writer, other);
    }
    eb_json_close_array(writer);
}

static void write_object(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, const struct wants *wants);

/* Objects on the way become arrays of objects, which may tear apart what belongs together. */
static void write_inner(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, const struct wants *wants)
{
    if (!one_in(drawer, 3)) {
        write_object(drawer, writer, wants);
        return;
    }
    struct wants parts[3] = { { .count = 0 } };
    bool is_torn = one_in(drawer, 3);
    size_t whole = eb_draw_below(&drawer->draw, 3);
    for (size_t i = 0; i < wants->count; i++) {
        for (size_t part = 0; part < 3; part++) {
            bool belongs = is_torn ? one_in(drawer, 2) : part == whole;
            struct want *copy = &parts[part].list[parts[part].count];
            if (!belongs && !one_in(drawer, 4))
                continue;
            *copy = wants->list[i];
            parts[part].count++;
            if (!belongs)
                draw_any(drawer, copy->json);
        }
    }
    eb_json_open_array(writer);
    for (size_t part = 0; part < 3; part++) {
        if (parts[part].count == 0 && one_in(drawer, 2))
            continue;
        if (one_in(drawer, 6)) {
            eb_json_open_array(writer);
            write_object(drawer, writer, &parts[part]);
            eb_json_close_array(writer);
        } else {
            write_object(drawer, writer, &parts[part]);
        }
    }
    eb_json_close_array(writer);
}

/* The first step of a path, and what is behind it; NULL: nothing. */
static const char *split(const char *path, char first[STEPS_MAX * 8])
{
    const char *dot = strchr(path, '.');
    snprintf(first, STEPS_MAX * 8, "%.*s", dot ? (int)(dot - path) : (int)strlen(path), path);
    return dot ? dot + 1 : NULL;
}

static bool is_written(const struct wants *wants, size_t before, const char *name)
{
    char first[STEPS_MAX * 8];
    for (size_t i = 0; i < before; i++) {
        split(wants->list[i].path, first);
        if (strcmp(first, name) == 0)
            return true;
    }
    return false;
}

static void write_object(
    struct pattern_drawer *drawer, struct eb_json_writer *writer, const struct wants *wants)
{
    bool has_dotted = false;
    eb_json_open_object(writer);
    for (size_t i = 0; i < wants->count; i++) {
        char name[STEPS_MAX * 8], other[STEPS_MAX * 8];
        const char *rest = split(wants->list[i].path, name);
        if (rest && !has_dotted && one_in(drawer, 12)) {
            has_dotted = true;
            write_name(writer, wants->list[i].path);
            write_value(drawer, writer, wants->list[i].json);
        }
        if (is_written(wants, i, name))
            continue;
        write_name(writer, name);
        if (!rest) {
            write_value(drawer, writer, wants->list[i].json);
            continue;
        }
        struct wants inner = { .count = 0 };
        for (size_t j = i; j < wants->count; j++) {
            const char *behind = split(wants->list[j].path, other);
            if (strcmp(other, name) != 0 || !behind)
                continue;
            inner.list[inner.count] = wants->list[j];
            memmove(inner.list[inner.count].path, inner.list[inner.count].path + strlen(name) + 1,
                strlen(behind) + 1);
            inner.count++;
        }
        write_inner(drawer, writer, &inner);
    }
    if (!one_in(drawer, 4)) {
        write_name(writer, "unrelated");
        write_raw(writer, "{\"a\":1,\"b\":[{\"a\":2}]}");
    }
    eb_json_close_object(writer);
}

void draw_event(
    struct pattern_drawer *drawer, const struct eb_doc *pattern, struct eb_json_writer *writer)
{
    struct wants wants = { .count = 0 };
    if (pattern)
        want_fields(drawer, pattern, "", 0, &wants);
    while (wants.count < WANTS_MAX && one_in(drawer, pattern ? 4 : 2)) {
        struct want *want = &wants.list[wants.count++];
        const char *name = PICK(drawer, names);
        if (one_in(drawer, 2))
            snprintf(want->path, sizeof want->path, "%s", name);
        else
            snprintf(want->path, sizeof want->path, "%s.%s", PICK(drawer, object_names), name);
        draw_any(drawer, want->json);
    }
    write_object(drawer, writer, &wants);
}

struct eb_message draw_message(struct pattern_drawer *drawer)
{
    static const char *const topics[] = { "a", "a/b", "ab", "b//a" };
    static const char *const users[] = { NULL, "", "a", "abc" };
    return (struct eb_message){
        .topic = eb_span_of(PICK(drawer, topics)),
        .client_id = EB_SPAN("client"),
        .username = eb_span_of(PICK(drawer, users)),
        .qos = (uint8_t)eb_draw_below(&drawer->draw, 3),
        .is_retain = one_in(drawer, 2),
    };
}
