/*
 * answers.h - a question a line, an answer a line, in order: how scripts use a command many times
 * without starting it many times.
 *
 * Questions are JSON objects. A line that is none, however broken, is answered {"error":…}; every
 * answer is written out before the next question is read.
 */
#ifndef EB_CLI_ANSWERS_H
#define EB_CLI_ANSWERS_H

#include "base/arena.h"
#include "base/diag.h"
#include "command.h"
#include "json/doc.h"
#include "json/writer.h"

/*
 * Write the answer to `question`, one JSON object. `documents` is a growing arena that is emptied
 * after each line.
 */
typedef void answer_question(void *context, const struct eb_doc *question,
    struct eb_arena *documents, struct eb_json_writer *out);

enum exit_code answer_lines(answer_question *answer, void *context);

/* {"error":TEXT} */
void answer_error(struct eb_json_writer *out, struct eb_span text);

/* {"error":…} with the first of `diags`. */
void answer_diags(struct eb_json_writer *out, const struct eb_diag_list *diags);

/*
 * The value of the member `member` as a document of its own. When `unwraps` is set, a string stands
 * for the JSON text in it. False when there is none; the answer has then been written.
 */
bool answer_document(const struct eb_doc *question, const char *member, bool unwraps,
    struct eb_doc *doc, struct eb_arena *documents, struct eb_json_writer *out);

#endif
