/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is revoked, and what nobody can tell: a row per set of lists, a row per staple. Lists are
 * judged through the validator, for what counts is what is told in the end.
 */
#include "tests/unit/cert/forge_revocation.h"

#include "common/base/mem.h"
#include "common/cert/report.h"
#include "common/cert/validate.h"

#define HOST "web.example"

/* --- the certificates ------------------------------------------------------------------------- */

static struct {
        struct minted *root, *inter, *leaf, *other_leaf, *stranger, *pointed_leaf, *must_leaf;
        struct minted *crl_key;                /* a key of inter's own, for lists only */
        struct minted *no_crls, *no_crls_leaf; /* a CA that may not sign lists */
        struct minted *authority;              /* signs lists for others */
        struct minted *responder, *no_responder, *foreign_responder, *old_responder;
} pki;

static void forbid_crls(struct x509_st *cert)
{
        set_extension(cert, NID_key_usage, "\x03\x02\x02\x04", 4); /* keyCertSign */
}

static void allow_crls_only(struct x509_st *cert)
{
        set_extension(cert, NID_key_usage, "\x03\x02\x01\x02", 4); /* cRLSign */
}

static void demand_staple(struct x509_st *cert)
{
        configure_extension(cert, NID_tlsfeature, "status_request");
}

/* Its lists come from the authority, not from its issuer. */
static void point_to_authority(struct x509_st *cert)
{
        STACK_OF(DIST_POINT) *points = sk_DIST_POINT_new_null();
        DIST_POINT *point = DIST_POINT_new();
        GENERAL_NAME *name = GENERAL_NAME_new();

        name->type = GEN_DIRNAME;
        name->d.directoryName = X509_NAME_dup(X509_get_subject_name(pki.authority->cert));
        point->CRLissuer = sk_GENERAL_NAME_new_null();
        sk_GENERAL_NAME_push(point->CRLissuer, name);
        sk_DIST_POINT_push(points, point);
        assert_int_equal(X509_add1_ext_i2d(cert, NID_crl_distribution_points, points, 0, 0), 1);
        sk_DIST_POINT_pop_free(points, DIST_POINT_free);
}

static struct minted *make_ca_of(const char *cn, const struct minted *issuer, alter_fn *alter)
{
        return forge(&(struct mint_spec){
                .cn = cn, .ca = true,
                .not_before_s = NOW - 1000 * DAY, .not_after_s = NOW + 2600 * DAY,
        }, issuer, alter);
}

static struct minted *make_leaf_of(const struct minted *issuer, alter_fn *alter)
{
        return forge(&(struct mint_spec){
                .cn = HOST, .names = NAMES(HOST),
                .not_before_s = NOW - 30 * DAY, .not_after_s = NOW + 60 * DAY,
        }, issuer, alter);
}

static struct minted *make_responder(const struct minted *issuer, const char *eku, int64_t until_s)
{
        return mint(&(struct mint_spec){
                .cn = "Responder", .eku = eku,
                .not_before_s = NOW - 100 * DAY, .not_after_s = until_s,
        }, issuer);
}

static int make_pki(void **state)
{
        (void)state;
        pki.root = make_ca("Root", NULL);
        pki.inter = make_ca("Inter", pki.root);
        pki.leaf = make_leaf(HOST, pki.inter);
        pki.other_leaf = make_leaf(HOST, pki.inter);
        pki.must_leaf = make_leaf_of(pki.inter, demand_staple);
        pki.stranger = make_ca("Inter", NULL);
        pki.crl_key = make_ca_of("Inter", pki.root, allow_crls_only);
        pki.no_crls = make_ca_of("No Lists", pki.root, forbid_crls);
        pki.no_crls_leaf = make_leaf(HOST, pki.no_crls);
        pki.authority = make_ca("Authority", pki.root);
        pki.pointed_leaf = make_leaf_of(pki.inter, point_to_authority);
        pki.responder = make_responder(pki.inter, "OCSPSigning", NOW + 100 * DAY);
        pki.no_responder = make_responder(pki.inter, "serverAuth", NOW + 100 * DAY);
        pki.foreign_responder = make_responder(pki.stranger, "OCSPSigning", NOW + 100 * DAY);
        pki.old_responder = make_responder(pki.inter, "OCSPSigning", NOW - DAY);
        return 0;
}

