/*
 * index_key.h - what the rule index looks up.
 *
 * A key is something that must be true of a value for a predicate to hold: for most predicates it
 * is the whole truth ("is this string"), for some a part of it ("holds these bytes somewhere").
 * Rules are filed under keys; a value of an event is turned into the keys that are true of it.
 *
 * A key is known by 64 bits made of its operand, its kind, the path and the seed of its node of the
 * index: 0 at the top, else the lower half of what the key that leads there is known by. So who
 * knows the values knows all keys on a way through the index without going it. Two keys that share
 * their 64 bits share their rules: that costs a check, never a match.
 */
#ifndef EB_PATTERN_INDEX_KEY_H
#define EB_PATTERN_INDEX_KEY_H

#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"
#include "pattern/index_ranges.h"
#include "pattern/predicate.h"

enum eb_key_kind {
    EB_KEY_EXISTS,
    EB_KEY_NULL,
    EB_KEY_FALSE,
    EB_KEY_TRUE,
    EB_KEY_NUMBER,
    EB_KEY_LITERAL,
    EB_KEY_STRING,
    EB_KEY_FOLDED,
    EB_KEY_BLOCK,  /* of addresses; measure: which family and how many bits */
    EB_KEY_STARTS, /* measure: bytes, as for the next three */
    EB_KEY_ENDS,
    EB_KEY_FOLDED_STARTS,
    EB_KEY_FOLDED_ENDS,
    EB_KEY_HOLDS, /* a window: at most EB_WINDOW_BYTES somewhere; measure: bytes */
    EB_KEY_RANGE, /* of numbers: kept in order, not by hash */
    EB_KEY_KINDS
};

enum {
    EB_WINDOW_BYTES = 8,
    EB_AFFIX_BYTES_MAX = 255,
    EB_BLOCK_V6 = 256, /* added to the measure of blocks of IPv6 addresses */
};

/* A key without its place. */
struct eb_key {
    enum eb_key_kind kind;
    uint32_t measure;
    uint64_t operand;
};

enum { EB_KEYS_MAX = 32 };

/*
 * Each of the keys is true of every value that the predicate holds for. How many there are: one,
 * but for wildcards; none if it asks for absence.
 */
uint32_t eb_keys_of(const struct eb_predicate *predicate, struct eb_key keys[EB_KEYS_MAX]);

static inline uint64_t eb_key_hash(
    uint32_t seed, uint32_t path, enum eb_key_kind kind, uint64_t operand)
{
    return eb_hash_mix(operand ^ (uint64_t)kind << 56 ^ UINT64_C(0xa0761d6478bd642f),
        ((uint64_t)seed << 32 | path) ^ UINT64_C(0xe7037ed1a0b428db));
}

/*
 * In a node with many paths, that there is a value is known by the path's name (eb_path_hash()) and
 * not by its number: who knows names can ask for what they lead to before paths are found.
 */
static inline uint64_t eb_existence_hash(uint32_t seed, uint64_t name_hash)
{
    return eb_hash_mix(
        name_hash ^ UINT64_C(0xa0761d6478bd642f), seed ^ UINT64_C(0xe7037ed1a0b428db));
}

static inline uint64_t eb_text_operand(struct eb_span text)
{
    return eb_hash_quick(0, text.ptr, text.len);
}

static inline uint64_t eb_number_operand(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return eb_hash_mix(bits ^ UINT64_C(0x8ebc6af09c88c6e3), UINT64_C(0x589965cc75374cc3));
}

/* Grows byte by byte, so that one pass over a value gives the operands of all its prefixes. */
static inline uint64_t eb_affix_operand_add(uint64_t operand, char byte)
{
    return (operand ^ (unsigned char)byte) * UINT64_C(0x9fb21c651e98df25) + 1;
}

static inline uint64_t eb_prefix_operand(struct eb_span prefix)
{
    uint64_t operand = 0;
    for (size_t i = 0; i < prefix.len; i++)
        operand = eb_affix_operand_add(operand, prefix.ptr[i]);
    return operand;
}

static inline uint64_t eb_suffix_operand(struct eb_span suffix)
{
    uint64_t operand = 0;
    for (size_t i = suffix.len; i-- > 0;)
        operand = eb_affix_operand_add(operand, suffix.ptr[i]);
    return operand;
}

/* `len` bytes, at most EB_WINDOW_BYTES, as `window`'s first bytes in memory order, the rest 0. */
static inline uint64_t eb_window_operand(uint64_t window, uint32_t len)
{
    return eb_hash_mix(window ^ UINT64_C(0x1d8e4e27c47d124f), len + UINT64_C(0xeb44accab455d165));
}

static inline uint32_t eb_block_measure(const struct eb_block *block)
{
    return block->bits + (block->base.len == 16 ? EB_BLOCK_V6 : 0u);
}

/* The block of `address` with the bits that `measure` says. */
static inline uint64_t eb_block_operand(const struct eb_address *address, uint32_t measure)
{
    uint32_t bits = measure % EB_BLOCK_V6, whole = bits / 8, part = bits % 8;
    char masked[17] = { 0 };
    memcpy(masked, address->bytes, whole);
    if (part)
        masked[whole] = (char)(address->bytes[whole] & 0xff00 >> part);
    return eb_hash_quick(measure, masked, sizeof masked);
}

#endif
