/*
 * keep_locales.c - loaded into a broker together with a sanitizer.
 *
 * With AddressSanitizer in the process, glibc's lock of locales is out of balance once a library's
 * constructor has called newlocale(). A broker that has p11-kit in it (by way of GnuTLS) would then
 * hang in that library's destructor, in freelocale(), and never come to its leak report.
 */
#include <locale.h>

__attribute__((visibility("default"))) void freelocale(locale_t locale)
{
    (void)locale;
}
