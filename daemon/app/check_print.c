/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in check_print.h. Texts of findings and certificates are printable already. */
#include "daemon/app/check_print.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/chain.h"
#include "common/cert/json_text.h"
#include "common/cert/report.h"
#include "daemon/app/args.h"
#include "daemon/probe/examine.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400.0

int check_exit_code(const struct exam_report *r)
{
        if (!r->verdict.leaf && (r->probe.outcome != PROBE_OK || r->file_error))
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

const char *const CHECK_WORDS[] = {
        [EXIT_OK] = "OK", [EXIT_WARNING] = "WARNING", [EXIT_CRITICAL] = "CRITICAL",
        [EXIT_UNKNOWN] = "UNKNOWN",
};

bool check_has_problem(const struct verdict *v)
{
        return v->findings.n > 0 && v->findings.items[0].severity >= SEVERITY_WARNING;
}

size_t check_other_problems(const struct verdict *v)
{
        size_t n = 0;

        for (size_t i = 1; i < v->findings.n; i++)
                n += v->findings.items[i].severity >= SEVERITY_WARNING;
        return n;
}

/* --- for programs ----------------------------------------------------------------------------- */

static json_t *probe_json(const struct probe_result *p, const char *proxy)
{
        char address[ADDR_STR_MAX];
        json_t *steps = json_object();

        for (int i = 0; i < PROBE_STEP_COUNT; i++)
                if (p->step_us[i] > 0)
                        json_object_set_new(steps, probe_step_str((enum probe_step)i),
                                            json_real((double)p->step_us[i] / 1e6));
        return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:o}",
                         "outcome", probe_outcome_str(p->outcome),
                         "address", json_text(p->address.len ? addr_str(&p->address, address)
                                                                : NULL),
                         "proxy", json_text(proxy),
                         "protocol", json_text(p->protocol),
                         "cipher", json_text(p->cipher),
                         "group", json_text(p->group),
                         "alpn", json_text(*p->alpn ? p->alpn : NULL),
                         "post_quantum", p->group ? json_boolean(p->post_quantum) : json_null(),
                         "seconds", (double)p->total_us / 1e6,
                         "steps", steps);
}

/* null: nobody asked. */
static json_t *sans_json(const struct san_names *n)
{
        json_t *missing = json_must(json_array());

        for (size_t i = 0; i < n->n_missing; i++)
                json_array_append_new(missing, json_text(n->missing[i]));
        if (n->done)
                return json_must(json_pack("{s:I, s:o, s:I, s:I}",
                                           "asked", (json_int_t)n->n_asked, "missing", missing,
                                           "unknown", (json_int_t)n->n_unknown,
                                           "left_out", (json_int_t)n->n_left_out));
        json_decref(missing);
        return json_must(json_null());
}

static const char *const STATUS[] = {
        [EXIT_OK] = "ok", [EXIT_WARNING] = "warning", [EXIT_CRITICAL] = "critical",
        [EXIT_UNKNOWN] = "unknown",
};

static json_t *instant_json(bool known, int64_t at_s)
{
        char at[TIME_STR_MAX];

        return json_text(known ? time_rfc3339(at_s, at) : NULL);
}

static json_t *address_json(const struct exam_report *r)
{
        const struct cert *leaf = r->verdict.leaf;
        const struct finding_list *found = &r->verdict.findings;
        json_t *codes = json_must(json_array());
        char ip[ADDR_STR_MAX];

        for (size_t i = 0; i < found->n; i++)
                if (i == 0 || found->items[i].code != found->items[i - 1].code)
                        json_array_append_new(codes,
                                              json_text(FINDINGS[found->items[i].code].name));
        return json_must(json_pack(
                "{s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}",
                "address", addr_ip_str(&r->probe.address, ip),
                "status", STATUS[check_exit_code(r)],
                "codes", codes,
                "trusted", r->verdict.trusted,
                "serial", json_text(leaf ? leaf->serial : NULL),
                "sha256", json_text(leaf ? leaf->fingerprint : NULL),
                "not_before", instant_json(leaf && leaf->dates_ok, leaf ? leaf->not_before_s : 0),
                "not_after", instant_json(leaf && leaf->dates_ok, leaf ? leaf->not_after_s : 0),
                "error", json_text(r->probe.outcome == PROBE_OK ? NULL : r->probe.detail),
                "probe", probe_json(&r->probe, NULL)));
}

/* null: not all were looked at. */
static json_t *addresses_json(const struct exam_report *r)
{
        if (r->n_each == 0)
                return json_must(json_null());
        json_t *list = json_must(json_array());

        for (size_t i = 0; i < r->n_each; i++)
                json_array_append_new(list, address_json(&r->each[i]));
        return list;
}

