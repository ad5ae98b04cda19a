/*
 * sentence.h - what is told to the person who wrote an event: short, printable, however long or odd
 * the event is.
 */
#ifndef EB_SCHEMA_SENTENCE_H
#define EB_SCHEMA_SENTENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "json/doc.h"

enum { EB_SENTENCE_BYTES_MAX = 600 }; /* some lines on a terminal */

/* Text being put together; what does not fit is cut at a character and ends in "…". */
struct eb_sentence {
    char text[EB_SENTENCE_BYTES_MAX];
    size_t len;
    bool is_cut;
};

void eb_sentence_init(struct eb_sentence *sentence);

/* Formatted text of our own. */
void eb_sentence_add(struct eb_sentence *sentence, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text of somebody else's: cut to `bytes_max`, and what does not print is escaped. */
void eb_sentence_quote(struct eb_sentence *sentence, struct eb_span text, size_t bytes_max);

/* A value: as written when it is short, else its beginning or what it is. */
void eb_sentence_value(struct eb_sentence *sentence, const struct eb_doc *doc, uint32_t token);

/* The kinds of values in the set, as in "a string or null". */
void eb_sentence_kinds(struct eb_sentence *sentence, uint32_t kinds);

/* A copy in `arena`; ptr is NULL without memory. */
struct eb_span eb_sentence_copy(const struct eb_sentence *sentence, struct eb_arena *arena);

#endif
