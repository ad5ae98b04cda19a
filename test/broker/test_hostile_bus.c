/*
 * A broker that was taken over: it takes whoever connects, and answers commands with what is not
 * to be trusted. Played in the test, a process that speaks as much MQTT as it takes.
 */
#include "eb_test.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "line.h"
#include "server.h"

/* What it answers; NUMBER becomes that of the question. */
struct answer {
    const char *text;
    size_t len;
};

enum { ROOM = 256 * 1024 };

static struct eb_server own;
static int listener;

static bool receive(int socket, unsigned char *out, size_t len)
{
    for (size_t got = 0; got < len;) {
        ssize_t count = read(socket, out + got, len - got);
        if (count <= 0)
            return false;
        got += (size_t)count;
    }
    return true;
}

/* The next packet: its first byte, and what is behind its length; 0: there is none. */
static unsigned char receive_packet(int socket, unsigned char *body, size_t *len)
{
    unsigned char first, byte;
    unsigned shift = 0;
    *len = 0;
    if (!receive(socket, &first, 1))
        return 0;
    do {
        if (!receive(socket, &byte, 1))
            return 0;
        *len |= (size_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return *len < ROOM && receive(socket, body, *len) ? first : 0;
}

static void send_all(int socket, const void *bytes, size_t len)
{
    if (write(socket, bytes, len) != (ssize_t)len)
        _exit(0);
}

/* PUBLISH at QoS 0, MQTT 5. */
static void send_publish(int socket, const char *topic, const char *payload, size_t len)
{
    unsigned char head[8];
    size_t topic_len = strlen(topic), rest = 2 + topic_len + 1 + len, at = 0;
    head[at++] = 0x30;
    do {
        head[at++] = (unsigned char)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
        rest >>= 7;
    } while (rest);
    head[at++] = (unsigned char)(topic_len >> 8);
    head[at++] = (unsigned char)topic_len;
    send_all(socket, head, at);
    send_all(socket, topic, topic_len);
    send_all(socket, "", 1); /* no properties */
    send_all(socket, payload, len);
}

/* The text with the question's number in it. */
static size_t fill_in(const struct answer *answer, const char *number, char *out)
{
    static const char mark[] = "NUMBER";
    size_t len = 0;
    for (size_t i = 0; i < answer->len;) {
        if (answer->len - i >= 6 && memcmp(answer->text + i, mark, 6) == 0) {
            len += (size_t)sprintf(out + len, "%s", number);
            i += 6;
        } else {
            out[len++] = answer->text[i++];
        }
    }
    return len;
}

/* The question's correlationData. */
static void find_number(const unsigned char *body, size_t len, char number[64])
{
    static const char name[] = "\"correlationData\":\"";
    const char *at = memmem(body, len, name, sizeof name - 1);
    number[0] = '\0';
    if (at)
        sscanf(at + sizeof name - 1, "%63[^\"]", number);
}

static void answer_question(
    int socket, const unsigned char *body, size_t len, const struct answer *answer)
{
    static char text[ROOM];
    char number[64];
    size_t topic_len = (size_t)(body[0] << 8 | body[1]);
    const unsigned char puback[] = { 0x40, 2, body[2 + topic_len], body[3 + topic_len] };
    find_number(body, len, number);
    send_all(socket, puback, sizeof puback);
    size_t text_len = fill_in(answer, number, text);
    send_publish(socket, "$CONTROL/event-bus/v1/verdicts", text, text_len);
    send_publish(socket, "$CONTROL/event-bus/v1/response", text, text_len);
}

static void serve(int socket, const struct answer *answer)
{
    static unsigned char body[ROOM];
    static const unsigned char connack[] = { 0x20, 3, 0, 0, 0 };
    size_t len;
    for (unsigned char first; (first = receive_packet(socket, body, &len)) != 0;) {
        if (first == 0x10)
            send_all(socket, connack, sizeof connack);
        else if ((first & 0xf0) == 0x30 && len > 8)
            answer_question(socket, body, len, answer);
        else if (first == 0x82) {
            const unsigned char suback[] = { 0x90, 4, body[0], body[1], 0, 0 };
            send_all(socket, suback, sizeof suback);
        }
    }
    close(socket);
}

/* A process that plays it, until it is killed. */
static pid_t play(const struct answer *answer)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        int socket = accept(listener, NULL, NULL);
        if (socket < 0)
            _exit(0);
        serve(socket, answer);
    }
}

static int open_own(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    *state = &own;
    eb_server_prepare(&own);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, len) || listen(listener, 8) ||
        getsockname(listener, (struct sockaddr *)&address, &len))
        return -1;
    own.port = ntohs(address.sin_port);
    return 0;
}

static int close_own(void **state)
{
    close(listener);
    return eb_server_finish(*state);
}

/* ---- answers ---- */

#define DATA(members) "{\"responses\":[{\"correlationData\":\"NUMBER\",\"data\":{" members "}}]}"
#define EVIL "\\u001b]0;pwned\\u0007\\u009b2J\xe2\x80\xae\xc2\x9b\\n\\u0000"

static const char *const lines[] = {
    "status",
    "status --json",
    "reload",
    "stats",
    "stats --json",
    "rule list",
    "rule list --json",
    "rule show a",
    "rule show a --json",
    "rule delete a",
    "contract enable a",
    "schema list",
    "schema show a",
    "schema show a --source",
    "schema delete a@1",
    "schema register a $DIR/event.json",
    "rule put $DIR/event.json",
    "test -t a $DIR/event.json",
    "test -t a $DIR/event.json --json",
    "top --once",
    "top --json",
    "graph $DIR/event-bus --live -n 1 --json",
    "tail -C 1",
    "tail -C 1 --json",
};
enum { LINES = sizeof lines / sizeof *lines };

