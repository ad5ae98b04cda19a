#include "certificates.h"

#include <stdio.h>
#include <stdlib.h>

bool eb_certificates_make(const struct eb_server *server)
{
    static const char script[] =
        "command -v openssl >/dev/null || exit 1; exec >openssl.log 2>&1; set -e\n"
        "key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
        "openssl req -x509 $key -days 2 -subj /CN=authority -keyout ca.key -out ca.crt\n"
        "issue() {\n"
        "  openssl req $key -subj \"$2\" -keyout $1.key -out $1.csr\n"
        "  openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2"
        "    -out $1.crt\n"
        "}\n"
        "issue broker /CN=localhost\n"
        "issue lock /O=Building/CN=lock-17.example\n"
        "chmod a+r *.key\n";
    char command[2048];
    snprintf(command, sizeof command, "cd '%s' && { %s}", server->tree.path, script);
    int status = system(command);
    return status == 0;
}
