/*
 * dead_letters.c - `event-bus dead-letters COMMAND …`: what was refused, and sending it again.
 *
 *     broker ── a session kept for it ──► file of letters ──► list, show
 *        ▲                                       │
 *        └────────── the event again ◄── resend ─┘
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "connection.h"
#include "letter_event.h"
#include "letters.h"
#include "memory.h"
#include "terminal.h"

extern const struct command command_dead_letters_list, command_dead_letters_show,
    command_dead_letters_resend, command_dead_letters_drop;

struct dead_letter_options {
    struct connection_options connection;
    struct letter_filter filter;
    const char *store;
    const char *dead_letters;
    uint32_t wait_ms;
    struct letter_correction correction;
    bool is_stored_only;
    bool is_all;
    bool is_json;
};

#define AT(member) offsetof(struct dead_letter_options, member)

static const struct option store_options[] = {
    { "store", 0, OPTION_TEXT, "FILE",
        "where letters are kept (default ~/.local/state/event-bus/dead-letters.jsonl)", AT(store),
        0, 0 },
};

static const struct option fetch_options[] = {
    { "dead-letters", 0, OPTION_TEXT, "TOPIC",
        "`dead_letters.topic` of the bus (default $event-bus/dead-letter)", AT(dead_letters), 0,
        0 },
    { "wait", 0, OPTION_NUMBER, "MS", "how long no letter must come to be the last (default 500)",
        AT(wait_ms), 1, 600000 },
    { "stored", 0, OPTION_FLAG, NULL, "only those fetched before: no broker is asked",
        AT(is_stored_only), 0, 0 },
};

static const struct option json_options[] = {
    { "json", 0, OPTION_FLAG, NULL, "print a JSON object for each", AT(is_json), 0, 0 },
};

static const struct option all_options[] = {
    { "all", 0, OPTION_FLAG, NULL, "all that match, instead of naming them", AT(is_all), 0, 0 },
};

static const struct option edit_options[] = {
    { "payload", 0, OPTION_TEXT, "FILE", "with this payload instead; - is standard input",
        AT(correction.payload), 0, 0 },
    { "set", 0, OPTION_TEXTS, "POINTER=JSON",
        "with this value in the event: /data/percent=14; may be repeated", AT(correction.edits), 0,
        0 },
};

#define ROWS(rows)                                                                                 \
    {                                                                                              \
        rows, sizeof(rows) / sizeof *(rows), 0                                                     \
    }
#define COUNT(tables) sizeof(tables) / sizeof *(tables)

static const struct option_table list_tables[] = {
    ROWS(json_options),
    LETTER_FILTER_AT(AT(filter)),
    ROWS(store_options),
    ROWS(fetch_options),
    CONNECTION_OPTIONS_AT(AT(connection)),
};
static const struct option_table show_tables[] = { ROWS(json_options), ROWS(store_options) };
static const struct option_table resend_tables[] = {
    ROWS(edit_options),
    ROWS(all_options),
    LETTER_FILTER_AT(AT(filter)),
    ROWS(store_options),
    CONNECTION_OPTIONS_AT(AT(connection)),
};
static const struct option_table drop_tables[] = {
    ROWS(all_options),
    LETTER_FILTER_AT(AT(filter)),
    ROWS(store_options),
};

/* One run of a command, and what it holds. */
struct session {
    struct dead_letter_options options;
    struct operands operands;
    struct letters letters;
    struct eb_arena arena; /* for what is said and sent */
    struct connection *connection;
    bool has_problems;
    bool is_stopped; /* nothing more can be sent */
};

static bool begin(struct session *session, const struct command *command, int argc, char **argv)
{
    *session = (struct session){ 0 };
    session->options.dead_letters = "$event-bus/dead-letter";
    session->options.wait_ms = 500;
    session->letters.lock = -1;
    eb_arena_init_growing(&session->arena, SIZE_MAX);
    return connection_options_begin(&session->options.connection) &&
           command_read(command, &session->options, argc, argv, &session->operands) &&
           connection_options_check(&session->options.connection) &&
           letter_filter_check(&session->options.filter);
}

static enum exit_code end(struct session *session, enum exit_code code)
{
    connection_close(session->connection);
    letters_close(&session->letters);
    connection_options_release(&session->options.connection);
    option_texts_release(&session->options.correction.edits);
    memory_release(&session->arena);
    return code == EXIT_FINE && session->has_problems ? EXIT_PROBLEMS : code;
}

