/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two kinds of queues, linked through one array: those who may start as soon as there is room in
 * all, and for every host those who wait for their own host.
 */
#include "daemon/monitor/limiter.h"

#include "common/base/mem.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY SIZE_MAX

struct queue {
        size_t first, last;
};

struct host {
        size_t taken; /* running, or handed to the ready queue */
        struct queue waiting;
};

struct limiter {
        size_t *host_of;
        size_t *next; /* of the queue an endpoint is in */
        struct host *hosts;
        struct queue ready;
        size_t running, waiting;
        size_t concurrency, per_host;
};

static void push(struct limiter *l, struct queue *q, size_t id)
{
        l->next[id] = NOBODY;
        if (q->first == NOBODY)
                q->first = id;
        else
                l->next[q->last] = id;
        q->last = id;
}

static size_t shift(struct limiter *l, struct queue *q)
{
        size_t id = q->first;

        if (id != NOBODY)
                q->first = l->next[id];
        return id;
}

struct limiter *limiter_new(const size_t *host_of, size_t n, size_t n_hosts, size_t concurrency,
                            size_t per_host)
{
        struct limiter *l = mem_new0(1, sizeof(*l));

        assert(concurrency >= 1 && per_host >= 1);
        *l = (struct limiter){
                .host_of = mem_copy(host_of, n * sizeof(*host_of)),
                .next = mem_new0(n, sizeof(*l->next)),
                .hosts = mem_new0(n_hosts, sizeof(*l->hosts)),
                .ready = { NOBODY, NOBODY },
                .concurrency = concurrency,
                .per_host = per_host,
        };
        for (size_t i = 0; i < n_hosts; i++)
                l->hosts[i].waiting = (struct queue){ NOBODY, NOBODY };
        return l;
}

void limiter_free(struct limiter *l)
{
        if (!l)
                return;
        free(l->host_of);
        free(l->next);
        free(l->hosts);
        free(l);
}

void limiter_enter(struct limiter *l, size_t id)
{
        struct host *h = &l->hosts[l->host_of[id]];

        l->waiting++;
        if (h->taken >= l->per_host) {
                push(l, &h->waiting, id);
                return;
        }
        h->taken++;
        push(l, &l->ready, id);
}

bool limiter_next(struct limiter *l, size_t *ret_id)
{
        if (l->running >= l->concurrency || l->ready.first == NOBODY)
                return false;
        *ret_id = shift(l, &l->ready);
        l->running++;
        l->waiting--;
        return true;
}

void limiter_adopt(struct limiter *l, size_t id)
{
        l->hosts[l->host_of[id]].taken++;
        l->running++;
}

void limiter_leave(struct limiter *l, size_t id)
{
        struct host *h = &l->hosts[l->host_of[id]];

        assert(l->running > 0 && h->taken > 0);
        l->running--;
        h->taken--;
        if (h->taken < l->per_host && h->waiting.first != NOBODY) {
                h->taken++;
                push(l, &l->ready, shift(l, &h->waiting));
        }
}

size_t limiter_running(const struct limiter *l)
{
        return l->running;
}

size_t limiter_waiting(const struct limiter *l)
{
        return l->waiting;
}
