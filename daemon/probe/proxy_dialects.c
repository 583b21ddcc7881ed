/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a proxy is asked to open the way: HTTP CONNECT (RFC 9110 section 9.3.6, RFC 7617) and SOCKS5
 * (RFC 1928, RFC 1929). The server's name goes to the proxy as it is, which resolves it.
 */
#include "daemon/probe/proxy.h"

#include "common/base/addr.h"
#include "common/base/mem.h"
#include "daemon/probe/dialogue_internal.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was said to the proxy holds a password. */
static void wipe(struct dialogue *d)
{
        if (d->out.data)
                OPENSSL_cleanse(d->out.data, d->out.size);
        free(d->own);
}

/* ---- HTTP ----------------------------------------------------------------------------------- */

#define CODE_BYTES (4 * ((2 * PROXY_MAX_LOGIN + 1) / 3 + 1) + 1) /* of a login in Base64 */
#define QUESTION_BYTES 2048 /* a name of 255 bytes, twice, and the above */

static void encode_login(const struct dialogue_terms *terms, char ret[static CODE_BYTES])
{
        char login[2 * PROXY_MAX_LOGIN + 2];
        int n = snprintf(login, sizeof(login), "%s:%s", terms->user, terms->password);

        assert(n > 0 && (size_t)n < sizeof(login));
        EVP_EncodeBlock((unsigned char *)ret, (const unsigned char *)login, n);
        OPENSSL_cleanse(login, sizeof(login));
}

/* On the stack: what allocates as it prints leaves copies behind. */
static void http_begin(struct dialogue *d)
{
        const struct dialogue_terms *t = &d->terms;
        const char *open = strchr(t->host, ':') ? "[" : "", *close = *open ? "]" : "";
        AUTO_FREE char *whom = mem_printf("%s%s%s:%u", open, t->host, close, t->port);
        char code[CODE_BYTES] = "", question[QUESTION_BYTES];

        if (t->user)
                encode_login(t, code);
        int n = snprintf(question, sizeof(question),
                         "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n", whom, whom,
                         t->user ? "Proxy-Authorization: Basic " : "", code,
                         t->user ? "\r\n" : "");

        assert(n > 0 && (size_t)n < sizeof(question));
        dialogue_ask(d, question, (size_t)n, "CONNECT");
        OPENSSL_cleanse(code, sizeof(code));
        OPENSSL_cleanse(question, sizeof(question));
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* "HTTP/1.1 407 Proxy Authentication Required": the last two words; NULL when it is none. */
static const char *status_of(const char *line)
{
        if (strncmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ')
                return NULL;
        line += 9;
        if (line[0] < '1' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]) ||
            (line[3] != ' ' && line[3] != '\0'))
                return NULL;
        return line;
}

/* A refusal is one as soon as its line is here: some proxies send no more of it. */
static void http_status(struct dialogue *d)
{
        const char *status = status_of(buf_str(&d->in));

        if (!status)
                dialogue_alien(d);
        else if (status[0] > '2')
                dialogue_refused(d, status, strlen(status));
        else if (dialogue_in_turn(d))
                d->own = mem_strdup(status);
}

/* The headers have ended; to what is interim, more follows. */
static void http_decide(struct dialogue *d)
{
        char *status = d->own;

        if (status[0] == '2') {
                dialogue_ready(d);
        } else {
                free(status);
                d->own = NULL;
        }
}

static void http_hear(struct dialogue *d)
{
        if (!d->own)
                http_status(d);
        else if (d->in.len == 0)
                http_decide(d);
}

/* ---- SOCKS5 --------------------------------------------------------------------------------- */

enum { SOCKS_METHOD, SOCKS_LOGIN, SOCKS_CONNECT };
enum { METHOD_NONE = 0, METHOD_LOGIN = 2, METHOD_REFUSED = 0xff };
enum { ATYP_IPV4 = 1, ATYP_NAME = 3, ATYP_IPV6 = 4 };

#define SOCKS_MAX_MESSAGE 262 /* a reply that holds a name of 255 bytes */

static const char *const SOCKS_REPLIES[] = {
        [1] = "general failure",
        [2] = "connection not allowed by ruleset",
        [3] = "network unreachable",
        [4] = "host unreachable",
        [5] = "connection refused",
        [6] = "TTL expired",
        [7] = "command not supported",
        [8] = "address type not supported",
};

static uint8_t heard(const struct dialogue *d, size_t i)
{
        return (uint8_t)d->in.data[i];
}

static void socks_begin(struct dialogue *d)
{
        static const uint8_t PLAIN[] = { 5, 1, METHOD_NONE };
        static const uint8_t BOTH[] = { 5, 2, METHOD_NONE, METHOD_LOGIN };

        if (d->terms.user)
                dialogue_ask(d, BOTH, sizeof(BOTH), "the SOCKS5 greeting");
        else
                dialogue_ask(d, PLAIN, sizeof(PLAIN), "the SOCKS5 greeting");
}

/* A refusal is one as soon as its code is here: some proxies send no more of it. */
static enum frame frame_reply(const struct dialogue *d)
{
        size_t n = d->in.len;

