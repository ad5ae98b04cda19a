#include "bus/versions.h"

#include <stdio.h>

#include "base/limits.h"
#include "bus/builder.h"
#include "bus/name.h"

/* ---- modes ---- */

static const struct {
    struct eb_span name;
    struct eb_compatibility compatibility;
} modes[] = {
    { EB_SPAN("none"), { EB_COMPAT_NONE, false } },
    { EB_SPAN("backward"), { EB_COMPAT_BACKWARD, false } },
    { EB_SPAN("forward"), { EB_COMPAT_FORWARD, false } },
    { EB_SPAN("full"), { EB_COMPAT_FULL, false } },
    { EB_SPAN("backward-transitive"), { EB_COMPAT_BACKWARD, true } },
    { EB_SPAN("forward-transitive"), { EB_COMPAT_FORWARD, true } },
    { EB_SPAN("full-transitive"), { EB_COMPAT_FULL, true } },
};

enum { MODE_COUNT = sizeof modes / sizeof *modes };

bool eb_compatibility_read(struct eb_span name, struct eb_compatibility *compatibility)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        if (eb_span_equal(name, modes[i].name)) {
            *compatibility = modes[i].compatibility;
            return true;
        }
    }
    return false;
}

const char *eb_compatibility_name(struct eb_compatibility compatibility)
{
    size_t i = 0;
    while (i < MODE_COUNT - 1 &&
           (modes[i].compatibility.mode != compatibility.mode ||
               modes[i].compatibility.is_transitive != compatibility.is_transitive))
        i++;
    return modes[i].name.ptr;
}

struct eb_compatibility eb_compatibility_declared(
    const struct eb_snapshot *snapshot, struct eb_span subject)
{
    for (uint32_t i = 0; i < snapshot->policy_count; i++) {
        if (eb_span_equal(snapshot->policies[i].subject, subject))
            return snapshot->policies[i].compatibility;
    }
    return (struct eb_compatibility){ EB_COMPAT_NONE, false };
}

/* ---- declarations ---- */

static void add_subject(struct eb_builder *builder, const struct eb_subject_text *text,
    struct eb_subject_policy *policy)
{
    struct eb_doc doc;
    *policy = (struct eb_subject_policy){ .subject = text->subject };
    if (!eb_json_read_file(&doc, text->text, text->file, 1, &builder->scratch, builder->diags) ||
        !eb_document_check(builder->checker, EB_DOCUMENT_SUBJECT, &doc, builder->diags))
        return;
    uint32_t mode = eb_doc_member(&doc, 0, "compatibility");
    struct eb_span name =
        mode == EB_NO_TOKEN ? eb_span_of("none") : eb_doc_string(&doc, mode, &builder->scratch);
    if (!name.ptr)
        eb_diag_add_out_of_memory(builder->diags);
    else
        eb_compatibility_read(name, &policy->compatibility); /* its schema knows the names */
}

void eb_builder_add_subjects(struct eb_builder *builder)
{
    const struct eb_configuration *configuration = builder->configuration;
    struct eb_subject_policy *policies =
        EB_ARENA_ARRAY(builder->arena, struct eb_subject_policy, configuration->subject_count + 1);
    if (!policies) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    for (uint32_t i = 0; i < configuration->subject_count; i++) {
        add_subject(builder, &configuration->subjects[i], &policies[i]);
        eb_arena_reset(&builder->scratch);
    }
    builder->snapshot->policies = policies;
    builder->snapshot->policy_count = configuration->subject_count;
}

/* ---- formats ---- */

static bool is_of_subject(const struct eb_subject *version, struct eb_span subject)
{
    struct eb_subject_version name;
    return version->schema && eb_subject_version_read(version->name, &name) &&
           eb_span_equal(name.subject, subject);
}

static bool uses(const struct eb_contract *contract, struct eb_span subject)
{
    return contract->choice || contract->data_schemas ||
           is_of_subject(&contract->schema, subject) ||
           is_of_subject(&contract->candidate, subject);
}

