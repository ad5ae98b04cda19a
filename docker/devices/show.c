#include "show.h"

#include <string.h>

#include "letter.h"

/* Where columns begin: a step's title, its signs, names and what is said about them; the cast. */
enum { TITLE = 4, SIGN = 4, NAME = 6, ABOUT = 21, CAST = 15 };

static void sign_line(
    struct eb_screen *screen, enum eb_style style, enum eb_sign sign, const char *name)
{
    eb_screen_tab(screen, SIGN);
    eb_screen_sign(screen, style, sign);
    eb_screen_tab(screen, NAME);
    eb_screen_print(screen, style, "%s", name);
    eb_screen_tab(screen, ABOUT);
}

static void cast_role(struct eb_screen *screen, const char *role)
{
    eb_screen_newline(screen);
    eb_screen_tab(screen, 1);
    eb_screen_print(screen, EB_DIM, "%s", role);
    eb_screen_tab(screen, CAST);
}

static void cast_name(struct eb_screen *screen, enum eb_style style, const char *name)
{
    eb_screen_wrap(screen, style, CAST, eb_span_of(name));
    eb_screen_print(screen, EB_PLAIN, "  ");
}

void eb_show_cast(struct eb_screen *screen, const struct eb_stage *stage)
{
    eb_screen_newline(screen);
    eb_screen_print(screen, EB_BOLD, " The events of a building, through one Mosquitto");
    eb_screen_newline(screen);
    eb_screen_print(
        screen, EB_DIM, " %s at %s, port %d", eb_stage_broker(stage), stage->host, stage->port);
    eb_screen_newline(screen);
    cast_role(screen, "devices");
    for (size_t i = 0; i < eb_device_count; i++)
        cast_name(screen, EB_CYAN, eb_devices[i].name);
    cast_role(screen, "services");
    for (size_t i = 0; i < eb_service_count; i++)
        cast_name(screen, EB_BLUE, eb_services[i].name);
    cast_role(screen, "logbook");
    eb_screen_print(screen, EB_PLAIN, "an ordinary subscriber to what devices say");
    cast_role(screen, "dead letters");
    eb_screen_print(screen, EB_MAGENTA, EB_LETTERS_FILTER);
    eb_screen_newline(screen);
}

void eb_show_event(struct eb_screen *screen, size_t number, const struct eb_step *step,
    const struct eb_client *device)
{
    eb_screen_newline(screen);
    eb_screen_print(screen, EB_DIM, "%3zu", number);
    eb_screen_tab(screen, TITLE);
    eb_screen_print(screen, EB_BOLD, "%s", step->title);
    eb_screen_newline(screen);
    sign_line(screen, EB_CYAN, EB_SIGN_SENT, step->device);
    eb_screen_print(screen, EB_PLAIN, "%s", step->topic);
    eb_screen_print(screen, EB_DIM, "  MQTT %s, QoS %d", device->is_v5 ? "5" : "3.1.1", step->qos);
    eb_screen_newline(screen);
    eb_screen_tab(screen, ABOUT);
    eb_screen_wrap(screen, EB_PLAIN, ABOUT, step->payload);
    eb_screen_newline(screen);
}

static const char *packet_name(const struct eb_step *step, const struct eb_client *device)
{
    bool is_refused = device->answer == EB_ANSWER_CODE && device->answer_code >= 0x80;
    if (step->qos == 1)
        return "PUBACK";
    return is_refused ? "PUBREC" : "PUBCOMP";
}

/* What the publisher knows now. */
static void print_answer(
    struct eb_screen *screen, const struct eb_step *step, const struct eb_client *device)
{
    switch (device->answer) {
    case EB_ANSWER_NONE:
        eb_screen_print(screen, EB_PLAIN, "told nothing%s", step->qos ? "" : " (QoS 0)");
        break;
    case EB_ANSWER_PLAIN:
        eb_screen_print(screen, EB_PLAIN, "told %s", packet_name(step, device));
        break;
    case EB_ANSWER_CODE:
        eb_screen_print(screen, EB_PLAIN, "told %s 0x%02x %s", packet_name(step, device),
            (unsigned)device->answer_code, mosquitto_reason_string(device->answer_code));
        break;
    case EB_ANSWER_DISCONNECTED: eb_screen_print(screen, EB_PLAIN, "disconnected"); break;
    }
}

