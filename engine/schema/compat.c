/*
 * compat.c - every way in which one schema can refuse what the other accepts, one after the other.
 *
 * The stricter schema is walked from its root. For each check, and each way it can fail, the prover
 * is asked for a value that the other schema accepts and that fails just there. No: that way is
 * closed, with all below it. Yes: the walk goes further down, to name the keyword that is to blame
 * rather than the one that leads there.
 */
#include "schema/compat.h"

#include "base/limits.h"
#include "schema/compat_change.h"
#include "json/reader.h"

enum { WALK_DEPTH_MAX = 64 };

struct walk {
    struct eb_prover *prover;
    struct eb_arena *arena; /* the report's */
    struct eb_compat_report *report;
    const struct eb_change **last;
    enum eb_compat_mode direction;
    uint8_t lenient, strict; /* which schema is which */
    struct eb_focus path[WALK_DEPTH_MAX];
    uint32_t nodes[WALK_DEPTH_MAX];
    uint64_t steps; /* left for all questions */
    bool is_out_of_memory;
    /* A way back into a node on the path: what is wrong there will be told at its first visit. If
     * nothing is, this is. */
    struct eb_change_subject recurring;
    struct eb_answer recurring_answer;
};

/* What came of a part of the walk. */
struct findings {
    uint32_t proved; /* changes with a witness */
    uint32_t undecided;
    uint32_t recurring; /* ways that lead back into the path */
    bool is_whole;      /* it went all the way down */
};

static const char *const mode_names[] = {
    [EB_COMPAT_NONE] = "none",
    [EB_COMPAT_BACKWARD] = "backward",
    [EB_COMPAT_FORWARD] = "forward",
    [EB_COMPAT_FULL] = "full",
};

const char *eb_compat_mode_name(enum eb_compat_mode mode)
{
    return mode_names[mode];
}

const char *eb_compat_verdict_name(enum eb_compat_verdict verdict)
{
    static const char *const names[] = {
        [EB_COMPAT_YES] = "yes",
        [EB_COMPAT_UNKNOWN] = "unknown",
        [EB_COMPAT_NO] = "no",
    };
    return names[verdict];
}

/* ---- asking ---- */

/* Whether a value accepted by the lenient schema can fail in the strict one along the path. */
static struct eb_answer ask(struct walk *walk, uint32_t depth)
{
    struct eb_prover *prover = walk->prover;
    for (uint32_t i = 0; i < depth; i++)
        walk->path[i].next = i + 1 < depth ? &walk->path[i + 1] : NULL;
    if (walk->steps < EB_COMPAT_STEPS_MAX)
        return eb_answer(EB_PROOF_UNSURE);
    struct eb_arena_mark mark = eb_arena_mark(&prover->work);
    prover->steps = EB_COMPAT_STEPS_MAX;
    prover->is_exhausted = false;
    prover->leans_on = UINT32_MAX;
    const struct eb_literal *literals =
        eb_literal_add_node(prover, walk->lenient, prover->schemas[walk->lenient]->root, NULL);
    literals = eb_literal_add(prover,
        (struct eb_literal){ .type = EB_LITERAL_NODE,
            .side = walk->strict,
            .node = prover->schemas[walk->strict]->root,
            .is_not = true,
            .focus = walk->path },
        literals);
    struct eb_answer answer = eb_prove(prover, NULL, literals);
    eb_arena_rewind(&prover->work, mark);
    walk->steps -= EB_COMPAT_STEPS_MAX - prover->steps;
    return answer;
}

/* Whether `schema` judges the value `text` so; by the one function that judges events. */
static bool is_judged(struct eb_prover *prover, const struct eb_schema *schema,
    const struct eb_doc *doc, enum eb_validity validity)
{
    struct eb_validation validation = { .arena = &prover->run, .runner = prover->runner };
    return eb_schema_validate(schema, doc, &validation) == validity;
}

static bool is_witness(const struct walk *walk, struct eb_span text)
{
    struct eb_prover *prover = walk->prover;
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_reset(&prover->run);
    return eb_json_read(&doc, text, &eb_json_limits_max, &prover->run, &fault) == EB_JSON_OK &&
           is_judged(prover, prover->schemas[walk->lenient], &doc, EB_VALID) &&
           is_judged(prover, prover->schemas[walk->strict], &doc, EB_INVALID);
}

/* ---- walking ---- */

static bool leads_on(const struct eb_schema *schema, const struct eb_way *way)
{
    if (way->node == EB_NODE_TRUE || way->type == EB_WAY_ITSELF)
        return false;
    const struct eb_origin *origin = &schema->origins[way->node];
    const struct eb_doc *doc = &origin->resource->document->doc;
    return eb_doc_type(doc, origin->token) == EB_JSON_OBJECT; /* not `false` */
}

static bool is_on_path(const struct walk *walk, uint32_t node, uint32_t depth)
{
    for (uint32_t i = 0; i < depth; i++) {
        if (walk->nodes[i] == node)
            return true;
    }
    return false;
}

static void add_change(struct walk *walk, const struct eb_change_subject *subject,
    struct eb_span witness, struct findings *findings)
{
    bool is_proved = witness.ptr && is_witness(walk, witness);
    struct eb_change *change = EB_ARENA_NEW(walk->arena, struct eb_change);
    if (is_proved)
        findings->proved++;
    else
        findings->undecided++;
    struct eb_change_subject judged = *subject;
    judged.is_proved = is_proved;
    if (!change || !eb_change_describe(change, &judged, walk->arena)) {
        walk->is_out_of_memory = true;
        return;
    }
    change->witness = is_proved ? eb_arena_copy(walk->arena, witness) : eb_span(NULL, 0);
    walk->is_out_of_memory |= is_proved && !change->witness.ptr;
    *walk->last = change;
    walk->last = &change->next;
    walk->report->change_count++;
}

