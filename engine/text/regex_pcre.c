#include "text/regex_pcre.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

enum {
    PCRE_REPEAT_MAX = 65535,
    LONG_REPEAT_PARTS_MAX = 64, /* four million characters: as long as any document's strings */
};

struct writer {
    const struct eb_regex_tree *tree;
    struct eb_arena *arena;
    struct eb_regex_fault *fault;
    struct eb_pcre_text *out;
    char *text;
    size_t len, capacity;
    uint32_t *number; /* of the capturing group, by the tree's number; 0: does not capture */
    uint32_t number_last;
    bool has_failed;
};

static bool fail(struct writer *writer, const struct eb_regex_node *node, const char *text)
{
    if (!writer->has_failed)
        *writer->fault = (struct eb_regex_fault){ text, node->offset, false };
    writer->has_failed = true;
    return false;
}

static bool fail_memory(struct writer *writer)
{
    if (!writer->has_failed)
        *writer->fault = (struct eb_regex_fault){ "out of memory", 0, true };
    writer->has_failed = true;
    return false;
}

static bool make_room(struct writer *writer, size_t more)
{
    if (writer->capacity - writer->len >= more)
        return true;
    size_t capacity = writer->capacity * 2 + more;
    char *text = eb_arena_alloc(writer->arena, capacity, 1);
    if (!text)
        return fail_memory(writer);
    if (writer->len)
        memcpy(text, writer->text, writer->len);
    writer->text = text;
    writer->capacity = capacity;
    return true;
}

/* After a failure nothing is written any more; the caller looks once, at the end. */
__attribute__((format(printf, 2, 3))) static void put(
    struct writer *writer, const char *format, ...)
{
    enum { PIECE_MAX = 80 };
    if (writer->has_failed || !make_room(writer, PIECE_MAX))
        return;
    va_list args;
    va_start(args, format);
    writer->len += (size_t)vsnprintf(writer->text + writer->len, PIECE_MAX, format, args);
    va_end(args);
}

/* Sets */

static bool is_surrogate(uint32_t code_point)
{
    return code_point >= 0xd800 && code_point <= 0xdfff;
}

/* The range without surrogates at its ends, which PCRE2 refuses and no subject holds. */
static bool clip_surrogates(struct eb_code_range *range)
{
    if (is_surrogate(range->first))
        range->first = 0xe000;
    if (is_surrogate(range->last))
        range->last = 0xd7ff;
    return range->first <= range->last;
}

static void put_code_point(struct writer *writer, uint32_t code_point)
{
    bool is_plain =
        code_point < 0x80 && ((code_point >= '0' && code_point <= '9') ||
                                 ((code_point | 0x20) >= 'a' && (code_point | 0x20) <= 'z'));
    if (is_plain)
        put(writer, "%c", (int)code_point);
    else
        put(writer, "\\x{%" PRIx32 "}", code_point);
}

static const char *property_prefix(enum eb_unicode_kind kind)
{
    switch (kind) {
    case EB_UNICODE_SCRIPT: return "sc:";
    case EB_UNICODE_SCRIPT_EXTENSIONS: return "scx:";
    default: return "";
    }
}

/* Where PCRE2 has another name: the property, and whether it is the complement. */
static const struct {
    const char *name, *pcre;
    bool is_complement;
} other_names[] = {
    { "LC", "L&", false },
    { "Assigned", "Cn", true },
};

static void put_property(struct writer *writer, const struct eb_regex_property *asked)
{
    const char *name = asked->property.name;
    bool is_negated = asked->is_negated;
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++) {
        if (strcmp(name, other_names[i].name) == 0) {
            name = other_names[i].pcre;
            is_negated ^= other_names[i].is_complement;
            break;
        }
    }
    put(writer, "\\%c{%s%s}", is_negated ? 'P' : 'p', property_prefix(asked->property.kind), name);
}

static bool is_one_code_point(const struct eb_regex_set *set)
{
    return !set->properties && set->count == 1 && set->ranges->first == set->ranges->last &&
           !is_surrogate(set->ranges->first);
}

