/*
 * Lines: a topic, then filters. The trie must give exactly the filters that match one by one, and
 * covering, overlapping and matching must not contradict each other.
 */
#include "fuzz/fuzz.h"

#include "topic/filter.h"
#include "topic/trie.h"

enum { FILTERS_MAX = 64 };

static bool next_line(struct eb_span *rest, struct eb_span *line)
{
    if (!rest->ptr)
        return false;
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
    *line = eb_span(rest->ptr, len);
    *rest = end ? eb_span(end + 1, rest->len - len - 1) : eb_span(NULL, 0);
    return true;
}

static bool is_in(uint32_t number, const uint32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

static void compare_pair(struct eb_span a, struct eb_span b, struct eb_span topic)
{
    bool is_covered = eb_filter_covers(a, b);
    bool overlap = eb_filter_overlaps(a, b);
    FUZZ_REQUIRE(overlap == eb_filter_overlaps(b, a));
    FUZZ_REQUIRE(overlap || !is_covered);
    bool by_a = eb_filter_matches(a, topic), by_b = eb_filter_matches(b, topic);
    FUZZ_REQUIRE(overlap || !(by_a && by_b));
    FUZZ_REQUIRE(!is_covered || by_a || !by_b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eb_span rest = eb_span((const char *)bytes, len), topic, line;
    struct eb_span filters[FILTERS_MAX];
    uint32_t numbers[FILTERS_MAX], matched[FILTERS_MAX];
    size_t count = 0;
    if (!next_line(&rest, &topic))
        return 0;
    struct eb_trie_builder *builder = eb_trie_builder_new();
    while (count < FILTERS_MAX && next_line(&rest, &line)) {
        if (eb_filter_check(line))
            continue;
        filters[count] = line;
        numbers[count++] = eb_trie_builder_add(builder, line);
    }
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_trie *trie = eb_trie_freeze(builder, &arena);
    FUZZ_REQUIRE(trie && eb_trie_check(trie));
    size_t match_count = eb_trie_match(trie, topic, matched, FILTERS_MAX);
    struct eb_trie_found found;
    FUZZ_REQUIRE(eb_trie_find(trie, topic, &found) == (match_count > 0));
    FUZZ_REQUIRE(found.count == match_count);
    if (!eb_topic_check(topic)) {
        for (size_t i = 0; i < count; i++) {
            FUZZ_REQUIRE(
                eb_filter_matches(filters[i], topic) == is_in(numbers[i], matched, match_count));
            for (size_t j = 0; j < count; j++)
                compare_pair(filters[i], filters[j], topic);
        }
    }
    eb_arena_release(&arena);
    eb_trie_builder_free(builder);
    return 0;
}
