/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in report.h. Strings of certificates are printable UTF-8 already. */
#include "common/cert/report.h"

#include "common/base/cleanup.h"
#include "common/cert/json_text.h"
#include "common/cert/validate.h"

#define NAMES_IN_JSON 100

static json_t *diagnosis(const struct finding *f)
{
        json_t *position = f->position >= 0 ? json_integer(f->position) : json_null();

        return json_must(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}",
                                   "code", FINDINGS[f->code].name,
                                   "severity", severity_str(f->severity),
                                   "title", FINDINGS[f->code].title,
                                   "subject", json_text(f->subject),
                                   "position", json_must(position),
                                   "sha256", json_text(f->fingerprint),
                                   "deadline", json_instant(f->deadline_s),
                                   "message", json_text(f->message),
                                   "remedy", json_text(f->remedy)));
}

static json_t *certificate(const struct cert *c, int position)
{
        json_t *names = json_must(json_array());

        for (size_t i = 0; i < c->n_names && i < NAMES_IN_JSON; i++) {
                struct cert one = { .names = &c->names[i], .n_names = 1 };
                AUTO_FREE char *name = cert_names_str(&one, 1);

                json_array_append_new(names, json_text(name));
        }
        return json_must(json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:i, s:s, s:b,"
                                   " s:b}",
                                   "position", position, "subject", c->subject,
                                   "issuer", c->issuer, "serial", c->serial,
                                   "sha256", c->fingerprint,
                                   "not_before", json_instant(c->not_before_s),
                                   "not_after", json_instant(c->not_after_s),
                                   "names", names,
                                   "key", c->key_name, "key_bits", c->key_bits,
                                   "signature", c->sig_name,
                                   "ca", c->is_ca, "self_signed", c->self_signed));
}

static json_t *path_step(const struct cert *c, enum path_source source)
{
        return json_must(json_pack("{s:s, s:s, s:s}", "subject", c->subject,
                                   "sha256", c->fingerprint, "source", PATH_SOURCES[source]));
}

/* Null when nothing was stapled. */
static json_t *staple(const struct staple *s)
{
        if (s->status == STAPLE_NONE)
                return json_null();
        return json_must(json_pack("{s:s, s:o, s:o}", "status", staple_status_str(s->status),
                                   "this_update", json_instant(s->this_update_s),
                                   "next_update", json_instant(s->next_update_s)));
}

json_t *report_verdict(const struct verdict *v, const struct chain *served)
{
        static const char *const VERDICTS[SEVERITY_COUNT] = {
                [SEVERITY_OK] = "ok", [SEVERITY_INFO] = "ok", [SEVERITY_WARNING] = "warn",
                [SEVERITY_ERROR] = "error",
        };
        json_t *diagnoses = json_must(json_array()), *fix = json_must(json_array());
        json_t *chain = json_must(json_array()), *path = json_must(json_array());

        for (size_t i = 0; i < v->findings.n; i++)
                json_array_append_new(diagnoses, diagnosis(&v->findings.items[i]));
        for (size_t i = 0; i < v->n_fix; i++)
                json_array_append_new(fix, json_text(v->fix[i]));
        for (size_t i = 0; served && i < served->n; i++)
                json_array_append_new(chain, certificate(served->certs[i],
                                                         served->sent_at[i]));
        for (size_t i = 0; i < v->n_path; i++)
                json_array_append_new(path, path_step(v->path[i], v->path_source[i]));
        return json_must(json_pack("{s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o}",
                                   "verdict", VERDICTS[verdict_severity(v)],
                                   "diagnoses", diagnoses, "fix", fix, "trusted", v->trusted,
                                   "expires", json_instant(v->expires_s), "path", path,
                                   "chain", chain, "staple", staple(&v->staple)));
}
