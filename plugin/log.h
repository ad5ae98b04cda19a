/*
 * log.h - lines in the broker's log. On the broker's thread only.
 *
 * Every line begins with "event-bus: ". What the broker would cut goes on in further lines.
 */
#ifndef EB_PLUGIN_LOG_H
#define EB_PLUGIN_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/span.h"

/* `level` is one of MOSQ_LOG_*. */
void eb_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line for each; how many more there were. */
void eb_log_diags(const struct eb_diag_list *diags);

/*
 * The same in parts: at most `max` lines from `diag` on (NULL: none); returns where to go on. Then
 * the end.
 */
const struct eb_diag *eb_log_some_diags(const struct eb_diag *diag, unsigned max);
void eb_log_diags_end(const struct eb_diag_list *diags);

/*
 * What devices cause is logged at most EB_LOG_LINES_PER_SECOND times a second; how many lines were
 * left out is said once the second is over.
 */
struct eb_log_budget {
    int64_t second;
    uint32_t spent;
    uint64_t left_out;
};

/* Whether one more line may be written now. */
bool eb_log_spend(struct eb_log_budget *budget, int64_t now_us);

/* Says what was left out in a second that is over. */
void eb_log_settle(struct eb_log_budget *budget, int64_t now_us);

/*
 * `text` as it may stand in a log: control characters and what is not UTF-8 as \xNN, long texts cut
 * with "…". Returns `out`, NUL-terminated.
 */
enum { EB_LOG_TEXT_BYTES = 256 };
const char *eb_log_text(struct eb_span text, char out[EB_LOG_TEXT_BYTES]);

#endif
