/*
 * bus_fixture.h - a bus from texts in memory, and events through it. For tests.
 */
#ifndef EB_TEST_BUS_FIXTURE_H
#define EB_TEST_BUS_FIXTURE_H

#include "bus/pipeline.h"
#include "bus/snapshot.h"

struct bus {
    struct eb_configuration configuration;
    struct eb_arena arena; /* of the settings */
    struct eb_figures_registry *registry;
    struct eb_diag_list diags;
    struct eb_snapshot *snapshot; /* NULL: the configuration is not sound, see diags */
    struct eb_pipeline pipeline;
    struct eb_outcome outcome; /* of the last event */
};

/* One text of a configuration; tables of these end with a NULL name. */
struct bus_text {
    const char *name;
    const char *text;
};

/*
 * `settings` is the text of an event-bus.json; NULL: the smallest there is. Schemas are named
 * "subject@version". Any table may be NULL. Texts are borrowed.
 */
void bus_open(struct bus *bus, const char *settings, const struct bus_text *schemas,
    const struct bus_text *contracts, const struct bus_text *rules);
void bus_close(struct bus *bus);

/*
 * Builds it anew with these contracts, and swaps if that succeeds, as a reload does: false, with
 * diagnostics, if not.
 */
bool bus_reload(struct bus *bus, const struct bus_text *contracts);

/* A QoS 1 event of the client "c1", user "u1", MQTT 5, without properties. */
struct eb_message bus_message(const char *topic, const char *payload);

/* Decides it; the outcome is borrowed until the next. */
const struct eb_outcome *bus_run(struct bus *bus, const struct eb_message *message);
const struct eb_outcome *bus_publish(struct bus *bus, const char *topic, const char *payload);

/* The dispatch number `index`, which must exist, be of `kind` and go to `topic`. */
const struct eb_publish *bus_dispatch(
    const struct bus *bus, uint32_t index, enum eb_publish_kind kind, const char *topic);

/* Whether some diagnostic reads exactly `line` (as eb_diag_format writes it). */
int bus_says(const struct bus *bus, const char *line);

#endif
