/*
 * compile_scalar.c - keywords about one value: its type, which values, how large, how long, what
 * form (2020-12 validation §6.1 to §6.3, §7, §8).
 */
#include "schema/compile.h"

/* ---- type, enum, const ---- */

struct type_row {
    struct eb_span name;
    uint32_t kinds;
};

static const struct type_row types[] = {
    { EB_SPAN("array"), EB_KINDS_ARRAY },
    { EB_SPAN("boolean"), EB_KINDS_BOOLEAN },
    { EB_SPAN("integer"), 1 << EB_KIND_INTEGER },
    { EB_SPAN("null"), 1 << EB_KIND_NULL },
    { EB_SPAN("number"), EB_KINDS_NUMBER },
    { EB_SPAN("object"), EB_KINDS_OBJECT },
    { EB_SPAN("string"), EB_KINDS_STRING },
};

static uint32_t kinds_of_type(struct eb_view *view, uint32_t token)
{
    if (eb_doc_type(view->doc, token) == EB_JSON_STRING) {
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            if (eb_doc_string_is(view->doc, token, types[i].name))
                return types[i].kinds;
        }
    }
    eb_view_error(view, token,
        "\"type\": expected \"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\" "
        "or \"string\"");
    return EB_KINDS_ALL;
}

/*
 * 1.0 is an integer (draft 6 validation §4.2, and since); in draft 4 it is not, there an integer is
 * a number written without fraction (draft 4 core §3.5).
 */
static void check_integral(struct eb_view *view, uint32_t *kinds)
{
    bool is_integer_only = (*kinds & EB_KINDS_NUMBER) == 1 << EB_KIND_INTEGER;
    if (!is_integer_only || view->resource->dialect->draft == EB_DRAFT_4)
        return;
    *kinds |= 1 << EB_KIND_DECIMAL;
    eb_view_check(view, EB_KEYWORD_TYPE,
        (struct eb_op){ .code = EB_OP_INTEGRAL, .kinds = 1 << EB_KIND_DECIMAL });
}

static void compile_type(struct eb_view *view)
{
    uint32_t type = view->values[EB_KEYWORD_TYPE];
    if (type == EB_NO_TOKEN)
        return;
    uint32_t kinds = 0;
    if (eb_doc_type(view->doc, type) == EB_JSON_ARRAY) {
        EB_DOC_EACH_ELEMENT(view->doc, type, element)
        kinds |= kinds_of_type(view, element);
    } else {
        kinds = kinds_of_type(view, type);
    }
    uint32_t written = kinds;
    check_integral(view, &kinds);
    if (kinds != EB_KINDS_ALL)
        eb_view_check(view, EB_KEYWORD_TYPE,
            (struct eb_op){
                .code = EB_OP_TYPE, .kinds = (uint8_t)~kinds, .a = kinds, .b = written });
}

static void compile_value_set(
    struct eb_view *view, enum eb_keyword keyword, const uint32_t *tokens, uint32_t count)
{
    const struct eb_value_set *set =
        eb_value_set_new(view->doc, tokens, count, view->compiler->library->arena);
    if (!set) {
        view->compiler->is_out_of_memory = true;
        return;
    }
    eb_view_check(
        view, keyword, (struct eb_op){ .code = EB_OP_VALUES, .kinds = EB_KINDS_ALL, .at = set });
}

static void compile_enum(struct eb_view *view)
{
    uint32_t list = eb_view_value(view, EB_KEYWORD_ENUM, EB_JSON_ARRAY);
    if (list == EB_NO_TOKEN)
        return;
    uint32_t *tokens = EB_VIEW_ARRAY(view, uint32_t, view->doc->tokens[list].count);
    uint32_t count = 0;
    EB_DOC_EACH_ELEMENT(view->doc, list, element)
    {
        if (tokens)
            tokens[count++] = element;
    }
    if (tokens)
        compile_value_set(view, EB_KEYWORD_ENUM, tokens, count);
}

void eb_compile_values(struct eb_view *view)
{
    compile_type(view);
    uint32_t value = view->values[EB_KEYWORD_CONST];
    uint32_t *tokens = value == EB_NO_TOKEN ? NULL : EB_VIEW_ARRAY(view, uint32_t, 1);
    if (tokens) {
        *tokens = value;
        compile_value_set(view, EB_KEYWORD_CONST, tokens, 1);
    }
    compile_enum(view);
}

/* ---- numbers ---- */

/* In draft 4 `exclusiveMinimum` is a flag beside `minimum`; from draft 6 on it is a bound itself.
 */
static void check_bound(struct eb_view *view, enum eb_keyword keyword, bool is_max, bool excludes)
{
    uint32_t value = eb_view_value(view, keyword, EB_JSON_NUMBER);
    if (value == EB_NO_TOKEN)
        return;
    struct eb_number_range *range = EB_VIEW_ARRAY(view, struct eb_number_range, 1);
    if (!range)
        return;
    struct eb_number bound = eb_number_of(eb_doc_raw(view->doc, value));
    if (is_max)
        *range =
            (struct eb_number_range){ .max = bound, .has_max = true, .excludes_max = excludes };
    else
        *range =
            (struct eb_number_range){ .min = bound, .has_min = true, .excludes_min = excludes };
    eb_view_check(view, keyword,
        (struct eb_op){ .code = EB_OP_RANGE, .kinds = EB_KINDS_NUMBER, .a = value, .at = range });
}

