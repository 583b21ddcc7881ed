/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/schema.h - the configuration language as a table.
 *
 * One row per key: what it holds, where the value lives, what is allowed, what it is when nobody
 * says. The loader, `config show`, `config new` and the JSON Schema read these rows and nothing
 * else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands behind a key, and how it is stored at the row's offset. */
enum schema_type {
        SCHEMA_TEXT,           /* char *: printable text of .min to .max bytes */
        SCHEMA_WORD,           /* char *: one of .words */
        SCHEMA_PATH,           /* char *: made absolute, from the folder of the file it stands in */
        SCHEMA_HOST,           /* char *: canonical host name or address */
        SCHEMA_HOST_PORT,      /* char *: "host" or "host:port" */
        SCHEMA_ADDRESS,        /* char *: "127.0.0.1:9219", or the path of a unix socket */
        SCHEMA_URL,            /* char *: http or https */
        SCHEMA_TEMPLATE,       /* char *: JSON with placeholders, in one line of ASCII */
        SCHEMA_PROXY,          /* char *: "http://host:port", "socks5://host:port", or "none" */
        SCHEMA_MAIL,           /* char *: address of a mailbox */
        SCHEMA_ALPN,           /* char *: "h2,http/1.1", or "none" */
        SCHEMA_TARGET,         /* struct target */
        SCHEMA_NUMBER,         /* int64_t from .min to .max */
        SCHEMA_NUMBER_OR_AUTO, /* the same; "auto" is 0 */
        SCHEMA_SPAN,           /* int64_t in seconds */
        SCHEMA_SPAN_MS,        /* int64_t in milliseconds */
        SCHEMA_SPAN_OR_NEVER,  /* int64_t in seconds; "never" is 0 */
        SCHEMA_TIME,           /* int64_t: a date, wall clock in seconds */
        SCHEMA_CLOCK,          /* int: "22:00" in minutes, from .min to .max */
        SCHEMA_BOOL,           /* int: true is 1, false is 0 */
        SCHEMA_CHOICE,         /* an enum: the index of one of .words */
        SCHEMA_THRESHOLD,      /* struct threshold: a span, a percentage, or a list of both */
        SCHEMA_POLICY,         /* int8_t[FINDING_COUNT]: mapping of codes to severities */
        SCHEMA_LABELS,         /* struct config_label * and size_t: mapping of free keys */
        SCHEMA_TEXTS,          /* char ** and size_t: one text, as SCHEMA_TEXT, or a list */
        SCHEMA_MAILS,          /* the same: addresses of mailboxes */
        SCHEMA_CODES,          /* the same: patterns that some diagnosis fits */
        SCHEMA_RECEIVER_NAMES, /* the same: receivers that there are */
        SCHEMA_WORDS,          /* unsigned: one bit for each of .words that is in the list */
        SCHEMA_MAPPING,        /* mapping of .rows, which live in the same struct */
        SCHEMA_DEFAULTS,       /* mapping of the endpoint's rows */
        SCHEMA_ENDPOINTS,      /* list of endpoints */
        SCHEMA_RECEIVERS,      /* list of receivers */
        SCHEMA_ROUTES,         /* list of routes */
        SCHEMA_SILENCES,       /* list of silences */
        SCHEMA_LISTENS,        /* list of addresses, or of mappings that say more */
        SCHEMA_INCLUDE,        /* a path or glob, or a list of them */
        SCHEMA_TYPE_COUNT
};

enum schema_flag {
        SCHEMA_REQUIRED = 1,
        SCHEMA_MAIN_ONLY = 2,   /* not in an included file */
        SCHEMA_NO_DEFAULT = 4,  /* not below `defaults:` */
        SCHEMA_ONE_OF = 8,      /* exactly one of the rows with this flag */
        SCHEMA_NET_ONLY = 16,   /* of no use for a file: endpoint */
};

struct schema_row;

struct schema {
        const char *what; /* "an endpoint", for messages */
        const struct schema_row *rows;
        size_t n;
};

struct schema_row {
        const char *key;
        enum schema_type type;
        size_t offset;
        size_t offset_n;           /* of a list's length */
        size_t least, most;        /* of a list: how many */
        int64_t min, max;          /* in the unit of the value; of text: bytes */
        const char *standard;      /* when nobody says, as it would be written; NULL = nothing */
        const char *example;       /* where nothing is standard, as it could be written */
        const char *unit;          /* of a number, for the reference; NULL = none */
        const char *help;          /* one line */
        const char *const *words;  /* of a word or a choice */
        size_t n_words;
        const struct schema *rows; /* of a mapping */
        unsigned flags; /* enum schema_flag */
};

#define SCHEMA_MAX_ROWS 32 /* of one mapping; a test counts */

extern const struct schema SCHEMA_TOP;
extern const struct schema SCHEMA_ENDPOINT; /* of a struct config_endpoint_flat */
extern const struct schema SCHEMA_SETTINGS; /* those of its rows that settings hold */
extern const struct schema SCHEMA_RECEIVER;
extern const struct schema SCHEMA_ROUTE;
extern const struct schema SCHEMA_SILENCE;
extern const struct schema SCHEMA_LISTEN;
extern const struct schema SCHEMA_MATCH; /* of any struct that begins with a config_match */

/* The keys that choose a receiver's kind, and the severities of a policy, by their enum. */
extern const char *const SCHEMA_RECEIVER_KINDS[];
extern const char *const SCHEMA_SEVERITIES[];

const struct schema_row *schema_find(const struct schema *s, const char *key);

/* The key of @s that @word was meant to be, or NULL. */
const char *schema_nearest(const struct schema *s, const char *word);
