/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer of `notafter check` for people: the verdict in one line, the facts, the chain as a
 * picture, each problem with its remedy and evidence, and the certificates to append. Texts of
 * findings and certificates are printable already.
 */
#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/cert_print.h"
#include "common/cert/repair.h"
#include "daemon/app/args.h"
#include "daemon/app/check_print.h"
#include "daemon/app/draw_chain.h"
#include "daemon/app/wrap.h"
#include "daemon/probe/examine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MAX_BYTES (4U << 20) /* 100 certificates, and as many findings as there can be */
#define NAMES_SHOWN 6
#define SERIAL_SHOWN 16 /* of one line in a table; a diagnosis says it whole */

static const char *const COLOURS[] = {
        [SEVERITY_OK] = "\033[1;32m", [SEVERITY_INFO] = "\033[1m",
        [SEVERITY_WARNING] = "\033[1;33m", [SEVERITY_ERROR] = "\033[1;31m",
};
#define PLAIN "\033[0m"

struct answer {
        struct buf *out;
        const struct exam_report *r;
        const char *proxy; /* or NULL */
        const struct terminal *t;
};

static void put_row(struct answer *a, const char *key, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

static void put_row(struct answer *a, const char *key, const char *fmt, ...)
{
        struct buf value = BUF_INIT(FINDING_TEXT_MAX);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&value, fmt, ap);
        va_end(ap);
        buf_printf(a->out, "  %-12s", key);
        wrap_text(a->out, buf_str(&value), 14, a->t->width);
        buf_done(&value);
}

/* --- the verdict ------------------------------------------------------------------------------ */

/* Until when what was seen is good for, as far as dates go, said as @until; malloc'ed. */
static char *until_when(const struct exam_report *r, const char *until)
{
        const struct cert *leaf = r->verdict.leaf;
        int64_t end_s = r->verdict.expires_s ? r->verdict.expires_s
                        : leaf && leaf->dates_ok ? leaf->not_after_s : 0;
        char left[SPAN_STR_MAX], date[TIME_STR_MAX];

        if (end_s == 0)
                return mem_strdup("");
        if (end_s < r->at_s)
                return mem_printf("; expired %s ago (%s)", span_str(r->at_s - end_s, left),
                                  time_str(end_s, date));
        return mem_printf("; %s %s (%s left)", until, time_str(end_s, date),
                          span_str(end_s - r->at_s, left));
}

/* Problems that are a moment: what happened then, or will. */
static const struct {
        const char *past, *future; /* NULL: a moment on that side says nothing of it */
} MOMENTS[FINDING_COUNT] = {
        [FINDING_LEAF_EXPIRED] = { .past = "certificate expired" },
        [FINDING_LEAF_NOT_YET_VALID] = { .future = "certificate is not valid yet: it begins" },
        [FINDING_LEAF_EXPIRING_SOON] = { .future = "certificate expires" },
        [FINDING_INTERMEDIATE_EXPIRED] = { .past = "intermediate expired" },
        [FINDING_INTERMEDIATE_NOT_YET_VALID] = {
                .future = "intermediate is not valid yet: it begins" },
        [FINDING_INTERMEDIATE_EXPIRING_SOON] = { .future = "intermediate expires" },
        [FINDING_ROOT_EXPIRED] = { .past = "root expired" },
        [FINDING_ROOT_EXPIRING_SOON] = { .future = "root expires" },
        [FINDING_REVOKED] = { .past = "certificate was revoked" },
};

/* "certificate expires in 11 d 23 h (2026-12-05 13:35 UTC)", malloc'ed; NULL: @f is no moment. */
static char *moment_of(const struct finding *f, int64_t now_s)
{
        const char *past = MOMENTS[f->code].past, *future = MOMENTS[f->code].future;
        int64_t left_s = f->deadline_s - now_s;
        char span[SPAN_STR_MAX], date[TIME_STR_MAX];

        time_str(f->deadline_s, date);
        if (future && left_s >= 0)
                return mem_printf("%s in %s (%s)", future, span_str(left_s, span), date);
        if (past && left_s <= 0)
                return mem_printf("%s %s ago (%s)", past, span_str(-left_s, span), date);
        return NULL;
}

/* Where the certificates could be read, it was the key's file that could not. */
static const char *title_of(const struct finding *f, const struct verdict *v)
{
        if (f->code != FINDING_INPUT_UNREADABLE)
                return FINDINGS[f->code].title;
        return v->leaf ? "the private key cannot be compared" : "the file cannot be read";
}

/* " at 1 of 4 addresses" when only some of them have @f; malloc'ed. */
static char *where_of(const struct finding *f, const struct exam_report *r)
{
        size_t n = 0;

        for (size_t i = 0; i < f->n_facts; i++)
                n += strcmp(f->facts[i].key, "address") == 0;
        return n == 0 || n >= r->n_each || f->code == FINDING_ADDRESS_SKEW
                       ? mem_strdup("") : mem_printf(" at %zu of %zu addresses", n, r->n_each);
}

