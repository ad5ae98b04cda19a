#include "eb_test.h"

#include <stdlib.h>

#include "eb_draw.h"
#include "pattern/index_builder.h"

enum { COUNT_MAX = 50000 };

static int compare(const void *left, const void *right)
{
    const struct eb_filed *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

/* Hashes of which only the bits of `mask` differ: none, some digits, all. */
static void filed__is_sorted_by_hash_then_entry(void **state)
{
    (void)state;
    static const size_t counts[] = { 0, 1, 2, 24, 25, 300, COUNT_MAX };
    static const uint64_t masks[] = { 0, 1, 0xff, UINT64_C(3) << 62, UINT64_C(0x100000001),
        UINT64_C(0xff00ff0000), UINT64_MAX };
    struct eb_draw draw = { .state = 1 };
    struct eb_filed *got = malloc(COUNT_MAX * sizeof *got),
                    *want = malloc(COUNT_MAX * sizeof *want);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        for (size_t m = 0; m < sizeof masks / sizeof masks[0]; m++) {
            for (uint32_t i = 0; i < counts[c]; i++) {
                uint64_t hash = eb_draw_bits(&draw);
                got[i] = want[i] = (struct eb_filed){ .hash = hash & masks[m], .entry = i };
            }
            eb_filed_sort(got, counts[c]);
            qsort(want, counts[c], sizeof *want, compare);
            for (size_t i = 0; i < counts[c]; i++) {
                if (compare(&got[i], &want[i]) != 0)
                    fail_msg("%zu with mask %zu: wrong from %zu on", counts[c], m, i);
            }
        }
    }
    free(got);
    free(want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filed__is_sorted_by_hash_then_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
