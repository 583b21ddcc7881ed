/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in probe_answer.h. */
#include "daemon/web/probe_answer.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/cert_labels.h"
#include "common/cert/chain.h"
#include "daemon/metrics/metrics_table.h"
#include "daemon/probe/examine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_SIZE 16
#define CERTIFICATE_LABELS 7

/* One certificate, and its labels behind one that others give. */
struct labelled {
        const struct cert *cert;
        struct cert_labels texts;
        struct metric_label labels[1 + CERTIFICATE_LABELS];
};

static void number(struct metrics_writer *w, enum metric_id metric, double value)
{
        metrics_begin(w, &METRICS[metric]);
        metrics_sample(w, &METRICS[metric], NULL, 0, value);
}

/* A time in seconds; 0 = unknown. */
static void instant(struct metrics_writer *w, enum metric_id metric, int64_t at_s)
{
        if (at_s)
                number(w, metric, (double)at_s);
}

static void info(struct metrics_writer *w, enum metric_id metric, const char *name,
                 const char *value)
{
        const struct metric_label label = { name, value };

        if (!value)
                return;
        metrics_begin(w, &METRICS[metric]);
        metrics_sample(w, &METRICS[metric], &label, 1, 1);
}

/* --- of the look ------------------------------------------------------------------------------ */

/* As /metrics has it: would a client have gone on? */
static bool is_success(const struct exam_report *r)
{
        if (!r || r->probe.outcome != PROBE_OK || r->file_error < 0)
                return false;
        for (size_t i = 0; i < r->verdict.findings.n; i++)
                if (FINDINGS[r->verdict.findings.items[i].code].severity == SEVERITY_ERROR)
                        return false;
        return true;
}

/* The same number as a hash of that exporter has: FNV-1a, 32 bits. */
static uint32_t hash_of(const uint8_t *bytes, size_t n)
{
        uint32_t h = 2166136261U;

        for (; n > 0; bytes++, n--)
                h = (h ^ *bytes) * 16777619U;
        return h;
}

static void write_address(struct metrics_writer *w, const struct probe_result *p)
{
        const uint8_t *bytes;
        size_t n;

        if (p->address.len == 0 || p->step_us[PROBE_PROXY] > 0) /* or it is the proxy's */
                return;
        bytes = addr_ip_bytes(&p->address, &n);
        number(w, METRIC_PROBE_IP_HASH, hash_of(bytes, n));
        number(w, METRIC_PROBE_IP_PROTOCOL, n == 4 ? 4 : 6);
}

static void write_phases(struct metrics_writer *w, const struct probe_result *p)
{
        static const struct {
                const char *phase;
                enum probe_step step;
        } PHASES[] = {
                { "resolve", PROBE_RESOLVE }, { "connect", PROBE_CONNECT },
                { "tls", PROBE_HANDSHAKE },
        };

        number(w, METRIC_PROBE_HTTP_SSL, p->protocol != NULL);
        metrics_begin(w, &METRICS[METRIC_PROBE_HTTP_DURATION]);
        for (size_t i = 0; i < ARRAY_LEN(PHASES); i++) {
                const struct metric_label label = { "phase", PHASES[i].phase };

                if (p->step_us[PHASES[i].step] > 0)
                        metrics_sample(w, &METRICS[METRIC_PROBE_HTTP_DURATION], &label, 1,
                                       (double)p->step_us[PHASES[i].step] / 1e6);
        }
}

/* OpenSSL says TLSv1.3, Go and all who use it TLS 1.3. */
static void write_protocol(struct metrics_writer *w, const struct probe_result *p)
{
        char version[VERSION_SIZE];

        if (!p->protocol || strncmp(p->protocol, "TLSv", 4) != 0)
                return;
        snprintf(version, sizeof(version), "TLS %s%s", p->protocol + 4,
                 strchr(p->protocol, '.') ? "" : ".0");
        info(w, METRIC_PROBE_TLS_VERSION, "version", version);
        info(w, METRIC_PROBE_TLS_CIPHER, "cipher", p->cipher);
        info(w, METRIC_SSL_TLS_VERSION, "version", version);
        if (p->group) {
                const struct metric_label labels[] = {
                        { "key_exchange", p->group },
                        { "post_quantum", p->post_quantum ? "true" : "false" },
                };

                metrics_begin(w, &METRICS[METRIC_SSL_KEY_EXCHANGE]);
                metrics_sample(w, &METRICS[METRIC_SSL_KEY_EXCHANGE], labels, 2, 1);
        }
}

static void write_staple(struct metrics_writer *w, const struct exam_report *r)
{
        const struct staple *s = &r->verdict.staple;

        if (!r->probe.protocol)
                return;
        number(w, METRIC_SSL_STAPLED, s->status != STAPLE_NONE);
        if (s->status == STAPLE_NONE)
                return;
        number(w, METRIC_SSL_STAPLE_STATUS, s->status == STAPLE_GOOD      ? 0
                                            : s->status == STAPLE_REVOKED ? 1
                                                                          : 2);
        instant(w, METRIC_SSL_STAPLE_THIS_UPDATE, s->this_update_s);
        instant(w, METRIC_SSL_STAPLE_NEXT_UPDATE, s->next_update_s);
        instant(w, METRIC_SSL_STAPLE_REVOKED_AT, s->revoked_at_s);
}

/* --- of the certificates ---------------------------------------------------------------------- */

static bool same_labels(const struct metric_label *a, const struct metric_label *b)
{
        for (size_t i = 0; i < CERTIFICATE_LABELS; i++)
                if (strcmp(a[i].value, b[i].value) != 0)
                        return false;
        return true;
}

