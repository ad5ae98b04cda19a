#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "figure.h"
#include "json_line.h"
#include "memory.h"
#include "rates.h"
#include "schema/map.h"
#include "terminal.h"
#include "topic/filter.h"
#include "wiring.h"

struct graph_options {
    struct connection_options connection;
    uint32_t interval_s;
    bool is_live;
    const char *topic;
    bool is_svg;
    bool is_json;
};

#define AT(member) offsetof(struct graph_options, member)

static const struct option options[] = {
    { "topic", 't', OPTION_TEXT, "FILTER", "only what concerns events on these topics", AT(topic),
        0, 0 },
    { "live", 0, OPTION_FLAG, NULL, "with events a second, measured in a running bus", AT(is_live),
        0, 0 },
    { "interval", 'n', OPTION_NUMBER, "SECONDS", "for how long to measure (default 5)",
        AT(interval_s), 1, 3600 },
    { "svg", 0, OPTION_FLAG, NULL, "have `dot` (Graphviz) draw it", AT(is_svg), 0, 0 },
    { "json", 0, OPTION_FLAG, NULL, "print nodes and edges as one JSON object", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = {
    { options, sizeof options / sizeof *options, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};

enum { INTERVAL_S = 5 };

enum node_kind { NODE_TOPIC, NODE_CONTRACT, NODE_RULE, NODE_TARGET, NODE_LETTERS };

static const struct {
    const char *name;
    const char *look; /* of Graphviz */
} kinds[] = {
    [NODE_TOPIC] = { "topic", "shape=box style=\"rounded,filled\" fillcolor=\"#e8f1fa\"" },
    [NODE_CONTRACT] = { "contract", "shape=box style=filled fillcolor=\"#fdf3d8\"" },
    [NODE_RULE] = { "rule", "shape=ellipse style=filled fillcolor=\"#e9f5e6\"" },
    [NODE_TARGET] = { "target", "shape=box style=\"rounded,filled\" fillcolor=\"#f1e8fa\"" },
    [NODE_LETTERS] = { "dead-letters", "shape=box style=\"rounded,dashed\"" },
};

struct node {
    struct node *next;
    enum node_kind kind;
    uint32_t number;
    struct eb_span name;
    const struct wired_contract *contract; /* NULL: it is none */
    const struct wired_rule *rule;
    uint32_t into; /* edges that end here */
};

struct edge {
    struct edge *next;
    const struct node *from, *to;
    struct eb_span label; /* what goes there is violations; ptr NULL: events */
    uint32_t target;      /* of the rule it comes from, counted from 0 */
};

struct graph {
    const struct graph_options *values;
    struct wiring *wiring;
    const struct rates *rates; /* NULL: not live */
    struct node *nodes, **last_node;
    struct edge *edges, **last_edge;
    struct eb_map names[NODE_LETTERS + 1]; /* to struct node */
    uint32_t node_count;
    bool is_out_of_memory;
};

/* ---- building ---- */

/* The node of that kind and name, which may be new. NULL without memory. */
static struct node *node_of(struct graph *graph, enum node_kind kind, struct eb_span name)
{
    struct node *node = eb_map_get(&graph->names[kind], name);
    if (node)
        return node;
    node = EB_ARENA_NEW(&graph->wiring->arena, struct node);
    if (!node || !eb_map_put(&graph->names[kind], name, node)) {
        graph->is_out_of_memory = true;
        return NULL;
    }
    *node = (struct node){ .kind = kind, .number = ++graph->node_count, .name = name };
    *graph->last_node = node;
    graph->last_node = &node->next;
    return node;
}

static void connect_by(struct graph *graph, const struct node *from, struct node *to,
    struct eb_span label, uint32_t target)
{
    struct edge *edge = from && to ? EB_ARENA_NEW(&graph->wiring->arena, struct edge) : NULL;
    if (!edge) {
        graph->is_out_of_memory = true;
        return;
    }
    *edge = (struct edge){ .from = from, .to = to, .label = label, .target = target };
    to->into++;
    *graph->last_edge = edge;
    graph->last_edge = &edge->next;
}

static void connect(struct graph *graph, const struct node *from, struct node *to)
{
    connect_by(graph, from, to, eb_span(NULL, 0), 0);
}

static bool is_wanted(const struct graph *graph, struct eb_span filter)
{
    return !graph->values->topic || eb_filter_overlaps(eb_span_of(graph->values->topic), filter);
}

static void add_contract(struct graph *graph, const struct wired_contract *contract)
{
    struct eb_span letters = graph->wiring->registry.configuration->settings.dead_letter_topic;
    if (!is_wanted(graph, contract->topic))
        return;
    struct node *node = node_of(graph, NODE_CONTRACT, contract->name);
    connect(graph, node_of(graph, NODE_TOPIC, contract->topic), node);
    if (!node)
        return;
    node->contract = contract;
    if (contract->leaves_dead_letter)
        connect_by(graph, node, node_of(graph, NODE_LETTERS, letters), contract->on_violation, 0);
}

/* From the contracts whose events the rule sees, and from filters that no contract covers. */
static void connect_sources(struct graph *graph, const struct wired_rule *rule, struct node *node)
{
    const struct wiring *wiring = graph->wiring;
    for (uint32_t i = 0; i < wiring->contract_count; i++) {
        const struct wired_contract *contract = &wiring->contracts[i];
        if (is_wanted(graph, contract->topic) && wiring_meets(contract, rule))
            connect(graph, node_of(graph, NODE_CONTRACT, contract->name), node);
    }
    for (uint32_t i = 0; i < rule->from_count; i++) {
        bool is_covered = !is_wanted(graph, rule->from[i]);
        for (uint32_t j = 0; j < wiring->contract_count && !is_covered; j++)
            is_covered = eb_filter_covers(wiring->contracts[j].topic, rule->from[i]);
        if (!is_covered)
            connect(graph, node_of(graph, NODE_TOPIC, rule->from[i]), node);
    }
}

static void add_rule(struct graph *graph, const struct wired_rule *rule)
{
    bool is_seen = false;
    for (uint32_t i = 0; i < rule->from_count; i++)
        is_seen |= is_wanted(graph, rule->from[i]);
    struct node *node = is_seen ? node_of(graph, NODE_RULE, rule->name) : NULL;
    if (!node)
        return;
    node->rule = rule;
    connect_sources(graph, rule, node);
    for (uint32_t i = 0; i < rule->target_count; i++)
        connect_by(graph, node, node_of(graph, NODE_TARGET, rule->targets[i].topic_text),
            eb_span(NULL, 0), i);
}

static bool build(struct graph *graph)
{
    graph->last_node = &graph->nodes;
    graph->last_edge = &graph->edges;
    for (size_t i = 0; i < sizeof graph->names / sizeof *graph->names; i++)
        eb_map_init(&graph->names[i], &graph->wiring->arena);
    for (uint32_t i = 0; i < graph->wiring->contract_count; i++)
        add_contract(graph, &graph->wiring->contracts[i]);
    for (uint32_t i = 0; i < graph->wiring->rule_count; i++)
        add_rule(graph, &graph->wiring->rules[i]);
    if (graph->is_out_of_memory)
        memory_ran_out();
    return !graph->is_out_of_memory;
}

/* ---- rates ---- */

static double verdicts_of(
    const struct rates *rates, struct eb_span contract, const char *const words[3])
{
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += rates_of(rates, "contracts/%.*s/%s", (int)contract.len, contract.ptr, words[i]);
    return sum;
}

/* Events a second that go along the edge; -1: nobody counts them. */
static double rate_of(const struct graph *graph, const struct edge *edge)
{
    static const char *const let_through[] = { "passed", "consumed", "deduplicated" };
    static const char *const stopped[] = { "refused", "quarantined", "disconnected" };
    const struct rates *rates = graph->rates;
    struct eb_span from = edge->from->name, to = edge->to->name;
    if (!rates)
        return -1;
    if (edge->to->kind == NODE_CONTRACT)
        return verdicts_of(rates, to, let_through) + verdicts_of(rates, to, stopped);
    if (edge->to->kind == NODE_LETTERS)
        return verdicts_of(rates, from, stopped);
    if (edge->to->kind == NODE_TARGET)
        return rates_of(
            rates, "rules/%.*s/targets/%u/published", (int)from.len, from.ptr, edge->target);
    return edge->to->into == 1 ? rates_of(rates, "rules/%.*s/matched", (int)to.len, to.ptr) : -1;
}

/* ---- Graphviz ---- */

/* Inside a double-quoted string: text as it is shown, whatever is in it. */
static void put_quoted(FILE *out, struct eb_span text)
{
    char *shown = NULL;
    size_t len = 0;
    FILE *room = open_memstream(&shown, &len);
    if (!room) {
        memory_ran_out();
        return;
    }
    print_escaped(room, text);
    fclose(room);
    for (size_t i = 0; i < len; i++) {
        if (shown[i] == '"' || shown[i] == '\\')
            fputc('\\', out);
        fputc(shown[i], out);
    }
    free(shown);
}

static void put_label(FILE *out, const struct node *node)
{
    put_quoted(out, node->name);
    if (!node->contract)
        return;
    fputs("\\n", out);
    if (node->contract->is_cloudevent)
        fputs(node->contract->schema.ptr ? "CloudEvents: " : "CloudEvents", out);
    put_quoted(out, node->contract->schema);
    if (node->contract->candidate.ptr) {
        fputs("\\ncandidate ", out);
        put_quoted(out, node->contract->candidate);
    }
    if (node->contract->is_consuming)
        fputs("\\nconsumes", out);
}

static void put_nodes(FILE *out, const struct graph *graph, enum node_kind kind)
{
    bool is_begun = false;
    for (const struct node *node = graph->nodes; node; node = node->next) {
        if (node->kind != kind)
            continue;
        if (!is_begun)
            fprintf(out, "  { rank=same; node [%s]\n", kinds[kind].look);
        is_begun = true;
        fprintf(out, "    n%u [label=\"", node->number);
        put_label(out, node);
        if (node->rule && node->rule->description.ptr) {
            fputs("\" tooltip=\"", out);
            put_quoted(out, node->rule->description);
        }
        fputs("\"]\n", out);
    }
    if (is_begun)
        fputs("  }\n", out);
}

/* What goes there, and how much; nothing is said of where nothing goes. */
static void put_edge_label(FILE *out, const struct edge *edge, double rate)
{
    char text[FIGURE_BYTES];
    figure_write_short(rate, text);
    fputs("label=\"", out);
    if (edge->label.ptr)
        put_quoted(out, edge->label);
    if (rate > 0)
        fprintf(out, "%s%s/s", edge->label.ptr ? "\\n" : "", text);
    fputc('"', out);
}

/* The more goes there the thicker it is, ten times as much by as much again. */
static void put_flow(FILE *out, double rate)
{
    double width = 1.5, left = rate;
    while (left >= 1 && width < 8) {
        left /= 10;
        width++;
    }
    if (rate > 0)
        fprintf(out, " penwidth=%g color=\"#1f6fb2\" fontcolor=\"#1f6fb2\"", width);
    else
        fputs(" color=\"#bbbbbb\" fontcolor=\"#888888\"", out);
}

static void put_edge(FILE *out, const struct graph *graph, const struct edge *edge)
{
    double rate = rate_of(graph, edge);
    fprintf(out, "  n%u -> n%u", edge->from->number, edge->to->number);
    if (edge->label.ptr || rate >= 0) {
        fputs(" [", out);
        put_edge_label(out, edge, rate);
        fputs(edge->label.ptr ? " style=dashed" : "", out);
        if (rate >= 0)
            put_flow(out, rate);
        fputc(']', out);
    }
    fputc('\n', out);
}

static void put_edges(FILE *out, const struct graph *graph)
{
    for (const struct edge *edge = graph->edges; edge; edge = edge->next)
        put_edge(out, graph, edge);
}

static void put_dot(FILE *out, const struct graph *graph)
{
    fputs("digraph \"event bus\" {\n"
          "  rankdir=LR\n"
          "  node [fontname=\"sans-serif\" fontsize=11]\n"
          "  edge [fontname=\"sans-serif\" fontsize=9 color=\"#555555\"]\n",
        out);
    for (int kind = NODE_TOPIC; kind <= NODE_LETTERS; kind++)
        put_nodes(out, graph, (enum node_kind)kind);
    put_edges(out, graph);
    fputs("}\n", out);
}

/* Starts `dot`, which writes to our standard output, and gives the end it reads from. */
static FILE *start_dot(pid_t *pid)
{
    char program[] = "dot", format[] = "-Tsvg";
    char *const arguments[] = { program, format, NULL };
    posix_spawn_file_actions_t actions;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        complain("dot: cannot be run: %m");
        return NULL;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    int error = posix_spawnp(pid, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    FILE *out = error ? NULL : fdopen(ends[1], "w");
    if (!out)
        close(ends[1]);
    if (error == ENOENT)
        complain("there is no `dot` on PATH; it is part of Graphviz");
    else if (error)
        complain("dot: cannot be run");
    return out;
}

static bool draw(const struct graph *graph)
{
    pid_t pid;
    int status = 0;
    fflush(stdout);
    FILE *dot = start_dot(&pid);
    if (!dot)
        return false;
    put_dot(dot, graph);
    fclose(dot);
    bool is_drawn = waitpid(pid, &status, 0) == pid && status == 0;
    if (!is_drawn)
        complain("dot: failed");
    return is_drawn;
}

/* ---- JSON ---- */

static void write_node(struct eb_json_writer *out, const struct node *node)
{
    eb_json_open_object(out);
    write_int_member(out, "id", node->number);
    write_string_member(out, "kind", eb_span_of(kinds[node->kind].name));
    write_string_member(out, "name", node->name);
    if (node->contract && node->contract->is_cloudevent)
        write_string_member(out, "envelope", eb_span_of("cloudevents"));
    if (node->contract && node->contract->schema.ptr)
        write_string_member(out, "schema", node->contract->schema);
    eb_json_close_object(out);
}

/* A JSON number: no exponent that a reader might not know, nor infinity. */
static void write_rate(struct eb_json_writer *out, double rate)
{
    char text[64];
    int len = snprintf(text, sizeof text, "%.3f", rate < 1e15 ? rate : 1e15);
    eb_json_write_name(out, eb_span_of("per_second"));
    eb_json_write_raw(out, eb_span(text, (size_t)len));
}

static void write_edge(
    struct eb_json_writer *out, const struct graph *graph, const struct edge *edge)
{
    double rate = rate_of(graph, edge);
    eb_json_open_object(out);
    write_int_member(out, "from", edge->from->number);
    write_int_member(out, "to", edge->to->number);
    if (edge->label.ptr)
        write_string_member(out, "label", edge->label);
    if (rate >= 0)
        write_rate(out, rate);
    eb_json_close_object(out);
}

static bool print_json(const struct graph *graph)
{
    struct json_line line;
    if (!json_line_init(&line))
        return false;
    json_line_begin(&line);
    eb_json_open_object(&line.out);
    eb_json_write_name(&line.out, eb_span_of("nodes"));
    eb_json_open_array(&line.out);
    for (const struct node *node = graph->nodes; node; node = node->next)
        write_node(&line.out, node);
    eb_json_close_array(&line.out);
    eb_json_write_name(&line.out, eb_span_of("edges"));
    eb_json_open_array(&line.out);
    for (const struct edge *edge = graph->edges; edge; edge = edge->next)
        write_edge(&line.out, graph, edge);
    eb_json_close_array(&line.out);
    eb_json_close_object(&line.out);
    json_line_end(&line);
    json_line_release(&line);
    return true;
}

/* ---- the command ---- */

static bool print(const struct graph *graph)
{
    if (graph->values->is_json)
        return print_json(graph);
    if (graph->values->is_svg)
        return draw(graph);
    put_dot(stdout, graph);
    return true;
}

static bool check(struct graph_options *values)
{
    enum eb_topic_fault fault =
        values->topic ? eb_filter_check(eb_span_of(values->topic)) : EB_TOPIC_OK;
    if (fault != EB_TOPIC_OK)
        complain("--topic: %s", eb_topic_fault_text(fault));
    return fault == EB_TOPIC_OK &&
           (!values->is_live || connection_options_check(&values->connection));
}

static bool draw_config(const struct graph_options *values, const char *config)
{
    struct wiring wiring;
    struct rates rates = { .seconds = 0 };
    struct graph graph = {
        .values = values,
        .wiring = &wiring,
        .rates = values->is_live ? &rates : NULL,
    };
    bool is_good =
        (!values->is_live || rates_measure(&rates, &values->connection, values->interval_s));
    if (is_good) {
        is_good = wiring_open(&wiring, config) && build(&graph) && print(&graph);
        wiring_close(&wiring);
    }
    rates_release(&rates);
    return is_good;
}

static enum exit_code run(int argc, char **argv)
{
    struct graph_options values = { .interval_s = INTERVAL_S };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!connection_options_begin(&values.connection) ||
        !command_read(&command_graph, &values, argc, argv, &operands) || !check(&values))
        goto release;
    if (operands.count != 1)
        code = command_misused(&command_graph);
    else
        code = draw_config(&values, operands.items[0]) ? EXIT_FINE : EXIT_PROBLEMS;
release:
    connection_options_release(&values.connection);
    return code;
}

const struct command command_graph = {
    .name = "graph",
    .synopsis = "CONFIG [--live [OPTION…]]",
    .summary = "Draw the bus: topics, contracts, rules and targets",
    .help = "Prints the language of Graphviz: event-bus graph CONFIG | dot -Tpng > bus.png. A rule "
            "stands\n"
            "behind every contract whose events it may see, and behind topics that no contract "
            "covers;\n"
            "dashed is where refused events go.\n\n"
            "With --live, edges say how many events a second went along them, and are the thicker "
            "the more;\n"
            "but not from contracts to rules that stand behind several: which one an event came "
            "from is not\n"
            "counted.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
