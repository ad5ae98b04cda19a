/*
 * scalar.c - what can be asked of a string or a number: the leaves, where most time is spent.
 */
#include <endian.h>

#include "base/utf8.h"
#include "schema/equal.h"
#include "schema/run.h"

/* ---- strings ---- */

static inline bool matches(struct eb_run *run, const struct eb_regex *regex, struct eb_span text)
{
    enum eb_regex_result result =
        run->limit ? EB_REGEX_LIMIT : eb_regex_run(regex, text, run->runner);
    uint64_t spent = eb_regex_runner_spent(run->runner);
    if (result == EB_REGEX_LIMIT || (spent && !eb_run_spend(run, spent)))
        return eb_run_exceed(run, EB_LIMIT_REGEX);
    return result == EB_REGEX_MATCH;
}

static bool is_listed(const struct eb_value_set *set, struct eb_span text)
{
    return eb_names_find(&set->strings, text) != EB_NO_NAME;
}

static bool text_op_passes(struct eb_run *run, const struct eb_op *op, struct eb_span text)
{
    switch ((enum eb_opcode)op->code) {
    case EB_OP_VALUES:
    case EB_OP_STRINGS: return is_listed(op->at, text);
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
static bool decoded_passes(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    struct eb_span text = eb_doc_string(run->doc, (uint32_t)(value - run->tokens), run->arena);
    bool passes = text.ptr ? text_op_passes(run, op, text) : eb_run_exceed(run, EB_LIMIT_MEMORY);
    eb_arena_rewind(run->arena, mark);
    return passes;
}

/* ---- numbers ---- */

/*
 * Where a literal of up to eight digits stands among all of them: the bytes as they are written,
 * the last one lowest, less the zero that "0" is written with. Needs no multiplication, and orders
 * as the numbers do; see eb_integer_rank().
 */
static inline int64_t rank_of_digits(const char *digits, size_t len)
{
    uint64_t x;
    memcpy(&x, digits, 8);
    return (int64_t)(be64toh(x) >> (64 - 8 * len)) - '0';
}

int64_t eb_integer_rank(int64_t number)
{
    static const int64_t nine_digits = 100000000;
    if (number >= nine_digits || number <= -nine_digits)
        return number < 0 ? INT64_MIN : INT64_MAX;
    int64_t magnitude = number < 0 ? -number : number, rank = 0;
    for (int at = 0; at == 0 || magnitude; at += 8, magnitude /= 10)
        rank |= ('0' + magnitude % 10) << at;
    rank -= '0';
    return number < 0 ? -rank : rank;
}

/* Eight digits at once: neighbours become numbers of two digits, those of four, those of eight. */
static inline int64_t parse_8_digits(const char *digits)
{
    uint64_t x;
    memcpy(&x, digits, 8);
    x = (le64toh(x) & UINT64_C(0x0f0f0f0f0f0f0f0f)) * (1 + (10 << 8)) >> 8;
    x = (x & UINT64_C(0x00ff00ff00ff00ff)) * (1 + (100 << 16)) >> 16;
    return (int64_t)((x & UINT64_C(0x0000ffff0000ffff)) * (1 + (UINT64_C(10000) << 32)) >> 32);
}

static inline int64_t parse_digits(const char *digits, size_t len)
{
    int64_t value = 0;
    for (; len >= 8; digits += 8, len -= 8)
        value = value * 100000000 + parse_8_digits(digits);
    for (; len; digits++, len--)
        value = value * 10 + (*digits - '0');
    return value;
}

/* A number between two integers that follow each other, of which `floor` is the lower. */
static inline bool holds_between(const struct eb_small_range *range, int64_t floor)
{
    return range->above <= floor && floor < range->below;
}

/* One that is long, or at the very end of the text. */
static __attribute__((noinline)) bool any_integer_in_small_range(
    const struct eb_small_range *range, const char *digits, size_t len, bool is_negative)
{
    enum { DIGITS_MAX = 18 }; /* fit, whatever they are */
    if (len > DIGITS_MAX)
        return is_negative ? range->min == INT64_MIN : range->max == INT64_MAX;
    int64_t number = parse_digits(digits, len);
    if (is_negative)
        number = -number;
    return range->min <= number && number <= range->max;
}

/* An integer literal of any length between bounds that are small. */
static inline bool in_small_range(
    const struct eb_run *run, const struct eb_small_range *range, const struct eb_token *value)
{
    const char *digits = run->text + value->start;
    bool is_negative = digits[0] == '-';
    size_t len = value->len - is_negative;
    digits += is_negative;
    if (len > 8 || value->start + 1 >= run->words_end)
        return any_integer_in_small_range(range, digits, len, is_negative);
    int64_t rank = rank_of_digits(digits, len);
    rank = is_negative ? -rank : rank;
    return range->min_rank <= rank && rank <= range->max_rank;
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

static bool range_holds(const struct eb_number_range *range, struct eb_span raw)
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
    enum { STEPS_A_STEP = 8 };
    struct eb_number number = eb_number_of(raw);
    uint32_t steps;
    bool is_exact = eb_number_is_multiple(&number, divisor, &steps);
    if (steps > EB_MULTIPLE_STEPS_MAX)
        return eb_run_exceed(run, EB_LIMIT_NUMBER);
    return (!steps || eb_run_spend(run, steps / STEPS_A_STEP)) && is_exact;
}

/* ---- ops ---- */

/*
 * One function an op, each of which goes on to the next: a jump, not a call, and one that the
 * processor learns for each op apart. What takes longer is out of their way, so that they need not
 * save a register.
 */
static inline bool go_on(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    return op->is_last || eb_scalar_passes(run, op + 1, value);
}

static __attribute__((noinline)) bool run_decoded(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    return decoded_passes(run, op, value) && go_on(run, op, value);
}

static inline bool is_escaped(const struct eb_token *value)
{
    return __builtin_expect(value->flags & EB_TOKEN_IS_ESCAPED, 0);
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
    const struct eb_value_set *set = op->at;
    if (is_escaped(value) || !eb_run_is_readable(run, value))
        return run_decoded(run, op, value);
    return eb_names_find_readable(&set->strings, text_of(run, value)) != EB_NO_NAME &&
           go_on(run, op, value);
}

static bool run_length(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    if (value->flags & (EB_TOKEN_IS_ESCAPED | EB_TOKEN_IS_WIDE))
        return run_decoded(run, op, value);
    return op->a <= value->len && value->len <= op->b && go_on(run, op, value);
}

static bool run_pattern(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    if (is_escaped(value))
        return run_decoded(run, op, value);
    return matches(run, op->at, text_of(run, value)) && go_on(run, op, value);
}

static bool run_format(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    if (is_escaped(value))
        return run_decoded(run, op, value);
    if (op->is_last)
        return eb_format_check(op->at, text_of(run, value));
    return eb_format_check(op->at, text_of(run, value)) && go_on(run, op, value);
}

static bool run_values(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    if (value->type == EB_JSON_STRING)
        return run_decoded(run, op, value);
    return eb_value_set_has(run, op->at, value) && go_on(run, op, value);
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
    [EB_OP_CONTENT] = run_decoded,
};

bool eb_scalar_op_passes(struct eb_run *run, const struct eb_op *op, const struct eb_token *value)
{
    struct eb_op alone = *op;
    alone.is_last = true;
    return eb_run_pay(run, value) && eb_scalar_passes(run, &alone, value);
}
