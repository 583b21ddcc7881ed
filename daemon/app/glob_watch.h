/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/glob_watch.h - asks once a minute whether the patterns of file: endpoints stand for
 * other files than when the configuration was loaded. A thread of its own asks: disks may be slow.
 */
#pragma once

struct config;
struct event_base;
struct glob_watch;

/*
 * From the loop, when it does, and did a few seconds before: a file that is being replaced is no
 * news. The callee loads the configuration and calls glob_watch_follow(); if it cannot, it is
 * called again after a while, ever more seldom.
 */
typedef void glob_watch_fn(void *arg);

/* NULL when there is no memory or descriptor for it. */
struct glob_watch *glob_watch_new(struct event_base *base, glob_watch_fn *on_change, void *arg);
void glob_watch_free(struct glob_watch *w); /* waits for the disk; NULL is fine */

/* From now on the patterns of @config, which gains a reference. */
void glob_watch_follow(struct glob_watch *w, struct config *config);
