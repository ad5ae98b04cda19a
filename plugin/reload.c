#include "reload.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "broker.h"
#include "log.h"

/* ---- builds ---- */

/* `change` may be NULL. */
static void build_run(
    struct eb_reload *reload, const struct eb_managed_change *change, struct eb_build *build)
{
    int64_t start_ns = eb_clock_monotonic_ns();
    *build = (struct eb_build){ 0 };
    eb_diag_list_init(&build->diags);
    build->is_good =
        eb_store_load_changed(&build->loaded, reload->path, change, reload->figures, &build->diags);
    build->took_us = (eb_clock_monotonic_ns() - start_ns) / 1000;
}

void eb_build_release(struct eb_build *build)
{
    eb_loaded_free(&build->loaded);
    eb_diag_list_release(&build->diags);
}

static void keep_record(struct eb_reload_record *record, const struct eb_build *build)
{
    record->is_last_good = build->is_good;
    record->why[0] = '\0';
    if (build->is_good) {
        record->good++;
        record->in_force_since_us = eb_clock_now_us();
        record->took_us = build->took_us;
        return;
    }
    record->bad++;
    const struct eb_diag *diag = build->diags.first;
    while (diag && diag->severity != EB_ERROR)
        diag = diag->next;
    if (diag)
        eb_diag_format(diag, record->why, sizeof record->why);
    else
        snprintf(record->why, sizeof record->why, "out of memory");
}

static void log_build(const struct eb_reload *reload, const struct eb_build *build)
{
    const struct eb_snapshot *snapshot = build->loaded.snapshot;
    if (build->is_good)
        eb_log(MOSQ_LOG_NOTICE, "%s is in force: %u contracts, %u rules (read in %lld ms)",
            reload->path, snapshot->contract_count, snapshot->rule_count,
            (long long)(build->took_us / 1000));
    else
        eb_log(MOSQ_LOG_ERR, "%s is not loaded (errors: %zu); what was in force stays in force",
            reload->path, build->diags.errors);
}

/* ---- putting one in force ---- */

struct adoption {
    struct eb_errand errand;
    const struct eb_reload *reload;
    struct eb_build *build;
    const struct eb_diag *next; /* to be logged */
};

enum {
    /* Writing a line may take the broker some ten microseconds, and others wait meanwhile. */
    LINES_A_CALLBACK = 20,
};

static bool adopt(struct eb_errand *errand, void *plugin)
{
    (void)plugin;
    struct adoption *adoption = (struct adoption *)errand;
    const struct eb_build *build = adoption->build;
    adoption->next = eb_log_some_diags(adoption->next, LINES_A_CALLBACK);
    if (adoption->next)
        return false;
    eb_log_diags_end(&build->diags);
    if (build->is_good)
        *adoption->reload->in_force = build->loaded.snapshot;
    log_build(adoption->reload, build);
    return true;
}

/* A good build's configuration has then changed places with the one before; else all is as it was.
 */
static void install(struct eb_reload *reload, struct eb_build *build)
{
    struct adoption adoption = {
        .errand.run = adopt,
        .reload = reload,
        .build = build,
        .next = build->diags.first,
    };
    if (!eb_worker_send(reload->worker, &adoption.errand) || !build->is_good)
        return;
    struct eb_loaded before = reload->loaded;
    reload->loaded = build->loaded;
    build->loaded = before;
}

void eb_reload_run(struct eb_reload *reload, struct eb_build *build)
{
    build_run(reload, NULL, build);
    keep_record(&reload->record, build);
    install(reload, build);
}

/* ---- changing it ---- */

static void report_unwritten(const struct eb_store *store, const struct eb_managed_change *change,
    int error, struct eb_diag_list *diags)
{
    struct eb_span managed = eb_store_configuration(store)->settings.managed_directory;
    char name[EB_MANAGED_PATH_BYTES], path[PATH_MAX];
    eb_managed_path(change, name);
    bool is_absolute = managed.ptr[0] == '/';
    snprintf(path, sizeof path, "%s%s%.*s/%s", is_absolute ? "" : eb_store_directory(store),
        is_absolute ? "" : "/", (int)managed.len, managed.ptr, name);
    eb_diag_add(diags, EB_ERROR, (struct eb_place){ .file = path }, "cannot be written: %s",
        error == EWOULDBLOCK ? "another broker has changed something in this directory, and it is "
                               "that one's until it ends"
                             : eb_errno_text(error));
}

static bool write_change(
    struct eb_reload *reload, const struct eb_managed_change *change, struct eb_build *build)
{
    const struct eb_store *store = build->loaded.store;
    int error = eb_managed_claim(&reload->claim, store);
    if (!error)
        error = eb_managed_write(store, change);
    if (error)
        report_unwritten(store, change, error, &build->diags);
    return error == 0;
}

bool eb_reload_change(struct eb_reload *reload, const struct eb_managed_change *change,
    const struct eb_reload_approval *approval, struct eb_build *build)
{
    build_run(reload, change, build);
    if (build->is_good && approval)
        approval->check(approval->context, &build->loaded, &build->diags);
    if (build->diags.errors > 0 || !write_change(reload, change, build))
        return false;
    keep_record(&reload->record, build);
    install(reload, build);
    return true;
}

/* ---- begin and end ---- */

bool eb_reload_first(struct eb_reload *reload, struct eb_worker *worker, const char *path,
    struct eb_figures_registry *figures, const struct eb_snapshot **in_force)
{
    *reload = (struct eb_reload){
        .worker = worker,
        .path = path,
        .figures = figures,
        .in_force = in_force,
    };
    struct eb_build build;
    build_run(reload, NULL, &build);
    eb_log_diags(&build.diags);
    bool is_good = build.is_good;
    if (is_good) {
        keep_record(&reload->record, &build);
        log_build(reload, &build);
        reload->loaded = build.loaded;
        build.loaded = (struct eb_loaded){ 0 };
        *in_force = reload->loaded.snapshot;
    }
    eb_build_release(&build);
    return is_good;
}

void eb_reload_end(struct eb_reload *reload)
{
    eb_managed_claim_release(&reload->claim);
    eb_loaded_free(&reload->loaded);
}
