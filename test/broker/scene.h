/*
 * scene.h - the configuration most broker tests share: one topic tree for each thing that can
 * become of an event. They judge readings: {"id": string, "percent": number up to 100}.
 *
 *     reject/#  quarantine/#  disconnect/#  observe/#   a contract with that action
 *     silent/#                                          rejects, and leaves no dead letter
 *     consume/#                                         valid events are for rules only
 *     closed/#                                          an ingress that rejects what is unknown
 *     services/#                                        egress; where all copies go
 *     q                                                 quarantines: the shortest topic there is
 *
 * Rules copy valid readings of each tree to services/TREE; below 20 percent also to services/low.
 * What is published below three/ goes to three targets, below raw/ to services/raw unseen.
 */
#ifndef EB_TEST_SCENE_H
#define EB_TEST_SCENE_H

#include "server.h"

/* A reading that meets every contract, and one that breaks each. */
#define EB_GOOD "{\"id\":\"r-1\",\"percent\":50}"
#define EB_BAD "{\"id\":\"r-1\",\"percent\":500}"

/*
 * Room for tests that publish faster than they read. Not `max_queued_messages 0`: with Debian's
 * security patches, 2.0.11 then throws out every client that it refuses something.
 */
#define EB_SCENE_LINES "max_queued_messages 1000000\nmax_inflight_messages 0\n"

/* Prepares the server and writes the files; does not start it. */
void eb_scene_prepare(struct eb_server *server);

/*
 * For cmocka: one broker for all tests of a program, whose state it becomes; after each test, all
 * of its clients go.
 */
int eb_scene_open(void **state);
int eb_scene_leave(void **state);
int eb_scene_close(void **state);

#endif
