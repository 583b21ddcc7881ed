/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/clients.h - who is connected, how many they may be, and how long each may take.
 *
 * evhttp bounds what a request may hold, but neither how many connections there are nor the time
 * that somebody takes who sends or reads a byte now and then. That is done here, for all addresses
 * together. When there are too many, the one goes that has kept silent for the longest time, so
 * that somebody with an honest question always finds a place.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CLIENTS_ASK_MS 10000  /* for a request in full, handshake included */
#define CLIENTS_GREETING 32   /* TLS handshakes at a time: each takes up to some milliseconds */
#define CLIENTS_IDLE_MS 75000 /* between an answer and the next request */
#define CLIENTS_TAKE_MS 30000 /* in which one who reads must take ... */
#define CLIENTS_TAKE_BYTES 16384 /* ... so much, or all there is */

struct bufferevent;
struct clients;
struct event_base;
struct https;

/* At most @max at a time. */
struct clients *clients_new(struct event_base *base, size_t max);

/* All connections must have been given up by evhttp. NULL is fine. */
void clients_free(struct clients *c);

/* A place for one more, over TLS unless @tls is NULL; for evhttp_set_bevcb(). */
struct bufferevent *clients_welcome(struct clients *c, struct https *tls);

/* The one behind @bev has asked, and waits for the answer; or has it, and may ask again. */
void clients_asked(struct clients *c, const struct bufferevent *bev);
void clients_answered(struct clients *c, const struct bufferevent *bev);

size_t clients_count(struct clients *c);

/* Ends those who have taken too long at @now_ms; for the timer, and for tests. */
void clients_look(struct clients *c, int64_t now_ms);
