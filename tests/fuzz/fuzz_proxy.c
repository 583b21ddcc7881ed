/* SPDX-License-Identifier: Apache-2.0 */
/* One kind of proxy, DIALECT; this file is compiled once for each. See dialogue.h. */
#include "tests/fuzz/dialogue.h"

#include "common/base/cleanup.h"
#include "daemon/probe/dialogue.h"
#include "daemon/probe/proxy.h"

#include <string.h>

/* Whether we have a login is decided by the first byte, which also cuts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        bool has_login = size > 0 && (*data & 1);
        const struct dialogue_terms terms = {
                .host = "a.example", .port = 443,
                .user = has_login ? "user" : NULL, .password = has_login ? "secret" : NULL,
        };

        fuzz_dialogue(proxy_dialect(DIALECT), &terms, data, size);
        return 0;
}

#define S(dialect, literal) { dialect, literal, sizeof(literal) - 1 }

/* As tinyproxy, Squid, microsocks, Dante and OpenSSH talk. */
static const struct {
        const char *dialect;
        const char *parts;
        size_t n;
} SEEDS[] = {
        S("http", "HTTP/1.0 200 Connection established\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n"),
        S("http", "HTTP/1.1 200 Connection established\r\n\r\n220 mx.example ESMTP\r\n"),
        S("http", "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n"
                  "\r\nx"),
        S("http", "HTTP/1.1 102 wait\n\nHTTP/1.1 503 Service Unavailable\nVia: squid\n\n<html>"),
        S("socks5", "\5\0@@\5\0\0\1\0\0\0\0\0\0"),
        S("socks5", "\5\2@@\1\0@@\5\0\0\3\3abc\1\xbb" "220 mx"),
        S("socks5", "\5\2@@\1\1"),
        S("socks5", "\5\0@@\5\0\0\4" "0123456789abcdef" "\1\xbb"),
        S("socks5", "\5\0@@\5\5\0\1\0\0\0\0\0\0"),
        S("socks5", "\5\xff"),
};

void fuzz_seeds(void)
{
        for (size_t i = 0; i < ARRAY_LEN(SEEDS); i++)
                if (strcmp(SEEDS[i].dialect, DIALECT) == 0)
                        fuzz_seed_dialogue(SEEDS[i].parts, SEEDS[i].n);
}
