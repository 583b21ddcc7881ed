/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in resend.h. */
#include "daemon/alert/resend.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct ended {
        char *endpoint;
        enum finding_code code;
        char *payload;
        int64_t until_ms;
};

struct resend {
        int64_t period_ms;
        int64_t round_ms;     /* when this round began, or the next begins */
        char *after;          /* how far it has come among what is open; NULL = at its begin ... */
        bool open_done;
        size_t ended_done;    /* ... and among what has ended */
        struct ended *ended;  /* the oldest first */
        size_t n_ended;
};

struct resend *resend_new(int64_t period_s)
{
        struct resend *r = mem_new0(1, sizeof(*r));

        r->period_ms = period_s * 1000;
        return r;
}

static void forget(struct resend *r, size_t i)
{
        free(r->ended[i].endpoint);
        free(r->ended[i].payload);
        r->n_ended--;
        memmove(&r->ended[i], &r->ended[i + 1], (r->n_ended - i) * sizeof(*r->ended));
}

void resend_free(struct resend *r)
{
        if (!r)
                return;
        while (r->n_ended > 0)
                forget(r, r->n_ended - 1);
        free(r->ended);
        free(r->after);
        free(r);
}

int64_t resend_due_ms(const struct resend *r)
{
        return r->round_ms;
}

void resend_again(struct resend *r)
{
        free(TAKE(r->after));
        r->open_done = false;
        r->ended_done = 0;
}

/* It is open again: its former end must not be told after that. */
static void forget_end_of(struct resend *r, const struct message *m)
{
        for (size_t i = r->n_ended; i-- > 0;)
                if (r->ended[i].code == m->code && strcmp(r->ended[i].endpoint, m->endpoint) == 0)
                        forget(r, i);
}

void resend_note(struct resend *r, const struct message *m, const char *payload, int64_t now_ms)
{
        forget_end_of(r, m);
        if (m->kind != MESSAGE_RESOLVED)
                return;
        if (r->n_ended == RESEND_MAX_ENDED)
                forget(r, 0);
        r->ended = mem_resize(r->ended, r->n_ended + 1, sizeof(*r->ended));
        r->ended[r->n_ended++] = (struct ended){
                .endpoint = mem_strdup(m->endpoint),
                .code = m->code,
                .payload = mem_strdup(payload),
                .until_ms = now_ms + RESEND_ROUNDS * r->period_ms,
        };
}

static int take_ended(struct resend *r, int64_t now_ms, struct message *batch)
{
        int n = 0;

        while (r->n_ended > 0 && r->ended[0].until_ms <= now_ms)
                forget(r, 0);
        while (n < RESEND_BATCH && r->ended_done < r->n_ended)
                if (message_from_json(r->ended[r->ended_done++].payload, &batch[n]) == 0)
                        n++;
        return n;
}

int resend_take(struct resend *r, const struct outbox *outbox, const char *receiver, int64_t now_ms,
                struct message batch[static RESEND_BATCH])
{
        int n = 0;

        if (now_ms < r->round_ms)
                return 0;
        if (!r->open_done)
                n = outbox->open(outbox->ctx, receiver, &r->after, batch, RESEND_BATCH);
        for (int i = 0; i < n; i++)
                forget_end_of(r, &batch[i]);
        if (n != 0)
                return n;
        r->open_done = true;
        n = take_ended(r, now_ms, batch);
        if (n == 0) {
                resend_again(r);
                r->round_ms = now_ms + r->period_ms;
        }
        return n;
}
