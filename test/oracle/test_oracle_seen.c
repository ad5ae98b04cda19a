/* What a contract remembers, against a list that is searched from end to end. */
#include "eb_test.h"

#include "bus/seen.h"
#include "eb_draw.h"

enum { KEYS_MAX = 40, KEYS_DRAWN = 60 };

struct naive_key {
    struct eb_digest key;
    uint8_t publisher;
    int64_t seen_us;
};

/* Oldest first. Expired keys stay until they are in the way: nobody can tell. */
struct naive {
    struct naive_key keys[KEYS_MAX];
    size_t count, max;
    int64_t wall_us, now_us;
};

static void naive_remove(struct naive *naive, size_t at)
{
    naive->count--;
    memmove(naive->keys + at, naive->keys + at + 1, (naive->count - at) * sizeof *naive->keys);
}

static size_t naive_find(const struct naive *naive, struct eb_digest key)
{
    size_t at = 0;
    while (at < naive->count && !eb_digest_equal(naive->keys[at].key, key))
        at++;
    return at;
}

static void naive_tell_time(struct naive *naive, int64_t wall_us)
{
    if (wall_us > naive->wall_us)
        naive->now_us += wall_us - naive->wall_us;
    naive->wall_us = wall_us;
}

static bool naive_is_expired(const struct naive *naive, size_t at, int64_t window_us)
{
    return naive->now_us - naive->keys[at].seen_us > window_us;
}

static size_t naive_victim(const struct naive *naive, uint8_t publisher)
{
    size_t own = 0;
    for (size_t i = 0; i < naive->count; i++)
        own += naive->keys[i].publisher == publisher;
    if (own * EB_SEEN_SHARES <= naive->max)
        return 0;
    size_t at = 0;
    while (naive->keys[at].publisher != publisher)
        at++;
    return at;
}

/* True when a key had to go early. */
static bool naive_add(struct naive *naive, struct naive_key key, int64_t window_us)
{
    bool is_early = false;
    size_t stale = naive_find(naive, key.key);
    if (stale < naive->count)
        naive_remove(naive, stale);
    while (naive->count && naive_is_expired(naive, 0, window_us))
        naive_remove(naive, 0);
    if (naive->count == naive->max) {
        naive_remove(naive, naive_victim(naive, key.publisher));
        is_early = true;
    }
    key.seen_us = naive->now_us;
    naive->keys[naive->count++] = key;
    return is_early;
}

/* One digest for a number; some share half of it, so that chains are long and not equal. */
static struct eb_digest digest(size_t number)
{
    return (struct eb_digest){ .low = number % 7, .high = number };
}

static int64_t next_wall(struct eb_draw *draw, int64_t wall_us)
{
    switch (eb_draw_below(draw, 40)) {
    case 0: return wall_us - (int64_t)eb_draw_below(draw, 2000); /* set back */
    case 1: return wall_us + (int64_t)eb_draw_below(draw, 200);
    default: return wall_us + (int64_t)eb_draw_below(draw, 4);
    }
}

static size_t compare(struct eb_draw *draw, uint32_t key_max, int64_t window_us)
{
    struct eb_seen_shelf shelf = { 0 };
    struct eb_seen *seen = eb_seen_take(&shelf, eb_span_of("c"), key_max);
    struct naive naive = { .max = key_max };
    size_t repeated = 0;
    struct eb_seen_time time = { .now_us = 1000, .window_us = window_us };
    assert_non_null(seen);
    for (int step = 0; step < 3000; step++) {
        struct naive_key key = {
            .key = digest(eb_draw_below(draw, KEYS_DRAWN)),
            .publisher = eb_draw_below(draw, 3) ? 1 : (uint8_t)eb_draw_below(draw, 256),
        };
        time.now_us = next_wall(draw, time.now_us);
        naive_tell_time(&naive, time.now_us);
        size_t at = naive_find(&naive, key.key);
        bool want = at < naive.count && !naive_is_expired(&naive, at, window_us);
        bool got = eb_seen_find(seen, key.key, time) != NULL;
        if (got != want)
            fail_msg("%u keys, step %d: got %d, want %d", key_max, step, got, want);
        repeated += got;
        eb_seen_tell_time(seen, time);
        if (got)
            continue;
        struct eb_seen_event event = { .key = key.key, .publisher = key.publisher };
        assert_int_equal(eb_seen_add(seen, &event, time), naive_add(&naive, key, window_us));
        assert_true(eb_seen_check(seen));
        assert_true(eb_seen_count(seen) <= key_max);
    }
    eb_seen_drop(seen);
    return repeated;
}

static void seen__is_what_a_list_would_be(void **state)
{
    (void)state;
    struct eb_draw draw = { 7 };
    size_t repeated = 0;
    for (uint32_t key_max = 1; key_max <= KEYS_MAX; key_max++)
        repeated += compare(&draw, key_max, 5 + (int64_t)eb_draw_below(&draw, 300));
    print_message("%zu of %d events were repetitions\n", repeated, 3000 * KEYS_MAX);
    assert_true(repeated > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seen__is_what_a_list_would_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
