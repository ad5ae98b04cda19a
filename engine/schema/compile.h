/*
 * compile.h - a compilation under way; its parts are in compile*.c, scope.c and emit.c.
 *
 *     root ──► draft nodes, one after the other, each finding more nodes ──► checks, edges
 *          ──► order by the edges, refuse cycles ──► code
 *
 * An edge says that a node is applied to the same value as the node it is used by. Nothing recurses
 * over the schema: nodes wait in the order they were found.
 */
#ifndef EB_SCHEMA_COMPILE_H
#define EB_SCHEMA_COMPILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "schema/library.h"
#include "schema/map.h"
#include "schema/program.h"

/* What a node in place must leave behind for an `unevaluated…` above it. */
enum {
    EB_TRACKS_MEMBERS = 1,
    EB_TRACKS_ITEMS = 2,
    /* Not a node's whole schema: what is left without its own `unevaluatedX`. */
    EB_IS_INNER_OF_MEMBERS = 4,
    EB_IS_INNER_OF_ITEMS = 8,
};

struct eb_draft_node {
    struct eb_resource *resource;
    uint32_t token;
    uint32_t scope;
    uint32_t tracks;
    uint32_t first_check;
    uint32_t check_count;
};

struct eb_edge {
    uint32_t from, to;
};

struct eb_dynamic_scope;

struct eb_compiler {
    struct eb_schema_library *library;
    struct eb_diag_list *diags;
    struct eb_arena scratch;
    bool asserts_formats;

    struct eb_draft_node *nodes;
    uint32_t node_count, node_capacity;
    struct eb_op *checks;
    uint32_t check_count, check_capacity;
    struct eb_edge *edges;
    uint32_t edge_count, edge_capacity;
    struct eb_dynamic_scope *scopes;
    uint32_t scope_count, scope_capacity;
    struct eb_map node_by_key;

    bool is_out_of_memory;
    bool has_errors;
};

/* The schema being compiled: the values of its keywords, looked up once. */
struct eb_view {
    struct eb_compiler *compiler;
    const struct eb_doc *doc;
    struct eb_resource *resource;
    uint32_t schema; /* token */
    uint32_t node;
    uint32_t scope;
    uint32_t tracks;
    uint32_t values[EB_KEYWORD_COUNT]; /* tokens; EB_NO_TOKEN: not there */
};

/* ---- compile.c: what every part uses ---- */

/* The keyword's value, EB_NO_TOKEN when it is not there or, reported, not of the type. */
uint32_t eb_view_value(struct eb_view *view, enum eb_keyword keyword, enum eb_json_type type);
/* The same for a boolean, false when it is not there. */
bool eb_view_flag(struct eb_view *view, enum eb_keyword keyword);
/* The same for a count, which ends at UINT32_MAX; `otherwise` when it is not there. */
uint32_t eb_view_count(struct eb_view *view, enum eb_keyword keyword, uint32_t otherwise);

void eb_view_error(struct eb_view *view, uint32_t place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a check to the node at hand; its `keyword` is set. */
void eb_view_check(struct eb_view *view, enum eb_keyword keyword, struct eb_op op);

/* The node of the subschema at `token`, applied to a part of the value. */
uint32_t eb_view_part(struct eb_view *view, uint32_t token);
/* The node of the subschema at `token`, applied to the same value. */
uint32_t eb_view_in_place(struct eb_view *view, uint32_t token);
/* The same, but what it evaluates does not count (`not`). */
uint32_t eb_view_in_place_untracked(struct eb_view *view, uint32_t token);
/* The same schema again, without the `unevaluated…` that `inner` names, tracked. */
uint32_t eb_view_inner(struct eb_view *view, uint32_t inner);
/* The node of a reference's target, applied to the same value. */
uint32_t eb_view_target(struct eb_view *view, struct eb_resource *resource, uint32_t token);

/* `count` zeroed elements in the library's arena; remembers when memory ran out. */
void *eb_view_array(struct eb_view *view, size_t count, size_t bytes);
#define EB_VIEW_ARRAY(view, type, count) ((type *)eb_view_array((view), (count), sizeof(type)))

/* The text of a string token, decoded where needed. */
struct eb_span eb_view_text(struct eb_view *view, uint32_t token);

/* What a reference of this schema leads to; target.resource is NULL, reported, when nowhere. */
struct eb_referent eb_view_resolve(
    struct eb_view *view, enum eb_keyword keyword, uint32_t place, struct eb_span reference);

/* The expression at a string token, compiled once for the library; NULL, reported. */
const struct eb_regex *eb_view_regex(struct eb_view *view, uint32_t token);

/* ---- one function for each group of keywords ---- */

void eb_compile_values(struct eb_view *view);     /* compile_scalar.c: type, enum, const */
void eb_compile_numbers(struct eb_view *view);    /* compile_scalar.c */
void eb_compile_strings(struct eb_view *view);    /* compile_scalar.c */
void eb_compile_items(struct eb_view *view);      /* compile_array.c */
void eb_compile_members(struct eb_view *view);    /* compile_object.c */
void eb_compile_references(struct eb_view *view); /* compile_logic.c: $ref and its kin */
void eb_compile_logic(struct eb_view *view);      /* compile_logic.c: allOf, anyOf, if, … */

/* ---- scope.c ---- */

/* The dynamic scope after entering `resource`; UINT32_MAX when there are too many. */
uint32_t eb_scope_enter(struct eb_compiler *compiler, uint32_t scope, struct eb_resource *resource);

/* The outermost resource in `scope` that declares the dynamic anchor `name`; "" is 2019-09's. */
bool eb_scope_find(const struct eb_compiler *compiler, uint32_t scope, struct eb_span name,
    struct eb_referent *target);

/* ---- order.c ---- */

/* All nodes, those applied in place before who applies them; NULL, reported, for a cycle. */
const uint32_t *eb_order_nodes(struct eb_compiler *compiler);

/* ---- emit.c ---- */

/* Writes the code. NULL, reported, for cycles or without memory. */
const struct eb_schema *eb_program_emit(struct eb_compiler *compiler, uint32_t root);

/* ---- value_set.c ---- */

/* The set of the values at `tokens`. NULL without memory. */
const struct eb_value_set *eb_value_set_new(
    const struct eb_doc *doc, const uint32_t *tokens, uint32_t count, struct eb_arena *arena);

#endif
