/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in chain_file.h. Others split and decode (pem, container, key, sniff); here it is
 * decided what is a certificate of the chain, and said what was wrong.
 */
#include "common/cert/chain_file.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/container.h"
#include "common/cert/key.h"
#include "common/cert/pbe.h"
#include "common/cert/pem.h"
#include "common/cert/secret.h"
#include "common/cert/sniff.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define KEYS_MAX 8 /* RSA and ECDSA side by side are two; each costs a millisecond */

struct reading_key {
        EVP_PKEY *key; /* NULL = it could not be read */
        enum key_outcome outcome;
        int line;
};

struct reading {
        const char *name;    /* of the file, printable */
        const char *command; /* the same as a word of a shell command */
        unsigned mode;       /* permission bits, 0 = unknown */
        struct chain_options options;
        struct chain *chain;
        struct pem_reader pem;
        size_t n_blocks;     /* of certificates, readable or not */
        struct pbe_budget budget;
        struct reading_key keys[KEYS_MAX];
        size_t n_keys;
        bool has_key; /* in PEM, where it can be taken out */
        bool utf16;
        bool full;
        const struct sniffed *other; /* the first thing found that is no certificate */
};

/* --- saying it -------------------------------------------------------------------------------- */

static struct finding *problem(struct reading *r, enum finding_code code, int line)
{
        struct finding *f = finding_add(&r->chain->problems, code);

        finding_fact(f, "file", "%s", r->name);
        if (line > 0)
                finding_fact(f, "line", "%d", line);
        return f;
}

static void report_repair(struct reading *r, const char *what, int line)
{
        struct finding *f = problem(r, FINDING_INPUT_PEM_MALFORMED, line);

        finding_set(&f->message, "%s was readable only after repair (%s, line %d).", r->name, what,
                    line);
        if (r->utf16)
                finding_set(&f->remedy, "Save it as plain text (iconv -f UTF-16 -t ASCII %s); "
                            "servers built on OpenSSL will not load this file as it is.",
                            r->command);
        else
                finding_set(&f->remedy, "Put every BEGIN and END line on a line of its own and "
                            "remove the rest; servers built on OpenSSL will not load this file as "
                            "it is.");
}

/* @line 0: the file has no lines. */
static void report_damaged(struct reading *r, int line, const char *reason)
{
        struct finding *f = problem(r, FINDING_INPUT_UNPARSEABLE, line);
        AUTO_FREE char *where = line > 0 ? mem_printf(", at line %d,", line) : mem_strdup("");

        f->position = chain_skip(r->chain);
        finding_set(&f->message, "Certificate %d of %s%s is damaged (%s).", f->position + 1,
                    r->name, where, reason);
        finding_set(&f->remedy, "Fetch it again from the CA; the file may be cut short.");
}

static void report_over_limit(struct reading *r)
{
        struct finding *f = problem(r, FINDING_RESOURCE_LIMIT, 0);

        r->full = true;
        finding_set(&f->message, "%s holds more than %zu certificates.", r->name,
                    r->options.max_certs);
        finding_set(&f->remedy, "Leave only the server certificate and its intermediates in it.");
}

static void report_converted(struct reading *r, const char *format, const char *openssl)
{
        if (finding_find(&r->chain->problems, FINDING_INPUT_FORMAT_CONVERTED))
                return;
        struct finding *f = problem(r, FINDING_INPUT_FORMAT_CONVERTED, 0);

        finding_fact(f, "format", "%s", format);
        finding_set(&f->message, "%s is %s, not a chain of PEM certificates.", r->name, format);
        finding_set(&f->remedy, "Convert: openssl %s -in %s -out chain.pem.", openssl, r->command);
}

static const char *const NOT_COMPARED[KEY_OUTCOME_COUNT] = {
        [KEY_READ] = "",
        [KEY_LOCKED] = "it is encrypted, and no passphrase was given",
        [KEY_WRONG_PASSPHRASE] = "it is encrypted, and the passphrase is wrong",
        [KEY_TOO_COSTLY] = "it is encrypted, and asks for too much computing",
        [KEY_UNREADABLE] = "it is damaged, or no RSA, EC or EdDSA key",
};

