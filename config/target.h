/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/target.h - what a person writes to name an endpoint: "example.com", "example.com:8443",
 * "https://example.com/", "imaps://mail.example.com", "[2001:db8::1]:443", "file:/etc/ssl/web.pem".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum target_kind { TARGET_NET, TARGET_FILE };

struct target {
        enum target_kind kind;
        char *scheme;  /* "tls" when none was written; static text must not be assumed */
        char *host;    /* canonical (host_canonical); NULL for a file */
        uint16_t port; /* 0 for a file */
        char *path;    /* of a file; NULL otherwise */
        const char *starttls; /* the dialect before TLS, "smtp"; static; NULL = TLS at once */
        const char *alpn;     /* what clients of the scheme offer, "h2,http/1.1"; static or NULL */
};

/*
 * Parses @text. 0; -EINVAL with *ret_error (malloc'ed, one sentence, with "did you mean" for a
 * scheme) and *ret zeroed. A scheme gives the default port; without one it is tls on port 443.
 */
int target_parse(const char *text, struct target *ret, char **ret_error);

/* The canonical spelling, malloc'ed: "example.com:443", "imaps://mail.example.com:993". */
char *target_str(const struct target *t);

/* What comes before TLS in the scheme @name (of @n bytes); NULL = none, or no scheme. Static. */
const char *target_scheme_dialect(const char *name, size_t n);

/* The same of the scheme whose standard port it is. */
const char *target_port_dialect(uint16_t port);

/* Does it say neither file nor scheme? Then it is TLS at once, unless something else says more. */
bool target_is_bare(const struct target *t);

void target_done(struct target *t);
