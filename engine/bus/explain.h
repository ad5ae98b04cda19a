/*
 * explain.h - what would happen to one event, and why. Nothing is published, nothing counted.
 *
 * The event goes the way of any event (pipeline.c), so the outcome is the outcome. Beside it stands
 * what each rule that watches the topic did with it: matched, and what became of its targets, or
 * which field did not match and what was there.
 */
#ifndef EB_BUS_EXPLAIN_H
#define EB_BUS_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/outcome.h"
#include "bus/pipeline.h"
#include "bus/snapshot.h"
#include "pattern/pattern_explain.h"
#include "json/writer.h"

enum eb_rule_answer {
    EB_RULE_MATCHED,
    EB_RULE_LEFT_OUT, /* it matches, but had no turn: the event has more targets than the limit */
    EB_RULE_MISSED,
    EB_RULE_TAKES_NO_EMPTY, /* the payload is empty, and the rule does not ask for such */
    EB_RULE_NOT_WATCHING,   /* none of its filters covers the topic */
    EB_RULE_NOT_ASKED,      /* no rule was: see eb_explanation.why_not_asked */
};

struct eb_rule_explanation {
    const struct eb_rule *rule;
    enum eb_rule_answer answer;
    const struct eb_mismatch *mismatches; /* MISSED: the first field that did not match */
    bool has_more_mismatches;             /* branches of an `$or` that are not told */
    const struct eb_dispatch *dispatches; /* MATCHED: a copy or a letter for each target */
    uint32_t dispatch_count;              /* that had its turn, ascending by target */
    const struct eb_span *from;           /* NOT_WATCHING: its filters, as many as it has */
};

/* A copy that passed the bus again, as if its publisher had published it. */
struct eb_explained_pass {
    const struct eb_dispatch *copy;
    const struct eb_outcome *outcome;     /* what was decided about it; of its dispatches nothing */
    const struct eb_dispatch *dispatches; /* what came of it */
    uint32_t dispatch_count;
};

struct eb_explanation {
    const struct eb_snapshot *snapshot;
    const struct eb_message *message;
    struct eb_outcome outcome;
    const char *why_not_asked; /* why rules were not asked: a sentence, static; NULL: they were */
    const struct eb_rule_explanation *rules; /* those that match first, then the nearest misses */
    uint32_t rule_count;
    const struct eb_explained_pass *passes; /* in the order in which copies passed */
    uint32_t pass_count;
    uint32_t watching_count; /* rules that watch the topic; of them are told */
    uint32_t untold_count;   /* all but these */
};

struct eb_explain_request {
    const struct eb_message *message;
    const struct eb_rule *rule; /* this one alone, watching or not; NULL: all that watch */
    uint32_t misses_max;        /* rules that did not match and are told all the same */
};

/*
 * Everything in `*explanation` is borrowed as an outcome is: from message, snapshot and pipeline,
 * until the pipeline's next event. False when its arena is exhausted.
 */
bool eb_explain(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    const struct eb_explain_request *request, struct eb_explanation *explanation);

/* The rule called `name`; NULL: there is none. Linear in the rules. */
const struct eb_rule *eb_snapshot_find_rule(
    const struct eb_snapshot *snapshot, struct eb_span name);

/* "matched", "missed", …: the words for programs. Static. */
const char *eb_rule_answer_name(enum eb_rule_answer answer);

/*
 * One object (explain_write.c):
 *
 *     {"verdict":…,…,"contracts":[…],
 *      "rules":{"watching":…,"matched":…,"shadows":…,"targets_max":…,"not_asked":…},
 *      "matched":[{"rule":…,"file":…,"line":…,"answer":"matched",
 *                  "targets":[{"target":0,"kind":"copy","topic":…,…},
 *                             {"target":1,"kind":"dead-letter","error":…}]},…],
 *      "others":[{"rule":…,…,"answer":"missed",
 *                 "fields":[{"field":…,"why":"value","expected":[…],"seen":[…]},…]},…],
 *      "untold":…,
 *      "again":[{"rule":…,"target":…,"topic":…,"verdict":…,…,"contracts":[…],"matched":…,
 *                "targets":[{"rule":…,"target":…,…},…]},…],
 *      "letters":[…]}
 */
void eb_explanation_write(const struct eb_explanation *explanation, struct eb_json_writer *out);

#endif
