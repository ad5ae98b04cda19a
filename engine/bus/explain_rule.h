/*
 * explain_rule.h - how a rule is indexed: what leads an event to it, and what is then asked of it.
 */
#ifndef EB_BUS_EXPLAIN_RULE_H
#define EB_BUS_EXPLAIN_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/snapshot.h"
#include "pattern/rule_index_explain.h"
#include "json/writer.h"

/* One of the filters it watches. */
struct eb_rule_watch {
    struct eb_span filter;
    uint32_t rule_count;                /* that watch it, this one included */
    const struct eb_rule_place *places; /* in the index of those */
};

/* One field of its pattern, in the order in which they are tried. */
struct eb_rule_field {
    struct eb_span path;
    uint32_t alternatives;
    bool is_in_or;
};

struct eb_rule_filing {
    const struct eb_snapshot *snapshot;
    const struct eb_rule *rule;
    const struct eb_rule_watch *watches; /* rule->from_count of them */
    const struct eb_rule_field *fields;  /* NULL: it matches every event */
    uint32_t field_count;
    uint32_t pattern_bytes;
};

/* Given in `arena`, a growing one; borrows from the snapshot. False without memory. */
bool eb_rule_explain(const struct eb_snapshot *snapshot, const struct eb_rule *rule,
    struct eb_arena *arena, struct eb_rule_filing *filing);

/*
 * One object:
 *
 *     {"rule":…,"file":…,"line":…,
 *      "from":[{"filter":…,"rules":…,
 *               "places":[{"keys":[{"field":…,"expected":…,"found":"by value"},…],
 *                          "always":…,"others":…},…]},…],
 *      "fields":[{"field":…,"alternatives":…,"in_or":…},…],"pattern_bytes":…}
 */
void eb_rule_filing_write(
    const struct eb_rule_filing *filing, struct eb_arena *scratch, struct eb_json_writer *out);

#endif
