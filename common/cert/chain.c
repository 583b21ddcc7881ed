/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what people put into certificate files. OpenSSL's PEM reader gives up on a whole file for
 * one glued marker, a blank line or an indentation, and then says nothing of where; so blocks are
 * found by ourselves, in one pass over the markers, and each is decoded on its own.
 */
#include "common/cert/chain.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct chain *chain_new(void)
{
        return mem_new0(1, sizeof(struct chain));
}

void chain_free(struct chain *c)
{
        if (!c)
                return;
        for (size_t i = 0; i < c->n; i++)
                cert_unref(c->certs[i]);
        free(c->certs);
        free(c->sent_at);
        finding_list_done(&c->problems);
        free(c);
}

void chain_add(struct chain *c, struct cert *cert)
{
        if ((c->n & (c->n + 1)) == 0) { /* room for 1, 3, 7 ... */
                c->certs = mem_resize(c->certs, 2 * c->n + 1, sizeof(*c->certs));
                c->sent_at = mem_resize(c->sent_at, 2 * c->n + 1, sizeof(*c->sent_at));
        }
        c->sent_at[c->n] = c->n_sent++;
        c->certs[c->n++] = cert_ref(cert);
}

int chain_skip(struct chain *c)
{
        return c->n_sent++;
}

/* --- a PEM file, read from marker to marker --------------------------------------------------- */

#define LABEL_MAX 64

struct pem_reader {
        const char *name; /* of the file */
        const char *at, *end;
        const char *counted; /* lines are counted up to here */
        int line;
        size_t max_certs;
        struct chain *chain;
        size_t blocks; /* certificates found, readable or not */
        bool malformed, has_key, full;
        const char *other; /* the last thing found that is no certificate */
};

struct pem_block {
        char label[LABEL_MAX];
        int line;
        const char *body, *body_end;
        bool ended; /* by an END line */
};

/* Line number of @at; markers come in order, so that every byte is counted once. */
static int line_of(struct pem_reader *r, const char *at)
{
        for (; r->counted < at; r->counted++)
                r->line += *r->counted == '\n' || (*r->counted == '\r' && r->counted + 1 < r->end &&
                                                   r->counted[1] != '\n');
        return r->line;
}

static void malformed(struct pem_reader *r, const char *at, const char *what)
{
        if (r->malformed)
                return; /* one sentence is enough */
        r->malformed = true;
        struct finding *f = finding_add(&r->chain->problems, FINDING_INPUT_PEM_MALFORMED);

        finding_set(&f->message, "%s was readable only after repair (%s, line %d).", r->name, what,
                    line_of(r, at));
        finding_set(&f->remedy, "Put every BEGIN and END line on a line of its own and remove the "
                    "rest; servers built on OpenSSL will not load this file as it is.");
}

/*
 * Finds the next "-----BEGIN label-----" or "-----END label-----"; NULL at the end. *ret_after is
 * what follows it.
 */
static const char *next_marker(const char *at, const char *end, bool *ret_begin,
                               char label[static LABEL_MAX], const char **ret_after)
{
        for (; end - at > 5 && (at = memchr(at, '-', (size_t)(end - at) - 5)); at++) {
                const char *word = at + 5;
                size_t left = (size_t)(end - word);
                bool begin = left >= 6 && memcmp(word, "BEGIN ", 6) == 0;

                if (memcmp(at, "-----", 5) != 0)
                        continue; /* one byte on, so that glued dashes cannot hide a marker */
                if (begin || (left >= 4 && memcmp(word, "END ", 4) == 0)) {
                        word += begin ? 6 : 4;
                        left = (size_t)(end - word);
                        const char *close = memmem(
                                word, left < LABEL_MAX + 5 ? left : LABEL_MAX + 5, "-----", 5);

                        if (close && (size_t)(close - word) < LABEL_MAX) {
                                memcpy(label, word, (size_t)(close - word));
                                label[close - word] = '\0';
                                *ret_begin = begin;
                                *ret_after = close + 5;
                                return at;
                        }
                }
        }
        return NULL;
}

