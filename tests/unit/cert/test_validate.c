/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The validator, a row per case: what is served to whom, and exactly what must be found, worst
 * first. A row's name says what it expects. All certificates come from one table of small PKIs.
 */
#include "tests/unit/cert/forge.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/repair.h"
#include "common/cert/report.h"
#include "common/cert/validate.h"

#include <stdio.h>

#define HOST "web.example"

/* --- the certificates ------------------------------------------------------------------------ */

enum who {
        NOBODY, /* ends every list */
        ROOT, INTER, LEAF, INTER2, LEAF2, OTHER_ROOT, CROSS,
        PRIVATE, PRIVATE_LEAF, HIDDEN, HIDDEN_LEAF, HIDDEN_LEAF_AIA, ITSELF,
        EXPIRED, FUTURE, SOON, URGENT, INVERTED,
        OLD_INTER, OLD_INTER_LEAF, FUTURE_INTER, FUTURE_INTER_LEAF, SOON_INTER, SOON_INTER_LEAF,
        URGENT_INTER, URGENT_INTER_LEAF, OLD_ROOT, OLD_ROOT_LEAF,
        WRONG_NAME, ONLY_WWW, WILDCARD, ONLY_CN, NO_NAME, ADDRESS,
        NOT_CA, NOT_CA_LEAF, SHORT, BELOW_SHORT, BELOW_SHORT_LEAF,
        CLIENT_LEAF, CLIENT_CA, CLIENT_CA_LEAF, UNKNOWN_EXTENSION,
        WEAK_HASH, WEAK_KEY, WEAK_HASH_INTER, WEAK_HASH_INTER_LEAF, WEAK_ROOT, WEAK_ROOT_LEAF,
        CA_LEAF, EVERYTHING,
        URGENT_ROOT, URGENT_ROOT_LEAF, SOON_ROOT, SOON_ROOT_LEAF, LATER_ROOT, LATER_ROOT_LEAF,
        BAD_EKU, BAD_KEY_USAGE, NO_KEY_USAGE, BAD_SAN, BAD_AIA, BAD_POLICIES_TAIL, TWO_EKUS,
        TWO_AIAS, BAD_CONSTRAINTS_CA, BAD_CONSTRAINTS_CA_LEAF, BAD_KEY_USAGE_CA,
        BAD_KEY_USAGE_CA_LEAF, BAD_EKU_CA, BAD_EKU_CA_LEAF, BAD_NAME_CA, BAD_NAME_CA_LEAF,
        CORP, CORP_LEAF, CORP_WEB_LEAF, CORP_SUB, CORP_SUB_WEB_LEAF, NOT_WEB, NOT_WEB_LEAF,
        CORP_ROOT, CORP_ROOT_WEB_LEAF, NEW_INTER, NEW_SOON_INTER, SYMANTEC, SYMANTEC_LEAF,
        SYMANTEC_PUBLIC_LEAF, NAMESAKE, LAN,
        INTER_AIA_LEAF2,
        BAD_SIGNATURE,
        WHO_COUNT
};

#define CA(cn_, issuer_, until_) \
        { .spec = { .cn = cn_, .ca = true }, .issuer = issuer_, .from = -1000, .until = until_ }
#define WEB(issuer_) \
        { .spec = { .cn = HOST, .names = WEB_NAMES }, .issuer = issuer_, .from = -30, .until = 60 }
#define WEB_DATES(from_, until_)                                                                   \
        {                                                                                          \
                .spec = { .cn = HOST, .names = WEB_NAMES }, .issuer = INTER, .from = from_,        \
                .until = until_                                                                    \
        }
#define WEB_SPEC(...) \
        { .spec = { .cn = HOST, .names = WEB_NAMES, __VA_ARGS__ }, .issuer = INTER, .from = -30, \
          .until = 60 }

static const char *const WEB_NAMES[] = { HOST, NULL };
static const char *const OTHER_NAMES[] = { "mail.example", "ftp.example", NULL };
static const char *const WWW_NAMES[] = { "www.web.example", NULL };
static const char *const LAN_NAMES[] = { "*.lan", NULL };
static const char *const WILDCARD_NAMES[] = { "*.web.example", NULL };
static const char *const ADDRESS_NAMES[] = { "192.0.2.1", NULL };
static const char *const CORP_NAMES[] = { "www.corp.example", NULL };

#define ALTERED_CA(cn_, issuer_, alter_)                                                           \
        { .spec = { .cn = cn_, .ca = true }, .issuer = issuer_, .from = -1000, .until = 900,       \
          .alter = alter_ }
#define ALTERED_WEB(alter_) \
        { .spec = { .cn = HOST, .names = WEB_NAMES }, .issuer = INTER, .from = -30, .until = 60,   \
          .alter = alter_ }

/* --- strange extensions ---------------------------------------------------------------------- */

/* A SEQUENCE that promises more than there is. */
#define CUT_SHORT "\x30\x05\x06"

static void spoil_eku(struct x509_st *cert)
{
        set_extension(cert, NID_ext_key_usage, CUT_SHORT, 3);
}

static void spoil_key_usage(struct x509_st *cert)
{
        set_extension(cert, NID_key_usage, "\x05\x00", 2);
}

static void empty_key_usage(struct x509_st *cert)
{
        set_extension(cert, NID_key_usage, "\x03\x02\x07\x00", 4);
}

static void spoil_names(struct x509_st *cert)
{
        set_extension(cert, NID_subject_alt_name, CUT_SHORT, 3);
}

static void spoil_aia(struct x509_st *cert)
{
        set_extension(cert, NID_info_access, CUT_SHORT, 3);
}

static void lengthen_policies(struct x509_st *cert)
{
        set_extension(cert, NID_certificate_policies,
                      "\x30\x07\x30\x05\x06\x03\x2a\x03\x04\x00", 10);
}

static void repeat_eku(struct x509_st *cert)
{
        repeat_extension(cert, NID_ext_key_usage);
}

static void repeat_aia(struct x509_st *cert)
{
        configure_extension(cert, NID_info_access, "OCSP;URI:http://ocsp.example");
        repeat_extension(cert, NID_info_access);
}

static void spoil_basic_constraints(struct x509_st *cert)
{
        set_extension(cert, NID_basic_constraints, CUT_SHORT, 3);
}

static void spoil_name_constraints(struct x509_st *cert)
{
        set_extension(cert, NID_name_constraints, CUT_SHORT, 3);
}

static void permit_corp(struct x509_st *cert)
{
        configure_extension(cert, NID_name_constraints, "critical,permitted;DNS:corp.example");
}

static void exclude_web(struct x509_st *cert)
{
        configure_extension(cert, NID_name_constraints, "critical,excluded;DNS:web.example");
}

static void be_public(struct x509_st *cert)
{
        set_extension(cert, NID_certificate_policies,
                      "\x30\x0a\x30\x08\x06\x06\x67\x81\x0c\x01\x02\x01", 12);
}

static void be_symantec(struct x509_st *cert)
{
        add_to_subject(cert, NID_organizationName, "GeoTrust Inc.", 13);
        X509_set_issuer_name(cert, X509_get_subject_name(cert));
}

/* --- all of them ----------------------------------------------------------------------------- */

