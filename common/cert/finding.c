/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of everything that can be wrong, and the list that findings are gathered in.
 */
#include "common/cert/finding.h"

#include "common/base/buf.h"
#include "common/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CERTIFICATE(code_name, severity_, title_)                                                  \
        { .name = code_name, .class = FINDING_CERTIFICATE, .severity = severity_, .title = title_ }
#define NETWORK(code_name, title_)                                                                 \
        { .name = code_name, .class = FINDING_NETWORK, .severity = SEVERITY_ERROR, .title = title_ }

#define E SEVERITY_ERROR
#define W SEVERITY_WARNING
#define I SEVERITY_INFO

const struct finding_info FINDINGS[FINDING_COUNT] = {
        [FINDING_INPUT_UNREADABLE] = CERTIFICATE("input-unreadable", E, "cannot be read"),
        [FINDING_INPUT_EMPTY] = CERTIFICATE("input-empty", E, "no certificate"),
        [FINDING_INPUT_NOT_A_CERTIFICATE] =
                CERTIFICATE("input-not-a-certificate", E, "not a certificate"),
        [FINDING_INPUT_UNPARSEABLE] = CERTIFICATE("input-unparseable", E, "damaged certificate"),
        [FINDING_INPUT_PEM_MALFORMED] = CERTIFICATE("input-pem-malformed", W, "malformed PEM"),
        [FINDING_INPUT_FORMAT_CONVERTED] = CERTIFICATE("input-format-converted", I, "not PEM"),
        [FINDING_INPUT_PRIVATE_KEY_PRESENT] =
                CERTIFICATE("input-private-key-present", W, "private key in the certificate file"),
        [FINDING_KEY_MISMATCH] =
                CERTIFICATE("key-mismatch", E, "private key is of another certificate"),
        [FINDING_RESOURCE_LIMIT] = CERTIFICATE("resource-limit", E, "over a limit"),

        [FINDING_LEAF_EXPIRED] = CERTIFICATE("leaf-expired", E, "certificate has expired"),
        [FINDING_LEAF_NOT_YET_VALID] =
                CERTIFICATE("leaf-not-yet-valid", E, "certificate is not valid yet"),
        [FINDING_LEAF_EXPIRING_SOON] =
                CERTIFICATE("leaf-expiring-soon", W, "certificate expires soon"),
        [FINDING_INTERMEDIATE_EXPIRED] =
                CERTIFICATE("intermediate-expired", E, "intermediate has expired"),
        [FINDING_INTERMEDIATE_NOT_YET_VALID] =
                CERTIFICATE("intermediate-not-yet-valid", E, "intermediate is not valid yet"),
        [FINDING_INTERMEDIATE_EXPIRING_SOON] =
                CERTIFICATE("intermediate-expiring-soon", W, "intermediate expires soon"),
        [FINDING_ROOT_EXPIRED] = CERTIFICATE("root-expired", E, "root has expired"),
        [FINDING_ROOT_EXPIRING_SOON] = CERTIFICATE("root-expiring-soon", W, "root expires soon"),
        [FINDING_MALFORMED_VALIDITY] =
                CERTIFICATE("malformed-validity", E, "validity dates are malformed"),
        [FINDING_VALIDITY_INVERTED] =
                CERTIFICATE("validity-inverted", E, "validity ends before it begins"),
        [FINDING_VALIDITY_TOO_LONG] =
                CERTIFICATE("validity-too-long", W, "lifetime is longer than browsers accept"),

        [FINDING_HOSTNAME_MISMATCH] =
                CERTIFICATE("hostname-mismatch", E, "certificate is for another name"),
        [FINDING_HOSTNAME_CN_ONLY] =
                CERTIFICATE("hostname-cn-only", E, "name is only in the Common Name"),
        [FINDING_SAN_UNRESOLVABLE] =
                CERTIFICATE("san-unresolvable", W, "names of the certificate do not resolve"),

        [FINDING_SELF_SIGNED_LEAF] = CERTIFICATE("self-signed-leaf", E, "self-signed certificate"),
        [FINDING_UNTRUSTED_ROOT] = CERTIFICATE("untrusted-root", E, "private or unknown root CA"),
        [FINDING_DISTRUSTED_CA] = CERTIFICATE("distrusted-ca", E, "CA is no longer trusted"),
        [FINDING_UNKNOWN_CA] = CERTIFICATE("unknown-ca", E, "unknown issuer"),
        [FINDING_MISSING_INTERMEDIATE] =
                CERTIFICATE("missing-intermediate", E, "intermediate is not sent"),
        [FINDING_BAD_SIGNATURE] = CERTIFICATE("bad-signature", E, "signature does not verify"),
        [FINDING_INTERMEDIATE_NOT_CA] =
                CERTIFICATE("intermediate-not-ca", E, "issuer is not a CA"),
        [FINDING_PATH_LENGTH_EXCEEDED] =
                CERTIFICATE("path-length-exceeded", E, "too many CAs below a CA"),
        [FINDING_NAME_CONSTRAINTS_VIOLATION] =
                CERTIFICATE("name-constraints-violation", E, "CA may not issue for these names"),
        [FINDING_EKU_MISSING_SERVER_AUTH] =
                CERTIFICATE("eku-missing-server-auth", E, "not issued for TLS servers"),
        [FINDING_INTERMEDIATE_EKU_RESTRICTS] =
                CERTIFICATE("intermediate-eku-restricts", E, "CA is not for TLS servers"),
        [FINDING_KEY_USAGE_INVALID] =
                CERTIFICATE("key-usage-invalid", E, "key usage does not allow TLS"),
        [FINDING_UNHANDLED_CRITICAL_EXTENSION] =
                CERTIFICATE("unhandled-critical-extension", E, "unknown critical extension"),
        [FINDING_POLICY_VIOLATION] =
                CERTIFICATE("policy-violation", E, "certificate policies forbid this chain"),
        [FINDING_PROFILE_VIOLATION] =
                CERTIFICATE("profile-violation", E, "strict clients reject the certificate"),
        [FINDING_MALFORMED_EXTENSION] =
                CERTIFICATE("malformed-extension", W, "malformed extension"),
        [FINDING_DUPLICATE_EXTENSION] =
                CERTIFICATE("duplicate-extension", W, "extension is there twice"),
        [FINDING_SERIAL_INVALID] = CERTIFICATE("serial-invalid", W, "invalid serial number"),
        [FINDING_X509_V1] = CERTIFICATE("x509-v1", W, "certificate of X.509 version 1"),

        [FINDING_REVOKED] = CERTIFICATE("revoked", E, "certificate is revoked"),
        [FINDING_REVOCATION_UNKNOWN] =
                CERTIFICATE("revocation-unknown", I, "revocation could not be checked"),
        [FINDING_MUST_STAPLE_MISSING] =
                CERTIFICATE("must-staple-missing", E, "required OCSP staple is not sent"),
        [FINDING_STAPLE_INVALID] = CERTIFICATE("staple-invalid", W, "OCSP staple is invalid"),

        [FINDING_LEAF_NOT_FIRST] =
                CERTIFICATE("leaf-not-first", E, "server certificate is not first"),
        [FINDING_LEAF_MISSING] = CERTIFICATE("leaf-missing", E, "server certificate is missing"),
        [FINDING_CHAIN_ORDER_WRONG] =
                CERTIFICATE("chain-order-wrong", W, "chain is in the wrong order"),
        [FINDING_DUPLICATE_CERTIFICATE] =
                CERTIFICATE("duplicate-certificate", W, "certificate is sent twice"),
        [FINDING_SUPERFLUOUS_CERTIFICATE] =
                CERTIFICATE("superfluous-certificate", W, "unrelated certificate is sent"),
        [FINDING_ALTERNATE_PATH_CERTIFICATE] =
                CERTIFICATE("alternate-path-certificate", I, "certificate for another path"),
        [FINDING_EXPIRED_SUPERFLUOUS_CERTIFICATE] = CERTIFICATE(
                "expired-superfluous-certificate", W, "expired certificate is sent needlessly"),
        [FINDING_ROOT_INCLUDED] = CERTIFICATE("root-included", I, "root is sent"),

        [FINDING_WEAK_SIGNATURE] = CERTIFICATE("weak-signature", E, "weak signature algorithm"),
        [FINDING_WEAK_KEY] = CERTIFICATE("weak-key", E, "weak key"),
        [FINDING_KEY_UNSUPPORTED] =
                CERTIFICATE("key-unsupported", W, "key that clients may not know"),
        [FINDING_CA_AS_LEAF] = CERTIFICATE("ca-as-leaf", W, "server certificate has CA rights"),
        [FINDING_TLS_VERSION_OLD] = CERTIFICATE("tls-version-old", W, "old TLS version"),
        [FINDING_TLS_CIPHER_WEAK] = CERTIFICATE("tls-cipher-weak", W, "weak TLS cipher"),

        [FINDING_RENEWED] = CERTIFICATE("renewed", I, "certificate was renewed"),
        [FINDING_CHANGED] = CERTIFICATE("changed", I, "another certificate is served"),

        [FINDING_DNS_FAILED] = NETWORK("dns-failed", "name does not resolve"),
        [FINDING_CONNECT_REFUSED] = NETWORK("connect-refused", "connection refused"),
        [FINDING_CONNECT_FAILED] = NETWORK("connect-failed", "cannot connect"),
        [FINDING_CONNECT_TIMEOUT] = NETWORK("connect-timeout", "connection timed out"),
        [FINDING_HANDSHAKE_FAILED] = NETWORK("handshake-failed", "TLS handshake failed"),
        [FINDING_HANDSHAKE_TIMEOUT] = NETWORK("handshake-timeout", "TLS handshake timed out"),
};

