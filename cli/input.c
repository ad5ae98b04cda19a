#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "terminal.h"

/* No packet of MQTT is longer (MQTT 5 §2.1.4): nothing that is meant to be read here is either. */
enum { INPUT_BYTES_MAX = 256 * 1024 * 1024, FIRST_BYTES = 64 * 1024 };

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Everything `stream` holds, with a NUL behind it; NULL with errno. */
static char *read_all(FILE *stream, size_t *len)
{
    size_t room = FIRST_BYTES;
    char *bytes = malloc(room);
    *len = 0;
    while (bytes) {
        *len += fread(bytes + *len, 1, room - *len - 1, stream);
        if (ferror(stream) || feof(stream))
            break;
        if (room > INPUT_BYTES_MAX) {
            errno = EFBIG;
            goto fail;
        }
        char *more = realloc(bytes, room *= 2);
        if (!more)
            goto fail;
        bytes = more;
    }
    if (bytes && !ferror(stream)) {
        bytes[*len] = '\0';
        return bytes;
    }
fail:
    free(bytes);
    return NULL;
}

struct eb_span input_read(const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *stream = is_stdin ? stdin : fopen(path, "rb");
    size_t len = 0;
    bool is_typed = is_stdin && isatty(STDIN_FILENO);
    if (!is_typed)
        progress_begin("reading %s", input_name(path));
    char *bytes = stream ? read_all(stream, &len) : NULL;
    if (!is_typed)
        progress_end();
    if (!bytes)
        complain("%s: cannot be read: %m", input_name(path));
    if (stream && !is_stdin)
        fclose(stream);
    return eb_span(bytes, len);
}

void input_release(struct eb_span text)
{
    free((char *)text.ptr);
}

bool line_read(struct line_reader *reader, struct eb_span *line)
{
    ssize_t len = getline(&reader->buffer, &reader->room, stdin);
    if (len < 0 && !feof(stdin))
        complain("standard input: cannot be read: %m");
    if (len < 0)
        return false;
    if (reader->buffer[len - 1] == '\n')
        len--;
    *line = eb_span(reader->buffer, (size_t)len);
    return true;
}

void line_reader_release(struct line_reader *reader)
{
    free(reader->buffer);
    *reader = (struct line_reader){ 0 };
}
