/* What is read and shown of a running bus, with one allocation failing after the other. */
#include "eb_test.h"

#include <stdlib.h>

#include "failing_alloc.h"
#include "reply.h"
#include "top_model.h"

static const char answer[] =
    "{\"responses\":[{\"correlationData\":\"7\",\"error\":\"\\u0061\",\"data\":{"
    "\"figures\":{\"events/received\":1,\"rules/\\u0061/matched\":1,\"contracts/b/passed\":1},"
    "\"diagnostics\":[{\"file\":\"\\u0061\",\"text\":\"\\u0062\"}]}}]}";

/* Nothing is lost but what there was no memory for. */
static bool read_answer(void *context)
{
    struct eb_arena arena;
    struct reply reply;
    struct top_model *model = context;
    FILE *null = fopen("/dev/null", "w");
    eb_arena_init_growing(&arena, SIZE_MAX);
    top_model_init(model);
    enum reply_kind kind = reply_read(&reply, eb_span_of(answer), eb_span_of("7"), &arena);
    if (kind == REPLY_OURS) {
        top_model_take(model, &reply);
        if (null)
            reply_print_diags(null, &reply, NULL);
    }
    bool is_whole = kind == REPLY_OURS && model->rules.count == 1 && model->contracts.count == 1;
    if (null)
        fclose(null);
    top_model_release(model);
    eb_arena_release(&arena);
    return is_whole;
}

static void answer__is_read_or_lost(void **state)
{
    static struct top_model model;
    (void)state;
    assert_int_not_equal(eb_fail_each_allocation(read_answer, &model), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer__is_read_or_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
