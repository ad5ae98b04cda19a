#include "asyncapi_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "asyncapi_schema.h"
#include "target/template.h"
#include "topic/filter.h"

static struct eb_span format(struct api *api, const char *pattern, ...)
    __attribute__((format(printf, 2, 3)));

static struct eb_span format(struct api *api, const char *pattern, ...)
{
    va_list arguments;
    va_start(arguments, pattern);
    struct eb_span copy = eb_arena_vformat(api->arena, pattern, arguments);
    va_end(arguments);
    api->is_out_of_memory |= !copy.ptr;
    return copy;
}

/* A zeroed object of the arena, at the end of a list. */
static void *append(struct api *api, void *last, size_t bytes)
{
    void *object = eb_arena_calloc(api->arena, 1, bytes, _Alignof(max_align_t));
    api->is_out_of_memory |= !object;
    if (object)
        memcpy(last, &object, sizeof object);
    return object;
}

/* ---- addresses ---- */

/* A topic being written as an address (AsyncAPI 3.0, Channel Object). */
struct address {
    struct api *api;
    FILE *out;
    struct api_parameter *parameters;
    struct api_parameter **last;
};

/* Braces of a topic are no parameters'. */
static void put_literal(struct address *address, struct eb_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '{' || c == '}' || c == '%')
            fprintf(address->out, "%%%02X", (unsigned char)c);
        else
            fputc(c, address->out);
    }
}

static const struct api_parameter *find_parameter(
    const struct address *address, struct eb_span name)
{
    const struct api_parameter *parameter = address->parameters;
    while (parameter && !eb_span_equal(parameter->name, name))
        parameter = parameter->next;
    return parameter;
}

/* The same name with another meaning gets a number behind it. */
static void put_parameter(struct address *address, struct eb_span name, struct eb_span meaning)
{
    struct api *api = address->api;
    struct eb_span wanted = name;
    const struct api_parameter *known;
    for (unsigned n = 2; (known = find_parameter(address, wanted)) && wanted.ptr; n++) {
        if (eb_span_equal(known->meaning, meaning))
            break;
        wanted = format(api, "%.*s_%u", (int)name.len, name.ptr, n);
    }
    if (!wanted.ptr)
        return;
    fprintf(address->out, "{%.*s}", (int)wanted.len, wanted.ptr);
    struct api_parameter *parameter = known ? NULL : append(api, address->last, sizeof *parameter);
    if (!parameter)
        return;
    parameter->name = wanted;
    parameter->meaning = meaning;
    address->last = &parameter->next;
}

static void put_filter(struct address *address, struct eb_span filter)
{
    struct api *api = address->api;
    struct eb_span rest = filter, level;
    for (unsigned i = 0; eb_topic_next_level(&rest, &level); i++) {
        if (i)
            fputc('/', address->out);
        if (eb_span_is(level, "+"))
            put_parameter(address, format(api, "level_%u", i),
                format(api, "Level %u of the topic, counted from 0: any one level.", i));
        else if (eb_span_is(level, "#"))
            put_parameter(
                address, eb_span_of("levels"), eb_span_of("Any number of levels, none included."));
        else
            put_literal(address, level);
    }
}

/* "data.site" -> "data_site", "$mqtt.level[1]" -> "level_1". */
static struct eb_span parameter_name(struct api *api, const struct eb_placeholder *placeholder)
{
    char *name = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&name, &len);
    if (!out) {
        api->is_out_of_memory = true;
        return eb_span(NULL, 0);
    }
    if (placeholder->origin == EB_FROM_LEVEL)
        fputs("level", out);
    for (uint32_t i = 0; i < placeholder->step_count; i++) {
        const struct eb_step *step = &placeholder->steps[i];
        if (i || placeholder->origin == EB_FROM_LEVEL)
            fputc('_', out);
        if (step->name.ptr)
            fwrite(step->name.ptr, 1, step->name.len, out);
        else
            fprintf(out, "%u", step->index);
    }
    bool is_named = ftell(out) > 0;
    if (!is_named)
        fwrite(placeholder->source.ptr, 1, placeholder->source.len, out);
    fclose(out);
    struct eb_span copy = name ? eb_arena_copy(api->arena, eb_span(name, len)) : eb_span(NULL, 0);
    free(name);
    api->is_out_of_memory |= !copy.ptr;
    for (size_t i = 0; copy.ptr && i < copy.len; i++) {
        char *c = (char *)&copy.ptr[i];
        bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                        (*c >= '0' && *c <= '9') || *c == '-';
        if (!is_plain)
            *c = '_';
    }
    return copy;
}

static void put_template(struct address *address, const struct wired_target *target)
{
    struct api *api = address->api;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_template_compiler compiler = {
        .doc = &target->rule->doc,
        .arena = api->arena,
        .scratch = api->arena,
        .diags = &diags,
    };
    const struct eb_template_part *part = eb_template_compile_text(&compiler, target->topic);
    api->is_out_of_memory |= !part;
    for (; part; part = part->next) {
        put_literal(address, part->literal);
        if (part->placeholder)
            put_parameter(address, parameter_name(api, part->placeholder),
                format(api, "What %.*s stands for in the event.",
                    (int)part->placeholder->source.len, part->placeholder->source.ptr));
    }
    eb_diag_list_release(&diags);
}

