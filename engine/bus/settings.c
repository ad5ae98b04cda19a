/*
 * Our own reader serves this file too: what a member says and where it stands come from one
 * document, and a mistake is reported where it was made.
 */
#include "bus/settings.h"

#include "base/limits.h"
#include "bus/document_check.h"
#include "text/format.h"
#include "topic/filter.h"
#include "json/number.h"
#include "json/reader.h"

struct settings_reader {
    struct eb_settings *settings;
    struct eb_doc doc;
    struct eb_arena *arena;
    struct eb_diag_list *diags;
};

struct eb_settings eb_settings_default(void)
{
    static const struct eb_span loopback[] = { EB_SPAN("127.0.0.1"), EB_SPAN("::1") };
    return (struct eb_settings){
        .default_draft = EB_DRAFT_2020_12,
        .dead_letter_topic = EB_SPAN("$event-bus/dead-letter"),
        .dead_letter_keeps_payload = true,
        .dead_letters_per_second = 100,
        .reports_per_second = 10,
        .event_bytes_max = EB_EVENT_BYTES_DEFAULT,
        .depth_max = EB_EVENT_DEPTH_DEFAULT,
        .targets_max = EB_TARGETS_DEFAULT,
        .copies_bytes_max = EB_COPIES_BYTES_DEFAULT,
        .rules_bytes_max = EB_RULES_BYTES_DEFAULT,
        .regex_steps_max = EB_REGEX_STEPS_DEFAULT,
        .faults_max = EB_FAULTS_DEFAULT,
        .resend_in_flight_max = EB_RESEND_IN_FLIGHT_DEFAULT,
        .resend_within_s = EB_RESEND_WITHIN_S_DEFAULT,
        .seen_keys_max = EB_SEEN_KEYS_DEFAULT,
        .statistics_interval_s = 10,
        .control_addresses = { loopback, 2 },
    };
}

/* ---- values: what is missing or of another type is left alone; the schema has said so ---- */

/* The member `name` of `object` if it has `type`, else EB_NO_TOKEN. */
static uint32_t member_of(
    const struct eb_doc *doc, uint32_t object, const char *name, enum eb_json_type type)
{
    uint32_t token = object == EB_NO_TOKEN ? EB_NO_TOKEN : eb_doc_member(doc, object, name);
    return token != EB_NO_TOKEN && eb_doc_type(doc, token) == type ? token : EB_NO_TOKEN;
}

/* The object called `group`, or the whole document for NULL. */
static uint32_t group_of(const struct eb_doc *doc, const char *group)
{
    return group ? member_of(doc, 0, group, EB_JSON_OBJECT) : 0;
}

static void report(
    struct settings_reader *reader, uint32_t token, struct eb_span value, const char *text)
{
    eb_doc_diag(reader->diags, EB_ERROR, &reader->doc, token, "'%.*s': %s", (int)value.len,
        value.ptr, text);
}

/* Given in the arena, with a NUL behind it. */
static struct eb_span string_at(struct settings_reader *reader, uint32_t token)
{
    struct eb_span value = eb_doc_string(&reader->doc, token, reader->arena);
    struct eb_span copy = value.ptr ? eb_arena_copy(reader->arena, value) : value;
    if (!copy.ptr)
        eb_diag_add_out_of_memory(reader->diags);
    return copy;
}

/* Room for the elements or members of `token`; NULL without memory, or when there are none. */
static void *room_for(struct settings_reader *reader, uint32_t token, size_t size)
{
    uint32_t count = reader->doc.tokens[token].count;
    void *room = count ? eb_arena_calloc(reader->arena, count, size, _Alignof(max_align_t)) : NULL;
    if (count && !room)
        eb_diag_add_out_of_memory(reader->diags);
    return room;
}

