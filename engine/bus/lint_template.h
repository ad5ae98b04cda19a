/*
 * lint_template.h - what a topic template says about the topics it makes.
 */
#ifndef EB_BUS_LINT_TEMPLATE_H
#define EB_BUS_LINT_TEMPLATE_H

#include "base/arena.h"
#include "base/span.h"

/* A value of the payload that goes into a topic. */
struct eb_lint_placeholder {
    const struct eb_lint_placeholder *next;
    struct eb_span source; /* "${data.site}" */
    struct eb_span path;   /* "data.site"; ptr NULL: it has an index */
    struct eb_span unfit;  /* a JSON Schema: events of which it makes no topic */
};

/* The filter of all topics that the template makes, given in `arena`; ptr NULL without memory. */
struct eb_span eb_lint_template_filter(struct eb_span template, struct eb_arena *arena);

/* In their order, given in `arena`; NULL: none, or no memory. */
const struct eb_lint_placeholder *eb_lint_template_placeholders(
    struct eb_span template, struct eb_arena *arena);

#endif
