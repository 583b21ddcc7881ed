/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/cert.h - one certificate: its facts, read once, and its DER.
 *
 * Everything the validator asks is decoded when the certificate is made; afterwards a struct cert
 * is immutable and may be shared by any number of threads. OpenSSL decodes and checks signatures;
 * no X509 type is seen outside this layer and the probe. Strings are printable UTF-8 (text_escape).
 */
#pragma once

#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CERT_MAX_DER_BYTES (256 * 1024) /* 1,000 names are 30 kB; a TLS record caps the rest */
#define CERT_MAX_NAMES 10000            /* subjectAltName entries read of one certificate */
#define CERT_MAX_URLS 8                 /* caIssuers URLs read of one certificate */
#define CERT_MAX_URL_BYTES 2048         /* longer ones are left out: curl and people refuse them */

struct x509_st;             /* OpenSSL's X509 */
struct NAME_CONSTRAINTS_st; /* and its NAME_CONSTRAINTS */

enum cert_name_kind { CERT_NAME_DNS, CERT_NAME_IP };

struct cert_name {
        enum cert_name_kind kind;
        char *bytes; /* raw, not a string: may hold NUL and anything else */
        size_t len;
};

enum key_kind { KEY_UNKNOWN, KEY_RSA, KEY_EC, KEY_ED25519, KEY_ED448, KEY_DSA };

/* An extension that strict clients refuse the whole certificate for. */
struct cert_flaw {
        char *extension; /* its name, or OID when it has none; NULL = there is no such extension */
        bool decisive;   /* one that every client decides by: its rights, purposes or names */
};

/*
 * Rules of RFC 5280 that a certificate breaks all by itself, and that decide with strict clients
 * only, as bits. What they mean, who minds and what to do: rules_profile.c.
 */
enum cert_breach {
        BREACH_AKI_CRITICAL = 1 << 0,
        BREACH_SKI_CRITICAL = 1 << 1,
        BREACH_AKI_MISSING = 1 << 2, /* fine for whoever ends a path */
        BREACH_SKI_MISSING = 1 << 3,
        BREACH_KEY_USAGE_MISSING = 1 << 4,
        BREACH_CONSTRAINTS_NOT_CRITICAL = 1 << 5,
        BREACH_KEY_CERT_SIGN = 1 << 6,
        BREACH_PATH_LENGTH = 1 << 7,
        BREACH_EMPTY_ISSUER = 1 << 8,
        BREACH_EMPTY_SUBJECT = 1 << 9,
        BREACH_NAMES_NOT_CRITICAL = 1 << 10,
        BREACH_NO_NAMES = 1 << 11,
        BREACH_VERSION = 1 << 12,
        BREACH_ALGORITHMS_DIFFER = 1 << 13,
        BREACH_AKI_NOT_ITS_OWN = 1 << 14,
        BREACH_POLICY_NOT_CRITICAL = 1 << 15,
        BREACH_AKI_OF_ANOTHER = 1 << 16, /* known when its issuer stands above it: path.c */
};

struct cert {
        struct x509_st *x509;
        uint8_t *der;
        size_t der_len;
        uint8_t sha256[32];
        char fingerprint[65]; /* .sha256 in lower-case hex */

        char *subject; /* "CN=example.com,O=Example" (RFC 4514 order), "" when empty */
        char *issuer;
        char *label; /* the shortest name people know it by: CN, else O, else OU, else first SAN */
        char *issuer_label;
        char *serial; /* hex, as the CA prints it */
        int version;  /* 1 to 3 */

        bool serial_negative, serial_odd; /* odd: zero, or longer than 20 octets */

        bool dates_ok;       /* both dates could be read and are in order */
        bool dates_inverted; /* both could be read, and are not */
        int64_t not_before_s;
        int64_t not_after_s; /* valid through this very second (RFC 5280 section 4.1.2.5) */

        enum key_kind key;
        int key_bits;
        uint8_t key_sha256[32]; /* of its SubjectPublicKeyInfo */
        const char *key_name; /* "RSA", "EC P-256", ...: static */
        bool key_unreadable;  /* a known algorithm, and bytes that are no key of it, or an RSA
                                 exponent that no client accepts: it verifies nothing */
        bool key_explicit;    /* its curve is spelled out (forbidden by RFC 5480 section 2.1.1) */
        bool key_exotic;      /* no algorithm or curve that browsers know */
        const char *sig_name; /* "sha256WithRSAEncryption": static */
        bool sig_weak;        /* MD2, MD4, MD5 or SHA-1 */