static void show_verdict(struct eb_screen *screen, const struct eb_step *step,
    const struct eb_stage *stage, const struct eb_client *device, bool is_as_expected)
{
    static const struct {
        enum eb_style style;
        enum eb_sign sign;
    } looks[] = {
        [EB_FATE_DELIVERED] = { EB_GREEN, EB_SIGN_GOOD },
        [EB_FATE_REFUSED] = { EB_RED, EB_SIGN_BAD },
        [EB_FATE_SET_ASIDE] = { EB_YELLOW, EB_SIGN_ASIDE },
        [EB_FATE_TAKEN] = { EB_GREEN, EB_SIGN_ASIDE },
        [EB_FATE_CUT_OFF] = { EB_RED, EB_SIGN_BAD },
    };
    if (is_as_expected)
        sign_line(
            screen, looks[step->fate].style, looks[step->fate].sign, eb_fate_name(step->fate));
    else
        sign_line(screen, EB_RED, EB_SIGN_BAD, "unexpected");
    print_answer(screen, step, device);
    eb_screen_print(screen, EB_PLAIN,
        stage->logbook->received ? "; reached the logbook" : "; did not reach the logbook");
    eb_screen_newline(screen);
}

static void show_copy(struct eb_screen *screen, const char *service,
    const struct eb_received *received, struct eb_span event)
{
    bool is_unchanged = eb_span_equal(received->payload, event);
    sign_line(screen, EB_BLUE, EB_SIGN_COPY, service);
    eb_screen_quote(screen, EB_PLAIN, eb_span_of(received->topic));
    if (is_unchanged)
        eb_screen_print(screen, EB_DIM, "  unchanged");
    eb_screen_newline(screen);
    if (is_unchanged)
        return;
    eb_screen_tab(screen, ABOUT);
    eb_screen_wrap(screen, EB_PLAIN, ABOUT, received->payload);
    eb_screen_newline(screen);
}

static void show_fault(struct eb_screen *screen, struct eb_letter_fault fault)
{
    if (*fault.instance_location) {
        eb_screen_quote(screen, EB_BOLD, eb_span_of(fault.instance_location));
        eb_screen_print(screen, EB_PLAIN, ": ");
    }
    eb_screen_wrap(screen, EB_PLAIN, ABOUT, eb_span_of(fault.sentence));
    eb_screen_newline(screen);
}

/* `event` is on the screen already, unless it is NULL. */
static void show_letter(
    struct eb_screen *screen, const struct eb_step *event, struct eb_span payload)
{
    struct eb_letter letter;
    sign_line(screen, EB_MAGENTA, EB_SIGN_LETTER, "dead letter");
    if (!eb_letter_read(&letter, payload)) {
        eb_screen_quote(screen, EB_PLAIN, payload);
        eb_screen_newline(screen);
        return;
    }
    if (!event) {
        eb_screen_quote(screen, EB_PLAIN, eb_span_of(letter.topic));
        eb_screen_newline(screen);
        eb_screen_tab(screen, ABOUT);
    }
    if (letter.fault_count == 0) {
        eb_screen_print(screen, EB_PLAIN, "reason: %s", letter.reason);
        eb_screen_newline(screen);
    }
    for (size_t i = 0; i < letter.fault_count; i++) {
        if (i)
            eb_screen_tab(screen, ABOUT);
        show_fault(screen, eb_letter_fault(&letter, i));
    }
    if (letter.contract && letter.schema) {
        eb_screen_tab(screen, ABOUT);
        eb_screen_print(screen, EB_DIM, "contract %s, schema %s", letter.contract, letter.schema);
        eb_screen_newline(screen);
    }
    eb_letter_release(&letter);
}

static void show_services(
    struct eb_screen *screen, const struct eb_stage *stage, struct eb_span event)
{
    for (size_t i = 0; i < eb_service_count; i++) {
        const struct eb_client *service = &stage->services[i];
        for (const struct eb_received *copy = service->received; copy; copy = copy->next)
            show_copy(screen, service->name, copy, event);
    }
}

static size_t count_copies(const struct eb_stage *stage)
{
    size_t count = 0;
    for (size_t i = 0; i < eb_service_count; i++) {
        for (const struct eb_received *copy = stage->services[i].received; copy; copy = copy->next)
            count++;
    }
    return count;
}

void eb_show_outcome(struct eb_screen *screen, const struct eb_step *step,
    const struct eb_stage *stage, const struct eb_client *device,
    const struct eb_complaints *complaints)
{
    show_verdict(screen, step, stage, device, complaints->count == 0);
    show_services(screen, stage, step->payload);
    if (count_copies(stage) == 0 && step->fate == EB_FATE_DELIVERED) {
        eb_screen_tab(screen, SIGN);
        eb_screen_sign(screen, EB_DIM, EB_SIGN_NOTHING);
        eb_screen_print(screen, EB_DIM, " no service asked for it");
        eb_screen_newline(screen);
    }
    for (const struct eb_received *letter = stage->letters->received; letter; letter = letter->next)
        show_letter(screen, step, letter->payload);
    for (size_t i = 0; i < complaints->count; i++) {
        eb_screen_tab(screen, ABOUT);
        eb_screen_wrap(screen, EB_RED, ABOUT, eb_span_of(complaints->sentences[i]));
        eb_screen_newline(screen);
    }
}

