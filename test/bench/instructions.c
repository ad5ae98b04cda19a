#include "bench/instructions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#define CALLGRIND_START_INSTRUMENTATION ((void)0)
#define CALLGRIND_STOP_INSTRUMENTATION ((void)0)
#define CALLGRIND_ZERO_STATS ((void)0)
#define CALLGRIND_DUMP_STATS ((void)0)
#endif

/* Where callgrind writes: to this name, a dot, and the number of the dump. */
static const char out_variable[] = "EB_BENCH_CALLGRIND_OUT";

static void run_again(char **argv)
{
    static char directory[] = "/tmp/eb-bench-XXXXXX";
    static char out[sizeof directory + 4], option[sizeof out + 32];
    char *command[64] = { "valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", option,
        "/proc/self/exe" };
    size_t count = 0;
    while (command[count])
        count++;
    if (!mkdtemp(directory))
        bench_fail("cannot make a directory in /tmp");
    snprintf(out, sizeof out, "%s/out", directory);
    snprintf(option, sizeof option, "--callgrind-out-file=%s", out);
    setenv(out_variable, out, 1);
    static char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len < 0)
        bench_fail("cannot tell where this program is");
    command[count - 1] = self;
    for (size_t i = 1; argv[i] && count < 63; i++)
        command[count++] = argv[i];
    execvp(command[0], command);
    bench_fail("cannot run valgrind");
}

void instructions_begin(char **argv)
{
#if !__has_include(<valgrind/callgrind.h>)
    bench_fail("this program was built where valgrind's headers are not");
#endif
    if (!RUNNING_ON_VALGRIND)
        run_again(argv);
    if (!getenv(out_variable))
        bench_fail("--instructions runs valgrind itself");
}

/* The line "totals: N" of a dump; the dump is removed. */
static uint64_t read_dump(const char *path)
{
    char line[4096];
    unsigned long long total = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        bench_fail("callgrind wrote no %s", path);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "totals: %llu", &total) == 1)
            break;
    }
    fclose(file);
    unlink(path);
    return total;
}

uint64_t instructions_of(void (*run)(void *context), void *context)
{
    static unsigned dump_count;
    char path[4096];
    snprintf(path, sizeof path, "%s.%u", getenv(out_variable), ++dump_count);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    run(context);
    CALLGRIND_DUMP_STATS;
    CALLGRIND_STOP_INSTRUMENTATION;
    return read_dump(path);
}

/* An arm and what it runs on. */
struct turn {
    struct bench_arm *arm;
    const struct bench_lines *events;
};

static void run_turn(void *context)
{
    const struct turn *turn = context;
    turn->arm->checksum = 0;
    for (size_t i = 0; i < turn->events->count; i++)
        turn->arm->checksum += turn->arm->run(turn->arm->context, turn->events->lines[i]);
}

void instructions_measure(
    struct bench_arm *arms, size_t arm_count, const struct bench_lines *events)
{
    for (size_t i = 0; i < arm_count; i++) {
        struct turn turn = { &arms[i], events };
        run_turn(&turn); /* what is done but once is done */
        arms[i].ns = (double)instructions_of(run_turn, &turn) / (double)events->count;
        arms[i].rounds[0] = arms[i].ns;
    }
}
