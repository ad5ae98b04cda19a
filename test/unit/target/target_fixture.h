/*
 * target_fixture.h - compiles one target and renders it for one message.
 */
#ifndef EB_TEST_TARGET_FIXTURE_H
#define EB_TEST_TARGET_FIXTURE_H

#include "eb_test.h"

#include "target/target.h"
#include "json/reader.h"

struct fixture {
    struct eb_arena compiled; /* growing */
    struct eb_arena event;    /* reserved */
    struct eb_diag_list diags;
    struct eb_target_policy policy;
    struct eb_message message;
    struct eb_render render;
    struct eb_doc doc;
};

static const struct eb_user_property fixture_user[] = {
    { EB_SPAN("site"), EB_SPAN("north") },
    { EB_SPAN("tag"), EB_SPAN("a\"b") },
    { EB_SPAN("tag"), EB_SPAN("c/d") },
    { EB_SPAN("any name"), EB_SPAN("") },
};

static inline struct eb_span fixture_event_id(void *event)
{
    (void)event;
    return eb_span_of("0192-abc");
}

/* A v5 message on locks/7/events by client c-1, received 2026-11-20T17:21:33.125Z. */
static inline void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){ 0 };
    eb_arena_init_growing(&fixture->compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&fixture->event, 1 << 24));
    eb_diag_list_init(&fixture->diags);
    fixture->policy.dead_letters = eb_span_of("$event-bus/dead-letter");
    fixture->message = (struct eb_message){
        .topic = EB_SPAN("locks/7/events"),
        .client_id = EB_SPAN("c-1"),
        .username = EB_SPAN("ann"),
        .protocol = 5,
        .qos = 1,
        .is_retain = true,
        .received_us = INT64_C(1795195293125999),
        .properties = {
            .content_type = EB_SPAN("application/json"),
            .payload_format = 1,
            .user_count = sizeof fixture_user / sizeof *fixture_user,
            .user = fixture_user,
        },
    };
    fixture->render.message = &fixture->message;
    fixture->render.event_id = fixture_event_id;
    fixture->render.rule = eb_span_of("low-battery");
}

static inline void fixture_release(struct fixture *fixture)
{
    eb_arena_release(&fixture->compiled);
    eb_arena_release(&fixture->event);
    eb_diag_list_release(&fixture->diags);
}

/* The payload, read when it is JSON; NULL: an empty one. Borrowed. */
static inline void fixture_set_payload(struct fixture *fixture, const char *payload)
{
    struct eb_json_fault fault;
    eb_arena_reset(&fixture->event);
    fixture->message.payload = eb_span_of(payload);
    bool is_read = payload && eb_json_read(&fixture->doc, fixture->message.payload,
                                  &eb_json_limits_max, &fixture->event, &fault) == EB_JSON_OK;
    fixture->render.doc = is_read ? &fixture->doc : NULL;
}

/* The target in `json`; NULL after mistakes, which are then in fixture->diags. */
static inline struct eb_target *fixture_compile(struct fixture *fixture, const char *json)
{
    struct eb_arena arena;
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_init_growing(&arena, SIZE_MAX);
    /* A copy that is gone when the target is rendered: it may keep nothing of it. */
    struct eb_span text = eb_arena_copy(&arena, eb_span_of(json));
    enum eb_json_code code = eb_json_read(&doc, text, &eb_json_limits_max, &arena, &fault);
    if (code)
        print_error("%s: %s\n", json, eb_json_code_text(code));
    assert_int_equal(code, EB_JSON_OK);
    doc.name = "rule.json";
    eb_diag_list_release(&fixture->diags);
    struct eb_target *target =
        eb_target_compile(&doc, 0, &fixture->policy, &fixture->compiled, &fixture->diags);
    assert_int_equal(target == NULL, fixture->diags.errors > 0);
    eb_arena_release(&arena);
    return target;
}

/* A target that must compile. */
static inline struct eb_target *fixture_need(struct fixture *fixture, const char *json)
{
    struct eb_target *target = fixture_compile(fixture, json);
    if (!target)
        print_error("%s: %s\n", json, fixture->diags.first ? fixture->diags.first->text : "?");
    assert_non_null(target);
    return target;
}

#endif
