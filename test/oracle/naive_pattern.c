#include "oracle/naive_pattern.h"

#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "pattern/address.h"
#include "pattern/comparable.h"
#include "text/fold.h"

enum {
    WAY_FIELDS_MAX = 32,
    WAYS_MAX = 512,
    NESTING_MAX = 32,
    PATH_BYTES_MAX = 512,
};

/* One field of one way: its name with dots, and the array of its alternatives. */
struct way_field {
    struct eb_span path;
    uint32_t array;
};

struct way {
    struct way_field fields[WAY_FIELDS_MAX];
    size_t count;
};

struct naive_pattern {
    const struct eb_doc *doc;
    bool reads_payload;
    struct way **ways;
    size_t way_count;
};

/* In which element of which array. */
struct membership {
    uint32_t array, index;
};

struct naive_field {
    struct eb_span path;
    enum eb_json_type type;
    struct eb_span text; /* a string's value, a number's literal */
    struct membership memberships[NESTING_MAX];
    size_t depth;
    struct naive_field *next;
};

struct naive_event {
    bool has_payload;
    struct naive_field *fields;
};

/* What no payload can spell begins the paths of the message. */
static const char message_mark[] = "\x01";

static void *get(struct eb_arena *arena, size_t size)
{
    void *memory = eb_arena_calloc(arena, 1, size, 8);
    if (!memory)
        abort();
    return memory;
}

static struct eb_span join(struct eb_span path, struct eb_span name, struct eb_arena *arena)
{
    if (!path.ptr)
        return name;
    char *text = get(arena, path.len + 1 + name.len);
    memcpy(text, path.ptr, path.len);
    text[path.len] = '.';
    memcpy(text + path.len + 1, name.ptr, name.len);
    return eb_span(text, path.len + 1 + name.len);
}

/* ---- ways ---- */

static const struct eb_span none = { NULL, 0 };

static bool is_operator(const struct eb_doc *doc, uint32_t name)
{
    static const char *const operators[] = { "exactly", "prefix", "suffix", "equals-ignore-case",
        "wildcard", "anything-but", "numeric", "exists", "cidr" };
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (eb_doc_string_is(doc, name, eb_span_of(operators[i])))
            return true;
    }
    return false;
}

static bool is_or(const struct eb_doc *doc, uint32_t name)
{
    uint32_t value = name + 1;
    if (!eb_doc_string_is(doc, name, eb_span_of("$or")) ||
        eb_doc_type(doc, value) != EB_JSON_ARRAY || doc->tokens[value].count < 2)
        return false;
    EB_DOC_EACH_ELEMENT(doc, value, branch)
    {
        if (eb_doc_type(doc, branch) != EB_JSON_OBJECT || is_operator(doc, branch + 1))
            return false;
    }
    return true;
}

struct ways {
    struct way *list[WAYS_MAX];
    size_t count;
};

static struct ways *copy_ways(const struct ways *ways, struct eb_arena *arena)
{
    struct ways *copy = get(arena, sizeof *copy);
    copy->count = ways->count;
    for (size_t i = 0; i < ways->count; i++) {
        copy->list[i] = get(arena, sizeof(struct way));
        *copy->list[i] = *ways->list[i];
    }
    return copy;
}

static void put_field(struct way *way, struct eb_span path, uint32_t array)
{
    for (size_t i = 0; i < way->count; i++) {
        if (eb_span_equal(way->fields[i].path, path)) {
            way->fields[i].array = array;
            return;
        }
    }
    if (way->count == WAY_FIELDS_MAX)
        abort();
    way->fields[way->count++] = (struct way_field){ path, array };
}

