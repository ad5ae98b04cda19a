#include "line.h"

#include "eb_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "server.h"

char eb_line_output[256 * 1024];

int eb_line_run(const struct eb_server *server, const char *program, const char *line)
{
    char port[16];
    snprintf(port, sizeof port, "%d", server->port);
    setenv("BUS", program, 1);
    setenv("PORT", port, 1);
    setenv("DIR", server->tree.path, 1);
    setenv("XDG_CONFIG_HOME", "/nowhere", 1);
    setenv("NO_COLOR", "1", 1);
    setenv("LINE", line, 1);
    FILE *pipe = popen("timeout --foreground 60 bash -c \"$LINE\" 2>&1", "r");
    assert_non_null(pipe);
    size_t len = fread(eb_line_output, 1, sizeof eb_line_output - 1, pipe);
    eb_line_output[len] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_as_wanted(const struct eb_line_case *one, int code)
{
    return code == one->want_code && (!one->want || strstr(eb_line_output, one->want)) &&
           (!one->unlike || !strstr(eb_line_output, one->unlike));
}

void eb_line_assert(const struct eb_line_case *one, int code)
{
    if (is_as_wanted(one, code))
        return;
    print_error("%s\ngot  %d\n%s\nwant %d\n%s\n", one->line, code, eb_line_output, one->want_code,
        one->want ? one->want : "");
    if (one->unlike)
        print_error("and not\n%s\n", one->unlike);
    fail();
}

void eb_line_assert_all(const struct eb_server *server, const char *program,
    const struct eb_line_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        eb_line_assert(&cases[i], eb_line_run(server, program, cases[i].line));
}
