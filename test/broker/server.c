#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "eb_test.h"
#include "peer.h"

long eb_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *eb_server_plugin(void)
{
    return EB_PLUGIN_FILE;
}

/* ---- what belongs to the broker under test --------------------------------------------------- */

/* Where the mosquitto on PATH is, or where Debian puts it. False when it is nowhere. */
static bool find_on_path(char out[PATH_MAX])
{
    const char *path = getenv("PATH");
    for (const char *next = path ? path : ""; *next;) {
        size_t len = strcspn(next, ":");
        snprintf(out, PATH_MAX, "%.*s/mosquitto", (int)len, next);
        if (access(out, X_OK) == 0)
            return true;
        next += len + (next[len] == ':');
    }
    snprintf(out, PATH_MAX, "/usr/sbin/mosquitto");
    return access(out, X_OK) == 0;
}

const char *eb_server_dynamic_security(void)
{
    static char found[PATH_MAX];
    char program[PATH_MAX], pattern[PATH_MAX];
    const char *named = getenv("EB_MOSQUITTO");
    if (!named || !strchr(named, '/'))
        named = find_on_path(program) ? program : NULL;
    char *real = named ? realpath(named, NULL) : NULL;
    if (!real)
        return NULL;
    glob_t files;
    int prefix_len = (int)strlen(dirname(dirname(real)));
    snprintf(
        pattern, sizeof pattern, "%.*s/lib{,/*}/mosquitto_dynamic_security.so", prefix_len, real);
    bool is_there = glob(pattern, GLOB_BRACE, NULL, &files) == 0;
    if (is_there)
        snprintf(found, sizeof found, "%s", files.gl_pathv[0]);
    globfree(&files);
    free(real);
    return is_there ? found : NULL;
}

/* ---- files ---------------------------------------------------------------------------------- */

void eb_server_write(const struct eb_server *server, const char *path, const char *text)
{
    eb_tree_write(&server->tree, path, text);
}

void eb_server_remove(const struct eb_server *server, const char *path)
{
    assert_int_equal(unlink(eb_tree_path(&server->tree, path)), 0);
}

/* cmocka tears nothing down after a set-up that failed: what is left then goes at the end. */
static struct eb_server *prepared;

static void finish_all(void)
{
    while (prepared)
        eb_server_finish(prepared);
}

static void remember(struct eb_server *server)
{
    static bool is_registered;
    if (!is_registered)
        atexit(finish_all);
    is_registered = true;
    server->next = prepared;
    prepared = server;
}

/* Where the list has it; what is there is NULL when it has not. */
static struct eb_server **find_prepared(const struct eb_server *server)
{
    struct eb_server **at = &prepared;
    while (*at && *at != server)
        at = &(*at)->next;
    return at;
}

static void forget(const struct eb_server *server)
{
    struct eb_server **at = find_prepared(server);
    if (*at)
        *at = server->next;
}

void eb_server_prepare(struct eb_server *server)
{
    if (*find_prepared(server)) /* a test failed that had it */
        eb_server_finish(server);
    *server = (struct eb_server){ 0 };
    remember(server);
    eb_tree_make(&server->tree);
    eb_server_write(server, "suppressions", "");
    eb_server_write(server, "event-bus/event-bus.json", "{ \"version\": 1 }\n");
}

/* The log so far; the caller frees it. */
static char *read_log(const struct eb_server *server)
{
    FILE *file = fopen(eb_tree_path(&server->tree, "log"), "r");
    char *text = NULL;
    size_t room = 0;
    if (!file || getdelim(&text, &room, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    if (file)
        fclose(file);
    return text;
}

size_t eb_server_log_count(const struct eb_server *server, const char *text)
{
    char *log = read_log(server);
    size_t count = 0;
    for (const char *at = strstr(log, text); at; at = strstr(at + 1, text))
        count++;
    free(log);
    return count;
}

static void print_log(const struct eb_server *server)
{
    char *log = read_log(server);
    fprintf(stderr, "---- log of the broker\n%s----\n", log);
    free(log);
}

void eb_server_assert_log(
    const struct eb_server *server, const char *text, const char *file, int line)
{
    if (eb_server_log_count(server, text) > 0)
        return;
    print_error("not in the log: %s\n", text);
    print_log(server);
    _fail(file, line);
}

void eb_server_await_log(struct eb_server *server, const char *text, size_t count)
{
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    while (eb_server_log_count(server, text) < count) {
        if (eb_now_ms() > deadline) {
            print_log(server);
            fail_msg("waited in vain for the log to say %zu times: %s", count, text);
        }
        eb_peer_pump(server, 5);
    }
}

bool eb_server_is_2_1(const struct eb_server *server)
{
    return eb_server_log_count(server, "mosquitto version 2.0") == 0;
}

/* ---- the process ---------------------------------------------------------------------------- */

int eb_server_free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s >= 0);
    assert_int_equal(bind(s, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&address, &len), 0);
    close(s);
    return ntohs(address.sin_port);
}

