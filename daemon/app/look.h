/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/look.h - looking once at servers and files: what `check` and `chain` share. What is
 * asked for is in look_asked.c and look_way.c, the looking itself in look.c.
 */
#pragma once

#include "common/cert/aia_reach.h"
#include "common/cert/policy.h"
#include "config/model.h"
#include "config/target.h"
#include "daemon/app/args.h"
#include "daemon/monitor/ways.h"
#include "daemon/probe/examine.h"

struct aia;
struct config;
struct config_endpoint;
struct event_base;
struct http_client;

/* The values of a command begin with this; its .shared is LOOK_OPTIONS. */
struct look_options {
        const char *file, *hostname, *at, *ca_file, *crl_file, *intermediates, *aia, *timeout,
                *config, *key, *passphrase_file, *starttls, *alpn, *connect_to, *proxy,
                *proxy_auth_file, *client_cert, *client_key, *client_passphrase_file;
        bool ipv4, ipv6;
        /* in the tables of those commands that want them */
        const char *warning, *critical;
        bool resolve_sans, all_addresses;
        bool may_expire_soon; /* no critical threshold unless one is asked for */
};

extern const struct arg_option LOOK_OPTIONS[];

/* One target, and what came of it. */
struct look_item {
        struct look *look;
        char *text; /* as asked for, printable */
        struct target target;
        const struct config_endpoint *endpoint; /* whose settings hold, or NULL */
        char *server_name;                      /* to ask for, and to find; NULL of a bare file */
        char *connect_host;                     /* instead of the target, or NULL */
        uint16_t connect_port;
        const char *starttls, *alpn;     /* borrowed, or NULL, as are the next two */
        const struct proxy *proxy;
        const struct identity *identity;
        struct trust *anchors, *extra; /* borrowed from the look, as is .crls */
        struct crls *crls;             /* or NULL */
        enum aia_reach aia; /* where missing issuers may be fetched */
        struct policy policy;
        struct exam_request request;
        struct exam_report *report;
};

/* Anchors or intermediates of one file, read once. */
struct look_set {
        const char *path; /* NULL = the system's */
        struct trust *trust;
};

/* Revocation lists of one file, read once. */
struct look_lists {
        const char *path;
        struct crls *crls;
};

struct look {
        const struct command *command; /* who asks, for messages */
        const struct look_options *options;
        struct config *config;
        int64_t at_s; /* with .has_at: judge as of then */
        bool has_at;
        char *passphrase; /* of files, or NULL */
        int64_t timeout_ms;
        struct look_set *sets;
        size_t n_sets;
        struct look_lists *lists;
        size_t n_lists;
        struct arena *arena;               /* of the strings of ... */
        struct config_endpoint_flat asked; /* what the options say, as an endpoint would */
        struct ways ways;
        struct look_item *items; /* in the order in which they were asked for */
        size_t n_items, started, running;
        struct event_base *base;
        struct examiner *examiner;
        struct http_client *http;
        struct aia *aia;
};

/*
 * Reads what @options and the @n operands ask for: files of certificates, configuration, names.
 * EXIT_OK, or the exit status when something is wrong, which has been said. @command and @options
 * are borrowed until look_done().
 */
int look_ask(struct look *l, const struct command *command, const struct look_options *options,
             int n, char **targets);

/* Looks at all items, side by side; each has its report then. EXIT_OK, or as above. */
int look_all(struct look *l);

/* Of look_ask(): the options that lead to a server, and what they and @item's endpoint come to. */
int look_way_parse(struct look *l);
int look_way_set(struct look *l, struct look_item *item);

/* What people call it: "-" is standard input. Borrowed. */
const char *look_name(const struct look_item *item);

void look_done(struct look *l); /* a zeroed one is fine */
