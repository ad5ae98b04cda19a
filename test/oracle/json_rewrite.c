#include "oracle/json_rewrite.h"

#include "json/reader.h"

/* Recursion is bounded by EB_DEPTH_MAX. */
void eb_json_rewrite(
    struct eb_json_writer *writer, const struct eb_doc *doc, uint32_t token, struct eb_arena *arena)
{
    switch (eb_doc_type(doc, token)) {
    case EB_JSON_NULL: eb_json_write_null(writer); return;
    case EB_JSON_FALSE: eb_json_write_bool(writer, false); return;
    case EB_JSON_TRUE: eb_json_write_bool(writer, true); return;
    case EB_JSON_NUMBER: eb_json_write_raw(writer, eb_doc_raw(doc, token)); return;
    case EB_JSON_STRING: eb_json_write_string(writer, eb_doc_string(doc, token, arena)); return;
    case EB_JSON_ARRAY:
        eb_json_open_array(writer);
        EB_DOC_EACH_ELEMENT(doc, token, element)
        {
            eb_json_rewrite(writer, doc, element, arena);
        }
        eb_json_close_array(writer);
        return;
    case EB_JSON_OBJECT:
        eb_json_open_object(writer);
        EB_DOC_EACH_MEMBER(doc, token, name)
        {
            eb_json_write_name(writer, eb_doc_string(doc, name, arena));
            eb_json_rewrite(writer, doc, name + 1, arena);
        }
        eb_json_close_object(writer);
        return;
    }
}

/* The same tape, but for where things stand in their texts. */
static bool is_same_tape(const struct eb_doc *a, const struct eb_doc *b)
{
    if (a->token_count != b->token_count)
        return false;
    for (uint32_t i = 0; i < a->token_count; i++) {
        const struct eb_token *left = &a->tokens[i], *right = &b->tokens[i];
        bool is_string = left->type == EB_JSON_STRING; /* a name's mark is of how it is written */
        if (left->type != right->type || left->next != right->next ||
            (!is_string && left->count != right->count))
            return false;
        if (is_string && !eb_doc_strings_equal(a, i, b, i))
            return false;
        if (left->type == EB_JSON_NUMBER && !eb_span_equal(eb_doc_raw(a, i), eb_doc_raw(b, i)))
            return false;
    }
    return true;
}

bool eb_json_survives_rewriting(struct eb_span text, struct eb_arena *arena)
{
    struct eb_doc before, after;
    struct eb_json_fault fault;
    eb_arena_reset(arena);
    if (eb_json_read(&before, text, &eb_json_limits_max, arena, &fault) != EB_JSON_OK)
        return true;
    /* A control character of one byte is written with six. */
    size_t out_bytes = 6 * text.len;
    char *out = eb_arena_alloc(arena, out_bytes, 1);
    struct eb_json_writer writer;
    eb_json_writer_init(&writer, out, out_bytes);
    eb_json_rewrite(&writer, &before, 0, arena);
    struct eb_span written = eb_json_writer_finish(&writer);
    return written.ptr &&
           eb_json_read(&after, written, &eb_json_limits_max, arena, &fault) == EB_JSON_OK &&
           is_same_tape(&before, &after);
}
