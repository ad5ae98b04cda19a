/*
 * json_edit.h - one value of a JSON text replaced by another; the rest keeps its spelling.
 */
#ifndef EB_CLI_JSON_EDIT_H
#define EB_CLI_JSON_EDIT_H

#include "base/arena.h"
#include "base/span.h"

/*
 * `json` with `value` at the JSON Pointer `pointer`; a member that is not there is added to its
 * object. Given in `arena`; ptr is NULL, with a sentence in `*problem`, when that cannot be.
 */
struct eb_span json_set(struct eb_span json, struct eb_span pointer, struct eb_span value,
    struct eb_arena *arena, const char **problem);

#endif
