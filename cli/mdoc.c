#include "mdoc.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { LINE_MAX = 76 };

/* ---- text ---- */

/* Bytes it takes in the source; what is not ASCII is named, a backslash is \e. */
static size_t print_character(struct eb_span text, size_t *taken)
{
    uint32_t code_point;
    *taken = eb_utf8_decode(text, &code_point);
    if (*taken <= 1) {
        *taken = 1;
        return (size_t)(text.ptr[0] == '\\' ? printf("\\e") : printf("%c", text.ptr[0]));
    }
    return (size_t)printf("\\[u%04X]", code_point);
}

static size_t print_span(struct eb_span text)
{
    size_t width = 0;
    for (size_t taken; text.len; text = eb_span(text.ptr + taken, text.len - taken))
        width += print_character(text, &taken);
    return width;
}

void mdoc_print_word(struct eb_span text)
{
    print_span(text);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\n';
}

/* Takes the next word off `*rest`; false: there is none. */
static bool next_word(struct eb_span *rest, struct eb_span *word)
{
    while (rest->len && is_space(*rest->ptr))
        *rest = eb_span(rest->ptr + 1, rest->len - 1);
    size_t len = 0;
    while (len < rest->len && !is_space(rest->ptr[len]))
        len++;
    *word = eb_span(rest->ptr, len);
    *rest = eb_span(rest->ptr + len, rest->len - len);
    return len > 0;
}

static bool ends_sentence(struct eb_span word)
{
    char last = word.ptr[word.len - 1];
    return last == '.' || last == '!' || last == '?';
}

/* What begins a line must not look like a macro. */
static size_t print_first(struct eb_span word)
{
    bool is_control = *word.ptr == '.' || *word.ptr == '\'';
    return (is_control ? (size_t)printf("\\&") : 0) + print_span(word);
}

void mdoc_print_text(struct eb_span text)
{
    size_t column = 0;
    struct eb_span word;
    while (next_word(&text, &word)) {
        if (column && column + 1 + word.len > LINE_MAX) {
            putchar('\n');
            column = 0;
        }
        if (column)
            column += (size_t)printf(" ") + print_span(word);
        else
            column = print_first(word);
        if (ends_sentence(word)) {
            putchar('\n');
            column = 0;
        }
    }
    if (column)
        putchar('\n');
}

/* ---- paragraphs ---- */

/* Lines that stand under one another are to stay so: words in them are set apart by more than one
 * space. */
static bool is_table(struct eb_span paragraph)
{
    return paragraph.len && memmem(paragraph.ptr, paragraph.len, "  ", 2);
}

static void print_literally(struct eb_span paragraph)
{
    printf(".Bd -literal\n");
    while (paragraph.len) {
        const char *newline = memchr(paragraph.ptr, '\n', paragraph.len);
        size_t len = newline ? (size_t)(newline - paragraph.ptr) : paragraph.len;
        if (len)
            print_first(eb_span(paragraph.ptr, len));
        putchar('\n');
        len += newline != NULL;
        paragraph = eb_span(paragraph.ptr + len, paragraph.len - len);
    }
    printf(".Ed\n");
}

static void print_paragraphs(const char *help)
{
    while (help && *help) {
        const char *gap = strstr(help, "\n\n");
        size_t len = gap ? (size_t)(gap - help) : strlen(help);
        while (len && help[len - 1] == '\n')
            len--;
        struct eb_span paragraph = eb_span(help, len);
        if (is_table(paragraph)) {
            print_literally(paragraph);
        } else {
            printf(".Pp\n");
            mdoc_print_text(paragraph);
        }
        help = gap ? gap + 2 : NULL;
    }
}

/* ---- commands ---- */

static void print_option(const struct option *option)
{
    printf(".It Fl ");
    if (option->letter)
        printf("%c , Fl ", option->letter);
    printf("-%s", option->name);
    if (option->value) {
        printf(" Ar ");
        mdoc_print_word(eb_span_of(option->value));
    }
    putchar('\n');
    mdoc_print_text(eb_span_of(option->help));
}

static void print_options(const struct command *command)
{
    if (command->table_count == 0)
        return;
    printf(".Bl -tag -width Ds\n");
    for (size_t i = 0; i < command->table_count; i++) {
        for (size_t j = 0; j < command->tables[i].count; j++)
            print_option(&command->tables[i].options[j]);
    }
    printf(".El\n");
}

static void print_command(const struct command *command)
{
    char summary[256];
    int len = snprintf(summary, sizeof summary, "%s.", command->summary);
    printf(".Ss %s\n.Dl event-bus %s ", command->name, command->name);
    mdoc_print_word(eb_span_of(command->synopsis));
    printf("\n.Pp\n");
    mdoc_print_text(eb_span(summary, (size_t)len));
    print_paragraphs(command->help);
    print_options(command);
}

void mdoc_print_commands(const struct command *group)
{
    for (size_t i = 0; i < group->command_count; i++) {
        const struct command *command = group->commands[i];
        if (command->commands)
            mdoc_print_commands(command);
        else
            print_command(command);
    }
}
