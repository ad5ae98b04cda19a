/*
 * chars.h - which ASCII characters the RFCs' grammars put in which class; one look-up per byte.
 */
#ifndef EB_TEXT_CHARS_H
#define EB_TEXT_CHARS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    EB_CHAR_DIGIT = 1 << 0,
    EB_CHAR_ALPHA = 1 << 1,
    EB_CHAR_HEX = 1 << 2,        /* HEXDIG, either case */
    EB_CHAR_UNRESERVED = 1 << 3, /* RFC 3986 §2.3 */
    EB_CHAR_SUB_DELIM = 1 << 4,  /* RFC 3986 §2.2 */
    EB_CHAR_PATH = 1 << 5,       /* pchar without escapes, RFC 3986 §3.3 */
    EB_CHAR_SCHEME = 1 << 6,     /* behind the first, RFC 3986 §3.1 */
    EB_CHAR_ATEXT = 1 << 7,      /* RFC 5322 §3.2.3 */
    EB_CHAR_QTEXT = 1 << 8,      /* qtextSMTP, RFC 5321 §4.1.2 */
    EB_CHAR_DTEXT = 1 << 9,      /* dcontent, RFC 5321 §4.1.3 */
    EB_CHAR_LITERAL = 1 << 10,   /* of a URI template, RFC 6570 §2.1 with erratum 6937 */
    EB_CHAR_WORD = 1 << 11,      /* varchar without escapes, RFC 6570 §2.3 */
    EB_CHAR_OPERATOR = 1 << 12,  /* RFC 6570 §2.2, those reserved for later included */
    EB_CHAR_SLASH = 1 << 13,     /* what some parts of a URI have besides their class, */
    EB_CHAR_QUESTION = 1 << 14,  /* each a class of its own */
    EB_CHAR_COLON = 1 << 15,
};

extern const uint16_t eb_char_classes[256];

static inline bool eb_char_is(char c, unsigned classes)
{
    return eb_char_classes[(unsigned char)c] & classes;
}

#endif
