/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of single endpoints. A row is a metric and what it is of one endpoint: nothing where
 * that is not known. The contract is in scrape_internal.h.
 */
#include "daemon/web/scrape_internal.h"

#include "common/base/cleanup.h"
#include "config/model.h"
#include "daemon/metrics/metrics_table.h"
#include "daemon/monitor/fleet.h"
#include "daemon/notice/silence.h"

#include <stdio.h>
#include <string.h>

#define LABELS_MAX (3 + CONFIG_MAX_LABELS)
#define LABEL_NAME_SIZE 80 /* "label_", and a key (config/bind_endpoint.c) */
#define VERSION_SIZE 16

/* One sample: @metric{target="...", @name="@value"}; NULL: no such label. */
static void sample(struct scrape_out *o, enum metric_id metric, const struct member *m,
                   const char *name, const char *value, double number)
{
        const struct metric_label labels[] = { { "target", m->cfg->id }, { name, value } };

        metrics_sample(&o->writer, &METRICS[metric], labels, name ? 2 : 1, number);
}

static void plain(struct scrape_out *o, enum metric_id metric, const struct member *m,
                  double number)
{
        sample(o, metric, m, NULL, NULL, number);
}

/* A time in seconds; 0 = unknown. */
static void instant(struct scrape_out *o, enum metric_id metric, const struct member *m,
                    int64_t at_s)
{
        if (at_s > 0)
                plain(o, metric, m, (double)at_s);
}

/* A label that says something, or nothing at all. */
static void info(struct scrape_out *o, enum metric_id metric, const struct member *m,
                 const char *name, const char *value)
{
        if (value)
                sample(o, metric, m, name, value, 1);
}

/* --- what is configured ----------------------------------------------------------------------- */

static const char *label_of(const struct config_settings *s, const char *key)
{
        for (size_t i = 0; i < s->n_labels; i++)
                if (strcmp(s->labels[i].key, key) == 0)
                        return s->labels[i].value;
        return NULL;
}

static void write_endpoint(struct scrape_out *o, const struct member *m)
{
        const struct config_metrics *cfg = &m->fleet->config->metrics;
        AUTO_FREE char *address = target_str(&m->cfg->target);
        char names[CONFIG_MAX_LABELS][LABEL_NAME_SIZE];
        struct metric_label labels[LABELS_MAX] = {
                { "target", m->cfg->id }, { "name", m->cfg->name }, { "address", address },
        };
        size_t n = 3;

        for (size_t i = 0; i < cfg->n_labels; i++) {
                const char *value = label_of(m->cfg->set, cfg->labels[i]);
                bool again = false;

                for (size_t k = 0; k < i; k++)
                        again |= strcmp(cfg->labels[i], cfg->labels[k]) == 0;
                if (!value || again)
                        continue;
                snprintf(names[i], sizeof(names[i]), "label_%s", cfg->labels[i]);
                labels[n++] = (struct metric_label){ names[i], value };
        }
        metrics_sample(&o->writer, &METRICS[METRIC_ENDPOINT], labels, n, 1);
}

static void write_interval(struct scrape_out *o, const struct member *m)
{
        plain(o, METRIC_INTERVAL, m, (double)m->cfg->set->interval_s);
}

/* --- what is believed ------------------------------------------------------------------------- */

static bool is_unknown(const struct member *m)
{
        return m->state.last_probe_s == 0;
}

static void write_severity(struct scrape_out *o, const struct member *m)
{
        if (!is_unknown(m))
                plain(o, METRIC_SEVERITY, m, endpoint_state_severity(&m->state));
}

static void write_problems(struct scrape_out *o, const struct member *m)
{
        for (size_t i = 0; i < m->state.n_problems; i++) {
                const struct problem *p = &m->state.problems[i];
                const struct metric_label labels[] = {
                        { "target", m->cfg->id },
                        { "code", FINDINGS[p->code].name },
                        { "severity", severity_str(p->severity) },
                };

                metrics_sample(&o->writer, &METRICS[METRIC_PROBLEM_OPENED], labels,
                               ARRAY_LEN(labels), (double)p->since_s);
        }
}

/* Who alerts by these metrics honours silences by them, too. */
static void write_silenced(struct scrape_out *o, const struct member *m)
{
        for (size_t i = 0; i < m->state.n_problems && o->silences->n > 0; i++) {
                const struct problem *p = &m->state.problems[i];
                const struct subject subject = { m->cfg, p->code, p->severity };
                const struct metric_label labels[] = {
                        { "target", m->cfg->id }, { "code", FINDINGS[p->code].name },
                };

                if (silence_find(o->silences, &subject, o->now_s))
                        metrics_sample(&o->writer, &METRICS[METRIC_PROBLEM_SILENCED], labels,
                                       ARRAY_LEN(labels), 1);
        }
}

