/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/saving.h - what changed without news, on its way to the disk: states, the
 * certificates that they speak of, and intermediates.
 */
#pragma once

struct fleet;
struct learned;
struct member;
struct store;

/* The state of @m is to be written. */
void saving_note(struct member *m);

/* Writes all of it in one transaction. 1, 0 when there is nothing to write, or -errno. */
int saving_write(struct fleet *f, struct learned *l, struct store *store);
