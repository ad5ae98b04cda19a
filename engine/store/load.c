#include "store/store.h"

bool eb_store_load(struct eb_loaded *loaded, const char *path, struct eb_figures_registry *registry,
    struct eb_diag_list *diags)
{
    return eb_store_load_changed(loaded, path, NULL, registry, diags);
}

bool eb_store_load_changed(struct eb_loaded *loaded, const char *path,
    const struct eb_managed_change *change, struct eb_figures_registry *registry,
    struct eb_diag_list *diags)
{
    size_t errors_before = diags->errors;
    *loaded = (struct eb_loaded){ .store = eb_store_read_changed(path, change, diags) };
    if (loaded->store)
        loaded->snapshot =
            eb_snapshot_build(eb_store_configuration(loaded->store), registry, diags);
    if (loaded->snapshot && diags->errors == errors_before) {
        eb_store_forget_rules(loaded->store);
        return true;
    }
    eb_loaded_free(loaded);
    return false;
}

void eb_loaded_free(struct eb_loaded *loaded)
{
    eb_snapshot_free(loaded->snapshot);
    eb_store_free(loaded->store);
    *loaded = (struct eb_loaded){ 0 };
}
