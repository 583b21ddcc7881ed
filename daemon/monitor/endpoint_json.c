/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in endpoint_json.h. */
#include "daemon/monitor/endpoint_json.h"

#include "common/base/cleanup.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/condition.h"
#include "daemon/monitor/fleet.h"
#include "daemon/notice/silence.h"

#include <arpa/inet.h>

/* How a problem that is held open really is, and since when; null: it is not held. */
static json_t *flapping_json(const struct problem *p)
{
        if (!p->flapping)
                return json_must(json_null());
        return json_must(json_pack("{s:s, s:o}", "now", severity_str(p->seen), "since",
                                   json_instant(p->steady_s)));
}

json_t *problem_json(const struct member *m, const struct problem *p, const struct hush *h)
{
        const struct subject subject = { m->cfg, p->code, p->severity };
        const struct silence *silence = silence_find(h->silences, &subject, h->now_s);

        return json_must(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                              "code", FINDINGS[p->code].name,
                              "severity", severity_str(p->severity),
                              "title", FINDINGS[p->code].title,
                              "since", json_instant(p->since_s),
                              "deadline", json_instant(p->deadline_s),
                              "message", json_text(p->message),
                              "remedy", json_text(p->remedy), "evidence", json_text(p->evidence),
                              "sha256", json_text(p->fingerprint),
                              "missing_pem", json_text(p->missing_pem),
                              "silence", json_text(silence ? silence->id : NULL),
                              "flapping", flapping_json(p)));
}

/*
 * How it was reached the last time that it showed a certificate; null: never, or it is a file.
 * Behind a proxy nobody knows the address.
 */
static json_t *connection_json(const struct facts *f)
{
        static const char *const TIMES[FACTS_TIME_COUNT] = {
                [FACTS_RESOLVE] = "resolve", [FACTS_CONNECT] = "connect", [FACTS_PROXY] = "proxy",
                [FACTS_STARTTLS] = "starttls", [FACTS_HANDSHAKE] = "handshake",
                [FACTS_TOTAL] = "total",
        };
        char ip[INET6_ADDRSTRLEN];

        if (f->us[FACTS_TOTAL] == 0)
                return json_must(json_null());
        if (f->ip_len > 0)
                inet_ntop(f->ip_len == 4 ? AF_INET : AF_INET6, f->ip, ip, sizeof(ip));
        json_t *seconds = json_must(json_object());

        for (int i = 0; i < FACTS_TIME_COUNT; i++)
                if (f->us[i] > 0)
                        json_object_set_new(seconds, TIMES[i], json_real((double)f->us[i] / 1e6));
        return json_must(json_pack(
                "{s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:i, s:o}",
                "address", json_text(f->ip_len > 0 ? ip : NULL),
                "protocol", json_text(f->protocol), "cipher", json_text(f->cipher),
                "group", json_text(f->group), "post_quantum", f->post_quantum,
                "alpn", json_text(f->alpn), "staple", json_text(f->staple),
                "certificates_served", f->n_served, "seconds", seconds));
}

static json_t *labels_json(const struct config_settings *set)
{
        json_t *labels = json_must(json_object());

        for (size_t i = 0; i < set->n_labels; i++)
                json_object_set_new(labels, set->labels[i].key, json_text(set->labels[i].value));
        return labels;
}

json_t *endpoint_json(const struct member *m, const struct hush *h)
{
        const struct endpoint_state *s = &m->state;
        AUTO_FREE char *target = target_str(&m->cfg->target);
        const char *leaf = s->leaf_fingerprint;
        json_t *problems = json_must(json_array());

        for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--) /* the worst first */
                for (size_t i = 0; i < s->n_problems; i++) {
                        const struct problem *p = &s->problems[i];

                        if ((int)p->severity == severity)
                                json_array_append_new(problems, problem_json(m, p, h));
                }
        return json_must(json_pack(
                "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:I, s:o}",
                "id", m->cfg->id,
                "name", m->cfg->name,
                "target", target,
                "severity", condition_str(condition_of(m)),
                "labels", labels_json(m->cfg->set),
                "last_probe", json_instant(s->last_probe_s),
                "last_success", json_instant(s->last_success_s),
                "expires", json_instant(s->expires_s),
                "trusted", s->trusted,
                "certificate_sha256", json_text(*leaf ? leaf : NULL),
                "certificate_subject", json_text(s->leaf_subject),
                "connection", connection_json(&s->facts),
                "last_error", json_text(s->last_error),
                "failures", (json_int_t)s->failures,
                "problems", problems));
}

json_t *endpoint_name_json(const struct config_endpoint *e)
{
        AUTO_FREE char *target = target_str(&e->target);

        return json_must(json_pack("{s:s, s:s, s:s}", "id", e->id, "name", e->name,
                                   "target", target));
}
