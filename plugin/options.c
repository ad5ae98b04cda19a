#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "log.h"

struct option {
    const char *name;
    bool is_required;
    const char *help;
    bool (*read)(struct eb_options *options, const char *value);
};

/*
 * Relative to where the broker was started, and not resolved further: a link that is pointed
 * elsewhere before a reload must lead there.
 */
static bool read_config_file(struct eb_options *options, const char *value)
{
    if (value[0] == '/') {
        options->config_file = strdup(value);
        return options->config_file != NULL;
    }
    char *here = getcwd(NULL, 0);
    if (!here)
        return false;
    int len = asprintf(&options->config_file, "%s/%s", here, value);
    free(here);
    if (len < 0)
        options->config_file = NULL;
    return len >= 0;
}

static const struct option known[] = {
    { "config_file", true, "the event-bus.json, or the directory that holds it", read_config_file },
};
enum { KNOWN = sizeof known / sizeof *known };

static int find_option(const char *name)
{
    for (int i = 0; i < KNOWN; i++) {
        if (strcmp(known[i].name, name) == 0)
            return i;
    }
    return -1;
}

static bool read_option(
    struct eb_options *options, const struct mosquitto_opt *given, bool *is_given)
{
    int which = find_option(given->key);
    if (which < 0) {
        eb_log(MOSQ_LOG_ERR, "error: there is no option plugin_opt_%s", given->key);
        return false;
    }
    if (is_given[which]) {
        eb_log(MOSQ_LOG_ERR, "error: plugin_opt_%s is given twice", given->key);
        return false;
    }
    is_given[which] = true;
    if (!given->value || !*given->value) {
        eb_log(
            MOSQ_LOG_ERR, "error: plugin_opt_%s needs a value: %s", given->key, known[which].help);
        return false;
    }
    if (!known[which].read(options, given->value)) {
        eb_log(MOSQ_LOG_ERR, "error: plugin_opt_%s %s: %s", given->key, given->value,
            eb_errno_text(errno));
        return false;
    }
    return true;
}

bool eb_options_read(struct eb_options *options, const struct mosquitto_opt *given, int count)
{
    bool is_given[KNOWN] = { false };
    bool is_good = true;
    *options = (struct eb_options){ 0 };
    for (int i = 0; i < count; i++)
        is_good &= read_option(options, &given[i], is_given);
    for (int i = 0; i < KNOWN; i++) {
        if (!known[i].is_required || is_given[i])
            continue;
        eb_log(MOSQ_LOG_ERR, "error: plugin_opt_%s is missing: %s", known[i].name, known[i].help);
        is_good = false;
    }
    if (!is_good)
        eb_options_release(options);
    return is_good;
}

void eb_options_release(struct eb_options *options)
{
    free(options->config_file);
    *options = (struct eb_options){ 0 };
}
