/*
 * address.h - IP addresses and blocks of them, from text.
 *
 * Four decimal numbers up to 255 (leading zeros are decimal too), or RFC 4291 §2.2 forms 1 and 2.
 * An IPv4-mapped IPv6 address (§2.5.5.2) is the IPv4 address; the dotted form of it (§2.2 form 3)
 * is no address here, as in event-ruler.
 */
#ifndef EB_PATTERN_ADDRESS_H
#define EB_PATTERN_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct eb_address {
    uint8_t bytes[16]; /* those beyond `len` are zero */
    uint8_t len;       /* 4 or 16; 0: no address */
};

/* The addresses whose first `bits` bits are those of `base`; its other bits are zero. */
struct eb_block {
    struct eb_address base;
    uint8_t bits;
};

/* False, and `*address` has len 0, when `text` is no address. */
bool eb_address_parse(struct eb_span text, struct eb_address *address);

/* "10.0.0.0/8": an address and how many leading bits count, all of them at most. */
bool eb_block_parse(struct eb_span text, struct eb_block *block);

/* The block that holds `address` alone. */
struct eb_block eb_block_of(const struct eb_address *address);

bool eb_block_holds(const struct eb_block *block, const struct eb_address *address);

#endif