/* What is wrong, where, and when; malloc'ed. */
static char *problem_of(const struct exam_report *r)
{
        const struct finding *f = r->verdict.findings.items;
        AUTO_FREE char *where = where_of(f, r);
        AUTO_FREE char *moment = moment_of(f, r->at_s);

        if (moment)
                return mem_printf("%s%s", moment, where);
        AUTO_FREE char *when = until_when(r, "the certificate ends");

        return mem_printf("%s%s%s", title_of(f, &r->verdict), where, when);
}

/* The worst problem in a few words: its sentence and remedy stand below. */
static char *headline(const struct exam_report *r)
{
        size_t more = check_other_problems(&r->verdict);

        if (!check_has_problem(&r->verdict)) {
                AUTO_FREE char *until = until_when(r, "valid until");

                return mem_printf("nothing is wrong%s", until);
        }
        AUTO_FREE char *problem = problem_of(r);
        AUTO_FREE char *others = more ? mem_printf("; %zu more problem%s", more,
                                                   more > 1 ? "s" : "")
                                      : mem_strdup("");

        return mem_printf("%s%s", problem, others);
}

static void put_verdict(struct answer *a, const char *target)
{
        static const enum severity LIKE[] = {
                [EXIT_OK] = SEVERITY_OK, [EXIT_WARNING] = SEVERITY_WARNING,
                [EXIT_CRITICAL] = SEVERITY_ERROR, [EXIT_UNKNOWN] = SEVERITY_WARNING,
        };
        int code = check_exit_code(a->r);
        AUTO_FREE char *text = headline(a->r);
        AUTO_FREE char *line = mem_printf("%s: %s", target, text);

        buf_printf(a->out, "%s%s%s ", a->t->colour ? COLOURS[LIKE[code]] : "",
                   CHECK_WORDS[code], a->t->colour ? PLAIN : "");
        buf_printf(a->out, "%s\n", line);
}

/* --- the facts -------------------------------------------------------------------------------- */

static void put_leaf(struct answer *a)
{
        const struct cert *leaf = a->r->verdict.leaf;
        AUTO_FREE char *names = cert_names_str(leaf, NAMES_SHOWN);
        char from[TIME_STR_MAX], until[TIME_STR_MAX];
        bool sized = leaf->key == KEY_RSA || leaf->key == KEY_DSA;
        AUTO_FREE char *bits = sized ? mem_printf(" %d", leaf->key_bits) : mem_strdup("");

        bool differ = finding_find(&a->r->verdict.findings, FINDING_ADDRESS_SKEW) != NULL;

        put_row(a, "certificate", "%s, issued by %s%s", leaf->label, leaf->issuer_label,
                differ ? " (the newest of those served)" : "");
        put_row(a, "names", "%s", *names ? names : "none");
        put_row(a, "valid", "%s to %s", time_str(leaf->not_before_s, from),
                time_str(leaf->not_after_s, until));
        if (a->r->clock == CLOCK_UNSYNCHRONISED)
                put_row(a, "clock", "of this host, not synchronised: ends are judged by it");
        put_row(a, "key", "%s%s, signed with %s", leaf->key_name, bits, leaf->sig_name);
}

static void put_connection(struct answer *a)
{
        const struct probe_result *p = &a->r->probe;
        char address[ADDR_STR_MAX];

        if (p->address.len > 0 && p->protocol)
                put_row(a, "connection", "%s%s, %s, %s%s%s%s%s, %" PRId64 " ms",
                        a->proxy ? "through proxy " : "",
                        a->proxy ? a->proxy : addr_str(&p->address, address), p->protocol,
                        p->cipher ? p->cipher : "?",
                        p->group ? ", " : "", p->group ? p->group : "", *p->alpn ? ", ALPN " : "",
                        p->alpn, p->total_us / 1000);
}

/* What one address shows: its certificate, and the worst that is wrong with it. */
static void put_address(struct answer *a, const struct exam_report *r)
{
        const struct cert *leaf = r->verdict.leaf;
        char end[TIME_STR_MAX];

        if (!leaf) {
                buf_printf(a->out, "%s\n", r->probe.detail);
                return;
        }
        buf_printf(a->out, "ends %s  %.*s%s",
                   leaf->dates_ok ? time_str(leaf->not_after_s, end) : "(no usable date)   ",
                   SERIAL_SHOWN, leaf->serial, strlen(leaf->serial) > SERIAL_SHOWN ? "..." : "");
        if (check_has_problem(&r->verdict))
                buf_printf(a->out, "  %s", title_of(r->verdict.findings.items, &r->verdict));
        buf_puts(a->out, "\n");
}

