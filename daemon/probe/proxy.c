/* SPDX-License-Identifier: Apache-2.0 */
/* Which proxy, and as whom; what is said to it is in proxy_dialects.c. Contract: proxy.h. */
#include "daemon/probe/proxy.h"

#include "common/base/addr.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/secret.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define AUTH_MAX_BYTES (2 * PROXY_MAX_LOGIN + 3) /* user:password, CR and LF */

/* Of what a login may hold: bytes that end no line and cannot be mistaken on the way. */
static bool is_login(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
                        return false;
        return n > 0 && n <= PROXY_MAX_LOGIN;
}

/* @line is the first line of the file, without its end. */
static bool take_login(struct proxy *p, const char *line, size_t n)
{
        const char *colon = memchr(line, ':', n);
        size_t n_user = colon ? (size_t)(colon - line) : 0;

        if (!colon || !is_login(line, n_user) || !is_login(colon + 1, n - n_user - 1))
                return false;
        p->user = mem_copy(line, n_user);
        p->password = mem_copy(colon + 1, n - n_user - 1);
        return true;
}

static int read_login(struct proxy *p, const char *path, char **ret_error)
{
        AUTO_FREE char *shown = text_escaped(path, strlen(path));
        struct secret file;
        int err = secret_read(&file, path, AUTH_MAX_BYTES);

        if (err < 0) {
                *ret_error = mem_printf("cannot read %s: %s", shown, secret_error(err));
                return -EINVAL;
        }
        const char *line = (const char *)file.bytes;
        size_t n = 0;

        while (n < file.n && line[n] != '\r' && line[n] != '\n')
                n++;
        bool ok = take_login(p, line, n);

        secret_done(&file);
        if (ok)
                return 0;
        *ret_error = mem_printf("%s does not begin with a line user:password, each of 1 to %d "
                                "bytes", shown, PROXY_MAX_LOGIN);
        return -EINVAL;
}

int proxy_new(struct proxy **ret, const char *url, const char *auth_file, char **ret_error)
{
        const char *authority = strstr(url, "://") + 3;
        AUTO_FREE char *scheme = mem_copy(url, (size_t)(authority - url) - 3);
        struct proxy *p = mem_new0(1, sizeof(*p));
        int r = addr_split_host_port(authority, &p->host, &p->port);

        p->dialect = proxy_dialect(scheme);
        assert(r == 0 && p->port > 0 && p->dialect);
        p->name = mem_strdup(authority);
        if (auth_file)
                r = read_login(p, auth_file, ret_error);
        if (r < 0)
                proxy_free(p);
        else
                *ret = p;
        return r;
}

static void wipe(char *s)
{
        if (s)
                OPENSSL_cleanse(s, strlen(s));
        free(s);
}

void proxy_free(struct proxy *p)
{
        if (!p)
                return;
        wipe(p->user);
        wipe(p->password);
        free(p->host);
        free(p->name);
        free(p);
}

bool proxy_same(const struct proxy *a, const struct proxy *b)
{
        if (!a || !b)
                return a == b;
        return a->dialect == b->dialect && text_same(a->name, b->name) &&
               text_same(a->user, b->user) && text_same(a->password, b->password);
}
