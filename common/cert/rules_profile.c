/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The profile of RFC 5280, as far as clients enforce it: what a certificate has to say, and how.
 * Most rules are those of OpenSSL's X509_V_FLAG_X509_STRICT, which nobody asked for until Python
 * made it the default; before that day a violation was a blemish.
 */
#include "common/cert/rules.h"

#include "common/base/buf.h"

#define PYTHON_STRICT_S INT64_C(1728259200) /* 2024-10-07: Python 3.13 is released */

#define PYTHON "Python 3.13 and later reject it (ssl.create_default_context, requests, urllib3), " \
               "as do all who ask OpenSSL for strict checks"
#define OPENSSL "OpenSSL rejects it, and so do curl, Python, PHP, Ruby and nginx"

/* What is wrong ("it ..."), what it must be ("with ..."), and who minds. */
static const struct rule {
        unsigned breach;
        const char *name; /* for programs */
        const char *what, *mend;
        enum severity severity; /* since .since_s; a warning before */
        int64_t since_s;
        const char *clients;
} RULES[] = {
        { BREACH_AKI_CRITICAL, "aki-critical", "its authorityKeyIdentifier is critical",
          "an authorityKeyIdentifier that is not critical", SEVERITY_ERROR, 0, OPENSSL },
        { BREACH_SKI_CRITICAL, "ski-critical", "its subjectKeyIdentifier is critical",
          "a subjectKeyIdentifier that is not critical", SEVERITY_ERROR, 0, OPENSSL },
        { BREACH_ALGORITHMS_DIFFER, "algorithms-differ",
          "it names one signature algorithm inside and another one outside",
          "one signature algorithm", SEVERITY_ERROR, 0, "All clients reject it" },
        { BREACH_AKI_NOT_ITS_OWN, "aki-not-its-own",
          "it is self-signed, and its authorityKeyIdentifier names another issuer",
          "no authorityKeyIdentifier, or its own", SEVERITY_ERROR, 0,
          "OpenSSL looks for that issuer and does not find it: nginx, PHP, Ruby and wget reject "
          "it; curl and Python 3.13 accept any certificate of the trust store as an end" },
        { BREACH_AKI_OF_ANOTHER, "aki-of-another-issuer-certificate",
          "its authorityKeyIdentifier names another certificate of its issuer, by serial number",
          "an authorityKeyIdentifier of the key alone (keyid), or use the very certificate of the "
          "issuer that it names", SEVERITY_ERROR, 0, OPENSSL },
        { BREACH_AKI_MISSING, "aki-missing",
          "it has no authorityKeyIdentifier with the identifier of a key",
          "authorityKeyIdentifier=keyid", SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_SKI_MISSING, "ski-missing", "it is a CA and has no subjectKeyIdentifier",
          "subjectKeyIdentifier=hash", SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_KEY_USAGE_MISSING, "key-usage-missing", "it is a CA and has no keyUsage",
          "keyUsage=critical,keyCertSign,cRLSign", SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_CONSTRAINTS_NOT_CRITICAL, "basic-constraints-not-critical",
          "it is a CA and its basicConstraints are not critical",
          "basicConstraints=critical,CA:TRUE", SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_KEY_CERT_SIGN, "key-cert-sign-without-ca",
          "its keyUsage has keyCertSign and it is no CA", "a keyUsage without keyCertSign",
          SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_PATH_LENGTH, "path-length-without-ca",
          "its basicConstraints have a path length and it is no CA",
          "basicConstraints=critical,CA:FALSE", SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_EMPTY_ISSUER, "issuer-empty", "the name of its issuer is empty",
          "an issuer that has a name", SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_EMPTY_SUBJECT, "subject-empty", "its subject is empty", "a subject",
          SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_NAMES_NOT_CRITICAL, "san-not-critical",
          "its subject is empty and its subjectAltName is not critical",
          "a critical subjectAltName or a subject", SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_NO_NAMES, "san-empty", "its subjectAltName is empty",
          "names in the subjectAltName, or without it", SEVERITY_ERROR, PYTHON_STRICT_S, PYTHON },
        { BREACH_VERSION, "extensions-need-version-3",
          "it has extensions and is not of version 3", "version 3", SEVERITY_ERROR,
          PYTHON_STRICT_S, PYTHON },
        { BREACH_POLICY_NOT_CRITICAL, "policy-constraints-not-critical",
          "its policyConstraints or inhibitAnyPolicy is not critical", "critical ones",
          SEVERITY_WARNING, 0, "Only verifiers that check issuance as well reject it" },
};

static enum severity severity_now(const struct exam *e, const struct rule *r)
{
        return e->in->now_s < r->since_s ? SEVERITY_WARNING : r->severity;
}

static const struct remedies HEADS = {
        .leaf = "Have it reissued with",
        .intermediate = "Ask the CA for an intermediate of the same name and key with",
        .root = "Have the CA issue the root again, same name and key, and replace it in the "
                "clients' trust stores: with",
};

/* All that one certificate breaks is one finding; the evidence is that of the worst. */
void rules_profile(struct exam *e, size_t i)
{
        unsigned breaches = path_breaches(&e->search.best, i);
        struct finding *f = exam_about(e, FINDING_PROFILE_VIOLATION, i);
        struct buf what = BUF_INIT(FINDING_TEXT_MAX), mend = BUF_INIT(FINDING_TEXT_MAX);

        f->severity = SEVERITY_OK;
        for (size_t k = 0; k < ARRAY_LEN(RULES); k++) {
                const struct rule *r = &RULES[k];
                enum severity severity = severity_now(e, r);

                if (!(breaches & r->breach))
                        continue;
                buf_printf(&what, "%s%s", what.len ? "; " : "", r->what);
                buf_printf(&mend, "%s%s", mend.len ? "; " : "", r->mend);
                finding_fact(f, "rule", "%s", r->name);
                if (severity > f->severity) {
                        f->severity = severity;
                        finding_set(&f->evidence, "%s.", r->clients);
                }
        }
        finding_set(&f->message, "%s %s breaks the profile of RFC 5280: %s.", exam_role(e, i),
                    e->search.best.steps[i].cert->label, buf_str(&what));
        finding_set(&f->remedy, "%s %s.", exam_remedy(e, i, &HEADS), buf_str(&mend));
        buf_done(&what);
        buf_done(&mend);
}
