/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/judge/facts.h - how an endpoint was reached the last time that it showed a certificate:
 * what no judgement depends on, but people and graphs want to know. Plain, compact: there are as
 * many as endpoints.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum facts_time {
        FACTS_RESOLVE,
        FACTS_CONNECT,
        FACTS_PROXY,
        FACTS_STARTTLS,
        FACTS_HANDSHAKE,
        FACTS_TOTAL,
        FACTS_TIME_COUNT
};

/* Zeroed: nothing is known. */
struct facts {
        const char *protocol, *cipher, *group, *alpn; /* word_keep(); NULL = unknown or none */
        const char *staple;  /* "good", "revoked", "invalid"; NULL = nothing was stapled */
        int64_t served_id;   /* of the chain as served: another chain has another; 0 = unknown */
        int64_t leaf_not_before_s, leaf_not_after_s; /* both 0 = they cannot be read */
        int64_t served_not_after_s; /* of the certificate served that ends first; 0 = unknown */
        uint32_t us[FACTS_TIME_COUNT]; /* microseconds; 0 = no such step */
        uint8_t ip[16];      /* network order ... */
        uint8_t ip_len;      /* ... 4 or 16; 0 = unknown */
        uint8_t n_served;    /* certificates */
        bool post_quantum;   /* .group resists a quantum computer (a hybrid with ML-KEM) */
};
