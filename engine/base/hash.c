#include "base/hash.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static struct eb_hash_key process_key;
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void draw_process_key(void)
{
    if (getrandom(&process_key, sizeof process_key, GRND_NONBLOCK) == (ssize_t)sizeof process_key)
        return;
    /* Early boot without entropy: unknown to the outside all the same, and better than waiting. */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    process_key.k0 = (uint64_t)now.tv_nsec * UINT64_C(0x9e3779b97f4a7c15);
    process_key.k1 = ((uint64_t)getpid() << 32) ^ (uintptr_t)&now;
}

const struct eb_hash_key *eb_hash_key(void)
{
    pthread_once(&process_key_once, draw_process_key);
    return &process_key;
}

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void round_once(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    round_once(v);
    v[0] ^= word;
}

void eb_hasher_init(struct eb_hasher *hasher, const struct eb_hash_key *key)
{
    *hasher = (struct eb_hasher){ .state = {
                                      UINT64_C(0x736f6d6570736575) ^ key->k0,
                                      UINT64_C(0x646f72616e646f6d) ^ key->k1,
                                      UINT64_C(0x6c7967656e657261) ^ key->k0,
                                      UINT64_C(0x7465646279746573) ^ key->k1,
                                  } };
}

void eb_hasher_init_wide(struct eb_hasher *hasher, const struct eb_hash_key *key)
{
    eb_hasher_init(hasher, key);
    hasher->state[1] ^= 0xee;
}

/* Up to 8 bytes, as the low ones of `word`, behind those pending. */
static inline void add_word(struct eb_hasher *hasher, uint64_t word, size_t len)
{
    unsigned pending_bits = 8 * (hasher->len & 7);
    hasher->pending |= word << pending_bits;
    hasher->len += len;
    if (pending_bits + 8 * len < 64)
        return;
    absorb(hasher->state, hasher->pending);
    hasher->pending = pending_bits ? word >> (64 - pending_bits) : 0;
}

void eb_hasher_add(struct eb_hasher *hasher, const void *bytes, size_t len)
{
    const unsigned char *next = bytes;
    uint64_t word;
    for (; len >= 8; len -= 8, next += 8) {
        memcpy(&word, next, 8);
        add_word(hasher, word, 8);
    }
    if (len == 0)
        return;
    word = 0;
    memcpy(&word, next, len);
    add_word(hasher, word, len);
}

void eb_hasher_add_counted(struct eb_hasher *hasher, const void *bytes, size_t len)
{
    uint64_t count = len;
    eb_hasher_add(hasher, bytes, len);
    eb_hasher_add(hasher, &count, sizeof count);
}

static uint64_t finish(uint64_t v[4])
{
    for (int i = 0; i < 3; i++)
        round_once(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t eb_hasher_end(struct eb_hasher *hasher)
{
    absorb(hasher->state, hasher->len << 56 | hasher->pending);
    hasher->state[2] ^= 0xff;
    return finish(hasher->state);
}

struct eb_digest eb_hasher_end_wide(struct eb_hasher *hasher)
{
    struct eb_digest digest;
    absorb(hasher->state, hasher->len << 56 | hasher->pending);
    hasher->state[2] ^= 0xee;
    digest.low = finish(hasher->state);
    hasher->state[1] ^= 0xdd;
    digest.high = finish(hasher->state);
    return digest;
}

uint64_t eb_hash(const struct eb_hash_key *key, const void *bytes, size_t len)
{
    struct eb_hasher hasher;
    eb_hasher_init(&hasher, key);
    eb_hasher_add(&hasher, bytes, len);
    return eb_hasher_end(&hasher);
}
