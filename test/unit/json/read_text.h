/*
 * read_text.h - documents for tests: a text read into an arena that the test owns.
 */
#ifndef EB_TEST_READ_TEXT_H
#define EB_TEST_READ_TEXT_H

#include "eb_test.h"

#include "json/reader.h"

static inline struct eb_doc read_text(struct eb_arena *arena, const char *text)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    enum eb_json_code code =
        eb_json_read(&doc, eb_span_of(text), &eb_json_limits_max, arena, &fault);
    if (code != EB_JSON_OK)
        print_error("%s: %s at %u\n", text, eb_json_code_text(code), fault.offset);
    assert_int_equal(code, EB_JSON_OK);
    return doc;
}

#endif
