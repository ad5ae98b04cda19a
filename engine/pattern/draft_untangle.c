#include "pattern/pattern_draft.h"

#include <stdlib.h>

#include "base/limits.h"

struct untangling {
    struct eb_arena *scratch;
    uint32_t item_count;
    enum eb_untangle_result result;
};

/* Items in the order they were put in. */
struct list {
    struct eb_draft_item *first, *last;
};

/* ---- which fields are named ---- */

/* Ascending, each once; ptr NULL without memory. */
struct path_set {
    uint32_t *paths;
    size_t count;
};

static size_t count_fields(const struct eb_draft_item *items);

static size_t count_fields_of(const struct eb_draft_item *item)
{
    size_t count = 0;
    if (!eb_draft_is_or(item))
        return 1;
    for (uint32_t i = 0; i < item->count; i++)
        count += count_fields(item->branches[i]);
    return count;
}

static size_t count_fields(const struct eb_draft_item *items)
{
    size_t count = 0;
    for (; items; items = items->next)
        count += count_fields_of(items);
    return count;
}

static void add_paths_of(struct path_set *set, const struct eb_draft_item *item)
{
    if (!eb_draft_is_or(item)) {
        set->paths[set->count++] = item->path;
        return;
    }
    for (uint32_t i = 0; i < item->count; i++) {
        for (const struct eb_draft_item *inner = item->branches[i]; inner; inner = inner->next)
            add_paths_of(set, inner);
    }
}

static int compare_paths(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static struct path_set paths_of(struct untangling *untangling, const struct eb_draft_item *item)
{
    struct path_set set = { .count = 0 };
    set.paths = EB_ARENA_ARRAY(untangling->scratch, uint32_t, count_fields_of(item) + 1);
    if (!set.paths) {
        untangling->result = EB_UNTANGLE_NO_MEMORY;
        return set;
    }
    add_paths_of(&set, item);
    qsort(set.paths, set.count, sizeof *set.paths, compare_paths);
    return set;
}

static bool sets_meet(const struct path_set *a, const struct path_set *b)
{
    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        if (a->paths[i] == b->paths[j])
            return true;
        if (a->paths[i] < b->paths[j])
            i++;
        else
            j++;
    }
    return false;
}

/* Whether some way through the list names a field twice. */
static bool is_tangled(struct untangling *untangling, const struct eb_draft_item *items)
{
    for (const struct eb_draft_item *item = items; item; item = item->next) {
        if (!eb_draft_is_or(item))
            continue;
        struct path_set named = paths_of(untangling, item);
        for (const struct eb_draft_item *other = items; other; other = other->next) {
            struct path_set others = paths_of(untangling, other);
            if (other != item && sets_meet(&named, &others))
                return true;
        }
        for (uint32_t i = 0; i < item->count; i++) {
            if (is_tangled(untangling, item->branches[i]))
                return true;
        }
    }
    return false;
}

/* ---- lists ---- */

static void append(
    struct untangling *untangling, struct list *list, const struct eb_draft_item *item)
{
    struct eb_draft_item *copy = NULL;
    if (++untangling->item_count > EB_PATTERN_UNTANGLED_MAX)
        untangling->result = EB_UNTANGLE_LIMIT;
    if (untangling->result == EB_UNTANGLED)
        copy = eb_arena_alloc(untangling->scratch, sizeof *copy, _Alignof(struct eb_draft_item));
    if (!copy) {
        if (untangling->result == EB_UNTANGLED)
            untangling->result = EB_UNTANGLE_NO_MEMORY;
        return;
    }
    *copy = *item;
    copy->next = NULL;
    if (list->last)
        list->last->next = copy;
    else
        list->first = copy;
    list->last = copy;
}

static void append_all(
    struct untangling *untangling, struct list *list, const struct eb_draft_item *items)
{
    for (; items && untangling->result == EB_UNTANGLED; items = items->next)
        append(untangling, list, items);
}

/* Room for an `$or`'s branches, in a copy of it. */
static struct eb_draft_item **new_branches(
    struct untangling *untangling, struct eb_draft_item *item)
{
    struct eb_draft_item **branches =
        EB_ARENA_ARRAY(untangling->scratch, struct eb_draft_item *, item->count);
    if (!branches)
        untangling->result = EB_UNTANGLE_NO_MEMORY;
    item->branches = branches;
    return branches;
}

/* The items without any field `path`. */
static struct list without(
    struct untangling *untangling, const struct eb_draft_item *items, uint32_t path)
{
    struct list list = { NULL, NULL };
    for (; items && untangling->result == EB_UNTANGLED; items = items->next) {
        struct eb_draft_item copy = *items;
        if (items->path == path)
            continue;
        if (eb_draft_is_or(items)) {
            struct eb_draft_item **branches = new_branches(untangling, &copy);
            for (uint32_t i = 0; branches && i < items->count; i++)
                branches[i] = without(untangling, items->branches[i], path).first;
        }
        append(untangling, &list, &copy);
    }
    return list;
}

static bool names(const struct eb_draft_item *items, uint32_t path)
{
    for (; items; items = items->next) {
        if (items->path == path)
            return true;
        for (uint32_t i = 0; eb_draft_is_or(items) && i < items->count; i++) {
            if (names(items->branches[i], path))
                return true;
        }
    }
    return false;
}

static struct list untangle(struct untangling *untangling, const struct eb_draft_item *items);

/* Moves into `tangled` those of the list that name a field that the `$or` names too. */
static struct list take_tangled(
    struct untangling *untangling, struct list *list, const struct eb_draft_item *item)
{
    struct list tangled = { NULL, NULL }, kept = { NULL, NULL };
    struct path_set named = paths_of(untangling, item);
    for (const struct eb_draft_item *one = list->first; one; one = one->next) {
        struct path_set others = paths_of(untangling, one);
        append(untangling, sets_meet(&named, &others) ? &tangled : &kept, one);
    }
    *list = kept;
    return tangled;
}

static void append_or(
    struct untangling *untangling, struct list *list, const struct eb_draft_item *item)
{
    struct eb_draft_item copy = *item;
    struct list tangled = take_tangled(untangling, list, item);
    struct eb_draft_item **branches = new_branches(untangling, &copy);
    for (uint32_t i = 0; branches && i < item->count; i++) {
        struct list branch = { NULL, NULL };
        append_all(untangling, &branch, tangled.first);
        append_all(untangling, &branch, item->branches[i]);
        if (untangling->result != EB_UNTANGLED)
            return;
        branches[i] = untangle(untangling, branch.first).first;
    }
    append(untangling, list, &copy);
}

/* One item after the other: each takes the place of what it names again. */
static struct list untangle(struct untangling *untangling, const struct eb_draft_item *items)
{
    struct list list = { NULL, NULL };
    for (; items && untangling->result == EB_UNTANGLED; items = items->next) {
        if (eb_draft_is_or(items)) {
            append_or(untangling, &list, items);
            continue;
        }
        if (names(list.first, items->path))
            list = without(untangling, list.first, items->path);
        append(untangling, &list, items);
    }
    return list;
}

enum eb_untangle_result eb_draft_untangle(struct eb_draft_item **items, struct eb_arena *scratch)
{
    struct untangling untangling = { .scratch = scratch };
    if (!is_tangled(&untangling, *items))
        return untangling.result;
    struct list list = untangle(&untangling, *items);
    if (untangling.result == EB_UNTANGLED)
        *items = list.first;
    return untangling.result;
}
