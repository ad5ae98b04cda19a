/*
 * entry_text.h - one contract or rule as it stands in its file now.
 */
#ifndef EB_STORE_ENTRY_TEXT_H
#define EB_STORE_ENTRY_TEXT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

/*
 * The whole of NAME.json, or the line `line` (counted from 1) of NAME.jsonl, given in `arena`. ptr
 * NULL when it cannot be read any more, or is too long.
 */
struct eb_span eb_entry_text_read(const char *file, uint32_t line, struct eb_arena *arena);

#endif
