/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person writes to name an endpoint. The contract is in target.h.
 *
 * Two tables: the schemes that begin with TLS or turn to it, each with its port, and the ones
 * people will try that do not, each with the scheme that does.
 */
#include "config/target.h"

#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/names.h"
#include "config/errors.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_MAX_BYTES 1024
#define SCHEMES_MAX_BYTES 1024
#define FILE_SCHEME "file"

/*
 * The ports are those of IANA's registry; where it has none for TLS from the first byte, the port
 * of the plain protocol stands in. ALPN: RFC 7301, RFC 7858, XEP-0368, PostgreSQL 17.
 */
static const struct {
        const char *name;
        uint16_t port;
        const char *starttls; /* the dialect that comes first, or NULL */
        const char *alpn;
} SCHEMES[] = {
        { "tls", 443, NULL, NULL },
        { "https", 443, NULL, "h2,http/1.1" },
        { "smtp", 25, "smtp", NULL },
        { "submission", 587, "smtp", NULL },
        { "smtps", 465, NULL, NULL },
        { "lmtp", 24, "lmtp", NULL },
        { "lmtps", 24, NULL, NULL },
        { "imap", 143, "imap", NULL },
        { "imaps", 993, NULL, NULL },
        { "pop3", 110, "pop3", NULL },
        { "pop3s", 995, NULL, NULL },
        { "ftp", 21, "ftp", NULL },
        { "ftps", 990, NULL, NULL },
        { "ldap", 389, "ldap", NULL },
        { "ldaps", 636, NULL, NULL },
        { "xmpp", 5222, "xmpp", NULL },
        { "xmpps", 5223, NULL, "xmpp-client" },
        { "xmpp-server", 5269, "xmpp-server", NULL },
        { "xmpps-server", 5270, NULL, "xmpp-server" },
        { "postgres", 5432, "postgres", NULL },
        { "postgresql", 5432, "postgres", NULL },
        { "postgress", 5432, NULL, "postgresql" },
        { "mysql", 3306, "mysql", NULL },
        { "mysqls", 3306, NULL, NULL },
        { "nntp", 119, "nntp", NULL },
        { "nntps", 563, NULL, NULL },
        { "sieve", 4190, "sieve", NULL },
        { "sieves", 4190, NULL, NULL },
        { "irc", 6667, "irc", NULL },
        { "ircs", 6697, NULL, NULL },
        { "sips", 5061, NULL, NULL },
        { "mqtts", 8883, NULL, NULL },
        { "dot", 853, NULL, "dot" },
        { FILE_SCHEME, 0, NULL, NULL },
};

/* Schemes that never turn to TLS, and the one that begins with it. */
static const struct {
        const char *name;
        const char *instead;
} CLEAR[] = {
        { "http", "https" }, { "sip", "sips" }, { "mqtt", "mqtts" }, { "dns", "dot" },
};

static int scheme_index(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(SCHEMES); i++)
                if (strcmp(SCHEMES[i].name, name) == 0)
                        return (int)i;
        return -1;
}

static char *unknown_scheme(const char *scheme)
{
        const char *names[ARRAY_LEN(SCHEMES)];
        struct buf all = BUF_INIT(SCHEMES_MAX_BYTES);
        char q[QUOTED_MAX];

        for (size_t i = 0; i < ARRAY_LEN(SCHEMES); i++) {
                names[i] = SCHEMES[i].name;
                buf_printf(&all, "%s%s", i ? ", " : "", names[i]);
        }
        const char *near = lookup_nearest(names, ARRAY_LEN(names), scheme);
        char *text = near ? mem_printf("unknown scheme %s; did you mean \"%s\"?", quoted(scheme, q),
                                       near)
                          : mem_printf("unknown scheme %s; there are: %s", quoted(scheme, q),
                                       buf_str(&all));

        buf_done(&all);
        return text;
}

