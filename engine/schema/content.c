#include "base/limits.h"
#include "schema/run.h"
#include "json/base64.h"
#include "json/reader.h"

static bool is_json_text(struct eb_run *run, struct eb_span text)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    enum eb_json_code code = eb_json_read(&doc, text, &eb_json_limits_max, run->arena, &fault);
    if (code == EB_JSON_NO_MEMORY || code == EB_JSON_TOO_LONG || code == EB_JSON_TOO_DEEP)
        eb_run_exceed(run, EB_LIMIT_MEMORY);
    return code == EB_JSON_OK;
}

bool eb_content_check(struct eb_run *run, struct eb_span text, bool is_base64, bool is_json)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    bool passes = true;
    if (is_base64) {
        bool is_exhausted;
        text = eb_base64_decode(text, run->arena, &is_exhausted);
        if (is_exhausted)
            eb_run_exceed(run, EB_LIMIT_MEMORY);
        passes = text.ptr;
    }
    if (passes && is_json)
        passes = is_json_text(run, text);
    eb_arena_rewind(run->arena, mark);
    return passes;
}