static void report_key_present(struct reading *r)
{
        struct finding *f = problem(r, FINDING_INPUT_PRIVATE_KEY_PRESENT, r->keys[0].line);
        const char *readers = r->mode & 004 ? "everybody" : r->mode & 040 ? "its group" : NULL;

        finding_set(&f->message, "%s also holds a private key.", r->name);
        if (readers)
                finding_set(&f->remedy, "Keep keys in a file of their own, mode 0600; this one has "
                            "mode %04o and lets %s read the key.", r->mode, readers);
        else
                finding_set(&f->remedy, "Keep keys in a file of their own, mode 0600.");
        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].outcome != KEY_READ) {
                        finding_set(&f->evidence, "The key at line %d was not compared with the "
                                    "certificate: %s.", r->keys[i].line,
                                    NOT_COMPARED[r->keys[i].outcome]);
                        break;
                }
}

static void report_nothing(struct reading *r)
{
        enum finding_code code = r->other ? FINDING_INPUT_NOT_A_CERTIFICATE : FINDING_INPUT_EMPTY;
        struct finding *f = problem(r, code, 0);

        if (r->other)
                finding_set(&f->message, "%s holds %s, not a certificate.", r->name,
                            r->other->what);
        else
                finding_set(&f->message, "%s holds no certificate.", r->name);
        finding_set(&f->remedy, "%s", r->other ? r->other->remedy
                                : "Configure the PEM certificate chain, server certificate first.");
}

/* --- certificates ----------------------------------------------------------------------------- */

/* "it is cut short: 800 of 1200 bytes are there", else what the parser says. */
static char *der_problem(const uint8_t *der, size_t n, const char *reason)
{
        size_t wanted = der_element_wanted(der, n);

        if (wanted > n && der[0] == 0x30)
                return mem_printf("it is cut short: %zu of %zu bytes are there", n, wanted);
        return mem_strdup(reason);
}

/* Adds one, or says what is wrong with it; @hint is a better reason than the parser's, or NULL. */
static void take_der(struct reading *r, const uint8_t *der, size_t n, int line, const char *hint)
{
        CLEANUP(cert_unref_at_exit) struct cert *cert = NULL;
        const char *reason;

        if (r->n_blocks++ >= r->options.max_certs) {
                report_over_limit(r);
        } else if (cert_parse(&cert, der, n, &reason) == 0) {
                chain_add(r->chain, cert);
        } else {
                AUTO_FREE char *text = hint ? mem_strdup(hint) : der_problem(der, n, reason);

                report_damaged(r, line, text);
        }
}

static void keep_key(struct reading *r, EVP_PKEY *key, enum key_outcome outcome, int line)
{
        if (r->n_keys < KEYS_MAX)
                r->keys[r->n_keys++] = (struct reading_key){ key, outcome, line };
        else
                EVP_PKEY_free(key);
}

static void take_container(struct reading *r, struct container *c)
{
        if (r->chain->n_sent == 0 && c->n_certs > 0)
                r->chain->is_set = true;
        for (size_t i = 0; i < c->n_certs && !r->full; i++) {
                CLEANUP(cert_unref_at_exit) struct cert *cert = NULL;
                const char *reason;

                if (r->n_blocks++ >= r->options.max_certs)
                        report_over_limit(r);
                else if (cert_from_x509(&cert, c->certs[i], &reason) == 0)
                        chain_add(r->chain, cert);
                else
                        report_damaged(r, 0, reason);
        }
        if (c->more && !r->full)
                report_over_limit(r);
        for (size_t i = 0; i < c->n_keys; i++)
                keep_key(r, c->keys[i], KEY_READ, 0);
        c->n_keys = 0; /* they moved */
}

