#include "target/properties.h"

#include "base/limits.h"
#include "topic/filter.h"
#include "json/number.h"

static const struct eb_span provenance_names[] = {
    EB_SPAN("event-bus-rule"),
    EB_SPAN("event-bus-topic"),
    EB_SPAN("event-bus-client"),
};

enum { PROVENANCE_COUNT = sizeof provenance_names / sizeof provenance_names[0] };

/* ---- compiling ---- */

static bool fail(const struct eb_template_compiler *compiler, uint32_t token, const char *text)
{
    eb_doc_diag(compiler->diags, EB_ERROR, compiler->doc, token, "%s", text);
    return false;
}

static bool fail_memory(const struct eb_template_compiler *compiler)
{
    eb_diag_add_out_of_memory(compiler->diags);
    return false;
}

/* The template of a property's value; NULL after a diagnostic. */
static const struct eb_template_part *compile_text(
    struct eb_template_compiler *compiler, uint32_t token)
{
    const struct eb_template_part *parts = eb_template_compile_text(compiler, token);
    for (const struct eb_template_part *part = parts; part; part = part->next) {
        if (eb_topic_is_text(part->literal))
            continue;
        fail(compiler, token, "a property holds no control characters and no non-characters");
        return NULL;
    }
    return parts;
}

static bool compile_content_type(
    struct eb_template_compiler *compiler, uint32_t token, struct eb_property_edits *edits)
{
    if (token == EB_NO_TOKEN)
        return true;
    edits->has_no_content_type = eb_doc_type(compiler->doc, token) == EB_JSON_NULL;
    if (!edits->has_no_content_type)
        edits->content_type = compile_text(compiler, token);
    return edits->has_no_content_type || edits->content_type;
}

/* Seconds, 0 for what is no number of them (MQTT 5 §3.3.2.3.3: four bytes). */
static uint32_t read_seconds(struct eb_span text)
{
    uint64_t seconds = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || seconds > UINT32_MAX)
            return 0;
        seconds = 10 * seconds + (uint64_t)(text.ptr[i] - '0');
    }
    return seconds > UINT32_MAX ? 0 : (uint32_t)seconds;
}

static bool compile_expiry(
    struct eb_template_compiler *compiler, uint32_t token, struct eb_property_edits *edits)
{
    if (token == EB_NO_TOKEN)
        return true;
    if (eb_doc_type(compiler->doc, token) == EB_JSON_NUMBER) {
        edits->expiry_s = (uint32_t)eb_number_of(eb_doc_raw(compiler->doc, token)).small;
        return true;
    }
    edits->expiry = compile_text(compiler, token);
    if (!edits->expiry)
        return false;
    bool is_literal = !edits->expiry->placeholder;
    if (is_literal && !read_seconds(edits->expiry->literal))
        return fail(compiler, token, eb_render_code_text(EB_RENDER_NOT_SECONDS));
    return true;
}

static bool compile_name(
    struct eb_template_compiler *compiler, uint32_t token, struct eb_span *name)
{
    struct eb_span text = eb_doc_string(compiler->doc, token, compiler->scratch);
    *name = text.ptr ? eb_arena_copy(compiler->arena, text) : text;
    if (!name->ptr)
        return fail_memory(compiler);
    if (!eb_topic_is_text(*name) || name->len > EB_TOPIC_BYTES_MAX)
        return fail(compiler, token, "no user property can have this name");
    return true;
}

/* Room for the names to drop and the properties to give: no more than there are members. */
static bool make_room(struct eb_template_compiler *compiler, uint32_t user,
    struct eb_property_edits *edits, struct eb_span **dropped, struct eb_property_template **given)
{
    uint32_t count = PROVENANCE_COUNT;
    if (user != EB_NO_TOKEN)
        count += compiler->doc->tokens[user].next - user;
    *dropped = EB_ARENA_ARRAY(compiler->scratch, struct eb_span, count);
    *given = EB_ARENA_ARRAY(compiler->scratch, struct eb_property_template, count);
    edits->dropped = *dropped;
    edits->given = *given;
    return (*dropped && *given) || fail_memory(compiler);
}

