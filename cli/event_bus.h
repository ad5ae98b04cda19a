/*
 * event_bus.h - the command line as a whole.
 */
#ifndef EB_CLI_EVENT_BUS_H
#define EB_CLI_EVENT_BUS_H

/* Runs what argv[1] and on name; the exit status. All that was printed has then been written. */
int event_bus(int argc, char **argv);

#endif
