/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes choose among certificates that really signed each other, which no mutation of a certificate
 * would find: a maze of cross-signed CAs, loops included. The search for a path ends, its path is
 * one, and a verdict from the cache is the same as a fresh one.
 *
 * An input: when (certificate, side and distance), the anchors, two pools and the host as bits, and
 * then one byte for each certificate that is served.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/mem.h"
#include "common/cert/report.h"
#include "common/cert/validate.h"
#include "common/cert/verdict_cache.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 10
#define MAX_SERVED 10

enum { A, B, C, A_BY_B, B_BY_C, C_BY_A, SUB_A, SUB_B, LOW, LOW_SHORT, LEAF, LEAF_OLD, WRONG, N };

static struct cert *certs[N];

static struct mint_spec spec_of(const char *cn, bool ca, int64_t from_day, int64_t until_day)
{
        static const char *const NAMES[] = { "a.example", "*.b.example", NULL };

        return (struct mint_spec){
                .cn = cn, .ca = ca, .names = ca ? NULL : NAMES,
                .not_before_s = FUZZ_NOW + from_day * FUZZ_DAY,
                .not_after_s = FUZZ_NOW + until_day * FUZZ_DAY,
        };
}

static void mint_all(void)
{
        struct mint_spec root = spec_of("A", true, -900, 900), cross = spec_of("A", true, -90, 90);
        struct mint_spec sub = spec_of("Sub", true, -300, 300);
        struct mint_spec leaf = spec_of("a.example", false, -30, 60);
        struct minted *m[N];
        const char *reason;

        m[A] = mint(&root, NULL);
        root.cn = "B";
        m[B] = mint(&root, NULL);
        root.cn = "C";
        root.not_after_s = FUZZ_NOW + 10 * FUZZ_DAY;
        m[C] = mint(&root, NULL);
        m[A_BY_B] = mint_cross(&cross, m[A], m[B]);
        cross.cn = "B";
        m[B_BY_C] = mint_cross(&cross, m[B], m[C]);
        cross.cn = "C";
        m[C_BY_A] = mint_cross(&cross, m[C], m[A]);
        m[SUB_A] = mint(&sub, m[A]);
        sub.not_after_s = FUZZ_NOW + 40 * FUZZ_DAY;
        m[SUB_B] = mint_cross(&sub, m[SUB_A], m[B]);
        sub.cn = "Low";
        sub.limit_path = true;
        m[LOW] = mint(&sub, m[SUB_A]);
        sub.not_after_s = FUZZ_NOW + 5 * FUZZ_DAY;
        m[LOW_SHORT] = mint_cross(&sub, m[LOW], m[SUB_A]);
        m[LEAF] = mint(&leaf, m[LOW]);
        leaf.not_after_s = FUZZ_NOW - 5 * FUZZ_DAY;
        m[LEAF_OLD] = mint(&leaf, m[SUB_A]);
        m[WRONG] = mint(&leaf, m[LEAF]);
        for (size_t i = 0; i < N; i++) {
                if (cert_from_x509(&certs[i], m[i]->cert, &reason) < 0)
                        abort();
                minted_free(m[i]);
        }
}

static struct trust *trust_of_bits(const uint8_t *two)
{
        struct cert *members[N];
        size_t n = 0;

        for (size_t i = 0; i < N; i++)
                if ((unsigned)(two[0] | two[1] << 8) & 1U << i)
                        members[n++] = certs[i];
        return trust_new(members, n);
}

static int64_t time_of(const uint8_t *three)
{
        const struct cert *c = certs[three[0] % N];

        return (three[1] % 2 ? c->not_before_s : c->not_after_s) + (three[2] % 8) - 4;
}

/* Each step is signed by the next, and nothing is there twice. */
static void check_path(const struct verdict *v)
{
        fuzz_check(v->n_path >= 1 && v->n_path <= PATH_MAX_LENGTH && v->path[0] == v->leaf);
        for (size_t i = 0; i + 1 < v->n_path; i++)
                fuzz_check(cert_names_issuer(v->path[i], v->path[i + 1]) &&
                           cert_verify_signature(v->path[i], v->path[i + 1]));
        for (size_t i = 0; i < v->n_path; i++)
                for (size_t k = 0; k < i; k++)
                        fuzz_check(!cert_same(v->path[i], v->path[k]));
}

static char *document_of(const struct validate_input *in)
{
        struct verdict v;

        validate(in, &v);
        check_path(&v);
        json_t *report = report_verdict(&v, in->served);
        char *text = json_dumps(report, 0);

        json_decref(report);
        verdict_done(&v);
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct verdict_cache *cache;

        if (!cache) {
                mint_all();
                cache = verdict_cache_new(500);
        }
        if (size <= HEAD_BYTES)
                return 0;
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of_bits(data + 3);
        CLEANUP(trust_unref_at_exit) struct trust *configured = trust_of_bits(data + 5);
        CLEANUP(trust_unref_at_exit) struct trust *learned = trust_of_bits(data + 7);
        CLEANUP(chain_free_at_exit) struct chain *served = chain_new();
        struct validate_input in = {
                .served = served, .anchors = anchors, .now_s = time_of(data),
                .pools = { .configured = configured, .learned = learned },
                .host = data[9] % 3 == 0 ? NULL : data[9] % 3 == 1 ? "a.example" : "c.example",
        };

        for (size_t i = HEAD_BYTES; i < size && served->n < MAX_SERVED; i++)
                chain_add(served, certs[data[i] % N]);
        AUTO_FREE char *fresh = document_of(&in);

        in.cache = cache;
        for (int i = 0; i < 2; i++) {
                AUTO_FREE char *cached = document_of(&in);

                fuzz_check(strcmp(fresh, cached) == 0);
        }
        return 0;
}

void fuzz_seeds(void)
{
        static const uint8_t GOOD[] = { LEAF, 1, 6, 1, 0, 0, 0, 0, 0, 1, LEAF, LOW, SUB_A };
        static const uint8_t MAZE[] = { C, 0, 5, 0, 0, 255, 255, 255, 255, 1, LEAF, LOW_SHORT };
        static const uint8_t LOOP[] = { SUB_B, 0, 3, 4, 0, 0, 0, 0, 0, 1, LEAF, LOW, SUB_B, SUB_A,
                                        A_BY_B, B_BY_C, C_BY_A, WRONG };

        fuzz_seed(GOOD, sizeof(GOOD));
        fuzz_seed(MAZE, sizeof(MAZE));
        fuzz_seed(LOOP, sizeof(LOOP));
}
