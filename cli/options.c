#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near_name.h"
#include "memory.h"
#include "terminal.h"

struct option_reader {
    const struct option_table *tables;
    size_t table_count;
    char *values;
    char **next, **end; /* arguments not looked at yet */
};

/* An option that was found, and where its value goes. */
struct found {
    const struct option *option; /* NULL: there is none such */
    void *place;
};

/* The option called `name`, or with the letter `letter` when that is not 0. */
static struct found find(const struct option_reader *reader, struct eb_span name, char letter)
{
    for (size_t t = 0; t < reader->table_count; t++) {
        const struct option_table *table = &reader->tables[t];
        for (size_t i = 0; i < table->count; i++) {
            const struct option *option = &table->options[i];
            if (letter ? option->letter == letter : eb_span_is(name, option->name))
                return (struct found){ option, reader->values + table->base + option->offset };
        }
    }
    return (struct found){ NULL, NULL };
}

static bool refuse_unknown(const struct option_reader *reader, struct eb_span name)
{
    struct eb_near_name near = eb_near_name(name);
    for (size_t t = 0; t < reader->table_count; t++) {
        for (size_t i = 0; i < reader->tables[t].count; i++)
            eb_near_name_offer(&near, eb_span_of(reader->tables[t].options[i].name));
    }
    if (near.best.ptr)
        complain("unknown option '--%.*s'; did you mean '--%s'?", (int)name.len, name.ptr,
            near.best.ptr);
    else
        complain("unknown option '--%.*s'", (int)name.len, name.ptr);
    return false;
}

static bool read_number(const struct option *option, const char *value, uint32_t *number)
{
    char *end;
    unsigned long long parsed = strtoull(value, &end, 10);
    bool is_number = *value >= '0' && *value <= '9' && *end == '\0';
    if (!is_number || parsed < option->min || parsed > option->max) {
        complain("--%s: expected a number from %u to %u, not '%s'", option->name, option->min,
            option->max, value);
        return false;
    }
    *number = (uint32_t)parsed;
    return true;
}

static bool add_text(struct option_texts *texts, const char *value)
{
    const char **items = realloc(texts->items, (texts->count + 1) * sizeof *items);
    if (!items) {
        memory_ran_out();
        return false;
    }
    items[texts->count++] = value;
    texts->items = items;
    return true;
}

void option_texts_release(struct option_texts *texts)
{
    free(texts->items);
    *texts = (struct option_texts){ 0 };
}

static bool set(struct found found, const char *value)
{
    switch (found.option->kind) {
    case OPTION_FLAG: *(bool *)found.place = true; return true;
    case OPTION_TEXT: *(const char **)found.place = value; return true;
    case OPTION_NUMBER: return read_number(found.option, value, found.place);
    case OPTION_TEXTS: return add_text(found.place, value);
    }
    return false;
}

/* Sets an option whose value, if it needs one, is `attached` or the next argument. */
static bool take(struct option_reader *reader, struct found found, const char *attached)
{
    const struct option *option = found.option;
    if (option->kind == OPTION_FLAG) {
        if (attached)
            complain("--%s takes no value", option->name);
        return !attached && set(found, NULL);
    }
    if (!attached && reader->next == reader->end) {
        complain("--%s needs a value: %s", option->name, option->value);
        return false;
    }
    return set(found, attached ? attached : *reader->next++);
}

static bool read_long(struct option_reader *reader, const char *argument)
{
    const char *equals = strchr(argument, '=');
    struct eb_span name =
        equals ? eb_span(argument, (size_t)(equals - argument)) : eb_span_of(argument);
    struct found found = find(reader, name, '\0');
    if (!found.option)
        return refuse_unknown(reader, name);
    return take(reader, found, equals ? equals + 1 : NULL);
}

/* "-ab": the flags a and b; "-avalue": the option a with its value. */
static bool read_letters(struct option_reader *reader, const char *letters)
{
    for (; *letters; letters++) {
        struct found found = find(reader, eb_span(NULL, 0), *letters);
        if (!found.option) {
            complain("unknown option '-%c'", *letters);
            return false;
        }
        if (found.option->kind != OPTION_FLAG)
            return take(reader, found, letters[1] ? letters + 1 : NULL);
        if (!take(reader, found, NULL))
            return false;
    }
    return true;
}

bool options_read(const struct option_table *tables, size_t table_count, void *values, int argc,
    char **argv, struct operands *operands)
{
    struct option_reader reader = {
        .tables = tables,
        .table_count = table_count,
        .values = values,
        .next = argv,
        .end = argv + argc,
    };
    *operands = (struct operands){ .items = argv };
    bool has_ended = false;
    while (reader.next < reader.end) {
        char *argument = *reader.next++;
        if (has_ended || argument[0] != '-' || argument[1] == '\0')
            operands->items[operands->count++] = argument;
        else if (strcmp(argument, "--") == 0)
            has_ended = true;
        else if (argument[1] == '-' ? !read_long(&reader, argument + 2)
                                    : !read_letters(&reader, argument + 1))
            return false;
    }
    return true;
}

void options_print(const struct option_table *table)
{
    enum { COLUMN = 32 };
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->options[i];
        int len = option->letter ? printf("  -%c, --%s", option->letter, option->name)
                                 : printf("      --%s", option->name);
        if (option->value)
            len += printf(" %s", option->value);
        printf("%*s%s\n", len < COLUMN ? COLUMN - len : 2, "", option->help);
    }
}
