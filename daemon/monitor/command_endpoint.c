/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of `endpoint`: all that is known of one. What the store cannot say now is left out, and
 * its trouble is shown by `health`.
 */
#include "daemon/monitor/commands_internal.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/cert/json_text.h"
#include "common/cert/report.h"
#include "config/model.h"
#include "daemon/monitor/aims.h"
#include "daemon/monitor/endpoint_json.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/rejudge.h"
#include "daemon/monitor/sighting.h"
#include "daemon/monitor/silences.h"
#include "daemon/store/certificates.h"
#include "daemon/store/past.h"

#include <stdlib.h>
#include <string.h>

#define CERTS_MAX_BYTES (256 * 1024) /* of DER: what a server can send. A file can hold more */
#define NAMES_MAX_BYTES 2048
#define TOLD_APART 20 /* endpoints with one target: so many are named */
#define HISTORY_MAX 100

/* --- which one -------------------------------------------------------------------------------- */

/* An endpoint has a target whose name is its own, or none of its own: then the spelling is it. */
static const struct member *find_target(const struct fleet *f, const struct target *t,
                                        struct buf *names)
{
        AUTO_FREE char *spelling = target_str(t);
        const struct member *found = fleet_find(f, spelling), *there[TOLD_APART];

        if (found)
                return found;
        size_t n = aims_at(f->aims, t, there, TOLD_APART);

        for (size_t i = 0; i < n; i++)
                buf_printf(names, "%s%s", i ? ", " : "", there[i]->cfg->id);
        return n == 1 ? there[0] : NULL;
}

/* By id, name or target. NULL with an answer in *@ret_error. */
static const struct member *find(const struct fleet *f, const char *text, json_t **ret_error)
{
        const struct member *m = fleet_find(f, text);
        struct buf names = BUF_INIT(NAMES_MAX_BYTES);
        AUTO_FREE char *error = NULL;
        struct target t;

        if (m)
                return m;
        if (target_parse(text, &t, &error) == 0)
                m = find_target(f, &t, &names);
        if (!m && names.len > 0) {
                *ret_error = command_error("several endpoints have this target; say one of: %s",
                                           buf_str(&names));
        } else if (!m) {
                AUTO_FREE char *shown = text_escaped(text, strlen(text));

                *ret_error = command_missing("there is no endpoint with the name or target '%s'",
                                             shown);
        }
        target_done(&t);
        buf_done(&names);
        return m;
}

/* --- its parts -------------------------------------------------------------------------------- */

/* null: it is being looked at. */
static json_t *next_probe(const struct member *m, int64_t now_s)
{
        int64_t left_ms = m->due_ms - clock_boot_ms();

        return json_instant(m->in_flight ? 0 : left_ms > 0 ? now_s + left_ms / 1000 : now_s);
}

static json_t *settings_json(const struct member *m, int64_t now_s)
{
        const struct config_endpoint *e = m->cfg;

        return json_must(json_pack("{s:o, s:o, s:o, s:o, s:I, s:o, s:i, s:o}",
                                   "server_name", json_text(e->server_name),
                                   "connect_to", json_text(e->connect_to),
                                   "starttls", json_text(config_starttls(e)),
                                   "proxy", json_text(config_proxy(e->set)),
                                   "interval_s", (json_int_t)e->set->interval_s,
                                   "file", json_text(e->file), "line", e->line,
                                   "next_probe", next_probe(m, now_s)));
}

static json_t *looks_json(const struct looks *l)
{
        json_t *out = json_must(json_array());
        const struct look *look;

        for (size_t i = 0; (look = looks_at(l, i)) != NULL; i++) {
                const char *outcome = look->outcome == LOOK_UNREADABLE
                                              ? FINDINGS[FINDING_INPUT_UNREADABLE].name
                                              : probe_outcome_str(look->outcome);

                json_array_append_new(out, json_must(json_pack(
                        "{s:o, s:s, s:o}", "at", json_instant(look->at_s), "outcome", outcome,
                        "seconds", look->ms ? json_real(look->ms / 1e3) : json_null())));
        }
        return out;
}

/* --- history ---------------------------------------------------------------------------------- */

static json_t *history_row(const struct past_problem *p)
{
        return json_must(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}",
                                   "code", FINDINGS[p->code].name,
                                   "severity", severity_str(p->severity),
                                   "title", FINDINGS[p->code].title,
                                   "opened", json_instant(p->opened_s),
                                   "ended", json_instant(p->ended_s),
                                   "message", json_text(p->message)));
}

