/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in report.h. Strings of certificates are printable UTF-8 already. */
#include "common/cert/report.h"

#include "common/base/cleanup.h"
#include "common/cert/cert_print.h"
#include "common/cert/json_text.h"
#include "common/cert/repair.h"
#include "common/cert/validate.h"

#define NAMES_IN_JSON 100

/* null for positions that there are not. */
static json_t *position(int i)
{
        return json_must(i >= 0 ? json_integer(i) : json_null());
}

/* --- findings --------------------------------------------------------------------------------- */

/* A key that comes again makes a list of its values. */
static json_t *facts(const struct finding *f)
{
        json_t *o = json_must(json_object());

        for (size_t i = 0; i < f->n_facts; i++) {
                json_t *value = json_text(f->facts[i].value);
                json_t *former = json_object_get(o, f->facts[i].key);

                if (!former) {
                        json_object_set_new(o, f->facts[i].key, value);
                } else if (json_is_array(former)) {
                        json_array_append_new(former, value);
                } else {
                        json_t *list = json_must(json_pack("[O, o]", former, value));

                        json_object_set_new(o, f->facts[i].key, list);
                }
        }
        return o;
}

static json_t *diagnosis(const struct finding *f)
{
        return json_must(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                                   "code", FINDINGS[f->code].name,
                                   "severity", severity_str(f->severity),
                                   "title", FINDINGS[f->code].title,
                                   "subject", json_text(f->subject),
                                   "position", position(f->position),
                                   "sha256", json_text(f->fingerprint),
                                   "deadline", json_instant(f->deadline_s),
                                   "message", json_text(f->message),
                                   "remedy", json_text(f->remedy),
                                   "evidence", json_text(f->evidence),
                                   "facts", facts(f)));
}

/* --- certificates ----------------------------------------------------------------------------- */

static json_t *names_of(const struct cert *c)
{
        json_t *names = json_must(json_array());

        for (size_t i = 0; i < c->n_names && i < NAMES_IN_JSON; i++) {
                struct cert one = { .names = &c->names[i], .n_names = 1 };
                AUTO_FREE char *name = cert_names_str(&one, 1);

                json_array_append_new(names, json_text(name));
        }
        return names;
}

static json_t *urls_of(const struct cert *c)
{
        json_t *urls = json_must(json_array());

        for (size_t i = 0; i < c->n_ca_issuers; i++)
                json_array_append_new(urls, json_text(c->ca_issuers[i]));
        return urls;
}

/* What the key may be used for; null when the certificate does not limit it. */
static json_t *usages_of(const struct cert *c)
{
        const struct {
                bool may;
                const char *what;
        } USAGES[] = {
                { c->may_sign_data, "digital_signature" },
                { c->may_encipher_keys, "key_encipherment" },
                { c->may_sign_certs, "cert_sign" },
        };
        json_t *list = json_must(json_array());

        for (size_t i = 0; i < ARRAY_LEN(USAGES); i++)
                if (USAGES[i].may)
                        json_array_append_new(list, json_text(USAGES[i].what));
        if (c->has_key_usage)
                return list;
        json_decref(list);
        return json_must(json_null());
}

/* Is it for TLS servers by its extendedKeyUsage? null: it does not say. */
static json_t *for_servers(const struct cert *c)
{
        if (!c->has_eku)
                return json_must(json_null());
        return json_must(json_boolean(c->eku_server_auth || c->eku_any));
}

static json_t *identity(const struct cert *c)
{
        return json_must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:o, s:o}",
                                   "subject", c->subject, "label", c->label,
                                   "issuer", c->issuer,
                                   "serial", c->serial, "sha256", c->fingerprint,
                                   "version", c->version,
                                   "not_before", json_instant(c->not_before_s),
                                   "not_after", json_instant(c->not_after_s)));
}

static json_t *rights(const struct cert *c)
{
        return json_must(json_pack("{s:s, s:i, s:s, s:b, s:o, s:b, s:b, s:o, s:o, s:b, s:o}",
                                   "key", c->key_name, "key_bits", c->key_bits,
                                   "signature", c->sig_name, "ca", c->is_ca,
                                   "path_length", position(c->path_length),
                                   "self_signed", c->self_signed,
                                   "name_constraints", c->has_constraints,
                                   "key_usage", usages_of(c), "server_auth", for_servers(c),
                                   "must_staple", c->must_staple, "ca_issuers", urls_of(c)));
}

json_t *report_certificate(const struct cert *c, int at)
{
        json_t *o = identity(c), *more = rights(c);

        json_object_update_new(o, more);
        json_object_set_new(o, "position", position(at));
        json_object_set_new(o, "common_name", json_text(c->cn));
        json_object_set_new(o, "names", names_of(c));
        json_object_set_new(o, "names_total", json_must(json_integer((json_int_t)c->n_names)));
        return o;
}