static void read_numbers(struct settings_reader *reader)
{
    static const struct {
        const char *group, *name;
        size_t offset;
    } numbers[] = {
        { "dead_letters", "per_second", offsetof(struct eb_settings, dead_letters_per_second) },
        { "reports", "per_second", offsetof(struct eb_settings, reports_per_second) },
        { "limits", "event_bytes", offsetof(struct eb_settings, event_bytes_max) },
        { "limits", "depth", offsetof(struct eb_settings, depth_max) },
        { "limits", "targets", offsetof(struct eb_settings, targets_max) },
        { "limits", "copies_bytes", offsetof(struct eb_settings, copies_bytes_max) },
        { "limits", "regex_steps", offsetof(struct eb_settings, regex_steps_max) },
        { "limits", "faults", offsetof(struct eb_settings, faults_max) },
        { "retransmissions", "in_flight", offsetof(struct eb_settings, resend_in_flight_max) },
        { "retransmissions", "within_s", offsetof(struct eb_settings, resend_within_s) },
        { "limits", "rules_bytes", offsetof(struct eb_settings, rules_bytes_max) },
        { "limits", "deduplicate_keys", offsetof(struct eb_settings, seen_keys_max) },
        { "statistics", "interval_s", offsetof(struct eb_settings, statistics_interval_s) },
    };
    const struct eb_doc *doc = &reader->doc;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint32_t group = group_of(doc, numbers[i].group);
        uint32_t token = member_of(doc, group, numbers[i].name, EB_JSON_NUMBER);
        if (token == EB_NO_TOKEN)
            continue;
        struct eb_number number = eb_number_of(eb_doc_raw(doc, token));
        uint32_t value = (uint32_t)number.small;
        memcpy((char *)reader->settings + numbers[i].offset, &value, sizeof value);
    }
}

static void read_strings(struct settings_reader *reader)
{
    static const struct {
        const char *group, *name;
        size_t offset;
    } strings[] = {
        { "schemas", "directory", offsetof(struct eb_settings, schemas_directory) },
        { NULL, "contracts", offsetof(struct eb_settings, contracts_directory) },
        { NULL, "rules", offsetof(struct eb_settings, rules_directory) },
        { NULL, "managed", offsetof(struct eb_settings, managed_directory) },
        { "dead_letters", "topic", offsetof(struct eb_settings, dead_letter_topic) },
        { "statistics", "prometheus_file", offsetof(struct eb_settings, prometheus_file) },
    };
    const struct eb_doc *doc = &reader->doc;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        uint32_t group = group_of(doc, strings[i].group);
        uint32_t token = member_of(doc, group, strings[i].name, EB_JSON_STRING);
        if (token == EB_NO_TOKEN)
            continue;
        struct eb_span value = string_at(reader, token);
        if (value.ptr && memchr(value.ptr, '\0', value.len))
            report(reader, token, value, "expected a string without NUL");
        memcpy((char *)reader->settings + strings[i].offset, &value, sizeof value);
    }
}

/* ---- topics ---- */

/* Trees in which nothing the bus writes is ever delivered as written. */
static bool is_broker_tree(struct eb_span topic)
{
    struct eb_span level;
    return eb_topic_next_level(&topic, &level) &&
           (eb_span_is(level, "$SYS") || eb_span_is(level, "$CONTROL") ||
               eb_span_is(level, "$share"));
}

/* `topic` itself, or something below it. */
static bool is_at_or_below(struct eb_span filter, struct eb_span topic)
{
    return eb_span_starts(filter, topic) &&
           (filter.len == topic.len || filter.ptr[topic.len] == '/');
}

static void check_filter(struct settings_reader *reader, uint32_t token, struct eb_span filter)
{
    enum eb_topic_fault fault = eb_filter_check(filter);
    if (fault != EB_TOPIC_OK)
        report(reader, token, filter, eb_topic_fault_text(fault));
}

static void check_target_filter(
    struct settings_reader *reader, uint32_t token, struct eb_span filter)
{
    if (is_broker_tree(filter))
        report(reader, token, filter, "no rule may send to the broker's own topics");
    else if (is_at_or_below(filter, reader->settings->dead_letter_topic))
        report(reader, token, filter, "no rule may send to the dead letters");
    else
        check_filter(reader, token, filter);
}

