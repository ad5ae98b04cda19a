/*
 * tty.h - a terminal that hands over its keys at once and does not show them; as it was before
 * however the process ends.
 *
 * One at a time. Signals that end the process first give the terminal back, then end it as they
 * would have. SIGTSTP gives it back for as long as the process is stopped.
 */
#ifndef EB_CLI_TTY_H
#define EB_CLI_TTY_H

#include <stdbool.h>

/* What is written to standard output when it is taken, and when it is given back: static texts. */
struct tty_texts {
    const char *enter, *leave;
};

/* `texts` may be NULL. False with errno: it is no terminal. Give it back. */
bool tty_take_keys(int fd, const struct tty_texts *texts);
void tty_give_back(void);

/* Whether the process was stopped in between, or the window's size has changed; tells once. */
bool tty_has_changed(void);

#endif
