/* What `event-bus top` makes of one answer after another, and the picture of it. */
#include "eb_test.h"

#include <stdlib.h>

#include "top_draw.h"
#include "top_model.h"

static struct top_model model;

/* Takes an answer with these members of `data` in. */
static void take(const char *members)
{
    char *text = NULL;
    struct eb_arena arena;
    struct reply reply;
    eb_arena_init_growing(&arena, SIZE_MAX);
    assert_true(asprintf(&text, "{\"responses\":[{\"correlationData\":\"7\",\"data\":{%s}}]}",
                    members) > 0);
    assert_int_equal(reply_read(&reply, eb_span_of(text), eb_span_of("7"), &arena), REPLY_OURS);
    top_model_take(&model, &reply);
    eb_arena_release(&arena);
    free(text);
}

static int begin(void **state)
{
    (void)state;
    top_model_init(&model);
    return 0;
}

static int end(void **state)
{
    (void)state;
    top_model_release(&model);
    return 0;
}

#define FIRST                                                                                      \
    "\"uptimeMicroseconds\":60000000,\"figures\":{\"events/received\":100,\"events/passed\":90,"   \
    "\"events/refused\":10,\"stopped/schema\":10,\"stopped/limit\":0,\"copies/published\":50,"     \
    "\"reloads/last-good\":1,\"snapshot/contracts\":2,\"snapshot/rules\":3,"                       \
    "\"contracts/locks/passed\":60,\"contracts/locks/refused\":10,\"contracts/lifts/passed\":30,"  \
    "\"rules/low/matched\":20,\"rules/far/matched\":30,\"rules/low/targets/0/published\":20,"      \
    "\"rules/far/targets/0/published\":15,\"rules/far/targets/1/published\":15},"                  \
    "\"histograms\":{\"callback\":[[1000,60],[2000,40]]}"
#define SECOND                                                                                     \
    "\"uptimeMicroseconds\":62000000,\"figures\":{\"events/received\":300,\"events/passed\":284,"  \
    "\"events/refused\":16,\"stopped/schema\":16,\"stopped/limit\":0,\"copies/published\":2050,"   \
    "\"reloads/last-good\":1,\"snapshot/contracts\":2,\"snapshot/rules\":3,"                       \
    "\"contracts/locks/passed\":64,\"contracts/locks/refused\":16,\"contracts/lifts/passed\":220," \
    "\"rules/low/matched\":220,\"rules/far/matched\":30,\"rules/low/targets/0/published\":2020,"   \
    "\"rules/far/targets/0/published\":15,\"rules/far/targets/1/published\":15},"                  \
    "\"histograms\":{\"callback\":[[1000,60],[2000,140],[4000000,100]]},"                          \
    "\"refusedClients\":[{\"client\":\"lock-\\u001b[2J\\u202e17\",\"count\":16,\"error\":0}]"

static const struct top_entry *entry(const struct top_list *list, const char *name)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    }
    fail_msg("there is no %s", name);
    return NULL;
}

static void rates__are_differences_by_the_clock_of_the_bus(void **state)
{
    (void)state;
    take(FIRST);
    assert_true(model.figures[TOP_RECEIVED].rate == 0);
    assert_false(model.has_quantiles);
    assert_int_equal(model.received.count, 0);
    take(SECOND);
    assert_true(model.seconds == 2);
    assert_true(model.figures[TOP_RECEIVED].rate == 100);
    assert_true(model.figures[TOP_COPIES].rate == 1000);
    assert_true(entry(&model.contracts, "locks")->events.rate == 5);
    assert_true(entry(&model.contracts, "locks")->further.rate == 3);
    assert_true(entry(&model.rules, "low")->events.rate == 100);
    assert_true(entry(&model.rules, "low")->further.rate == 1000);
    assert_true(entry(&model.rules, "far")->further.total == 30);
    assert_true(entry(&model.reasons, "schema")->events.rate == 3);
    assert_int_equal(model.received.count, 1);
}

