/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "TIME@@LEAF ISSUER@@RESPONSE", all in DER: a staple, and the certificates that it is held
 * against. Whatever it says, it is one of the documented answers; and nobody's staple is believed
 * without an issuer.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/chain_file.h"
#include "common/cert/staple.h"

#include <openssl/ocsp.h>
#include <stdlib.h>

static const struct chain_options OPTIONS = { .max_certs = 2 };

static void judge(const struct fuzz_part *response, const struct chain *chain, int64_t now_s)
{
        struct staple s;

        staple_judge(response->bytes, response->n, chain->certs[0],
                     chain->n > 1 ? chain->certs[1] : NULL, now_s, &s);
        fuzz_check(s.status > STAPLE_NONE && s.status < STAPLE_STATUS_COUNT);
        fuzz_check(staple_status_str(s.status));
        fuzz_check((s.status == STAPLE_INVALID) == (s.fault != NULL));
        fuzz_check(s.status == STAPLE_INVALID || chain->n > 1);
        if (s.status == STAPLE_GOOD)
                fuzz_check(!s.next_update_s || s.next_update_s >= now_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct fuzz_part part[3];

        fuzz_split(data, size, part, ARRAY_LEN(part));
        AUTO_FREE char *at = fuzz_text(&part[0]);
        CLEANUP(chain_free_at_exit) struct chain *chain =
                chain_parse("chain", part[1].bytes, part[1].n, &OPTIONS);

        if (chain->n > 0)
                judge(&part[2], chain,
                      strtol(at, NULL, 10) % (INT64_C(10000) * 366 * FUZZ_DAY));
        return 0;
}

/* --- seeds ------------------------------------------------------------------------------------ */

static struct minted *ca, *leaf, *responder;

static void make_chain(void)
{
        struct mint_spec spec = {
                .cn = "Issuing", .ca = true,
                .not_before_s = FUZZ_NOW - 90 * FUZZ_DAY, .not_after_s = FUZZ_NOW + 90 * FUZZ_DAY,
        };

        ca = mint(&spec, NULL);
        spec.ca = false;
        spec.cn = "a.example";
        leaf = mint(&spec, ca);
        spec.eku = "OCSPSigning";
        responder = mint(&spec, ca);
}

static void put_der(struct buf *out, const struct minted *m)
{
        size_t n;
        AUTO_FREE uint8_t *der = fuzz_der(m, &n);

        buf_append(out, der, n);
}

static void seed(const struct minted *by, int status, const EVP_MD *hash, int refusal)
{
        OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
        ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(FUZZ_NOW - FUZZ_DAY));
        ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(FUZZ_NOW + FUZZ_DAY));
        OCSP_CERTID *id = OCSP_cert_to_id(hash, leaf->cert, ca->cert);
        struct buf out = BUF_INIT(1 << 16);
        unsigned char *der = NULL;

        fuzz_check(OCSP_basic_add1_status(basic, id, status, 1, from, from, until));
        fuzz_check(OCSP_basic_sign(basic, by->cert, by->key, EVP_sha256(), NULL, 0));
        OCSP_RESPONSE *response = OCSP_response_create(refusal, refusal ? NULL : basic);
        int n = i2d_OCSP_RESPONSE(response, &der);

        fuzz_check(n > 0);
        buf_printf(&out, "%lld" FUZZ_MARK, (long long)FUZZ_NOW);
        put_der(&out, leaf);
        put_der(&out, ca);
        buf_puts(&out, FUZZ_MARK);
        buf_append(&out, der, (size_t)n);
        fuzz_seed(buf_str(&out), out.len);
        buf_done(&out);
        OPENSSL_free(der);
        OCSP_RESPONSE_free(response);
        OCSP_BASICRESP_free(basic);
        OCSP_CERTID_free(id);
        ASN1_TIME_free(from);
        ASN1_TIME_free(until);
}

void fuzz_seeds(void)
{
        make_chain();
        seed(ca, V_OCSP_CERTSTATUS_GOOD, EVP_sha1(), 0);
        seed(ca, V_OCSP_CERTSTATUS_REVOKED, EVP_sha256(), 0);
        seed(responder, V_OCSP_CERTSTATUS_UNKNOWN, EVP_sha1(), 0);
        seed(leaf, V_OCSP_CERTSTATUS_GOOD, EVP_sha1(), 0);
        seed(ca, V_OCSP_CERTSTATUS_GOOD, EVP_sha1(), OCSP_RESPONSE_STATUS_TRYLATER);
        minted_free(ca);
        minted_free(leaf);
        minted_free(responder);
}
