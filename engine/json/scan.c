#include "json/scan.h"

/* What is left of the text does not fill the window: look at the text's last bytes instead. */
static uint64_t scan_last(const struct eb_scan *scan, size_t left)
{
    const uint64_t all = ~UINT64_C(0);
    if (left == 0)
        return all;
    if (scan->end - scan->text >= EB_SCAN_BYTES)
        return eb_scan_64(scan->end - EB_SCAN_BYTES) >> (EB_SCAN_BYTES - left) | all << left;
    unsigned char padded[EB_SCAN_BYTES] = { 0 }; /* NUL is a control character */
    memcpy(padded, scan->window, left);
    return eb_scan_64(padded);
}

static void look(struct eb_scan *scan)
{
    size_t left = (size_t)(scan->end - scan->window);
    scan->special = left >= EB_SCAN_BYTES ? eb_scan_64(scan->window) : scan_last(scan, left);
}

void eb_scan_init(struct eb_scan *scan, const unsigned char *text, const unsigned char *end)
{
    *scan = (struct eb_scan){ .text = text, .end = end, .window = text };
    look(scan);
}

const unsigned char *eb_scan_find_further(struct eb_scan *scan, const unsigned char *at)
{
    for (;;) {
        /* One window further first, which does not depend on `at`. */
        scan->window += EB_SCAN_BYTES;
        if (at - scan->window >= EB_SCAN_BYTES)
            scan->window += (at - scan->window) / EB_SCAN_BYTES * EB_SCAN_BYTES;
        look(scan);
        size_t offset = at > scan->window ? (size_t)(at - scan->window) : 0;
        uint64_t rest = scan->special >> offset;
        if (rest)
            return scan->window + offset + __builtin_ctzll(rest);
    }
}
