/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "TIME@@SERVED@@ANCHORS@@LISTS", PEM or DER: revocation lists for a chain, and what is said of
 * both. The chain is in the input, because seeds are minted with new keys each time.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/chain_file.h"
#include "common/cert/validate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

static const struct chain_options OPTIONS = { .max_certs = 6 };

static void check_verdict(const struct verdict *v)
{
        for (size_t i = 0; i < v->findings.n; i++) {
                const struct finding *f = &v->findings.items[i];

                fuzz_check(f->message && f->remedy && fuzz_is_printable(f->message) &&
                           fuzz_is_printable(f->remedy));
                fuzz_check(!f->evidence || fuzz_is_printable(f->evidence));
        }
}

static void judge(const struct fuzz_part *part, const struct crls *crls, int64_t now_s)
{
        CLEANUP(chain_free_at_exit) struct chain *served =
                chain_parse("chain", part[1].bytes, part[1].n, &OPTIONS);
        CLEANUP(chain_free_at_exit) struct chain *top =
                chain_parse("anchors", part[2].bytes, part[2].n, &OPTIONS);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_new(top->certs, top->n);
        struct verdict v;

        validate(&(struct validate_input){
                .served = served, .anchors = anchors, .crls = crls, .now_s = now_s,
        }, &v);
        check_verdict(&v);
        verdict_done(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        CLEANUP(crls_unref_at_exit) struct crls *crls = NULL;
        AUTO_FREE char *error = NULL;
        struct fuzz_part part[4];

        fuzz_split(data, size, part, ARRAY_LEN(part));
        AUTO_FREE char *at = fuzz_text(&part[0]);
        int r = crls_parse(&crls, "lists", part[3].bytes, part[3].n, &error);

        fuzz_check(!error || fuzz_is_printable(error));
        fuzz_check((r < 0) == (crls == NULL) && (r == 0 || error));
        if (r == 0)
                judge(part, crls, strtol(at, NULL, 10) % (INT64_C(10000) * 366 * FUZZ_DAY));
        return 0;
}

/* --- seeds ------------------------------------------------------------------------------------ */

static struct minted *root, *inter, *leaf;

static void make_chain(void)
{
        struct mint_spec ca = {
                .cn = "Root", .ca = true,
                .not_before_s = FUZZ_NOW - 900 * FUZZ_DAY, .not_after_s = FUZZ_NOW + 900 * FUZZ_DAY,
        };
        struct mint_spec web = {
                .cn = "a.example", .names = (const char *const[]){ "a.example", NULL },
                .not_before_s = FUZZ_NOW - 30 * FUZZ_DAY, .not_after_s = FUZZ_NOW + 60 * FUZZ_DAY,
        };

        root = mint(&ca, NULL);
        ca.cn = "Issuing";
        inter = mint(&ca, root);
        leaf = mint(&web, inter);
}

/* The value of extension @nid as openssl.cnf writes it. */
static void add_extension(X509_CRL *crl, const struct minted *by, int nid, const char *value)
{
        X509V3_CTX ctx;

        X509V3_set_ctx(&ctx, by->cert, NULL, NULL, crl, 0);
        X509V3_set_ctx_nodb(&ctx);
        X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);

        fuzz_check(ext && X509_CRL_add_ext(crl, ext, -1));
        X509_EXTENSION_free(ext);
}

static void add_number(X509_CRL *crl, int nid, long number, int critical)
{
        ASN1_INTEGER *n = ASN1_INTEGER_new();

        ASN1_INTEGER_set(n, number);
        X509_CRL_add1_ext_i2d(crl, nid, n, critical, 0);
        ASN1_INTEGER_free(n);
}

/* A list of @by that names @revoked, or nobody. */
static X509_CRL *make_list(const struct minted *by, const struct minted *revoked)
{
        X509_CRL *crl = X509_CRL_new();
        ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)(FUZZ_NOW - FUZZ_DAY));

        X509_CRL_set_version(crl, X509_CRL_VERSION_2);
        X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->cert));
        X509_CRL_set1_lastUpdate(crl, at);
        if (revoked) {
                X509_REVOKED *entry = X509_REVOKED_new();
                ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

                X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->cert));
                X509_REVOKED_set_revocationDate(entry, at);
                ASN1_ENUMERATED_set(reason, 1);
                X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
                X509_CRL_add0_revoked(crl, entry);
                ASN1_ENUMERATED_free(reason);
        }
        ASN1_TIME_set(at, (time_t)(FUZZ_NOW + FUZZ_DAY));
        X509_CRL_set1_nextUpdate(crl, at);
        ASN1_TIME_free(at);
        add_extension(crl, by, NID_authority_key_identifier, "keyid");
        return crl;
}

/* Signs and frees it, and appends it as PEM, or as DER. */
static void put(struct buf *out, X509_CRL *crl, const struct minted *by, bool as_pem)
{
        BIO *bio = BIO_new(BIO_s_mem());
        char *bytes;

        fuzz_check(X509_CRL_sign(crl, by->key, EVP_sha256()) > 0);
        fuzz_check(as_pem ? PEM_write_bio_X509_CRL(bio, crl) : i2d_X509_CRL_bio(bio, crl));
        long n = BIO_get_mem_data(bio, &bytes);

        buf_append(out, bytes, (size_t)n);
        BIO_free(bio);
        X509_CRL_free(crl);
}

static void put_der(struct buf *out, const struct minted *m)
{
        size_t n;
        AUTO_FREE uint8_t *der = fuzz_der(m, &n);

        buf_append(out, der, n);
}

static void begin(struct buf *out)
{
        buf_clear(out);
        buf_printf(out, "%lld" FUZZ_MARK, (long long)FUZZ_NOW);
        put_der(out, leaf);
        put_der(out, inter);
        buf_puts(out, FUZZ_MARK);
        put_der(out, root);
        buf_puts(out, FUZZ_MARK);
}

/* A whole list, and a delta that adds to it. */
static void seed_delta(struct buf *out)
{
        X509_CRL *whole = make_list(inter, NULL), *delta = make_list(inter, leaf);

        begin(out);
        add_number(whole, NID_crl_number, 1, 0);
        add_extension(whole, inter, NID_freshest_crl, "URI:http://a.example/");
        put(out, whole, inter, true);
        add_number(delta, NID_crl_number, 2, 0);
        add_number(delta, NID_delta_crl, 1, 1);
        put(out, delta, inter, true);
        fuzz_seed(buf_str(out), out->len);
}

static void seed_point(struct buf *out, const char *point)
{
        X509_CRL *crl = make_list(inter, leaf);

        begin(out);
        add_number(crl, NID_crl_number, 1, 0);
        add_extension(crl, inter, NID_issuing_distribution_point, point);
        put(out, crl, inter, false);
        fuzz_seed(buf_str(out), out->len);
}

void fuzz_seeds(void)
{
        struct buf out = BUF_INIT(1 << 20);

        make_chain();
        begin(&out);
        put(&out, make_list(root, inter), root, true);
        put(&out, make_list(inter, leaf), inter, true);
        fuzz_seed(buf_str(&out), out.len);
        begin(&out);
        put(&out, make_list(inter, NULL), root, true); /* a false signature */
        fuzz_seed(buf_str(&out), out.len);
        seed_delta(&out);
        seed_point(&out, "critical,onlyuser:TRUE");
        seed_point(&out, "critical,onlysomereasons:keyCompromise");
        seed_point(&out, "critical,indirectCRL:TRUE");
        buf_done(&out);
        minted_free(root);
        minted_free(inter);
        minted_free(leaf);
}
