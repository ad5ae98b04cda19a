#include "fuzz/mutator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANGE_MAX = 64, REPEATS_MAX = 1024, CHANGES_LOG_MAX = 4 };

struct range {
    size_t at, len;
};

void mutator_init(struct mutator *mutator, const struct corpus *corpus, const struct corpus *words,
    size_t room, uint64_t seed)
{
    *mutator = (struct mutator){ .corpus = corpus, .words = words, .draw = { seed }, .room = room };
    mutator->bytes = malloc(room);
    if (!mutator->bytes)
        abort();
}

void mutator_release(struct mutator *mutator)
{
    free(mutator->bytes);
}

/* ---- drawing ---- */

static size_t below(struct mutator *mutator, size_t bound)
{
    return eb_draw_below(&mutator->draw, bound);
}

static uint8_t draw_byte(struct mutator *mutator)
{
    static const uint8_t odd[] = "\0\1\t\n\r \"#$%*+,-./0:[\\]{}\x7f\x80\xbf\xc0\xe2\xed\xf4\xff";
    return below(mutator, 2) ? odd[below(mutator, sizeof odd - 1)] : (uint8_t)below(mutator, 256);
}

/* A short one more often than a long one; all of `len` now and then. */
static struct range draw_range(struct mutator *mutator, size_t len)
{
    struct range range = { .at = below(mutator, len + 1) };
    size_t left = len - range.at;
    size_t most = below(mutator, 8) && left > RANGE_MAX ? RANGE_MAX : left;
    range.len = below(mutator, below(mutator, most + 1) + 1);
    return range;
}

/* ---- changes ---- */

/* Puts bytes, of this input or of another, in the place of `old`; what has no room is lost. */
static void replace(
    struct mutator *mutator, struct range old, const uint8_t *bytes, size_t bytes_len)
{
    size_t tail = mutator->len - old.at - old.len;
    size_t room = mutator->room - old.at;
    size_t len = bytes_len < room ? bytes_len : room;
    size_t kept = tail < room - len ? tail : room - len;
    uint8_t *copy = malloc(len + 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, len);
    memmove(mutator->bytes + old.at + len, mutator->bytes + old.at + old.len, kept);
    memcpy(mutator->bytes + old.at, copy, len);
    mutator->len = old.at + len + kept;
    free(copy);
}

static struct range insertion(struct mutator *mutator)
{
    return (struct range){ .at = below(mutator, mutator->len + 1) };
}

static void flip_bit(struct mutator *mutator)
{
    if (mutator->len)
        mutator->bytes[below(mutator, mutator->len)] ^= (uint8_t)(1U << below(mutator, 8));
}

static void set_byte(struct mutator *mutator)
{
    if (mutator->len)
        mutator->bytes[below(mutator, mutator->len)] = draw_byte(mutator);
}

static void insert_byte(struct mutator *mutator)
{
    uint8_t byte = draw_byte(mutator);
    replace(mutator, insertion(mutator), &byte, 1);
}

static void erase(struct mutator *mutator)
{
    replace(mutator, draw_range(mutator, mutator->len), mutator->bytes, 0);
}

/* Seldom: whatever was changed behind it is gone. */
static void cut(struct mutator *mutator)
{
    if (below(mutator, 4) == 0)
        mutator->len = below(mutator, mutator->len + 1);
}

/* A range once more, somewhere: inserted, or over another. */
static void copy_range(struct mutator *mutator)
{
    struct range from = draw_range(mutator, mutator->len);
    struct range to = below(mutator, 2) ? insertion(mutator) : draw_range(mutator, mutator->len);
    replace(mutator, to, mutator->bytes + from.at, from.len);
}

/* A range again and again, as nesting is, or a flood of members. */
static void repeat_range(struct mutator *mutator)
{
    struct range range = draw_range(mutator, mutator->len);
    size_t count = 1 + below(mutator, below(mutator, REPEATS_MAX) + 1);
    if (range.len == 0 || range.len * count > mutator->room)
        return;
    uint8_t *many = malloc(range.len * count);
    if (!many)
        abort();
    for (size_t i = 0; i < count; i++)
        memcpy(many + i * range.len, mutator->bytes + range.at, range.len);
    replace(mutator, range, many, range.len * count);
    free(many);
}

static const struct input *draw_input(struct mutator *mutator, const struct corpus *corpus)
{
    return &corpus->items[below(mutator, corpus->count)];
}

/* A range of another input, or all that is left of it. */
static void splice(struct mutator *mutator)
{
    const struct input *other = draw_input(mutator, mutator->corpus);
    struct range from = draw_range(mutator, other->len);
    struct range to = draw_range(mutator, mutator->len);
    if (below(mutator, 2)) {
        from.len = other->len - from.at;
        to.len = mutator->len - to.at;
    }
    replace(mutator, to, other->bytes + from.at, from.len);
}

static void put_word(struct mutator *mutator)
{
    if (mutator->words->count == 0)
        return;
    const struct input *word = draw_input(mutator, mutator->words);
    struct range to = below(mutator, 4) ? insertion(mutator) : draw_range(mutator, mutator->len);
    replace(mutator, to, word->bytes, word->len);
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* The digits from the first one at or behind a place; none: an insertion there. */
static struct range draw_number(struct mutator *mutator)
{
    struct range range = insertion(mutator);
    size_t at = range.at;
    while (at < mutator->len && !is_digit(mutator->bytes[at]))
        at++;
    if (at < mutator->len)
        range.at = at;
    while (range.at + range.len < mutator->len && is_digit(mutator->bytes[range.at + range.len]))
        range.len++;
    return range;
}

static void put_number(struct mutator *mutator)
{
    static const char *const numbers[] = { "0", "-0", "1", "-1", "2", "10", "127", "128", "255",
        "256", "1024", "32767", "65535", "65536", "2147483647", "2147483648", "-2147483648",
        "4294967295", "4294967296", "9007199254740993", "9223372036854775807",
        "9223372036854775808", "18446744073709551615", "18446744073709551616", "0.1", "1e1", "1E-7",
        "1e308", "1e400", "1e99999999999", "123456789012345678901234567890" };
    const char *number = numbers[below(mutator, sizeof numbers / sizeof *numbers)];
    replace(mutator, draw_number(mutator), (const uint8_t *)number, strlen(number));
}

static void (*const changes[])(struct mutator *mutator) = {
    flip_bit,
    set_byte,
    insert_byte,
    erase,
    cut,
    copy_range,
    repeat_range,
    splice,
    put_word,
    put_number,
};

void mutator_next(struct mutator *mutator)
{
    const struct input *first = draw_input(mutator, mutator->corpus);
    mutator->len = first->len < mutator->room ? first->len : mutator->room;
    memcpy(mutator->bytes, first->bytes, mutator->len);
    size_t count = (size_t)1 << below(mutator, CHANGES_LOG_MAX);
    for (size_t i = 0; i < count; i++)
        changes[below(mutator, sizeof changes / sizeof *changes)](mutator);
}
