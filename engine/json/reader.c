/*
 * One loop over the text, one token written per value. There is no stack: while a container is
 * open, its token's `next` holds the container around it and its `count` what was counted so far.
 *
 *     {"a":[1,          0 OBJECT count 1 next ⊥      open, in nothing
 *                       1 STRING a
 *                       2 ARRAY  count 1 next 0      open, in token 0
 *                       3 NUMBER 1
 */
#include "json/reader.h"

#include <assert.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"

const struct eb_json_limits eb_json_limits_max = {
    .bytes_max = EB_DOCUMENT_BYTES_MAX,
    .depth_max = EB_DEPTH_MAX,
};

struct reader {
    struct eb_doc doc;
    const unsigned char *start, *next, *end;
    struct eb_token *tokens;
    uint32_t token_count;
    uint32_t open; /* the innermost open container, or EB_NO_TOKEN */
    uint32_t depth, depth_max;
    struct eb_json_fault fault;
};

/* The next byte, or NUL at the end, which means nothing anywhere in JSON. */
static inline unsigned char peek(const struct reader *reader)
{
    return reader->next < reader->end ? *reader->next : '\0';
}

static inline unsigned char skip_space(struct reader *reader)
{
    unsigned char byte;
    while ((byte = peek(reader)) == ' ' || byte == '\n' || byte == '\r' || byte == '\t')
        reader->next++;
    return byte;
}

static bool fail_at(struct reader *reader, enum eb_json_code code, const unsigned char *at)
{
    reader->fault =
        (struct eb_json_fault){ .code = code, .offset = (uint32_t)(at - reader->start) };
    return false;
}

/* The byte at `next` is not what the grammar allows here. */
static bool fail_expecting(struct reader *reader, const char *expected)
{
    bool is_at_end = reader->next == reader->end;
    fail_at(reader, is_at_end ? EB_JSON_TRUNCATED : EB_JSON_SYNTAX, reader->next);
    reader->fault.expected = expected;
    return false;
}

static inline uint32_t add_token(struct reader *reader, enum eb_json_type type, unsigned flags,
    const unsigned char *start, const unsigned char *end)
{
    uint32_t token = reader->token_count++;
    reader->tokens[token] = (struct eb_token){
        .start = (uint32_t)(start - reader->start),
        .len = (uint32_t)(end - start),
        .next = token + 1,
        .type = type,
        .flags = flags & 0xf,
    };
    return token;
}

/* ---- strings (§7) ---- */

static int hex_value(unsigned char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* `next` is behind "\u": four hexadecimal digits into `*unit`. */
static bool read_hex4(struct reader *reader, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, reader->next++) {
        int value = hex_value(peek(reader));
        if (value < 0)
            return fail_expecting(reader, "four hexadecimal digits");
        *unit = *unit << 4 | (uint32_t)value;
    }
    return true;
}

/* `next` is behind "\u": one UTF-16 code unit, or the two of a surrogate pair. */
static bool read_unicode_escape(struct reader *reader, unsigned *flags)
{
    const unsigned char *escape = reader->next - 2;
    uint32_t unit, low;
    if (!read_hex4(reader, &unit))
        return false;
    if (unit >= 0x80)
        *flags |= EB_TOKEN_IS_WIDE;
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    if (unit > 0xdbff || reader->end - reader->next < 2 || reader->next[0] != '\\' ||
        reader->next[1] != 'u')
        return fail_at(reader, EB_JSON_SURROGATE, escape);
    reader->next += 2;
    if (!read_hex4(reader, &low))
        return false;
    return (low >= 0xdc00 && low <= 0xdfff) || fail_at(reader, EB_JSON_SURROGATE, escape);
}

/* `next` is at a backslash. */
static bool read_escape(struct reader *reader, unsigned *flags)
{
    *flags |= EB_TOKEN_IS_ESCAPED;
    reader->next++;
    switch (peek(reader)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': reader->next++; return true;
    case 'u': reader->next++; return read_unicode_escape(reader, flags);
    default: return fail_expecting(reader, "one of \" \\ / b f n r t u");
    }
}

static bool read_wide(struct reader *reader, unsigned *flags)
{
    uint32_t code_point;
    struct eb_span rest = eb_span((const char *)reader->next, (size_t)(reader->end - reader->next));
    size_t len = eb_utf8_decode(rest, &code_point);
    if (len == 0)
        return fail_at(reader, EB_JSON_UTF8, reader->next);
    *flags |= EB_TOKEN_IS_WIDE;
    reader->next += len;
    return true;
}

