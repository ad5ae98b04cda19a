#include "file_uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *file_uri(const char *path)
{
    static const char unreserved[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-._~/";
    char *real = strcmp(path, "-") == 0 ? strdup("/-") : realpath(path, NULL);
    char *uri = real ? malloc(sizeof "file://" + 3 * strlen(real)) : NULL;
    if (uri) {
        char *end = stpcpy(uri, "file://");
        for (const char *next = real; *next; next++)
            end += sprintf(end, strchr(unreserved, *next) ? "%c" : "%%%02X", (unsigned char)*next);
    }
    free(real);
    return uri;
}
