/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/turns.h - one after the other, and never much at a time: what many clients ask for at
 * once must not keep the main loop from its other work. In each round of the loop answers are
 * worked on for some milliseconds, and the rest waits for the next round.
 */
#pragma once

struct event_base;
struct turns;

#define TURNS_MS 5 /* after which no more is begun in a round */

/* To be embedded by who waits; NULL bytes = it does not wait. */
struct turn {
        struct turn *next, **at; /* private */
        void (*run)(struct turn *t);
};

struct turns *turns_new(struct event_base *base);
void turns_free(struct turns *t); /* nobody waits any more; NULL is fine */

/* @turn's @run will be called, once, from the loop. It must not wait yet. */
void turns_add(struct turns *t, struct turn *turn);

/* It will not be called. Fine if it does not wait. */
void turns_remove(struct turns *t, struct turn *turn);