/* `next` is behind the opening quote. */
static bool read_string(struct reader *reader)
{
    const unsigned char *start = reader->next;
    unsigned flags = 0;
    for (;;) {
        unsigned char byte = peek(reader);
        if (byte == '"')
            break;
        if (byte < 0x20)
            return fail_expecting(reader, reader->next == reader->end
                                              ? "the closing quote"
                                              : "a control character to be escaped");
        if (byte == '\\' ? !read_escape(reader, &flags)
                         : byte >= 0x80 && !read_wide(reader, &flags))
            return false;
        if (byte != '\\' && byte < 0x80)
            reader->next++;
    }
    add_token(reader, EB_JSON_STRING, flags, start, reader->next++);
    return true;
}

/* ---- numbers and literals (§6, §3) ---- */

static bool skip_digits(struct reader *reader)
{
    const unsigned char *first = reader->next;
    while (peek(reader) >= '0' && peek(reader) <= '9')
        reader->next++;
    return reader->next > first || fail_expecting(reader, "a digit");
}

static bool read_number(struct reader *reader)
{
    const unsigned char *start = reader->next;
    unsigned flags = EB_TOKEN_IS_INTEGER;
    if (peek(reader) == '-')
        reader->next++;
    if (peek(reader) == '0')
        reader->next++; /* and a digit behind it is no longer part of this number */
    else if (!skip_digits(reader))
        return false;
    if (peek(reader) == '.') {
        flags = 0;
        reader->next++;
        if (!skip_digits(reader))
            return false;
    }
    if (peek(reader) == 'e' || peek(reader) == 'E') {
        flags = 0;
        reader->next++;
        if (peek(reader) == '+' || peek(reader) == '-')
            reader->next++;
        if (!skip_digits(reader))
            return false;
    }
    add_token(reader, EB_JSON_NUMBER, flags, start, reader->next);
    return true;
}

static bool read_literal(struct reader *reader, const char *literal, enum eb_json_type type)
{
    const unsigned char *start = reader->next;
    for (const char *letter = literal; *letter; letter++, reader->next++) {
        if (peek(reader) != (unsigned char)*letter)
            return fail_expecting(reader, literal);
    }
    add_token(reader, type, 0, start, reader->next);
    return true;
}

/* ---- duplicate names ---- */

/*
 * A hash table of the names, thrown away at once. It lies behind the last token, where
 * eb_json_read_bytes() left room. The hash is keyed: no sender can make names collide on purpose.
 */
static bool check_names(struct reader *reader, uint32_t object)
{
    uint32_t count = reader->tokens[object].count;
    if (count < 2)
        return true;
    uint32_t slot_count = 4;
    while (slot_count < 2 * count)
        slot_count *= 2;
    uint32_t *slots = (uint32_t *)(reader->tokens + reader->token_count);
    memset(slots, 0, slot_count * sizeof *slots);
    EB_DOC_EACH_MEMBER(&reader->doc, object, name)
    {
        uint64_t hash = eb_doc_string_hash(&reader->doc, name, eb_hash_key());
        uint32_t slot = (uint32_t)hash & (slot_count - 1);
        for (; slots[slot]; slot = (slot + 1) & (slot_count - 1)) {
            if (eb_doc_strings_equal(&reader->doc, slots[slot], &reader->doc, name))
                return fail_at(
                    reader, EB_JSON_DUPLICATE_NAME, reader->start + reader->tokens[name].start - 1);
        }
        slots[slot] = name; /* never 0: that is the whole document */
    }
    return true;
}

/* ---- containers and the loop (§4, §5) ---- */

static bool is_object_open(const struct reader *reader)
{
    return reader->tokens[reader->open].type == EB_JSON_OBJECT;
}

static bool open_container(struct reader *reader, enum eb_json_type type)
{
    if (reader->depth == reader->depth_max)
        return fail_at(reader, EB_JSON_TOO_DEEP, reader->next);
    reader->depth++;
    uint32_t token = add_token(reader, type, 0, reader->next, reader->next);
    reader->tokens[token].next = reader->open;
    reader->open = token;
    reader->next++;
    return true;
}

