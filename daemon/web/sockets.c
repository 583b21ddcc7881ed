/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in sockets.h. */
#include "daemon/web/sockets.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
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

static int listen_tcp(const char *address, char **ret_place)
{
        const char *colon = strrchr(address, ':');
        bool v6 = *address == '[';
        AUTO_FREE char *host = mem_copy(address + v6, (size_t)(colon - address) - 2 * v6);
        char place[ADDR_STR_MAX];
        struct addr addr;

        if (!addr_parse_ip(host, (uint16_t)atoi(colon + 1), &addr))
                return -EINVAL;
        int fd = listen_at(&addr.sa, addr.len);

        if (fd < 0)
                return fd;
        addr.len = sizeof(addr.in6);
        getsockname(fd, &addr.sa, &addr.len);
        *ret_place = mem_strdup(addr_str(&addr, place));
        return fd;
}

int socket_listen(const char *address, char **ret_url)
{
        AUTO_FREE char *place = NULL;

        if (*address == '/') {
                int fd = listen_unix(address);

                if (fd >= 0)
                        *ret_url = mem_printf("unix:%s", address);
                return fd;
        }
        int fd = listen_tcp(address, &place);

        if (fd >= 0)
                *ret_url = mem_printf("http://%s/", place);
        return fd;
}
