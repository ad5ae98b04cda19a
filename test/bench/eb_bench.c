/*
 * eb-bench - how long the stages of the engine take, without a broker. Commands print one line of
 * JSON, or a table.
 */
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"

static const struct {
    const char *name, *arguments, *help;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "read", "--events E.jsonl [--rounds N]", "JSON events read by us and by jansson",
        bench_read },
    { "families", "[--only NAME] [--sizes 1..4] [--events N] [--rounds N | --instructions]",
        "events against ten to a million rules of every kind", bench_families },
    { "match", "--rules R.jsonl --events E.jsonl [--rounds N | --instructions]",
        "events against a file of rules", bench_match },
    { "pipeline", "--config PATH --events E.jsonl [--topic T] [--rounds N | --instructions]",
        "the whole way of an event and its stages", bench_pipeline },
    { "validate", "--schema S.json --instances I.jsonl [--no-formats] [--rounds N]",
        "events judged by a schema, beside jansson parsing them", bench_validate },
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static int print_usage(FILE *out)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "eb-bench %s %s\n    %s\n", commands[i].name, commands[i].arguments,
            commands[i].help);
    return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return print_usage(stderr);
    if (strcmp(argv[1], "--help") == 0)
        return print_usage(stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    return print_usage(stderr);
}
