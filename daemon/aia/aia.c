/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chase asks one URL in each turn of the loop, as its climb says, until that says no more. The
 * memory answers at once; the network is asked by a fetch, which any number of chases may wait for.
 */
#include "daemon/aia/aia.h"

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/chain_file.h"
#include "daemon/aia/climb.h"
#include "daemon/loop/http_client.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <string.h>
#include <sys/queue.h>

#define NOTE_MAX_BYTES 1024 /* a sentence for each of a few URLs */

struct fetch;

struct aia_chase {
        LIST_ENTRY(aia_chase) link;
        LIST_ENTRY(aia_chase) waiter; /* of .fetch */
        struct aia *aia;
        enum aia_reach reach;
        struct climb climb;
        size_t asking;       /* the link that is asked for */
        size_t n_requests;
        struct fetch *fetch; /* being waited for, or NULL */
        struct buf note;
        struct event turn, deadline;
        aia_done_fn *on_done;
        void *arg;
};

/* One URL, asked once for all who want it. */
struct fetch {
        TAILQ_ENTRY(fetch) link; /* in .waiting or .running */
        struct aia *aia;
        bool is_running;
        char *url;  /* as the certificate says */
        char *at;   /* after redirects */
        int n_redirects;
        enum aia_reach reach;
        struct http_request *request;
        LIST_HEAD(, aia_chase) chases;
};

TAILQ_HEAD(fetch_list, fetch);

struct aia {
        struct event_base *base;
        struct http_client *http;
        struct aia_memory memory;
        LIST_HEAD(, aia_chase) chases;
        struct fetch_list waiting, running;
        size_t n_running;
};

/* ---- the memory ----------------------------------------------------------------------------- */

static int memory_recall(const struct aia *a, const char *url, uint8_t **ret_bytes, size_t *ret_n,
                         char **ret_reason)
{
        const struct aia_memory *m = &a->memory;

        return m->recall ? m->recall(m->arg, url, clock_wall_s(), ret_bytes, ret_n, ret_reason) : 0;
}

static void memory_remember(const struct aia *a, const char *url, const void *bytes, size_t n,
                            const char *reason)
{
        const struct aia_memory *m = &a->memory;

        if (m->remember)
                m->remember(m->arg, url, clock_wall_s(), bytes, n, reason);
}

/* ---- the end of a chase -------------------------------------------------------------------- */

static void chase_note(struct aia_chase *c, const char *url, const char *words)
{
        buf_printf(&c->note, "%s%s %s", c->note.len ? "; " : "", url, words);
}

static void chase_leave_fetch(struct aia_chase *c);

static void chase_free(struct aia_chase *c)
{
        chase_leave_fetch(c);
        LIST_REMOVE(c, link);
        event_del(&c->turn);
        event_del(&c->deadline);
        climb_done(&c->climb);
        buf_done(&c->note);
        free(c);
}

/* The callback is the last act; everything may be gone after it. */
static void chase_finish(struct aia_chase *c)
{
        CLEANUP(trust_unref_at_exit) struct trust *fetched = climb_found(&c->climb);
        AUTO_FREE char *note = buf_steal(&c->note);
        aia_done_fn *on_done = c->on_done;
        void *arg = c->arg;

        chase_free(c);
        on_done(fetched, note, arg);
}

static void chase_go_on(struct aia_chase *c)
{
        event_active(&c->turn, EV_TIMEOUT, 1);
}

/* @issuer is what climb_take() found in @answer. */
static void chase_took(struct aia_chase *c, const char *url, const struct chain *answer,
                       const struct cert *issuer)
{
        const struct cert *child = c->climb.links[c->asking].cert;
        AUTO_FREE char *words = issuer ? mem_printf("answered with %s", issuer->label)
                                       : mem_printf("answered with %s, which did not sign %s",
                                                    answer->certs[0]->label, child->label);

        chase_note(c, url, words);
        chase_go_on(c);
}

/* ---- one URL -------------------------------------------------------------------------------- */

static void fetch_free(struct fetch *f)
{
        TAILQ_REMOVE(f->is_running ? &f->aia->running : &f->aia->waiting, f, link);
        f->aia->n_running -= f->is_running;
        http_cancel(f->request);
        free(f->url);
        free(f->at);
        free(f);
}

static void fetch_start_more(struct aia *a);

