#include "complete.h"

#include <stdio.h>
#include <string.h>

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const struct command *find_command(const struct command *group, const char *name)
{
    for (size_t i = 0; i < group->command_count; i++) {
        if (strcmp(command_word(group->commands[i]), name) == 0)
            return group->commands[i];
    }
    return NULL;
}

static void print_commands(const struct command *group, const char *prefix)
{
    for (size_t i = 0; i < group->command_count; i++) {
        if (begins(command_word(group->commands[i]), prefix))
            printf("%s\n", command_word(group->commands[i]));
    }
}

static void print_options(const struct command *command, const char *prefix)
{
    for (size_t i = 0; i < command->table_count; i++) {
        for (size_t j = 0; j < command->tables[i].count; j++) {
            const char *name = command->tables[i].options[j].name;
            if (begins(prefix, "--") ? begins(name, prefix + 2) : true)
                printf("--%s\n", name);
        }
    }
    if (begins("--help", prefix))
        printf("--help\n");
}

/* The option a word is; NULL: it is none. */
static const struct option *find_option(const struct command *command, const char *word)
{
    for (size_t i = 0; i < command->table_count; i++) {
        for (size_t j = 0; j < command->tables[i].count; j++) {
            const struct option *option = &command->tables[i].options[j];
            bool is_long = begins(word, "--") && strcmp(word + 2, option->name) == 0;
            bool is_short = option->letter && word[0] == '-' && word[1] == option->letter;
            if (is_long || (is_short && word[2] == '\0'))
                return option;
        }
    }
    return NULL;
}

/* "0|1|2": help says so which words there are. */
static void print_alternatives(const char *value, const char *prefix)
{
    if (!strchr(value, '|'))
        return;
    for (const char *end; *value; value = *end ? end + 1 : end) {
        end = strchrnul(value, '|');
        if (strncmp(value, prefix, strlen(prefix)) == 0)
            printf("%.*s\n", (int)(end - value), value);
    }
}

void complete_print(const struct command *group, int count, char **words)
{
    const struct command *command = group;
    int next = 0;
    if (count == 0)
        return;
    while (command && command->commands && next < count - 1)
        command = find_command(command, words[next++]);
    const char *typed = words[count - 1];
    if (!command)
        return;
    const struct option *option = count > next + 1 ? find_option(command, words[count - 2]) : NULL;
    if (option && option->value)
        print_alternatives(option->value, typed);
    else if (*typed == '-')
        print_options(command, typed);
    else if (command->commands)
        print_commands(command, typed);
}
