#include "config.h"

#include "progress.h"
#include "terminal.h"

bool config_load(struct config *config, const char *path)
{
    struct eb_diag_list diags;
    *config = (struct config){ .registry = eb_figures_registry_new() };
    eb_diag_list_init(&diags);
    if (!config->registry)
        eb_diag_add_out_of_memory(&diags);
    progress_begin("loading %s", path);
    bool is_loaded =
        config->registry && eb_store_load(&config->loaded, path, config->registry, &diags);
    progress_end();
    print_diags(stderr, &diags);
    eb_diag_list_release(&diags);
    return is_loaded;
}

void config_release(struct config *config)
{
    eb_loaded_free(&config->loaded);
    eb_figures_registry_free(config->registry);
    *config = (struct config){ 0 };
}