/* Of the two hundred events in between, not of those before. */
static void latencies__are_those_of_the_interval(void **state)
{
    (void)state;
    take(FIRST);
    take(SECOND);
    assert_true(model.has_quantiles);
    assert_true(model.quantiles[0] == 2000 / 1e9);
    assert_true(model.quantiles[1] == 4000000 / 1e9);
    assert_true(model.quantiles[4] == 4000000 / 1e9);
    take(SECOND);
    assert_false(model.has_quantiles);
}

static void bus__that_began_anew_is_not_negative(void **state)
{
    (void)state;
    take(FIRST);
    take(SECOND);
    take("\"uptimeMicroseconds\":1000000,\"figures\":{\"events/received\":5}");
    assert_int_equal(model.sample_count, 1);
    assert_true(model.figures[TOP_RECEIVED].rate == 0);
    assert_int_equal(model.contracts.count, 0);
    take("\"uptimeMicroseconds\":2000000,\"figures\":{\"events/received\":7}");
    assert_true(model.figures[TOP_RECEIVED].rate == 2);
    take("\"uptimeMicroseconds\":3000000,\"figures\":{\"events/received\":6}");
    assert_int_equal(model.sample_count, 1);
}

static void entries__come_and_go(void **state)
{
    (void)state;
    take("\"uptimeMicroseconds\":1,\"figures\":{\"rules/a/matched\":1,\"rules/b/matched\":1}");
    take("\"uptimeMicroseconds\":2,\"figures\":{\"rules/b/matched\":2,\"rules/c/matched\":9}");
    assert_int_equal(model.rules.count, 2);
    assert_true(entry(&model.rules, "b")->history.count == 2 - 1);
    top_list_sort(&model.rules);
    assert_string_equal(model.rules.items[0].name, "c");
}

static void answer__of_any_kind_is_survived(void **state)
{
    static const char *const answers[] = {
        "\"figures\":[]",
        "\"figures\":{\"events/received\":1e299,\"rules/x/matched\":1e299}",
        "\"uptimeMicroseconds\":1e299,\"figures\":{\"events/received\":1e299}",
        "\"figures\":{\"\":1,\"rules\":1,\"rules/\":1,\"rules//matched\":1,\"contracts/a\":1,"
        "\"rules/a/targets\":1,\"rules/a/targets/\":1,\"stopped/\":3,\"stopped/a/b\":1}",
        "\"histograms\":{\"callback\":[1,[],[1],[1,2,3],[[],{}],[5,-1],[3,1e299],[\"a\",null]]}",
        "\"refusedClients\":[1,{},{\"client\":\"\"},{\"client\":5}]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        const struct top_view view = { .columns = 60, .rows = 20, .broker = "b", .clock = "c" };
        take(answers[i]);
        take(answers[i]);
        top_draw(&model, &view, out);
        fclose(out);
        free(text);
    }
}

/* A broker that was taken over may say anything; no name of a bus is like these. */
static void name__that_would_steer_the_terminal_is_not_taken(void **state)
{
    (void)state;
    take("\"uptimeMicroseconds\":1,\"figures\":{\"rules/\\u001b[2J/matched\":1,"
         "\"contracts/\\u009b/passed\":1,\"stopped/\\u202e\":1,\"rules/a b/matched\":1,"
         "\"rules/a\\u0000b/matched\":1,\"rules/a-1.x_y/matched\":1}");
    assert_int_equal(model.rules.count, 1);
    assert_string_equal(model.rules.items[0].name, "a-1.x_y");
    assert_int_equal(model.contracts.count, 0);
    assert_int_equal(model.reasons.count, 0);
}

static void list__has_an_end(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    (void)state;
    fputs("\"uptimeMicroseconds\":1,\"figures\":{", out);
    for (int i = 0; i < 2 * TOP_ENTRIES; i++)
        fprintf(out, "\"rules/r%d/matched\":%d,", i, i);
    fputs("\"events/received\":1}", out);
    fclose(out);
    take(text);
    free(text);
    assert_int_equal(model.rules.count, TOP_ENTRIES);
}

/* ---- pictures ---- */

static char *draw(const struct top_view *view)
{
    char *text = NULL;
    size_t len = 0;
    top_list_sort(&model.reasons);
    top_list_sort(&model.contracts);
    top_list_sort(&model.rules);
    FILE *out = open_memstream(&text, &len);
    top_draw(&model, view, out);
    fclose(out);
    return text;
}