/* `next` is at the closing bracket. */
static bool close_container(struct reader *reader)
{
    struct eb_token *token = &reader->tokens[reader->open];
    uint32_t object = reader->open;
    reader->next++;
    reader->depth--;
    reader->open = token->next;
    token->next = reader->token_count;
    token->len = (uint32_t)(reader->next - reader->start) - token->start;
    return token->type != EB_JSON_OBJECT || check_names(reader, object);
}

static bool closes(const struct reader *reader, unsigned char byte)
{
    return byte == (is_object_open(reader) ? '}' : ']');
}

static bool read_name(struct reader *reader)
{
    if (skip_space(reader) != '"')
        return fail_expecting(reader, "a member name in double quotes");
    reader->next++;
    if (!read_string(reader))
        return false;
    if (skip_space(reader) != ':')
        return fail_expecting(reader, "':'");
    reader->next++;
    return true;
}

/* Up to where the next value begins, inside the innermost container. */
static bool begin_child(struct reader *reader)
{
    reader->tokens[reader->open].count++;
    return !is_object_open(reader) || read_name(reader);
}

/* One whole scalar, or the opening of a container. */
static bool begin_value(struct reader *reader)
{
    switch (skip_space(reader)) {
    case '{': return open_container(reader, EB_JSON_OBJECT);
    case '[': return open_container(reader, EB_JSON_ARRAY);
    case '"': reader->next++; return read_string(reader);
    case 't': return read_literal(reader, "true", EB_JSON_TRUE);
    case 'f': return read_literal(reader, "false", EB_JSON_FALSE);
    case 'n': return read_literal(reader, "null", EB_JSON_NULL);
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
    case '9': return read_number(reader);
    default: return fail_expecting(reader, "a value");
    }
}

/* The whole value: all containers opened are closed again. */
static bool read_value(struct reader *reader)
{
    for (;;) {
        uint32_t around = reader->open;
        if (!begin_value(reader))
            return false;
        if (reader->open != around && !closes(reader, skip_space(reader))) {
            if (!begin_child(reader))
                return false;
            continue;
        }
        /* A value is complete, and with it maybe the containers around it. */
        while (reader->open != EB_NO_TOKEN && closes(reader, skip_space(reader))) {
            if (!close_container(reader))
                return false;
        }
        if (reader->open == EB_NO_TOKEN)
            return true;
        if (peek(reader) != ',')
            return fail_expecting(reader, is_object_open(reader) ? "',' or '}'" : "',' or ']'");
        reader->next++;
        if (!begin_child(reader))
            return false;
    }
}

static bool read_text(struct reader *reader)
{
    skip_space(reader);
    if (reader->next == reader->end)
        return fail_at(reader, EB_JSON_EMPTY, reader->next);
    if (!read_value(reader))
        return false;
    skip_space(reader);
    return reader->next == reader->end || fail_at(reader, EB_JSON_TRAILING, reader->next);
}

/*
 * Tokens take at least two bytes of text each ("1,"), but for the first and one for every open
 * container. A member takes at least five ("\"\":1,") for its two tokens and for at most 16 bytes,
 * the size of one more, in its object's table of names: three tokens in five bytes are the worst.
 */
static size_t tokens_max(size_t text_len, uint32_t depth_max)
{
    return text_len / 2 + text_len / 8 + depth_max + 4;
}

size_t eb_json_read_bytes(size_t text_len, const struct eb_json_limits *limits)
{
    return tokens_max(text_len, limits->depth_max) * sizeof(struct eb_token) +
           _Alignof(struct eb_token);
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
        arena, tokens_max(text.len, limits->depth_max) * sizeof *tokens, _Alignof(struct eb_token));
    if (!tokens) {
        fault->code = EB_JSON_NO_MEMORY;
        return fault->code;
    }
    const unsigned char *start = (const unsigned char *)text.ptr;
    struct reader reader = {
        .doc = { .text = text.ptr, .tokens = tokens },
        .start = start,
        .next = start,
        .end = start + text.len,
        .tokens = tokens,
        .open = EB_NO_TOKEN,
        .depth_max = limits->depth_max,
    };
    bool is_read = read_text(&reader);
    *fault = reader.fault;
    eb_arena_shrink(arena, tokens + (is_read ? reader.token_count : 0));
    *doc = (struct eb_doc){
        .text = text.ptr,
        .text_len = (uint32_t)text.len,
        .token_count = reader.token_count,
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
