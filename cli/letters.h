/*
 * letters.h - dead letters that were fetched from the broker, in a file of the user's own.
 *
 * The broker forgets a letter once it has been received, so it is written down first: a line for
 * each, `{"n":12,"letter":{…}}`. Numbers are never used again: `{"n":14}` keeps one whose letter is
 * gone. One process at a time has the file; others wait for it.
 */
#ifndef EB_CLI_LETTERS_H
#define EB_CLI_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "options.h"
#include "json/doc.h"

struct letter {
    uint32_t number;
    struct eb_doc doc;                                    /* of the letter itself */
    struct eb_span id, time, topic, client, reason, rule; /* ptr NULL: it has none */
    bool is_summary;                                      /* of letters that were left out */
    bool is_gone; /* to be left out when the file is written anew */
};

struct letters {
    struct eb_arena arena;
    struct letter *items;
    size_t count, room;
    uint32_t last_number;
    bool is_out_of_memory;
    bool is_cut; /* the file does not end with a newline */
    char *path;
    int lock; /* the file that stands for the other */
};

/*
 * The file at `path`; NULL: dead-letters.jsonl in ~/.local/state/event-bus (below XDG_STATE_HOME
 * where that is set), which is made if need be. False after an error, which has been said. Close it
 * either way.
 */
bool letters_open(struct letters *letters, const char *path);
void letters_close(struct letters *letters);

/*
 * One more, as it was received; one that is there already is not added again. False, said, when it
 * could not be written down: then the file is as it was. What is no letter is told, and passed
 * over.
 */
bool letters_add(struct letters *letters, struct eb_span text);

/* Writes the file anew, without those that are gone. False, said: then it is as it was. */
bool letters_save(struct letters *letters);

/* NULL, said: there is none of this number. */
struct letter *letters_find(struct letters *letters, const char *number);

/* ---- which ---- */

struct letter_filter {
    const char *reason;
    const char *contract;
    const char *rule;
    const char *client;
    const char *topic; /* a filter */
    const char *since;
    const char *until;
    char since_time[32], until_time[32]; /* as letters have it, or the beginning of it */
};

enum { LETTER_FILTER_OPTION_COUNT = 7 };
extern const struct option letter_filter_rows[LETTER_FILTER_OPTION_COUNT];

#define LETTER_FILTER_AT(base)                                                                     \
    {                                                                                              \
        letter_filter_rows, LETTER_FILTER_OPTION_COUNT, (base)                                     \
    }

/* Checks what the table cannot. False, with the reason said. */
bool letter_filter_check(struct letter_filter *filter);
bool letter_matches(const struct letter *letter, const struct letter_filter *filter);

/* ---- what it says ---- */

/* The member `name`, a string; ptr NULL when there is none. */
struct eb_span letter_text(
    const struct letter *letter, uint32_t object, const char *name, struct eb_arena *arena);

/* The payload as it was; ptr NULL when the letter does not hold it. */
struct eb_span letter_payload(const struct letter *letter, struct eb_arena *arena);

/* One line for the list, with a second for the first fault; all of it. */
void letter_print_line(const struct letter *letter, struct eb_arena *arena);
void letter_print(const struct letter *letter, struct eb_arena *arena);

#endif
