/*
 * command.h - commands to a running bus, as texts: a request goes in, an answer comes out.
 *
 *     {"commands":[{"command":"getRule","name":"low","correlationData":"7"},…]}
 *     {"responses":[{"command":"getRule","correlationData":"7","data":{…}},
 *                   {"command":"putRule","error":"…","data":{"diagnostics":[…]}},…]}
 *
 * This is the form of Mosquitto's dynamic-security plugin. Commands are carried out in their order,
 * each whole or not at all. All of it is the worker's.
 *
 * Requests are read by our own reader: what is written to a file is then, byte for byte, what was
 * sent.
 */
#ifndef EB_PLUGIN_COMMAND_H
#define EB_PLUGIN_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/near_name.h"
#include "bulletin.h"
#include "bus/pipeline.h"
#include "reload.h"
#include "store/managed.h"
#include "watchers.h"
#include "json/doc.h"
#include "json/writer.h"

/* What commands work with. */
struct eb_desk {
    struct eb_reload *reload;
    struct eb_bulletin *bulletin;
    struct eb_arena scratch;     /* a reserved one: of the command at hand */
    struct eb_arena answer;      /* a reserved one: of the request at hand */
    struct eb_pipeline pipeline; /* what events leave behind is the broker's thread's: not seen */
    /* Told of each command that changed something, or was to; `error` NULL: it did. */
    void (*note)(void *context, const char *command, struct eb_span name, const char *error);
    /* Who asked is to watch events; NULL, or why not: static. */
    const char *(*watch)(void *context, const struct eb_watch_order *order);
    void *context;
};

/* False, with nothing held, when the system refuses. `note`, `watch` and `context` are for the
 * caller. */
bool eb_desk_init(struct eb_desk *desk, struct eb_reload *reload, struct eb_bulletin *bulletin);
void eb_desk_release(struct eb_desk *desk);

/* Carries out `request`; the answer is borrowed until the next. ptr NULL: not even an error fits.
 */
struct eb_span eb_desk_serve(struct eb_desk *desk, struct eb_span request);

/* ---- for commands ---- */

struct eb_call;

struct eb_command {
    const char *name;
    const char *help;
    bool (*run)(struct eb_call *call);
    enum eb_managed_kind kind;  /* of what the command is about, where one serves several */
    const char *const *members; /* that a command may have beside its name; ends with NULL */
    bool changes;
};

/* A command that is being carried out. */
struct eb_call {
    struct eb_desk *desk;
    const struct eb_command *command;
    const struct eb_doc *doc;   /* the request */
    uint32_t object;            /* the command in it */
    struct eb_json_writer *out; /* the members of `data` */
    struct eb_diag_list diags;
    char error[1024]; /* after false; "": the first of `diags` says it */
};

/* Writes the error; always false. */
bool eb_call_fail(struct eb_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The member `name`, if it is there and of `type`. False after an error: it has another. */
bool eb_call_member(
    struct eb_call *call, const char *name, enum eb_json_type type, uint32_t *token);

/* A string member. ptr NULL: it is not there, or after an error. */
bool eb_call_text(struct eb_call *call, const char *name, struct eb_span *text);
bool eb_call_number(
    struct eb_call *call, const char *name, uint32_t if_absent, uint32_t max, uint32_t *number);
bool eb_call_bool(struct eb_call *call, const char *name, bool if_absent, bool *value);

/* The name that obeys the grammar, at member `name`; false after an error. */
bool eb_call_name(struct eb_call *call, const char *name, struct eb_span *value);

/* The rule `name` of those in force; NULL after an error. */
const struct eb_rule *eb_call_rule(struct eb_call *call, struct eb_span name);

/* There is no `word` called near.written; always false. */
bool eb_call_fail_absent(struct eb_call *call, const char *word, const struct eb_near_name *near);

/* "count" and "offset" of a list that has `total` items: the first and the one past the last. */
bool eb_call_range(struct eb_call *call, uint32_t total, uint32_t *first, uint32_t *end);

/* Puts `change` in force, or says why not; see eb_reload_change(). */
bool eb_call_change(struct eb_call *call, const struct eb_managed_change *change,
    const struct eb_reload_approval *approval);

/* What a build said becomes what the call says. */
void eb_call_take_diags(struct eb_call *call, struct eb_build *build);

const struct eb_snapshot *eb_call_snapshot(const struct eb_call *call);
const struct eb_configuration *eb_call_configuration(const struct eb_call *call);

/* Members of an object that is open. */
void eb_write_text_member(struct eb_json_writer *out, const char *name, struct eb_span value);
void eb_write_int_member(struct eb_json_writer *out, const char *name, int64_t value);
void eb_write_bool_member(struct eb_json_writer *out, const char *name, bool value);
void eb_write_time_member(struct eb_json_writer *out, const char *name, int64_t time_us);
void eb_write_diags_member(struct eb_json_writer *out, const struct eb_diag_list *diags);

/* ---- the commands ---- */

/* command_entries.c: contracts and rules */
bool eb_command_list_entries(struct eb_call *call);
bool eb_command_get_entry(struct eb_call *call);
bool eb_command_put_entry(struct eb_call *call);
bool eb_command_delete_entry(struct eb_call *call);
bool eb_command_enable_entry(struct eb_call *call);
bool eb_command_disable_entry(struct eb_call *call);

/* command_schemas.c */
bool eb_command_list_schemas(struct eb_call *call);
bool eb_command_get_schema(struct eb_call *call);
bool eb_command_register_schema(struct eb_call *call);
bool eb_command_delete_schema(struct eb_call *call);

/* command_statistics.c, command_watch.c */
bool eb_command_get_statistics(struct eb_call *call);
bool eb_command_watch_verdicts(struct eb_call *call);

/* command_candidate.c */
bool eb_command_get_candidate(struct eb_call *call);

/* command_bus.c: the bus as a whole */
bool eb_command_get_status(struct eb_call *call);
bool eb_command_reload(struct eb_call *call);
bool eb_command_test_event(struct eb_call *call);

#endif
