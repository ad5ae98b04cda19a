#include "pattern/predicate_parse.h"

#include <math.h>

#include "base/limits.h"
#include "base/near_name.h"
#include "pattern/comparable.h"
#include "text/fold.h"

/* What stands behind an operator's name. False after a failure, which was reported. */
typedef bool parse_operand(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate);

struct operation {
    const char *name;
    parse_operand *parse;
    parse_operand *parse_excluded; /* inside "anything-but"; NULL: it cannot stand there */
};

static const struct operation *find_operation(const struct eb_doc *doc, uint32_t name);

void eb_predicate_fail(struct eb_predicate_parser *parser, uint32_t token, const char *text)
{
    eb_doc_diag(parser->diags, EB_ERROR, parser->doc, token, "%s", text);
    parser->has_failed = true;
}

static bool fail_memory(struct eb_predicate_parser *parser)
{
    eb_diag_add_out_of_memory(parser->diags);
    parser->has_failed = true;
    return false;
}

/* ---- strings ---- */

static enum eb_json_type type_of(const struct eb_predicate_parser *parser, uint32_t token)
{
    return eb_doc_type(parser->doc, token);
}

/* The string's value, borrowed from the document or from scratch. */
static bool read_string(struct eb_predicate_parser *parser, uint32_t token, struct eb_span *text)
{
    if (type_of(parser, token) != EB_JSON_STRING) {
        eb_predicate_fail(parser, token, "expected a string");
        return false;
    }
    *text = eb_doc_string(parser->doc, token, parser->scratch);
    return text->ptr || fail_memory(parser);
}

static struct eb_predicate text_predicate(enum eb_predicate_kind kind, struct eb_span text)
{
    return (struct eb_predicate){ .kind = kind, .text = text };
}

static bool parse_text(struct eb_predicate_parser *parser, uint32_t token,
    struct eb_predicate *predicate, enum eb_predicate_kind kind)
{
    struct eb_span text;
    if (!read_string(parser, token, &text))
        return false;
    *predicate = text_predicate(kind, text);
    return true;
}

static bool parse_folded(struct eb_predicate_parser *parser, uint32_t token,
    struct eb_predicate *predicate, enum eb_predicate_kind kind)
{
    struct eb_span text;
    if (!read_string(parser, token, &text))
        return false;
    text = eb_fold(text, parser->scratch);
    *predicate = text_predicate(kind, text);
    return text.ptr || fail_memory(parser);
}

static bool parse_exactly(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    return parse_text(parser, token, predicate, EB_IS_STRING);
}

static bool parse_equals_ignore_case(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    return parse_folded(parser, token, predicate, EB_FOLDS_TO);
}

/* "prefix" and "suffix" take a string, or { "equals-ignore-case": string }. */
static bool parse_affix(struct eb_predicate_parser *parser, uint32_t token,
    struct eb_predicate *predicate, enum eb_predicate_kind kind, enum eb_predicate_kind folded_kind)
{
    if (type_of(parser, token) != EB_JSON_OBJECT)
        return parse_text(parser, token, predicate, kind);
    uint32_t operand = eb_doc_member(parser->doc, token, "equals-ignore-case");
    if (operand == EB_NO_TOKEN || parser->doc->tokens[token].count != 1) {
        eb_predicate_fail(
            parser, token, "expected a string or { \"equals-ignore-case\": a string }");
        return false;
    }
    return parse_folded(parser, operand, predicate, folded_kind);
}

static bool parse_prefix(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    return parse_affix(parser, token, predicate, EB_STARTS, EB_FOLDED_STARTS);
}

static bool parse_suffix(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    return parse_affix(parser, token, predicate, EB_ENDS, EB_FOLDED_ENDS);
}

/* What is wrong with a wildcard's text; NULL when nothing is. */
static const char *wildcard_fault(struct eb_span text)
{
    if (text.len > EB_WILDCARD_BYTES_MAX)
        return "a wildcard is longer than 1024 bytes";
    for (size_t i = 0; i < text.len; i++) {
        char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';
        if (text.ptr[i] == '*' && next == '*')
            return "two stars in a row mean no more than one; write one";
        if (text.ptr[i] != '\\')
            continue;
        if (next != '*' && next != '\\')
            return "a backslash must stand before a star or a backslash";
        i++;
    }
    return NULL;
}

