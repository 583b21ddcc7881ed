/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/probe.h - one TLS probe: from a name to the peer's certificate chain.
 *
 * The way is a table of named re-entrant steps (resolve, connect, proxy, starttls, handshake,
 * collect) with one driver. The handshake never fails because of a certificate: facts first,
 * judgement later.
 */
#pragma once

#include "common/base/addr.h"

#include <stdint.h>

struct chain;
struct event_base;
struct identity;
struct probe;
struct proxy;
struct resolver;
struct tls_client;

enum probe_outcome {
        PROBE_OK,
        PROBE_DNS_FAILED,
        PROBE_DNS_TIMEOUT,
        PROBE_CONNECT_REFUSED,
        PROBE_CONNECT_FAILED, /* unreachable, reset ...: the system's words are in .detail */
        PROBE_CONNECT_TIMEOUT,
        PROBE_PROXY_FAILED, /* it refused, or nobody is there: in its own words */
        PROBE_PROXY_TIMEOUT,
        PROBE_STARTTLS_FAILED, /* not offered, refused, or against the protocol */
        PROBE_STARTTLS_INJECTED, /* bytes in the clear after the go-ahead */
        PROBE_STARTTLS_TIMEOUT,
        PROBE_HANDSHAKE_FAILED,
        PROBE_HANDSHAKE_TIMEOUT,
        PROBE_LOCAL, /* we could not look: no descriptor, no memory. Says nothing of the peer */
        PROBE_OUTCOME_COUNT
};

enum probe_step {
        PROBE_RESOLVE,
        PROBE_CONNECT,
        PROBE_PROXY,
        PROBE_STARTTLS,
        PROBE_HANDSHAKE,
        PROBE_COLLECT,
        PROBE_STEP_COUNT
};

struct probe_request {
        const char *host; /* canonical name or IP literal to connect to */
        uint16_t port;
        const char *server_name; /* SNI; NULL or an IP literal = none is sent (RFC 6066) */
        enum addr_family family;
        struct addr address;     /* connect there, and resolve nothing; .len 0 = resolve .host */
        bool only_resolve;       /* end after the first step: what is wanted is .addresses */
        const char *starttls;    /* the dialect before TLS (dialogue.h); NULL = TLS at once */
        const char *alpn;        /* protocols to offer: "h2,http/1.1"; NULL = none */
        const struct proxy *proxy;       /* the way there; borrowed; NULL = straight */
        const struct identity *identity; /* what we show if asked; borrowed; NULL = nothing */
        int64_t timeout_ms;      /* in all */
        int64_t step_timeout_ms; /* for each step */
};

#define PROBE_DETAIL_MAX 256
#define PROBE_ALPN_MAX 32

struct probe_result {
        enum probe_outcome outcome;
        enum probe_step step;          /* where it ended */
        char detail[PROBE_DETAIL_MAX]; /* printable: the peer's or the system's own words */
        bool stood_still; /* PROBE_LOCAL, because this process was stopped, or its host slept */
        struct addr address;           /* the one used or last tried; of a proxy, if there is one */
        const struct addr *addresses;  /* of it too, in the order to try; borrowed for the call */
        size_t n_addresses;
        struct chain *chain;           /* as served, leaf as sent first; NULL when none came. Kept
                                          even when the handshake failed after the certificate */
        uint8_t *staple;               /* the OCSP response that came with it, or NULL */
        size_t staple_len;             /* at most STAPLE_MAX_BYTES + 1: then it was longer */
        const char *protocol;          /* "TLSv1.3"; static; NULL = no handshake was completed */
        const char *cipher;            /* static */
        const char *weakness;          /* of it: static, "does not encrypt"; NULL = none */
        const char *group;             /* key exchange: "x25519"; static, NULL = unknown */
        bool post_quantum;             /* that group resists a quantum computer */
        char alpn[PROBE_ALPN_MAX];     /* the protocol agreed on, printable; "" = none */
        int64_t step_us[PROBE_STEP_COUNT]; /* time spent in each step, 0 = not reached */
        int64_t total_us;
};

/*
 * Runs exactly once per started probe, from the loop, never inside probe_start(). @result is
 * borrowed for the call; the callback may take .chain and .staple (set them to NULL) and may free
 * the probe.
 */
typedef void probe_done_fn(struct probe *p, struct probe_result *result, void *arg);

/*
 * Starts; never fails, never NULL. @req's strings are copied; @base, @resolver and @tls outlive
 * it. A peer that refuses, stalls or lies is a result, and so is our own want of descriptors or
 * memory.
 */
struct probe *probe_start(struct event_base *base, struct resolver *resolver,
                          struct tls_client *tls, const struct probe_request *req,
                          probe_done_fn *on_done, void *arg);

/* Cancels and frees; the callback will not run. NULL is fine. */
void probe_free(struct probe *p);

const char *probe_outcome_str(enum probe_outcome o); /* "connect-refused" */
const char *probe_step_str(enum probe_step s);       /* "connect" */