static void picture__is_this(void **state)
{
    static const char want[] =
        "event-bus top  localhost:1883  up 62.0 s, 2 contracts, 3 rules                   "
        "12:15:55\n"
        "\n"
        "events       100/s                                                                      "
        "#\n"
        "          passed 97/s  refused 3/s\n"
        "copies     1.00k/s                                                                      "
        "#\n"
        "latency   50% 2.00 us  90% 4.00 ms  99% 4.00 ms  99.9% 4.00 ms  max 4.00 ms             "
        "#\n"
        "\n"
        "refused, set aside                                         now     in all\n"
        "schema                                                     3/s         16               "
        "#\n"
        "clients refused most                                                               in "
        "all\n"
        "lock-\\x1b[2J\\xe2\\x80\\xae17                                                            "
        " 16\n"
        "\n"
        "contracts                                               events    stopped\n"
        "lifts                                                     95/s        0/s               "
        "#\n"
        "locks                                                      5/s        3/s               "
        "#\n"
        "rules                                                  matched     copies\n"
        "low                                                      100/s    1.00k/s               "
        "#\n"
        "far                                                        0/s        0/s               "
        "_\n";
    const struct top_view view = {
        .columns = 89, .is_ascii = true, .broker = "localhost:1883", .clock = "12:15:55"
    };
    (void)state;
    take(FIRST);
    take(SECOND);
    char *got = draw(&view);
    assert_string_equal(got, want);
    free(got);
}

/* Whatever the size: no line is longer, there are no more of them, and the cursor stays above. */
static void picture__fits_any_screen(void **state)
{
    (void)state;
    take(FIRST);
    take(SECOND);
    take("\"uptimeMicroseconds\":63000000,\"figures\":{\"events/received\":300000000,"
         "\"rules/a-name-that-is-rather-long-and-goes-on-for-longer-than-that/matched\":1}");
    for (unsigned columns = 40; columns < 140; columns += 3) {
        for (unsigned rows = 1; rows < 40; rows += 3) {
            const struct top_view view = { .columns = columns,
                .rows = rows,
                .is_ascii = true,
                .broker = "a-host-with-a-name-that-is-very-long.building.example:1883",
                .clock = "12:15:55" };
            char *got = draw(&view), *rest = got;
            unsigned lines = 0;
            for (char *line; (line = strsep(&rest, "\n")) != NULL; lines++)
                assert_true(strlen(line) <= columns);
            assert_true(lines <= rows + 1);
            free(got);
        }
    }
}

static void colour__is_only_where_it_is_wanted(void **state)
{
    struct top_view view = {
        .columns = 80, .rows = 24, .is_screen = true, .broker = "b", .clock = "c"
    };
    (void)state;
    take(FIRST);
    take(SECOND);
    char *got = draw(&view);
    assert_null(strstr(got, "\033[3"));
    assert_non_null(strstr(got, "\033[K\r\n"));
    assert_int_equal(strncmp(got, "\033[H", 3), 0);
    free(got);
    view.has_colour = true;
    got = draw(&view);
    assert_non_null(strstr(got, "\033[31m"));
    assert_non_null(strstr(got, "\xe2\x96\x88"));
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rates__are_differences_by_the_clock_of_the_bus, begin, end),
        cmocka_unit_test_setup_teardown(latencies__are_those_of_the_interval, begin, end),
        cmocka_unit_test_setup_teardown(bus__that_began_anew_is_not_negative, begin, end),
        cmocka_unit_test_setup_teardown(entries__come_and_go, begin, end),
        cmocka_unit_test_setup_teardown(answer__of_any_kind_is_survived, begin, end),
        cmocka_unit_test_setup_teardown(
            name__that_would_steer_the_terminal_is_not_taken, begin, end),
        cmocka_unit_test_setup_teardown(list__has_an_end, begin, end),
        cmocka_unit_test_setup_teardown(picture__is_this, begin, end),
        cmocka_unit_test_setup_teardown(picture__fits_any_screen, begin, end),
        cmocka_unit_test_setup_teardown(colour__is_only_where_it_is_wanted, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
