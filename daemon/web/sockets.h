/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/web/sockets.h - opening the addresses at which we listen. */
#pragma once

/*
 * Listens at "127.0.0.1:9219", "[::1]:9219" (port 0: any that is free) or at the path of a unix
 * socket, which every local user may connect to; one that nobody listens at any more is replaced.
 * The socket, which does not block, and *ret_url for people (malloc'ed); or -errno.
 */
int socket_listen(const char *address, char **ret_url);
