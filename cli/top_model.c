#include "top_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *path;
    enum top_figure figure;
} paths[] = {
    { "events/received", TOP_RECEIVED },
    { "events/passed", TOP_PASSED },
    { "events/consumed", TOP_CONSUMED },
    { "events/deduplicated", TOP_DEDUPLICATED },
    { "events/quarantined", TOP_QUARANTINED },
    { "events/refused", TOP_REFUSED },
    { "events/disconnected", TOP_DISCONNECTED },
    { "copies/published", TOP_COPIES },
    { "copies/failed", TOP_FAILED },
    { "dead-letters", TOP_LETTERS },
    { "errors", TOP_ERRORS },
    { "bytes/received", TOP_BYTES },
};

void top_model_init(struct top_model *model)
{
    memset(model, 0, sizeof *model);
}

static void list_release(struct top_list *list)
{
    free(list->items);
    *list = (struct top_list){ 0 };
}

void top_model_release(struct top_model *model)
{
    list_release(&model->reasons);
    list_release(&model->contracts);
    list_release(&model->rules);
}

/* ---- counts ---- */

static void begin_count(struct top_count *count)
{
    count->before = count->total;
    count->total = 0;
}

/* False: it became smaller. */
static bool end_count(struct top_count *count, double seconds)
{
    double more = count->total - count->before;
    count->rate = seconds > 0 && more > 0 ? more / seconds : 0;
    return more >= 0;
}

/* What is drawn is bounded: nothing the bus could say makes it infinite. */
static void note(struct top_history *history, double value)
{
    history->values[history->count++ % TOP_HISTORY] = (float)(value < 1e30 ? value : 1e30);
}

/* ---- lists ---- */

static bool is_called(const struct top_entry *entry, struct eb_span name)
{
    return eb_span_is(name, entry->name);
}

/* Names of a bus are; what is drawn is then neither wider than it is long, nor steers anything. */
static bool is_plain(struct eb_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= 0x20 || name.ptr[i] >= 0x7f)
            return false;
    }
    return name.len > 0 && name.len <= EB_NAME_BYTES_MAX;
}

/* NULL: there is no room, or it is no name, which loses nothing but a line. */
static struct top_entry *add_entry(struct top_list *list, struct eb_span name, uint32_t max)
{
    if (!is_plain(name) || list->count >= max)
        return NULL;
    if (list->count == list->room) {
        uint32_t room = list->room ? 2 * list->room : 16;
        struct top_entry *items = realloc(list->items, room * sizeof *items);
        if (!items)
            return NULL;
        list->items = items;
        list->room = room;
    }
    struct top_entry *entry = &list->items[list->count++];
    *entry = (struct top_entry){ .is_told = true };
    memcpy(entry->name, name.ptr, name.len);
    return entry;
}

/* Figures of one kind come in the order of their owners: the next is mostly the one after. */
static struct top_entry *find_entry(struct top_list *list, struct eb_span name, uint32_t max)
{
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t at = (list->cursor + i) % list->count;
        if (!is_called(&list->items[at], name))
            continue;
        list->cursor = at;
        list->items[at].is_told = true;
        return &list->items[at];
    }
    return add_entry(list, name, max);
}

static void begin_list(struct top_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        begin_count(&list->items[i].events);
        begin_count(&list->items[i].further);
        list->items[i].is_told = false;
    }
    list->cursor = 0;
}

/* Those that are told no more go. */
static void end_list(struct top_list *list, double seconds)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        struct top_entry *entry = &list->items[i];
        if (!entry->is_told)
            continue;
        end_count(&entry->events, seconds);
        end_count(&entry->further, seconds);
        if (seconds > 0)
            note(&entry->history, entry->events.rate);
        if (kept != i)
            list->items[kept] = *entry;
        kept++;
    }
    list->count = kept;
}

static int compare(double a, double b)
{
    return (a < b) - (a > b);
}

static int compare_entries(const void *a, const void *b)
{
    const struct top_entry *left = a, *right = b;
    int order = compare(left->events.rate, right->events.rate);
    if (!order)
        order = compare(left->events.total, right->events.total);
    return order ? order : strcmp(left->name, right->name);
}

void top_list_sort(struct top_list *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, compare_entries);
}

/* ---- figures ---- */

