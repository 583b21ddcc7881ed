/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/metrics/metrics_table.h - every metric there is, with its labels in the comment.
 *
 * Names are stable for ever. Those of single endpoints have the label "target": the endpoint's id,
 * which /probe?target= takes as well; those that begin with probe_ and ssl_ are the names of
 * blackbox_exporter and of ssl_exporter, and mean the same.
 */
#pragma once

#include "daemon/metrics/metrics.h"

enum metric_id {
        /* the daemon */
        METRIC_BUILD,             /* version, openssl */
        METRIC_PROCESS_START,
        METRIC_PROCESS_CPU,
        METRIC_PROCESS_RESIDENT,
        METRIC_CONFIG_LOADED,
        METRIC_CONFIG_OK,
        METRIC_CLOCK,
        /* looking */
        METRIC_ENDPOINTS,         /* state */
        METRIC_ENDPOINTS_LEFT_OUT,
        METRIC_PROBLEMS,          /* code, severity */
        METRIC_LOOKS,
        METRIC_LOCAL_FAILURES,
        METRIC_RUNNING,
        METRIC_RUNNING_LIMIT,
        METRIC_WAITING,
        METRIC_LAG,
        METRIC_DELAY,             /* percentile */
        METRIC_WORKERS,
        METRIC_CACHE_HITS,        /* cache */
        METRIC_CACHE_MISSES,      /* cache */
        METRIC_CACHE_ENTRIES,     /* cache */
        /* telling */
        METRIC_MESSAGES_WAITING,  /* receiver */
        METRIC_MESSAGES_DEAD,     /* receiver */
        METRIC_MESSAGES_OLDEST,   /* receiver */
        METRIC_MESSAGES_PUSHED_OUT,
        METRIC_RECEIVER_DISABLED, /* receiver */
        METRIC_RECEIVER_RESTING,  /* receiver */
        METRIC_DELIVERIES,        /* receiver, result */
        METRIC_SILENCES,
        METRIC_HEARTBEAT,
        /* keeping */
        METRIC_STORE_FAILING,
        METRIC_STORE_BYTES,
        METRIC_UNSAVED,
        /* single endpoints: target, and ... */
        METRIC_ENDPOINT,          /* name, address, label_KEY for each of metrics.labels */
        METRIC_SEVERITY,
        METRIC_PROBLEM_OPENED,    /* code, severity */
        METRIC_PROBLEM_SILENCED,  /* code */
        METRIC_INTERVAL,
        METRIC_LAST_LOOK,
        METRIC_LAST_SUCCESS,
        METRIC_FAILURES,
        METRIC_EXPIRES,
        METRIC_WARNING,
        METRIC_CRITICAL,
        METRIC_STEP,              /* step */
        METRIC_SERVED,
        METRIC_PROBE_SUCCESS,
        METRIC_PROBE_DURATION,
        METRIC_PROBE_DNS,
        METRIC_PROBE_IP_PROTOCOL,
        METRIC_PROBE_EARLIEST,
        METRIC_PROBE_LAST_CHAIN_EXPIRY,
        METRIC_PROBE_LAST_CHAIN,  /* fingerprint_sha256, subject */
        METRIC_PROBE_TLS_VERSION, /* version */
        METRIC_PROBE_TLS_CIPHER,  /* cipher */
        METRIC_SSL_SUCCESS,
        METRIC_SSL_NOT_AFTER,     /* fingerprint_sha256 */
        METRIC_SSL_NOT_BEFORE,    /* fingerprint_sha256 */
        METRIC_SSL_TLS_VERSION,   /* version */
        METRIC_SSL_KEY_EXCHANGE,  /* key_exchange, post_quantum */
        METRIC_SSL_STAPLED,
        /* answers of /probe only, where none has a target, and those of certificates have more
           labels: see cert_labels.h */
        METRIC_PROBE_IP_HASH,
        METRIC_PROBE_HTTP_SSL,
        METRIC_PROBE_HTTP_DURATION, /* phase */
        METRIC_SSL_PROBER,          /* prober */
        METRIC_SSL_FILE_NOT_AFTER,  /* file */
        METRIC_SSL_FILE_NOT_BEFORE, /* file */
        METRIC_SSL_VERIFIED_NOT_AFTER,  /* chain_no */
        METRIC_SSL_VERIFIED_NOT_BEFORE, /* chain_no */
        METRIC_SSL_STAPLE_STATUS,
        METRIC_SSL_STAPLE_THIS_UPDATE,
        METRIC_SSL_STAPLE_NEXT_UPDATE,
        METRIC_SSL_STAPLE_REVOKED_AT,
        METRIC_COUNT
};

extern const struct metric METRICS[METRIC_COUNT];
