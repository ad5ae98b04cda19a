/*
 * scope.c - `$dynamicRef` and `$recursiveRef`, settled while compiling.
 *
 * What they mean depends on the resources entered on the way (2020-12 core §7.1, §8.2.3.2), but
 * only through the outermost one that declares each name. So a scope is no more than that choice, a
 * node is compiled once for each scope it can be reached in, and at run time a dynamic reference is
 * a jump like any other. Real schemas have one scope or two.
 */
#include "schema/compile.h"

enum { SCOPES_MAX = 1024 }; /* what many resources that redefine each other's names come to */

struct binding {
    struct eb_span name;
    struct eb_resource *resource;
    uint32_t token;
};

struct eb_dynamic_scope {
    const struct binding *bindings; /* by name */
    uint32_t count;
};

static const struct binding *binding_of(const struct eb_dynamic_scope *scope, struct eb_span name)
{
    for (uint32_t i = 0; i < scope->count; i++) {
        if (eb_span_equal(scope->bindings[i].name, name))
            return &scope->bindings[i];
    }
    return NULL;
}

static bool scopes_equal(const struct eb_dynamic_scope *a, const struct eb_dynamic_scope *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct binding *x = &a->bindings[i], *y = &b->bindings[i];
        if (x->resource != y->resource || x->token != y->token || !eb_span_equal(x->name, y->name))
            return false;
    }
    return true;
}

static void insert(struct binding *bindings, uint32_t *count, struct binding binding)
{
    uint32_t at = (*count)++;
    for (; at && eb_span_compare(bindings[at - 1].name, binding.name) > 0; at--)
        bindings[at] = bindings[at - 1];
    bindings[at] = binding;
}

static uint32_t intern(struct eb_compiler *compiler, struct eb_dynamic_scope scope)
{
    for (uint32_t i = 0; i < compiler->scope_count; i++) {
        if (scopes_equal(&compiler->scopes[i], &scope))
            return i;
    }
    struct eb_dynamic_scope *room = eb_array_room(&compiler->scratch, compiler->scopes,
        compiler->scope_count, &compiler->scope_capacity, sizeof *room);
    if (!room) {
        compiler->is_out_of_memory = true;
        return UINT32_MAX;
    }
    if (compiler->scope_count == SCOPES_MAX)
        return UINT32_MAX;
    compiler->scopes = room;
    compiler->scopes[compiler->scope_count] = scope;
    return compiler->scope_count++;
}

uint32_t eb_scope_enter(
    struct eb_compiler *compiler, uint32_t scope_index, struct eb_resource *resource)
{
    if (!compiler->scope_count) /* scope 0 binds nothing */
        scope_index = intern(compiler, (struct eb_dynamic_scope){ NULL, 0 });
    if (scope_index == UINT32_MAX || (!resource->dynamic_anchors && !resource->is_recursive))
        return scope_index;
    struct eb_dynamic_scope old = compiler->scopes[scope_index];
    uint32_t count_max = old.count + 1;
    for (const struct eb_dynamic_anchor *a = resource->dynamic_anchors; a; a = a->next)
        count_max++;
    struct binding *bindings = EB_ARENA_ARRAY(&compiler->scratch, struct binding, count_max);
    if (!bindings) {
        compiler->is_out_of_memory = true;
        return UINT32_MAX;
    }
    if (old.count)
        memcpy(bindings, old.bindings, old.count * sizeof *bindings);
    uint32_t count = old.count;
    for (const struct eb_dynamic_anchor *a = resource->dynamic_anchors; a; a = a->next) {
        if (!binding_of(&old, a->name))
            insert(bindings, &count, (struct binding){ a->name, resource, a->token });
    }
    if (resource->is_recursive && !binding_of(&old, eb_span("", 0)))
        insert(bindings, &count, (struct binding){ eb_span("", 0), resource, resource->token });
    if (count == old.count)
        return scope_index;
    return intern(compiler, (struct eb_dynamic_scope){ bindings, count });
}

bool eb_scope_find(const struct eb_compiler *compiler, uint32_t scope, struct eb_span name,
    struct eb_referent *target)
{
    const struct binding *binding = binding_of(&compiler->scopes[scope], name);
    if (!binding)
        return false;
    target->resource = binding->resource;
    target->token = binding->token;
    return true;
}
