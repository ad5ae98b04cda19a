/*
 * config.h - the configuration a command works on, loaded as the broker loads it.
 */
#ifndef EB_CLI_CONFIG_H
#define EB_CLI_CONFIG_H

#include <stdbool.h>

#include "store/store.h"

struct config {
    struct eb_loaded loaded;
    struct eb_figures_registry *registry;
};

/* False when it is not sound: everything wrong with it has been said on standard error. Release it
 * either way. */
bool config_load(struct config *config, const char *path);
void config_release(struct config *config);

#endif
