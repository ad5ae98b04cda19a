#include "fuzz/corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void *require(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void add(struct corpus *corpus, struct input input)
{
    corpus->items = require(realloc(corpus->items, (corpus->count + 1) * sizeof *corpus->items));
    corpus->items[corpus->count++] = input;
}

void corpus_release(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++) {
        free(corpus->items[i].name);
        free(corpus->items[i].bytes);
    }
    free(corpus->items);
    *corpus = (struct corpus){ 0 };
}

/* ---- files ---- */

static bool add_file(struct corpus *corpus, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    bool is_read = file && fstat(fileno(file), &status) == 0;
    if (is_read) {
        struct input input = { .len = (size_t)status.st_size };
        input.name = require(strdup(path));
        input.bytes = require(malloc(input.len ? input.len : 1));
        is_read = fread(input.bytes, 1, input.len, file) == input.len;
        add(corpus, input);
    }
    if (!is_read)
        perror(path);
    if (file)
        fclose(file);
    return is_read;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

bool corpus_add(struct corpus *corpus, const char *path)
{
    struct dirent **entries;
    bool is_read = true;
    int count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0)
        return add_file(corpus, path);
    for (int i = 0; i < count; i++) {
        char *file = NULL;
        if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0)
            abort();
        is_read &= add_file(corpus, file);
        free(file);
        free(entries[i]);
    }
    free(entries);
    return is_read;
}

/* ---- words ---- */

/* A byte of a word, and past it; *text is at its closing quotation mark when there is none. */
static bool take_byte(const char **text, uint8_t *byte)
{
    unsigned code;
    if (**text == '\0' || **text == '"')
        return false;
    if (**text != '\\') {
        *byte = (uint8_t) * (*text)++;
        return true;
    }
    if (sscanf(*text, "\\x%2x", &code) == 1) {
        *byte = (uint8_t)code;
        *text += 4;
        return true;
    }
    *byte = (uint8_t)(*text)[1];
    *text += *byte ? 2 : 1;
    return *byte != '\0';
}

/* False when the line is neither a word nor a comment. */
static bool add_word(struct corpus *words, const char *line)
{
    const char *quote = strchr(line, '"');
    if (*line == '#' || *line == '\n')
        return true;
    if (!quote)
        return false;
    const char *next = quote + 1;
    struct input word = { .bytes = require(malloc(strlen(next) + 1)) };
    while (take_byte(&next, &word.bytes[word.len]))
        word.len++;
    add(words, word);
    return word.len > 0 && *next == '"';
}

bool corpus_add_words(struct corpus *words, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    bool is_read = file != NULL;
    for (int number = 1; file && getline(&line, &room, file) >= 0; number++) {
        if (!add_word(words, line)) {
            fprintf(stderr, "%s:%d: expected a word in quotation marks\n", path, number);
            is_read = false;
        }
    }
    if (!file)
        perror(path);
    else
        fclose(file);
    free(line);
    return is_read;
}