uint32_t eb_versions_format_uses(const struct eb_snapshot *snapshot, struct eb_span subject)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < snapshot->contract_count; i++) {
        const struct eb_contract *contract = &snapshot->contracts[i];
        if (uses(contract, subject))
            found |= contract->asserts_formats ? EB_FORMATS_ASSERTED : EB_FORMATS_ANNOTATED;
    }
    return found ? found : EB_FORMATS_ASSERTED;
}

/* ---- comparing ---- */

/* The registry knows every version as SUBJECT@VERSION. */
static const struct eb_schema *program_of(const struct eb_versions_question *question,
    const struct eb_schema_text *version, bool asserts_formats, struct eb_diag_list *diags)
{
    char name[EB_NAME_BYTES_MAX + 16];
    int len = snprintf(name, sizeof name, "%.*s@%u", (int)version->subject.len,
        version->subject.ptr, version->version);
    return eb_schema_compile_formats(
        question->snapshot->library, eb_span(name, (size_t)len), asserts_formats, diags);
}

static bool judge_pair(const struct eb_versions_question *question,
    const struct eb_schema_text *versions[2], bool asserts_formats, struct eb_arena *arena,
    struct eb_compat_report *report, struct eb_diag_list *diags)
{
    const struct eb_schema *old_schema = program_of(question, versions[0], asserts_formats, diags);
    const struct eb_schema *new_schema = program_of(question, versions[1], asserts_formats, diags);
    if (!old_schema || !new_schema)
        return false;
    if (eb_compat_judge(old_schema, new_schema, question->compatibility.mode, arena, report))
        return true;
    eb_diag_add_out_of_memory(diags);
    return false;
}

/* In every way the contracts judge by; of two answers the worse one is told, once. */
static bool compare_pair(const struct eb_versions_question *question,
    const struct eb_schema_text *before, const struct eb_schema_text *after,
    struct eb_diag_list *diags)
{
    static const enum eb_format_use format_uses[] = { EB_FORMATS_ASSERTED, EB_FORMATS_ANNOTATED };
    const struct eb_schema_text *versions[2] = { before, after };
    struct eb_version_pair pair = { before->file, after->file, question->compatibility.mode, true };
    struct eb_compat_report worst = { .verdict = EB_COMPAT_YES };
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    bool is_judged = true, is_first = true;
    for (size_t i = 0; i < 2 && is_judged; i++) {
        struct eb_compat_report report;
        bool asserts_formats = format_uses[i] == EB_FORMATS_ASSERTED;
        if (!(question->format_uses & format_uses[i]))
            continue;
        is_judged = judge_pair(question, versions, asserts_formats, &arena, &report, diags);
        if (is_judged && (is_first || report.verdict > worst.verdict)) {
            worst = report;
            pair.asserts_formats = asserts_formats;
        }
        is_first = false;
    }
    if (is_judged)
        question->tell(question->context, &pair, &worst);
    eb_diag_release_arena(diags, &arena);
    return is_judged;
}

/* Of the versions of a subject, which follow one another: the `after`th with those before it. */
static bool compare_with_earlier(const struct eb_versions_question *question,
    const struct eb_schema_text *versions, uint32_t after, struct eb_diag_list *diags)
{
    uint32_t last = question->compatibility.is_transitive ? 0 : after - 1;
    for (uint32_t before = after; before-- > last;) {
        if (!compare_pair(question, &versions[before], &versions[after], diags))
            return false;
    }
    return true;
}

