/*
 * lint_ask.h - many questions to many schemas, asked together.
 *
 * Questions are known by number: the same pattern, or the same text, is one. First all that is to
 * be asked is noted, then each schema is asked once for all of its questions, then answers are
 * read.
 */
#ifndef EB_BUS_LINT_ASK_H
#define EB_BUS_LINT_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/linter.h"
#include "pattern/pattern_code.h"
#include "schema/inquiry.h"
#include "schema/map.h"

enum { EB_NO_QUESTION = UINT32_MAX };

/* Items of a pattern, the text of a schema, or both. */
struct eb_lint_question {
    struct eb_items items; /* next NULL: none */
    struct eb_span text;   /* ptr NULL: none */
    bool is_coarse;        /* by types of values alone */
};

/* A schema, and what it is asked. */
struct eb_lint_asked {
    const struct eb_schema *schema;
    uint32_t root; /* EB_PATH_PAYLOAD or EB_PATH_MESSAGE: what its documents are */
    struct eb_lint_answer {
        uint32_t question;
        enum eb_inquiry_answer answer;
        struct eb_span example; /* CAN: a document; ptr NULL: not kept */
    } * answers;                /* after asking ascending by question */
    uint32_t count, room;
};

struct eb_lint_ask {
    struct eb_linter *linter;
    struct eb_arena arena; /* growing */
    struct eb_map numbers; /* of questions, by their bytes: to uint32_t */
    struct eb_lint_question *questions;
    uint32_t question_count, question_room;
    struct eb_lint_asked *schemas;
    uint32_t schema_count, schema_room;
    struct eb_map schema_numbers; /* the same, by pointer */
    uint32_t exact_max;           /* questions about items as they are */
    bool keeps_examples;
    bool is_out_of_memory;
};

void eb_lint_ask_init(struct eb_lint_ask *ask, struct eb_linter *linter);
void eb_lint_ask_release(struct eb_lint_ask *ask);

/*
 * The question whether items can match: as they are while there are few questions, beyond that by
 * the types of their values. EB_NO_QUESTION when it is not asked at all. Items are borrowed.
 */
uint32_t eb_lint_ask_items(struct eb_lint_ask *ask, struct eb_items items);
/* The same, if it has been asked. */
uint32_t eb_lint_ask_find_items(struct eb_lint_ask *ask, struct eb_items items);

/*
 * Whether a value can be matched by the items (next NULL: by whatever) and be valid under the
 * schema `text`, which is copied. EB_NO_QUESTION when there are too many questions already.
 */
uint32_t eb_lint_ask_text(struct eb_lint_ask *ask, struct eb_items items, struct eb_span text);

/* Notes that the question is to be put to the schema. */
void eb_lint_ask_note(
    struct eb_lint_ask *ask, const struct eb_schema *schema, uint32_t root, uint32_t question);

/* Asks; false without memory, which is told. */
bool eb_lint_ask_all(struct eb_lint_ask *ask);

/* NULL: it was not asked. */
const struct eb_lint_answer *eb_lint_ask_answer(
    const struct eb_lint_ask *ask, const struct eb_schema *schema, uint32_t question);

#endif
