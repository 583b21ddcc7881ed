/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in webhook_sign.h. Everything that held a secret is wiped before it goes. */
#include "daemon/alert/webhook_sign.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "whsec_"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define ENCODED_MAX ((WEBHOOK_MAX_KEY_BYTES + 2) / 3 * 4)
#define SIGNATURE_TEXT_MAX 64 /* base64 of 32 bytes is 44 */

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int refuse(char **ret_error, size_t line, const char *why)
{
        *ret_error = mem_printf("line %zu: %s", line, why);
        return -EINVAL;
}

/* Strict base64 (RFC 4648, with padding); EVP_DecodeBlock alone would let blanks pass. */
static int decode(const char *s, size_t n, struct webhook_key *ret)
{
        unsigned char out[ENCODED_MAX];
        size_t pad = n >= 2 ? (size_t)(s[n - 1] == '=') + (s[n - 1] == '=' && s[n - 2] == '=') : 0;

        if (n == 0 || n % 4 != 0)
                return -EINVAL;
        for (size_t i = 0; i < n - pad; i++)
                if (!memchr(ALPHABET, s[i], sizeof(ALPHABET) - 1))
                        return -EINVAL;
        if (n > ENCODED_MAX)
                return -ERANGE;
        int len = EVP_DecodeBlock(out, (const unsigned char *)s, (int)n);

        assert(len >= 0 && (size_t)len >= pad);
        ret->len = (size_t)len - pad;
        int r = ret->len < WEBHOOK_MIN_KEY_BYTES || ret->len > WEBHOOK_MAX_KEY_BYTES ? -ERANGE : 0;

        if (r == 0)
                memcpy(ret->bytes, out, ret->len);
        OPENSSL_cleanse(out, sizeof(out));
        return r;
}

static int parse_line(struct webhook_secrets *s, const char *text, size_t n, size_t line,
                      char **ret_error)
{
        if (n < PREFIX_LEN || memcmp(text, PREFIX, PREFIX_LEN) != 0)
                return refuse(ret_error, line, "a webhook secret begins with \"" PREFIX "\"");
        if (s->n == WEBHOOK_MAX_SECRETS)
                return refuse(ret_error, line, "too many webhook secrets, four are allowed");
        int r = decode(text + PREFIX_LEN, n - PREFIX_LEN, &s->keys[s->n]);

        if (r == -EINVAL)
                return refuse(ret_error, line, "what follows \"" PREFIX "\" is not base64");
        if (r < 0)
                return refuse(ret_error, line, "a webhook secret has 24 to 64 bytes");
        s->n++;
        return 0;
}

static size_t trimmed(const char *line, size_t n)
{
        while (n > 0 && strchr(" \t\r", line[n - 1]))
                n--;
        return n;
}

int webhook_secrets_parse(struct webhook_secrets *ret, const char *text, size_t n, char **ret_error)
{
        int r = 0;

        *ret = (struct webhook_secrets){ 0 };
        *ret_error = NULL;
        for (size_t line = 1; r == 0 && n > 0; line++) {
                const char *end = memchr(text, '\n', n);
                size_t len = end ? (size_t)(end - text) : n, used = end ? len + 1 : len;
                size_t text_len = trimmed(text, len);

                if (text_len > 0)
                        r = parse_line(ret, text, text_len, line, ret_error);
                text += used;
                n -= used;
        }
        if (r == 0 && ret->n == 0)
                r = refuse(ret_error, 1, "no webhook secret here");
        if (r < 0)
                webhook_secrets_done(ret);
        return r;
}

/* Opens a regular file; -EINVAL for anything else: a pipe would block the loop that we run on. */
static int open_file(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat st;

        if (fd < 0)
                return -errno;
        int r = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;

        if (r < 0)
                close(fd);
        return r < 0 ? r : fd;
}

/* At most @size bytes; -EFBIG when there are more. */
static ssize_t read_file(const char *path, char *out, size_t size)
{
        int fd = open_file(path);
        size_t n = 0;
        ssize_t r = fd < 0 ? fd : 1;

        while (r > 0 && n < size) {
                r = read(fd, out + n, size - n);
                if (r > 0)
                        n += (size_t)r;
                else if (r < 0)
                        r = -errno;
        }
        if (fd >= 0)
                close(fd);
        return r < 0 ? r : n == size ? -EFBIG : (ssize_t)n;
}

int webhook_secrets_read(struct webhook_secrets *ret, const char *path, char **ret_error)
{
        char text[WEBHOOK_MAX_FILE_BYTES];
        ssize_t n = read_file(path, text, sizeof(text));

        *ret = (struct webhook_secrets){ 0 };
        if (n < 0) {
                *ret_error = mem_printf("cannot read secret file %s: %s", path,
                                        n == -EINVAL ? "not a regular file" : strerror((int)-n));
                return (int)n;
        }
        AUTO_FREE char *why = NULL;
        int r = webhook_secrets_parse(ret, text, (size_t)n, &why);

        OPENSSL_cleanse(text, sizeof(text));
        *ret_error = r < 0 ? mem_printf("secret file %s, %s", path, why) : NULL;
        return r;
}

void webhook_secrets_done(struct webhook_secrets *s)
{
        OPENSSL_cleanse(s, sizeof(*s));
}

static void sign_one(struct buf *out, const struct webhook_key *key, const struct buf *content)
{
        unsigned char mac[EVP_MAX_MD_SIZE], text[SIGNATURE_TEXT_MAX];
        unsigned int len = 0;

        if (!HMAC(EVP_sha256(), key->bytes, (int)key->len, (const unsigned char *)buf_str(content),
                  content->len, mac, &len))
                mem_exhausted(); /* nothing else can fail here */
        EVP_EncodeBlock(text, mac, (int)len);
        buf_printf(out, "%sv1,%s", out->len ? " " : "", (const char *)text);
}

char *webhook_signature(const struct webhook_secrets *secrets, const char *id, int64_t timestamp_s,
                        const char *body, size_t body_len)
{
        struct buf content = BUF_INIT(strlen(id) + body_len + 32);
        struct buf out = BUF_INIT(WEBHOOK_MAX_SECRETS * (SIGNATURE_TEXT_MAX + 4));

        buf_printf(&content, "%s.%" PRId64 ".", id, timestamp_s);
        buf_append(&content, body, body_len);
        for (size_t i = 0; i < secrets->n; i++)
                sign_one(&out, &secrets->keys[i], &content);
        assert(!content.full && !out.full);
        buf_done(&content);
        return buf_steal(&out);
}
