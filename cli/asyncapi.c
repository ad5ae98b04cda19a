#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asyncapi_model.h"
#include "asyncapi_schema.h"
#include "cloudevents/cloudevent.h"
#include "command.h"
#include "json_line.h"
#include "memory.h"
#include "pretty.h"
#include "terminal.h"
#include "json/reader.h"

struct asyncapi_options {
    const char *title;
    const char *version;
    const char *server;
    bool is_json;
};

#define AT(member) offsetof(struct asyncapi_options, member)

static const struct option options[] = {
    { "title", 0, OPTION_TEXT, "TEXT", "what the document is called (default \"Event bus\")",
        AT(title), 0, 0 },
    { "api-version", 0, OPTION_TEXT, "VERSION", "of what the document describes (default 1.0.0)",
        AT(version), 0, 0 },
    { "server", 0, OPTION_TEXT, "HOST[:PORT]", "where the broker is (default: left out)",
        AT(server), 0, 0 },
    { "json", 0, OPTION_FLAG, NULL, "print it on one line", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

/* What a dead letter is: the members that every one has. */
static const char letter_schema[] =
    "{\"type\":\"object\",\"required\":[\"version\",\"id\",\"time\",\"topic\",\"client\","
    "\"protocol\",\"qos\",\"retain\",\"properties\",\"reason\",\"contracts\",\"rule\",\"target\","
    "\"faults\",\"payload\"],\"properties\":{\"version\":{\"const\":1},"
    "\"id\":{\"type\":\"string\"},\"time\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"topic\":{\"type\":\"string\"},\"client\":{\"type\":\"object\",\"properties\":{"
    "\"id\":{\"type\":[\"string\",\"null\"]},\"username\":{\"type\":[\"string\",\"null\"]}}},"
    "\"protocol\":{\"enum\":[3,4,5]},\"qos\":{\"enum\":[0,1,2]},\"retain\":{\"type\":\"boolean\"},"
    "\"properties\":{\"type\":\"array\",\"items\":{\"type\":\"array\",\"minItems\":2,"
    "\"maxItems\":2}},\"reason\":{\"type\":\"string\"},\"contracts\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"schema\":{\"type\":\"string\"}}}},\"rule\":{\"type\":[\"string\",\"null\"]},"
    "\"target\":{\"type\":[\"integer\",\"null\"]},\"faults\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"object\",\"properties\":{\"keywordLocation\":{\"type\":\"string\"},"
    "\"instanceLocation\":{\"type\":\"string\"},\"error\":{\"type\":\"string\"}}}},"
    "\"payload\":{\"type\":[\"object\",\"null\"],\"properties\":{"
    "\"encoding\":{\"enum\":[\"text\",\"base64\"]},\"value\":{\"type\":\"string\"}}},"
    "\"truncated\":{\"type\":\"boolean\"}}}";

struct document {
    const struct asyncapi_options *values;
    struct wiring wiring;
    struct api api;
    struct json_line line;
    bool is_out_of_memory;
};

static void open_member(struct eb_json_writer *out, const char *name)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_open_object(out);
}

/* "$ref": "#/KIND/KEY/…" */
static void write_ref(struct eb_json_writer *out, const char *kind, struct eb_span key,
    const char *inner_kind, struct eb_span inner_key)
{
    eb_json_open_object(out);
    eb_json_write_name(out, eb_span_of("$ref"));
    eb_json_open_string(out);
    eb_json_write_string_part(out, eb_span_of(kind));
    eb_json_write_string_part(out, key);
    if (inner_kind) {
        eb_json_write_string_part(out, eb_span_of(inner_kind));
        eb_json_write_string_part(out, inner_key);
    }
    eb_json_close_string(out);
    eb_json_close_object(out);
}

static void write_if(struct eb_json_writer *out, const char *name, struct eb_span value)
{
    if (value.ptr)
        write_string_member(out, name, value);
}

/* ---- parts ---- */

static void write_info(struct document *document)
{
    const struct asyncapi_options *values = document->values;
    struct eb_json_writer *out = &document->line.out;
    open_member(out, "info");
    write_string_member(out, "title", eb_span_of(values->title ? values->title : "Event bus"));
    write_string_member(out, "version", eb_span_of(values->version ? values->version : "1.0.0"));
    write_string_member(out, "description",
        eb_span_of("What devices publish to the bus, and what it publishes to services."));
    eb_json_close_object(out);
    write_string_member(out, "defaultContentType", eb_span_of("application/json"));
}

static void write_servers(struct document *document)
{
    struct eb_json_writer *out = &document->line.out;
    if (!document->values->server)
        return;
    open_member(out, "servers");
    open_member(out, "broker");
    write_string_member(out, "host", eb_span_of(document->values->server));
    write_string_member(out, "protocol", eb_span_of("mqtt"));
    eb_json_close_object(out);
    eb_json_close_object(out);
}

static void write_channel(struct eb_json_writer *out, const struct api_channel *channel)
{
    eb_json_write_name(out, channel->id);
    eb_json_open_object(out);
    write_string_member(out, "address", channel->address);
    if (channel->parameters) {
        open_member(out, "parameters");
        for (const struct api_parameter *p = channel->parameters; p; p = p->next) {
            eb_json_write_name(out, p->name);
            eb_json_open_object(out);
            write_string_member(out, "description", p->meaning);
            eb_json_close_object(out);
        }
        eb_json_close_object(out);
    }
    open_member(out, "messages");
    for (const struct api_use *said = channel->messages.first; said; said = said->next) {
        eb_json_write_name(out, said->message->key);
        write_ref(out, "#/components/messages/", said->message->key, NULL, said->message->key);
    }
    eb_json_close_object(out);
    write_string_member(out, "x-topic", channel->filter);
    eb_json_close_object(out);
}

static void write_bindings(struct eb_json_writer *out, const struct api_operation *operation)
{
    open_member(out, "bindings");
    open_member(out, "mqtt");
    if (operation->qos >= 0)
        write_int_member(out, "qos", operation->qos);
    if (operation->is_send)
        write_bool_member(out, "retain", operation->is_retain);
    write_string_member(out, "bindingVersion", eb_span_of("0.2.0"));
    eb_json_close_object(out);
    eb_json_close_object(out);
}

static void write_operation(struct eb_json_writer *out, const struct api_operation *operation)
{
    struct eb_span id = operation->channel->id;
    eb_json_write_name(out, operation->key);
    eb_json_open_object(out);
    write_string_member(out, "action", eb_span_of(operation->is_send ? "send" : "receive"));
    eb_json_write_name(out, eb_span_of("channel"));
    write_ref(out, "#/channels/", id, NULL, id);
    write_if(out, "description", operation->description);
    eb_json_write_name(out, eb_span_of("messages"));
    eb_json_open_array(out);
    for (const struct api_use *said = operation->messages.first; said; said = said->next)
        write_ref(out, "#/channels/", id, "/messages/", said->message->key);
    eb_json_close_array(out);
    write_bindings(out, operation);
    eb_json_close_object(out);
}

/* The schema of what it holds: of a CloudEvent, of its data. */
static void write_content(struct document *document, const struct api_message *message)
{
    struct eb_json_writer *out = &document->line.out;
    struct eb_span key = eb_span(NULL, 0);
    if (message->entry)
        key = asyncapi_schema_key(message->entry, document->api.arena);
    document->is_out_of_memory |= message->entry && !key.ptr;
    if (key.ptr)
        write_ref(out, "#/components/schemas/", key, NULL, key);
    else if (message->target && message->target->payload != EB_NO_TOKEN)
        asyncapi_write_template(&document->wiring, message->target, message->source, out);
    else if (message->is_letter)
        eb_json_write_raw(out, eb_span_of(letter_schema));
    else
        eb_json_write_raw(out, eb_span_of("{\"description\":\"any event\"}"));
}

/* An object with the attributes that every CloudEvent has, left open. */
static void open_attributes(struct eb_json_writer *out)
{
    static const char *const names[] = { "id", "source", "specversion", "type" };
    eb_json_open_object(out);
    write_string_member(out, "type", eb_span_of("object"));
    eb_json_write_name(out, eb_span_of("required"));
    eb_json_open_array(out);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        eb_json_write_string(out, eb_span_of(names[i]));
    eb_json_close_array(out);
    open_member(out, "properties");
    eb_json_write_name(out, eb_span_of("specversion"));
    eb_json_write_raw(out, eb_span_of("{\"const\":\"1.0\"}"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], "specversion") == 0)
            continue;
        eb_json_write_name(out, eb_span_of(names[i]));
        eb_json_write_raw(out, eb_span_of("{\"type\":\"string\",\"minLength\":1}"));
    }
}

