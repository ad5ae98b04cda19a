#include "schema_shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/reader.h"

enum {
    SCHEMAS_MAX = 250,
    ARENA_BYTES_MAX = 64 << 20,
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void renew(struct schema_shelf *shelf)
{
    schema_shelf_release(shelf);
    eb_arena_init_growing(&shelf->arena, SIZE_MAX);
    shelf->library = eb_schema_library_new(&shelf->arena, shelf->options);
    require(shelf->library);
}

static bool may_declare(const struct schema_shelf *shelf, struct eb_span text)
{
    static const char id[] = "id\"";
    return !shelf->has_relative_ids && memmem(text.ptr, text.len, id, sizeof id - 1);
}

static struct eb_span next_uri(struct schema_shelf *shelf)
{
    char uri[60];
    int len = snprintf(uri, sizeof uri, "https://example.com/%u/drawn", shelf->schema_count++);
    return eb_arena_copy(&shelf->arena, eb_span(uri, (size_t)len));
}

const struct eb_schema *schema_shelf_compile(struct schema_shelf *shelf, struct eb_span text)
{
    bool is_alone = may_declare(shelf, text);
    if (!shelf->library || is_alone || shelf->schema_count >= SCHEMAS_MAX ||
        eb_arena_bytes(&shelf->arena) > ARENA_BYTES_MAX)
        renew(shelf);
    struct eb_span uri = next_uri(shelf), copy = eb_arena_copy(&shelf->arena, text);
    require(uri.ptr && copy.ptr);
    if (is_alone)
        shelf->schema_count = SCHEMAS_MAX;
    eb_diag_list_release(&shelf->diags);
    eb_diag_list_init(&shelf->diags);
    if (!eb_json_read_file(&shelf->doc, copy, "s", 1, &shelf->arena, &shelf->diags) ||
        !eb_schema_library_add(shelf->library, uri, &shelf->doc, &shelf->diags))
        return NULL;
    return eb_schema_compile(shelf->library, uri, &shelf->diags);
}

void schema_shelf_release(struct schema_shelf *shelf)
{
    eb_schema_library_free(shelf->library);
    eb_arena_release(&shelf->arena);
    eb_diag_list_release(&shelf->diags);
    shelf->library = NULL;
    shelf->schema_count = 0;
}
