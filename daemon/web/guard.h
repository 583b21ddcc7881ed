/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/guard.h - who may ask at an address: by which names, with which secret, over which
 * TLS. The files are read when it is made.
 */
#pragma once

#include <stdbool.h>

struct config_listen;
struct guard;
struct https;

/* Reads the files of @l. 0; or -errno with *ret_error (malloc'ed, never with a secret). */
int guard_new(struct guard **ret, const struct config_listen *l, char **ret_error);
void guard_free(struct guard *g); /* NULL is fine */

/* NULL = no TLS. Borrowed. */
struct https *guard_tls(const struct guard *g);
bool guard_has_secrets(const struct guard *g);

/*
 * May it be asked by that name? @host is a Host header, or NULL = there is none. IP addresses,
 * localhost and the names of the configuration, each with any port, are such; at a unix socket all.
 */
bool guard_knows_host(const struct guard *g, const char *host);

/*
 * Does the Authorization header @authorization (or NULL) hold one of our secrets? True when there
 * are none. Takes as long whatever is wrong with it.
 */
bool guard_admits(const struct guard *g, const char *authorization);

/* What WWW-Authenticate says; of two ways the one that browsers know. Borrowed. */
const char *guard_challenge(const struct guard *g);
