#include "text/punycode.h"

#include <string.h>

#include "base/utf8.h"

/* RFC 3492 §5 */
enum {
    BASE = 36,
    T_MIN = 1,
    T_MAX = 26,
    SKEW = 38,
    DAMP = 700,
    INITIAL_BIAS = 72,
    INITIAL_N = 0x80,
};

/* §6.1 */
static uint32_t adapt(uint32_t delta, uint32_t points, bool is_first)
{
    delta /= is_first ? DAMP : 2;
    delta += delta / points;
    uint32_t k = 0;
    for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    if (k <= bias + T_MIN)
        return T_MIN;
    return k >= bias + T_MAX ? T_MAX : k - bias;
}

static uint32_t digit_value(char c)
{
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a');
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 26;
    return BASE;
}

/* One generalized variable-length integer (§3.3); false when it is cut short or overflows. */
static bool take_delta(const char **at, const char *end, uint32_t bias, uint32_t *delta)
{
    uint64_t sum = 0, weight = 1;
    for (uint32_t k = BASE; *at < end; k += BASE) {
        uint32_t digit = digit_value(*(*at)++);
        if (digit == BASE)
            return false;
        sum += digit * weight;
        if (sum > UINT32_MAX)
            return false;
        uint32_t t = threshold(k, bias);
        if (digit < t) {
            *delta = (uint32_t)sum;
            return true;
        }
        weight *= BASE - t;
        if (weight > UINT32_MAX)
            return false;
    }
    return false;
}

static void insert(uint32_t *code_points, size_t count, size_t at, uint32_t code_point)
{
    memmove(code_points + at + 1, code_points + at, (count - at) * sizeof *code_points);
    code_points[at] = code_point;
}

size_t eb_punycode_decode(struct eb_span text, uint32_t out[EB_LABEL_BYTES_MAX])
{
    if (text.len > EB_LABEL_BYTES_MAX)
        return 0;
    const char *at = text.ptr, *end = text.ptr + text.len;
    const char *hyphen = memrchr(text.ptr, '-', text.len);
    size_t count = 0;
    if (hyphen) {
        while (at < hyphen)
            out[count++] = (unsigned char)*at++;
        at++;
    }
    uint64_t n = INITIAL_N;
    uint32_t i = 0, bias = INITIAL_BIAS;
    for (bool is_first = true; at < end; is_first = false) {
        uint32_t delta;
        if (!take_delta(&at, end, bias, &delta) || delta > UINT32_MAX - i)
            return 0;
        i += delta;
        uint32_t places = (uint32_t)count + 1;
        bias = adapt(delta, places, is_first);
        n += i / places;
        i %= places;
        if (n > EB_CODE_POINT_MAX || count == EB_LABEL_BYTES_MAX)
            return 0;
        insert(out, count++, i++, (uint32_t)n);
    }
    return count;
}

struct writer {
    char *out;
    size_t len;
    bool is_full;
};

static void put(struct writer *writer, char c)
{
    writer->is_full |= writer->len == EB_LABEL_BYTES_MAX;
    if (!writer->is_full)
        writer->out[writer->len++] = c;
}

static void put_delta(struct writer *writer, uint32_t delta, uint32_t bias)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = threshold(k, bias);
        if (delta < t)
            break;
        put(writer, digits[t + (delta - t) % (BASE - t)]);
        delta = (delta - t) / (BASE - t);
    }
    put(writer, digits[delta]);
}

/* The least code point that is not under `n`. */
static uint32_t next_code_point(const uint32_t *code_points, size_t count, uint32_t n)
{
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        if (code_points[i] >= n && code_points[i] < least)
            least = code_points[i];
    }
    return least;
}

/* Nothing overflows: at most 63 code points of at most 0x10ffff each. */
size_t eb_punycode_encode(const uint32_t *code_points, size_t count, char out[EB_LABEL_BYTES_MAX])
{
    struct writer writer = { .out = out };
    for (size_t i = 0; i < count; i++) {
        if (code_points[i] < INITIAL_N)
            put(&writer, (char)code_points[i]);
    }
    uint32_t basic = (uint32_t)writer.len, handled = basic;
    if (basic)
        put(&writer, '-');
    uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS;
    while (handled < count && !writer.is_full) {
        uint32_t next = next_code_point(code_points, count, n);
        delta += (next - n) * (handled + 1);
        n = next;
        for (size_t i = 0; i < count; i++) {
            if (code_points[i] < n)
                delta++;
            if (code_points[i] != n)
                continue;
            put_delta(&writer, delta, bias);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled++;
        }
        delta++;
        n++;
    }
    return writer.is_full ? 0 : writer.len;
}