/* Those that the operands name, or all that match: each is handed to `use`. False when one is not
 * there. */
static bool for_each_chosen(
    struct session *session, void (*use)(struct session *session, struct letter *letter))
{
    struct letters *letters = &session->letters;
    for (size_t i = 0; session->options.is_all && i < letters->count; i++) {
        if (letter_matches(&letters->items[i], &session->options.filter))
            use(session, &letters->items[i]);
    }
    for (size_t i = 0; i < session->operands.count; i++) {
        struct letter *letter = letters_find(letters, session->operands.items[i]);
        session->has_problems |= !letter;
        if (letter)
            use(session, letter);
    }
    return !session->has_problems;
}

/* ---- list ---- */

static void receive(
    void *context, const struct mosquitto_message *message, const mosquitto_property *properties)
{
    (void)properties;
    struct session *session = context;
    struct eb_span text = eb_span(message->payload, (size_t)message->payloadlen);
    if (letters_add(&session->letters, text))
        return;
    /* The broker has forgotten it by now: here it is for the last time. */
    session->has_problems = true;
    fputs("event-bus: this letter could not be kept: ", stderr);
    print_escaped(stderr, text);
    fputc('\n', stderr);
}

static bool fetch(struct session *session)
{
    const struct dead_letter_options *options = &session->options;
    const struct connection_use use = {
        .id = "event-bus-dead-letters",
        .keeps_session = true,
        .receive = receive,
        .context = session,
    };
    char filter[65536];
    snprintf(filter, sizeof filter, "%s/#", options->dead_letters);
    session->connection = connection_open(&options->connection, &use);
    return session->connection && connection_subscribe(session->connection, filter, 1) &&
           connection_drain(session->connection, (int)options->wait_ms);
}

static void print_json(const struct letter *letter)
{
    printf("{\"n\":%u,\"letter\":", letter->number);
    print_json_text(stdout, eb_doc_source(&letter->doc, 0));
    fputs("}\n", stdout);
}

static void list_letter(struct session *session, struct letter *letter)
{
    if (session->options.is_json)
        print_json(letter);
    else
        letter_print_line(letter, &session->arena);
}

static enum exit_code run_list(int argc, char **argv)
{
    struct session session;
    if (!begin(&session, &command_dead_letters_list, argc, argv))
        return end(&session, EXIT_USAGE);
    if (session.operands.count > 0)
        return end(&session, command_misused(&command_dead_letters_list));
    if (!letters_open(&session.letters, session.options.store))
        return end(&session, EXIT_PROBLEMS);
    /* What was fetched before can be seen even when the broker cannot be reached. */
    bool is_fetched = session.options.is_stored_only || fetch(&session);
    session.options.is_all = true;
    for_each_chosen(&session, list_letter);
    return end(&session, is_fetched ? EXIT_FINE : EXIT_PROBLEMS);
}

/* ---- show ---- */

static void show_letter(struct session *session, struct letter *letter)
{
    if (session->options.is_json)
        print_json(letter);
    else
        letter_print(letter, &session->arena);
}

/* Opens the letters for a command that wants to be told which. */
static bool open_chosen(struct session *session, const struct command *command, int argc,
    char **argv, enum exit_code *code)
{
    *code = EXIT_USAGE;
    if (!begin(session, command, argc, argv))
        return false;
    if (session->options.is_all == (session->operands.count > 0)) {
        *code = command_misused(command);
        return false;
    }
    *code = EXIT_PROBLEMS;
    return letters_open(&session->letters, session->options.store);
}

static enum exit_code run_show(int argc, char **argv)
{
    struct session session;
    enum exit_code code;
    if (!open_chosen(&session, &command_dead_letters_show, argc, argv, &code))
        return end(&session, code);
    for_each_chosen(&session, show_letter);
    return end(&session, EXIT_FINE);
}

/* ---- drop ---- */

static void drop_letter(struct session *session, struct letter *letter)
{
    (void)session;
    letter->is_gone = true;
}

static enum exit_code run_drop(int argc, char **argv)
{
    struct session session;
    enum exit_code code;
    if (!open_chosen(&session, &command_dead_letters_drop, argc, argv, &code))
        return end(&session, code);
    for_each_chosen(&session, drop_letter);
    return end(&session, letters_save(&session.letters) ? EXIT_FINE : EXIT_PROBLEMS);
}

/* ---- resend ---- */

