/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/loop/mailer.h - one mail to an SMTP server, with libcurl, on a thread of its own: curl
 * waits for the answer to QUIT, and would have the loop wait with it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct mailing;

enum mail_tls {
        MAIL_STARTTLS, /* a server that does not offer it gets nothing */
        MAIL_TLS,      /* from the first byte on */
        MAIL_PLAIN
};

struct mail_options {
        const char *server; /* "host:port" */
        enum mail_tls tls;
        const char *ca_file;         /* NULL = the system's */
        const char *user, *password; /* NULL = none */
        const char *from;
        char *const *to;
        size_t n_to;
        const char *text; /* the whole mail, lines end in CRLF */
        int64_t timeout_ms;
};

struct mail_answer {
        bool taken;        /* by the server, for one of the recipients at least */
        bool for_good;     /* not taken, and never will be: this mail is not wanted */
        const char *error; /* for people, printable, without the password; NULL when taken */
        const char *left_out; /* taken, but not for this recipient: the server's words; or NULL */
};

/* Runs once, from the loop, never inside mail_send(). @answer is borrowed. */
typedef void mail_done_fn(const struct mail_answer *answer, void *arg);

/* Everything in @options is copied. 0, or -errno when it could not be started. */
int mail_send(struct mailing **ret, struct event_base *base, const struct mail_options *options,
              mail_done_fn *on_done, void *arg);

/* The callback will not run; the connection is cut. NULL is fine. */
void mail_cancel(struct mailing *m);
