#include "tty.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios before, ours;
static struct tty_texts shown;
static int tty = -1; /* what is taken; -1: nothing */
static volatile sig_atomic_t has_changed;

static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGBUS, SIGFPE,
    SIGILL, SIGXCPU };
enum { ENDING = sizeof ending / sizeof *ending };
static struct sigaction kept[ENDING], kept_stop, kept_window;

/* From signal handlers too. */
static void put(const char *text)
{
    for (size_t left = text ? strlen(text) : 0; left > 0;) {
        ssize_t count = write(STDOUT_FILENO, text, left);
        if (count <= 0)
            return;
        text += count;
        left -= (size_t)count;
    }
}

static void enter(void)
{
    tcsetattr(tty, TCSADRAIN, &ours);
    put(shown.enter);
}

static void leave(void)
{
    put(shown.leave);
    tcsetattr(tty, TCSANOW, &before);
}

/* What would have come of the signal comes of it then. */
static void end(int signal)
{
    leave();
    for (size_t i = 0; i < ENDING; i++) {
        if (ending[i] == signal)
            sigaction(signal, &kept[i], NULL);
    }
    raise(signal);
}

static void stop(int signal)
{
    (void)signal;
    int error = errno;
    leave();
    raise(SIGSTOP);
    enter();
    has_changed = true;
    errno = error;
}

static void note_window(int signal)
{
    (void)signal;
    has_changed = true;
}

/* Signals that are ignored, as under nohup, stay so. */
static void catch_all(void)
{
    struct sigaction action = { .sa_handler = end };
    for (size_t i = 0; i < ENDING; i++) {
        sigaction(ending[i], NULL, &kept[i]);
        if (kept[i].sa_handler != SIG_IGN)
            sigaction(ending[i], &action, NULL);
    }
    action.sa_handler = stop;
    sigaction(SIGTSTP, &action, &kept_stop);
    action.sa_handler = note_window;
    sigaction(SIGWINCH, &action, &kept_window);
}

static void release_all(void)
{
    for (size_t i = 0; i < ENDING; i++)
        sigaction(ending[i], &kept[i], NULL);
    sigaction(SIGTSTP, &kept_stop, NULL);
    sigaction(SIGWINCH, &kept_window, NULL);
}

bool tty_take_keys(int fd, const struct tty_texts *texts)
{
    if (tcgetattr(fd, &before) != 0)
        return false;
    ours = before;
    ours.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN);
    ours.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    ours.c_cc[VMIN] = 1;
    ours.c_cc[VTIME] = 0;
    shown = texts ? *texts : (struct tty_texts){ NULL, NULL };
    tty = fd;
    catch_all();
    enter();
    return true;
}

void tty_give_back(void)
{
    if (tty < 0)
        return;
    leave();
    release_all();
    tty = -1;
}

bool tty_has_changed(void)
{
    bool is_changed = has_changed;
    has_changed = false;
    return is_changed;
}