static void check_dead_letter_topic(struct settings_reader *reader)
{
    const struct eb_doc *doc = &reader->doc;
    struct eb_span topic = reader->settings->dead_letter_topic;
    uint32_t token = member_of(doc, group_of(doc, "dead_letters"), "topic", EB_JSON_STRING);
    if (token == EB_NO_TOKEN || !topic.ptr)
        return;
    enum eb_topic_fault fault = eb_topic_check(topic);
    if (fault != EB_TOPIC_OK)
        report(reader, token, topic, eb_topic_fault_text(fault));
    else if (is_broker_tree(topic))
        report(reader, token, topic, "dead letters cannot go to the broker's own topics");
    else if (topic.ptr[0] != '$')
        eb_doc_diag(reader->diags, EB_WARNING, doc, token,
            "subscribers of '#' will see what was refused; a topic that begins with '$' is hidden");
}

/* ---- lists ---- */

typedef void check_item(struct settings_reader *reader, uint32_t token, struct eb_span value);

static struct eb_span_list list_at(
    struct settings_reader *reader, uint32_t array, check_item *check)
{
    const struct eb_doc *doc = &reader->doc;
    struct eb_span_list list = { 0 };
    struct eb_span *items =
        array == EB_NO_TOKEN ? NULL : room_for(reader, array, sizeof(struct eb_span));
    if (!items)
        return list;
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (eb_doc_type(doc, element) != EB_JSON_STRING)
            continue;
        struct eb_span item = string_at(reader, element);
        if (item.ptr && check)
            check(reader, element, item);
        items[list.count++] = item;
    }
    list.items = items;
    return list;
}

static struct eb_span_list list_of(
    struct settings_reader *reader, const char *group, const char *name, check_item *check)
{
    const struct eb_doc *doc = &reader->doc;
    return list_at(reader, member_of(doc, group_of(doc, group), name, EB_JSON_ARRAY), check);
}

static void read_lists(struct settings_reader *reader)
{
    struct eb_settings *settings = reader->settings;
    settings->egress = list_of(reader, NULL, "egress", check_filter);
    settings->targets = list_of(reader, NULL, "targets", check_target_filter);
    settings->report_mount_points = list_of(reader, "reports", "mount_points", NULL);
    settings->control_usernames = list_of(reader, "control", "usernames", NULL);
    struct eb_span_list addresses = list_of(reader, "control", "addresses", NULL);
    if (addresses.count)
        settings->control_addresses = addresses;
}

/* ---- words ---- */

/* Where in `words` the string at `token` stands; `fallback` for no token or another word. */
static int word_at(
    const struct eb_doc *doc, uint32_t token, const char *const *words, size_t count, int fallback)
{
    for (size_t i = 0; token != EB_NO_TOKEN && i < count; i++) {
        if (eb_doc_string_is(doc, token, eb_span_of(words[i])))
            return (int)i;
    }
    return fallback;
}

static void read_words(struct settings_reader *reader)
{
    static const char *const drafts[] = {
        [EB_DRAFT_4] = "4",
        [EB_DRAFT_6] = "6",
        [EB_DRAFT_7] = "7",
        [EB_DRAFT_2019_09] = "2019-09",
        [EB_DRAFT_2020_12] = "2020-12",
    };
    static const char *const payloads[] = { "omit", "keep" };
    const struct eb_doc *doc = &reader->doc;
    uint32_t draft = member_of(doc, group_of(doc, "schemas"), "default_draft", EB_JSON_STRING);
    uint32_t payload = member_of(doc, group_of(doc, "dead_letters"), "payload", EB_JSON_STRING);
    reader->settings->default_draft = (enum eb_draft)word_at(
        doc, draft, drafts, sizeof drafts / sizeof *drafts, EB_DRAFT_2020_12);
    reader->settings->dead_letter_keeps_payload = word_at(doc, payload, payloads, 2, true);
    reader->settings->statistics_times_stages =
        member_of(doc, group_of(doc, "statistics"), "stages", EB_JSON_TRUE) != EB_NO_TOKEN;
}

