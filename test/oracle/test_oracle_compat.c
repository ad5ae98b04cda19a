/*
 * Compatibility against trying: schemas drawn at random, a second one made from the first or on its
 * own, and instances drawn until one is valid under the one and invalid under the other. "yes" must
 * never meet such an instance; a witness of "no" always is one.
 *
 *     test_oracle_compat [PAIRS [SEED]]
 */
#include "eb_test.h"

#include <stdlib.h>

#include "base/limits.h"
#include "eb_draw.h"
#include "schema/compat.h"
#include "json/reader.h"

enum {
    TEXT_BYTES_MAX = 1 << 16,
    EVENT_ARENA_BYTES = 64 * 1024 * 1024,
    INSTANCES = 600,
    SCHEMA_DEPTH = 3,
    INSTANCE_DEPTH = 4,
};

static size_t pair_count = 400;
static uint64_t seed = 20260101;

/* ---- texts being written ---- */

struct text {
    char bytes[TEXT_BYTES_MAX];
    size_t len;
};

static void put(struct text *text, const char *part)
{
    size_t len = strlen(part);
    assert_true(text->len + len < TEXT_BYTES_MAX);
    memcpy(text->bytes + text->len, part, len + 1);
    text->len += len;
}

static void put_number(struct text *text, const char *format, int number)
{
    char out[64];
    snprintf(out, sizeof out, format, number);
    put(text, out);
}

/* ---- schemas ---- */

struct writer {
    struct eb_draw *draw;
    struct text *text;
    enum eb_draft draft;
};

static size_t below(struct writer *writer, size_t count)
{
    return eb_draw_below(writer->draw, count);
}

static const char *pick(struct writer *writer, const char *const *from, size_t count)
{
    return from[below(writer, count)];
}

#define PICK(writer, array) pick((writer), (array), sizeof(array) / sizeof *(array))

static const char *const member_names[] = { "a", "b", "c", "ab", "x1" };
static const char *const patterns[] = { "^a", "^[a-c]+$", "b$", "^x", "[0-9]", "^.{2}$" };
static const char *const values[] = { "null", "true", "false", "0", "1", "2", "1.0", "-1", "1.5",
    "3", "\"\"", "\"a\"", "\"b\"", "\"ab\"", "\"x1\"", "[]", "[1]", "[1,1]", "[\"a\",1]", "{}",
    "{\"a\":1}", "{\"a\":\"a\",\"b\":2}", "{\"x1\":null}", "\"2026-11-20\"", "\"::\"" };

static void write_schema(struct writer *writer, int depth);

static void write_type(struct writer *writer, int depth)
{
    static const char *const types[] = { "\"null\"", "\"boolean\"", "\"integer\"", "\"number\"",
        "\"string\"", "\"array\"", "\"object\"", "[\"string\",\"null\"]", "[\"integer\",\"array\"]",
        "[\"object\",\"string\"]" };
    (void)depth;
    put(writer->text, "\"type\":");
    put(writer->text, PICK(writer, types));
}

static void write_enum(struct writer *writer, int depth)
{
    (void)depth;
    put(writer->text, "\"enum\":[");
    put(writer->text, values[below(writer, 8)]);
    for (size_t i = below(writer, 3); i > 0; i--) {
        put(writer->text, ",");
        put(writer->text, values[8 + 5 * i + below(writer, 5)]);
    }
    put(writer->text, "]");
}

static void write_const(struct writer *writer, int depth)
{
    (void)depth;
    put(writer->text, "\"const\":");
    put(writer->text, PICK(writer, values));
}

static void write_number_keyword(struct writer *writer, int depth)
{
    static const char *const modern[] = { "\"minimum\":%d", "\"maximum\":%d",
        "\"exclusiveMinimum\":%d", "\"exclusiveMaximum\":%d", "\"minimum\":%d.5",
        "\"maximum\":%d.25" };
    static const char *const old[] = { "\"minimum\":%d", "\"maximum\":%d",
        "\"minimum\":%d,\"exclusiveMinimum\":true", "\"maximum\":%d,\"exclusiveMaximum\":true" };
    (void)depth;
    const char *format = writer->draft == EB_DRAFT_4 ? PICK(writer, old) : PICK(writer, modern);
    put_number(writer->text, format, (int)below(writer, 6) - 2);
}

static void write_multiple(struct writer *writer, int depth)
{
    static const char *const divisors[] = { "1", "2", "3", "0.5", "1.5", "4", "6" };
    (void)depth;
    put(writer->text, "\"multipleOf\":");
    put(writer->text, PICK(writer, divisors));
}

