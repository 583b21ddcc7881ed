/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/log_server.h - one record at a time to a log server: as a datagram (RFC 5426), over
 * TCP with its length before it (RFC 6587, 3.4.1), or the same over TLS (RFC 5425).
 *
 * syslog knows no receipt. Over TCP and TLS the next best is had: every record has a connection of
 * its own, which we end, and the record counts as taken when the server has ended it, too, for then
 * it has read it all. A server that leaves its half open for seconds is believed when its kernel
 * has acknowledged every byte. Of a datagram nothing is known but that its port was not closed.
 */
#pragma once

struct config_receiver;
struct event_base;
struct log_server;

/* Runs once, from the loop, never inside log_server_send(). @error is borrowed; NULL = taken. */
typedef void log_server_done_fn(const char *error, void *arg);

/*
 * For @cfg, of which the server is given; its certificates are read here, nobody is talked to. 0;
 * -errno with *ret_error (malloc'ed). @cfg is borrowed for the call only.
 */
int log_server_new(struct log_server **ret, const struct config_receiver *cfg, char **ret_error);

/* Cancels what is under way. NULL is fine. */
void log_server_free(struct log_server *s);

/* One record at a time; @line is copied. */
void log_server_send(struct log_server *s, struct event_base *base, const char *line,
                     log_server_done_fn *on_done, void *arg);
