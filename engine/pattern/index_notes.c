#include "pattern/index_builder.h"

#include <stdlib.h>

/* Groups of one path often follow each other by the thousand: known ones are not noted again. */
static bool is_noted(const struct eb_vector *notes, uint32_t path, uint32_t kind, uint32_t measure)
{
    enum { LAST = 2 };
    const struct eb_index_note *items = notes->items;
    for (size_t i = 1; i <= LAST && i <= notes->count; i++) {
        const struct eb_index_note *last = &items[notes->count - i];
        if (last->path == path && last->kind == kind && last->measure == measure)
            return true;
    }
    return false;
}

/* The path whose strings the node looks up, if it does nothing else; 0: it does. */
static uint32_t path_ahead(const struct eb_index_builder *builder, uint32_t ref)
{
    const struct eb_index_access *access = eb_index_builder_simple_access(builder, ref);
    return access && access->kinds >> EB_KEY_STRING & 1 ? access->path : 0;
}

static void note_ahead(struct eb_index_builder *builder, struct eb_vector *notes,
    const struct eb_filed *filed, uint32_t ref)
{
    uint32_t ahead = path_ahead(builder, ref);
    if (is_noted(notes, filed->path, EB_NOTE_AHEAD, ahead))
        return;
    struct eb_index_note *noted = eb_index_builder_note(builder, notes, sizeof *noted);
    if (noted)
        *noted =
            (struct eb_index_note){ filed->path, EB_NOTE_AHEAD, ahead, ref, filed, { .low = 0 } };
}

void eb_index_builder_note_key(struct eb_index_builder *builder, struct eb_vector *notes,
    const struct eb_filed *filed, uint32_t ref)
{
    bool has_slot = filed->kind != EB_KEY_EXISTS && filed->kind != EB_KEY_RANGE;
    if (filed->kind == EB_KEY_STRING && eb_ref_kind(ref) == EB_REF_NODE)
        note_ahead(builder, notes, filed, ref);
    if (has_slot && is_noted(notes, filed->path, filed->kind, filed->measure))
        return;
    struct eb_index_note *noted = eb_index_builder_note(builder, notes, sizeof *noted);
    if (!noted)
        return;
    *noted = (struct eb_index_note){ filed->path, filed->kind, filed->measure, ref, filed,
        { .low = 0 } };
    if (filed->kind != EB_KEY_RANGE)
        return;
    struct eb_predicate predicate;
    eb_predicate_decode(filed->predicate, &predicate);
    noted->range = eb_range_of(&predicate);
    noted->range.ref = ref;
    noted->range.predicate = filed->predicate;
    noted->range.before = eb_index_builder_words_before(builder, filed->entry, filed->predicate);
}

static int compare_notes(const void *left, const void *right)
{
    const struct eb_index_note *a = left, *b = right;
    if (a->path != b->path)
        return a->path < b->path ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->measure > b->measure) - (a->measure < b->measure);
}

static bool is_measured(uint32_t kind)
{
    for (size_t i = 0; i < EB_MEASURED_KINDS; i++) {
        if (eb_measured_kinds[i] == kind)
            return true;
    }
    return false;
}

/* Notes of one path and kind, from `first` on. */
static size_t count_same_kind(const struct eb_index_note *known, size_t count)
{
    size_t same = 1;
    while (same < count && known[same].path == known->path && known[same].kind == known->kind)
        same++;
    return same;
}

static void add_measures(
    struct eb_index_builder *builder, const struct eb_index_note *known, size_t count)
{
    size_t start = builder->words.count;
    uint32_t kept = 0;
    eb_index_builder_add_word(builder, 0);
    for (size_t i = 0; i < count; i++) {
        if (i && known[i].measure == known[i - 1].measure)
            continue;
        eb_index_builder_add_word(builder, known[i].measure);
        kept++;
    }
    if (!builder->has_failed)
        ((uint32_t *)builder->words.items)[start] = kept;
}

