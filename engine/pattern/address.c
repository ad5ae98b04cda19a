#include "pattern/address.h"

#include <arpa/inet.h>

enum {
    V4_TEXT_MAX = 15, /* "255.255.255.255" */
    V6_TEXT_MAX = 39, /* eight groups of four and seven colons */
    MAPPED_BITS = 96, /* of an IPv4-mapped address, those before the IPv4 address */
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* One decimal number up to `max` at `*at`, which moves behind it. */
static bool read_number(struct eb_span text, size_t *at, unsigned max, unsigned *number)
{
    size_t first = *at;
    *number = 0;
    for (; *at < text.len && is_digit(text.ptr[*at]); ++*at) {
        *number = *number * 10 + (unsigned)(text.ptr[*at] - '0');
        if (*number > max)
            return false;
    }
    return *at > first;
}

static bool parse_v4(struct eb_span text, struct eb_address *address)
{
    if (text.len > V4_TEXT_MAX)
        return false;
    size_t at = 0;
    for (unsigned i = 0; i < 4; i++) {
        unsigned octet;
        if (i && (at >= text.len || text.ptr[at++] != '.'))
            return false;
        if (!read_number(text, &at, 255, &octet))
            return false;
        address->bytes[i] = (uint8_t)octet;
    }
    address->len = 4;
    return at == text.len;
}

static bool is_v6_byte(char byte)
{
    return is_digit(byte) || byte == ':' || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

static bool is_mapped(const struct eb_address *address)
{
    static const uint8_t mapped[MAPPED_BITS / 8] = { [10] = 0xff, [11] = 0xff };
    return address->len == 16 && memcmp(address->bytes, mapped, sizeof mapped) == 0;
}

static bool parse_v6(struct eb_span text, struct eb_address *address)
{
    if (text.len > V6_TEXT_MAX)
        return false;
    char copy[V6_TEXT_MAX + 1];
    for (size_t i = 0; i < text.len; i++) {
        if (!is_v6_byte(text.ptr[i]))
            return false;
        copy[i] = text.ptr[i];
    }
    copy[text.len] = '\0';
    address->len = 16;
    return inet_pton(AF_INET6, copy, address->bytes) == 1;
}

static bool parse_unmapped(struct eb_span text, struct eb_address *address)
{
    *address = (struct eb_address){ .len = 0 };
    bool is_v6 = text.len && memchr(text.ptr, ':', text.len);
    if (is_v6 ? parse_v6(text, address) : parse_v4(text, address))
        return true;
    *address = (struct eb_address){ .len = 0 };
    return false;
}

static void unmap(struct eb_address *address)
{
    struct eb_address v4 = { .len = 4 };
    memcpy(v4.bytes, address->bytes + MAPPED_BITS / 8, 4);
    *address = v4;
}

bool eb_address_parse(struct eb_span text, struct eb_address *address)
{
    if (!parse_unmapped(text, address))
        return false;
    if (is_mapped(address))
        unmap(address);
    return true;
}

/* Clears the bits behind the first `block->bits`. */
static void clear_tail(struct eb_block *block)
{
    for (unsigned bit = block->bits; bit < block->base.len * 8u; bit++)
        block->base.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

/* event-ruler allows "+8" for the bits and slashes at the end, and so do the patterns it checked.
 */
bool eb_block_parse(struct eb_span text, struct eb_block *block)
{
    while (text.len && text.ptr[text.len - 1] == '/')
        text.len--;
    const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
    if (!slash)
        return false;
    if (!parse_unmapped(eb_span(text.ptr, (size_t)(slash - text.ptr)), &block->base))
        return false;
    size_t at = (size_t)(slash + 1 - text.ptr);
    if (at < text.len && text.ptr[at] == '+')
        at++;
    unsigned bits;
    if (!read_number(text, &at, block->base.len * 8u, &bits) || at != text.len)
        return false;
    if (is_mapped(&block->base) && bits >= MAPPED_BITS) {
        unmap(&block->base);
        bits -= MAPPED_BITS;
    }
    block->bits = (uint8_t)bits;
    clear_tail(block);
    return true;
}

struct eb_block eb_block_of(const struct eb_address *address)
{
    return (struct eb_block){ .base = *address, .bits = (uint8_t)(address->len * 8) };
}

bool eb_block_holds(const struct eb_block *block, const struct eb_address *address)
{
    if (block->base.len != address->len)
        return false;
    unsigned whole = block->bits / 8u, rest = block->bits % 8u;
    if (memcmp(block->base.bytes, address->bytes, whole) != 0)
        return false;
    return rest == 0 || (block->base.bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}
