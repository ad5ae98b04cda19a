#include "top_draw.h"

#include <string.h>

#include "figure.h"

enum look { LOOK_PLAIN, LOOK_TITLE, LOOK_DIM, LOOK_GOOD, LOOK_BAD, LOOK_BAR };

static const char *const looks[] = {
    [LOOK_PLAIN] = "0",
    [LOOK_TITLE] = "1",
    [LOOK_DIM] = "2",
    [LOOK_GOOD] = "32",
    [LOOK_BAD] = "31",
    [LOOK_BAR] = "36",
};

/* Where the next character goes. */
struct canvas {
    const struct top_view *view;
    FILE *out;
    unsigned column, row;
    unsigned right; /* nothing is written from this column on */
};

/* ---- text ---- */

static bool is_full(const struct canvas *canvas)
{
    return canvas->view->rows && canvas->row >= canvas->view->rows;
}

static void begin_look(const struct canvas *canvas, enum look look)
{
    if (canvas->view->has_colour && look != LOOK_PLAIN)
        fprintf(canvas->out, "\033[%sm", looks[look]);
}

static void end_look(const struct canvas *canvas, enum look look)
{
    if (canvas->view->has_colour && look != LOOK_PLAIN)
        fputs("\033[0m", canvas->out);
}

/* Ours is ASCII, or narrow UTF-8: a byte that begins a character is a column. */
static void put(struct canvas *canvas, enum look look, const char *text)
{
    if (is_full(canvas))
        return;
    begin_look(canvas, look);
    for (; *text; text++) {
        bool begins = ((unsigned char)*text & 0xc0) != 0x80;
        if (begins && canvas->column >= canvas->right)
            break;
        canvas->column += begins;
        fputc(*text, canvas->out);
    }
    end_look(canvas, look);
}

static void go_to(struct canvas *canvas, unsigned column)
{
    while (!is_full(canvas) && canvas->column < column && canvas->column < canvas->right)
        put(canvas, LOOK_PLAIN, " ");
}

/* A screen's last line has no end: it would scroll. */
static void end_line(struct canvas *canvas)
{
    if (is_full(canvas))
        return;
    canvas->row++;
    canvas->column = 0;
    canvas->right = canvas->view->columns;
    if (canvas->view->is_screen)
        fputs("\033[K", canvas->out);
    if (!is_full(canvas))
        fputs(canvas->view->is_screen ? "\r\n" : "\n", canvas->out);
}

/* So that it ends at `end`; not at all where there is no room for it. */
static void put_right(struct canvas *canvas, enum look look, unsigned end, const char *text)
{
    unsigned width = 0;
    for (const char *at = text; *at; at++)
        width += ((unsigned char)*at & 0xc0) != 0x80;
    if (canvas->column + width > end)
        return;
    go_to(canvas, end - width);
    put(canvas, look, text);
}

/* A name that does not fit ends in a mark. */
static void put_name(struct canvas *canvas, enum look look, const char *name, unsigned end)
{
    unsigned kept = canvas->right;
    bool is_cut = canvas->column + strlen(name) > end;
    if (end < canvas->right)
        canvas->right = end;
    if (is_cut && canvas->right > canvas->column)
        canvas->right--;
    put(canvas, look, name);
    canvas->right = kept;
    if (is_cut)
        put(canvas, LOOK_DIM, canvas->view->is_ascii ? ">" : "\xe2\x80\xa6");
}

/* ---- numbers ---- */

static const char *rate_text(double rate, char out[FIGURE_BYTES])
{
    figure_write_short(rate, out);
    memcpy(out + strlen(out), "/s", sizeof "/s"); /* a short figure leaves room */
    return out;
}

static void put_rate(struct canvas *canvas, enum look look, double rate, unsigned end)
{
    char text[FIGURE_BYTES];
    put_right(canvas, rate > 0 ? look : LOOK_DIM, end, rate_text(rate, text));
}

static float greatest(const struct top_history *history, uint32_t first)
{
    float max = 0;
    for (uint32_t i = first; i < history->count; i++) {
        float value = history->values[i % TOP_HISTORY];
        max = value > max ? value : max;
    }
    return max;
}

/* The newest at the right; 0 is a line at the bottom, and there is nothing before the first. */
static void put_sparkline(struct canvas *canvas, const struct top_history *history, unsigned end)
{
    static const char *const bars[] = { "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
        "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88" };
    static const char *const ascii[] = { "_", ".", "-", "=", "+", "*", "%", "#" };
    enum { BARS = sizeof bars / sizeof *bars };
    uint32_t room = end > canvas->column ? end - canvas->column : 0;
    uint32_t there = history->count < TOP_HISTORY ? history->count : TOP_HISTORY;
    uint32_t shown = there < room ? there : room;
    uint32_t first = history->count - shown;
    float max = greatest(history, first);
    go_to(canvas, end - shown);
    begin_look(canvas, LOOK_BAR);
    for (uint32_t i = first; i < history->count; i++) {
        float value = history->values[i % TOP_HISTORY];
        int bar = max > 0 ? (int)(value / max * (BARS - 1) + 0.5f) : 0;
        put(canvas, LOOK_PLAIN, (canvas->view->is_ascii ? ascii : bars)[bar]);
    }
    end_look(canvas, LOOK_BAR);
}