static void put_set(struct writer *writer, const struct eb_regex_set *set)
{
    if (is_one_code_point(set)) {
        put_code_point(writer, set->ranges->first);
        return;
    }
    size_t start = writer->len;
    put(writer, set->is_negated ? "[^" : "[");
    bool is_empty = true;
    for (uint32_t i = 0; i < set->count; i++) {
        struct eb_code_range range = set->ranges[i];
        if (!clip_surrogates(&range))
            continue;
        put(writer, "\\x{%" PRIx32 "}-\\x{%" PRIx32 "}", range.first, range.last);
        is_empty = false;
    }
    for (struct eb_regex_property *asked = set->properties; asked; asked = asked->next) {
        put_property(writer, asked);
        is_empty = false;
    }
    put(writer, "]");
    if (is_empty && !writer->has_failed) {
        writer->len = start;
        put(writer, "(*F)");
    }
}

/* References */

static bool can_be_empty(const struct eb_regex_node *node)
{
    switch (node->type) {
    case EB_REGEX_SET: return false;
    case EB_REGEX_SEQUENCE:
        for (node = node->body; node; node = node->next) {
            if (!can_be_empty(node))
                return false;
        }
        return true;
    case EB_REGEX_CHOICE:
        for (node = node->body; node; node = node->next) {
            if (can_be_empty(node))
                return true;
        }
        return false;
    case EB_REGEX_REPEAT: return node->repeat.min == 0 || can_be_empty(node->body);
    case EB_REGEX_GROUP: return can_be_empty(node->body);
    default: return true;
    }
}

/*
 * Whether the group has, wherever it is referred to from behind it, the same value in PCRE2. A
 * repetition forgets in ECMA-262 what its groups matched the time before (§22.2.2.3.1, step 4),
 * and an empty round does not happen there; PCRE2 remembers, and does one. The two agree when
 * every round passes through the group and takes at least one character.
 */
static bool is_group_stable(const struct eb_regex_node *group)
{
    bool is_certain = true;
    for (const struct eb_regex_node *node = group->parent; node; node = node->parent) {
        if (node->type == EB_REGEX_CHOICE || (node->type == EB_REGEX_LOOK && node->look.is_negated))
            is_certain = false;
        if (node->type != EB_REGEX_REPEAT)
            continue;
        if (node->repeat.max > 1 && (!is_certain || can_be_empty(node->body)))
            return false;
        if (node->repeat.min == 0)
            is_certain = false;
    }
    return true;
}

/* ECMA-262 matches it from right to left, which shows in what its groups capture. */
static bool is_inside_look_behind(const struct eb_regex_node *node)
{
    for (node = node->parent; node; node = node->parent) {
        if (node->type == EB_REGEX_LOOK && node->look.is_behind)
            return true;
    }
    return false;
}

static void put_reference(struct writer *writer, const struct eb_regex_node *node)
{
    const struct eb_regex_node *group = writer->tree->groups[node->group];
    if (is_inside_look_behind(node) || is_inside_look_behind(group)) {
        fail(writer, node, "a back-reference from or into a look-behind cannot be expressed");
        return;
    }
    /* Not closed yet where the reference stands: it is empty, and always will be there. */
    bool is_ahead = writer->number[node->group] == 0;
    for (const struct eb_regex_node *outer = node->parent; outer && !is_ahead;
         outer = outer->parent)
        is_ahead = outer == group;
    if (is_ahead)
        return;
    if (!is_group_stable(group)) {
        fail(writer, node,
            "a back-reference to a group that a repetition may leave out cannot be expressed");
        return;
    }
    put(writer, "\\g{%" PRIu32 "}", writer->number[node->group]);
}

/* Structure */

static bool is_captured(const struct writer *writer, const struct eb_regex_node *node)
{
    return node->type == EB_REGEX_GROUP && writer->tree->is_referenced[node->group];
}

static void put_node(struct writer *writer, const struct eb_regex_node *node);

static void put_quantifier(struct writer *writer, uint32_t min, uint32_t max, bool is_lazy)
{
    if (max == EB_REGEX_UNBOUNDED)
        put(writer, "{%" PRIu32 ",}", min);
    else
        put(writer, "{%" PRIu32 ",%" PRIu32 "}", min, max);
    put(writer, "%s", is_lazy ? "?" : "");
}

