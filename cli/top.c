/*
 * top.c - `event-bus top`: a running bus, watched on a terminal.
 *
 * It asks for the figures each interval, and draws what changed (top_model.h, top_draw.h). There is
 * no curses in it: what is shown is a page of lines drawn from the top each time, for which six
 * escape sequences that every terminal of the last forty years knows are enough; and nobody has to
 * install, or package for, a library more.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "command.h"
#include "json_line.h"
#include "remote.h"
#include "terminal.h"
#include "top_draw.h"
#include "top_model.h"
#include "tty.h"

struct top_options {
    struct connection_options connection;
    uint32_t interval_s;
    bool is_once;
    bool is_json;
    bool ends_when_lost;
};

#define AT(member) offsetof(struct top_options, member)

static const struct option options[] = {
    { "interval", 'n', OPTION_NUMBER, "SECONDS", "between two looks (default 1)", AT(interval_s), 1,
        3600 },
    { "once", 0, OPTION_FLAG, NULL, "print what happens in one interval, and end", AT(is_once), 0,
        0 },
    { "json", 0, OPTION_FLAG, NULL, "the same as one JSON object", AT(is_json), 0, 0 },
    { "no-reconnect", 0, OPTION_FLAG, NULL, "end when the connection is lost", AT(ends_when_lost),
        0, 0 },
};

static const struct option_table tables[] = {
    { options, sizeof options / sizeof *options, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};

struct top {
    struct top_options values;
    struct remote remote;
    struct top_model model;
    bool is_screen;
    bool is_paused;
    bool is_ended;
};

enum { ENTRIES_ASKED = 200, COLUMNS = 100, ROWS = 24, COLUMNS_MIN = 40, KEY_MS = 50 };

/* False, said: the bus does not answer. */
static bool look(struct top *top)
{
    remote_begin(&top->remote, "getStatistics");
    eb_json_member_int(&top->remote.out, "count", ENTRIES_ASKED);
    if (!remote_do(&top->remote))
        return false;
    top_model_take(&top->model, &top->remote.reply);
    top_list_sort(&top->model.reasons);
    top_list_sort(&top->model.contracts);
    top_list_sort(&top->model.rules);
    return true;
}

/* ---- drawing ---- */

static bool shows_utf8(void)
{
    const char *codes = nl_langinfo(CODESET);
    return strcmp(codes, "UTF-8") == 0;
}

static struct top_view view_of(const struct top *top, const char *clock)
{
    struct winsize size = { 0 };
    const char *no_color = getenv("NO_COLOR");
    struct top_view view = {
        .columns = COLUMNS,
        .is_ascii = !shows_utf8(),
        .broker = connection_name(top->remote.connection),
        .clock = clock,
    };
    if (!top->is_screen)
        return view;
    bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    view.columns = is_known ? size.ws_col : COLUMNS;
    view.rows = is_known ? size.ws_row : ROWS;
    if (view.columns < COLUMNS_MIN)
        view.columns = COLUMNS_MIN;
    view.has_colour = !(no_color && *no_color);
    view.is_screen = true;
    view.is_paused = top->is_paused;
    return view;
}

/* Written in one piece, so that no half picture is seen. */
static void draw(const struct top *top)
{
    char clock[16] = "", *text = NULL;
    size_t len = 0;
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local))
        strftime(clock, sizeof clock, "%H:%M:%S", &local);
    const struct top_view view = view_of(top, clock);
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return;
    top_draw(&top->model, &view, out);
    fclose(out);
    fwrite(text, 1, len, stdout);
    output_flush();
    free(text);
}

/* ---- for programs ---- */

/* Rates are whole thousandths: a JSON number without an exponent. */
static void write_decimal(struct eb_json_writer *out, const char *name, double value)
{
    char text[64];
    int len = snprintf(text, sizeof text, "%.9g", value < 1e15 ? value : 1e15);
    eb_json_write_name(out, eb_span_of(name));
    eb_json_write_raw(out, eb_span(text, (size_t)len));
}

static void write_list(struct eb_json_writer *out, const char *name, const struct top_list *list,
    const char *events, const char *further)
{
    eb_json_member_array(out, name);
    for (uint32_t i = 0; i < list->count; i++) {
        eb_json_open_object(out);
        write_string_member(out, "name", eb_span_of(list->items[i].name));
        write_decimal(out, events, list->items[i].events.rate);
        if (further)
            write_decimal(out, further, list->items[i].further.rate);
        eb_json_close_object(out);
    }
    eb_json_close_array(out);
}

