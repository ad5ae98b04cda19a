/*
 * compat_string.c - a string between two lengths, of some expressions and formats and not others.
 *
 * Expressions are decided exactly (text/regex_words.h). A format is a language of its own that no
 * automaton here describes; what is known of it are its shortest and longest strings and some
 * samples. So formats refute only where lengths or the same format on both sides do.
 */
#include "base/limits.h"
#include "schema/compat_prover.h"
#include "text/regex_words.h"
#include "json/writer.h"

enum {
    LENGTH_MAX = 1 << 20, /* of a string made up to be too long */
    TRIES_MAX = 1000,     /* strings of the right expressions that are judged by the rest */
};

struct format_row {
    const char *name;
    uint32_t min, max; /* of the strings that have it, in code points */
    const char *samples[5];
};

static const struct format_row formats[] = {
    { "date", 10, 10, { "2026-11-20", "1999-12-31" } },
    { "date-time", 20, UINT32_MAX, { "2026-11-20T17:21:33Z", "1999-12-31T23:59:59.5+01:00" } },
    { "duration", 3, UINT32_MAX, { "P3D", "P3DT12H", "PT36H" } },
    { "email", 3, UINT32_MAX, { "a@b.example", "somebody@example.com" } },
    { "hostname", 1, UINT32_MAX, { "a", "example.com", "lock-7.example.com" } },
    { "idn-email", 3, UINT32_MAX, { "a@b.example", "\xc3\xa4@b.example" } },
    { "idn-hostname", 1, UINT32_MAX, { "a", "example.com", "m\xc3\xbcnchen.example" } },
    { "ipv4", 7, 15, { "1.2.3.4", "192.0.2.1", "192.168.100.200" } },
    { "ipv6", 2, 45, { "::", "2001:db8::1" } },
    { "iri", 2, UINT32_MAX, { "a:b", "https://example.com/\xc3\xa4" } },
    { "iri-reference", 0, UINT32_MAX, { "", "a", "/\xc3\xa4", "https://example.com/" } },
    { "json-pointer", 0, UINT32_MAX, { "", "/a", "/data/door" } },
    { "regex", 0, UINT32_MAX, { "", "a", "^a+$" } },
    { "relative-json-pointer", 1, UINT32_MAX, { "0", "1/door", "12" } },
    { "time", 9, UINT32_MAX, { "17:21:33Z", "23:59:59.5+01:00" } },
    { "uri", 2, UINT32_MAX, { "a:b", "https://example.com/a" } },
    { "uri-reference", 0, UINT32_MAX, { "", "a", "/a", "https://example.com/a" } },
    { "uri-template", 0, UINT32_MAX, { "", "a", "/locks/{id}" } },
    { "uuid", 36, 36,
        { "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "00000000-0000-4000-8000-000000000000" } },
};

struct string_task {
    const struct eb_task *task;
    uint32_t min, max;
    struct eb_word_demand *demands;
    struct eb_span *patterns; /* of the demands: their texts */
    uint32_t demand_count;
    struct eb_span *excluded;
    uint32_t excluded_count;
    uint32_t fact_count;
    uint32_t tries;
    bool is_refuted;
    bool has_more; /* facts that lengths, expressions and exclusions do not express */
};

static const struct format_row *row_of(const struct eb_format *format)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(formats[i].name, eb_format_name(format)) == 0)
            return &formats[i];
    }
    return NULL;
}

/* ---- gathering ---- */

static void raise_min(struct string_task *strings, uint32_t min)
{
    if (min > strings->min)
        strings->min = min;
}

static void lower_max(struct string_task *strings, uint32_t max)
{
    if (max < strings->max)
        strings->max = max;
}

static void gather_length(struct string_task *strings, const struct eb_literal *fact)
{
    const struct eb_op *check = fact->check;
    if (!fact->is_not) {
        raise_min(strings, check->a);
        lower_max(strings, check->b);
    } else if (fact->way->type == EB_WAY_BELOW_MIN) {
        lower_max(strings, check->a - 1);
    } else {
        raise_min(strings, check->b + 1);
    }
}

