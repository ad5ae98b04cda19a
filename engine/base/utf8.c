#include "base/utf8.h"

/* RFC 3629 §4: the second byte's range depends on the first; every further one is 80..BF. */
static size_t sequence_len(unsigned char lead, unsigned char *second_min, unsigned char *second_max)
{
    *second_min = 0x80;
    *second_max = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef) {
        if (lead == 0xe0)
            *second_min = 0xa0; /* shorter forms exist */
        if (lead == 0xed)
            *second_max = 0x9f; /* surrogates */
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        if (lead == 0xf0)
            *second_min = 0x90;
        if (lead == 0xf4)
            *second_max = 0x8f; /* beyond U+10FFFF */
        return 4;
    }
    return 0;
}

size_t eb_utf8_decode(struct eb_span text, uint32_t *code_point)
{
    if (text.len == 0)
        return 0;
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    if (bytes[0] < 0x80) {
        *code_point = bytes[0];
        return 1;
    }
    unsigned char second_min, second_max;
    size_t len = sequence_len(bytes[0], &second_min, &second_max);
    if (len == 0 || text.len < len || bytes[1] < second_min || bytes[1] > second_max)
        return 0;
    uint32_t value = bytes[0] & (0x7fu >> len);
    value = value << 6 | (bytes[1] & 0x3f);
    for (size_t i = 2; i < len; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    *code_point = value;
    return len;
}

size_t eb_utf8_encode(uint32_t code_point, char out[EB_UTF8_BYTES_MAX])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xc0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point >= 0xd800 && code_point <= 0xdfff)
        return 0;
    if (code_point < 0x10000) {
        out[0] = (char)(0xe0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    if (code_point > EB_CODE_POINT_MAX)
        return 0;
    out[0] = (char)(0xf0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}

struct eb_span eb_utf8_cut(struct eb_span text, size_t max)
{
    if (text.len <= max)
        return text;
    size_t len = max;
    while (len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
        len--;
    return eb_span(text.ptr, len);
}

bool eb_utf8_is_valid(struct eb_span text)
{
    while (text.len) {
        uint32_t code_point;
        size_t len = eb_utf8_decode(text, &code_point);
        if (len == 0)
            return false;
        text = eb_span(text.ptr + len, text.len - len);
    }
    return true;
}

size_t eb_utf8_count(struct eb_span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return count;
}

bool eb_utf8_is_printable(uint32_t code_point)
{
    bool is_control = code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
    bool turns = code_point == 0x061c || (code_point >= 0x200e && code_point <= 0x200f) ||
                 (code_point >= 0x2028 && code_point <= 0x202e) ||
                 (code_point >= 0x2066 && code_point <= 0x2069);
    return !is_control && !turns && code_point != 0xfeff;
}