static int free_pki(void **state)
{
        struct minted **all = (struct minted **)&pki;

        (void)state;
        for (size_t i = 0; i < sizeof(pki) / sizeof(*all); i++)
                minted_free(all[i]);
        return 0;
}

/* --- what is found ---------------------------------------------------------------------------- */

static bool is_about_revocation(const struct finding *f)
{
        return f->code == FINDING_REVOKED || f->code == FINDING_REVOCATION_UNKNOWN ||
               f->code == FINDING_STAPLE_INVALID || f->code == FINDING_MUST_STAPLE_MISSING;
}

/* "error revoked #0, info revocation-unknown #1"; the sentences go into @words. */
static char *found_str(const struct verdict *v, struct buf *words)
{
        struct buf out = BUF_INIT(4096);

        for (size_t i = 0; i < v->findings.n; i++) {
                const struct finding *f = &v->findings.items[i];

                if (!is_about_revocation(f))
                        continue;
                buf_printf(&out, "%s%s %s #%d", out.len ? ", " : "", severity_str(f->severity),
                           FINDINGS[f->code].name, f->position);
                buf_printf(words, "%s %s\n", f->message, f->evidence ? f->evidence : "");
                assert_non_null(f->remedy);
                assert_true(f->severity < SEVERITY_ERROR || f->evidence);
                assert_int_equal(f->by_clock, strstr(f->message, "has expired") ||
                                              strstr(f->message, "not valid yet"));
        }
        return buf_steal(&out);
}

static void check(const struct validate_input *in, const char *expected, const char *words,
                  const char *name)
{
        struct buf said = BUF_INIT(16384);
        struct verdict v;

        validate(in, &v);
        AUTO_FREE char *found = found_str(&v, &said);

        if (strcmp(found, expected) != 0)
                fail_msg("%s: found [%s], expected [%s]; %s", name, found, expected,
                         buf_str(&said));
        if (words && !strstr(buf_str(&said), words))
                fail_msg("%s: [%s] is not said in: %s", name, words, buf_str(&said));
        buf_done(&said);
        verdict_done(&v);
}

/* --- lists ------------------------------------------------------------------------------------ */

#define UNKNOWN "error revocation-unknown #0"
#define REVOKED "error revoked #0"
#define LISTS 4

/* The root's list stands in every file, unless a row says otherwise. */
struct list_row {
        const char *name;
        struct crl_spec lists[LISTS];
        struct minted **leaf, **ca;  /* served; NULL = leaf, inter */
        struct minted **also;        /* served behind them, or NULL */
        bool without_root, without_trust;
        const char *expected, *words;
};

static void check_lists(const struct list_row *row)
{
        const struct minted *leaf = row->leaf ? *row->leaf : pki.leaf;
        const struct minted *ca = row->ca ? *row->ca : pki.inter;
        CLEANUP(chain_free_at_exit) struct chain *served =
                chain_of(MINTED(leaf, ca, row->also ? *row->also : NULL));
        CLEANUP(trust_unref_at_exit) struct trust *anchors =
                row->without_trust ? trust_new(NULL, 0) : trust_of(MINTED(pki.root));
        CLEANUP(crls_unref_at_exit) struct crls *crls = NULL;
        AUTO_FREE char *error = NULL;
        struct buf file = BUF_INIT(1 << 20);

        if (!row->without_root)
                put_crl(&file, &(struct crl_spec){ .by = pki.root });
        for (size_t i = 0; i < LISTS && row->lists[i].by; i++)
                put_crl(&file, &row->lists[i]);
        assert_int_equal(crls_parse(&crls, "lists.pem", (const uint8_t *)buf_str(&file), file.len,
                                    &error), 0);
        assert_null(error);
        buf_done(&file);
        check(&(struct validate_input){
                .served = served, .anchors = anchors, .host = HOST, .now_s = NOW, .crls = crls,
        }, row->expected, row->words, row->name);
}