static const struct {
        struct mint_spec spec;
        enum who issuer; /* NOBODY = itself */
        int from, until; /* in days from NOW */
        alter_fn *alter; /* NULL = as minted */
} MINTS[WHO_COUNT] = {
        [ROOT] = CA("Root", NOBODY, 3000),
        [INTER] = CA("Inter", ROOT, 900),
        [LEAF] = WEB(INTER),
        [INTER2] = CA("Inter 2", INTER, 800),
        [LEAF2] = WEB(INTER2),
        [OTHER_ROOT] = CA("Other Root", NOBODY, 3000),
        [PRIVATE] = CA("Private Root", NOBODY, 3000),
        [PRIVATE_LEAF] = WEB(PRIVATE),
        [HIDDEN] = CA("Hidden", PRIVATE, 3000),
        [HIDDEN_LEAF] = WEB(HIDDEN),
        [HIDDEN_LEAF_AIA] = { .spec = { .cn = HOST, .names = WEB_NAMES,
                                        .ca_issuers = "http://ca.example/hidden.crt" },
                              .issuer = HIDDEN, .from = -30, .until = 60 },
        [ITSELF] = WEB(NOBODY),
        [EXPIRED] = WEB_DATES(-93, -3),
        [FUTURE] = WEB_DATES(1, 91),
        [SOON] = WEB_DATES(-78, 12),
        [URGENT] = WEB_DATES(-88, 2),
        [INVERTED] = WEB_DATES(10, -10),
        [OLD_INTER] = CA("Old Inter", ROOT, -10),
        [OLD_INTER_LEAF] = WEB(OLD_INTER),
        [FUTURE_INTER] = { .spec = { .cn = "Future Inter", .ca = true }, .issuer = ROOT, .from = 5,
                           .until = 900 },
        [FUTURE_INTER_LEAF] = WEB(FUTURE_INTER),
        [SOON_INTER] = CA("Soon Inter", ROOT, 20),
        [SOON_INTER_LEAF] = WEB(SOON_INTER),
        [URGENT_INTER] = CA("Urgent Inter", ROOT, 5),
        [URGENT_INTER_LEAF] = WEB(URGENT_INTER),
        [OLD_ROOT] = CA("Old Root", NOBODY, -10),
        [OLD_ROOT_LEAF] = WEB(OLD_ROOT),
        [WRONG_NAME] = { .spec = { .cn = "mail.example", .names = OTHER_NAMES }, .issuer = INTER,
                         .from = -30, .until = 60 },
        [ONLY_WWW] = { .spec = { .cn = HOST, .names = WWW_NAMES }, .issuer = INTER, .from = -30,
                       .until = 60 },
        [WILDCARD] = { .spec = { .cn = HOST, .names = WILDCARD_NAMES }, .issuer = INTER,
                       .from = -30, .until = 60 },
        [ONLY_CN] = { .spec = { .cn = HOST }, .issuer = INTER, .from = -30, .until = 60 },
        [NO_NAME] = { .issuer = INTER, .from = -30, .until = 60 },
        [ADDRESS] = { .spec = { .cn = "x", .names = ADDRESS_NAMES }, .issuer = INTER, .from = -30,
                      .until = 60 },
        [NOT_CA] = { .spec = { .cn = "Not CA" }, .issuer = ROOT, .from = -1000, .until = 900 },
        [NOT_CA_LEAF] = WEB(NOT_CA),
        [SHORT] = { .spec = { .cn = "Short", .ca = true, .limit_path = true, .path_length = 0 },
                    .issuer = ROOT, .from = -1000, .until = 900 },
        [BELOW_SHORT] = CA("Below Short", SHORT, 900),
        [BELOW_SHORT_LEAF] = WEB(BELOW_SHORT),
        [CLIENT_LEAF] = WEB_SPEC(.eku = "clientAuth"),
        [CLIENT_CA] = { .spec = { .cn = "Client CA", .ca = true, .eku = "clientAuth" },
                        .issuer = ROOT, .from = -1000, .until = 900 },
        [CLIENT_CA_LEAF] = WEB(CLIENT_CA),
        [UNKNOWN_EXTENSION] = WEB_SPEC(.critical_oid = "1.2.3.4.5"),
        [WEAK_HASH] = WEB_SPEC(.digest = "SHA1"),
        [WEAK_KEY] = WEB_SPEC(.key = MINT_RSA_1024),
        [WEAK_HASH_INTER] = { .spec = { .cn = "SHA-1 Inter", .ca = true, .digest = "SHA1" },
                              .issuer = ROOT, .from = -1000, .until = 900 },
        [WEAK_HASH_INTER_LEAF] = WEB(WEAK_HASH_INTER),
        [WEAK_ROOT] = { .spec = { .cn = "Weak Root", .ca = true, .digest = "SHA1",
                                  .key = MINT_RSA_1024 },
                        .issuer = NOBODY, .from = -1000, .until = 900 },
        [WEAK_ROOT_LEAF] = WEB(WEAK_ROOT),
        [CA_LEAF] = WEB_SPEC(.ca = true),
        [EVERYTHING] = { .spec = { .cn = "mail.example", .names = OTHER_NAMES, .digest = "SHA1",
                                   .key = MINT_RSA_1024, .eku = "clientAuth",
                                   .critical_oid = "1.2.3.4.5" },
                         .issuer = INTER, .from = -93, .until = -3 },
        [URGENT_ROOT] = CA("Urgent Root", NOBODY, 3),
        [URGENT_ROOT_LEAF] = WEB(URGENT_ROOT),
        [SOON_ROOT] = CA("Soon Root", NOBODY, 29),
        [SOON_ROOT_LEAF] = WEB(SOON_ROOT),
        [LATER_ROOT] = CA("Later Root", NOBODY, 31),
        [LATER_ROOT_LEAF] = WEB(LATER_ROOT),
        [BAD_EKU] = ALTERED_WEB(spoil_eku),
        [BAD_KEY_USAGE] = ALTERED_WEB(spoil_key_usage),
        [NO_KEY_USAGE] = ALTERED_WEB(empty_key_usage),
        [BAD_SAN] = ALTERED_WEB(spoil_names),
        [BAD_AIA] = ALTERED_WEB(spoil_aia),
        [BAD_POLICIES_TAIL] = ALTERED_WEB(lengthen_policies),
        [TWO_EKUS] = ALTERED_WEB(repeat_eku),
        [TWO_AIAS] = ALTERED_WEB(repeat_aia),
        [BAD_CONSTRAINTS_CA] = ALTERED_CA("Bad Constraints", ROOT, spoil_basic_constraints),
        [BAD_CONSTRAINTS_CA_LEAF] = WEB(BAD_CONSTRAINTS_CA),
        [BAD_KEY_USAGE_CA] = ALTERED_CA("Bad Key Usage", ROOT, spoil_key_usage),
        [BAD_KEY_USAGE_CA_LEAF] = WEB(BAD_KEY_USAGE_CA),
        [BAD_EKU_CA] = ALTERED_CA("Bad EKU", ROOT, spoil_eku),
        [BAD_EKU_CA_LEAF] = WEB(BAD_EKU_CA),
        [BAD_NAME_CA] = ALTERED_CA("Bad Name Constraints", ROOT, spoil_name_constraints),
        [BAD_NAME_CA_LEAF] = WEB(BAD_NAME_CA),
        [CORP] = ALTERED_CA("Corp CA", ROOT, permit_corp),
        [CORP_LEAF] = { .spec = { .cn = "www", .names = CORP_NAMES }, .issuer = CORP, .from = -30,
                        .until = 60 },
        [CORP_WEB_LEAF] = WEB(CORP),
        [CORP_SUB] = CA("Corp Sub CA", CORP, 900),
        [CORP_SUB_WEB_LEAF] = WEB(CORP_SUB),
        [NOT_WEB] = ALTERED_CA("Not Web CA", ROOT, exclude_web),
        [NOT_WEB_LEAF] = WEB(NOT_WEB),
        [CORP_ROOT] = ALTERED_CA("Corp Root", NOBODY, permit_corp),
        [CORP_ROOT_WEB_LEAF] = WEB(CORP_ROOT),
        [SYMANTEC] = ALTERED_CA("GeoTrust Global CA", NOBODY, be_symantec),
        [SYMANTEC_LEAF] = WEB(SYMANTEC),
        [NAMESAKE] = CA("Inter", ROOT, 900),
        [LAN] = { .spec = { .cn = "lan", .names = LAN_NAMES }, .issuer = INTER, .from = -30,
                  .until = 60 },
        [SYMANTEC_PUBLIC_LEAF] = { .spec = { .cn = HOST, .names = WEB_NAMES }, .issuer = SYMANTEC,
                                   .from = -30, .until = 60, .alter = be_public },
        [INTER_AIA_LEAF2] = { .spec = { .cn = HOST, .names = WEB_NAMES,
                                        .ca_issuers = "http://ca.example/inter2.crt" },
                              .issuer = INTER2, .from = -30, .until = 60 },
};

/* The same name and key as another, under a signature of its own. */
static const struct {
        enum who like, issuer;
        const char *cn;
        int until;
} TWINS[WHO_COUNT] = {
        [CROSS] = { ROOT, OTHER_ROOT, "Root", 700 },
        [NEW_INTER] = { OLD_INTER, ROOT, "Old Inter", 800 },
        [NEW_SOON_INTER] = { SOON_INTER, ROOT, "Soon Inter", 800 },
};

static struct minted *minted[WHO_COUNT];
static struct cert *certs[WHO_COUNT];

static void damage_signature(void)
{
        AUTO_FREE uint8_t *der = mem_copy(certs[LEAF]->der, certs[LEAF]->der_len);
        const char *reason;

        der[certs[LEAF]->der_len - 1] ^= 1;
        assert_int_equal(cert_parse(&certs[BAD_SIGNATURE], der, certs[LEAF]->der_len, &reason), 0);
}

static int make_all(void **state)
{
        (void)state;
        for (int i = 1; i < BAD_SIGNATURE; i++) {
                struct mint_spec spec = MINTS[i].spec;

                spec.not_before_s = NOW + MINTS[i].from * (int64_t)DAY;
                spec.not_after_s = NOW + MINTS[i].until * (int64_t)DAY;
                if (TWINS[i].cn) {
                        spec = (struct mint_spec){
                                .cn = TWINS[i].cn, .ca = true, .not_before_s = NOW - 1000 * DAY,
                                .not_after_s = NOW + TWINS[i].until * (int64_t)DAY,
                        };
                        minted[i] = mint_cross(&spec, minted[TWINS[i].like],
                                               minted[TWINS[i].issuer]);
                } else {
                        minted[i] = forge(&spec, minted[MINTS[i].issuer], MINTS[i].alter);
                }
                certs[i] = cert_of(minted[i]);
        }
        damage_signature();
        return 0;
}

static int free_all(void **state)
{
        (void)state;
        for (int i = 1; i < WHO_COUNT; i++) {
                cert_unref(certs[i]);
                minted_free(minted[i]);
        }
        return 0;
}

/* --- files ----------------------------------------------------------------------------------- */

static void a_key(struct buf *out)
{
        buf_puts(out, minted[LEAF]->key_pem);
}

static void a_chain_and_its_key(struct buf *out)
{
        buf_printf(out, "%s%s%s", minted[LEAF]->pem, minted[INTER]->pem, minted[LEAF]->key_pem);
}

static void an_indented_chain(struct buf *out)
{
        for (const char *p = minted[LEAF]->pem; *p; p++)
                buf_printf(out, "%c%s", *p, *p == '\n' && p[1] ? "  " : "");
        buf_puts(out, minted[INTER]->pem);
}

static void a_damaged_certificate(struct buf *out)
{
        buf_puts(out, minted[LEAF]->pem);
        out->data[100] = '#';
}

static void a_damaged_certificate_between(struct buf *out)
{
        buf_printf(out, "%s-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n%s",
                   minted[LEAF]->pem, minted[INTER]->pem);
}

static void a_damaged_certificate_first(struct buf *out)
{
        buf_printf(out, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n%s%s",
                   minted[LEAF]->pem, minted[INTER]->pem);
}

static void a_der_chain(struct buf *out)
{
        buf_append(out, certs[LEAF]->der, certs[LEAF]->der_len);
        buf_append(out, certs[INTER]->der, certs[INTER]->der_len);
}

static void too_many(struct buf *out)
{
        for (int i = 0; i < 4; i++)
                buf_puts(out, minted[i % 2 ? INTER : LEAF]->pem);
}

static void a_chain_and_the_key_of_its_ca(struct buf *out)
{
        buf_printf(out, "%s%s%s", minted[LEAF]->pem, minted[INTER]->pem, minted[INTER]->key_pem);
}

