/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/descriptors.h - how many probes may be in flight with the descriptors that this
 * process may open (RLIMIT_NOFILE), so that none fails for want of one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct config;

/* Raises the soft limit to the hard one. For the start, before anything is budgeted. */
void descriptors_raise(void);

/* Connections that may be open of those who ask over HTTP: they are set aside. At least one. */
size_t descriptors_clients(void);

/* Probes that @limit descriptors allow beside @workers and @receivers; at least one. Pure. */
int64_t descriptors_allow(int64_t limit, size_t workers, size_t receivers, int64_t per_probe);

/*
 * Probes in flight for @config with @workers: limits.concurrency, or fewer, and then *ret_warning
 * (malloc'ed) says so if that can hold up any endpoint; otherwise it is NULL.
 */
int64_t descriptors_concurrency(const struct config *config, size_t workers, char **ret_warning);
