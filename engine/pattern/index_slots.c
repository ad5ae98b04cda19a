/*
 * Slots: written when their keys are known, one behind the other, and put into buckets when all
 * are.
 */
#include "pattern/index_builder.h"

#include <stdlib.h>

/* ---- writing ---- */

/* If the node is simple: nothing but one path, whose values are looked up by hash. */
static void describe_node(const struct eb_index_builder *builder, struct eb_index_slot *slot)
{
    const struct eb_index_access *access = eb_index_builder_simple_access(builder, slot->ref);
    const struct eb_index_node *nodes = builder->nodes.items;
    if (!access)
        return;
    slot->code[EB_SIMPLE_SEED] = nodes[eb_ref_number(slot->ref)].seed;
    slot->code[EB_SIMPLE_PATH] = access->path;
    slot->code[EB_SIMPLE_KINDS_HERE] = access->kinds;
    slot->words = EB_SIMPLE_WORDS;
    slot->form = EB_SLOT_SIMPLE;
}

static void describe_entry(
    struct eb_index_builder *builder, struct eb_index_slot *slot, const struct eb_filed *filed)
{
    const struct eb_index_slot plain = *slot;
    if (eb_index_builder_write_proof(builder, slot, filed))
        return;
    *slot = plain;
    slot->code[0] = eb_index_builder_words_before(builder, filed->entry, filed->predicate);
    memcpy(slot->code + 1, &filed->predicate, sizeof filed->predicate);
    slot->words = EB_FAR_WORDS;
    slot->form = EB_SLOT_FAR;
}

/*
 * What is paid for a slot: its part of a bucket that holds as many of its kind as there is room
 * for, and as much again of what is to be left free, so that few keys have to go on.
 */
static size_t slot_price(uint32_t words)
{
    return 2 * EB_BUCKET_BYTES / (EB_BUCKET_WORDS / words) + 1;
}

static void keep_slot(
    struct eb_index_builder *builder, uint64_t hash, const struct eb_index_slot *slot)
{
    uint32_t words = EB_SLOT_HEAD_WORDS + slot->words, at = (uint32_t)builder->code.count;
    if (!eb_index_builder_pay(builder, slot_price(words)))
        return;
    builder->bucket_bytes += slot_price(words);
    struct eb_keyed_slot *keyed = eb_index_builder_note(builder, &builder->slots, sizeof *keyed);
    uint32_t *code = eb_index_builder_note_words(builder, &builder->code, words);
    if (!keyed || !code)
        return;
    *keyed = (struct eb_keyed_slot){ .hash = hash, .at = at };
    memcpy(code, slot, words * sizeof *code);
}

void eb_index_builder_add_slot(
    struct eb_index_builder *builder, uint64_t hash, uint32_t ref, const struct eb_filed *filed)
{
    struct eb_index_slot slot = { .tag = hash & EB_SLOT_TAG_MASK, .ref = ref };
    if (eb_ref_kind(ref) == EB_REF_NODE)
        describe_node(builder, &slot);
    else if (eb_ref_kind(ref) == EB_REF_ENTRY)
        describe_entry(builder, &slot, filed);
    keep_slot(builder, hash, &slot);
}

/* ---- placing ---- */

static uint32_t slot_words(
    const struct eb_index_builder *builder, const struct eb_keyed_slot *keyed)
{
    const uint32_t *code = builder->code.items;
    return EB_SLOT_HEAD_WORDS + ((const struct eb_index_slot *)(code + keyed->at))->words;
}

/* Buckets being filled. */
struct placing {
    uint8_t *used; /* words of each */
    uint32_t home_count;
    uint32_t count; /* those behind the last home included */
};

enum { BEHIND_MAX = 64 }; /* buckets behind the last home */

/* The first bucket with room, from the key's home on; false: there is none. */
static bool find_bucket(const struct placing *placing, struct eb_keyed_slot *keyed, uint32_t words)
{
    uint32_t end = placing->home_count + BEHIND_MAX;
    keyed->bucket = eb_index_home(keyed->hash, placing->home_count);
    while (keyed->bucket < end && placing->used[keyed->bucket] + words > EB_BUCKET_WORDS)
        keyed->bucket++;
    return keyed->bucket < end;
}

/* Gives each slot a bucket; false: one has found none. */
static bool place(struct eb_index_builder *builder, struct placing *placing)
{
    struct eb_keyed_slot *keyed = builder->slots.items;
    for (size_t i = 0; i < builder->slots.count; i++) {
        uint32_t words = slot_words(builder, &keyed[i]);
        if (!find_bucket(placing, &keyed[i], words))
            return false;
        placing->used[keyed[i].bucket] += (uint8_t)words;
        if (keyed[i].bucket >= placing->count)
            placing->count = keyed[i].bucket + 1;
    }
    return true;
}

/* Its home and all between are full, and say that it had to go on. */
static void mark_way(uint32_t *buckets, uint32_t home, const struct eb_keyed_slot *keyed)
{
    for (uint32_t bucket = home; bucket < keyed->bucket; bucket++) {
        uint32_t *first = buckets + (size_t)bucket * EB_BUCKET_WORDS;
        ((struct eb_index_slot *)first)->ways |= 1u << keyed->hash % EB_SLOT_WAYS;
    }
}

static void fill(
    const struct eb_index_builder *builder, uint32_t *buckets, const struct placing *placing)
{
    const struct eb_keyed_slot *keyed = builder->slots.items;
    const uint32_t *code = builder->code.items;
    memset(placing->used, 0, placing->count);
    for (size_t i = 0; i < builder->slots.count; i++) {
        uint32_t words = slot_words(builder, &keyed[i]);
        uint8_t *used = &placing->used[keyed[i].bucket];
        memcpy(buckets + (size_t)keyed[i].bucket * EB_BUCKET_WORDS + *used, code + keyed[i].at,
            words * sizeof *code);
        *used += (uint8_t)words;
        mark_way(buckets, eb_index_home(keyed[i].hash, placing->home_count), &keyed[i]);
    }
}

/* As many homes as were paid for, or more, where slots of different lengths leave too much between
 * them. */
static bool place_all(struct eb_index_builder *builder, struct placing *placing)
{
    for (size_t more = 0;; more = builder->bucket_bytes / 4) {
        if (!eb_index_builder_pay(builder, more))
            return false;
        builder->bucket_bytes += more;
        size_t homes = builder->bucket_bytes / EB_BUCKET_BYTES + 1;
        free(placing->used);
        placing->used = homes < UINT32_MAX / 2 ? calloc(homes + BEHIND_MAX, 1) : NULL;
        placing->home_count = placing->count = (uint32_t)homes;
        if (!placing->used || place(builder, placing))
            return placing->used;
    }
}

bool eb_index_builder_fill_buckets(struct eb_index_builder *builder, struct eb_index_tables *tables)
{
    struct placing placing = { NULL, 0, 0 };
    uint32_t *buckets = NULL;
    if (place_all(builder, &placing))
        buckets = eb_arena_calloc(builder->arena, placing.count, EB_BUCKET_BYTES, EB_LINE_BYTES);
    if (buckets)
        fill(builder, buckets, &placing);
    free(placing.used);
    tables->buckets = buckets;
    tables->home_count = placing.home_count;
    return buckets;
}
