/*
 * format.h - the formats JSON Schema names (2020-12 validation §7.3), checked on a string's value.
 */
#ifndef EB_TEXT_FORMAT_H
#define EB_TEXT_FORMAT_H

#include <stdbool.h>

#include "base/span.h"

struct eb_format;

/* The format called `name`, static; NULL when there is none such (an unknown format asserts
 * nothing). */
const struct eb_format *eb_format_find(struct eb_span name);

const char *eb_format_name(const struct eb_format *format);

/* What a value of it looks like: "a date and time with offset, as 2026-11-20T17:21:33Z". Static. */
const char *eb_format_text(const struct eb_format *format);

/* Whether `value`, well-formed UTF-8, has the format. Linear in `value`; never touches the heap. */
bool eb_format_check(const struct eb_format *format, struct eb_span value);

#endif