/* ---- channels ---- */

/* "locks/{level_1}/events" -> "locks.level_1.events", and a number if another one has it. */
static struct eb_span channel_id(struct api *api, struct eb_span address)
{
    char *id = (char *)eb_arena_alloc(api->arena, address.len + 1, 1);
    size_t len = 0;
    api->is_out_of_memory |= !id;
    for (size_t i = 0; id && i < address.len; i++) {
        char c = address.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (c == '{' || c == '}')
            continue;
        id[len] = c == '/' ? '.' : '_';
        if (is_plain)
            id[len] = c;
        len++;
    }
    struct eb_span first = eb_span(id, len), unique = first;
    for (unsigned n = 2; unique.ptr && eb_map_get(&api->channel_by_id, unique); n++)
        unique = format(api, "%.*s-%u", (int)first.len, first.ptr, n);
    return unique;
}

static struct api_channel *new_channel(
    struct api *api, struct eb_span address, struct eb_span filter)
{
    struct api_channel *channel = append(api, api->last_channel, sizeof *channel);
    if (!channel)
        return NULL;
    *channel = (struct api_channel){
        .id = channel_id(api, address),
        .address = address,
        .filter = filter,
    };
    channel->messages.last = &channel->messages.first;
    api->last_channel = &channel->next;
    if (channel->id.ptr && eb_map_put(&api->channel_by_address, address, channel) &&
        eb_map_put(&api->channel_by_id, channel->id, channel))
        return channel;
    api->is_out_of_memory = true;
    return NULL;
}

/* The channel of a filter, or of a target's topic. NULL without memory. */
static struct api_channel *channel_of(
    struct api *api, struct eb_span filter, const struct wired_target *target)
{
    char *text = NULL;
    size_t len = 0;
    struct address address = { .api = api, .out = open_memstream(&text, &len) };
    address.last = &address.parameters;
    if (!address.out) {
        api->is_out_of_memory = true;
        return NULL;
    }
    if (target)
        put_template(&address, target);
    else
        put_filter(&address, filter);
    fclose(address.out);
    struct eb_span copy = text ? eb_arena_copy(api->arena, eb_span(text, len)) : eb_span(NULL, 0);
    free(text);
    if (!copy.ptr) {
        api->is_out_of_memory = true;
        return NULL;
    }
    struct api_channel *channel = eb_map_get(&api->channel_by_address, copy);
    if (channel)
        return channel;
    channel = new_channel(api, copy, target ? target->topic_text : filter);
    if (channel)
        channel->parameters = address.parameters;
    return channel;
}

/* ---- messages ---- */

static struct api_message *message_called(struct api *api, struct eb_span key)
{
    struct api_message *message = key.ptr ? eb_map_get(&api->message_by_key, key) : NULL;
    if (message || !key.ptr)
        return message;
    message = append(api, api->last_message, sizeof *message);
    if (!message)
        return NULL;
    message->key = key;
    api->last_message = &message->next;
    api->is_out_of_memory |= !eb_map_put(&api->message_by_key, key, message);
    return message;
}

static void use(struct api *api, struct api_uses *uses, const struct api_message *message)
{
    for (const struct api_use *known = uses->first; known; known = known->next) {
        if (known->message == message)
            return;
    }
    struct api_use *added = message ? append(api, uses->last, sizeof *added) : NULL;
    if (!added)
        return;
    added->message = message;
    uses->last = &added->next;
}

/* Of CloudEvents in structured mode; which binary ones say the same as. */
static struct api_message *cloudevent_called(struct api *api, struct eb_span data)
{
    struct eb_span key = data.ptr ? format(api, "cloudevent.%.*s", (int)data.len, data.ptr)
                                  : eb_span_of("cloudevent");
    struct api_message *message = message_called(api, key);
    if (message)
        message->cloudevent = eb_span_of("structured");
    return message;
}

static struct api_message *message_of(
    struct api *api, const struct wired_contract *contract, const struct schema_entry *entry)
{
    struct eb_span key = asyncapi_schema_key(entry, api->arena);
    struct api_message *message =
        contract->is_cloudevent && key.ptr ? cloudevent_called(api, key) : message_called(api, key);
    if (message)
        message->entry = entry;
    return message;
}

/* Events that meet the contract's schema. */
static void use_events(
    struct api *api, struct api_uses *uses, const struct wired_contract *contract)
{
    for (uint32_t i = 0; i < api->wiring->entry_count; i++) {
        const struct schema_entry *entry = &api->wiring->entries[i];
        if (schema_entry_use(entry, contract->schema) == SCHEMA_UNUSED)
            continue;
        use(api, uses, message_of(api, contract, entry));
    }
    if (!contract->schema.ptr)
        use(api, uses, cloudevent_called(api, contract->schema));
}

