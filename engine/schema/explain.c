/*
 * explain.c - why a document was refused: walks the checks as their author wrote them, follows the
 * document where a check applies a schema to a part of it, and asks the machine of validate.c for
 * every verdict, so that the two cannot disagree.
 *
 * Faults are leaves: a member that fails is told, not also every object around it. Of alternatives
 * that all fail, those that fit the value's type are told; and if one of them alone has the tags
 * ("type": "lock") the value has, that one only, because it is what the sender meant.
 */
#include "schema/explain.h"

#include "base/limits.h"
#include "schema/location.h"

/* Deeper than any document; half the machine's, because these frames are larger. */
enum { EXPLAIN_FRAMES_MAX = EB_SCHEMA_FRAMES_MAX / 2 };

struct explanation {
    struct eb_run *run;
    struct eb_validation *validation;
    uint32_t *tokens;                  /* by fault; may be NULL */
    bool is_over;                      /* no room for more faults, or a limit ended it */
    bool is_trial;                     /* counts faults instead of telling them */
    uint32_t trial_faults, trial_tags; /* of them, constants and lists that the value is not in */
};

/* The schema at hand, the value it is applied to, and the way here. */
struct subject {
    uint32_t node;
    uint32_t token;
    const struct eb_trail *trail;
    uint32_t depth;
};

static void explain_node(struct explanation *e, struct subject subject);

/* ---- faults ---- */

static void add_fault(struct explanation *e, const struct subject *subject, struct eb_trail last,
    const struct eb_sentence *sentence)
{
    struct eb_validation *v = e->validation;
    if (e->is_trial) {
        e->trial_faults++;
        e->trial_tags += last.keyword == EB_KEYWORD_CONST || last.keyword == EB_KEYWORD_ENUM;
        return;
    }
    if (v->fault_count == v->fault_max) {
        v->has_more_faults = true;
        e->is_over = true;
        return;
    }
    const struct eb_origin *origin = &e->run->schema->origins[subject->node];
    struct eb_fault fault = {
        .instance_location = eb_doc_pointer(e->run->doc, subject->token, v->arena),
        .keyword_location = eb_location_of_keyword(subject->trail, &last, v->arena),
        .absolute_keyword_location = eb_location_absolute(origin, &last, v->arena),
        .error = eb_sentence_copy(sentence, v->arena),
    };
    if (!fault.instance_location.ptr || !fault.keyword_location.ptr || !fault.error.ptr) {
        v->has_more_faults = true;
        e->is_over = true;
        return;
    }
    if (e->tokens)
        e->tokens[v->fault_count] = subject->token;
    v->faults[v->fault_count++] = fault;
}

static struct eb_trail step(enum eb_keyword keyword)
{
    return (struct eb_trail){ .keyword = keyword, .index = EB_NO_TOKEN };
}

static struct eb_trail step_to_name(enum eb_keyword keyword, struct eb_span name)
{
    return (struct eb_trail){ .keyword = keyword, .name = name, .index = EB_NO_TOKEN };
}

static struct eb_trail step_to_index(enum eb_keyword keyword, uint32_t index)
{
    return (struct eb_trail){ .keyword = keyword, .index = index };
}

static void add_limit(struct explanation *e, const struct subject *subject, enum eb_keyword keyword)
{
    struct eb_sentence sentence;
    eb_sentence_init(&sentence);
    eb_explain_limit(&sentence, e->run->limit);
    add_fault(e, subject, step(keyword), &sentence);
    e->is_over = true;
}

/* The machine's verdict on a whole node; false, and the explanation over, at a limit. */
static bool accepts(
    struct explanation *e, const struct subject *subject, uint32_t node, enum eb_keyword keyword)
{
    bool is_accepted = eb_run_accepts(e->run, node, subject->token, subject->depth);
    if (e->run->limit && !e->is_over)
        add_limit(e, subject, keyword);
    return is_accepted;
}

/* Explains `node` at `token`, one step further. */
static void descend(struct explanation *e, const struct subject *subject, uint32_t node,
    uint32_t token, struct eb_trail last)
{
    if (node == EB_NODE_TRUE || e->is_over)
        return;
    last.up = subject->trail;
    explain_node(e, (struct subject){ node, token, &last, subject->depth + 1 });
}

/* The text of a member's name, for locations and sentences. */
static struct eb_span name_text(struct explanation *e, uint32_t name)
{
    struct eb_span text = eb_doc_string(e->run->doc, name, e->validation->arena);
    return text.ptr ? text : eb_span("", 0);
}

