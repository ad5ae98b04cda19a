#include "schema/names.h"

/*
 * Compiling:
 *
 *   1. Few: try seeds until no two names share a slot, with more slots when it takes too long.
 *   2. Many, or few that begin alike: hash and displace (CHD, by Belazzougui, Botelho and
 *      Dietzfelbinger). Sort names into buckets of about four; fullest bucket first, try
 *      displacements until all its names fall into free slots. Slots are at least twice as many as
 *      names, so the last bucket needs a handful of tries.
 *   3. A bucket that finds no place: next seed. When two names agree in head, tail and length, no
 *      seed helps: all bytes are hashed instead.
 */
enum {
    FEW_SLOTS_MAX = 1024,
    FEW_TRIES_MAX = 512,
    BUCKET_NAMES = 4,
    DISPLACEMENTS_MAX = 1 << 16,
    SEEDS_MAX = 64,
};

uint64_t eb_name_hash_all(struct eb_span text, uint64_t seed)
{
    uint64_t x = seed ^ text.len;
    const char *p = text.ptr;
    size_t left = text.len;
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        x = (x ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        x ^= x >> 29;
    }
    uint64_t last = 0;
    if (left)
        memcpy(&last, p, left);
    x = (x ^ last) * seed;
    return x ^ x >> 32;
}

/* SplitMix64 (Steele, Lea, Flood), made odd: a multiplier. */
static uint64_t next_seed(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) | 1;
}

static uint64_t hash_of(const struct eb_names *set, uint32_t index)
{
    const struct eb_name *name = &set->names[index];
    return set->hashes_all ? eb_name_hash_all(name->text, set->seed)
                           : eb_name_hash(name->head, name->tail, name->text.len, set->seed);
}

/* ---- few ---- */

static bool place_few(
    const struct eb_few *few, const uint64_t *numbers, uint32_t count, uint8_t *slots)
{
    uint64_t taken[FEW_SLOTS_MAX / 64] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        uint64_t slot = numbers[i] * few->seed >> few->shift;
        if (taken[slot / 64] >> (slot % 64) & 1)
            return false;
        taken[slot / 64] |= UINT64_C(1) << (slot % 64);
        slots[slot] = (uint8_t)i;
    }
    return true;
}

/* Leaves `slots` NULL for names that no seed tells apart. False without memory. */
static bool compile_few(
    struct eb_few *few, const uint64_t *numbers, uint32_t count, struct eb_arena *arena)
{
    uint64_t state = 1;
    for (uint32_t bits = 2; bits <= 10; bits++) {
        uint32_t slot_count = UINT32_C(1) << bits;
        if (slot_count < 2 * count)
            continue;
        uint8_t *slots = EB_ARENA_ARRAY(arena, uint8_t, slot_count);
        if (!slots)
            return false;
        few->shift = (uint8_t)(64 - bits);
        for (int i = 0; i < FEW_TRIES_MAX; i++) {
            few->seed = next_seed(&state);
            if (!place_few(few, numbers, count, slots))
                continue;
            few->slots = slots;
            return true;
        }
    }
    return true;
}

static bool compile_heads_and_marks(struct eb_names *set, struct eb_arena *arena)
{
    uint64_t heads[EB_NAMES_FEW], marks[EB_NAMES_FEW];
    for (uint32_t i = 0; i < set->count; i++) {
        heads[i] = set->names[i].head + set->names[i].text.len;
        marks[i] = eb_mark_of(set->names[i].text);
    }
    return compile_few(&set->heads, heads, set->count, arena) &&
           compile_few(&set->marks, marks, set->count, arena);
}

/* ---- many ---- */

struct builder {
    struct eb_names *set;
    uint64_t *hashes;        /* of every name */
    uint32_t *first;         /* by bucket: its first name's position in `sorted` */
    uint32_t *sorted;        /* names by bucket */
    uint32_t *order;         /* buckets, fullest first */
    uint32_t *slots;         /* index + 1; 0 is free */
    uint32_t *displacements; /* by bucket */
    uint32_t bucket_count;
    uint32_t slot_count;
};

static uint32_t bucket_of(const struct builder *builder, uint32_t name)
{
    return (uint32_t)(builder->hashes[name] >> builder->set->bucket_shift);
}

static uint32_t bucket_size(const struct builder *builder, uint32_t bucket)
{
    return builder->first[bucket + 1] - builder->first[bucket];
}

static void sort_into_buckets(struct builder *builder)
{
    uint32_t count = builder->set->count, buckets = builder->bucket_count;
    memset(builder->first, 0, (buckets + 2) * sizeof *builder->first);
    for (uint32_t i = 0; i < count; i++)
        builder->first[bucket_of(builder, i) + 2]++;
    for (uint32_t b = 1; b < buckets + 2; b++)
        builder->first[b] += builder->first[b - 1];
    for (uint32_t i = 0; i < count; i++)
        builder->sorted[builder->first[bucket_of(builder, i) + 1]++] = i;
}

enum { BUCKET_SIZES = 64 }; /* a fuller one is as good as two names with one hash: next seed */

