/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/dialogue_internal.h - how a dialect is written; only dialects include it.
 *
 * The engine (dialogue.c) takes the peer's bytes one by one, puts messages together, keeps every
 * bound and keeps the words. A dialect says where a message ends, and what to say to it.
 */
#pragma once

#include "common/base/buf.h"
#include "daemon/probe/dialogue.h"

#include <stdbool.h>
#include <stdint.h>

#define DIALOGUE_LINE_MAX 4096 /* IMAP's capabilities are the longest, about 1000 */

enum frame {
        FRAME_PART,  /* there is more to come */
        FRAME_WHOLE, /* d->in is a message */
        FRAME_ALIEN, /* d->in is none and never will be: another protocol */
};

struct dialect {
        const char *name;     /* "smtp" */
        const char *protocol; /* for people: "SMTP" */
        const char *implicit; /* the scheme that is TLS from the first byte: "smtps"; or NULL */
        size_t max_message;   /* bytes; a longer one is refused */

        void (*begin)(struct dialogue *d); /* asks first, or awaits the greeting */
        /* Asked after every byte; may take from the end of d->in what is no part of the message. */
        enum frame (*frame)(struct dialogue *d);
        void (*hear)(struct dialogue *d); /* d->in is one whole message, a NUL behind it */
        void (*end)(struct dialogue *d);  /* frees d->own; NULL = there is nothing */

        const void *farewell; /* dialect_farewell() */
        size_t n_farewell;

        const struct turn *turns; /* of the line dialects in starttls.c, and their reading */
        enum heard (*grade)(struct dialogue *d, const struct turn *turn, const char *line);
};

extern const struct dialect DIALECT_LDAP, DIALECT_XMPP, DIALECT_XMPP_SERVER, DIALECT_POSTGRES,
        DIALECT_MYSQL;

struct dialogue {
        const struct dialect *dialect;
        struct dialogue_terms terms;
        enum dialogue_progress progress;
        struct buf in;     /* the message that is being heard */
        struct buf out;    /* what we say */
        size_t sent;       /* of it */
        size_t asked;      /* of it: up to here there are questions, not mere courtesies */
        size_t heard;      /* bytes in all */
        size_t n_messages; /* whole ones */
        bool is_early;     /* the message began before the question had been sent */
        const char *owed;  /* the question without an answer; NULL = the greeting */
        struct buf words;

        /* the dialect's own */
        unsigned turn;
        size_t literal;   /* bytes yet to come that end no line */
        bool is_inside;   /* a reply of several lines */
        struct buf reply; /* that, for the words of a refusal, so that it may be cut */
        bool is_offered;  /* what we shall ask for */
        void *own;
};

/* ---- where a message ends ------------------------------------------------------------------- */

/* At the end of the line, which is taken off (LF, CR LF). A NUL is in no line. */
enum frame frame_line(struct dialogue *d);

/* ---- what a dialect does -------------------------------------------------------------------- */

/* Asks; @for_people names it should no answer come: "no answer to STARTTLS". Must be static. */
void dialogue_ask(struct dialogue *d, const void *bytes, size_t n, const char *for_people);

/* Says what needs no answer. */
void dialogue_say(struct dialogue *d, const void *bytes, size_t n);

/* Waits for the peer's greeting. */
void dialogue_await_greeting(struct dialogue *d);

/*
 * Whether the message can be an answer. If it began before the question had been sent it is none:
 * somebody slipped it in, and the dialogue is broken. To be asked before any answer that leads on
 * is believed; dialogue_ready() asks by itself.
 */
bool dialogue_in_turn(struct dialogue *d);

/* ---- ends: hear() returns after one of these ------------------------------------------------ */

void dialogue_ready(struct dialogue *d);

/* "peer refused: WORDS", escaped here. */
void dialogue_refused(struct dialogue *d, const void *words, size_t n);

/* REFUSED or BROKEN in a phrase of our own; what is the peer's in it must be printable. */
void dialogue_end(struct dialogue *d, enum dialogue_progress progress, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* BROKEN: 'not SMTP: peer sent "HTTP/1.1 400 Bad Request"'. */
void dialogue_alien(struct dialogue *d);