/* ---- a schema that is `false` ---- */

static void explain_false(struct explanation *e, const struct subject *subject)
{
    struct eb_sentence s;
    eb_sentence_init(&s);
    switch (subject->trail ? subject->trail->keyword : EB_KEYWORD_NONE) {
    case EB_KEYWORD_PROPERTIES:
    case EB_KEYWORD_PATTERN_PROPERTIES:
    case EB_KEYWORD_ADDITIONAL_PROPERTIES:
    case EB_KEYWORD_UNEVALUATED_PROPERTIES:
        eb_sentence_add(&s, "no such member is allowed here: \"");
        eb_sentence_quote(&s, name_text(e, subject->token - 1), 80);
        eb_sentence_add(&s, "\"");
        break;
    case EB_KEYWORD_PREFIX_ITEMS:
    case EB_KEYWORD_ITEMS:
    case EB_KEYWORD_ADDITIONAL_ITEMS:
    case EB_KEYWORD_UNEVALUATED_ITEMS:
        eb_sentence_add(&s, "no further element is allowed here, got ");
        eb_sentence_value(&s, e->run->doc, subject->token);
        break;
    default:
        eb_sentence_add(&s, "no value is allowed here, got ");
        eb_sentence_value(&s, e->run->doc, subject->token);
        break;
    }
    add_fault(e, subject, step(EB_KEYWORD_NONE), &s);
}

/* ---- arrays ---- */

static void explain_items(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_items *items = check->at;
    uint32_t index = 0;
    EB_DOC_EACH_ELEMENT(e->run->doc, subject->token, element)
    {
        if (index < items->prefix_count)
            descend(e, subject, items->prefix[index], element,
                step_to_index((enum eb_keyword)items->prefix_keyword, index));
        else
            descend(e, subject, items->rest, element, step((enum eb_keyword)items->rest_keyword));
        index++;
    }
}

static void explain_contains(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_contains *contains = check->at;
    uint32_t found = 0;
    EB_DOC_EACH_ELEMENT(e->run->doc, subject->token, element)
    {
        struct subject part = *subject;
        part.token = element;
        found += accepts(e, &part, contains->node, EB_KEYWORD_CONTAINS);
        if (e->is_over)
            return;
    }
    if (contains->min <= found && found <= contains->max)
        return;
    bool is_short = found < contains->min;
    uint32_t bound = is_short ? contains->min : contains->max;
    struct eb_sentence s;
    eb_sentence_init(&s);
    eb_sentence_add(&s, "expected at %s %u %s as \"contains\" describes, got %u",
        is_short ? "least" : "most", bound, bound == 1 ? "element" : "elements", found);
    add_fault(e, subject,
        step(!is_short           ? EB_KEYWORD_MAX_CONTAINS
             : contains->min > 1 ? EB_KEYWORD_MIN_CONTAINS
                                 : EB_KEYWORD_CONTAINS),
        &s);
}

/* ---- objects ---- */

static void add_missing(struct explanation *e, const struct subject *subject, struct eb_span name,
    struct eb_span because, struct eb_trail last)
{
    struct eb_sentence s;
    eb_sentence_init(&s);
    eb_sentence_add(&s, "the member \"");
    eb_sentence_quote(&s, name, 80);
    eb_sentence_add(&s, "\" is missing");
    if (because.ptr) {
        eb_sentence_add(&s, "; \"");
        eb_sentence_quote(&s, because, 80);
        eb_sentence_add(&s, "\" needs it");
    }
    add_fault(e, subject, last, &s);
}

/* Which names are there; NULL, and the explanation over, without memory. Kept in the arena. */
static const uint64_t *presence(
    struct explanation *e, const struct subject *subject, const struct eb_names *names)
{
    const uint64_t *present = eb_run_presence(e->run, names, subject->token);
    if (!present)
        add_limit(e, subject, EB_KEYWORD_NONE);
    return present;
}

static void explain_required(
    struct explanation *e, const struct subject *subject, const struct eb_members *members)
{
    const uint64_t *present =
        members->required_count ? presence(e, subject, &members->names) : NULL;
    for (uint32_t i = 0; present && i < members->names.count && !e->is_over; i++) {
        if (members->members[i].is_required && !eb_bit(present, i))
            add_missing(e, subject, members->names.names[i].text, eb_span(NULL, 0),
                step(EB_KEYWORD_REQUIRED));
    }
}

