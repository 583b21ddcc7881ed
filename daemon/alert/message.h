/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/message.h - what is told to a receiver, in words and as data: a change of a group of
 * problems with one cause, which mostly is one problem of one endpoint. Its JSON form is the body
 * of the webhook and the payload of the outbox; it is documented in notafter.yaml(5) and versioned
 * by "type".
 *
 *     {
 *       "type": "notafter.problem.opened",          or .worsened, .improved, .resolved, .amended,
 *                                                   .reminder; "notafter.certificate.replaced",
 *                                                   "notafter.test", "notafter.summary"
 *       "timestamp": "2026-11-23T09:00:00Z",        when it happened (RFC 3339)
 *       "data": {
 *         "id": "msg_0123...",                      the same for every attempt
 *         "endpoint": "www",                        identity in the configuration
 *         "name": "www",                            what people call it
 *         "target": "example.com:443",
 *         "transition": "opened",                   opened, worsened, improved, resolved; amended:
 *                                                   other endpoints; reminder: still open;
 *                                                   replaced: no problem, tells of a change;
 *                                                   test, summary
 *         "code": "leaf-expired",                   what is wrong, stable for ever; test, summary
 *         "severity": "critical",                   critical, warning, info, ok
 *         "previous_severity": "ok",
 *         "since": "2026-11-23T09:00:00Z",          when the problem opened
 *         "at": "2026-11-23T09:00:00Z",             the same as "timestamp"
 *         "deadline": "2026-11-23T09:00:00Z",       when the certificate ends, or begins; or null
 *         "flapping": false,                        it comes and goes: it is held open for now
 *         "summary": "...", "remedy": "...",        for people, one line each
 *         "evidence": "..." or null,                how we know, in one sentence
 *         "certificate_sha256": "00ff..." or null,
 *         "missing_pem": "-----BEGIN ..." or null,  intermediates to append to the chain file
 *         "labels": { "team": "web" },
 *         "group": "grp_0123..." or null,           the same from opened to resolved
 *         "counts": { "open": 500,                  endpoints: in all now,
 *                     "opened": 3,                  and since the last message
 *                     "resolved": 0 },
 *         "members": [ { "endpoint": "www",         when there are several: those above are the
 *                        "name": "www",             first one's; at most 50, fewer than that when
 *                        "target": "...",           they find no room
 *                        "transition": "opened",
 *                        "severity": "critical",
 *                        "since": "..." } ]
 *       }
 *     }
 *
 * New keys may come, these stay. Texts are printable UTF-8 whatever the endpoint sent: other bytes
 * are shown as \xNN; what is too long is cut and ends in an ellipsis.
 */
#pragma once

#include "daemon/judge/transition.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first ones as enum transition_kind, in its order. */
enum message_kind {
        MESSAGE_OPENED,
        MESSAGE_WORSENED,
        MESSAGE_IMPROVED,
        MESSAGE_RESOLVED,
        MESSAGE_REPLACED,
        MESSAGE_AMENDED,  /* of a group: more or fewer endpoints than were told */
        MESSAGE_REMINDER, /* nothing has changed, and it is still open */
        MESSAGE_TEST,
        MESSAGE_SUMMARY,  /* of the day */
        MESSAGE_KIND_COUNT
};

#define MESSAGE_ID_SIZE 38      /* "msg_" and 32 hex digits, and a NUL, rounded */
#define MESSAGE_MAX_BYTES 20000 /* Standard Webhooks asks for less than 20 kB */

struct message_label {
        char *key;
        char *value;
};

/* One of the endpoints that a message is about. */
struct message_member {
        char *endpoint, *name, *target;
        enum message_kind kind; /* since the last message: opened ... resolved; or MESSAGE_REMINDER:
                                   it was told before, and has not changed */
        enum severity severity;
        int64_t since_s;
};

#define MESSAGE_MAX_MEMBERS 50 /* listed; those that changed first, the worst first */

struct message {
        char id[MESSAGE_ID_SIZE]; /* stable: every attempt to every receiver carries it */
        char *endpoint;           /* id of the endpoint */
        char *name;               /* what people call it */
        char *target;             /* "example.com:443" */
        enum message_kind kind;
        enum finding_code code;
        enum severity severity;
        enum severity previous;
        int64_t since_s;
        int64_t at_s;
        int64_t deadline_s; /* when what it warns of happens or happened; 0 = no date */
        bool flapping;     /* it comes and goes: it is held open, and at its worst */
        char *summary;     /* what, where, until when, in one line */
        char *remedy;      /* what to do */
        char *evidence;    /* how we know, or NULL */
        char *fingerprint; /* SHA-256 of the certificate it speaks of, or NULL */
        char *missing_pem; /* PEM, or NULL */
        struct message_label *labels;
        size_t n_labels;
        char *group; /* "grp_...": the same from "opened" to "resolved", for what deduplicates; or
                        NULL: a test, a summary */
        struct message_member *members; /* NULL: only the endpoint above, which else is the first */
        size_t n_members;               /* listed */
        int64_t n_open, n_opened, n_resolved; /* in all: now, and since the last message */
};

/* Does it tell of a finding? A test and a summary have no .code. */
bool message_has_code(const struct message *m);

/* "leaf-expired"; "test", "summary" */
const char *message_code(const struct message *m);

const char *message_kind_str(enum message_kind k); /* "opened", "amended" ... */
int message_kind_parse(const char *name, enum message_kind *ret);

/* A fresh id from the system's random source. */
void message_id_new(char out[static MESSAGE_ID_SIZE]);

/*
 * JSON text, malloc'ed, below MESSAGE_MAX_BYTES: long texts are cut at a character; what then finds
 * no room of the PEM, the labels and the members is left out.
 */
char *message_to_json(const struct message *m);

/* Parses what message_to_json() wrote. 0, or -EBADMSG; *ret is zeroed first. */
int message_from_json(const char *json, struct message *ret);

void message_done(struct message *m);

/* "critical", "warning", "info", "ok": how a severity is called in messages. */
const char *message_severity_str(enum severity s);
int message_severity_parse(const char *name, enum severity *ret); /* or -EINVAL */

/* The syslog severity (RFC 5424, 6.2.1) that its news deserve: 2 critical ... 6 informational. */
int message_priority(const struct message *m);

/* One line for people, at most @max_bytes: the summary, and the remedy when there is one. */
char *message_text(const struct message *m, size_t max_bytes);

/*
 * Lines for people, at most @max_bytes: the summary, the remedy, how it is known, since when, the
 * members, and what to type to see more. Printable but for the ends of its lines.
 */
char *message_body(const struct message *m, size_t max_bytes);
