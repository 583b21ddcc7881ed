/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/web.h - what the daemon shows over HTTP: pages, JSON, metrics. It asks the monitor and
 * changes nothing. Runs on the main loop; no client, however slow, delays anything else.
 */
#pragma once

struct config;
struct event_base;
struct monitor;
struct web;

/*
 * Listens where @config says (.listens); @base and @monitor outlive it. An address that was asked
 * for and cannot be had is an error; one of the standard's is a warning in the log. Sockets that
 * the service manager has opened (sd_listen_fds(3)) are used instead of those of the standard. 0,
 * or -errno with *ret_error (malloc'ed, a line for each address).
 */
int web_new(struct web **ret, struct event_base *base, struct monitor *monitor,
            const struct config *config, char **ret_error);

/*
 * Goes over to another configuration: new addresses are opened first, and when one cannot be had
 * everything stays as it was. Certificates, keys and secrets are read again.
 */
int web_reload(struct web *w, const struct config *config, char **ret_error);

void web_free(struct web *w); /* NULL is fine */