static bool parse_wildcard(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    struct eb_span text;
    if (!read_string(parser, token, &text))
        return false;
    const char *fault = wildcard_fault(text);
    if (fault) {
        eb_predicate_fail(parser, token, fault);
        return false;
    }
    *predicate = text_predicate(EB_IS_LIKE, text);
    return true;
}

static bool keep_block(struct eb_predicate_parser *parser, struct eb_predicate *predicate,
    enum eb_predicate_kind kind, const struct eb_block *block)
{
    struct eb_block *kept = EB_ARENA_NEW(parser->scratch, struct eb_block);
    if (!kept)
        return fail_memory(parser);
    *kept = *block;
    *predicate = (struct eb_predicate){ .kind = kind, .block = kept };
    return true;
}

static bool parse_cidr(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    struct eb_span text;
    struct eb_block block;
    if (!read_string(parser, token, &text))
        return false;
    if (!eb_block_parse(text, &block)) {
        eb_predicate_fail(parser, token,
            "expected an IP address, a slash and a number of bits, as 10.0.0.0/8 or 2001:db8::/32");
        return false;
    }
    return keep_block(parser, predicate, EB_IN_BLOCK, &block);
}

/* ---- numbers ---- */

static bool read_number(struct eb_predicate_parser *parser, uint32_t token, double *number)
{
    if (type_of(parser, token) != EB_JSON_NUMBER) {
        eb_predicate_fail(parser, token, "expected a number");
        return false;
    }
    struct eb_span literal = eb_doc_raw(parser->doc, token);
    if (eb_comparable_of(literal, number))
        return true;
    eb_predicate_fail(parser, token,
        "expected a number that a double holds without loss: at most 15 digits, or 2^53");
    return false;
}

/* "<", …: a bound of a range. */
struct comparison {
    const char *sign;
    bool is_low, is_high, is_excluded;
};

static const struct comparison *find_comparison(struct eb_predicate_parser *parser, uint32_t token)
{
    static const struct comparison comparisons[] = {
        { "=", true, true, false },
        { ">=", true, false, false },
        { ">", true, false, true },
        { "<=", false, true, false },
        { "<", false, true, true },
    };
    if (type_of(parser, token) == EB_JSON_STRING) {
        for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++) {
            if (eb_doc_string_is(parser->doc, token, eb_span_of(comparisons[i].sign)))
                return &comparisons[i];
        }
    }
    eb_predicate_fail(parser, token, "expected \"=\", \"<\", \"<=\", \">\" or \">=\"");
    return NULL;
}

/* Sets the bound that the comparison and the number behind it make. */
static const struct comparison *parse_bound(
    struct eb_predicate_parser *parser, uint32_t sign, struct eb_predicate *predicate)
{
    const struct comparison *comparison = find_comparison(parser, sign);
    double number;
    if (!comparison || !read_number(parser, sign + 1, &number))
        return NULL;
    if (comparison->is_low) {
        predicate->range.low = number;
        predicate->excludes_low = comparison->is_excluded;
    }
    if (comparison->is_high) {
        predicate->range.high = number;
        predicate->excludes_high = comparison->is_excluded;
    }
    return comparison;
}

static bool parse_range(
    struct eb_predicate_parser *parser, uint32_t array, struct eb_predicate *predicate)
{
    uint32_t low = array + 1, high = low + 2;
    const struct comparison *first = parse_bound(parser, low, predicate);
    const struct comparison *second = first ? parse_bound(parser, high, predicate) : NULL;
    if (!second)
        return false;
    if (!first->is_low || first->is_high || !second->is_high || second->is_low) {
        eb_predicate_fail(parser, array, "expected the lower bound first, then the upper");
        return false;
    }
    if (predicate->range.low >= predicate->range.high) {
        eb_predicate_fail(parser, array, "expected a lower bound that is less than the upper");
        return false;
    }
    return true;
}

static bool parse_numeric(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    *predicate = (struct eb_predicate){ .kind = EB_IN_RANGE,
        .range = { .low = -INFINITY, .high = INFINITY } };
    uint32_t count = type_of(parser, token) == EB_JSON_ARRAY ? parser->doc->tokens[token].count : 0;
    if (count == 4)
        return parse_range(parser, token, predicate);
    if (count != 2) {
        eb_predicate_fail(parser, token,
            "expected one comparison, as [\"<\", 20], or two, as [\">=\", 5, \"<\", 20]");
        return false;
    }
    const struct comparison *comparison = parse_bound(parser, token + 1, predicate);
    if (comparison && comparison->is_low && comparison->is_high)
        *predicate = (struct eb_predicate){ .kind = EB_IS_NUMBER, .number = predicate->range.low };
    return comparison;
}