static void lists_decide_what_is_revoked(void **state)
{
        const struct list_row ROWS[] = {
                { "a certificate that is not listed is good", { { .by = pki.inter } },
                  .expected = "" },
                { "a listed one is revoked", { { .by = pki.inter, .entries = { { pki.leaf } } } },
                  .expected = REVOKED, .words = "2027-01-13 08:00 UTC (reason: not said)" },
                { "the reason is told",
                  { { .by = pki.inter, .entries = { { pki.other_leaf },
                                                    { pki.leaf, "keyCompromise" } } } },
                  .expected = REVOKED, .words = "keyCompromise" },
                { "the list is told",
                  { { .by = pki.inter, .entries = { { pki.leaf } } } },
                  .expected = REVOKED, .words = "revocation list of Inter" },
                { "another one may be listed",
                  { { .by = pki.inter, .entries = { { pki.other_leaf, "superseded" } } } },
                  .expected = "" },
                { "an intermediate may be revoked",
                  { { .by = pki.root, .entries = { { pki.inter, "cACompromise" } } },
                    { .by = pki.inter } }, .without_root = true,
                  .expected = "error revoked #1", .words = "Intermediate Inter was revoked" },
                { "all that is revoked is told",
                  { { .by = pki.root, .entries = { { pki.inter } } },
                    { .by = pki.inter, .entries = { { pki.leaf } } } }, .without_root = true,
                  .expected = "error revoked #0, error revoked #1" },
                { "an intermediate without a list is only worth knowing",
                  { { .by = pki.inter } }, .without_root = true,
                  .expected = "info revocation-unknown #1", .words = "there is no list" },
                { "a leaf without one is an error", { { 0 } }, .expected = UNKNOWN,
                  .words = "there is no list of its issuer" },
                { "what is not trusted anyway needs no list", { { 0 } }, .without_trust = true,
                  .expected = "info revocation-unknown #0" },
                { "what is not trusted may be revoked all the same",
                  { { .by = pki.inter, .entries = { { pki.leaf } } } }, .without_trust = true,
                  .expected = REVOKED },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                check_lists(&ROWS[i]);
}

static void lists_that_are_of_no_use_say_why(void **state)
{
        const struct list_row ROWS[] = {
                { "an old one", { { .by = pki.inter, .next_update_s = NOW - 1 } },
                  .expected = UNKNOWN, .words = "has expired" },
                { "one that says of no end", { { .by = pki.inter, .next_update_s = -1 } },
                  .expected = "" },
                { "one of tomorrow", { { .by = pki.inter, .this_update_s = NOW + DAY } },
                  .expected = UNKNOWN, .words = "is not valid yet" },
                { "one that a stranger signed", { { .by = pki.inter, .key = pki.stranger } },
                  .expected = UNKNOWN, .words = "signature that does not verify" },
                { "one of a namesake", { { .by = pki.stranger } },
                  .expected = UNKNOWN, .words = "signature that does not verify" },
                { "one without a number", { { .by = pki.inter, .number = "" } },
                  .expected = UNKNOWN, .words = "has no CRL number" },
                { "one of version 1 has no numbers", { { .by = pki.inter, .version1 = true } },
                  .expected = "" },
                { "one that nobody understands", { { .by = pki.inter, .critical_oid = "1.2.3.4" } },
                  .expected = UNKNOWN, .words = "critical extension" },
                { "one of a CA that may not sign lists", { { .by = pki.no_crls } },
                  .leaf = &pki.no_crls_leaf, .ca = &pki.no_crls,
                  .expected = UNKNOWN, .words = "key usage does not include CRLs" },
                { "an old one that lists it nevertheless",
                  { { .by = pki.inter, .next_update_s = NOW - 1, .entries = { { pki.leaf } } } },
                  .expected = REVOKED },
                { "one without a number that lists it nevertheless",
                  { { .by = pki.inter, .number = "", .entries = { { pki.leaf } } } },
                  .expected = REVOKED },
                { "a false one cannot revoke",
                  { { .by = pki.inter, .key = pki.stranger, .entries = { { pki.leaf } } } },
                  .expected = UNKNOWN },
                { "a false one does not stand in a good one's way",
                  { { .by = pki.inter, .key = pki.stranger, .this_update_s = NOW - 60,
                      .entries = { { pki.leaf } } },
                    { .by = pki.inter } },
                  .expected = "" },
                { "an old one does not stand in a new one's way",
                  { { .by = pki.inter, .next_update_s = NOW - 1 },
                    { .by = pki.inter, .number = "0x08", .entries = { { pki.leaf } } } },
                  .expected = REVOKED },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                check_lists(&ROWS[i]);
}

#define FRESHEST "URI:http://crl.example/delta.crl"

static void lists_may_be_split_and_changed_and_signed_by_others(void **state)
{
        const struct list_row ROWS[] = {
                { "a delta alone is nothing", { { .by = pki.inter, .delta_of = "0x07" } },
                  .expected = UNKNOWN, .words = "only a delta" },
                { "a delta adds",
                  { { .by = pki.inter, .freshest = FRESHEST },
                    { .by = pki.inter, .number = "0x08", .delta_of = "0x07",
                      .entries = { { pki.leaf, "superseded" } } } },
                  .expected = REVOKED, .words = "superseded" },
                { "a delta of another list does not",
                  { { .by = pki.inter, .freshest = FRESHEST },
                    { .by = pki.inter, .number = "0x09", .delta_of = "0x08",
                      .entries = { { pki.leaf } } } },
                  .expected = "" },
                { "a delta takes away",
                  { { .by = pki.inter, .freshest = FRESHEST,
                      .entries = { { pki.leaf, "certificateHold" } } },
                    { .by = pki.inter, .number = "0x08", .delta_of = "0x07",
                      .entries = { { pki.leaf, "removeFromCRL" } } } },
                  .expected = "" },
                { "a list of servers covers a server",
                  { { .by = pki.inter, .point = "onlyuser = TRUE" } }, .expected = "" },
                { "a list of CAs does not",
                  { { .by = pki.inter, .point = "onlyCA = TRUE" } },
                  .expected = UNKNOWN, .words = "not" },
                { "a list of some reasons is not enough",
                  { { .by = pki.inter, .point = "onlysomereasons = keyCompromise, "
                                                "CACompromise" } },
                  .expected = UNKNOWN },
                { "a list of some reasons may revoke",
                  { { .by = pki.inter, .entries = { { pki.leaf, "keyCompromise" } },
                      .point = "onlysomereasons = keyCompromise,CACompromise" } },
                  .expected = REVOKED },
                { "lists of all reasons together are enough",
                  { { .by = pki.inter, .point = "onlysomereasons = keyCompromise, "
                                                "CACompromise" },
                    { .by = pki.inter, .point = "onlysomereasons = affiliationChanged,"
                                                "superseded,cessationOfOperation,certificateHold,"
                                                "privilegeWithdrawn,AACompromise" } },
                  .expected = "" },
                { "a CA may have a key of its own for lists", { { .by = pki.crl_key } },
                  .also = &pki.crl_key, .expected = "" },
                { "and revoke with it",
                  { { .by = pki.crl_key, .entries = { { pki.leaf } } } },
                  .also = &pki.crl_key, .expected = REVOKED },
                { "whose certificate is at hand", { { .by = pki.crl_key } },
                  .expected = UNKNOWN },
                { "and is not revoked itself",
                  { { .by = pki.root, .entries = { { pki.crl_key } } }, { .by = pki.crl_key } },
                  .also = &pki.crl_key, .without_root = true, .expected = UNKNOWN,
                  .words = "not valid for that" },
                { "an authority may list for others",
                  { { .by = pki.authority, .point = "indirectCRL = TRUE" } },
                  .leaf = &pki.pointed_leaf, .also = &pki.authority, .expected = "" },
                { "and revoke for them",
                  { { .by = pki.authority, .point = "indirectCRL = TRUE",
                      .entries = { { pki.pointed_leaf, NULL, pki.inter } } } },
                  .leaf = &pki.pointed_leaf, .also = &pki.authority, .expected = REVOKED,
                  .words = "revocation list of Authority" },
                { "its own certificates are others",
                  { { .by = pki.authority, .point = "indirectCRL = TRUE",
                      .entries = { { pki.pointed_leaf } } } },
                  .leaf = &pki.pointed_leaf, .also = &pki.authority, .expected = "" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                check_lists(&ROWS[i]);
}

static void nobody_looks_without_being_asked(void **state)
{
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(pki.leaf, pki.inter));
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(pki.root));

        (void)state;
        check(&(struct validate_input){
                .served = served, .anchors = anchors, .host = HOST, .now_s = NOW,
        }, "", NULL, "without lists");
}

/* A served namesake of a CRL's issuer costs a signature; a hundred must not cost a hundred. */
static void namesakes_do_not_make_it_slow_or_wrong(void **state)
{
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(pki.leaf, pki.inter));
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(pki.root));
        CLEANUP(crls_unref_at_exit) struct crls *crls = NULL;
        AUTO_FREE char *error = NULL;
        struct buf file = BUF_INIT(1 << 20);

        (void)state;
        for (int i = 0; i < 80; i++) {
                CLEANUP(minted_free_at_exit) struct minted *m = make_ca("Inter", NULL);
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

                chain_add(served, c);
        }
        put_crl(&file, &(struct crl_spec){ .by = pki.root });
        put_crl(&file, &(struct crl_spec){ .by = pki.inter, .entries = { { pki.leaf } } });
        assert_int_equal(crls_parse(&crls, "lists.pem", (const uint8_t *)buf_str(&file), file.len,
                                    &error), 0);
        buf_done(&file);
        check(&(struct validate_input){
                .served = served, .anchors = anchors, .host = HOST, .now_s = NOW, .crls = crls,
        }, REVOKED, NULL, "namesakes");
}

