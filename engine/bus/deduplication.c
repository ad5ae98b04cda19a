#include "bus/deduplication.h"

#include "bus/builder.h"
#include "bus/event.h"
#include "target/key.h"
#include "json/number.h"

/* ---- reading ---- */

/* The contract's schema.json has seen to it that it is a number and one of these letters. */
static int64_t read_duration_us(struct eb_span text)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    struct eb_number number = eb_number_of(eb_span(text.ptr, text.len - 1));
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (text.ptr[text.len - 1] == units[i].letter)
            return number.small * units[i].seconds * 1000000;
    }
    return 0;
}

static const struct eb_key *read_key(
    struct eb_builder *builder, const struct eb_doc *doc, uint32_t token)
{
    const struct eb_key *key =
        eb_key_compile(doc, token, builder->arena, &builder->scratch, builder->diags);
    if (!key || !eb_key_is_literal(key))
        return key;
    eb_doc_diag(builder->diags, EB_ERROR, doc, token,
        "every event would have the same key: expected a placeholder, as \"${id}\"");
    return NULL;
}

bool eb_deduplication_read(struct eb_deduplication *deduplication, struct eb_builder *builder,
    const struct eb_doc *doc, struct eb_span contract)
{
    uint32_t object = eb_doc_member(doc, 0, "deduplicate");
    if (object == EB_NO_TOKEN)
        return true;
    uint32_t keys = eb_doc_member(doc, object, "keys");
    uint32_t key_max = builder->configuration->settings.seen_keys_max;
    if (keys != EB_NO_TOKEN)
        key_max = (uint32_t)eb_number_of(eb_doc_raw(doc, keys)).small;
    struct eb_seen_shelf *shelf = eb_figures_shelf(builder->registry);
    deduplication->window_us =
        read_duration_us(eb_doc_raw(doc, eb_doc_member(doc, object, "window")));
    deduplication->seen = eb_seen_take(shelf, contract, key_max);
    deduplication->seen_before = eb_seen_take_other(shelf, contract, key_max);
    if (!deduplication->seen) {
        eb_diag_add_out_of_memory(builder->diags);
        return false;
    }
    deduplication->key = read_key(builder, doc, eb_doc_member(doc, object, "key"));
    return deduplication->key;
}

void eb_deduplication_release(const struct eb_deduplication *deduplication)
{
    eb_seen_drop(deduplication->seen);
    eb_seen_drop(deduplication->seen_before);
}

void eb_deduplication_forget(const struct eb_deduplication *deduplication)
{
    if (deduplication->seen)
        eb_seen_clear(deduplication->seen);
    if (deduplication->seen_before)
        eb_seen_clear(deduplication->seen_before);
}

/* ---- one event ---- */

/* What the broker, too, tells messages of one id apart by, and whose it is. */
static uint32_t content_of(const struct eb_message *message)
{
    struct eb_hasher hasher;
    eb_hasher_init(&hasher, eb_hash_key());
    eb_hasher_add_counted(&hasher, message->client_id.ptr, message->client_id.len);
    eb_hasher_add_counted(&hasher, message->topic.ptr, message->topic.len);
    eb_hasher_add_counted(&hasher, message->payload.ptr, message->payload.len);
    const uint8_t flags[] = { message->qos, message->is_retain };
    eb_hasher_add(&hasher, flags, sizeof flags);
    return (uint32_t)eb_hasher_end(&hasher);
}

static uint8_t publisher_of(const struct eb_message *message)
{
    return (uint8_t)eb_hash(eb_hash_key(), message->client_id.ptr, message->client_id.len);
}

static struct eb_event_key key_of(const struct eb_event *event, const struct eb_contract *contract)
{
    struct eb_event_key key = { .contract = contract };
    const struct eb_render render = {
        .message = event->message,
        .doc = event->is_read ? &event->doc : NULL,
    };
    struct eb_hasher hasher;
    eb_hasher_init_wide(&hasher, eb_hash_key());
    key.is_there = eb_key_hash(contract->deduplication.key, &render, &hasher);
    key.digest = eb_hasher_end_wide(&hasher);
    return key;
}

