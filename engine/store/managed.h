/*
 * managed.h - the directory that commands write: contracts, rules and versions of schemas, a file
 * each, beside those that operators own.
 *
 *     managed/contracts/NAME.json   rules/NAME.json   schemas/SUBJECT/VERSION.json
 *
 * A change is one file more, another, or one less. It is on disk whole or not at all, whatever
 * happens in between, and once eb_managed_write() has returned it survives a crash of the machine.
 * Below the directory no link is followed. One broker writes to one directory: the first that
 * changes something there claims it until it ends. Others may read it.
 *
 * A version that is taken away leaves ".VERSION.json" behind: its number is not given again, for
 * events may be kept somewhere that were judged by it.
 */
#ifndef EB_STORE_MANAGED_H
#define EB_STORE_MANAGED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/span.h"

struct eb_store;

enum eb_managed_kind {
    EB_MANAGED_CONTRACT,
    EB_MANAGED_RULE,
    EB_MANAGED_SCHEMA,
};

/* Borrows everything. */
struct eb_managed_change {
    enum eb_managed_kind kind;
    struct eb_span name; /* of the contract, rule or subject; obeys EB_NAME_GRAMMAR (bus/name.h) */
    uint32_t version;    /* of schemas */
    struct eb_span text; /* ptr NULL: it is taken away */
};

/* "rules/NAME.json", below the managed directory, NUL-terminated. */
enum { EB_MANAGED_PATH_BYTES = EB_NAME_BYTES_MAX + 32 };
void eb_managed_path(const struct eb_managed_change *change, char out[EB_MANAGED_PATH_BYTES]);

/* The claim on a managed directory; all zero: on none. Gone with the process, however that ends. */
struct eb_managed_claim {
    bool is_held;
    int directory;
};

/*
 * Claims the directory that `store` names, made if it is not there; one that was held before and is
 * another is let go. 0, or an errno; EWOULDBLOCK: it is somebody else's. File systems without locks
 * let everybody have it.
 */
int eb_managed_claim(struct eb_managed_claim *claim, const struct eb_store *store);
void eb_managed_claim_release(struct eb_managed_claim *claim);

/*
 * Writes `change` to the managed directory that `store` names, making directories that are not
 * there. 0, or an errno: then everything is as it was, but for directories.
 */
int eb_managed_write(const struct eb_store *store, const struct eb_managed_change *change);

/* One more than the highest number that any version of `subject` has or had. 0, or an errno. */
int eb_managed_next_version(
    const struct eb_store *store, struct eb_span subject, uint32_t *version);

#endif