/* Why @scheme, written before @rest, cannot be used; malloc'ed. */
static char *refuse_scheme(const char *scheme, const char *rest)
{
        char w[QUOTED_MAX];

        for (size_t i = 0; i < ARRAY_LEN(CLEAR); i++) {
                if (strcmp(CLEAR[i].name, scheme) != 0)
                        continue;
                AUTO_FREE char *better = mem_printf("%s://%s", CLEAR[i].instead, rest);

                return mem_printf("%s:// is not TLS; where the server speaks TLS from the first "
                                  "byte, write %s", scheme, quoted(better, w));
        }
        return unknown_scheme(scheme);
}

static char *lower(const char *s, size_t n)
{
        char *copy = mem_copy(s, n);

        for (char *p = copy; *p; p++)
                *p = text_lower(*p);
        return copy;
}

/* A file: URL after its colon. "//" may only open an absolute path (RFC 8089 without a host). */
static int parse_file(const char *rest, struct target *t, char **ret_error)
{
        if (strncmp(rest, "//", 2) == 0)
                rest += 2;
        else if (*rest && *rest != '/')
                goto take;
        while (rest[0] == '/' && rest[1] == '/')
                rest++; /* or its own spelling, file://x, would name another thing */
        if (*rest != '/' || !rest[1]) {
                *ret_error = mem_printf("names no file: write file:/path/to/file");
                return -EINVAL;
        }
take:
        t->kind = TARGET_FILE;
        t->path = mem_strdup(rest);
        return 0;
}

/* "host", "host:port" ... into t->host and t->port; @standard_port when none is given. */
static int parse_authority(const char *s, uint16_t standard_port, struct target *t,
                           char **ret_error)
{
        const char *reason = "not a host name";
        char q[QUOTED_MAX];
        AUTO_FREE char *host = NULL;
        uint16_t port;

        if (addr_split_host_port(s, &host, &port) < 0) {
                *ret_error = mem_printf("%s is not a host, a host:port or an [IPv6]:port; ports "
                                        "are 1 to 65535", quoted(s, q));
                return -EINVAL;
        }
        if (host_canonical(host, &t->host, &reason) < 0) {
                *ret_error = mem_printf("%s: %s", quoted(host, q), reason);
                return -EINVAL;
        }
        t->port = port ? port : standard_port;
        return 0;
}

/* What follows "scheme://". Only a web address may carry a path, which plays no part. */
static int parse_net(const char *scheme, const char *rest, struct target *t, char **ret_error)
{
        int i = scheme_index(scheme);
        size_t n = strcspn(rest, "/?#");
        AUTO_FREE char *authority = mem_copy(rest, n);

        if (i < 0) {
                *ret_error = refuse_scheme(scheme, rest);
                return -EINVAL;
        }
        if (strchr(authority, '@')) {
                *ret_error = mem_printf("a user name or password (before the @) does not belong "
                                        "in a target");
                return -EINVAL;
        }
        if (strcmp(scheme, "https") != 0 && rest[n] && strcmp(rest + n, "/") != 0) {
                *ret_error = mem_printf("only https:// may have something after the host");
                return -EINVAL;
        }
        t->starttls = SCHEMES[i].starttls;
        t->alpn = SCHEMES[i].alpn;
        return parse_authority(authority, SCHEMES[i].port, t, ret_error);
}

/* What follows the scheme in "smtp:host", "smtp:/host" or "smtp//host"; NULL: it is none of them */
static const char *behind_scheme(const char *text, size_t n)
{
        AUTO_FREE char *word = lower(text, n);
        size_t marks = strspn(text + n, ":/");

        if (scheme_index(word) < 0 || marks == 0)
                return NULL;
        if (marks == 1 && (text[n] == '/' || text_lower(text[n + 1]) < 'a'))
                return NULL; /* a path, or a port */
        return text + n + marks;
}

