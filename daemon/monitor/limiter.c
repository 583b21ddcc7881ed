/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per host and lane a line of the endpoints that wait; per lane a line of the hosts where somebody
 * waits. A host without room is taken out of that when its turn comes, and comes back when one of
 * its endpoints leaves: nobody is looked at in vain twice.
 */
#include "daemon/monitor/limiter.h"

#include "common/base/mem.h"

#include <assert.h>
#include <stdlib.h>

#define NOBODY UINT32_MAX
#define SLOW_SHARE(limit) ((limit) * 3 / 4 > 0 ? (limit) * 3 / 4 : 1)

struct queue {
        uint32_t first, last;
};

struct endpoint {
        uint32_t host : 30;
        uint32_t lane : 2;
        uint32_t next; /* in the line */
};

struct line {
        struct queue waiting;
        uint32_t running : 31;
        uint32_t queued : 1; /* the host is among those of the lane */
        uint32_t next_host;  /* there */
};

struct limiter {
        struct endpoint *endpoints;
        struct line *lines; /* of host h: from h * LANE_COUNT */
        struct queue hosts[LANE_COUNT];
        size_t running[LANE_COUNT];
        size_t most[LANE_COUNT], most_per_host[LANE_COUNT];
        size_t waiting;
        enum lane turn;
};

static struct line *line_of(const struct limiter *l, uint32_t host, enum lane lane)
{
        return &l->lines[(size_t)host * LANE_COUNT + lane];
}

static bool has_room(const struct limiter *l, enum lane lane)
{
        return l->running[lane] < l->most[lane] &&
               (lane == LANE_FILES || limiter_running(l) < l->most[LANE_QUICK]);
}

static bool host_has_room(const struct limiter *l, uint32_t host, enum lane lane)
{
        size_t quick = line_of(l, host, LANE_QUICK)->running;
        size_t slow = line_of(l, host, LANE_SLOW)->running;

        return line_of(l, host, lane)->running < l->most_per_host[lane] &&
               quick + slow < l->most_per_host[LANE_QUICK];
}

static void queue_host(struct limiter *l, uint32_t host, enum lane lane)
{
        struct queue *q = &l->hosts[lane];
        struct line *line = line_of(l, host, lane);

        if (line->queued || line->waiting.first == NOBODY)
                return;
        line->queued = true;
        line->next_host = NOBODY;
        if (q->first == NOBODY)
                q->first = host;
        else
                line_of(l, q->last, lane)->next_host = host;
        q->last = host;
}

/* Takes out the next host of @lane that has room; NOBODY = none has. */
static uint32_t next_host(struct limiter *l, enum lane lane)
{
        struct queue *q = &l->hosts[lane];

        while (q->first != NOBODY) {
                uint32_t host = q->first;
                struct line *line = line_of(l, host, lane);

                q->first = line->next_host;
                line->queued = false;
                if (host_has_room(l, host, lane))
                        return host;
        }
        return NOBODY;
}

static void count_in(struct limiter *l, size_t id)
{
        const struct endpoint *e = &l->endpoints[id];

        l->running[e->lane]++;
        line_of(l, e->host, e->lane)->running++;
}

struct limiter *limiter_new(const uint32_t *host_of, size_t n, size_t n_hosts, size_t concurrency,
                            size_t per_host)
{
        struct limiter *l = mem_new0(1, sizeof(*l));

        assert(concurrency >= 1 && per_host >= 1);
        *l = (struct limiter){
                .endpoints = mem_new0(n, sizeof(*l->endpoints)),
                .lines = mem_new0(n_hosts * LANE_COUNT, sizeof(*l->lines)),
                .most = { concurrency, SLOW_SHARE(concurrency), LIMITER_FILES_AT_ONCE },
                .most_per_host = { per_host, SLOW_SHARE(per_host), per_host },
        };
        for (enum lane lane = 0; lane < LANE_COUNT; lane++)
                l->hosts[lane] = (struct queue){ NOBODY, NOBODY };
        for (size_t i = 0; i < n; i++)
                l->endpoints[i].host = host_of[i] & (UINT32_MAX >> 2);
        for (size_t i = 0; i < n_hosts * LANE_COUNT; i++)
                l->lines[i].waiting = (struct queue){ NOBODY, NOBODY };
        return l;
}

void limiter_free(struct limiter *l)
{
        if (!l)
                return;
        free(l->endpoints);
        free(l->lines);
        free(l);
}

void limiter_enter(struct limiter *l, size_t id, enum lane lane)
{
        struct endpoint *e = &l->endpoints[id];
        struct queue *q = &line_of(l, e->host, lane)->waiting;

        e->lane = lane;
        e->next = NOBODY;
        if (q->first == NOBODY)
                q->first = (uint32_t)id;
        else
                l->endpoints[q->last].next = (uint32_t)id;
        q->last = (uint32_t)id;
        l->waiting++;
        queue_host(l, e->host, lane);
}

static bool next_of(struct limiter *l, enum lane lane, size_t *ret_id)
{
        uint32_t host = has_room(l, lane) ? next_host(l, lane) : NOBODY;

        if (host == NOBODY)
                return false;

        struct queue *q = &line_of(l, host, lane)->waiting;

        *ret_id = q->first;
        q->first = l->endpoints[q->first].next;
        count_in(l, *ret_id);
        l->waiting--;
        queue_host(l, host, lane);
        return true;
}

bool limiter_next(struct limiter *l, size_t *ret_id)
{
        for (int i = 0; i < LANE_COUNT; i++) {
                enum lane lane = ((unsigned)l->turn + (unsigned)i) % LANE_COUNT;

                if (next_of(l, lane, ret_id)) {
                        l->turn = (lane + 1) % LANE_COUNT;
                        return true;
                }
        }
        return false;
}

void limiter_adopt(struct limiter *l, size_t id, enum lane lane)
{
        l->endpoints[id].lane = lane;
        count_in(l, id);
}

void limiter_leave(struct limiter *l, size_t id)
{
        const struct endpoint *e = &l->endpoints[id];
        struct line *line = line_of(l, e->host, e->lane);

        assert(l->running[e->lane] > 0 && line->running > 0);
        l->running[e->lane]--;
        line->running--;
        for (enum lane lane = 0; lane < LANE_COUNT; lane++)
                queue_host(l, e->host, lane);
}

size_t limiter_running(const struct limiter *l)
{
        return l->running[LANE_QUICK] + l->running[LANE_SLOW];
}

size_t limiter_waiting(const struct limiter *l)
{
        return l->waiting;
}