static struct eb_seen_time time_of(const struct eb_event *event, const struct eb_event_key *key)
{
    return (struct eb_seen_time){
        .now_us = event->message->received_us,
        .window_us = key->contract->deduplication.window_us,
    };
}

static const struct eb_seen_event *find(
    const struct eb_event *event, const struct eb_event_key *key)
{
    const struct eb_deduplication *deduplication = &key->contract->deduplication;
    struct eb_seen_time time = time_of(event, key);
    const struct eb_seen_event *found = eb_seen_find(deduplication->seen, key->digest, time);
    if (!found && deduplication->seen_before)
        found = eb_seen_find(deduplication->seen_before, key->digest, time);
    return found;
}

static void repeat(struct eb_event *event, const struct eb_seen_event *first)
{
    bool may_be_first = event->message->qos == 2 && first->content == content_of(event->message);
    event->outcome->verdict = EB_DEDUPLICATED;
    event->outcome->answer = may_be_first ? (enum eb_verdict)first->verdict : EB_CONSUMED;
}

static bool is_told_apart(const struct eb_judgement *judgement)
{
    return judgement->contract->deduplication.key && judgement->reason == EB_REASON_NONE;
}

static uint32_t count_keys(const struct eb_event *event)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < event->outcome->judgement_count; i++)
        count += is_told_apart(&event->judgements[i]);
    return count;
}

void eb_event_deduplicate(struct eb_event *event)
{
    uint32_t count = count_keys(event);
    if (event->pipeline->overlooks_keys || count == 0 || eb_event_is_clearing(event) ||
        event->outcome->verdict > EB_CONSUMED)
        return;
    event->keys = EB_ARENA_ARRAY(event->arena, struct eb_event_key, count);
    if (!event->keys) {
        event->has_failed = true;
        return;
    }
    for (uint32_t i = 0; i < event->outcome->judgement_count; i++) {
        if (!is_told_apart(&event->judgements[i]))
            continue;
        struct eb_event_key *key = &event->keys[event->key_count++];
        *key = key_of(event, event->judgements[i].contract);
        const struct eb_seen_event *first = key->is_there ? find(event, key) : NULL;
        if (first) {
            repeat(event, first);
            return;
        }
    }
}

static void remember(const struct eb_event *event, const struct eb_event_key *key)
{
    const struct eb_message *message = event->message;
    struct eb_seen_event seen = {
        .key = key->digest,
        .content = message->qos == 2 ? content_of(message) : 0,
        .publisher = publisher_of(message),
        .verdict = (uint8_t)event->outcome->verdict,
    };
    if (!eb_seen_add(key->contract->deduplication.seen, &seen, time_of(event, key)))
        return;
    eb_count(&key->contract->figures->forgotten, 1);
    eb_count(&event->snapshot->figures->forgotten, 1);
}

/* Repetitions too: where the clock goes back, what passed before must have been told. */
static void tell_time(const struct eb_event *event, const struct eb_event_key *key)
{
    const struct eb_deduplication *deduplication = &key->contract->deduplication;
    struct eb_seen_time time = time_of(event, key);
    eb_seen_tell_time(deduplication->seen, time);
    if (deduplication->seen_before)
        eb_seen_tell_time(deduplication->seen_before, time);
}

static void remember_keys(const struct eb_event *event)
{
    bool is_let_through = event->outcome->verdict <= EB_CONSUMED && !event->has_failed;
    for (uint32_t i = 0; i < event->key_count; i++) {
        const struct eb_event_key *key = &event->keys[i];
        tell_time(event, key);
        if (key->is_there && is_let_through)
            remember(event, key);
        eb_count(&key->contract->figures->keyless, !key->is_there);
        eb_count(&event->snapshot->figures->keyless, !key->is_there);
    }
}

void eb_event_remember_keys(const struct eb_event *event)
{
    for (; event; event = event->next)
        remember_keys(event);
}
