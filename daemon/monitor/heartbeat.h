/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/heartbeat.h - tells somebody outside that all is well here, for as long as it is:
 * a dead man's switch, which raises the alarm when we are not heard of.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct config_heartbeat;
struct event_base;
struct heartbeat;
struct http_client;

/* Why all is not well, for people, malloc'ed; NULL = it is. */
typedef char *heartbeat_trouble_fn(void *arg);

/* Nobody is told before heartbeat_follow(). @base and @http outlive it. */
struct heartbeat *heartbeat_new(struct event_base *base, struct http_client *http,
                                heartbeat_trouble_fn *trouble, void *arg);
void heartbeat_free(struct heartbeat *h); /* NULL is fine */

/* Goes on by @cfg, which is borrowed until the next call: the next one is soon. */
void heartbeat_follow(struct heartbeat *h, const struct config_heartbeat *cfg);

/* When the last one was taken, wall clock; 0 = none yet, or none is wanted. */
int64_t heartbeat_last_s(const struct heartbeat *h);

/*
 * {"last": when the last was taken, "withheld": why none is sent now, "last_error": why the last
 * was not taken}, or null: none is wanted.
 */
json_t *heartbeat_json(const struct heartbeat *h);