static void tell_answer(const struct letter *letter, int code)
{
    bool is_sent = code >= 0 && code < 0x80;
    printf("%4u  ", letter->number);
    style(stdout, is_sent ? STYLE_GOOD : STYLE_BAD);
    fputs(is_sent ? "sent      " : "refused   ", stdout);
    style(stdout, STYLE_PLAIN);
    print_escaped(stdout, letter->topic);
    if (code >= 0x80)
        printf("  (%s)", mosquitto_reason_string(code));
    putchar('\n');
}

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal)
{
    (void)signal;
    is_interrupted = true;
}

/* A letter may have us thrown out, by a contract that disconnects: the next one need not. */
static bool can_send(struct session *session)
{
    if (!session->is_stopped && connection_is_lost(session->connection) &&
        connection_reopen(session->connection) != CONNECTION_OPEN) {
        complain("%s: the broker is gone: what was not sent is kept",
            connection_name(session->connection));
        session->is_stopped = true;
    }
    return !session->is_stopped && !is_interrupted;
}

static void resend_letter(struct session *session, struct letter *letter)
{
    struct connection_message message;
    mosquitto_property *properties;
    int code = -1;
    if (!can_send(session)) {
        session->has_problems = true;
        return;
    }
    if (letter_event_make(
            letter, &session->options.correction, &session->arena, &message, &properties))
        code = connection_publish(session->connection, &message);
    mosquitto_property_free_all(&properties);
    if (code >= 0)
        tell_answer(letter, code);
    letter->is_gone = code >= 0 && code < 0x80;
    session->has_problems |= !letter->is_gone;
}

static enum exit_code run_resend(int argc, char **argv)
{
    struct session session;
    enum exit_code code;
    if (!open_chosen(&session, &command_dead_letters_resend, argc, argv, &code))
        return end(&session, code);
    if (session.options.correction.payload &&
        (session.options.is_all || session.operands.count > 1)) {
        complain("--payload is for one letter; --set changes many");
        return end(&session, EXIT_USAGE);
    }
    const struct connection_use use = { .id = NULL };
    session.connection = connection_open(&session.options.connection, &use);
    if (!session.connection)
        return end(&session, EXIT_PROBLEMS);
    /* What was sent before an end is to be known as sent, or it would be sent again. */
    struct sigaction action = { .sa_handler = interrupt };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    for_each_chosen(&session, resend_letter);
    return end(&session, letters_save(&session.letters) ? EXIT_FINE : EXIT_PROBLEMS);
}

/* ---- the commands ---- */

const struct command command_dead_letters_list = {
    .name = "dead-letters list",
    .synopsis = "[OPTION…]",
    .summary = "Fetch dead letters from the broker, and list those there are",
    .help =
        "The broker collects letters for the client id event-bus-dead-letters, connected or not, "
        "from the\n"
        "first time on, as many as its max_queued_messages. What was fetched is kept in a file, "
        "until it\n"
        "is sent again or dropped.\n",
    .tables = list_tables,
    .table_count = COUNT(list_tables),
    .run = run_list,
};

const struct command command_dead_letters_show = {
    .name = "dead-letters show",
    .synopsis = "[OPTION…] NUMBER…",
    .summary = "Show all that a dead letter says, and the event's payload",
    .tables = show_tables,
    .table_count = COUNT(show_tables),
    .run = run_show,
};

const struct command command_dead_letters_resend = {
    .name = "dead-letters resend",
    .synopsis = "[OPTION…] NUMBER… | --all [OPTION…]",
    .summary = "Publish events again, corrected or as they were, to their topics",
    .help =
        "The event is published as it was, with its properties, but by this client and with QoS "
        "1 at\n"
        "least, so that a refusal is told. What the broker takes is no longer kept. An event "
        "whose copy\n"
        "failed (reason target) was delivered before, and is delivered again.\n",
    .tables = resend_tables,
    .table_count = COUNT(resend_tables),
    .run = run_resend,
};

const struct command command_dead_letters_drop = {
    .name = "dead-letters drop",
    .synopsis = "[OPTION…] NUMBER… | --all [OPTION…]",
    .summary = "Forget dead letters",
    .tables = drop_tables,
    .table_count = COUNT(drop_tables),
    .run = run_drop,
};

static const struct command *const commands[] = {
    &command_dead_letters_list,
    &command_dead_letters_show,
    &command_dead_letters_resend,
    &command_dead_letters_drop,
};

const struct command command_dead_letters = {
    .name = "dead-letters",
    .synopsis = "COMMAND …",
    .summary = "Look at what was refused, and send it again",
    .commands = commands,
    .command_count = COUNT(commands),
};
