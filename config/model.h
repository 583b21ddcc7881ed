/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/model.h - the configuration as typed data. Built by the loader, immutable afterwards; a
 * reload builds another and the old one goes when its last user lets go.
 *
 * Nothing here may be written by anyone but config/; every string is owned by the struct config.
 */
#pragma once

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "common/cert/aia_reach.h"
#include "common/cert/policy.h"
#include "config/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_MAX_FILE_BYTES (256U << 20) /* 1,000,000 endpoints take about 60 MB */
#define CONFIG_MAX_INCLUDE_DEPTH 8
#define CONFIG_MAX_FILES 1000
#define CONFIG_MAX_ENDPOINTS 1000000 /* what one machine is built for */
#define CONFIG_MAX_GLOB_FILES 100000 /* that one pattern stands for */
#define CONFIG_MAX_RECEIVERS 1000    /* compared one by one */
#define CONFIG_MAX_ROUTES 1000       /* asked one by one */
#define CONFIG_MAX_SILENCES 1000     /* likewise */
#define CONFIG_MAX_LISTENS 16
#define CONFIG_MAX_LISTED 100        /* in a list of patterns */
#define CONFIG_MAX_FLAP_OPENS 20     /* the judge remembers not many more */
#define CONFIG_MAX_LABELS 32         /* of one endpoint, those of the defaults included */

struct arena;

struct config_label {
        char *key;
        char *value;
};

/* What most endpoints have in common: one object for all that say the same. */
struct config_settings {
        bool of_file; /* what concerns the network is the standard, whatever the defaults say */
        enum addr_family ip;
        int all_addresses;       /* of the name are looked at, not the first that answers */
        int64_t interval_s;
        int64_t retry_s;         /* to the next look after a network failure, at first */
        int64_t timeout_ms;      /* for the whole probe */
        int64_t step_timeout_ms; /* for each step of it */
        int64_t failures;        /* network failures in a row before they are a problem */
        char *ca_file;           /* trust anchors instead of the system's, or NULL */
        char *intermediates_file; /* may complete a path, gives no trust; or NULL */
        char *crl_file;          /* revocation lists, or NULL */
        char *alpn;      /* or NULL: see config_alpn() */
        char *proxy;     /* or NULL: see config_proxy() */
        char *proxy_auth_file; /* "user:password", or NULL */
        char *client_cert, *client_key, *client_passphrase_file; /* what we show, or NULL */
        int resolve_sans;        /* look the names of the certificate up? */
        enum aia_reach aia; /* where issuers that are not sent may be fetched */
        struct policy policy;
        struct config_label *labels; /* by key */
        size_t n_labels;
};

struct config_endpoint {
        char *id;            /* stable across restarts: the name if given, else the target */
        char *name;          /* what people see; the target's spelling unless given */
        struct target target;
        char *server_name;   /* SNI and the name to be found in the certificate; canonical */
        char *connect_to;    /* "host:port" to connect to instead of the target's, or NULL */
        char *starttls;      /* what comes before TLS; NULL = what the scheme says */
        const struct config_settings *set;
        const char *file; /* where it was configured, for messages */
        int line, column;
};

/* Both side by side, as a file says them: the rows of SCHEMA_ENDPOINT are offsets in this. */
struct config_endpoint_flat {
        struct config_settings set; /* first: so those of SCHEMA_SETTINGS are offsets in it */
        struct config_endpoint own;
};

/* A file: endpoint whose path is a pattern, and what it stood for when the file was loaded. */
struct config_glob {
        struct config_endpoint as; /* .target.path is the pattern; .id is .name if it has a name */
        char **paths;              /* that it matched, by name */
        size_t n_paths;
        size_t left_out;           /* that it matched, too */
        size_t first, n; /* the endpoints it has made: files with one of their own have no other */
};

