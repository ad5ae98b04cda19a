/*
 * options.h - the `plugin_opt_…` lines of the broker's configuration.
 */
#ifndef EB_PLUGIN_OPTIONS_H
#define EB_PLUGIN_OPTIONS_H

#include <stdbool.h>

#include "broker.h"

struct eb_options {
    char *config_file; /* absolute */
};

/* Copies what it needs; release it. False, with nothing held, after errors, which are logged. */
bool eb_options_read(struct eb_options *options, const struct mosquitto_opt *given, int count);
void eb_options_release(struct eb_options *options);

#endif
