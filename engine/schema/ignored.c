#include "schema/ignored.h"

#include "base/near_name.h"
#include "schema/library.h"

/* What a schema is looked over with. */
struct look {
    struct eb_schema_library *library;
    enum eb_severity severity;
    struct eb_diag_list *diags;
    const struct eb_doc *doc;
    const struct eb_dialect *dialect;
};

static const char *dialect_name(const struct eb_dialect *dialect)
{
    static const char *const drafts[] = {
        [EB_DRAFT_4] = "draft 4",
        [EB_DRAFT_6] = "draft 6",
        [EB_DRAFT_7] = "draft 7",
        [EB_DRAFT_2019_09] = "draft 2019-09",
        [EB_DRAFT_2020_12] = "draft 2020-12",
    };
    return eb_dialect_find(dialect->uri) ? drafts[dialect->draft] : "its metaschema";
}

/* ---- no keyword ---- */

static struct eb_span nearest_keyword(const struct look *look, struct eb_span name)
{
    struct eb_near_name near = eb_near_name(name);
    for (int i = 0; i < EB_KEYWORD_COUNT; i++) {
        struct eb_span known = eb_keyword_name((enum eb_keyword)i);
        if (eb_keyword_find(look->dialect, known) != EB_KEYWORD_NONE)
            eb_near_name_offer(&near, known);
    }
    return near.best;
}

/* A keyword of another draft. Definitions are found by who points at them, whatever they stand in.
 */
static void report_foreigner(struct look *look, uint32_t name, struct eb_span text)
{
    if (!eb_span_is(text, "$defs"))
        eb_doc_diag(look->diags, look->severity, look->doc, name,
            "'%.*s' means nothing here: it is no keyword of %s", (int)text.len, text.ptr,
            dialect_name(look->dialect));
}

static void report_stranger(struct look *look, uint32_t name, struct eb_span text)
{
    struct eb_span near = nearest_keyword(look, text);
    if (near.ptr)
        eb_doc_diag(look->diags, look->severity, look->doc, name,
            "'%.*s' is no keyword and means nothing; did you mean '%.*s'?", (int)text.len, text.ptr,
            (int)near.len, near.ptr);
}

/* ---- keywords that others make count ---- */

/* The keyword without which this one says nothing; "" for one that stands alone. */
static const char *needed_by(enum eb_keyword keyword)
{
    switch (keyword) {
    case EB_KEYWORD_THEN:
    case EB_KEYWORD_ELSE: return "if";
    case EB_KEYWORD_MIN_CONTAINS:
    case EB_KEYWORD_MAX_CONTAINS: return "contains";
    case EB_KEYWORD_ADDITIONAL_ITEMS: return "items";
    default: return "";
    }
}

static void report_needy(struct look *look, uint32_t schema, uint32_t name, enum eb_keyword keyword)
{
    const char *needed = needed_by(keyword);
    struct eb_span text = eb_keyword_name(keyword);
    if (*needed && eb_doc_member(look->doc, schema, needed) == EB_NO_TOKEN)
        eb_doc_diag(look->diags, look->severity, look->doc, name,
            "'%.*s' means nothing without '%s'", (int)text.len, text.ptr, needed);
}

/* Definitions beside it are still found by who points there. */
static bool judges(enum eb_keyword keyword)
{
    switch (keyword) {
    case EB_KEYWORD_REF:
    case EB_KEYWORD_ID:
    case EB_KEYWORD_SCHEMA:
    case EB_KEYWORD_DEFINITIONS: return false;
    default: return true;
    }
}

static void report_hidden(struct look *look, uint32_t name, enum eb_keyword keyword)
{
    struct eb_span text = eb_keyword_name(keyword);
    if (judges(keyword))
        eb_doc_diag(look->diags, look->severity, look->doc, name,
            "'%.*s' means nothing beside '$ref' in %s", (int)text.len, text.ptr,
            dialect_name(look->dialect));
}

/* ---- documents ---- */

static void look_at_site(struct look *look, const struct eb_site *site)
{
    look->dialect = site->resource->dialect;
    if (eb_doc_type(look->doc, site->token) != EB_JSON_OBJECT)
        return;
    bool is_hidden = look->dialect->draft <= EB_DRAFT_7 &&
                     eb_doc_member(look->doc, site->token, "$ref") != EB_NO_TOKEN;
    EB_DOC_EACH_MEMBER(look->doc, site->token, name)
    {
        struct eb_span text = eb_doc_string(look->doc, name, look->library->arena);
        if (!text.ptr) {
            eb_diag_add_out_of_memory(look->diags);
            return;
        }
        enum eb_keyword keyword = eb_keyword_find(look->dialect, text);
        if (keyword == EB_KEYWORD_NONE && eb_keyword_is_known(text))
            report_foreigner(look, name, text);
        else if (keyword == EB_KEYWORD_NONE)
            report_stranger(look, name, text);
        else if (is_hidden)
            report_hidden(look, name, keyword);
        else
            report_needy(look, site->token, name, keyword);
    }
}

static void look_at_document(struct look *look, const struct eb_document *document)
{
    bool is_built_in = eb_metaschema_text(document->root->uri).ptr != NULL;
    look->doc = &document->doc;
    for (uint32_t i = 0; i < document->known.count && !is_built_in; i++)
        look_at_site(look, &document->known.sites[i]);
}

void eb_schema_report_ignored(
    struct eb_schema_library *library, enum eb_severity severity, struct eb_diag_list *diags)
{
    struct look look = { .library = library, .severity = severity, .diags = diags };
    for (const struct eb_document *document = library->documents; document;
         document = document->next)
        look_at_document(&look, document);
}