/* --- staples ---------------------------------------------------------------------------------- */

#define INVALID "warning staple-invalid #0"

static void check_staple(const struct minted *leaf, const uint8_t *der, size_t n,
                         const char *expected, const char *words, const char *name)
{
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(leaf, pki.inter));
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(pki.root));

        check(&(struct validate_input){
                .served = served, .anchors = anchors, .host = HOST, .now_s = NOW, .staple = der,
                .staple_len = n, .staple_awaited = true,
        }, expected, words, name);
}

static void staples_are_believed_when_they_deserve_it(void **state)
{
        const struct {
                const char *name;
                struct ocsp_spec spec;
                const char *expected, *words;
        } ROWS[] = {
                { "a good one", { 0 }, "", NULL },
                { "one with a better hash", { .sha256 = true }, "", NULL },
                { "one of a responder", { .by = pki.responder }, "", NULL },
                { "one of a mere server", { .by = pki.no_responder }, INVALID, "is signed by" },
                { "one of a stranger", { .by = pki.foreign_responder }, INVALID, "is signed by" },
                { "one of a responder who has expired", { .by = pki.old_responder }, INVALID,
                  "is signed by" },
                { "one of the server itself", { .by = pki.leaf }, INVALID, "is signed by" },
                { "an old one", { .next_update_s = NOW - 1 }, INVALID, "it has expired" },
                { "one of the very last second", { .next_update_s = NOW }, "", NULL },
                { "one of tomorrow", { .this_update_s = NOW + DAY }, INVALID, "not valid yet" },
                { "one of a clock that is a little ahead", { .this_update_s = NOW + 200 }, "",
                  NULL },
                { "a young one without an end", { .this_update_s = NOW - 60, .next_update_s = -1 },
                  "", NULL },
                { "an old one without an end",
                  { .this_update_s = NOW - 3 * DAY, .next_update_s = -1 }, INVALID,
                  "it has expired" },
                { "one about another certificate", { .about = pki.other_leaf }, INVALID,
                  "about another certificate" },
                { "one that does not know", { .status = V_OCSP_CERTSTATUS_UNKNOWN }, INVALID,
                  "does not know" },
                { "one that says try later", { .refusal = OCSP_RESPONSE_STATUS_TRYLATER }, INVALID,
                  "try later" },
                { "one that says nothing", { .refusal = OCSP_RESPONSE_STATUS_UNAUTHORIZED },
                  INVALID, "does not answer" },
                { "one that says revoked",
                  { .status = V_OCSP_CERTSTATUS_REVOKED,
                    .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE },
                  REVOKED, "2027-01-13 08:00 UTC (reason: keyCompromise)" },
                { "one that said so long ago",
                  { .status = V_OCSP_CERTSTATUS_REVOKED, .next_update_s = NOW - 1,
                    .reason = OCSP_REVOKED_STATUS_SUPERSEDED },
                  REVOKED, "superseded" },
                { "one that held it back long ago",
                  { .status = V_OCSP_CERTSTATUS_REVOKED, .next_update_s = NOW - 1,
                    .reason = OCSP_REVOKED_STATUS_CERTIFICATEHOLD },
                  INVALID, "it has expired" },
                { "a false one that says revoked",
                  { .status = V_OCSP_CERTSTATUS_REVOKED, .by = pki.foreign_responder },
                  INVALID, "is signed by" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct ocsp_spec spec = ROWS[i].spec;
                size_t n;

                spec.about = spec.about ? spec.about : pki.leaf;
                spec.issuer = pki.inter;
                AUTO_FREE uint8_t *der = make_ocsp(&spec, &n);

                check_staple(pki.leaf, der, n, ROWS[i].expected, ROWS[i].words, ROWS[i].name);
        }
}

static void what_is_no_response_is_said_to_be_damaged(void **state)
{
        size_t n;
        AUTO_FREE uint8_t *der = make_ocsp(&(struct ocsp_spec){ .about = pki.leaf,
                                                                .issuer = pki.inter }, &n);
        AUTO_FREE uint8_t *longer = mem_copy(der, n); /* and its NUL */
        AUTO_FREE uint8_t *large = mem_new0(STAPLE_MAX_BYTES + 1, 1);

        (void)state;
        for (size_t cut = 0; cut < n; cut++)
                check_staple(pki.leaf, der, cut, INVALID, "damaged", "cut short");
        check_staple(pki.leaf, longer, n + 1, INVALID, "damaged", "with a tail");
        check_staple(pki.leaf, large, STAPLE_MAX_BYTES + 1, INVALID, "damaged", "too large");
        for (size_t i = 0; i < n; i++) { /* whatever it is then, it is not believed */
                der[i] ^= 0x20;
                struct staple s;
                CLEANUP(cert_unref_at_exit) struct cert *leaf = cert_of(pki.leaf);
                CLEANUP(cert_unref_at_exit) struct cert *issuer = cert_of(pki.inter);

                staple_judge(der, n, leaf, issuer, NOW, &s);
                if (s.status != STAPLE_INVALID)
                        assert_int_equal(s.status, STAPLE_GOOD); /* the certificate it encloses */
                der[i] ^= 0x20;
        }
}

static void without_an_issuer_no_staple_is_believed(void **state)
{
        CLEANUP(cert_unref_at_exit) struct cert *leaf = cert_of(pki.leaf);
        struct staple s;
        size_t n;
        AUTO_FREE uint8_t *der = make_ocsp(&(struct ocsp_spec){ .about = pki.leaf,
                                                                .issuer = pki.inter }, &n);

        (void)state;
        staple_judge(der, n, leaf, NULL, NOW, &s);
        assert_int_equal(s.status, STAPLE_INVALID);
        assert_string_equal(staple_status_str(s.status), "invalid");
        assert_non_null(strstr(s.fault, "not known here"));
}

/* Nothing is wrong with the staple, then: the path tells what is. */
static void whoever_cannot_judge_a_staple_does_not_blame_it(void **state)
{
        CLEANUP(trust_unref_at_exit) struct trust *pinned = trust_of(MINTED(pki.leaf));
        CLEANUP(trust_unref_at_exit) struct trust *others = trust_of(MINTED(pki.stranger));
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(pki.leaf, pki.inter));
        CLEANUP(chain_free_at_exit) struct chain *alone = chain_of(MINTED(pki.leaf));
        size_t n, n_revoked;
        AUTO_FREE uint8_t *der = make_ocsp(&(struct ocsp_spec){ .about = pki.leaf,
                                                                .issuer = pki.inter }, &n);
        AUTO_FREE uint8_t *revoked = make_ocsp(&(struct ocsp_spec){
                .about = pki.leaf, .issuer = pki.inter, .status = V_OCSP_CERTSTATUS_REVOKED,
                .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE,
        }, &n_revoked);
        struct validate_input in = {
                .served = alone, .anchors = pinned, .host = HOST, .now_s = NOW, .staple = der,
                .staple_len = n,
        };

        (void)state;
        check(&in, "", NULL, "a leaf that is an anchor");
        in.anchors = others;
        check(&in, "", NULL, "a leaf of nobody");
        in.anchors = pinned;
        in.served = served;
        check(&in, "", NULL, "an anchor whose issuer is sent");
        in.staple = revoked;
        in.staple_len = n_revoked;
        check(&in, REVOKED, NULL, "and says that it is revoked");
}