/* Events that the rule sees; of topics without contract any. */
static void use_seen(struct api *api, struct api_uses *uses, const struct wired_rule *rule)
{
    for (uint32_t i = 0; i < api->wiring->contract_count; i++) {
        if (wiring_meets(&api->wiring->contracts[i], rule))
            use_events(api, uses, &api->wiring->contracts[i]);
    }
    if (!uses->first)
        use(api, uses, message_called(api, eb_span_of("event")));
}

/* The schema of what the rule sees, where that is one. */
static const struct schema_entry *source_of(struct api *api, const struct wired_rule *rule)
{
    struct api_uses seen = { .last = &seen.first };
    use_seen(api, &seen, rule);
    bool is_one = seen.first && !seen.first->next && !seen.first->message->cloudevent.ptr;
    return is_one ? seen.first->message->entry : NULL;
}

/* ---- operations ---- */

static struct api_operation *new_operation(
    struct api *api, struct eb_span key, struct api_channel *channel, bool is_send)
{
    struct api_operation *operation = append(api, api->last_operation, sizeof *operation);
    if (!operation)
        return NULL;
    *operation =
        (struct api_operation){ .key = key, .channel = channel, .is_send = is_send, .qos = -1 };
    operation->messages.last = &operation->messages.first;
    api->last_operation = &operation->next;
    return operation;
}

static void finish_operation(struct api *api, struct api_operation *operation)
{
    for (const struct api_use *said = operation->messages.first; said; said = said->next)
        use(api, &operation->channel->messages, said->message);
}

static void add_contract(struct api *api, const struct wired_contract *contract)
{
    static const char *const verbs[] = { "receive", "deliver" };
    struct api_channel *channel = channel_of(api, contract->topic, NULL);
    for (int i = 0; channel && i < (contract->is_consuming ? 1 : 2); i++) {
        struct eb_span key =
            format(api, "%.*s.%s", (int)contract->name.len, contract->name.ptr, verbs[i]);
        struct api_operation *operation = new_operation(api, key, channel, i == 1);
        if (!operation)
            return;
        operation->description =
            i == 0 ? contract->description : eb_span_of("What subscribers get: the event itself.");
        use_events(api, &operation->messages, contract);
        finish_operation(api, operation);
    }
}

static void add_target(struct api *api, const struct wired_target *target)
{
    const struct wired_rule *rule = target->rule;
    struct api_channel *channel = channel_of(api, eb_span(NULL, 0), target);
    struct eb_span key =
        format(api, "%.*s.to%u", (int)rule->name.len, rule->name.ptr, target->number);
    struct api_operation *operation =
        channel && key.ptr ? new_operation(api, key, channel, true) : NULL;
    if (!operation)
        return;
    operation->description = target->description.ptr ? target->description : rule->description;
    operation->qos = target->qos;
    operation->is_retain = target->is_retain;
    if (target->payload == EB_NO_TOKEN && !target->cloudevents.ptr) {
        use_seen(api, &operation->messages, rule);
    } else {
        struct api_message *message = message_called(api, key);
        if (message) {
            message->target = target;
            message->source = source_of(api, rule);
            message->cloudevent = target->cloudevents;
        }
        use(api, &operation->messages, message);
    }
    finish_operation(api, operation);
}

static void add_letters(struct api *api)
{
    struct eb_span topic = api->wiring->registry.configuration->settings.dead_letter_topic;
    struct eb_span filter = format(api, "%.*s/#", (int)topic.len, topic.ptr);
    struct api_channel *channel = filter.ptr ? channel_of(api, filter, NULL) : NULL;
    struct api_operation *operation =
        channel ? new_operation(api, eb_span_of("dead-letter"), channel, true) : NULL;
    struct api_message *message = message_called(api, eb_span_of("dead-letter"));
    if (!operation || !message)
        return;
    message->is_letter = true;
    operation->description =
        eb_span_of("An event that was refused or set aside, or a copy that could not be made.");
    operation->qos = 1;
    use(api, &operation->messages, message);
    finish_operation(api, operation);
}

bool api_build(struct api *api, struct wiring *wiring)
{
    *api = (struct api){ .wiring = wiring, .arena = &wiring->arena };
    api->last_channel = &api->channels;
    api->last_message = &api->messages;
    api->last_operation = &api->operations;
    eb_map_init(&api->channel_by_address, api->arena);
    eb_map_init(&api->channel_by_id, api->arena);
    eb_map_init(&api->message_by_key, api->arena);
    for (uint32_t i = 0; i < wiring->contract_count; i++)
        add_contract(api, &wiring->contracts[i]);
    for (uint32_t i = 0; i < wiring->rule_count; i++) {
        for (uint32_t j = 0; j < wiring->rules[i].target_count; j++)
            add_target(api, &wiring->rules[i].targets[j]);
    }
    add_letters(api);
    return !api->is_out_of_memory;
}
