#include "eb_test.h"

#include "oom/failing_alloc.h"
#include "target/target.h"
#include "json/reader.h"

static const char *const right[] = {
    "{\"topic\":\"services/x\"}",
    "{\"topic\":\"services/${data.site}/${$mqtt.level[1]|\\\"none\\\"}\",\"qos\":1,"
    "\"payload\":{\"a\":\"${[\\\"esc\\\\u0061ped\\\"]|null}\",\"b\":[\"x ${$mqtt.user.tag} "
    "${$event.received}\",1.50,\"$${\"]}}",
    "{\"topic\":\"services/x\",\"content_type\":\"x/${data.site}\",\"expiry_s\":\"${ttl|60}\","
    "\"provenance\":true,\"user_properties\":{\"drop\":[\"a\"],\"set\":{\"b\":\"${data.site}\"},"
    "\"add\":{\"c\":\"d\"}}}",
};

static const char wrong[] =
    "{\"topic\":\"devices/${\",\"payload\":{\"${a}\":\"${b.}\",\"c\":\"${d|e}\"}}";

static const struct eb_span filters[] = { EB_SPAN("services/#") };
static const struct eb_target_policy policy = { filters, 1, EB_SPAN("$event-bus/dead-letter") };

/* The document is read beforehand; arenas that start empty allocate anew in every attempt. */
struct attempt {
    struct eb_doc doc;
    struct eb_arena doc_arena;
    bool is_right;
};

static void attempt_init(struct attempt *attempt, const char *json, bool is_right)
{
    struct eb_json_fault fault;
    assert_true(eb_arena_init_reserved(&attempt->doc_arena, 1 << 20));
    assert_int_equal(eb_json_read(&attempt->doc, eb_span_of(json), &eb_json_limits_max,
                         &attempt->doc_arena, &fault),
        EB_JSON_OK);
    attempt->doc.name = "rule.json";
    attempt->is_right = is_right;
}

static bool compile(void *context)
{
    struct attempt *attempt = context;
    struct eb_arena arena;
    struct eb_diag_list diags;
    eb_arena_init_growing(&arena, SIZE_MAX);
    eb_diag_list_init(&diags);
    struct eb_target *target = eb_target_compile(&attempt->doc, 0, &policy, &arena, &diags);
    assert_int_equal(target == NULL, diags.errors > 0);
    if (!attempt->is_right)
        assert_null(target);
    bool is_done = attempt->is_right ? target != NULL : !diags.is_out_of_memory;
    eb_diag_list_release(&diags);
    eb_arena_release(&arena);
    return is_done;
}

static void compile__survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        struct attempt attempt;
        attempt_init(&attempt, right[i], true);
        assert_in_range(eb_fail_each_allocation(compile, &attempt), 2, 1000);
        eb_arena_release(&attempt.doc_arena);
    }
}

static void compile__reports_or_says_that_memory_ran_out(void **state)
{
    (void)state;
    struct attempt attempt;
    attempt_init(&attempt, wrong, false);
    assert_in_range(eb_fail_each_allocation(compile, &attempt), 5, 1000);
    eb_arena_release(&attempt.doc_arena);
}

/* Arenas hand out small pieces of large blocks, so a bound on their bytes fails at every one. */
static void compile__survives_an_arena_of_any_size(void **state)
{
    (void)state;
    struct attempt attempt;
    attempt_init(&attempt, right[1], true);
    size_t failures = 0;
    for (size_t bytes = 1;; bytes += 8) {
        struct eb_arena arena;
        struct eb_diag_list diags;
        assert_true(eb_arena_init_reserved(&arena, bytes));
        eb_diag_list_init(&diags);
        struct eb_target *target = eb_target_compile(&attempt.doc, 0, &policy, &arena, &diags);
        assert_int_equal(target == NULL, diags.is_out_of_memory);
        failures += !target;
        eb_diag_list_release(&diags);
        eb_arena_release(&arena);
        if (target)
            break;
    }
    assert_true(failures > 50);
    eb_arena_release(&attempt.doc_arena);
}

static void render_never_allocates(const char *json)
{
    static const char *const events[] = { "{\"data\":{\"site\":\"north\"},\"escaped\":[1,{}]}",
        "{\"data\":{\"site\":\"a/b\"}}", "{}" };
    static const struct eb_user_property user[] = { { EB_SPAN("tag"), EB_SPAN("1") },
        { EB_SPAN("tag"), EB_SPAN("2") } };
    struct attempt attempt;
    attempt_init(&attempt, json, true);
    struct eb_arena compiled, arena;
    struct eb_diag_list diags;
    eb_arena_init_growing(&compiled, SIZE_MAX);
    eb_diag_list_init(&diags);
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    struct eb_target *target = eb_target_compile(&attempt.doc, 0, &policy, &compiled, &diags);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct eb_doc doc;
        struct eb_json_fault fault;
        struct eb_message message = { .topic = EB_SPAN("locks/7/events"),
            .properties = { .user = user, .user_count = 2 } };
        size_t before = eb_allocation_count();
        enum eb_json_code code =
            eb_json_read(&doc, eb_span_of(events[i]), &eb_json_limits_max, &arena, &fault);
        struct eb_render render = { .message = &message, .doc = &doc };
        struct eb_publish publish;
        struct eb_render_fault render_fault;
        eb_target_render(target, &render, &arena, &publish, &render_fault);
        assert_int_equal(eb_allocation_count(), before);
        assert_int_equal(code, EB_JSON_OK);
        eb_arena_reset(&arena);
    }
    eb_diag_list_release(&diags);
    eb_arena_release(&compiled);
    eb_arena_release(&arena);
    eb_arena_release(&attempt.doc_arena);
}

static void render__never_allocates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        render_never_allocates(right[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compile__survives_the_failure_of_any_allocation),
        cmocka_unit_test(compile__reports_or_says_that_memory_ran_out),
        cmocka_unit_test(compile__survives_an_arena_of_any_size),
        cmocka_unit_test(render__never_allocates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