/* A character more often than PCRE2 counts, in parts that it can: X{100000} is X{65535}X{34465}. */
static void put_long_repeat(struct writer *writer, const struct eb_regex_node *node)
{
    uint32_t min = node->repeat.min, max = node->repeat.max;
    for (int parts = 0;
         min > PCRE_REPEAT_MAX || (max > PCRE_REPEAT_MAX && max != EB_REGEX_UNBOUNDED); parts++) {
        if (parts == LONG_REPEAT_PARTS_MAX) {
            fail(writer, node, "a repeat count this large cannot be expressed");
            return;
        }
        uint32_t part_min = min < PCRE_REPEAT_MAX ? min : PCRE_REPEAT_MAX;
        put_set(writer, &node->body->set);
        put_quantifier(writer, part_min, PCRE_REPEAT_MAX, node->repeat.is_lazy);
        min -= part_min;
        max -= max == EB_REGEX_UNBOUNDED ? 0 : PCRE_REPEAT_MAX;
    }
    put_set(writer, &node->body->set);
    put_quantifier(writer, min, max, node->repeat.is_lazy);
}

static void put_repeat(struct writer *writer, const struct eb_regex_node *node)
{
    uint32_t min = node->repeat.min, max = node->repeat.max;
    bool is_long = min > PCRE_REPEAT_MAX || (max > PCRE_REPEAT_MAX && max != EB_REGEX_UNBOUNDED);
    if (is_long && node->body->type == EB_REGEX_SET) {
        put_long_repeat(writer, node);
        return;
    }
    if (is_long) {
        fail(writer, node, "a group repeated over 65535 times cannot be expressed");
        return;
    }
    put(writer, "(?:");
    put_node(writer, node->body);
    put(writer, ")");
    put_quantifier(writer, min, max, node->repeat.is_lazy);
}

static void put_choice(struct writer *writer, const struct eb_regex_node *node)
{
    put(writer, "(?:");
    for (const struct eb_regex_node *child = node->body; child; child = child->next) {
        put_node(writer, child);
        if (child->next)
            put(writer, "|");
    }
    put(writer, ")");
}

static void put_group(struct writer *writer, const struct eb_regex_node *node)
{
    if (is_captured(writer, node)) {
        writer->number[node->group] = ++writer->number_last;
        put(writer, "(");
    } else {
        put(writer, "(?:");
    }
    put_node(writer, node->body);
    put(writer, ")");
}

/* Look-behind */

enum { VARIES = -1 };

static int64_t fixed_length(const struct eb_regex_node *node);

static int64_t fixed_length_of_choice(const struct eb_regex_node *node)
{
    int64_t length = fixed_length(node->body);
    for (const struct eb_regex_node *child = node->body->next; child; child = child->next) {
        if (fixed_length(child) != length)
            return VARIES;
    }
    return length;
}

static int64_t fixed_length_of_sequence(const struct eb_regex_node *node)
{
    int64_t sum = 0;
    for (const struct eb_regex_node *child = node->body; child; child = child->next) {
        int64_t length = fixed_length(child);
        if (length == VARIES)
            return VARIES;
        sum += length;
    }
    return sum;
}

/* How many code points it always matches, as far as PCRE2 counts, or VARIES. */
static int64_t fixed_length(const struct eb_regex_node *node)
{
    int64_t length = 0;
    switch (node->type) {
    case EB_REGEX_SET: return 1;
    case EB_REGEX_SEQUENCE: length = fixed_length_of_sequence(node); break;
    case EB_REGEX_CHOICE: length = fixed_length_of_choice(node); break;
    case EB_REGEX_GROUP: length = fixed_length(node->body); break;
    case EB_REGEX_REPEAT:
        length = fixed_length(node->body);
        if (node->repeat.min != node->repeat.max)
            return VARIES;
        length = length == VARIES ? VARIES : length * node->repeat.min;
        break;
    case EB_REGEX_REFERENCE: return VARIES;
    case EB_REGEX_LOOK:
    case EB_REGEX_ASSERTION: break;
    }
    return length > PCRE_REPEAT_MAX ? VARIES : length;
}