static void compile_bounds(struct eb_view *view)
{
    if (view->resource->dialect->draft == EB_DRAFT_4) {
        bool excludes_min = eb_view_flag(view, EB_KEYWORD_EXCLUSIVE_MINIMUM);
        bool excludes_max = eb_view_flag(view, EB_KEYWORD_EXCLUSIVE_MAXIMUM);
        check_bound(view, EB_KEYWORD_MINIMUM, false, excludes_min);
        check_bound(view, EB_KEYWORD_MAXIMUM, true, excludes_max);
        return;
    }
    check_bound(view, EB_KEYWORD_MINIMUM, false, false);
    check_bound(view, EB_KEYWORD_EXCLUSIVE_MINIMUM, false, true);
    check_bound(view, EB_KEYWORD_MAXIMUM, true, false);
    check_bound(view, EB_KEYWORD_EXCLUSIVE_MAXIMUM, true, true);
}

static void compile_multiple(struct eb_view *view)
{
    uint32_t value = eb_view_value(view, EB_KEYWORD_MULTIPLE_OF, EB_JSON_NUMBER);
    if (value == EB_NO_TOKEN)
        return;
    struct eb_number zero = eb_number_of_int(0);
    struct eb_number *divisor = EB_VIEW_ARRAY(view, struct eb_number, 1);
    if (!divisor)
        return;
    *divisor = eb_number_of(eb_doc_raw(view->doc, value));
    if (eb_number_compare(divisor, &zero) <= 0) {
        eb_view_error(view, value, "\"multipleOf\": expected a number greater than 0");
        return;
    }
    eb_view_check(view, EB_KEYWORD_MULTIPLE_OF,
        (struct eb_op){
            .code = EB_OP_MULTIPLE, .kinds = EB_KINDS_NUMBER, .a = value, .at = divisor });
}

void eb_compile_numbers(struct eb_view *view)
{
    compile_bounds(view);
    compile_multiple(view);
}

/* ---- strings ---- */

static void compile_length(struct eb_view *view)
{
    uint32_t min = eb_view_count(view, EB_KEYWORD_MIN_LENGTH, 0);
    uint32_t max = eb_view_count(view, EB_KEYWORD_MAX_LENGTH, UINT32_MAX);
    struct eb_op op = { .code = EB_OP_LENGTH, .kinds = EB_KINDS_STRING };
    op.a = min;
    op.b = max;
    if (min)
        eb_view_check(view, EB_KEYWORD_MIN_LENGTH, op);
    else if (max != UINT32_MAX)
        eb_view_check(view, EB_KEYWORD_MAX_LENGTH, op);
}

static void compile_format(struct eb_view *view)
{
    uint32_t value = eb_view_value(view, EB_KEYWORD_FORMAT, EB_JSON_STRING);
    bool is_asserted = view->compiler->asserts_formats ||
                       (view->resource->dialect->vocabularies & EB_VOCABULARY_FORMAT_ASSERTION);
    if (value == EB_NO_TOKEN || !is_asserted)
        return;
    struct eb_span name = eb_view_text(view, value);
    const struct eb_format *format = name.ptr ? eb_format_find(name) : NULL;
    if (format)
        eb_view_check(view, EB_KEYWORD_FORMAT,
            (struct eb_op){ .code = EB_OP_FORMAT, .kinds = EB_KINDS_STRING, .at = format });
}

static void compile_pattern(struct eb_view *view)
{
    uint32_t value = eb_view_value(view, EB_KEYWORD_PATTERN, EB_JSON_STRING);
    const struct eb_regex *regex = value == EB_NO_TOKEN ? NULL : eb_view_regex(view, value);
    if (regex)
        eb_view_check(view, EB_KEYWORD_PATTERN,
            (struct eb_op){
                .code = EB_OP_PATTERN, .kinds = EB_KINDS_STRING, .a = value, .at = regex });
}

/*
 * Draft 7 lets an implementation check what a string holds (validation §8); from 2019-09 on these
 * keywords say, and never assert.
 */
static void compile_content(struct eb_view *view)
{
    uint32_t encoding = eb_view_value(view, EB_KEYWORD_CONTENT_ENCODING, EB_JSON_STRING);
    uint32_t media_type = eb_view_value(view, EB_KEYWORD_CONTENT_MEDIA_TYPE, EB_JSON_STRING);
    if (view->resource->dialect->draft != EB_DRAFT_7 || !view->compiler->asserts_formats)
        return;
    static const struct eb_span base64 = EB_SPAN("base64"), json = EB_SPAN("application/json");
    struct eb_op op = { .code = EB_OP_CONTENT, .kinds = EB_KINDS_STRING };
    op.a = encoding != EB_NO_TOKEN && eb_doc_string_is(view->doc, encoding, base64);
    op.b = media_type != EB_NO_TOKEN && eb_doc_string_is(view->doc, media_type, json);
    if (op.b && (op.a || encoding == EB_NO_TOKEN))
        eb_view_check(view, EB_KEYWORD_CONTENT_MEDIA_TYPE, op);
    else if (op.a)
        eb_view_check(view, EB_KEYWORD_CONTENT_ENCODING, op);
}

void eb_compile_strings(struct eb_view *view)
{
    compile_length(view);
    compile_format(view);
    compile_pattern(view);
    compile_content(view);
}