static json_t *path_step(const struct cert *c, enum path_source source)
{
        return json_must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "subject", c->subject,
                                   "label", c->label, "issuer_label", c->issuer_label,
                                   "sha256", c->fingerprint, "source", PATH_SOURCES[source],
                                   "not_before", json_instant(c->not_before_s),
                                   "not_after", json_instant(c->not_after_s)));
}

/* One thing to do to the served chain; what is to be added stands there whole. */
static json_t *repair_step(const struct repair_step *step)
{
        AUTO_FREE char *pem = step->action == REPAIR_ADD ? cert_pem(step->cert) : NULL;
        const char *why = step->why < FINDING_COUNT ? FINDINGS[step->why].name : NULL;
        const char *source = step->action == REPAIR_ADD ? PATH_SOURCES[step->source] : NULL;

        return json_must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                                   "action", REPAIR_ACTIONS[step->action],
                                   "subject", step->cert->subject,
                                   "label", step->cert->label,
                                   "issuer_label", step->cert->issuer_label,
                                   "sha256", step->cert->fingerprint,
                                   "not_before", json_instant(step->cert->not_before_s),
                                   "not_after", json_instant(step->cert->not_after_s),
                                   "position", position(step->position),
                                   "target", position(step->target),
                                   "why", json_text(why), "source", json_text(source),
                                   "pem", json_text(pem)));
}

/* null: nothing was stapled, or nobody asked. */
static json_t *staple(const struct staple *s)
{
        if (s->status == STAPLE_NONE)
                return json_must(json_null());
        return json_must(json_pack("{s:s, s:o, s:o}",
                                   "status", staple_status_str(s->status),
                                   "this_update", json_instant(s->this_update_s),
                                   "next_update", json_instant(s->next_update_s)));
}

/* --- the verdict ------------------------------------------------------------------------------ */

static void add_lists(json_t *o, const struct verdict *v, const struct chain *served)
{
        json_t *diagnoses = json_must(json_array()), *fix = json_must(json_array());
        json_t *chain = json_must(json_array()), *path = json_must(json_array());
        json_t *repair = json_must(json_array());

        for (size_t i = 0; i < v->findings.n; i++)
                json_array_append_new(diagnoses, diagnosis(&v->findings.items[i]));
        for (size_t i = 0; i < v->n_fix; i++)
                json_array_append_new(fix, json_text(v->fix[i]));
        for (size_t i = 0; i < v->n_repair; i++)
                json_array_append_new(repair, repair_step(&v->repair[i]));
        for (size_t i = 0; i < v->n_path; i++)
                json_array_append_new(path, path_step(v->path[i], v->path_source[i]));
        for (size_t i = 0; served && i < served->n; i++)
                json_array_append_new(chain, report_certificate(served->certs[i],
                                                                served->sent_at[i]));
        json_object_set_new(o, "diagnoses", diagnoses);
        json_object_set_new(o, "fix", fix);
        json_object_set_new(o, "repair", repair);
        json_object_set_new(o, "path", path);
        json_object_set_new(o, "chain", chain);
}

json_t *report_verdict(const struct verdict *v, const struct chain *served)
{
        static const char *const VERDICTS[SEVERITY_COUNT] = {
                [SEVERITY_OK] = "ok", [SEVERITY_INFO] = "ok", [SEVERITY_WARNING] = "warn",
                [SEVERITY_ERROR] = "error",
        };
        json_t *o = json_must(json_pack("{s:s, s:b, s:o}",
                                        "verdict", VERDICTS[verdict_severity(v)],
                                        "trusted", v->trusted,
                                        "expires", json_instant(v->expires_s)));

        add_lists(o, v, served);
        json_object_set_new(o, "staple", staple(&v->staple));
        return o;
}

void report_add_cert(json_t *o, const struct cert *c)
{
        AUTO_FREE char *pem = cert_pem(c);
        AUTO_FREE char *text = cert_print(c);

        json_object_set_new(o, "pem", json_text(pem));
        json_object_set_new(o, "text", json_text(text));
}

void report_add_certs(json_t *report, const struct chain *served, size_t max_bytes)
{
        json_t *list = json_object_get(report, "chain");
        size_t bytes = 0;

        for (size_t i = 0; served && i < served->n; i++) {
                bytes += served->certs[i]->der_len;
                if (bytes <= max_bytes)
                        report_add_cert(json_array_get(list, i), served->certs[i]);
        }
}
