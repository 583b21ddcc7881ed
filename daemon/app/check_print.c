/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in check_print.h. Texts of findings and certificates are printable already. */
#include "daemon/app/check_print.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/text.h"
#include "common/cert/chain.h"
#include "common/cert/json_text.h"
#include "common/cert/report.h"
#include "daemon/app/args.h"
#include "daemon/app/wrap.h"
#include "daemon/probe/examine.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int check_exit_code(const struct exam_report *r)
{
        if (!r->verdict.leaf && r->probe.outcome != PROBE_OK)
                return EXIT_UNKNOWN;
        switch (verdict_severity(&r->verdict)) {
        case SEVERITY_WARNING: return EXIT_WARNING;
        case SEVERITY_ERROR:   return EXIT_CRITICAL;
        case SEVERITY_OK:
        case SEVERITY_INFO:
        case SEVERITY_COUNT:   break;
        }
        return EXIT_OK;
}

static const char *const WORDS[] = {
        [EXIT_OK] = "OK", [EXIT_WARNING] = "WARNING", [EXIT_CRITICAL] = "CRITICAL",
        [EXIT_UNKNOWN] = "UNKNOWN",
};

static bool has_problem(const struct verdict *v)
{
        return v->findings.n > 0 && v->findings.items[0].severity >= SEVERITY_WARNING;
}

static size_t other_problems(const struct verdict *v)
{
        size_t n = 0;

        for (size_t i = 1; i < v->findings.n; i++)
                n += v->findings.items[i].severity >= SEVERITY_WARNING;
        return n;
}

/* Until when all is well; malloc'ed. */
static char *all_is_well(const struct exam_report *r)
{
        char left[SPAN_STR_MAX], date[TIME_STR_MAX];

        if (r->verdict.expires_s == 0)
                return mem_strdup("nothing is wrong");
        return mem_printf("valid for another %s (%s)",
                          span_str(r->verdict.expires_s - r->at_s, left),
                          time_str(r->verdict.expires_s, date));
}

/* --- for people ------------------------------------------------------------------------------- */

static void print_row(const char *key, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void print_row(const char *key, const char *fmt, ...)
{
        struct buf value = BUF_INIT(FINDING_TEXT_MAX);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&value, fmt, ap);
        va_end(ap);
        printf("  %-12s", key);
        wrap_print(buf_str(&value), 14);
        buf_done(&value);
}

static void print_leaf(const struct cert *leaf)
{
        AUTO_FREE char *names = cert_names_str(leaf, 6);
        char from[TIME_STR_MAX], until[TIME_STR_MAX];

        print_row("certificate", "%s, issued by %s", leaf->label, leaf->issuer_label);
        print_row("names", "%s", *names ? names : "none");
        print_row("valid", "%s to %s", time_str(leaf->not_before_s, from),
                  time_str(leaf->not_after_s, until));
        if (leaf->key == KEY_RSA || leaf->key == KEY_DSA)
                print_row("key", "%s %d, signed with %s", leaf->key_name, leaf->key_bits,
                          leaf->sig_name);
        else
                print_row("key", "%s, signed with %s", leaf->key_name, leaf->sig_name);
}

static int position_of(const struct chain *served, const struct cert *c)
{
        for (size_t i = 0; served && i < served->n; i++)
                if (cert_same(served->certs[i], c))
                        return served->sent_at[i];
        return -1;
}

/* The path that is used, link by link, and what is sent besides. */
static void print_chain(const struct exam_report *r)
{
        const struct verdict *v = &r->verdict;
        const struct chain *served = r->probe.chain;

        for (size_t i = 0; i < v->n_path; i++) {
                int position = position_of(served, v->path[i]);
                AUTO_FREE char *where =
                        position >= 0 ? mem_printf("#%d", position) : mem_strdup("--");

                printf("  %-12s%*s%s %s%s\n", i ? "" : "chain", (int)(2 * i), "", where,
                       v->path[i]->label,
                       v->path_source[i] == PATH_ANCHOR ? " (in the trust store)"
                       : path_source_is_pool(v->path_source[i])
                               ? " (MISSING: the server does not send it)"
                               : "");
        }
        if (v->n_path > 0 && !v->trusted)
                printf("  %-12s%*s?? %s\n", "", (int)(2 * v->n_path), "",
                       v->path[v->n_path - 1]->self_signed ? "no trust anchor"
                                                           : v->path[v->n_path - 1]->issuer_label);
}

static void print_connection(const struct probe_result *p)
{
        char address[ADDR_STR_MAX];

        if (p->address.len > 0 && p->protocol)
                print_row("connection", "%s, %s, %s%s%s, %" PRId64 " ms",
                          addr_str(&p->address, address), p->protocol, p->cipher ? p->cipher : "?",
                          p->group ? ", " : "", p->group ? p->group : "", p->total_us / 1000);
}

static void print_finding(const struct finding *f)
{
        printf("\n  %s %s\n", severity_str(f->severity), FINDINGS[f->code].name);
        printf("    ");
        wrap_print(f->message, 4);
        printf("    -> ");
        wrap_print(f->remedy, 7);
}

/* Nothing was read, so that it holds no certificate would be a guess. */
static bool is_unread_file(const struct exam_report *r)
{
        return r->probe.outcome == PROBE_LOCAL && !r->probe.chain &&
               finding_find(&r->verdict.findings, FINDING_INPUT_UNREADABLE);
}

