#include "eb_test.h"

#include "base/frequent.h"
#include "eb_draw.h"

static void count_number(struct eb_frequent *frequent, unsigned number)
{
    char key[16];
    int len = snprintf(key, sizeof key, "key-%u", number);
    eb_frequent_count(frequent, eb_span(key, (size_t)len));
}

static void few_keys__are_counted_exactly_and_told_in_falling_order(void **state)
{
    (void)state;
    struct eb_frequent frequent = { 0 };
    for (unsigned number = 1; number <= 20; number++) {
        for (unsigned i = 0; i < number; i++)
            count_number(&frequent, number);
    }
    struct eb_frequent_key top[5];
    assert_int_equal(eb_frequent_top(&frequent, top, 5), 5);
    assert_span_equal(top[0].key, "key-20");
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(top[i].count, 20 - i);
        assert_int_equal(top[i].error, 0);
    }
}

static void empty__has_nothing_to_tell(void **state)
{
    (void)state;
    struct eb_frequent frequent = { 0 };
    struct eb_frequent_key top[1];
    assert_int_equal(eb_frequent_top(&frequent, top, 1), 0);
    eb_frequent_count(&frequent, eb_span(NULL, 0));
    assert_int_equal(eb_frequent_top(&frequent, top, 1), 1);
    assert_int_equal(top[0].key.len, 0);
}

/* A thousand keys that nobody sees twice must not push out the ones that come all the time. */
static void often__is_found_among_many_and_its_count_is_within_its_error(void **state)
{
    (void)state;
    enum { ROUNDS = 20000, OFTEN = 10 };
    struct eb_frequent frequent = { 0 };
    struct eb_draw draw = { .state = 3 };
    unsigned true_count[OFTEN] = { 0 };
    for (unsigned i = 0; i < ROUNDS; i++) {
        count_number(&frequent, 1000 + i);
        unsigned number = (unsigned)eb_draw_below(&draw, OFTEN);
        true_count[number]++;
        count_number(&frequent, number);
    }
    struct eb_frequent_key top[OFTEN];
    assert_int_equal(eb_frequent_top(&frequent, top, OFTEN), OFTEN);
    for (unsigned i = 0; i < OFTEN; i++) {
        unsigned number;
        char text[32];
        snprintf(text, sizeof text, "%.*s", (int)top[i].key.len, top[i].key.ptr);
        assert_int_equal(sscanf(text, "key-%u", &number), 1);
        assert_true(number < OFTEN);
        assert_true(top[i].count >= true_count[number]);
        assert_true(top[i].count - top[i].error <= true_count[number]);
        assert_true(top[i].error <= 2 * ROUNDS / EB_FREQUENT_KEYS);
    }
}

static void long_key__is_told_apart_by_all_of_it_and_cut_between_characters(void **state)
{
    (void)state;
    struct eb_frequent frequent = { 0 };
    char key[301];
    for (size_t i = 0; i < 300; i += 2)
        memcpy(key + i, "é", 2);
    key[299] = 'x';
    eb_frequent_count(&frequent, eb_span(key, 300));
    key[299] = 'y';
    eb_frequent_count(&frequent, eb_span(key, 300));
    struct eb_frequent_key top[3];
    assert_int_equal(eb_frequent_top(&frequent, top, 3), 2);
    assert_int_equal(top[0].key.len, 116 + 3);
    assert_memory_equal(top[0].key.ptr + 114, "é…", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_keys__are_counted_exactly_and_told_in_falling_order),
        cmocka_unit_test(empty__has_nothing_to_tell),
        cmocka_unit_test(often__is_found_among_many_and_its_count_is_within_its_error),
        cmocka_unit_test(long_key__is_told_apart_by_all_of_it_and_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
