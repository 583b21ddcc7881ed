/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/examine.h - look, then judge: a probe and the validator, the work of one thread. The
 * daemon's workers and `notafter check` both run this and nothing else.
 */
#pragma once

#include "common/base/clock.h"
#include "common/cert/policy.h"
#include "common/cert/trust.h"
#include "common/cert/validate.h"
#include "daemon/probe/probe.h"
#include "daemon/probe/san_check.h"

struct examiner;
struct examination;

struct exam_request {
        struct probe_request probe;
        const char *reference;       /* name to find in the certificate (canonical); NULL = none */
        struct trust *anchors;
        struct path_pools pools;
        const struct crls *crls;     /* what is revoked; NULL = nobody asks */
        const char *fetching;        /* what came of caIssuers URLs; NULL = nobody has asked */
        const struct policy *policy; /* all borrowed until the callback */
        bool resolve_sans;           /* look up the names of the certificate too */
        bool all_addresses;          /* ask every address of the host, not the first that answers;
                                        not through a proxy, which chooses by itself */
        const char *file;            /* judge this file; .probe is not used. NULL = probe */
};

struct exam_report {
        struct probe_result probe; /* owns .chain and .staple */
        struct verdict verdict;    /* with a failed probe as a finding, unless ignored by policy */
        int64_t at_s;              /* wall clock of the judgement */
        enum clock_sync clock;     /* of that clock; UNKNOWN, too, when another time was given */
        int64_t started_ms;        /* clock_boot_ms(), when a worker began with it */
        struct san_names sans;     /* with .resolve_sans: which names resolve */
        /* With .all_addresses: what each has shown. .probe, with the path in .verdict, is borrowed
           from the worst of them then, and .verdict is of all together. */
        struct exam_report *each;
        size_t n_each;
        size_t n_addresses; /* of the host; more than .n_each: the others were left out */
        int file_error;       /* why the file could not be read, -errno; 0 = it could */
        int64_t file_mtime_s; /* of a file: when it was last written */
};

void exam_report_done(struct exam_report *r);

/* The one of .each that showed .verdict.leaf, which speaks for the endpoint; or @r itself. */
const struct exam_report *exam_speaker(const struct exam_report *r);

/*
 * Runs once, from the loop, never inside exam_start(). The callee owns @report (exam_report_free).
 */
typedef void exam_done_fn(struct exam_report *report, void *arg);
void exam_report_free(struct exam_report *r); /* of the heap; NULL is fine */

/* One per thread and loop: resolver and TLS client. @dns_servers as for the resolver, or NULL. */
int examiner_new(struct examiner **ret, struct event_base *base, const char *dns_servers);
void examiner_free(struct examiner *e); /* cancels all its examinations; NULL is fine */

/* What it keeps, so as not to do it again. */
enum exam_cache { EXAM_CERTIFICATES, EXAM_VERDICTS, EXAM_CACHE_COUNT };

struct exam_cache_stats {
        uint64_t hits, misses; /* since the start */
        uint64_t entries;
};

struct exam_cache_stats examiner_cache(const struct examiner *e, enum exam_cache cache);

/*
 * What @req points to is borrowed until the callback. Never fails: what keeps us from looking is a
 * report with PROBE_LOCAL.
 */
void exam_start(struct examiner *e, const struct exam_request *req, exam_done_fn *on_done,
                void *arg);

/*
 * Judges again what @report has seen, as of @at_s, when @req has got other pools, or another time
 * matters: the network's findings stay. @req as it was for exam_start(); of a file, .probe is zero.
 */
void exam_judge(const struct exam_request *req, struct exam_report *report, int64_t at_s);

/* Looks up the names in @report, of a file, as @req wants; @report comes back by the callback. */
void exam_resolve_sans(struct examiner *e, const struct exam_request *req,
                       struct exam_report *report, exam_done_fn *on_done, void *arg);
