/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the certificates that are used: each step of the path, by its faults. */
#include "common/cert/rules.h"

#include "common/base/parse.h"
#include "common/cert/repair.h"

#define NAMES_SHOWN 8

static bool is_root(const struct path *p, size_t i)
{
        return i > 0 && (p->steps[i].source == PATH_ANCHOR || p->steps[i].cert->self_signed);
}

/* What a certificate is called in a sentence: "Certificate web.example" or "Intermediate CA 1". */
static const char *role(const struct path *p, size_t i)
{
        if (i == 0)
                return "Certificate";
        return is_root(p, i) ? "Root" : "Intermediate";
}

static struct finding *about(struct exam *e, enum finding_code code, size_t i)
{
        const struct path_step *s = &e->search.best.steps[i];

        return exam_finding(e, code, s->cert, s->position);
}

/* --- dates ------------------------------------------------------------------------------------ */

static const char *renew_what(size_t i)
{
        return i == 0 ? "Renew it now, reload the server, and look why the renewal job did not."
                      : "Replace it on the server by the CA's current intermediate.";
}

static void report_expired(struct exam *e, size_t i)
{
        static const enum finding_code CODES[] = {
                FINDING_LEAF_EXPIRED, FINDING_INTERMEDIATE_EXPIRED, FINDING_ROOT_EXPIRED,
        };
        const struct path *p = &e->search.best;
        const struct cert *c = p->steps[i].cert;
        bool root = is_root(p, i);
        struct finding *f = about(e, CODES[i == 0 ? 0 : root ? 2 : 1], i);
        char ago[SPAN_STR_MAX], date[TIME_STR_MAX];

        f->deadline_s = c->not_after_s;
        finding_set(&f->message, "%s %s expired %s ago (%s).", role(p, i), c->label,
                    span_str(e->in->now_s - c->not_after_s, ago), time_str(c->not_after_s, date));
        if (i > 0 && repair_say_replacement(e, c, f))
                return;
        if (root)
                finding_set(&f->remedy, "Serve a chain that ends in a current root of the CA, and "
                            "update the trust store of the clients.");
        else
                finding_set(&f->remedy, "%s", renew_what(i));
}

static void report_not_yet_valid(struct exam *e, size_t i)
{
        const struct path *p = &e->search.best;
        const struct cert *c = p->steps[i].cert;
        struct finding *f = about(e, i == 0 ? FINDING_LEAF_NOT_YET_VALID
                                            : FINDING_INTERMEDIATE_NOT_YET_VALID, i);
        char in[SPAN_STR_MAX], date[TIME_STR_MAX];

        f->deadline_s = c->not_before_s;
        finding_set(&f->message, "%s %s is valid only from %s, in %s.", role(p, i), c->label,
                    time_str(c->not_before_s, date), span_str(c->not_before_s - e->in->now_s, in));
        if (i == 0 || !repair_say_replacement(e, c, f))
                finding_set(&f->remedy, "Check the clocks of the server and of this host; "
                            "otherwise wait, or have it reissued.");
}

static void report_bad_dates(struct exam *e, size_t i)
{
        const struct path *p = &e->search.best;
        struct finding *f = about(e, FINDING_MALFORMED_VALIDITY, i);

        finding_set(&f->message,
                    "%s %s has dates that cannot be read or that end before they begin.",
                    role(p, i), p->steps[i].cert->label);
        finding_set(&f->remedy, "Have it reissued.");
}

/*
 * Time left at which step @i is reported. A share of a root's own twenty years would be far too
 * early: with a root that ends, the leaf ends, so the span counts, or else the share of the leaf.
 */
static int64_t notice_of(const struct exam *e, size_t i, const struct threshold *t)
{
        const struct path *p = &e->search.best;
        const struct cert *c = is_root(p, i) ? e->leaf : p->steps[i].cert;

        if (is_root(p, i) && t->span_s > 0)
                return t->span_s;
        return c->dates_ok ? threshold_seconds(t, c->not_after_s - c->not_before_s) : 0;
}

