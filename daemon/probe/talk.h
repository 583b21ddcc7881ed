/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/talk.h - a dialogue on a socket: what is said before TLS, to a server or a proxy.
 *
 * What the peer says is only looked at until the dialogue has said how much of it is its own: the
 * rest stays in the socket for whoever reads next.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct dialect;
struct dialogue;
struct dialogue_terms;

enum talk_progress {
        TALK_DONE,      /* the go-ahead was given, and all is sent */
        TALK_WANT_READ,
        TALK_WANT_WRITE,
        TALK_FAILED, /* refused, broken, closed or reset: talk_words() */
};

struct talk {
        struct dialogue *dialogue; /* NULL = there is none yet */
        bool is_ready;
        bool heard;     /* has the peer said anything at all? */
        int send_error; /* it hears us no more; what it had to say may still be read */
        char words[256];
};

/* As dialogue_new(); a zeroed one is fine to start from. */
void talk_start(struct talk *t, const struct dialect *dialect, const struct dialogue_terms *terms);
void talk_end(struct talk *t); /* frees; a zeroed one is fine */

/* Talks as far as it goes without waiting; @fd does not block. */
enum talk_progress talk_on(struct talk *t, int fd);

/* Printable: why it failed, or, while it goes on, what the peer owes: "no SMTP greeting". */
const char *talk_words(const struct talk *t);

/* How many bytes have come that nobody has read; 0 when there are none. */
size_t talk_unread(int fd);
