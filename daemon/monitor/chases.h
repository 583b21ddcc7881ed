/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/chases.h - reports that wait for an issuer which the server did not send, while
 * its caIssuers URLs are asked; then they are judged again.
 */
#pragma once

#include "common/cert/aia_reach.h"

struct chases;
struct event_base;
struct exam_report;
struct exam_request;
struct http_client;
struct store;

/* Once for each, from the loop, never inside chases_start(). The callee owns @report again. */
typedef void chases_done_fn(struct exam_report *report, void *cookie, void *arg);

/* @http and @store outlive it. 0 or -errno. */
int chases_new(struct chases **ret, struct event_base *base, struct http_client *http,
               struct store *store, chases_done_fn *on_done, void *arg);
void chases_free(struct chases *c); /* drops what waits, no callback runs; NULL is fine */

/*
 * Takes over @report, whose verdict has an orphan. What @req points to is borrowed until the
 * callback, except the learned pool, which gains a reference.
 */
void chases_start(struct chases *c, struct exam_report *report, const struct exam_request *req,
                  enum aia_reach reach, void *cookie);