static void expand(const struct eb_doc *doc, struct eb_span path, uint32_t object,
    struct ways *ways, struct eb_arena *arena)
{
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        if (is_or(doc, name)) {
            struct ways *before = copy_ways(ways, arena);
            ways->count = 0;
            EB_DOC_EACH_ELEMENT(doc, name + 1, branch)
            {
                struct ways *inner = copy_ways(before, arena);
                expand(doc, path, branch, inner, arena);
                if (ways->count + inner->count > WAYS_MAX)
                    abort();
                memcpy(ways->list + ways->count, inner->list, inner->count * sizeof(struct way *));
                ways->count += inner->count;
            }
            continue;
        }
        struct eb_span inner = join(path, eb_doc_string(doc, name, arena), arena);
        if (eb_doc_type(doc, name + 1) == EB_JSON_OBJECT) {
            expand(doc, inner, name + 1, ways, arena);
            continue;
        }
        for (size_t i = 0; i < ways->count; i++)
            put_field(ways->list[i], inner, name + 1);
    }
}

/* "$mqtt.topic" becomes the mark and ".topic". */
static void mark_message(
    struct naive_pattern *pattern, struct way_field *field, struct eb_arena *arena)
{
    static const struct eb_span prefix = EB_SPAN("$mqtt.");
    if (eb_span_starts(field->path, prefix))
        field->path = join(eb_span_of(message_mark),
            eb_span(field->path.ptr + prefix.len, field->path.len - prefix.len), arena);
    else
        pattern->reads_payload = true;
}

struct naive_pattern *naive_pattern_of(const struct eb_doc *doc, struct eb_arena *arena)
{
    struct naive_pattern *pattern = get(arena, sizeof *pattern);
    struct ways *ways = get(arena, sizeof *ways);
    ways->list[ways->count++] = get(arena, sizeof(struct way));
    expand(doc, none, 0, ways, arena);
    pattern->doc = doc;
    pattern->ways = ways->list;
    pattern->way_count = ways->count;
    for (size_t i = 0; i < ways->count; i++) {
        for (size_t j = 0; j < ways->list[i]->count; j++)
            mark_message(pattern, &ways->list[i]->fields[j], arena);
    }
    return pattern;
}

size_t naive_way_count(const struct naive_pattern *pattern)
{
    return pattern->way_count;
}

/* ---- events ---- */

struct flattening {
    const struct eb_doc *doc;
    struct eb_arena *arena;
    struct naive_event *event;
    struct naive_field **last;
};

static void add_field(struct flattening *flattening, const struct naive_field *field)
{
    struct naive_field *copy = get(flattening->arena, sizeof *copy);
    *copy = *field;
    *flattening->last = copy;
    flattening->last = &copy->next;
}

static void flatten(struct flattening *flattening, struct naive_field at, uint32_t token)
{
    const struct eb_doc *doc = flattening->doc;
    uint32_t index = 0;
    at.type = eb_doc_type(doc, token);
    switch (at.type) {
    case EB_JSON_OBJECT:
        EB_DOC_EACH_MEMBER(doc, token, name)
        {
            struct naive_field inner = at;
            inner.path =
                join(at.path, eb_doc_string(doc, name, flattening->arena), flattening->arena);
            flatten(flattening, inner, name + 1);
        }
        return;
    case EB_JSON_ARRAY:
        EB_DOC_EACH_ELEMENT(doc, token, element)
        {
            struct naive_field inner = at;
            if (eb_doc_type(doc, element) >= EB_JSON_ARRAY) {
                assert(at.depth < NESTING_MAX);
                inner.memberships[inner.depth++] = (struct membership){ token, index };
            }
            index++;
            flatten(flattening, inner, element);
        }
        return;
    case EB_JSON_STRING: at.text = eb_doc_string(doc, token, flattening->arena); break;
    default: at.text = eb_doc_raw(doc, token); break;
    }
    add_field(flattening, &at);
}

static void add_message_field(
    struct flattening *flattening, const char *name, enum eb_json_type type, struct eb_span text)
{
    struct naive_field field = { .type = type, .text = text };
    field.path = join(eb_span_of(message_mark), eb_span_of(name), flattening->arena);
    if (text.ptr)
        add_field(flattening, &field);
}

