/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in chases.h. */
#include "daemon/monitor/chases.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "daemon/aia/aia.h"
#include "daemon/monitor/aia_memory.h"
#include "daemon/probe/examine.h"

#include <stdlib.h>
#include <sys/queue.h>

struct waiting {
        LIST_ENTRY(waiting) link;
        struct chases *chases;
        struct aia_chase *chase;
        struct exam_report *report;
        struct exam_request req;
        void *cookie;
};

struct chases {
        struct aia *aia;
        chases_done_fn *on_done;
        void *arg;
        LIST_HEAD(, waiting) waiting;
};

static void waiting_free(struct waiting *w)
{
        LIST_REMOVE(w, link);
        trust_unref((struct trust *)w->req.pools.learned);
        exam_report_free(w->report);
        free(w);
}

static void on_chased(struct trust *fetched, const char *note, void *arg)
{
        struct waiting *w = arg;
        struct chases *c = w->chases;
        struct exam_report *report = TAKE(w->report);
        void *cookie = w->cookie;

        w->req.pools.fetched = fetched;
        w->req.fetching = note;
        exam_judge(&w->req, report, clock_wall_s());
        waiting_free(w);
        c->on_done(report, cookie, c->arg);
}

void chases_start(struct chases *c, struct exam_report *report, const struct exam_request *req,
                  enum aia_reach reach, void *cookie)
{
        struct waiting *w = mem_new0(1, sizeof(*w));

        w->chases = c;
        w->report = report;
        w->req = *req;
        w->cookie = cookie;
        trust_ref((struct trust *)req->pools.learned);
        LIST_INSERT_HEAD(&c->waiting, w, link);
        w->chase = aia_chase(c->aia, report->verdict.orphan, req->anchors, reach, on_chased, w);
}

int chases_new(struct chases **ret, struct event_base *base, struct http_client *http,
               struct store *store, chases_done_fn *on_done, void *arg)
{
        const struct aia_memory memory = aia_memory_of(store);
        struct chases *c = mem_new0(1, sizeof(*c));
        int r = aia_new(&c->aia, base, http, &memory);

        if (r < 0) {
                free(c);
                return r;
        }
        LIST_INIT(&c->waiting);
        c->on_done = on_done;
        c->arg = arg;
        *ret = c;
        return 0;
}

void chases_free(struct chases *c)
{
        struct waiting *w;

        if (!c)
                return;
        while ((w = LIST_FIRST(&c->waiting))) {
                aia_cancel(w->chase);
                waiting_free(w);
        }
        aia_free(c->aia);
        free(c);
}