static void chase_leave_fetch(struct aia_chase *c)
{
        struct fetch *f = c->fetch;

        if (!f)
                return;
        LIST_REMOVE(c, waiter);
        c->fetch = NULL;
        if (!LIST_EMPTY(&f->chases))
                return;
        fetch_free(f);
        fetch_start_more(c->aia);
}

/* Tells all who wait: @answer is NULL with @reason. None of them calls back from here. */
static void fetch_tell(struct fetch *f, const struct chain *answer, const char *reason)
{
        struct aia_chase *c;

        while ((c = LIST_FIRST(&f->chases))) {
                LIST_REMOVE(c, waiter);
                c->fetch = NULL;
                if (answer) {
                        chase_took(c, f->url, answer, climb_take(&c->climb, c->asking, answer));
                } else {
                        chase_note(c, f->url, reason);
                        chase_go_on(c);
                }
        }
}

/* What is said of a URL that gave no certificate. Where it led to is somebody's text: not shown. */
static char *failure_reason(const struct fetch *f, const struct http_answer *answer)
{
        const char *lead = f->n_redirects ? "led to a URL that " : "";

        if (answer->redirect)
                return mem_printf("redirected more than %d times", AIA_MAX_REDIRECTS);
        if (answer->error)
                return mem_printf("%scould not be asked: %s", lead, answer->error);
        if (answer->status != 200)
                return mem_printf("%sanswered %d", lead, answer->status);
        return mem_printf("%sanswered with something that is no certificate", lead);
}

static void on_answer(const struct http_answer *answer, void *arg);

static int fetch_request(struct fetch *f)
{
        return http_get(f->aia->http,
                        &(struct http_get_options){
                                .url = f->at,
                                .max_bytes = AIA_MAX_ANSWER_BYTES,
                                .timeout_ms = AIA_REQUEST_TIMEOUT_MS,
                                .public_only = f->reach == AIA_PUBLIC,
                        },
                        on_answer, f, &f->request);
}

/* Goes where the answer leads to; false when that is nowhere. */
static bool fetch_follow(struct fetch *f, const struct http_answer *answer)
{
        if (!answer->redirect || f->n_redirects == AIA_MAX_REDIRECTS)
                return false;
        f->n_redirects++;
        free(f->at);
        f->at = mem_strdup(answer->redirect);
        return fetch_request(f) == 0;
}

static void on_answer(const struct http_answer *answer, void *arg)
{
        struct fetch *f = arg;
        struct aia *a = f->aia;
        CLEANUP(chain_free_at_exit) struct chain *chain = NULL;

        f->request = NULL;
        if (fetch_follow(f, answer))
                return;
        if (answer->status == 200 && !answer->error)
                chain = climb_parse(f->url, answer->body, answer->body_len);
        if (chain && chain->n > 0) {
                memory_remember(a, f->url, answer->body, answer->body_len, NULL);
                fetch_tell(f, chain, NULL);
        } else {
                AUTO_FREE char *reason = failure_reason(f, answer);

                if (!answer->refused) /* another endpoint may be allowed to */
                        memory_remember(a, f->url, NULL, 0, reason);
                fetch_tell(f, NULL, reason);
        }
        fetch_free(f);
        fetch_start_more(a);
}

static void fetch_start(struct fetch *f)
{
        struct aia *a = f->aia;

        TAILQ_REMOVE(&a->waiting, f, link);
        TAILQ_INSERT_TAIL(&a->running, f, link);
        f->is_running = true;
        a->n_running++;
        if (fetch_request(f) < 0) {
                fetch_tell(f, NULL, "could not be asked: out of memory");
                fetch_free(f);
        }
}

static void fetch_start_more(struct aia *a)
{
        while (a->n_running < AIA_MAX_AT_ONCE && !TAILQ_EMPTY(&a->waiting))
                fetch_start(TAILQ_FIRST(&a->waiting));
}

/* One that is under way, and as free to connect as @reach. */
static struct fetch *fetch_find(struct aia *a, const char *url, enum aia_reach reach)
{
        struct fetch_list *const lists[] = { &a->running, &a->waiting };
        struct fetch *f;

        for (size_t i = 0; i < ARRAY_LEN(lists); i++)
                TAILQ_FOREACH(f, lists[i], link)
                        if (f->reach == reach && strcmp(f->url, url) == 0)
                                return f;
        return NULL;
}

