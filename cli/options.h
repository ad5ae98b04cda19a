/*
 * options.h - what stands behind a command: options by a table, and operands.
 *
 * The table says where in a struct of the command's own each value goes. Long options are
 * "--name", "--name value" or "--name=value"; single letters "-n", "-n value", "-nvalue". "--" ends
 * them, and a lone "-" is an operand.
 */
#ifndef EB_CLI_OPTIONS_H
#define EB_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,   /* bool, set to true */
    OPTION_TEXT,   /* const char * */
    OPTION_NUMBER, /* uint32_t, from min to max */
    OPTION_TEXTS,  /* struct option_texts; may be given several times */
};

struct option_texts {
    const char **items; /* on the heap */
    size_t count;
};

struct option {
    const char *name;
    char letter; /* 0: none */
    enum option_kind kind;
    const char *value; /* what help calls its value; NULL for a flag */
    const char *help;
    size_t offset; /* of the value, in the struct the table is for */
    uint32_t min, max;
};

struct option_table {
    const struct option *options;
    size_t count;
    size_t base; /* where that struct is in the command's own */
};

/* What is left when the options are taken away; borrowed from argv. */
struct operands {
    char **items;
    size_t count;
};

/*
 * Fill in `values` from `argv[0 … argc - 1]`, and move the operands to the front of argv. False,
 * with a sentence on standard error, when something is not in the table or has no good value.
 */
bool options_read(const struct option_table *tables, size_t table_count, void *values, int argc,
    char **argv, struct operands *operands);
void option_texts_release(struct option_texts *texts);

/* One line of help for each option. */
void options_print(const struct option_table *table);

#endif
