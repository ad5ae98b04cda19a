#include "pattern/paths.h"

#include <assert.h>

#include "base/hash.h"
#include "json/mark.h"

enum {
    PATHS_MIN = 64,
    PATHS_MAX = (1 << 27) - 1,
    FEW = 8,     /* members of a path: going through them all is faster than hashing */
    MANY = 4096, /* members of a path: more than a cache keeps at hand */
    HEAD_BYTES = 8,
    LINE_BYTES = 64,
    LINE_PATHS = LINE_BYTES / sizeof(struct eb_path),
};

struct slot {
    uint32_t hash; /* its upper half; the lower half chooses the slot */
    uint32_t path; /* EB_NO_PATH: free */
};

/* A member of a path, for a look at its name without fetching it. */
struct member {
    uint32_t mark; /* of its name */
    uint32_t path;
};

/*
 * Paths are found through slots: open addressing, never more than half full. That is two looks into
 * memory. Where a path has so many members that they would be far looks, those are, once frozen, in
 * a table of their own that is not one of slots but of paths, half full: a search begins with
 * the first of a cache line and goes on to the next line if that line's last path says so.
 */
struct eb_paths {
    struct eb_arena *arena;
    struct eb_path *paths;
    uint32_t count, max;
    struct slot *slots;
    uint32_t slot_mask;
    struct eb_path_members *parents; /* after freezing: of paths that have members; not the first */
    struct member *members;          /* those of one path next to each other */
    struct eb_path *many;            /* members of those that have many; number 0: free */
    uint32_t many_lines;
    bool is_frozen;
};

/* The first bytes of the name, the rest zero. */
static uint64_t name_head(struct eb_span name)
{
    return eb_hash_load(name.ptr, name.len < HEAD_BYTES ? name.len : HEAD_BYTES);
}

static uint64_t hash_step(uint32_t parent, struct eb_span name)
{
    return eb_hash_quick(parent, name.ptr, name.len);
}

static void take_slot(struct eb_paths *paths, uint32_t path)
{
    uint64_t hash = hash_step(paths->paths[path].parent, eb_path_name(&paths->paths[path]));
    uint32_t at = (uint32_t)hash & paths->slot_mask;
    while (paths->slots[at].path != EB_NO_PATH)
        at = (at + 1) & paths->slot_mask;
    paths->slots[at] = (struct slot){ .hash = (uint32_t)(hash >> 32), .path = path };
}

/* Twice the room. What stays behind in the arena is less, over all times, than what is used. */
static bool grow(struct eb_paths *paths)
{
    if (paths->max > PATHS_MAX / 2)
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
    paths->paths[EB_PATH_MESSAGE] = (struct eb_path){
        .name = "$mqtt", .name_len = 5, .number = EB_PATH_MESSAGE, .parent = EB_NO_PATH
    };
    paths->count = EB_PATH_MESSAGE + 1;
    return paths;
}

/* ---- freezing ---- */

/* An empty name on the way to others stands before a dot. */
static void note_member(struct eb_path_members *parent, const struct eb_path *member)
{
    unsigned bit = eb_mark_of(eb_path_name(member)) % (64 * EB_PATH_FILTER_WORDS);
    unsigned char first = member->name_len ? (unsigned char)member->name[0] : '.';
    parent->filter[bit / 64] |= UINT64_C(1) << bit % 64;
    if (member->members)
        parent->deep_filter |= UINT64_C(1) << first % 64;
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

static uint32_t many_home(const struct eb_paths *paths, uint64_t hash)
{
    return (uint32_t)((hash >> 32) * paths->many_lines >> 32) * LINE_PATHS;
}

static uint32_t next_of_many(const struct eb_paths *paths, uint32_t at)
{
    return at + 1 < paths->many_lines * LINE_PATHS ? at + 1 : 0;
}

static void add_to_many(struct eb_paths *paths, const struct eb_path *path)
{
    uint32_t at = many_home(paths, hash_step(path->parent, eb_path_name(path)));
    for (; paths->many[at].number; at = next_of_many(paths, at))
        paths->many[at].goes_on = (at + 1) % LINE_PATHS == 0;
    paths->many[at] = *path;
}

static bool has_many_siblings(const struct eb_paths *paths, const struct eb_path *path)
{
    return eb_path_members_are_many(eb_paths_members(paths, &paths->paths[path->parent]));
}

static bool add_many(struct eb_paths *paths)
{
    uint32_t count = 0;
    for (uint32_t i = EB_PATH_MESSAGE + 1; i < paths->count; i++)
        count += has_many_siblings(paths, &paths->paths[i]);
    if (count == 0)
        return true;
    paths->many_lines = (uint32_t)((uint64_t)count * 2 / LINE_PATHS) + 1;
    paths->many = eb_arena_calloc(paths->arena, paths->many_lines, LINE_BYTES, LINE_BYTES);
    for (uint32_t i = EB_PATH_MESSAGE + 1; paths->many && i < paths->count; i++) {
        if (has_many_siblings(paths, &paths->paths[i]))
            add_to_many(paths, &paths->paths[i]);
    }
    return paths->many;
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
        paths->members[--parent->first] = (struct member){ eb_mark_of(eb_path_name(path)), i };
    }
    return paths->count <= MANY || add_many(paths);
}

