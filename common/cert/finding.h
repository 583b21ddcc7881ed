/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/finding.h - what can be wrong, as data.
 *
 * The table in finding_table.c is the only place where codes, severities and standing texts live;
 * policy, alerts, metrics and documentation read it. Codes are stable for ever, texts may change.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum severity { SEVERITY_OK, SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR, SEVERITY_COUNT };

/*
 * What a finding is about: alerts damp the network only, and never mistake one for the other. An
 * event has happened; it is no state that lasts, and never a problem.
 */
enum finding_class { FINDING_CERTIFICATE, FINDING_NETWORK, FINDING_EVENT };

/* Whose trouble it is, when it is not this endpoint's alone. */
enum finding_scope { FINDING_OWN, FINDING_OF_RESOLVER, FINDING_OF_NETWORK, FINDING_SCOPE_COUNT };

enum finding_code {
        /* reading the input */
        FINDING_INPUT_UNREADABLE,
        FINDING_INPUT_EMPTY,
        FINDING_INPUT_NOT_A_CERTIFICATE,
        FINDING_INPUT_UNPARSEABLE,
        FINDING_INPUT_PEM_MALFORMED,
        FINDING_INPUT_FORMAT_CONVERTED,
        FINDING_INPUT_PRIVATE_KEY_PRESENT,
        FINDING_KEY_MISMATCH,
        FINDING_RESOURCE_LIMIT,
        /* dates */
        FINDING_LEAF_EXPIRED,
        FINDING_LEAF_NOT_YET_VALID,
        FINDING_LEAF_EXPIRING_SOON,
        FINDING_INTERMEDIATE_EXPIRED,
        FINDING_INTERMEDIATE_NOT_YET_VALID,
        FINDING_INTERMEDIATE_EXPIRING_SOON,
        FINDING_ROOT_EXPIRED,
        FINDING_ROOT_EXPIRING_SOON,
        FINDING_MALFORMED_VALIDITY,
        FINDING_VALIDITY_INVERTED,
        FINDING_VALIDITY_TOO_LONG,
        /* names */
        FINDING_HOSTNAME_MISMATCH,
        FINDING_HOSTNAME_CN_ONLY,
        FINDING_SAN_UNRESOLVABLE,
        /* trust */
        FINDING_SELF_SIGNED_LEAF,
        FINDING_UNTRUSTED_ROOT,
        FINDING_DISTRUSTED_CA,
        FINDING_UNKNOWN_CA,
        FINDING_MISSING_INTERMEDIATE,
        FINDING_BAD_SIGNATURE,
        FINDING_INTERMEDIATE_NOT_CA,
        FINDING_PATH_LENGTH_EXCEEDED,
        FINDING_NAME_CONSTRAINTS_VIOLATION,
        FINDING_EKU_MISSING_SERVER_AUTH,
        FINDING_INTERMEDIATE_EKU_RESTRICTS,
        FINDING_KEY_USAGE_INVALID,
        FINDING_UNHANDLED_CRITICAL_EXTENSION,
        FINDING_POLICY_VIOLATION,
        FINDING_PROFILE_VIOLATION,
        FINDING_MALFORMED_EXTENSION,
        FINDING_DUPLICATE_EXTENSION,
        FINDING_SERIAL_INVALID,
        FINDING_X509_V1,
        /* revocation */
        FINDING_REVOKED,
        FINDING_REVOCATION_UNKNOWN,
        FINDING_MUST_STAPLE_MISSING,
        FINDING_STAPLE_INVALID,
        /* what was sent, and in which order */
        FINDING_LEAF_NOT_FIRST,
        FINDING_LEAF_MISSING,
        FINDING_CHAIN_ORDER_WRONG,
        FINDING_DUPLICATE_CERTIFICATE,
        FINDING_SUPERFLUOUS_CERTIFICATE,
        FINDING_ALTERNATE_PATH_CERTIFICATE,
        FINDING_EXPIRED_SUPERFLUOUS_CERTIFICATE,
        FINDING_ROOT_INCLUDED,
        /* strength */
        FINDING_WEAK_SIGNATURE,
        FINDING_WEAK_KEY,
        FINDING_KEY_UNSUPPORTED,
        FINDING_CA_AS_LEAF,
        FINDING_TLS_VERSION_OLD,
        FINDING_TLS_CIPHER_WEAK,
        /* several places that should agree */
        FINDING_ADDRESS_SKEW,
        FINDING_RENEWED_ON_DISK,
        /* the certificate that we show */
        FINDING_CLIENT_CERT_EXPIRED,
        FINDING_CLIENT_CERT_EXPIRING_SOON,
        /* what is new */
        FINDING_RENEWED,
        FINDING_CHANGED,
        /* reachability */
        FINDING_DNS_FAILED,
        FINDING_CONNECT_REFUSED,
        FINDING_CONNECT_FAILED,
        FINDING_CONNECT_TIMEOUT,
        FINDING_STARTTLS_UNAVAILABLE,
        FINDING_HANDSHAKE_FAILED,
        FINDING_HANDSHAKE_TIMEOUT,
        FINDING_COUNT
};

