#include "bus/event_id.h"

#include "base/hash.h"

/* Eight hexadecimal digits, all at once: a byte of `digits` becomes one. */
static void put_hex(char *out, uint32_t value)
{
    uint64_t digits = (uint64_t)(value >> 16) << 32 | (value & 0xffff);
    digits = (digits | digits << 8) & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits | digits << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    uint64_t above_9 = (digits + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101);
    digits += UINT64_C(0x3030303030303030) + above_9 * ('a' - '0' - 10);
    for (int i = 0; i < 8; i++)
        out[i] = (char)(digits >> (56 - 8 * i));
}

/* As 8-4-4-4-12 digits (RFC 9562 §4). */
static void write_uuid(char *out, uint64_t high, uint64_t low)
{
    char digits[32];
    put_hex(digits, (uint32_t)(high >> 32));
    put_hex(digits + 8, (uint32_t)high);
    put_hex(digits + 16, (uint32_t)(low >> 32));
    put_hex(digits + 24, (uint32_t)low);
    memcpy(out, digits, 8);
    memcpy(out + 9, digits + 8, 4);
    memcpy(out + 14, digits + 12, 4);
    memcpy(out + 19, digits + 16, 4);
    memcpy(out + 24, digits + 20, 12);
    out[8] = out[13] = out[18] = out[23] = '-';
}

void eb_event_id_write(uint64_t count, int64_t time_us, char out[EB_EVENT_ID_LEN])
{
    uint64_t unique = eb_hash(eb_hash_key(), &count, sizeof count), time = (uint64_t)time_us;
    uint64_t high = time / 1000 << 16 | 0x7000 | time % 1000 * 4096 / 1000;
    write_uuid(out, high, unique >> 2 | UINT64_C(1) << 63);
}