const struct eb_path_members *eb_paths_members(
    const struct eb_paths *paths, const struct eb_path *path)
{
    return path->members ? &paths->parents[path->members] : NULL;
}

/* ---- looking up ---- */

static bool is_path(const struct eb_path *path, uint32_t parent, struct eb_span name, uint64_t head)
{
    if (path->head != head || path->parent != parent || path->name_len != name.len)
        return false;
    return name.len <= HEAD_BYTES || memcmp(path->name, name.ptr, name.len) == 0;
}

static const struct eb_path *find(
    const struct eb_paths *paths, uint32_t parent, struct eb_span name)
{
    uint64_t hash = hash_step(parent, name), head = name_head(name);
    for (uint32_t at = (uint32_t)hash & paths->slot_mask;; at = (at + 1) & paths->slot_mask) {
        const struct slot *slot = &paths->slots[at];
        if (slot->path == EB_NO_PATH)
            return NULL;
        if (slot->hash == (uint32_t)(hash >> 32) &&
            is_path(&paths->paths[slot->path], parent, name, head))
            return &paths->paths[slot->path];
    }
}

uint32_t eb_paths_find(const struct eb_paths *paths, uint32_t parent, struct eb_span name)
{
    const struct eb_path *path = find(paths, parent, name);
    return path ? path->number : EB_NO_PATH;
}

const struct eb_path *eb_paths_find_member(const struct eb_paths *paths,
    const struct eb_path_members *members, struct eb_span name, uint32_t mark)
{
    if (members->count > FEW)
        return find(paths, members->path, name);
    const struct member *member = &paths->members[members->first];
    for (uint32_t i = 0; i < members->count; i++, member++) {
        const struct eb_path *path = &paths->paths[member->path];
        if (member->mark == mark && eb_span_equal(eb_path_name(path), name))
            return path;
    }
    return NULL;
}

uint64_t eb_path_hash(const struct eb_path *path)
{
    return hash_step(path->parent, eb_path_name(path));
}

bool eb_path_members_are_many(const struct eb_path_members *members)
{
    return members->count > MANY;
}

uint64_t eb_paths_hash(
    const struct eb_paths *paths, const struct eb_path_members *members, struct eb_span name)
{
    uint64_t hash = hash_step(members->path, name);
    __builtin_prefetch(&paths->many[many_home(paths, hash)]);
    return hash;
}

const struct eb_path *eb_paths_find_hashed(const struct eb_paths *paths,
    const struct eb_path_members *members, struct eb_span name, uint64_t hash)
{
    uint64_t head = name_head(name);
    uint32_t at = many_home(paths, hash);
    for (; paths->many[at].number; at = next_of_many(paths, at)) {
        if (is_path(&paths->many[at], members->path, name, head))
            return &paths->many[at];
        if ((at + 1) % LINE_PATHS == 0 && !paths->many[at].goes_on)
            return NULL;
    }
    return NULL;
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
    paths->paths[path] = (struct eb_path){
        .head = name_head(copy),
        .name = copy.ptr,
        .name_len = (uint32_t)copy.len,
        .number = path,
        .parent = parent,
    };
    take_slot(paths, path);
    return path;
}

void eb_paths_compare(struct eb_paths *paths, uint32_t path, unsigned needs)
{
    assert(!paths->is_frozen);
    paths->paths[path].is_compared = true;
    paths->paths[path].needs |= needs & EB_NEEDS_ALL;
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
        len += paths->paths[path].name_len + 1;
    return path == EB_PATH_MESSAGE ? len + paths->paths[path].name_len : len ? len - 1 : 0;
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
        struct eb_span name = eb_path_name(&paths->paths[path]);
        start -= name.len;
        memcpy(start, name.ptr, name.len);
        if (start > text)
            *--start = '.';
    }
    return eb_span(text, len);
}
