/*
 * registry.h - the schemas of a configuration, for commands that look at one by one.
 */
#ifndef EB_CLI_REGISTRY_H
#define EB_CLI_REGISTRY_H

#include <stdbool.h>

#include "bus/configuration.h"
#include "store/store.h"
#include "json/doc.h"

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

/* One schema, and what it says of itself. Spans live in the arena and the registry. */
struct schema_entry {
    const struct eb_schema_text *text;
    struct eb_span name;          /* "lock-event@1"; an imported file's first URI */
    struct eb_doc doc;            /* when `is_read` */
    struct eb_span draft;         /* "2020-12"; of an own metaschema its URI; ptr NULL: unread */
    struct eb_span title;         /* ptr NULL: none */
    struct eb_span compatibility; /* what its subject declares; ptr NULL: nothing */
    bool is_latest;               /* no version of its subject is higher */
    bool is_read;                 /* else why has been said */
};

/* False without memory, which has been said. */
bool registry_describe(const struct registry *registry, const struct eb_schema_text *text,
    struct eb_arena *arena, struct schema_entry *entry);

/* How a contract that says `schema` uses an entry. */
enum schema_use { SCHEMA_UNUSED, SCHEMA_BY_NAME, SCHEMA_BY_CONTENT };
enum schema_use schema_entry_use(const struct schema_entry *entry, struct eb_span schema);

/* A string member of an object that was read; ptr NULL when it has none. */
struct eb_span string_member_of(
    const struct eb_doc *doc, uint32_t object, const char *name, struct eb_arena *arena);

#endif