/* What kept a container from being read, or from being read whole. */
static void report_container(struct reading *r, const char *format, enum container_problem why,
                             int line)
{
        static const struct {
                enum finding_code code;
                const char *message, *remedy;
        } ROWS[CONTAINER_PROBLEM_COUNT] = {
                [CONTAINER_TOO_LARGE] = { FINDING_RESOURCE_LIMIT,
                        "holds more than 1 MiB of it",
                        "Leave only the server certificate and its intermediates in it." },
                [CONTAINER_DAMAGED] = { FINDING_INPUT_UNPARSEABLE, "is damaged",
                        "Export it again; the file may be cut short." },
                [CONTAINER_LOCKED] = { FINDING_INPUT_UNREADABLE,
                        "is protected by a passphrase, and none was given",
                        "Give its passphrase (--passphrase-file)" },
                [CONTAINER_WRONG_PASSPHRASE] = { FINDING_INPUT_UNREADABLE,
                        "cannot be opened with this passphrase",
                        "Give the right passphrase (--passphrase-file)" },
                [CONTAINER_TOO_COSTLY] = { FINDING_RESOURCE_LIMIT,
                        "asks for more iterations of its passphrase than is sensible",
                        "Export it again with the usual settings" },
                [CONTAINER_LEGACY] = { FINDING_INPUT_UNREADABLE,
                        "is encrypted with RC2, RC4 or DES, which OpenSSL keeps in a legacy "
                        "provider that is not installed here",
                        "Export it again with AES" },
        };
        struct finding *f = problem(r, ROWS[why].code, line);
        bool is_locked = why >= CONTAINER_LOCKED;

        finding_set(&f->message, "%s is %s and %s.", r->name, format, ROWS[why].message);
        if (is_locked)
                finding_set(&f->remedy, "%s, or take the certificates out of it: openssl pkcs12%s "
                            "-nokeys -in %s -out chain.pem.", ROWS[why].remedy,
                            why == CONTAINER_LEGACY ? " -legacy" : "", r->command);
        else
                finding_set(&f->remedy, "%s", ROWS[why].remedy);
}

/* @line 0: the file is DER. */
static void read_pkcs7(struct reading *r, const uint8_t *der, size_t n, int line)
{
        struct container c;
        enum container_problem why = container_open_pkcs7(&c, der, n, r->options.max_certs);

        if (why != CONTAINER_READ) {
                report_container(r, "PKCS#7", why, line);
        } else if (c.n_certs == 0) {
                r->other = r->other ? r->other : sniff_label("PKCS7");
        } else {
                report_converted(r, "PKCS#7", line > 0 ? "pkcs7 -print_certs"
                                                       : "pkcs7 -inform DER -print_certs");
                take_container(r, &c);
        }
        container_done(&c);
}

static void read_pkcs12(struct reading *r, const uint8_t *der, size_t n)
{
        struct container c;
        enum container_problem why = container_open_pkcs12(&c, der, n, r->options.max_certs,
                                                           r->options.passphrase);

        if (why != CONTAINER_READ)
                report_container(r, "PKCS#12", why, 0);
        else if (c.n_certs == 0)
                r->other = sniff_label("PRIVATE KEY");
        if (c.n_certs > 0)
                report_converted(r, "PKCS#12", "pkcs12 -nokeys");
        take_container(r, &c);
        container_done(&c);
}

/* --- PEM -------------------------------------------------------------------------------------- */

static void read_certificate(struct reading *r, const struct pem_block *b)
{
        const char *reason;
        size_t len = 0, cert_len;
        uint8_t *der = pem_decode(b, &len, &reason);
        const char *hint = b->ended ? (der ? NULL : reason) : "it has no END line";

        if (!der) {
                take_der(r, (const uint8_t *)"", 0, b->line, hint);
                return;
        }
        if (container_kind(der, len) == CONTAINER_PKCS7) {
                read_pkcs7(r, der, len, b->line);
        } else {
                cert_len = strcmp(b->label, "TRUSTED CERTIFICATE") == 0
                                   ? der_element_length(der, len) /* trust settings follow */
                                   : len;
                take_der(r, der, cert_len, b->line, hint);
        }
        pem_check_layout(&r->pem, b);
        OPENSSL_cleanse(der, len); /* people put wrong labels on keys */
        free(der);
}