static void write_model(struct eb_json_writer *out, const struct top_model *model)
{
    static const char *const figures[] = {
        [TOP_RECEIVED] = "received",
        [TOP_PASSED] = "passed",
        [TOP_CONSUMED] = "consumed",
        [TOP_DEDUPLICATED] = "deduplicated",
        [TOP_QUARANTINED] = "quarantined",
        [TOP_REFUSED] = "refused",
        [TOP_DISCONNECTED] = "disconnected",
        [TOP_COPIES] = "copies",
        [TOP_FAILED] = "failed",
        [TOP_LETTERS] = "dead_letters",
        [TOP_ERRORS] = "errors",
        [TOP_BYTES] = "bytes",
    };
    static const char *const shares[] = { "0.5", "0.9", "0.99", "0.999", "1" };
    eb_json_open_object(out);
    write_decimal(out, "seconds", model->seconds);
    eb_json_member_object(out, "per_second");
    for (int i = 0; i < TOP_FIGURES; i++)
        write_decimal(out, figures[i], model->figures[i].rate);
    eb_json_close_object(out);
    eb_json_member_object(out, "latency_seconds");
    for (size_t i = 0; i < 5 && model->has_quantiles; i++)
        write_decimal(out, shares[i], model->quantiles[i]);
    eb_json_close_object(out);
    write_list(out, "reasons", &model->reasons, "stopped", NULL);
    write_list(out, "contracts", &model->contracts, "events", "stopped");
    write_list(out, "rules", &model->rules, "matched", "copies");
    eb_json_close_object(out);
}

static bool print_model(const struct top_model *model)
{
    struct json_line line;
    if (!json_line_init(&line))
        return false;
    json_line_begin(&line);
    write_model(&line.out, model);
    json_line_end(&line);
    json_line_release(&line);
    return true;
}

/* ---- watching ---- */

/* False: there is none. */
static bool read_key(char *key)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    if (poll(&input, 1, 0) <= 0)
        return false;
    return read(STDIN_FILENO, key, 1) == 1;
}

static void take_keys(struct top *top)
{
    char key;
    while (top->is_screen && read_key(&key)) {
        top->is_ended |= key == 'q' || key == 'Q';
        if (key == 'p' || key == ' ')
            top->is_paused = !top->is_paused;
        draw(top);
    }
    if (tty_has_changed())
        draw(top);
}

/* Until the next look, or the end. False, said: the connection is lost. */
static bool wait(struct top *top, int64_t until)
{
    while (!top->is_ended && (eb_clock_monotonic_ms() < until || top->is_paused)) {
        if (!connection_turn(top->remote.connection, KEY_MS))
            return false;
        take_keys(top);
    }
    return true;
}

static bool watch(struct top *top)
{
    while (!top->is_ended) {
        int64_t next = eb_clock_monotonic_ms() + (int64_t)top->values.interval_s * 1000;
        if (!look(top))
            return false;
        draw(top);
        if (!wait(top, next))
            return false;
    }
    return true;
}

/* After an interval that failed; what was said of it stands on the screen of before. */
static bool may_go_on(struct top *top)
{
    return !top->values.ends_when_lost && remote_reconnect(&top->remote, NULL);
}

static bool watch_screen(struct top *top)
{
    /* The other screen, without a cursor; and back. */
    static const struct tty_texts texts = { "\033[?1049h\033[?25l", "\033[0m\033[?25h\033[?1049l" };
    do {
        if (!tty_take_keys(STDIN_FILENO, &texts)) {
            complain("the terminal cannot be used: %m");
            return false;
        }
        bool is_good = watch(top);
        tty_give_back();
        if (is_good)
            return true;
    } while (may_go_on(top));
    return false;
}

static bool look_once(struct top *top)
{
    int64_t next = eb_clock_monotonic_ms() + (int64_t)top->values.interval_s * 1000;
    if (!look(top) || !wait(top, next) || !look(top))
        return false;
    if (top->values.is_json)
        return print_model(&top->model);
    draw(top);
    return true;
}

static bool is_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
           strcmp(term, "dumb") != 0;
}

static enum exit_code tell(struct top *top)
{
    setlocale(LC_CTYPE, "");
    top_model_init(&top->model);
    top->is_screen = is_terminal() && !top->values.is_once && !top->values.is_json;
    bool is_good = remote_open(&top->remote, &top->values.connection) &&
                   (top->is_screen ? watch_screen(top) : look_once(top));
    remote_close(&top->remote);
    top_model_release(&top->model);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code run(int argc, char **argv)
{
    struct top *top = calloc(1, sizeof *top);
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!top) {
        complain("out of memory");
        return EXIT_PROBLEMS;
    }
    top->values.interval_s = 1;
    if (remote_read_options(
            &command_top, &top->values, &top->values.connection, argc, argv, &operands))
        code = operands.count ? command_misused(&command_top) : tell(top);
    connection_options_release(&top->values.connection);
    free(top);
    return code;
}

const struct command command_top = {
    .name = "top",
    .synopsis = "[OPTION…]",
    .summary = "Watch a running bus: rates, latencies, refusals, the busiest",
    .help =
        "Events a second and what became of them, how long the broker spent with the bus for one, "
        "why\n"
        "events were stopped and whose they were, the busiest contracts and rules; each with its "
        "recent\n"
        "past. q ends it, p pauses it. When the broker is gone it waits until it is back. Where "
        "there is "
        "no\n"
        "terminal, or with --once, it prints one interval.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
