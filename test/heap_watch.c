#include "heap_watch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each thread's own: what others do meanwhile is theirs. */
static _Thread_local bool is_watching;
static _Thread_local size_t call_count;

static void note_call(void)
{
    call_count += is_watching;
}

void heap_watch_start(void)
{
    call_count = 0;
    is_watching = true;
}

size_t heap_watch_stop(void)
{
    is_watching = false;
    return call_count;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#ifdef HAS_SANITIZER

/* Of the sanitizers' allocator interface; gcc ships the function without its header. */
extern int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(const volatile void *, size_t), void (*free_hook)(const volatile void *));

static void note_malloc(const volatile void *ptr, size_t size)
{
    (void)ptr;
    (void)size;
    note_call();
}

static void note_free(const volatile void *ptr)
{
    (void)ptr;
    note_call();
}

__attribute__((constructor)) static void install_hooks(void)
{
    __sanitizer_install_malloc_and_free_hooks(note_malloc, note_free);
}

#else

/* glibc lets a program replace its allocator, and keeps its own under these names. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *ptr);

#define VISIBLE __attribute__((visibility("default")))

VISIBLE void *malloc(size_t size)
{
    note_call();
    return __libc_malloc(size);
}

VISIBLE void *calloc(size_t count, size_t size)
{
    note_call();
    return __libc_calloc(count, size);
}

VISIBLE void *realloc(void *ptr, size_t size)
{
    note_call();
    return __libc_realloc(ptr, size);
}

VISIBLE void *aligned_alloc(size_t align, size_t size)
{
    note_call();
    return __libc_memalign(align, size);
}

VISIBLE int posix_memalign(void **ptr, size_t align, size_t size)
{
    note_call();
    *ptr = __libc_memalign(align, size);
    return *ptr ? 0 : ENOMEM;
}

VISIBLE void free(void *ptr)
{
    note_call();
    __libc_free(ptr);
}

VISIBLE void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    note_call();
    return (void *)syscall(SYS_mmap, address, len, protection, flags, fd, offset);
}

VISIBLE int munmap(void *address, size_t len)
{
    note_call();
    return (int)syscall(SYS_munmap, address, len);
}

#endif
