#include "base/sort.h"

enum { FEW_MAX = 16 }; /* up to here insertion is faster */

static void insert_each(uint32_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t value = values[i];
        size_t place = i;
        for (; place > 0 && values[place - 1] > value; place--)
            values[place] = values[place - 1];
        values[place] = value;
    }
}

/* Children of node i are 2i + 1 and 2i + 2; `values[root]` sinks until no child is greater. */
static void sink(uint32_t *values, size_t root, size_t count)
{
    uint32_t value = values[root];
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && values[child + 1] > values[child])
            child++;
        if (values[child] <= value)
            break;
        values[root] = values[child];
    }
    values[root] = value;
}

void eb_sort(uint32_t *values, size_t count)
{
    if (count <= FEW_MAX) {
        insert_each(values, count);
        return;
    }
    for (size_t root = count / 2; root-- > 0;)
        sink(values, root, count);
    for (size_t last = count - 1; last > 0; last--) {
        uint32_t greatest = values[0];
        values[0] = values[last];
        values[last] = greatest;
        sink(values, 0, last);
    }
}

size_t eb_sort_unique(uint32_t *values, size_t count)
{
    eb_sort(values, count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || values[kept - 1] != values[i])
            values[kept++] = values[i];
    }
    return kept;
}
