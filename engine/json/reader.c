/*
 * One loop over the text, one token written per value, and a stack of the containers that are open:
 *
 *     {"a":[1,          tape    0 OBJECT            levels    [1] object 0, 1 member
 *                               1 STRING a                    [2] array 2, 1 element
 *                               2 ARRAY
 *                               3 NUMBER 1
 *
 * Functions that read take the place where they begin and return the place behind what they read,
 * or NULL after a fault. What is rare is out of line and knows nothing of the tape, so that the
 * compiler keeps the tape in registers.
 *
 * All of it is compiled twice. Nearly every text ends in the bracket that ends its value: such a
 * text is *closed*, and its last byte stops whoever reads where something else belongs. Only behind
 * a closing bracket, which may be that last byte, must the reader ask whether the text has ended.
 * Of any other text it asks at every byte.
 */
#include "json/reader.h"

#include <assert.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "json/mark.h"
#include "json/names.h"
#include "json/scan.h"

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define HOT static inline __attribute__((always_inline))
#define RARE __attribute__((noinline, cold))

const struct eb_json_limits eb_json_limits_max = {
    .bytes_max = EB_DOCUMENT_BYTES_MAX,
    .depth_max = EB_DEPTH_MAX,
};

/* The text, and what is wrong with it. */
struct source {
    const unsigned char *start, *end;
    struct eb_scan scan;
    struct eb_json_fault fault;
};

enum { TOKEN_ALIGN = 16 }; /* so that no token lies across two cache lines */

enum {
    MARK_WORDS = 4,
    MARK_SHIFT = EB_MARK_BITS - 8, /* leaves 8 bits: one of 4 × 64 */
};

_Static_assert(1 << (EB_MARK_BITS - MARK_SHIFT) == MARK_WORDS * 64, "every mark has a bit");

/* An array or object that is open. */
struct level {
    uint32_t container;         /* its token */
    uint32_t child_count;       /* elements or members up to now */
    unsigned char closer;       /* the bracket that ends it */
    bool may_repeat;            /* object: two names might be the same */
    uint64_t marks[MARK_WORDS]; /* object: of the names up to now, see note_mark() */
};

/* What has been written, and what is still open. */
struct tape {
    bool is_closed; /* a constant to the compiler */
    struct eb_token *tokens;
    uint32_t count;
    struct level *level; /* the innermost; at the bottom nothing is open */
    struct level *bottom, *top;
};

/* The byte at `at`, or NUL at the end, which means nothing anywhere in JSON. */
HOT unsigned char peek(const struct source *source, const unsigned char *at)
{
    return LIKELY(at < source->end) ? *at : '\0';
}

static RARE const unsigned char *fail(
    struct source *source, enum eb_json_code code, const unsigned char *at)
{
    source->fault.code = code;
    source->fault.offset = (uint32_t)(at - source->start);
    return NULL;
}

/* The byte at `at` is not what the grammar allows here. */
static RARE const unsigned char *fail_expecting(
    struct source *source, const char *expected, const unsigned char *at)
{
    source->fault.expected = expected;
    return fail(source, at == source->end ? EB_JSON_TRUNCATED : EB_JSON_SYNTAX, at);
}