static bool compile_given(struct eb_template_compiler *compiler, uint32_t members,
    struct eb_property_edits *edits, struct eb_property_template *given)
{
    bool is_good = true;
    if (members == EB_NO_TOKEN)
        return true;
    EB_DOC_EACH_MEMBER(compiler->doc, members, name)
    {
        struct eb_property_template *next = &given[edits->given_count++];
        next->value = compile_text(compiler, name + 1);
        is_good &= compile_name(compiler, name, &next->name) && next->value;
    }
    return is_good;
}

static bool compile_dropped(struct eb_template_compiler *compiler, uint32_t names,
    struct eb_property_edits *edits, struct eb_span *dropped)
{
    bool is_good = true;
    if (names == EB_NO_TOKEN)
        return true;
    EB_DOC_EACH_ELEMENT(compiler->doc, names, name)
    {
        is_good &= compile_name(compiler, name, &dropped[edits->dropped_count++]);
    }
    return is_good;
}

/* From scratch to where it stays, no larger than it is. */
static bool keep(struct eb_template_compiler *compiler, struct eb_property_edits *edits)
{
    struct eb_span *dropped = EB_ARENA_ARRAY(compiler->arena, struct eb_span, edits->dropped_count);
    struct eb_property_template *given =
        EB_ARENA_ARRAY(compiler->arena, struct eb_property_template, edits->given_count);
    if ((edits->dropped_count && !dropped) || (edits->given_count && !given))
        return fail_memory(compiler);
    if (edits->dropped_count)
        memcpy(dropped, edits->dropped, edits->dropped_count * sizeof *dropped);
    if (edits->given_count)
        memcpy(given, edits->given, edits->given_count * sizeof *given);
    edits->dropped = dropped;
    edits->given = given;
    return true;
}

static uint32_t member_of(const struct eb_doc *doc, uint32_t object, const char *name)
{
    return object == EB_NO_TOKEN ? EB_NO_TOKEN : eb_doc_member(doc, object, name);
}

/* To set is to drop and to give. Goes on after a mistake, to report them all. */
static bool compile_user(struct eb_template_compiler *compiler, uint32_t target, uint32_t user,
    struct eb_property_edits *edits)
{
    const struct eb_doc *doc = compiler->doc;
    struct eb_span *dropped;
    struct eb_property_template *given;
    if (!make_room(compiler, user, edits, &dropped, &given))
        return false;
    bool is_good = compile_given(compiler, member_of(doc, user, "set"), edits, given);
    for (uint32_t i = 0; i < edits->given_count; i++)
        dropped[edits->dropped_count++] = given[i].name;
    is_good &= compile_given(compiler, member_of(doc, user, "add"), edits, given);
    is_good &= compile_dropped(compiler, member_of(doc, user, "drop"), edits, dropped);

    uint32_t provenance = eb_doc_member(doc, target, "provenance");
    edits->has_provenance =
        provenance != EB_NO_TOKEN && eb_doc_type(doc, provenance) == EB_JSON_TRUE;
    for (int i = 0; edits->has_provenance && i < PROVENANCE_COUNT; i++)
        dropped[edits->dropped_count++] = provenance_names[i];
    return is_good && keep(compiler, edits);
}

bool eb_property_edits_compile(
    struct eb_template_compiler *compiler, uint32_t token, const struct eb_property_edits **edits)
{
    static const char *const members[] = { "content_type", "expiry_s", "user_properties",
        "provenance" };
    const struct eb_doc *doc = compiler->doc;
    bool says_something = false;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        says_something |= eb_doc_member(doc, token, members[i]) != EB_NO_TOKEN;
    *edits = NULL;
    if (!says_something)
        return true;
    struct eb_property_edits *compiled = EB_ARENA_NEW(compiler->arena, struct eb_property_edits);
    if (!compiled)
        return fail_memory(compiler);
    *edits = compiled;
    bool is_good =
        compile_content_type(compiler, eb_doc_member(doc, token, "content_type"), compiled);
    is_good &= compile_expiry(compiler, eb_doc_member(doc, token, "expiry_s"), compiled);
    uint32_t user = eb_doc_member(doc, token, "user_properties");
    return compile_user(compiler, token, user, compiled) && is_good;
}

