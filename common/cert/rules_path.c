/* SPDX-License-Identifier: Apache-2.0 */
/* The rights, the form and the strength of the certificates that are used, by their faults. */
#include "common/cert/rules.h"

#include <string.h>

#define NAMES_SHOWN 8

static const struct cert *cert_at(const struct exam *e, size_t i)
{
        return e->search.best.steps[i].cert;
}

/* --- rights ----------------------------------------------------------------------------------- */

static const char *why_not_ca(const struct cert *c)
{
        if (c->version < 3)
                return "a certificate of version 1 cannot say that it is a CA";
        if (!c->is_ca)
                return "its basicConstraints do not say CA:TRUE";
        return "its keyUsage has no keyCertSign";
}

static void report_not_ca(struct exam *e, size_t i)
{
        static const struct remedies REMEDIES = {
                .intermediate = "The wrong file is in the chain, or the certificate below it was "
                                "not issued by a real CA: fetch the chain again from the CA.",
                .root = "Replace it in the clients' trust stores by the CA's root as it should be: "
                        "basicConstraints critical, CA:TRUE, and keyUsage with keyCertSign.",
        };
        struct finding *f = exam_about(e, FINDING_INTERMEDIATE_NOT_CA, i);

        finding_set(&f->message, "%s %s may not issue certificates: %s.", exam_role(e, i),
                    cert_at(e, i)->label, why_not_ca(cert_at(e, i)));
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &REMEDIES));
        if (exam_is_root(e, i))
                finding_set(&f->evidence, "OpenSSL (curl, Python, nginx, Ruby) and Firefox ask the "
                            "roots of the trust store as well.");
}

static void report_path_length(struct exam *e, size_t i)
{
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_PATH_LENGTH_EXCEEDED, i);

        if (c->path_length == 0)
                finding_set(&f->message, "%s %s allows no CA below it, and there is one.",
                            exam_role(e, i), c->label);
        else
                finding_set(&f->message, "%s %s allows %d CA%s below it, and there are more.",
                            exam_role(e, i), c->label, c->path_length,
                            c->path_length > 1 ? "s" : "");
        finding_set(&f->remedy, "The CA must issue this certificate from another intermediate.");
        finding_fact(f, "limit", "%d", c->path_length);
}

static void report_name_constraints(struct exam *e, size_t i)
{
        const struct path_step *ca = &e->search.best.steps[i];
        AUTO_FREE char *names = cert_names_str(ca->forbids, NAMES_SHOWN);
        struct finding *f = exam_about(e, FINDING_NAME_CONSTRAINTS_VIOLATION, i);

        finding_set(&f->message, "%s may not issue for %s: its nameConstraints forbid a name of "
                    "that certificate%s%s.", ca->cert->label, ca->forbids->label,
                    *names ? ", which has: " : "", names);
        finding_set(&f->remedy, "Use a CA that is entitled to these names, or reissue the "
                    "certificate without the names that are forbidden.");
        finding_fact(f, "certificate", "%s", ca->forbids->subject);
        if (*names)
                finding_fact(f, "names", "%s", names);
}

static const char *purposes_of(const struct cert *c)
{
        if (c->purposes)
                return c->purposes;
        return c->netscape_forbids ? "what its nsCertType names" : "purposes that cannot be read";
}

static void report_eku(struct exam *e, size_t i)
{
        static const struct remedies REMEDIES = {
                .leaf = "Request a TLS server certificate (extendedKeyUsage serverAuth).",
                .intermediate = "Use a CA that is entitled to TLS server certificates.",
                .root = "Use a CA whose root in the trust store is entitled to TLS servers, or "
                        "have the root issued again without extendedKeyUsage.",
        };
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, i == 0 ? FINDING_EKU_MISSING_SERVER_AUTH
                                                 : FINDING_INTERMEDIATE_EKU_RESTRICTS, i);

        finding_set(&f->message, "%s %s is %s %s; not for TLS servers.", exam_role(e, i), c->label,
                    i == 0 ? "issued for" : "a CA for", purposes_of(c));
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &REMEDIES));
        if (c->purposes)
                finding_fact(f, "purposes", "%s", c->purposes);
        if (exam_is_root(e, i))
                finding_set(&f->evidence, "OpenSSL (curl, Python, nginx, Ruby) asks the roots of "
                            "the trust store as well; Chrome does not.");
}