static __attribute__((noinline)) const unsigned char *skip_space(
    const struct source *source, const unsigned char *at)
{
    while (at < source->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* The same where a closed text cannot have ended: not behind a closing bracket. */
HOT unsigned char look(
    const struct source *source, const struct tape *tape, const unsigned char *at)
{
    return tape->is_closed ? *at : peek(source, at);
}

/* Moves `*at` to the next byte that is not white space and returns it, NUL at the end. */
HOT unsigned char seek(
    const struct source *source, const struct tape *tape, const unsigned char **at)
{
    unsigned char byte = look(source, tape, *at);
    if (LIKELY(byte > ' '))
        return byte; /* devices send compact JSON */
    *at = skip_space(source, *at);
    return look(source, tape, *at);
}

/* Moves `*at` to the next byte that is not white space: is it `wanted`? */
HOT bool seek_to(const struct source *source, const struct tape *tape, const unsigned char **at,
    unsigned char wanted)
{
    unsigned char byte = look(source, tape, *at);
    if (LIKELY(byte == wanted))
        return true;
    return byte <= ' ' && seek(source, tape, at) == wanted;
}

/* ---- the tape ---- */

HOT void add_counted(struct tape *tape, const struct source *source, enum eb_json_type type,
    unsigned flags, const unsigned char *start, const unsigned char *end, uint32_t count)
{
    struct eb_token *token = &tape->tokens[tape->count++];
    token->start = (uint32_t)(start - source->start);
    token->len = (uint32_t)(end - start);
    token->next = tape->count;
    token->type = type;
    token->flags = flags & 0xf;
    token->count = count & 0xffffff;
}

HOT void add_token(struct tape *tape, const struct source *source, enum eb_json_type type,
    unsigned flags, const unsigned char *start, const unsigned char *end)
{
    add_counted(tape, source, type, flags, start, end, 0);
}

/* `at` is at the opening bracket. */
HOT void open_container(struct tape *tape, const struct source *source, const unsigned char *at)
{
    bool is_object = *at == '{';
    *++tape->level = (struct level){
        .container = tape->count,
        .closer = is_object ? '}' : ']',
    };
    add_token(tape, source, is_object ? EB_JSON_OBJECT : EB_JSON_ARRAY, 0, at, at);
}

/* `end` is behind the closing bracket. */
HOT void close_container(struct tape *tape, const struct source *source, const unsigned char *end)
{
    struct eb_token *token = &tape->tokens[tape->level->container];
    token->len = (uint32_t)(end - source->start) - token->start;
    token->next = tape->count;
    token->count = tape->level->child_count & 0xffffff;
    tape->level--;
}

/* ---- strings (§7) ---- */

static int hex_value(unsigned char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* From behind "\u": four hexadecimal digits into `*unit`. */
static const unsigned char *read_hex4(
    struct source *source, const unsigned char *at, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, at++) {
        int value = hex_value(peek(source, at));
        if (value < 0)
            return fail_expecting(source, "four hexadecimal digits", at);
        *unit = *unit << 4 | (uint32_t)value;
    }
    return at;
}

/* From "\u": one UTF-16 code unit, or the two of a surrogate pair. */
static const unsigned char *read_unicode_escape(
    struct source *source, const unsigned char *at, unsigned *flags)
{
    uint32_t unit, low;
    const unsigned char *next = read_hex4(source, at + 2, &unit);
    if (!next)
        return NULL;
    if (unit >= 0x80)
        *flags |= EB_TOKEN_IS_WIDE;
    if (unit < 0xd800 || unit > 0xdfff)
        return next;
    if (unit > 0xdbff || peek(source, next) != '\\' || peek(source, next + 1) != 'u')
        return fail(source, EB_JSON_SURROGATE, at);
    next = read_hex4(source, next + 2, &low);
    if (next && (low < 0xdc00 || low > 0xdfff))
        return fail(source, EB_JSON_SURROGATE, at);
    return next;
}

/* From the backslash. */
static const unsigned char *read_escape(
    struct source *source, const unsigned char *at, unsigned *flags)
{
    *flags |= EB_TOKEN_IS_ESCAPED;
    switch (peek(source, at + 1)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at + 2;
    case 'u': return read_unicode_escape(source, at, flags);
    default: return fail_expecting(source, "one of \" \\ / b f n r t u", at + 1);
    }
}

/* From a byte beyond ASCII; where one is, more follow. */
static const unsigned char *read_wide(
    struct source *source, const unsigned char *at, unsigned *flags)
{
    *flags |= EB_TOKEN_IS_WIDE;
    do {
        uint32_t code_point;
        struct eb_span rest = eb_span((const char *)at, (size_t)(source->end - at));
        size_t len = eb_utf8_decode(rest, &code_point);
        if (len == 0)
            return fail(source, EB_JSON_UTF8, at);
        at += len;
    } while (peek(source, at) >= 0x80);
    return at;
}

/* Where a string ends, and what the reader noticed on the way. */
struct string_end {
    const unsigned char *at; /* the closing quote; NULL after a fault */
    unsigned flags;
};

/* From the first byte that does not stand for itself. */
static __attribute__((noinline)) struct string_end find_string_end(
    struct source *source, const unsigned char *at)
{
    struct string_end end = { .at = at };
    while (end.at && peek(source, end.at) != '"') {
        unsigned char byte = peek(source, end.at);
        if (end.at >= source->scan.end)
            end.at = fail_expecting(source, "the closing quote", source->end);
        else if (byte < 0x20)
            end.at = fail_expecting(source, "a control character to be escaped", end.at);
        else if (byte == '\\')
            end.at = read_escape(source, end.at, &end.flags);
        else
            end.at = read_wide(source, end.at, &end.flags);
        if (end.at)
            end.at = eb_scan_find(&source->scan, end.at);
    }
    return end;
}

/* From behind the opening quote, as all that reads strings. */
HOT const unsigned char *read_string(
    struct source *source, struct tape *tape, const unsigned char *start)
{
    const unsigned char *at = eb_scan_find(&source->scan, start);
    if (LIKELY(look(source, tape, at) == '"')) {
        add_token(tape, source, EB_JSON_STRING, 0, start, at);
        return at + 1;
    }
    struct string_end end = find_string_end(source, at);
    if (!end.at)
        return NULL;
    add_token(tape, source, EB_JSON_STRING, end.flags, start, end.at);
    return end.at + 1;
}

/* ---- numbers and literals (§6, §3) ---- */

HOT const unsigned char *read_digits(
    struct source *source, const struct tape *tape, const unsigned char *at)
{
    const unsigned char *end = eb_scan_digits(at, source->end, !tape->is_closed);
    return LIKELY(end > at) ? end : fail_expecting(source, "a digit", at);
}

static const unsigned char *read_exponent(struct source *source, const unsigned char *at)
{
    unsigned char sign = peek(source, at + 1);
    const unsigned char *digits = at + 1 + (sign == '+' || sign == '-');
    const unsigned char *end = eb_scan_digits(digits, source->end, true);
    return end > digits ? end : fail_expecting(source, "a digit", digits);
}

HOT const unsigned char *read_number(
    struct source *source, struct tape *tape, const unsigned char *start)
{
    unsigned flags = EB_TOKEN_IS_INTEGER;
    const unsigned char *at = start + (*start == '-');
    /* A digit behind a leading zero is no longer part of the number. */
    at = look(source, tape, at) == '0' ? at + 1 : read_digits(source, tape, at);
    if (at && look(source, tape, at) == '.') {
        flags = 0;
        at = read_digits(source, tape, at + 1);
    }
    if (at && (look(source, tape, at) | 0x20) == 'e') {
        flags = 0;
        at = read_exponent(source, at);
    }
    if (at)
        add_token(tape, source, EB_JSON_NUMBER, flags, start, at);
    return at;
}

static RARE const unsigned char *fail_literal(
    struct source *source, const char *literal, const unsigned char *at)
{
    for (const char *letter = literal; peek(source, at) == (unsigned char)*letter; letter++)
        at++;
    return fail_expecting(source, literal, at);
}

HOT const unsigned char *read_literal(struct source *source, struct tape *tape,
    const unsigned char *at, enum eb_json_type type, const char *literal, size_t len)
{
    if ((size_t)(source->end - at) < len || memcmp(at, literal, len) != 0)
        return fail_literal(source, literal, at);
    add_token(tape, source, type, 0, at, at + len);
    return at + len;
}

/* Some editors put a mark in front that nobody sees (RFC 8259 §8.1: it must not be there). */
static const char *value_expected_at(const struct source *source, const unsigned char *at)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t len = sizeof mark - 1;
    bool is_marked =
        at == source->start && (size_t)(source->end - at) >= len && memcmp(at, mark, len) == 0;
    return is_marked ? "a value, not a byte order mark" : "a value";
}

HOT const unsigned char *read_scalar(
    struct source *source, struct tape *tape, const unsigned char *at)
{
    switch (look(source, tape, at)) {
    case '"': return read_string(source, tape, at + 1);
    case 't': return read_literal(source, tape, at, EB_JSON_TRUE, "true", 4);
    case 'f': return read_literal(source, tape, at, EB_JSON_FALSE, "false", 5);
    case 'n': return read_literal(source, tape, at, EB_JSON_NULL, "null", 4);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return read_number(source, tape, at);
    default: return fail_expecting(source, value_expected_at(source, at), at);
    }
}

/* ---- arrays and objects (§4, §5) ---- */

/*
 * Two names that are the same as written have the same mark; so as long as every name finds its
 * mark's bit unset, all are different. Otherwise, or when a name is written with escapes, the names
 * have to be compared when the object ends.
 */
HOT void note_mark(struct level *level, uint32_t mark)
{
    uint32_t index = mark >> MARK_SHIFT;
    uint64_t bit = UINT64_C(1) << index % 64, *word = &level->marks[index / 64];
    if (*word & bit)
        level->may_repeat = true;
    *word |= bit;
}

HOT uint32_t mark_of(
    const struct source *source, const unsigned char *first, const unsigned char *end)
{
    const char *name = (const char *)first;
    size_t len = (size_t)(end - first);
    bool is_readable = source->end - first >= 8;
    return LIKELY(is_readable) ? eb_mark_readable(name, len) : eb_mark_of(eb_span(name, len));
}

HOT const unsigned char *read_name(
    struct source *source, struct tape *tape, const unsigned char *start)
{
    struct string_end end = { .at = eb_scan_find(&source->scan, start) };
    if (look(source, tape, end.at) != '"') {
        end = find_string_end(source, end.at);
        if (!end.at)
            return NULL;
        tape->level->may_repeat |= end.flags & EB_TOKEN_IS_ESCAPED;
    }
    uint32_t mark = mark_of(source, start, end.at);
    add_counted(tape, source, EB_JSON_STRING, end.flags, start, end.at, mark);
    note_mark(tape->level, mark);
    return end.at + 1;
}

/* Up to where the next value begins, inside the innermost container. */
HOT const unsigned char *begin_child(
    struct source *source, struct tape *tape, const unsigned char *at)
{
    tape->level->child_count++;
    if (tape->level->closer == ']')
        return at;
    if (!seek_to(source, tape, &at, '"'))
        return fail_expecting(source, "a member name in double quotes", at);
    at = read_name(source, tape, at + 1);
    if (!at)
        return NULL;
    if (!seek_to(source, tape, &at, ':'))
        return fail_expecting(source, "':'", at);
    return at + 1;
}

static __attribute__((noinline)) bool are_names_different(
    struct source *source, struct eb_token *tokens, uint32_t object, uint32_t token_count)
{
    struct eb_doc doc = { .text = (const char *)source->start, .tokens = tokens };
    uint32_t name = eb_names_find_repeated(&doc, object, tokens + token_count);
    if (name == EB_NO_TOKEN)
        return true;
    fail(source, EB_JSON_DUPLICATE_NAME, source->start + tokens[name].start - 1);
    return false;
}

/* `at` is at the closing bracket of the innermost container. */
HOT const unsigned char *end_container(
    struct source *source, struct tape *tape, const unsigned char *at)
{
    uint32_t closed = tape->level->container;
    bool may_repeat = tape->level->may_repeat;
    close_container(tape, source, at + 1);
    if (may_repeat && !are_names_different(source, tape->tokens, closed, tape->count))
        return NULL;
    return at + 1;
}

HOT bool is_opener(unsigned char byte)
{
    return byte == '{' || byte == '[';
}

static RARE const unsigned char *fail_expecting_closer(
    struct source *source, unsigned char closer, const unsigned char *at)
{
    return fail_expecting(source, closer == '}' ? "',' or '}'" : "',' or ']'", at);
}

/*
 * A value is complete, and with it perhaps the container around it, and so on: up to the comma
 * before the next one, or behind the last.
 */
HOT const unsigned char *end_containers(
    struct source *source, struct tape *tape, const unsigned char *at)
{
    do {
        if (look(source, tape, at) != tape->level->closer)
            return fail_expecting_closer(source, tape->level->closer, at);
        at = end_container(source, tape, at);
        if (!at || tape->level == tape->bottom)
            return at;
        if (tape->is_closed && at == source->end)
            return fail_expecting_closer(source, tape->level->closer, at);
    } while (!seek_to(source, tape, &at, ','));
    return at;
}

/* An array or object, whole: when this returns, all containers opened are closed again. */
HOT const unsigned char *read_container(
    struct source *source, struct tape *tape, const unsigned char *at)
{
    for (;;) {
        if (seek_to(source, tape, &at, '"')) {
            at = read_string(source, tape, at + 1);
        } else if (is_opener(look(source, tape, at))) {
            if (tape->level == tape->top)
                return fail(source, EB_JSON_TOO_DEEP, at);
            open_container(tape, source, at++);
            if (!seek_to(source, tape, &at, tape->level->closer)) {
                at = begin_child(source, tape, at);
                if (!at)
                    return NULL;
                continue;
            }
        } else {
            at = read_scalar(source, tape, at);
        }
        if (!at)
            return NULL;
        if (!seek_to(source, tape, &at, ',')) {
            at = end_containers(source, tape, at);
            if (!at || tape->level == tape->bottom)
                return at;
        }
        at = begin_child(source, tape, at + 1);
        if (!at)
            return NULL;
    }
}

HOT uint32_t read_text(struct source *source, struct eb_token *tokens, struct level *levels,
    uint32_t depth_max, bool is_closed)
{
    struct tape tape = {
        .is_closed = is_closed,
        .tokens = tokens,
        .level = levels,
        .bottom = levels,
        .top = levels + depth_max,
    };
    const unsigned char *at = skip_space(source, source->start);
    if (at == source->end) {
        fail(source, EB_JSON_EMPTY, at);
        return 0;
    }
    at = is_opener(*at) ? read_container(source, &tape, at) : read_scalar(source, &tape, at);
    if (!at)
        return 0;
    at = skip_space(source, at);
    if (at != source->end)
        fail(source, EB_JSON_TRAILING, at);
    return tape.count;
}

static __attribute__((noinline)) uint32_t read_open_text(
    struct source *source, struct eb_token *tokens, uint32_t depth_max)
{
    struct level levels[EB_DEPTH_MAX + 1];
    eb_scan_init(&source->scan, source->start, source->end);
    return read_text(source, tokens, levels, depth_max, false);
}

/* The scan must not run past the bracket either: a string that reaches it has no end. */
static __attribute__((noinline)) uint32_t read_closed_text(
    struct source *source, struct eb_token *tokens, uint32_t depth_max)
{
    struct level levels[EB_DEPTH_MAX + 1];
    eb_scan_init(&source->scan, source->start, source->end - 1);
    return read_text(source, tokens, levels, depth_max, true);
}

static bool is_closed(struct eb_span text)
{
    return text.len && (text.ptr[text.len - 1] == '}' || text.ptr[text.len - 1] == ']');
}

/*
 * Tokens take at least two bytes of text each ("1,"), but for the first and one for every open
 * container. A member takes at least five ("\"\":1,") for its two tokens and for its share of the
 * scratch memory, the size of one more: three tokens in five bytes are the worst.
 */
static size_t tokens_max(size_t text_len, uint32_t depth_max)
{
    return text_len / 2 + text_len / 8 + depth_max + 4;
}

_Static_assert(EB_NAMES_SCRATCH_BYTES <= sizeof(struct eb_token), "as the reckoning above says");

size_t eb_json_read_bytes(size_t text_len, const struct eb_json_limits *limits)
{
    return tokens_max(text_len, limits->depth_max) * sizeof(struct eb_token) + TOKEN_ALIGN;
}

enum eb_json_code eb_json_read(struct eb_doc *doc, struct eb_span text,
    const struct eb_json_limits *limits, struct eb_arena *arena, struct eb_json_fault *fault)
{
    assert(limits->bytes_max <= EB_DOCUMENT_BYTES_MAX && limits->depth_max <= EB_DEPTH_MAX);
    *fault = (struct eb_json_fault){ .code = EB_JSON_OK };
    if (text.len > limits->bytes_max) {
        *fault = (struct eb_json_fault){ .code = EB_JSON_TOO_LONG, .offset = limits->bytes_max };
        return fault->code;
    }
    struct eb_token *tokens = eb_arena_alloc(
        arena, tokens_max(text.len, limits->depth_max) * sizeof *tokens, TOKEN_ALIGN);
    if (!tokens) {
        fault->code = EB_JSON_NO_MEMORY;
        return fault->code;
    }
    /* An empty payload is NULL, to which C does not let even zero be added (C11 6.5.6). */
    const unsigned char *start = (const unsigned char *)(text.ptr ? text.ptr : "");
    struct source source = { .start = start, .end = start + text.len };
    uint32_t count = is_closed(text) ? read_closed_text(&source, tokens, limits->depth_max)
                                     : read_open_text(&source, tokens, limits->depth_max);
    *fault = source.fault;
    eb_arena_shrink(arena, tokens + (fault->code == EB_JSON_OK ? count : 0));
    *doc = (struct eb_doc){
        .text = text.ptr,
        .text_len = (uint32_t)text.len,
        .token_count = count,
        .tokens = tokens,
        .first_line = 1,
    };
    return fault->code;
}

const char *eb_json_code_text(enum eb_json_code code)
{
    static const char *const texts[] = {
        [EB_JSON_OK] = "well-formed JSON",
        [EB_JSON_EMPTY] = "there is no JSON value",
        [EB_JSON_SYNTAX] = "not JSON",
        [EB_JSON_UTF8] = "not valid UTF-8",
        [EB_JSON_SURROGATE] = "a \\u escape is one half of a surrogate pair",
        [EB_JSON_DUPLICATE_NAME] = "a member name appears twice",
        [EB_JSON_TRAILING] = "something follows the JSON value",
        [EB_JSON_TRUNCATED] = "the JSON text ends too early",
        [EB_JSON_TOO_LONG] = "the JSON text is too long",
        [EB_JSON_TOO_DEEP] = "arrays and objects are nested too deep",
        [EB_JSON_NO_MEMORY] = "not enough memory to read the JSON text",
    };
    return texts[code];
}

bool eb_json_read_file(struct eb_doc *doc, struct eb_span text, const char *name,
    uint32_t first_line, struct eb_arena *arena, struct eb_diag_list *diags)
{
    struct eb_json_fault fault;
    enum eb_json_code code = eb_json_read(doc, text, &eb_json_limits_max, arena, &fault);
    doc->name = name;
    doc->first_line = first_line;
    if (code == EB_JSON_OK)
        return true;
    if (code == EB_JSON_NO_MEMORY) {
        eb_diag_add_out_of_memory(diags);
        return false;
    }
    struct eb_place place = { .file = name };
    struct eb_doc unread = { .text = text.ptr, .first_line = first_line };
    eb_doc_offset_position(&unread, fault.offset, &place.line, &place.column);
    eb_diag_add(diags, EB_ERROR, place, "%s%s%s", eb_json_code_text(code),
        fault.expected ? ": expected " : "", fault.expected ? fault.expected : "");
    return false;
}
