/*
 * hash.h - a keyed hash for keys that a sender chooses.
 *
 * SipHash-1-3 (Aumasson and Bernstein): without the key nobody can make keys collide on purpose.
 * The key is drawn once per process.
 */
#ifndef EB_BASE_HASH_H
#define EB_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

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

#endif