static void a_certificate_may_demand_a_staple(void **state)
{
        CLEANUP(chain_free_at_exit) struct chain *served =
                chain_of(MINTED(pki.must_leaf, pki.inter));
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(pki.root));
        size_t n;
        AUTO_FREE uint8_t *der = make_ocsp(&(struct ocsp_spec){ .about = pki.must_leaf,
                                                                .issuer = pki.inter }, &n);
        struct validate_input in = {
                .served = served, .anchors = anchors, .host = HOST, .now_s = NOW,
        };

        (void)state;
        check(&in, "", NULL, "a file has no staple");
        in.staple_awaited = true;
        check(&in, "error must-staple-missing #0", "Firefox", "a handshake should have one");
        check_staple(pki.must_leaf, der, n, "", NULL, "and this one has");
        check_staple(pki.leaf, NULL, 0, "", NULL, "others need not");
}

/* A staple of @status, and a file without the list of inter, or with one that revokes the leaf. */
static void check_both(int status, bool is_listed, const char *expected)
{
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(pki.leaf, pki.inter));
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(pki.root));
        CLEANUP(crls_unref_at_exit) struct crls *crls = NULL;
        AUTO_FREE char *error = NULL;
        struct buf file = BUF_INIT(1 << 16);
        size_t n;
        AUTO_FREE uint8_t *der = make_ocsp(&(struct ocsp_spec){
                .about = pki.leaf, .issuer = pki.inter, .status = status,
        }, &n);

        put_crl(&file, &(struct crl_spec){ .by = pki.root });
        if (is_listed)
                put_crl(&file, &(struct crl_spec){ .by = pki.inter, .entries = { { pki.leaf } } });
        assert_int_equal(crls_parse(&crls, "lists.pem", (const uint8_t *)buf_str(&file), file.len,
                                    &error), 0);
        buf_done(&file);
        check(&(struct validate_input){
                .served = served, .anchors = anchors, .host = HOST, .now_s = NOW, .crls = crls,
                .staple = der, .staple_len = n, .staple_awaited = true,
        }, expected, NULL, "with both");
}

