/*
 * compat_object_name.c - names of members: what is known of those in the table, and strangers.
 */
#include "schema/compat_object.h"

#include "json/unescape.h"
#include "json/writer.h"

enum { STRANGERS_MAX = 64 }; /* made up for one object */

struct eb_span eb_object_quote(struct eb_object *objects, struct eb_span name)
{
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, &objects->task->prover->work);
    eb_json_write_string(&writer, name);
    struct eb_span text = eb_json_writer_finish(&writer);
    objects->task->prover->is_exhausted |= !text.ptr;
    return text;
}

/* What every name of a member must meet. */
static const struct eb_literal *name_demands(
    struct eb_object *objects, const struct eb_literal *demands)
{
    for (const struct eb_literal *fact = objects->task->facts; fact; fact = fact->next) {
        if (eb_is_check(fact, EB_OP_MEMBER_NAMES) && !fact->is_not)
            demands =
                eb_literal_add_node(objects->task->prover, fact->side, fact->check->a, demands);
    }
    return demands;
}

void eb_object_find_patterns(struct eb_object *objects, struct eb_object_member *member)
{
    member->patterns = 0;
    for (uint32_t i = 0; i < objects->pattern_count; i++) {
        enum eb_regex_result result =
            eb_regex_run(objects->patterns[i]->regex, member->name, objects->task->prover->runner);
        objects->has_too_many |= result == EB_REGEX_LIMIT;
        member->patterns |= (uint32_t)(result == EB_REGEX_MATCH) << i;
    }
}

void eb_object_judge_name(struct eb_object *objects, struct eb_object_member *member)
{
    const struct eb_literal *demands = name_demands(objects, NULL);
    if (!demands)
        return;
    struct eb_span text = eb_object_quote(objects, member->name);
    if (!text.ptr)
        return;
    enum eb_proof proof = eb_literals_judge(objects->task->prover, demands, text);
    objects->has_too_many |= proof == EB_PROOF_UNSURE;
    member->may_be_named = proof == EB_PROOF_FOUND;
}

/* ---- strangers ---- */

/* The name of a stranger that matches exactly `patterns`. */
static struct eb_answer find_name(
    struct eb_object *objects, uint32_t patterns, const struct eb_literal *demands)
{
    struct eb_prover *prover = objects->task->prover;
    demands = name_demands(objects, demands);
    for (uint32_t i = 0; i < objects->pattern_count; i++)
        demands = eb_literal_add(prover,
            (struct eb_literal){ .type = EB_LITERAL_REGEX,
                .regex = objects->patterns[i]->regex,
                .text = objects->patterns[i]->pattern,
                .is_not = !(patterns >> i & 1) },
            demands);
    for (uint32_t i = 0; i < objects->count; i++)
        demands = eb_literal_add(prover,
            (struct eb_literal){ .type = EB_LITERAL_REJECT,
                .text = eb_object_quote(objects, objects->members[i].name) },
            demands);
    return eb_prove_name(prover, objects->task->goal, demands);
}

/* The text of a JSON string. */
static struct eb_span unquote(struct eb_object *objects, struct eb_span json)
{
    struct eb_prover *prover = objects->task->prover;
    char *out = EB_PROVER_ARRAY(prover, char, json.len);
    if (!out)
        return eb_span("", 0);
    struct eb_unescape pieces = eb_unescape(eb_span(json.ptr + 1, json.len - 2));
    size_t len = 0;
    for (;;) {
        struct eb_span piece = eb_unescape_next(&pieces);
        if (!piece.ptr)
            return eb_span(out, len);
        memcpy(out + len, piece.ptr, piece.len);
        len += piece.len;
    }
}

/* The value comes first: where objects are closed it says no at once. */
enum eb_proof eb_object_put_stranger(struct eb_object *objects, uint32_t patterns,
    const struct eb_literal *on_value, const struct eb_literal *on_name)
{
    struct eb_object_name name = { .patterns = patterns };
    const struct eb_literal *demands = eb_object_value_demands(objects, &name, on_value);
    struct eb_answer value = eb_prove(objects->task->prover, objects->task->goal, demands);
    if (value.proof != EB_PROOF_FOUND)
        return value.proof;
    struct eb_answer text = find_name(objects, patterns, on_name);
    if (text.proof != EB_PROOF_FOUND)
        return text.proof;
    if (objects->strangers == STRANGERS_MAX)
        return EB_PROOF_UNSURE;
    struct eb_object_member *member = eb_object_member(objects, unquote(objects, text.text));
    if (!member || member->presence != EB_MEMBER_UNDECIDED)
        return EB_PROOF_UNSURE;
    objects->strangers++;
    member->presence = EB_MEMBER_PRESENT;
    member->demands = on_value;
    member->patterns = patterns;
    member->text = value.text;
    return EB_PROOF_FOUND;
}

enum eb_proof eb_object_put_any_stranger(struct eb_object *objects)
{
    enum eb_proof result = EB_PROOF_EMPTY;
    for (uint32_t patterns = 0; patterns < 1u << objects->pattern_count; patterns++) {
        enum eb_proof proof = eb_object_put_stranger(objects, patterns, NULL, NULL);
        if (proof == EB_PROOF_FOUND)
            return proof;
        if (proof == EB_PROOF_UNSURE)
            result = proof;
    }
    return result;
}
