/*
 * line.h - `event-bus` run by a test as a user runs it.
 */
#ifndef EB_TEST_LINE_H
#define EB_TEST_LINE_H

/*
 * Runs a line of the shell, in which $BUS is the program, $PORT the port and $DIR the directory of
 * the server; no file of options is found but what the line says. Its exit code; what it printed,
 * both streams, is in eb_line_output.
 */
struct eb_server;
extern char eb_line_output[256 * 1024];
int eb_line_run(const struct eb_server *server, const char *program, const char *line);

/* A line, its exit code, and what it prints. */
struct eb_line_case {
    const char *line;
    int want_code;
    const char *want;   /* somewhere in it; NULL: nothing to look for */
    const char *unlike; /* nowhere in it */
};

/* Fails, printing both, unless the line that has just been run went so. */
void eb_line_assert(const struct eb_line_case *one, int code);

/* Fails, printing both, at the first that is not so. */
#define assert_lines(server, cases)                                                                \
    eb_line_assert_all((server), EB_CLI_FILE, (cases), sizeof(cases) / sizeof *(cases))
void eb_line_assert_all(const struct eb_server *server, const char *program,
    const struct eb_line_case *cases, unsigned count);

#endif
