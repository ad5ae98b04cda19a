/*
 * Rules that no event can match.
 *
 * Rules see nothing that violates an enforced contract, so on the topics of a filter that it covers
 * all they see is valid under its schema. What a pattern asks for is a schema, too; where the two
 * have no value in common, nothing matches. The message itself has a schema as well, made of the
 * filter: its topic, its levels, its QoS.
 *
 * Few patterns are asked about as a whole, and field by field, to say which field it is. Of many
 * only the fields are, for fields are shared; and of very many only the types of their values.
 */
#include <stdio.h>

#include "base/limits.h"
#include "bus/event_schema.h"
#include "bus/lint_ask.h"
#include "bus/lint_message.h"
#include "pattern/pattern_question.h"
#include "json/reader.h"

enum {
    WHOLE_MAX = 1000,   /* rules whose patterns are asked about as a whole */
    EXACT_MAX = 4000,   /* fields asked about by their values */
    FILTERS_MAX = 1000, /* whose messages are asked about */
};

struct reach {
    struct eb_linter *linter;
    struct eb_lint_ask ask;
    struct eb_schema_library *library; /* of the messages' schemas */
    const struct eb_schema **messages; /* by filter number; NULL: not asked about */
    uint32_t message_count;
    bool asks_whole;
};

/* ---- the schema of a filter's messages ---- */

static const struct eb_schema *compile_message(struct reach *reach, uint32_t filter)
{
    struct eb_arena *arena = &reach->ask.arena;
    struct eb_doc *doc = EB_ARENA_NEW(arena, struct eb_doc);
    size_t room = 1024 + 16 * (size_t)EB_TOPIC_LEVELS_MAX +
                  16 * reach->linter->filters[filter].len; /* escaped, twice, and schemas around */
    char *text = eb_arena_alloc(arena, room * 4, 1), uri[64];
    struct eb_json_writer out;
    struct eb_diag_list ours;
    const struct eb_schema *schema = NULL;
    if (!doc || !text)
        return NULL;
    eb_json_writer_init(&out, text, room * 4);
    eb_lint_write_message_schema(reach->linter->filters[filter], &out);
    struct eb_span name =
        eb_span(uri, (size_t)snprintf(uri, sizeof uri, "urn:event-bus:messages:%u", filter));
    eb_diag_list_init(&ours);
    if (eb_json_read_file(doc, eb_json_writer_finish(&out), "messages", 1, arena, &ours) &&
        eb_schema_library_add(reach->library, name, doc, &ours))
        schema = eb_schema_compile(reach->library, name, &ours);
    eb_diag_list_release(&ours);
    return schema;
}

static const struct eb_schema *schema_of_messages(struct reach *reach, uint32_t filter)
{
    if (!reach->messages[filter] && reach->message_count < FILTERS_MAX) {
        reach->message_count++;
        reach->messages[filter] = compile_message(reach, filter);
    }
    return reach->messages[filter];
}

/* ---- the questions of a rule ---- */

static struct eb_items item_alone(const struct eb_item *item)
{
    return (struct eb_items){ item->code, item->predicates.code + item->predicates.words };
}

/* The schemas that hold for all that a rule sees on one of its filters. */
struct visit {
    struct reach *reach;
    const struct eb_rule *rule;
    uint32_t filter;
    void (*each)(struct visit *visit, const struct eb_schema *schema, uint32_t root,
        const struct eb_contract *contract); /* contract NULL: it is of the message */
    void *context;
};

static void visit_schemas(struct visit *visit)
{
    const struct eb_linter *linter = visit->reach->linter;
    const struct eb_snapshot *snapshot = linter->snapshot;
    const struct eb_lint_cover *cover = &linter->covers[visit->filter];
    struct eb_items items = eb_pattern_items(visit->rule->when);
    bool reads_payload = eb_pattern_reads_payload(visit->rule->when);
    for (uint32_t i = 0; reads_payload && i < cover->count; i++) {
        const struct eb_contract *contract = &snapshot->contracts[cover->contracts[i]];
        const struct eb_schema *events = eb_event_schema(snapshot, contract);
        if (events && eb_lint_is_enforced(contract))
            visit->each(visit, events, EB_PATH_PAYLOAD, contract);
    }
    if (!eb_items_read(items, snapshot->paths, EB_PATH_MESSAGE))
        return;
    const struct eb_schema *messages = schema_of_messages(visit->reach, visit->filter);
    if (messages)
        visit->each(visit, messages, EB_PATH_MESSAGE, NULL);
}