static void read_pkcs7_block(struct reading *r, const struct pem_block *b)
{
        const char *reason;
        size_t len;
        AUTO_FREE uint8_t *der = pem_decode(b, &len, &reason);

        if (!der || !b->ended)
                report_container(r, "PKCS#7", CONTAINER_DAMAGED, b->line);
        else
                read_pkcs7(r, der, len, b->line);
}

static void read_key(struct reading *r, const struct pem_block *b)
{
        const char *reason, *passphrase = r->options.passphrase;
        EVP_PKEY *key = NULL;
        size_t len = 0;
        enum key_outcome outcome = KEY_UNREADABLE;

        r->has_key = true;
        if (r->n_keys == KEYS_MAX)
                return;
        uint8_t *der = pem_decode(b, &len, &reason);

        if (der && strcmp(b->label, "ENCRYPTED PRIVATE KEY") == 0)
                outcome = key_from_encrypted_der(&key, der, len, passphrase, &r->budget);
        else if (der && b->headers)
                outcome = key_from_old_pem(&key, b->headers, (size_t)(b->body - b->headers), der,
                                           len, passphrase);
        else if (der)
                outcome = key_from_der(&key, der, len);
        keep_key(r, key, outcome, b->line);
        if (der)
                OPENSSL_cleanse(der, len);
        free(der);
}

static void read_block(struct reading *r, const struct pem_block *b)
{
        static const struct {
                const char *label;
                void (*read)(struct reading *r, const struct pem_block *b);
        } ROWS[] = {
                { "CERTIFICATE", read_certificate },
                { "X509 CERTIFICATE", read_certificate },
                { "TRUSTED CERTIFICATE", read_certificate },
                { "PKCS7", read_pkcs7_block },
                { "PKCS #7 SIGNED DATA", read_pkcs7_block },
                { "CMS", read_pkcs7_block },
                { "PRIVATE KEY", read_key },
                { "ENCRYPTED PRIVATE KEY", read_key },
                { "RSA PRIVATE KEY", read_key },
                { "EC PRIVATE KEY", read_key },
                { "DSA PRIVATE KEY", read_key },
                { "ANY PRIVATE KEY", read_key },
        };

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                if (strcmp(b->label, ROWS[i].label) == 0) {
                        ROWS[i].read(r, b);
                        return;
                }
        if (!r->other)
                r->other = sniff_label(b->label);
}

/* False when there is not a single block. */
static bool read_pem(struct reading *r, const char *text, size_t n)
{
        struct pem_block block;
        bool any = false;

        pem_start(&r->pem, text, n);
        for (; !r->full && pem_next(&r->pem, &block); any = true)
                read_block(r, &block);
        if (any && r->utf16)
                report_repair(r, "UTF-16 text", 1);
        else if (any && r->pem.repair)
                report_repair(r, r->pem.repair, r->pem.repair_line);
        return any;
}

/* --- everything else -------------------------------------------------------------------------- */

/* DER certificates in a row; false when the bytes do not begin with one. */
static bool read_der(struct reading *r, const uint8_t *der, size_t n)
{
        CLEANUP(cert_unref_at_exit) struct cert *first = NULL;
        const char *reason;

        if (cert_parse(&first, der, der_element_length(der, n), &reason) < 0)
                return false;
        report_converted(r, "DER", "x509 -inform DER");
        while (n > 0 && *der == 0x30 && !r->full) { /* what is not 0x30 was not to be another one */
                size_t len = der_element_length(der, n);

                take_der(r, der, len, 0, NULL);
                der += len;
                n -= len;
        }
        return true;
}

/* A SEQUENCE of a SEQUENCE that nobody could read: it was to be a certificate. */
static void read_broken_der(struct reading *r, const uint8_t *der, size_t n)
{
        if (der_looks_like_cert(der, n))
                take_der(r, der, n, 0, NULL);
}

