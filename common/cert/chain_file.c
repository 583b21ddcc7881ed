/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in chain_file.h; the reading itself is in reading.c. */
#include "common/cert/chain_file.h"

#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/reading.h"
#include "common/cert/secret.h"

#include <openssl/crypto.h>
#include <string.h>

static bool is_plain_word(const char *s)
{
        size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "%+,-./:=@_");

        return *s && *s != '-' && s[n] == '\0';
}

static struct chain_options with_defaults(const struct chain_options *options)
{
        struct chain_options o = options ? *options : (struct chain_options){ 0 };

        o.max_certs = o.max_certs ? o.max_certs : CHAIN_MAX_CERTS;
        o.max_bytes = o.max_bytes ? o.max_bytes : CHAIN_MAX_FILE_BYTES;
        return o;
}

static const char *name_of(const char *path)
{
        return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0 ? "standard input" : path;
}

/* @shown is @name, printable. */
static struct reading reading_of(const char *name, const char *shown, unsigned mode,
                                 const struct chain_options *options)
{
        return (struct reading){
                .name = shown, .command = is_plain_word(name) ? shown : "FILE", .mode = mode,
                .options = with_defaults(options), .chain = chain_new(),
                .budget = { PBE_MAX_ITERATIONS },
        };
}

static struct chain *parse(const char *name, const uint8_t *bytes, size_t n, unsigned mode,
                           const struct chain_options *options)
{
        AUTO_FREE char *shown = text_escaped(name, strlen(name));
        struct reading r = reading_of(name, shown, mode, options);

        reading_run(&r, bytes, n);
        reading_conclude(&r);
        return r.chain;
}

struct chain *chain_parse(const char *name, const uint8_t *bytes, size_t n,
                          const struct chain_options *options)
{
        return parse(name, bytes, n, 0, options);
}

int chain_read_file(struct chain **ret, const char *path, const struct chain_options *options)
{
        struct secret file;
        int r = secret_read(&file, path, with_defaults(options).max_bytes);

        if (r < 0)
                return r;
        *ret = parse(name_of(path), file.bytes, file.n, file.mode, options);
        secret_done(&file);
        return 0;
}

const char *chain_file_error(int err)
{
        return secret_error(err);
}

/* --- a key of its own ------------------------------------------------------------------------- */

/* A key in DER, or anything that reading_run() finds keys in. */
static void read_key_bytes(struct reading *r, const uint8_t *bytes, size_t n)
{
        EVP_PKEY *key = NULL;
        enum key_outcome outcome = KEY_UNREADABLE;

        if (n > 0 && bytes[0] == 0x30 && container_kind(bytes, n) == CONTAINER_NONE) {
                outcome = key_from_der(&key, bytes, n);
                if (outcome == KEY_UNREADABLE)
                        outcome = key_from_encrypted_der(&key, bytes, n, r->options.passphrase,
                                                         &r->budget);
        }
        if (outcome != KEY_UNREADABLE)
                reading_keep_key(r, key, outcome, 0);
        else
                reading_run(r, bytes, n);
}

static bool any_key_read(const struct reading *r)
{
        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].key)
                        return true;
        return false;
}

void chain_read_key(struct chain *c, const char *path, const char *passphrase)
{
        AUTO_FREE char *shown = text_escaped(name_of(path), strlen(name_of(path)));
        struct chain_options options = { .passphrase = passphrase };
        struct secret file;
        int err = secret_read(&file, path, CHAIN_MAX_FILE_BYTES);

        if (err < 0) {
                struct finding *f = finding_add(&c->problems, FINDING_INPUT_UNREADABLE);

                finding_set(&f->message, "Cannot read %s: %s.", shown, secret_error(err));
                finding_set(&f->remedy, "Name a private key file that this user may read.");
                return;
        }
        struct reading r = reading_of(name_of(path), shown, file.mode, &options);

        read_key_bytes(&r, file.bytes, file.n);
        if (!any_key_read(&r))
                reading_report_no_key(&r, c);
        reading_digest_keys(&r, c);
        chain_free(r.chain);
        secret_done(&file);
}

int passphrase_read(char **ret, const char *path)
{
        struct secret file;
        int r = secret_read(&file, path, KEY_MAX_PASSPHRASE);

        if (r < 0)
                return r;
        file.bytes[strcspn((const char *)file.bytes, "\r\n")] = '\0';
        *ret = mem_strdup((const char *)file.bytes);
        secret_done(&file);
        return 0;
}

void passphrase_free(char *passphrase)
{
        if (passphrase)
                OPENSSL_cleanse(passphrase, strlen(passphrase));
        free(passphrase);
}
