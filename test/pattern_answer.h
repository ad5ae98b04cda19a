/*
 * pattern_answer.h - a pattern and an event, both as texts, to an answer.
 */
#ifndef EB_PATTERN_ANSWER_H
#define EB_PATTERN_ANSWER_H

#include "base/span.h"

enum eb_answer {
    EB_NO_MATCH,
    EB_MATCH,
    EB_BAD_PATTERN,
    EB_BAD_EVENT,
    EB_DISAGREEMENT, /* the index says otherwise than the matcher */
};

const char *eb_answer_name(enum eb_answer answer);

/* `event` may have ptr NULL: only whether `pattern` is one is asked, and the answer is no match. */
enum eb_answer eb_answer(struct eb_span pattern, struct eb_span event);

#endif
