#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "event_bus.h"

/*
 * Who started us may have closed any of the three, and the next file that is opened, a store of
 * letters or a broker's socket, would then be written to as standard output. What cannot be
 * written to stands in: that something was to be written is then noticed.
 */
static void fill_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    signal(SIGPIPE, SIG_IGN); /* a reader that leaves is an error of writing, met where it is */
    return event_bus(argc, argv);
}