/* Applies the patterns the name matches; returns whether there was one. */
static bool explain_patterns(struct explanation *e, const struct subject *subject,
    const struct eb_members *members, uint32_t name)
{
    bool is_evaluated = false;
    for (uint32_t i = 0; i < members->pattern_count && !e->is_over; i++) {
        const struct eb_pattern_member *pattern = &members->patterns[i];
        struct eb_op op = { .code = EB_OP_PATTERN, .at = pattern->regex };
        if (eb_run_op(e->run, &op, name, subject->depth)) {
            is_evaluated = true;
            descend(e, subject, pattern->node, name + 1,
                step_to_name(EB_KEYWORD_PATTERN_PROPERTIES, pattern->pattern));
        } else if (e->run->limit) {
            add_limit(e, subject, EB_KEYWORD_PATTERN_PROPERTIES);
        }
    }
    return is_evaluated;
}

static void explain_members(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_members *members = check->at;
    explain_required(e, subject, members);
    EB_DOC_EACH_MEMBER(e->run->doc, subject->token, name)
    {
        if (e->is_over)
            return;
        uint32_t index = eb_names_find(&members->names, name_text(e, name));
        bool is_property = index != EB_NO_NAME && members->members[index].is_property;
        if (is_property)
            descend(e, subject, members->members[index].node, name + 1,
                step_to_name(EB_KEYWORD_PROPERTIES, members->names.names[index].text));
        bool is_matched = explain_patterns(e, subject, members, name);
        if (!is_property && !is_matched)
            descend(
                e, subject, members->additional, name + 1, step(EB_KEYWORD_ADDITIONAL_PROPERTIES));
    }
}

static void explain_member_names(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    EB_DOC_EACH_MEMBER(e->run->doc, subject->token, name)
    descend(e, subject, check->a, name, step(EB_KEYWORD_PROPERTY_NAMES));
}

static void explain_dependencies(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_dependencies *op = check->at;
    const uint64_t *present = presence(e, subject, &op->names);
    for (uint32_t i = 0; present && i < op->count && !e->is_over; i++) {
        const struct eb_dependency *dependency = &op->dependencies[i];
        if (!eb_bit(present, dependency->trigger))
            continue;
        struct eb_span trigger = op->names.names[dependency->trigger].text;
        struct eb_trail last = step_to_name((enum eb_keyword)dependency->keyword, trigger);
        for (uint32_t r = 0; r < dependency->required_count && !e->is_over; r++) {
            uint32_t name = dependency->required[r];
            if (!eb_bit(present, name))
                add_missing(e, subject, op->names.names[name].text, trigger, last);
        }
        descend(e, subject, dependency->node, subject->token, last);
    }
}

/* ---- combinations ---- */

static void explain_call(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    enum eb_keyword keyword = (enum eb_keyword)check->keyword;
    bool is_listed = check->b != EB_NO_TOKEN;
    descend(e, subject, check->a, subject->token,
        is_listed ? step_to_index(keyword, check->b) : step(keyword));
}

static uint32_t entry_for(const struct explanation *e, uint32_t node, uint32_t kind)
{
    return e->run->schema->nodes[node].entry[kind];
}

/* The kinds of values that some branch takes. */
static uint32_t kinds_taken(const struct explanation *e, const struct eb_branches *branches)
{
    uint32_t kinds = 0;
    for (uint32_t i = 0; i < branches->count; i++) {
        for (uint32_t kind = 0; kind < EB_KIND_COUNT; kind++)
            kinds |= (uint32_t)(entry_for(e, branches->nodes[i], kind) != 1) << kind;
    }
    return kinds;
}

static bool fits(const struct explanation *e, const struct subject *subject, uint32_t node)
{
    return entry_for(e, node, eb_kind_of(&e->run->tokens[subject->token])) != EB_ENTRY_FAIL;
}

static uint32_t count_fitting(
    const struct explanation *e, const struct subject *subject, const struct eb_branches *branches)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < branches->count; i++)
        count += fits(e, subject, branches->nodes[i]);
    return count;
}

/* Whether some tag in the value is not the branch's. */
static bool has_other_tags(struct explanation *e, const struct subject *subject, uint32_t node)
{
    struct explanation trial = { .run = e->run, .validation = e->validation, .is_trial = true };
    descend(&trial, subject, node, subject->token, step(EB_KEYWORD_NONE));
    e->is_over |= trial.is_over;
    return trial.trial_tags;
}