static void a_staple_and_lists_complete_each_other(void **state)
{
        (void)state;
        check_both(V_OCSP_CERTSTATUS_GOOD, false, "info revocation-unknown #0");
        check_both(V_OCSP_CERTSTATUS_GOOD, true, REVOKED);
        check_both(V_OCSP_CERTSTATUS_REVOKED, false, REVOKED);
        check_both(V_OCSP_CERTSTATUS_REVOKED, true, REVOKED); /* told once */
}

static void the_report_tells_of_the_staple(void **state)
{
        static const struct {
                int status;
                int64_t next_update_s;
                const char *expected;
        } ROWS[] = {
                { V_OCSP_CERTSTATUS_GOOD, 0,
                  "{\"status\": \"good\", \"this_update\": \"2027-01-14T08:00:00Z\", "
                  "\"next_update\": \"2027-01-21T08:00:00Z\"}" },
                { V_OCSP_CERTSTATUS_REVOKED, 0,
                  "{\"status\": \"revoked\", \"this_update\": \"2027-01-14T08:00:00Z\", "
                  "\"next_update\": \"2027-01-21T08:00:00Z\"}" },
                { V_OCSP_CERTSTATUS_GOOD, -1,
                  "{\"status\": \"good\", \"this_update\": \"2027-01-14T08:00:00Z\", "
                  "\"next_update\": null}" },
        };
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of(MINTED(pki.leaf, pki.inter));

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                size_t n;
                AUTO_FREE uint8_t *der = make_ocsp(&(struct ocsp_spec){
                        .about = pki.leaf, .issuer = pki.inter, .status = ROWS[i].status,
                        .next_update_s = ROWS[i].next_update_s,
                }, &n);
                struct verdict v;

                validate(&(struct validate_input){
                        .served = served, .now_s = NOW, .staple = der, .staple_len = n,
                }, &v);
                json_t *report = report_verdict(&v, served);
                AUTO_FREE char *text = json_dumps(json_object_get(report, "staple"), 0);

                assert_string_equal(text, ROWS[i].expected);
                json_decref(report);
                verdict_done(&v);
        }
}

