/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/fleet.h - all endpoints of one configuration, with what their probes need and what
 * is believed of them. A reload builds a new fleet and moves the states over; the old one goes when
 * its last probe is back.
 */
#pragma once

#include "common/base/addr.h"
#include "daemon/judge/state.h"
#include "daemon/monitor/ways.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/looks.h"
#include "daemon/probe/examine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aims;
struct arena;
struct config;
struct config_endpoint;
struct pace;
struct roster;
struct schedule;
struct sighting;
struct trust;

struct member {
        struct fleet *fleet;
        const struct config_endpoint *cfg;
        struct endpoint_state state;
        struct trust *anchors, *extra; /* borrowed from the fleet, as is .crls */
        struct crls *crls;             /* or NULL */
        const struct proxy *proxy;     /* or NULL; the fleet's, as is ... */
        const struct identity *identity;
        const char *connect_host;      /* when it differs from the target's */
        uint16_t connect_port;
        uint32_t seed;
        uint32_t host;        /* its number in the fleet */
        uint64_t address_key; /* of the address last seen (pace.h); 0 = not known */
        int64_t beat_ms;
        int64_t due_ms;       /* on the beat, or a retry before it */
        bool slow;        /* it keeps silent, or was never seen: it has its lane */
        bool waiting;     /* due, and held up: by the limiter, or ... */
        bool has_turn;    /* ... until its turn at its address, for which it is scheduled */
        bool failing;     /* counted as such at its host */
        bool in_flight;   /* a worker looks at it, or ... */
        bool resolving;   /* ... only for its address, or ... */
        bool chasing;     /* ... its issuer is being fetched: the limiter counts it no longer */
        const struct member *awaiting; /* of an older fleet: whose result will be ours */
        bool blind;       /* the last time, we could not look, or could not keep what we saw */
        bool announced;   /* the log has told of news that could not be kept */
        bool listed;      /* among the fleet's .unsaved */
        bool unsaved; /* the store has an older state ... */
        struct sighting *sighting; /* ... and does not know of this certificate; or NULL */
        struct looks looks;
        bool known;   /* the state was not made up: it came from the store or an older fleet */
        bool wanted;  /* somebody waits for the next look at it (asks.h) */
        bool guest;   /* it is no endpoint, and none of the fleet's .members: likewise */
};

struct trust_file {
        const char *path; /* NULL = the system's */
        struct trust *trust;
};

struct crl_file {
        const char *path;
        struct crls *crls;
};

struct fleet {
        struct config *config;   /* a reference */
        struct arena *arena;     /* of the members' strings */
        struct member *members;  /* in the order of the ids */
        size_t n;
        struct trust_file *trust_files;
        size_t n_trust_files;
        struct crl_file *crl_files;
        size_t n_crl_files;
        struct ways ways; /* of its members */
        struct aims *aims;   /* likewise */
        struct member guest; /* as one would be that is no endpoint; .cfg NULL: nobody may ask */
        struct schedule *schedule;
        struct schedule *held_up, *looked_at; /* kept by health_note() */
        int64_t concurrency;     /* as configured, or less: then .warning says why */
        char *warning;           /* or NULL */
        struct limiter *limiter;
        struct pace *pace;
        uint32_t *failing;       /* endpoints that fail, by host */
        struct roster *roster;   /* of the members as they are now; NULL before roster_begin() */
        struct member **unsaved; /* all that are, and some that are no longer (saving.h) */
        size_t n_unsaved, unsaved_size;
        size_t in_flight;
        bool retired; /* a later fleet has taken over; results go to its members */
        struct fleet *next_retired;
};

/* How many threads probe for @config. */
size_t fleet_workers(const struct config *config);

/*
 * Builds one; files of certificates and of revocation lists are read here. 0; or -EINVAL with
 * *ret_error (malloc'ed): every file that cannot be used, a line each, with the place in the
 * configuration. Nothing is scheduled yet.
 */
int fleet_new(struct fleet **ret, struct config *config, char **ret_error);
void fleet_free(struct fleet *f); /* NULL is fine */

/* Would the two ask the same and judge by the same: settings, certificates and lists? */
bool fleet_same_member(const struct member *a, const struct member *b);

/* Where the limiter shall put @m. */
enum lane member_lane(const struct member *m);

/* By endpoint id, or NULL. */
struct member *fleet_find(const struct fleet *f, const char *id);

/* What to ask a worker for @m; everything in it is borrowed from the fleet. */
void fleet_request(const struct member *m, struct exam_request *ret);