/* Which problems: all that is given must fit; what is not given fits. */
struct config_match {
        struct config_label *labels; /* all of them; a value may be a pattern: "web-*" */
        size_t n_labels;
        char **names; /* patterns, one of which fits the endpoint's name, id or target */
        size_t n_names;
        char **codes; /* patterns, one of which fits the code: "leaf-exp*" */
        size_t n_codes;
        enum severity severity; /* this at the least; SEVERITY_OK = any */
};

/* When nobody wants to be told, unless it is as bad as that. */
struct config_quiet {
        int from_min, to_min; /* minutes of the day; equal = never quiet; may span midnight */
        unsigned days;        /* bit 0 = Sunday ...: those on which it begins; 0 = all */
        int utc;              /* and not local time */
        enum severity except; /* from this severity on it is told all the same; OK = nothing is */
};

struct config_route {
        struct config_match match;
        char **receivers; /* their names; may be none: told to nobody */
        size_t n_receivers;
        int goes_on;      /* the next routes are asked, too */
        int64_t repeat_s[SEVERITY_COUNT]; /* of reminders; 0 = never, -1 = as in alerts */
        struct config_quiet quiet;
        const char *file; /* where it was configured, for messages */
        int line;
};

struct config_silence {
        struct config_match match;
        int64_t start_s, end_s; /* wall clock; .start_s is -1 when nobody says */
        char *reason;
        const char *file;
        int line;
};

struct config_alerts {
        char **receivers; /* of what no route takes; none given: all of them */
        size_t n_receivers;
        int64_t repeat_s[SEVERITY_COUNT]; /* 0 = never */
        int64_t amend_s;   /* the longest that more endpoints of a known problem wait to be told */
        int64_t flap_opens, flap_within_s, flap_calm_s; /* see flap.h */
};

enum receiver_kind {
        RECEIVER_SYSLOG,
        RECEIVER_JOURNALD,
        RECEIVER_WEBHOOK,
        RECEIVER_ALERTMANAGER,
        RECEIVER_SLACK,
        RECEIVER_TEAMS,
        RECEIVER_DISCORD,
        RECEIVER_PAGERDUTY,
        RECEIVER_OPSGENIE,
        RECEIVER_NTFY,
        RECEIVER_TEMPLATE,
        RECEIVER_EXEC,
        RECEIVER_MAIL,
        RECEIVER_KIND_COUNT
};

struct config_receiver {
        char *name;
        enum receiver_kind kind;
        int64_t max_age_s; /* how long delivery of a message is tried */
        /* syslog, journald */
        char *socket;   /* path of the local socket */
        char *facility; /* syslog: "daemon", "local0" ... */
        /* mail, and syslog over a network */
        char *server;    /* "host:port"; of syslog NULL = the local socket */
        char *transport; /* "udp", "tcp" or "tls"; NULL without a server */
        char *client_cert, *client_key; /* what we show, or NULL */
        char *tls;       /* mail: "starttls", "tls" or "none" */
        char *user, *password_file; /* mail: both or neither */
        char *from, **to; /* mail */
        size_t n_to;
        /* webhook, and the services that are told by HTTP */
        char *url;
        char *url_file;    /* instead of .url: its first line */
        char *secret_file; /* webhook: "whsec_" and base64; NULL = unsigned */
        char *token_file;  /* services: what they know us by, or NULL */
        char *ca_file;     /* trust anchors for the receiver's own TLS, or NULL */
        int64_t timeout_ms;
        char **command;    /* exec: the program and its arguments */
        size_t n_command;
        int64_t resend_s;  /* alertmanager: how often it hears of what is open */
        char *body;        /* template: see template.h */
};

/* Whom to tell that we are well; somebody raises the alarm when that stays out. */
struct config_heartbeat {
        char *url, *url_file; /* none of them: nobody is told */
        char *ca_file;        /* trust anchors for its TLS, or NULL */
        int64_t period_s, timeout_ms;
};

