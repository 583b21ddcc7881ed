/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a certificate and the questions about it; its facts are read by cert_read.c and
 * cert_extensions.c when it is made.
 */
#include "common/cert/cert.h"

#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/cert_read.h"
#include "common/cert/names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/asn1err.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- life ------------------------------------------------------------------------------------- */

int cert_from_x509(struct cert **ret, X509 *x509, const char **ret_reason)
{
        if (i2d_X509(x509, NULL) > CERT_MAX_DER_BYTES) {
                *ret_reason = "larger than 256 KiB";
                return -E2BIG;
        }
        struct cert *c = mem_new0(1, sizeof(*c));

        c->refs = 1;
        X509_up_ref(x509);
        c->x509 = x509;
        c->version = (int)X509_get_version(x509) + 1;
        X509_get_extension_flags(x509); /* fills OpenSSL's own cache before threads share it */
        c->self_issued =
                X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
        cert_read_extensions(c);
        cert_read_fields(c);
        c->self_signed = c->self_issued && cert_verify_signature(c, c);
        if (!c->self_signed)
                c->breaches &= ~(unsigned)BREACH_AKI_NOT_ITS_OWN; /* a CA with a new key */
        ERR_clear_error(); /* what could not be decoded was found out by the facts */
        *ret = c;
        return 0;
}

/* What the parser has just given up on, in words for people; the deepest error comes first. */
static const char *parse_reason(void)
{
        static const struct {
                int reason;
                const char *words;
        } ROWS[] = {
                { ASN1_R_ILLEGAL_PADDING, "a number in it begins with needless zeros" },
                { ASN1_R_ILLEGAL_ZERO_CONTENT, "a number in it is empty" },
                { ASN1_R_INVALID_UTF8STRING, "a text in it is not UTF-8" },
                { ASN1_R_BMPSTRING_IS_WRONG_LENGTH, "a text in it is cut inside a character" },
        };
        int reason = ERR_GET_REASON(ERR_peek_error());

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                if (ROWS[i].reason == reason)
                        return ROWS[i].words;
        return "not a DER certificate";
}

int cert_parse(struct cert **ret, const uint8_t *der, size_t len, const char **ret_reason)
{
        const unsigned char *p = der;

        if (len > CERT_MAX_DER_BYTES) {
                *ret_reason = "larger than 256 KiB";
                return -E2BIG;
        }
        ERR_clear_error();
        X509 *x509 = d2i_X509(NULL, &p, (long)len);

        if (!x509 || p != der + len) {
                *ret_reason = x509 ? "bytes after the certificate" : parse_reason();
                ERR_clear_error();
                X509_free(x509);
                return -EINVAL;
        }
        int r = cert_from_x509(ret, x509, ret_reason);

        X509_free(x509);
        return r;
}

struct cert *cert_ref(struct cert *c)
{
        __atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
        return c;
}

void cert_unref(struct cert *c)
{
        if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
                return;
        for (size_t i = 0; i < c->n_names; i++)
                free(c->names[i].bytes);
        free(c->names);
        free(c->subject);
        free(c->issuer);
        free(c->label);
        free(c->issuer_label);
        free(c->serial);
        free(c->cn);
        free(c->malformed_extension.extension);
        free(c->duplicate_extension.extension);
        free(c->unhandled_critical);
        free(c->purposes);
        NAME_CONSTRAINTS_free(c->constraints);
        for (size_t i = 0; i < c->n_ca_issuers; i++)
                free(c->ca_issuers[i]);
        free(c->ca_issuers);
        OPENSSL_free(c->der);
        X509_free(c->x509);
        free(c);
}

/* --- questions -------------------------------------------------------------------------------- */

