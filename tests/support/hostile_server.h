/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/support/hostile_server.h - a TLS server on the loopback that does one thing wrong on
 * purpose, or, as HOSTILE_NOTHING, everything right.
 */
#pragma once

#include "common/base/addr.h"
#include "common/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

struct hostile_server;
struct minted;

enum hostile_mode {
        HOSTILE_NOTHING,        /* a good server */
        HOSTILE_SILENT,         /* accepts, never reads, never writes */
        HOSTILE_CLOSE,          /* closes at once */
        HOSTILE_CLOSE_HELLO,    /* closes after the ClientHello */
        HOSTILE_RESET_HELLO,    /* resets after the ClientHello */
        HOSTILE_GARBAGE,        /* answers with noise */
        HOSTILE_HTTP,           /* answers with plain HTTP */
        HOSTILE_SMTP,           /* greets in clear text before anybody asked */
        HOSTILE_ALERT,          /* fatal alert 40, handshake_failure */
        HOSTILE_HALF,           /* ServerHello, Certificate, and then nothing */
        HOSTILE_HALF_CLOSE,     /* the same, and then closes */
        HOSTILE_DRIP,           /* the same, one byte every 50 ms */
        HOSTILE_OVERSIZE,       /* a Certificate message of more than 256 kB */
        HOSTILE_DAMAGED,        /* the second certificate of the message is not one */
        HOSTILE_DEAF,           /* tiny receive buffer, never reads */
        HOSTILE_CLIENT_CERT,    /* demands a certificate of the client, by .client_ca */
        HOSTILE_HELLO_REQUESTS, /* asks for a ClientHello again and again, without a breath */
        HOSTILE_MODE_COUNT
};

struct hostile_words {
        const char *bytes;
        size_t n;
};

#define HOSTILE_SAYS(literal) { literal, sizeof(literal) - 1 }

struct hostile_options {
        enum hostile_mode mode;
        bool ipv6;                         /* on ::1 instead of 127.0.0.1 */
        const char *ip;                    /* or on this one; NULL = as above */
        uint16_t port;                     /* 0 = of the system's choice */
        int protocol;                      /* TLS1_2_VERSION ...: only this; 0 = any from 1.0 on */
        const struct minted *const *chain; /* as served, the leaf with its key first; borrowed;
                                              NULL = a self-signed one for localhost */
        size_t n_chain;
        const struct hostile_words *preface; /* what it says in the clear first, entry by entry,
                                                each after it has heard something; ends with NULL.
                                                It speaks first unless the first is empty */
        const struct minted *client_ca; /* of clients that it takes; NULL = none */
        const char *alpn; /* the one protocol it speaks; NULL = it has not heard of ALPN */
};

/* Serves until it is stopped. Ends the process if it cannot. */
struct hostile_server *hostile_start(const struct hostile_options *options);
void hostile_stop(struct hostile_server *s); /* waits for all its threads; NULL is fine */
CLEANUP_DEFINE(struct hostile_server, hostile_stop)

const struct addr *hostile_addr(const struct hostile_server *s);
uint16_t hostile_port(const struct hostile_server *s);

const char *hostile_mode_str(enum hostile_mode mode); /* "close-after-hello" */