static void a_chain_and_a_strange_key(struct buf *out)
{
        buf_printf(out, "%s%s%s", minted[LEAF]->pem, minted[INTER]->pem, minted[ROOT]->key_pem);
}

static void a_strange_key_beside_a_damaged_certificate(struct buf *out)
{
        a_chain_and_a_strange_key(out);
        buf_puts(out, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
}

/* Two keys, as for RSA and ECDSA side by side. */
static void a_chain_its_key_and_another(struct buf *out)
{
        a_chain_and_a_strange_key(out);
        buf_puts(out, minted[LEAF]->key_pem);
}

static void nothing(struct buf *out)
{
        buf_puts(out, "\n");
}

/* --- the rows -------------------------------------------------------------------------------- */

#define LIST(...) { __VA_ARGS__ }

struct row {
        const char *name;
        enum who served[8];
        void (*file)(struct buf *out); /* instead of .served */
        enum who trust[3];             /* ROOT if empty */
        enum who extra[4];
        const char *host;              /* HOST if NULL; "" = none */
        const char *expected;
        const char *fix;
        bool untrusted;
};

static const struct row ROWS[] = {
        { "a good chain is clean", LIST(LEAF, INTER), .expected = "", .fix = "#0 #1" },
        { "a longer good chain is clean", LIST(LEAF2, INTER2, INTER), .expected = "",
          .fix = "#0 #1 #2" },
        { "without a host no name is judged", LIST(WRONG_NAME, INTER), .host = "", .expected = "",
          .fix = "#0 #1" },
        { "an address in the SAN is clean", LIST(ADDRESS, INTER), .host = "192.0.2.1",
          .expected = "", .fix = "#0 #1" },
        { "a wildcard that fits is clean", LIST(WILDCARD, INTER), .host = "a.web.example",
          .expected = "", .fix = "#0 #1" },
        { "a leaf that is itself an anchor is clean", LIST(ITSELF), .trust = { ITSELF },
          .expected = "", .fix = "#0" },
        { "an intermediate that is an anchor ends the path", LIST(LEAF), .trust = { INTER },
          .expected = "", .fix = "#0" },

        { "of an anchor that is no root, and above it, what is sent stays",
          LIST(LEAF2, INTER2, INTER), .trust = { INTER2 }, .expected = "", .fix = "#0 #1 #2" },
        { "as it does when the root is an anchor, too", LIST(LEAF2, INTER2, INTER, ROOT),
          .trust = { INTER2, INTER, ROOT }, .expected = "info root-included",
          .fix = "#0 #1 #2" },
        { "a leaf that is an anchor keeps its chain", LIST(LEAF2, INTER2, INTER),
          .trust = { LEAF2 }, .expected = "", .fix = "#0 #1 #2" },
        { "nobody asks who signed a leaf that is an anchor, and how", LIST(WEAK_HASH),
          .trust = { WEAK_HASH }, .expected = "", .fix = "#0" },
        { "and its order counts", LIST(LEAF2, INTER, INTER2), .trust = { LEAF2 },
          .expected = "warning chain-order-wrong", .fix = "#0 #2 #1" },
        { "but not what has expired above it", LIST(OLD_INTER_LEAF, OLD_INTER),
          .trust = { OLD_INTER_LEAF }, .expected = "warning expired-superfluous-certificate",
          .fix = "#0" },
        { "a root above an anchor need not be sent", LIST(LEAF, INTER, ROOT), .trust = { INTER },
          .expected = "info root-included", .fix = "#0 #1" },

        { "an expired leaf", LIST(EXPIRED, INTER), .expected = "error leaf-expired",
          .fix = "#0 #1" },
        { "a leaf of tomorrow", LIST(FUTURE, INTER), .expected = "error leaf-not-yet-valid",
          .fix = "#0 #1" },
        { "a leaf that ends soon", LIST(SOON, INTER), .expected = "warning leaf-expiring-soon",
          .fix = "#0 #1" },
        { "a leaf that ends very soon", LIST(URGENT, INTER), .expected = "error leaf-expiring-soon",
          .fix = "#0 #1" },
        { "dates in the wrong order", LIST(INVERTED, INTER), .expected = "error validity-inverted",
          .fix = "#0 #1" },
        { "an expired intermediate", LIST(OLD_INTER_LEAF, OLD_INTER),
          .expected = "error intermediate-expired", .fix = "#0 #1" },
        { "an intermediate of the future", LIST(FUTURE_INTER_LEAF, FUTURE_INTER),
          .expected = "error intermediate-not-yet-valid", .fix = "#0 #1" },
        { "an intermediate that ends before the leaf", LIST(SOON_INTER_LEAF, SOON_INTER),
          .expected = "warning intermediate-expiring-soon", .fix = "#0 #1" },
        { "an intermediate that ends very soon", LIST(URGENT_INTER_LEAF, URGENT_INTER),
          .expected = "error intermediate-expiring-soon", .fix = "#0 #1" },
        { "an expired root", LIST(OLD_ROOT_LEAF), .trust = { OLD_ROOT },
          .expected = "error root-expired", .fix = "#0" },

        { "a root that ends soon and before the leaf", LIST(SOON_ROOT_LEAF), .trust = { SOON_ROOT },
          .expected = "warning root-expiring-soon", .fix = "#0" },
        { "a root that ends very soon", LIST(URGENT_ROOT_LEAF), .trust = { URGENT_ROOT },
          .expected = "error root-expiring-soon", .fix = "#0" },
        { "a root that ends before the leaf, but not soon", LIST(LATER_ROOT_LEAF),
          .trust = { LATER_ROOT }, .expected = "", .fix = "#0" },
        { "a private root that ends soon", LIST(SOON_ROOT_LEAF, SOON_ROOT),
          .expected = "error untrusted-root, warning root-expiring-soon", .fix = "#0",
          .untrusted = true },

        { "a leaf for other names", LIST(WRONG_NAME, INTER), .expected = "error hostname-mismatch",
          .fix = "#0 #1" },
        { "a leaf for www. only", LIST(ONLY_WWW, INTER), .expected = "error hostname-mismatch",
          .fix = "#0 #1" },
        { "a wildcard does not cover its parent", LIST(WILDCARD, INTER),
          .expected = "error hostname-mismatch", .fix = "#0 #1" },
        { "a wildcard does not cover two labels", LIST(WILDCARD, INTER), .host = "a.b.web.example",
          .expected = "error hostname-mismatch", .fix = "#0 #1" },
        { "an address that is not in the SAN", LIST(LEAF, INTER), .host = "192.0.2.1",
          .expected = "error hostname-mismatch", .fix = "#0 #1" },
        { "a leaf without any name", LIST(NO_NAME, INTER),
          .expected = "error hostname-mismatch, error profile-violation", .fix = "#0 #1" },
        { "the name in the CN only", LIST(ONLY_CN, INTER), .expected = "error hostname-cn-only",
          .fix = "#0 #1" },
        { "another name in the CN only", LIST(ONLY_CN, INTER), .host = "mail.example",
          .expected = "error hostname-mismatch", .fix = "#0 #1" },

        { "a self-signed leaf", LIST(ITSELF), .expected = "error self-signed-leaf", .fix = "#0",
          .untrusted = true },
        { "a private root that is sent", LIST(PRIVATE_LEAF, PRIVATE),
          .expected = "error untrusted-root", .fix = "#0", .untrusted = true },
        { "a private root that is known and not sent", LIST(PRIVATE_LEAF), .extra = { PRIVATE },
          .expected = "error untrusted-root", .fix = "#0", .untrusted = true },
        { "an issuer nobody knows", LIST(HIDDEN_LEAF), .expected = "error unknown-ca", .fix = "#0",
          .untrusted = true },
        { "an issuer known only by its address", LIST(HIDDEN_LEAF_AIA),
          .expected = "error unknown-ca", .fix = "#0", .untrusted = true },
        { "a chain that breaks off at an unknown issuer", LIST(HIDDEN_LEAF, HIDDEN),
          .expected = "error unknown-ca", .fix = "#0 #1", .untrusted = true },
        { "no anchors at all", LIST(LEAF, INTER), .trust = { OTHER_ROOT },
          .expected = "error unknown-ca", .fix = "#0 #1", .untrusted = true },
        { "an intermediate that is not sent", LIST(LEAF), .extra = { INTER },
          .expected = "error missing-intermediate", .fix = "#0 +Inter" },
        { "two intermediates that are not sent", LIST(LEAF2), .extra = { INTER, INTER2 },
          .expected = "error missing-intermediate", .fix = "#0 +Inter 2 +Inter" },
        { "the upper intermediate is not sent", LIST(LEAF2, INTER2), .extra = { INTER },
          .expected = "error missing-intermediate", .fix = "#0 #1 +Inter" },
        { "an issuer that leads nowhere is no missing intermediate", LIST(HIDDEN_LEAF),
          .extra = { HIDDEN }, .expected = "error unknown-ca", .fix = "#0 +Hidden",
          .untrusted = true },
        { "a signature that does not verify", LIST(BAD_SIGNATURE, INTER),
          .expected = "error bad-signature", .fix = "#0", .untrusted = true },
        { "nor what stands above it", LIST(BAD_SIGNATURE, INTER, ROOT),
          .expected = "error bad-signature", .fix = "#0", .untrusted = true },
        { "an anchor that has not signed", LIST(BAD_SIGNATURE), .trust = { INTER },
          .expected = "error bad-signature", .fix = "#0", .untrusted = true },
        { "a removed CA that is sent", LIST(SYMANTEC_LEAF, SYMANTEC),
          .expected = "error distrusted-ca", .fix = "#0", .untrusted = true },
        { "a removed CA that is not sent", LIST(SYMANTEC_LEAF),
          .expected = "error distrusted-ca", .fix = "#0", .untrusted = true },
        { "a removed CA that the trust store still has", LIST(SYMANTEC_PUBLIC_LEAF),
          .trust = { SYMANTEC }, .expected = "error distrusted-ca", .fix = "#0" },
        { "a private CA of the same name", LIST(SYMANTEC_LEAF), .trust = { SYMANTEC },
          .expected = "warning distrusted-ca", .fix = "#0" },
        { "an intermediate that is not sent, below a removed CA's namesake", LIST(LEAF),
          .extra = { INTER }, .trust = { ROOT, SYMANTEC },
          .expected = "error missing-intermediate", .fix = "#0 +Inter" },

        { "an expired intermediate whose successor is known", LIST(OLD_INTER_LEAF, OLD_INTER),
          .extra = { NEW_INTER }, .expected = "error intermediate-expired",
          .fix = "#0 +Old Inter" },
        { "an intermediate that ends soon and whose successor is known",
          LIST(SOON_INTER_LEAF, SOON_INTER), .extra = { NEW_SOON_INTER },
          .expected = "warning intermediate-expiring-soon", .fix = "#0 +Soon Inter" },
        { "an expired intermediate beside its successor",
          LIST(OLD_INTER_LEAF, OLD_INTER, NEW_INTER),
          .expected = "warning expired-superfluous-certificate", .fix = "#0 #2" },
        { "the same where no root is known", LIST(OLD_INTER_LEAF, OLD_INTER, NEW_INTER),
          .trust = { OTHER_ROOT },
          .expected = "error unknown-ca, warning expired-superfluous-certificate",
          .fix = "#0 #2", .untrusted = true },
        { "what the pools know makes nothing worse", LIST(OLD_INTER_LEAF, NEW_INTER),
          .trust = { OTHER_ROOT }, .extra = { OLD_INTER },
          .expected = "error unknown-ca", .fix = "#0 #1", .untrusted = true },
        { "the successor is the one to append", LIST(OLD_INTER_LEAF),
          .extra = { OLD_INTER, NEW_INTER }, .expected = "error missing-intermediate",
          .fix = "#0 +Old Inter" },

        { "an issuer that is no CA", LIST(NOT_CA_LEAF, NOT_CA),
          .expected = "error intermediate-not-ca", .fix = "#0 #1" },
        { "one CA too many", LIST(BELOW_SHORT_LEAF, BELOW_SHORT, SHORT),
          .expected = "error path-length-exceeded", .fix = "#0 #1 #2" },
        { "a leaf for clients", LIST(CLIENT_LEAF, INTER),
          .expected = "error eku-missing-server-auth", .fix = "#0 #1" },
        { "a CA for clients", LIST(CLIENT_CA_LEAF, CLIENT_CA),
          .expected = "error intermediate-eku-restricts", .fix = "#0 #1" },
        { "an unknown critical extension", LIST(UNKNOWN_EXTENSION, INTER),
          .expected = "error unhandled-critical-extension", .fix = "#0 #1" },
        { "malformed purposes are no purposes", LIST(BAD_EKU, INTER),
          .expected = "error eku-missing-server-auth, error malformed-extension", .fix = "#0 #1" },
        { "a malformed key usage", LIST(BAD_KEY_USAGE, INTER),
          .expected = "error malformed-extension", .fix = "#0 #1" },
        { "a key usage of nothing", LIST(NO_KEY_USAGE, INTER),
          .expected = "error malformed-extension", .fix = "#0 #1" },
        { "malformed names cover nothing, and the CN stands not for them", LIST(BAD_SAN, INTER),
          .expected = "error hostname-mismatch, error malformed-extension", .fix = "#0 #1" },
        { "a malformed extension of little weight", LIST(BAD_AIA, INTER),
          .expected = "warning malformed-extension", .fix = "#0 #1" },
        { "bytes after an extension", LIST(BAD_POLICIES_TAIL, INTER),
          .expected = "warning malformed-extension", .fix = "#0 #1" },
        { "purposes twice are no purposes", LIST(TWO_EKUS, INTER),
          .expected = "error eku-missing-server-auth, error duplicate-extension", .fix = "#0 #1" },
        { "an extension of little weight twice", LIST(TWO_AIAS, INTER),
          .expected = "warning duplicate-extension", .fix = "#0 #1" },
        { "a CA with malformed constraints is none",
          LIST(BAD_CONSTRAINTS_CA_LEAF, BAD_CONSTRAINTS_CA),
          .expected = "error intermediate-not-ca, error malformed-extension", .fix = "#0 #1" },
        { "a CA with a malformed key usage is none", LIST(BAD_KEY_USAGE_CA_LEAF, BAD_KEY_USAGE_CA),
          .expected = "error intermediate-not-ca, error malformed-extension", .fix = "#0 #1" },
        { "a CA with malformed purposes has none", LIST(BAD_EKU_CA_LEAF, BAD_EKU_CA),
          .expected = "error intermediate-eku-restricts, error malformed-extension",
          .fix = "#0 #1" },
        { "malformed name constraints permit nothing", LIST(BAD_NAME_CA_LEAF, BAD_NAME_CA),
          .expected = "error name-constraints-violation, error malformed-extension",
          .fix = "#0 #1" },

        { "a name that is permitted is clean", LIST(CORP_LEAF, CORP), .host = "www.corp.example",
          .expected = "", .fix = "#0 #1" },
        { "a name that is not permitted", LIST(CORP_WEB_LEAF, CORP),
          .expected = "error name-constraints-violation", .fix = "#0 #1" },
        { "a name that is not permitted further up", LIST(CORP_SUB_WEB_LEAF, CORP_SUB, CORP),
          .expected = "error name-constraints-violation", .fix = "#0 #1 #2" },
        { "a name that is excluded", LIST(NOT_WEB_LEAF, NOT_WEB),
          .expected = "error name-constraints-violation", .fix = "#0 #1" },
        { "a name that the anchor does not permit", LIST(CORP_ROOT_WEB_LEAF),
          .trust = { CORP_ROOT }, .expected = "error name-constraints-violation", .fix = "#0" },
        { "purposes of an anchor that cannot be read are none", LIST(BAD_EKU_CA_LEAF),
          .trust = { BAD_EKU_CA },
          .expected = "error intermediate-eku-restricts, error malformed-extension", .fix = "#0" },

        { "a weak signature", LIST(WEAK_HASH, INTER), .expected = "error weak-signature",
          .fix = "#0 #1" },
        { "a weak signature on the intermediate", LIST(WEAK_HASH_INTER_LEAF, WEAK_HASH_INTER),
          .expected = "error weak-signature", .fix = "#0 #1" },
        { "a weak key", LIST(WEAK_KEY, INTER), .expected = "error weak-key", .fix = "#0 #1" },
        { "the signature of an anchor is nobody's business, its key is", LIST(WEAK_ROOT_LEAF),
          .trust = { WEAK_ROOT }, .expected = "error weak-key", .fix = "#0" },
        { "a leaf with CA rights", LIST(CA_LEAF, INTER), .expected = "error ca-as-leaf",
          .fix = "#0 #1" },

        { "the leaf is not first", LIST(INTER, LEAF), .expected = "error leaf-not-first",
          .fix = "#1 #0" },
        { "the leaf is not sent", LIST(INTER), .expected = "error leaf-missing", .fix = "#0" },
        { "the leaf is not sent, for whatever host", LIST(INTER), .host = "",
          .expected = "error leaf-missing", .fix = "#0" },
        { "the wrong order", LIST(LEAF2, INTER, INTER2), .expected = "warning chain-order-wrong",
          .fix = "#0 #2 #1" },
        { "the root before the intermediate", LIST(LEAF, ROOT, INTER),
          .expected = "warning chain-order-wrong, info root-included", .fix = "#0 #2" },
        { "a copy of the intermediate", LIST(LEAF, INTER, INTER),
          .expected = "warning duplicate-certificate", .fix = "#0 #1" },
        { "a copy of the leaf", LIST(LEAF, LEAF, INTER),
          .expected = "warning duplicate-certificate", .fix = "#0 #2" },
        { "a stranger", LIST(LEAF, INTER, HIDDEN), .expected = "warning superfluous-certificate",
          .fix = "#0 #1" },
        { "an expired stranger", LIST(LEAF, INTER, OLD_INTER),
          .expected = "warning expired-superfluous-certificate", .fix = "#0 #1" },
        { "a cross-signed root for older clients", LIST(LEAF, INTER, CROSS),
          .expected = "info alternate-path-certificate", .fix = "#0 #1" },
        { "a cross-signed root before what it has issued", LIST(LEAF, CROSS, INTER),
          .expected = "warning chain-order-wrong, info alternate-path-certificate",
          .fix = "#0 #2" },
        { "a cross-signed root with the root above it", LIST(LEAF, INTER, CROSS, OTHER_ROOT),
          .trust = { ROOT, OTHER_ROOT },
          .expected = "info alternate-path-certificate, info root-included", .fix = "#0 #1" },
        { "the root of another CA", LIST(LEAF, INTER, OTHER_ROOT), .trust = { ROOT, OTHER_ROOT },
          .expected = "warning superfluous-certificate", .fix = "#0 #1" },
        { "the root first, as Windows exports it", LIST(ROOT, INTER, LEAF),
          .expected = "error leaf-not-first, info root-included", .fix = "#2 #1" },
        { "the root is sent", LIST(LEAF, INTER, ROOT), .expected = "info root-included",
          .fix = "#0 #1" },
        { "a cross-signed root is a path of its own", LIST(LEAF, INTER, CROSS),
          .trust = { OTHER_ROOT }, .expected = "", .fix = "#0 #1 #2" },

        { "everything at once", LIST(EVERYTHING, HIDDEN, INTER2, INTER2), .extra = { INTER },
          .expected = "error leaf-expired, error hostname-mismatch, error missing-intermediate, "
                      "error eku-missing-server-auth, error unhandled-critical-extension, "
                      "error weak-signature, error weak-key, warning duplicate-certificate, "
                      "warning superfluous-certificate, warning superfluous-certificate",
          .fix = "#0 +Inter" },
        { "a broken path that also ends nowhere", LIST(OLD_INTER_LEAF, OLD_INTER),
          .trust = { OTHER_ROOT }, .expected = "error intermediate-expired, error unknown-ca",
          .fix = "#0 #1", .untrusted = true },

        { "an empty file", .file = nothing, .expected = "error input-empty", .fix = "",
          .untrusted = true },
        { "a key instead of a certificate", .file = a_key,
          .expected = "error input-not-a-certificate", .fix = "", .untrusted = true },
        { "a damaged file", .file = a_damaged_certificate, .expected = "error input-unparseable",
          .fix = "", .untrusted = true },
        { "a damaged certificate between two", .file = a_damaged_certificate_between,
          .expected = "error input-unparseable", .fix = "#0 #2" },
        { "a damaged certificate before the chain", .file = a_damaged_certificate_first,
          .expected = "error input-unparseable", .fix = "#1 #2" },
        { "a key beside the chain", .file = a_chain_and_its_key,
          .expected = "warning input-private-key-present", .fix = "#0 #1" },
        { "the key of another certificate of the file", .file = a_chain_and_the_key_of_its_ca,
          .expected = "error key-mismatch, warning input-private-key-present", .fix = "#0 #1" },
        { "the key of no certificate of the file", .file = a_chain_and_a_strange_key,
          .expected = "error key-mismatch, warning input-private-key-present", .fix = "#0 #1" },
        { "a key that may be that of a damaged certificate",
          .file = a_strange_key_beside_a_damaged_certificate,
          .expected = "error input-unparseable, warning input-private-key-present",
          .fix = "#0 #1" },
        { "the right key and another", .file = a_chain_its_key_and_another,
          .expected = "warning input-private-key-present", .fix = "#0 #1" },
        { "an indented file", .file = an_indented_chain, .expected = "warning input-pem-malformed",
          .fix = "#0 #1" },
        { "a DER file", .file = a_der_chain, .expected = "info input-format-converted",
          .fix = "#0 #1" },
        { "more certificates than the limit", .file = too_many,
          .expected = "error resource-limit, warning duplicate-certificate", .fix = "#0 #1" },
};

/* --- running a row --------------------------------------------------------------------------- */

static struct chain *chain_of_all(const enum who *list)
{
        struct chain *chain = chain_new();

        for (; *list; list++)
                chain_add(chain, certs[*list]);
        return chain;
}

#define FETCHED_FROM "http://ca.example/inter2.crt"

static struct trust *trust_of_all(const enum who *list)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = chain_of_all(list);

        return trust_new(chain->certs, chain->n);
}