static const char *prepare_what(const struct path *p, size_t i)
{
        if (i == 0)
                return "Renew it and reload the server; automatic renewal should have run by now.";
        return is_root(p, i) ? "Serve a chain that ends in a newer root of the CA before then, and "
                               "see that the trust store of the clients has it."
                             : "Serve the CA's newer intermediate before then.";
}

/* Whoever stands above the leaf counts only when he ends before it. */
static void check_expiring(struct exam *e, size_t i, unsigned faults)
{
        static const enum finding_code CODES[] = {
                FINDING_LEAF_EXPIRING_SOON, FINDING_INTERMEDIATE_EXPIRING_SOON,
                FINDING_ROOT_EXPIRING_SOON,
        };
        const struct path *p = &e->search.best;
        const struct cert *c = p->steps[i].cert;
        int64_t left = c->not_after_s - e->in->now_s;
        bool critical = left < notice_of(e, i, &e->policy->critical);
        char in[SPAN_STR_MAX], date[TIME_STR_MAX];

        if (!critical && left >= notice_of(e, i, &e->policy->warning))
                return;
        if (i > 0 && !(faults & FAULT_OUTLIVED))
                return;
        struct finding *f = about(e, CODES[i == 0 ? 0 : is_root(p, i) ? 2 : 1], i);

        if (critical)
                f->severity = SEVERITY_ERROR;
        f->deadline_s = c->not_after_s;
        finding_set(&f->message, "%s %s expires in %s (%s).", role(p, i), c->label,
                    span_str(left, in), time_str(c->not_after_s, date));
        if (i == 0 || !repair_say_replacement(e, c, f))
                finding_set(&f->remedy, "%s", prepare_what(p, i));
}

/* --- rights and strength ---------------------------------------------------------------------- */

static void report_not_ca(struct exam *e, size_t i)
{
        const char *label = e->search.best.steps[i].cert->label;
        struct finding *f = about(e, FINDING_INTERMEDIATE_NOT_CA, i);

        finding_set(&f->message, "%s may not issue certificates: it is not a CA.", label);
        finding_set(&f->remedy,
                    "The wrong file is in the chain, or the certificate below it was not "
                    "issued by a real CA: fetch the chain again from the CA.");
}

static void report_path_length(struct exam *e, size_t i)
{
        const struct cert *c = e->search.best.steps[i].cert;
        struct finding *f = about(e, FINDING_PATH_LENGTH_EXCEEDED, i);

        finding_set(&f->message, "%s allows %d CAs below it, and there are more.", c->label,
                    c->path_length);
        finding_set(&f->remedy, "The CA must issue this certificate from another intermediate.");
}

static void report_name_constraints(struct exam *e, size_t i)
{
        const struct path_step *ca = &e->search.best.steps[i];
        AUTO_FREE char *names = cert_names_str(ca->forbids, NAMES_SHOWN);
        struct finding *f = about(e, FINDING_NAME_CONSTRAINTS_VIOLATION, i);

        finding_set(&f->message, "%s may not issue for %s: its nameConstraints forbid a name of "
                    "that certificate%s%s.", ca->cert->label, ca->forbids->label,
                    *names ? ", which has: " : "", names);
        finding_set(&f->remedy, "Use a CA that is entitled to these names, or reissue the "
                    "certificate without the names that are forbidden.");
}

static void report_eku(struct exam *e, size_t i)
{
        const char *label = e->search.best.steps[i].cert->label;
        struct finding *f = about(e, i == 0 ? FINDING_EKU_MISSING_SERVER_AUTH
                                            : FINDING_INTERMEDIATE_EKU_RESTRICTS, i);

        finding_set(&f->message, "%s %s is not issued for TLS servers (extendedKeyUsage has no "
                    "serverAuth).", role(&e->search.best, i), label);
        finding_set(&f->remedy, i == 0 ? "Request a TLS server certificate."
                                       : "Use a CA that is entitled to TLS server certificates.");
}

