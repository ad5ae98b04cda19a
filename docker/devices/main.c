/*
 * eb-demo - a building's locks, sensors, lifts and parcel service publish to a Mosquitto with the
 * bus and the example configuration; what comes of each event is shown and compared with what must.
 */
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "show.h"

enum {
    EXIT_SURPRISED = 1,
    EXIT_USAGE = 2,
    EXIT_INTERRUPTED = 130,
    PATIENCE_MS = 10000, /* for a broker that is just being started */
    PACE_MS = 500,       /* between what can be read in one go */
    WATCH_MS = 100,
};

struct options {
    const char *host;
    int port;
    int pace_ms; /* -1: as fits the output */
    int every_s; /* 0: do not go on publishing */
    bool is_once;
};

static volatile sig_atomic_t is_stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    is_stopped = 1;
}

static void usage(FILE *out)
{
    fputs("usage: eb-demo [OPTION...]\n"
          "\n"
          "Lets a building's devices publish events to a Mosquitto with the event bus and its\n"
          "example configuration, shows what comes of each, and checks that it is what must.\n"
          "\n"
          "  --host NAME   where the broker is (127.0.0.1)\n"
          "  --port N      its port (1883)\n"
          "  --pace MS     time to read each event (500 on a terminal, else 0)\n"
          "  --once        end after the show; else stay, and show what others publish\n"
          "  --every S     stay, and publish one of the events every S seconds\n"
          "  --help        this text\n"
          "\n"
          "Exit status: 0 all went as expected, 1 it did not, 2 wrong usage.\n",
        out);
}

/* A whole number from `min` to `max`; false with a message otherwise. */
static bool read_number(const char *option, const char *text, int min, int max, int *number)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < min || value > max) {
        fprintf(stderr, "eb-demo: --%s takes a number from %d to %d, not \"%s\"\n", option, min,
            max, text);
        return false;
    }
    *number = (int)value;
    return true;
}

/* Returns -1 to go on, or the exit status. */
static int read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        { "host", required_argument, NULL, 'h' },
        { "port", required_argument, NULL, 'p' },
        { "pace", required_argument, NULL, 't' },
        { "every", required_argument, NULL, 'e' },
        { "once", no_argument, NULL, '1' },
        { "help", no_argument, NULL, '?' + 256 },
        { NULL, 0, NULL, 0 },
    };
    int letter;
    bool is_right = true;
    while (is_right && (letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (letter) {
        case 'h': options->host = optarg; break;
        case 'p': is_right = read_number("port", optarg, 1, 65535, &options->port); break;
        case 't': is_right = read_number("pace", optarg, 0, 60000, &options->pace_ms); break;
        case 'e': is_right = read_number("every", optarg, 1, 86400, &options->every_s); break;
        case '1': options->is_once = true; break;
        case '?' + 256: usage(stdout); return EXIT_SUCCESS;
        default: is_right = false;
        }
    }
    if (is_right && optind == argc)
        return -1;
    usage(stderr);
    return EXIT_USAGE;
}

static void play_step(struct eb_stage *stage, struct eb_screen *screen, size_t number,
    struct eb_tally *tally, int pace_ms)
{
    const struct eb_step *step = &eb_steps[number];
    struct eb_complaints complaints = { .count = 0 };
    struct eb_client *device = eb_stage_device(stage, step->device);
    if (!device) {
        tally->surprises++;
        fprintf(stderr, "eb-demo: %s cannot connect\n", step->device);
        return;
    }
    eb_stage_forget(stage);
    eb_show_event(screen, number + 1, step, device);
    eb_stage_rest(stage, pace_ms / 2);
    if (!eb_client_publish(device, step->topic, step->payload, step->qos) ||
        !eb_stage_settle(stage, device, step->qos))
        eb_complain(&complaints, "the broker should go on answering, and does not");
    if (is_stopped)
        return;
    eb_step_check(step, stage, device, &complaints);
    eb_show_outcome(screen, step, stage, device, &complaints);
    eb_tally_add(tally, step, stage, &complaints);
    eb_stage_rest(stage, pace_ms);
}

/* Returns how many events did not go as expected. */
static size_t play_all(struct eb_stage *stage, struct eb_screen *screen, int pace_ms)
{
    struct eb_tally tally = { .events = 0 };
    eb_show_cast(screen, stage);
    for (size_t i = 0; i < eb_step_count && !is_stopped && stage->prompter->is_connected; i++)
        play_step(stage, screen, i, &tally, pace_ms);
    if (is_stopped)
        return tally.surprises;
    tally.surprises += eb_step_count - tally.events;
    eb_show_tally(screen, &tally);
    return tally.surprises;
}

/* Until a signal comes; false when the broker goes first. */
static bool watch(struct eb_stage *stage, struct eb_screen *screen)
{
    eb_stage_forget(stage);
    while (eb_stage_rest(stage, WATCH_MS)) {
        eb_show_arrivals(screen, stage);
        eb_stage_forget(stage);
    }
    return is_stopped;
}

static bool go_on_publishing(
    struct eb_stage *stage, struct eb_screen *screen, const struct options *options)
{
    struct eb_tally tally = { .events = 0 };
    for (size_t i = 0; eb_stage_rest(stage, options->every_s * 1000); i = (i + 1) % eb_step_count)
        play_step(stage, screen, i, &tally, 0);
    return is_stopped && tally.surprises == 0;
}

static int stay(struct eb_stage *stage, struct eb_screen *screen, const struct options *options)
{
    bool is_well;
    if (options->every_s) {
        is_well = go_on_publishing(stage, screen, options);
    } else {
        eb_show_invitation(screen, stage);
        is_well = watch(stage, screen);
    }
    if (!is_stopped)
        fputs("eb-demo: the broker is gone\n", stderr);
    return is_well ? EXIT_SUCCESS : EXIT_SURPRISED;
}

static int run(struct eb_stage *stage, const struct options *options)
{
    struct eb_screen screen;
    eb_screen_init(&screen, stdout);
    int pace_ms = options->pace_ms >= 0 ? options->pace_ms : screen.is_terminal ? PACE_MS : 0;
    const char *trouble = eb_stage_open(stage, PATIENCE_MS);
    if (is_stopped)
        return EXIT_INTERRUPTED;
    if (trouble) {
        fprintf(stderr, "eb-demo: %s\n", trouble);
        return EXIT_SURPRISED;
    }
    size_t surprises = play_all(stage, &screen, pace_ms);
    if (is_stopped)
        return EXIT_INTERRUPTED;
    if (surprises || options->is_once)
        return surprises ? EXIT_SURPRISED : EXIT_SUCCESS;
    return stay(stage, &screen, options);
}

int main(int argc, char **argv)
{
    struct options options = { .host = "127.0.0.1", .port = 1883, .pace_ms = -1 };
    struct sigaction action = { .sa_handler = stop };
    static struct eb_stage stage;
    setlocale(LC_ALL, "");
    int status = read_options(argc, argv, &options);
    if (status >= 0)
        return status;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    mosquitto_lib_init();
    if (eb_stage_init(&stage, options.host, options.port, &is_stopped)) {
        status = run(&stage, &options);
    } else {
        fputs("eb-demo: out of memory\n", stderr);
        status = EXIT_SURPRISED;
    }
    eb_stage_release(&stage);
    mosquitto_lib_cleanup();
    return status;
}