static void add_past(const struct past_problem *p, void *arg)
{
        if (json_array_size(arg) < HISTORY_MAX)
                json_array_append_new(arg, history_row(p));
}

static int youngest_first(const void *a, const void *b)
{
        const struct problem *x = *(const struct problem *const *)a;
        const struct problem *y = *(const struct problem *const *)b;

        if (x->since_s != y->since_s)
                return x->since_s > y->since_s ? -1 : 1;
        return (int)x->code - (int)y->code;
}

/* What is open, then what is over. */
static json_t *history_json(const struct member *m, struct store *store)
{
        const struct endpoint_state *s = &m->state;
        const struct problem *open[FINDING_COUNT];
        json_t *out = json_must(json_array());

        for (size_t i = 0; i < s->n_problems; i++) /* at most one for each code */
                open[i] = &s->problems[i];
        if (s->n_problems > 0)
                qsort(open, s->n_problems, sizeof(*open), youngest_first);
        for (size_t i = 0; i < s->n_problems; i++)
                add_past(&(struct past_problem){ open[i]->code, open[i]->worst, open[i]->since_s, 0,
                                                 open[i]->message }, out);
        (void)store_past_load(store, m->cfg->id, add_past, out);
        return out;
}

struct shown {
        const struct member *member;
        json_t *current; /* the row of the certificate that it shows now, or NULL */
        json_t *others;
};

static void add_shown(const struct store_seen *seen, void *arg)
{
        struct shown *shown = arg;
        const struct endpoint_state *state = &shown->member->state;
        const struct cert *c = seen->cert;
        bool current = strcmp(c->fingerprint, state->leaf_fingerprint) == 0;
        json_t *row = json_must(json_pack(
                "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:b}", "sha256", c->fingerprint,
                "subject", c->subject, "issuer", c->issuer, "serial", c->serial,
                "not_before", json_instant(c->not_before_s),
                "not_after", json_instant(c->not_after_s),
                "first_seen", json_instant(seen->first_s),
                "last_seen", json_instant(current ? state->last_success_s : seen->last_s),
                "current", current));

        if (current && !shown->current)
                shown->current = row;
        else
                json_array_append_new(shown->others, row);
}

/* The one that it shows now comes first; it may not be on disk yet. */
static json_t *certificates_json(const struct member *m, struct store *store)
{
        struct shown shown = { .member = m, .others = json_must(json_array()) };

        (void)store_seen_load(store, m->cfg->id, add_shown, &shown);
        if (!shown.current && sighting_is_of(m->sighting, &m->state)) {
                int64_t seen_s = m->state.last_success_s;

                add_shown(&(struct store_seen){ sighting_leaf(m->sighting), seen_s, seen_s },
                          &shown);
        }
        if (shown.current)
                json_array_insert_new(shown.others, 0, shown.current);
        return shown.others;
}

/* --- the document ----------------------------------------------------------------------------- */

static void add_report(json_t *doc, struct monitor *m, const struct member *member, int64_t now_s)
{
        struct rejudged judged = { 0 };
        AUTO_FREE char *pem = NULL;
        json_t *report = NULL;

        if (rejudge(member, monitor_learned(m), monitor_store(m), now_s, &judged) > 0) {
                report = report_verdict(&judged.verdict, judged.served);
                report_add_certs(report, judged.served, CERTS_MAX_BYTES);
                pem = rejudged_chain_pem(&judged);
        }
        rejudged_done(&judged);
        json_object_set_new(doc, "report", report ? report : json_null());
        json_object_set_new(doc, "chain_pem", json_text(pem));
}

json_t *command_endpoint(struct monitor *m, const json_t *request)
{
        const struct hush hush = { silences_list(monitor_silences(m)), clock_wall_s() };
        const char *id = command_text(request, "id");
        json_t *error = NULL;

        if (!id)
                return command_error("say the id of an endpoint");
        const struct member *member = find(monitor_fleet(m), id, &error);

        if (!member)
                return error;
        json_t *doc = json_must(json_pack(
                "{s:o, s:o, s:o, s:o, s:o, s:o}", "at", json_instant(hush.now_s),
                "endpoint", endpoint_json(member, &hush),
                "settings", settings_json(member, hush.now_s),
                "certificates", certificates_json(member, monitor_store(m)),
                "history", history_json(member, monitor_store(m)),
                "looks", looks_json(&member->looks)));

        add_report(doc, m, member, hush.now_s);
        return doc;
}
