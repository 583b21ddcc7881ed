/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notafter chain: the chain that a server should send, as PEM on standard output, fit to be
 * installed; what was done to get there is told on standard error. When that chain cannot be known
 * nothing is printed but the reason, so that `> chain.pem` never makes a file that is wrong.
 */
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/cert/repair.h"
#include "daemon/app/commands.h"
#include "daemon/app/draw_chain.h"
#include "daemon/app/look.h"
#include "daemon/app/wrap.h"

#include <stdio.h>

#define TOLD_MAX_BYTES 65536

struct options {
        struct look_options look;
};

/* "lead: text", broken as wide as the terminal. */
static void tell(const char *lead, const char *text)
{
        struct buf out = BUF_INIT(TOLD_MAX_BYTES);

        buf_puts(&out, lead);
        wrap_text(&out, text, wrap_columns(lead), terminal_of(stderr).width);
        fputs(buf_str(&out), stderr);
        buf_done(&out);
}

/* Why there is no path to an anchor, or no certificate at all: the worst there is to say. */
static int tell_why_not(const struct look_item *item)
{
        const struct verdict *v = &item->report->verdict;
        const struct finding *f = v->findings.items;

        fprintf(stderr, "notafter chain: no right chain is known for %s\n", look_name(item));
        for (size_t i = 0; i < v->findings.n; i++) {
                if (f[i].severity < SEVERITY_ERROR)
                        continue;
                fprintf(stderr, "%s: %s\n", FINDINGS[f[i].code].name, FINDINGS[f[i].code].title);
                tell("    ", f[i].message);
                tell("    -> ", f[i].remedy);
        }
        return v->leaf ? EXIT_CRITICAL : EXIT_UNKNOWN;
}

static void tell_step(const struct verdict *v, const struct repair_step *step)
{
        const char *label = step->cert->label;
        const char *why = step->why < FINDING_COUNT ? FINDINGS[step->why].title : "";

        switch (step->action) {
        case REPAIR_KEEP:
                fprintf(stderr, "  keep %3d  %s\n", step->position + 1, label);
                return;
        case REPAIR_MOVE:
                fprintf(stderr, "  move %3d  %s: to place %d (%s)\n", step->position + 1, label,
                        step->target + 1, why);
                return;
        case REPAIR_DROP:
                fprintf(stderr, "  drop %3d  %s (%s)\n", step->position + 1, label, why);
                return;
        case REPAIR_ADD: {
                AUTO_FREE char *source = draw_source(v, step->cert, step->source);

                fprintf(stderr, "  add       %s: in place %d, known from %s\n", label,
                        step->target + 1, source);
                return;
        }
        case REPAIR_ACTION_COUNT:
                break;
        }
}

/* Of the order and of the file as it was: the file that is printed has neither. */
static const bool IS_NOT_COPIED[FINDING_COUNT] = {
        [FINDING_CHAIN_ORDER_WRONG] = true,
        [FINDING_LEAF_NOT_FIRST] = true,
        [FINDING_INPUT_UNPARSEABLE] = true,
        [FINDING_INPUT_PEM_MALFORMED] = true,
        [FINDING_INPUT_PRIVATE_KEY_PRESENT] = true,
};

/* Is it mended by printing, the reason of a step, or about a certificate that is dropped? */
static bool is_repaired(const struct verdict *v, const struct finding *f)
{
        for (size_t i = 0; i < v->n_repair; i++) {
                const struct repair_step *step = &v->repair[i];

                if (step->why == f->code ||
                    (step->action == REPAIR_DROP && f->position == step->position))
                        return true;
        }
        return IS_NOT_COPIED[f->code];
}

/* What another order of certificates does not mend. */
static void tell_what_stays(const struct verdict *v)
{
        for (size_t i = 0; i < v->findings.n; i++) {
                const struct finding *f = &v->findings.items[i];

                if (f->severity < SEVERITY_WARNING || is_repaired(v, f))
                        continue;
                tell(f->severity == SEVERITY_ERROR ? "still wrong: " : "still to mend: ",
                     f->message);
                tell("    -> ", f->remedy);
        }
}

static int print_chain(const struct look_item *item)
{
        const struct verdict *v = &item->report->verdict;

        if (!verdict_knows_chain(v))
                return tell_why_not(item);
        fprintf(stderr, "chain of %s, by the numbers as sent:\n", look_name(item));
        for (size_t i = 0; i < v->n_repair; i++)
                tell_step(v, &v->repair[i]);
        fprintf(stderr, "%zu certificate%s; for nginx ssl_certificate or Apache "
                        "SSLCertificateFile\n", v->n_fix, v->n_fix == 1 ? "" : "s");
        tell_what_stays(v);
        fflush(stderr);
        for (size_t i = 0; i < v->n_fix; i++) {
                AUTO_FREE char *pem = cert_pem(v->fix_certs[i]);

                fputs(pem, stdout);
        }
        return EXIT_OK; /* main() sees whether it was written */
}

static int run(int argc, char **argv)
{
        struct options o = { 0 };
        struct look look;
        int status, first = args_parse(&COMMAND_CHAIN, argc, argv, &o, &status);

        if (first < 0)
                return status;
        status = look_ask(&look, &COMMAND_CHAIN, &o.look, argc - first, argv + first);
        if (status == EXIT_OK && look.n_items != 1)
                status = args_error(&COMMAND_CHAIN, "one chain at a time: %zu were asked for",
                                    look.n_items);
        if (status == EXIT_OK) {
                look.items[0].policy = POLICY_DEFAULT; /* a chain is right or wrong for everybody */
                status = look_all(&look);
        }
        if (status == EXIT_OK)
                status = print_chain(&look.items[0]);
        look_done(&look);
        return status;
}

const struct command COMMAND_CHAIN = {
        .name = "chain",
        .operands = "TARGET",
        .help = "print the chain that a server should send, ready to install",
        .shared = LOOK_OPTIONS,
        .details = "PEM on standard output, server certificate first, no root; on standard error,\n"
                   "what was added, moved and dropped. A TARGET is as for check.\n"
                   "Exit status: 0 printed, 2 no right chain is known, 3 could not look.",
        .run = run,
};