static const char *const SEVERITIES[SEVERITY_COUNT] = {
        [SEVERITY_OK] = "ok",
        [SEVERITY_INFO] = "info",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR] = "error",
};

int finding_code_parse(const char *name, enum finding_code *ret)
{
        for (int i = 0; i < FINDING_COUNT; i++)
                if (strcmp(FINDINGS[i].name, name) == 0) {
                        *ret = (enum finding_code)i;
                        return 0;
                }
        return -EINVAL;
}

const char *severity_str(enum severity s)
{
        return SEVERITIES[s];
}

int severity_parse(const char *name, enum severity *ret)
{
        for (int i = 0; i < SEVERITY_COUNT; i++)
                if (strcmp(SEVERITIES[i], name) == 0) {
                        *ret = (enum severity)i;
                        return 0;
                }
        return -EINVAL;
}

struct finding *finding_add(struct finding_list *list, enum finding_code code)
{
        assert(code < FINDING_COUNT);
        list->items = mem_resize(list->items, list->n + 1, sizeof(*list->items));
        list->items[list->n] = (struct finding){
                .code = code,
                .severity = FINDINGS[code].severity,
                .position = FINDING_NO_POSITION,
        };
        return &list->items[list->n++];
}

void finding_set(char **text, const char *fmt, ...)
{
        struct buf b = BUF_INIT(FINDING_TEXT_MAX);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&b, fmt, ap);
        va_end(ap);
        free(*text);
        *text = buf_steal(&b);
}