/* The same, each fetched from the one URL. */
static struct trust *fetched_of_all(const enum who *list)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = chain_of_all(list);
        const char *urls[] = { FETCHED_FROM, FETCHED_FROM, FETCHED_FROM, FETCHED_FROM };

        assert_in_range(chain->n, 0, ARRAY_LEN(urls));
        return trust_new_fetched(chain->certs, urls, chain->n);
}

static struct chain *served_by(const struct row *r)
{
        struct buf file = BUF_INIT(1 << 20);

        if (!r->file)
                return chain_of_all(r->served);
        r->file(&file);
        struct chain *chain = chain_parse("web.pem", (const uint8_t *)buf_str(&file), file.len,
                                          &(struct chain_options){ .max_certs = 3 });

        buf_done(&file);
        return chain;
}

/* "error leaf-expired, info root-included" */
static char *findings_str(const struct verdict *v)
{
        struct buf out = BUF_INIT(4096);

        for (size_t i = 0; i < v->findings.n; i++)
                buf_printf(&out, "%s%s %s", i ? ", " : "",
                           severity_str(v->findings.items[i].severity),
                           FINDINGS[v->findings.items[i].code].name);
        return buf_steal(&out);
}

static void check_text(const char *text)
{
        assert_non_null(text);
        assert_true(*text);
        for (size_t n = strlen(text); n > 0;) {
                size_t len = text_printable(text, n);

                assert_int_not_equal(len, 0);
                text += len;
                n -= len;
        }
}

