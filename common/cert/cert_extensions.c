/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the extensions of a certificate: each is decoded once, by the row of the table that knows
 * it. What is there and cannot be used, because it is malformed or there twice, is never absent: it
 * allows nothing, and is reported.
 */
#include "common/cert/cert_read.h"

#include "common/base/buf.h"
#include "common/base/mem.h"

#include <openssl/tls1.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OID_MAX 128     /* bytes of one printed OID; longer ones are cut */
#define FEW_UNKNOWN 16  /* extensions without a row in the table: as a rule there are two */
#define PATH_UNLIMITED 1000 /* a path length that no path reaches */

enum row {
        ROW_BASIC_CONSTRAINTS, ROW_KEY_USAGE, ROW_EXT_KEY_USAGE, ROW_NAMES, ROW_NAME_CONSTRAINTS,
        ROW_SKI, ROW_AKI, ROW_NETSCAPE, ROW_LISTS, ROW_AIA, ROW_TLS_FEATURE, ROW_POLICIES,
        ROW_POLICY_CONSTRAINTS, ROW_INHIBIT_ANY, ROW_SCTS,
        ROW_COUNT
};

/* Reads a decoded value; NULL = it is there and cannot be used. */
typedef void read_fn(struct cert *c, void *value);

struct reader {
        int nid;
        bool decisive; /* OpenSSL rejects the certificate when it cannot be used */
        bool keeps;    /* the reader keeps the value */
        read_fn *read;
};

/* What is known of the extensions besides their values, for the rules among them. */
struct seen {
        X509_EXTENSION *first[ROW_COUNT]; /* NULL = not there */
        bool twice[ROW_COUNT];
};

/* --- flaws ------------------------------------------------------------------------------------ */

/* Remembers a flaw; one that is decisive is worth more than the first one. */
static void set_flaw(struct cert_flaw *flaw, const ASN1_OBJECT *type, bool decisive)
{
        int nid = OBJ_obj2nid(type);
        char oid[OID_MAX];

        if (flaw->extension && (flaw->decisive || !decisive))
                return;
        OBJ_obj2txt(oid, sizeof(oid), type, 1);
        free(flaw->extension);
        *flaw = (struct cert_flaw){ mem_strdup(nid ? OBJ_nid2sn(nid) : oid), decisive };
}

static void spoil(struct cert *c, int nid)
{
        set_flaw(&c->malformed_extension, OBJ_nid2obj(nid), true);
}

/* Is the value of @ext one DER element and nothing after it? */
static bool is_one_element(X509_EXTENSION *ext)
{
        const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
        const unsigned char *p = ASN1_STRING_get0_data(value);
        const unsigned char *end = p + ASN1_STRING_length(value);
        int tag, class;
        long len = 0;

        return (ASN1_get_object(&p, &len, &tag, &class, end - p) & 0x81) == 0 && p + len == end;
}

/* Its value, or NULL; of an extension that OpenSSL does not know, nobody can tell (*ret_ok). */
static void *decode(X509_EXTENSION *ext, bool *ret_ok)
{
        const X509V3_EXT_METHOD *method = X509V3_EXT_get(ext);
        bool known = method && (method->it || method->d2i);
        void *value = known ? X509V3_EXT_d2i(ext) : NULL;

        *ret_ok = !known || (value && is_one_element(ext));
        return value;
}

static void free_value(X509_EXTENSION *ext, void *value)
{
        const X509V3_EXT_METHOD *method = X509V3_EXT_get(ext);

        if (!value)
                return;
        if (method->it)
                ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
        else
                method->ext_free(value);
}

/* --- readers ---------------------------------------------------------------------------------- */

/* A limit below zero allows nothing (RFC 5280 section 4.2.1.9). */
static void read_path_length(struct cert *c, const ASN1_INTEGER *limit)
{
        bool negative = ASN1_STRING_type(limit) == V_ASN1_NEG_INTEGER;
        long n = negative ? 0 : ASN1_INTEGER_get(limit);

        /* below zero: too large for a long */
        c->path_length = n < 0 || n > PATH_UNLIMITED ? PATH_UNLIMITED : (int)n;
        if (negative)
                spoil(c, NID_basic_constraints);
        if (!c->is_ca)
                c->breaches |= BREACH_PATH_LENGTH;
}

static void read_basic_constraints(struct cert *c, void *value)
{
        const BASIC_CONSTRAINTS *bc = value;

        c->is_ca = bc && bc->ca != 0;
        if (bc && bc->pathlen)
                read_path_length(c, bc->pathlen);
}

/* RFC 5280 section 4.2.1.3: at least one bit is set. OpenSSL's clients insist on it. */
static bool has_any_bit(const ASN1_BIT_STRING *bits)
{
        for (int i = 0; i < ASN1_STRING_length(bits); i++)
                if (ASN1_STRING_get0_data(bits)[i])
                        return true;
        return false;
}

