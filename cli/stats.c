/*
 * stats.c - `event-bus stats`: the figures of a running bus, now.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "figure.h"
#include "remote.h"
#include "terminal.h"

struct stats_options {
    struct connection_options connection;
    uint32_t count;
    bool tells_all;
    bool is_json;
};

#define AT(member) offsetof(struct stats_options, member)

enum { COUNT_DEFAULT = 100, COUNT_MAX = 1000 };

static const struct option options[] = {
    { "all", 'a', OPTION_FLAG, NULL, "tell those that are 0, too", AT(tells_all), 0, 0 },
    { "count", 0, OPTION_NUMBER, "COUNT",
        "of contracts and of rules, at most so many, the busiest (default 100)", AT(count), 0,
        COUNT_MAX },
    { "json", 0, OPTION_FLAG, NULL, "print one JSON object", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = {
    { options, sizeof options / sizeof *options, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};

struct stats {
    struct stats_options values;
    struct operands operands;
    struct remote remote;
};

/* "rules" and "rules/low-battery" begin "rules/low-battery/matched". */
static bool begins(struct eb_span path, struct eb_span prefix)
{
    return eb_span_starts(path, prefix) && (path.len == prefix.len || path.ptr[prefix.len] == '/' ||
                                               (prefix.len && prefix.ptr[prefix.len - 1] == '/'));
}

/* Whether the bus tells of it. */
static bool is_there(const struct reply *reply, uint32_t figures, struct eb_span wanted)
{
    EB_DOC_EACH_MEMBER(&reply->doc, figures, name)
    {
        struct eb_span path = eb_doc_string(&reply->doc, name, reply->arena);
        if (path.ptr && begins(path, wanted))
            return true;
    }
    return false;
}

/* A slip in a name would look like figures that are all 0. */
static bool check_wanted(const struct stats *stats)
{
    const struct reply *reply = &stats->remote.reply;
    uint32_t figures = reply_member(reply, reply->data, "figures", EB_JSON_OBJECT);
    bool is_good = true;
    for (size_t i = 0; i < stats->operands.count && figures != EB_NO_TOKEN; i++) {
        const char *wanted = stats->operands.items[i];
        if (is_there(reply, figures, eb_span_of(wanted)))
            continue;
        complain("there is no figure '%s' among those that are told", wanted);
        is_good = false;
    }
    return is_good;
}

static bool is_wanted(const struct stats *stats, struct eb_span path)
{
    for (size_t i = 0; i < stats->operands.count; i++) {
        if (begins(path, eb_span_of(stats->operands.items[i])))
            return true;
    }
    return stats->operands.count == 0;
}

enum { PATH_WIDTH = 44 };

static void print_figure(struct eb_span path, double value, const char *text)
{
    print_escaped(stdout, path);
    printf("%*s  ", path.len < PATH_WIDTH ? PATH_WIDTH - (int)path.len : 0, "");
    style(stdout, value > 0 ? STYLE_BOLD : STYLE_DIM);
    printf("%10s\n", text);
    style(stdout, STYLE_PLAIN);
}

static void print_figures(const struct stats *stats)
{
    const struct reply *reply = &stats->remote.reply;
    uint32_t figures = reply_member(reply, reply->data, "figures", EB_JSON_OBJECT);
    if (figures == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_MEMBER(&reply->doc, figures, name)
    {
        char text[FIGURE_BYTES];
        struct eb_span path = eb_doc_string(&reply->doc, name, reply->arena);
        double value = reply_decimal_at(reply, name + 1);
        if (!path.ptr || !is_wanted(stats, path) || (value <= 0 && !stats->values.tells_all))
            continue;
        if (figure_is_time(path))
            figure_write_seconds(value, text);
        else
            figure_write_count(value, text);
        print_figure(path, value, text);
    }
}

/* Those that devices named: the topmost, and how sure it is. */
static void print_list(
    const struct stats *stats, const char *member, const char *key, const char *title)
{
    const struct reply *reply = &stats->remote.reply;
    uint32_t list = reply_member(reply, reply->data, member, EB_JSON_ARRAY);
    if (list == EB_NO_TOKEN || reply->doc.tokens[list].count == 0 || stats->operands.count)
        return;
    printf("\n%s\n", title);
    EB_DOC_EACH_ELEMENT(&reply->doc, list, element)
    {
        uint64_t error = reply_number(reply, element, "error");
        printf("%10" PRIu64 "  ", reply_number(reply, element, "count"));
        print_escaped(stdout, reply_text(reply, element, key));
        if (error)
            printf("  (at most %" PRIu64 " too many)", error);
        putchar('\n');
    }
}

static bool tell(const struct stats *stats)
{
    if (stats->values.is_json)
        return remote_print_json(&stats->remote);
    bool is_good = check_wanted(stats);
    print_figures(stats);
    print_list(stats, "refusedClients", "client", "Clients refused most");
    print_list(stats, "unwatchedTopics", "topic", "Topics that no contract covers");
    return is_good;
}

static bool ask(struct stats *stats)
{
    bool is_good = remote_open(&stats->remote, &stats->values.connection);
    if (is_good) {
        remote_begin(&stats->remote, "getStatistics");
        eb_json_member_int(&stats->remote.out, "count", stats->values.count);
        is_good = remote_do(&stats->remote) && tell(stats);
    }
    remote_close(&stats->remote);
    return is_good;
}

static enum exit_code run(int argc, char **argv)
{
    struct stats stats = { .values.count = COUNT_DEFAULT };
    enum exit_code code = EXIT_USAGE;
    if (remote_read_options(
            &command_stats, &stats.values, &stats.values.connection, argc, argv, &stats.operands))
        code = ask(&stats) ? EXIT_FINE : EXIT_PROBLEMS;
    connection_options_release(&stats.values.connection);
    return code;
}

const struct command command_stats = {
    .name = "stats",
    .synopsis = "[OPTION…] [FIGURE…]",
    .summary = "Print the figures of the bus in a running broker",
    .help = "FIGURE is one, or the beginning of several: rules, contracts/lock-events. They are "
            "named as the\n"
            "topics below $SYS/broker/event-bus/, and as old as the answer.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
