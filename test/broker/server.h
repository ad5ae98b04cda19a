/*
 * server.h - a real mosquitto with the plugin, on a free loopback port, for the time of a test.
 *
 * Everything it needs lies in a directory of its own, which goes away with it. It dies with the
 * test program, whatever becomes of that. The program is the `mosquitto` that EB_MOSQUITTO names,
 * else the one on PATH, else /usr/sbin/mosquitto.
 *
 * What is wrong fails the running test.
 */
#ifndef EB_TEST_SERVER_H
#define EB_TEST_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "eb_tree.h"
#include "patience.h"

struct eb_peer;

struct eb_server {
    struct eb_server *next; /* of those that are prepared */
    struct eb_tree tree;    /* holds mosquitto.conf, log, and event-bus/ */
    int port;
    pid_t pid;           /* 0: not running */
    const char *preload; /* a library to be loaded into it first; NULL: none */
    struct eb_peer *peers;
};

/*
 * Makes the directory, with an event-bus/event-bus.json that says nothing special. A server must be
 * static: what a test that failed has left of it is finished when the program ends, or here.
 */
void eb_server_prepare(struct eb_server *server);

/* Writes a file below the directory; `path` may name folders that do not exist yet. */
void eb_server_write(const struct eb_server *server, const char *path, const char *text);
void eb_server_remove(const struct eb_server *server, const char *path);

/* Starts it and waits until it listens. `lines` (NULL: none) are added to its configuration. */
void eb_server_start(struct eb_server *server, const char *lines);

/* The same without the plugin; `lines` may name it. Paths are relative to the directory. */
void eb_server_start_plain(struct eb_server *server, const char *lines);

/*
 * The same with `per_listener_settings`: the server's own port is the first listener, without the
 * plugin; `lines` come after it.
 */
void eb_server_start_per_listener(struct eb_server *server, const char *lines);

/* A port that nobody listens on, for a listener in `lines`. */
int eb_server_free_port(void);

/* As eb_server_start_plain(), but waits for it to end by itself. Returns its exit status. */
int eb_server_run_to_end(struct eb_server *server, const char *lines);

/* Stops it; fails unless it ended well and its log holds no report of a sanitizer. */
void eb_server_stop(struct eb_server *server);

/* Waits for it to be killed, as it was told to be. */
void eb_server_await_kill(struct eb_server *server);

/* Asks it to read its configuration again (SIGHUP). */
void eb_server_reload(const struct eb_server *server);

/*
 * Stops it if it runs, and removes everything. For tear-down, after a failure too. 0 if all was
 * well up to the end, as cmocka wants it.
 */
int eb_server_finish(struct eb_server *server);

/* How often the log holds `text`. */
size_t eb_server_log_count(const struct eb_server *server, const char *text);

/* Waits until the log holds `text` `count` times. */
void eb_server_await_log(struct eb_server *server, const char *text, size_t count);

/* Fails, printing the log, unless it holds `text`. */
#define assert_logged(server, text) eb_server_assert_log((server), (text), __FILE__, __LINE__)
void eb_server_assert_log(
    const struct eb_server *server, const char *text, const char *file, int line);

/* Whether it is Mosquitto 2.1 or later. */
bool eb_server_is_2_1(const struct eb_server *server);

/*
 * The dynamic-security plugin that came with the mosquitto that is tested; NULL when there is none
 * beside it. Good until the next call.
 */
const char *eb_server_dynamic_security(void);

/* The file of the plugin under test. */
const char *eb_server_plugin(void);

/* Milliseconds by a clock that only goes forward. */
long eb_now_ms(void);

#endif
