/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/judge/state.h - what we believe about one endpoint between probes. Plain data; the store
 * keeps it, the judge changes it.
 */
#pragma once

#include "common/cert/finding.h"
#include "daemon/judge/facts.h"

#include <stdbool.h>
#include <stdint.h>

/* A problem is (endpoint, code); it is open while it is in the list. */
struct problem {
        enum finding_code code;
        enum severity severity;
        enum severity worst; /* that it was since it opened */
        enum finding_scope scope;
        int64_t since_s;  /* wall clock, when it opened */
        int64_t deadline_s; /* when what it warns of happens or happened, 0 = no date */
        char *message;    /* as last seen */
        char *remedy;
        char *evidence;    /* how we know, or NULL */
        char *fingerprint; /* of the certificate it speaks of, or NULL */
        char *missing_pem; /* the intermediates to append to the chain, or NULL */
        bool flapping;     /* it comes and goes: it is held open, and at its worst */
        enum severity seen; /* of a flapping one: as it really was the last time, OK = gone, */
        int64_t steady_s;   /* and since when it is so */
};

/* A problem opened, or got worse. */
struct opening {
        enum finding_code code;
        int64_t at_s; /* wall clock */
};

#define STATE_MAX_OPENINGS 200 /* of one endpoint; the youngest are kept */

struct endpoint_state {
        struct problem *problems; /* at most one per code, ordered by code */
        size_t n_problems;
        struct opening *openings; /* not long ago, see flap.h; in order of time */
        size_t n_openings;
        int64_t last_probe_s;    /* wall clock; 0 = never */
        int64_t last_success_s;  /* a probe that saw a certificate; 0 = never */
        int64_t failures;        /* network failures in a row */
        int64_t expires_s;       /* of the path last seen; 0 = unknown */
        bool trusted;            /* the path last seen ended in an anchor */
        char leaf_fingerprint[65]; /* last seen; "" = none */
        char *leaf_subject;        /* printable, or NULL */
        char *last_error;          /* why the last probe saw nothing, or NULL */
        struct facts facts;        /* of the last probe that saw a certificate */
};

void endpoint_state_done(struct endpoint_state *s); /* leaves an empty state */

/* A deep copy into an empty @to. */
void endpoint_state_copy(struct endpoint_state *to, const struct endpoint_state *from);

/* The worst severity of the open problems; SEVERITY_OK when there are none. */
enum severity endpoint_state_severity(const struct endpoint_state *s);

/* Was it never seen, or not at its last two looks? One failure is no reason to expect the next. */
bool endpoint_state_lost(const struct endpoint_state *s);

const struct problem *endpoint_state_find(const struct endpoint_state *s, enum finding_code code);

/* Adds or replaces (copies the strings of @p). For the store and the judge. */
void endpoint_state_put(struct endpoint_state *s, const struct problem *p);
void endpoint_state_remove(struct endpoint_state *s, enum finding_code code);
