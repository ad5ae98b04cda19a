/*
 * scalar.c - what can be asked of a string or a number: the leaves, where most time is spent.
 */
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

static inline bool is_listed(const struct eb_value_set *set, struct eb_span text, bool is_readable)
{
    uint32_t index = is_readable ? eb_names_find_readable(&set->strings, text)
                                 : eb_names_find(&set->strings, text);
    return index != EB_NO_NAME;
}

static bool text_op_passes(struct eb_run *run, const struct eb_op *op, struct eb_span text)
{
    switch ((enum eb_opcode)op->code) {
    case EB_OP_VALUES:
    case EB_OP_STRINGS: return is_listed(op->at, text, false);
    case EB_OP_LENGTH: {
        size_t length = eb_utf8_count(text);
        return op->a <= length && length <= op->b;
    }
    case EB_OP_PATTERN: return matches(run, op->at, text);
    case EB_OP_FORMAT: return eb_format_check(op->at, text);
    default: return eb_content_check(run, text, op->a, op->b);
    }
}

/* One op of a string written with escapes, or of one it takes more time about. */
static __attribute__((noinline)) bool escaped_passes(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    struct eb_span text = eb_doc_string(run->doc, (uint32_t)(value - run->tokens), run->arena);
    bool passes = text.ptr ? text_op_passes(run, op, text) : eb_run_exceed(run, EB_LIMIT_MEMORY);
    eb_arena_rewind(run->arena, mark);
    return passes;
}

/* ---- numbers ---- */

/* Up to eight digits at once: each step adds neighbours, the left one being worth more. */
static inline int64_t parse_eight(const char *digits, size_t len)
{
    uint64_t x;
    memcpy(&x, digits, 8);
    unsigned unused = 64 - 8 * (unsigned)len;
    x = (x << unused) - (UINT64_C(0x3030303030303030) << unused);
    x = (x * 10 + (x >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x * 100 + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
    return (int64_t)((x * 10000 + (x >> 32)) & UINT64_C(0xffffffff));
}

static inline int64_t parse_digits(const char *digits, size_t len)
{
    int64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

/* An integer literal of any length between bounds that are small. */
static inline bool in_small_range(
    const struct eb_run *run, const struct eb_small_range *range, const struct eb_token *value)
{
    enum { DIGITS_MAX = 18 }; /* fit, whatever they are */
    const char *digits = run->text + value->start;
    bool is_negative = digits[0] == '-';
    size_t len = value->len - is_negative;
    digits += is_negative;
    if (len > DIGITS_MAX)
        return is_negative ? range->min == INT64_MIN : range->max == INT64_MAX;
    int64_t number = len <= 8 && value->start + 1 < run->words_end ? parse_eight(digits, len)
                                                                   : parse_digits(digits, len);
    if (is_negative)
        number = -number;
    return range->min <= number && number <= range->max;
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

/* ---- ops ---- */

/*
 * One function an op, each of which goes on to the next: a jump, not a call, and one that the
 * processor learns for each op apart.
 */
static inline bool go_on(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    return eb_scalar_passes(run, op + 1, value);
}

static inline struct eb_span text_of(const struct eb_run *run, const struct eb_token *value)
{
    return eb_span(run->text + value->start, value->len);
}

static bool pass(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    (void)run, (void)op, (void)value;
    return true;
}

static bool refuse(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    (void)run, (void)op, (void)value;
    return false;
}

static bool run_strings(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    bool passes = value->flags & EB_TOKEN_IS_ESCAPED
                      ? escaped_passes(run, op, value)
                      : is_listed(op->at, text_of(run, value), eb_run_is_readable(run, value));
    return passes && go_on(run, op, value);
}

static bool run_length(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    bool is_plain = !(value->flags & (EB_TOKEN_IS_ESCAPED | EB_TOKEN_IS_WIDE));
    bool passes =
        is_plain ? op->a <= value->len && value->len <= op->b : escaped_passes(run, op, value);
    return passes && go_on(run, op, value);
}

static bool run_pattern(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    bool passes = value->flags & EB_TOKEN_IS_ESCAPED ? escaped_passes(run, op, value)
                                                     : matches(run, op->at, text_of(run, value));
    return passes && go_on(run, op, value);
}

static bool run_format(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    bool passes = value->flags & EB_TOKEN_IS_ESCAPED ? escaped_passes(run, op, value)
                                                     : eb_format_check(op->at, text_of(run, value));
    return passes && go_on(run, op, value);
}

static bool run_content(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    return escaped_passes(run, op, value) && go_on(run, op, value);
}

static bool run_values(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    bool passes = value->type == EB_JSON_STRING ? escaped_passes(run, op, value)
                                                : eb_value_set_has(run, op->at, value);
    return passes && go_on(run, op, value);
}

static bool run_small_range(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    return in_small_range(run, op->at, value) && go_on(run, op, value);
}

static bool run_small_range_of_decimal(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    return decimal_in_small_range(op->at, text_of(run, value)) && go_on(run, op, value);
}

static bool run_range(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    return range_holds(op->at, text_of(run, value)) && go_on(run, op, value);
}

static bool run_integral(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    return is_integral(text_of(run, value)) && go_on(run, op, value);
}

static bool run_multiple(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    return is_multiple(run, op->at, text_of(run, value)) && go_on(run, op, value);
}

eb_scalar_op *const eb_scalar_ops[EB_OP_CONTENT + 1] = {
    [EB_OP_PASS] = pass,
    [EB_OP_FAIL] = refuse,
    [EB_OP_TYPE] = refuse,
    [EB_OP_INTEGRAL] = run_integral,
    [EB_OP_VALUES] = run_values,
    [EB_OP_STRINGS] = run_strings,
    [EB_OP_RANGE] = run_range,
    [EB_OP_SMALL_RANGE] = run_small_range,
    [EB_OP_SMALL_RANGE_OF_DECIMAL] = run_small_range_of_decimal,
    [EB_OP_MULTIPLE] = run_multiple,
    [EB_OP_LENGTH] = run_length,
    [EB_OP_PATTERN] = run_pattern,
    [EB_OP_FORMAT] = run_format,
    [EB_OP_CONTENT] = run_content,
};

bool eb_scalar_op_passes(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    struct eb_op code[2] = { *op, { .code = EB_OP_PASS } };
    return eb_run_pay(run, value) && eb_scalar_passes(run, code, value);
}