/* The certificate at a position as sent, which must be one that could be read. */
static const struct cert *sent(const struct chain *served, int position)
{
        for (size_t i = 0; i < served->n; i++)
                if (served->sent_at[i] == position)
                        return served->certs[i];
        fail_msg("nothing could be read at position %d", position);
        return NULL;
}

/* Every certificate that was sent has its step, and the steps lead to the chain to serve. */
static void check_repair(const struct verdict *v, const struct chain *served)
{
        size_t n_mended = 0, n_added = 0;

        for (size_t i = 0; i < v->n_repair; i++) {
                const struct repair_step *step = &v->repair[i];

                if (step->action != REPAIR_DROP) {
                        assert_int_equal(step->target, n_mended);
                        assert_ptr_equal(step->cert, v->fix_certs[n_mended]);
                        n_mended++;
                }
                n_added += step->action == REPAIR_ADD;
                assert_true((step->action == REPAIR_ADD) == (step->position < 0));
                assert_true((step->action == REPAIR_KEEP) == (step->why == FINDING_COUNT));
                for (size_t k = 0; k < i; k++)
                        assert_true(step->position < 0 || step->position != v->repair[k].position);
        }
        assert_int_equal(n_mended, v->n_fix);
        assert_int_equal(v->n_repair - n_added, served->n);
}

/* What holds of every verdict, whatever was found. */
static void check_verdict(const struct verdict *v, const struct chain *served)
{
        for (size_t i = 0; i < v->findings.n; i++) {
                const struct finding *f = &v->findings.items[i];

                check_text(f->message);
                check_text(f->remedy);
                assert_true(strlen(f->message) >= 10 && strlen(f->remedy) >= 10);
                assert_true(f->position < served->n_sent);
                if (f->subject) {
                        check_text(f->subject);
                        assert_int_equal(strlen(f->fingerprint), 64);
                }
                if (f->subject && f->position >= 0)
                        assert_string_equal(f->fingerprint, sent(served, f->position)->fingerprint);
                if (i > 0)
                        assert_true(f->severity <= f[-1].severity);
        }
        int64_t first_end = 0;

        for (size_t i = 0; i < v->n_path; i++)
                if (v->path[i]->dates_ok && (!first_end || v->path[i]->not_after_s < first_end))
                        first_end = v->path[i]->not_after_s;
        assert_int_equal(v->expires_s, first_end);
        assert_true((served->n > 0) == (v->leaf != NULL));
        check_repair(v, served);
}

/* The report dumps to UTF-8 that parses again, with a diagnosis for each finding. */
static void check_report(const struct verdict *v, const struct chain *served)
{
        json_t *report = report_verdict(v, served);
        AUTO_FREE char *text = json_dumps(report, 0);
        json_t *back = json_loads(text, 0, NULL);

        assert_non_null(back);
        assert_true(json_equal(report, back));
        assert_int_equal(json_array_size(json_object_get(back, "diagnoses")), v->findings.n);
        assert_int_equal(json_array_size(json_object_get(back, "fix")), v->n_fix);
        assert_int_equal(json_array_size(json_object_get(back, "chain")), served->n);
        json_decref(back);
        json_decref(report);
}

static char *fix_str(const struct verdict *v)
{
        struct buf out = BUF_INIT(4096);

        for (size_t i = 0; i < v->n_fix; i++)
                buf_printf(&out, "%s%s", i ? " " : "", v->fix[i]);
        return buf_steal(&out);
}

/* Whoever tells a date that is to come or has come goes by the clock. */
static void check_clock(const struct verdict *v)
{
        for (size_t i = 0; i < v->findings.n; i++)
                assert_int_equal(v->findings.items[i].by_clock,
                                 v->findings.items[i].deadline_s != 0);
}

static void a_row_holds(void **state)
{
        static const enum who ROOT_ONLY[] = { ROOT, NOBODY };
        const struct row *r = *state;
        CLEANUP(chain_free_at_exit) struct chain *served = served_by(r);
        CLEANUP(trust_unref_at_exit) struct trust *anchors =
                trust_of_all(r->trust[0] ? r->trust : ROOT_ONLY);
        CLEANUP(trust_unref_at_exit) struct trust *extra = trust_of_all(r->extra);
        struct verdict v;

        validate(&(struct validate_input){
                .served = served, .anchors = anchors,
                .pools = { .configured = extra }, .now_s = NOW,
                .host = !r->host ? HOST : *r->host ? r->host : NULL,
        }, &v);
        AUTO_FREE char *found = findings_str(&v), *fix = fix_str(&v);

        assert_string_equal(found, r->expected);
        assert_string_equal(fix, r->fix);
        assert_int_equal(v.trusted, !r->untrusted);
        check_verdict(&v, served);
        check_report(&v, served);
        check_clock(&v);
        verdict_done(&v);
}

/* "keep #0, add +Inter: missing-intermediate" */
static char *repair_str(const struct verdict *v)
{
        struct buf out = BUF_INIT(4096);

        for (size_t i = 0; i < v->n_repair; i++) {
                const struct repair_step *step = &v->repair[i];

                buf_printf(&out, "%s%s ", i ? ", " : "", REPAIR_ACTIONS[step->action]);
                if (step->position >= 0)
                        buf_printf(&out, "#%d", step->position);
                else
                        buf_printf(&out, "+%s", step->cert->label);
                if (step->why < FINDING_COUNT)
                        buf_printf(&out, ": %s", FINDINGS[step->why].name);
        }
        return buf_steal(&out);
}

