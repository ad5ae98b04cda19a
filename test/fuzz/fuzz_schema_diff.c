/*
 * Two lines: an old schema and a new one, and, to the end, an instance. A schema does not differ
 * from itself, nor from itself with its members the other way round; what is told of a difference
 * is at its place; what differs one way differs the other; and where nothing but notes does, both
 * judge the instance alike.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "schema/diff.h"
#include "schema_shelf.h"
#include "json/reader.h"
#include "json/writer.h"

enum {
    ARENA_BYTES = 1 << 26,
    STEPS = 1000,
    TEXT_BYTES_MAX = 65536,
};

/* Documents, values being compared, and an instance being judged. */
static struct eb_arena documents, scratch, event;

static bool read_json(struct eb_doc *doc, struct eb_span text)
{
    struct eb_json_fault fault;
    return text.len &&
           eb_json_read(doc, text, &eb_json_limits_max, &documents, &fault) == EB_JSON_OK;
}

/* ---- differences ---- */

struct comparison {
    const struct eb_doc *before, *after;
    size_t counts[EB_CHANGED + 1];
    size_t beyond_notes; /* differences that verdicts may depend on */
};

static void require_values(
    const struct comparison *comparison, const struct eb_difference *difference)
{
    FUZZ_REQUIRE((difference->kind == EB_ADDED) == (difference->before == EB_NO_TOKEN));
    FUZZ_REQUIRE((difference->kind == EB_REMOVED) == (difference->after == EB_NO_TOKEN));
    FUZZ_REQUIRE(
        difference->before == EB_NO_TOKEN || difference->before < comparison->before->token_count);
    FUZZ_REQUIRE(
        difference->after == EB_NO_TOKEN || difference->after < comparison->after->token_count);
}

static void take(void *context, const struct eb_difference *difference)
{
    struct comparison *comparison = context;
    require_values(comparison, difference);
    comparison->counts[difference->kind]++;
    comparison->beyond_notes += !difference->is_annotation;
    if (difference->kind == EB_ADDED)
        return;
    struct eb_span pointer = eb_diff_pointer(difference->place, &documents);
    FUZZ_REQUIRE(pointer.ptr);
    FUZZ_REQUIRE(eb_doc_at(comparison->before, pointer) == difference->before);
}

static struct comparison compare(const struct eb_doc *before, const struct eb_doc *after)
{
    struct comparison comparison = { .before = before, .after = after };
    const struct eb_diff_question question = { before, after, EB_DRAFT_2020_12 };
    FUZZ_REQUIRE(eb_schema_diff(&question, &scratch, take, &comparison));
    return comparison;
}

static size_t count(const struct comparison *comparison)
{
    return comparison->counts[EB_ADDED] + comparison->counts[EB_REMOVED] +
           comparison->counts[EB_CHANGED];
}

/* ---- the other way round ---- */

static void write_reversed(struct eb_json_writer *out, const struct eb_doc *doc, uint32_t token);

/* The members from `name` to `end`, the last first. */
static void write_members(
    struct eb_json_writer *out, const struct eb_doc *doc, uint32_t name, uint32_t end)
{
    uint32_t names = 0;
    for (uint32_t at = name; at < end; at = doc->tokens[at + 1].next)
        names++;
    uint32_t *starts = eb_arena_alloc(&documents, (names + 1) * sizeof *starts, sizeof *starts);
    FUZZ_REQUIRE(starts);
    uint32_t i = 0;
    for (uint32_t at = name; at < end; at = doc->tokens[at + 1].next)
        starts[i++] = at;
    while (names-- > 0) {
        eb_json_write_raw(out, eb_doc_source(doc, starts[names]));
        eb_json_write_bytes(out, eb_span_of(":"));
        out->needs_comma = false;
        write_reversed(out, doc, starts[names] + 1);
    }
}

