#include "process_time.h"

#include <dirent.h>
#include <stdio.h>

#include "bench/bench.h"

/* schedstat counts ns; the more usual stat counts ticks of 10 ms. */
static int64_t thread_time_ns(pid_t pid, const char *thread)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, thread);
    FILE *file = fopen(path, "r");
    long long ns = 0;
    if (file && fscanf(file, "%lld", &ns) != 1)
        ns = 0;
    if (file)
        fclose(file);
    return ns;
}

int64_t process_time_ns(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (!threads)
        bench_fail("there is no process %d", (int)pid);
    int64_t ns = 0;
    for (struct dirent *thread; (thread = readdir(threads));) {
        if (thread->d_name[0] != '.')
            ns += thread_time_ns(pid, thread->d_name);
    }
    closedir(threads);
    return ns;
}

long process_memory_kib(pid_t pid)
{
    char path[64], line[200];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    long kib = 0;
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "VmRSS: %ld", &kib) == 1)
            break;
    }
    if (file)
        fclose(file);
    return kib;
}
