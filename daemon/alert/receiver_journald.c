/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal, over its own protocol. sd_journal_sendv() would be less to read here, but it waits
 * without limit when journald hangs (tried with journald stopped: it never came back), reports a
 * missing journal as success, and cannot be pointed at another socket. The protocol is stable and,
 * for values without line breaks, is lines.
 */
#include "daemon/alert/journal_fields.h"
#include "daemon/alert/local_socket.h"
#include "daemon/alert/receiver_kind.h"

#include "common/base/cleanup.h"

#include <string.h>

#define DEFAULT_SOCKET "/run/systemd/journal/socket"

struct journald {
        struct receiver receiver;
        struct local_socket socket;
};

static int journald_open(struct receiver *r, char **ret_error)
{
        struct journald *j = (struct journald *)r;

        (void)ret_error;
        j->socket = LOCAL_SOCKET_INIT(r->cfg->socket ? r->cfg->socket : DEFAULT_SOCKET);
        return 0;
}

static void journald_send(struct receiver *r, const struct message *m, const char *payload)
{
        struct journald *j = (struct journald *)r;
        AUTO_FREE char *fields = journal_fields(m);

        (void)payload;
        receiver_answer_local(r, local_socket_send(&j->socket, fields, strlen(fields)),
                              j->socket.path);
}

static void journald_close(struct receiver *r)
{
        local_socket_close(&((struct journald *)r)->socket);
}

const struct receiver_kind_ops RECEIVER_JOURNALD_OPS = {
        .size  = sizeof(struct journald),
        .open  = journald_open,
        .send  = journald_send,
        .close = journald_close,
};