/* Of what a terminal obeys: C0 but for the line's end, C1, and what turns the direction around. */
static bool is_harmless(const char *text)
{
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < 0x20 && *at != '\n' && *at != '\t')
            return false;
    }
    return !strstr(text, "\xc2\x9b") && !strstr(text, "\xe2\x80\xae") && !strstr(text, "\x7f");
}

/* By every `step`th line from `first` on. */
static void assert_survived(const struct answer *answer, size_t first, size_t step)
{
    pid_t pid = play(answer);
    for (size_t i = first % step; i < LINES; i += step) {
        char line[512];
        snprintf(line, sizeof line, "timeout 8 $BUS %s -p $PORT -u a --timeout 1", lines[i]);
        int code = eb_line_run(&own, EB_CLI_FILE, line);
        bool is_good = (code == 0 || code == 1 || (code == 124 && i >= LINES - 2)) &&
                       is_harmless(eb_line_output) && !strstr(eb_line_output, "Sanitizer");
        if (!is_good)
            print_error("%s\n%.200s\n%d\n%s\n", line, answer->text, code, eb_line_output);
        assert_true(is_good);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void answer__that_lies_is_shown_without_harm(void **state)
{
    static const char *const texts[] = {
        DATA("\"version\":\"" EVIL "\",\"configuration\":\"" EVIL "\",\"managed\":{},\"reloads\":{"
             "\"error\":\"" EVIL "\"},\"contracts\":-5,\"rules\":1e300,\"totalCount\":99999999999,"
             "\"schemas\":[{\"name\":\"" EVIL "\",\"versions\":[1,{\"version\":{}}],"
             "\"compatibility\":\"" EVIL "\"}],\"schema\":{\"" EVIL "\":\"" EVIL "\"},"
             "\"rule\":{\"" EVIL "\":[\"" EVIL "\"]},\"name\":\"" EVIL "\",\"file\":\"" EVIL "\","
             "\"figures\":{\"" EVIL "\":1,\"rules/" EVIL "/matched\":5,\"events/received\":1e299},"
             "\"refusedClients\":[{\"client\":\"" EVIL "\",\"count\":3}],"
             "\"histograms\":{\"callback\":[[1e299,1e299],[1]]},\"uptimeMicroseconds\":1e299,"
             "\"explanation\":{\"verdict\":\"" EVIL "\",\"contracts\":[1,{\"contract\":\"" EVIL
             "\",\"faults\":[{\"error\":\"" EVIL "\"}]}],\"matched\":[{\"rule\":\"" EVIL
             "\",\"targets\":[{\"topic\":\"" EVIL "\",\"payload\":{\"encoding\":\"base64\","
             "\"value\":\"!!!!\"},\"user_properties\":[1,[],[\"a\"],[\"" EVIL "\",\"" EVIL "\"]]},"
             "5]}],\"others\":[{\"fields\":[{\"field\":\"" EVIL "\",\"expected\":{},\"seen\":[{}]}]"
             "}],\"again\":[{}],\"letters\":[\"" EVIL "\",7]}"),
        DATA("\"rules\":[{\"name\":\"" EVIL "\",\"line\":-1},[],{}],\"totalCount\":3"),
        DATA("\"rules\":[],\"totalCount\":5"),
        DATA("\"explanation\":{\"matched\":{},\"rules\":[]}"),
        DATA(""),
        "{\"responses\":[{\"correlationData\":\"NUMBER\",\"error\":\"" EVIL "\",\"data\":{"
        "\"diagnostics\":[{\"severity\":\"error\",\"file\":\"" EVIL "\",\"line\":1e30,"
        "\"pointer\":\"" EVIL "\",\"text\":\"" EVIL "\"}]}}]}",
        "{\"responses\":[{\"correlationData\":\"NUMBER\",\"error\":\"" EVIL "\"}]}",
        "{\"error\":\"" EVIL "\"}",
        "{\"time\":\"" EVIL "\",\"topic\":\"" EVIL "\",\"client\":\"" EVIL "\",\"verdict\":\"" EVIL
        "\",\"reason\":\"" EVIL "\",\"rules\":[{\"name\":\"" EVIL "\"}],\"contracts\":[{"
        "\"faults\":[{\"error\":\"" EVIL "\",\"instanceLocation\":\"" EVIL "\"}]}]}",
        "{\"responses\":",
        "\xff\xfe\x1b[2J",
    };
    (void)state;
    eb_server_write(&own, "event.json", "{}");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct answer answer = { texts[i], strlen(texts[i]) };
        assert_survived(&answer, i, i == 0 ? 1 : 8);
    }
}

/* As deep as it gets, and nothing at all. */
static void answer__of_any_depth_and_length_is_survived(void **state)
{
    enum { DEPTH = 100000 };
    static char deep[DEPTH + 1];
    static const struct answer none = { "", 0 };
    const struct answer brackets = { deep, DEPTH };
    (void)state;
    memset(deep, '[', DEPTH);
    assert_survived(&brackets, 0, 12);
    assert_survived(&none, 1, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer__that_lies_is_shown_without_harm),
        cmocka_unit_test(answer__of_any_depth_and_length_is_survived),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, open_own, close_own);
}