static void close_attributes(struct eb_json_writer *out)
{
    eb_json_close_object(out);
    eb_json_close_object(out);
}

static void write_cloudevent(struct document *document, const struct api_message *message)
{
    struct eb_json_writer *out = &document->line.out;
    bool is_structured = eb_span_is(message->cloudevent, "structured");
    if (is_structured)
        write_string_member(out, "contentType", eb_cloudevent_content_type);
    eb_json_write_name(out, eb_span_of(is_structured ? "payload" : "headers"));
    open_attributes(out);
    if (is_structured) {
        eb_json_write_name(out, eb_span_of("data"));
        write_content(document, message);
    }
    close_attributes(out);
    if (!is_structured) {
        eb_json_write_name(out, eb_span_of("payload"));
        write_content(document, message);
    }
}

static void write_payload(struct document *document, const struct api_message *message)
{
    if (message->cloudevent.ptr) {
        write_cloudevent(document, message);
        return;
    }
    eb_json_write_name(&document->line.out, eb_span_of("payload"));
    write_content(document, message);
}

static void write_message(struct document *document, const struct api_message *message)
{
    struct eb_json_writer *out = &document->line.out;
    eb_json_write_name(out, message->key);
    eb_json_open_object(out);
    write_string_member(out, "name", message->entry ? message->entry->name : message->key);
    if (message->entry)
        write_if(out, "title", message->entry->title);
    if (message->target)
        write_if(out, "summary", message->target->rule->description);
    write_payload(document, message);
    eb_json_close_object(out);
}