bool cert_same(const struct cert *a, const struct cert *b)
{
        return a == b || memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

bool cert_names_issuer(const struct cert *child, const struct cert *issuer)
{
        if (X509_NAME_cmp(X509_get_issuer_name(child->x509),
                          X509_get_subject_name(issuer->x509)) != 0)
                return false;
        const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(child->x509);
        const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(issuer->x509);

        return !wanted || !has || ASN1_OCTET_STRING_cmp(wanted, has) == 0;
}

bool cert_names_issuer_cert(const struct cert *child, const struct cert *issuer)
{
        bool fits = X509_check_issued(issuer->x509, child->x509) !=
                    X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH;

        ERR_clear_error();
        return fits;
}

bool cert_verify_signature(const struct cert *child, const struct cert *issuer)
{
        EVP_PKEY *key = X509_get0_pubkey(issuer->x509);
        bool ok = key && !issuer->key_unreadable && X509_verify(child->x509, key) == 1;

        ERR_clear_error();
        return ok;
}

size_t cert_constraints_cost(const struct cert *ca, const struct cert *c)
{
        return ca->n_constraints * c->n_all_names;
}

static bool has_dns_name(const struct cert *c)
{
        for (size_t i = 0; i < c->n_names; i++)
                if (c->names[i].kind == CERT_NAME_DNS)
                        return true;
        return false;
}

/* Does the wildcard @name stand for some name of the subtree @base: for the one right below it? */
static bool wildcard_reaches(const struct cert_name *name, const ASN1_STRING *base)
{
        const char *s = (const char *)ASN1_STRING_get0_data(base);
        size_t n = (size_t)ASN1_STRING_length(base);

        if (name->kind != CERT_NAME_DNS || name->len < 3 || memcmp(name->bytes, "*.", 2) != 0)
                return false;
        const char *rest = memchr(s, '.', n);
        size_t left = rest ? n - (size_t)(rest - s) : 0;

        return rest > s && left == name->len - 1 && strncasecmp(rest, name->bytes + 1, left) == 0;
}

/* OpenSSL holds the letters of a wildcard against a subtree, and not the names it stands for. */
static bool is_wildcard_excluded(const struct cert *ca, const struct cert *c)
{
        const STACK_OF(GENERAL_SUBTREE) *excluded = ca->constraints->excludedSubtrees;

        for (int i = 0; i < sk_GENERAL_SUBTREE_num(excluded); i++) {
                const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(excluded, i)->base;

                for (size_t k = 0; base->type == GEN_DNS && k < c->n_names; k++)
                        if (wildcard_reaches(&c->names[k], base->d.dNSName))
                                return true;
        }
        return false;
}

bool cert_may_issue_for(const struct cert *ca, const struct cert *c)
{
        if (!ca->has_constraints)
                return true;
        int r = ca->constraints ? NAME_CONSTRAINTS_check(c->x509, ca->constraints)
                                : X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX;

        if (r == X509_V_OK && !c->is_ca && !has_dns_name(c))
                r = NAME_CONSTRAINTS_check_CN(c->x509, ca->constraints);
        if (r == X509_V_ERR_OUT_OF_MEM)
                mem_exhausted();
        ERR_clear_error();
        return r == X509_V_OK && !is_wildcard_excluded(ca, c);
}

bool cert_policies_allow(struct cert *const *path, size_t n)
{
        STACK_OF(X509) *certs = sk_X509_new_null();
        STACK_OF(ASN1_OBJECT) *wanted = sk_ASN1_OBJECT_new_null();
        X509_POLICY_TREE *tree = NULL;
        int explicit_policy = 0;

        if (!wanted || !sk_ASN1_OBJECT_push(wanted, OBJ_nid2obj(NID_any_policy)))
                mem_exhausted();
        for (size_t i = 0; i < n; i++)
                if (!certs || !sk_X509_push(certs, path[i]->x509))
                        mem_exhausted();
        int r = X509_policy_check(&tree, &explicit_policy, certs, wanted, 0);

        X509_policy_tree_free(tree);
        sk_X509_free(certs);
        sk_ASN1_OBJECT_free(wanted); /* what it holds is static */
        ERR_clear_error();
        return r > 0; /* 0 too: a tree that has grown over OpenSSL's limit */
}

bool cert_covers_host(const struct cert *c, const char *host)
{
        struct addr ip;
        size_t ip_len = 0;
        const uint8_t *ip_bytes = addr_parse_ip(host, 0, &ip) ? addr_ip_bytes(&ip, &ip_len) : NULL;

        for (size_t i = 0; i < c->n_names; i++) {
                const struct cert_name *n = &c->names[i];

                if (ip_bytes ? n->kind == CERT_NAME_IP && n->len == ip_len &&
                                       memcmp(n->bytes, ip_bytes, ip_len) == 0
                             : n->kind == CERT_NAME_DNS && name_covers(n->bytes, n->len, host))
                        return true;
        }
        return false;
}

char *cert_pem(const struct cert *c)
{
        struct buf out = BUF_INIT(2 * CERT_MAX_DER_BYTES);
        unsigned char line[80];

        buf_puts(&out, "-----BEGIN CERTIFICATE-----\n");
        for (size_t at = 0; at < c->der_len; at += 48) { /* 64 characters a line (RFC 7468) */
                size_t n = c->der_len - at < 48 ? c->der_len - at : 48;

                EVP_EncodeBlock(line, c->der + at, (int)n);
                buf_printf(&out, "%s\n", (const char *)line);
        }
        buf_puts(&out, "-----END CERTIFICATE-----\n");
        return buf_steal(&out);
}

static void put_name(struct buf *out, const struct cert_name *n)
{
        char ip[INET6_ADDRSTRLEN];

        if (n->kind == CERT_NAME_DNS)
                text_escape(out, n->bytes, n->len);
        else if (inet_ntop(n->len == 4 ? AF_INET : AF_INET6, n->bytes, ip, sizeof(ip)))
                buf_puts(out, ip);
}

char *cert_names_str(const struct cert *c, size_t max)
{
        struct buf out = BUF_INIT(CERT_TEXT_MAX);

        for (size_t i = 0; i < c->n_names && i < max; i++) {
                buf_puts(&out, i ? ", " : "");
                put_name(&out, &c->names[i]);
        }
        if (c->n_names > max && max > 1)
                buf_printf(&out, " and %zu more", c->n_names - max);
        return buf_steal(&out);
}
