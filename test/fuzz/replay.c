/*
 * Runs a fuzz target where there is no libFuzzer: over files, one after the other; over all files
 * of a directory, what fuzzing found stays tested in every build, and then, for a moment, over
 * inputs that a mutator makes of them. What it makes follows from the seed alone.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "fuzz/corpus.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutator.h"
#include "fuzz/watch.h"

enum {
    SEED_DEFAULT = 1,
    SECONDS_DEFAULT = 2,
    EXECUTIONS_DEFAULT = 20000,
    LEN_LEAST = 4096, /* inputs may become as long as the longest of the corpus, or this */
    SHOWN_BYTES_MAX = 3072,
    EXIT_MISUSED = 2,
    NOT_SAID = -1,
};

struct run {
    struct corpus corpus, words;
    struct watch *watch;
    double seconds;           /* for what is made of them; 0: nothing is, NOT_SAID: for ever */
    unsigned long executions; /* at most; NOT_SAID: as many as come */
    unsigned long seed;
};

static const char usage[] =
    "Usage: %s [OPTION…] PATH…\n\n"
    "Runs each file; of a directory, all of them, and then what is made of them by chance.\n\n"
    "  --seconds N     as long ($EB_FUZZ_SECONDS); 0: nothing is made of them\n"
    "  --executions N  or as many\n"
    "                  [2 seconds, 20000; when one is given, the other is no bound]\n"
    "  --seed N        others ($EB_FUZZ_SEED) [1]\n"
    "  --words FILE    with these words, a dictionary as libFuzzer has them\n\n"
    "An input that ends the program is kept as PROGRAM.crash. Exit status: 0 nothing was found,\n"
    "1 something was, 2 usage.\n";

/* ---- the child: it runs inputs ---- */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static size_t longest(const struct corpus *corpus)
{
    size_t len = LEN_LEAST;
    for (size_t i = 0; i < corpus->count; i++) {
        if (corpus->items[i].len > len)
            len = corpus->items[i].len;
    }
    return len < WATCH_BYTES_MAX ? len : WATCH_BYTES_MAX;
}

static void run_mutations(const struct run *run)
{
    struct mutator mutator;
    mutator_init(&mutator, &run->corpus, &run->words, longest(&run->corpus), run->seed);
    double begin_s = now_s();
    while (run->watch->executions < run->executions &&
           (run->seconds < 0 || now_s() - begin_s < run->seconds)) {
        mutator_next(&mutator);
        uint8_t *bytes = malloc(mutator.len ? mutator.len : 1);
        FUZZ_REQUIRE(bytes);
        memcpy(bytes, mutator.bytes, mutator.len);
        watch_run(run->watch, NULL, bytes, mutator.len);
        free(bytes);
    }
    mutator_release(&mutator);
}

static void run_inputs(void *context)
{
    struct run *run = context;
    for (size_t i = 0; i < run->corpus.count; i++)
        watch_run(run->watch, run->corpus.items[i].name, run->corpus.items[i].bytes,
            run->corpus.items[i].len);
    if (run->seconds != 0)
        run_mutations(run);
    run->watch->is_through = true;
    corpus_release(&run->corpus);
    corpus_release(&run->words);
}

/* ---- the parent: it tells how that went ---- */

/* RFC 4648 §4 */
static void print_base64(const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = 0;
        for (size_t j = i; j < i + 3; j++)
            group = group << 8 | (j < len ? bytes[j] : 0);
        for (size_t j = 0; j < 4; j++)
            putchar(i + j > len ? '=' : digits[group >> (18 - 6 * j) & 63]);
    }
}

static void keep(const struct watch *watch, const char *program)
{
    char path[256];
    const char *slash = strrchr(program, '/');
    snprintf(path, sizeof path, "%s.crash", slash ? slash + 1 : program);
    FILE *file = fopen(path, "wb");
    bool is_kept = file && fwrite(watch->bytes, 1, watch->len, file) == watch->len;
    if (file)
        is_kept &= fclose(file) == 0;
    if (is_kept)
        printf("It is kept; again with: %s %s\n", program, path);
    else
        printf("It cannot be kept: %s: %s\n", path, strerror(errno));
    if (watch->len > SHOWN_BYTES_MAX)
        return;
    printf("Its %zu bytes as base64: ", watch->len);
    print_base64(watch->bytes, watch->len);
    printf("\n");
}

static void tell_of_death(const struct run *run, int status, const char *program)
{
    const struct watch *watch = run->watch;
    if (WIFSIGNALED(status))
        printf("%s: ended by signal %d%s\n", program, WTERMSIG(status),
            WTERMSIG(status) == SIGPROF ? ": it hangs" : "");
    if (watch->is_through) {
        printf("All inputs were run, and what was found then is of any of them.\n");
    } else if (watch->name[0]) {
        printf("It was %s.\n", watch->name);
    } else {
        printf("It was made: number %zu of seed %lu.\n", watch->executions, run->seed);
        keep(watch, program);
    }
}

static int tell(const struct run *run, int status, const char *program)
{
    printf("%zu inputs replayed", run->corpus.count);
    if (run->seconds != 0)
        printf(", %zu made of them with seed %lu", run->watch->executions, run->seed);
    printf("\n");
    if (status != 0)
        tell_of_death(run, status, program);
    return status != 0;
}

/* ---- options ---- */

static bool read_options(struct run *run, int argc, char **argv)
{
    enum { SECONDS = 1, EXECUTIONS, SEED, WORDS };
    static const struct option options[] = {
        { "seconds", required_argument, NULL, SECONDS },
        { "executions", required_argument, NULL, EXECUTIONS },
        { "seed", required_argument, NULL, SEED },
        { "words", required_argument, NULL, WORDS },
        { NULL, 0, NULL, 0 },
    };
    const char *seconds = getenv("EB_FUZZ_SECONDS"), *seed = getenv("EB_FUZZ_SEED");
    const char *executions = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case SECONDS: seconds = optarg; break;
        case EXECUTIONS: executions = optarg; break;
        case SEED: seed = optarg; break;
        case WORDS:
            if (!corpus_add_words(&run->words, optarg))
                return false;
            break;
        default: return false;
        }
    }
    if (seed)
        run->seed = strtoul(seed, NULL, 10);
    if (seconds || executions) {
        run->seconds = seconds ? strtod(seconds, NULL) : NOT_SAID;
        run->executions = executions ? strtoul(executions, NULL, 10) : (unsigned long)NOT_SAID;
    }
    return optind < argc;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* False when something cannot be read, which has been said, or there is nothing. */
static bool read_inputs(struct run *run, char **paths)
{
    bool is_read = true, has_directory = false;
    for (; *paths; paths++) {
        has_directory |= is_directory(*paths);
        is_read &= corpus_add(&run->corpus, *paths);
    }
    if (!has_directory)
        run->seconds = 0;
    return is_read && run->corpus.count > 0;
}

int main(int argc, char **argv)
{
    struct run run = {
        .watch = watch_new(),
        .seconds = SECONDS_DEFAULT,
        .executions = EXECUTIONS_DEFAULT,
        .seed = SEED_DEFAULT,
    };
    int code = EXIT_FAILURE;
    if (!read_options(&run, argc, argv)) {
        fprintf(stderr, usage, argv[0]);
        code = EXIT_MISUSED;
    } else if (read_inputs(&run, argv + optind)) {
        code = tell(&run, watch_child(run_inputs, &run), argv[0]);
    }
    corpus_release(&run.corpus);
    corpus_release(&run.words);
    watch_free(run.watch);
    return code;
}
