/*
 * file_uri.h - what a file is called among schemas.
 */
#ifndef EB_CLI_FILE_URI_H
#define EB_CLI_FILE_URI_H

/*
 * The URI of the file `path` (RFC 8089), by which references in it are resolved; "-" has one too.
 * Given on the heap; NULL without memory, or when there is no such file.
 */
char *file_uri(const char *path);

#endif
