/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in tls_rules.h. We offer all we can, the best first: the server chooses. */
#include "daemon/probe/tls_rules.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/validate.h"
#include "daemon/probe/probe.h"

#include <string.h>

/* Retired by RFC 8996 and RFC 7568, by OpenSSL's names. */
static bool is_old(const char *protocol)
{
        static const char *const OLD[] = { "SSLv3", "TLSv1", "TLSv1.1" };

        for (size_t i = 0; i < ARRAY_LEN(OLD); i++)
                if (strcmp(protocol, OLD[i]) == 0)
                        return true;
        return false;
}

void tls_rules_judge(const struct probe_result *seen, const struct policy *policy,
                     struct verdict *v)
{
        v->unfinished = !seen->protocol;
        if (seen->protocol && is_old(seen->protocol)) {
                AUTO_FREE char *message =
                        mem_printf("The server was offered TLS 1.3 and chose %s, which is retired "
                                   "(RFC 8996): browsers and current libraries refuse it.",
                                   seen->protocol);

                verdict_add(v, FINDING_TLS_VERSION_OLD, policy, message,
                            "Enable TLS 1.2 and 1.3 (nginx: ssl_protocols TLSv1.2 TLSv1.3; Apache: "
                            "SSLProtocol -all +TLSv1.2 +TLSv1.3).");
        }
        if (seen->weakness) {
                AUTO_FREE char *message = mem_printf("The server chose the cipher suite %s, which "
                                                     "%s.", seen->cipher, seen->weakness);

                verdict_add(v, FINDING_TLS_CIPHER_WEAK, policy, message,
                            "Enable suites with ECDHE and AES-GCM or ChaCha20, and no others "
                            "(nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; Apache: "
                            "SSLCipherSuite with the same list).");
        }
}
