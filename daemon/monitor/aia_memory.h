/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/aia_memory.h - the store as the memory of aia: what a URL gave, and how long that
 * is good for.
 */
#pragma once

#include "daemon/aia/aia.h"

struct store;

/*
 * An answer is good until the first of its certificates that is valid expires, and no longer than a
 * week, because a CA may mend what stands at its URL; one that does not help is asked for again
 * after an hour. A failure is not tried again for an hour, then for twice as long, up to a day.
 */
#define AIA_MEMORY_KEEP_S (7 * 86400)
#define AIA_MEMORY_RETRY_S 3600
#define AIA_MEMORY_MAX_RETRY_S 86400

/* Borrows @store. What cannot be written is not remembered, and is asked again. */
struct aia_memory aia_memory_of(struct store *store);