/* With --all-addresses: a line for each, as a table. */
static void put_addresses(struct answer *a)
{
        size_t width = 0;
        char ip[ADDR_STR_MAX];

        for (size_t i = 0; i < a->r->n_each; i++) {
                size_t n = strlen(addr_ip_str(&a->r->each[i].probe.address, ip));

                width = n > width ? n : width;
        }
        for (size_t i = 0; i < a->r->n_each; i++) {
                const struct exam_report *r = &a->r->each[i];

                buf_printf(a->out, "  %-12s%-*s  %-8s  ", i == 0 ? "addresses" : "", (int)width,
                           addr_ip_str(&r->probe.address, ip), CHECK_WORDS[check_exit_code(r)]);
                put_address(a, r);
        }
}

/* With --resolve-sans: how many names resolve, and of how many nothing is known. */
static void put_sans(struct answer *a)
{
        const struct san_names *n = &a->r->sans;

        if (!n->done)
                return;
        AUTO_FREE char *unknown = n->n_unknown ? mem_printf("; of %zu the name servers say nothing",
                                                            n->n_unknown) : mem_strdup("");
        AUTO_FREE char *left_out = n->n_left_out ? mem_printf("; %zu were not asked for",
                                                              n->n_left_out) : mem_strdup("");

        put_row(a, "resolving", "%zu of %zu names have an address%s%s",
                n->n_asked - n->n_missing - n->n_unknown, n->n_asked, unknown, left_out);
}

/* --- the problems ----------------------------------------------------------------------------- */

static void put_finding(struct answer *a, const struct finding *f)
{
        const struct finding_info *info = &FINDINGS[f->code];

        buf_printf(a->out, "\n%s%s%s %s: %s\n", a->t->colour ? COLOURS[f->severity] : "",
                   severity_str(f->severity), a->t->colour ? PLAIN : "", info->name, info->title);
        buf_puts(a->out, "    ");
        wrap_text(a->out, f->message, 4, a->t->width);
        buf_puts(a->out, "    -> ");
        wrap_text(a->out, f->remedy, 7, a->t->width);
        if (f->evidence) {
                buf_puts(a->out, "    evidence: ");
                wrap_text(a->out, f->evidence, 14, a->t->width);
        }
}

/* Is more to be done than to append? A root at the end may stay. */
static bool needs_new_file(const struct verdict *v)
{
        for (size_t i = 0; i < v->n_repair; i++) {
                const struct repair_step *step = &v->repair[i];

                if (step->action == REPAIR_MOVE ||
                    (step->action == REPAIR_DROP && step->why != FINDING_ROOT_INCLUDED) ||
                    (step->action == REPAIR_KEEP && step->position != step->target))
                        return true;
        }
        return false;
}

/* What has to be appended, ready to paste; where things have to move, the whole file is needed. */
static void put_repair(struct answer *a)
{
        const struct verdict *v = &a->r->verdict;

        if (verdict_severity(v) < SEVERITY_WARNING || v->n_fix == 0 || !v->trusted)
                return;
        for (size_t i = 0; i < v->n_repair && !needs_new_file(v); i++) {
                const struct repair_step *step = &v->repair[i];

                if (step->action != REPAIR_ADD)
                        continue;
                AUTO_FREE char *pem = cert_pem(step->cert);

                buf_printf(a->out, "\nappend after certificate %d: %s\n%s", step->target,
                           step->cert->label, pem);
        }
        if (needs_new_file(v))
                buf_puts(a->out, "\n`notafter chain`, asked the same way, prints the whole chain "
                                 "file as it should be.\n");
}

/* As `openssl s_client -showcerts` and `x509 -text` would show them. */
static void print_certs(const struct chain *served)
{
        for (size_t i = 0; served && i < served->n; i++) {
                AUTO_FREE char *text = cert_print(served->certs[i]);
                AUTO_FREE char *pem = cert_pem(served->certs[i]);

                printf("\ncertificate %d as sent\n%s%s", served->sent_at[i] + 1, text, pem);
        }
}

/* Of several addresses, that of the worst. */
static void put_chain(struct answer *a)
{
        char ip[ADDR_STR_MAX];

        buf_puts(a->out, "\n");
        if (a->r->n_each > 1)
                buf_printf(a->out, "the chain of %s\n", addr_ip_str(&a->r->probe.address, ip));
        draw_chain(a->out, a->r, a->t);
}

void check_print_text(const struct check_answer *answer)
{
        const struct exam_report *r = answer->report;
        struct terminal t = terminal_of(stdout);
        struct buf out = BUF_INIT(ANSWER_MAX_BYTES);
        struct answer a = { .out = &out, .r = r, .proxy = answer->proxy, .t = &t };

        put_verdict(&a, answer->target);
        if (r->verdict.leaf)
                put_leaf(&a);
        put_connection(&a);
        put_addresses(&a);
        put_sans(&a);
        if (r->verdict.n_path > 0)
                put_chain(&a);
        for (size_t i = 0; i < r->verdict.findings.n; i++)
                put_finding(&a, &r->verdict.findings.items[i]);
        put_repair(&a);
        fputs(buf_str(&out), stdout);
        buf_done(&out);
        if (answer->show_certs)
                print_certs(r->probe.chain);
}