static bool at_line_start(const char *start, const char *at)
{
        return at == start || at[-1] == '\n' || at[-1] == '\r';
}

/* Nothing but blanks from @after a marker to the line's end? (Glued ones are found later.) */
static bool at_line_end(const char *after, const char *end)
{
        while (after < end && (*after == ' ' || *after == '\t'))
                after++;
        return after == end || *after == '\n' || *after == '\r' || *after == '-';
}

/* The next block; false at the end of the file. An END without BEGIN is passed over. */
static bool next_block(struct pem_reader *r, const char *start, struct pem_block *ret)
{
        char label[LABEL_MAX];
        const char *after, *mark;
        bool begin;

        do {
                mark = next_marker(r->at, r->end, &begin, ret->label, &after);
                if (!mark)
                        return false;
                r->at = after;
        } while (!begin);
        if (!at_line_start(start, mark))
                malformed(r, mark, "text before a BEGIN marker");
        ret->line = line_of(r, mark);
        ret->body = after;
        if (!at_line_end(after, r->end))
                malformed(r, mark, "text after a BEGIN marker");

        mark = next_marker(after, r->end, &begin, label, &after);
        ret->ended = mark && !begin;
        ret->body_end = mark ? mark : r->end;
        r->at = ret->ended ? after : ret->body_end;
        if (ret->ended && !at_line_start(start, mark))
                malformed(r, mark, "text before an END marker");
        if (ret->ended && !at_line_end(after, r->end))
                malformed(r, mark, "text after an END marker");
        return true;
}

/* The value of a base64 character; -1 white space, -2 padding, -3 anything else. */
static int base64_value(char c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        if (c == '+' || c == '/')
                return c == '+' ? 62 : 63;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
                return -1;
        return c == '=' ? -2 : -3;
}

/* Decodes the body, whatever its white space; NULL and *ret_reason when it is not base64. */
static uint8_t *decode_body(const struct pem_block *b, size_t *ret_len, const char **ret_reason)
{
        size_t size = (size_t)(b->body_end - b->body), n = 0, digits = 0, padding = 0;
        uint8_t *out = mem_new0(size / 4 * 3 + 4, 1);
        uint32_t word = 0;

        *ret_reason = NULL;
        for (const char *p = b->body; p < b->body_end && !*ret_reason; p++) {
                int v = base64_value(*p);

                if (v == -1)
                        continue;
                if (v == -3 || (v >= 0 && padding)) {
                        *ret_reason = "a character that is not base64";
                } else if (v == -2) {
                        padding++;
                } else {
                        word = word << 6 | (uint32_t)v;
                        if (++digits % 4 == 0)
                                for (int shift = 16; shift >= 0; shift -= 8)
                                        out[n++] = (uint8_t)(word >> shift);
                }
        }
        if (!*ret_reason && (digits % 4 == 1 || padding > 2))
                *ret_reason = "base64 that breaks off";
        if (*ret_reason) {
                free(out);
                return NULL;
        }
        if (digits % 4 >= 2)
                out[n++] = (uint8_t)(digits % 4 == 2 ? word >> 4 : word >> 10);
        if (digits % 4 == 3)
                out[n++] = (uint8_t)(word >> 2);
        *ret_len = n;
        return out;
}

/* Odd but readable layout inside a block: what OpenSSL's reader would stumble over. */
static void check_layout(struct pem_reader *r, const struct pem_block *b)
{
        const char *line = b->body;

        while (line < b->body_end && (*line == ' ' || *line == '\t'))
                line++; /* after the marker: harmless */
        const char *marker_end = line;

        while (line < b->body_end && (*line == '\r' || *line == '\n') && line - marker_end < 2)
                line++;
        for (const char *p = line; p < b->body_end; p++) {
                bool first = p == line || p[-1] == '\n' || p[-1] == '\r';

                if (first && (*p == ' ' || *p == '\t'))
                        malformed(r, p, "indented lines");
                bool crlf = *p == '\r' && p + 1 < b->body_end && p[1] == '\n';

                if (p > line && p[-1] == '\n' && (*p == '\n' || crlf))
                        malformed(r, p, "blank lines inside a block");
                if (*p == '\r' && !crlf)
                        malformed(r, p, "line ends without a line feed");
        }
}