static void flatten_message(struct flattening *flattening, const struct eb_message *message)
{
    static const char *const digits[] = { "0", "1", "2" };
    add_message_field(flattening, "topic", EB_JSON_STRING, message->topic);
    add_message_field(flattening, "clientid", EB_JSON_STRING, message->client_id);
    add_message_field(flattening, "username", EB_JSON_STRING, message->username);
    add_message_field(flattening, "qos", EB_JSON_NUMBER, eb_span_of(digits[message->qos]));
    add_message_field(flattening, "retain", message->is_retain ? EB_JSON_TRUE : EB_JSON_FALSE,
        eb_span_of(message->is_retain ? "true" : "false"));
    size_t start = 0;
    for (size_t i = 0; i <= message->topic.len; i++) {
        if (i < message->topic.len && message->topic.ptr[i] != '/')
            continue;
        add_message_field(
            flattening, "level", EB_JSON_STRING, eb_span(message->topic.ptr + start, i - start));
        start = i + 1;
    }
}

struct naive_event *naive_event_of(
    const struct eb_doc *doc, const struct eb_message *message, struct eb_arena *arena)
{
    struct naive_event *event = get(arena, sizeof *event);
    struct flattening flattening = { doc, arena, event, &event->fields };
    event->has_payload = eb_doc_type(doc, 0) == EB_JSON_OBJECT;
    if (event->has_payload)
        flatten(&flattening, (struct naive_field){ .depth = 0 }, 0);
    flatten_message(&flattening, message);
    return event;
}

/* ---- alternatives ---- */

struct testing {
    const struct eb_doc *doc; /* the pattern's */
    const struct naive_field *field;
    struct eb_arena *arena;
};

static bool numbers_equal(struct eb_span a, struct eb_span b)
{
    double x, y;
    if (eb_comparable_of(a, &x) && eb_comparable_of(b, &y))
        return x == y;
    return eb_span_equal(a, b);
}

static bool equals(const struct testing *testing, uint32_t wanted)
{
    enum eb_json_type type = eb_doc_type(testing->doc, wanted);
    if (type != testing->field->type)
        return false;
    if (type == EB_JSON_STRING)
        return eb_doc_string_is(testing->doc, wanted, testing->field->text);
    return type != EB_JSON_NUMBER ||
           numbers_equal(eb_doc_raw(testing->doc, wanted), testing->field->text);
}

static struct eb_span fold(struct eb_span text, struct eb_arena *arena)
{
    char *out = get(arena, 2 * text.len + 1);
    size_t len = 0;
    for (size_t at = 0, step; at < text.len; at += step) {
        uint32_t code_point;
        step = eb_utf8_decode(eb_span(text.ptr + at, text.len - at), &code_point);
        assert(step);
        len += eb_utf8_encode(eb_fold_code_point(code_point), out + len);
    }
    return eb_span(out, len);
}

static bool ends_with(struct eb_span text, struct eb_span suffix)
{
    return text.len >= suffix.len &&
           memcmp(text.ptr + text.len - suffix.len, suffix.ptr, suffix.len) == 0;
}

/* The pattern from byte `p` on, the text from byte `t` on. */
static bool like(struct eb_span pattern, size_t p, struct eb_span text, size_t t)
{
    if (p == pattern.len)
        return t == text.len;
    if (pattern.ptr[p] == '*') {
        for (; t <= text.len; t++) {
            if (like(pattern, p + 1, text, t))
                return true;
        }
        return false;
    }
    if (pattern.ptr[p] == '\\')
        p++;
    return t < text.len && pattern.ptr[p] == text.ptr[t] && like(pattern, p + 1, text, t + 1);
}

enum affix {
    WHOLE,
    PREFIX,
    SUFFIX,
    WILDCARD,
};