/* ---- the bus ---- */

enum { LABEL = 10, NUMBER = 18, GAP = 2 };

static void draw_heading(struct canvas *canvas, const struct top_model *model)
{
    char uptime[FIGURE_BYTES], counts[96];
    const struct top_view *view = canvas->view;
    figure_write_seconds(model->uptime_s, uptime);
    snprintf(counts, sizeof counts, "  up %s, %.0f contract%s, %.0f rule%s", uptime,
        model->contract_count, plural(model->contract_count), model->rule_count,
        plural(model->rule_count));
    put(canvas, LOOK_TITLE, "event-bus top  ");
    put(canvas, LOOK_PLAIN, view->broker);
    put(canvas, LOOK_DIM, counts);
    if (view->is_paused)
        put(canvas, LOOK_BAD, "  paused");
    put_right(canvas, LOOK_DIM, view->columns, view->clock);
    end_line(canvas);
    if (!model->is_last_reload_good) {
        put(canvas, LOOK_BAD, "The last reload was refused: `event-bus status` says why.");
        end_line(canvas);
    }
}

static void draw_rate(struct canvas *canvas, const char *label, const struct top_count *count,
    const struct top_history *history)
{
    put(canvas, LOOK_TITLE, label);
    put_rate(canvas, LOOK_TITLE, count->rate, NUMBER);
    go_to(canvas, NUMBER + GAP);
    put_sparkline(canvas, history, canvas->view->columns);
    end_line(canvas);
}

/* A pair that does not fit is left out. */
static void draw_verdict(
    struct canvas *canvas, const char *word, const struct top_count *count, enum look look)
{
    char text[FIGURE_BYTES];
    unsigned from = canvas->column ? canvas->column + GAP : LABEL;
    rate_text(count->rate, text);
    if (from + strlen(word) + 1 + strlen(text) > canvas->right)
        return;
    go_to(canvas, from);
    put(canvas, LOOK_DIM, word);
    put(canvas, LOOK_PLAIN, " ");
    put(canvas, count->rate > 0 ? look : LOOK_DIM, text);
}

static void draw_verdicts(struct canvas *canvas, const struct top_model *model)
{
    static const struct {
        const char *word;
        enum top_figure figure;
        enum look look;
    } verdicts[] = {
        { "passed", TOP_PASSED, LOOK_GOOD },
        { "consumed", TOP_CONSUMED, LOOK_GOOD },
        { "quarantined", TOP_QUARANTINED, LOOK_BAD },
        { "refused", TOP_REFUSED, LOOK_BAD },
        { "disconnected", TOP_DISCONNECTED, LOOK_BAD },
        { "deduplicated", TOP_DEDUPLICATED, LOOK_PLAIN },
        { "failed copies", TOP_FAILED, LOOK_BAD },
        { "dead letters", TOP_LETTERS, LOOK_BAD },
        { "errors", TOP_ERRORS, LOOK_BAD },
    };
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        const struct top_count *count = &model->figures[verdicts[i].figure];
        if (count->total > 0 || i == 0)
            draw_verdict(canvas, verdicts[i].word, count, verdicts[i].look);
    }
    end_line(canvas);
}

static void draw_latencies(struct canvas *canvas, const struct top_model *model)
{
    static const char *const words[] = { "50% ", "90% ", "99% ", "99.9% ", "max " };
    put(canvas, LOOK_TITLE, "latency");
    go_to(canvas, LABEL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char text[FIGURE_BYTES] = "-";
        if (model->has_quantiles)
            figure_write_seconds(model->quantiles[i], text);
        go_to(canvas, canvas->column + (i ? GAP : 0));
        put(canvas, LOOK_DIM, words[i]);
        if (canvas->view->is_ascii && strstr(text, "\302\265"))
            memcpy(strstr(text, "\302\265"), "us", 3);
        put(canvas, LOOK_PLAIN, text);
    }
    go_to(canvas, canvas->column + GAP);
    put_sparkline(canvas, &model->slowest, canvas->view->columns);
    end_line(canvas);
}

/* ---- lists ---- */

/* A list with its heading, a line at a time, so that two can stand side by side. */
struct panel {
    const char *title, *first, *second;
    const struct top_list *list; /* NULL: of clients */
    const struct top_model *model;
    bool shows_total; /* instead of the further rate */
};

enum { CELL = 11, SPARKLINE = 14, SPARKLINE_FROM = 56 };

/* Reasons that never came up stand at the end of their list, and are not shown. */
static uint32_t panel_lines(const struct panel *panel)
{
    uint32_t count = panel->list ? panel->list->count : panel->model->client_count;
    while (panel->list && panel->shows_total && count &&
           panel->list->items[count - 1].events.total <= 0)
        count--;
    return count + 1;
}

static void draw_panel_heading(
    struct canvas *canvas, const struct panel *panel, unsigned first_end, unsigned second_end)
{
    put(canvas, LOOK_TITLE, panel->title);
    if (panel->first)
        put_right(canvas, LOOK_DIM, first_end, panel->first);
    put_right(canvas, LOOK_DIM, second_end, panel->second);
}