static void write_count(struct writer *writer, int depth)
{
    static const char *const formats[] = { "\"minLength\":%d", "\"maxLength\":%d",
        "\"minItems\":%d", "\"maxItems\":%d", "\"minProperties\":%d", "\"maxProperties\":%d" };
    (void)depth;
    put_number(writer->text, PICK(writer, formats), (int)below(writer, 4));
}

static void write_string_keyword(struct writer *writer, int depth)
{
    static const char *const formats[] = { "date", "ipv6", "uuid" };
    (void)depth;
    bool is_format = below(writer, 4) == 0;
    put(writer->text, is_format ? "\"format\":\"" : "\"pattern\":\"");
    put(writer->text, is_format ? PICK(writer, formats) : PICK(writer, patterns));
    put(writer->text, "\"");
}

static void write_unique(struct writer *writer, int depth)
{
    (void)depth;
    put(writer->text, "\"uniqueItems\":true");
}

static void write_list(struct writer *writer, const char *keyword, int depth)
{
    put(writer->text, keyword);
    put(writer->text, "[");
    for (size_t i = 1 + below(writer, 2), n = i; i > 0; i--) {
        if (i < n)
            put(writer->text, ",");
        write_schema(writer, depth);
    }
    put(writer->text, "]");
}

static void write_items(struct writer *writer, int depth)
{
    bool is_new = writer->draft == EB_DRAFT_2020_12;
    switch (below(writer, 3)) {
    case 0: write_list(writer, is_new ? "\"prefixItems\":" : "\"items\":", depth); break;
    case 1:
        write_list(writer, is_new ? "\"prefixItems\":" : "\"items\":", depth);
        put(writer->text, is_new ? ",\"items\":" : ",\"additionalItems\":");
        write_schema(writer, depth);
        break;
    default: put(writer->text, "\"items\":"); write_schema(writer, depth);
    }
}

static void write_contains(struct writer *writer, int depth)
{
    put(writer->text, "\"contains\":");
    write_schema(writer, depth);
    if (writer->draft < EB_DRAFT_2019_09)
        return;
    if (below(writer, 2))
        put_number(writer->text, ",\"minContains\":%d", (int)below(writer, 3));
    if (below(writer, 2))
        put_number(writer->text, ",\"maxContains\":%d", (int)below(writer, 3) + 1);
}

static void write_named(struct writer *writer, const char *keyword, int depth)
{
    size_t first = below(writer, 3);
    put(writer->text, keyword);
    put(writer->text, "{");
    for (size_t i = 0; i < 1 + below(writer, 2); i++) {
        put(writer->text, i ? ",\"" : "\"");
        put(writer->text, member_names[first + i]);
        put(writer->text, "\":");
        write_schema(writer, depth);
    }
    put(writer->text, "}");
}

static void write_properties(struct writer *writer, int depth)
{
    write_named(writer, "\"properties\":", depth);
    if (below(writer, 3) == 0) {
        put(writer->text, ",\"additionalProperties\":");
        write_schema(writer, below(writer, 2) ? 0 : depth);
    }
}

static void write_pattern_properties(struct writer *writer, int depth)
{
    put(writer->text, "\"patternProperties\":{\"");
    put(writer->text, PICK(writer, patterns));
    put(writer->text, "\":");
    write_schema(writer, depth);
    put(writer->text, "}");
}

static void write_required(struct writer *writer, int depth)
{
    (void)depth;
    size_t first = below(writer, 4);
    put(writer->text, "\"required\":[\"");
    put(writer->text, member_names[first]);
    if (below(writer, 2)) {
        put(writer->text, "\",\"");
        put(writer->text, member_names[first + 1]);
    }
    put(writer->text, "\"]");
}

static void write_property_names(struct writer *writer, int depth)
{
    put(writer->text, "\"propertyNames\":");
    write_schema(writer, depth > 1 ? 1 : depth);
}

static void write_dependency(struct writer *writer, int depth)
{
    bool is_new = writer->draft >= EB_DRAFT_2019_09;
    if (below(writer, 2)) {
        write_named(writer, is_new ? "\"dependentSchemas\":" : "\"dependencies\":", depth);
        return;
    }
    put(writer->text, is_new ? "\"dependentRequired\":{\"" : "\"dependencies\":{\"");
    put(writer->text, PICK(writer, member_names));
    put(writer->text, "\":[\"");
    put(writer->text, PICK(writer, member_names));
    put(writer->text, "\"]}");
}