static void read_ingress(struct settings_reader *reader)
{
    static const char *const actions[] = {
        [EB_UNKNOWN_ALLOW] = "allow",
        [EB_UNKNOWN_WARN] = "warn",
        [EB_UNKNOWN_REJECT] = "reject",
    };
    const struct eb_doc *doc = &reader->doc;
    uint32_t array = member_of(doc, 0, "ingress", EB_JSON_ARRAY);
    struct eb_ingress *items = array == EB_NO_TOKEN ? NULL : room_for(reader, array, sizeof *items);
    if (!items)
        return;
    uint32_t count = 0;
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        uint32_t topic = member_of(doc, element, "topic", EB_JSON_STRING);
        uint32_t unknown = member_of(doc, element, "unknown", EB_JSON_STRING);
        if (topic == EB_NO_TOKEN)
            continue;
        struct eb_span filter = string_at(reader, topic);
        check_filter(reader, topic, filter);
        for (uint32_t i = 0; i < count; i++) {
            if (eb_span_equal(items[i].filter, filter))
                report(reader, topic, filter, "this filter is there already");
        }
        items[count++] = (struct eb_ingress){
            .filter = filter,
            .unknown = (enum eb_unknown_action)word_at(
                doc, unknown, actions, sizeof actions / sizeof *actions, EB_UNKNOWN_ALLOW),
        };
    }
    reader->settings->ingress = items;
    reader->settings->ingress_count = count;
}

/* ---- bridges ---- */

static void read_bridges(struct settings_reader *reader)
{
    const struct eb_doc *doc = &reader->doc;
    uint32_t map = member_of(doc, 0, "bridges", EB_JSON_OBJECT);
    struct eb_bridge *items = map == EB_NO_TOKEN ? NULL : room_for(reader, map, sizeof *items);
    if (!items)
        return;
    uint32_t count = 0;
    EB_DOC_EACH_MEMBER(doc, map, name)
    {
        uint32_t bridge = name + 1;
        if (eb_doc_type(doc, bridge) != EB_JSON_OBJECT)
            continue;
        items[count++] = (struct eb_bridge){
            .client_id = string_at(reader, name),
            .may_write_egress = member_of(doc, bridge, "egress", EB_JSON_TRUE) != EB_NO_TOKEN,
            .out = list_at(reader, member_of(doc, bridge, "out", EB_JSON_ARRAY), check_filter),
        };
    }
    reader->settings->bridges = items;
    reader->settings->bridge_count = count;
}

/* ---- last wills ---- */

static void read_wills(struct settings_reader *reader)
{
    static const char *const access_controls[] = {
        [EB_ACCESS_NONE] = "none",
        [EB_ACCESS_OTHER] = "other",
    };
    const struct eb_doc *doc = &reader->doc;
    uint32_t wills = group_of(doc, "wills");
    uint32_t check = member_of(doc, wills, "check", EB_JSON_TRUE);
    if (check == EB_NO_TOKEN)
        return;
    uint32_t access = member_of(doc, wills, "access_control", EB_JSON_STRING);
    if (access == EB_NO_TOKEN)
        eb_doc_diag(reader->diags, EB_ERROR, doc, check,
            "expected \"access_control\" beside it, \"none\" or \"other\": whether anything else "
            "decides who may publish, only you can say");
    reader->settings->wills = (struct eb_will_settings){
        .is_checked = true,
        .access_control =
            (enum eb_access_control)word_at(doc, access, access_controls, 2, EB_ACCESS_OTHER),
    };
}

/* ---- where schemas of other origin are ---- */

/* "imported/" and "./imported" name one directory, written "imported"; "." is "". */
static struct eb_span trim_directory(struct eb_span path)
{
    while (path.len >= 2 && path.ptr[0] == '.' && path.ptr[1] == '/')
        path = eb_span(path.ptr + 2, path.len - 2);
    while (path.len && path.ptr[path.len - 1] == '/')
        path.len--;
    return eb_span_is(path, ".") ? eb_span(path.ptr, 0) : path;
}

