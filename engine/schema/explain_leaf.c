/*
 * explain_leaf.c - one sentence for each check that looks at a value without looking into it.
 */
#include "base/utf8.h"
#include "schema/equal.h"
#include "schema/explain.h"
#include "schema/sentence.h"

/* A check that failed, and on what. */
struct leaf {
    struct eb_sentence *sentence;
    struct eb_run *run;
    const struct eb_doc *schema;
    const struct eb_op *check;
    uint32_t token;
};

static void say_value(const struct leaf *leaf)
{
    eb_sentence_value(leaf->sentence, leaf->run->doc, leaf->token);
}

static enum eb_keyword say_type(const struct leaf *leaf)
{
    uint32_t kinds = leaf->check->code == EB_OP_INTEGRAL ? 1u << EB_KIND_INTEGER : leaf->check->b;
    eb_sentence_add(leaf->sentence, "expected ");
    eb_sentence_kinds(leaf->sentence, kinds);
    eb_sentence_add(leaf->sentence, ", got ");
    say_value(leaf);
    return EB_KEYWORD_TYPE;
}

static enum eb_keyword say_values(const struct leaf *leaf)
{
    enum { LISTED_MAX = 8 };
    const struct eb_value_set *set = leaf->check->at;
    struct eb_sentence *s = leaf->sentence;
    eb_sentence_add(s, set->count == 1 ? "expected " : "expected one of ");
    for (uint32_t i = 0; i < set->count && i < LISTED_MAX; i++) {
        eb_sentence_add(s, "%s", i ? ", " : "");
        eb_sentence_value(s, set->doc, set->tokens[i]);
    }
    if (set->count > LISTED_MAX)
        eb_sentence_add(s, " and %u more", set->count - LISTED_MAX);
    eb_sentence_add(s, ", got ");
    say_value(leaf);
    return (enum eb_keyword)leaf->check->keyword;
}

static enum eb_keyword say_range(const struct leaf *leaf)
{
    const struct eb_number_range *range = leaf->check->at;
    const char *relation = range->has_min ? (range->excludes_min ? "more than" : "at least")
                                          : (range->excludes_max ? "less than" : "at most");
    eb_sentence_add(leaf->sentence, "expected %s ", relation);
    eb_sentence_value(leaf->sentence, leaf->schema, leaf->check->a);
    eb_sentence_add(leaf->sentence, ", got ");
    say_value(leaf);
    return (enum eb_keyword)leaf->check->keyword;
}

static enum eb_keyword say_multiple(const struct leaf *leaf)
{
    eb_sentence_add(leaf->sentence, "expected a multiple of ");
    eb_sentence_value(leaf->sentence, leaf->schema, leaf->check->a);
    eb_sentence_add(leaf->sentence, ", got ");
    say_value(leaf);
    return EB_KEYWORD_MULTIPLE_OF;
}

/* Code points of a string value; decodes it if it must. */
static size_t text_length(const struct leaf *leaf)
{
    struct eb_arena_mark mark = eb_arena_mark(leaf->run->arena);
    struct eb_span text = eb_doc_string(leaf->run->doc, leaf->token, leaf->run->arena);
    size_t length = text.ptr ? eb_utf8_count(text) : 0;
    eb_arena_rewind(leaf->run->arena, mark);
    return length;
}

/* "expected at least 1 character, got 0": which of two bounds, and the keyword for it. */
static enum eb_keyword say_count(const struct leaf *leaf, size_t count, const char *one,
    const char *many, enum eb_keyword min, enum eb_keyword max)
{
    bool is_short = count < leaf->check->a;
    uint32_t bound = is_short ? leaf->check->a : leaf->check->b;
    eb_sentence_add(leaf->sentence, "expected at %s %u %s, got %zu", is_short ? "least" : "most",
        bound, bound == 1 ? one : many, count);
    return is_short ? min : max;
}

static enum eb_keyword say_length(const struct leaf *leaf)
{
    enum eb_keyword keyword = say_count(leaf, text_length(leaf), "character", "characters",
        EB_KEYWORD_MIN_LENGTH, EB_KEYWORD_MAX_LENGTH);
    eb_sentence_add(leaf->sentence, ": ");
    say_value(leaf);
    return keyword;
}

