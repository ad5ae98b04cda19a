/*
 * Host names and their internationalized labels.
 *
 * A name is labels between dots. A label of letters, digits and hyphens is taken as it is unless it
 * begins with "xn--"; then it stands for a U-label, and that is judged; a label beyond ASCII is
 * one. The Bidi rule is asked of every label as soon as one of them is written from right to left.
 */
#include <strings.h>

#include "base/utf8.h"
#include "text/chars.h"
#include "text/format_checks.h"
#include "text/idna_tables.h"
#include "text/nfc.h"
#include "text/punycode.h"

enum {
    NAME_BYTES_MAX = 253, /* RFC 1035 §2.3.4: 255 with the lengths of its labels and the root */
    VIRAMA_CLASS = 9,     /* Canonical_Combining_Class (UAX #44) */
};

enum {
    ZERO_WIDTH_NON_JOINER = 0x200c,
    ZERO_WIDTH_JOINER = 0x200d,
    MIDDLE_DOT = 0xb7,
    KERAIA = 0x375,
    GERESH = 0x5f3,
    GERSHAYIM = 0x5f4,
    KATAKANA_MIDDLE_DOT = 0x30fb,
};

static const char ace_prefix[] = "xn--";
enum { ACE_PREFIX_LEN = sizeof ace_prefix - 1 };

struct label {
    uint32_t code_points[EB_LABEL_BYTES_MAX];
    size_t count;
    bool is_wide; /* holds a code point beyond ASCII */
};

/* What has been seen of a name so far. */
struct name {
    size_t bytes; /* in A-labels, dots included */
    bool has_rtl;
    bool breaks_bidi_rule;
};

static const struct eb_idna_record *record_at(const struct label *label, size_t i)
{
    return eb_idna_record_of(label->code_points[i]);
}

/* The contextual rules, RFC 5892 appendix A */

static bool follows_virama(const struct label *label, size_t i)
{
    return i > 0 && record_at(label, i - 1)->combining_class == VIRAMA_CLASS;
}

/* A.1: between letters that join, transparent ones left aside. */
static bool is_between_joining(const struct label *label, size_t i)
{
    size_t before = i, after = i + 1;
    while (before > 0 && record_at(label, before - 1)->joining == JOINING_TRANSPARENT)
        before--;
    while (after < label->count && record_at(label, after)->joining == JOINING_TRANSPARENT)
        after++;
    if (before == 0 || after == label->count)
        return false;
    int left = record_at(label, before - 1)->joining, right = record_at(label, after)->joining;
    return (left == JOINING_LEFT || left == JOINING_BOTH) &&
           (right == JOINING_RIGHT || right == JOINING_BOTH);
}

static bool is_between(const struct label *label, size_t i, uint32_t code_point)
{
    return i > 0 && i + 1 < label->count && label->code_points[i - 1] == code_point &&
           label->code_points[i + 1] == code_point;
}

static bool has_script(const struct label *label, int script)
{
    for (size_t i = 0; i < label->count; i++) {
        if (record_at(label, i)->script == script)
            return true;
    }
    return false;
}

static bool has_between(const struct label *label, uint32_t first, uint32_t last)
{
    for (size_t i = 0; i < label->count; i++) {
        if (label->code_points[i] >= first && label->code_points[i] <= last)
            return true;
    }
    return false;
}

static bool is_context_fulfilled(const struct label *label, size_t i)
{
    uint32_t code_point = label->code_points[i];
    switch (code_point) {
    case ZERO_WIDTH_NON_JOINER: return follows_virama(label, i) || is_between_joining(label, i);
    case ZERO_WIDTH_JOINER: return follows_virama(label, i);
    case MIDDLE_DOT: return is_between(label, i, 'l');
    case KERAIA: return i + 1 < label->count && record_at(label, i + 1)->script == SCRIPT_GREEK;
    case GERESH:
    case GERSHAYIM: return i > 0 && record_at(label, i - 1)->script == SCRIPT_HEBREW;
    case KATAKANA_MIDDLE_DOT: return has_script(label, SCRIPT_KANA_OR_HAN);
    default: break;
    }
    /* A.8 and A.9: Arabic-Indic digits and the extended ones exclude each other. */
    return code_point < 0x6f0 ? !has_between(label, 0x6f0, 0x6f9)
                              : !has_between(label, 0x660, 0x669);
}

