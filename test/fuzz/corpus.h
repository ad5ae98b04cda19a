/*
 * corpus.h - inputs for a fuzz target, out of files, and the words that its inputs are made of.
 */
#ifndef EB_FUZZ_CORPUS_H
#define EB_FUZZ_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes in a block of their own, exactly as long, so that ASan sees a read past their end. */
struct input {
    char *name; /* the file's path; of a word, NULL */
    uint8_t *bytes;
    size_t len;
};

struct corpus {
    struct input *items;
    size_t count;
};

/*
 * Adds a file, or all visible files of a directory in the order of their names. False when
 * something cannot be read, which has been said. Without memory the program ends.
 */
bool corpus_add(struct corpus *corpus, const char *path);

/*
 * Adds the words of a dictionary as libFuzzer has them: "…" or name="…" a line, with \\, \" and
 * \xAB, and comments that begin with #.
 */
bool corpus_add_words(struct corpus *words, const char *path);

void corpus_release(struct corpus *corpus);

#endif