/* ---- rendering ---- */

static enum eb_render_code blame(
    struct eb_render_fault *fault, enum eb_render_code code, const struct eb_template_part *parts)
{
    fault->placeholder =
        parts && parts->placeholder ? parts->placeholder->source : eb_span(NULL, 0);
    return fault->code = code;
}

static bool is_dropped(const struct eb_property_edits *edits, struct eb_span name)
{
    for (uint32_t i = 0; i < edits->dropped_count; i++) {
        if (eb_span_equal(edits->dropped[i], name))
            return true;
    }
    return false;
}

static uint32_t carry_over(const struct eb_property_edits *edits,
    const struct eb_properties *properties, struct eb_user_property *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < properties->user_count; i++) {
        if (!is_dropped(edits, properties->user[i].name))
            out[count++] = properties->user[i];
    }
    return count;
}

static uint32_t add_provenance(const struct eb_render *render, struct eb_user_property *out)
{
    const struct eb_message *origin = render->origin ? render->origin : render->message;
    const struct eb_span values[] = { render->rule, origin->topic, origin->client_id };
    _Static_assert(sizeof values / sizeof *values == PROVENANCE_COUNT, "a value for each name");
    for (int i = 0; i < PROVENANCE_COUNT; i++)
        out[i] = (struct eb_user_property){ .name = provenance_names[i], .value = values[i] };
    return PROVENANCE_COUNT;
}

static enum eb_render_code render_user(const struct eb_property_edits *edits,
    const struct eb_render *render, struct eb_arena *arena, struct eb_properties *properties,
    struct eb_render_fault *fault)
{
    if (!edits->dropped_count && !edits->given_count)
        return blame(fault, EB_RENDER_OK, NULL);
    size_t max = (size_t)properties->user_count + edits->given_count + PROVENANCE_COUNT;
    struct eb_user_property *user =
        eb_arena_alloc(arena, max * sizeof *user, _Alignof(struct eb_user_property));
    if (!user)
        return blame(fault, EB_RENDER_NO_MEMORY, NULL);
    uint32_t count = carry_over(edits, properties, user);
    for (uint32_t i = 0; i < edits->given_count; i++, count++) {
        user[count].name = edits->given[i].name;
        if (eb_template_render_text(
                edits->given[i].value, render, arena, &user[count].value, fault))
            return fault->code;
    }
    if (edits->has_provenance)
        count += add_provenance(render, user + count);
    properties->user = user;
    properties->user_count = count;
    return blame(fault, EB_RENDER_OK, NULL);
}

static enum eb_render_code render_expiry(const struct eb_property_edits *edits,
    const struct eb_render *render, struct eb_arena *arena, struct eb_properties *properties,
    struct eb_render_fault *fault)
{
    properties->expiry_s = edits->expiry_s;
    if (!edits->expiry)
        return blame(fault, EB_RENDER_OK, NULL);
    struct eb_span text;
    if (eb_template_render_text(edits->expiry, render, arena, &text, fault))
        return fault->code;
    properties->expiry_s = read_seconds(text);
    return properties->expiry_s ? EB_RENDER_OK : blame(fault, EB_RENDER_NOT_SECONDS, edits->expiry);
}

enum eb_render_code eb_property_edits_render(const struct eb_property_edits *edits,
    const struct eb_render *render, struct eb_arena *arena, struct eb_properties *properties,
    struct eb_render_fault *fault)
{
    if (edits->has_no_content_type)
        properties->content_type = eb_span(NULL, 0);
    if (edits->content_type && eb_template_render_text(edits->content_type, render, arena,
                                   &properties->content_type, fault))
        return fault->code;
    if (render_expiry(edits, render, arena, properties, fault))
        return fault->code;
    return render_user(edits, render, arena, properties, fault);
}
