#include "eb_test.h"

#include "bus/figures.h"

static void figures__are_the_same_cell_for_the_same_kind_and_name(void **state)
{
    (void)state;
    struct eb_figures_registry *registry = eb_figures_registry_new();
    enum { CELLS = 10000 };
    static struct eb_rule_figures *cells[CELLS];
    char text[20];
    for (int i = 0; i < CELLS; i++) {
        struct eb_span name = eb_span(text, (size_t)snprintf(text, sizeof text, "rule-%d", i));
        cells[i] = eb_figures_find(registry, EB_FIGURES_RULE, &name);
        assert_non_null(cells[i]);
        assert_int_equal(cells[i]->matched, 0);
        cells[i]->matched = (uint64_t)i + 1;
        assert_true(name.ptr != text);
    }
    for (int i = 0; i < CELLS; i++) {
        struct eb_span name = eb_span(text, (size_t)snprintf(text, sizeof text, "rule-%d", i));
        assert_ptr_equal(eb_figures_find(registry, EB_FIGURES_RULE, &name), cells[i]);
        assert_int_equal(cells[i]->matched, i + 1);
    }
    struct eb_span name = eb_span_of("rule-1");
    assert_true(eb_figures_find(registry, EB_FIGURES_CONTRACT, &name) != (void *)cells[1]);
    eb_figures_registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures__are_the_same_cell_for_the_same_kind_and_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
