/*
 * resolve_here.c - loaded into a broker together with ThreadSanitizer.
 *
 * getaddrinfo_a(), with which some brokers look up the address of a bridge, makes its threads
 * inside glibc, unseen by ThreadSanitizer, which then crashes in their first malloc(). This one
 * looks addresses up on the thread that asks.
 */
#include <netdb.h>

__attribute__((visibility("default"))) int getaddrinfo_a(
    int mode, struct gaicb *requests[], int count, struct sigevent *event)
{
    (void)mode;
    (void)event;
    for (int i = 0; i < count; i++) {
        struct gaicb *request = requests[i];
        /* `__return` is what gai_error() tells. */
        request->__return = getaddrinfo(
            request->ar_name, request->ar_service, request->ar_request, &request->ar_result);
    }
    return 0;
}
