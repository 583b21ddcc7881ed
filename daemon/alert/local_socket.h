/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/local_socket.h - one record at a time to a local (AF_UNIX) socket, without ever
 * waiting: to a datagram socket as one datagram, to a stream socket as one line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct local_socket {
        const char *path; /* borrowed */
        int fd;           /* -1 = not connected */
        bool stream;
};

#define LOCAL_SOCKET_INIT(p) ((struct local_socket){ .path = (p), .fd = -1 })

/*
 * Sends, connecting first when need be; a connection that turns out to be dead (the other side was
 * restarted) is made anew once. 0 = it is in the kernel's queue; -EAGAIN = nobody empties that;
 * -EMSGSIZE = it is too long for it; other -errno = nobody is there.
 */
int local_socket_send(struct local_socket *s, const char *bytes, size_t n);

void local_socket_close(struct local_socket *s);