static bool order_buckets(struct builder *builder)
{
    uint32_t starts[BUCKET_SIZES + 1] = { 0 };
    for (uint32_t b = 0; b < builder->bucket_count; b++) {
        uint32_t size = bucket_size(builder, b);
        if (size >= BUCKET_SIZES)
            return false;
        starts[BUCKET_SIZES - size]++;
    }
    for (uint32_t i = 1; i <= BUCKET_SIZES; i++)
        starts[i] += starts[i - 1];
    for (uint32_t b = builder->bucket_count; b-- > 0;)
        builder->order[--starts[BUCKET_SIZES - bucket_size(builder, b)]] = b;
    return true;
}

static uint32_t slot_at(const struct builder *builder, uint64_t hash, uint32_t displacement)
{
    return ((uint32_t)hash + displacement * ((uint32_t)(hash >> 32) | 1)) &
           (builder->slot_count - 1);
}

/* Takes the slots of a bucket's names under `displacement`, or none of them. */
static bool occupy(struct builder *builder, uint32_t bucket, uint32_t displacement)
{
    uint32_t from = builder->first[bucket], to = builder->first[bucket + 1];
    for (uint32_t i = from; i < to; i++) {
        uint32_t name = builder->sorted[i];
        uint32_t *slot = &builder->slots[slot_at(builder, builder->hashes[name], displacement)];
        if (*slot) {
            while (i-- > from) {
                name = builder->sorted[i];
                builder->slots[slot_at(builder, builder->hashes[name], displacement)] = 0;
            }
            return false;
        }
        *slot = name + 1;
    }
    return true;
}

static bool place_bucket(struct builder *builder, uint32_t bucket)
{
    for (uint32_t displacement = 0; displacement < DISPLACEMENTS_MAX; displacement++) {
        if (occupy(builder, bucket, displacement)) {
            builder->displacements[bucket] = displacement;
            return true;
        }
    }
    return false;
}

static bool place_all(struct builder *builder)
{
    for (uint32_t i = 0; i < builder->set->count; i++)
        builder->hashes[i] = hash_of(builder->set, i);
    memset(builder->slots, 0, builder->slot_count * sizeof *builder->slots);
    sort_into_buckets(builder);
    if (!order_buckets(builder))
        return false;
    for (uint32_t i = 0; i < builder->bucket_count; i++) {
        uint32_t bucket = builder->order[i];
        if (bucket_size(builder, bucket) && !place_bucket(builder, bucket))
            return false;
    }
    for (uint32_t i = 0; i < builder->slot_count; i++)
        builder->slots[i] -= builder->slots[i] != 0;
    return true;
}

/* Names that share head, tail and length make every seed fail; the second half hashes all bytes. */
static bool find_seed(struct builder *builder)
{
    uint64_t state = 1;
    for (int i = 0; i < SEEDS_MAX; i++) {
        builder->set->hashes_all = i >= 2;
        builder->set->seed = next_seed(&state);
        if (place_all(builder))
            return true;
    }
    return false;
}

static uint32_t power_of_two_from(uint32_t least)
{
    uint32_t power = 1;
    while (power < least)
        power *= 2;
    return power;
}

static bool compile_many(struct eb_names *set, struct eb_arena *arena)
{
    struct eb_arena scratch;
    eb_arena_init_growing(&scratch, SIZE_MAX);
    struct builder builder = { .set = set };
    builder.slot_count = power_of_two_from(2 * set->count);
    builder.bucket_count = power_of_two_from(set->count / BUCKET_NAMES + 2);
    builder.slots = EB_ARENA_ARRAY(arena, uint32_t, builder.slot_count);
    builder.displacements = EB_ARENA_ARRAY(arena, uint32_t, builder.bucket_count);
    builder.hashes = EB_ARENA_ARRAY(&scratch, uint64_t, set->count);
    builder.first = EB_ARENA_ARRAY(&scratch, uint32_t, builder.bucket_count + 2);
    builder.sorted = EB_ARENA_ARRAY(&scratch, uint32_t, set->count);
    builder.order = EB_ARENA_ARRAY(&scratch, uint32_t, builder.bucket_count);
    bool is_done = builder.slots && builder.displacements && builder.hashes && builder.first &&
                   builder.sorted && builder.order;
    if (is_done) {
        set->bucket_shift = (uint8_t)(64 - __builtin_ctz(builder.bucket_count));
        is_done = find_seed(&builder);
        set->slots = builder.slots;
        set->displacements = builder.displacements;
        set->slot_mask = builder.slot_count - 1;
    }
    eb_arena_release(&scratch);
    return is_done;
}

static struct eb_name name_of(struct eb_span text)
{
    bool is_long = text.len > 8;
    struct eb_name name = {
        .text = text,
        .head_mask = eb_mark_head_masks[is_long ? 8 : text.len],
        .tail_mask = is_long ? UINT64_MAX : 0,
        .tail_at = is_long ? text.len - 8 : 0,
    };
    eb_mark_words(text, &name.head, &name.tail);
    return name;
}

bool eb_names_compile(
    struct eb_names *set, const struct eb_span *names, uint32_t count, struct eb_arena *arena)
{
    *set = (struct eb_names){ .count = count };
    if (!count)
        return true;
    struct eb_name *copies = EB_ARENA_ARRAY(arena, struct eb_name, count);
    if (!copies)
        return false;
    for (uint32_t i = 0; i < count; i++)
        copies[i] = name_of(names[i]);
    set->names = copies;
    if (count <= EB_NAMES_FEW && !compile_heads_and_marks(set, arena))
        return false;
    return set->heads.slots || compile_many(set, arena);
}
