#include "wiring.h"

#include "memory.h"
#include "progress.h"
#include "terminal.h"
#include "topic/filter.h"
#include "json/number.h"
#include "json/reader.h"

/* ---- reading ---- */

static struct eb_span text_of(struct wiring *wiring, const struct eb_doc *doc, const char *name)
{
    return string_member_of(doc, 0, name, &wiring->arena);
}

static void read_contract(struct wiring *wiring, const struct eb_doc *doc, struct eb_span name)
{
    struct eb_span said = text_of(wiring, doc, "on_violation");
    struct eb_span action = said.ptr ? said : eb_span_of("reject");
    uint32_t letter = eb_doc_member(doc, 0, "dead_letter");
    bool refuses_letter = letter != EB_NO_TOKEN && eb_doc_type(doc, letter) == EB_JSON_FALSE;
    wiring->contracts[wiring->contract_count++] = (struct wired_contract){
        .name = name,
        .topic = text_of(wiring, doc, "topic"),
        .schema = text_of(wiring, doc, "schema"),
        .candidate = text_of(wiring, doc, "candidate"),
        .is_cloudevent = eb_doc_member(doc, 0, "envelope") != EB_NO_TOKEN,
        .description = text_of(wiring, doc, "description"),
        .on_violation = action,
        .is_consuming = eb_span_is(text_of(wiring, doc, "original"), "consume"),
        .leaves_dead_letter = !refuses_letter && !eb_span_is(action, "observe"),
    };
}

/* The mode of a target's `cloudevents`, which may be all it says. */
static struct eb_span mode_of(struct wiring *wiring, const struct eb_doc *doc, uint32_t target)
{
    uint32_t said = eb_doc_member(doc, target, "cloudevents");
    if (said != EB_NO_TOKEN && eb_doc_type(doc, said) == EB_JSON_OBJECT)
        return string_member_of(doc, said, "mode", &wiring->arena);
    return string_member_of(doc, target, "cloudevents", &wiring->arena);
}

static struct wired_target target_of(
    struct wiring *wiring, const struct wired_rule *rule, uint32_t token, uint32_t number)
{
    const struct eb_doc *doc = &rule->doc;
    uint32_t qos = eb_doc_member(doc, token, "qos"), retain = eb_doc_member(doc, token, "retain");
    return (struct wired_target){
        .rule = rule,
        .number = number,
        .topic = eb_doc_member(doc, token, "topic"),
        .payload = eb_doc_member(doc, token, "payload"),
        .topic_text = string_member_of(doc, token, "topic", &wiring->arena),
        .description = string_member_of(doc, token, "description", &wiring->arena),
        .qos = qos == EB_NO_TOKEN ? -1 : (int)eb_number_of(eb_doc_raw(doc, qos)).small,
        .is_retain = retain != EB_NO_TOKEN && eb_doc_type(doc, retain) == EB_JSON_TRUE,
        .cloudevents = mode_of(wiring, doc, token),
    };
}

static bool read_rule(struct wiring *wiring, const struct eb_doc *doc, struct eb_span name)
{
    struct wired_rule *rule = &wiring->rules[wiring->rule_count++];
    *rule = (struct wired_rule){
        .doc = *doc,
        .name = name,
        .description = text_of(wiring, doc, "description"),
    };
    uint32_t from = eb_doc_member(doc, 0, "from"), to = eb_doc_member(doc, 0, "to");
    struct eb_span *filters =
        EB_ARENA_ARRAY(&wiring->arena, struct eb_span, doc->tokens[from].count);
    struct wired_target *targets =
        EB_ARENA_ARRAY(&wiring->arena, struct wired_target, doc->tokens[to].count);
    if (!filters || !targets)
        return false;
    EB_DOC_EACH_ELEMENT(doc, from, element)
    filters[rule->from_count++] = eb_doc_string(doc, element, &wiring->arena);
    EB_DOC_EACH_ELEMENT(doc, to, element)
    {
        targets[rule->target_count] = target_of(wiring, rule, element, rule->target_count + 1);
        rule->target_count++;
    }
    rule->from = filters;
    rule->targets = targets;
    return true;
}

/* An entry's document and its name; it has been compiled once, so nothing is wrong with it. */
static bool read_entry(struct wiring *wiring, const struct eb_entry_text *entry, struct eb_doc *doc,
    struct eb_span *name)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    bool is_read =
        eb_json_read_file(doc, entry->text, entry->file, entry->first_line, &wiring->arena, &diags);
    if (is_read)
        *name = entry->name.ptr ? entry->name : text_of(wiring, doc, "name");
    print_diags(stderr, &diags);
    eb_diag_list_release(&diags);
    return is_read && name->ptr;
}

static bool read_entries(struct wiring *wiring)
{
    const struct eb_configuration *configuration = wiring->registry.configuration;
    struct eb_arena *arena = &wiring->arena;
    wiring->entries = EB_ARENA_ARRAY(arena, struct schema_entry, configuration->schema_count);
    wiring->contracts = EB_ARENA_ARRAY(arena, struct wired_contract, configuration->contract_count);
    wiring->rules = EB_ARENA_ARRAY(arena, struct wired_rule, configuration->rule_count);
    bool is_good = wiring->entries != NULL;
    for (uint32_t i = 0; is_good && i < configuration->schema_count; i++) {
        struct schema_entry *entry = &wiring->entries[wiring->entry_count++];
        is_good = registry_describe(&wiring->registry, &configuration->schemas[i], arena, entry) &&
                  entry->is_read;
    }
    struct eb_doc doc;
    struct eb_span name;
    for (uint32_t i = 0; is_good && i < configuration->contract_count; i++) {
        is_good =
            wiring->contracts && read_entry(wiring, &configuration->contracts[i], &doc, &name);
        if (is_good)
            read_contract(wiring, &doc, name);
    }
    for (uint32_t i = 0; is_good && i < configuration->rule_count; i++)
        is_good = wiring->rules && read_entry(wiring, &configuration->rules[i], &doc, &name) &&
                  read_rule(wiring, &doc, name);
    if (!is_good)
        memory_ran_out();
    return is_good;
}

bool wiring_open(struct wiring *wiring, const char *config)
{
    struct eb_diag_list diags;
    *wiring = (struct wiring){ .figures = eb_figures_registry_new() };
    eb_arena_init_growing(&wiring->arena, SIZE_MAX);
    if (!wiring->figures)
        memory_ran_out();
    if (!wiring->figures || !registry_open(&wiring->registry, config))
        return false;
    eb_diag_list_init(&diags);
    progress_begin("compiling %u rules", wiring->registry.configuration->rule_count);
    wiring->snapshot = eb_snapshot_build(wiring->registry.configuration, wiring->figures, &diags);
    progress_end();
    print_diags(stderr, &diags);
    eb_diag_list_release(&diags);
    return wiring->snapshot && !wiring->registry.has_errors && read_entries(wiring);
}

void wiring_close(struct wiring *wiring)
{
    eb_snapshot_free(wiring->snapshot);
    if (wiring->registry.store)
        registry_close(&wiring->registry);
    eb_figures_registry_free(wiring->figures);
    memory_release(&wiring->arena);
}

bool wiring_meets(const struct wired_contract *contract, const struct wired_rule *rule)
{
    for (uint32_t i = 0; i < rule->from_count; i++) {
        if (eb_filter_overlaps(contract->topic, rule->from[i]))
            return true;
    }
    return false;
}