static struct findings walk_node(
    struct walk *walk, uint32_t node, uint32_t depth, const struct eb_counterpart *counterpart);

static void defer(
    struct walk *walk, const struct eb_change_subject *subject, const struct eb_answer *answer)
{
    if (walk->recurring_answer.text.ptr)
        return;
    walk->recurring = *subject;
    walk->recurring_answer = *answer;
}

/* One way of one check, the last step of the path. */
static void walk_way(struct walk *walk, const struct eb_change_subject *subject, uint32_t depth,
    struct findings *findings)
{
    struct eb_answer answer = ask(walk, depth);
    if (answer.proof == EB_PROOF_EMPTY)
        return;
    bool can_descend = leads_on(subject->schema, subject->way) && depth < WALK_DEPTH_MAX;
    if (can_descend && is_on_path(walk, subject->way->node, depth)) {
        defer(walk, subject, &answer);
        findings->recurring++;
        return;
    }
    struct findings below = { 0 };
    if (can_descend) {
        struct eb_counterpart part = eb_counterpart_below(
            subject->other, subject->counterpart, subject->check, subject->way);
        below = walk_node(walk, subject->way->node, depth, &part);
    }
    findings->proved += below.proved;
    findings->undecided += below.undecided;
    findings->recurring += below.recurring;
    bool is_told =
        below.proved || below.recurring || (below.is_whole && answer.proof != EB_PROOF_FOUND);
    if (!is_told)
        add_change(walk, subject, answer.text, findings);
}

static struct findings walk_node(
    struct walk *walk, uint32_t node, uint32_t depth, const struct eb_counterpart *counterpart)
{
    struct eb_prover *prover = walk->prover;
    const struct eb_schema *schema = prover->schemas[walk->strict];
    const struct eb_origin *origin = &schema->origins[node];
    struct findings findings = { .is_whole = true };
    walk->nodes[depth] = node;
    for (uint32_t i = 0; i < origin->check_count && !walk->is_out_of_memory; i++) {
        const struct eb_op *check = &schema->checks[origin->first_check + i];
        uint32_t count;
        const struct eb_way *ways = eb_ways_of(check, &count, walk->arena);
        if (!ways) {
            walk->is_out_of_memory = true;
            break;
        }
        for (uint32_t j = 0; j < count && !walk->is_out_of_memory; j++) {
            if (walk->report->change_count >= EB_COMPAT_CHANGES_MAX) {
                walk->report->is_cut = true;
                findings.is_whole = false;
                return findings;
            }
            walk->path[depth] = (struct eb_focus){ .check = i, .way = &ways[j] };
            walk_way(walk,
                &(struct eb_change_subject){
                    .schema = schema,
                    .other = prover->schemas[walk->lenient],
                    .direction = walk->direction,
                    .node = node,
                    .check = check,
                    .way = &ways[j],
                    .counterpart = counterpart,
                },
                depth + 1, &findings);
        }
    }
    return findings;
}

static enum eb_compat_verdict judge_direction(struct walk *walk)
{
    const struct eb_prover *prover = walk->prover;
    uint32_t strict = prover->schemas[walk->strict]->root;
    uint32_t lenient = prover->schemas[walk->lenient]->root;
    walk->steps = EB_COMPAT_ALL_STEPS_MAX;
    if (prover->classes[walk->strict][strict] == prover->classes[walk->lenient][lenient] ||
        strict == EB_NODE_TRUE)
        return EB_COMPAT_YES;
    struct eb_counterpart root = eb_counterpart_root(prover->schemas[walk->lenient]);
    walk->recurring_answer = eb_answer(EB_PROOF_UNSURE);
    struct findings findings = walk_node(walk, strict, 0, &root);
    if (findings.recurring && !findings.proved) {
        struct eb_change_subject recurring = walk->recurring;
        recurring.counterpart = &root;
        add_change(walk, &recurring, walk->recurring_answer.text, &findings);
    }
    if (findings.proved)
        return EB_COMPAT_NO;
    return findings.undecided || !findings.is_whole ? EB_COMPAT_UNKNOWN : EB_COMPAT_YES;
}

static void judge_modes(struct walk *walk, enum eb_compat_mode mode)
{
    static const enum eb_compat_mode directions[] = { EB_COMPAT_BACKWARD, EB_COMPAT_FORWARD };
    for (uint8_t i = 0; i < 2; i++) {
        if (!(mode & directions[i]))
            continue;
        walk->direction = directions[i];
        walk->lenient = i;
        walk->strict = !i;
        enum eb_compat_verdict verdict = judge_direction(walk);
        if (verdict > walk->report->verdict)
            walk->report->verdict = verdict;
    }
}

bool eb_compat_judge(const struct eb_schema *old_schema, const struct eb_schema *new_schema,
    enum eb_compat_mode mode, struct eb_arena *arena, struct eb_compat_report *report)
{
    *report = (struct eb_compat_report){ .verdict = EB_COMPAT_YES };
    struct eb_prover prover;
    struct walk walk = {
        .prover = &prover, .arena = arena, .report = report, .last = &report->changes
    };
    bool is_done = eb_prover_init(&prover, old_schema, new_schema);
    if (is_done)
        judge_modes(&walk, mode);
    eb_prover_release(&prover);
    return is_done && !walk.is_out_of_memory;
}