/*
 * Whether the broker answers a CONNECT. That it listens is not enough: connections queue before its
 * loop turns, and a SIGTERM that comes before the loop begins is forgotten.
 */
static bool is_serving(int port)
{
    static const char connect_packet[] = "\x10\x0c\0\x04MQTT\x04\x02\0\x0a\0\0";
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char answer;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct pollfd readable = { .fd = s, .events = POLLIN };
    bool is = s >= 0 && connect(s, (struct sockaddr *)&address, sizeof address) == 0 &&
              send(s, connect_packet, sizeof connect_packet - 1, MSG_NOSIGNAL) > 0 &&
              poll(&readable, 1, EB_PATIENCE_MS) > 0 && recv(s, &answer, 1, 0) >= 0;
    close(s);
    return is;
}

static void write_configuration(struct eb_server *server, const char *first, const char *lines)
{
    char text[4096];
    struct passwd *self = getpwuid(geteuid());
    server->port = eb_server_free_port();
    int len = snprintf(text, sizeof text,
        "%s"
        "listener %d 127.0.0.1\n"
        "allow_anonymous true\n"
        "log_dest stderr\n"
        "persistence_location %s/\n"
        "user %s\n"
        "%s\n",
        first, server->port, server->tree.path, self ? self->pw_name : "root", lines);
    assert_true(len > 0 && (size_t)len < sizeof text);
    eb_server_write(server, "mosquitto.conf", text);
}

/* What some brokers do not free of their own: when they refuse to start, and under listeners. */
static const char suppressions[] = "leak:mosquitto__strdup\n"
                                   "leak:mosquitto__realloc\n"
                                   "leak:mosquitto__calloc\n"
                                   "leak:mosquitto__malloc\n"
                                   "leak:mosquitto_strdup\n"
                                   "leak:mosquitto_realloc\n"
                                   "leak:mosquitto_calloc\n"
                                   "leak:mosquitto_malloc\n";

/* What EB_MOSQUITTO names, else the one on PATH, else where Debian puts it, beyond most PATHs. */
static void execute(const char *named, const char *configuration)
{
    execlp(named ? named : "mosquitto", "mosquitto", "-c", configuration, NULL);
    if (!named)
        execl("/usr/sbin/mosquitto", "mosquitto", "-c", configuration, NULL);
    fprintf(stderr, "%s: %s\n", named ? named : "mosquitto", eb_errno_text(errno));
    _exit(127);
}

/* Runs in the child. A plugin built with a sanitizer needs its runtime before everything else. */
static void become_broker(const struct eb_server *server)
{
    const char *named = getenv("EB_MOSQUITTO");
    if (named && !*named)
        named = NULL;
    /* Relative to here, not to where the broker will run. */
    const char *absolute = named && strchr(named, '/') ? realpath(named, NULL) : NULL;
    named = absolute ? absolute : named;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = open(eb_tree_path(&server->tree, "log"), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    if (chdir(server->tree.path) != 0)
        _exit(127);
    const char *more = server->preload ? server->preload : "";
    char preload[4096];
    snprintf(preload, sizeof preload, "%s%s%s", EB_BROKER_PRELOAD,
        *EB_BROKER_PRELOAD && *more ? ":" : "", more);
    if (*preload)
        setenv("LD_PRELOAD", preload, 1);
    setenv("ASAN_OPTIONS", "detect_leaks=1:exitcode=99:abort_on_error=0", 1);
    setenv("LSAN_OPTIONS", "suppressions=suppressions:print_suppressions=0", 1);
    setenv("UBSAN_OPTIONS", "print_stacktrace=1", 1);
    execute(named, eb_tree_path(&server->tree, "mosquitto.conf"));
}

static void launch(struct eb_server *server)
{
    fflush(NULL);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0)
        become_broker(server);
}