/* ---- existence ---- */

static bool parse_exists(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    enum eb_json_type type = type_of(parser, token);
    if (type != EB_JSON_TRUE && type != EB_JSON_FALSE) {
        eb_predicate_fail(parser, token, "expected true or false");
        return false;
    }
    *predicate = (struct eb_predicate){ .kind = type == EB_JSON_TRUE ? EB_EXISTS : EB_IS_ABSENT };
    return true;
}

/* ---- exclusion ---- */

/* A value that is excluded as it stands: a string or a number. */
static bool parse_excluded_value(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    if (type_of(parser, token) == EB_JSON_STRING)
        return parse_exactly(parser, token, predicate);
    *predicate = (struct eb_predicate){ .kind = EB_IS_NUMBER };
    return read_number(parser, token, &predicate->number);
}

static bool is_same_type(struct eb_predicate_parser *parser, uint32_t array)
{
    EB_DOC_EACH_ELEMENT(parser->doc, array, token)
    {
        enum eb_json_type type = type_of(parser, token);
        if ((type != EB_JSON_STRING && type != EB_JSON_NUMBER) ||
            type != type_of(parser, array + 1)) {
            eb_predicate_fail(parser, token, "expected only strings or only numbers");
            return false;
        }
    }
    return true;
}

/* Inside "anything-but" an empty prefix or suffix would exclude every string. */
static bool check_excluded(
    struct eb_predicate_parser *parser, uint32_t token, const struct eb_predicate *predicate)
{
    bool is_affix = predicate->kind == EB_STARTS || predicate->kind == EB_ENDS;
    if (!is_affix || predicate->text.len)
        return true;
    eb_predicate_fail(parser, token, "expected a string that is not empty");
    return false;
}

/* One operand, or an array of them. */
static bool parse_excluded(struct eb_predicate_parser *parser, uint32_t token, parse_operand *parse,
    struct eb_predicate *predicate)
{
    bool is_array = type_of(parser, token) == EB_JSON_ARRAY;
    uint32_t count = is_array ? parser->doc->tokens[token].count : 1, done = 0;
    if (count == 0) {
        eb_predicate_fail(parser, token, "expected at least one value, found none");
        return false;
    }
    struct eb_predicate *none_of = EB_ARENA_ARRAY(parser->scratch, struct eb_predicate, count);
    if (!none_of)
        return fail_memory(parser);
    uint32_t operand = is_array ? token + 1 : token;
    for (; done < count; operand = parser->doc->tokens[operand].next, done++) {
        if (!parse(parser, operand, &none_of[done]) ||
            !check_excluded(parser, operand, &none_of[done]))
            return false;
    }
    eb_predicates_sort(none_of, count);
    *predicate = (struct eb_predicate){ .kind = EB_IS_NONE_OF, .count = count, .none_of = none_of };
    return true;
}

static bool parse_excluded_prefix(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    return parse_text(parser, token, predicate, EB_STARTS);
}

static bool parse_excluded_suffix(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    return parse_text(parser, token, predicate, EB_ENDS);
}

/* { operator: what it excludes } */
static bool parse_excluded_operation(
    struct eb_predicate_parser *parser, uint32_t object, struct eb_predicate *predicate)
{
    const struct operation *operation = NULL;
    if (parser->doc->tokens[object].count == 1)
        operation = find_operation(parser->doc, object + 1);
    if (operation && operation->parse_excluded)
        return parse_excluded(parser, object + 2, operation->parse_excluded, predicate);
    eb_predicate_fail(parser, object,
        "expected one of prefix, suffix, equals-ignore-case and wildcard inside anything-but");
    return false;
}

static bool parse_anything_but(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    switch (type_of(parser, token)) {
    case EB_JSON_STRING:
    case EB_JSON_NUMBER: return parse_excluded(parser, token, parse_excluded_value, predicate);
    case EB_JSON_ARRAY:
        return is_same_type(parser, token) &&
               parse_excluded(parser, token, parse_excluded_value, predicate);
    case EB_JSON_OBJECT: return parse_excluded_operation(parser, token, predicate);
    default:
        eb_predicate_fail(
            parser, token, "expected a string, a number, an array of either, or an object");
        return false;
    }
}

/* ---- alternatives ---- */

