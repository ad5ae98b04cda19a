#include "bus/explain.h"
#include "bus/outcome_write.h"
#include "pattern/pattern_write.h"

enum { ALTERNATIVES_MAX = 16, VALUES_MAX = 16 }; /* that a person would read */

/* ---- fields ---- */

static void write_seen(const struct eb_path_fields *seen, struct eb_json_writer *out)
{
    eb_json_member_array(out, "seen");
    const struct eb_field *field = seen ? &seen->first : NULL;
    for (uint32_t i = 0; field && i < VALUES_MAX; i++, field = field->next)
        eb_value_write(&field->value, out);
    eb_json_close_array(out);
    if (field)
        eb_json_member_int(out, "more_seen", seen->count - VALUES_MAX);
}

static void write_mismatch(const struct eb_mismatch *mismatch, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    if (mismatch->field.ptr)
        eb_json_member_string(out, "field", mismatch->field);
    eb_json_member_string(out, "why", eb_span_of(eb_mismatch_name(mismatch->kind)));
    if (mismatch->field.ptr) {
        eb_json_write_name(out, eb_span_of("expected"));
        uint32_t left = eb_predicates_write(&mismatch->expected, ALTERNATIVES_MAX, out);
        if (left)
            eb_json_member_int(out, "more_expected", left);
        write_seen(mismatch->seen, out);
    }
    eb_json_close_object(out);
}

/* ---- rules ---- */

/* A copy that is withheld or a shadow is shown as it would be. */
static void write_target(
    const struct eb_dispatch *dispatch, bool names_rule, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    if (names_rule && dispatch->rule) {
        eb_json_member_string(out, "rule", dispatch->rule->name);
        eb_json_member_string(out, "file", eb_span_of(dispatch->rule->file));
        eb_json_member_int(out, "line", dispatch->rule->line);
    }
    eb_json_member_int(out, "target", dispatch->target);
    eb_json_member_string(out, "kind", eb_span_of(eb_publish_kind_name(dispatch->kind)));
    if (dispatch->hop && dispatch->kind == EB_COPY)
        eb_json_member_bool(out, "passes_again", true);
    if (dispatch->fault)
        eb_json_member_string(out, "error", dispatch->fault->error);
    else
        eb_publish_write_members(&dispatch->publish, out);
    eb_json_close_object(out);
}

static void write_rule(const struct eb_rule_explanation *rule, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "rule", rule->rule->name);
    eb_json_member_string(out, "file", eb_span_of(rule->rule->file));
    eb_json_member_int(out, "line", rule->rule->line);
    eb_json_member_string(out, "answer", eb_span_of(eb_rule_answer_name(rule->answer)));
    if (rule->answer == EB_RULE_NOT_WATCHING) {
        eb_json_member_array(out, "from");
        for (uint32_t i = 0; i < rule->rule->from_count; i++)
            eb_json_write_string(out, rule->from[i]);
        eb_json_close_array(out);
    }
    if (rule->answer == EB_RULE_MATCHED) {
        eb_json_member_array(out, "targets");
        for (uint32_t i = 0; i < rule->dispatch_count; i++)
            write_target(&rule->dispatches[i], false, out);
        eb_json_close_array(out);
    }
    if (rule->answer == EB_RULE_MISSED) {
        const struct eb_mismatch *mismatch = rule->mismatches;
        eb_json_member_array(out, "fields");
        for (; mismatch; mismatch = mismatch->next)
            write_mismatch(mismatch, out);
        eb_json_close_array(out);
        if (rule->has_more_mismatches)
            eb_json_member_bool(out, "more_fields", true);
    }
    eb_json_close_object(out);
}

static void write_rules(const struct eb_explanation *explanation, const char *name,
    bool that_matched, struct eb_json_writer *out)
{
    eb_json_member_array(out, name);
    for (uint32_t i = 0; i < explanation->rule_count; i++) {
        if ((explanation->rules[i].answer == EB_RULE_MATCHED) == that_matched)
            write_rule(&explanation->rules[i], out);
    }
    eb_json_close_array(out);
}

static void write_pass(const struct eb_explained_pass *pass, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, "rule", pass->copy->rule->name);
    eb_json_member_int(out, "target", pass->copy->target);
    eb_json_member_string(out, "topic", pass->copy->publish.topic);
    eb_outcome_write_verdict(pass->outcome, out);
    eb_json_write_name(out, eb_span_of("contracts"));
    eb_outcome_write_judgements(pass->outcome, out);
    eb_json_member_int(out, "matched", pass->outcome->rule_count);
    eb_json_member_array(out, "targets");
    for (uint32_t i = 0; i < pass->dispatch_count; i++)
        write_target(&pass->dispatches[i], true, out);
    eb_json_close_array(out);
    eb_json_close_object(out);
}

/* Letters of targets are told with their rules. */
static void write_letters(const struct eb_outcome *outcome, struct eb_json_writer *out)
{
    eb_json_member_array(out, "letters");
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &outcome->dispatches[i];
        if (!dispatch->rule && dispatch->kind == EB_DEAD_LETTER)
            eb_json_write_string(out, dispatch->publish.topic);
    }
    eb_json_close_array(out);
}

void eb_explanation_write(const struct eb_explanation *explanation, struct eb_json_writer *out)
{
    const struct eb_outcome *outcome = &explanation->outcome;
    eb_json_open_object(out);
    eb_outcome_write_verdict(outcome, out);
    eb_json_write_name(out, eb_span_of("contracts"));
    eb_outcome_write_judgements(outcome, out);
    eb_json_member_object(out, "rules");
    eb_json_member_int(out, "watching", explanation->watching_count);
    eb_json_member_int(out, "matched", outcome->rule_count);
    if (outcome->shadow_count)
        eb_json_member_int(out, "shadows", outcome->shadow_count);
    eb_json_member_int(out, "targets_max", explanation->snapshot->settings.targets_max);
    if (explanation->why_not_asked)
        eb_json_member_string(out, "not_asked", eb_span_of(explanation->why_not_asked));
    eb_json_close_object(out);
    write_rules(explanation, "matched", true, out);
    write_rules(explanation, "others", false, out);
    eb_json_member_int(out, "untold", explanation->untold_count);
    eb_json_member_array(out, "again");
    for (uint32_t i = 0; i < explanation->pass_count; i++)
        write_pass(&explanation->passes[i], out);
    eb_json_close_array(out);
    write_letters(outcome, out);
    eb_json_close_object(out);
}