static bool has_opposite(const struct string_task *strings, const struct eb_literal *fact)
{
    for (const struct eb_literal *other = strings->task->facts; other; other = other->next) {
        if (other->type == EB_LITERAL_CHECK && other->check->code == fact->check->code &&
            other->is_not != fact->is_not &&
            (fact->check->code == EB_OP_CONTENT
                    ? other->check->a == fact->check->a && other->check->b == fact->check->b
                    : other->check->at == fact->check->at))
            return true;
    }
    return false;
}

static void gather_format(struct string_task *strings, const struct eb_literal *fact)
{
    strings->has_more = true;
    strings->is_refuted |= has_opposite(strings, fact);
    const struct format_row *row = row_of(fact->check->at);
    if (!row || fact->is_not)
        return;
    raise_min(strings, row->min);
    lower_max(strings, row->max);
}

static void gather_pattern(
    struct string_task *strings, const struct eb_regex *regex, struct eb_span pattern, bool is_not)
{
    for (uint32_t i = 0; i < strings->demand_count; i++)
        strings->is_refuted |= strings->demands[i].matches == is_not && pattern.ptr &&
                               eb_span_equal(strings->patterns[i], pattern);
    strings->patterns[strings->demand_count] = pattern;
    strings->demands[strings->demand_count++] =
        (struct eb_word_demand){ .regex = regex, .matches = !is_not };
}

static void exclude(struct string_task *strings, struct eb_span text)
{
    strings->excluded[strings->excluded_count++] = text;
}

/* A text that is JSON, as the string it is; others exclude no string. */
static void gather_reject(struct string_task *strings, struct eb_span text)
{
    if (text.len < 2 || text.ptr[0] != '"')
        return;
    if (memchr(text.ptr, '\\', text.len))
        strings->has_more = true; /* the last word has who judges */
    else
        exclude(strings, eb_span(text.ptr + 1, text.len - 2));
}

static void gather_check(struct string_task *strings, const struct eb_literal *fact)
{
    switch ((enum eb_opcode)fact->check->code) {
    case EB_OP_LENGTH: gather_length(strings, fact); break;
    case EB_OP_PATTERN:
        gather_pattern(
            strings, fact->check->at, eb_pattern_text(strings->task->prover, fact), fact->is_not);
        break;
    case EB_OP_FORMAT: gather_format(strings, fact); break;
    case EB_OP_VALUES: break; /* counted on its own */
    default: strings->is_refuted |= has_opposite(strings, fact); strings->has_more = true;
    }
}

static uint32_t excluded_max(const struct eb_task *task)
{
    uint32_t count = 0;
    for (const struct eb_literal *fact = task->facts; fact; fact = fact->next) {
        count += fact->type == EB_LITERAL_REJECT;
        if (fact->type == EB_LITERAL_CHECK && fact->check->code == EB_OP_VALUES)
            count += ((const struct eb_value_set *)fact->check->at)->strings.count;
    }
    return count;
}

static bool gather(struct string_task *strings)
{
    const struct eb_task *task = strings->task;
    for (const struct eb_literal *fact = task->facts; fact; fact = fact->next)
        strings->fact_count++;
    strings->demands = EB_PROVER_ARRAY(task->prover, struct eb_word_demand, strings->fact_count);
    strings->excluded = EB_PROVER_ARRAY(task->prover, struct eb_span, excluded_max(task));
    strings->patterns = EB_PROVER_ARRAY(task->prover, struct eb_span, strings->fact_count);
    if (!strings->demands || !strings->excluded || !strings->patterns)
        return false;
    for (const struct eb_literal *fact = task->facts; fact; fact = fact->next) {
        if (fact->type == EB_LITERAL_REGEX)
            gather_pattern(strings, fact->regex, fact->text, fact->is_not);
        else if (fact->type == EB_LITERAL_REJECT)
            gather_reject(strings, fact->text);
        else if (fact->type == EB_LITERAL_CHECK)
            gather_check(strings, fact);
        if (fact->type != EB_LITERAL_CHECK || fact->check->code != EB_OP_VALUES || !fact->is_not)
            continue;
        const struct eb_value_set *set = fact->check->at;
        for (uint32_t i = 0; i < set->strings.count; i++)
            exclude(strings, set->strings.names[i].text);
    }
    return true;
}

