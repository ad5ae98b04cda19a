/*
 * compat_number.c - a number between bounds, a multiple of some and not of others.
 *
 * Bounds are compared as they are written, whatever their size. Multiples are looked for on a grid
 * of integers: everything times the power of ten that leaves no fraction. With a divisor the
 * candidates are its multiples, one after the other from a bound or from 0 outward; without one,
 * between two different numbers there are always more.
 */
#include <stdio.h>

#include "schema/compat_prover.h"

enum {
    PLACES_MAX = 18, /* decimal places that are reckoned with */
    DIGITS_MAX = 30, /* of any number on the grid: a product of two need not fit */
    DIVISORS_MAX = 32,
    TRIES_MAX = 4000, /* multiples looked at */
    FINENESS = 3,     /* places the grid has more than the numbers written */
};

typedef __int128 grid;

struct bound {
    struct eb_number number;
    bool is_there, is_excluded;
};

struct divisors {
    struct eb_number numbers[DIVISORS_MAX];
    uint32_t count;
    bool is_overflown;
};

struct number_task {
    const struct eb_task *task;
    struct bound min, max;
    struct divisors of, not_of;
    int places;     /* of the grid */
    grid low, high; /* both included */
    bool has_low, has_high;
};

/* ---- gathering ---- */

static void raise_min(struct bound *min, const struct eb_number *number, bool is_excluded)
{
    int order = min->is_there ? eb_number_compare(number, &min->number) : 1;
    if (order > 0 || (order == 0 && is_excluded))
        *min = (struct bound){ *number, true, is_excluded };
}

static void lower_max(struct bound *max, const struct eb_number *number, bool is_excluded)
{
    int order = max->is_there ? eb_number_compare(number, &max->number) : -1;
    if (order < 0 || (order == 0 && is_excluded))
        *max = (struct bound){ *number, true, is_excluded };
}

static void gather_range(struct number_task *numbers, const struct eb_literal *fact)
{
    const struct eb_number_range *range = fact->check->at;
    if (!fact->is_not) {
        if (range->has_min)
            raise_min(&numbers->min, &range->min, range->excludes_min);
        if (range->has_max)
            lower_max(&numbers->max, &range->max, range->excludes_max);
    } else if (fact->way->type == EB_WAY_BELOW_MIN) {
        lower_max(&numbers->max, &range->min, !range->excludes_min);
    } else {
        raise_min(&numbers->min, &range->max, !range->excludes_max);
    }
}

static void add_divisor(struct divisors *divisors, const struct eb_number *number)
{
    if (divisors->count == DIVISORS_MAX)
        divisors->is_overflown = true;
    else
        divisors->numbers[divisors->count++] = *number;
}

static void gather(struct number_task *numbers)
{
    const struct eb_number one = eb_number_of_int(1);
    if (numbers->task->kind == EB_KIND_INTEGER)
        add_divisor(&numbers->of, &one);
    for (const struct eb_literal *fact = numbers->task->facts; fact; fact = fact->next) {
        if (fact->type != EB_LITERAL_CHECK)
            continue;
        struct divisors *divisors = fact->is_not ? &numbers->not_of : &numbers->of;
        if (fact->check->code == EB_OP_RANGE)
            gather_range(numbers, fact);
        else if (fact->check->code == EB_OP_MULTIPLE)
            add_divisor(divisors, fact->check->at);
        else if (fact->check->code == EB_OP_INTEGRAL)
            add_divisor(divisors, &one);
    }
}

/* ---- the grid ---- */

static int places_of(const struct eb_number *number)
{
    size_t digits = 0;
    for (size_t i = 0; i < number->digits.len; i++)
        digits += number->digits.ptr[i] != '.';
    int64_t places = (int64_t)digits - number->exponent;
    return number->is_small || places < 0 ? 0 : places > PLACES_MAX ? PLACES_MAX + 1 : (int)places;
}

