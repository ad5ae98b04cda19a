/*
 * A fuzz target with a bug, which $PLANTED chooses, for the test of what is to find it. The inputs
 * that meet it are made of "abc" and "xyz" by one change or two.
 */
#include <string.h>

#include "fuzz/fuzz.h"

static int has(const uint8_t *bytes, size_t len, const char *text)
{
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

static void leak(void)
{
    void *volatile lost = malloc(8);
    memset(lost, 0, 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *planted = getenv("PLANTED");
    if (strcmp(planted, "abort") == 0 && has(bytes, len, "abcabc"))
        abort();
    if (strcmp(planted, "file") == 0 && len == 3 && has(bytes, len, "xyz"))
        abort();
    if (strcmp(planted, "word") == 0 && has(bytes, len, "a \"\\\xff"))
        abort();
    if (strcmp(planted, "exit") == 0 && has(bytes, len, "bcyz"))
        exit(3);
    if (strcmp(planted, "leak") == 0 && has(bytes, len, "cc"))
        leak();
    return 0;
}