static void read_key_usage(struct cert *c, void *value)
{
        const ASN1_BIT_STRING *usage = value;

        c->has_key_usage = true;
        if (!usage)
                return;
        if (!has_any_bit(usage))
                spoil(c, NID_key_usage);
        c->may_sign_data = ASN1_BIT_STRING_get_bit(usage, 0);
        c->may_encipher_keys = ASN1_BIT_STRING_get_bit(usage, 2);
        c->may_agree_keys = ASN1_BIT_STRING_get_bit(usage, 4);
        c->may_sign_certs = ASN1_BIT_STRING_get_bit(usage, 5);
}

/* "clientAuth, emailProtection" */
static char *purposes_text(const EXTENDED_KEY_USAGE *eku)
{
        struct buf out = BUF_INIT(CERT_TEXT_MAX);
        char oid[OID_MAX];

        for (int i = 0; i < sk_ASN1_OBJECT_num(eku); i++) {
                const ASN1_OBJECT *purpose = sk_ASN1_OBJECT_value(eku, i);
                int nid = OBJ_obj2nid(purpose);

                OBJ_obj2txt(oid, sizeof(oid), purpose, 1);
                buf_printf(&out, "%s%s", i ? ", " : "", nid ? OBJ_nid2sn(nid) : oid);
        }
        return buf_steal(&out);
}

static void read_purposes(struct cert *c, void *value)
{
        const EXTENDED_KEY_USAGE *eku = value;

        c->has_eku = true;
        for (int i = 0; i < sk_ASN1_OBJECT_num(eku); i++) {
                int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, i));

                c->eku_server_auth |= nid == NID_server_auth;
                c->eku_any |= nid == NID_anyExtendedKeyUsage;
                c->eku_sgc |= nid == NID_ms_sgc || nid == NID_ns_sgc;
        }
        if (eku && !c->eku_server_auth && !c->eku_any)
                c->purposes = purposes_text(eku);
}

static void add_name(struct cert *c, enum cert_name_kind kind, const ASN1_STRING *s)
{
        size_t len = (size_t)ASN1_STRING_length(s);

        if (kind == CERT_NAME_IP && len != 4 && len != 16)
                return;
        c->names[c->n_names++] = (struct cert_name){
                .kind = kind, .bytes = mem_copy(ASN1_STRING_get0_data(s), len), .len = len,
        };
}

static void read_names(struct cert *c, void *value)
{
        const GENERAL_NAMES *names = value;
        int n = names ? sk_GENERAL_NAME_num(names) : 0;

        c->names_unreadable = !names;
        c->n_all_names = (size_t)n; /* those of the subject come later */
        if (n == 0 && names)
                c->breaches |= BREACH_NO_NAMES;
        if (n > CERT_MAX_NAMES)
                n = CERT_MAX_NAMES;
        if (n > 0)
                c->names = mem_new0((size_t)n, sizeof(*c->names));
        for (int i = 0; i < n; i++) {
                const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

                if (name->type == GEN_DNS)
                        add_name(c, CERT_NAME_DNS, name->d.dNSName);
                else if (name->type == GEN_IPADD)
                        add_name(c, CERT_NAME_IP, name->d.iPAddress);
        }
}

/* RFC 5280 section 4.2.1.10: it constrains something. Go refuses to read it otherwise. */
static void read_name_constraints(struct cert *c, void *value)
{
        c->has_constraints = true;
        c->constraints = value;
        if (!value)
                return;
        int permitted = sk_GENERAL_SUBTREE_num(c->constraints->permittedSubtrees);
        int excluded = sk_GENERAL_SUBTREE_num(c->constraints->excludedSubtrees);

        c->n_constraints =
                (size_t)((permitted > 0 ? permitted : 0) + (excluded > 0 ? excluded : 0));
        if (c->n_constraints == 0)
                spoil(c, NID_name_constraints);
}

/* Older than extendedKeyUsage, and OpenSSL still obeys it: bit 1 stands for TLS servers. */
static void read_netscape_type(struct cert *c, void *value)
{
        c->netscape_forbids = value && !ASN1_BIT_STRING_get_bit(value, 1);
}

static void read_issuer_key(struct cert *c, void *value)
{
        const AUTHORITY_KEYID *id = value;

        if (id && !id->keyid)
                c->breaches |= BREACH_AKI_MISSING;
        if (id && c->self_issued && X509_check_akid(c->x509, id) != X509_V_OK)
                c->breaches |= BREACH_AKI_NOT_ITS_OWN;
}