static void add_ranges(
    struct eb_index_builder *builder, const struct eb_index_note *known, size_t count)
{
    /* Beside the leaves, two ends for each group of each level. */
    if (!eb_index_builder_pay(builder, count * (sizeof(struct eb_range_leaf) + 6)))
        return;
    struct eb_range_leaf *leaves = EB_ARENA_ARRAY(builder->arena, struct eb_range_leaf, count);
    struct eb_ranges *ranges =
        leaves ? eb_index_builder_add(builder, &builder->ranges, sizeof *ranges) : NULL;
    for (size_t i = 0; ranges && i < count; i++)
        leaves[i] = known[i].range;
    if (!ranges || !eb_ranges_build(ranges, leaves, (uint32_t)count, builder->arena))
        builder->has_failed = true;
}

/*
 * The paths ahead, as far as the simple nodes that there are say the same. It is but what to ask
 * for early: among thousands some are not simple, where two fields of a few rules cost alike.
 */
static void add_ahead(const struct eb_index_builder *builder, struct eb_index_access *access,
    const struct eb_index_note *known, size_t count)
{
    uint32_t next = 0;
    for (; count && !known->measure; count--) /* those that are not simple come first */
        known++;
    if (count == 0 || known[0].measure != known[count - 1].measure)
        return;
    access->ahead[0] = known->measure;
    for (size_t i = 0; i < count; i++) {
        uint32_t path = eb_index_builder_simple_access(builder, known[i].ref)->ahead[0];
        if (next && path && path != next)
            return;
        next = path ? path : next;
    }
    access->ahead[1] = next;
}

/* All notes of one path, sorted by kind; how many they are. */
static size_t fill_access(struct eb_index_builder *builder, struct eb_index_access *access,
    const struct eb_index_note *known, size_t count)
{
    size_t done = 0;
    *access = (struct eb_index_access){ .path = known->path };
    access->measures = (uint32_t)builder->words.count;
    while (done < count && known[done].path == access->path) {
        const struct eb_index_note *first = &known[done];
        size_t same = count_same_kind(first, count - done);
        if (first->kind == EB_NOTE_AHEAD)
            add_ahead(builder, access, first, same);
        else
            access->kinds |= UINT32_C(1) << first->kind;
        if (first->kind == EB_KEY_EXISTS)
            access->exists = first->ref;
        if (first->kind == EB_KEY_RANGE) {
            access->ranges = (uint32_t)builder->ranges.count;
            add_ranges(builder, first, same);
        }
        if (is_measured(first->kind))
            add_measures(builder, first, same);
        done += same;
    }
    return done;
}

static size_t count_paths(const struct eb_index_note *known, size_t count)
{
    size_t paths = 0;
    for (size_t i = 0; i < count; i++)
        paths += i == 0 || known[i].path != known[i - 1].path;
    return paths;
}

/*
 * In a node with many paths, mere existence needs no access: it is a key like any other. `known`
 * is the first note of the path.
 */
static void add_existence(struct eb_index_builder *builder, uint32_t seed,
    const struct eb_index_access *access, const struct eb_index_note *known)
{
    uint64_t hash =
        eb_existence_hash(seed, eb_path_hash(eb_paths_get(builder->paths, access->path)));
    if (access->exists)
        eb_index_builder_add_slot(builder, hash, access->exists, known->filed);
    if (access->kinds != 1 << EB_KEY_EXISTS)
        eb_index_builder_add_slot(
            builder, hash, eb_ref(EB_REF_ACCESS, (uint32_t)builder->accesses.count + 1), NULL);
}

void eb_index_builder_add_accesses(
    struct eb_index_builder *builder, struct eb_vector *notes, struct eb_index_node *out)
{
    const struct eb_index_note *all = notes->items;
    if (notes->count)
        qsort(notes->items, notes->count, sizeof *all, compare_notes);
    out->first_access = (uint32_t)builder->accesses.count;
    out->has_many = count_paths(all, notes->count) > EB_ACCESSES_FEW;
    for (size_t done = 0; done < notes->count && !builder->has_failed;) {
        struct eb_index_access access;
        const struct eb_index_note *first = &all[done];
        done += fill_access(builder, &access, first, notes->count - done);
        if (out->has_many) {
            add_existence(builder, out->seed, &access, first);
            access.exists = 0;
        }
        if (out->has_many && access.kinds == 1 << EB_KEY_EXISTS)
            continue;
        struct eb_index_access *added =
            eb_index_builder_add(builder, &builder->accesses, sizeof *added);
        if (added)
            *added = access;
    }
    out->access_count = (uint32_t)builder->accesses.count - out->first_access;
}
