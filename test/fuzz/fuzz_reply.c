/*
 * What a broker sends to who asks or watches: an answer, its diagnostics and figures, a line of a
 * watch. Whatever it is, what is shown of it does not steer a terminal.
 */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

#include "reply.h"
#include "terminal.h"
#include "top_draw.h"
#include "top_model.h"

static struct top_model model;

/* Line feeds are ours; of C1 and the bidirectional controls, U+009B and U+202E stand for all. */
static void require_harmless(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        FUZZ_REQUIRE((unsigned char)text[i] >= 0x20 || text[i] == '\n');
    FUZZ_REQUIRE(!memmem(text, len, "\xc2\x9b", 2));
    FUZZ_REQUIRE(!memmem(text, len, "\xe2\x80\xae", 3));
}

static void show(const struct reply *reply)
{
    static const struct reply_source source = { .file = "sent.json",
        .stands_as = EB_SPAN("rules/a.json"),
        .stands_below = EB_SPAN("a"),
        .lines_before = 3,
        .columns_before = 3 };
    const struct top_view view = { .columns = 120, .rows = 30, .broker = "b", .clock = "c" };
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    FUZZ_REQUIRE(out);
    reply_print_diags(out, reply, &source);
    top_model_take(&model, reply);
    top_model_take(&model, reply);
    top_draw(&model, &view, out);
    if (reply->error.ptr)
        print_escaped(out, reply->error);
    fclose(out);
    require_harmless(text, len);
    free(text);
}

/* As JSON: the reader takes it, and takes what is shown of it for the same. */
static void show_json(const struct reply *reply, struct eb_arena *arena)
{
    char *text = NULL;
    size_t len = 0;
    struct reply again;
    FILE *out = open_memstream(&text, &len);
    FUZZ_REQUIRE(out);
    print_json_text(out, eb_doc_source(&reply->doc, 0));
    fclose(out);
    FUZZ_REQUIRE(!memmem(text, len, "\xc2\x9b", 2));
    reply_read(&again, eb_span(text, len), eb_span_of("7"), arena);
    FUZZ_REQUIRE(again.doc.token_count == reply->doc.token_count);
    for (uint32_t i = 0; i < again.doc.token_count; i++)
        FUZZ_REQUIRE(eb_doc_type(&again.doc, i) != EB_JSON_STRING ||
                     eb_doc_strings_equal(&again.doc, i, &reply->doc, i));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eb_arena arena;
    struct reply reply;
    eb_arena_init_growing(&arena, SIZE_MAX);
    top_model_init(&model);
    enum reply_kind kind =
        reply_read(&reply, eb_span((const char *)bytes, len), eb_span_of("7"), &arena);
    if (kind == REPLY_OURS)
        show(&reply);
    if (reply.doc.token_count)
        show_json(&reply, &arena);
    top_model_release(&model);
    eb_arena_release(&arena);
    return 0;
}
