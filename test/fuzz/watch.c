#include "fuzz/watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

struct watch *watch_new(void)
{
    struct watch *watch =
        mmap(NULL, sizeof *watch, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FUZZ_REQUIRE(watch != MAP_FAILED);
    return watch;
}

void watch_free(struct watch *watch)
{
    munmap(watch, sizeof *watch);
}

static void limit_time(int seconds)
{
    struct itimerval time = { .it_value = { .tv_sec = seconds } };
    setitimer(ITIMER_PROF, &time, NULL);
}

void watch_run(struct watch *watch, const char *name, const uint8_t *bytes, size_t len)
{
    snprintf(watch->name, sizeof watch->name, "%s", name ? name : "");
    watch->len = len < WATCH_BYTES_MAX ? len : WATCH_BYTES_MAX;
    memcpy(watch->bytes, bytes, watch->len);
    watch->executions += !name;
    limit_time(WATCH_HANG_S);
    LLVMFuzzerTestOneInput(bytes, len);
    limit_time(0);
}

int watch_child(void (*work)(void *context), void *context)
{
    int status = -1;
    fflush(NULL);
    pid_t pid = fork();
    FUZZ_REQUIRE(pid >= 0);
    if (pid == 0) {
        work(context);
        exit(EXIT_SUCCESS);
    }
    FUZZ_REQUIRE(waitpid(pid, &status, 0) == pid);
    return status;
}
