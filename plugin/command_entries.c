/* Contracts and rules: what is said of one is said of the other. */
#include "bus/explain.h"
#include "command.h"
#include "store/entry_text.h"
#include "json/reader.h"

/* What the commands of one kind call it, and where it is in a snapshot. */
static const struct words {
    const char *one;  /* the member that holds a document, and the word for people */
    const char *many; /* the member that holds a list */
} words[] = {
    [EB_MANAGED_CONTRACT] = { "contract", "contracts" },
    [EB_MANAGED_RULE] = { "rule", "rules" },
};

/* What both have in common. */
struct entry {
    struct eb_span name;
    const char *file;
    uint32_t line;
    bool is_managed;
    bool is_enabled;
};

static struct entry entry_of_rule(const struct eb_rule *rule)
{
    return (struct entry){ rule->name, rule->file, rule->line, rule->is_managed, rule->is_enabled };
}

static struct entry entry_of_contract(const struct eb_contract *contract)
{
    return (struct entry){ contract->name, contract->file, 1, contract->is_managed,
        contract->is_enabled };
}

static uint32_t count_entries(const struct eb_call *call)
{
    const struct eb_snapshot *snapshot = eb_call_snapshot(call);
    return call->command->kind == EB_MANAGED_RULE ? snapshot->rule_count : snapshot->contract_count;
}

static struct entry entry_at(const struct eb_call *call, uint32_t index)
{
    const struct eb_snapshot *snapshot = eb_call_snapshot(call);
    return call->command->kind == EB_MANAGED_RULE ? entry_of_rule(&snapshot->rules[index])
                                                  : entry_of_contract(&snapshot->contracts[index]);
}

static bool find_entry(const struct eb_call *call, struct eb_span name, struct entry *entry)
{
    uint32_t count = count_entries(call);
    for (uint32_t i = 0; i < count; i++) {
        *entry = entry_at(call, i);
        if (eb_span_equal(entry->name, name))
            return true;
    }
    return false;
}

static bool fail_absent(struct eb_call *call, struct eb_span name)
{
    struct eb_near_name near = eb_near_name(name);
    uint32_t count = count_entries(call);
    for (uint32_t i = 0; i < count; i++)
        eb_near_name_offer(&near, entry_at(call, i).name);
    return eb_call_fail_absent(call, words[call->command->kind].one, &near);
}

/* The entry that the command names, one of ours to change; false after an error. */
static bool need_entry(struct eb_call *call, bool is_to_be_managed, struct entry *entry)
{
    struct eb_span name;
    const char *word = words[call->command->kind].one;
    if (!eb_call_name(call, "name", &name))
        return false;
    if (!find_entry(call, name, entry))
        return fail_absent(call, name);
    if (is_to_be_managed && !entry->is_managed)
        return eb_call_fail(call, "%s '%.*s' is in %s, which its owner changes", word,
            (int)name.len, name.ptr, entry->file);
    return true;
}

static void write_entry(struct eb_json_writer *out, const struct entry *entry)
{
    eb_write_text_member(out, "name", entry->name);
    eb_write_bool_member(out, "managed", entry->is_managed);
    eb_write_bool_member(out, "enabled", entry->is_enabled);
    eb_write_text_member(out, "file", eb_span_of(entry->file));
    eb_write_int_member(out, "line", entry->line);
}

bool eb_command_list_entries(struct eb_call *call)
{
    uint32_t first, end;
    if (!eb_call_range(call, count_entries(call), &first, &end))
        return false;
    eb_write_int_member(call->out, "totalCount", count_entries(call));
    eb_json_write_name(call->out, eb_span_of(words[call->command->kind].many));
    eb_json_open_array(call->out);
    for (uint32_t i = first; i < end; i++) {
        struct entry entry = entry_at(call, i);
        eb_json_open_object(call->out);
        write_entry(call->out, &entry);
        eb_json_close_object(call->out);
    }
    eb_json_close_array(call->out);
    return true;
}

/* In a file of many, another may stand there by now. */
static bool has_name(const struct eb_doc *doc, const struct entry *entry)
{
    uint32_t name = eb_doc_member(doc, 0, "name");
    return name == EB_NO_TOKEN ||
           (eb_doc_type(doc, name) == EB_JSON_STRING && eb_doc_string_is(doc, name, entry->name));
}

