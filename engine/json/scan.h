/*
 * scan.h - the next byte of a string's inside that needs a closer look.
 *
 * Most bytes between two quotes stand for themselves. These do not: the closing quote, the
 * backslash, control characters (RFC 8259 §7), and whatever is not ASCII.
 *
 * They are found 64 bytes at a time, wherever strings begin: a window moves over the text, and bit
 * i of `special` says that byte i of the window needs a look. So the place where one string ends
 * only costs a shift, and the processor judges the next window before it knows that place.
 *
 *     text      {"type":"open","note":"a\nb"}
 *     special    ^    ^ ^    ^ ^    ^ ^ ^  ^ #####…     behind the text every bit is set
 *
 * And the end of a row of digits, eight at a time, because how many there are is hard to predict.
 */
#ifndef EB_JSON_SCAN_H
#define EB_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { EB_SCAN_BYTES = 64 };

struct eb_scan {
    const unsigned char *text, *end;
    const unsigned char *window; /* its first byte */
    uint64_t special;
};

static inline bool eb_scan_is_special(unsigned char byte)
{
    return byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
}

/* Eight bytes, the first one lowest. */
static inline uint64_t eb_scan_load(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline bool eb_scan_is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

/*
 * The first byte from `at` on that is no digit, or `end`, which need not be asked for where the
 * text's last byte is none. Short rows have lengths that a processor guesses right, and then it
 * need not wait for them; of long ones the length is computed.
 */
static inline const unsigned char *eb_scan_digits(
    const unsigned char *at, const unsigned char *end, bool may_end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    for (int i = 0; i < 4; i++, at++) {
        if ((may_end && at == end) || !eb_scan_is_digit(*at))
            return at;
    }
    for (; end - at >= 8; at += 8) {
        /* A digit is 3x before and after adding 6. A carry comes from a byte that is no digit and
         * spoils only what is behind it. */
        uint64_t word = eb_scan_load(at);
        uint64_t other =
            ((word ^ 0x30 * ones) | ((word + 0x06 * ones) ^ 0x30 * ones)) & 0xf0 * ones;
        if (other)
            return at + __builtin_ctzll(other) / 8;
    }
    while (at < end && eb_scan_is_digit(*at))
        at++;
    return at;
}

/*
 * Eight bytes: byte ^ 2 is below 0x21 for control characters and the quote alone. With its top bit
 * set, subtracting from a byte never borrows from the next one; the top bit survives unless the
 * byte was too small.
 */
static inline uint64_t eb_scan_8(const unsigned char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = 0x80 * ones;
    uint64_t word = eb_scan_load(at);
    uint64_t not_low = ((word ^ 2 * ones) | tops) - 0x21 * ones;
    uint64_t not_backslash = ((word ^ '\\' * ones) | tops) - ones;
    uint64_t found = (~(not_low & not_backslash) | word) & tops;
    return (found >> 7) * UINT64_C(0x0102040810204080) >> 56; /* eight top bits side by side */
}

#ifdef __SSE2__
/* Of each byte only the sign counts; the subtraction saturates, which keeps it right. */
static inline uint64_t eb_scan_16(const unsigned char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)at);
    __m128i low = _mm_subs_epi8(_mm_xor_si128(bytes, _mm_set1_epi8(2)), _mm_set1_epi8(0x21));
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return (uint64_t)_mm_movemask_epi8(_mm_or_si128(low, backslash));
}
#endif

static inline uint64_t eb_scan_64(const unsigned char *at)
{
#ifdef __SSE2__
    return eb_scan_16(at) | eb_scan_16(at + 16) << 16 | eb_scan_16(at + 32) << 32 |
           eb_scan_16(at + 48) << 48;
#else
    uint64_t special = 0;
    for (int i = 0; i < EB_SCAN_BYTES; i += 8)
        special |= eb_scan_8(at + i) << i;
    return special;
#endif
}

/* Begins at the start of the text. */
void eb_scan_init(struct eb_scan *scan, const unsigned char *text, const unsigned char *end);

/* eb_scan_find() when the answer is not in the window. */
const unsigned char *eb_scan_find_further(struct eb_scan *scan, const unsigned char *at);

/* The first special byte from `at` on, or the end of the text. `at` never goes back. */
static inline const unsigned char *eb_scan_find(struct eb_scan *scan, const unsigned char *at)
{
    size_t offset = (size_t)(at - scan->window);
    uint64_t rest = offset < EB_SCAN_BYTES ? scan->special >> offset : 0;
    return __builtin_expect(rest != 0, 1) ? at + (unsigned)__builtin_ctzll(rest)
                                          : eb_scan_find_further(scan, at);
}

#endif
