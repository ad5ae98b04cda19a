/* How `event-bus` finds its broker and says who it is: the options of the mosquitto clients. */
#include "eb_test.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "certificates.h"
#include "line.h"
#include "peer.h"
#include "scene.h"

#define SETTINGS                                                                                   \
    "{ \"version\": 1, \"control\": { \"usernames\": [\"bus-admin\"], \"addresses\": "             \
    "[\"127.0.0.1\", \"::1\"] } }"

static struct eb_server own;
static char tls_port[16], psk_port[16];

static int open_own(void **state)
{
    char lines[2048];
    *state = &own;
    eb_server_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json", SETTINGS);
    bool has_certificates = eb_certificates_make(&own);
    snprintf(tls_port, sizeof tls_port, "%d", has_certificates ? eb_server_free_port() : 0);
    snprintf(psk_port, sizeof psk_port, "%d", eb_server_free_port());
    setenv("TLS", tls_port, 1);
    setenv("PSK", psk_port, 1);
    eb_server_write(&own, "keys", "bus-admin:1234abcd\n");
    int len = snprintf(lines, sizeof lines,
        "psk_file %s/keys\nlistener %s 127.0.0.1\npsk_hint hint\n", own.tree.path, psk_port);
    if (has_certificates)
        snprintf(lines + len, sizeof lines - (size_t)len,
            "listener %s\nallow_anonymous true\ncafile %s/ca.crt\ncertfile %s/broker.crt\n"
            "keyfile %s/broker.key\n",
            tls_port, own.tree.path, own.tree.path, own.tree.path);
    eb_server_start(&own, lines);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

#define GOOD 0, "the last was good", NULL

static void broker__is_found_by_any_option(void **state)
{
    static const struct eb_line_case cases[] = {
        { "$BUS status -p $PORT -u bus-admin", GOOD },
        { "$BUS status --host=127.0.0.1 --port=$PORT --username=bus-admin -i me", GOOD },
        { "$BUS status -L mqtt://bus-admin@127.0.0.1:$PORT", GOOD },
        { "$BUS status -L mqtt://bus%2Dadmin:secret@127.0.0.1:$PORT/topic", GOOD },
        { "$BUS status -p $PORT -u bus-admin -A 127.0.0.1", GOOD },
        { "$BUS status -p $PORT -u bus-admin -V 311", GOOD },
        { "$BUS status -p $PORT -u bus-admin -V mqttv31", GOOD },
        { "$BUS status --psk 1234abcd --psk-identity bus-admin -u bus-admin -p $PSK", GOOD },
        { "$BUS status --unix $DIR/no.sock", 1, "/no.sock: ", NULL },
        { "$BUS status -L http://x", 2, "--url: expected mqtt://", NULL },
        { "$BUS status -L mqtt://@x", 2, "--url: expected mqtt://", NULL },
        { "$BUS status -L mqtt://x:0", 2, "--url: expected mqtt://", NULL },
        { "$BUS status -L mqtt://a:%00@x", 2, "--url: expected mqtt://", NULL },
        { "$BUS status -L 'mqtt://[::1'", 2, "--url: expected mqtt://", NULL },
        { "$BUS status -L mqtt://localhost -p 1", 2, "are instead of each other", NULL },
        { "$BUS status --unix $DIR/no.sock -h localhost", 2, "are instead of each other", NULL },
        { "$BUS status -V 6", 2, "expected 5, 311 or 31", NULL },
        { "$BUS status -P secret", 2, "a password needs a --username", NULL },
        { "$BUS status --cert a", 2, "--cert and --key need each other", NULL },
        { "$BUS status --insecure", 2, "TLS needs a --cafile", NULL },
        { "$BUS status --psk 12", 2, "--psk and --psk-identity need each other", NULL },
        { "$BUS status --cafile /nowhere/ca.crt", 2, "--cafile: /nowhere/ca.crt: No such", NULL },
        { "$BUS status -h no-such-host.invalid --timeout 2", 1,
            "no-such-host.invalid:1883: ", NULL },
    };
    assert_lines(*state, cases);
}

static void tls__is_spoken_and_its_failures_told(void **state)
{
    static const struct eb_line_case cases[] = {
        { "$BUS status -h localhost -p $TLS -u bus-admin --cafile $DIR/ca.crt", GOOD },
        { "$BUS status -h 127.0.0.1 -p $TLS -u bus-admin --cafile $DIR/ca.crt --insecure", GOOD },
        { "$BUS status -h localhost -p $TLS -u bus-admin --cafile $DIR/ca.crt --tls-version "
          "tlsv1.2",
            GOOD },
        { "$BUS status -h localhost -p $TLS -u bus-admin --cafile $DIR/ca.crt --cert $DIR/lock.crt "
          "--key $DIR/lock.key",
            GOOD },
        { "$BUS status -L mqtts://bus-admin@localhost:$TLS --cafile $DIR/ca.crt", GOOD },
        { "$BUS status -L mqtts://bus-admin@localhost:$TLS", 1,
            "TLS failed: certificate verify failed", NULL },
        { "$BUS status -h localhost -p $TLS -u bus-admin --cafile $DIR/lock.crt", 1,
            "certificate verify failed: its certificate is not signed by whom", NULL },
        { "$BUS status -h 127.0.0.1 -p $TLS -u bus-admin --cafile $DIR/ca.crt", 1,
            "TLS failed: ", NULL },
        { "$BUS status -h localhost -p $TLS -u bus-admin", 1, "where it wants TLS, say --cafile",
            NULL },
        { "$BUS status -p $PORT -u bus-admin --cafile $DIR/ca.crt --timeout 2", 1, ":", NULL },
    };
    if (strcmp(tls_port, "0") == 0) {
        print_message("left out: there is no openssl to make certificates with\n");
        skip();
    }
    assert_lines(*state, cases);
}

#define IN "mkdir -p $DIR/conf; rm -f $DIR/conf/*; export XDG_CONFIG_HOME=$DIR/conf;"

/* Our own file goes before mosquitto_ctrl's, and the command line before both. */
static void options__may_stand_in_a_file(void **state)
{
    static const struct eb_line_case cases[] = {
        { IN "printf '# mine\\n-p %s\\n--username bus-admin\\n' $PORT >$DIR/conf/event-bus;"
             "$BUS status",
            GOOD },
        { IN "printf '%s\\n' '-h localhost' \"--port $PORT\" '-u bus-admin' '-q 2' -d "
             ">$DIR/conf/mosquitto_ctrl; $BUS status",
            GOOD },
        { IN "echo '-p 1' >$DIR/conf/mosquitto_ctrl;"
             "printf '%s\\n' \"-p $PORT\" '-u bus-admin' >$DIR/conf/event-bus; $BUS status",
            GOOD },
        { IN "echo '-p 1' >$DIR/conf/event-bus; $BUS status -p $PORT -u bus-admin", GOOD },
        { IN "echo '-L mqtt://bus-admin@127.0.0.1:1' >$DIR/conf/event-bus;"
             "$BUS status -h 127.0.0.1 -p $PORT -u bus-admin",
            GOOD },
        { IN "echo '-L mqtt://bus-admin@127.0.0.1:1' >$DIR/conf/event-bus; $BUS status -p $PORT",
            GOOD },
        { IN "printf '%s\n' '-u bus-admin' '--unix /nowhere' >$DIR/conf/event-bus;"
             "$BUS status -p $PORT",
            GOOD },
        { IN "echo '-h localhost' >$DIR/conf/event-bus; $BUS status --unix $DIR/no.sock", 1,
            "/no.sock: ", NULL },
        { IN "printf '%s\n' '-h localhost' '--unix /nowhere' >$DIR/conf/event-bus; $BUS status", 2,
            "are instead of each other", NULL },
        { IN "mkdir -p $DIR/home/.config; unset XDG_CONFIG_HOME; export HOME=$DIR/home;"
             "printf '%s\\n' \"-p $PORT\" '-u bus-admin' >$HOME/.config/event-bus; $BUS status",
            GOOD },
        { IN "echo '--prot 1' >$DIR/conf/event-bus; $BUS status", 2, "/conf/event-bus", NULL },
        { IN "echo 'localhost' >$DIR/conf/event-bus; $BUS status", 2, "expected options", NULL },
        { IN "echo '--proxy socks5h://x' >$DIR/conf/mosquitto_ctrl; $BUS status", 2,
            "/conf/mosquitto_ctrl", NULL },
    };
    assert_lines(*state, cases);
}

/* A broker that checks passwords. */
static void password__stays_off_the_command_line(void **state)
{
    static struct eb_server strict;
    static const struct eb_line_case cases[] = {
        { "$BUS status -p $PORT", 1, "refused the connection: Not authorized; say who you are",
            NULL },
        { "$BUS status -p $PORT -u bus-admin", 1, "a password may be needed: --ask-pw", NULL },
        { "$BUS status -p $PORT -u bus-admin -V 311", 1,
            "refused the connection: Connection Refused", NULL },
        { "$BUS status -p $PORT -u bus-admin -P wrong", 1, "refused the connection", "advice" },
        { "$BUS status -p $PORT -u bus-admin -P secret", GOOD },
        { "EVENT_BUS_PASSWORD=secret $BUS status -p $PORT -u bus-admin", GOOD },
        { IN "printf '%s\\n' '-u bus-admin' '-P secret' >$DIR/conf/event-bus; $BUS status -p $PORT",
            GOOD },
        { "$BUS status -p $PORT -u bus-admin --ask-pw </dev/null | cat; setsid $BUS status "
          "--ask-pw -u x -p $PORT",
            2, "--ask-pw: there is no terminal to ask on", NULL },
        { "(sleep 1; printf 'secrex\\bt\\n') | script -qec \"$BUS status -p $PORT -u bus-admin "
          "--ask-pw\" "
          "/dev/null",
            0, "Password: \r\n", "secre" },
        { "(sleep 1; printf '\\004') | script -qec \"$BUS status -p $PORT -u bus-admin --ask-pw\" "
          "/dev/null",
            2, "no password was given", NULL },
    };
    (void)state;
    eb_server_prepare(&strict);
    eb_server_write(&strict, "event-bus/event-bus.json", SETTINGS);
    if (eb_line_run(&strict, EB_CLI_FILE,
            "mosquitto_passwd -c -b $DIR/passwords bus-admin secret && chmod 644 $DIR/passwords")) {
        print_message("left out: there is no mosquitto_passwd\n");
        eb_server_finish(&strict);
        skip();
    }
    eb_server_start(&strict, "allow_anonymous false\npassword_file passwords\n");
    assert_lines(&strict, cases);
    assert_int_equal(eb_server_finish(&strict), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broker__is_found_by_any_option),
        cmocka_unit_test(tls__is_spoken_and_its_failures_told),
        cmocka_unit_test(options__may_stand_in_a_file),
        cmocka_unit_test(password__stays_off_the_command_line),
    };
    return cmocka_run_group_tests(tests, open_own, close_own);
}