/* What is in front of the next '/', which goes; all of it where there is none. */
static struct eb_span next_level(struct eb_span *rest)
{
    const char *slash = rest->len ? memchr(rest->ptr, '/', rest->len) : NULL;
    size_t len = slash ? (size_t)(slash - rest->ptr) : rest->len;
    struct eb_span level = eb_span(rest->ptr, len);
    len += slash != NULL;
    *rest = eb_span(rest->ptr + len, rest->len - len);
    return level;
}

static void take_contract(struct top_model *model, struct eb_span rest, double value)
{
    static const struct {
        const char *word;
        bool is_stopped;
    } verdicts[] = {
        { "passed", false },
        { "consumed", false },
        { "deduplicated", false },
        { "quarantined", true },
        { "refused", true },
        { "disconnected", true },
    };
    struct eb_span name = next_level(&rest);
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        if (!eb_span_is(rest, verdicts[i].word))
            continue;
        struct top_entry *entry = find_entry(&model->contracts, name, TOP_ENTRIES);
        if (!entry)
            return;
        entry->events.total += value;
        entry->further.total += verdicts[i].is_stopped ? value : 0;
    }
}

/* "NAME/matched", "NAME/targets/0/published" */
static void take_rule(struct top_model *model, struct eb_span rest, double value)
{
    struct eb_span name = next_level(&rest), what = next_level(&rest);
    bool is_matched = eb_span_is(what, "matched");
    bool is_target = eb_span_is(what, "targets");
    if (is_target)
        next_level(&rest);
    if (!is_matched && !(is_target && eb_span_is(rest, "published")))
        return;
    struct top_entry *entry = find_entry(&model->rules, name, TOP_ENTRIES);
    if (!entry)
        return;
    if (is_matched)
        entry->events.total += value;
    else
        entry->further.total += value;
}

static void take_reason(struct top_model *model, struct eb_span name, double value)
{
    struct top_entry *entry = find_entry(&model->reasons, name, TOP_REASONS);
    if (entry)
        entry->events.total += value;
}

static void take_figure(struct top_model *model, struct eb_span path, double value)
{
    struct eb_span rest = path, first = next_level(&rest);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (eb_span_is(path, paths[i].path))
            model->figures[paths[i].figure].total = value;
    }
    if (eb_span_is(first, "contracts"))
        take_contract(model, rest, value);
    else if (eb_span_is(first, "rules"))
        take_rule(model, rest, value);
    else if (eb_span_is(first, "stopped"))
        take_reason(model, rest, value);
    else if (eb_span_is(path, "snapshot/contracts"))
        model->contract_count = value;
    else if (eb_span_is(path, "snapshot/rules"))
        model->rule_count = value;
    else if (eb_span_is(path, "reloads/last-good"))
        model->is_last_reload_good = value > 0;
}

static void take_figures(struct top_model *model, const struct reply *reply)
{
    uint32_t figures = reply_member(reply, reply->data, "figures", EB_JSON_OBJECT);
    if (figures == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_MEMBER(&reply->doc, figures, name)
    {
        struct eb_span path = eb_doc_string(&reply->doc, name, reply->arena);
        if (path.ptr)
            take_figure(model, path, reply_decimal_at(reply, name + 1));
    }
}

/* ---- latencies ---- */

static uint32_t read_buckets(const struct reply *reply, struct top_bucket *buckets)
{
    uint32_t count = 0;
    uint32_t histograms = reply_member(reply, reply->data, "histograms", EB_JSON_OBJECT);
    uint32_t list = reply_member(reply, histograms, "callback", EB_JSON_ARRAY);
    if (list == EB_NO_TOKEN)
        return 0;
    EB_DOC_EACH_ELEMENT(&reply->doc, list, pair)
    {
        bool is_pair =
            eb_doc_type(&reply->doc, pair) == EB_JSON_ARRAY && reply->doc.tokens[pair].count == 2;
        uint32_t second = is_pair ? reply->doc.tokens[pair + 1].next : 0;
        if (is_pair && count < TOP_BUCKETS)
            buckets[count++] = (struct top_bucket){ reply_decimal_at(reply, pair + 1),
                reply_decimal_at(reply, second) };
    }
    return count;
}

/* What `now` has more than `before`, which has no bucket that `now` lacks; both ascend. */
static double subtract(struct top_bucket *now, uint32_t now_count, const struct top_bucket *before,
    uint32_t before_count)
{
    double sum = 0;
    for (uint32_t i = 0, j = 0; i < now_count; i++) {
        while (j < before_count && before[j].upper < now[i].upper)
            j++;
        if (j < before_count && before[j].upper == now[i].upper)
            now[i].count -= before[j].count;
        if (now[i].count < 0)
            now[i].count = 0;
        sum += now[i].count;
    }
    return sum;
}

static double quantile(const struct top_bucket *buckets, uint32_t count, double sum, double share)
{
    double seen = 0, upper = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (buckets[i].count <= 0)
            continue;
        upper = buckets[i].upper;
        seen += buckets[i].count;
        if (seen >= share * sum)
            break;
    }
    return upper / 1e9;
}