static const struct {
        enum who served[8], extra[4];
        const char *steps;
} REPAIRS[] = {
        { LIST(LEAF, INTER), .steps = "keep #0, keep #1" },
        { LIST(LEAF2, INTER2), LIST(INTER),
          "keep #0, keep #1, add +Inter: missing-intermediate" },
        { LIST(LEAF2, INTER), LIST(INTER2),
          "keep #0, add +Inter 2: missing-intermediate, keep #1" },
        { LIST(LEAF2, INTER, INTER2),
          .steps = "keep #0, keep #2, move #1: chain-order-wrong" },
        { LIST(INTER, LEAF), .steps = "keep #1, move #0: leaf-not-first" },
        { LIST(LEAF, LEAF, INTER, INTER),
          .steps = "keep #0, keep #2, drop #1: duplicate-certificate, "
                   "drop #3: duplicate-certificate" },
        { LIST(LEAF, HIDDEN, INTER, ROOT, OLD_INTER),
          .steps = "keep #0, keep #2, drop #1: superfluous-certificate, drop #3: root-included, "
                   "drop #4: expired-superfluous-certificate" },
        { LIST(LEAF, INTER, CROSS),
          .steps = "keep #0, keep #1, drop #2: alternate-path-certificate" },
        { LIST(PRIVATE_LEAF, PRIVATE), .steps = "keep #0, drop #1: root-included" },
};

static void every_step_to_the_mended_chain_is_told_with_its_reason(void **state)
{
        static const enum who TRUST[] = { ROOT, NOBODY };
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of_all(TRUST);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(REPAIRS); i++) {
                CLEANUP(chain_free_at_exit) struct chain *served = chain_of_all(REPAIRS[i].served);
                CLEANUP(trust_unref_at_exit) struct trust *extra = trust_of_all(REPAIRS[i].extra);
                struct verdict v;

                validate(&(struct validate_input){
                        .served = served, .anchors = anchors,
                        .pools = { .learned = extra }, .now_s = NOW, .host = HOST,
                }, &v);
                AUTO_FREE char *steps = repair_str(&v);

                assert_string_equal(steps, REPAIRS[i].steps);
                for (size_t k = 0; k < v.n_repair; k++)
                        assert_int_equal(v.repair[k].source, v.repair[k].action == REPAIR_ADD
                                                                     ? PATH_LEARNED
                                                                     : PATH_SERVED);
                verdict_done(&v);
        }
}

/* --- how we know, and who is affected --------------------------------------------------------- */

static const struct {
        enum who served[4], trust[2], configured[2], learned[2], fetched[2];
        const char *fetching;
        enum finding_code code;
        const char *message, *remedy, *evidence; /* what must be in them; NULL = anything */
        const char *key, *value;                 /* and a fact */
} KNOWN[] = {
        { LIST(ITSELF), .code = FINDING_SELF_SIGNED_LEAF, .evidence = "its own key verifies",
          .key = "trust_anchors", .value = "1" },
        { LIST(PRIVATE_LEAF, PRIVATE), .code = FINDING_UNTRUSTED_ROOT,
          .remedy = "install its root Private Root (SHA-256 ",
          .evidence = "sent by the server as certificate 2", .key = "root_from",
          .value = "served" },
        { LIST(PRIVATE_LEAF), .learned = { PRIVATE }, .code = FINDING_UNTRUSTED_ROOT,
          .evidence = "learned from a chain that verified earlier", .key = "root_from",
          .value = "learned" },
        { LIST(HIDDEN_LEAF), .code = FINDING_UNKNOWN_CA, .remedy = "ask who issued",
          .evidence = "names no caIssuers URL", .key = "aia", .value = "absent" },
        { LIST(HIDDEN_LEAF_AIA), .code = FINDING_UNKNOWN_CA, .remedy = "may be missing",
          .evidence = "http://ca.example/hidden.crt was not asked", .key = "aia",
          .value = "not_asked" },
        { LIST(HIDDEN_LEAF_AIA), .fetching = "http://ca.example/hidden.crt answered 404",
          .code = FINDING_UNKNOWN_CA, .remedy = "may be missing", .evidence = "answered 404",
          .key = "aia", .value = "asked" },
        { LIST(HIDDEN_LEAF_AIA), .fetched = { HIDDEN }, .fetching = "http://x answered",
          .code = FINDING_UNKNOWN_CA, .message = "Hidden was issued by Private Root",
          .remedy = "private CA", .key = "aia", .value = "absent" },
        { LIST(LEAF2), .configured = { INTER }, .learned = { INTER2 },
          .code = FINDING_MISSING_INTERMEDIATE,
          .message = "so do Chrome, Edge and Safari, because web.example names no URL",
          .remedy = "Append Inter 2, then Inter right after certificate 1 (web.example)",
          .evidence = "Inter 2 was learned from a chain that verified earlier, "
                      "Inter was found among the configured intermediates",
          .key = "order", .value = "web.example (1), Inter 2 (new), Inter (new)" },
        { LIST(LEAF2, INTER), .learned = { INTER2 }, .code = FINDING_MISSING_INTERMEDIATE,
          .remedy = "Append Inter 2 right after certificate 1 (web.example)", .key = "order",
          .value = "web.example (1), Inter 2 (new), Inter (2)" },
        { LIST(INTER_AIA_LEAF2, INTER), .fetched = { INTER2 },
          .code = FINDING_MISSING_INTERMEDIATE,
          .message = "Chrome, Edge and Safari fetch what is missing",
          .evidence = "Inter 2 was fetched from " FETCHED_FROM, .key = "clients_that_fail",
          .value = "curl, Java, Go, Python, OpenSSL and GnuTLS" },
        { LIST(INTER_AIA_LEAF2, INTER), .fetched = { INTER2 },
          .code = FINDING_MISSING_INTERMEDIATE, .key = "url", .value = FETCHED_FROM },
        { LIST(BAD_SIGNATURE, INTER), .code = FINDING_BAD_SIGNATURE,
          .message = "web.example was not signed by the key of the Inter that is sent as "
                     "certificate 2.", .key = "issuer", .value = "CN=Inter" },
        { LIST(BAD_SIGNATURE), .trust = { INTER }, .code = FINDING_BAD_SIGNATURE,
          .message = "the Inter in the trust store", .evidence = "does not verify" },
        { LIST(SYMANTEC_LEAF), .code = FINDING_DISTRUSTED_CA, .message = "since 2018-10-16",
          .remedy = "another public CA", .evidence = "O=GeoTrust Inc.", .key = "since",
          .value = "2018-10-16" },
        { LIST(OLD_INTER_LEAF, OLD_INTER), .learned = { NEW_INTER },
          .code = FINDING_INTERMEDIATE_EXPIRED, .remedy = "which another server sends",
          .key = "replacement_from", .value = "learned" },
        { LIST(OLD_ROOT_LEAF), .trust = { OLD_ROOT }, .code = FINDING_ROOT_EXPIRED,
          .remedy = "Serve a chain that ends in a current root" },
        { LIST(LEAF, INTER, OLD_INTER), .code = FINDING_EXPIRED_SUPERFLUOUS_CERTIFICATE,
          .remedy = "Remove certificate 3", .key = "clients_that_fail",
          .value = "OpenSSL before 1.1.0, GnuTLS before 3.6.14" },
        { LIST(LEAF, INTER, ROOT), .code = FINDING_ROOT_INCLUDED,
          .remedy = "Remove certificate 3" },
        { LIST(LEAF, INTER, INTER), .code = FINDING_DUPLICATE_CERTIFICATE,
          .message = "as certificates 2 and 3", .remedy = "certificate 3" },
        { LIST(LEAF, HIDDEN), .code = FINDING_SUPERFLUOUS_CERTIFICATE,
          .remedy = "Close the gap in the chain first" },
        { LIST(LEAF, NAMESAKE), .learned = { INTER }, .code = FINDING_MISSING_INTERMEDIATE,
          .message = "does not send the right Inter: ", .remedy = "Append Inter right after" },
        { LIST(LEAF, NAMESAKE), .learned = { INTER }, .code = FINDING_SUPERFLUOUS_CERTIFICATE,
          .message = "Certificate 2 is another Inter than", .remedy = "Remove certificate 2" },
        { LIST(LEAF, INTER, HIDDEN), .code = FINDING_SUPERFLUOUS_CERTIFICATE,
          .remedy = "Remove certificate 3" },
        { LIST(INTER, LEAF), .code = FINDING_LEAF_NOT_FIRST,
          .remedy = "the right order is web.example (2), Inter (1)." },
        { LIST(LEAF2, INTER, INTER2), .code = FINDING_CHAIN_ORDER_WRONG,
          .remedy = "the right order is web.example (1), Inter 2 (3), Inter (2)." },
};

static void assert_holds(const char *text, const char *part)
{
        if (part && (!text || !strstr(text, part)))
                fail_msg("\"%s\" is not in \"%s\"", part, text ? text : "(nothing)");
}

static void what_is_found_is_explained(void **state)
{
        static const enum who ROOT_ONLY[] = { ROOT, NOBODY };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++) {
                CLEANUP(chain_free_at_exit) struct chain *served = chain_of_all(KNOWN[i].served);
                CLEANUP(trust_unref_at_exit) struct trust *anchors =
                        trust_of_all(KNOWN[i].trust[0] ? KNOWN[i].trust : ROOT_ONLY);
                CLEANUP(trust_unref_at_exit) struct trust *a = trust_of_all(KNOWN[i].configured);
                CLEANUP(trust_unref_at_exit) struct trust *b = trust_of_all(KNOWN[i].learned);
                CLEANUP(trust_unref_at_exit) struct trust *c = fetched_of_all(KNOWN[i].fetched);
                struct verdict v;

                validate(&(struct validate_input){
                        .served = served, .anchors = anchors, .now_s = NOW, .host = HOST,
                        .pools = { .configured = a, .learned = b, .fetched = c },
                        .fetching = KNOWN[i].fetching,
                }, &v);
                const struct finding *f = finding_find(&v.findings, KNOWN[i].code);
                const char *value = NULL;

                if (!f)
                        fail_msg("row %zu: no %s", i, FINDINGS[KNOWN[i].code].name);
                assert_holds(f->message, KNOWN[i].message);
                assert_holds(f->remedy, KNOWN[i].remedy);
                assert_holds(f->evidence, KNOWN[i].evidence);
                for (size_t k = 0; KNOWN[i].key && k < f->n_facts; k++)
                        if (strcmp(f->facts[k].key, KNOWN[i].key) == 0)
                                value = f->facts[k].value;
                if (KNOWN[i].key)
                        assert_string_equal(value ? value : "(no such fact)", KNOWN[i].value);
                verdict_done(&v);
        }
}

