/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/web/sockets.h - where we listen: what we open, and what the service manager has opened. */
#pragma once

#include <stddef.h>

struct socket {
        int fd; /* listens, and does not block */
        char *place; /* as the configuration writes it: "127.0.0.1:9219", "[::1]:9219", "/path" */
};

/*
 * Listens at such a place; port 0 is any that is free. Every local user may connect to a unix
 * socket; one at which nobody listens any more is replaced. 0, or -errno.
 */
int socket_open(struct socket *ret, const char *place);

/* Those we were started with (sd_listen_fds(3)): socket_done() each, and free() the list. */
struct socket *sockets_passed(size_t *ret_n);

/* Ends it, if it still has a descriptor. */
void socket_done(struct socket *s);