/* Whether eb_nfa_build() takes it backward, if only it is not too large. */
static bool is_reversible(const struct eb_regex_node *node)
{
    switch (node->type) {
    case EB_REGEX_SET: return !node->set.properties;
    case EB_REGEX_ASSERTION: return node->assertion == EB_REGEX_START;
    case EB_REGEX_REFERENCE:
    case EB_REGEX_LOOK: return false;
    default: break;
    }
    for (const struct eb_regex_node *child = node->body; child; child = child->next) {
        if (!is_reversible(child))
            return false;
    }
    return true;
}

static void put_call_out(struct writer *writer, const struct eb_regex_node *node)
{
    struct eb_pcre_text *out = writer->out;
    if (out->behind_count == EB_PCRE_BEHIND_MAX) {
        fail(writer, node, "so many look-behinds cannot be expressed");
        return;
    }
    out->behind[out->behind_count++] = node;
    put(writer, "(?C%" PRIu32 ")", out->behind_count);
}

static void put_look_behind(struct writer *writer, const struct eb_regex_node *node)
{
    bool is_fixed = fixed_length(node->body) != VARIES;
    if (!is_fixed && !is_reversible(node->body)) {
        fail(writer, node,
            "a look-behind whose length varies cannot be expressed when it holds \\p, \\b, $, a "
            "look-around or a reference");
        return;
    }
    if (!is_fixed) {
        put_call_out(writer, node);
        return;
    }
    put(writer, node->look.is_negated ? "(?<!" : "(?<=");
    put_node(writer, node->body);
    put(writer, ")");
}

static void put_look_ahead(struct writer *writer, const struct eb_regex_node *node)
{
    put(writer, node->look.is_negated ? "(?!" : "(?=");
    put_node(writer, node->body);
    put(writer, ")");
}

static const char *assertion_text(enum eb_regex_assertion assertion)
{
    switch (assertion) {
    case EB_REGEX_START: return "\\A";
    case EB_REGEX_END: return "\\z";
    case EB_REGEX_WORD_EDGE: return "\\b"; /* without PCRE2_UCP: [A-Za-z0-9_] */
    default: return "\\B";
    }
}

static void put_node(struct writer *writer, const struct eb_regex_node *node)
{
    switch (node->type) {
    case EB_REGEX_SET: put_set(writer, &node->set); break;
    case EB_REGEX_SEQUENCE:
        for (const struct eb_regex_node *child = node->body; child; child = child->next)
            put_node(writer, child);
        break;
    case EB_REGEX_CHOICE: put_choice(writer, node); break;
    case EB_REGEX_REPEAT: put_repeat(writer, node); break;
    case EB_REGEX_GROUP: put_group(writer, node); break;
    case EB_REGEX_REFERENCE: put_reference(writer, node); break;
    case EB_REGEX_LOOK:
        if (node->look.is_behind)
            put_look_behind(writer, node);
        else
            put_look_ahead(writer, node);
        break;
    case EB_REGEX_ASSERTION: put(writer, "%s", assertion_text(node->assertion)); break;
    }
}

/* Whether every match begins where the subject does. */
static bool is_anchored(const struct eb_regex_node *node)
{
    switch (node->type) {
    case EB_REGEX_ASSERTION: return node->assertion == EB_REGEX_START;
    case EB_REGEX_SEQUENCE: return node->body && is_anchored(node->body);
    case EB_REGEX_GROUP: return is_anchored(node->body);
    case EB_REGEX_CHOICE:
        for (node = node->body; node; node = node->next) {
            if (!is_anchored(node))
                return false;
        }
        return true;
    default: return false;
    }
}

bool eb_regex_pcre_write(struct eb_pcre_text *out, const struct eb_regex_tree *tree,
    struct eb_arena *arena, struct eb_regex_fault *fault)
{
    struct writer writer = { .tree = tree, .arena = arena, .fault = fault, .out = out };
    out->behind_count = 0;
    writer.number = EB_ARENA_ARRAY(arena, uint32_t, (size_t)tree->group_count + 1);
    if (!writer.number)
        return fail_memory(&writer);
    if (!is_anchored(tree->root))
        put(&writer, "(?s:.)*?");
    put(&writer, "(?:");
    put_node(&writer, tree->root);
    put(&writer, ")");
    out->text = eb_span(writer.text, writer.len);
    return !writer.has_failed;
}
