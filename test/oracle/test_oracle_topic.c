/*
 * Topics and filters against definitions that are obvious: matching by recursion over split
 * levels, covering and overlapping by trying every topic of a small world, the trie by asking
 * every filter.
 */
#include "eb_test.h"

#include "topic/filter.h"
#include "topic/trie.h"

/* xorshift64*: the same sequence on every machine. */
static uint64_t draw_state = 88172645463325252u;

static uint32_t draw(uint32_t below)
{
    draw_state ^= draw_state >> 12;
    draw_state ^= draw_state << 25;
    draw_state ^= draw_state >> 27;
    return (uint32_t)((draw_state * UINT64_C(2685821657736338717)) >> 32) % below;
}

enum { LEVELS_MAX = 8, TEXT_MAX = 64 };

struct levels {
    char text[LEVELS_MAX][TEXT_MAX];
    int count;
};

static struct levels split(const char *text)
{
    struct levels levels = { .count = 1 };
    size_t len = 0;
    for (; *text; text++) {
        if (*text == '/') {
            levels.count++;
            len = 0;
        } else {
            levels.text[levels.count - 1][len++] = *text;
        }
    }
    return levels;
}

static bool obviously_matches(const struct levels *filter, int f, const struct levels *topic, int t)
{
    if (f == filter->count)
        return t == topic->count;
    const char *level = filter->text[f];
    bool is_wildcard = !strcmp(level, "#") || !strcmp(level, "+");
    if (is_wildcard && f == 0 && topic->text[0][0] == '$')
        return false;
    if (!strcmp(level, "#"))
        return true;
    if (t == topic->count)
        return false;
    if (strcmp(level, "+") && strcmp(level, topic->text[t]))
        return false;
    return obviously_matches(filter, f + 1, topic, t + 1);
}

static bool matches(const char *filter, const char *topic)
{
    struct levels f = split(filter), t = split(topic);
    return obviously_matches(&f, 0, &t, 0);
}

/* Every text of 1 to `depth` levels out of `names`. */
struct world {
    char text[20000][24];
    int count;
};

static void fill(struct world *world, const char *const *names, const char *prefix, int depth)
{
    for (int i = 0; names[i]; i++) {
        char text[24];
        snprintf(text, sizeof text, "%s%s", prefix, names[i]);
        if (*text)
            strcpy(world->text[world->count++], text);
        if (depth > 1) {
            strncat(text, "/", sizeof text - strlen(text) - 1);
            fill(world, names, text, depth - 1);
        }
    }
}

static void drop_bad_filters(struct world *world)
{
    int kept = 0;
    for (int i = 0; i < world->count; i++)
        if (eb_filter_check(eb_span_of(world->text[i])) == EB_TOPIC_OK)
            memmove(world->text[kept++], world->text[i], sizeof world->text[i]);
    world->count = kept;
}

/* 'z' and '$z' stand for all names that no filter mentions. One level more than filters have. */
static const char *const topic_names[] = { "", "a", "$a", "z", "$z", NULL };
static const char *const filter_names[] = { "", "a", "$a", "+", "#", NULL };
static struct world topics, filters;
static unsigned char *matched; /* [filter][topic] */

static int make_worlds(void **state)
{
    (void)state;
    fill(&topics, topic_names, "", 4);
    fill(&filters, filter_names, "", 3);
    drop_bad_filters(&filters);
    matched = test_malloc((size_t)filters.count * (size_t)topics.count);
    for (int f = 0; f < filters.count; f++)
        for (int t = 0; t < topics.count; t++)
            matched[f * topics.count + t] = matches(filters.text[f], topics.text[t]);
    return 0;
}

static int free_worlds(void **state)
{
    (void)state;
    test_free(matched);
    return 0;
}

static void matches__agrees_on_every_small_filter_and_topic(void **state)
{
    (void)state;
    int hits = 0;
    for (int f = 0; f < filters.count; f++) {
        for (int t = 0; t < topics.count; t++) {
            bool want = matched[f * topics.count + t];
            if (eb_filter_matches(eb_span_of(filters.text[f]), eb_span_of(topics.text[t])) != want)
                fail_msg("%s against %s, want %d", filters.text[f], topics.text[t], want);
            hits += want;
        }
    }
    assert_in_range(hits, 1000, 1000000);
}