/* `operand` is a string, or { "equals-ignore-case": a string }. */
static bool text_matches(
    const struct testing *testing, enum affix affix, bool ignores_case, uint32_t operand)
{
    if (testing->field->type != EB_JSON_STRING)
        return false;
    if (eb_doc_type(testing->doc, operand) == EB_JSON_OBJECT)
        return text_matches(testing, affix, true, operand + 2);
    struct eb_span wanted = eb_doc_string(testing->doc, operand, testing->arena);
    struct eb_span got = testing->field->text;
    if (ignores_case) {
        wanted = fold(wanted, testing->arena);
        got = fold(got, testing->arena);
    }
    switch (affix) {
    case WHOLE: return eb_span_equal(got, wanted);
    case PREFIX: return eb_span_starts(got, wanted);
    case SUFFIX: return ends_with(got, wanted);
    case WILDCARD: return like(wanted, 0, got, 0);
    }
    return false;
}

static bool in_numeric(const struct testing *testing, uint32_t array)
{
    double got, bound;
    if (testing->field->type != EB_JSON_NUMBER || !eb_comparable_of(testing->field->text, &got))
        return false;
    for (uint32_t sign = array + 1; sign < testing->doc->tokens[array].next; sign += 2) {
        struct eb_span word = eb_doc_raw(testing->doc, sign);
        if (!eb_comparable_of(eb_doc_raw(testing->doc, sign + 1), &bound))
            abort();
        bool may_be_less = word.ptr[0] == '<', may_be_more = word.ptr[0] == '>';
        bool may_equal = word.ptr[word.len - 1] == '=';
        if (!((may_be_less && got < bound) || (may_be_more && got > bound) ||
                (may_equal && got == bound)))
            return false;
    }
    return true;
}

static bool in_cidr(const struct testing *testing, struct eb_span text)
{
    struct eb_block block;
    struct eb_address address;
    if (testing->field->type != EB_JSON_STRING || !eb_address_parse(testing->field->text, &address))
        return false;
    if (!eb_block_parse(text, &block))
        abort();
    return eb_block_holds(&block, &address);
}

static bool operation_holds(const struct testing *testing, struct eb_span word, uint32_t operand);

/* One operand, or any of an array of them. */
static bool any_operation_holds(
    const struct testing *testing, struct eb_span word, uint32_t operand)
{
    if (eb_doc_type(testing->doc, operand) != EB_JSON_ARRAY)
        return operation_holds(testing, word, operand);
    EB_DOC_EACH_ELEMENT(testing->doc, operand, element)
    {
        if (operation_holds(testing, word, element))
            return true;
    }
    return false;
}

static bool anything_but(const struct testing *testing, uint32_t operand)
{
    const struct eb_doc *doc = testing->doc;
    if (eb_doc_type(doc, operand) == EB_JSON_OBJECT)
        return !any_operation_holds(testing, eb_doc_raw(doc, operand + 1), operand + 2);
    return !any_operation_holds(testing, eb_span_of("="), operand);
}

static bool operation_holds(const struct testing *testing, struct eb_span word, uint32_t operand)
{
    if (eb_span_is(word, "=")) /* not an operator of patterns: what anything-but lists */
        return equals(testing, operand);
    if (eb_span_is(word, "exactly"))
        return equals(testing, operand);
    if (eb_span_is(word, "prefix"))
        return text_matches(testing, PREFIX, false, operand);
    if (eb_span_is(word, "suffix"))
        return text_matches(testing, SUFFIX, false, operand);
    if (eb_span_is(word, "equals-ignore-case"))
        return text_matches(testing, WHOLE, true, operand);
    if (eb_span_is(word, "wildcard"))
        return text_matches(testing, WILDCARD, false, operand);
    if (eb_span_is(word, "numeric"))
        return in_numeric(testing, operand);
    if (eb_span_is(word, "cidr"))
        return in_cidr(testing, eb_doc_string(testing->doc, operand, testing->arena));
    if (eb_span_is(word, "anything-but"))
        return anything_but(testing, operand);
    if (eb_span_is(word, "exists"))
        return eb_doc_type(testing->doc, operand) == EB_JSON_TRUE;
    abort();
}