static void write_any_of(struct writer *writer, int depth)
{
    write_list(writer, "\"anyOf\":", depth);
}

static void write_one_of(struct writer *writer, int depth)
{
    write_list(writer, "\"oneOf\":", depth);
}

static void write_all_of(struct writer *writer, int depth)
{
    write_list(writer, "\"allOf\":", depth);
}

static void write_not(struct writer *writer, int depth)
{
    put(writer->text, "\"not\":");
    write_schema(writer, depth);
}

static void write_if(struct writer *writer, int depth)
{
    put(writer->text, "\"if\":");
    write_schema(writer, depth);
    put(writer->text, ",\"then\":");
    write_schema(writer, depth);
    if (below(writer, 2)) {
        put(writer->text, ",\"else\":");
        write_schema(writer, depth);
    }
}

static void write_reference(struct writer *writer, int depth)
{
    (void)depth;
    put(writer->text,
        below(writer, 2) ? "\"$ref\":\"#/definitions/d\"" : "\"$ref\":\"#/definitions/e\"");
}

static void write_unevaluated(struct writer *writer, int depth)
{
    put(writer->text, below(writer, 2) ? "\"unevaluatedProperties\":" : "\"unevaluatedItems\":");
    write_schema(writer, below(writer, 2) ? 0 : depth);
}

/* A keyword appears once in a schema: each bit of `used` is one of these groups. */
struct group {
    void (*write)(struct writer *writer, int depth);
    bool is_deep; /* it holds schemas */
    enum eb_draft from;
};

static const struct group groups[] = {
    { write_type, false, EB_DRAFT_4 },
    { write_enum, false, EB_DRAFT_4 },
    { write_const, false, EB_DRAFT_6 },
    { write_number_keyword, false, EB_DRAFT_4 },
    { write_multiple, false, EB_DRAFT_4 },
    { write_count, false, EB_DRAFT_4 },
    { write_string_keyword, false, EB_DRAFT_4 },
    { write_unique, false, EB_DRAFT_4 },
    { write_required, false, EB_DRAFT_4 },
    { write_properties, true, EB_DRAFT_4 },
    { write_items, true, EB_DRAFT_4 },
    { write_contains, true, EB_DRAFT_6 },
    { write_pattern_properties, true, EB_DRAFT_4 },
    { write_property_names, true, EB_DRAFT_6 },
    { write_dependency, true, EB_DRAFT_4 },
    { write_any_of, true, EB_DRAFT_4 },
    { write_one_of, true, EB_DRAFT_4 },
    { write_all_of, true, EB_DRAFT_4 },
    { write_not, true, EB_DRAFT_4 },
    { write_if, true, EB_DRAFT_7 },
    { write_unevaluated, true, EB_DRAFT_2019_09 },
};

enum { GROUP_COUNT = sizeof groups / sizeof *groups };

static void write_schema(struct writer *writer, int depth)
{
    if (depth == 0 && writer->draft > EB_DRAFT_4 && below(writer, 3) == 0) {
        put(writer->text, below(writer, 2) ? "false" : "true");
        return;
    }
    put(writer->text, "{");
    if (depth < SCHEMA_DEPTH && below(writer, 8) == 0) {
        write_reference(writer, depth);
        put(writer->text, "}");
        return;
    }
    uint32_t used = 0;
    for (size_t i = 1 + below(writer, 3); i > 0; i--) {
        size_t index = below(writer, GROUP_COUNT);
        const struct group *group = &groups[index];
        if ((used >> index & 1) || writer->draft < group->from || (group->is_deep && depth == 0))
            continue;
        if (used)
            put(writer->text, ",");
        used |= 1u << index;
        group->write(writer, depth - 1);
    }
    put(writer->text, "}");
}

static const char *const draft_uris[] = {
    [EB_DRAFT_4] = "http://json-schema.org/draft-04/schema#",
    [EB_DRAFT_6] = "http://json-schema.org/draft-06/schema#",
    [EB_DRAFT_7] = "http://json-schema.org/draft-07/schema#",
    [EB_DRAFT_2019_09] = "https://json-schema.org/draft/2019-09/schema",
    [EB_DRAFT_2020_12] = "https://json-schema.org/draft/2020-12/schema",
};

