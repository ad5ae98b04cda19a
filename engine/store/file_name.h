/*
 * file_name.h - the part of a file's name that says what is in it.
 */
#ifndef EB_STORE_FILE_NAME_H
#define EB_STORE_FILE_NAME_H

#include "base/span.h"

/* The part of `file_name` before `ending` (".json"); ptr NULL when it ends otherwise or is empty.
 */
static inline struct eb_span eb_file_name_stem(const char *file_name, const char *ending)
{
    struct eb_span name = eb_span_of(file_name), end = eb_span_of(ending);
    if (name.len <= end.len || memcmp(name.ptr + name.len - end.len, end.ptr, end.len) != 0)
        return eb_span(NULL, 0);
    return eb_span(name.ptr, name.len - end.len);
}

#endif
