/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each list is decoded once, at loading, and its entries are sorted then: afterwards looking up a
 * serial number writes nothing, and any number of threads may do it.
 */
#include "common/cert/crls.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/asn1_time.h"
#include "common/cert/pem.h"
#include "common/cert/secret.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <string.h>

struct crls {
        struct crl *items;
        size_t n;
        size_t n_entries;
        uint8_t digest[CRLS_DIGEST_BYTES];
        int refs; /* atomic */
};

/* --- one list --------------------------------------------------------------------------------- */

static char *issuer_text(const X509_NAME *name)
{
        struct buf out = BUF_INIT(1024);
        char line[1024] = "";
        int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
        unsigned char *utf8 = NULL;
        int n = at < 0 ? -1 : ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(
                                                                 X509_NAME_get_entry(name, at)));

        if (n > 0)
                text_escape(&out, (const char *)utf8, (size_t)n);
        else if (X509_NAME_oneline(name, line, sizeof(line)))
                text_escape(&out, line, strlen(line));
        OPENSSL_free(utf8);
        return buf_steal(&out);
}

/* OpenSSL sorts the entries when they are first asked for; it shall not do so under our threads. */
static void sort_entries(X509_CRL *crl)
{
        ASN1_INTEGER *any = ASN1_INTEGER_new();
        X509_REVOKED *found;

        if (!any)
                mem_exhausted();
        X509_CRL_get0_by_serial(crl, &found, any);
        ASN1_INTEGER_free(any);
}

static void add(struct crls *c, X509_CRL *x509_crl)
{
        struct crl crl = {
                .x509_crl = x509_crl,
                .issuer = issuer_text(X509_CRL_get_issuer(x509_crl)),
                .lacks_number = X509_CRL_get_version(x509_crl) >= X509_CRL_VERSION_2 &&
                                X509_CRL_get_ext_by_NID(x509_crl, NID_crl_number, -1) < 0,
                .is_delta = X509_CRL_get_ext_by_NID(x509_crl, NID_delta_crl, -1) >= 0,
        };

        asn1_time_seconds(X509_CRL_get0_lastUpdate(x509_crl), &crl.this_update_s);
        asn1_time_seconds(X509_CRL_get0_nextUpdate(x509_crl), &crl.next_update_s);
        sort_entries(x509_crl);
        c->items = mem_resize(c->items, c->n + 1, sizeof(*c->items));
        c->items[c->n++] = crl;
}

static size_t entries_of(X509_CRL *crl)
{
        int n = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));

        return n > 0 ? (size_t)n : 0;
}

/* NULL, or in static words why @der is not a member now. */
static const char *add_der(struct crls *c, const uint8_t *der, size_t n)
{
        const unsigned char *at = der;
        X509_CRL *crl = n <= CRLS_MAX_FILE_BYTES ? d2i_X509_CRL(NULL, &at, (long)n) : NULL;
        const char *reason = NULL;

        ERR_clear_error();
        if (!crl)
                return "it is not a DER certificate revocation list";
        if (at != der + n)
                reason = "there are bytes after its end";
        else if (c->n == CRLS_MAX)
                reason = "there are too many lists in the file";
        else if (entries_of(crl) > CRLS_MAX_ENTRIES - c->n_entries)
                reason = "there are too many entries in the file";
        if (reason) {
                X509_CRL_free(crl);
                return reason;
        }
        c->n_entries += entries_of(crl);
        add(c, crl);
        return NULL;
}

/* --- a file ----------------------------------------------------------------------------------- */

/* What was left out: the first in words, and how many. */
struct left_out {
        char *first;
        size_t n;
};

static void leave_out(struct left_out *left, char *what)
{
        if (left->n++ == 0)
                left->first = what;
        else
                free(what);
}

/* One block of PEM; those that are no lists may stand beside them. */
static void read_block(struct crls *c, const char *name, const struct pem_block *b,
                       struct left_out *left)
{
        const char *reason = NULL;
        size_t n;

        if (strcmp(b->label, "X509 CRL") != 0)
                return;
        AUTO_FREE uint8_t *der = pem_decode(b, &n, &reason);

        if (der)
                reason = add_der(c, der, n);
        if (reason)
                leave_out(left, mem_printf("The revocation list at line %d of %s is left out: %s.",
                                           b->line, name, b->ended ? reason
                                                                   : "it has no END line"));
}

static void read_pem(struct crls *c, const char *name, const char *text, size_t n,
                     struct left_out *left)
{
        struct pem_reader r;
        struct pem_block block;

        pem_start(&r, text, n);
        while (pem_next(&r, &block))
                read_block(c, name, &block, left);
}

/* The warning about what was left out, malloc'ed; NULL for nothing. */
static char *left_out_text(struct left_out *left)
{
        char *first = TAKE(left->first), *text = first;

        if (left->n > 1) {
                text = mem_printf("%s %zu more could not be read.", first, left->n - 1);
                free(first);
        }
        return text;
}

int crls_parse(struct crls **ret, const char *name, const uint8_t *bytes, size_t n,
               char **ret_error)
{
        AUTO_FREE char *shown = text_escaped(name, strlen(name));
        CLEANUP(crls_unref_at_exit) struct crls *c = mem_new0(1, sizeof(*c));
        struct left_out left = { 0 };

        c->refs = 1;
        if (n > 0 && bytes[0] == 0x30) {
                const char *reason = add_der(c, bytes, n);

                if (reason)
                        leave_out(&left, mem_printf("%s cannot be used: %s.", shown, reason));
        } else {
                read_pem(c, shown, (const char *)bytes, n, &left);
        }
        char *warning = left_out_text(&left);

        if (c->n == 0) {
                *ret_error = warning ? warning
                                     : mem_printf("%s holds no certificate revocation list", shown);
                return -ENODATA;
        }
        if (warning)
                *ret_error = warning;
        SHA256(bytes, n, c->digest);
        *ret = TAKE(c);
        return 0;
}

int crls_load(struct crls **ret, const char *path, char **ret_error)
{
        struct secret file;
        int r = secret_read(&file, path, CRLS_MAX_FILE_BYTES);

        if (r < 0) {
                *ret_error = mem_printf("cannot read %s: %s", path, secret_error(r));
                return r;
        }
        r = crls_parse(ret, path, file.bytes, file.n, ret_error);
        secret_done(&file);
        return r;
}

/* --- the set ---------------------------------------------------------------------------------- */

struct crls *crls_ref(struct crls *c)
{
        if (c)
                __atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
        return c;
}

void crls_unref(struct crls *c)
{
        if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
                return;
        for (size_t i = 0; i < c->n; i++) {
                X509_CRL_free(c->items[i].x509_crl);
                free(c->items[i].issuer);
        }
        free(c->items);
        free(c);
}

size_t crls_count(const struct crls *c)
{
        return c ? c->n : 0;
}

const struct crl *crls_get(const struct crls *c, size_t i)
{
        return &c->items[i];
}

const uint8_t *crls_digest(const struct crls *c)
{
        return c->digest;
}