/* The first schema that is not before version 1 of the subject. */
static uint32_t find_first(const struct eb_configuration *configuration, struct eb_span subject)
{
    uint32_t from = 0, to = configuration->schema_count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        const struct eb_schema_text *schema = &configuration->schemas[middle];
        int order = eb_span_compare(schema->subject, subject);
        if (order < 0 || (order == 0 && !schema->version))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

bool eb_versions_compare(const struct eb_versions_question *question, struct eb_diag_list *diags)
{
    const struct eb_configuration *configuration = question->configuration;
    uint32_t first = find_first(configuration, question->subject), count = 0;
    const struct eb_schema_text *versions = configuration->schemas + first;
    while (first + count < configuration->schema_count &&
           eb_span_equal(versions[count].subject, question->subject))
        count++;
    if (!count)
        eb_diag_add(diags, EB_ERROR, (struct eb_place){ .file = NULL },
            "the registry has no subject '%.*s'", (int)question->subject.len,
            question->subject.ptr);
    if (question->compatibility.mode == EB_COMPAT_NONE)
        return count;
    for (uint32_t after = 1; after < count; after++) {
        if (!compare_with_earlier(question, versions, after, diags))
            return false;
    }
    return count;
}

/* ---- checking ---- */

struct check {
    struct eb_diag_list *diags;
    struct eb_compatibility compatibility;
    const char *file; /* that version alone against those before it; NULL: every one */
};

/* The keyword that is to blame stands in the new version when that is the stricter one. */
static void report_change(
    const struct check *check, const struct eb_version_pair *pair, const struct eb_change *change)
{
    bool is_backward = change->direction == EB_COMPAT_BACKWARD;
    const struct eb_change_place *new_place = &change->new_place;
    struct eb_place place = {
        .file = new_place->file ? new_place->file : pair->new_name,
        .line = new_place->line,
        .column = new_place->column,
        .pointer = new_place->pointer,
    };
    const char *mode = eb_compatibility_name(check->compatibility);
    const char *formats = pair->asserts_formats ? "" : ", formats being annotations,";
    if (!change->witness.ptr) {
        eb_diag_add(check->diags, EB_WARNING, place,
            "whether this is %s compatible with %s%s cannot be decided (%s): %.*s", mode,
            pair->old_name, formats, change->kind, (int)change->sentence.len, change->sentence.ptr);
        return;
    }
    enum { WITNESS_BYTES_MAX = 200 };
    bool is_long = change->witness.len > WITNESS_BYTES_MAX;
    eb_diag_add(check->diags, EB_ERROR, place,
        "not %s compatible with %s%s (%s): %.*s, as %.*s%s, which %s; compatible would be: %s",
        mode, pair->old_name, formats, change->kind, (int)change->sentence.len,
        change->sentence.ptr, (int)(is_long ? WITNESS_BYTES_MAX : change->witness.len),
        change->witness.ptr, is_long ? "…" : "", is_backward ? "was valid" : "was not valid",
        change->advice);
}

static void report_pair(
    void *context, const struct eb_version_pair *pair, const struct eb_compat_report *report)
{
    const struct check *check = context;
    if (check->file && strcmp(check->file, pair->new_name) != 0)
        return;
    for (const struct eb_change *change = report->changes; change; change = change->next)
        report_change(check, pair, change);
}

static void check_subject(struct check *check, const struct eb_configuration *configuration,
    const struct eb_snapshot *snapshot, struct eb_span subject)
{
    check->compatibility = eb_compatibility_declared(snapshot, subject);
    struct eb_versions_question question = {
        .configuration = configuration,
        .snapshot = snapshot,
        .subject = subject,
        .compatibility = check->compatibility,
        .format_uses = eb_versions_format_uses(snapshot, subject),
        .tell = report_pair,
        .context = check,
    };
    eb_versions_compare(&question, check->diags);
}

void eb_versions_check(const struct eb_configuration *configuration,
    const struct eb_snapshot *snapshot, struct eb_diag_list *diags)
{
    struct check check = { .diags = diags };
    for (uint32_t i = 0; i < snapshot->policy_count; i++)
        check_subject(&check, configuration, snapshot, snapshot->policies[i].subject);
}

void eb_versions_check_one(const struct eb_configuration *configuration,
    const struct eb_snapshot *snapshot, struct eb_span subject, const char *file,
    struct eb_diag_list *diags)
{
    struct check check = { .diags = diags, .file = file };
    check_subject(&check, configuration, snapshot, subject);
}