/* The only branch whose tags the value has; EB_NO_TOKEN when there are none or several. */
static uint32_t find_meant(
    struct explanation *e, const struct subject *subject, const struct eb_branches *branches)
{
    uint32_t meant = EB_NO_TOKEN;
    for (uint32_t i = 0; i < branches->count && !e->is_over; i++) {
        if (!fits(e, subject, branches->nodes[i]) || has_other_tags(e, subject, branches->nodes[i]))
            continue;
        if (meant != EB_NO_TOKEN)
            return EB_NO_TOKEN;
        meant = i;
    }
    return meant;
}

static void say_none(struct explanation *e, const struct subject *subject,
    const struct eb_branches *branches, enum eb_keyword keyword)
{
    struct eb_sentence s;
    eb_sentence_init(&s);
    if (count_fitting(e, subject, branches)) {
        eb_sentence_add(
            &s, "expected one of %u alternatives, but none of them accepts ", branches->count);
    } else {
        eb_sentence_add(&s, "expected ");
        eb_sentence_kinds(&s, kinds_taken(e, branches));
        eb_sentence_add(&s, ", got ");
    }
    eb_sentence_value(&s, e->run->doc, subject->token);
    add_fault(e, subject, step(keyword), &s);
}

/* No branch takes the value. Trials do not look into branches, or they would try them by twos. */
static void explain_none(struct explanation *e, const struct subject *subject,
    const struct eb_branches *branches, enum eb_keyword keyword)
{
    if (e->is_trial) {
        say_none(e, subject, branches, keyword);
        return;
    }
    uint32_t fitting = count_fitting(e, subject, branches);
    uint32_t meant = fitting > 1 ? find_meant(e, subject, branches) : EB_NO_TOKEN;
    if (fitting != 1 && meant == EB_NO_TOKEN && !e->is_over)
        say_none(e, subject, branches, keyword);
    for (uint32_t i = 0; i < branches->count; i++) {
        if (fits(e, subject, branches->nodes[i]) && (meant == EB_NO_TOKEN || meant == i))
            descend(e, subject, branches->nodes[i], subject->token, step_to_index(keyword, i));
    }
}

static void explain_any(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_branches *branches = check->at;
    for (uint32_t i = 0; i < branches->count; i++) {
        if (accepts(e, subject, branches->nodes[i], EB_KEYWORD_ANY_OF) || e->is_over)
            return;
    }
    explain_none(e, subject, branches, EB_KEYWORD_ANY_OF);
}

static void explain_one(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_branches *branches = check->at;
    uint32_t passing[2] = { 0, 0 }, count = 0;
    for (uint32_t i = 0; i < branches->count && count < 2; i++) {
        if (accepts(e, subject, branches->nodes[i], EB_KEYWORD_ONE_OF))
            passing[count++] = i;
        if (e->is_over)
            return;
    }
    if (count == 0)
        explain_none(e, subject, branches, EB_KEYWORD_ONE_OF);
    if (count < 2)
        return;
    struct eb_sentence s;
    eb_sentence_init(&s);
    eb_sentence_add(&s,
        "expected exactly one alternative to accept this, but numbers %u and %u do: ", passing[0],
        passing[1]);
    eb_sentence_value(&s, e->run->doc, subject->token);
    add_fault(e, subject, step(EB_KEYWORD_ONE_OF), &s);
}

static void explain_not(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    if (!accepts(e, subject, check->a, EB_KEYWORD_NOT) || e->is_over)
        return;
    struct eb_sentence s;
    eb_sentence_init(&s);
    eb_sentence_value(&s, e->run->doc, subject->token);
    eb_sentence_add(&s, " is what \"not\" excludes");
    add_fault(e, subject, step(EB_KEYWORD_NOT), &s);
}

static void explain_if(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    bool condition = accepts(e, subject, check->a, EB_KEYWORD_IF);
    descend(e, subject, condition ? check->b : check->c, subject->token,
        step(condition ? EB_KEYWORD_THEN : EB_KEYWORD_ELSE));
}

/* ---- unevaluated ---- */

