#include "bus/lint_template.h"

#include "target/placeholder.h"
#include "topic/filter.h"
#include "json/writer.h"

enum { INDEX_MAX = 64 }; /* of an array in a path that is asked about */

/* A template's pieces: text, or a placeholder. False at the end. */
static bool next_piece(struct eb_span *rest, struct eb_span *piece, bool *is_placeholder)
{
    *is_placeholder = false;
    if (rest->len == 0)
        return false;
    struct eb_span end = { NULL, 0 };
    if (rest->len >= 2 && rest->ptr[0] == '$' && rest->ptr[1] == '{')
        end = eb_placeholder_find_end(*rest);
    size_t len = 1;
    if (end.ptr) {
        *is_placeholder = true;
        len = end.len;
    } else if (rest->len >= 3 && memcmp(rest->ptr, "$${", 3) == 0) {
        len = 3;
    }
    *piece = eb_span(rest->ptr, len);
    *rest = eb_span(rest->ptr + len, rest->len - len);
    return true;
}

struct eb_span eb_lint_template_filter(struct eb_span template, struct eb_arena *arena)
{
    char *filter = eb_arena_alloc(arena, template.len + 1, 1);
    size_t len = 0, level = 0; /* where the level at hand begins */
    bool is_placeholder, is_any = false;
    if (!filter)
        return eb_span(NULL, 0);
    for (struct eb_span piece; next_piece(&template, &piece, &is_placeholder);) {
        if (!is_placeholder && piece.ptr[0] == '/') {
            is_any = false;
            filter[len++] = '/';
            level = len;
            continue;
        }
        if (is_placeholder) {
            is_any = true;
            len = level;
            filter[len++] = '+';
        } else if (!is_any) {
            struct eb_span text =
                piece.len == 3 ? eb_span(piece.ptr + 1, 2) : piece; /* "$${" is "${" */
            memcpy(filter + len, text.ptr, text.len);
            len += text.len;
        }
    }
    return eb_span(filter, len);
}

/* ---- what makes no topic ---- */

/* Opens a schema for each step, up to where the value's own is written; how many objects that is.
 */
static uint32_t open_steps(const struct eb_placeholder *placeholder, struct eb_json_writer *out)
{
    for (uint32_t i = 0; i < placeholder->step_count; i++) {
        const struct eb_step *step = &placeholder->steps[i];
        eb_json_open_object(out);
        eb_json_member_string(out, "type", eb_span_of(step->name.ptr ? "object" : "array"));
        if (step->name.ptr) {
            eb_json_member_array(out, "required");
            eb_json_write_string(out, step->name);
            eb_json_close_array(out);
            eb_json_member_object(out, "properties");
            eb_json_write_name(out, step->name);
            continue;
        }
        eb_json_member_int(out, "minItems", (int64_t)step->index + 1);
        eb_json_member_array(out, "prefixItems");
        for (uint32_t j = 0; j < step->index; j++)
            eb_json_write_bool(out, true);
    }
    return placeholder->step_count;
}

static void close_steps(const struct eb_placeholder *placeholder, struct eb_json_writer *out)
{
    for (uint32_t i = placeholder->step_count; i-- > 0;) {
        if (placeholder->steps[i].name.ptr)
            eb_json_close_object(out);
        else
            eb_json_close_array(out);
        eb_json_close_object(out);
    }
}

/* Values that are there, and fit: all that is left out of this could go into a topic, or is so long
 * or so odd that nobody is bothered with it. */
static void write_fit(
    const struct eb_placeholder *placeholder, bool is_first, struct eb_json_writer *out)
{
    open_steps(placeholder, out);
    eb_json_open_object(out);
    eb_json_write_name(out, eb_span_of("type"));
    eb_json_write_raw(out, eb_span_of("[\"string\",\"number\",\"boolean\"]"));
    eb_json_member_string(out, "pattern",
        eb_span_of(is_first ? "^[^/+#$\\x00-\\x1f][^/+#\\x00-\\x1f]*$" : "^[^/+#\\x00-\\x1f]+$"));
    eb_json_close_object(out);
    close_steps(placeholder, out);
}

