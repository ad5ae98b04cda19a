#include "pattern/paths.h"

#include <assert.h>

#include "base/hash.h"

enum {
    PATHS_MIN = 64,
    FEW = 8,     /* members of a path: going through them all is faster than hashing */
    MANY = 4096, /* members of a path: more than a cache keeps at hand */
    HEAD_BYTES = 8,
};

struct slot {
    uint32_t hash; /* its upper half; the lower half chooses the slot */
    uint32_t path; /* EB_NO_PATH: free */
};

/* A member of a path, for a look at its name without fetching it. */
struct member {
    uint64_t head; /* its first eight bytes */
    uint32_t len;
    uint32_t path;
};

/* Open addressing, never more than half full. */
struct eb_paths {
    struct eb_arena *arena;
    struct eb_path *paths;
    uint32_t count, max;
    struct slot *slots;
    uint32_t slot_mask;
    struct eb_path_members *parents; /* after freezing: of paths that have members; not the first */
    struct member *members;          /* those of one path next to each other */
    uint64_t *many_filter;           /* a bit for each member of those that have many; or NULL */
    uint32_t many_mask;
    bool is_frozen;
};

/* The first bytes of the name, the rest zero. */
static inline uint64_t name_head(struct eb_span name, size_t readable)
{
    if (name.len >= HEAD_BYTES)
        return eb_hash_load(name.ptr, HEAD_BYTES);
    if (readable >= HEAD_BYTES)
        return name.len ? eb_hash_load(name.ptr, HEAD_BYTES) << (64 - 8 * name.len) >>
                              (64 - 8 * name.len)
                        : 0;
    return eb_hash_load(name.ptr, name.len);
}

static uint64_t hash_step(uint32_t parent, struct eb_span name)
{
    return eb_hash_quick(parent, name.ptr, name.len);
}

static void take_slot(struct eb_paths *paths, uint32_t path)
{
    uint64_t hash = hash_step(paths->paths[path].parent, paths->paths[path].name);
    uint32_t at = (uint32_t)hash & paths->slot_mask;
    while (paths->slots[at].path != EB_NO_PATH)
        at = (at + 1) & paths->slot_mask;
    paths->slots[at] = (struct slot){ .hash = (uint32_t)(hash >> 32), .path = path };
}

/* Twice the room. What stays behind in the arena is less, over all times, than what is used. */
static bool grow(struct eb_paths *paths)
{
    if (paths->max > EB_NO_PATH / 8)
        return false;
    uint32_t max = paths->max ? 2 * paths->max : PATHS_MIN;
    struct eb_path *grown = EB_ARENA_ARRAY(paths->arena, struct eb_path, max);
    struct slot *slots = EB_ARENA_ARRAY(paths->arena, struct slot, 2 * (size_t)max);
    if (!grown || !slots)
        return false;
    if (paths->count)
        memcpy(grown, paths->paths, paths->count * sizeof *grown);
    for (size_t i = 0; i < 2 * (size_t)max; i++)
        slots[i].path = EB_NO_PATH;
    paths->paths = grown;
    paths->max = max;
    paths->slots = slots;
    paths->slot_mask = 2 * max - 1;
    for (uint32_t path = EB_PATH_MESSAGE + 1; path < paths->count; path++)
        take_slot(paths, path);
    return true;
}

struct eb_paths *eb_paths_new(struct eb_arena *arena)
{
    struct eb_paths *paths = EB_ARENA_NEW(arena, struct eb_paths);
    if (!paths)
        return NULL;
    paths->arena = arena;
    if (!grow(paths))
        return NULL;
    paths->paths[EB_PATH_PAYLOAD] = (struct eb_path){ .parent = EB_NO_PATH };
    paths->paths[EB_PATH_MESSAGE] =
        (struct eb_path){ .name = EB_SPAN("$mqtt"), .parent = EB_NO_PATH };
    paths->count = EB_PATH_MESSAGE + 1;
    return paths;
}

/* ---- freezing ---- */

