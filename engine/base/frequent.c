#include "base/frequent.h"

#include "base/hash.h"
#include "base/utf8.h"

static const char ellipsis[] = "…";

/* As much of `key` as there is room for, whole characters only. */
static uint8_t keep_text(char text[EB_FREQUENT_TEXT_BYTES], struct eb_span key)
{
    if (key.len <= EB_FREQUENT_TEXT_BYTES) {
        if (key.len)
            memcpy(text, key.ptr, key.len);
        return (uint8_t)key.len;
    }
    key = eb_utf8_cut(key, EB_FREQUENT_TEXT_BYTES - (sizeof ellipsis - 1));
    memcpy(text, key.ptr, key.len);
    memcpy(text + key.len, ellipsis, sizeof ellipsis - 1);
    return (uint8_t)(key.len + sizeof ellipsis - 1);
}

static uint32_t find(const struct eb_frequent *frequent, uint64_t hash)
{
    uint32_t i = 0;
    while (i < frequent->used && frequent->hashes[i] != hash)
        i++;
    return i;
}

static uint32_t smallest(const struct eb_frequent *frequent)
{
    uint32_t least = 0;
    for (uint32_t i = 1; i < EB_FREQUENT_KEYS; i++) {
        if (frequent->counts[i] < frequent->counts[least])
            least = i;
    }
    return least;
}

void eb_frequent_count(struct eb_frequent *frequent, struct eb_span key)
{
    uint64_t hash = eb_hash(eb_hash_key(), key.ptr, key.len);
    uint32_t at = find(frequent, hash);
    if (at == frequent->used) {
        if (frequent->used < EB_FREQUENT_KEYS)
            frequent->used++;
        else
            at = smallest(frequent);
        frequent->hashes[at] = hash;
        frequent->errors[at] = frequent->counts[at];
        frequent->text_len[at] = keep_text(frequent->texts[at], key);
    }
    frequent->counts[at]++;
}

uint32_t eb_frequent_top(
    const struct eb_frequent *frequent, struct eb_frequent_key *top, uint32_t max)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < frequent->used; i++) {
        uint64_t count = frequent->counts[i];
        uint32_t at = kept;
        while (at > 0 && top[at - 1].count < count)
            at--;
        if (at == max)
            continue;
        if (kept < max)
            kept++;
        memmove(&top[at + 1], &top[at], (kept - 1 - at) * sizeof *top);
        top[at] = (struct eb_frequent_key){
            .key = eb_span(frequent->texts[i], frequent->text_len[i]),
            .count = count,
            .error = frequent->errors[i],
        };
    }
    return kept;
}