/* Labels */

static bool are_hyphens_placed(const struct label *label)
{
    const uint32_t *code_points = label->code_points;
    return code_points[0] != '-' && code_points[label->count - 1] != '-' &&
           !(label->count >= 4 && code_points[2] == '-' && code_points[3] == '-');
}

/* RFC 5891 §4.2, but for the Bidi rule. */
static bool is_u_label(const struct label *label)
{
    if (!are_hyphens_placed(label) || record_at(label, 0)->is_mark)
        return false;
    for (size_t i = 0; i < label->count; i++) {
        int kind = record_at(label, i)->kind;
        if (kind == IDNA_DISALLOWED || (kind != IDNA_VALID && !is_context_fulfilled(label, i)))
            return false;
    }
    return eb_label_is_nfc(label->code_points, label->count);
}

static bool is_rtl(int bidi)
{
    return bidi == BIDI_R || bidi == BIDI_AL || bidi == BIDI_AN;
}

/* RFC 5893 §2, with its numbers. */
static bool meets_bidi_rule(const struct label *label)
{
    unsigned seen = 0;
    int last = BIDI_OTHER, first = record_at(label, 0)->bidi;
    for (size_t i = 0; i < label->count; i++) {
        int bidi = record_at(label, i)->bidi;
        seen |= 1u << bidi;
        last = bidi == BIDI_NSM ? last : bidi;
    }
    const unsigned shared = 1u << BIDI_EN | 1u << BIDI_NSM | 1u << BIDI_NEUTRAL;
    if (first == BIDI_L)                             /* 1 */
        return !(seen & ~(shared | 1u << BIDI_L)) && /* 5 */
               (last == BIDI_L || last == BIDI_EN);  /* 6 */
    if (first != BIDI_R && first != BIDI_AL)         /* 1 */
        return false;                                /*   */
    const unsigned rtl = 1u << BIDI_R | 1u << BIDI_AL | 1u << BIDI_AN;
    bool has_both_digits = (seen & 1u << BIDI_EN) && (seen & 1u << BIDI_AN);
    return !(seen & ~(shared | rtl)) && !has_both_digits && /* 2, 4 */
           (is_rtl(last) || last == BIDI_EN);               /* 3 */
}

static void note_bidi(struct name *name, const struct label *label)
{
    for (size_t i = 0; i < label->count; i++)
        name->has_rtl |= is_rtl(record_at(label, i)->bidi);
    name->breaks_bidi_rule |= !meets_bidi_rule(label);
}

/* ASCII upper case to lower; everything else stays. */
static uint32_t lower(uint32_t code_point)
{
    return code_point >= 'A' && code_point <= 'Z' ? code_point | 0x20 : code_point;
}

static bool has_ace_prefix(const struct label *label)
{
    if (label->count < ACE_PREFIX_LEN)
        return false;
    for (size_t i = 0; i < ACE_PREFIX_LEN; i++) {
        if (lower(label->code_points[i]) != (unsigned char)ace_prefix[i])
            return false;
    }
    return true;
}

/* Replaces an A-label by its U-label (RFC 5891 §5.3); false when it does not stand for one. */
static bool decode_a_label(struct label *label)
{
    char ace[EB_LABEL_BYTES_MAX], again[EB_LABEL_BYTES_MAX];
    size_t len = label->count - ACE_PREFIX_LEN;
    for (size_t i = 0; i < len; i++)
        ace[i] = (char)lower(label->code_points[ACE_PREFIX_LEN + i]);
    label->count = eb_punycode_decode(eb_span(ace, len), label->code_points);
    label->is_wide = false;
    for (size_t i = 0; i < label->count; i++)
        label->is_wide |= label->code_points[i] >= 0x80;
    return label->is_wide &&
           eb_span_equal(eb_span(ace, len),
               eb_span(again, eb_punycode_encode(label->code_points, label->count, again)));
}