static enum eb_keyword say_item_count(const struct leaf *leaf)
{
    return say_count(leaf, leaf->run->doc->tokens[leaf->token].count, "element", "elements",
        EB_KEYWORD_MIN_ITEMS, EB_KEYWORD_MAX_ITEMS);
}

static enum eb_keyword say_member_count(const struct leaf *leaf)
{
    return say_count(leaf, leaf->run->doc->tokens[leaf->token].count, "member", "members",
        EB_KEYWORD_MIN_PROPERTIES, EB_KEYWORD_MAX_PROPERTIES);
}

static enum eb_keyword say_pattern(const struct leaf *leaf)
{
    enum { PATTERN_BYTES_MAX = 200 };
    say_value(leaf);
    eb_sentence_add(leaf->sentence, " does not match the pattern ");
    eb_sentence_quote(leaf->sentence, eb_doc_raw(leaf->schema, leaf->check->a), PATTERN_BYTES_MAX);
    return EB_KEYWORD_PATTERN;
}

static enum eb_keyword say_format(const struct leaf *leaf)
{
    say_value(leaf);
    eb_sentence_add(leaf->sentence, " is not %s", eb_format_text(leaf->check->at));
    return EB_KEYWORD_FORMAT;
}

static enum eb_keyword say_content(const struct leaf *leaf)
{
    say_value(leaf);
    eb_sentence_add(leaf->sentence, " does not hold %s%s", leaf->check->b ? "JSON" : "base64",
        leaf->check->a && leaf->check->b ? " in base64" : "");
    return (enum eb_keyword)leaf->check->keyword;
}

static uint32_t index_of(const struct eb_doc *doc, uint32_t array, uint32_t wanted)
{
    uint32_t index = 0;
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (element == wanted)
            break;
        index++;
    }
    return index;
}

static enum eb_keyword say_unique(const struct leaf *leaf)
{
    const struct eb_doc *doc = leaf->run->doc;
    uint32_t pair[2] = { 0, 0 };
    bool is_exhausted = false;
    eb_elements_differ(doc, leaf->token, leaf->run->arena, &is_exhausted, pair);
    eb_sentence_add(leaf->sentence,
        "expected elements that differ, but elements %u and %u are both ",
        index_of(doc, leaf->token, pair[0]), index_of(doc, leaf->token, pair[1]));
    eb_sentence_value(leaf->sentence, doc, pair[0]);
    return EB_KEYWORD_UNIQUE_ITEMS;
}

static enum eb_keyword (*const speakers[])(const struct leaf *leaf) = {
    [EB_OP_TYPE] = say_type,
    [EB_OP_INTEGRAL] = say_type,
    [EB_OP_VALUES] = say_values,
    [EB_OP_RANGE] = say_range,
    [EB_OP_MULTIPLE] = say_multiple,
    [EB_OP_LENGTH] = say_length,
    [EB_OP_PATTERN] = say_pattern,
    [EB_OP_FORMAT] = say_format,
    [EB_OP_CONTENT] = say_content,
    [EB_OP_ITEM_COUNT] = say_item_count,
    [EB_OP_UNIQUE] = say_unique,
    [EB_OP_MEMBER_COUNT] = say_member_count,
};

bool eb_explain_is_leaf(enum eb_opcode code)
{
    return code < sizeof speakers / sizeof *speakers && speakers[code];
}

enum eb_keyword eb_explain_leaf(struct eb_sentence *sentence, struct eb_run *run,
    const struct eb_doc *schema, const struct eb_op *check, uint32_t token)
{
    struct leaf leaf = { sentence, run, schema, check, token };
    return speakers[check->code](&leaf);
}

void eb_explain_limit(struct eb_sentence *sentence, enum eb_limit limit)
{
    static const char *const texts[] = {
        [EB_LIMIT_NONE] = "",
        [EB_LIMIT_REGEX] = "a regular expression takes too many steps on this value",
        [EB_LIMIT_NUMBER] = "the number is too long to tell whether it is a multiple",
        [EB_LIMIT_DEPTH] = "the value and the schemas applied to it nest too deeply",
        [EB_LIMIT_STEPS] = "the schema asks too much about this value",
        [EB_LIMIT_MEMORY] = "judging this value needs more memory than an event may use",
    };
    eb_sentence_add(sentence, "no verdict, a limit is exceeded: %s", texts[limit]);
}
