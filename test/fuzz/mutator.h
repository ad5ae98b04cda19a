/*
 * mutator.h - inputs that nobody thought of, made of some that are there: where a build has no
 * libFuzzer, and learns nothing of what an input reaches.
 *
 * The same seed, corpus and words give the same inputs on every machine.
 */
#ifndef EB_FUZZ_MUTATOR_H
#define EB_FUZZ_MUTATOR_H

#include "eb_draw.h"
#include "fuzz/corpus.h"

struct mutator {
    const struct corpus *corpus; /* not empty */
    const struct corpus *words;  /* may be */
    struct eb_draw draw;
    uint8_t *bytes; /* the input in the making */
    size_t len, room;
};

/* Inputs of up to `room` bytes; longer ones of the corpus are cut. Borrows both for good. */
void mutator_init(struct mutator *mutator, const struct corpus *corpus, const struct corpus *words,
    size_t room, uint64_t seed);
void mutator_release(struct mutator *mutator);

/* The next input: `bytes` and `len`, good until the next call. */
void mutator_next(struct mutator *mutator);

#endif
