/*
 * scalar.c - what can be asked of a string or a number: the leaves, where most time is spent.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "schema/equal.h"
#include "schema/run.h"

/* ---- strings ---- */

static inline bool matches(struct eb_run *run, const struct eb_regex *regex, struct eb_span text)
{
    enum eb_regex_result result =
        run->limit ? EB_REGEX_LIMIT : eb_regex_run(regex, text, run->runner);
    if (result == EB_REGEX_LIMIT || !eb_run_spend(run, eb_regex_runner_spent(run->runner)))
        return eb_run_exceed(run, EB_LIMIT_REGEX);
    return result == EB_REGEX_MATCH;
}

static inline bool is_listed(const struct eb_value_set *set, struct eb_span text)
{
    return eb_names_find(&set->strings, text) != EB_NO_NAME;
}

static inline bool length_holds(const struct eb_op *op, struct eb_span text, bool is_wide)
{
    size_t length = is_wide ? eb_utf8_count(text) : text.len;
    return op->a <= length && length <= op->b;
}

static bool text_passes(
    struct eb_run *run, const struct eb_op *op, struct eb_span text, bool is_wide)
{
    for (bool passes = true; passes; op++) {
        switch ((enum eb_opcode)op->code) {
        case EB_OP_PASS: return true;
        case EB_OP_VALUES:
        case EB_OP_STRINGS: passes = is_listed(op->at, text); break;
        case EB_OP_LENGTH: passes = length_holds(op, text, is_wide); break;
        case EB_OP_PATTERN: passes = matches(run, op->at, text); break;
        case EB_OP_FORMAT: passes = eb_format_check(op->at, text); break;
        case EB_OP_CONTENT: passes = eb_content_check(run, text, op->a, op->b); break;
        default: return false; /* what is about numbers is not in code for strings */
        }
    }
    return false;
}

static __attribute__((noinline)) bool escaped_passes(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    struct eb_span text = eb_doc_string(run->doc, (uint32_t)(value - run->tokens), run->arena);
    bool passes = text.ptr ? text_passes(run, op, text, true) : eb_run_exceed(run, EB_LIMIT_MEMORY);
    eb_arena_rewind(run->arena, mark);
    return passes;
}

/* ---- numbers ---- */

/* An integer literal of any length between bounds that are small. */
static inline bool in_small_range(const struct eb_small_range *range, struct eb_span raw)
{
    enum { DIGITS_MAX = 18 }; /* fit, whatever they are */
    bool is_negative = raw.ptr[0] == '-';
    if (raw.len - is_negative > DIGITS_MAX)
        return is_negative ? range->min == INT64_MIN : range->max == INT64_MAX;
    int64_t value = 0;
    for (size_t i = is_negative; i < raw.len; i++)
        value = value * 10 + (raw.ptr[i] - '0');
    if (is_negative)
        value = -value;
    return range->min <= value && value <= range->max;
}

/* A number between two integers that follow each other, of which `floor` is the lower. */
static inline bool holds_between(const struct eb_small_range *range, int64_t floor)
{
    return range->above <= floor && floor < range->below;
}

/* One of any form: 1e2, or longer than any of ours. */
static __attribute__((noinline)) bool any_decimal_in_small_range(
    const struct eb_small_range *range, struct eb_span raw)
{
    struct eb_number number = eb_number_of(raw);
    struct eb_number min = eb_number_of_int(range->min), max = eb_number_of_int(range->max);
    struct eb_number above = eb_number_of_int(range->above);
    struct eb_number below = eb_number_of_int(range->below);
    bool is_integer = eb_number_is_integer(&number);
    bool has_min = range->min != INT64_MIN, has_max = range->max != INT64_MAX;
    if (has_min && eb_number_compare(&number, is_integer ? &min : &above) < 0)
        return false;
    return !has_max || eb_number_compare(&number, is_integer ? &max : &below) <= 0;
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits, a point, digits: all but a few decimals are written so. */
static inline bool decimal_in_small_range(const struct eb_small_range *range, struct eb_span raw)
{
    enum { DIGITS_MAX = 17 };
    const char *at = raw.ptr, *end = raw.ptr + raw.len;
    bool is_negative = *at == '-';
    at += is_negative;
    const char *first = at;
    int64_t whole = 0;
    for (; at < end && is_digit(*at) && at - first <= DIGITS_MAX; at++)
        whole = whole * 10 + (*at - '0');
    if (at == end || *at != '.')
        return any_decimal_in_small_range(range, raw);
    char digits = '0';
    for (at++; at < end && is_digit(*at); at++)
        digits |= *at;
    if (at < end)
        return any_decimal_in_small_range(range, raw);
    if (is_negative)
        whole = -whole;
    if (digits == '0')
        return range->min <= whole && whole <= range->max;
    return holds_between(range, whole - is_negative);
}

static bool range_holds(const struct eb_range *range, struct eb_span raw)
{
    struct eb_number number = eb_number_of(raw);
    if (range->has_min && eb_number_compare(&number, &range->min) < range->excludes_min)
        return false;
    return !range->has_max || eb_number_compare(&number, &range->max) <= -range->excludes_max;
}

static bool is_integral(struct eb_span raw)
{
    struct eb_number number = eb_number_of(raw);
    return eb_number_is_integer(&number);
}

static bool is_multiple(struct eb_run *run, const struct eb_number *divisor, struct eb_span raw)
{
    struct eb_number number = eb_number_of(raw);
    bool is_limit = false;
    bool is_exact = eb_number_is_multiple(&number, divisor, &is_limit);
    return is_limit ? eb_run_exceed(run, EB_LIMIT_NUMBER) : is_exact;
}

static inline bool number_op_passes(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    struct eb_span raw = eb_span(run->text + value->start, value->len);
    switch ((enum eb_opcode)op->code) {
    case EB_OP_SMALL_RANGE: return in_small_range(op->at, raw);
    case EB_OP_SMALL_RANGE_OF_DECIMAL: return decimal_in_small_range(op->at, raw);
    case EB_OP_RANGE: return range_holds(op->at, raw);
    case EB_OP_INTEGRAL: return is_integral(raw);
    case EB_OP_MULTIPLE: return is_multiple(run, op->at, raw);
    case EB_OP_VALUES: return eb_value_set_has(run, op->at, value);
    default: return false; /* what is about strings is not in code for numbers */
    }
}

static __attribute__((noinline)) bool number_passes(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    for (; op->code != EB_OP_PASS; op++) {
        if (!number_op_passes(run, op, value))
            return false;
    }
    return true;
}

bool eb_scalar_passes(struct eb_run *run, const struct eb_op *code, const struct eb_token *value)
{
    enum { LONG_BYTES = 1024 }; /* what is shorter is paid for with what holds it */
    if (value->len > LONG_BYTES && !eb_run_spend(run, value->len / EB_SCHEMA_STEP_BYTES))
        return false;
    if (value->type != EB_JSON_STRING)
        return number_passes(run, code, value);
    if (value->flags & EB_TOKEN_IS_ESCAPED)
        return escaped_passes(run, code, value);
    struct eb_span text = eb_span(run->text + value->start, value->len);
    return text_passes(run, code, text, value->flags & EB_TOKEN_IS_WIDE);
}

bool eb_scalar_op_passes(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    struct eb_op code[2] = { *op, { .code = EB_OP_PASS } };
    return eb_scalar_passes(run, code, value);
}