/* The worst problem in a few words: its sentence and remedy stand below. */
static char *headline(const struct exam_report *r)
{
        const struct finding *f = r->verdict.findings.items;
        size_t more = other_problems(&r->verdict);
        char date[TIME_STR_MAX];

        if (!has_problem(&r->verdict))
                return all_is_well(r);
        if (is_unread_file(r))
                return mem_strdup("the file cannot be read");
        AUTO_FREE char *when = f->deadline_s ? mem_printf(" (%s)", time_str(f->deadline_s, date))
                                             : mem_strdup("");
        AUTO_FREE char *others = more ? mem_printf(", and %zu more", more) : mem_strdup("");

        return mem_printf("%s%s%s", FINDINGS[f->code].title, when, others);
}

void check_print_text(const char *target, const struct exam_report *r, int colour)
{
        static const char *const COLOURS[] = {
                [EXIT_OK] = "\033[1;32m", [EXIT_WARNING] = "\033[1;33m",
                [EXIT_CRITICAL] = "\033[1;31m", [EXIT_UNKNOWN] = "\033[1;35m",
        };
        int code = check_exit_code(r);
        AUTO_FREE char *text = headline(r);

        printf("%s%s%s %s: %s\n", colour ? COLOURS[code] : "", WORDS[code], colour ? "\033[0m" : "",
               target, text);
        if (r->verdict.leaf) {
                print_leaf(r->verdict.leaf);
                print_chain(r);
        }
        print_connection(&r->probe);
        for (size_t i = 0; i < r->verdict.findings.n; i++)
                print_finding(&r->verdict.findings.items[i]);
        if (r->verdict.n_fix > 0 && verdict_severity(&r->verdict) >= SEVERITY_WARNING &&
            finding_find(&r->verdict.findings, FINDING_MISSING_INTERMEDIATE))
                for (size_t i = 0; i < r->verdict.n_fix; i++)
                        if (r->verdict.fix[i][0] == '+') {
                                AUTO_FREE char *pem = cert_pem(r->verdict.fix_certs[i]);

                                printf("\n  append: %s\n%s", r->verdict.fix_certs[i]->label, pem);
                        }
}

/* --- for programs ----------------------------------------------------------------------------- */

static json_t *probe_json(const struct probe_result *p)
{
        char address[ADDR_STR_MAX];
        json_t *steps = json_object();

        for (int i = 0; i < PROBE_STEP_COUNT; i++)
                if (p->step_us[i] > 0)
                        json_object_set_new(steps, probe_step_str((enum probe_step)i),
                                            json_real((double)p->step_us[i] / 1e6));
        return json_pack("{s:s, s:o, s:o, s:o, s:o, s:f, s:o}",
                         "outcome", probe_outcome_str(p->outcome),
                         "address", json_text(p->address.len ? addr_str(&p->address, address)
                                                                : NULL),
                         "protocol", json_text(p->protocol),
                         "cipher", json_text(p->cipher),
                         "group", json_text(p->group),
                         "seconds", (double)p->total_us / 1e6,
                         "steps", steps);
}

void check_print_json(const char *target, const struct exam_report *r)
{
        char at[TIME_STR_MAX];
        AUTO_FREE char *shown = text_escaped(target, strlen(target));
        json_t *out = json_pack("{s:s, s:s}", "target", shown, "at", time_rfc3339(r->at_s, at));
        json_t *report = report_verdict(&r->verdict, r->probe.chain);

        if (!out)
                mem_exhausted();
        json_object_update(out, report);
        if (r->probe.total_us > 0)
                json_object_set_new(out, "probe", probe_json(&r->probe));
        char *text = json_dumps(out, JSON_COMPACT);

        if (!text)
                mem_exhausted();
        puts(text);
        free(text);
        json_decref(report);
        json_decref(out);
}

/* --- for Nagios ------------------------------------------------------------------------------- */

/* Days left of one certificate with its thresholds as ranges: "below this" is "this:". */
static void print_days(size_t element, const struct cert *c, const struct policy *policy,
                       int64_t now_s)
{
        const double day = 86400;
        int64_t lifetime = c->not_after_s - c->not_before_s;

        printf(" days_chain_elem%zu=%.2f;%.2f:;%.2f:;;", element,
               (double)(c->not_after_s - now_s) / day,
               (double)threshold_seconds(&policy->warning, lifetime) / day,
               (double)threshold_seconds(&policy->critical, lifetime) / day);
}

void check_print_nagios(const char *target, const struct exam_report *r,
                        const struct policy *policy)
{
        const struct verdict *v = &r->verdict;
        AUTO_FREE char *text = has_problem(v) ? mem_strdup(v->findings.items[0].message)
                                              : all_is_well(r);
        size_t more = other_problems(v);

        for (char *p = text; *p; p++)
                if (*p == '|')
                        *p = '/'; /* it begins the performance data */
        printf("TLS %s - %s: %s", WORDS[check_exit_code(r)], target, text);
        if (more > 0)
                printf(" (and %zu more)", more);
        printf(" |");
        for (size_t i = 0; i < v->n_path; i++)
                if (v->path[i]->dates_ok)
                        print_days(i + 1, v->path[i], policy, r->at_s);
        if (r->probe.total_us > 0)
                printf(" time=%" PRId64 ".%06" PRId64 "s;;;0", r->probe.total_us / 1000000,
                       r->probe.total_us % 1000000);
        printf("\n");
}
