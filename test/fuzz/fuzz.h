/*
 * fuzz.h - what a fuzz target defines. libFuzzer calls it with what it invents, replay.c with what
 * was kept; it ends the process (assert, sanitizer) when something is wrong.
 */
#ifndef EB_FUZZ_H
#define EB_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* An assert that release builds keep. */
#define FUZZ_REQUIRE(condition) ((condition) ? (void)0 : abort())

#endif