/* A whole schema with two definitions; "d" may refer to itself, through a member. */
static void write_root(struct writer *writer)
{
    put(writer->text, "{\"$schema\":\"");
    put(writer->text, draft_uris[writer->draft]);
    put(writer->text, "\",\"definitions\":{\"e\":{");
    write_type(writer, 0);
    put(writer->text, "},\"d\":{\"properties\":{\"a\":{\"$ref\":\"#/definitions/d\"},\"b\":{");
    write_number_keyword(writer, 0);
    put(writer->text, below(writer, 2) ? "}}}}," : "}},\"required\":[\"b\"]}},");
    put(writer->text, below(writer, 4) ? "\"allOf\":[" : "\"anyOf\":[");
    write_schema(writer, SCHEMA_DEPTH);
    put(writer->text, "]}");
}

/* The same with one digit, or one keyword's bound, another. */
static void mutate(struct eb_draw *draw, struct text *text)
{
    size_t start = (size_t)(strstr(text->bytes, "definitions") - text->bytes);
    for (int tries = 0; tries < 200; tries++) {
        size_t at = start + eb_draw_below(draw, text->len - start);
        char *byte = &text->bytes[at];
        if (*byte >= '0' && *byte <= '8') {
            ++*byte;
            return;
        }
        if (strncmp(byte, "\"min", 4) == 0 || strncmp(byte, "\"max", 4) == 0) {
            memcpy(byte, byte[2] == 'i' ? "\"max" : "\"min", 4);
            return;
        }
        if (strncmp(byte, "anyOf", 5) == 0 || strncmp(byte, "allOf", 5) == 0 ||
            strncmp(byte, "oneOf", 5) == 0) {
            memcpy(byte, eb_draw_below(draw, 2) ? "anyOf" : "oneOf", 5);
            return;
        }
        if (strncmp(byte, "integer", 7) == 0) {
            memcpy(byte, "boolean", 7);
            return;
        }
    }
}

/* ---- instances ---- */

static void write_instance(struct writer *writer, int depth)
{
    size_t kind = below(writer, depth ? 7 : 4);
    if (kind < 4) {
        put(writer->text, PICK(writer, values));
        return;
    }
    bool is_object = kind >= 5;
    uint32_t used = 0;
    put(writer->text, is_object ? "{" : "[");
    for (size_t i = below(writer, 4); i > 0; i--) {
        size_t name = below(writer, 5);
        if (is_object && (used >> name & 1))
            continue;
        if (used)
            put(writer->text, ",");
        used |= 1u << (is_object ? name : 0);
        if (is_object) {
            put(writer->text, "\"");
            put(writer->text, member_names[name]);
            put(writer->text, "\":");
        }
        write_instance(writer, depth - 1);
    }
    put(writer->text, is_object ? "}" : "]");
}

/* ---- trying a pair ---- */

struct pair {
    struct eb_arena arena;
    struct eb_arena event;
    struct eb_regex_runner *runner;
    struct eb_schema_library *library;
    const struct eb_schema *schemas[2];
    const struct text *texts[2];
};

struct tally {
    size_t tried, yes, no, unknown;
};

static bool compile(struct pair *pair)
{
    static const char *const uris[] = { "test:/old", "test:/new" };
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    for (int i = 0; i < 2; i++) {
        struct eb_doc *doc = EB_ARENA_NEW(&pair->arena, struct eb_doc);
        struct eb_span text = eb_span(pair->texts[i]->bytes, pair->texts[i]->len);
        pair->schemas[i] = NULL;
        if (eb_json_read_file(doc, text, uris[i], 1, &pair->arena, &diags) &&
            eb_schema_library_add(pair->library, eb_span_of(uris[i]), doc, &diags))
            pair->schemas[i] = eb_schema_compile(pair->library, eb_span_of(uris[i]), &diags);
    }
    eb_diag_list_release(&diags);
    return pair->schemas[0] && pair->schemas[1];
}

static enum eb_validity judge(struct pair *pair, int schema, struct eb_span text)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_reset(&pair->event);
    assert_int_equal(
        eb_json_read(&doc, text, &eb_json_limits_max, &pair->event, &fault), EB_JSON_OK);
    struct eb_validation validation = { .arena = &pair->event, .runner = pair->runner };
    return eb_schema_validate(pair->schemas[schema], &doc, &validation);
}

static bool is_counterexample(struct pair *pair, int lenient, struct eb_span text)
{
    return judge(pair, lenient, text) == EB_VALID && judge(pair, !lenient, text) == EB_INVALID;
}

static void show(const struct pair *pair, const char *what, struct eb_span instance)
{
    print_error("%s: %.*s\nold %s\nnew %s\n", what, (int)instance.len, instance.ptr,
        pair->texts[0]->bytes, pair->texts[1]->bytes);
}

