/*
 * families.h - kinds of rule sets, of any size, and events that match a given number of them.
 */
#ifndef EB_FAMILIES_H
#define EB_FAMILIES_H

#include <stddef.h>
#include <stdint.h>

#include "eb_draw.h"

enum {
    FAMILY_TEXT_BYTES = 4096,
    FAMILY_MATCHES_MANY = 4,
};

struct family {
    const char *name;
    const char *help;
    double ratio_max;  /* a million rules against ten, as the project promises; 0: see `help` */
    uint32_t size_max; /* rules; 0: any */
    /* The pattern of rule `number` of `size`, NUL-terminated, of at most FAMILY_TEXT_BYTES. */
    void (*write_pattern)(char *out, uint32_t number, uint32_t size);
    /* An event that matches `matches` (1 or FAMILY_MATCHES_MANY) of the rules; `serial` is in it.
     */
    void (*write_event)(
        char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw);
    /* The filter of rule `number`; NULL: all rules watch every topic. An event is then its topic, a
     * newline and the payload. */
    void (*write_filter)(char *out, uint32_t number);
    /* NULL, or: there are FAMILY_MATCHES_MANY rules, each with a list; `size` is how many values
     * they have together, and this writes value `number`, between the commas of a list. */
    void (*write_value)(char *out, uint32_t number);
};

extern const struct family families[];
extern const size_t family_count;

#endif