static void report_sgc(struct exam *e, size_t i)
{
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_INTERMEDIATE_EKU_RESTRICTS, i);

        f->severity = SEVERITY_WARNING;
        finding_set(&f->message, "%s %s is a CA for Server Gated Crypto only (%s), which stood for "
                    "TLS servers twenty years ago.", exam_role(e, i), c->label, c->purposes);
        finding_set(&f->remedy, "Use a newer intermediate of the CA, with serverAuth.");
        finding_set(&f->evidence, "OpenSSL takes it for serverAuth, newer clients do not.");
        finding_fact(f, "purposes", "%s", c->purposes);
}

/* Names what TLS would need, and who looks. */
static void report_key_usage(struct exam *e, size_t i)
{
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_KEY_USAGE_INVALID, i);
        bool none = !c->may_encipher_keys && !c->may_agree_keys;

        finding_set(&f->message, "Certificate %s may not sign (its keyUsage has no "
                    "digitalSignature), which TLS 1.3 and every modern cipher of TLS 1.2 need.",
                    c->label);
        finding_set(&f->remedy, "Have it reissued with keyUsage digitalSignature.");
        finding_set(&f->evidence, none ? "All clients reject it: OpenSSL, Firefox and Chrome look."
                                       : "Chrome and Edge end the handshake "
                                         "(ERR_SSL_KEY_USAGE_INCOMPATIBLE); OpenSSL does not "
                                         "look.");
}

static void report_key_exchange(struct exam *e, size_t i)
{
        struct finding *f = exam_about(e, FINDING_KEY_USAGE_INVALID, i);

        f->severity = SEVERITY_WARNING;
        finding_set(&f->message, "Certificate %s is fit for the RSA key exchange only: its "
                    "keyUsage has keyEncipherment and no digitalSignature.", cert_at(e, i)->label);
        finding_set(&f->remedy, "Have it reissued with keyUsage digitalSignature,keyEncipherment.");
        finding_set(&f->evidence, "Chrome and Edge since 124 end the handshake "
                    "(ERR_SSL_KEY_USAGE_INCOMPATIBLE) with TLS 1.3 or an ECDHE cipher; most others "
                    "do not look.");
}

static void report_critical(struct exam *e, size_t i)
{
        static const struct remedies REMEDIES = {
                .leaf = "Have it reissued without this extension.",
                .intermediate = "Ask the CA for an intermediate without this extension.",
                .root = "Have the CA issue the root again without this extension, and replace it "
                        "in the clients' trust stores.",
        };
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_UNHANDLED_CRITICAL_EXTENSION, i);

        finding_set(&f->message, "%s %s has the critical extension %s, which clients do not know "
                    "and must reject.", exam_role(e, i), c->label, c->unhandled_critical);
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &REMEDIES));
        finding_fact(f, "oid", "%s", c->unhandled_critical);
}

static void report_policy(struct exam *e, size_t i)
{
        struct finding *f = exam_about(e, FINDING_POLICY_VIOLATION, i);

        finding_set(&f->message, "The certificate policies do not permit this chain: a CA requires "
                    "a policy that %s and the certificates between do not share.",
                    cert_at(e, i)->label);
        finding_set(&f->remedy, "Ask the CA for a certificate with the policy that its CAs "
                    "require; nothing can be mended on the server.");
        finding_set(&f->evidence, "Chrome, Windows and Go 1.24 and later process policies; OpenSSL "
                    "does only when asked.");
}

/* --- form ------------------------------------------------------------------------------------- */

