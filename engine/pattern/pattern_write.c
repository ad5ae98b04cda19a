#include "pattern/pattern_write.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- numbers and addresses ---- */

/* The shortest decimal of a double: it is what the pattern's number was (comparable.h). */
static void write_number(double number, struct eb_json_writer *out)
{
    enum { DIGITS_SURE = 15, DIGITS_MAX = 17 };
    char text[32];
    int len = 0;
    for (int digits = DIGITS_SURE; digits <= DIGITS_MAX; digits++) {
        len = snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    for (int i = 0; i < len; i++) { /* the point, whatever the locale writes */
        if (!strchr("0123456789+-e", text[i]))
            text[i] = '.';
    }
    eb_json_write_raw(out, eb_span(text, (size_t)len));
}

enum { ADDRESS_TEXT_MAX = INET6_ADDRSTRLEN + sizeof "/128" };

static struct eb_span address_text(const struct eb_address *address, char out[ADDRESS_TEXT_MAX])
{
    int family = address->len == 4 ? AF_INET : AF_INET6;
    return eb_span_of(inet_ntop(family, address->bytes, out, ADDRESS_TEXT_MAX));
}

static void write_block(const struct eb_block *block, struct eb_json_writer *out)
{
    char text[ADDRESS_TEXT_MAX];
    struct eb_span base = address_text(&block->base, text);
    size_t room = sizeof text - base.len;
    int len = snprintf(text + base.len, room, "/%u", block->bits);
    eb_json_write_string(out, eb_span(text, base.len + (size_t)len));
}

/* ---- operators ---- */

static void open_operator(const char *name, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_write_name(out, eb_span_of(name));
}

static void write_operation(const char *name, struct eb_span text, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_string(out, name, text);
    eb_json_close_object(out);
}

static void write_folded(const char *name, struct eb_span text, struct eb_json_writer *out)
{
    open_operator(name, out);
    write_operation("equals-ignore-case", text, out);
    eb_json_close_object(out);
}

/* A plain string that is an address would be taken for the address. */
static void write_text(struct eb_span text, struct eb_json_writer *out)
{
    struct eb_address address;
    if (eb_address_parse(text, &address))
        write_operation("exactly", text, out);
    else
        eb_json_write_string(out, text);
}

static void write_bound(const char *sign, double bound, struct eb_json_writer *out)
{
    if (isinf(bound))
        return;
    eb_json_write_string(out, eb_span_of(sign));
    write_number(bound, out);
}

static void write_range(const struct eb_predicate *predicate, struct eb_json_writer *out)
{
    open_operator("numeric", out);
    eb_json_open_array(out);
    write_bound(predicate->excludes_low ? ">" : ">=", predicate->range.low, out);
    write_bound(predicate->excludes_high ? "<" : "<=", predicate->range.high, out);
    eb_json_close_array(out);
    eb_json_close_object(out);
}

/* What is excluded is all of one kind; its operator stands around it. */
static const char *excluding_operator(const struct eb_predicates *excluded)
{
    static const char *const names[EB_PREDICATE_KINDS] = {
        [EB_STARTS] = "prefix",
        [EB_ENDS] = "suffix",
        [EB_FOLDS_TO] = "equals-ignore-case",
        [EB_IS_LIKE] = "wildcard",
    };
    struct eb_predicate_cursor cursor = eb_predicates_begin(excluded);
    struct eb_predicate first;
    return eb_predicates_next(&cursor, &first) ? names[first.kind] : NULL;
}

static void write_excluded(const struct eb_predicates *excluded, struct eb_json_writer *out)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(excluded);
    eb_json_open_array(out);
    for (struct eb_predicate one; eb_predicates_next(&cursor, &one);) {
        if (one.kind == EB_IS_NUMBER)
            write_number(one.number, out);
        else
            eb_json_write_string(out, one.text);
    }
    eb_json_close_array(out);
}

static void write_none_of(const struct eb_predicates *excluded, struct eb_json_writer *out)
{
    const char *name = excluding_operator(excluded);
    open_operator("anything-but", out);
    if (name)
        open_operator(name, out);
    write_excluded(excluded, out);
    if (name)
        eb_json_close_object(out);
    eb_json_close_object(out);
}

static void write_exists(bool exists, struct eb_json_writer *out)
{
    eb_json_open_object(out);
    eb_json_member_bool(out, "exists", exists);
    eb_json_close_object(out);
}

void eb_predicate_write(const struct eb_predicate *predicate, struct eb_json_writer *out)
{
    char text[ADDRESS_TEXT_MAX];
    switch ((enum eb_predicate_kind)predicate->kind) {
    case EB_IS_NULL: eb_json_write_null(out); return;
    case EB_IS_FALSE: eb_json_write_bool(out, false); return;
    case EB_IS_TRUE: eb_json_write_bool(out, true); return;
    case EB_IS_NUMBER: write_number(predicate->number, out); return;
    case EB_IS_LITERAL: eb_json_write_raw(out, predicate->text); return;
    case EB_IS_STRING: write_text(predicate->text, out); return;
    case EB_IS_ADDRESS:
        eb_json_write_string(out, address_text(&predicate->block->base, text));
        return;
    case EB_IN_RANGE: write_range(predicate, out); return;
    case EB_IN_BLOCK:
        open_operator("cidr", out);
        write_block(predicate->block, out);
        eb_json_close_object(out);
        return;
    case EB_STARTS: write_operation("prefix", predicate->text, out); return;
    case EB_ENDS: write_operation("suffix", predicate->text, out); return;
    case EB_FOLDS_TO: write_operation("equals-ignore-case", predicate->text, out); return;
    case EB_FOLDED_STARTS: write_folded("prefix", predicate->text, out); return;
    case EB_FOLDED_ENDS: write_folded("suffix", predicate->text, out); return;
    case EB_IS_LIKE: write_operation("wildcard", predicate->text, out); return;
    case EB_IS_NONE_OF: write_none_of(&predicate->excluded, out); return;
    case EB_EXISTS: write_exists(true, out); return;
    case EB_IS_ABSENT: write_exists(false, out); return;
    case EB_PREDICATE_KINDS: break;
    }
}

uint32_t eb_predicates_write(
    const struct eb_predicates *predicates, uint32_t max, struct eb_json_writer *out)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(predicates);
    uint32_t count = 0;
    eb_json_open_array(out);
    for (struct eb_predicate one; eb_predicates_next(&cursor, &one); count++) {
        if (count < max)
            eb_predicate_write(&one, out);
    }
    eb_json_close_array(out);
    return count > max ? count - max : 0;
}

void eb_value_write(const struct eb_value *value, struct eb_json_writer *out)
{
    if (value->type == EB_JSON_STRING)
        eb_json_write_string(out, value->text);
    else
        eb_json_write_raw(out, value->text);
}