static void add_ca_issuer(struct cert *c, const ASN1_STRING *uri)
{
        const char *s = (const char *)ASN1_STRING_get0_data(uri);
        size_t n = (size_t)ASN1_STRING_length(uri);

        if (strncasecmp(s, "http://", 7) != 0 && strncasecmp(s, "https://", 8) != 0)
                return;
        if (n > CERT_MAX_URL_BYTES || c->n_ca_issuers == CERT_MAX_URLS)
                return;
        c->ca_issuers = mem_resize(c->ca_issuers, c->n_ca_issuers + 1, sizeof(*c->ca_issuers));
        c->ca_issuers[c->n_ca_issuers++] = cert_text(s, n);
}

static void read_ca_issuers(struct cert *c, void *value)
{
        const AUTHORITY_INFO_ACCESS *aia = value;

        for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(aia); i++) {
                const ACCESS_DESCRIPTION *ad = sk_ACCESS_DESCRIPTION_value(aia, i);

                if (OBJ_obj2nid(ad->method) == NID_ad_ca_issuers && ad->location->type == GEN_URI)
                        add_ca_issuer(c, ad->location->d.uniformResourceIdentifier);
        }
}

/* RFC 7633: a client must reject a handshake without a staple. */
static void read_tls_feature(struct cert *c, void *value)
{
        const TLS_FEATURE *features = value;

        for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
                c->must_staple |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) ==
                                  TLSEXT_TYPE_status_request;
}

/* 2.23.140.1 and below: the CA/Browser Forum's policies for certificates of public CAs. */
static void read_policies(struct cert *c, void *value)
{
        static const uint8_t FORUM[] = { 0x67, 0x81, 0x0c, 0x01 };
        const CERTIFICATEPOLICIES *policies = value;

        for (int i = 0; i < sk_POLICYINFO_num(policies); i++) {
                const ASN1_OBJECT *id = sk_POLICYINFO_value(policies, i)->policyid;

                c->is_public |= OBJ_length(id) > sizeof(FORUM) &&
                                memcmp(OBJ_get0_data(id), FORUM, sizeof(FORUM)) == 0;
        }
}

static void read_policy_rule(struct cert *c, void *value)
{
        (void)value;
        c->constrains_policies = true;
}

static void read_scts(struct cert *c, void *value)
{
        c->is_public |= value != NULL;
}

static void read_nothing(struct cert *c, void *value)
{
        (void)c;
        (void)value;
}

static const struct reader READERS[ROW_COUNT] = {
        [ROW_BASIC_CONSTRAINTS] = { NID_basic_constraints, true, false, read_basic_constraints },
        [ROW_KEY_USAGE] = { NID_key_usage, true, false, read_key_usage },
        [ROW_EXT_KEY_USAGE] = { NID_ext_key_usage, true, false, read_purposes },
        [ROW_NAMES] = { NID_subject_alt_name, true, false, read_names },
        [ROW_NAME_CONSTRAINTS] = { NID_name_constraints, true, true, read_name_constraints },
        [ROW_SKI] = { NID_subject_key_identifier, true, false, read_nothing },
        [ROW_AKI] = { NID_authority_key_identifier, true, false, read_issuer_key },
        [ROW_NETSCAPE] = { NID_netscape_cert_type, true, false, read_netscape_type },
        [ROW_LISTS] = { NID_crl_distribution_points, true, false, read_nothing },
        [ROW_AIA] = { NID_info_access, false, false, read_ca_issuers },
        [ROW_TLS_FEATURE] = { NID_tlsfeature, false, false, read_tls_feature },
        [ROW_POLICIES] = { NID_certificate_policies, false, false, read_policies },
        [ROW_POLICY_CONSTRAINTS] = { NID_policy_constraints, false, false, read_policy_rule },
        [ROW_INHIBIT_ANY] = { NID_inhibit_any_policy, false, false, read_policy_rule },
        [ROW_SCTS] = { NID_ct_precert_scts, false, false, read_scts },
};

/* --- all of them ------------------------------------------------------------------------------ */

static enum row row_of(const ASN1_OBJECT *type)
{
        int nid = OBJ_obj2nid(type);
        int i = 0;

        while (i < ROW_COUNT && READERS[i].nid != nid)
                i++;
        return (enum row)i;
}

/* A critical extension nobody knows; key identifiers are known and just may not be critical. */
static void check_critical(struct cert *c, X509_EXTENSION *ext, enum row row)
{
        char oid[OID_MAX];

        if (c->unhandled_critical || row == ROW_SKI || row == ROW_AKI ||
            !X509_EXTENSION_get_critical(ext) || X509_supported_extension(ext))
                return;
        OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext), 1);
        c->unhandled_critical = mem_strdup(oid);
}

static int by_type(const void *a, const void *b)
{
        return OBJ_cmp(*(const ASN1_OBJECT *const *)a, *(const ASN1_OBJECT *const *)b);
}