        if (n < 2)
                return FRAME_PART;
        if (heard(d, 1) != 0)
                return FRAME_WHOLE;
        if (n < 5)
                return FRAME_PART;
        switch (heard(d, 3)) {
        case ATYP_IPV4: return n < 10 ? FRAME_PART : FRAME_WHOLE;
        case ATYP_IPV6: return n < 22 ? FRAME_PART : FRAME_WHOLE;
        case ATYP_NAME: return n < 7U + heard(d, 4) ? FRAME_PART : FRAME_WHOLE;
        }
        return FRAME_ALIEN;
}

static enum frame socks_frame(struct dialogue *d)
{
        if (heard(d, 0) != (d->turn == SOCKS_LOGIN ? 1 : 5))
                return FRAME_ALIEN;
        if (d->turn == SOCKS_CONNECT)
                return frame_reply(d);
        return d->in.len < 2 ? FRAME_PART : FRAME_WHOLE;
}

/* Asks with bytes that hold a length and what it is of. */
static void put_text(struct buf *out, const char *text)
{
        size_t n = strlen(text);
        uint8_t len = (uint8_t)n;

        assert(n > 0 && n <= UINT8_MAX);
        buf_append(out, &len, 1);
        buf_append(out, text, n);
}

static void ask_to_connect(struct dialogue *d)
{
        const struct dialogue_terms *t = &d->terms;
        uint8_t head[] = { 5, 1, 0, ATYP_NAME }; /* version, CONNECT, reserved, form */
        const uint8_t port[] = { (uint8_t)(t->port >> 8), (uint8_t)t->port };
        struct buf out = BUF_INIT(SOCKS_MAX_MESSAGE);
        struct addr ip;
        size_t n;

        if (addr_parse_ip(t->host, t->port, &ip)) {
                const uint8_t *bytes = addr_ip_bytes(&ip, &n);

                head[3] = n == 4 ? ATYP_IPV4 : ATYP_IPV6;
                buf_append(&out, head, sizeof(head));
                buf_append(&out, bytes, n);
        } else {
                buf_append(&out, head, sizeof(head));
                put_text(&out, t->host);
        }
        buf_append(&out, port, sizeof(port));
        d->turn = SOCKS_CONNECT;
        dialogue_ask(d, out.data, out.len, "the SOCKS5 request");
        buf_done(&out);
}

static void log_in(struct dialogue *d)
{
        char bytes[2 * PROXY_MAX_LOGIN + 3];
        size_t n_user = strlen(d->terms.user), n_password = strlen(d->terms.password);

        assert(n_user <= PROXY_MAX_LOGIN && n_password <= PROXY_MAX_LOGIN);
        bytes[0] = 1; /* the version of RFC 1929 */
        bytes[1] = (char)n_user;
        memcpy(bytes + 2, d->terms.user, n_user);
        bytes[2 + n_user] = (char)n_password;
        memcpy(bytes + 3 + n_user, d->terms.password, n_password);
        d->turn = SOCKS_LOGIN;
        dialogue_ask(d, bytes, 3 + n_user + n_password, "user and password");
        OPENSSL_cleanse(bytes, sizeof(bytes));
}

static void refuse(struct dialogue *d, const char *words)
{
        dialogue_refused(d, words, strlen(words));
}

static void hear_method(struct dialogue *d)
{
        uint8_t method = heard(d, 1);

        if (method == METHOD_NONE)
                ask_to_connect(d);
        else if (method == METHOD_LOGIN && d->terms.user)
                log_in(d);
        else if (method == METHOD_REFUSED)
                refuse(d, d->terms.user ? "no way to log in that we know (SOCKS5 method 255)"
                                        : "it wants a user and a password (SOCKS5 method 255)");
        else
                dialogue_end(d, DIALOGUE_BROKEN, "peer chose a SOCKS5 method that was not offered "
                             "(%u)", method);
}

static void hear_reply(struct dialogue *d)
{
        uint8_t code = heard(d, 1);
        bool known = code < ARRAY_LEN(SOCKS_REPLIES);
        char words[80];

        if (code == 0) {
                dialogue_ready(d);
                return;
        }
        snprintf(words, sizeof(words), "%s (SOCKS5 reply %u)",
                 known ? SOCKS_REPLIES[code] : "for a reason that no standard names", code);
        refuse(d, words);
}

static void socks_hear(struct dialogue *d)
{
        if (!dialogue_in_turn(d))
                return;
        if (d->turn == SOCKS_METHOD)
                hear_method(d);
        else if (d->turn == SOCKS_CONNECT)
                hear_reply(d);
        else if (heard(d, 1) == 0)
                ask_to_connect(d);
        else
                refuse(d, "user or password is wrong");
}

/* --------------------------------------------------------------------------------------------- */

static const struct dialect DIALECTS[] = {
        { .name = "http", .protocol = "HTTP", .max_message = DIALOGUE_LINE_MAX,
          .begin = http_begin, .frame = frame_line, .hear = http_hear, .end = wipe },
        { .name = "socks5", .protocol = "SOCKS5", .max_message = SOCKS_MAX_MESSAGE,
          .begin = socks_begin, .frame = socks_frame, .hear = socks_hear, .end = wipe },
};

const struct dialect *proxy_dialect(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(DIALECTS); i++)
                if (strcmp(DIALECTS[i].name, name) == 0)
                        return &DIALECTS[i];
        return NULL;
}
