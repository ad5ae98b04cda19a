#include "oom/failing_alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_size_t asked_for;
static atomic_size_t failing; /* the value of asked_for that fails; 0: none */
static atomic_bool has_failed;

void eb_fail_allocation(size_t n)
{
    if (n)
        has_failed = false;
    failing = n ? asked_for + n : 0;
}

bool eb_has_allocation_failed(void)
{
    return has_failed;
}

bool eb_allocation_must_fail(void)
{
    if (++asked_for != failing)
        return false;
    has_failed = true;
    errno = ENOMEM;
    return true;
}

static size_t count_pieces(bool (*attempt)(void *context), void *context)
{
    size_t before = asked_for;
    return eb_fails_pieces && attempt(context) ? asked_for - before : 0;
}

/* Pieces are many, and most of them alike: all at both ends, some between. */
static size_t next_to_fail(size_t n, size_t pieces)
{
    enum { AT_THE_END = 128, SHARE = 32 };
    bool takes_all = getenv("EB_EVERY_PIECE") || n + AT_THE_END >= pieces;
    return n + 1 + (takes_all ? 0 : n / SHARE);
}

size_t eb_fail_each_allocation(bool (*attempt)(void *context), void *context)
{
    size_t pieces = count_pieces(attempt, context);
    for (size_t n = 1;; n = next_to_fail(n, pieces)) {
        eb_fail_allocation(n);
        bool is_done = attempt(context);
        bool was_disturbed = has_failed;
        eb_fail_allocation(0);
        if (was_disturbed)
            continue;
        if (!is_done) {
            fprintf(stderr, "fails although all %zu allocations succeed\n", n - 1);
            abort();
        }
        return n - 1;
    }
}
