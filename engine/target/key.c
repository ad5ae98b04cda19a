#include "target/key.h"

#include <stdio.h>

#include "target/template.h"
#include "json/unescape.h"

struct eb_key {
    const struct eb_template_part *parts;
};

/* ---- compiling ---- */

static bool is_made_by_the_bus(const struct eb_placeholder *placeholder)
{
    return placeholder->origin == EB_FROM_EVENT_ID || placeholder->origin == EB_FROM_RECEIVED ||
           placeholder->origin == EB_FROM_RULE_NAME;
}

static bool check_parts(const struct eb_template_compiler *compiler, uint32_t token,
    const struct eb_template_part *part)
{
    for (; part; part = part->next) {
        if (!part->placeholder || !is_made_by_the_bus(part->placeholder))
            continue;
        struct eb_span source = part->placeholder->source;
        eb_doc_diag(compiler->diags, EB_ERROR, compiler->doc, token,
            "\"%.*s\" is not of the event: expected a path in the payload or below $mqtt",
            (int)source.len, source.ptr);
        return false;
    }
    return true;
}

const struct eb_key *eb_key_compile(const struct eb_doc *doc, uint32_t token,
    struct eb_arena *arena, struct eb_arena *scratch, struct eb_diag_list *diags)
{
    struct eb_template_compiler compiler = {
        .doc = doc, .arena = arena, .scratch = scratch, .diags = diags
    };
    struct eb_key *key = EB_ARENA_NEW(arena, struct eb_key);
    if (!key) {
        eb_diag_add_out_of_memory(diags);
        return NULL;
    }
    key->parts = eb_template_compile_text(&compiler, token);
    return key->parts && check_parts(&compiler, token, key->parts) ? key : NULL;
}

bool eb_key_is_literal(const struct eb_key *key)
{
    return !key->parts->placeholder;
}

/* ---- rendering ---- */

struct output {
    char *next, *end;
};

static void add(struct output *out, struct eb_span bytes)
{
    size_t room = (size_t)(out->end - out->next);
    size_t len = bytes.len < room ? bytes.len : room;
    if (len)
        memcpy(out->next, bytes.ptr, len);
    out->next += len;
}

static enum eb_render_code add_value(struct output *out, struct eb_value value)
{
    if (value.kind == EB_VALUE_TEXT) {
        add(out, value.text);
        return EB_RENDER_OK;
    }
    if (value.kind != EB_VALUE_ESCAPED)
        return value.kind == EB_VALUE_MISSING ? EB_RENDER_MISSING : EB_RENDER_NOT_TEXT;
    struct eb_unescape pieces = eb_unescape(value.text);
    for (struct eb_span piece; (piece = eb_unescape_next(&pieces)).ptr;)
        add(out, piece);
    return EB_RENDER_OK;
}

enum eb_render_code eb_key_render(const struct eb_key *key, const struct eb_render *render,
    char *out, size_t out_bytes, size_t *len, struct eb_render_fault *fault)
{
    struct output output = { out, out + out_bytes };
    *fault = (struct eb_render_fault){ .code = EB_RENDER_OK };
    for (const struct eb_template_part *part = key->parts; part; part = part->next) {
        add(&output, part->literal);
        if (!part->placeholder)
            continue;
        fault->code = add_value(&output, eb_placeholder_value(part->placeholder, render));
        fault->placeholder = part->placeholder->source;
        if (fault->code != EB_RENDER_OK)
            break;
    }
    *len = (size_t)(output.next - out);
    return fault->code;
}

/* ---- hashing ---- */

/* The number of bytes added; 0 for what is no text. */
static uint64_t hash_value(struct eb_hasher *hasher, const struct eb_value *value)
{
    uint64_t len = 0;
    struct eb_unescape pieces;
    switch (value->kind) {
    case EB_VALUE_TEXT:
    case EB_VALUE_SCALAR:
        eb_hasher_add(hasher, value->text.ptr, value->text.len);
        return value->text.len;
    case EB_VALUE_ESCAPED:
        pieces = eb_unescape(value->text);
        for (struct eb_span piece; (piece = eb_unescape_next(&pieces)).ptr; len += piece.len)
            eb_hasher_add(hasher, piece.ptr, piece.len);
        return len;
    default: return 0;
    }
}

/* Behind every value stands its length: with as many values as the key has, read from the end. */
bool eb_key_hash(const struct eb_key *key, const struct eb_render *render, struct eb_hasher *hasher)
{
    for (const struct eb_template_part *part = key->parts; part; part = part->next) {
        eb_hasher_add_counted(hasher, part->literal.ptr, part->literal.len);
        if (!part->placeholder)
            continue;
        struct eb_span source = part->placeholder->source;
        struct eb_value value = eb_placeholder_value(part->placeholder, render);
        uint64_t len = hash_value(hasher, &value);
        if (len == 0)
            return false;
        eb_hasher_add(hasher, &len, sizeof len);
        eb_hasher_add_counted(hasher, source.ptr, source.len);
    }
    return true;
}

/* ---- pointing ---- */

static const struct eb_placeholder *find_placeholder(
    const struct eb_template_part *part, struct eb_span source)
{
    for (; part; part = part->next) {
        if (part->placeholder && (!source.ptr || eb_span_equal(part->placeholder->source, source)))
            return part->placeholder;
    }
    return NULL;
}

/* RFC 6901 §3. */
static char *write_name(char *out, struct eb_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        bool is_special = name.ptr[i] == '~' || name.ptr[i] == '/';
        *out++ = is_special ? '~' : name.ptr[i];
        if (is_special)
            *out++ = name.ptr[i] == '~' ? '0' : '1';
    }
    return out;
}

struct eb_span eb_key_pointer(
    const struct eb_key *key, struct eb_span source, struct eb_arena *arena)
{
    enum { INDEX_BYTES = 12 };
    const struct eb_placeholder *placeholder = find_placeholder(key->parts, source);
    if (!placeholder || placeholder->origin != EB_FROM_PAYLOAD)
        return eb_span("", 0);
    size_t bytes = 0;
    for (uint32_t i = 0; i < placeholder->step_count; i++)
        bytes += INDEX_BYTES + 2 * placeholder->steps[i].name.len;
    char *text = eb_arena_alloc(arena, bytes, 1), *next = text;
    if (!text)
        return eb_span(NULL, 0);
    for (uint32_t i = 0; i < placeholder->step_count; i++) {
        const struct eb_step *step = &placeholder->steps[i];
        *next++ = '/';
        if (step->name.ptr)
            next = write_name(next, step->name);
        else
            next += sprintf(next, "%u", step->index);
    }
    return eb_span(text, (size_t)(next - text));
}