/* ---- noting ---- */

static void note(struct visit *visit, const struct eb_schema *schema, uint32_t root,
    const struct eb_contract *contract)
{
    struct reach *reach = visit->reach;
    const struct eb_paths *paths = reach->linter->snapshot->paths;
    struct eb_items items = eb_pattern_items(visit->rule->when);
    (void)contract;
    if (reach->asks_whole)
        eb_lint_ask_note(&reach->ask, schema, root, eb_lint_ask_items(&reach->ask, items));
    for (struct eb_item item; eb_items_next(&items, &item);) {
        if (eb_items_read(item_alone(&item), paths, root))
            eb_lint_ask_note(
                &reach->ask, schema, root, eb_lint_ask_items(&reach->ask, item_alone(&item)));
    }
}

static void each_filter(struct reach *reach, const struct eb_rule *rule,
    void (*each)(struct visit *, const struct eb_schema *, uint32_t, const struct eb_contract *),
    void *context)
{
    struct visit visit = { .reach = reach, .rule = rule, .each = each, .context = context };
    for (uint32_t i = 0; i < rule->from_count; i++) {
        visit.filter = rule->from[i];
        visit_schemas(&visit);
    }
}

/* ---- concluding ---- */

/* Why a rule can match nothing on one filter. */
struct verdict {
    bool is_dead;
    bool has_field; /* one item alone is to blame */
    struct eb_item item;
    const struct eb_contract *contract; /* NULL: it is the message */
};

static bool is_never(struct reach *reach, const struct eb_schema *schema, struct eb_items items)
{
    uint32_t question = eb_lint_ask_find_items(&reach->ask, items);
    const struct eb_lint_answer *answer = eb_lint_ask_answer(&reach->ask, schema, question);
    return answer && answer->answer == EB_INQUIRY_NEVER;
}

static void conclude(struct visit *visit, const struct eb_schema *schema, uint32_t root,
    const struct eb_contract *contract)
{
    struct verdict *verdict = visit->context;
    struct eb_items all = eb_pattern_items(visit->rule->when), items = all;
    (void)root;
    if (verdict->has_field)
        return;
    for (struct eb_item item; eb_items_next(&items, &item);) {
        if (is_never(visit->reach, schema, item_alone(&item))) {
            *verdict = (struct verdict){ true, true, item, contract };
            return;
        }
    }
    if (!verdict->is_dead && is_never(visit->reach, schema, all))
        *verdict = (struct verdict){ .is_dead = true, .contract = contract };
}

/* Of the first filter; dead only if it is on all of them. */
static struct verdict judge(struct reach *reach, const struct eb_rule *rule)
{
    struct verdict first = { .is_dead = false };
    for (uint32_t i = 0; i < rule->from_count; i++) {
        struct verdict verdict = { .is_dead = false };
        struct visit visit = { reach, rule, rule->from[i], conclude, &verdict };
        visit_schemas(&visit);
        if (!verdict.is_dead)
            return verdict;
        if (i == 0)
            first = verdict;
    }
    return first;
}

/* ---- telling ---- */