static void write_last_look(struct scrape_out *o, const struct member *m)
{
        instant(o, METRIC_LAST_LOOK, m, m->state.last_probe_s);
}

static void write_last_success(struct scrape_out *o, const struct member *m)
{
        instant(o, METRIC_LAST_SUCCESS, m, m->state.last_success_s);
}

static void write_failures(struct scrape_out *o, const struct member *m)
{
        if (!is_unknown(m))
                plain(o, METRIC_FAILURES, m, (double)m->state.failures);
}

static void write_expires(struct scrape_out *o, const struct member *m)
{
        instant(o, METRIC_EXPIRES, m, m->state.expires_s);
}

/* When @t is reached, by the certificate that the server shows. */
static void threshold(struct scrape_out *o, enum metric_id metric, const struct member *m,
                      const struct threshold *t)
{
        const struct facts *f = &m->state.facts;
        int64_t before_s = threshold_seconds(t, f->leaf_not_after_s - f->leaf_not_before_s);

        if (f->leaf_not_after_s && before_s > 0)
                instant(o, metric, m, f->leaf_not_after_s - before_s);
}

static void write_warning(struct scrape_out *o, const struct member *m)
{
        threshold(o, METRIC_WARNING, m, &m->cfg->set->policy.warning);
}

static void write_critical(struct scrape_out *o, const struct member *m)
{
        threshold(o, METRIC_CRITICAL, m, &m->cfg->set->policy.critical);
}

/* --- how it was reached ----------------------------------------------------------------------- */

static void write_steps(struct scrape_out *o, const struct member *m)
{
        static const char *const STEPS[FACTS_TOTAL] = {
                [FACTS_RESOLVE] = "resolve", [FACTS_CONNECT] = "connect", [FACTS_PROXY] = "proxy",
                [FACTS_STARTTLS] = "starttls", [FACTS_HANDSHAKE] = "handshake",
        };

        for (int i = 0; i < FACTS_TOTAL; i++)
                if (m->state.facts.us[i] > 0)
                        sample(o, METRIC_STEP, m, "step", STEPS[i],
                               (double)m->state.facts.us[i] / 1e6);
}

static void write_served(struct scrape_out *o, const struct member *m)
{
        if (m->state.facts.n_served > 0)
                plain(o, METRIC_SERVED, m, m->state.facts.n_served);
}

/* --- as blackbox_exporter says it ------------------------------------------------------------- */

/*
 * Would a client have gone on? Not if the server was not reached the last time, or if a problem is
 * open of a kind at which clients stop. What a policy ignores is none.
 */
static bool is_success(const struct member *m)
{
        const struct endpoint_state *s = &m->state;

        if (s->failures > 0 || m->blind)
                return false;
        for (size_t i = 0; i < s->n_problems; i++) {
                const struct problem *p = &s->problems[i];

                if (FINDINGS[p->code].severity == SEVERITY_ERROR &&
                    (!p->flapping || p->seen == SEVERITY_ERROR))
                        return false;
        }
        return true;
}

static void write_success(struct scrape_out *o, const struct member *m)
{
        if (!is_unknown(m))
                plain(o, METRIC_PROBE_SUCCESS, m, is_success(m));
}

static void write_duration(struct scrape_out *o, const struct member *m)
{
        if (m->state.facts.us[FACTS_TOTAL] > 0)
                plain(o, METRIC_PROBE_DURATION, m, (double)m->state.facts.us[FACTS_TOTAL] / 1e6);
}

static void write_dns(struct scrape_out *o, const struct member *m)
{
        if (m->state.facts.us[FACTS_RESOLVE] > 0)
                plain(o, METRIC_PROBE_DNS, m, (double)m->state.facts.us[FACTS_RESOLVE] / 1e6);
}

static void write_ip_protocol(struct scrape_out *o, const struct member *m)
{
        if (m->state.facts.ip_len > 0)
                plain(o, METRIC_PROBE_IP_PROTOCOL, m, m->state.facts.ip_len == 4 ? 4 : 6);
}

static void write_earliest(struct scrape_out *o, const struct member *m)
{
        instant(o, METRIC_PROBE_EARLIEST, m, m->state.facts.served_not_after_s);
}

static void write_last_chain_expiry(struct scrape_out *o, const struct member *m)
{
        if (m->state.trusted)
                instant(o, METRIC_PROBE_LAST_CHAIN_EXPIRY, m, m->state.expires_s);
}

static void write_last_chain(struct scrape_out *o, const struct member *m)
{
        const struct endpoint_state *s = &m->state;
        const struct metric_label labels[] = {
                { "target", m->cfg->id },
                { "fingerprint_sha256", s->leaf_fingerprint },
                { "subject", s->leaf_subject },
        };

        if (*s->leaf_fingerprint && s->trusted)
                metrics_sample(&o->writer, &METRICS[METRIC_PROBE_LAST_CHAIN], labels,
                               s->leaf_subject ? 3 : 2, 1);
}