/* ---- trying ---- */

/* As JSON, in the prover's memory. */
static struct eb_span quote(const struct string_task *strings, struct eb_span text)
{
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, &strings->task->prover->work);
    eb_json_write_string(&writer, text);
    return eb_json_writer_finish(&writer);
}

/* FOUND or UNSURE: that one string is none proves nothing. */
static struct eb_answer try_string(const struct string_task *strings, struct eb_span text)
{
    struct eb_answer answer = { .text = quote(strings, text) };
    bool is_one = answer.text.ptr && eb_literals_judge(strings->task->prover, strings->task->facts,
                                         answer.text) == EB_PROOF_FOUND;
    answer.proof = is_one ? EB_PROOF_FOUND : EB_PROOF_UNSURE;
    return answer;
}

static bool accepts_word(void *context, struct eb_span word)
{
    struct string_task *strings = context;
    struct eb_prover *prover = strings->task->prover;
    if (strings->tries++ == TRIES_MAX || !eb_prover_step(prover))
        return true; /* ends the search; it is judged once more */
    struct eb_arena_mark mark = eb_arena_mark(&prover->work);
    bool is_good = try_string(strings, word).proof == EB_PROOF_FOUND;
    eb_arena_rewind(&prover->work, mark);
    return is_good;
}

static struct eb_answer try_samples(const struct string_task *strings)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const char *const *samples = formats[i].samples;
        for (size_t j = 0; j < sizeof formats->samples / sizeof *samples && samples[j]; j++) {
            struct eb_answer answer = try_string(strings, eb_span_of(samples[j]));
            if (answer.proof == EB_PROOF_FOUND)
                return answer;
        }
    }
    return eb_answer(EB_PROOF_UNSURE);
}

/* Nothing but a length that nobody counts to: a's. */
static struct eb_answer try_long(const struct string_task *strings)
{
    char *text = strings->min <= LENGTH_MAX
                     ? EB_PROVER_ARRAY(strings->task->prover, char, strings->min)
                     : NULL;
    if (!text)
        return eb_answer(EB_PROOF_UNSURE);
    memset(text, 'a', strings->min);
    return try_string(strings, eb_span(text, strings->min));
}

static bool has_samples(const struct string_task *strings)
{
    for (const struct eb_literal *fact = strings->task->facts; fact; fact = fact->next) {
        if (fact->type == EB_LITERAL_CHECK && fact->check->code == EB_OP_FORMAT && !fact->is_not)
            return true;
    }
    return false;
}

/* A search for a word takes as long as many other steps. */
static void charge(struct eb_prover *prover, uint32_t work)
{
    enum { WORK_OF_A_STEP = 8 };
    uint32_t steps = work / WORK_OF_A_STEP;
    prover->steps -= steps < prover->steps ? steps : prover->steps;
}

struct eb_answer eb_solve_string(const struct eb_task *task)
{
    struct string_task strings = { .task = task, .max = UINT32_MAX };
    if (!gather(&strings))
        return eb_answer(EB_PROOF_UNSURE);
    if (strings.is_refuted || strings.min > strings.max)
        return eb_answer(EB_PROOF_EMPTY);
    if (has_samples(&strings)) {
        struct eb_answer answer = try_samples(&strings);
        if (answer.proof == EB_PROOF_FOUND)
            return answer;
    }
    struct eb_word_query query = {
        .demands = strings.demands,
        .demand_count = strings.demand_count,
        .min = strings.min,
        .max = strings.max,
        .excluded = strings.excluded,
        .excluded_count = strings.excluded_count,
        .accepts = accepts_word,
        .context = &strings,
    };
    struct eb_span word;
    enum eb_word_result result = eb_word_find(&query, &task->prover->work, &word);
    charge(task->prover, query.work);
    switch (result) {
    case EB_WORD_NONE: return eb_answer(EB_PROOF_EMPTY);
    case EB_WORD_FOUND: return try_string(&strings, word);
    default: return try_long(&strings);
    }
}
