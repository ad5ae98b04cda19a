#include "bus/builder.h"
#include "bus/name.h"
#include "topic/filter.h"

bool eb_builder_read_entry(struct eb_builder *builder, const struct eb_entry_text *entry,
    struct eb_doc *doc, struct eb_span *name)
{
    if (!eb_json_read_file(
            doc, entry->text, entry->file, entry->first_line, &builder->scratch, builder->diags))
        return false;
    *name = entry->name;
    uint32_t member =
        eb_doc_type(doc, 0) == EB_JSON_OBJECT ? eb_doc_member(doc, 0, "name") : EB_NO_TOKEN;
    if (member == EB_NO_TOKEN || eb_doc_type(doc, member) != EB_JSON_STRING) {
        if (!name->ptr)
            eb_doc_diag(builder->diags, EB_ERROR, doc, 0,
                "expected a member \"name\": a line has no file name to be called by");
        return name->ptr != NULL;
    }
    if (name->ptr && !eb_doc_string_is(doc, member, *name)) {
        eb_doc_diag(builder->diags, EB_ERROR, doc, member,
            "expected \"%.*s\", as the file is called, or no \"name\" at all", (int)name->len,
            name->ptr);
        return false;
    }
    *name = eb_doc_raw(doc, member);
    if (!eb_name_is_valid(*name)) {
        eb_doc_diag(builder->diags, EB_ERROR, doc, member, "expected a name of the form %s",
            EB_NAME_GRAMMAR);
        return false;
    }
    return true;
}

/* ptr NULL after a diagnostic. */
static struct eb_span read_filter(
    struct eb_builder *builder, const struct eb_doc *doc, uint32_t token)
{
    struct eb_span filter = eb_doc_string(doc, token, &builder->scratch);
    if (!filter.ptr) {
        eb_diag_add_out_of_memory(builder->diags);
        return filter;
    }
    enum eb_topic_fault fault = eb_filter_check(filter);
    if (fault == EB_TOPIC_OK)
        return filter;
    eb_doc_diag(
        builder->diags, EB_ERROR, doc, token, "not a topic filter: %s", eb_topic_fault_text(fault));
    return eb_span(NULL, 0);
}

uint32_t eb_builder_add_filter(struct eb_builder *builder, const struct eb_doc *doc, uint32_t token)
{
    struct eb_span filter = read_filter(builder, doc, token);
    if (!filter.ptr)
        return UINT32_MAX;
    uint32_t number = eb_trie_builder_add(builder->filters, filter);
    if (number == UINT32_MAX)
        eb_diag_add_out_of_memory(builder->diags);
    return number;
}

bool eb_builder_check_filter(struct eb_builder *builder, const struct eb_doc *doc, uint32_t token)
{
    return read_filter(builder, doc, token).ptr;
}

uint32_t eb_builder_read_word(const struct eb_doc *doc, uint32_t object, const char *name,
    const char *const *words, uint32_t word_count)
{
    uint32_t token = eb_doc_member(doc, object, name);
    if (token == EB_NO_TOKEN)
        return 0;
    for (uint32_t i = 0; i < word_count; i++) {
        if (eb_doc_string_is(doc, token, eb_span_of(words[i])))
            return i;
    }
    return 0;
}

bool eb_builder_read_bool(
    const struct eb_doc *doc, uint32_t object, const char *name, bool if_absent)
{
    uint32_t token = eb_doc_member(doc, object, name);
    return token == EB_NO_TOKEN ? if_absent : eb_doc_type(doc, token) == EB_JSON_TRUE;
}
