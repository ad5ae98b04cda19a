/*
 * eb-soak - numbered events through a broker with the bus, with everything going on that can, and
 * every one accounted for. test/soak.sh starts the broker and says what is what.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "soak.h"

static const struct option options[] = {
    { "port", required_argument, NULL, 'p' },
    { "broker", required_argument, NULL, 'b' },
    { "config", required_argument, NULL, 'c' },
    { "events", required_argument, NULL, 'n' },
    { "no-losses", no_argument, NULL, 'l' },
    { "patience", required_argument, NULL, 's' },
    { "quiet", no_argument, NULL, 'q' },
    { "no-memory", no_argument, NULL, 'm' },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

static const char help[] =
    "Usage: eb-soak --port PORT --broker PID --events N [OPTION…]\n"
    "\n"
    "Called by test/soak.sh, which starts a broker with what this expects.\n"
    "\n"
    "      --config DIR   the configuration, some of which is changed; without it there is no bus\n"
    "      --no-losses    no connection is lost: then every figure is exact\n"
    "      --no-memory    the broker may grow (it runs under a sanitizer)\n"
    "      --patience S   how long to wait for what does not come [60]\n"
    "      --quiet        no word before the end\n"
    "\n"
    "Exit status: 0 all is well, 1 something is not, 2 usage.\n";

static uint32_t read_number(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (end == text || *end || number < 1 || number > 1000000000) {
        fprintf(stderr, "eb-soak: no number that fits here: %s\n", text);
        exit(2);
    }
    return (uint32_t)number;
}

static void read_options(struct soak_plan *plan, int argc, char **argv)
{
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': plan->port = optarg; break;
        case 'b': plan->broker = (pid_t)read_number(optarg); break;
        case 'c': plan->directory = optarg; break;
        case 'n': plan->events = read_number(optarg); break;
        case 'l': plan->loses_connections = false; break;
        case 's': plan->patience_s = read_number(optarg); break;
        case 'q': plan->is_quiet = true; break;
        case 'm': plan->judges_memory = false; break;
        case 'h': fputs(help, stdout); exit(0);
        default: exit(2);
        }
    }
    if (optind < argc || !plan->port || !plan->broker || !plan->events) {
        fputs(help, stderr);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static struct soak soak;
    struct soak_plan plan = { .loses_connections = true, .judges_memory = true, .patience_s = 60 };
    read_options(&plan, argc, argv);
    bool is_good = soak_run(&soak, &plan);
    is_good &= soak_report(&soak);
    soak_release(&soak);
    printf("%s\n", is_good ? "All is well." : "Something is WRONG.");
    return is_good ? 0 : 1;
}