/* The message of the day. */
struct config_summary {
        int at_min; /* of the day; -1 = there is none */
        int utc;    /* and not local time */
        char **receivers;
        size_t n_receivers;
};

/* Where pages, metrics and API are served. */
struct config_listen {
        char *address;   /* "127.0.0.1:9219", "[::1]:9219", or the absolute path of a unix socket */
        char *cert_file, *key_file; /* both: TLS; neither: none */
        char *token_file;    /* bearer tokens, one in a line; or NULL */
        char *password_file; /* "user:password", one in a line; or NULL. With both, either does */
        char **hosts;        /* names it may be asked by, besides addresses and localhost */
        size_t n_hosts;
        const char *file; /* where it was configured, for messages; NULL = it is the standard */
        int line;
};

/* What /metrics says of single endpoints. */
struct config_metrics {
        int64_t max_endpoints; /* at most so many, the most urgent ones; 0 = of none */
        char **labels;         /* keys of labels that become labels of notafter_endpoint_info */
        size_t n_labels;
};

/* What /probe looks at, besides the endpoints. */
struct config_probe {
        char **allow; /* patterns, one of which fits the target "host:port" */
        size_t n_allow;
        struct config_endpoint as; /* by the defaults; .id, .name and .target are made up */
};

struct config {
        struct config_endpoint *endpoints;
        size_t n_endpoints;
        struct config_glob *globs; /* in the order of their endpoints, which are the last ones */
        size_t n_globs;
        struct config_receiver *receivers;
        size_t n_receivers;
        struct config_alerts alerts;
        struct config_route *routes; /* in the order in which they are asked */
        size_t n_routes;
        struct config_silence *silences;
        size_t n_silences;
        struct config_heartbeat heartbeat;
        struct config_summary summary;
        struct config_listen *listens; /* `listen: []` is nowhere */
        size_t n_listens;
        struct config_metrics metrics;
        struct config_probe probe;
        char *state;         /* directory of the database */
        char *socket;        /* path of the control socket that `notafter status` asks */
        int64_t workers;     /* 0 = one per processor */
        int64_t concurrency; /* probes in flight, in all */
        int64_t per_host;    /* probes in flight, per host */
        int64_t address_rate; /* probes begun in a second, per address */
        char **files;        /* all files read, the main one first */
        size_t n_files;
        struct arena *arena; /* holds every string and label above */
        int refs;
};

struct config *config_ref(struct config *c);
void config_unref(struct config *c); /* main thread only; NULL is fine */
CLEANUP_DEFINE(struct config, config_unref)

/* What is in effect, from the settings and the scheme of the target; NULL = none. */
const char *config_starttls(const struct config_endpoint *e);
const char *config_alpn(const struct config_endpoint *e);
const char *config_proxy(const struct config_settings *s); /* "http://host:port" */

/* Is every value of the two equal? (Where they were written does not count.) */
int config_endpoint_equal(const struct config_endpoint *a, const struct config_endpoint *b);
int config_receiver_equal(const struct config_receiver *a, const struct config_receiver *b);

/* Of all its values; so short that no password can be told from it. Other versions differ. */
uint32_t config_receiver_hash(const struct config_receiver *r);

/* Does it group by itself, so that it is told of every problem for itself? */
bool config_receiver_groups(const struct config_receiver *r);

/* Is that its name, or its target in any spelling? @t is @text as a target, if it is one. */
bool config_endpoint_is_meant(const struct config_endpoint *e, const char *text,
                              const struct target *t);

/* The name of an endpoint that @text was meant to be; borrowed, or NULL. */
const char *config_nearest_name(const struct config *c, const char *text);

/* Does it stand for other files now? It asks the disk; of a configuration, any thread may ask. */
bool config_glob_changed(const struct config_glob *g);

/* What the operator should know of it: that there is no such file; malloc'ed, or NULL. */
char *config_glob_warning(const struct config_glob *g);
