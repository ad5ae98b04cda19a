/*
 * Runs a fuzz target over files, or over all files of directories: what fuzzing found stays tested
 * in every build. Each input lies in a block of its own, exactly as long, so that ASan sees a read
 * past its end. Fails when there is nothing to replay.
 */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"

static size_t replayed;

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    if (!file || fstat(fileno(file), &status) != 0) {
        perror(path);
        return 1;
    }
    size_t len = (size_t)status.st_size;
    uint8_t *bytes = malloc(len ? len : 1);
    if (!bytes || fread(bytes, 1, len, file) != len) {
        perror(path);
        fclose(file);
        free(bytes);
        return 1;
    }
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, len);
    free(bytes);
    replayed++;
    return 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of their names; -1 when `path` is no directory. */
static int replay_directory(const char *path)
{
    struct dirent **entries;
    int failures = 0, count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        char *file = NULL;
        if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0)
            abort();
        failures += replay_file(file);
        free(file);
        free(entries[i]);
    }
    free(entries);
    return failures;
}

int main(int argc, char **argv)
{
    int failures = 0;
    for (int i = 1; i < argc; i++) {
        int in_directory = replay_directory(argv[i]);
        failures += in_directory < 0 ? replay_file(argv[i]) : in_directory;
    }
    printf("%zu inputs replayed\n", replayed);
    return failures || replayed == 0;
}
