/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in each_look.h. */
#include "daemon/probe/each_look.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/chain.h"

#include <stdlib.h>

#define MIN_TIME_MS 100 /* for one address, however many there are */

/* One of the places for probes side by side. */
struct place {
        struct each_look *look;
        struct probe *probe; /* or NULL: it is free */
        size_t which;
};

struct each_look {
        struct event_base *base;
        struct resolver *resolver;
        struct tls_client *tls;
        struct probe_request req;
        int64_t start_ms;
        struct addr addrs[EACH_MAX_ADDRESSES];
        size_t next; /* of .seen.n; those before it have been begun */
        struct each_seen seen;
        struct probe *search;
        struct place places[EACH_AT_ONCE];
        each_look_fn *on_done;
        void *arg;
};

static int by_address(const void *a, const void *b)
{
        return addr_compare(a, b);
}

/* In ascending order, so that it is always the same ones of too many; each once. */
static void take_addresses(struct each_look *l, const struct addr *addrs, size_t n)
{
        AUTO_FREE struct addr *sorted = mem_copy(addrs, n * sizeof(*addrs));

        qsort(sorted, n, sizeof(*sorted), by_address);
        for (size_t i = 0; i < n; i++) {
                if (i > 0 && addr_compare(&sorted[i - 1], &sorted[i]) == 0)
                        continue;
                if (l->seen.n_addresses++ < EACH_MAX_ADDRESSES)
                        l->addrs[l->seen.n++] = sorted[i];
        }
        l->seen.results = mem_new0(l->seen.n, sizeof(*l->seen.results));
}

static void look_done(struct each_look *l)
{
        struct each_seen seen = l->seen;

        seen.found.total_us = (clock_mono_ms() - l->start_ms) * 1000;
        seen.found.addresses = NULL;
        l->seen = (struct each_seen){ 0 }; /* they are the callee's now */
        l->on_done(&seen, l->arg);
}

static void start_next(struct place *place);

static void on_probed(struct probe *p, struct probe_result *result, void *arg)
{
        struct place *place = arg;
        struct each_look *l = place->look;

        l->seen.results[place->which] = *result;
        l->seen.results[place->which].addresses = NULL;
        result->chain = NULL;
        result->staple = NULL;
        place->probe = NULL;
        probe_free(p);
        start_next(place);
        for (size_t i = 0; i < EACH_AT_ONCE; i++)
                if (l->places[i].probe)
                        return;
        look_done(l);
}

/* What is left of the time, shared with those that this place has yet to serve. */
static int64_t share_ms(const struct each_look *l)
{
        int64_t left_ms = l->req.timeout_ms - (clock_mono_ms() - l->start_ms);
        int64_t rounds = (int64_t)((l->seen.n - l->next + EACH_AT_ONCE - 1) / EACH_AT_ONCE);

        return left_ms / rounds > MIN_TIME_MS ? left_ms / rounds : MIN_TIME_MS;
}

static void start_next(struct place *place)
{
        struct each_look *l = place->look;
        struct probe_request req = l->req;

        if (l->next == l->seen.n)
                return;
        req.timeout_ms = share_ms(l);
        req.address = l->addrs[l->next];
        place->which = l->next++;
        place->probe = probe_start(l->base, l->resolver, l->tls, &req, on_probed, place);
}

static void on_found(struct probe *p, struct probe_result *result, void *arg)
{
        struct each_look *l = arg;

        l->seen.found = *result;
        if (result->outcome != PROBE_OK) {
                look_done(l);
                return;
        }
        take_addresses(l, result->addresses, result->n_addresses);
        l->search = NULL;
        probe_free(p);
        for (size_t i = 0; i < EACH_AT_ONCE; i++)
                start_next(&l->places[i]);
}

struct each_look *each_look_start(struct event_base *base, struct resolver *resolver,
                                  struct tls_client *tls, const struct probe_request *req,
                                  each_look_fn *on_done, void *arg)
{
        struct each_look *l = mem_new0(1, sizeof(*l));
        struct probe_request search = *req;

        l->base = base;
        l->resolver = resolver;
        l->tls = tls;
        l->req = *req;
        l->start_ms = clock_mono_ms();
        l->on_done = on_done;
        l->arg = arg;
        for (size_t i = 0; i < EACH_AT_ONCE; i++)
                l->places[i].look = l;
        search.only_resolve = true;
        l->search = probe_start(base, resolver, tls, &search, on_found, l);
        return l;
}

void each_look_free(struct each_look *l)
{
        if (!l)
                return;
        probe_free(l->search);
        for (size_t i = 0; i < EACH_AT_ONCE; i++)
                probe_free(l->places[i].probe);
        for (size_t i = 0; i < l->seen.n && l->seen.results; i++) {
                chain_free(l->seen.results[i].chain);
                free(l->seen.results[i].staple);
        }
        free(l->seen.results);
        free(l);
}
