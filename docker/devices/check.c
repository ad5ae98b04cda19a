#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mqtt_protocol.h>

#include "letter.h"

void eb_complain(struct eb_complaints *complaints, const char *format, ...)
{
    va_list args;
    if (complaints->count == EB_COMPLAINTS_MAX)
        return;
    va_start(args, format);
    vsnprintf(complaints->sentences[complaints->count++], EB_COMPLAINT_BYTES, format, args);
    va_end(args);
}

static void check_code(
    const struct eb_step *step, const struct eb_client *device, struct eb_complaints *complaints)
{
    int code = device->answer_code;
    bool is_refusal = step->fate == EB_FATE_REFUSED;
    if (is_refusal && code != MQTT_RC_NOT_AUTHORIZED)
        eb_complain(complaints, "%s should be told 0x87 Not authorized, and is told 0x%02x %s",
            device->name, code, mosquitto_reason_string(code));
    if (!is_refusal && code >= MQTT_RC_UNSPECIFIED)
        eb_complain(complaints, "%s should be told that all is well, and is told 0x%02x %s",
            device->name, code, mosquitto_reason_string(code));
}

static void check_answer(
    const struct eb_step *step, const struct eb_client *device, struct eb_complaints *complaints)
{
    bool is_cut_off = device->answer == EB_ANSWER_DISCONNECTED;
    if (is_cut_off != (step->fate == EB_FATE_CUT_OFF))
        eb_complain(complaints, "%s should %s", device->name,
            is_cut_off ? "stay connected, and is disconnected"
                       : "be disconnected, and stays connected");
    else if (device->answer == EB_ANSWER_CODE)
        check_code(step, device, complaints);
    else if (device->answer == EB_ANSWER_NONE && step->qos > 0)
        eb_complain(complaints, "%s should have an answer, and has none", device->name);
}

static void check_delivery(
    const struct eb_step *step, const struct eb_client *logbook, struct eb_complaints *complaints)
{
    const struct eb_received *received = logbook->received;
    if (step->fate != EB_FATE_DELIVERED) {
        if (received)
            eb_complain(complaints, "the logbook should not get the event, and gets it");
        return;
    }
    if (!received)
        eb_complain(complaints, "the logbook should get the event, and does not");
    else if (received->next)
        eb_complain(complaints, "the logbook should get the event once, and gets more");
    else if (strcmp(received->topic, step->topic) != 0 ||
             !eb_span_equal(received->payload, step->payload))
        eb_complain(complaints, "the logbook should get the event unchanged, and gets other bytes");
}

static bool names_place(const struct eb_letter *letter, const char *where)
{
    for (size_t i = 0; i < letter->fault_count; i++) {
        if (strcmp(eb_letter_fault(letter, i).instance_location, where) == 0)
            return true;
    }
    return false;
}

static void check_letter_text(
    const struct eb_step *step, struct eb_span payload, struct eb_complaints *complaints)
{
    struct eb_letter letter;
    if (!eb_letter_read(&letter, payload)) {
        eb_complain(complaints, "what comes as a dead letter is none");
        return;
    }
    if (strcmp(letter.reason, step->reason) != 0)
        eb_complain(complaints, "the dead letter should give the reason \"%s\", and gives \"%s\"",
            step->reason, letter.reason);
    if (strcmp(letter.topic, step->topic) != 0)
        eb_complain(complaints, "the dead letter should name the topic %s, and names %s",
            step->topic, letter.topic);
    if (step->where && !names_place(&letter, step->where))
        eb_complain(
            complaints, "the dead letter should find fault with %s, and does not", step->where);
    eb_letter_release(&letter);
}

static void check_letters(
    const struct eb_step *step, const struct eb_client *letters, struct eb_complaints *complaints)
{
    const struct eb_received *received = letters->received;
    if (!step->reason && received)
        eb_complain(complaints, "there should be no dead letter, and there is one");
    else if (step->reason && !received)
        eb_complain(complaints, "there should be a dead letter, and there is none");
    else if (received && received->next)
        eb_complain(complaints, "there should be one dead letter, and there are more");
    else if (received)
        check_letter_text(step, received->payload, complaints);
}

/* `*` in `want` stands for any text, once. */
static bool is_like(struct eb_span got, const char *want)
{
    const char *star = strchr(want, '*');
    if (!star)
        return eb_span_is(got, want);
    size_t before = (size_t)(star - want);
    size_t after = strlen(star + 1);
    return got.len >= before + after && memcmp(got.ptr, want, before) == 0 &&
           memcmp(got.ptr + got.len - after, star + 1, after) == 0;
}

static bool is_copy(
    const struct eb_received *received, const struct eb_expected_copy *want, struct eb_span event)
{
    return strcmp(received->topic, want->topic) == 0 &&
           (want->payload ? is_like(received->payload, want->payload)
                          : eb_span_equal(received->payload, event));
}

static size_t count_received(const struct eb_client *client)
{
    size_t count = 0;
    for (const struct eb_received *received = client->received; received; received = received->next)
        count++;
    return count;
}

static bool has_copy(
    const struct eb_client *service, const struct eb_expected_copy *want, struct eb_span event)
{
    for (const struct eb_received *received = service->received; received;
         received = received->next) {
        if (is_copy(received, want, event))
            return true;
    }
    return false;
}

static void check_service(
    const struct eb_step *step, const struct eb_client *service, struct eb_complaints *complaints)
{
    size_t want_count = 0;
    for (size_t i = 0; i < EB_COPIES_MAX && step->copies[i].service; i++) {
        const struct eb_expected_copy *want = &step->copies[i];
        if (strcmp(want->service, service->name) != 0)
            continue;
        want_count++;
        if (!has_copy(service, want, step->payload))
            eb_complain(complaints, "%s should get %s on %s, and does not", service->name,
                want->payload ? want->payload : "the event unchanged", want->topic);
    }
    size_t got_count = count_received(service);
    if (got_count > want_count)
        eb_complain(complaints, "%s should get %zu cop%s, and gets %zu", service->name, want_count,
            want_count == 1 ? "y" : "ies", got_count);
}

void eb_step_check(const struct eb_step *step, const struct eb_stage *stage,
    const struct eb_client *device, struct eb_complaints *complaints)
{
    check_answer(step, device, complaints);
    check_delivery(step, stage->logbook, complaints);
    check_letters(step, stage->letters, complaints);
    for (size_t i = 0; i < eb_service_count; i++)
        check_service(step, &stage->services[i], complaints);
}
