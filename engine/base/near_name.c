#include "base/near_name.h"

#include <stdbool.h>

enum { NAME_BYTES_MAX = 63 }; /* nobody mistypes a longer one by a letter */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * The optimal string alignment distance, row by row: rows[i % 3][j] is the distance between the
 * first i letters of `a` and the first j of `b`. A swap looks two rows back.
 */
static size_t distance_between(struct eb_span a, struct eb_span b)
{
    size_t rows[3][NAME_BYTES_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool is_same = a.ptr[i - 1] == b.ptr[j - 1];
            row[j] = smaller(above[j - 1] + !is_same, smaller(above[j], row[j - 1]) + 1);
            bool is_swap =
                i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];
            if (is_swap)
                row[j] = smaller(row[j], second[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

struct eb_near_name eb_near_name(struct eb_span written)
{
    /* One slip, and another one in every five letters more. */
    return (struct eb_near_name){ .written = written, .distance = 2 + written.len / 5 };
}

void eb_near_name_offer(struct eb_near_name *near, struct eb_span known)
{
    if (near->written.len > NAME_BYTES_MAX || known.len > NAME_BYTES_MAX)
        return;
    if (known.len >= near->written.len + near->distance)
        return; /* so many letters to be added at least */
    size_t distance = distance_between(near->written, known);
    /* A name of which nothing is left is not a slip: "qos" is not near "to". */
    if (distance >= near->distance || distance >= known.len)
        return;
    near->distance = distance;
    near->best = known;
}
