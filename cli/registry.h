/*
 * registry.h - the schemas of a configuration, for commands that look at one by one.
 */
#ifndef EB_CLI_REGISTRY_H
#define EB_CLI_REGISTRY_H

#include <stdbool.h>

#include "bus/configuration.h"
#include "store/store.h"

struct registry {
    struct eb_store *store;
    const struct eb_configuration *configuration;
    bool has_errors; /* said; what could be read is there */
};

/* Reads CONFIG; false, said, when there is nothing to look at. */
bool registry_open(struct registry *registry, const char *config);
void registry_close(struct registry *registry);

/*
 * The schema called `name`: "subject", "subject@latest", "subject@2", or a URI that `uri_map`
 * gives. NULL, said, when there is none.
 */
const struct eb_schema_text *registry_find(const struct registry *registry, const char *name);

/* Whether no version of its subject is higher. */
bool registry_is_latest(const struct registry *registry, const struct eb_schema_text *schema);

#endif