static void read_binary(struct reading *r, const uint8_t *bytes, size_t n)
{
        enum container_kind kind = container_kind(bytes, n);

        if (kind == CONTAINER_PKCS7)
                read_pkcs7(r, bytes, n, 0);
        else if (kind == CONTAINER_PKCS12)
                read_pkcs12(r, bytes, n);
        else if (!read_der(r, bytes, n) && !(r->other = sniff_der(bytes, n)) &&
                 !read_pem(r, (const char *)bytes, n))
                read_broken_der(r, bytes, n);
}

static void read_text(struct reading *r, const char *text, size_t n)
{
        if (!read_pem(r, text, n))
                r->other = sniff_text(text, n);
}

static void read_bytes(struct reading *r, const uint8_t *bytes, size_t n)
{
        size_t len = 0;
        char *text = pem_from_utf16(bytes, n, &len);

        if (text) {
                r->utf16 = true;
                read_text(r, text, len);
                OPENSSL_cleanse(text, len);
                free(text);
        } else if (n > 0 && bytes[0] == 0x30) {
                read_binary(r, bytes, n);
        } else {
                read_text(r, (const char *)bytes, n);
        }
}

/* --- the end of a reading --------------------------------------------------------------------- */

/* What is left of the keys, as the certificates of @chain would have them. */
static void digest_keys(struct reading *r, struct chain *chain)
{
        uint8_t sha256[32];

        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].key) {
                        key_digest(r->keys[i].key, chain->certs, chain->n, sha256);
                        chain_add_key(chain, r->name, r->keys[i].line, sha256);
                        EVP_PKEY_free(r->keys[i].key);
                }
}

static void conclude(struct reading *r)
{
        const struct finding_list *problems = &r->chain->problems;

        digest_keys(r, r->chain);
        if (r->has_key && r->chain->n > 0)
                report_key_present(r);
        if (r->has_key)
                r->other = sniff_label("PRIVATE KEY");
        if (r->chain->n == 0 && !finding_find(problems, FINDING_INPUT_UNPARSEABLE) &&
            !finding_find(problems, FINDING_INPUT_UNREADABLE) &&
            !finding_find(problems, FINDING_RESOURCE_LIMIT))
                report_nothing(r);
}

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

        read_bytes(&r, bytes, n);
        conclude(&r);
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

/* A key in DER, or anything that read_bytes() finds keys in. */
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
        if (outcome == KEY_READ || outcome == KEY_WRONG_PASSPHRASE)
                keep_key(r, key, outcome, 0);
        else
                read_bytes(r, bytes, n);
}

static bool any_key_read(const struct reading *r)
{
        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].key)
                        return true;
        return false;
}

/* Why there is nothing to compare. */
static void report_no_key(const struct reading *r, struct chain *chain)
{
        const struct finding *locked = finding_find(&r->chain->problems, FINDING_INPUT_UNREADABLE);
        struct finding *f = finding_add(&chain->problems, FINDING_INPUT_UNREADABLE);

        if (locked) { /* a PKCS#12 file */
                finding_done(f);
                finding_copy(f, locked);
                return;
        }
        finding_fact(f, "file", "%s", r->name);
        if (r->n_keys > 0) {
                if (r->keys[0].outcome == KEY_LOCKED)
                        f->severity = SEVERITY_INFO; /* as with a key beside the certificates */
                finding_set(&f->message, "The private key in %s was not compared with the "
                            "certificate: %s.", r->name, NOT_COMPARED[r->keys[0].outcome]);
                finding_set(&f->remedy, "Give its passphrase (--passphrase-file), or name another "
                            "key file.");
                return;
        }
        finding_set(&f->message, "%s holds %s, not a private key.", r->name,
                    r->chain->n > 0 ? "a certificate"
                    : r->other      ? r->other->what
                                    : "something else");
        finding_set(&f->remedy, "Name the file of the private key that the server uses.");
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
                report_no_key(&r, c);
        digest_keys(&r, c);
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
