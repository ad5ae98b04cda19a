/*
 * event_id.h - names for what happens on the bus, unlike any other.
 */
#ifndef EB_BUS_EVENT_ID_H
#define EB_BUS_EVENT_ID_H

#include <stdint.h>

enum { EB_EVENT_ID_LEN = 36 };

/*
 * As a UUID of version 7 (RFC 9562 §5.7): 48 bits of milliseconds, 12 of what is left of them
 * (§6.2, method 3), and what no other event of any bus has. `count`, which no two of a process may
 * share, goes through the keyed hash, so ids neither repeat in a process nor tell how many events
 * there were.
 */
void eb_event_id_write(uint64_t count, int64_t time_us, char out[EB_EVENT_ID_LEN]);

#endif
