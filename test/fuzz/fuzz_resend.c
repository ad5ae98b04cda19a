/*
 * What becomes of connections, and what their clients send, two bytes each: a QoS 2 event is taken
 * to be sent again where a list that is searched from end to end says so, with the answer that it
 * had; and nothing else is. Clocks are set back, too. That others fill the memory takes too long
 * for here; test_oracle_resend.c does it.
 */
#include "fuzz/fuzz.h"

#include "bus/resend.h"
#include "oracle/naive_resend.h"

enum {
    SECOND_US = 1000000,
    CLIENTS = 4,
    STEPS_MAX = 1000,
};

struct scene {
    struct eb_resend *resend;
    struct naive_resend naive;
    int64_t now_us;
    uint32_t stranger; /* the next of those who send one event */
};

struct step {
    uint32_t client;
    uint8_t how;
};

/* Of whom none is another: an id and a user. */
static const struct eb_message clients[CLIENTS] = {
    { .client_id = EB_SPAN("c") },
    { .client_id = EB_SPAN("c"), .username = EB_SPAN("d") },
    { .client_id = EB_SPAN("cd") },
    { .username = EB_SPAN("c") },
};

static struct eb_digest digest_of(uint32_t client)
{
    if (client >= CLIENTS)
        return (struct eb_digest){ client / 4, client }; /* four in a chain */
    return eb_resend_client(clients[client].client_id, clients[client].username);
}

/* ---- events ---- */

static void send(struct scene *scene, uint32_t client, uint32_t content, uint32_t in_flight)
{
    uint8_t answer = (uint8_t)scene->naive.end, answered = answer;
    struct eb_resend_event event = {
        .client = digest_of(client),
        .content = { content % 2, content },
        .now_us = scene->now_us,
    };
    bool want =
        naive_resend_send(&scene->naive, client, content, in_flight, scene->now_us, &answered);
    const struct eb_sent *sent = eb_resend_find(scene->resend, &event);
    FUZZ_REQUIRE(want == (sent != NULL));
    if (sent) {
        FUZZ_REQUIRE(eb_digest_equal(sent->content, event.content) && sent->answer == answered);
        eb_resend_repeat(scene->resend, &event);
    } else {
        FUZZ_REQUIRE(!eb_resend_add(scene->resend, &event, answer, in_flight));
    }
}

static void send_as_stranger(struct scene *scene)
{
    send(scene, scene->stranger++, 0, 1);
}

/* ---- steps ---- */

static void meet(struct scene *scene, const struct step *step)
{
    struct eb_message message = clients[step->client];
    message.session = step->how < 224 ? EB_SESSION_KEPT
                      : step->how % 2 ? EB_SESSION_NEW
                                      : EB_SESSION_NONE;
    eb_resend_meet(scene->resend, &message);
    naive_resend_meet(&scene->naive, step->client, message.session);
}

static void publish(struct scene *scene, const struct step *step)
{
    meet(scene, step);
    send(scene, step->client, step->how % 4, 1 + step->how / 4 % 5);
}

static void lose(struct scene *scene, const struct step *step)
{
    static const uint32_t keepalives_s[] = { 0, 1, 5, 20, 60, EB_RESEND_KEEPALIVE_MAX_S - 1,
        EB_RESEND_KEEPALIVE_MAX_S, UINT16_MAX };
    uint32_t keepalive_s = keepalives_s[step->how % 8];
    eb_resend_lose(scene->resend, digest_of(step->client), keepalive_s, scene->now_us);
    naive_resend_lose(&scene->naive, step->client, keepalive_s, scene->now_us);
}

static void connect(struct scene *scene, const struct step *step)
{
    static const int64_t within_s[] = { 0, 1, 30, 60 };
    int64_t within_us = within_s[step->how % 4] * SECOND_US;
    eb_resend_connect(scene->resend, digest_of(step->client), within_us, scene->now_us);
    naive_resend_connect(&scene->naive, step->client, within_us, scene->now_us);
}

static void forget(struct scene *scene, const struct step *step)
{
    eb_resend_forget(scene->resend, digest_of(step->client));
    naive_resend_forget(&scene->naive, step->client);
}

/* The pause, and what is a microsecond beside it, are among them. */
static void pass_time(struct scene *scene, const struct step *step)
{
    static const int64_t times_us[] = { 1, SECOND_US, 5 * SECOND_US - 1, 5 * SECOND_US,
        EB_RESEND_PAUSE_S * SECOND_US, EB_RESEND_PAUSE_S * SECOND_US + 1, 30 * SECOND_US,
        INT64_C(700) * SECOND_US };
    scene->now_us += times_us[step->how % 8];
}

/* What passed before, and is not told, does not count. */
static void set_clock_back(struct scene *scene, const struct step *step)
{
    send_as_stranger(scene);
    scene->now_us -= (int64_t)step->how * SECOND_US;
    send_as_stranger(scene);
}

static void (*const steps[])(struct scene *scene, const struct step *step) = {
    publish,
    publish,
    publish,
    lose,
    connect,
    connect,
    pass_time,
    pass_time,
    meet,
    forget,
    set_clock_back,
};

/* ---- the whole ---- */

/* The memory is the same for all inputs, and empty before each; it is too large for one alone. */
static void begin(struct scene *scene)
{
    static struct eb_resend *resend;
    if (!resend)
        resend = eb_resend_new();
    FUZZ_REQUIRE(resend);
    *scene = (struct scene){
        .resend = resend,
        .now_us = INT64_C(1000000) * SECOND_US,
        .stranger = NAIVE_CLIENTS_MAX,
    };
    naive_resend_init(&scene->naive);
    send_as_stranger(scene); /* which tells the time */
}

static void end(struct scene *scene)
{
    FUZZ_REQUIRE(eb_resend_check(scene->resend));
    for (uint32_t client = 0; client < scene->stranger; client++)
        eb_resend_forget(scene->resend, digest_of(client));
    FUZZ_REQUIRE(eb_resend_count(scene->resend) == 0);
    naive_resend_release(&scene->naive);
}

static void require_agreement(const struct scene *scene)
{
    FUZZ_REQUIRE(eb_resend_count(scene->resend) == naive_resend_count(&scene->naive));
    for (uint32_t client = 0; client < CLIENTS; client++)
        FUZZ_REQUIRE(eb_resend_is_lost(scene->resend, digest_of(client)) ==
                     naive_resend_is_lost(&scene->naive, client));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct scene scene;
    begin(&scene);
    for (size_t i = 0; i + 1 < len && i / 2 < STEPS_MAX; i += 2) {
        struct step step = { bytes[i] % CLIENTS, bytes[i + 1] };
        steps[bytes[i] / CLIENTS % (sizeof steps / sizeof *steps)](&scene, &step);
        require_agreement(&scene);
    }
    end(&scene);
    return 0;
}