static bool are_letters_digits_hyphens(const struct label *label)
{
    for (size_t i = 0; i < label->count; i++) {
        char c = (char)label->code_points[i];
        if (c != '-' && !eb_char_is(c, EB_CHAR_ALPHA | EB_CHAR_DIGIT))
            return false;
    }
    return label->code_points[0] != '-' && label->code_points[label->count - 1] != '-';
}

/* The bytes a U-label takes as an A-label; more than any label may when it does not fit. */
static size_t a_label_bytes(const struct label *label)
{
    char ace[EB_LABEL_BYTES_MAX];
    size_t len = eb_punycode_encode(label->code_points, label->count, ace);
    return len ? ACE_PREFIX_LEN + len : EB_LABEL_BYTES_MAX + 1;
}

/*
 * One label, judged and added to the name. `is_international` refuses hyphens in the third and
 * fourth place of any label that is no A-label (RFC 5890 §2.3.1); plain host names may have them.
 */
static bool add_label(struct name *name, struct label *label, bool is_international)
{
    if (label->count == 0)
        return false;
    size_t bytes = label->count;
    if (label->is_wide) {
        if (!is_international || !is_u_label(label))
            return false;
        bytes = a_label_bytes(label);
    } else {
        if (!are_letters_digits_hyphens(label))
            return false;
        if (has_ace_prefix(label)) {
            if (!decode_a_label(label) || !is_u_label(label))
                return false;
        } else if (is_international && !are_hyphens_placed(label)) {
            return false;
        }
    }
    for (size_t i = 0; i < label->count; i++)
        label->code_points[i] = lower(label->code_points[i]);
    note_bidi(name, label);
    name->bytes += bytes + (name->bytes ? 1 : 0);
    return bytes <= EB_LABEL_BYTES_MAX && name->bytes <= NAME_BYTES_MAX;
}

/* RFC 3490 §3.1: what separates labels. */
static bool is_dot(uint32_t code_point, bool is_international)
{
    if (code_point == '.')
        return true;
    return is_international &&
           (code_point == 0x3002 || code_point == 0xff0e || code_point == 0xff61);
}

static bool is_name(struct eb_span text, bool is_international)
{
    struct name name = { 0 };
    struct label label;
    label.count = 0;
    label.is_wide = false;
    while (text.len) {
        uint32_t code_point = 0;
        size_t len = eb_utf8_decode(text, &code_point);
        if (len == 0)
            return false;
        text = eb_span(text.ptr + len, text.len - len);
        if (!is_dot(code_point, is_international)) {
            if (label.count == EB_LABEL_BYTES_MAX)
                return false;
            label.code_points[label.count++] = code_point;
            label.is_wide |= code_point >= 0x80;
            continue;
        }
        if (!add_label(&name, &label, is_international))
            return false;
        label.count = 0;
        label.is_wide = false;
    }
    return add_label(&name, &label, is_international) && !(name.has_rtl && name.breaks_bidi_rule);
}

bool eb_is_idn_hostname(struct eb_span text)
{
    return is_name(text, true);
}

/* Whether some label might be an A-label. */
static bool may_have_a_label(struct eb_span text)
{
    for (const char *at = text.ptr, *end = at + text.len; end - at >= ACE_PREFIX_LEN; at++) {
        at = memchr(at, '-', (size_t)(end - at));
        if (!at || at + 1 == end)
            return false;
        if (at[1] == '-')
            return true;
    }
    return false;
}

bool eb_is_hostname(struct eb_span text)
{
    if (text.len > NAME_BYTES_MAX)
        return false;
    return may_have_a_label(text) ? is_name(text, false) : eb_is_domain(text, false);
}
