/*
 * A whole bus and an event, as lines: event-bus.json, a schema `s@1`, a contract, a rule, the
 * event's topic, and, to the end, its payload. What is refused says why; what is compiled is
 * linted, asked what would become of the event, and decides it as it said; every copy goes where
 * copies may go, every letter can be read, and the figures add up.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "bus/explain.h"
#include "bus/lint.h"
#include "bus/outcome_write.h"
#include "bus_fixture.h"
#include "topic/filter.h"
#include "json/reader.h"
#include "json/writer.h"

enum {
    ARENA_BYTES = 1 << 28,
    TEXT_BYTES_MAX = 4096, /* linting asks the prover, whose steps are bounded, not their price */
};

/* ---- what goes out ---- */

static bool is_covered(struct eb_span_list filters, struct eb_span topic)
{
    for (uint32_t i = 0; i < filters.count; i++) {
        if (eb_filter_matches(filters.items[i], topic))
            return true;
    }
    return false;
}

static bool is_below(struct eb_span tree, struct eb_span topic)
{
    return topic.len >= tree.len && memcmp(topic.ptr, tree.ptr, tree.len) == 0 &&
           (topic.len == tree.len || topic.ptr[tree.len] == '/');
}

static void require_copy(const struct eb_settings *settings, struct eb_span topic)
{
    FUZZ_REQUIRE(!is_below(eb_span_of("$SYS"), topic));
    FUZZ_REQUIRE(!is_below(eb_span_of("$CONTROL"), topic));
    FUZZ_REQUIRE(!is_below(eb_span_of("$share"), topic));
    FUZZ_REQUIRE(!is_below(settings->dead_letter_topic, topic));
    FUZZ_REQUIRE(settings->targets.count == 0 || is_covered(settings->targets, topic));
}

static void require_json(struct eb_span text, struct eb_arena *arena)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    FUZZ_REQUIRE(text.ptr);
    FUZZ_REQUIRE(eb_json_read(&doc, text, &eb_json_limits_max, arena, &fault) == EB_JSON_OK);
}

static void require_dispatch(
    const struct eb_settings *settings, const struct eb_dispatch *dispatch, struct eb_arena *arena)
{
    const struct eb_publish *publish = &dispatch->publish;
    if (!eb_publish_kind_is_sent(dispatch->kind))
        return;
    FUZZ_REQUIRE(eb_topic_check(publish->topic) == EB_TOPIC_OK && publish->qos <= 2);
    if (dispatch->kind == EB_COPY)
        require_copy(settings, publish->topic);
    else
        require_json(publish->payload, arena);
}

static void require_equation(const struct eb_figures *figures)
{
    FUZZ_REQUIRE(figures->received == figures->passed + figures->consumed + figures->quarantined +
                                          figures->refused + figures->disconnected +
                                          figures->deduplicated);
}

/* ---- one event ---- */

static void explain(struct bus *bus, const struct eb_message *message, struct eb_outcome *told,
    struct eb_arena *arena)
{
    const struct eb_explain_request request = { .message = message, .misses_max = 3 };
    struct eb_explanation explanation;
    struct eb_json_writer out;
    if (!eb_explain(&bus->pipeline, bus->snapshot, &request, &explanation)) {
        told->is_watched = false;
        return;
    }
    eb_json_writer_init_arena(&out, arena);
    eb_explanation_write(&explanation, &out);
    require_json(eb_json_writer_finish(&out), arena);
    *told = explanation.outcome;
}

static void decide(struct bus *bus, const struct eb_message *message, struct eb_arena *arena)
{
    struct eb_outcome told;
    explain(bus, message, &told, arena);
    enum eb_verdict judged = eb_pipeline_judge(&bus->pipeline, bus->snapshot, message);
    const struct eb_outcome *outcome = bus_run(bus, message);
    if (told.is_watched) {
        FUZZ_REQUIRE(told.verdict == outcome->verdict && told.reason == outcome->reason);
        FUZZ_REQUIRE(told.rule_count == outcome->rule_count);
        FUZZ_REQUIRE(told.judgement_count == outcome->judgement_count);
    }
    FUZZ_REQUIRE(judged == outcome->verdict || outcome->reason == EB_REASON_ERROR);
    for (uint32_t i = 0; i < outcome->dispatch_count; i++)
        require_dispatch(&bus->snapshot->settings, &outcome->dispatches[i], arena);
    require_equation(bus->snapshot->figures);
    struct eb_json_writer out;
    eb_json_writer_init_arena(&out, arena);
    eb_outcome_write(outcome, &out);
    require_json(eb_json_writer_finish(&out), arena);
}

/* ---- the whole ---- */

/* As a string of its own. */
static const char *take_line(struct eb_span *rest, struct eb_arena *arena)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
    char *line = eb_arena_alloc(arena, len + 1, 1);
    FUZZ_REQUIRE(line);
    if (len)
        memcpy(line, rest->ptr, len);
    line[len] = '\0';
    size_t taken = len + (end != NULL);
    *rest = eb_span(rest->ptr + taken, rest->len - taken);
    return line;
}

static void require_reasons(const struct eb_diag_list *diags)
{
    char line[1024];
    for (const struct eb_diag *diag = diags->first; diag; diag = diag->next)
        FUZZ_REQUIRE(eb_diag_format(diag, line, sizeof line) > 0);
}

static void run(struct eb_span rest, struct eb_arena *arena)
{
    const char *settings = take_line(&rest, arena), *schema = take_line(&rest, arena);
    const char *contract = take_line(&rest, arena), *rule = take_line(&rest, arena);
    const char *topic = take_line(&rest, arena);
    const struct bus_text schemas[] = { { *schema ? "s@1" : NULL, schema }, { NULL, NULL } };
    const struct bus_text contracts[] = { { *contract ? "c" : NULL, contract }, { NULL, NULL } };
    const struct bus_text rules[] = { { *rule ? "r" : NULL, rule }, { NULL, NULL } };
    struct bus bus;
    bus_open(&bus, *settings ? settings : NULL, schemas, contracts, rules);
    FUZZ_REQUIRE((bus.snapshot == NULL) == (bus.diags.errors > 0));
    if (bus.snapshot) {
        struct eb_message message = bus_message(topic, "");
        message.payload = rest.len ? rest : eb_span(NULL, 0);
        message.properties.response_topic = eb_span_of("reply");
        eb_lint(&bus.configuration, bus.snapshot, false, &bus.diags);
        if (eb_topic_check(message.topic) == EB_TOPIC_OK)
            decide(&bus, &message, arena);
    }
    require_reasons(&bus.diags);
    bus_close(&bus);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct eb_arena arena;
    static bool is_ready;
    if (!is_ready)
        FUZZ_REQUIRE(is_ready = eb_arena_init_reserved(&arena, ARENA_BYTES));
    if (len > TEXT_BYTES_MAX)
        return 0;
    eb_arena_reset(&arena);
    run(eb_span((const char *)bytes, len), &arena);
    return 0;
}
