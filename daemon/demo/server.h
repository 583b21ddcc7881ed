/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/demo/server.h - a TLS server on loopback that serves exactly the chain it is given, right
 * or wrong, on the caller's loop. For the demo only: it says nothing after the handshake.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct demo_server;
struct event_base;
struct minted;

enum demo_manner {
        DEMO_TLS,     /* shakes hands */
        DEMO_SILENT,  /* accepts and never says a word */
        DEMO_REFUSED, /* owns the port and does not listen */
};

/*
 * Serves @chain (leaf first, with its key; certificates are copied) on 127.0.0.1. @port: 0 = any
 * free one. 0 or -errno.
 */
int demo_server_new(struct demo_server **ret, struct event_base *base, enum demo_manner manner,
                    const struct minted *const *chain, size_t n, const struct minted *key,
                    uint16_t port);
void demo_server_free(struct demo_server *s); /* NULL is fine */

uint16_t demo_server_port(const struct demo_server *s);

/* From the next connection on serves another chain. */
int demo_server_replace(struct demo_server *s, const struct minted *const *chain, size_t n,
                        const struct minted *key);
