#include "pattern/wildcard.h"

static struct eb_span behind(struct eb_span text, size_t len)
{
    return eb_span(text.ptr + len, text.len - len);
}

/* The byte that `wildcard` asks for next, and in how many bytes it is written. */
static char literal_byte(struct eb_span wildcard, size_t *len)
{
    *len = wildcard.ptr[0] == '\\' ? 2 : 1;
    return wildcard.ptr[*len - 1];
}

/*
 * After a star, what follows it is tried at every further byte. A later star takes the place of
 * the earlier one: whatever could still match with the earlier one taking more, can match now.
 */
bool eb_wildcard_matches(struct eb_span wildcard, struct eb_span text)
{
    struct eb_span star_text = text, behind_star = { NULL, 0 };
    for (;;) {
        if (wildcard.len && wildcard.ptr[0] == '*') {
            wildcard = behind_star = behind(wildcard, 1);
            star_text = text;
            if (wildcard.len == 0)
                return true;
            continue;
        }
        if (wildcard.len == 0 && text.len == 0)
            return true;
        size_t len = 0;
        if (wildcard.len && text.len && literal_byte(wildcard, &len) == text.ptr[0]) {
            wildcard = behind(wildcard, len);
            text = behind(text, 1);
            continue;
        }
        if (!behind_star.ptr || star_text.len == 0)
            return false;
        text = star_text = behind(star_text, 1);
        wildcard = behind_star;
    }
}

struct eb_span eb_wildcard_literal(struct eb_span *rest, char *out, bool *has_star)
{
    size_t out_len = 0;
    while (rest->len && rest->ptr[0] != '*') {
        size_t len;
        out[out_len++] = literal_byte(*rest, &len);
        *rest = behind(*rest, len);
    }
    *has_star = rest->len > 0;
    if (*has_star)
        *rest = behind(*rest, 1);
    return eb_span(out, out_len);
}
