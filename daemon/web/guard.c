/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in guard.h.
 *
 * Of secrets only SHA-256 is kept, of what a client would send: so all have the same length, and
 * none is in memory. All of them are compared, each in constant time.
 */
#include "daemon/web/guard.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/secret.h"
#include "config/model.h"
#include "daemon/web/https.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

#define SECRETS_MAX_BYTES 65536

enum scheme { BEARER, BASIC, SCHEME_COUNT };

static const struct {
        const char *name, *challenge;
} SCHEMES[SCHEME_COUNT] = {
        [BEARER] = { "Bearer", "Bearer realm=\"notafter\"" },
        [BASIC] = { "Basic", "Basic realm=\"notafter\", charset=\"UTF-8\"" },
};

struct digest {
        enum scheme scheme;
        uint8_t bytes[SHA256_DIGEST_LENGTH];
};

struct guard {
        bool is_unix;
        char **hosts;
        size_t n_hosts;
        struct digest *digests;
        size_t n_digests;
        struct https *tls;
};

/* --- secrets ---------------------------------------------------------------------------------- */

static void add_digest(struct guard *g, enum scheme scheme, const void *bytes, size_t n)
{
        g->digests = mem_resize(g->digests, g->n_digests + 1, sizeof(*g->digests));
        g->digests[g->n_digests].scheme = scheme;
        SHA256(bytes, n, g->digests[g->n_digests++].bytes);
}

/* What a client sends for it: a token as it is, a password in base64 (RFC 7617). */
static void add_secret(struct guard *g, enum scheme scheme, const char *line, size_t n)
{
        if (scheme == BEARER) {
                add_digest(g, scheme, line, n);
                return;
        }
        size_t size = (n + 2) / 3 * 4 + 1;
        char *coded = mem_new0(1, size);
        int len = EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)line, (int)n);

        add_digest(g, scheme, coded, (size_t)len);
        OPENSSL_cleanse(coded, size);
        free(coded);
}

static bool is_good_line(enum scheme scheme, const char *line, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)line[i] < ' ' || line[i] == 0x7f ||
                    (scheme == BEARER && line[i] == ' '))
                        return false;
        return scheme == BEARER || memchr(line, ':', n);
}

/* Each line, without the spaces at its ends; empty ones are none. The number of a bad one, or 0. */
static int add_lines(struct guard *g, enum scheme scheme, const char *text)
{
        int number = 1;

        for (const char *end; *text; text = end + (*end == '\n'), number++) {
                end = strchrnul(text, '\n');
                text += strspn(text, " \t\r");
                size_t n = text < end ? (size_t)(end - text) : 0;

                while (n > 0 && strchr(" \t\r", text[n - 1]))
                        n--;
                if (n > 0 && !is_good_line(scheme, text, n))
                        return number;
                if (n > 0)
                        add_secret(g, scheme, text, n);
        }
        return 0;
}

static int load_secrets(struct guard *g, enum scheme scheme, const char *path, char **ret_error)
{
        size_t before = g->n_digests;
        struct secret file;

        if (!path)
                return 0;
        int r = secret_read(&file, path, SECRETS_MAX_BYTES);

        if (r < 0) {
                *ret_error = mem_printf("cannot read secret file %s: %s", path, secret_error(r));
                return r;
        }
        bool text = strlen((char *)file.bytes) == file.n;
        int bad = text ? add_lines(g, scheme, (char *)file.bytes) : 1;

        secret_done(&file);
        if (!bad && g->n_digests > before)
                return 0;
        if (bad)
                *ret_error = mem_printf("secret file %s, line %d: it is no %s", path, bad,
                                        scheme == BEARER ? "token" : "user:password");
        else
                *ret_error = mem_printf("secret file %s is empty: nobody could ask", path);
        return -EBADMSG;
}

/* The scheme, and its value behind the spaces; SCHEME_COUNT = none of ours. */
static enum scheme parse_authorization(const char *s, const char **ret_value)
{
        for (enum scheme i = 0; s && i < SCHEME_COUNT; i++) {
                size_t n = strlen(SCHEMES[i].name);

                if (strncasecmp(s, SCHEMES[i].name, n) != 0 || s[n] != ' ')
                        continue;
                *ret_value = s + n + strspn(s + n, " ");
                return i;
        }
        return SCHEME_COUNT;
}

bool guard_admits(const struct guard *g, const char *authorization)
{
        const char *value = "";
        enum scheme scheme = parse_authorization(authorization, &value);
        uint8_t given[SHA256_DIGEST_LENGTH];
        unsigned found = g->n_digests == 0;

        SHA256((const unsigned char *)value, strlen(value), given);
        for (size_t i = 0; i < g->n_digests; i++)
                found |= (unsigned)(CRYPTO_memcmp(g->digests[i].bytes, given, sizeof(given)) == 0) &
                         (unsigned)(g->digests[i].scheme == scheme);
        return found;
}

bool guard_has_secrets(const struct guard *g)
{
        return g->n_digests > 0;
}

const char *guard_challenge(const struct guard *g)
{
        bool basic = false;

        for (size_t i = 0; i < g->n_digests; i++)
                basic |= g->digests[i].scheme == BASIC;
        return SCHEMES[basic ? BASIC : BEARER].challenge;
}

/* --- names ------------------------------------------------------------------------------------ */

bool guard_knows_host(const struct guard *g, const char *host)
{
        AUTO_FREE char *name = NULL;
        struct addr ip;
        uint16_t port;

        if (g->is_unix)
                return true;
        if (!host) /* no browser, then */
                return true;
        if (addr_split_host_port(host, &name, &port) < 0)
                return false;
        if (addr_parse_ip(name, 0, &ip) || text_ieq(name, "localhost"))
                return true;
        for (size_t i = 0; i < g->n_hosts; i++)
                if (text_ieq(name, g->hosts[i]))
                        return true;
        return false;
}

/* ---------------------------------------------------------------------------------------------- */

struct https *guard_tls(const struct guard *g)
{
        return g->tls;
}

int guard_new(struct guard **ret, const struct config_listen *l, char **ret_error)
{
        struct guard *g = mem_new0(1, sizeof(*g));

        g->is_unix = *l->address == '/';
        g->hosts = mem_new0(l->n_hosts + 1, sizeof(*g->hosts));
        for (; g->n_hosts < l->n_hosts; g->n_hosts++)
                g->hosts[g->n_hosts] = mem_strdup(l->hosts[g->n_hosts]);
        int r = l->cert_file ? https_new(&g->tls, l->cert_file, l->key_file, ret_error) : 0;

        if (r == 0)
                r = load_secrets(g, BEARER, l->token_file, ret_error);
        if (r == 0)
                r = load_secrets(g, BASIC, l->password_file, ret_error);
        if (r < 0)
                guard_free(g);
        else
                *ret = g;
        return r;
}

void guard_free(struct guard *g)
{
        if (!g)
                return;
        for (size_t i = 0; i < g->n_hosts; i++)
                free(g->hosts[i]);
        free(g->hosts);
        free(g->digests);
        https_free(g->tls);
        free(g);
}
