#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"
#include "tty.h"

enum { END = 4, ERASE = 127, BACKSPACE = 8, ERASE_ALL = 21 };

/* Reads until the line's end, one key after the other. False at the end of all. */
static bool read_line(int fd, char *out, size_t bytes)
{
    size_t len = 0;
    for (;;) {
        char key;
        ssize_t count = read(fd, &key, 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0 || key == END)
            return false;
        if (key == '\r' || key == '\n')
            break;
        if (key == ERASE || key == BACKSPACE)
            len -= len > 0;
        else if (key == ERASE_ALL)
            len = 0;
        else if (len + 1 < bytes)
            out[len++] = key;
    }
    out[len] = '\0';
    return true;
}

bool password_ask(char *out, size_t bytes)
{
    static const char prompt[] = "Password: ";
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || !tty_take_keys(fd, NULL)) {
        complain("--ask-pw: there is no terminal to ask on: %m");
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool is_asked = write(fd, prompt, sizeof prompt - 1) > 0 && read_line(fd, out, bytes);
    is_asked &= write(fd, "\n", 1) == 1;
    tty_give_back();
    close(fd);
    if (!is_asked)
        complain("no password was given");
    return is_asked;
}