static void explain_rest(struct explanation *e, const struct subject *subject,
    const struct eb_op *check, const uint64_t *seen)
{
    const struct eb_unevaluated *unevaluated = check->at;
    const struct eb_token *tokens = e->run->doc->tokens;
    uint32_t to_value = check->code == EB_OP_UNEVALUATED_MEMBERS;
    uint32_t ordinal = 0, end = tokens[subject->token].next;
    for (uint32_t at = subject->token + 1; at < end; at = tokens[at + to_value].next) {
        if (!eb_bit(seen, ordinal++))
            descend(e, subject, unevaluated->node, at + to_value,
                step((enum eb_keyword)check->keyword));
    }
}

static void explain_unevaluated(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_unevaluated *unevaluated = check->at;
    uint64_t *outer = e->run->seen;
    struct eb_run_marks marks; /* not untracked: faults are kept in the arena above them */
    uint64_t *seen = eb_run_track(e->run, &e->run->tokens[subject->token], &marks);
    if (!seen) {
        add_limit(e, subject, (enum eb_keyword)check->keyword);
        return;
    }
    struct subject inner = *subject;
    inner.node = unevaluated->inner;
    if (accepts(e, &inner, inner.node, (enum eb_keyword)check->keyword))
        explain_rest(e, subject, check, seen);
    else if (!e->is_over)
        explain_node(e, inner);
    e->run->seen = outer;
}

/* ---- walking ---- */

static void (*const explainers[])(
    struct explanation *e, const struct subject *subject, const struct eb_op *check) = {
    [EB_OP_ITEMS] = explain_items,
    [EB_OP_CONTAINS] = explain_contains,
    [EB_OP_MEMBERS] = explain_members,
    [EB_OP_MEMBERS_CLOSED] = explain_members,
    [EB_OP_MEMBERS_OPEN] = explain_members,
    [EB_OP_MEMBER_NAMES] = explain_member_names,
    [EB_OP_DEPENDENCIES] = explain_dependencies,
    [EB_OP_CALL] = explain_call,
    [EB_OP_ANY] = explain_any,
    [EB_OP_ONE] = explain_one,
    [EB_OP_NOT] = explain_not,
    [EB_OP_IF] = explain_if,
    [EB_OP_UNEVALUATED_MEMBERS] = explain_unevaluated,
    [EB_OP_UNEVALUATED_ITEMS] = explain_unevaluated,
};

static void explain_leaf(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    if (eb_run_op(e->run, check, subject->token, subject->depth))
        return;
    if (e->run->limit) {
        add_limit(e, subject, (enum eb_keyword)check->keyword);
        return;
    }
    const struct eb_origin *origin = &e->run->schema->origins[subject->node];
    struct eb_sentence sentence;
    eb_sentence_init(&sentence);
    enum eb_keyword keyword =
        eb_explain_leaf(&sentence, e->run, &origin->resource->document->doc, check, subject->token);
    add_fault(e, subject, step(keyword), &sentence);
}

static void explain_node(struct explanation *e, struct subject subject)
{
    if (subject.depth > EXPLAIN_FRAMES_MAX) {
        e->run->limit = EB_LIMIT_DEPTH;
        add_limit(e, &subject, EB_KEYWORD_NONE);
        return;
    }
    const struct eb_token *value = &e->run->doc->tokens[subject.token];
    if (!eb_run_spend(e->run, 1 + value->count)) {
        add_limit(e, &subject, EB_KEYWORD_NONE);
        return;
    }
    const struct eb_origin *origin = &e->run->schema->origins[subject.node];
    enum eb_kind kind = eb_kind_of(value);
    for (uint32_t i = 0; i < origin->check_count && !e->is_over; i++) {
        const struct eb_op *check = &e->run->schema->checks[origin->first_check + i];
        if (!(check->kinds >> kind & 1))
            continue;
        if (check->code == EB_OP_FAIL)
            explain_false(e, &subject);
        else if (eb_explain_is_leaf((enum eb_opcode)check->code))
            explain_leaf(e, &subject, check);
        else
            explainers[check->code](e, &subject, check);
    }
}

void eb_run_explain(
    struct eb_run *run, uint32_t token, struct eb_validation *validation, uint32_t *tokens)
{
    struct explanation e = { .run = run, .validation = validation, .tokens = tokens };
    struct subject root = { .node = run->schema->root, .token = token };
    enum eb_limit limit = run->limit;
    eb_run_restart(run);
    validation->fault_count = 0;
    validation->has_more_faults = false;
    explain_node(&e, root);
    if (limit && !validation->fault_count) {
        run->limit = limit;
        add_limit(&e, &root, EB_KEYWORD_NONE);
    }
}
