#include "bus_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "bus/name.h"
#include "eb_test.h"

static uint32_t count_texts(const struct bus_text *texts)
{
    uint32_t count = 0;
    while (texts && texts[count].name)
        count++;
    return count;
}

static struct eb_entry_text *entries_of(const struct bus_text *texts)
{
    uint32_t count = count_texts(texts);
    struct eb_entry_text *entries = calloc(count + 1, sizeof *entries);
    assert_non_null(entries);
    for (uint32_t i = 0; i < count; i++)
        entries[i] = (struct eb_entry_text){ .name = eb_span_of(texts[i].name),
            .text = eb_span_of(texts[i].text),
            .file = texts[i].name,
            .first_line = 1 };
    return entries;
}

static struct eb_span path_of(struct bus *bus, struct eb_subject_version version)
{
    char path[EB_NAME_BYTES_MAX + 32];
    snprintf(path, sizeof path, "%.*s/%u.json", (int)version.subject.len, version.subject.ptr,
        version.version);
    struct eb_span copy = eb_arena_copy(&bus->arena, eb_span_of(path));
    assert_non_null(copy.ptr);
    return copy;
}

static struct eb_schema_text *schemas_of(struct bus *bus, const struct bus_text *texts)
{
    uint32_t count = count_texts(texts);
    struct eb_schema_text *schemas = calloc(count + 1, sizeof *schemas);
    assert_non_null(schemas);
    for (uint32_t i = 0; i < count; i++) {
        struct eb_subject_version version;
        assert_true(eb_subject_version_read(eb_span_of(texts[i].name), &version));
        schemas[i] = (struct eb_schema_text){ .subject = version.subject,
            .version = version.version,
            .path = path_of(bus, version),
            .text = eb_span_of(texts[i].text),
            .file = texts[i].name };
    }
    return schemas;
}

void bus_open(struct bus *bus, const char *settings, const struct bus_text *schemas,
    const struct bus_text *contracts, const struct bus_text *rules)
{
    *bus = (struct bus){ 0 };
    eb_diag_list_init(&bus->diags);
    eb_arena_init_growing(&bus->arena, SIZE_MAX);
    bus->registry = eb_figures_registry_new();
    assert_non_null(bus->registry);
    bus->configuration.contracts = entries_of(contracts);
    bus->configuration.contract_count = count_texts(contracts);
    bus->configuration.rules = entries_of(rules);
    bus->configuration.rule_count = count_texts(rules);
    bus->configuration.schemas = schemas_of(bus, schemas);
    bus->configuration.schema_count = count_texts(schemas);
    struct eb_span text = eb_span_of(settings ? settings : "{\"version\":1}");
    if (eb_settings_read(
            &bus->configuration.settings, text, "event-bus.json", &bus->arena, &bus->diags))
        bus->snapshot = eb_snapshot_build(&bus->configuration, bus->registry, &bus->diags);
    assert_true(eb_pipeline_init(&bus->pipeline));
}

bool bus_reload(struct bus *bus, const struct bus_text *contracts)
{
    free((void *)(uintptr_t)bus->configuration.contracts);
    bus->configuration.contracts = entries_of(contracts);
    bus->configuration.contract_count = count_texts(contracts);
    struct eb_snapshot *snapshot =
        eb_snapshot_build(&bus->configuration, bus->registry, &bus->diags);
    if (!snapshot)
        return false;
    eb_pipeline_rest(&bus->pipeline);
    eb_snapshot_free(bus->snapshot);
    bus->snapshot = snapshot;
    return true;
}

void bus_close(struct bus *bus)
{
    eb_pipeline_release(&bus->pipeline);
    eb_snapshot_free(bus->snapshot);
    eb_figures_registry_free(bus->registry);
    eb_arena_release(&bus->arena);
    eb_diag_list_release(&bus->diags);
    free((void *)(uintptr_t)bus->configuration.contracts);
    free((void *)(uintptr_t)bus->configuration.rules);
    free((void *)(uintptr_t)bus->configuration.schemas);
}

struct eb_message bus_message(const char *topic, const char *payload)
{
    return (struct eb_message){
        .topic = eb_span_of(topic),
        .payload = *payload ? eb_span_of(payload) : eb_span(NULL, 0),
        .client_id = EB_SPAN("c1"),
        .username = EB_SPAN("u1"),
        .protocol = 5,
        .qos = 1,
        .received_us = INT64_C(1795195293125000),
        .properties = { .payload_format = -1 },
    };
}

const struct eb_outcome *bus_run(struct bus *bus, const struct eb_message *message)
{
    if (!bus->snapshot) {
        for (const struct eb_diag *diag = bus->diags.first; diag; diag = diag->next) {
            char text[1000];
            eb_diag_format(diag, text, sizeof text);
            print_error("%s\n", text);
        }
    }
    assert_non_null(bus->snapshot);
    eb_pipeline_rest(&bus->pipeline);
    eb_pipeline_run(&bus->pipeline, bus->snapshot, message, &bus->outcome);
    return &bus->outcome;
}

const struct eb_outcome *bus_publish(struct bus *bus, const char *topic, const char *payload)
{
    struct eb_message message = bus_message(topic, payload);
    return bus_run(bus, &message);
}

const struct eb_publish *bus_dispatch(
    const struct bus *bus, uint32_t index, enum eb_publish_kind kind, const char *topic)
{
    assert_true(index < bus->outcome.dispatch_count);
    const struct eb_dispatch *dispatch = &bus->outcome.dispatches[index];
    assert_int_equal(dispatch->kind, kind);
    assert_span_equal(dispatch->publish.topic, topic);
    return &dispatch->publish;
}

int bus_says(const struct bus *bus, const char *line)
{
    char text[1000];
    for (const struct eb_diag *diag = bus->diags.first; diag; diag = diag->next) {
        eb_diag_format(diag, text, sizeof text);
        if (strcmp(text, line) == 0)
            return 1;
    }
    print_error("nothing says: %s\n", line);
    for (const struct eb_diag *diag = bus->diags.first; diag; diag = diag->next) {
        eb_diag_format(diag, text, sizeof text);
        print_error("but: %s\n", text);
    }
    return 0;
}
