#include "process_time.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>

#include "bench/bench.h"

enum figure { RAN, WAITED, FIGURES };

/* schedstat counts ns; the more usual stat counts ticks of 10 ms. */
static int64_t thread_figure_ns(pid_t pid, const char *thread, enum figure figure)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, thread);
    FILE *file = fopen(path, "r");
    long long ns[FIGURES];
    bool is_read = file && fscanf(file, "%lld %lld", &ns[RAN], &ns[WAITED]) == FIGURES;
    if (file)
        fclose(file);
    return is_read ? ns[figure] : 0;
}

static int64_t figure_ns(pid_t pid, enum figure figure)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (!threads)
        bench_fail("there is no process %d", (int)pid);
    int64_t ns = 0;
    for (struct dirent *thread; (thread = readdir(threads));) {
        if (thread->d_name[0] != '.')
            ns += thread_figure_ns(pid, thread->d_name, figure);
    }
    closedir(threads);
    return ns;
}

int64_t process_time_ns(pid_t pid)
{
    return figure_ns(pid, RAN);
}

int64_t process_waited_ns(pid_t pid)
{
    return figure_ns(pid, WAITED);
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
