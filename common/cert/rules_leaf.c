/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificate is the server's, and whether it is for the host that was addressed. */
#include "common/cert/rules.h"

#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/names.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 8

static bool cn_matches(const struct cert *c, const char *host)
{
        return c->has_cn && (host_is_ip(host) ? text_ieq(c->cn, host)
                                              : name_covers(c->cn, strlen(c->cn), host));
}

/* Only then do some clients look at the CN; names that cannot be read are names nevertheless. */
static bool is_without_names(const struct cert *c)
{
        return c->n_names == 0 && !c->names_unreadable;
}

static bool is_for_host(const struct cert *c, const char *host)
{
        return cert_covers_host(c, host) || (is_without_names(c) && cn_matches(c, host));
}

static bool issued_another(const struct chain *served, size_t k)
{
        for (size_t i = 0; i < served->n; i++)
                if (i != k && cert_names_issuer(served->certs[i], served->certs[k]))
                        return true;
        return false;
}

/* The certificate the server meant, when the first one is a CA's; 0 when nothing fits better. */
static size_t find_leaf(const struct exam *e)
{
        const struct chain *s = e->served;

        if (!s->certs[0]->is_ca || (e->in->host && is_for_host(s->certs[0], e->in->host)))
                return 0;
        for (size_t k = 1; e->in->host && k < s->n; k++)
                if (!s->certs[k]->is_ca && is_for_host(s->certs[k], e->in->host))
                        return k;
        for (size_t k = 1; k < s->n; k++)
                if (!s->certs[k]->is_ca && !issued_another(s, k))
                        return k;
        return 0;
}

/* A CA's that is not for the host; or, when no host is known, that may sign and names none. */
static bool is_mere_ca(const struct exam *e)
{
        const struct cert *c = e->leaf;

        if (!c->is_ca || c->self_signed)
                return false;
        if (e->in->host)
                return !is_for_host(c, e->in->host);
        return is_without_names(c) && (!c->has_key_usage || c->may_sign_certs);
}

void rules_find_leaf(struct exam *e)
{
        e->leaf_at = find_leaf(e);
        e->leaf = e->served->certs[e->leaf_at];
        if (e->leaf_at > 0)
                return; /* leaf-not-first is said when the path, and so the right order, is known */
        if (is_mere_ca(e)) {
                struct finding *f = exam_served_finding(e, FINDING_LEAF_MISSING, 0);

                if (f->position > 0) /* the one before it may be the server's, but is damaged */
                        finding_set(&f->message, "Of the certificates that can be read, all are of "
                                    "CAs; the first is %s.", e->leaf->label);
                else
                        finding_set(&f->message, "Only CA certificates are sent; the first is %s.",
                                    e->leaf->label);
                finding_set(&f->remedy,
                            "The chain file lacks the server certificate: put it before "
                            "the CA certificates.");
        } else if (e->leaf->is_ca) {
                struct finding *f = exam_served_finding(e, FINDING_CA_AS_LEAF, 0);

                if (!e->leaf->self_signed)
                        f->severity = SEVERITY_ERROR;
                finding_set(&f->message, "The server certificate %s has CA rights.",
                            e->leaf->label);
                finding_set(&f->evidence, "%s", e->leaf->self_signed
                            ? "Clients that are told to trust this very certificate may accept it."
                            : "Firefox (MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY) and rustls "
                              "(CaUsedAsEndEntity) reject it; most others do not look.");
                finding_set(&f->remedy,
                            "Reissue it without CA rights (basicConstraints CA:FALSE).");
        }
}

/* The near misses that people stumble over most, or "". */
static char *mismatch_hint(const struct cert *c, const char *host)
{
        const char *dot = strchr(host, '.');
        AUTO_FREE char *www = mem_printf("www.%s", host);
        AUTO_FREE char *parent = mem_strdup(dot ? dot + 1 : "");
        const char *deeper = strchr(parent, '.');

        if (host_is_ip(host))
                return mem_strdup(" Clients that connect by address need an IP address in the "
                                  "subjectAltName.");
        if (strncmp(host, "www.", 4) == 0 && cert_covers_host(c, host + 4))
                return mem_strdup(" The name without www. is covered, this one is not.");
        for (size_t i = 0; i < c->n_names; i++) {
                const struct cert_name *n = &c->names[i];

                if (n->kind != CERT_NAME_DNS || n->len < 3 || memcmp(n->bytes, "*.", 2) != 0)
                        continue;
                AUTO_FREE char *base = mem_copy(n->bytes + 2, n->len - 2);

                if (dot && text_ieq(base, dot + 1) && name_is_registry(dot + 1))
                        return mem_printf(" Clients accept no wildcard right below %s, a suffix "
                                          "that a registry sells names of.", dot + 1);
                if (dot && text_ieq(base, dot + 1) && !deeper)
                        return mem_printf(" Clients accept no wildcard right below a name of one "
                                          "label, such as %s.", dot + 1);
                if (name_covers(n->bytes + 2, n->len - 2, host))
                        return mem_printf(" *.%s does not cover %s itself.", host, host);
                if (deeper && name_covers(n->bytes, n->len, parent))
                        return mem_printf(
                                " A wildcard covers one label only: *%s covers %s, not %s.", deeper,
                                parent, host);
        }
        if (cert_covers_host(c, www)) /* after the wildcards, which cover it as well */
                return mem_printf(" %s is covered, this name is not.", www);
        return mem_strdup("");
}

static void report_mismatch(struct exam *e)
{
        const char *host = e->in->host;
        AUTO_FREE char *names = cert_names_str(e->leaf, NAMES_SHOWN);
        AUTO_FREE char *hint = mismatch_hint(e->leaf, host);
        struct finding *f = exam_served_finding(e, FINDING_HOSTNAME_MISMATCH, e->leaf_at);

        if (e->leaf->names_unreadable)
                finding_set(&f->message, "%s cannot be found in the certificate: its "
                            "subjectAltName is not readable.", host);
        else if (*names)
                finding_set(&f->message, "%s is not in the certificate; it is for: %s.%s", host,
                            names, hint);
        else
                finding_set(&f->message,
                            "%s is not in the certificate; it has no names at all, only "
                            "the subject %s.",
                            host, e->leaf->label);
        finding_set(&f->remedy,
                    "Reissue the certificate with %s in the subjectAltName, or have the "
                    "server choose the right certificate for this name (virtual host, SNI).",
                    host);
}

void rules_names(struct exam *e)
{
        const char *host = e->in->host;

        if (!host || cert_covers_host(e->leaf, host) ||
            finding_find(e->findings, FINDING_LEAF_MISSING))
                return;
        if (!is_without_names(e->leaf) || !cn_matches(e->leaf, host)) {
                report_mismatch(e);
                return;
        }
        struct finding *f = exam_served_finding(e, FINDING_HOSTNAME_CN_ONLY, e->leaf_at);

        finding_set(&f->message,
                    "%s stands only in the Common Name, which clients have ignored for "
                    "years.",
                    host);
        finding_set(&f->remedy, "Reissue the certificate with subjectAltName %s:%s.",
                    host_is_ip(host) ? "IP" : "DNS", host);
}
