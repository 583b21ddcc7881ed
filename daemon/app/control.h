/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/control.h - the unix socket through which the daemon is asked: one line of JSON in,
 * {"command": "...", ...}, one JSON document out, {"error": "..."} when it cannot be done. What
 * commands there are: daemon/monitor/commands.h.
 */
#pragma once

#include <jansson.h>

struct control;
struct event_base;

#define CONTROL_DEFAULT_SOCKET "/run/notafter/notafter.sock"

/*
 * Answers @request, an object, with a new reference. Its "user" is who asks, as the kernel says:
 * the user's name, or "uid 1000".
 */
typedef json_t *control_answer_fn(const json_t *request, void *arg);

/*
 * Listens at @path; a socket left behind by a dead daemon is replaced, a living one is not
 * (-EADDRINUSE), and neither is anything that is no socket (-EEXIST). Mode 0660; a missing folder
 * is made. 0 or -errno.
 */
int control_new(struct control **ret, struct event_base *base, const char *path,
                control_answer_fn *answer, void *arg);
void control_free(struct control *c); /* removes the socket; NULL is fine */

/* The client's side, which blocks: the answer as a new reference, or -errno. */
int control_ask(const char *path, const json_t *request, json_t **ret);