/* An empty name stands between quotes where it is looked for; before a dot where it is a step. */
static void note_member(struct eb_path_members *parent, const struct eb_path *member)
{
    static const char quotes[] = "\"\"";
    bool is_empty = member->name.len == 0;
    const char *name = is_empty ? quotes + 1 : member->name.ptr;
    unsigned bit = eb_path_filter_bit(name, member->name.len);
    parent->filter[bit / 64] |= UINT64_C(1) << bit % 64;
    if (member->members)
        parent->deep_filter |= UINT64_C(1) << (unsigned char)(is_empty ? '.' : name[0]) % 64;
}

/* Numbers the paths that have members, from 1 on, and counts those. */
static bool add_parents(struct eb_paths *paths)
{
    uint32_t parents = 0;
    for (uint32_t i = EB_PATH_MESSAGE + 1; i < paths->count; i++) {
        struct eb_path *parent = &paths->paths[paths->paths[i].parent];
        if (!parent->members)
            parent->members = ++parents;
    }
    paths->parents = EB_ARENA_ARRAY(paths->arena, struct eb_path_members, parents + 1);
    if (!paths->parents)
        return false;
    for (uint32_t i = EB_PATH_MESSAGE + 1; i < paths->count; i++) {
        struct eb_path_members *parent =
            &paths->parents[paths->paths[paths->paths[i].parent].members];
        parent->path = paths->paths[i].parent;
        parent->count++;
        note_member(parent, &paths->paths[i]);
    }
    for (uint32_t i = 1, end = 0; i <= parents; i++) {
        end += paths->parents[i].count;
        paths->parents[i].first = end; /* filling moves it to where it belongs */
    }
    return true;
}

static uint32_t many_bit(const struct eb_paths *paths, uint64_t hash)
{
    return (uint32_t)(hash >> 24) & paths->many_mask;
}

