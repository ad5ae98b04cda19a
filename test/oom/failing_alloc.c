#include "oom/failing_alloc.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

const bool eb_fails_pieces = false;

static atomic_size_t allocations;

size_t eb_allocation_count(void)
{
    return allocations;
}

static bool must_fail(void)
{
    allocations++;
    return eb_allocation_must_fail();
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
int __real_posix_memalign(void **out, size_t align, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
int __real_vasprintf(char **out, const char *format, va_list arguments);
void *__real_mmap(void *where, size_t len, int access, int flags, int file, off_t offset);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__real_fdopen(int file, const char *mode);
DIR *__real_fdopendir(int file);
ssize_t __real_getdelim(char **line, size_t *room, int delimiter, FILE *stream);
ssize_t __real_getline(char **line, size_t *room, FILE *stream);
FILE *__real_open_memstream(char **bytes, size_t *len);
char *__real_realpath(const char *path, char *real);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
int __wrap_posix_memalign(void **out, size_t align, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
int __wrap_vasprintf(char **out, const char *format, va_list arguments);
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void *__wrap_mmap(void *where, size_t len, int access, int flags, int file, off_t offset);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fdopen(int file, const char *mode);
DIR *__wrap_fdopendir(int file);
ssize_t __wrap_getdelim(char **line, size_t *room, int delimiter, FILE *stream);
ssize_t __wrap_getline(char **line, size_t *room, FILE *stream);
FILE *__wrap_open_memstream(char **bytes, size_t *len);
char *__wrap_realpath(const char *path, char *real);

void *__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return must_fail() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    return must_fail() ? NULL : __real_aligned_alloc(align, size);
}

int __wrap_posix_memalign(void **out, size_t align, size_t size)
{
    return must_fail() ? ENOMEM : __real_posix_memalign(out, align, size);
}

char *__wrap_strdup(const char *text)
{
    return must_fail() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return must_fail() ? NULL : __real_strndup(text, len);
}

int __wrap_vasprintf(char **out, const char *format, va_list arguments)
{
    return must_fail() ? -1 : __real_vasprintf(out, format, arguments);
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = __wrap_vasprintf(out, format, arguments);
    va_end(arguments);
    return len;
}

void *__wrap_mmap(void *where, size_t len, int access, int flags, int file, off_t offset)
{
    return must_fail() ? MAP_FAILED : __real_mmap(where, len, access, flags, file, offset);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    return must_fail() ? NULL : __real_fopen(path, mode);
}

FILE *__wrap_fdopen(int file, const char *mode)
{
    return must_fail() ? NULL : __real_fdopen(file, mode);
}

DIR *__wrap_fdopendir(int file)
{
    return must_fail() ? NULL : __real_fdopendir(file);
}

ssize_t __wrap_getdelim(char **line, size_t *room, int delimiter, FILE *stream)
{
    return must_fail() ? -1 : __real_getdelim(line, room, delimiter, stream);
}

ssize_t __wrap_getline(char **line, size_t *room, FILE *stream)
{
    return must_fail() ? -1 : __real_getline(line, room, stream);
}

FILE *__wrap_open_memstream(char **bytes, size_t *len)
{
    return must_fail() ? NULL : __real_open_memstream(bytes, len);
}

char *__wrap_realpath(const char *path, char *real)
{
    return must_fail() ? NULL : __real_realpath(path, real);
}