static void covers_and_overlaps__agree_on_every_small_pair(void **state)
{
    (void)state;
    for (int a = 0; a < filters.count; a++) {
        for (int b = 0; b < filters.count; b++) {
            bool want_covers = true, want_overlaps = false;
            for (int t = 0; t < topics.count; t++) {
                bool by_a = matched[a * topics.count + t], by_b = matched[b * topics.count + t];
                want_covers &= by_a || !by_b;
                want_overlaps |= by_a && by_b;
            }
            struct eb_span in_a = eb_span_of(filters.text[a]), in_b = eb_span_of(filters.text[b]);
            if (eb_filter_covers(in_a, in_b) != want_covers ||
                eb_filter_overlaps(in_a, in_b) != want_overlaps)
                fail_msg("%s and %s: want covers %d, overlaps %d", filters.text[a], filters.text[b],
                    want_covers, want_overlaps);
        }
    }
}

/* Few names near the root, many deeper down, so that rows and tables both appear. */
static void random_level(char *out, int depth)
{
    static const char *const few[] = { "", "a", "b", "$a", "$SYS" };
    if (depth == 0 || draw(3) == 0)
        strcpy(out, few[draw(5)]);
    else if (draw(2) == 0)
        sprintf(out, "n%u", draw(12));
    else
        sprintf(out, "longer-than-a-node-%u", draw(12));
}

static void random_text(char *out, bool is_filter)
{
    int depth = 1 + (int)draw(5);
    *out = '\0';
    for (int i = 0; i < depth; i++) {
        char level[TEXT_MAX];
        random_level(level, i);
        if (is_filter && draw(4) == 0)
            strcpy(level, i == depth - 1 && draw(2) ? "#" : "+");
        sprintf(out + strlen(out), "%s%s", i ? "/" : "", level);
    }
}

enum { SETS = 400, SET_MAX = 200, TOPICS_A_SET = 200 };

static int find_filter(char set[][5 * TEXT_MAX], int count, const char *filter)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(set[i], filter))
            return i;
    return count;
}

static int make_set(struct eb_trie_builder *builder, char set[][5 * TEXT_MAX])
{
    int count = 0;
    for (int want = 1 + (int)draw(SET_MAX - 1); want > 0; want--) {
        char filter[5 * TEXT_MAX];
        random_text(filter, true);
        if (eb_filter_check(eb_span_of(filter)))
            continue;
        int number = find_filter(set, count, filter);
        if (number == count)
            strcpy(set[count++], filter);
        assert_int_equal(eb_trie_builder_add(builder, eb_span_of(filter)), number);
    }
    return count;
}

static size_t compare_topic(const struct eb_trie *trie, char set[][5 * TEXT_MAX], int count)
{
    char topic[5 * TEXT_MAX];
    uint32_t numbers[SET_MAX];
    int times[SET_MAX] = { 0 };
    random_text(topic, false);
    size_t got = eb_trie_match(trie, eb_span_of(topic), numbers, SET_MAX);
    struct eb_trie_found found;
    assert_int_equal(eb_trie_find(trie, eb_span_of(topic), &found), got > 0);
    assert_int_equal(found.count, got);
    for (size_t i = 0; i < got; i++)
        times[numbers[i]]++;
    for (int i = 0; i < count; i++)
        if (times[i] != (*topic && matches(set[i], topic)))
            fail_msg("%s against %s: found %d times", set[i], topic, times[i]);
    return got;
}

static void trie__agrees_with_asking_every_filter(void **state)
{
    (void)state;
    static char set[SET_MAX][5 * TEXT_MAX];
    size_t hits = 0;
    for (int i = 0; i < SETS; i++) {
        struct eb_trie_builder *builder = eb_trie_builder_new();
        int count = make_set(builder, set);
        struct eb_arena arena;
        eb_arena_init_growing(&arena, SIZE_MAX);
        struct eb_trie *trie = eb_trie_freeze(builder, &arena);
        eb_trie_builder_free(builder);
        assert_true(eb_trie_check(trie));
        assert_int_equal(eb_trie_filter_count(trie), count);
        for (int t = 0; t < TOPICS_A_SET; t++)
            hits += compare_topic(trie, set, count);
        eb_arena_release(&arena);
    }
    assert_in_range(hits, SETS * TOPICS_A_SET, 100 * SETS * TOPICS_A_SET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches__agrees_on_every_small_filter_and_topic),
        cmocka_unit_test(covers_and_overlaps__agree_on_every_small_pair),
        cmocka_unit_test(trie__agrees_with_asking_every_filter),
    };
    return cmocka_run_group_tests(tests, make_worlds, free_worlds);
}
