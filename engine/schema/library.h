/*
 * library.h - the documents a library knows, and how a reference finds its way in them.
 *
 *   document   a JSON text that was handed in, under the URI it was handed in by
 *   resource   a part of it with an identity of its own: the root, and every schema with an `$id`
 *   site       a token of it that is a schema; every one the dialect's keywords lead to is known
 *
 * A reference may also point where no keyword leads ("#/x-parts/door"): such a site is indexed when
 * it is first asked for, and the identifiers in it are not made known to anybody else.
 */
#ifndef EB_SCHEMA_LIBRARY_H
#define EB_SCHEMA_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/dialect.h"
#include "schema/map.h"
#include "schema/schema.h"

struct eb_document;

struct eb_dynamic_anchor {
    const struct eb_dynamic_anchor *next;
    struct eb_span name;
    uint32_t token;
};

struct eb_resource {
    struct eb_document *document;
    uint32_t token;
    struct eb_span uri; /* absolute, without fragment */
    const struct eb_dialect *dialect;
    const struct eb_dynamic_anchor *dynamic_anchors;
    bool is_recursive; /* `$recursiveAnchor: true` at its root */
};

struct eb_site {
    uint32_t token;
    struct eb_resource *resource;
};

/* Sites in the order of their tokens. */
struct eb_sites {
    struct eb_sites *next;
    struct eb_site *sites;
    uint32_t count;
    uint32_t capacity;
};

/* A resource of another dialect than what is around it. */
struct eb_guest {
    const struct eb_guest *next;
    const struct eb_resource *resource;
};

struct eb_document {
    struct eb_document *next;
    struct eb_doc doc;
    struct eb_resource *root;
    struct eb_sites known;
    const struct eb_guest *guests;
    struct eb_sites *loose; /* behind references to where no keyword leads */
    struct eb_map members;  /* of objects too large to search; see pointer.c */
};

/* What a reference leads to. */
struct eb_referent {
    struct eb_resource *resource; /* the one the token belongs to; NULL: nothing was found */
    uint32_t token;
    bool is_dynamic; /* reached by the name of a `$dynamicAnchor` */
    struct eb_span anchor;
};

struct eb_library_regex {
    struct eb_library_regex *next;
    struct eb_regex *regex;
};

struct eb_schema_library {
    struct eb_arena *arena;
    struct eb_schema_options options;
    struct eb_map targets;     /* URI, URI#anchor or word, to struct eb_referent */
    struct eb_map dialects;    /* URI of an own metaschema to struct eb_dialect */
    struct eb_map programs[2]; /* URI, maybe with fragment, to struct eb_schema; by whether formats
                                  are asserted */
    struct eb_map regexes;     /* pattern to struct eb_library_regex */
    struct eb_library_regex *first_regex;
    struct eb_document *documents;
    bool is_out_of_memory;          /* something is missing for want of it: nothing is to be
                                       compiled any more, nor said to be wrong */
    struct eb_regex_runner *runner; /* for judging schemas by their metaschemas; made when needed */
};

/* ---- library.c ---- */

/* The resource known by `uri` (absolute, without fragment); metaschemas come in here. */
struct eb_resource *eb_library_resource(struct eb_schema_library *library, struct eb_span uri);

/*
 * What `reference` means in `base`; target.resource is NULL, and `*why` says why, when it leads
 * nowhere. Why is static; NULL: memory ran out.
 */
struct eb_referent eb_library_resolve(struct eb_schema_library *library, struct eb_span base,
    struct eb_span reference, const char **why);

/* The site at `token`, or NULL. */
const struct eb_site *eb_document_site(const struct eb_document *document, uint32_t token);

/* ---- pointer.c ---- */

/*
 * Follow a JSON Pointer (RFC 6901), already percent-decoded, from the root of `*resource`, which
 * becomes the innermost resource on the way. EB_NO_TOKEN when it leads nowhere, or, as the library
 * then remembers, without memory.
 */
uint32_t eb_pointer_follow(
    struct eb_schema_library *library, struct eb_resource **resource, struct eb_span pointer);

/* ---- index.c ---- */

/* Finds every site of a new document and makes its identifiers known. */
bool eb_document_index(
    struct eb_schema_library *library, struct eb_document *document, struct eb_diag_list *diags);

/* Finds the sites below `token`, where no keyword led. False without memory. */
bool eb_document_index_loose(
    struct eb_schema_library *library, struct eb_resource *enclosing, uint32_t token);

/* The dialect a schema object's `$schema` names; `otherwise` when it names none. NULL: reported. */
const struct eb_dialect *eb_library_dialect(struct eb_schema_library *library,
    const struct eb_doc *doc, uint32_t schema, const struct eb_dialect *otherwise,
    struct eb_diag_list *diags);

/* Makes a target known; false when the key is taken or without memory. */
bool eb_library_put(
    struct eb_schema_library *library, struct eb_span key, struct eb_referent target);

#endif
