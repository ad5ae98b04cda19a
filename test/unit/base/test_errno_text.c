#include "eb_test.h"

#include <errno.h>

#include "base/errno_text.h"

static void errno_text__is_there_for_every_number(void **state)
{
    (void)state;
    assert_string_equal(eb_errno_text(ENOENT), "No such file or directory");
    assert_string_equal(eb_errno_text(EACCES), "Permission denied");
    for (int error = -1; error < 5000; error++)
        assert_true(strlen(eb_errno_text(error)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errno_text__is_there_for_every_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