static const struct operation operators[] = {
    { "exactly", parse_exactly, NULL },
    { "prefix", parse_prefix, parse_excluded_prefix },
    { "suffix", parse_suffix, parse_excluded_suffix },
    { "equals-ignore-case", parse_equals_ignore_case, parse_equals_ignore_case },
    { "wildcard", parse_wildcard, parse_wildcard },
    { "anything-but", parse_anything_but, NULL },
    { "numeric", parse_numeric, NULL },
    { "exists", parse_exists, NULL },
    { "cidr", parse_cidr, NULL },
};

static const struct operation *find_operation(const struct eb_doc *doc, uint32_t name)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (eb_doc_string_is(doc, name, eb_span_of(operators[i].name)))
            return &operators[i];
    }
    return NULL;
}

bool eb_predicate_is_operator(const struct eb_doc *doc, uint32_t token)
{
    return find_operation(doc, token);
}

static void fail_unknown(struct eb_predicate_parser *parser, uint32_t name)
{
    struct eb_span written = eb_doc_raw(parser->doc, name);
    struct eb_near_name near = eb_near_name(written);
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        eb_near_name_offer(&near, eb_span_of(operators[i].name));
    if (!near.best.ptr) {
        eb_predicate_fail(parser, name,
            "unknown operator; expected prefix, suffix, equals-ignore-case, wildcard, "
            "anything-but, numeric, exists, cidr or exactly (and an $or needs at least two "
            "objects of fields)");
        return;
    }
    eb_doc_diag(parser->diags, EB_ERROR, parser->doc, name,
        "unknown operator '%.*s'; did you mean '%.*s'?", (int)written.len, written.ptr,
        (int)near.best.len, near.best.ptr);
    parser->has_failed = true;
}

/* { operator: operand } */
static bool parse_operation(
    struct eb_predicate_parser *parser, uint32_t object, struct eb_predicate *predicate)
{
    if (parser->doc->tokens[object].count != 1) {
        eb_predicate_fail(parser, object, "expected exactly one operator");
        return false;
    }
    const struct operation *operation = find_operation(parser->doc, object + 1);
    if (operation)
        return operation->parse(parser, object + 2, predicate);
    fail_unknown(parser, object + 1);
    return false;
}

/* An address stands for itself however it is written. */
static bool parse_plain_string(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    struct eb_span text;
    struct eb_address address;
    if (!read_string(parser, token, &text))
        return false;
    *predicate = text_predicate(EB_IS_STRING, text);
    if (!eb_address_parse(text, &address))
        return true;
    struct eb_block block = eb_block_of(&address);
    return keep_block(parser, predicate, EB_IS_ADDRESS, &block);
}

static bool parse_plain_number(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    struct eb_span literal = eb_doc_raw(parser->doc, token);
    *predicate = (struct eb_predicate){ .kind = EB_IS_NUMBER };
    if (!eb_comparable_of(literal, &predicate->number))
        *predicate = text_predicate(EB_IS_LITERAL, literal);
    return true;
}

static bool parse_predicate(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate *predicate)
{
    switch (type_of(parser, token)) {
    case EB_JSON_NULL: predicate->kind = EB_IS_NULL; return true;
    case EB_JSON_FALSE: predicate->kind = EB_IS_FALSE; return true;
    case EB_JSON_TRUE: predicate->kind = EB_IS_TRUE; return true;
    case EB_JSON_NUMBER: return parse_plain_number(parser, token, predicate);
    case EB_JSON_STRING: return parse_plain_string(parser, token, predicate);
    case EB_JSON_OBJECT: return parse_operation(parser, token, predicate);
    case EB_JSON_ARRAY: break;
    }
    eb_predicate_fail(parser, token, "expected a value or an operator, not an array");
    return false;
}

uint32_t eb_predicates_parse(
    struct eb_predicate_parser *parser, uint32_t token, struct eb_predicate **predicates)
{
    uint32_t count = parser->doc->tokens[token].count, next = 0;
    bool is_good = true;
    if (count == 0) {
        eb_predicate_fail(parser, token, "expected at least one value, found none");
        return 0;
    }
    *predicates = EB_ARENA_ARRAY(parser->scratch, struct eb_predicate, count);
    if (!*predicates) {
        fail_memory(parser);
        return 0;
    }
    EB_DOC_EACH_ELEMENT(parser->doc, token, element)
    is_good &= parse_predicate(parser, element, &(*predicates)[next++]);
    if (!is_good)
        return 0;
    eb_predicates_sort(*predicates, count);
    return count;
}