/* @what is wrong with the extension, and whether strict clients alone mind. */
static void report_flaw(struct exam *e, size_t i, enum finding_code code,
                        const struct cert_flaw *flaw, const char *what)
{
        static const struct remedies REMEDIES = {
                .leaf = "Have it reissued with well-formed extensions.",
                .intermediate = "Ask the CA for a well-formed certificate in its place.",
                .root = "Replace it in the clients' trust stores by a well-formed root of the CA.",
        };
        struct finding *f = exam_about(e, code, i);

        if (flaw->decisive)
                f->severity = SEVERITY_ERROR;
        finding_set(&f->message, "%s %s has an extension that is %s (%s); %s reject it.",
                    exam_role(e, i), cert_at(e, i)->label, what, flaw->extension,
                    flaw->decisive ? "clients" : "strict clients (Go, Rust, Java) may");
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &REMEDIES));
        finding_fact(f, "extension", "%s", flaw->extension);
}

static void report_extensions(struct exam *e, size_t i)
{
        const struct cert *c = cert_at(e, i);

        if (c->malformed_extension.extension)
                report_flaw(e, i, FINDING_MALFORMED_EXTENSION, &c->malformed_extension,
                            "malformed");
        if (c->duplicate_extension.extension)
                report_flaw(e, i, FINDING_DUPLICATE_EXTENSION, &c->duplicate_extension,
                            "there twice");
}

/* A serial that is merely odd harms no client that people use. */
static void report_serial(struct exam *e, size_t i)
{
        static const struct remedies REMEDIES = {
                .leaf = "Have it reissued.",
                .intermediate = "Ask the CA for an intermediate with a positive serial number.",
                .root = "Have the CA issue the root again with a positive serial number, and "
                        "replace it in the clients' trust stores.",
        };
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_SERIAL_INVALID, i);
        bool zero = c->serial[strspn(c->serial, "0")] == '\0';

        finding_set(&f->message, "%s %s has a serial number that is %s.", exam_role(e, i), c->label,
                    c->serial_negative ? "negative" : zero ? "zero" : "longer than 20 octets");
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &REMEDIES));
        finding_fact(f, "serial", "%s", c->serial);
        if (c->serial_negative) {
                f->severity = SEVERITY_ERROR;
                finding_set(&f->evidence, "Go 1.23 and later refuse to read it.");
        } else {
                finding_set(&f->evidence, "RFC 5280 forbids it; a few strict clients mind (GnuTLS "
                            "when built so, some devices).");
        }
}

static void report_version(struct exam *e, size_t i)
{
        static const struct remedies REMEDIES = {
                .leaf = "Have it reissued as version 3, with a subjectAltName.",
                .intermediate = "Use an intermediate of version 3.",
                .root = "Use a root of version 3.",
        };
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_X509_V1, i);

        finding_set(&f->message, "%s %s is of version %d, which has no extensions: neither names "
                    "nor rights.", exam_role(e, i), c->label, c->version);
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &REMEDIES));
        finding_set(&f->evidence, "rustls rejects it; most others do for want of a "
                    "subjectAltName.");
        finding_fact(f, "version", "%d", c->version);
}

/* --- strength --------------------------------------------------------------------------------- */

static void report_weak_signature(struct exam *e, size_t i)
{
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_WEAK_SIGNATURE, i);

        finding_set(&f->message, "%s %s is signed with %s; clients reject it.", exam_role(e, i),
                    c->label, c->sig_name);
        finding_set(&f->remedy,
                    i == 0 ? "Reissue it with SHA-256."
                           : "Use a newer intermediate of the CA, signed with SHA-256.");
        finding_fact(f, "algorithm", "%s", c->sig_name);
}

static const struct remedies NEW_KEY = {
        .leaf = "Make a new key, RSA 2048 or EC P-256, and have the certificate reissued for it.",
        .intermediate = "Use an intermediate of the CA with a key of RSA 2048 or EC P-256 or "
                        "stronger, and have the certificate reissued by it.",
        .root = "Move to a CA whose root in the clients' trust stores has a key of RSA 2048 or EC "
                "P-256 or stronger.",
};

