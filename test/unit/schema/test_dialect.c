#include "judge.h"

#include "schema/dialect.h"

static const enum eb_draft drafts[] = { EB_DRAFT_4, EB_DRAFT_6, EB_DRAFT_7, EB_DRAFT_2019_09,
    EB_DRAFT_2020_12 };

/* A binary search over a table that is out of order would miss some. */
static void find__knows_every_keyword_by_its_name(void **state)
{
    (void)state;
    for (int keyword = 0; keyword < EB_KEYWORD_COUNT; keyword++) {
        struct eb_span name = eb_keyword_name((enum eb_keyword)keyword);
        bool is_found = false;
        for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++)
            is_found |= (int)eb_keyword_find(eb_dialect_of(drafts[i]), name) == keyword;
        if (!is_found) {
            print_error("%.*s\n", (int)name.len, name.ptr);
            fail();
        }
    }
}

static void find__follows_the_draft(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *known; /* drafts, as 4 6 7 9 0 */
    } rows[] = {
        { "id", "4" },
        { "$id", "6790" },
        { "const", "6790" },
        { "if", "790" },
        { "prefixItems", "0" },
        { "additionalItems", "4679" },
        { "$recursiveRef", "9" },
        { "$dynamicRef", "0" },
        { "dependencies", "46790" },
        { "unevaluatedItems", "90" },
        { "nobody", "" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[8] = "";
        for (size_t d = 0; d < sizeof drafts / sizeof *drafts; d++) {
            if (eb_keyword_find(eb_dialect_of(drafts[d]), eb_span_of(rows[i].name)) !=
                EB_KEYWORD_NONE)
                strncat(got, &"46790"[d], 1);
        }
        if (strcmp(got, rows[i].known) != 0) {
            print_error("%s: got %s, want %s\n", rows[i].name, got, rows[i].known);
            fail();
        }
    }
}

static const char *const metaschemas[] = {
    "http://json-schema.org/draft-04/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2019-09/meta/core",
    "https://json-schema.org/draft/2019-09/meta/applicator",
    "https://json-schema.org/draft/2019-09/meta/validation",
    "https://json-schema.org/draft/2019-09/meta/meta-data",
    "https://json-schema.org/draft/2019-09/meta/format",
    "https://json-schema.org/draft/2019-09/meta/content",
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2020-12/meta/core",
    "https://json-schema.org/draft/2020-12/meta/applicator",
    "https://json-schema.org/draft/2020-12/meta/unevaluated",
    "https://json-schema.org/draft/2020-12/meta/validation",
    "https://json-schema.org/draft/2020-12/meta/meta-data",
    "https://json-schema.org/draft/2020-12/meta/format-annotation",
    "https://json-schema.org/draft/2020-12/meta/format-assertion",
    "https://json-schema.org/draft/2020-12/meta/content",
};

/* Each metaschema describes itself, by the standard's own word. */
static void metaschemas__are_schemas_by_themselves(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof metaschemas / sizeof *metaschemas; i++) {
        struct judge judge;
        judge_init(&judge, EB_DRAFT_2020_12);
        const struct eb_schema *schema =
            eb_schema_compile(judge.library, eb_span_of(metaschemas[i]), &judge.diags);
        if (!schema)
            print_error("%s\n", metaschemas[i]);
        assert_non_null(schema);
        struct eb_span text = eb_metaschema_text(eb_span_of(metaschemas[i]));
        assert_int_equal(judge_validate(&judge, schema, text), EB_VALID);
        assert_true(judge_add(&judge, "https://example.com/copy", eb_span_of("true")));
        judge_release(&judge);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(find__knows_every_keyword_by_its_name),
        cmocka_unit_test(find__follows_the_draft),
        cmocka_unit_test(metaschemas__are_schemas_by_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