static void take_latencies(struct top_model *model, const struct reply *reply)
{
    static const double shares[] = { 0.5, 0.9, 0.99, 0.999, 1 };
    static struct top_bucket now[TOP_BUCKETS], more[TOP_BUCKETS];
    uint32_t count = read_buckets(reply, now);
    memcpy(more, now, count * sizeof *now);
    double sum = subtract(more, count, model->buckets, model->bucket_count);
    model->has_quantiles = sum > 0 && model->seconds > 0;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        model->quantiles[i] = model->has_quantiles ? quantile(more, count, sum, shares[i]) : 0;
    memcpy(model->buckets, now, count * sizeof *now);
    model->bucket_count = count;
}

/* ---- clients ---- */

/* Names that devices chose: what is not plain is escaped, so that each byte is a column. */
static void write_plain(char out[TOP_CLIENT_BYTES], struct eb_span text)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len + 5 < TOP_CLIENT_BYTES; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte >= 0x20 && byte < 0x7f)
            out[len++] = (char)byte;
        else
            len += (size_t)snprintf(out + len, TOP_CLIENT_BYTES - len, "\\x%02x", byte);
    }
    out[len] = '\0';
}

static void take_clients(struct top_model *model, const struct reply *reply)
{
    uint32_t list = reply_member(reply, reply->data, "refusedClients", EB_JSON_ARRAY);
    model->client_count = 0;
    if (list == EB_NO_TOKEN)
        return;
    EB_DOC_EACH_ELEMENT(&reply->doc, list, element)
    {
        struct eb_span name = reply_text(reply, element, "client");
        if (!name.ptr || model->client_count == TOP_CLIENTS)
            continue;
        struct top_client *client = &model->clients[model->client_count++];
        write_plain(client->name, name);
        client->count = reply_decimal(reply, element, "count");
    }
}

/* ---- one sample ---- */

static void begin_sample(struct top_model *model)
{
    for (int i = 0; i < TOP_FIGURES; i++)
        begin_count(&model->figures[i]);
    begin_list(&model->reasons);
    begin_list(&model->contracts);
    begin_list(&model->rules);
}

/* False: the bus has begun anew. */
static bool end_sample(struct top_model *model)
{
    bool is_going_on = true;
    for (int i = 0; i < TOP_FIGURES; i++)
        is_going_on &= end_count(&model->figures[i], model->seconds);
    end_list(&model->reasons, model->seconds);
    end_list(&model->contracts, model->seconds);
    end_list(&model->rules, model->seconds);
    return is_going_on;
}

static void note_sample(struct top_model *model)
{
    if (model->seconds <= 0)
        return;
    note(&model->received, model->figures[TOP_RECEIVED].rate);
    note(&model->copies, model->figures[TOP_COPIES].rate);
    note(&model->slowest, model->quantiles[2]);
}

static bool take(struct top_model *model, const struct reply *reply)
{
    double uptime_s = reply_decimal(reply, reply->data, "uptimeMicroseconds") / 1e6;
    bool is_first = model->sample_count == 0;
    model->seconds = is_first ? 0 : uptime_s - model->uptime_s;
    if (model->seconds < 0)
        return false;
    model->uptime_s = uptime_s;
    begin_sample(model);
    take_figures(model, reply);
    if (!end_sample(model))
        return false;
    take_latencies(model, reply);
    take_clients(model, reply);
    note_sample(model);
    model->sample_count++;
    return true;
}

void top_model_take(struct top_model *model, const struct reply *reply)
{
    if (take(model, reply))
        return;
    top_model_release(model);
    top_model_init(model);
    take(model, reply);
}