/* The entry's text as it stands in its file now, read; false after an error. */
static bool read_document(struct eb_call *call, const struct entry *entry, struct eb_doc *doc)
{
    struct eb_arena *scratch = &call->desk->scratch;
    struct eb_json_fault fault;
    struct eb_span text = eb_entry_text_read(entry->file, entry->line, scratch);
    if (text.ptr && eb_json_read(doc, text, &eb_json_limits_max, scratch, &fault) == EB_JSON_OK &&
        eb_doc_type(doc, 0) == EB_JSON_OBJECT && has_name(doc, entry))
        return true;
    return eb_call_fail(
        call, "%s:%u has changed since it was put in force", entry->file, entry->line);
}

bool eb_command_get_entry(struct eb_call *call)
{
    struct entry entry;
    struct eb_doc doc;
    if (!need_entry(call, false, &entry) || !read_document(call, &entry, &doc))
        return false;
    write_entry(call->out, &entry);
    eb_json_write_name(call->out, eb_span_of(words[call->command->kind].one));
    eb_json_write_raw(call->out, eb_doc_source(&doc, 0));
    return true;
}

/* ---- changing ---- */

/* `document` with a line's end behind it, given; ptr NULL after an error. */
static struct eb_span as_file(struct eb_call *call, struct eb_span document)
{
    char *text = eb_arena_alloc(&call->desk->scratch, document.len + 1, 1);
    if (!text) {
        eb_call_fail(call, "out of memory");
        return eb_span(NULL, 0);
    }
    memcpy(text, document.ptr, document.len);
    text[document.len] = '\n';
    return eb_span(text, document.len + 1);
}

static bool put(struct eb_call *call, struct eb_span name, struct eb_span document)
{
    const struct eb_managed_change change = {
        .kind = call->command->kind,
        .name = name,
        .text = as_file(call, document),
    };
    return change.text.ptr && eb_call_change(call, &change, NULL);
}

bool eb_command_put_entry(struct eb_call *call)
{
    const char *word = words[call->command->kind].one;
    struct eb_span name;
    struct entry entry;
    uint32_t document;
    if (!eb_call_name(call, "name", &name) ||
        !eb_call_member(call, word, EB_JSON_OBJECT, &document))
        return false;
    if (document == EB_NO_TOKEN)
        return eb_call_fail(call, "\"%s\" is missing", word);
    if (find_entry(call, name, &entry) && !need_entry(call, true, &entry))
        return false;
    return put(call, name, eb_doc_source(call->doc, document));
}

bool eb_command_delete_entry(struct eb_call *call)
{
    struct entry entry;
    if (!need_entry(call, true, &entry))
        return false;
    const struct eb_managed_change change = { .kind = call->command->kind, .name = entry.name };
    return eb_call_change(call, &change, NULL);
}

/* ---- the member `enabled` ---- */

/* `text` with the bytes from `start` to `end` replaced, given; ptr NULL without memory. */
static struct eb_span splice(struct eb_arena *arena, struct eb_span text, size_t start, size_t end,
    struct eb_span replacement)
{
    size_t len = text.len - (end - start) + replacement.len;
    char *out = eb_arena_alloc(arena, len + 1, 1);
    if (!out)
        return eb_span(NULL, 0);
    memcpy(out, text.ptr, start);
    memcpy(out + start, replacement.ptr, replacement.len);
    memcpy(out + start + replacement.len, text.ptr + end, text.len - end);
    return eb_span(out, len);
}

/* The document with the member set and otherwise as it was written. */
static struct eb_span with_enabled(
    const struct eb_doc *doc, bool is_enabled, struct eb_arena *arena)
{
    struct eb_span source = eb_doc_source(doc, 0);
    struct eb_span word = eb_span_of(is_enabled ? "true" : "false");
    uint32_t token = eb_doc_member(doc, 0, "enabled");
    if (token != EB_NO_TOKEN) {
        struct eb_span before = eb_doc_source(doc, token);
        size_t start = (size_t)(before.ptr - source.ptr);
        return splice(arena, source, start, start + before.len, word);
    }
    return splice(arena, source, 1, 1,
        eb_span_of(is_enabled ? " \"enabled\": true," : " \"enabled\": false,"));
}

static bool set_enabled(struct eb_call *call, bool is_enabled)
{
    struct entry entry = { 0 };
    struct eb_doc doc;
    if (!need_entry(call, true, &entry))
        return false;
    if (entry.is_enabled == is_enabled)
        return true;
    if (!read_document(call, &entry, &doc))
        return false;
    struct eb_span document = with_enabled(&doc, is_enabled, &call->desk->scratch);
    if (!document.ptr)
        return eb_call_fail(call, "out of memory");
    return put(call, entry.name, document);
}

bool eb_command_enable_entry(struct eb_call *call)
{
    return set_enabled(call, true);
}

bool eb_command_disable_entry(struct eb_call *call)
{
    return set_enabled(call, false);
}
