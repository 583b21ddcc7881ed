/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/routes.h - what can be asked for: one row of a table each.
 *
 * Nearly everything is a document of daemon/monitor/commands.h: below /api/v1 as it is, elsewhere
 * as a page. packaging/schema/openapi.yaml says what each document holds.
 */
#pragma once

#include <jansson.h>

struct web_exchange;

struct web_route {
        const char *path; /* "/endpoint"; "/api/v1/" is all below it */
        void (*answer)(struct web_exchange *x);
};

/* The row for @path, or NULL. */
const struct web_route *route_find(const char *path);

/*
 * Asks the monitor for the document @command with the parameters of @x, each as a text; one that is
 * empty, as forms send them, is none. A new reference; NULL: it could not be had, and @x was
 * answered (404, or 400 and why).
 */
json_t *web_ask(struct web_exchange *x, const char *command);

/* The same for a @request of one's own, {"command": ..., ...}, which it takes. */
json_t *web_ask_for(struct web_exchange *x, json_t *request);

/* api.c: /api/v1/..., /healthz, /readyz; calendar.c */
void answer_api(struct web_exchange *x);
void answer_healthz(struct web_exchange *x);
void answer_readyz(struct web_exchange *x);
void answer_calendar(struct web_exchange *x);
/* page_*.c */
void answer_overview(struct web_exchange *x);     /* / */
void answer_endpoints(struct web_exchange *x);    /* /endpoints?q=... */
void answer_endpoint(struct web_exchange *x);     /* /endpoint?id=... */
void answer_chain_pem(struct web_exchange *x);    /* /chain.pem?id=..., as it should be served */
void answer_certificates(struct web_exchange *x); /* /certificates?q=... */
void answer_certificate(struct web_exchange *x);  /* /certificate?sha256=... */
void answer_queue(struct web_exchange *x);        /* /queue */
void answer_silences(struct web_exchange *x);     /* /silences */
/* assets.c: /static/... and /favicon.ico */
void answer_asset(struct web_exchange *x);
/* scrape.c: /metrics; probe_page.c: /probe */
void answer_metrics(struct web_exchange *x);
void answer_probe(struct web_exchange *x);