static void write_absence(const struct eb_placeholder *placeholder, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_write_name(out, eb_span_of("not"));
    open_steps(placeholder, out);
    eb_json_write_bool(out, true);
    close_steps(placeholder, out);
    eb_json_close_object(out);
}

/* {"type":"object","not":{"anyOf":[fit, absent if there is a default]}} */
static struct eb_span unfit_of(
    const struct eb_placeholder *placeholder, bool is_first, struct eb_arena *arena)
{
    size_t a_step = 256 + (size_t)10 * INDEX_MAX; /* twice, with its index's "true,"s */
    size_t room = 1024 + 16 * placeholder->source.len + placeholder->step_count * a_step;
    char *text = eb_arena_alloc(arena, room, 1);
    struct eb_json_writer out;
    if (!text)
        return eb_span(NULL, 0);
    eb_json_writer_init(&out, text, room);
    eb_json_open_object(&out);
    eb_json_member_string(&out, "type", eb_span_of("object"));
    eb_json_member_object(&out, "not");
    eb_json_member_array(&out, "anyOf");
    write_fit(placeholder, is_first, &out);
    if (placeholder->otherwise.kind != EB_VALUE_MISSING)
        write_absence(placeholder, &out);
    eb_json_close_array(&out);
    eb_json_close_object(&out);
    eb_json_close_object(&out);
    return eb_json_writer_finish(&out);
}

/* ---- placeholders ---- */

static bool can_be_asked_about(const struct eb_placeholder *placeholder)
{
    for (uint32_t i = 0; i < placeholder->step_count; i++) {
        if (!placeholder->steps[i].name.ptr && placeholder->steps[i].index > INDEX_MAX)
            return false;
    }
    return placeholder->origin == EB_FROM_PAYLOAD && placeholder->step_count > 0;
}

static struct eb_span path_of(const struct eb_placeholder *placeholder, struct eb_arena *arena)
{
    char *path = eb_arena_alloc(arena, placeholder->source.len, 1);
    size_t len = 0;
    for (uint32_t i = 0; path && i < placeholder->step_count; i++) {
        struct eb_span name = placeholder->steps[i].name;
        if (!name.ptr)
            return eb_span(NULL, 0);
        if (i)
            path[len++] = '.';
        memcpy(path + len, name.ptr, name.len);
        len += name.len;
    }
    return eb_span(path, len);
}

static const struct eb_lint_placeholder *describe(
    struct eb_span source, bool is_first, struct eb_arena *arena)
{
    const char *expected;
    const struct eb_placeholder *parsed = eb_placeholder_parse(source, arena, arena, &expected);
    if (!parsed || !can_be_asked_about(parsed))
        return NULL;
    struct eb_lint_placeholder *placeholder = EB_ARENA_NEW(arena, struct eb_lint_placeholder);
    if (!placeholder)
        return NULL;
    placeholder->source = source;
    placeholder->path = path_of(parsed, arena);
    placeholder->unfit = unfit_of(parsed, is_first, arena);
    return placeholder->unfit.ptr ? placeholder : NULL;
}

const struct eb_lint_placeholder *eb_lint_template_placeholders(
    struct eb_span template, struct eb_arena *arena)
{
    const struct eb_lint_placeholder *first = NULL, **last = &first;
    const char *start = template.ptr;
    bool is_placeholder;
    for (struct eb_span piece; next_piece(&template, &piece, &is_placeholder);) {
        if (!is_placeholder)
            continue;
        const struct eb_lint_placeholder *one = describe(piece, piece.ptr == start, arena);
        if (!one)
            continue;
        *last = one;
        last = (const struct eb_lint_placeholder **)&one->next;
    }
    return first;
}
