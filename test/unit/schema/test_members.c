/* Members in every order, some left out, one wrong or a stranger: the verdict is always the same.
 */
#include "judge.h"

enum { NAMES = 5, TEXT_BYTES = 256 };

static const char *const names[NAMES] = { "alpha", "b", "certainly-long", "d", "stranger" };

enum {
    REQUIRED = 1 << 1 | 1 << 3,
    STRANGER = 1 << 4,
};

/* The members of `order` up to `count`, each a number but that of `wrong`. */
static struct eb_span write_event(
    char text[TEXT_BYTES], const int order[NAMES], int count, int wrong)
{
    int len = sprintf(text, "{");
    for (int i = 0; i < count; i++)
        len += sprintf(text + len, "%s\"%s\":%s", i ? "," : "", names[order[i]],
            order[i] == wrong ? "null" : "7");
    len += sprintf(text + len, "}");
    return eb_span(text, (size_t)len);
}

struct trial {
    struct judge *judge;
    const struct eb_schema *schema;
    bool is_closed;
    unsigned tried;
};

static void try_event(struct trial *trial, const int order[NAMES], int count)
{
    unsigned present = 0;
    for (int i = 0; i < count; i++)
        present |= 1u << order[i];
    bool has_names = (present & REQUIRED) == REQUIRED && !(trial->is_closed && present & STRANGER);
    for (int wrong = -1; wrong < NAMES; wrong++) {
        bool is_wrong = wrong >= 0 && wrong < NAMES - 1 && present >> wrong & 1;
        enum eb_validity want = has_names && !is_wrong ? EB_VALID : EB_INVALID;
        char text[TEXT_BYTES];
        struct eb_span event = write_event(text, order, count, wrong);
        enum eb_validity got = judge_validate(trial->judge, trial->schema, event);
        if (got != want)
            print_error("%s: got %d, want %d\n", text, got, want);
        assert_int_equal(got, want);
        trial->tried++;
    }
}

/* Every way to go on from the first `count`. */
static void try_orders(struct trial *trial, int order[NAMES], int count)
{
    try_event(trial, order, count);
    for (int name = 0; name < NAMES; name++) {
        bool is_used = false;
        for (int i = 0; i < count; i++)
            is_used |= order[i] == name;
        if (is_used)
            continue;
        order[count] = name;
        try_orders(trial, order, count + 1);
    }
}

static void members__are_judged_alike_in_every_order(void **state)
{
    (void)state;
    static const struct {
        const char *keywords;
        bool is_closed;
    } cases[] = {
        { "", false },
        { ",\"additionalProperties\":false", true },
        { ",\"unevaluatedProperties\":false", true },
        { ",\"patternProperties\":{\"^s\":true},\"additionalProperties\":false", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char schema[TEXT_BYTES * 2];
        snprintf(schema, sizeof schema,
            "{\"properties\":{\"alpha\":{\"minimum\":7,\"type\":\"integer\"},"
            "\"b\":{\"type\":\"integer\"},\"certainly-long\":{\"const\":7},"
            "\"d\":{\"type\":\"number\",\"maximum\":7}},\"required\":[\"d\",\"b\"]%s}",
            cases[i].keywords);
        struct judge judge;
        judge_init(&judge, EB_DRAFT_2020_12);
        struct trial trial = { .judge = &judge, .is_closed = cases[i].is_closed };
        trial.schema = judge_compile(&judge, schema);
        assert_non_null(trial.schema);
        int order[NAMES];
        try_orders(&trial, order, 0);
        assert_int_equal(trial.tried, 326 * (NAMES + 1)); /* 5! + 5! + 60 + 20 + 5 + 1 orders */
        judge_release(&judge);
    }
}

/* A name is a value, too, for `propertyNames`; what the reader notes beside it is no size. */
static void names__are_judged_in_few_steps(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema = judge_compile(
        &judge, "{\"propertyNames\":{\"anyOf\":[{\"minLength\":9},{\"maxLength\":1}]}}");
    assert_non_null(schema);
    static const char good[] = "{\"a\":1,\"b\":2,\"certainly-long\":3,\"temperature\":4,\"x\":5}";
    static const char bad[] = "{\"a\":1,\"b\":2,\"certainly-long\":3,\"four\":4,\"x\":5}";
    assert_int_equal(judge_validate(&judge, schema, eb_span_of(good)), EB_VALID);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of(bad)), EB_INVALID);
    judge_release(&judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members__are_judged_alike_in_every_order),
        cmocka_unit_test(names__are_judged_in_few_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
