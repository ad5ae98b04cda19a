#include "target/template.h"

#include "json/writer.h"

struct compilation {
    struct eb_template_compiler *compiler;
    struct eb_json_writer writer; /* the literal at hand, in scratch */
    size_t taken;                 /* of what the writer holds, this went into parts already */
    const struct eb_template_part *first, **last;
    bool has_failed;
};

static void fail_memory(struct compilation *c)
{
    eb_diag_add_out_of_memory(c->compiler->diags);
    c->has_failed = true;
}

/* What is written is never longer than its source: a compact copy, with escapes where it had some.
 */
static void begin(struct compilation *c, struct eb_template_compiler *compiler, uint32_t token)
{
    *c = (struct compilation){ .compiler = compiler };
    c->last = &c->first;
    size_t bytes = eb_doc_source(compiler->doc, token).len;
    char *literal = eb_arena_alloc(compiler->scratch, bytes, 1);
    if (!literal)
        fail_memory(c);
    eb_json_writer_init(&c->writer, literal, literal ? bytes : 0);
}

/* Ends the literal at hand with `placeholder`, or, when that is NULL, for good. */
static void add_part(
    struct compilation *c, const struct eb_placeholder *placeholder, bool is_in_string)
{
    if (c->has_failed)
        return;
    size_t written = (size_t)(c->writer.next - c->writer.start);
    struct eb_template_part *part = EB_ARENA_NEW(c->compiler->arena, struct eb_template_part);
    struct eb_span literal =
        eb_arena_copy(c->compiler->arena, eb_span(c->writer.start + c->taken, written - c->taken));
    if (!part || !literal.ptr) {
        fail_memory(c);
        return;
    }
    part->literal = literal;
    part->placeholder = placeholder;
    part->is_in_string = is_in_string;
    *c->last = part;
    c->last = &part->next;
    c->taken = written;
}

static const struct eb_template_part *finish(struct compilation *c)
{
    if (!c->has_failed && (!c->first || c->taken < (size_t)(c->writer.next - c->writer.start)))
        add_part(c, NULL, false);
    return c->has_failed ? NULL : c->first;
}

enum piece_kind {
    LITERAL,
    PLACEHOLDER,
    UNENDED, /* "${" without "}" */
};

struct piece {
    enum piece_kind kind;
    struct eb_span text;
};

static size_t literal_len(struct eb_span text)
{
    size_t len = 1;
    while (len < text.len && text.ptr[len] != '$')
        len++;
    return len;
}

/* The next piece of a template's text, taken off `*rest`; false when nothing is left. */
static bool next_piece(struct eb_span *rest, struct piece *piece)
{
    if (rest->len == 0)
        return false;
    static const struct eb_span opening = EB_SPAN("${"), literal_opening = EB_SPAN("$${");
    size_t taken;
    if (eb_span_starts(*rest, opening)) {
        struct eb_span source = eb_placeholder_find_end(*rest);
        *piece = (struct piece){ source.ptr ? PLACEHOLDER : UNENDED, source.ptr ? source : *rest };
        taken = piece->text.len;
    } else if (eb_span_starts(*rest, literal_opening)) {
        *piece = (struct piece){ LITERAL, eb_span(rest->ptr + 1, 2) };
        taken = 3;
    } else {
        taken = literal_len(*rest);
        *piece = (struct piece){ LITERAL, eb_span(rest->ptr, taken) };
    }
    *rest = eb_span(rest->ptr + taken, rest->len - taken);
    return true;
}

/* NULL after a diagnostic against the string at `token`. */
static const struct eb_placeholder *parse_placeholder(
    struct compilation *c, uint32_t token, struct piece piece)
{
    const struct eb_template_compiler *compiler = c->compiler;
    const char *expected = "'}' at its end";
    const struct eb_placeholder *placeholder = NULL;
    if (piece.kind == PLACEHOLDER)
        placeholder =
            eb_placeholder_parse(piece.text, compiler->arena, compiler->scratch, &expected);
    if (placeholder)
        return placeholder;
    if (!expected) {
        fail_memory(c);
        return NULL;
    }
    c->has_failed = true;
    eb_doc_diag(compiler->diags, EB_ERROR, compiler->doc, token,
        "\"%.*s\" is not a placeholder: expected %s", (int)piece.text.len, piece.text.ptr,
        expected);
    return NULL;
}

