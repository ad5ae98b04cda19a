#include "eb_test.h"

#include "base/diag.h"
#include "base/limits.h"

static void format__names_file_line_column_and_pointer(void **state)
{
    (void)state;
    struct eb_diag_list list;
    eb_diag_list_init(&list);
    eb_diag_add(&list, EB_ERROR,
        (struct eb_place){
            .file = "rules/a.json", .line = 3, .column = 7, .pointer = EB_SPAN("/to/0") },
        "expected %s", "an object");
    char text[200];
    eb_diag_format(list.first, text, sizeof text);
    assert_string_equal(text, "rules/a.json:3:7: error: expected an object (at /to/0)");
    eb_diag_list_release(&list);
}

static void format__leaves_out_what_is_not_known(void **state)
{
    (void)state;
    struct eb_diag_list list;
    eb_diag_list_init(&list);
    eb_diag_add(&list, EB_WARNING, (struct eb_place){ .file = NULL }, "odd");
    eb_diag_add(&list, EB_NOTE, (struct eb_place){ .file = "x", .pointer = EB_SPAN("") }, "empty");
    char text[200];
    eb_diag_format(list.first, text, sizeof text);
    assert_string_equal(text, "warning: odd");
    eb_diag_format(list.first->next, text, sizeof text);
    assert_string_equal(text, "x: note: empty (at the top)");
    assert_int_equal(list.errors, 0);
    eb_diag_list_release(&list);
}

static void add__escapes_what_a_terminal_might_act_on(void **state)
{
    (void)state;
    struct eb_diag_list list;
    eb_diag_list_init(&list);
    eb_diag_add(&list, EB_ERROR, (struct eb_place){ .file = "a\nb" }, "bad \x1b[31m name");
    assert_string_equal(list.first->file, "a\\x0ab");
    assert_string_equal(list.first->text, "bad \\x1b[31m name");
    eb_diag_add(&list, EB_ERROR, (struct eb_place){ .file = "é" },
        "C1 \xc2\x9b, turned \xe2\x80\xae, no character \x9b");
    assert_string_equal(list.first->next->file, "é");
    assert_string_equal(
        list.first->next->text, "C1 \\xc2\\x9b, turned \\xe2\\x80\\xae, no character \\x9b");
    eb_diag_list_release(&list);
}

static void add__counts_what_it_does_not_keep(void **state)
{
    (void)state;
    struct eb_diag_list list;
    eb_diag_list_init(&list);
    for (int i = 0; i < EB_DIAGS_MAX + 5; i++)
        eb_diag_add(&list, EB_ERROR, (struct eb_place){ .file = "f" }, "number %d", i);
    eb_diag_add_out_of_memory(&list);
    assert_int_equal(list.count, EB_DIAGS_MAX);
    assert_int_equal(list.errors, EB_DIAGS_MAX + 6);
    assert_int_equal(list.dropped, 6);
    assert_true(list.is_out_of_memory);
    eb_diag_list_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format__names_file_line_column_and_pointer),
        cmocka_unit_test(format__leaves_out_what_is_not_known),
        cmocka_unit_test(add__escapes_what_a_terminal_might_act_on),
        cmocka_unit_test(add__counts_what_it_does_not_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