/* OpenSSL says TLSv1.3, Go and all who use it TLS 1.3. */
static const char *version_of(const struct member *m, char out[VERSION_SIZE])
{
        const char *p = m->state.facts.protocol;

        if (!p || strncmp(p, "TLSv", 4) != 0)
                return p;
        snprintf(out, VERSION_SIZE, "TLS %s%s", p + 4, strchr(p, '.') ? "" : ".0");
        return out;
}

static void write_tls_version(struct scrape_out *o, const struct member *m)
{
        char version[VERSION_SIZE];

        info(o, METRIC_PROBE_TLS_VERSION, m, "version", version_of(m, version));
}

static void write_tls_cipher(struct scrape_out *o, const struct member *m)
{
        info(o, METRIC_PROBE_TLS_CIPHER, m, "cipher", m->state.facts.cipher);
}

/* --- as ssl_exporter says it ------------------------------------------------------------------ */

static void write_ssl_success(struct scrape_out *o, const struct member *m)
{
        if (!is_unknown(m))
                plain(o, METRIC_SSL_SUCCESS, m, is_success(m));
}

static void certificate_date(struct scrape_out *o, enum metric_id metric,
                             const struct member *m, int64_t at_s)
{
        if (at_s > 0)
                sample(o, metric, m, "fingerprint_sha256", m->state.leaf_fingerprint,
                       (double)at_s);
}

static void write_not_after(struct scrape_out *o, const struct member *m)
{
        certificate_date(o, METRIC_SSL_NOT_AFTER, m, m->state.facts.leaf_not_after_s);
}

static void write_not_before(struct scrape_out *o, const struct member *m)
{
        certificate_date(o, METRIC_SSL_NOT_BEFORE, m, m->state.facts.leaf_not_before_s);
}

static void write_ssl_tls_version(struct scrape_out *o, const struct member *m)
{
        char version[VERSION_SIZE];

        info(o, METRIC_SSL_TLS_VERSION, m, "version", version_of(m, version));
}

static void write_key_exchange(struct scrape_out *o, const struct member *m)
{
        const struct facts *f = &m->state.facts;
        const struct metric_label labels[] = {
                { "target", m->cfg->id },
                { "key_exchange", f->group },
                { "post_quantum", f->post_quantum ? "true" : "false" },
        };

        if (f->group)
                metrics_sample(&o->writer, &METRICS[METRIC_SSL_KEY_EXCHANGE], labels,
                               ARRAY_LEN(labels), 1);
}

static void write_stapled(struct scrape_out *o, const struct member *m)
{
        if (m->state.facts.protocol)
                plain(o, METRIC_SSL_STAPLED, m, m->state.facts.staple != NULL);
}

const struct scrape_row SCRAPE_ROWS[] = {
        { METRIC_ENDPOINT, write_endpoint },
        { METRIC_SEVERITY, write_severity },
        { METRIC_PROBLEM_OPENED, write_problems },
        { METRIC_PROBLEM_SILENCED, write_silenced },
        { METRIC_INTERVAL, write_interval },
        { METRIC_LAST_LOOK, write_last_look },
        { METRIC_LAST_SUCCESS, write_last_success },
        { METRIC_FAILURES, write_failures },
        { METRIC_EXPIRES, write_expires },
        { METRIC_WARNING, write_warning },
        { METRIC_CRITICAL, write_critical },
        { METRIC_STEP, write_steps },
        { METRIC_SERVED, write_served },
        { METRIC_PROBE_SUCCESS, write_success },
        { METRIC_PROBE_DURATION, write_duration },
        { METRIC_PROBE_DNS, write_dns },
        { METRIC_PROBE_IP_PROTOCOL, write_ip_protocol },
        { METRIC_PROBE_EARLIEST, write_earliest },
        { METRIC_PROBE_LAST_CHAIN_EXPIRY, write_last_chain_expiry },
        { METRIC_PROBE_LAST_CHAIN, write_last_chain },
        { METRIC_PROBE_TLS_VERSION, write_tls_version },
        { METRIC_PROBE_TLS_CIPHER, write_tls_cipher },
        { METRIC_SSL_SUCCESS, write_ssl_success },
        { METRIC_SSL_NOT_AFTER, write_not_after },
        { METRIC_SSL_NOT_BEFORE, write_not_before },
        { METRIC_SSL_TLS_VERSION, write_ssl_tls_version },
        { METRIC_SSL_KEY_EXCHANGE, write_key_exchange },
        { METRIC_SSL_STAPLED, write_stapled },
};
const size_t SCRAPE_N_ROWS = ARRAY_LEN(SCRAPE_ROWS);