/* A plain string that is an address equals every spelling of it. */
static bool plain_string_holds(const struct testing *testing, uint32_t token)
{
    struct eb_address wanted, got;
    if (!eb_address_parse(eb_doc_string(testing->doc, token, testing->arena), &wanted))
        return equals(testing, token);
    return testing->field->type == EB_JSON_STRING && eb_address_parse(testing->field->text, &got) &&
           memcmp(&wanted, &got, sizeof wanted) == 0;
}

static bool holds(const struct testing *testing, uint32_t array)
{
    EB_DOC_EACH_ELEMENT(testing->doc, array, token)
    {
        bool is_good;
        switch (eb_doc_type(testing->doc, token)) {
        case EB_JSON_OBJECT:
            is_good = operation_holds(testing, eb_doc_raw(testing->doc, token + 1), token + 2);
            break;
        case EB_JSON_STRING: is_good = plain_string_holds(testing, token); break;
        default: is_good = equals(testing, token); break;
        }
        if (is_good)
            return true;
    }
    return false;
}

static bool asks_for_absence(const struct eb_doc *doc, uint32_t array)
{
    EB_DOC_EACH_ELEMENT(doc, array, token)
    {
        if (eb_doc_type(doc, token) == EB_JSON_OBJECT &&
            eb_doc_string_is(doc, token + 1, eb_span_of("exists")) &&
            eb_doc_type(doc, token + 2) == EB_JSON_FALSE)
            return true;
    }
    return false;
}

/* ---- choosing ---- */

struct choosing {
    const struct naive_pattern *pattern;
    const struct naive_event *event;
    const struct way *way;
    struct eb_arena *arena;
    const struct naive_field *chosen[WAY_FIELDS_MAX]; /* NULL: absent */
};

static bool agree(const struct naive_field *a, const struct naive_field *b)
{
    for (size_t i = 0; i < a->depth; i++) {
        for (size_t j = 0; j < b->depth; j++) {
            if (a->memberships[i].array == b->memberships[j].array &&
                a->memberships[i].index != b->memberships[j].index)
                return false;
        }
    }
    return true;
}

static bool agrees_with_chosen(
    const struct choosing *choosing, const struct naive_field *field, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (choosing->chosen[i] && !agree(choosing->chosen[i], field))
            return false;
    }
    return true;
}

static bool absences_hold(const struct choosing *choosing)
{
    for (size_t i = 0; i < choosing->way->count; i++) {
        if (choosing->chosen[i])
            continue;
        const struct naive_field *field = choosing->event->fields;
        for (; field; field = field->next) {
            if (eb_span_equal(field->path, choosing->way->fields[i].path) &&
                agrees_with_chosen(choosing, field, choosing->way->count))
                return false;
        }
    }
    return true;
}

static bool choose(struct choosing *choosing, size_t count)
{
    if (count == choosing->way->count)
        return absences_hold(choosing);
    const struct way_field *wanted = &choosing->way->fields[count];
    const struct naive_field *field = choosing->event->fields;
    for (; field; field = field->next) {
        struct testing testing = { choosing->pattern->doc, field, choosing->arena };
        if (!eb_span_equal(field->path, wanted->path) || !holds(&testing, wanted->array) ||
            !agrees_with_chosen(choosing, field, count))
            continue;
        choosing->chosen[count] = field;
        if (choose(choosing, count + 1))
            return true;
    }
    choosing->chosen[count] = NULL;
    return asks_for_absence(choosing->pattern->doc, wanted->array) && choose(choosing, count + 1);
}

bool naive_match(
    const struct naive_pattern *pattern, const struct naive_event *event, struct eb_arena *arena)
{
    if (pattern->reads_payload && !event->has_payload)
        return false;
    struct choosing choosing = { .pattern = pattern, .event = event, .arena = arena };
    for (size_t i = 0; i < pattern->way_count; i++) {
        choosing.way = pattern->ways[i];
        if (choose(&choosing, 0))
            return true;
    }
    return false;
}
