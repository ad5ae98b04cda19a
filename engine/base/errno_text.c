#include "base/errno_text.h"

#include <string.h>

const char *eb_errno_text(int error)
{
#ifdef __GLIBC__
    const char *text = strerrordesc_np(error);
#else
    const char *text = strerror(error); /* other C libraries return a constant */
#endif
    return text ? text : "unknown error";
}
