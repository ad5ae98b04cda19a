#include "pattern/index_key.h"

#include "base/limits.h"
#include "pattern/wildcard.h"

static struct eb_key text_key(enum eb_key_kind kind, struct eb_span text)
{
    return (struct eb_key){ .kind = kind, .operand = eb_text_operand(text) };
}

/* Of long affixes only so much counts that a measure can tell. */
static struct eb_key prefix_key(enum eb_key_kind kind, struct eb_span text)
{
    if (text.len > EB_AFFIX_BYTES_MAX)
        text.len = EB_AFFIX_BYTES_MAX;
    return (struct eb_key){
        .kind = kind, .measure = (uint32_t)text.len, .operand = eb_prefix_operand(text)
    };
}

static struct eb_key suffix_key(enum eb_key_kind kind, struct eb_span text)
{
    if (text.len > EB_AFFIX_BYTES_MAX)
        text = eb_span(text.ptr + text.len - EB_AFFIX_BYTES_MAX, EB_AFFIX_BYTES_MAX);
    return (struct eb_key){
        .kind = kind, .measure = (uint32_t)text.len, .operand = eb_suffix_operand(text)
    };
}

static struct eb_key block_key(const struct eb_block *block)
{
    uint32_t measure = eb_block_measure(block);
    return (struct eb_key){
        .kind = EB_KEY_BLOCK, .measure = measure, .operand = eb_block_operand(&block->base, measure)
    };
}

static struct eb_key window_key(const char *bytes, size_t len)
{
    return (struct eb_key){ .kind = EB_KEY_HOLDS,
        .measure = (uint32_t)len,
        .operand = eb_window_operand(eb_hash_load(bytes, len), (uint32_t)len) };
}

/* Windows of one literal, spread evenly over it, at most `max`. */
static uint32_t window_keys(struct eb_span literal, struct eb_key *keys, uint32_t max)
{
    if (literal.len == 0 || max == 0)
        return 0;
    size_t len = literal.len < EB_WINDOW_BYTES ? literal.len : EB_WINDOW_BYTES;
    size_t places = literal.len - len + 1;
    uint32_t count = places < max ? (uint32_t)places : max;
    for (uint32_t i = 0; i < count; i++)
        keys[i] = window_key(literal.ptr + i * places / count, len);
    return count;
}

/*
 * What stands before the first star, behind the last, and between. A third of the room for each
 * literal between, so that the first long one does not take it all.
 */
static uint32_t wildcard_keys(struct eb_span text, struct eb_key *keys)
{
    char bytes[EB_WILDCARD_BYTES_MAX];
    bool has_star, is_first = true;
    uint32_t count = 0;
    for (struct eb_span rest = text;; is_first = false) {
        struct eb_span literal = eb_wildcard_literal(&rest, bytes, &has_star);
        uint32_t room = EB_KEYS_MAX - 1 - count;
        if (is_first && !has_star)
            keys[count++] = text_key(EB_KEY_STRING, literal);
        else if (is_first && literal.len)
            keys[count++] = prefix_key(EB_KEY_STARTS, literal);
        else if (has_star)
            count += window_keys(literal, keys + count, room > 3 ? room / 3 : room);
        else if (literal.len)
            keys[count++] = suffix_key(EB_KEY_ENDS, literal);
        if (!has_star)
            return count;
    }
}

uint32_t eb_keys_of(const struct eb_predicate *predicate, struct eb_key keys[EB_KEYS_MAX])
{
    uint32_t count = 0;
    keys[0] = (struct eb_key){ .kind = EB_KEY_EXISTS };
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_NULL: keys[0].kind = EB_KEY_NULL; return 1;
    case EB_IS_FALSE: keys[0].kind = EB_KEY_FALSE; return 1;
    case EB_IS_TRUE: keys[0].kind = EB_KEY_TRUE; return 1;
    case EB_IS_NUMBER:
        keys[0].kind = EB_KEY_NUMBER;
        keys[0].operand = eb_number_operand(predicate->number);
        return 1;
    case EB_IS_LITERAL: keys[0] = text_key(EB_KEY_LITERAL, predicate->text); return 1;
    case EB_IS_STRING: keys[0] = text_key(EB_KEY_STRING, predicate->text); return 1;
    case EB_IS_ADDRESS:
    case EB_IN_BLOCK: keys[0] = block_key(predicate->block); return 1;
    case EB_IN_RANGE: {
        struct eb_range_leaf range = eb_range_of(predicate);
        keys[0].kind = EB_KEY_RANGE;
        keys[0].operand = eb_hash_mix(range.low, range.high ^ UINT64_C(0x2d358dccaa6c78a5));
        return 1;
    }
    case EB_STARTS: keys[0] = prefix_key(EB_KEY_STARTS, predicate->text); return 1;
    case EB_ENDS: keys[0] = suffix_key(EB_KEY_ENDS, predicate->text); return 1;
    case EB_FOLDS_TO: keys[0] = text_key(EB_KEY_FOLDED, predicate->text); return 1;
    case EB_FOLDED_STARTS: keys[0] = prefix_key(EB_KEY_FOLDED_STARTS, predicate->text); return 1;
    case EB_FOLDED_ENDS: keys[0] = suffix_key(EB_KEY_FOLDED_ENDS, predicate->text); return 1;
    case EB_IS_LIKE: count = wildcard_keys(predicate->text, keys); break;
    case EB_IS_ABSENT: return 0;
    case EB_IS_NONE_OF:
    case EB_EXISTS:
    case EB_PREDICATE_KINDS: break;
    }
    if (count == 0)
        keys[count++] = (struct eb_key){ .kind = EB_KEY_EXISTS };
    return count;
}
