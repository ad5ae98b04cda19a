/*
 * add_all.c - many documents at once, metaschemas of one's own before what they describe.
 *
 * A chain of documents, each the metaschema of the one before it, is walked to its end and added
 * backwards. A chain that comes back to itself ends where it does.
 */
#include "schema/library.h"
#include "schema/uri.h"

enum { NO_DOCUMENT = UINT32_MAX };

struct batch {
    struct eb_schema_library *library;
    const struct eb_schema_document *documents;
    struct eb_map by_uri; /* to the document's number and one: no value is NULL */
    struct eb_arena scratch;
    bool *is_taken;
    uint32_t *chain;
    bool is_out_of_memory;
};

static struct eb_span text_member(struct batch *batch, const struct eb_doc *doc, const char *name)
{
    uint32_t value = eb_doc_member(doc, 0, name);
    if (value == EB_NO_TOKEN || eb_doc_type(doc, value) != EB_JSON_STRING)
        return eb_span(NULL, 0);
    struct eb_span text = eb_doc_string(doc, value, &batch->scratch);
    batch->is_out_of_memory |= !text.ptr;
    return text;
}

static void put_name(struct batch *batch, struct eb_span uri, uint32_t index)
{
    bool is_put = uri.ptr && (eb_map_get(&batch->by_uri, uri) ||
                                 eb_map_put(&batch->by_uri, uri, (void *)(uintptr_t)(index + 1)));
    batch->is_out_of_memory |= !is_put;
}

/* What others may call the document in `$schema`: its URI and its identifier. */
static void put_names(struct batch *batch, uint32_t index)
{
    const struct eb_schema_document *document = &batch->documents[index];
    put_name(batch, document->uri, index);
    struct eb_span id = text_member(batch, document->doc, "$id");
    if (id.ptr)
        put_name(batch, eb_uri_resolve(document->uri, id, &batch->scratch), index);
}

static uint32_t metaschema_of(struct batch *batch, uint32_t index)
{
    struct eb_span text = text_member(batch, batch->documents[index].doc, "$schema");
    void *known = text.ptr ? eb_map_get(&batch->by_uri, eb_uri_without_fragment(text)) : NULL;
    return known ? (uint32_t)(uintptr_t)known - 1 : NO_DOCUMENT;
}

static bool add_chain(struct batch *batch, uint32_t first, struct eb_diag_list *diags)
{
    uint32_t depth = 0;
    bool is_good = true;
    for (uint32_t i = first; i != NO_DOCUMENT && !batch->is_taken[i]; i = metaschema_of(batch, i)) {
        batch->is_taken[i] = true;
        batch->chain[depth++] = i;
    }
    while (depth) {
        const struct eb_schema_document *document = &batch->documents[batch->chain[--depth]];
        is_good &= eb_schema_library_add(batch->library, document->uri, document->doc, diags);
    }
    return is_good;
}

bool eb_schema_library_add_all(struct eb_schema_library *library,
    const struct eb_schema_document *documents, uint32_t count, struct eb_diag_list *diags)
{
    struct batch batch = { .library = library, .documents = documents };
    bool is_good = true;
    eb_arena_init_growing(&batch.scratch, SIZE_MAX);
    eb_map_init(&batch.by_uri, &batch.scratch);
    batch.is_taken = EB_ARENA_ARRAY(&batch.scratch, bool, count + 1);
    batch.chain = EB_ARENA_ARRAY(&batch.scratch, uint32_t, count + 1);
    batch.is_out_of_memory = !batch.is_taken || !batch.chain;
    for (uint32_t i = 0; i < count && !batch.is_out_of_memory; i++)
        put_names(&batch, i);
    for (uint32_t i = 0; i < count && !batch.is_out_of_memory; i++)
        is_good &= add_chain(&batch, i, diags);
    if (batch.is_out_of_memory)
        eb_diag_add_out_of_memory(diags);
    eb_arena_release(&batch.scratch);
    return is_good && !batch.is_out_of_memory;
}
