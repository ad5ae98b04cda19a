/*
 * format_checks.h - the checks behind the formats, one function each, and the pieces they share.
 *
 * All take well-formed UTF-8, read it once and need no memory.
 */
#ifndef EB_TEXT_FORMAT_CHECKS_H
#define EB_TEXT_FORMAT_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* format_time.c: RFC 3339 §5.6 and appendix A */
bool eb_is_date(struct eb_span text);
bool eb_is_time(struct eb_span text);
bool eb_is_date_time(struct eb_span text);
bool eb_is_duration(struct eb_span text);

/* format_net.c: RFC 2673 §3.2, RFC 4291 §2.2, RFC 5321 §4.1.2 */
bool eb_is_ipv4(struct eb_span text);
bool eb_is_ipv6(struct eb_span text);
bool eb_is_email(struct eb_span text);
bool eb_is_idn_email(struct eb_span text); /* RFC 6531 §3.3 */

/* idna.c: RFC 1123 §2.1, RFC 5890 to 5893 */
bool eb_is_hostname(struct eb_span text);
bool eb_is_idn_hostname(struct eb_span text);

/* format_uri.c: RFC 3986, RFC 3987 */
bool eb_is_uri(struct eb_span text);
bool eb_is_uri_reference(struct eb_span text);
bool eb_is_iri(struct eb_span text);
bool eb_is_iri_reference(struct eb_span text);

/* format_uri_template.c: RFC 6570 */
bool eb_is_uri_template(struct eb_span text);

/* format_pointer.c: RFC 6901 §3, draft-bhutton-relative-json-pointer-00 §3, RFC 4122 §3 */
bool eb_is_json_pointer(struct eb_span text);
bool eb_is_relative_json_pointer(struct eb_span text);
bool eb_is_uuid(struct eb_span text);

/* Shared pieces */

/* Labels of letters, digits and inner hyphens, and of what is beyond ASCII when `is_international`,
 * with dots between them. */
bool eb_is_domain(struct eb_span text, bool is_international);

/* ucschar and, when `has_private`, iprivate (RFC 3987 §2.2). */
bool eb_is_iri_character(uint32_t code_point, bool has_private);

/* "%41": three bytes at `at`. */
bool eb_is_percent_escape(const char *at, const char *end);

#endif