static void write_components(struct document *document)
{
    struct eb_json_writer *out = &document->line.out;
    const struct wiring *wiring = &document->wiring;
    open_member(out, "components");
    open_member(out, "messages");
    for (const struct api_message *message = document->api.messages; message;
         message = message->next)
        write_message(document, message);
    eb_json_close_object(out);
    open_member(out, "schemas");
    for (uint32_t i = 0; i < wiring->entry_count; i++) {
        struct eb_span key = asyncapi_schema_key(&wiring->entries[i], document->api.arena);
        document->is_out_of_memory |= !key.ptr;
        eb_json_write_name(out, key.ptr ? key : eb_span_of(""));
        document->is_out_of_memory |=
            !asyncapi_write_schema(&document->wiring, &wiring->entries[i], out);
    }
    eb_json_close_object(out);
    eb_json_close_object(out);
}

static void write_document(struct document *document)
{
    struct eb_json_writer *out = &document->line.out;
    eb_json_open_object(out);
    write_string_member(out, "asyncapi", eb_span_of("3.0.0"));
    write_info(document);
    write_servers(document);
    open_member(out, "channels");
    for (const struct api_channel *c = document->api.channels; c; c = c->next)
        write_channel(out, c);
    eb_json_close_object(out);
    open_member(out, "operations");
    for (const struct api_operation *o = document->api.operations; o; o = o->next)
        write_operation(out, o);
    eb_json_close_object(out);
    write_components(document);
    eb_json_close_object(out);
}

/* ---- the command ---- */

/* For people: read back, and laid out. */
static bool print_document(struct document *document)
{
    struct eb_span text = eb_json_writer_finish(&document->line.out);
    struct eb_doc doc;
    struct eb_json_fault fault;
    if (!text.ptr ||
        eb_json_read(&doc, text, &eb_json_limits_max, document->api.arena, &fault) != EB_JSON_OK) {
        complain("the document is too long");
        return false;
    }
    print_pretty(stdout, &doc);
    return true;
}

static bool describe(struct document *document)
{
    if (!api_build(&document->api, &document->wiring)) {
        memory_ran_out();
        return false;
    }
    if (!json_line_init(&document->line))
        return false;
    json_line_begin(&document->line);
    write_document(document);
    bool is_good = !document->is_out_of_memory;
    if (!is_good)
        memory_ran_out();
    else if (document->values->is_json)
        json_line_end(&document->line);
    else
        is_good = print_document(document);
    json_line_release(&document->line);
    return is_good;
}

static enum exit_code run(int argc, char **argv)
{
    struct asyncapi_options values = { 0 };
    struct operands operands;
    if (!command_read(&command_asyncapi, &values, argc, argv, &operands))
        return EXIT_USAGE;
    if (operands.count != 1)
        return command_misused(&command_asyncapi);
    struct document document = { .values = &values };
    bool is_good = wiring_open(&document.wiring, operands.items[0]) && describe(&document);
    wiring_close(&document.wiring);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

const struct command command_asyncapi = {
    .name = "asyncapi",
    .synopsis = "CONFIG",
    .summary = "Describe the bus as an AsyncAPI 3.0 document",
    .help =
        "Channels are the topics of contracts and of targets, messages what their schemas and "
        "templates\n"
        "say. The document is about the bus: it receives what devices publish, and sends what "
        "services\n"
        "subscribe to. Schemas of other drafts are put into the words of draft 7, which AsyncAPI "
        "reads;\n"
        "what that has no words for is carried along.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
