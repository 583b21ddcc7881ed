/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in local_socket.h. */
#include "daemon/alert/local_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void local_socket_close(struct local_socket *s)
{
        if (s->fd >= 0)
                close(s->fd);
        s->fd = -1;
}

static int connect_as(struct local_socket *s, int type)
{
        struct sockaddr_un addr = { .sun_family = AF_UNIX };
        size_t n = strlen(s->path);

        if (n >= sizeof(addr.sun_path))
                return -ENAMETOOLONG;
        memcpy(addr.sun_path, s->path, n + 1);
        int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
                int r = -errno;

                close(fd);
                return r;
        }
        s->fd = fd;
        s->stream = type == SOCK_STREAM;
        return 0;
}

static int connect_any(struct local_socket *s)
{
        int r = connect_as(s, SOCK_DGRAM);

        return r == -EPROTOTYPE ? connect_as(s, SOCK_STREAM) : r;
}

/* Half a line cannot be taken back: the connection ends with it, and the whole line comes again. */
static int send_once(struct local_socket *s, const char *bytes, size_t n)
{
        struct iovec parts[] = {
                { .iov_base = (void *)bytes, .iov_len = n },
                { .iov_base = (void *)"\n",  .iov_len = 1 },
        };
        struct msghdr m = { .msg_iov = parts, .msg_iovlen = s->stream ? 2 : 1 };
        ssize_t sent = sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0)
                return errno == ENOBUFS ? -EAGAIN : -errno;
        if ((size_t)sent == n + (s->stream ? 1 : 0))
                return 0;
        local_socket_close(s);
        return -EAGAIN;
}

int local_socket_send(struct local_socket *s, const char *bytes, size_t n)
{
        int r = -ENOTCONN;

        for (int attempt = 0; attempt < 2; attempt++) {
                bool fresh = s->fd < 0;

                r = fresh ? connect_any(s) : 0;
                if (r == 0)
                        r = send_once(s, bytes, n);
                if (r == 0 || r == -EAGAIN || r == -EMSGSIZE)
                        return r;
                local_socket_close(s);
                if (fresh)
                        return r;
        }
        return r;
}
