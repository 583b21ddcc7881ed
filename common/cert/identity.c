/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in identity.h. A file of certificates is read as any other is (reading.c), which
 * finds PKCS#12 and the keys in it as well; here the key is kept, and has to fit.
 */
#include "common/cert/identity.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/text.h"
#include "common/cert/reading.h"
#include "common/cert/secret.h"
#include "common/cert/validate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <string.h>

/* --- reading ---------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static int refuse(char **ret_error, const char *fmt, ...)
{
        struct buf words = BUF_INIT(FINDING_TEXT_MAX);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&words, fmt, ap);
        va_end(ap);
        *ret_error = buf_steal(&words);
        return -EINVAL;
}

/* @shown is @path, printable. */
static int read_file(struct reading *r, const char *path, const char *shown,
                     const char *passphrase, char **ret_error)
{
        struct secret file;
        int err = secret_read(&file, path, CHAIN_MAX_FILE_BYTES);

        *r = (struct reading){
                .name = shown, .command = "FILE", .chain = chain_new(),
                .options = { .max_certs = CHAIN_MAX_CERTS, .passphrase = passphrase },
                .budget = { PBE_MAX_ITERATIONS },
        };
        if (err < 0)
                return refuse(ret_error, "cannot read %s: %s", shown, secret_error(err));
        reading_run(r, file.bytes, file.n);
        secret_done(&file);
        return 0;
}

static void reading_done(struct reading *r)
{
        for (size_t i = 0; i < r->n_keys; i++)
                EVP_PKEY_free(r->keys[i].key);
        chain_free(r->chain);
}

/* --- which key, and which certificate --------------------------------------------------------- */

static int refuse_certs(const struct reading *r, char **ret_error)
{
        const struct finding_list *problems = &r->chain->problems;

        if (problems->n > 0)
                return refuse(ret_error, "%s", problems->items[0].message);
        return refuse(ret_error, "%s holds no certificate", r->name);
}

/* Why no key was found in @r; @is_own: a file of keys was named. */
static int refuse_key(const struct reading *r, bool is_own, char **ret_error)
{
        static const char *const WHY[KEY_OUTCOME_COUNT] = {
                [KEY_READ] = "",
                [KEY_LOCKED] = "is encrypted, and no file with its passphrase is named "
                               "(client_passphrase_file)",
                [KEY_WRONG_PASSPHRASE] = "is not opened by the passphrase",
                [KEY_TOO_COSTLY] = "asks for too many iterations of its passphrase",
                [KEY_UNREADABLE] = "is damaged, or of a kind that TLS does not use",
        };

        if (r->n_keys > 0)
                return refuse(ret_error, "the private key in %s %s", r->name,
                              WHY[r->keys[0].outcome]);
        if (r->chain->problems.n > 0 && r->chain->n == 0)
                return refuse_certs(r, ret_error);
        return refuse(ret_error, is_own ? "%s holds no private key in PEM"
                                        : "%s holds no private key; name the file that does "
                                          "(client_key)",
                      r->name);
}

static bool any_key(const struct reading *r)
{
        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].key)
                        return true;
        return false;
}

/* The certificate that has one of the keys; false when none does. */
static bool find_pair(const struct chain *chain, const struct reading *keys, size_t *ret_cert,
                      size_t *ret_key)
{
        for (size_t i = 0; i < chain->n; i++)
                for (size_t k = 0; k < keys->n_keys; k++)
                        if (keys->keys[k].key &&
                            X509_check_private_key(chain->certs[i]->x509, keys->keys[k].key) == 1) {
                                *ret_cert = i;
                                *ret_key = k;
                                return true;
                        }
        return false;
}

static void add_cert(struct identity *id, struct cert *c)
{
        id->certs[id->n++] = cert_ref(c);
        if (id->n == 1)
                return;
        if (!X509_up_ref(c->x509) || sk_X509_push(id->above, c->x509) == 0)
                mem_exhausted();
}

static struct identity *make(const struct reading *certs, size_t leaf, EVP_PKEY *key)
{
        const struct chain *chain = certs->chain;
        struct identity *id = mem_new0(1, sizeof(*id));

        id->name = mem_strdup(certs->name);
        id->certs = mem_new0(chain->n, sizeof(struct cert *));
        id->above = sk_X509_new_null();
        if (!id->above || !EVP_PKEY_up_ref(key))
                mem_exhausted();
        id->key = key;
        add_cert(id, chain->certs[leaf]);
        for (size_t i = 0; i < chain->n; i++)
                if (i != leaf)
                        add_cert(id, chain->certs[i]);
        return id;
}