/* Eight bits for each, so that one in eight that are nobody's passes. */
static bool add_many_filter(struct eb_paths *paths)
{
    enum { BITS = 8 };
    uint64_t bits = 64;
    while (bits < (uint64_t)BITS * paths->count)
        bits *= 2;
    paths->many_filter = EB_ARENA_ARRAY(paths->arena, uint64_t, bits / 64);
    paths->many_mask = (uint32_t)(bits - 1);
    if (!paths->many_filter)
        return false;
    for (uint32_t i = EB_PATH_MESSAGE + 1; i < paths->count; i++) {
        const struct eb_path *path = &paths->paths[i];
        uint32_t bit = many_bit(paths, hash_step(path->parent, path->name));
        paths->many_filter[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    return true;
}

bool eb_paths_freeze(struct eb_paths *paths)
{
    if (paths->is_frozen)
        return true;
    paths->is_frozen = true;
    paths->members = EB_ARENA_ARRAY(paths->arena, struct member, paths->count);
    if (!paths->members || !add_parents(paths))
        return false;
    for (uint32_t i = EB_PATH_MESSAGE + 1; i < paths->count; i++) {
        const struct eb_path *path = &paths->paths[i];
        struct eb_path_members *parent = &paths->parents[paths->paths[path->parent].members];
        paths->members[--parent->first] =
            (struct member){ path->head, (uint32_t)path->name.len, i };
    }
    return paths->count <= MANY || add_many_filter(paths);
}

const struct eb_path_members *eb_paths_members(const struct eb_paths *paths, uint32_t path)
{
    uint32_t members = paths->paths[path].members;
    return members ? &paths->parents[members] : NULL;
}

/* ---- looking up ---- */

uint32_t eb_paths_find_member(const struct eb_paths *paths, const struct eb_path_members *members,
    struct eb_span name, size_t readable)
{
    if (members->count > FEW)
        return eb_paths_find(paths, members->path, name);
    uint64_t head = name_head(name, readable);
    const struct member *member = &paths->members[members->first];
    for (uint32_t i = 0; i < members->count; i++, member++) {
        if (member->head != head || member->len != name.len)
            continue;
        if (name.len <= HEAD_BYTES || eb_span_equal(paths->paths[member->path].name, name))
            return member->path;
    }
    return EB_NO_PATH;
}

static bool is_path(const struct eb_path *path, uint32_t parent, struct eb_span name)
{
    if (path->parent != parent || path->name.len != name.len)
        return false;
    if (name.len <= HEAD_BYTES)
        return path->head == name_head(name, name.len);
    return memcmp(path->name.ptr, name.ptr, name.len) == 0;
}

static uint32_t find_hashed(
    const struct eb_paths *paths, uint32_t parent, struct eb_span name, uint64_t hash)
{
    for (uint32_t at = (uint32_t)hash & paths->slot_mask;; at = (at + 1) & paths->slot_mask) {
        const struct slot *slot = &paths->slots[at];
        if (slot->path == EB_NO_PATH)
            return EB_NO_PATH;
        if (slot->hash != (uint32_t)(hash >> 32))
            continue;
        if (is_path(&paths->paths[slot->path], parent, name))
            return slot->path;
    }
}

uint32_t eb_paths_find(const struct eb_paths *paths, uint32_t parent, struct eb_span name)
{
    return find_hashed(paths, parent, name, hash_step(parent, name));
}

bool eb_path_members_are_many(const struct eb_path_members *members)
{
    return members->count > MANY;
}

bool eb_paths_hash(const struct eb_paths *paths, const struct eb_path_members *members,
    struct eb_span name, uint64_t *hash)
{
    *hash = hash_step(members->path, name);
    uint32_t bit = many_bit(paths, *hash);
    if (!(paths->many_filter[bit / 64] >> bit % 64 & 1))
        return false;
    __builtin_prefetch(&paths->slots[(uint32_t)*hash & paths->slot_mask]);
    return true;
}

void eb_paths_fetch(const struct eb_paths *paths, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & paths->slot_mask;
    for (; paths->slots[at].path != EB_NO_PATH; at = (at + 1) & paths->slot_mask) {
        if (paths->slots[at].hash == (uint32_t)(hash >> 32))
            __builtin_prefetch(&paths->paths[paths->slots[at].path]);
    }
}

uint32_t eb_paths_find_hashed(const struct eb_paths *paths, const struct eb_path_members *members,
    struct eb_span name, uint64_t hash)
{
    return find_hashed(paths, members->path, name, hash);
}

uint32_t eb_paths_intern(struct eb_paths *paths, uint32_t parent, struct eb_span name)
{
    assert(!paths->is_frozen);
    uint32_t path = eb_paths_find(paths, parent, name);
    if (path != EB_NO_PATH)
        return path;
    struct eb_span copy = eb_arena_copy(paths->arena, name);
    if (!copy.ptr || (paths->count == paths->max && !grow(paths)))
        return EB_NO_PATH;
    path = paths->count++;
    paths->paths[path] =
        (struct eb_path){ .name = copy, .head = name_head(copy, copy.len), .parent = parent };
    take_slot(paths, path);
    return path;
}

void eb_paths_compare(struct eb_paths *paths, uint32_t path, unsigned needs)
{
    assert(!paths->is_frozen);
    paths->paths[path].is_compared = true;
    paths->paths[path].needs |= (uint8_t)needs;
}

const struct eb_path *eb_paths_get(const struct eb_paths *paths, uint32_t path)
{
    return &paths->paths[path];
}

/* Without the dot before it; the payload's root has no name. */
static size_t text_len(const struct eb_paths *paths, uint32_t path)
{
    size_t len = 0;
    for (; path > EB_PATH_MESSAGE; path = paths->paths[path].parent)
        len += paths->paths[path].name.len + 1;
    return path == EB_PATH_MESSAGE ? len + paths->paths[path].name.len : len ? len - 1 : 0;
}

struct eb_span eb_paths_text(const struct eb_paths *paths, uint32_t path, struct eb_arena *arena)
{
    size_t len = text_len(paths, path);
    char *text = eb_arena_alloc(arena, len + 1, 1);
    if (!text)
        return eb_span(NULL, 0);
    char *start = text + len;
    *start = '\0';
    for (; path != EB_NO_PATH && path != EB_PATH_PAYLOAD; path = paths->paths[path].parent) {
        struct eb_span name = paths->paths[path].name;
        start -= name.len;
        memcpy(start, name.ptr, name.len);
        if (start > text)
            *--start = '.';
    }
    return eb_span(text, len);
}