static void find_copies(struct cert *c, const ASN1_OBJECT **types, size_t n)
{
        if (n > 1)
                qsort(types, n, sizeof(*types), by_type); /* there may be thousands */
        for (size_t i = 1; i < n; i++)
                if (OBJ_cmp(types[i - 1], types[i]) == 0)
                        set_flaw(&c->duplicate_extension, types[i], false);
}

/* Goes through all of them once: those in the table are found, the others are looked over. */
static void survey(struct cert *c, struct seen *seen)
{
        int n = X509_get_ext_count(c->x509);
        const ASN1_OBJECT *few[FEW_UNKNOWN], **others = few;
        AUTO_FREE const ASN1_OBJECT **many = NULL;
        size_t n_others = 0;

        if (n > FEW_UNKNOWN)
                others = many = mem_new0((size_t)n, sizeof(*many));
        for (int i = 0; i < n; i++) {
                X509_EXTENSION *ext = X509_get_ext(c->x509, i);
                const ASN1_OBJECT *type = X509_EXTENSION_get_object(ext);
                enum row row = row_of(type);
                bool ok;

                check_critical(c, ext, row);
                if (row == ROW_COUNT) {
                        others[n_others++] = type;
                        free_value(ext, decode(ext, &ok));
                        if (!ok)
                                set_flaw(&c->malformed_extension, type, false);
                } else if (seen->first[row]) {
                        seen->twice[row] = true;
                        set_flaw(&c->duplicate_extension, type, READERS[row].decisive);
                } else {
                        seen->first[row] = ext;
                }
        }
        find_copies(c, others, n_others);
}

static void read_row(struct cert *c, struct seen *seen, enum row row)
{
        const struct reader *r = &READERS[row];
        X509_EXTENSION *ext = seen->first[row];
        void *value = NULL;
        bool ok = true;

        if (!ext)
                return;
        value = decode(ext, &ok);
        if (!ok)
                set_flaw(&c->malformed_extension, X509_EXTENSION_get_object(ext), r->decisive);
        if (seen->twice[row]) {
                free_value(ext, value);
                value = NULL;
        }
        r->read(c, value);
        if (!r->keeps)
                free_value(ext, value);
}

static bool is_critical(const struct seen *seen, enum row row)
{
        return seen->first[row] && X509_EXTENSION_get_critical(seen->first[row]);
}

/* RFC 5280 section 4.2: what a certificate must have, and what must be critical or must not be. */
static unsigned breaches_of(const struct cert *c, const struct seen *seen)
{
        bool empty = X509_NAME_entry_count(X509_get_subject_name(c->x509)) == 0;
        bool named = seen->first[ROW_NAMES] != NULL;
        const struct {
                unsigned breach;
                bool there;
        } rules[] = {
                { BREACH_AKI_CRITICAL, is_critical(seen, ROW_AKI) },
                { BREACH_SKI_CRITICAL, is_critical(seen, ROW_SKI) },
                { BREACH_AKI_MISSING, c->version == 3 && !seen->first[ROW_AKI] },
                { BREACH_SKI_MISSING, c->version == 3 && c->is_ca && !seen->first[ROW_SKI] },
                { BREACH_KEY_USAGE_MISSING, c->is_ca && !c->has_key_usage },
                { BREACH_CONSTRAINTS_NOT_CRITICAL,
                  c->is_ca && !is_critical(seen, ROW_BASIC_CONSTRAINTS) },
                { BREACH_KEY_CERT_SIGN, !c->is_ca && c->may_sign_certs },
                { BREACH_EMPTY_ISSUER,
                  X509_NAME_entry_count(X509_get_issuer_name(c->x509)) == 0 },
                { BREACH_EMPTY_SUBJECT, empty && (c->is_ca || !named) },
                { BREACH_NAMES_NOT_CRITICAL, empty && named && !is_critical(seen, ROW_NAMES) },
                { BREACH_VERSION, c->version < 3 && X509_get_ext_count(c->x509) > 0 },
                { BREACH_POLICY_NOT_CRITICAL,
                  (seen->first[ROW_POLICY_CONSTRAINTS] &&
                   !is_critical(seen, ROW_POLICY_CONSTRAINTS)) ||
                          (seen->first[ROW_INHIBIT_ANY] && !is_critical(seen, ROW_INHIBIT_ANY)) },
        };
        unsigned breaches = 0;

        for (size_t i = 0; i < ARRAY_LEN(rules); i++)
                breaches |= rules[i].there ? rules[i].breach : 0;
        return breaches;
}

void cert_read_extensions(struct cert *c)
{
        struct seen seen = { 0 };

        c->path_length = -1;
        survey(c, &seen);
        for (int i = 0; i < ROW_COUNT; i++)
                read_row(c, &seen, (enum row)i);
        c->breaches |= breaches_of(c, &seen);
}