void finding_fact(struct finding *f, const char *key, const char *fmt, ...)
{
        struct buf b = BUF_INIT(FINDING_TEXT_MAX);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&b, fmt, ap);
        va_end(ap);
        f->facts = mem_resize(f->facts, f->n_facts + 1, sizeof(*f->facts));
        f->facts[f->n_facts++] = (struct finding_fact){ key, buf_steal(&b) };
}

void finding_copy(struct finding *to, const struct finding *from)
{
        *to = *from;
        to->subject = mem_strdup(from->subject);
        to->fingerprint = mem_strdup(from->fingerprint);
        to->message = mem_strdup(from->message);
        to->remedy = mem_strdup(from->remedy);
        to->evidence = mem_strdup(from->evidence);
        to->facts = NULL;
        to->n_facts = 0;
        for (size_t i = 0; i < from->n_facts; i++)
                finding_fact(to, from->facts[i].key, "%s", from->facts[i].value);
}

const struct finding *finding_find(const struct finding_list *list, enum finding_code code)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].code == code)
                        return &list->items[i];
        return NULL;
}

enum severity finding_worst(const struct finding_list *list)
{
        enum severity worst = SEVERITY_OK;

        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].severity > worst)
                        worst = list->items[i].severity;
        return worst;
}

void finding_done(struct finding *f)
{
        free(f->subject);
        free(f->fingerprint);
        free(f->message);
        free(f->remedy);
        free(f->evidence);
        for (size_t i = 0; i < f->n_facts; i++)
                free(f->facts[i].value);
        free(f->facts);
        *f = (struct finding){ 0 };
}

void finding_list_done(struct finding_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                finding_done(&list->items[i]);
        free(list->items);
        *list = (struct finding_list){ 0 };
}