static void reasons_have_the_names_of_the_standard(void **state)
{
        (void)state;
        assert_string_equal(revocation_reason_str(0), "unspecified");
        assert_string_equal(revocation_reason_str(10), "aACompromise");
        assert_null(revocation_reason_str(7)); /* not used */
        assert_null(revocation_reason_str(11));
        assert_null(revocation_reason_str(-1));
        assert_null(staple_status_str(STAPLE_NONE));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lists_decide_what_is_revoked),
                cmocka_unit_test(lists_that_are_of_no_use_say_why),
                cmocka_unit_test(lists_may_be_split_and_changed_and_signed_by_others),
                cmocka_unit_test(nobody_looks_without_being_asked),
                cmocka_unit_test(namesakes_do_not_make_it_slow_or_wrong),
                cmocka_unit_test(staples_are_believed_when_they_deserve_it),
                cmocka_unit_test(what_is_no_response_is_said_to_be_damaged),
                cmocka_unit_test(without_an_issuer_no_staple_is_believed),
                cmocka_unit_test(whoever_cannot_judge_a_staple_does_not_blame_it),
                cmocka_unit_test(a_certificate_may_demand_a_staple),
                cmocka_unit_test(a_staple_and_lists_complete_each_other),
                cmocka_unit_test(the_report_tells_of_the_staple),
                cmocka_unit_test(reasons_have_the_names_of_the_standard),
        };

        return cmocka_run_group_tests(tests, make_pki, free_pki);
}