static struct fetch *fetch_new(struct aia *a, const char *url, enum aia_reach reach)
{
        struct fetch *f = mem_new0(1, sizeof(*f));

        f->aia = a;
        f->url = mem_strdup(url);
        f->at = mem_strdup(url);
        f->reach = reach;
        LIST_INIT(&f->chases);
        TAILQ_INSERT_TAIL(&a->waiting, f, link);
        return f;
}

/* ---- the turns of a chase ------------------------------------------------------------------- */

static void chase_fetch(struct aia_chase *c, const char *url)
{
        struct fetch *f = fetch_find(c->aia, url, c->reach);

        if (!f)
                f = fetch_new(c->aia, url, c->reach);
        c->fetch = f;
        LIST_INSERT_HEAD(&f->chases, c, waiter);
        fetch_start_more(c->aia);
}

/* Asks the memory, and then the network: what stands at a URL may be another CA's key by now. */
static void chase_ask(struct aia_chase *c, const char *url)
{
        AUTO_FREE uint8_t *bytes = NULL;
        AUTO_FREE char *reason = NULL;
        size_t n = 0;
        int known = memory_recall(c->aia, url, &bytes, &n, &reason);
        CLEANUP(chain_free_at_exit) struct chain *chain = bytes ? climb_parse(url, bytes, n) : NULL;
        bool is_answer = chain && chain->n > 0;
        const struct cert *issuer = is_answer ? climb_take(&c->climb, c->asking, chain) : NULL;

        if (issuer || (is_answer && known == 1)) {
                chase_took(c, url, chain, issuer);
        } else if (known == 2) {
                chase_note(c, url, reason);
                chase_go_on(c);
        } else {
                chase_fetch(c, url);
        }
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
        struct aia_chase *c = arg;
        const char *url = climb_next_url(&c->climb, &c->asking);

        (void)fd;
        (void)what;
        if (url && c->n_requests++ < AIA_MAX_REQUESTS)
                chase_ask(c, url);
        else
                chase_finish(c);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
        struct aia_chase *c = arg;

        (void)fd;
        (void)what;
        buf_printf(&c->note, "%sgiven up after %d s", c->note.len ? "; " : "",
                   AIA_CHASE_TIMEOUT_MS / 1000);
        chase_finish(c);
}

/* ---- the contract --------------------------------------------------------------------------- */

struct aia_chase *aia_chase(struct aia *a, struct cert *orphan, struct trust *anchors,
                            enum aia_reach reach, aia_done_fn *on_done, void *arg)
{
        static const struct timeval PATIENCE = {
                .tv_sec = AIA_CHASE_TIMEOUT_MS / 1000,
        };
        struct aia_chase *c = mem_new0(1, sizeof(*c));

        assert(reach == AIA_PUBLIC || reach == AIA_ANY);
        *c = (struct aia_chase){
                .aia = a,
                .reach = reach,
                .note = BUF_INIT(NOTE_MAX_BYTES),
                .on_done = on_done,
                .arg = arg,
        };
        LIST_INSERT_HEAD(&a->chases, c, link);
        evtimer_assign(&c->turn, a->base, on_turn, c);
        evtimer_assign(&c->deadline, a->base, on_deadline, c);
        evtimer_add(&c->deadline, &PATIENCE);
        climb_begin(&c->climb, orphan, anchors);
        chase_go_on(c);
        return c;
}

void aia_cancel(struct aia_chase *c)
{
        if (c)
                chase_free(c);
}

int aia_new(struct aia **ret, struct event_base *base, struct http_client *http,
            const struct aia_memory *memory)
{
        struct aia *a = mem_new0(1, sizeof(*a));

        a->base = base;
        a->http = http;
        a->memory = memory ? *memory : (struct aia_memory){ 0 };
        LIST_INIT(&a->chases);
        TAILQ_INIT(&a->waiting);
        TAILQ_INIT(&a->running);
        *ret = a;
        return 0;
}

void aia_free(struct aia *a)
{
        struct aia_chase *c;

        if (!a)
                return;
        while ((c = LIST_FIRST(&a->chases)))
                chase_free(c);
        assert(TAILQ_EMPTY(&a->waiting) && TAILQ_EMPTY(&a->running));
        free(a);
}