/* Whether a trimmed path stays inside the registry, whatever the file system holds. */
static bool is_inside(struct eb_span path)
{
    struct eb_span level;
    while (path.len && eb_topic_next_level(&path, &level)) {
        if (level.len == 0 || eb_span_is(level, ".") || eb_span_is(level, ".."))
            return false;
    }
    return true;
}

static const char *fault_of_prefix(struct eb_span prefix)
{
    if (!eb_format_check(eb_format_find(eb_span_of("uri")), prefix))
        return "expected an absolute URI, as https://example.com/schemas/";
    if (memchr(prefix.ptr, '#', prefix.len))
        return "a URI prefix has no fragment";
    if (prefix.ptr[prefix.len - 1] != '/')
        return "a URI prefix ends in '/', as the directory it stands for";
    return NULL;
}

/* False after a mistake: then there is no mapping. */
static bool read_uri_mapping(
    struct settings_reader *reader, uint32_t name, struct eb_uri_mapping *mapping)
{
    uint32_t value = name + 1;
    struct eb_span prefix = string_at(reader, name), path = string_at(reader, value);
    if (!prefix.ptr || !path.ptr)
        return false;
    const char *fault = fault_of_prefix(prefix);
    if (fault)
        report(reader, name, prefix, fault);
    struct eb_span directory = trim_directory(path);
    bool is_inside_registry = path.ptr[0] != '/' && is_inside(directory);
    if (!is_inside_registry)
        report(reader, value, path, "expected a directory inside the registry, as imported/");
    *mapping = (struct eb_uri_mapping){ .prefix = prefix, .directory = directory };
    return !fault && is_inside_registry;
}

static void read_uri_map(struct settings_reader *reader)
{
    const struct eb_doc *doc = &reader->doc;
    uint32_t map = member_of(doc, group_of(doc, "schemas"), "uri_map", EB_JSON_OBJECT);
    struct eb_uri_mapping *items = map == EB_NO_TOKEN ? NULL : room_for(reader, map, sizeof *items);
    if (!items)
        return;
    uint32_t count = 0;
    EB_DOC_EACH_MEMBER(doc, map, name)
    {
        if (eb_doc_type(doc, name + 1) == EB_JSON_STRING)
            count += read_uri_mapping(reader, name, &items[count]);
    }
    reader->settings->uri_mappings = items;
    reader->settings->uri_mapping_count = count;
}

/* ---- the whole ---- */

static void check_shape(struct settings_reader *reader)
{
    struct eb_document_checker *checker = eb_document_checker_new(reader->diags);
    if (checker)
        eb_document_check(checker, EB_DOCUMENT_SETTINGS, &reader->doc, reader->diags);
    eb_document_checker_free(checker);
}

/* After an error: where the other files are, so that they can be checked as well, and defaults. */
static void keep_places(struct eb_settings *settings)
{
    struct eb_settings usable = eb_settings_default();
    usable.schemas_directory = settings->schemas_directory;
    usable.contracts_directory = settings->contracts_directory;
    usable.rules_directory = settings->rules_directory;
    usable.managed_directory = settings->managed_directory;
    usable.uri_mappings = settings->uri_mappings;
    usable.uri_mapping_count = settings->uri_mapping_count;
    usable.default_draft = settings->default_draft;
    *settings = usable;
}

bool eb_settings_read(struct eb_settings *settings, struct eb_span text, const char *file,
    struct eb_arena *arena, struct eb_diag_list *diags)
{
    size_t errors_before = diags->errors;
    struct settings_reader reader = { .settings = settings, .arena = arena, .diags = diags };
    *settings = eb_settings_default();
    if (!eb_json_read_file(&reader.doc, text, file, 1, arena, diags))
        return false;
    check_shape(&reader);
    read_numbers(&reader);
    read_strings(&reader);
    check_dead_letter_topic(&reader);
    read_words(&reader);
    read_lists(&reader);
    read_ingress(&reader);
    read_bridges(&reader);
    read_wills(&reader);
    read_uri_map(&reader);
    if (diags->errors > errors_before) {
        keep_places(settings);
        return false;
    }
    return true;
}
