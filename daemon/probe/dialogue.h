/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/dialogue.h - what is said in the clear before TLS begins: to a server that turns to
 * TLS when asked (STARTTLS), or to a proxy that shall open the way. Pure: bytes in, bytes out; the
 * probe moves them. Everything the peer says is bounded, in bytes, in lines and in turns.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIALOGUE_MAX_BYTES 65536 /* that the peer may say in all; above that it is refused */

struct dialect;
struct dialogue;

enum dialogue_progress {
        DIALOGUE_ON,      /* send what there is to be sent, then read more */
        DIALOGUE_READY,   /* the go-ahead: what is yet to be sent goes first (MySQL), then TLS */
        DIALOGUE_REFUSED, /* the peer said no: dialogue_words() */
        DIALOGUE_BROKEN,  /* it does not speak the protocol, or too much: dialogue_words() */
};

/* What a dialect may want to know; the strings outlive the dialogue. */
struct dialogue_terms {
        const char *server_name; /* whom we look for: XMPP names it; may be NULL */
        const char *host;        /* where a proxy shall connect to */
        uint16_t port;
        const char *user, *password; /* for a proxy; NULL = none */
};

/* "smtp", "xmpp-server" ... (starttls.c); NULL when there is none of that name. */
const struct dialect *starttls_dialect(const char *name);

/*
 * What to say in TLS before hanging up, so that the server does not hold the probe against us:
 * *@ret_n bytes, static. NULL = nothing.
 */
const void *dialect_farewell(const struct dialect *dialect, size_t *ret_n);

/* Starts: there may be something to send at once. The caller frees it. */
struct dialogue *dialogue_new(const struct dialect *dialect, const struct dialogue_terms *terms);
void dialogue_free(struct dialogue *d); /* NULL is fine */

/*
 * Takes in what the peer sent. *@ret_used is how many of the @n bytes belong to this dialogue: all,
 * unless it came to an end before them. After DIALOGUE_READY what is left is the next speaker's;
 * before TLS there is none, so it is an injection (CVE-2011-0411 and its kin) and the probe refuses
 * it. Where the bytes are cut makes no difference.
 */
enum dialogue_progress dialogue_hear(struct dialogue *d, const void *bytes, size_t n,
                                     size_t *ret_used);

/* What is to be sent now, *@ret_n bytes of it, and how much of it has been. */
const void *dialogue_to_send(const struct dialogue *d, size_t *ret_n);
void dialogue_sent(struct dialogue *d, size_t n);

/*
 * A phrase, printable, without an end mark: the peer's own words, escaped and cut, "peer refused:
 * 454 4.7.0 ..."; while DIALOGUE_ON, what it owes us, for when it falls silent or closes: "no SMTP
 * greeting", "no answer to STARTTLS". Borrowed until the next call.
 */
const char *dialogue_words(const struct dialogue *d);
