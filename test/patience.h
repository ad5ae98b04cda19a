/*
 * patience.h - how long tests wait at most for what must come.
 *
 * Waits end when it comes, however long that takes on a busy machine; their end is for what never
 * comes. EB_SLOWNESS is the build's.
 */
#ifndef EB_TEST_PATIENCE_H
#define EB_TEST_PATIENCE_H

enum { EB_PATIENCE_MS = 60000 * EB_SLOWNESS };

#endif