static void report_weak_key(struct exam *e, size_t i)
{
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_WEAK_KEY, i);

        finding_set(&f->message, "%s %s has a key of %d bits (%s); clients reject it.",
                    exam_role(e, i), c->label, c->key_bits, c->key_name);
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &NEW_KEY));
        finding_fact(f, "bits", "%d", c->key_bits);
        finding_fact(f, "key", "%s", c->key_name);
        if (exam_is_root(e, i))
                finding_set(&f->evidence, "OpenSSL at security level 2, the default of Debian, "
                            "Ubuntu and Fedora, holds roots to it as well.");
}

static void report_unreadable_key(struct exam *e, size_t i)
{
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_INPUT_UNPARSEABLE, i);

        if (c->key == KEY_RSA)
                finding_set(&f->message, "The public key of %s cannot be read: its exponent is "
                            "longer than clients accept.", c->label);
        else
                finding_set(&f->message, "The public key of %s cannot be read: its bytes are no "
                            "key of the algorithm that it names.", c->label);
        finding_set(&f->remedy, "Fetch the certificate again from the CA; it is damaged.");
}

static void report_explicit_key(struct exam *e, size_t i)
{
        struct finding *f = exam_about(e, FINDING_KEY_UNSUPPORTED, i);

        f->severity = SEVERITY_ERROR;
        finding_set(&f->message, "%s %s spells the parameters of its elliptic curve out instead of "
                    "naming the curve.", exam_role(e, i), cert_at(e, i)->label);
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &NEW_KEY));
        finding_set(&f->evidence, "RFC 5480 forbids it; OpenSSL, Go, Chrome, Firefox and GnuTLS "
                    "reject it.");
}

static void report_exotic_key(struct exam *e, size_t i)
{
        const struct cert *c = cert_at(e, i);
        struct finding *f = exam_about(e, FINDING_KEY_UNSUPPORTED, i);

        finding_set(&f->message, "%s %s has a key that many clients do not know (%s).",
                    exam_role(e, i), c->label, c->key_name);
        finding_set(&f->remedy, "%s", exam_remedy(e, i, &NEW_KEY));
        finding_set(&f->evidence, "Browsers know RSA and the curves P-256 and P-384 in "
                    "certificates.");
        finding_fact(f, "key", "%s", c->key_name);
}

typedef void report_fn(struct exam *e, size_t i);

static const struct {
        unsigned fault;
        report_fn *report;
} REPORTS[] = {
        { FAULT_NOT_CA, report_not_ca },
        { FAULT_PATH_LENGTH, report_path_length },
        { FAULT_NAME_CONSTRAINTS, report_name_constraints },
        { FAULT_EKU, report_eku },
        { FAULT_SGC, report_sgc },
        { FAULT_KEY_USAGE, report_key_usage },
        { FAULT_KEY_EXCHANGE, report_key_exchange },
        { FAULT_POLICY, report_policy },
        { FAULT_PROFILE, rules_profile },
        { FAULT_SERIAL | FAULT_ODD_SERIAL, report_serial },
        { FAULT_VERSION, report_version },
        { FAULT_CRITICAL, report_critical },
        { FAULT_UNUSABLE_EXTENSION | FAULT_ODD_EXTENSION, report_extensions },
        { FAULT_WEAK_SIGNATURE, report_weak_signature },
        { FAULT_WEAK_KEY, report_weak_key },
        { FAULT_KEY_UNREADABLE, report_unreadable_key },
        { FAULT_KEY_EXPLICIT, report_explicit_key },
        { FAULT_KEY_EXOTIC, report_exotic_key },
};

void rules_path(struct exam *e)
{
        const struct path *p = &e->search.best;

        for (size_t i = 0; i < p->n; i++) {
                unsigned faults = path_faults(p, i, e->in->now_s);

                for (size_t k = 0; k < ARRAY_LEN(REPORTS); k++)
                        if (faults & REPORTS[k].fault)
                                REPORTS[k].report(e, i);
        }
}