static void write_reversed(struct eb_json_writer *out, const struct eb_doc *doc, uint32_t token)
{
    switch (eb_doc_type(doc, token)) {
    case EB_JSON_OBJECT:
        eb_json_open_object(out);
        write_members(out, doc, token + 1, doc->tokens[token].next);
        eb_json_close_object(out);
        break;
    case EB_JSON_ARRAY:
        eb_json_open_array(out);
        EB_DOC_EACH_ELEMENT(doc, token, element)
        write_reversed(out, doc, element);
        eb_json_close_array(out);
        break;
    default: eb_json_write_raw(out, eb_doc_source(doc, token));
    }
}

static void require_orderless(const struct eb_doc *doc)
{
    struct eb_json_writer out;
    struct eb_doc reversed;
    char *room = eb_arena_alloc(&documents, 4 * (size_t)doc->text_len + 16, 1);
    FUZZ_REQUIRE(room);
    eb_json_writer_init(&out, room, 4 * (size_t)doc->text_len + 16);
    write_reversed(&out, doc, 0);
    FUZZ_REQUIRE(read_json(&reversed, eb_json_writer_finish(&out)));
    struct comparison comparison = compare(doc, &reversed);
    FUZZ_REQUIRE(count(&comparison) == 0);
}

/* ---- what verdicts depend on ---- */

static enum eb_validity judge(const struct eb_schema *schema, const struct eb_doc *doc)
{
    static struct eb_regex_runner *runner;
    if (!runner)
        runner = eb_regex_runner_new(STEPS);
    struct eb_validation validation = { .arena = &event, .runner = runner };
    FUZZ_REQUIRE(runner);
    eb_arena_reset(&event);
    return eb_schema_validate(schema, doc, &validation);
}

static void require_same_verdict(const struct eb_span texts[2], const struct eb_doc *instance)
{
    static struct schema_shelf shelves[2];
    const struct eb_schema *schemas[2];
    for (int i = 0; i < 2; i++) {
        shelves[i].options = (struct eb_schema_options){ .default_draft = EB_DRAFT_2020_12,
            .asserts_formats = true };
        schemas[i] = schema_shelf_compile(&shelves[i], texts[i]);
    }
    if (!schemas[0] || !schemas[1])
        return;
    enum eb_validity first = judge(schemas[0], instance), second = judge(schemas[1], instance);
    FUZZ_REQUIRE(first == second || first == EB_UNDECIDED || second == EB_UNDECIDED);
}

/* ---- the whole ---- */

static struct eb_span take_line(struct eb_span *rest)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    struct eb_span line = eb_span(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);
    size_t taken = line.len + (end != NULL);
    *rest = eb_span(rest->ptr + taken, rest->len - taken);
    return line;
}

static void begin(void)
{
    if (documents.base)
        return;
    FUZZ_REQUIRE(eb_arena_init_reserved(&documents, ARENA_BYTES));
    FUZZ_REQUIRE(eb_arena_init_reserved(&scratch, ARENA_BYTES));
    FUZZ_REQUIRE(eb_arena_init_reserved(&event, ARENA_BYTES));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eb_doc docs[2], instance;
    if (len == 0 || len > TEXT_BYTES_MAX)
        return 0;
    begin();
    eb_arena_reset(&documents);
    struct eb_span rest = eb_span((const char *)bytes, len);
    const struct eb_span texts[2] = { take_line(&rest), take_line(&rest) };
    if (!read_json(&docs[0], texts[0]) || !read_json(&docs[1], texts[1]))
        return 0;
    struct comparison there = compare(&docs[0], &docs[1]), back = compare(&docs[1], &docs[0]);
    struct comparison same = compare(&docs[0], &docs[0]);
    FUZZ_REQUIRE(count(&same) == 0);
    FUZZ_REQUIRE((count(&there) == 0) == (count(&back) == 0));
    FUZZ_REQUIRE((there.beyond_notes == 0) == (back.beyond_notes == 0));
    require_orderless(&docs[0]);
    if (there.beyond_notes == 0 && read_json(&instance, rest))
        require_same_verdict(texts, &instance);
    return 0;
}