/* Its status as of waitpid() once it has ended; -1 when it goes on beyond the deadline. */
static int await_end(struct eb_server *server, long patience_ms)
{
    long deadline = eb_now_ms() + patience_ms;
    int status;
    while (waitpid(server->pid, &status, WNOHANG) == 0) {
        if (eb_now_ms() > deadline)
            return -1;
        poll(NULL, 0, 2);
    }
    server->pid = 0;
    return status;
}

static bool has_ended(struct eb_server *server)
{
    int status;
    if (waitpid(server->pid, &status, WNOHANG) == 0)
        return false;
    print_error("the broker ended with status %d\n", status);
    server->pid = 0;
    return true;
}

static void kill_now(struct eb_server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
    }
    server->pid = 0;
}

/* False when it ended instead. */
static bool await_serving(struct eb_server *server)
{
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    while (!is_serving(server->port)) {
        if (has_ended(server))
            return false;
        if (eb_now_ms() > deadline) {
            print_log(server);
            fail_msg("the broker does not serve");
        }
        poll(NULL, 0, 2);
    }
    return true;
}

static void start(struct eb_server *server, const char *first, const char *lines)
{
    /* Somebody else may take the port before the broker does. */
    for (int attempt = 0; attempt < 3; attempt++) {
        write_configuration(server, first, lines);
        launch(server);
        if (await_serving(server))
            return;
        if (eb_server_log_count(server, "Address already in use") == 0)
            break;
    }
    print_log(server);
    fail_msg("the broker did not start");
}

void eb_server_start_plain(struct eb_server *server, const char *lines)
{
    start(server, "", lines);
}

void eb_server_start_per_listener(struct eb_server *server, const char *lines)
{
    eb_server_write(server, "suppressions", suppressions); /* 2.0 never frees these settings */
    start(server, "per_listener_settings true\n", lines);
}

void eb_server_start(struct eb_server *server, const char *lines)
{
    char all[2048];
    snprintf(all, sizeof all, "plugin %s\nplugin_opt_config_file %s/event-bus\n%s",
        eb_server_plugin(), server->tree.path, lines ? lines : "");
    eb_server_start_plain(server, all);
}

int eb_server_run_to_end(struct eb_server *server, const char *lines)
{
    write_configuration(server, "", lines);
    eb_server_write(server, "suppressions", suppressions);
    launch(server);
    int status = await_end(server, EB_PATIENCE_MS);
    if (status == -1) {
        print_log(server);
        fail_msg("the broker runs, but should have refused to");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool is_log_clean(const struct eb_server *server)
{
    static const char *const reports[] = { "Sanitizer", "runtime error:" };
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        if (eb_server_log_count(server, reports[i]) > 0)
            return false;
    }
    return true;
}

/* False, having printed the log, unless it ends well on request. */
static bool stop(struct eb_server *server)
{
    eb_peer_free_all(server);
    if (server->pid == 0)
        return true;
    kill(server->pid, SIGTERM);
    int status = await_end(server, EB_PATIENCE_MS);
    kill_now(server);
    if (status == 0 && is_log_clean(server))
        return true;
    print_log(server);
    print_error("the broker ended with status %d\n", status);
    return false;
}

void eb_server_stop(struct eb_server *server)
{
    assert_true(server->pid > 0);
    assert_true(stop(server));
}

void eb_server_await_kill(struct eb_server *server)
{
    eb_peer_free_all(server);
    int status;
    assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    server->pid = 0;
}

void eb_server_reload(const struct eb_server *server)
{
    assert_int_equal(kill(server->pid, SIGHUP), 0);
}

int eb_server_finish(struct eb_server *server)
{
    bool is_good = stop(server);
    forget(server);
    if (*server->tree.path)
        eb_tree_remove(&server->tree);
    *server->tree.path = '\0';
    return is_good ? 0 : -1;
}
