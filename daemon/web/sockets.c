/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in sockets.h. */
#include "daemon/web/sockets.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define BACKLOG 128

static int listen_at(const struct sockaddr *sa, socklen_t len)
{
        int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        if (sa->sa_family != AF_UNIX)
                setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
        if (sa->sa_family == AF_INET6)
                setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 1 }, sizeof(int));
        if (bind(fd, sa, len) < 0 || listen(fd, BACKLOG) < 0) {
                int r = -errno;

                close(fd);
                return r;
        }
        return fd;
}

/* --- unix ------------------------------------------------------------------------------------- */

/* Does somebody listen there? */
static bool is_alive(const struct sockaddr_un *un)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        bool alive = fd >= 0 &&
                     (connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 ||
                      errno != ECONNREFUSED);

        if (fd >= 0)
                close(fd);
        return alive;
}

static int listen_unix(const char *path)
{
        struct sockaddr_un un = { .sun_family = AF_UNIX };
        struct stat st;

        if (strlen(path) >= sizeof(un.sun_path))
                return -ENAMETOOLONG;
        strcpy(un.sun_path, path);
        if (lstat(path, &st) == 0) {
                if (!S_ISSOCK(st.st_mode))
                        return -EEXIST;
                if (is_alive(&un))
                        return -EADDRINUSE;
                unlink(path);
        }
        int fd = listen_at((const struct sockaddr *)&un, sizeof(un));

        if (fd >= 0)
                chmod(path, 0666);
        return fd;
}

/* --- TCP -------------------------------------------------------------------------------------- */

static int listen_tcp(const char *place)
{
        const char *colon = strrchr(place, ':');
        size_t bracket = *place == '[';
        AUTO_FREE char *host = mem_copy(place + bracket, (size_t)(colon - place) - 2 * bracket);
        struct addr addr;

        if (!addr_parse_ip(host, (uint16_t)atoi(colon + 1), &addr))
                return -EADDRNOTAVAIL;
        return listen_at(&addr.sa, addr.len);
}

/* ---------------------------------------------------------------------------------------------- */

/* Where @fd listens, malloc'ed; NULL = at something else than we know. */
static char *place_of(int fd)
{
        struct sockaddr_storage ss = { 0 };
        socklen_t len = sizeof(ss) - 1;
        char text[ADDR_STR_MAX];

        if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
                return NULL;
        if (ss.ss_family == AF_UNIX)
                return mem_strdup(((struct sockaddr_un *)&ss)->sun_path);
        struct addr addr = addr_of((const struct sockaddr *)&ss, len);

        return addr.len ? mem_strdup(addr_str(&addr, text)) : NULL;
}

int socket_open(struct socket *ret, const char *place)
{
        int fd = *place == '/' ? listen_unix(place) : listen_tcp(place);

        if (fd < 0)
                return fd;
        *ret = (struct socket){ .fd = fd, .place = place_of(fd) };
        return 0;
}

struct socket *sockets_passed(size_t *ret_n)
{
        int n = sd_listen_fds(1);
        struct socket *all = n > 0 ? mem_new0((size_t)n, sizeof(*all)) : NULL;

        *ret_n = 0;
        for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++) {
                char *place = sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0 ? place_of(fd) : NULL;

                if (!place) {
                        close(fd);
                        continue;
                }
                fcntl(fd, F_SETFL, O_NONBLOCK);
                all[(*ret_n)++] = (struct socket){ .fd = fd, .place = place };
        }
        return all;
}

void socket_done(struct socket *s)
{
        if (s->fd >= 0)
                close(s->fd);
        free(s->place);
        *s = (struct socket){ .fd = -1 };
}
