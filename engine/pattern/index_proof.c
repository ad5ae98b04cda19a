/*
 * What a slot has of an entry: where its pattern is, or, if that is short, all that must hold for
 * it to match by the slot's key (rule_index_table.h).
 *
 * Let a rule be filed under a field that has the alternatives p, q and r: what it asks for is that
 * p holds and all else, or q and all else, or r and all else. Each of the three is a proof of its
 * own, and one of them is found whenever the rule matches.
 */
#include "pattern/index_builder.h"

/* ---- items that many rules have alike ---- */

static bool is_item(
    const struct eb_shared_item *known, uint32_t hash, const uint32_t *code, uint32_t words)
{
    return known->code && known->hash == hash && known->code[1] == code[1] &&
           memcmp(known->code, code, words * sizeof *code) == 0;
}

/*
 * Where the item is kept for all; EB_NOT_SHARED: it is not. Seen once, it is remembered; seen
 * again, it is copied to the words of the index. Of items that have the same place in the table,
 * one can be shared: so many that most places were taken would not stay in a cache.
 */
static uint32_t share(struct eb_index_builder *builder, const uint32_t *code, uint32_t words)
{
    uint32_t hash = (uint32_t)eb_hash_quick(0, (const char *)code, words * sizeof *code);
    struct eb_shared_item *known = &builder->shared[hash % EB_SHARED_ITEMS];
    if (!is_item(known, hash, code, words)) {
        if (!known->code || known->at == EB_NOT_SHARED)
            *known = (struct eb_shared_item){ code, hash, EB_NOT_SHARED };
        return EB_NOT_SHARED;
    }
    if (known->at == EB_NOT_SHARED) {
        known->at = (uint32_t)builder->words.count;
        for (uint32_t i = 0; i < words; i++)
            eb_index_builder_add_word(builder, code[i]);
    }
    return known->at;
}

/* ---- proofs ---- */

/* A proof being written. */
struct proof {
    struct eb_index_builder *builder;
    struct eb_index_slot *slot;
    uint32_t shared[EB_SLOT_SHARED_MAX];
    const uint32_t *key_item; /* the field that the rule is filed under */
};

static bool add_code(struct eb_index_slot *slot, const uint32_t *code, uint32_t words)
{
    if (words > EB_SLOT_CODE_MAX || slot->words + words > EB_SLOT_CODE_MAX)
        return false;
    memcpy(slot->code + slot->words, code, words * sizeof *code);
    slot->words = (slot->words + words) & 15;
    return true;
}

static bool add_item(struct proof *proof, const struct eb_item *item)
{
    struct eb_index_slot *slot = proof->slot;
    uint32_t words = 2 + item->predicates.words;
    uint32_t shared = share(proof->builder, item->code, words);
    if (shared == EB_NOT_SHARED)
        return add_code(slot, item->code, words);
    if (slot->shared_count == EB_SLOT_SHARED_MAX)
        return false;
    proof->shared[slot->shared_count++] = shared;
    return true;
}

/* The items of a scope but for that which the rule is filed under and those that have served. */
static bool add_items(struct proof *proof, const struct eb_scope *all, struct eb_items items)
{
    for (struct eb_item item; eb_items_next(&items, &item);) {
        bool is_asked = item.code != proof->key_item && !eb_scope_has_served(all, item.code);
        if (is_asked && !add_item(proof, &item))
            return false;
    }
    return true;
}

/* The item that a predicate is part of; `path` EB_NO_PATH: it is in none of them. */
static struct eb_item find_item(const struct eb_scope *scope, const uint32_t *predicate)
{
    for (; scope; scope = scope->outer) {
        struct eb_items items = scope->items;
        for (struct eb_item item; eb_items_next(&items, &item);) {
            const uint32_t *code = item.predicates.code;
            if (!eb_item_is_or(&item) && predicate >= code &&
                predicate < code + item.predicates.words)
                return item;
        }
    }
    return (struct eb_item){ .path = EB_NO_PATH };
}

/* The field that the rule is filed under, with one predicate. */
static bool add_key_item(struct proof *proof, const struct eb_item *item, const uint32_t *predicate)
{
    struct eb_predicate decoded;
    uint32_t words = (uint32_t)(eb_predicate_decode(predicate, &decoded) - predicate);
    uint32_t head[] = { item->path, words };
    proof->key_item = item->code;
    return add_code(proof->slot, head, 2) && add_code(proof->slot, predicate, words);
}

bool eb_index_builder_write_proof(
    struct eb_index_builder *builder, struct eb_index_slot *slot, const struct eb_filed *filed)
{
    const struct eb_pattern *pattern = builder->entries[filed->entry].pattern;
    struct eb_scope whole = { .items = eb_items_of(pattern) };
    const struct eb_scope *scope = filed->scope ? filed->scope : &whole;
    struct proof proof = { .builder = builder, .slot = slot };
    struct eb_item item = find_item(scope, filed->predicate);
    if (!filed->is_alone || eb_item_is_or(&item) || !add_key_item(&proof, &item, filed->predicate))
        return false;
    for (const struct eb_scope *at = scope; at; at = at->outer) {
        if (!add_items(&proof, scope, at->items))
            return false;
    }
    slot->form = EB_SLOT_PROOF;
    slot->is_whole = !filed->scope;
    slot->reads_payload = eb_pattern_reads_payload(pattern);
    return add_code(slot, proof.shared, slot->shared_count);
}
