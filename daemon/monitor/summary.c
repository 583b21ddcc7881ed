/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in summary.h. When the last one was is kept in the store. */
#include "daemon/monitor/summary.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/roster_find.h"
#include "daemon/monitor/status.h"
#include "daemon/store/store.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEPT "summary"
#define DAY_S 86400
#define MAX_ENDINGS 5
#define COUNTS_MAX 256
#define TEXT_MAX_BYTES 3000
#define HOST_NAME_SIZE 256

int64_t summary_next_s(const struct config_summary *c, int64_t last_s)
{
        time_t last = (time_t)last_s;
        struct tm day;

        if (!(c->utc ? gmtime_r(&last, &day) : localtime_r(&last, &day)))
                return last_s + DAY_S; /* a clock beyond all years */
        for (int ahead = 0;; ahead++) {
                struct tm tm = {
                        .tm_year = day.tm_year, .tm_mon = day.tm_mon,
                        .tm_mday = day.tm_mday + ahead, .tm_hour = c->at_min / 60,
                        .tm_min = c->at_min % 60, .tm_isdst = -1,
                };
                int64_t at_s = c->utc ? timegm(&tm) : mktime(&tm);

                if (at_s > last_s || ahead > 1)
                        return at_s;
        }
}

/* --- what ends next --------------------------------------------------------------------------- */

static void put_endings(struct buf *out, const struct fleet *f, int64_t now_s)
{
        AUTO_FREE uint8_t *to_end = mem_new0(f->n, 1);
        char span[SPAN_STR_MAX], date[TIME_STR_MAX];
        uint32_t first[MAX_ENDINGS];
        size_t total;

        for (size_t i = 0; i < f->n; i++)
                to_end[i] = f->roster->expires_s[i] > now_s;
        size_t n = roster_page(f->roster, to_end, ROSTER_EXPIRES, false, 0, MAX_ENDINGS, first,
                               &total);

        for (size_t i = 0; i < n; i++) {
                const struct member *m = &f->members[first[i]];

                buf_printf(out, "%s%s in %s (%s)", i ? ", " : ". Next to end: ", m->cfg->name,
                           span_str(m->state.expires_s - now_s, span),
                           time_str(m->state.expires_s, date));
        }
}

/* --- what is open ----------------------------------------------------------------------------- */

/* Since when it is as bad as it is. */
static int64_t bad_since_s(const struct endpoint_state *s, enum severity worst)
{
        int64_t since_s = INT64_MAX;

        for (size_t i = 0; i < s->n_problems; i++)
                if (s->problems[i].severity == worst && s->problems[i].since_s < since_s)
                        since_s = s->problems[i].since_s;
        return since_s;
}

static void list(struct message *m, const struct member *member, enum severity severity)
{
        m->members[m->n_members++] = (struct message_member){
                .endpoint = mem_strdup(member->cfg->id),
                .name = mem_strdup(member->cfg->name),
                .target = target_str(&member->cfg->target),
                .kind = MESSAGE_REMINDER,
                .severity = severity,
                .since_s = bad_since_s(&member->state, severity),
        };
}

static void list_all(struct message *m, const struct fleet *f, enum condition condition,
                     enum severity severity)
{
        for (size_t i = 0; i < f->n; i++)
                if (f->roster->condition[i] == condition && m->n_open++ < MESSAGE_MAX_MEMBERS)
                        list(m, &f->members[i], severity);
}

static void list_open(struct message *m, const struct fleet *f)
{
        m->members = mem_new0(MESSAGE_MAX_MEMBERS, sizeof(*m->members));
        list_all(m, f, CONDITION_ERROR, SEVERITY_ERROR);
        list_all(m, f, CONDITION_WARNING, SEVERITY_WARNING);
}

void summary_message(const struct fleet *f, struct store *store, int64_t now_s, struct message *m)
{
        struct buf text = BUF_INIT(TEXT_MAX_BYTES);
        char host[HOST_NAME_SIZE] = "this host", counts[COUNTS_MAX];

        (void)gethostname(host, sizeof(host) - 1);
        status_summary(f, store, counts, sizeof(counts));
        buf_printf(&text, "notafter on %s: %s", host, counts);
        put_endings(&text, f, now_s);
        *m = (struct message){
                .endpoint = mem_strdup("notafter"), .name = mem_strdup("notafter"),
                .target = mem_strdup(host), .kind = MESSAGE_SUMMARY, .severity = SEVERITY_INFO,
                .previous = SEVERITY_OK, .since_s = now_s, .at_s = now_s,
                .summary = buf_steal(&text),
        };
        message_id_new(m->id);
        list_open(m, f);
        m->remedy = mem_strdup(m->n_open ? "notafter status tells what is wrong, and what to do."
                                         : "Nothing is to be done.");
}

/* --- when ------------------------------------------------------------------------------------- */

static int put(const struct fleet *f, struct store *store, int64_t now_s)
{
        const struct config_summary *c = &f->config->summary;
        struct message m;
        int r = 0;

        summary_message(f, store, now_s, &m);
        AUTO_FREE char *payload = message_to_json(&m);

        for (size_t i = 0; i < c->n_receivers && r == 0; i++)
                r = store_outbox_add(store, m.id, c->receivers[i], KEPT, payload, now_s);
        message_done(&m);
        return r < 0 ? r : store_keep(store, KEPT, now_s);
}

int summary_due(const struct fleet *f, struct store *store, int64_t now_s)
{
        const struct config_summary *c = &f->config->summary;
        int64_t last_s = 0;
        int r = c->at_min < 0 ? 0 : store_kept(store, KEPT, 0, &last_s);

        if (c->at_min < 0 || r < 0)
                return r;
        if (last_s == 0 || last_s > now_s + DAY_S) /* the first; or the clock was set back */
                return store_keep(store, KEPT, now_s);
        if (summary_next_s(c, last_s) > now_s)
                return 0;
        r = store_begin(store);
        if (r < 0)
                return r;
        r = put(f, store, now_s);
        int committed = store_commit(store);

        return r < 0 ? r : committed < 0 ? committed : 1;
}
