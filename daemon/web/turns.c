/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in turns.h. */
#include "daemon/web/turns.h"

#include "common/base/clock.h"
#include "common/base/mem.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>

struct turns {
        struct turn *first, **end;
        struct event *next_round;
};

static void wait_for_next_round(struct turns *t)
{
        event_add(t->next_round, &(struct timeval){ 0 });
}

static void on_round(evutil_socket_t fd, short what, void *arg)
{
        struct turns *t = arg;
        int64_t end_ms = clock_mono_ms() + TURNS_MS;

        (void)fd; (void)what;
        while (t->first && clock_mono_ms() < end_ms) {
                struct turn *turn = t->first;

                turns_remove(t, turn);
                turn->run(turn);
        }
        if (t->first)
                wait_for_next_round(t);
}

void turns_add(struct turns *t, struct turn *turn)
{
        assert(!turn->at);
        if (!t->first)
                wait_for_next_round(t);
        turn->next = NULL;
        turn->at = t->end;
        *t->end = turn;
        t->end = &turn->next;
}

void turns_remove(struct turns *t, struct turn *turn)
{
        if (!turn->at)
                return;
        *turn->at = turn->next;
        if (turn->next)
                turn->next->at = turn->at;
        else
                t->end = turn->at;
        turn->at = NULL;
}

struct turns *turns_new(struct event_base *base)
{
        struct turns *t = mem_new0(1, sizeof(*t));

        t->end = &t->first;
        t->next_round = event_new(base, -1, 0, on_round, t);
        if (!t->next_round)
                mem_exhausted();
        return t;
}

void turns_free(struct turns *t)
{
        if (!t)
                return;
        event_free(t->next_round);
        free(t);
}
