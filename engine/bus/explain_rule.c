#include "bus/explain_rule.h"

#include "pattern/pattern_code.h"
#include "pattern/pattern_write.h"

/* ---- fields ---- */

/* The first pass counts, with `fields` NULL, the second fills them in. */
struct listing {
    const struct eb_paths *paths;
    struct eb_arena *arena;
    struct eb_rule_field *fields;
    uint32_t count;
    bool is_exhausted;
};

static uint32_t count_alternatives(const struct eb_item *item)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(&item->predicates);
    uint32_t count = 0;
    for (struct eb_predicate predicate; eb_predicates_next(&cursor, &predicate);)
        count++;
    return count;
}

static void list_field(struct listing *listing, const struct eb_item *item, bool is_in_or)
{
    if (listing->fields) {
        struct eb_span path = eb_paths_text(listing->paths, item->path, listing->arena);
        listing->is_exhausted |= !path.ptr;
        listing->fields[listing->count] =
            (struct eb_rule_field){ path, count_alternatives(item), is_in_or };
    }
    listing->count++;
}

static void list_fields(struct listing *listing, struct eb_items items, bool is_in_or)
{
    for (struct eb_item item; eb_items_next(&items, &item);) {
        if (!eb_item_is_or(&item)) {
            list_field(listing, &item, is_in_or);
            continue;
        }
        struct eb_items branches = eb_item_branches(&item), branch;
        while (eb_branches_next(&branches, &branch))
            list_fields(listing, branch, true);
    }
}

static bool fill_fields(struct eb_rule_filing *filing, struct eb_arena *arena)
{
    if (!filing->rule->when)
        return true;
    struct eb_items items = eb_pattern_items(filing->rule->when);
    struct listing listing = { .paths = filing->snapshot->paths, .arena = arena };
    list_fields(&listing, items, false);
    listing.fields = EB_ARENA_ARRAY(arena, struct eb_rule_field, listing.count);
    if (!listing.fields)
        return false;
    listing.count = 0;
    list_fields(&listing, items, false);
    filing->fields = listing.fields;
    filing->field_count = listing.count;
    filing->pattern_bytes = (uint32_t)(4 * (items.end - items.next + 1));
    return !listing.is_exhausted;
}

/* ---- places ---- */

static bool fill_watch(const struct eb_rule_filing *filing, uint32_t number, struct eb_arena *arena,
    struct eb_rule_watch *watch)
{
    const struct eb_snapshot *snapshot = filing->snapshot;
    const struct eb_rule_index *index = snapshot->watches[number].rules;
    watch->filter = eb_trie_filter(snapshot->trie, number, arena);
    watch->rule_count = eb_rule_index_size(index);
    watch->places = eb_rule_index_explain(index, (uint32_t)(filing->rule - snapshot->rules), arena);
    return watch->filter.ptr && watch->places;
}

bool eb_rule_explain(const struct eb_snapshot *snapshot, const struct eb_rule *rule,
    struct eb_arena *arena, struct eb_rule_filing *filing)
{
    struct eb_rule_watch *watches = EB_ARENA_ARRAY(arena, struct eb_rule_watch, rule->from_count);
    *filing = (struct eb_rule_filing){ .snapshot = snapshot, .rule = rule, .watches = watches };
    if (!watches)
        return false;
    for (uint32_t i = 0; i < rule->from_count; i++) {
        if (!fill_watch(filing, rule->from[i], arena, &watches[i]))
            return false;
    }
    return fill_fields(filing, arena);
}

/* ---- writing ---- */

struct writing {
    const struct eb_paths *paths;
    struct eb_arena *scratch;
    struct eb_json_writer *out;
};

/* The outermost first. */
static void write_keys(const struct writing *writing, const struct eb_rule_key *key)
{
    struct eb_json_writer *out = writing->out;
    if (!key)
        return;
    write_keys(writing, key->outer);
    eb_json_open_object(out);
    eb_json_member_string(out, "field", eb_paths_text(writing->paths, key->path, writing->scratch));
    eb_json_write_name(out, eb_span_of("expected"));
    eb_predicate_write(&key->predicate, out);
    eb_json_member_string(out, "found", eb_span_of(eb_key_kind_text(key->kind)));
    eb_json_close_object(out);
}

static void write_place(const struct writing *writing, const struct eb_rule_place *place)
{
    eb_json_open_object(writing->out);
    eb_json_member_array(writing->out, "keys");
    write_keys(writing, place->key);
    eb_json_close_array(writing->out);
    eb_json_member_bool(writing->out, "always", place->is_always);
    eb_json_member_int(writing->out, "others", place->others);
    eb_json_close_object(writing->out);
}

static void write_watch(const struct writing *writing, const struct eb_rule_watch *watch)
{
    eb_json_open_object(writing->out);
    eb_json_member_string(writing->out, "filter", watch->filter);
    eb_json_member_int(writing->out, "rules", watch->rule_count);
    eb_json_member_array(writing->out, "places");
    for (const struct eb_rule_place *place = watch->places; place; place = place->next)
        write_place(writing, place);
    eb_json_close_array(writing->out);
    eb_json_close_object(writing->out);
}

static void write_field(const struct eb_rule_field *field, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "field", field->path);
    eb_json_member_int(out, "alternatives", field->alternatives);
    eb_json_member_bool(out, "in_or", field->is_in_or);
    eb_json_close_object(out);
}

void eb_rule_filing_write(
    const struct eb_rule_filing *filing, struct eb_arena *scratch, struct eb_json_writer *out)
{
    const struct writing writing = { filing->snapshot->paths, scratch, out };
    eb_json_open_object(out);
    eb_json_member_string(out, "rule", filing->rule->name);
    eb_json_member_string(out, "file", eb_span_of(filing->rule->file));
    eb_json_member_int(out, "line", filing->rule->line);
    eb_json_member_array(out, "from");
    for (uint32_t i = 0; i < filing->rule->from_count; i++)
        write_watch(&writing, &filing->watches[i]);
    eb_json_close_array(out);
    eb_json_member_array(out, "fields");
    for (uint32_t i = 0; i < filing->field_count; i++)
        write_field(&filing->fields[i], out);
    eb_json_close_array(out);
    eb_json_member_int(out, "pattern_bytes", filing->pattern_bytes);
    eb_json_close_object(out);
}