/* Length of the first DER element, for a certificate that is followed by OpenSSL's trust data. */
static size_t der_element_length(const uint8_t *der, size_t n)
{
        size_t bytes = n > 1 && der[1] & 0x80 ? der[1] & 0x7f : 0, len = 0;

        if (n < 2 || bytes > 4 || n < 2 + bytes)
                return n;
        for (size_t i = 0; i < bytes; i++)
                len = len << 8 | der[2 + i];
        len = bytes ? len : der[1];
        return len < n - 2 - bytes ? len + 2 + bytes : n;
}

static void unparseable(struct pem_reader *r, const struct pem_block *b, const char *reason)
{
        struct finding *f = finding_add(&r->chain->problems, FINDING_INPUT_UNPARSEABLE);

        f->position = chain_skip(r->chain);
        finding_set(&f->message, "Certificate %zu of %s, at line %d, is damaged (%s).",
                    r->blocks, r->name, b->line, reason);
        finding_set(&f->remedy, "Fetch it again from the CA; the file may be cut short.");
}

static void over_limit(struct pem_reader *r)
{
        struct finding *f = finding_add(&r->chain->problems, FINDING_RESOURCE_LIMIT);

        r->full = true;
        finding_set(&f->message, "%s holds more than %zu certificates.", r->name, r->max_certs);
        finding_set(&f->remedy, "Leave only the server certificate and its intermediates in it.");
}

static void read_certificate(struct pem_reader *r, const struct pem_block *b, bool trusted)
{
        const char *reason;
        size_t len;

        if (r->blocks++ >= r->max_certs) {
                over_limit(r);
                return;
        }
        CLEANUP(cert_unref_at_exit) struct cert *cert = NULL;
        AUTO_FREE uint8_t *der = decode_body(b, &len, &reason);

        if (!der) {
                unparseable(r, b, b->ended ? reason : "it has no END line");
                return;
        }
        check_layout(r, b);
        if (trusted)
                len = der_element_length(der, len);
        if (cert_parse(&cert, der, len, &reason) < 0)
                unparseable(r, b, b->ended ? reason : "it has no END line");
        else
                chain_add(r->chain, cert);
}

static bool ends_with(const char *s, const char *end)
{
        size_t n = strlen(s), m = strlen(end);

        return n >= m && strcmp(s + n - m, end) == 0;
}

static void read_block(struct pem_reader *r, const struct pem_block *b)
{
        static const struct {
                const char *label, *what;
        } OTHERS[] = {
                { "CERTIFICATE REQUEST", "certificate request" },
                { "NEW CERTIFICATE REQUEST", "certificate request" },
                { "X509 CRL", "certificate revocation list" },
                { "PKCS7", "PKCS#7 bundle" },
                { "CMS", "CMS message" },
                { "PUBLIC KEY", "public key" },
        };

        if (strcmp(b->label, "CERTIFICATE") == 0 || strcmp(b->label, "X509 CERTIFICATE") == 0) {
                read_certificate(r, b, false);
        } else if (strcmp(b->label, "TRUSTED CERTIFICATE") == 0) {
                read_certificate(r, b, true);
        } else if (ends_with(b->label, "PRIVATE KEY")) {
                r->has_key = true;
        } else {
                for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
                        if (strcmp(b->label, OTHERS[i].label) == 0)
                                r->other = OTHERS[i].what;
        }
}

