/*
 * certificates.h - what TLS needs, made for a test: ca.crt, broker.crt and broker.key (of
 * localhost), lock.crt and lock.key (of lock-17.example).
 */
#ifndef EB_TEST_CERTIFICATES_H
#define EB_TEST_CERTIFICATES_H

#include <stdbool.h>

#include "server.h"

/* In the server's directory, for two days. False without openssl. */
bool eb_certificates_make(const struct eb_server *server);

#endif
