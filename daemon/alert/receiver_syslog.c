/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syslog: to a log server, or to the local socket. Servers get RFC 5424 with structured data.
 *
 * What is sent to the local socket depends on who listens. A syslog daemon gets RFC 5424 with
 * structured data; two of them must be told to expect it on a local socket:
 *
 *     rsyslog:    input(type="imuxsock" Socket="/run/notafter/log" UseSpecialParser="off")
 *                 (for its own /dev/log: module(load="imuxsock" SysSock.UseSpecialParser="off"))
 *     syslog-ng:  unix-dgram("/run/notafter/log" flags(syslog-protocol))
 *
 * journald, which owns /dev/log on systems with systemd, knows only the older local form and would
 * take the whole header for text: it gets that form, and the journald receiver keeps the fields.
 */
#include "daemon/alert/local_socket.h"
#include "daemon/alert/log_server.h"
#include "daemon/alert/receiver_kind.h"
#include "daemon/alert/syslog_line.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_SOCKET "/dev/log"
#define DEFAULT_FACILITY "daemon"
#define JOURNALD_SOCKET "/run/systemd/journal/dev-log"
#define HOSTNAME_SIZE 256

struct syslog {
        struct receiver receiver;
        struct local_socket socket;
        struct log_server *server; /* or NULL, and the socket it is */
        int facility;
        char hostname[HOSTNAME_SIZE];
};

static int syslog_open(struct receiver *r, char **ret_error)
{
        struct syslog *s = (struct syslog *)r;
        const char *facility = r->cfg->facility ? r->cfg->facility : DEFAULT_FACILITY;

        s->socket = LOCAL_SOCKET_INIT(r->cfg->socket ? r->cfg->socket : DEFAULT_SOCKET);
        if (r->cfg->server) {
                int e = log_server_new(&s->server, r->cfg, ret_error);

                if (e < 0)
                        return e;
        }
        s->facility = syslog_facility_parse(facility);
        if (s->facility < 0) {
                *ret_error = mem_printf("there is no syslog facility \"%s\"", facility);
                return s->facility;
        }
        if (gethostname(s->hostname, sizeof(s->hostname) - 1) < 0)
                s->hostname[0] = '\0';
        return 0;
}

static bool journald_listens(const char *path)
{
        AUTO_FREE char *real = realpath(path, NULL);

        return real && strcmp(real, JOURNALD_SOCKET) == 0;
}

static void on_server(const char *error, void *arg)
{
        struct receiver *r = arg;

        receiver_answer(r, error ? SEND_RETRY : SEND_OK, mem_strdup(error), 0);
}

static void syslog_send(struct receiver *r, const struct message *m, const char *payload)
{
        struct syslog *s = (struct syslog *)r;
        long pid = (long)getpid();
        AUTO_FREE char *line = !s->server && journald_listens(s->socket.path)
                                     ? syslog_line_local(m, s->facility, pid)
                                     : syslog_line(m, s->facility, s->hostname, pid);

        (void)payload;
        if (s->server)
                log_server_send(s->server, event_get_base(r->answer), line, on_server, r);
        else
                receiver_answer_local(r, local_socket_send(&s->socket, line, strlen(line)),
                                      s->socket.path);
}

static void syslog_close(struct receiver *r)
{
        struct syslog *s = (struct syslog *)r;

        local_socket_close(&s->socket);
        log_server_free(s->server);
}

const struct receiver_kind_ops RECEIVER_SYSLOG_OPS = {
        .size  = sizeof(struct syslog),
        .open  = syslog_open,
        .send  = syslog_send,
        .close = syslog_close,
};
