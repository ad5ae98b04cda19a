#include "base/limits.h"
#include "schema/run.h"
#include "json/reader.h"

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648 §4; ptr is NULL when the text is not that. Not longer than the text. */
static struct eb_span base64_decode(struct eb_span text, char *out)
{
    size_t padding = 0, len = 0;
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=')
        padding++;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.len - padding; i++) {
        int value = base64_value(text.ptr[i]);
        if (value < 0)
            return eb_span(NULL, 0);
        bits = bits << 6 | (uint32_t)value;
        if (i % 4)
            out[len++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    return text.len % 4 ? eb_span(NULL, 0) : eb_span(out, len);
}

static bool is_json_text(struct eb_run *run, struct eb_span text)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    enum eb_json_code code = eb_json_read(&doc, text, &eb_json_limits_max, run->arena, &fault);
    if (code == EB_JSON_NO_MEMORY || code == EB_JSON_TOO_LONG || code == EB_JSON_TOO_DEEP)
        run->limit = EB_LIMIT_MEMORY;
    return code == EB_JSON_OK;
}

bool eb_content_check(struct eb_run *run, struct eb_span text, bool is_base64, bool is_json)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    bool passes = true;
    if (is_base64) {
        char *room = eb_arena_alloc(run->arena, text.len + 1, 1);
        if (room)
            text = base64_decode(text, room);
        else
            run->limit = EB_LIMIT_MEMORY;
        passes = room && text.ptr;
    }
    if (passes && is_json)
        passes = is_json_text(run, text);
    eb_arena_rewind(run->arena, mark);
    return passes;
}
