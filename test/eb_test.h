/*
 * eb_test.h - cmocka with what it needs included, and assertions about spans.
 */
#ifndef EB_TEST_H
#define EB_TEST_H

/* cmocka wants these before itself. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "base/span.h"

#define assert_span_equal(got, want) eb_assert_span((got), (want), __FILE__, __LINE__)

static inline void eb_assert_span(struct eb_span got, const char *want, const char *file, int line)
{
    if (!want && !got.ptr)
        return;
    if (!want || !got.ptr || !eb_span_is(got, want)) {
        print_error("got  %.*s\nwant %s\n", got.ptr ? (int)got.len : 6,
            got.ptr ? got.ptr : "(none)", want ? want : "(none)");
        _fail(file, line);
    }
}

#endif