static void draw_entry(struct canvas *canvas, const struct panel *panel,
    const struct top_entry *entry, unsigned first_end, unsigned second_end)
{
    char text[FIGURE_BYTES];
    put_name(canvas, entry->events.rate > 0 ? LOOK_PLAIN : LOOK_DIM, entry->name,
        first_end > CELL ? first_end - CELL : 0);
    put_rate(canvas, LOOK_PLAIN, entry->events.rate, first_end);
    if (!panel->shows_total) {
        put_rate(canvas, LOOK_PLAIN, entry->further.rate, second_end);
        return;
    }
    figure_write_count(entry->events.total, text);
    put_right(canvas, LOOK_DIM, second_end, text);
}

static void draw_client(struct canvas *canvas, const struct top_client *client, unsigned end)
{
    char text[FIGURE_BYTES];
    put_name(canvas, LOOK_PLAIN, client->name, end > CELL ? end - CELL : 0);
    figure_write_count(client->count, text);
    put_right(canvas, LOOK_DIM, end, text);
}

/* Line `number` of the panel, from `left` to `right`. */
static void draw_panel_line(struct canvas *canvas, const struct panel *panel, uint32_t number,
    unsigned left, unsigned right)
{
    unsigned sparkline = panel->list && right - left >= SPARKLINE_FROM ? SPARKLINE + GAP : 0;
    unsigned second_end = right - sparkline, first_end = second_end - CELL;
    go_to(canvas, left);
    if (number == 0)
        draw_panel_heading(canvas, panel, first_end, second_end);
    else if (number >= panel_lines(panel))
        return;
    else if (!panel->list)
        draw_client(canvas, &panel->model->clients[number - 1], second_end);
    else
        draw_entry(canvas, panel, &panel->list->items[number - 1], first_end, second_end);
    if (number > 0 && sparkline) {
        go_to(canvas, second_end + GAP);
        put_sparkline(canvas, &panel->list->items[number - 1].history, right);
    }
}

enum { SIDE_BY_SIDE_FROM = 100, GUTTER = 4 };

static void draw_panel(struct canvas *canvas, const struct panel *panel, uint32_t lines_max)
{
    for (uint32_t i = 0; i < panel_lines(panel) && i < lines_max; i++) {
        draw_panel_line(canvas, panel, i, 0, canvas->view->columns);
        end_line(canvas);
    }
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Under one another each has half of the lines at least, and what the other does not need. */
static void draw_pair(
    struct canvas *canvas, const struct panel *left, const struct panel *right, uint32_t lines_max)
{
    unsigned columns = canvas->view->columns, middle = columns / 2;
    uint32_t left_lines = panel_lines(left), right_lines = panel_lines(right);
    if (columns < SIDE_BY_SIDE_FROM) {
        uint32_t for_right = smaller(right_lines, lines_max / 2);
        uint32_t used = smaller(left_lines, lines_max - for_right);
        draw_panel(canvas, left, used);
        draw_panel(canvas, right, lines_max - used);
        return;
    }
    uint32_t lines = smaller(left_lines > right_lines ? left_lines : right_lines, lines_max);
    for (uint32_t i = 0; i < lines; i++) {
        draw_panel_line(canvas, left, i, 0, middle - GUTTER / 2);
        draw_panel_line(canvas, right, i, middle + GUTTER / 2, columns);
        end_line(canvas);
    }
}

enum { STOPPED_LINES = 6, LINES_UNBOUNDED = 24 };

static void draw_lists(struct canvas *canvas, const struct top_model *model)
{
    const struct panel reasons = { "refused, set aside", "now", "in all", &model->reasons, model,
        true };
    const struct panel clients = { "clients refused most", NULL, "in all", NULL, model, true };
    const struct panel contracts = { "contracts", "events", "stopped", &model->contracts, model,
        false };
    const struct panel rules = { "rules", "matched", "copies", &model->rules, model, false };
    uint32_t rows = canvas->view->rows;
    end_line(canvas);
    draw_pair(canvas, &reasons, &clients, STOPPED_LINES);
    end_line(canvas);
    uint32_t left = rows > canvas->row ? rows - canvas->row : 0;
    draw_pair(canvas, &contracts, &rules, rows ? left : LINES_UNBOUNDED);
}

void top_draw(const struct top_model *model, const struct top_view *view, FILE *out)
{
    struct canvas canvas = { .view = view, .out = out, .right = view->columns };
    if (view->is_screen)
        fputs("\033[H", out);
    draw_heading(&canvas, model);
    end_line(&canvas);
    draw_rate(&canvas, "events", &model->figures[TOP_RECEIVED], &model->received);
    draw_verdicts(&canvas, model);
    draw_rate(&canvas, "copies", &model->figures[TOP_COPIES], &model->copies);
    draw_latencies(&canvas, model);
    draw_lists(&canvas, model);
    if (view->is_screen && !is_full(&canvas))
        fputs("\033[J", out);
}