/* Codes that are not the validator's, or that have tests of their own. */
static const int ELSEWHERE[] = {
        FINDING_INPUT_UNREADABLE,
        FINDING_MALFORMED_VALIDITY, FINDING_VALIDITY_TOO_LONG,
        FINDING_SAN_UNRESOLVABLE,
        FINDING_KEY_USAGE_INVALID, FINDING_POLICY_VIOLATION, FINDING_PROFILE_VIOLATION,
        FINDING_SERIAL_INVALID, FINDING_X509_V1,
        FINDING_REVOKED, FINDING_REVOCATION_UNKNOWN,
        FINDING_MUST_STAPLE_MISSING, FINDING_STAPLE_INVALID,
        FINDING_KEY_UNSUPPORTED, FINDING_TLS_VERSION_OLD, FINDING_TLS_CIPHER_WEAK,
        FINDING_ADDRESS_SKEW, FINDING_RENEWED_ON_DISK,
        FINDING_CLIENT_CERT_EXPIRED, FINDING_CLIENT_CERT_EXPIRING_SOON,
        FINDING_RENEWED, FINDING_CHANGED,
};

static void every_code_of_certificates_has_a_row(void **state)
{
        (void)state;
        for (int code = 0; code < FINDING_COUNT; code++) {
                AUTO_FREE char *word = mem_printf(" %s,", FINDINGS[code].name);
                bool found = FINDINGS[code].class == FINDING_NETWORK;

                for (size_t i = 0; i < ARRAY_LEN(ELSEWHERE) && !found; i++)
                        found = ELSEWHERE[i] == code;
                for (size_t i = 0; i < ARRAY_LEN(ROWS) && !found; i++) {
                        AUTO_FREE char *expected = mem_printf("%s,", ROWS[i].expected);

                        found = strstr(expected, word) != NULL;
                }
                if (!found)
                        fail_msg("no row expects %s", FINDINGS[code].name);
        }
}

/* --- one certificate, at an instant ---------------------------------------------------------- */

/* What is found when LEAF and INTER are looked at at @now_s. */
static char *found_at(int64_t now_s, const struct policy *policy)
{
        static const enum who SERVED[] = { LEAF, INTER, NOBODY }, TRUST[] = { ROOT, NOBODY };
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of_all(SERVED);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of_all(TRUST);
        struct verdict v;

        validate(
                &(struct validate_input){
                        .served = served,
                        .anchors = anchors,
                        .host = HOST,
                        .policy = policy,
                        .now_s = now_s,
                },
                &v);
        char *found = findings_str(&v);

        check_verdict(&v, served);
        verdict_done(&v);
        return found;
}

static void dates_count_to_the_very_second(void **state)
{
        enum { WARN = 18 * DAY, CRIT = 544320 }; /* 20 % and 7 % of 90 days */
        const int64_t begin = NOW - 30 * DAY, end = NOW + 60 * DAY;
        const struct {
                int64_t now_s;
                const char *expected;
        } AT[] = {
                { begin - 1, "error leaf-not-yet-valid" },
                { begin, "" },
                { end - WARN, "" },
                { end - WARN + 1, "warning leaf-expiring-soon" },
                { end - CRIT, "warning leaf-expiring-soon" },
                { end - CRIT + 1, "error leaf-expiring-soon" },
                { end, "error leaf-expiring-soon" }, /* valid through this second */
                { end + 1, "error leaf-expired" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(AT); i++) {
                AUTO_FREE char *found = found_at(AT[i].now_s, NULL);

                assert_string_equal(found, AT[i].expected);
        }
}

static void thresholds_of_the_policy_count(void **state)
{
        const int64_t end = NOW + 60 * DAY;
        static const struct {
                struct threshold warning, critical;
                int64_t left_s;
                const char *expected;
        } ROWS_[] = {
                { { 0 }, { 0 }, 0, "" }, /* never */
                { { .span_s = 10 }, { 0 }, 10, "" },
                { { .span_s = 10 }, { 0 }, 9, "warning leaf-expiring-soon" },
                { { .span_s = 10 }, { 0 }, 0, "warning leaf-expiring-soon" },
                { { 0 }, { .span_s = 10 }, 9, "error leaf-expiring-soon" },
                { { .millipercent = 50000 }, { 0 }, 45 * DAY - 1, "warning leaf-expiring-soon" },
                { { .millipercent = 50000 }, { 0 }, 45 * DAY, "" },
                { { .span_s = 50 * DAY, .millipercent = 50000 }, { 0 }, 45 * DAY, "" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS_); i++) {
                struct policy policy = POLICY_DEFAULT;

                policy.warning = ROWS_[i].warning;
                policy.critical = ROWS_[i].critical;
                AUTO_FREE char *found = found_at(end - ROWS_[i].left_s, &policy);

                assert_string_equal(found, ROWS_[i].expected);
        }
}

/* By its own share of ten years a root would be reported two years early. */
static void a_root_is_judged_by_the_span_or_the_share_of_the_leaf(void **state)
{
        static const struct {
                struct threshold warning;
                enum who leaf, root;
                const char *expected;
        } ROWS_[] = {
                { { .span_s = 4 * DAY }, URGENT_ROOT_LEAF, URGENT_ROOT,
                  "warning root-expiring-soon" },
                { { .span_s = 3 * DAY }, URGENT_ROOT_LEAF, URGENT_ROOT, "" },
                { { .millipercent = 50000 }, SOON_ROOT_LEAF, SOON_ROOT, /* 45 d of 90 */
                  "warning root-expiring-soon" },
                { { .millipercent = 30000 }, SOON_ROOT_LEAF, SOON_ROOT, "" },
                { { .span_s = 30 * DAY, .millipercent = 1000 }, SOON_ROOT_LEAF, SOON_ROOT,
                  "warning root-expiring-soon" },
                { { .span_s = 61 * DAY }, LEAF, INTER, "warning leaf-expiring-soon" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS_); i++) {
                struct policy policy = POLICY_DEFAULT;
                CLEANUP(chain_free_at_exit) struct chain *served =
                        chain_of_all((enum who[]){ ROWS_[i].leaf, NOBODY });
                CLEANUP(trust_unref_at_exit) struct trust *anchors =
                        trust_of_all((enum who[]){ ROWS_[i].root, NOBODY });
                struct verdict v;

                policy.warning = ROWS_[i].warning;
                policy.critical = (struct threshold){ 0 };
                validate(&(struct validate_input){
                        .served = served, .anchors = anchors, .host = HOST, .now_s = NOW,
                        .policy = &policy,
                }, &v);
                AUTO_FREE char *found = findings_str(&v);

                assert_string_equal(found, ROWS_[i].expected);
                verdict_done(&v);
        }
}

/* What to do about the order and about the root does not contradict each other. */
static void the_right_order_leaves_out_the_root(void **state)
{
        CLEANUP(chain_free_at_exit) struct chain *served =
                chain_of_all((enum who[]){ LEAF, ROOT, INTER, NOBODY });
        CLEANUP(trust_unref_at_exit) struct trust *anchors =
                trust_of_all((enum who[]){ ROOT, NOBODY });
        struct verdict v;

        (void)state;
        validate(&(struct validate_input){
                .served = served, .anchors = anchors, .host = HOST, .now_s = NOW,
        }, &v);
        const struct finding *order = finding_find(&v.findings, FINDING_CHAIN_ORDER_WRONG);

        assert_non_null(order);
        assert_non_null(strstr(order->remedy, "the right order is web.example (1), Inter (3)."));
        verdict_done(&v);
}

static void a_date_is_given_with_what_it_breaks(void **state)
{
        static const enum who SERVED[] = { EXPIRED, INTER, NOBODY }, TRUST[] = { ROOT, NOBODY };
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of_all(SERVED);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of_all(TRUST);
        struct verdict v;

        (void)state;
        validate(&(struct validate_input){
                .served = served, .anchors = anchors, .host = HOST, .now_s = NOW,
        }, &v);
        assert_int_equal(v.findings.n, 1);
        assert_int_equal(v.findings.items[0].deadline_s, NOW - 3 * DAY);
        assert_string_equal(v.findings.items[0].message,
                            "Certificate web.example expired 3 d ago (2027-01-12 08:00 UTC).");
        assert_int_equal(v.expires_s, NOW - 3 * DAY);
        verdict_done(&v);
}

/* --- policy ---------------------------------------------------------------------------------- */

static void a_policy_ignores_lowers_and_raises(void **state)
{
        const int64_t expired = NOW + 61 * DAY;
        static const struct {
                int8_t wanted;
                const char *expected;
        } WANTED[] = {
                { -1, "error leaf-expired" },
                { SEVERITY_OK, "" },
                { SEVERITY_INFO, "info leaf-expired" },
                { SEVERITY_WARNING, "warning leaf-expired" },
                { SEVERITY_ERROR, "error leaf-expired" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WANTED); i++) {
                struct policy policy = POLICY_DEFAULT;

                policy.severity[FINDING_LEAF_EXPIRED] = WANTED[i].wanted;
                AUTO_FREE char *found = found_at(expired, &policy);

                assert_string_equal(found, WANTED[i].expected);
        }
}

static void a_policy_reorders_what_is_found(void **state)
{
        static const enum who SERVED[] = { WEAK_HASH, ROOT, INTER, NOBODY },
                              TRUST[] = { ROOT, NOBODY };
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of_all(SERVED);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of_all(TRUST);
        struct policy policy = POLICY_DEFAULT;
        struct verdict v;

        (void)state;
        policy.severity[FINDING_ROOT_INCLUDED] = SEVERITY_ERROR;
        policy.severity[FINDING_CHAIN_ORDER_WRONG] = SEVERITY_OK;
        policy.severity[FINDING_WEAK_SIGNATURE] = SEVERITY_INFO;
        validate(&(struct validate_input){
                .served = served, .anchors = anchors, .host = HOST, .now_s = NOW, .policy = &policy,
        }, &v);
        AUTO_FREE char *found = findings_str(&v);

        assert_string_equal(found, "error root-included, info weak-signature");
        assert_int_equal(verdict_severity(&v), SEVERITY_ERROR);
        verdict_done(&v);
}

static void what_is_added_later_takes_its_place(void **state)
{
        struct policy policy = POLICY_DEFAULT;
        struct verdict v = { 0 };

        (void)state;
        assert_int_equal(verdict_severity(&v), SEVERITY_OK);
        policy.severity[FINDING_DNS_FAILED] = SEVERITY_WARNING;
        policy.severity[FINDING_CONNECT_TIMEOUT] = SEVERITY_OK;
        verdict_add(&v, FINDING_DNS_FAILED, &policy, "a", "b");
        verdict_add(&v, FINDING_CONNECT_TIMEOUT, &policy, "c", "d");
        verdict_add(&v, FINDING_CONNECT_REFUSED, &policy, "e", "f");
        AUTO_FREE char *found = findings_str(&v);

        assert_string_equal(found, "error connect-refused, warning dns-failed");
        assert_string_equal(v.findings.items[1].message, "a");
        assert_string_equal(v.findings.items[1].remedy, "b");
        verdict_done(&v);
        assert_int_equal(v.findings.n, 0);
}

/* --- hostile bytes --------------------------------------------------------------------------- */

#define NASTY "a\0b\x1b[31m\"q\"\\\n</script>\xe2\x80\xae" "moc\xff\xc2\x9b"

static void name_nastily(struct x509_st *cert)
{
        add_to_subject(cert, NID_commonName, NASTY, sizeof(NASTY) - 1);
        set_dns_name(cert, NASTY, sizeof(NASTY) - 1);
}

static void name_endlessly(struct x509_st *cert)
{
        struct buf name = BUF_INIT(1 << 20);

        for (int i = 0; i < 3000; i++)
                buf_puts(&name, "\xe2\x82\xac");
        add_to_subject(cert, NID_commonName, name.data, (int)name.len);
        add_to_subject(cert, NID_organizationName, name.data + 3, (int)name.len - 6);
        set_dns_name(cert, name.data, (int)name.len);
        buf_done(&name);
}

static void foreign_names_are_harmless_in_every_text_and_in_the_report(void **state)
{
        static alter_fn *const WAYS[] = { name_nastily, name_endlessly };
        CLEANUP(trust_unref_at_exit)
        struct trust *anchors = trust_of_all((enum who[]){ ROOT, NOBODY });

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WAYS); i++) {
                const struct mint_spec spec = {
                        .names = NAMES("x"), .not_before_s = NOW - 90 * DAY,
                        .not_after_s = NOW - DAY,
                        .key = MINT_RSA_1024, .eku = "clientAuth", .critical_oid = "1.2.3.4.5",
                }, ca_spec = { .ca = true, .names = NAMES("x"), .not_after_s = NOW - DAY };
                CLEANUP(minted_free_at_exit) struct minted *ca = forge(&ca_spec, NULL, WAYS[i]);
                CLEANUP(minted_free_at_exit) struct minted *leaf = forge(&spec, ca, WAYS[i]);
                CLEANUP(chain_free_at_exit) struct chain *served = chain_of(
                        MINTED(leaf, minted[HIDDEN], ca, ca));
                struct verdict v;

                validate(&(struct validate_input){
                        .served = served, .anchors = anchors, .host = HOST, .now_s = NOW,
                }, &v);
                assert_true(v.findings.n >= 7);
                check_verdict(&v, served);
                check_report(&v, served);
                verdict_done(&v);
        }
}

