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
#include "daemon/probe/examine.h"

#include <inttypes.h>
#include <jansson.h>
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
        AUTO_FREE char *text = check_has_problem(v) ? mem_strdup(v->findings.items[0].message)
                                                    : all_is_well(r);
        size_t more = check_other_problems(v);

        for (char *p = text; *p; p++)
                if (*p == '|')
                        *p = '/'; /* it begins the performance data */
        printf("TLS %s - %s: %s", CHECK_WORDS[check_exit_code(r)], target, text);
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
