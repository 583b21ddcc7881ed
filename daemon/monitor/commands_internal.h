/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/commands_internal.h - for the rows of commands.c, and metrics: what they see of
 * the monitor. And how rows read a request; they answer with a new reference, never with NULL.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct config;
struct delivery;
struct fleet;
struct monitor;
struct roster_filter;
struct silences;
struct store;
struct trust;

struct store *monitor_store(const struct monitor *m);
struct delivery *monitor_delivery(const struct monitor *m);
const struct config *monitor_config(const struct monitor *m); /* borrowed until the next reload */
const struct fleet *monitor_fleet(const struct monitor *m);   /* likewise */
struct trust *monitor_learned(const struct monitor *m);       /* until the next call */
struct silences *monitor_silences(const struct monitor *m);

/* To be called after a change of those: what they held back may be told now. */
void monitor_silences_changed(struct monitor *m);

/* command_problems.c, command_timeline.c, command_health.c */
json_t *command_problems(struct monitor *m, const json_t *request);
json_t *command_timeline(struct monitor *m, const json_t *request);
json_t *command_health(struct monitor *m, const json_t *request);

/* command_queue.c; the first: all receivers, an array */
json_t *command_receivers(struct monitor *m);
json_t *command_queue(struct monitor *m, const json_t *request);
json_t *command_retry(struct monitor *m, const json_t *request);

/* {"error": ...}, a sentence for people. */
json_t *command_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same of what is asked for and not there: 404, over HTTP. */
json_t *command_missing(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The text at @key of @request; NULL = there is none. */
const char *command_text(const json_t *request, const char *key);

/*
 * The number at @key, which may come as a text; without it, *@ret stays as it is. NULL, or an error
 * to answer with: it is none from @min to @max.
 */
json_t *command_number(const json_t *request, const char *key, int64_t min, int64_t max,
                       int64_t *ret);

/* Which part of a list is asked for. */
struct page {
        int64_t offset, limit;
};

/* NULL, or an error to answer with. */
json_t *command_page(const json_t *request, struct page *ret);

/*
 * command_filter.c: from the q, state, code, label and certificate of @request, whose texts are
 * borrowed. NULL, or an error to answer with.
 */
json_t *command_filter(const json_t *request, struct roster_filter *ret);

/* What all pages of lists of @total begin with: {"at", "total", "offset", "limit", "next"}. */
json_t *page_json(const struct page *p, size_t total, int64_t now_s);

/* command_endpoints.c */
json_t *command_endpoints(struct monitor *m, const json_t *request);

/* command_endpoint.c */
json_t *command_endpoint(struct monitor *m, const json_t *request);

/* command_certificates.c, command_certificate.c */
json_t *command_certificates(struct monitor *m, const json_t *request);
json_t *command_certificate(struct monitor *m, const json_t *request);

/* command_explain.c */
json_t *command_alert_explain(struct monitor *m, const json_t *request);
/* command_silence.c */
json_t *command_silence_add(struct monitor *m, const json_t *request);
json_t *command_silence_list(struct monitor *m, const json_t *request);
json_t *command_silence_expire(struct monitor *m, const json_t *request);
