/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/workers.h - N identical threads, each with its own loop and examiner, sharing
 * nothing. Requests go in and reports come out over one queue each: the only place where threads
 * meet.
 */
#pragma once

#include "daemon/probe/examine.h"

#include <stddef.h>

struct workers;

/*
 * Starts @n threads (at least 1), and one that reads files: a disk that hangs, as those of networks
 * do, holds up other files and no probe. Reports arrive by @on_done on @base's thread, in any
 * order, with the @cookie of their request. 0 or -errno.
 */
typedef void workers_done_fn(struct exam_report *report, void *cookie, void *arg);
int workers_new(struct workers **ret, struct event_base *base, size_t n, const char *dns_servers,
                workers_done_fn *on_done, void *arg);

/*
 * Hands @req to a thread: those of the same @kin to the same one, for its caches, unless others are
 * much less busy. What @req points to is borrowed until the callback, except the learned pool,
 * which gains a reference.
 */
void workers_submit(struct workers *w, const struct exam_request *req, uint32_t kin, void *cookie);

/* How many threads probe. */
size_t workers_count(const struct workers *w);

/* Of all threads together, as of their last reports. */
struct exam_cache_stats workers_cache(const struct workers *w, enum exam_cache cache);

/* Stops the threads; unfinished requests are abandoned, no callback runs any more. NULL is fine. */
void workers_free(struct workers *w);