void check_print_json(const struct check_answer *a)
{
        const struct exam_report *r = a->report;
        char at[TIME_STR_MAX];
        json_t *out = json_must(json_pack("{s:s, s:o, s:s, s:o, s:s}", "target", a->target,
                                          "name", json_text(a->name),
                                          "at", time_rfc3339(r->at_s, at),
                                          "clock_synchronised", json_clock_sync(r->clock),
                                          "status", STATUS[check_exit_code(r)]));
        json_t *report = report_verdict(&r->verdict, r->probe.chain);

        if (a->show_certs)
                report_add_certs(report, r->probe.chain, SIZE_MAX);
        json_object_update(out, report);
        json_object_set_new(out, "sans", sans_json(&r->sans));
        json_object_set_new(out, "addresses", addresses_json(r));
        if (r->probe.total_us > 0)
                json_object_set_new(out, "probe", probe_json(&r->probe, a->proxy));
        char *text = json_dumps(out, JSON_COMPACT);

        if (!text)
                mem_exhausted();
        puts(text);
        free(text);
        json_decref(report);
        json_decref(out);
}

/* --- for Nagios ------------------------------------------------------------------------------- */

/* Until when all is well; malloc'ed. */
static char *all_is_well(const struct exam_report *r)
{
        char left[SPAN_STR_MAX], date[TIME_STR_MAX];

        if (r->verdict.expires_s == 0)
                return mem_strdup("nothing is wrong");
        return mem_printf("valid for another %s (%s)%s",
                          span_str(r->verdict.expires_s - r->at_s, left),
                          time_str(r->verdict.expires_s, date),
                          r->clock == CLOCK_UNSYNCHRONISED ? ", by a clock that is not synchronised"
                                                           : "");
}

/* "this:" means less than this is too little; nothing: nobody is told. */
static void print_limit(const struct threshold *t, int64_t lifetime_s)
{
        int64_t seconds = threshold_seconds(t, lifetime_s);

        printf(";");
        if (seconds > 0)
                printf("%.2f:", (double)seconds / DAY);
}

/* Days left of one certificate, with its thresholds as ranges. */
static void print_days(size_t element, const struct cert *c, const struct policy *policy,
                       int64_t now_s)
{
        int64_t lifetime_s = c->not_after_s - c->not_before_s;

        printf(" days_chain_elem%zu=%.2f", element, (double)(c->not_after_s - now_s) / DAY);
        print_limit(&policy->warning, lifetime_s);
        print_limit(&policy->critical, lifetime_s);
        printf(";;");
}

/* What is wrong comes first: pagers show no more. Malloc'ed. */
static char *nagios_text(const struct check_answer *a)
{
        const struct verdict *v = &a->report->verdict;
        const struct finding *f = v->findings.items;
        size_t more = check_other_problems(v);
        AUTO_FREE char *others = more ? mem_printf(" (and %zu more)", more) : mem_strdup("");

        if (check_has_problem(v))
                return mem_printf("%s: %s: %s%s", FINDINGS[f->code].title, a->target, f->message,
                                  others);
        AUTO_FREE char *well = all_is_well(a->report);
        AUTO_FREE char *at = a->report->n_each ? mem_printf(" (%zu address%s)", a->report->n_each,
                                                            a->report->n_each > 1 ? "es" : "")
                                               : mem_strdup("");

        return mem_printf("%s: %s%s", well, a->target, at);
}

static size_t count_ok(const struct exam_report *r)
{
        size_t n = 0;

        for (size_t i = 0; i < r->n_each; i++)
                n += check_exit_code(&r->each[i]) == EXIT_OK;
        return n;
}

void check_print_nagios(const struct check_answer *a)
{
        const struct exam_report *r = a->report;
        AUTO_FREE char *text = nagios_text(a);

        for (char *p = text; *p; p++)
                if (*p == '|')
                        *p = '/'; /* it begins the performance data */
        printf("TLS %s - %s |", CHECK_WORDS[check_exit_code(r)], text);
        for (size_t i = 0; i < r->verdict.n_path; i++)
                if (r->verdict.path[i]->dates_ok)
                        print_days(i + 1, r->verdict.path[i], a->policy, r->at_s);
        if (r->n_each > 0)
                printf(" addresses_ok=%zu;%zu:;;0;%zu", count_ok(r), r->n_each, r->n_each);
        if (r->probe.total_us > 0)
                printf(" time=%" PRId64 ".%06" PRId64 "s;;;0", r->probe.total_us / 1000000,
                       r->probe.total_us % 1000000);
        printf("\n");
}
