/*
 * errno_text.h - what went wrong according to the system.
 */
#ifndef EB_BASE_ERRNO_TEXT_H
#define EB_BASE_ERRNO_TEXT_H

/*
 * "No such file or directory" for ENOENT: static, in English whatever the locale. strerror() would
 * translate, for which it reads files, calls the heap and takes locks of the process we live in.
 */
const char *eb_errno_text(int error);

#endif
