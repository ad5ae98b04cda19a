/*
 * hash.h - a keyed hash for keys that a sender chooses.
 *
 * SipHash-1-3 (Aumasson and Bernstein): without the key nobody can make keys collide on purpose.
 * The key is drawn once per process.
 */
#ifndef EB_BASE_HASH_H
#define EB_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct eb_hash_key {
    uint64_t k0, k1;
};

/* The process's key: drawn from the system at first use, the same ever after. Any thread. */
const struct eb_hash_key *eb_hash_key(void);

/* The same over bytes that come in pieces: init, any number of adds, end. */
struct eb_hasher {
    uint64_t state[4];
    uint64_t pending; /* the last len % 8 bytes added */
    uint64_t len;
};

void eb_hasher_init(struct eb_hasher *hasher, const struct eb_hash_key *key);
void eb_hasher_add(struct eb_hasher *hasher, const void *bytes, size_t len);
uint64_t eb_hasher_end(struct eb_hasher *hasher);

uint64_t eb_hash(const struct eb_hash_key *key, const void *bytes, size_t len);

/*
 * Twice as wide, from the same rounds (SipHash-1-3-128): what stands for its bytes without their
 * being compared. Init with this, add as above, end with that.
 */
struct eb_digest {
    uint64_t low, high;
};

void eb_hasher_init_wide(struct eb_hasher *hasher, const struct eb_hash_key *key);
struct eb_digest eb_hasher_end_wide(struct eb_hasher *hasher);

static inline bool eb_digest_equal(struct eb_digest a, struct eb_digest b)
{
    return a.low == b.low && a.high == b.high;
}

/*
 * Adds `bytes` and then their number, so that no sequence of these calls equals another: "ab", "c"
 * is not "a", "bc".
 */
void eb_hasher_add_counted(struct eb_hasher *hasher, const void *bytes, size_t len);

/* ---- for tables that a sender can look into but not fill ---- */

/* Both factors' every bit moves every bit of the product's halves, which are folded into one. */
static inline uint64_t eb_hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t eb_hash_load(const char *bytes, size_t len)
{
    uint64_t word = 0;
    memcpy(&word, bytes, len);
    return word;
}

/*
 * A few nanoseconds for short text, but anybody can make keys collide. Good for tables built from
 * what an operator wrote: whoever sends look-ups cannot make the longest search longer.
 */
static inline uint64_t eb_hash_quick(uint64_t seed, const char *bytes, size_t len)
{
    static const uint64_t odd[2] = { UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd1b54a32d192ed03) };
    uint64_t hash = seed ^ odd[0];
    for (; len > 16; bytes += 16, len -= 16)
        hash = eb_hash_mix(eb_hash_load(bytes, 8) ^ hash, eb_hash_load(bytes + 8, 8) ^ odd[1]);
    uint64_t first = 0, last = len;
    if (len >= 8) {
        first = eb_hash_load(bytes, 8);
        last ^= eb_hash_load(bytes + len - 8, 8) << 4 | eb_hash_load(bytes + len - 8, 8) >> 60;
    } else if (len >= 4) {
        first = eb_hash_load(bytes, 4) | eb_hash_load(bytes + len - 4, 4) << 32;
    } else if (len) {
        first = (uint64_t)(unsigned char)bytes[0] << 16 |
                (uint64_t)(unsigned char)bytes[len / 2] << 8 | (unsigned char)bytes[len - 1];
    }
    return eb_hash_mix(eb_hash_mix(first ^ hash, last ^ odd[1]) ^ odd[0], odd[1]);
}

#endif
