/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/handover.h - what a new fleet takes over: from the store at the start, from the
 * fleet before it at a reload. Endpoints that are watched no longer are resolved and forgotten, all
 * in one transaction. @alerts still has the configuration in which they were.
 */
#pragma once

#include <stdint.h>

struct alerts;
struct fleet;
struct store;

/* States from the store. 0, or -errno with *ret_error (malloc'ed). */
int handover_recall(struct fleet *f, struct alerts *alerts, struct store *store, char **ret_error);

/*
 * States, beats and probes under way from @old. 0; or -errno with *ret_error, and then @old is as
 * it was and goes on.
 */
int handover_inherit(struct fleet *f, struct fleet *old, struct alerts *alerts, struct store *store,
                     char **ret_error);