static void report_critical(struct exam *e, size_t i)
{
        const struct cert *c = e->search.best.steps[i].cert;
        struct finding *f = about(e, FINDING_UNHANDLED_CRITICAL_EXTENSION, i);

        finding_set(&f->message, "%s has the critical extension %s, which clients do not know and "
                    "must reject.", c->label, c->unhandled_critical);
        finding_set(&f->remedy, "Have it reissued without this extension.");
}

/* @what is wrong with the extension, and whether strict clients alone mind. */
static void report_flaw(struct exam *e, size_t i, enum finding_code code,
                        const struct cert_flaw *flaw, const char *what)
{
        const struct path *p = &e->search.best;
        struct finding *f = about(e, code, i);

        if (flaw->decisive)
                f->severity = SEVERITY_ERROR;
        finding_set(&f->message, "%s %s has an extension that is %s (%s); %s reject it.",
                    role(p, i), p->steps[i].cert->label, what, flaw->extension,
                    flaw->decisive ? "clients" : "strict clients (Go, Rust, Java) may");
        finding_set(&f->remedy, i == 0 ? "Have it reissued with well-formed extensions."
                                       : "Ask the CA for a well-formed certificate in its place.");
}

static void report_extensions(struct exam *e, size_t i)
{
        const struct cert *c = e->search.best.steps[i].cert;

        if (c->malformed_extension.extension)
                report_flaw(e, i, FINDING_MALFORMED_EXTENSION, &c->malformed_extension,
                            "malformed");
        if (c->duplicate_extension.extension)
                report_flaw(e, i, FINDING_DUPLICATE_EXTENSION, &c->duplicate_extension,
                            "there twice");
}

static void report_weak_signature(struct exam *e, size_t i)
{
        const struct cert *c = e->search.best.steps[i].cert;
        struct finding *f = about(e, FINDING_WEAK_SIGNATURE, i);

        finding_set(&f->message, "%s is signed with %s; clients reject it.", c->label, c->sig_name);
        finding_set(&f->remedy,
                    i == 0 ? "Reissue it with SHA-256."
                           : "Use a newer intermediate of the CA, signed with SHA-256.");
}

static void report_weak_key(struct exam *e, size_t i)
{
        const struct cert *c = e->search.best.steps[i].cert;
        struct finding *f = about(e, FINDING_WEAK_KEY, i);

        finding_set(&f->message, "%s has a key of %d bits (%s); clients reject it.", c->label,
                    c->key_bits, c->key_name);
        finding_set(&f->remedy, "Make a new key, RSA 2048 or EC P-256 or stronger, and have the "
                    "certificate reissued for it.");
}

typedef void report_fn(struct exam *e, size_t i);

static const struct {
        unsigned fault;
        report_fn *report;
} REPORTS[] = {
        { FAULT_EXPIRED, report_expired },
        { FAULT_NOT_YET_VALID, report_not_yet_valid },
        { FAULT_BAD_DATES, report_bad_dates },
        { FAULT_NOT_CA, report_not_ca },
        { FAULT_PATH_LENGTH, report_path_length },
        { FAULT_NAME_CONSTRAINTS, report_name_constraints },
        { FAULT_EKU, report_eku },
        { FAULT_CRITICAL, report_critical },
        { FAULT_UNUSABLE_EXTENSION | FAULT_ODD_EXTENSION, report_extensions },
        { FAULT_WEAK_SIGNATURE, report_weak_signature },
        { FAULT_WEAK_KEY, report_weak_key },
};

void rules_path(struct exam *e)
{
        const struct path *p = &e->search.best;

        for (size_t i = 0; i < p->n; i++) {
                unsigned faults = path_faults(p, i, e->in->now_s);

                for (size_t k = 0; k < ARRAY_LEN(REPORTS); k++)
                        if (faults & REPORTS[k].fault)
                                REPORTS[k].report(e, i);
                if (!(faults & (FAULT_EXPIRED | FAULT_NOT_YET_VALID | FAULT_BAD_DATES)))
                        check_expiring(e, i, faults);
        }
}
