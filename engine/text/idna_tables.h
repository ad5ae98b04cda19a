/*
 * idna_tables.h - what IDNA2008 has to know of each code point (RFC 5892, RFC 5893) and of
 * canonical composition (UAX #15). Static: no time to build, no memory, one copy for all processes.
 *
 *     code point ── block_of[cp / 128] ── blocks[block][cp % 128] ── records[record]
 *
 * Only code points a label may hold at all have a record of their own; all others share record 0.
 */
#ifndef EB_TEXT_IDNA_TABLES_H
#define EB_TEXT_IDNA_TABLES_H

#include <stdint.h>

enum { EB_IDNA_BLOCK = 128 };

/* Derived property (RFC 5892 §3); UNASSIGNED is as good as DISALLOWED. */
enum {
    IDNA_DISALLOWED,
    IDNA_VALID,
    IDNA_CONTEXT_J,
    IDNA_CONTEXT_O,
};

/* Bidi_Class as RFC 5893 §2 tells it apart; NEUTRAL is ES, CS, ET, ON and BN. */
enum {
    BIDI_OTHER,
    BIDI_L,
    BIDI_R,
    BIDI_AL,
    BIDI_AN,
    BIDI_EN,
    BIDI_NSM,
    BIDI_NEUTRAL,
};

/* Joining_Type (RFC 5892 appendix A.1). */
enum {
    JOINING_NONE,
    JOINING_LEFT,
    JOINING_RIGHT,
    JOINING_BOTH,
    JOINING_TRANSPARENT,
};

/* Script (RFC 5892 appendices A.4 to A.7). */
enum {
    SCRIPT_OTHER,
    SCRIPT_GREEK,
    SCRIPT_HEBREW,
    SCRIPT_KANA_OR_HAN,
};

struct eb_idna_record {
    uint8_t combining_class;
    uint8_t kind : 2;
    uint8_t bidi : 3;
    uint8_t joining : 3;
    uint8_t script : 2;
    uint8_t is_mark : 1;
    uint8_t may_compose : 1; /* NFC_Quick_Check=Maybe */
};

/* `first` and `second` make `whole`. */
struct eb_composition {
    uint32_t first, second, whole;
};

extern const struct eb_idna_record eb_idna_records[];
extern const uint8_t eb_idna_blocks[][EB_IDNA_BLOCK];
extern const uint8_t eb_idna_block_of[];
extern const uint32_t eb_idna_block_of_count; /* what lies beyond is as the last */

/* Sorted by first, then second; only what can be met among code points a label may hold. */
extern const struct eb_composition eb_compositions[];
extern const uint32_t eb_composition_count;
extern const uint16_t eb_composition_by_whole[]; /* the same, sorted by what they make */

static inline const struct eb_idna_record *eb_idna_record_of(uint32_t code_point)
{
    uint32_t block = code_point / EB_IDNA_BLOCK;
    if (block >= eb_idna_block_of_count)
        block = eb_idna_block_of_count - 1;
    return &eb_idna_records[eb_idna_blocks[eb_idna_block_of[block]][code_point % EB_IDNA_BLOCK]];
}

#endif