/* Of certificates with equal labels the first speaks: a series can have one value only. */
static bool is_repeated(const struct labelled *all, size_t i)
{
        for (size_t k = 0; k < i; k++)
                if (same_labels(all[k].labels + 1, all[i].labels + 1))
                        return true;
        return false;
}

static void label(struct labelled *c, const struct metric_label *first)
{
        cert_labels_of(c->cert, &c->texts);
        const struct metric_label labels[] = {
                *first,
                { "serial_no", c->texts.serial_decimal }, { "issuer_cn", c->texts.issuer_cn },
                { "cn", c->texts.cn }, { "dnsnames", c->texts.dns_names }, { "ips", c->texts.ips },
                { "emails", c->texts.emails }, { "ou", c->texts.ou },
        };

        memcpy(c->labels, labels, sizeof(labels));
}

static void write_metric(struct metrics_writer *w, enum metric_id metric,
                         const struct labelled *all, size_t n, bool after)
{
        size_t skip = n > 0 && all->labels[0].name ? 0 : 1;

        metrics_begin(w, &METRICS[metric]);
        for (size_t i = 0; i < n; i++) {
                const struct cert *c = all[i].cert;

                if ((c->dates_ok || c->dates_inverted) && !is_repeated(all, i))
                        metrics_sample(w, &METRICS[metric], all[i].labels + skip,
                                       1 + CERTIFICATE_LABELS - skip,
                                       (double)(after ? c->not_after_s : c->not_before_s));
        }
}

/* One series for each of @n certificates; @first is a label before theirs, or has no name. */
static void write_dates(struct metrics_writer *w, enum metric_id after, enum metric_id before,
                        struct cert *const *certs, size_t n, const struct metric_label *first)
{
        struct labelled *all = mem_new0(n, sizeof(*all));

        for (size_t i = 0; i < n; i++) {
                all[i].cert = certs[i];
                label(&all[i], first);
        }
        write_metric(w, after, all, n, true);
        write_metric(w, before, all, n, false);
        for (size_t i = 0; i < n; i++)
                cert_labels_done(&all[i].texts);
        free(all);
}

/* The first of them to end; 0 = unknown. */
static int64_t earliest_end(struct cert *const *certs, size_t n)
{
        int64_t end_s = 0;

        for (size_t i = 0; i < n; i++)
                if (certs[i]->dates_ok && (end_s == 0 || certs[i]->not_after_s < end_s))
                        end_s = certs[i]->not_after_s;
        return end_s;
}

static void write_served(struct metrics_writer *w, const struct chain *served, const char *file)
{
        const struct metric_label first = { file ? "file" : NULL, file };

        write_dates(w, file ? METRIC_SSL_FILE_NOT_AFTER : METRIC_SSL_NOT_AFTER,
                    file ? METRIC_SSL_FILE_NOT_BEFORE : METRIC_SSL_NOT_BEFORE, served->certs,
                    served->n, &first);
        if (!file)
                instant(w, METRIC_PROBE_EARLIEST, earliest_end(served->certs, served->n));
}

static void write_leaf(struct metrics_writer *w, const struct cert *leaf)
{
        struct cert_labels l = { 0 };

        cert_labels_of(leaf, &l);
        const struct metric_label labels[] = {
                { "fingerprint_sha256", leaf->fingerprint }, { "issuer", l.issuer },
                { "serialnumber", l.serial_hex }, { "subject", l.subject },
                { "subjectalternative", l.dns_plain },
        };

        metrics_begin(w, &METRICS[METRIC_PROBE_LAST_CHAIN]);
        metrics_sample(w, &METRICS[METRIC_PROBE_LAST_CHAIN], labels, ARRAY_LEN(labels), 1);
        cert_labels_done(&l);
}

/* The path that clients build, if it ends in a trust anchor. */
static void write_verified(struct metrics_writer *w, const struct verdict *v, bool file)
{
        const struct metric_label first = { "chain_no", "0" };

        if (!v->trusted || file)
                return;
        write_dates(w, METRIC_SSL_VERIFIED_NOT_AFTER, METRIC_SSL_VERIFIED_NOT_BEFORE, v->path,
                    v->n_path, &first);
        instant(w, METRIC_PROBE_LAST_CHAIN_EXPIRY, earliest_end(v->path, v->n_path));
        if (v->leaf)
                write_leaf(w, v->leaf);
}

/* ---------------------------------------------------------------------------------------------- */

static void write_report(struct metrics_writer *w, const struct exam_report *report,
                         const struct probe_manner *how)
{
        const struct exam_report *speaker = exam_speaker(report);
        const struct probe_result *p = &speaker->probe;

        write_address(w, p);
        if (p->step_us[PROBE_RESOLVE] > 0)
                number(w, METRIC_PROBE_DNS, (double)p->step_us[PROBE_RESOLVE] / 1e6);
        if (how->http)
                write_phases(w, p);
        write_protocol(w, p);
        if (p->chain)
                write_served(w, p->chain, how->file);
        write_verified(w, &speaker->verdict, how->file);
        write_staple(w, speaker);
}

void probe_answer(struct metrics_writer *w, const struct exam_report *report,
                  const struct probe_manner *how)
{
        bool success = is_success(report);

        number(w, METRIC_PROBE_SUCCESS, success);
        number(w, METRIC_PROBE_DURATION, (double)how->took_us / 1e6);
        number(w, METRIC_SSL_SUCCESS, success);
        info(w, METRIC_SSL_PROBER, "prober", how->file ? "file" : how->http ? "https" : "tcp");
        if (report)
                write_report(w, report, how);
        metrics_end(w);
}