static grid power_of_ten(int exponent)
{
    grid power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* The number times 10^places; false when it is not on the grid or off its edge. */
static bool on_grid(const struct number_task *numbers, const struct eb_number *number, grid *out)
{
    if (number->is_small) {
        *out = (grid)number->small * power_of_ten(numbers->places);
        return true;
    }
    if (number->exponent + numbers->places > DIGITS_MAX || places_of(number) > numbers->places)
        return false;
    grid value = 0;
    int64_t digits = 0;
    for (size_t i = 0; i < number->digits.len; i++) {
        if (number->digits.ptr[i] == '.')
            continue;
        value = value * 10 + (number->digits.ptr[i] - '0');
        digits++;
    }
    value *= power_of_ten((int)(number->exponent + numbers->places - digits));
    *out = number->is_negative ? -value : value;
    return true;
}

static void widen_places(struct number_task *numbers, const struct eb_number *number)
{
    int places = places_of(number);
    if (places > numbers->places)
        numbers->places = places;
}

static bool lay_grid(struct number_task *numbers)
{
    if (numbers->min.is_there)
        widen_places(numbers, &numbers->min.number);
    if (numbers->max.is_there)
        widen_places(numbers, &numbers->max.number);
    for (uint32_t i = 0; i < numbers->of.count; i++)
        widen_places(numbers, &numbers->of.numbers[i]);
    for (uint32_t i = 0; i < numbers->not_of.count; i++)
        widen_places(numbers, &numbers->not_of.numbers[i]);
    if (numbers->of.count == 0)
        numbers->places += FINENESS;
    if (numbers->places > PLACES_MAX)
        return false;
    numbers->has_low = numbers->min.is_there;
    numbers->has_high = numbers->max.is_there;
    if (numbers->has_low && !on_grid(numbers, &numbers->min.number, &numbers->low))
        return false;
    if (numbers->has_high && !on_grid(numbers, &numbers->max.number, &numbers->high))
        return false;
    numbers->low += numbers->has_low && numbers->min.is_excluded;
    numbers->high -= numbers->has_high && numbers->max.is_excluded;
    return true;
}

static struct eb_span write_number(const struct number_task *numbers, grid value)
{
    enum { BYTES = 64 };
    struct eb_prover *prover = numbers->task->prover;
    char *out = EB_PROVER_ARRAY(prover, char, BYTES), digits[BYTES];
    if (!out)
        return eb_span(NULL, 0);
    bool is_negative = value < 0;
    int count = 0, at = 0, places = numbers->places;
    for (grid rest = is_negative ? -value : value; rest || count <= places; rest /= 10)
        digits[count++] = (char)('0' + (int)(rest % 10));
    int first = 0; /* digits behind the point that are zero are left out */
    while (first < places && digits[first] == '0')
        first++;
    if (is_negative)
        out[at++] = '-';
    for (int i = count - 1; i >= places; i--)
        out[at++] = digits[i];
    bool needs_point =
        numbers->task->kind == EB_KIND_DECIMAL && numbers->task->prover->splits_numbers;
    if (first < places || needs_point)
        out[at++] = '.';
    if (first == places && needs_point)
        out[at++] = '0';
    for (int i = places - 1; i >= first; i--)
        out[at++] = digits[i];
    return eb_span(out, (size_t)at);
}

/* ---- trying ---- */

static struct eb_answer try_number(const struct number_task *numbers, struct eb_span text)
{
    struct eb_prover *prover = numbers->task->prover;
    if (!text.ptr)
        return eb_answer(EB_PROOF_UNSURE);
    struct eb_answer answer = { eb_literals_judge(prover, numbers->task->facts, text), text };
    return answer;
}

static grid greatest_divisor(grid a, grid b)
{
    while (b) {
        grid rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The least common multiple of the divisors; 0 when it is too large. */
static grid common_multiple(const struct number_task *numbers)
{
    const grid limit = power_of_ten(DIGITS_MAX);
    grid multiple = 1;
    for (uint32_t i = 0; i < numbers->of.count; i++) {
        grid divisor;
        if (!on_grid(numbers, &numbers->of.numbers[i], &divisor) || divisor <= 0)
            return 0;
        grid factor = divisor / greatest_divisor(multiple, divisor);
        if (factor > limit / multiple)
            return 0;
        multiple *= factor;
    }
    return multiple;
}

/* Every multiple is one of a number it must not be a multiple of. */
static bool is_contradiction(const struct number_task *numbers, grid multiple)
{
    for (uint32_t i = 0; i < numbers->not_of.count; i++) {
        grid divisor;
        if (on_grid(numbers, &numbers->not_of.numbers[i], &divisor) && divisor > 0 &&
            multiple % divisor == 0)
            return true;
    }
    return false;
}

static grid divide_down(grid a, grid b)
{
    return a / b - (a % b != 0 && a < 0);
}

static grid divide_up(grid a, grid b)
{
    return a / b + (a % b != 0 && a > 0);
}

static bool is_within(const struct number_task *numbers, grid factor, grid first, grid last)
{
    return !(numbers->has_low && factor < first) && !(numbers->has_high && factor > last);
}

/* From 0 outward where 0 is allowed, else from the bound nearest to it. */
static struct eb_answer try_multiples(const struct number_task *numbers, grid multiple)
{
    struct eb_answer answer = eb_answer(EB_PROOF_EMPTY);
    if (multiple == 0)
        return eb_answer(EB_PROOF_UNSURE);
    if (is_contradiction(numbers, multiple))
        return answer;
    grid first = numbers->has_low ? divide_up(numbers->low, multiple) : 0;
    grid last = numbers->has_high ? divide_down(numbers->high, multiple) : 0;
    if (numbers->has_low && numbers->has_high && first > last)
        return answer;
    grid start = numbers->has_low && first > 0 ? first : numbers->has_high && last < 0 ? last : 0;
    for (int i = 0; i < TRIES_MAX && eb_prover_step(numbers->task->prover); i++) {
        bool is_any = false;
        for (int sign = -1; sign <= 1; sign += 2) {
            grid factor = start - (grid)sign * i;
            if ((i == 0 && sign > 0) || !is_within(numbers, factor, first, last))
                continue;
            is_any = true;
            struct eb_answer one = try_number(numbers, write_number(numbers, factor * multiple));
            if (one.proof == EB_PROOF_FOUND)
                return one;
            if (one.proof == EB_PROOF_UNSURE)
                answer.proof = EB_PROOF_UNSURE;
        }
        if (!is_any && numbers->has_low && numbers->has_high)
            return answer;
    }
    return eb_answer(EB_PROOF_UNSURE);
}

/* No divisor: there are numbers between any two. A dozen, whole ones first, are tried. */
static struct eb_answer try_between(const struct number_task *numbers)
{
    static const int sixteenths[] = { 0, 16, 8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15 };
    enum { COUNT = sizeof sixteenths / sizeof *sixteenths };
    grid one = power_of_ten(numbers->places);
    grid low = numbers->has_low ? numbers->low : numbers->has_high ? numbers->high - 16 * one : 0;
    grid high = numbers->has_high ? numbers->high : low + 16 * one;
    if (numbers->has_low && numbers->min.is_excluded) /* the next whole number looks better */
        low = divide_up(low, one) * one <= high ? divide_up(low, one) * one : low;
    struct eb_answer answer = eb_answer(EB_PROOF_UNSURE);
    for (int shift = 0; shift < COUNT && answer.proof != EB_PROOF_FOUND; shift++) {
        for (int i = 0; i < COUNT && answer.proof != EB_PROOF_FOUND; i++) {
            grid value = low + (high - low) / 16 * sixteenths[i] + shift * (one / 8);
            if (value <= high && eb_prover_step(numbers->task->prover))
                answer = try_number(numbers, write_number(numbers, value));
        }
    }
    return answer.proof == EB_PROOF_FOUND ? answer : eb_answer(EB_PROOF_UNSURE);
}

/* -1: nothing between the bounds; 0: one number; 1: many. Exact whatever their size. */
static int room_between(const struct number_task *numbers)
{
    if (!numbers->min.is_there || !numbers->max.is_there)
        return 1;
    int order = eb_number_compare(&numbers->min.number, &numbers->max.number);
    if (order == 0 && !numbers->min.is_excluded && !numbers->max.is_excluded)
        return 0;
    return order < 0 ? 1 : -1;
}

/* Bounds off the grid: they themselves, if they are allowed, are all that is tried. */
static struct eb_answer try_bounds(const struct number_task *numbers)
{
    static const char *const others[] = { "0", "1", "-1", "1e308", "-1e308", "0.5", "1e-9" };
    for (const struct eb_literal *fact = numbers->task->facts; fact; fact = fact->next) {
        if (fact->type != EB_LITERAL_CHECK || fact->check->code != EB_OP_RANGE)
            continue;
        const struct eb_schema *schema = numbers->task->prover->schemas[fact->side];
        const struct eb_doc *doc = &schema->origins[fact->node].resource->document->doc;
        struct eb_answer answer = try_number(numbers, eb_doc_source(doc, fact->check->a));
        if (answer.proof == EB_PROOF_FOUND)
            return answer;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct eb_answer answer = try_number(numbers, eb_span_of(others[i]));
        if (answer.proof == EB_PROOF_FOUND)
            return answer;
    }
    return eb_answer(EB_PROOF_UNSURE);
}

struct eb_answer eb_solve_number(const struct eb_task *task)
{
    struct number_task numbers = { .task = task };
    gather(&numbers);
    int room = room_between(&numbers);
    if (room < 0)
        return eb_answer(EB_PROOF_EMPTY);
    if (numbers.of.is_overflown || numbers.not_of.is_overflown || !lay_grid(&numbers))
        return try_bounds(&numbers);
    if (numbers.of.count)
        return try_multiples(&numbers, common_multiple(&numbers));
    if (room > 0)
        return try_between(&numbers);
    struct eb_answer answer = try_number(&numbers, write_number(&numbers, numbers.low));
    return answer;
}