static void conclude(struct pem_reader *r)
{
        struct finding_list *problems = &r->chain->problems;

        if (r->chain->n > 0 && r->has_key) {
                struct finding *f = finding_add(problems, FINDING_INPUT_PRIVATE_KEY_PRESENT);

                finding_set(&f->message, "%s also holds a private key.", r->name);
                finding_set(&f->remedy, "Keep keys in a file of their own, mode 0600.");
        }
        if (r->chain->n > 0 || finding_find(problems, FINDING_INPUT_UNPARSEABLE))
                return;
        const char *what = r->has_key ? "private key" : r->other;
        struct finding *f = finding_add(problems, what ? FINDING_INPUT_NOT_A_CERTIFICATE
                                                       : FINDING_INPUT_EMPTY);

        if (what)
                finding_set(&f->message, "%s holds a %s, not a certificate.", r->name, what);
        else
                finding_set(&f->message, "%s holds no certificate.", r->name);
        finding_set(&f->remedy, what ? "Use the certificate that your CA issued for it."
                                     : "Configure the PEM certificate chain, server certificate "
                                       "first.");
}

static void read_pem(struct pem_reader *r, const char *start)
{
        struct pem_block block;

        if (r->end - start >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) {
                malformed(r, start, "a byte order mark");
                r->at = r->counted = start += 3;
        }
        while (!r->full && next_block(r, start, &block))
                read_block(r, &block);
        conclude(r);
}

/* --- DER -------------------------------------------------------------------------------------- */

static void damaged_der(struct pem_reader *r, const char *reason)
{
        struct finding *f = finding_add(&r->chain->problems, FINDING_INPUT_UNPARSEABLE);

        f->position = chain_skip(r->chain);
        finding_set(&f->message, "Certificate %zu of %s is damaged (%s).", r->chain->n + 1, r->name,
                    reason);
        finding_set(&f->remedy, "Fetch it again from the CA; the file may be cut short.");
}

/* One or more DER certificates in a row; false when the bytes do not begin with one. */
static bool read_der(struct pem_reader *r, const uint8_t *bytes, size_t n)
{
        const char *reason;

        while (n > 0 && r->chain->n < r->max_certs) {
                CLEANUP(cert_unref_at_exit) struct cert *cert = NULL;
                size_t len = der_element_length(bytes, n);

                if (cert_parse(&cert, bytes, len, &reason) < 0)
                        break;
                chain_add(r->chain, cert);
                bytes += len;
                n -= len;
        }
        if (r->chain->n == 0)
                return false;
        if (n > 0 && r->chain->n == r->max_certs)
                over_limit(r);
        else if (n > 0 && *bytes == 0x30) /* it was to be another one */
                damaged_der(r, reason);
        struct finding *f = finding_add(&r->chain->problems, FINDING_INPUT_FORMAT_CONVERTED);

        finding_set(&f->message, "%s is DER, not PEM.", r->name);
        finding_set(&f->remedy, "Convert: openssl x509 -inform DER -in %s -out chain.pem.",
                    r->name);
        return true;
}

struct chain *chain_parse(const char *name, const uint8_t *bytes, size_t n, size_t max_certs)
{
        AUTO_FREE char *shown = text_escaped(name, strlen(name));
        const char *text = (const char *)bytes;
        struct pem_reader r = {
                .name = shown, .at = text, .end = text + n, .counted = text, .line = 1,
                .max_certs = max_certs, .chain = chain_new(),
        };

        assert(max_certs > 0);
        if (n == 0 || bytes[0] != 0x30 || !read_der(&r, bytes, n))
                read_pem(&r, text);
        return r.chain;
}

/* --- files ------------------------------------------------------------------------------------ */

static int read_all(int fd, size_t max_bytes, struct buf *out)
{
        char chunk[65536];
        ssize_t n;

        while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                buf_append(out, chunk, (size_t)n);
                if (out->full || out->len > max_bytes)
                        return -EFBIG;
        }
        return 0;
}

int chain_read_file(struct chain **ret, const char *path, size_t max_certs, size_t max_bytes)
{
        struct buf bytes = BUF_INIT(max_bytes + 1);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        struct stat st;
        int r;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                r = -errno;
        else if (S_ISDIR(st.st_mode))
                r = -EISDIR;
        else
                r = read_all(fd, max_bytes, &bytes);
        close(fd);
        if (r == 0)
                *ret = chain_parse(path, (const uint8_t *)buf_str(&bytes), bytes.len, max_certs);
        buf_done(&bytes);
        return r;
}
