/*
 * connection_options.h - which broker, and who asks: the options of the mosquitto clients.
 *
 * They come from a file first, then from the command line. A password can stay off the command
 * line, where other users see it: in the file, in EVENT_BUS_PASSWORD, or asked for.
 */
#ifndef EB_CLI_CONNECTION_OPTIONS_H
#define EB_CLI_CONNECTION_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

/* Where the broker is: a host, a URL or a socket. */
struct connection_place {
    const char *host;
    uint32_t port; /* 0: the usual one, 1883, or 8883 with TLS */
    const char *unix_path;
    const char *url;
};

struct connection_options {
    struct connection_place place;
    struct connection_place file_place; /* unless the command line says where */
    const char *bind_address;
    const char *username;
    const char *password;
    bool asks_password;
    const char *id; /* NULL: the command's own */
    const char *version;
    uint32_t timeout_s;
    const char *cafile;
    const char *capath;
    const char *cert;
    const char *key;
    const char *psk;
    const char *psk_identity;
    const char *ciphers;
    const char *tls_version;
    bool uses_os_certs;
    bool is_insecure;

    int protocol;             /* of `version`: MQTT_PROTOCOL_… */
    char *file;               /* the text of the file of options, which the others may point into */
    char *url_parts;          /* the same of the URL */
    char password_asked[256]; /* the same of what was asked for */
};

enum { CONNECTION_OPTION_COUNT = 21 };
extern const struct option connection_option_rows[CONNECTION_OPTION_COUNT];

/* The table of a command whose struct holds its connection_options at the offset `base`. */
#define CONNECTION_OPTIONS_AT(base)                                                                \
    {                                                                                              \
        connection_option_rows, CONNECTION_OPTION_COUNT, (base)                                    \
    }

/* What help says about them behind the list. */
#define CONNECTION_HELP                                                                            \
    "Options for the connection may also stand in ~/.config/event-bus, one a line: -h HOST. "      \
    "Where\n"                                                                                      \
    "there is no such file, mosquitto_ctrl's is read. EVENT_BUS_PASSWORD may hold the password.\n"

/*
 * What the file of options says: ~/.config/event-bus, or mosquitto_ctrl's own where there is none
 * (below XDG_CONFIG_HOME where that is set). To be called before the command's own options are
 * read. False after a mistake in it. Release it either way.
 */
bool connection_options_begin(struct connection_options *options);
void connection_options_release(struct connection_options *options);

/*
 * After reading: settles where the broker is, takes the URL apart, finds the password, checks what
 * the table cannot. False, with the reason said.
 */
bool connection_options_check(struct connection_options *options);

/* Whether the connection is to be made with TLS, and the port it goes to. */
bool connection_options_use_tls(const struct connection_options *options);
int connection_options_port(const struct connection_options *options);

#endif