struct finding_info {
        const char *name; /* kebab-case, stable for ever */
        enum finding_class class;
        enum severity severity; /* unless a policy says otherwise */
        const char *title;      /* a few words: "certificate has expired" */
        const char *meaning;    /* these three are sentences: what it means for clients, */
        const char *found;      /* how it is found, */
        const char *mend;       /* and what to do; a finding's own texts say it more exactly */
};

extern const struct finding_info FINDINGS[FINDING_COUNT];

/* The code of a name, or -EINVAL. */
int finding_code_parse(const char *name, enum finding_code *ret);

/* The code that @name was meant to be, or NULL. */
const char *finding_code_nearest(const char *name);

/* "ok", "info", "warning", "error"; and back, or -EINVAL. */
const char *severity_str(enum severity s);
int severity_parse(const char *name, enum severity *ret);

/* One thing known, for programs: { "url", "http://ca.example/ca.crt" }. Keys are snake_case. */
struct finding_fact {
        const char *key; /* static */
        char *value;     /* printable */
};

#define FINDING_NO_POSITION (-1)
#define FINDING_TEXT_MAX 4096 /* bytes of one sentence: a certificate may hold thousands of names */

struct finding {
        enum finding_code code;
        enum severity severity;
        int position; /* as sent, from 0 (unreadable ones count); FINDING_NO_POSITION = of no one */
        char *subject;      /* printable subject of the certificate it speaks of, or NULL */
        char *fingerprint;  /* its SHA-256 as 64 hex digits, or NULL */
        enum finding_scope scope;
        int64_t deadline_s; /* when it happens or happened (wall clock), 0 = no date */
        bool by_clock;      /* with another date today there would be another finding, or none */
        char *message;      /* one sentence: what is wrong */
        char *remedy;       /* one sentence: what to do */
        char *evidence;     /* one sentence: how we know, where that is a question; or NULL */
        struct finding_fact *facts; /* in the order they were added */
        size_t n_facts;
};

/* Frees what one holds; for those that are in no list. */
void finding_done(struct finding *f);

/* A list of findings in the order they were made; owned by whoever holds it. Zero it to start. */
struct finding_list {
        struct finding *items;
        size_t n;
};

/* Appends one with its standard severity; the pointer is good until the next append. */
struct finding *finding_add(struct finding_list *list, enum finding_code code);

/* Formats a text of a finding (message or remedy) and replaces the old one. */
void finding_set(char **text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Says so at the end of its message, if it goes by the clock: nobody keeps that right. */
#define FINDING_CLOCK_DOUBT " (the clock of this host is not synchronised)"
void finding_doubt_clock(struct finding *f);

/* Adds a fact to a finding; @key is static. */
void finding_fact(struct finding *f, const char *key, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* A deep copy into @to, whatever that holds (it is not freed). */
void finding_copy(struct finding *to, const struct finding *from);

const struct finding *finding_find(const struct finding_list *list, enum finding_code code);
enum severity finding_worst(const struct finding_list *list); /* SEVERITY_OK when empty */
void finding_list_done(struct finding_list *list);
