#include "cloudevents/view.h"

#include <assert.h>

#include "json/mark.h"
#include "json/names.h"

void eb_view_begin(
    struct eb_view *view, struct eb_arena *arena, uint32_t token_max, uint32_t member_max)
{
    *view = (struct eb_view){ .room = token_max + 1 };
    /* Behind the tokens, room to compare names in. */
    struct eb_token *tokens = eb_arena_alloc(
        arena, ((size_t)view->room + member_max) * sizeof *tokens, _Alignof(struct eb_token));
    if (!tokens)
        return;
    view->tokens = tokens;
    view->scratch = member_max ? tokens + view->room : NULL;
    eb_json_writer_init_arena(&view->out, arena);
    eb_json_open_object(&view->out);
    view->tokens[view->count++] = (struct eb_token){ .type = EB_JSON_OBJECT };
}

_Static_assert(EB_NAMES_SCRATCH_BYTES <= sizeof(struct eb_token), "a token for each member");

static uint32_t position(const struct eb_view *view)
{
    return (uint32_t)(view->out.next - view->out.start);
}

static void add_token(struct eb_view *view, struct eb_token token)
{
    assert(view->count < view->room);
    token.next = view->count + 1;
    view->tokens[view->count++] = token;
}

/* Whatever is escaped may be beyond ASCII. */
static unsigned flags_of(struct eb_span written)
{
    unsigned flags = 0;
    for (size_t i = 0; i < written.len; i++) {
        if (written.ptr[i] == '\\')
            flags |= EB_TOKEN_IS_ESCAPED | EB_TOKEN_IS_WIDE;
        else if ((unsigned char)written.ptr[i] >= 0x80)
            flags |= EB_TOKEN_IS_WIDE;
    }
    return flags;
}

/* As a value, or as a member's name, which is marked. */
static void put_string(struct eb_view *view, struct eb_span text, bool is_name)
{
    eb_json_open_string(&view->out);
    uint32_t start = position(view);
    eb_json_write_string_part(&view->out, text);
    uint32_t len = position(view) - start;
    eb_json_close_string(&view->out);
    struct eb_span written = eb_span("", 0);
    if (!view->out.is_overflown)
        written = eb_span(view->out.start + start, len);
    add_token(view, (struct eb_token){
                        .start = start,
                        .len = len,
                        .type = EB_JSON_STRING,
                        .flags = flags_of(written) & 0xf,
                        .count = is_name ? eb_mark_of(written) & 0xffffff : 0,
                    });
}

static void put_name(struct eb_view *view, struct eb_span name)
{
    view->tokens[0].count++;
    put_string(view, name, true);
    eb_json_write_bytes(&view->out, eb_span_of(":"));
    view->out.needs_comma = false;
}

/* The tokens of a value move with its text. */
static void put_tree(struct eb_view *view, const struct eb_doc *doc, uint32_t token)
{
    struct eb_span source = eb_doc_source(doc, token);
    uint32_t end = doc->tokens[token].next, shift = view->count - token;
    bool needs_comma = view->out.needs_comma;
    assert(view->count + (end - token) <= view->room);
    uint32_t start = position(view) + needs_comma;
    eb_json_write_raw(&view->out, source);
    uint32_t moved = start - (uint32_t)(source.ptr - doc->text);
    for (uint32_t i = token; i < end; i++) {
        struct eb_token *to = &view->tokens[view->count++];
        *to = doc->tokens[i];
        to->start += moved;
        to->next += shift;
    }
}

void eb_view_put_text(struct eb_view *view, struct eb_span name, struct eb_span value)
{
    if (!view->tokens)
        return;
    put_name(view, name);
    put_string(view, value, false);
}

void eb_view_put_base64(struct eb_view *view, struct eb_span name, struct eb_span bytes)
{
    if (!view->tokens)
        return;
    put_name(view, name);
    uint32_t start = position(view) + 1;
    eb_json_write_base64(&view->out, bytes);
    add_token(view, (struct eb_token){
                        .start = start,
                        .len = position(view) - start - 1,
                        .type = EB_JSON_STRING,
                    });
}

void eb_view_put_value(
    struct eb_view *view, struct eb_span name, const struct eb_doc *doc, uint32_t token)
{
    if (!view->tokens)
        return;
    put_name(view, name);
    put_tree(view, doc, token);
}

static void put_members_name(struct eb_view *view, const struct eb_doc *doc, uint32_t name)
{
    view->tokens[0].count++;
    put_tree(view, doc, name);
    eb_json_write_bytes(&view->out, eb_span_of(":"));
    view->out.needs_comma = false;
}

void eb_view_put_member(struct eb_view *view, const struct eb_doc *doc, uint32_t name)
{
    if (!view->tokens)
        return;
    put_members_name(view, doc, name);
    put_tree(view, doc, name + 1);
}

void eb_view_put_member_text(
    struct eb_view *view, const struct eb_doc *doc, uint32_t name, struct eb_span value)
{
    if (!view->tokens)
        return;
    put_members_name(view, doc, name);
    put_string(view, value, false);
}

bool eb_view_end(struct eb_view *view, struct eb_doc *doc, uint32_t *repeated)
{
    if (!view->tokens)
        return false;
    eb_json_close_object(&view->out);
    struct eb_span text = eb_json_writer_finish(&view->out);
    if (!text.ptr)
        return false;
    view->tokens[0].len = (uint32_t)text.len;
    view->tokens[0].next = view->count;
    *doc = (struct eb_doc){
        .text = text.ptr,
        .text_len = (uint32_t)text.len,
        .token_count = view->count,
        .tokens = view->tokens,
        .first_line = 1,
    };
    *repeated = view->scratch ? eb_names_find_repeated(doc, 0, view->scratch) : EB_NO_TOKEN;
    return true;
}