/* Without "://": a host, unless it looks like one of the slips people make. */
static int parse_bare(const char *text, struct target *t, char **ret_error)
{
        size_t n = strcspn(text, ":/");
        const char *rest = behind_scheme(text, n);
        char q[QUOTED_MAX];

        if (rest) {
                AUTO_FREE char *word = lower(text, n);
                AUTO_FREE char *better = mem_printf("%s://%s", word, rest);

                *ret_error = mem_printf("a scheme is followed by \"://\": write %s",
                                        quoted(better, q));
                return -EINVAL;
        }
        if (text[0] == '/' || strncmp(text, "./", 2) == 0 || strncmp(text, "../", 3) == 0) {
                AUTO_FREE char *better = mem_printf("file:%s", text);

                *ret_error = mem_printf("for a file write %s", quoted(better, q));
                return -EINVAL;
        }
        if (strchr(text, '/')) {
                AUTO_FREE char *better = mem_printf("https://%s", text);

                *ret_error = mem_printf("a path needs a scheme: write %s", quoted(better, q));
                return -EINVAL;
        }
        return parse_net("tls", text, t, ret_error);
}

static bool is_shown_as_is(const char *s)
{
        for (size_t n = strlen(s), len; n > 0; s += len, n -= len) {
                len = text_printable(s, n);
                if (len == 0 || *s == ' ')
                        return false;
        }
        return true;
}

static int parse(const char *text, struct target *t, char **ret_error)
{
        size_t n = strcspn(text, ":"); /* the first one: a path may hold more of them */
        const char *after = strncmp(text + n, "://", 3) == 0 ? text + n : NULL;
        AUTO_FREE char *scheme = lower(text, n);

        if (!*text || strlen(text) > TARGET_MAX_BYTES) {
                *ret_error = mem_printf("a target has 1 to %d bytes", TARGET_MAX_BYTES);
                return -EINVAL;
        }
        if (strcmp(scheme, FILE_SCHEME) == 0 && text[n] == ':') {
                t->scheme = TAKE(scheme);
                return parse_file(text + n + 1, t, ret_error);
        }
        if (!is_shown_as_is(text)) {
                *ret_error = mem_printf("a space or control character in a target");
                return -EINVAL;
        }
        if (!after) {
                t->scheme = mem_strdup("tls");
                return parse_bare(text, t, ret_error);
        }
        t->scheme = mem_strdup(scheme);
        return parse_net(scheme, after + 3, t, ret_error);
}

int target_parse(const char *text, struct target *ret, char **ret_error)
{
        *ret = (struct target){ .kind = TARGET_NET };
        int r = parse(text, ret, ret_error);

        if (r < 0)
                target_done(ret);
        return r;
}

char *target_str(const struct target *t)
{
        if (t->kind == TARGET_FILE)
                return mem_printf(FILE_SCHEME ":%s", t->path);
        bool tls = strcmp(t->scheme, "tls") == 0, v6 = strchr(t->host, ':') != NULL;

        return mem_printf("%s%s%s%s%s:%u", tls ? "" : t->scheme, tls ? "" : "://", v6 ? "[" : "",
                          t->host, v6 ? "]" : "", t->port);
}

const char *target_scheme_dialect(const char *name, size_t n)
{
        AUTO_FREE char *word = lower(name, n);
        int i = scheme_index(word);

        return i < 0 ? NULL : SCHEMES[i].starttls;
}

const char *target_port_dialect(uint16_t port)
{
        for (size_t i = 0; i < ARRAY_LEN(SCHEMES); i++)
                if (SCHEMES[i].port == port && SCHEMES[i].starttls)
                        return SCHEMES[i].starttls;
        return NULL;
}

bool target_is_bare(const struct target *t)
{
        return t->kind == TARGET_NET && strcmp(t->scheme, "tls") == 0;
}

void target_done(struct target *t)
{
        free(t->scheme);
        free(t->host);
        free(t->path);
        *t = (struct target){ .kind = TARGET_NET };
}