        /* An extension that is there and cannot be used allows nothing: it is never absent. */
        bool is_ca;      /* basicConstraints CA:TRUE */
        int path_length; /* -1 = no limit */
        bool has_key_usage, may_sign_certs, may_sign_data, may_encipher_keys, may_agree_keys;
        bool has_eku, eku_server_auth, eku_any;
        bool eku_sgc; /* Server Gated Crypto, which once stood for serverAuth in CAs */
        bool netscape_forbids; /* nsCertType without sslServer */
        char *purposes; /* what it is issued for, printable, when TLS servers are not; or NULL */
        bool constrains_policies; /* policyConstraints or inhibitAnyPolicy */
        bool is_public; /* has what only public CAs put in: SCTs, or a CA/Browser Forum policy */
        unsigned breaches; /* enum cert_breach */
        bool has_constraints; /* nameConstraints; see cert_may_issue_for() */
        struct NAME_CONSTRAINTS_st *constraints;
        size_t n_constraints;
        struct cert_flaw malformed_extension; /* the worst that cannot be decoded */
        struct cert_flaw duplicate_extension; /* the worst that is there twice */
        char *unhandled_critical; /* OID of a critical extension nobody knows, or NULL */

        bool self_issued; /* subject = issuer */
        bool self_signed; /* and its own key verifies it */

        struct cert_name *names; /* dNSName and iPAddress of the subjectAltName */
        size_t n_names;
        size_t n_all_names;    /* of any kind, the entries of the subject too */
        bool names_unreadable; /* there is a subjectAltName, and it cannot be used */
        bool has_cn;
        char *cn; /* printable */
        char **ca_issuers; /* http(s) caIssuers URLs of the AIA extension, printable */
        size_t n_ca_issuers;
        bool must_staple; /* TLS feature status_request (RFC 7633) */

        int refs; /* atomic; see cert_ref() */
};

/*
 * Decodes one DER certificate that fills @der exactly. 0; -EINVAL when it is not one (with
 * *ret_reason, static text); -E2BIG over CERT_MAX_DER_BYTES.
 */
int cert_parse(struct cert **ret, const uint8_t *der, size_t len, const char **ret_reason);

/* The same from an X509 of a TLS connection; the X509 gains a reference. */
int cert_from_x509(struct cert **ret, struct x509_st *x509, const char **ret_reason);

struct cert *cert_ref(struct cert *c);
void cert_unref(struct cert *c); /* NULL is fine */
CLEANUP_DEFINE(struct cert, cert_unref)

bool cert_same(const struct cert *a, const struct cert *b); /* equal DER */

/* Can @issuer be the issuer of @child by names (RFC 5280 section 7.1) and key identifiers? */
bool cert_names_issuer(const struct cert *child, const struct cert *issuer);

/* Issuer and serial number in @child's key identifier: are they those of @issuer, if any? */
bool cert_names_issuer_cert(const struct cert *child, const struct cert *issuer);

/* Does @issuer's key verify @child's signature? Costs 0.05 to 1 ms. */
bool cert_verify_signature(const struct cert *child, const struct cert *issuer);

/* Do the policies of the @n certificates, leaf first and anchor last, allow this path (6.1)? */
bool cert_policies_allow(struct cert *const *path, size_t n);

/*
 * Do the name constraints of @ca allow every name of @c (RFC 5280 section 4.2.1.10)? Of none, yes.
 * A wildcard is every name it stands for, and a Common Name that looks like a host counts when
 * there is no dNSName. Costs as many comparisons of names as cert_constraints_cost() says.
 */
bool cert_may_issue_for(const struct cert *ca, const struct cert *c);
size_t cert_constraints_cost(const struct cert *ca, const struct cert *c);

/* Does some name of @c cover @host (canonical form)? CN is never looked at. */
bool cert_covers_host(const struct cert *c, const char *host);

/* "-----BEGIN CERTIFICATE-----" ... malloc'ed. */
char *cert_pem(const struct cert *c);

/* The DNS and IP names, printable, joined by ", ", at most @max of them and "and N more". */
char *cert_names_str(const struct cert *c, size_t max);
