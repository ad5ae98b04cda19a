#include "bus/name.h"

#include "base/limits.h"

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

bool eb_name_is_valid(struct eb_span name)
{
    if (name.len == 0 || name.len > EB_NAME_BYTES_MAX || !is_alphanumeric(name.ptr[0]))
        return false;
    for (size_t i = 1; i < name.len; i++) {
        char byte = name.ptr[i];
        if (!is_alphanumeric(byte) && byte != '.' && byte != '_' && byte != '-')
            return false;
    }
    return true;
}

uint32_t eb_version_read(struct eb_span text)
{
    if (text.len == 0 || text.len > 10 || text.ptr[0] == '0')
        return 0;
    uint64_t version = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
        version = 10 * version + (uint64_t)(text.ptr[i] - '0');
    }
    return version <= INT32_MAX ? (uint32_t)version : 0;
}

bool eb_subject_version_read(struct eb_span text, struct eb_subject_version *result)
{
    const char *at = text.len ? memchr(text.ptr, '@', text.len) : NULL;
    if (!at)
        return false;
    result->subject = eb_span(text.ptr, (size_t)(at - text.ptr));
    struct eb_span version = eb_span(at + 1, text.len - result->subject.len - 1);
    result->version = eb_span_is(version, "latest") ? EB_VERSION_LATEST : eb_version_read(version);
    return eb_name_is_valid(result->subject) &&
           (result->version != 0 || eb_span_is(version, "latest"));
}