/* --- the report ------------------------------------------------------------------------------ */

static void the_report_says_what_was_found(void **state)
{
        static const enum who SERVED[] = { EXPIRED, NOBODY }, TRUST[] = { ROOT, NOBODY },
                              EXTRA[] = { INTER, NOBODY };
        CLEANUP(chain_free_at_exit) struct chain *served = chain_of_all(SERVED);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of_all(TRUST);
        CLEANUP(trust_unref_at_exit) struct trust *extra = trust_of_all(EXTRA);
        struct verdict v;

        (void)state;
        validate(&(struct validate_input){
                .served = served, .anchors = anchors,
                .pools = { .configured = extra }, .host = HOST, .now_s = NOW,
        }, &v);
        json_t *report = report_verdict(&v, served);
        const json_t *diagnosis = json_array_get(json_object_get(report, "diagnoses"), 0);
        const json_t *path = json_object_get(report, "path");

        assert_string_equal(json_string_value(json_object_get(report, "verdict")), "error");
        assert_string_equal(json_string_value(json_object_get(report, "expires")),
                            "2027-01-12T08:00:00Z");
        assert_true(json_is_true(json_object_get(report, "trusted")));
        assert_string_equal(json_string_value(json_object_get(diagnosis, "code")), "leaf-expired");
        assert_string_equal(json_string_value(json_object_get(diagnosis, "deadline")),
                            "2027-01-12T08:00:00Z");
        assert_int_equal(json_array_size(path), 3);
        for (size_t i = 0; i < 3; i++) {
                static const char *const SOURCES[] = { "served", "configured", "trust_store" };
                const json_t *step = json_array_get(path, i);

                assert_string_equal(json_string_value(json_object_get(step, "source")), SOURCES[i]);
        }
        json_decref(report);
        verdict_done(&v);
}

static void the_verdict_of_the_report_is_the_worst_severity(void **state)
{
        static const struct {
                enum who served[4];
                const char *verdict;
        } WORDS[] = {
                { { LEAF, INTER }, "ok" },
                { { LEAF, INTER, ROOT }, "ok" }, /* information is no problem */
                { { LEAF, INTER, INTER }, "warn" },
                { { EXPIRED, INTER, INTER }, "error" },
        };
        CLEANUP(trust_unref_at_exit)
        struct trust *anchors = trust_of_all((enum who[]){ ROOT, NOBODY });

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WORDS); i++) {
                CLEANUP(chain_free_at_exit) struct chain *served = chain_of_all(WORDS[i].served);
                struct verdict v;

                validate(&(struct validate_input){
                        .served = served, .anchors = anchors, .host = HOST, .now_s = NOW,
                }, &v);
                json_t *report = report_verdict(&v, NULL);

                assert_string_equal(json_string_value(json_object_get(report, "verdict")),
                                    WORDS[i].verdict);
                assert_int_equal(json_array_size(json_object_get(report, "chain")), 0);
                json_decref(report);
                verdict_done(&v);
        }
}

/* --- hints ----------------------------------------------------------------------------------- */

static void a_near_miss_is_explained(void **state)
{
        static const struct {
                enum who leaf;
                const char *host, *hint;
        } HINTS[] = {
                { ONLY_WWW, HOST, "www.web.example is covered, this name is not." },
                { LEAF, "www.web.example", "The name without www. is covered, this one is not." },
                { WILDCARD, HOST, "*.web.example does not cover web.example itself." },
                { WILDCARD, "a.b.web.example",
                  "A wildcard covers one label only: *.web.example covers b.web.example, "
                  "not a.b.web.example." },
                { LEAF, "192.0.2.1", "need an IP address in the subjectAltName." },
                { WRONG_NAME, HOST, "it is for: mail.example, ftp.example." },
                { LAN, "nas.lan", "no wildcard right below a name of one label, such as lan." },
                { NO_NAME, HOST, "it has no names at all" },
        };
        CLEANUP(trust_unref_at_exit)
        struct trust *anchors = trust_of_all((enum who[]){ ROOT, NOBODY });

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(HINTS); i++) {
                CLEANUP(chain_free_at_exit) struct chain *served =
                        chain_of_all((enum who[]){ HINTS[i].leaf, INTER, NOBODY });
                struct verdict v;

                validate(&(struct validate_input){
                        .served = served, .anchors = anchors, .host = HINTS[i].host, .now_s = NOW,
                }, &v);
                assert_int_equal(v.findings.items[0].code, FINDING_HOSTNAME_MISMATCH);
                if (!strstr(v.findings.items[0].message, HINTS[i].hint))
                        fail_msg("%s: %s", HINTS[i].host, v.findings.items[0].message);
                verdict_done(&v);
        }
}

int main(void)
{
        const struct CMUnitTest others[] = {
                cmocka_unit_test(every_code_of_certificates_has_a_row),
                cmocka_unit_test(every_step_to_the_mended_chain_is_told_with_its_reason),
                cmocka_unit_test(what_is_found_is_explained),
                cmocka_unit_test(dates_count_to_the_very_second),
                cmocka_unit_test(thresholds_of_the_policy_count),
                cmocka_unit_test(a_root_is_judged_by_the_span_or_the_share_of_the_leaf),
                cmocka_unit_test(the_right_order_leaves_out_the_root),
                cmocka_unit_test(a_date_is_given_with_what_it_breaks),
                cmocka_unit_test(a_policy_ignores_lowers_and_raises),
                cmocka_unit_test(a_policy_reorders_what_is_found),
                cmocka_unit_test(what_is_added_later_takes_its_place),
                cmocka_unit_test(foreign_names_are_harmless_in_every_text_and_in_the_report),
                cmocka_unit_test(the_report_says_what_was_found),
                cmocka_unit_test(the_verdict_of_the_report_is_the_worst_severity),
                cmocka_unit_test(a_near_miss_is_explained),
        };
        struct CMUnitTest tests[ARRAY_LEN(ROWS) + ARRAY_LEN(others)];

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                tests[i] = (struct CMUnitTest){
                        .name = ROWS[i].name, .test_func = a_row_holds,
                        .initial_state = (void *)(uintptr_t)&ROWS[i],
                };
        memcpy(tests + ARRAY_LEN(ROWS), others, sizeof(others));
        return cmocka_run_group_tests(tests, make_all, free_all);
}