static void refute_yes(struct pair *pair, struct eb_draw *draw, int lenient)
{
    static struct text instance;
    for (int i = 0; i < INSTANCES; i++) {
        instance.len = 0;
        struct writer writer = { draw, &instance, EB_DRAFT_2020_12 };
        write_instance(&writer, INSTANCE_DEPTH);
        struct eb_span text = eb_span(instance.bytes, instance.len);
        if (!is_counterexample(pair, lenient, text))
            continue;
        show(pair, "\"yes\", and a counterexample", text);
        fail();
    }
}

static void check_direction(
    struct pair *pair, struct eb_draw *draw, enum eb_compat_mode mode, struct tally *tally)
{
    int lenient = mode == EB_COMPAT_BACKWARD ? 0 : 1;
    struct eb_compat_report report;
    assert_true(eb_compat_judge(pair->schemas[0], pair->schemas[1], mode, &pair->arena, &report));
    size_t witnesses = 0;
    for (const struct eb_change *change = report.changes; change; change = change->next) {
        if (!change->witness.ptr)
            continue;
        witnesses++;
        if (!is_counterexample(pair, lenient, change->witness)) {
            show(pair, "\"no\", and no witness", change->witness);
            fail();
        }
    }
    assert_int_equal(witnesses > 0, report.verdict == EB_COMPAT_NO);
    tally->tried++;
    tally->yes += report.verdict == EB_COMPAT_YES;
    tally->no += report.verdict == EB_COMPAT_NO;
    tally->unknown += report.verdict == EB_COMPAT_UNKNOWN;
    if (report.verdict == EB_COMPAT_UNKNOWN && getenv("EB_SHOW_UNKNOWN"))
        show(pair, eb_compat_mode_name(mode), eb_span_of("unknown"));
    if (report.verdict == EB_COMPAT_YES)
        refute_yes(pair, draw, lenient);
}

static void try_pair(const struct text *old_text, const struct text *new_text, struct eb_draw *draw,
    struct tally *tally)
{
    struct pair pair = { .texts = { old_text, new_text } };
    eb_arena_init_growing(&pair.arena, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&pair.event, EVENT_ARENA_BYTES));
    pair.runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    pair.library = eb_schema_library_new(&pair.arena,
        (struct eb_schema_options){ .default_draft = EB_DRAFT_2020_12, .asserts_formats = true });
    assert_true(pair.runner && pair.library);
    if (compile(&pair)) {
        check_direction(&pair, draw, EB_COMPAT_BACKWARD, tally);
        check_direction(&pair, draw, EB_COMPAT_FORWARD, tally);
    }
    eb_schema_library_free(pair.library);
    eb_regex_runner_free(pair.runner);
    eb_arena_release(&pair.event);
    eb_arena_release(&pair.arena);
}

/* The second is one of its own, or made from the first. */
static void draw_pair(struct eb_draw *draw, struct text *first, struct text *second)
{
    enum eb_draft draft = (enum eb_draft)eb_draw_below(draw, EB_DRAFT_2020_12 + 1);
    struct writer writer = { draw, first, draft };
    first->len = second->len = 0;
    write_root(&writer);
    if (eb_draw_below(draw, 4) == 0) {
        writer.text = second;
        if (eb_draw_below(draw, 2))
            writer.draft = (enum eb_draft)eb_draw_below(draw, EB_DRAFT_2020_12 + 1);
        write_root(&writer);
        return;
    }
    *second = *first;
    for (size_t i = eb_draw_below(draw, 3) + 1; i > 0; i--)
        mutate(draw, second);
}

static void compat__holds_against_drawn_instances(void **state)
{
    (void)state;
    static struct text first, second;
    struct eb_draw draw = { seed };
    struct tally tally = { 0 };
    for (size_t i = 0; i < pair_count; i++) {
        draw_pair(&draw, &first, &second);
        if (getenv("EB_SHOW_PAIRS"))
            print_error("pair %zu\n%s\n%s\n", i, first.bytes, second.bytes);
        try_pair(&first, &second, &draw, &tally);
    }
    printf("%zu questions: %zu yes, %zu no, %zu unknown\n", tally.tried, tally.yes, tally.no,
        tally.unknown);
    assert_true(tally.yes > tally.tried / 10 && tally.no > tally.tried / 10);
    assert_true(tally.unknown < tally.tried / 10);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compat__holds_against_drawn_instances),
    };
    if (argc > 1)
        pair_count = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