/* The name of the member that is the field `path`, below `object`; EB_NO_TOKEN: it is not there. */
static uint32_t find_field(
    const struct eb_doc *doc, uint32_t object, struct eb_span path, struct eb_arena *arena)
{
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        struct eb_span text = eb_doc_string(doc, name, arena);
        enum eb_json_type type = eb_doc_type(doc, name + 1);
        uint32_t found = EB_NO_TOKEN;
        if (!text.ptr)
            return EB_NO_TOKEN;
        bool is_step =
            eb_span_starts(path, text) && path.len > text.len && path.ptr[text.len] == '.';
        if (type == EB_JSON_OBJECT && is_step)
            found = find_field(
                doc, name + 1, eb_span(path.ptr + text.len + 1, path.len - text.len - 1), arena);
        else if (type == EB_JSON_ARRAY && eb_span_equal(path, text))
            found = name;
        if (found != EB_NO_TOKEN)
            return found;
    }
    return EB_NO_TOKEN;
}

static uint32_t find_token(struct eb_linter *linter, const struct eb_doc *doc,
    const struct verdict *verdict, struct eb_arena *arena)
{
    uint32_t when = eb_lint_member(doc, "when"), token = EB_NO_TOKEN;
    if (verdict->has_field && !eb_item_is_or(&verdict->item)) {
        struct eb_span path = eb_paths_text(linter->snapshot->paths, verdict->item.path, arena);
        if (path.ptr)
            token = find_field(doc, when, path, arena);
    }
    return token == EB_NO_TOKEN ? when : token;
}

static const char *blamed(const struct verdict *verdict)
{
    if (!verdict->has_field)
        return "all of these match together";
    return eb_item_is_or(&verdict->item) ? "its $or matches" : "this matches";
}

static void tell(struct reach *reach, uint32_t rule, const struct verdict *verdict)
{
    struct eb_linter *linter = reach->linter;
    const struct eb_contract *contract = verdict->contract;
    struct eb_span schema =
        contract && contract->schema.schema ? contract->schema.name : eb_span_of("CloudEvents 1.0");
    enum eb_severity severity = eb_lint_severity(linter, EB_WARNING);
    struct eb_arena arena;
    struct eb_doc doc;
    eb_arena_init_growing(&arena, SIZE_MAX);
    if (eb_lint_read_rule(linter, rule, &arena, &doc)) {
        uint32_t token = find_token(linter, &doc, verdict, &arena);
        if (contract)
            eb_doc_diag(linter->diags, severity, &doc, token,
                "the rule never matches: contract '%.*s' (%.*s) lets no event pass that %s",
                (int)contract->name.len, contract->name.ptr, (int)schema.len, schema.ptr,
                blamed(verdict));
        else
            eb_doc_diag(linter->diags, severity, &doc, token,
                "the rule never matches: there is no message on its topics that %s",
                blamed(verdict));
    }
    eb_diag_release_arena(linter->diags, &arena);
}

void eb_lint_reach(struct eb_linter *linter)
{
    const struct eb_snapshot *snapshot = linter->snapshot;
    struct reach reach = { .linter = linter, .asks_whole = snapshot->rule_count <= WHOLE_MAX };
    eb_lint_ask_init(&reach.ask, linter);
    reach.ask.exact_max = EXACT_MAX;
    reach.library = eb_schema_library_new(
        &reach.ask.arena, (struct eb_schema_options){ .default_draft = EB_DRAFT_2020_12 });
    reach.messages =
        EB_ARENA_ARRAY(&reach.ask.arena, const struct eb_schema *, snapshot->watch_count);
    bool has_memory = reach.library && reach.messages;
    for (uint32_t i = 0; has_memory && i < snapshot->rule_count; i++) {
        if (snapshot->rules[i].when)
            each_filter(&reach, &snapshot->rules[i], note, NULL);
    }
    if (!has_memory)
        eb_diag_add_out_of_memory(linter->diags);
    bool is_asked = has_memory && eb_lint_ask_all(&reach.ask);
    for (uint32_t i = 0; is_asked && i < snapshot->rule_count; i++) {
        const struct eb_rule *rule = &snapshot->rules[i];
        struct verdict verdict = { .is_dead = false };
        if (rule->when)
            verdict = judge(&reach, rule);
        if (verdict.is_dead)
            tell(&reach, i, &verdict);
    }
    eb_schema_library_free(reach.library);
    eb_lint_ask_release(&reach.ask);
}
