#include "oom/failing_alloc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static atomic_size_t asked_for;
static atomic_size_t failing; /* the value of asked_for that fails; 0: none */
static atomic_bool has_failed;

size_t eb_allocation_count(void)
{
    return asked_for;
}

void eb_fail_allocation(size_t n)
{
    if (n)
        has_failed = false;
    failing = n ? asked_for + n : 0;
}

bool eb_has_allocation_failed(void)
{
    return has_failed;
}

static bool must_fail(void)
{
    if (++asked_for != failing)
        return false;
    has_failed = true;
    errno = ENOMEM;
    return true;
}

size_t eb_fail_each_allocation(bool (*attempt)(void *context), void *context)
{
    for (size_t n = 1;; n++) {
        eb_fail_allocation(n);
        bool is_done = attempt(context);
        bool was_disturbed = has_failed;
        eb_fail_allocation(0);
        if (was_disturbed)
            continue;
        if (!is_done) {
            fprintf(stderr, "fails although all %zu allocations succeed\n", n - 1);
            abort();
        }
        return n - 1;
    }
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
