/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail. A server that takes it for some of the recipients has taken it: those who are refused are
 * named in the log when that begins, for sending it again would tell the others twice.
 */
#include "daemon/alert/mail_text.h"
#include "daemon/alert/receiver_kind.h"
#include "daemon/alert/secret_line.h"

#include "daemon/loop/mailer.h"

#include "common/base/cleanup.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

struct mail {
        struct receiver receiver;
        struct mailing *mailing; /* under way, or NULL */
        char *name, *server;     /* for people */
        char *password;          /* or NULL */
        char *left_out;          /* as it was last said, or NULL */
};

static int mail_open(struct receiver *r, char **ret_error)
{
        struct mail *m = (struct mail *)r;
        const char *file = r->cfg->password_file;

        m->name = mem_strdup(r->cfg->name);
        m->server = mem_strdup(r->cfg->server);
        return file ? secret_line_read(file, &m->password, ret_error) : 0;
}

static void say_left_out(struct mail *m, const char *left_out)
{
        if (left_out && !text_same(left_out, m->left_out))
                log_warning("receiver %s: %s takes mail, but not for everybody: %s", m->name,
                            m->server, left_out);
        free(m->left_out);
        m->left_out = mem_strdup(left_out);
}

static void on_mailed(const struct mail_answer *answer, void *arg)
{
        struct mail *m = arg;

        m->mailing = NULL;
        if (answer->taken)
                say_left_out(m, answer->left_out);
        receiver_answer(&m->receiver,
                        answer->taken      ? SEND_OK
                        : answer->for_good ? SEND_REJECTED
                                           : SEND_RETRY,
                        answer->taken ? NULL : mem_printf("%s: %s", m->server, answer->error), 0);
}

static enum mail_tls tls_of(const char *word)
{
        return strcmp(word, "tls") == 0 ? MAIL_TLS
             : strcmp(word, "none") == 0 ? MAIL_PLAIN : MAIL_STARTTLS;
}

static void mail_send_message(struct receiver *r, const struct message *message,
                              const char *payload)
{
        struct mail *m = (struct mail *)r;
        const struct config_receiver *cfg = r->cfg;
        AUTO_FREE char *text = mail_text(message, cfg->from, cfg->to, cfg->n_to);

        (void)payload;
        int e = mail_send(&m->mailing, event_get_base(r->answer),
                          &(struct mail_options){
                                  .server = cfg->server,
                                  .tls = tls_of(cfg->tls),
                                  .ca_file = cfg->ca_file,
                                  .user = cfg->user,
                                  .password = m->password,
                                  .from = cfg->from,
                                  .to = cfg->to,
                                  .n_to = cfg->n_to,
                                  .text = text,
                                  .timeout_ms = cfg->timeout_ms,
                          },
                          on_mailed, m);

        if (e < 0)
                receiver_answer(r, SEND_RETRY, mem_printf("%s: %s", m->server, strerror(-e)), 0);
}

static void mail_close(struct receiver *r)
{
        struct mail *m = (struct mail *)r;

        mail_cancel(m->mailing);
        secret_line_free(m->password);
        free(m->name);
        free(m->server);
        free(m->left_out);
}

const struct receiver_kind_ops RECEIVER_MAIL_OPS = {
        .size  = sizeof(struct mail),
        .open  = mail_open,
        .send  = mail_send_message,
        .close = mail_close,
};