static int match(struct identity **ret, const struct reading *certs, const struct reading *keys,
                 char **ret_error)
{
        size_t cert, key;

        if (certs->chain->n == 0)
                return refuse_certs(certs, ret_error);
        if (!any_key(keys))
                return refuse_key(keys, keys != certs, ret_error);
        bool fits = find_pair(certs->chain, keys, &cert, &key);

        ERR_clear_error();
        if (!fits)
                return refuse(ret_error, "the private key in %s does not belong to %s in %s",
                              keys->name, certs->chain->certs[0]->label, certs->name);
        *ret = make(certs, cert, keys->keys[key].key);
        return 0;
}

/* --- the contract ----------------------------------------------------------------------------- */

static int load(struct identity **ret, const struct identity_files *files, const char *passphrase,
                char **ret_error)
{
        const char *key_path = files->key ? files->key : files->cert;
        AUTO_FREE char *cert_name = text_escaped(files->cert, strlen(files->cert));
        AUTO_FREE char *key_name = text_escaped(key_path, strlen(key_path));
        bool is_one = strcmp(key_path, files->cert) == 0;
        struct reading certs, keys = { 0 };
        int r = read_file(&certs, files->cert, cert_name, passphrase, ret_error);

        if (r == 0 && !is_one)
                r = read_file(&keys, key_path, key_name, passphrase, ret_error);
        if (r == 0)
                r = match(ret, &certs, is_one ? &certs : &keys, ret_error);
        reading_done(&certs);
        reading_done(&keys);
        return r;
}

int identity_load(struct identity **ret, const struct identity_files *files, char **ret_error)
{
        char *passphrase = NULL;
        int err = files->passphrase ? passphrase_read(&passphrase, files->passphrase) : 0;

        if (err < 0) {
                AUTO_FREE char *shown = text_escaped(files->passphrase,
                                                     strlen(files->passphrase));

                return refuse(ret_error, "cannot read %s: %s", shown, secret_error(err));
        }
        int r = load(ret, files, passphrase, ret_error);

        passphrase_free(passphrase);
        return r;
}

void identity_free(struct identity *id)
{
        if (!id)
                return;
        for (size_t i = 0; i < id->n; i++)
                cert_unref(id->certs[i]);
        sk_X509_pop_free(id->above, X509_free);
        EVP_PKEY_free(id->key);
        free(id->certs);
        free(id->name);
        free(id);
}

bool identity_same(const struct identity *a, const struct identity *b)
{
        if (!a || !b || a->n != b->n)
                return a == b;
        for (size_t i = 0; i < a->n; i++)
                if (!cert_same(a->certs[i], b->certs[i]))
                        return false;
        return true;
}

/* --- its end ---------------------------------------------------------------------------------- */

static void report(const struct identity *id, enum finding_code code, enum severity severity,
                   int64_t now_s, const struct policy *policy, struct verdict *v)
{
        const struct cert *c = id->certs[0];
        bool past = code == FINDING_CLIENT_CERT_EXPIRED;
        struct finding f = {
                .code = code, .severity = severity, .position = FINDING_NO_POSITION,
                .subject = mem_strdup(c->subject), .fingerprint = mem_strdup(c->fingerprint),
                .deadline_s = c->not_after_s, .by_clock = true,
        };
        char span[SPAN_STR_MAX], date[TIME_STR_MAX];

        span_str(c->not_after_s - now_s, span);
        time_str(c->not_after_s, date);
        if (past)
                finding_set(&f.message, "Our client certificate %s, in %s, expired %s ago (%s).",
                            c->label, id->name, span, date);
        else
                finding_set(&f.message, "Our client certificate %s, in %s, expires in %s (%s).",
                            c->label, id->name, span, date);
        finding_set(&f.remedy, "Renew %s, and reload notafter; the server is not at fault.",
                    id->name);
        finding_fact(&f, "file", "%s", id->name);
        verdict_take(v, &f, policy);
}

void identity_judge(const struct identity *id, const struct policy *policy, int64_t now_s,
                    struct verdict *v)
{
        const struct cert *c = id->certs[0];
        int64_t left = c->not_after_s - now_s, lifetime = c->not_after_s - c->not_before_s;

        if (!c->dates_ok)
                return;
        if (left < 0)
                report(id, FINDING_CLIENT_CERT_EXPIRED, SEVERITY_ERROR, now_s, policy, v);
        else if (left < threshold_seconds(&policy->critical, lifetime))
                report(id, FINDING_CLIENT_CERT_EXPIRING_SOON, SEVERITY_ERROR, now_s, policy, v);
        else if (left < threshold_seconds(&policy->warning, lifetime))
                report(id, FINDING_CLIENT_CERT_EXPIRING_SOON, SEVERITY_WARNING, now_s, policy, v);
}