static struct eb_span string_value(struct compilation *c, uint32_t token)
{
    struct eb_span text = eb_doc_string(c->compiler->doc, token, c->compiler->scratch);
    if (!text.ptr)
        fail_memory(c);
    return text;
}

const struct eb_template_part *eb_template_compile_text(
    struct eb_template_compiler *compiler, uint32_t token)
{
    struct compilation c;
    begin(&c, compiler, token);
    struct eb_span rest = string_value(&c, token);
    for (struct piece piece; next_piece(&rest, &piece);) {
        if (piece.kind == LITERAL) {
            eb_json_write_bytes(&c.writer, piece.text);
            continue;
        }
        const struct eb_placeholder *placeholder = parse_placeholder(&c, token, piece);
        if (placeholder)
            add_part(&c, placeholder, false);
    }
    return finish(&c);
}

/* The one placeholder that is all of `text`. */
static bool is_whole(struct eb_span text, struct piece *piece)
{
    return next_piece(&text, piece) && piece->kind != LITERAL && text.len == 0;
}

/* A literal ends where a value begins, behind the comma the value needs. */
static void compile_whole(struct compilation *c, uint32_t token, struct piece piece)
{
    eb_json_write_raw(&c->writer, eb_span("", 0));
    const struct eb_placeholder *placeholder = parse_placeholder(c, token, piece);
    if (placeholder)
        add_part(c, placeholder, false);
}

static void compile_string(struct compilation *c, uint32_t token)
{
    struct eb_span rest = string_value(c, token);
    struct piece piece;
    if (is_whole(rest, &piece)) {
        compile_whole(c, token, piece);
        return;
    }
    eb_json_open_string(&c->writer);
    while (next_piece(&rest, &piece)) {
        if (piece.kind == LITERAL) {
            eb_json_write_string_part(&c->writer, piece.text);
            continue;
        }
        const struct eb_placeholder *placeholder = parse_placeholder(c, token, piece);
        if (placeholder)
            add_part(c, placeholder, true);
    }
    eb_json_close_string(&c->writer);
}

/* "$${" is "${" in a name too, so that every name can be written. */
static void compile_name(struct compilation *c, uint32_t token)
{
    struct eb_span rest = string_value(c, token);
    eb_json_open_string(&c->writer);
    for (struct piece piece; next_piece(&rest, &piece);) {
        if (piece.kind == LITERAL) {
            eb_json_write_string_part(&c->writer, piece.text);
            continue;
        }
        c->has_failed = true;
        eb_doc_diag(c->compiler->diags, EB_ERROR, c->compiler->doc, token,
            "a member name may not hold a placeholder; a literal \"${\" is written \"$${\"");
        return;
    }
    eb_json_close_string(&c->writer);
    eb_json_write_bytes(&c->writer, eb_span(":", 1));
    c->writer.needs_comma = false;
}

/* Frames are as many as the document is deep, at most EB_DEPTH_MAX. */
static void compile_value(struct compilation *c, uint32_t token)
{
    const struct eb_doc *doc = c->compiler->doc;
    switch (eb_doc_type(doc, token)) {
    case EB_JSON_OBJECT:
        eb_json_open_object(&c->writer);
        EB_DOC_EACH_MEMBER(doc, token, name)
        {
            compile_name(c, name);
            compile_value(c, name + 1);
        }
        eb_json_close_object(&c->writer);
        break;
    case EB_JSON_ARRAY:
        eb_json_open_array(&c->writer);
        EB_DOC_EACH_ELEMENT(doc, token, element)
        {
            compile_value(c, element);
        }
        eb_json_close_array(&c->writer);
        break;
    case EB_JSON_STRING: compile_string(c, token); break;
    default: eb_json_write_raw(&c->writer, eb_doc_raw(doc, token)); break;
    }
}

const struct eb_template_part *eb_template_compile_json(
    struct eb_template_compiler *compiler, uint32_t token)
{
    struct compilation c;
    begin(&c, compiler, token);
    compile_value(&c, token);
    return finish(&c);
}

bool eb_template_reads_payload(const struct eb_template_part *parts)
{
    for (; parts; parts = parts->next)
        if (parts->placeholder && parts->placeholder->origin == EB_FROM_PAYLOAD)
            return true;
    return false;
}