void eb_tally_add(struct eb_tally *tally, const struct eb_step *step, const struct eb_stage *stage,
    const struct eb_complaints *complaints)
{
    tally->events++;
    tally->copies += count_copies(stage);
    tally->surprises += complaints->count != 0;
    tally->fates[step->fate] += complaints->count == 0;
    for (const struct eb_received *letter = stage->letters->received; letter; letter = letter->next)
        tally->letters++;
}

void eb_show_tally(struct eb_screen *screen, const struct eb_tally *tally)
{
    eb_screen_newline(screen);
    eb_screen_print(screen, EB_BOLD, " %zu events", tally->events);
    const char *separator = ": ";
    for (size_t i = 0; i <= EB_FATE_CUT_OFF; i++) {
        if (!tally->fates[i])
            continue;
        eb_screen_print(screen, EB_PLAIN, "%s%zu %s", separator, tally->fates[i],
            eb_fate_name((enum eb_fate)i));
        separator = ", ";
    }
    eb_screen_print(screen, EB_PLAIN, "; %zu cop%s to services, %zu dead letter%s", tally->copies,
        tally->copies == 1 ? "y" : "ies", tally->letters, tally->letters == 1 ? "" : "s");
    eb_screen_newline(screen);
    if (tally->surprises)
        eb_screen_print(screen, EB_RED, " %zu of them did not go as expected.", tally->surprises);
    else
        eb_screen_print(screen, EB_GREEN, " Every one went as expected.");
    eb_screen_newline(screen);
}

static void command_line(
    struct eb_screen *screen, const struct eb_stage *stage, const char *program, const char *rest)
{
    eb_screen_print(
        screen, EB_PLAIN, "   %s -h %s -p %d -V 5 %s", program, stage->host, stage->port, rest);
    eb_screen_newline(screen);
}

static void remark(struct eb_screen *screen, const char *text)
{
    eb_screen_print(screen, EB_DIM, "   # %s", text);
    eb_screen_newline(screen);
}

void eb_show_invitation(struct eb_screen *screen, const struct eb_stage *stage)
{
    eb_screen_newline(screen);
    eb_screen_print(
        screen, EB_BOLD, " Now you. The bus stays up; what these do appears here as well:");
    eb_screen_newline(screen);
    remark(screen, "what the services get, and what was refused or set aside");
    command_line(screen, stage, "mosquitto_sub", "-v -t 'services/#'");
    command_line(screen, stage, "mosquitto_sub", "-v -t '" EB_LETTERS_FILTER "'");
    for (size_t i = 0; i < eb_step_count; i++) {
        const struct eb_step *step = &eb_steps[i];
        char rest[1024];
        if (!step->is_worth_trying)
            continue;
        snprintf(rest, sizeof(rest), "-q %d -t %s -m '%.*s'", step->qos, step->topic,
            (int)step->payload.len, step->payload.ptr);
        remark(screen, step->title);
        command_line(screen, stage, "mosquitto_pub", rest);
    }
    remark(screen, "Ctrl-C ends it");
    eb_screen_newline(screen);
}

static void show_arrival(struct eb_screen *screen, enum eb_style style, const char *name,
    const struct eb_received *received)
{
    sign_line(screen, style, EB_SIGN_COPY, name);
    eb_screen_quote(screen, EB_PLAIN, eb_span_of(received->topic));
    eb_screen_newline(screen);
    eb_screen_tab(screen, ABOUT);
    eb_screen_quote(screen, EB_PLAIN, received->payload);
    eb_screen_newline(screen);
}

void eb_show_arrivals(struct eb_screen *screen, const struct eb_stage *stage)
{
    const struct eb_received *received;
    for (received = stage->logbook->received; received; received = received->next)
        show_arrival(screen, EB_GREEN, stage->logbook->name, received);
    for (size_t i = 0; i < eb_service_count; i++) {
        for (received = stage->services[i].received; received; received = received->next)
            show_arrival(screen, EB_BLUE, stage->services[i].name, received);
    }
    for (received = stage->letters->received; received; received = received->next)
        show_letter(screen, NULL, received->payload);
}
