/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/control.h - the unix socket that `notafter status` asks. One line in ("status" and how
 * many endpoints at most), one JSON document out.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

struct control;
struct event_base;

#define CONTROL_DEFAULT_SOCKET "/run/notafter/notafter.sock"

typedef json_t *control_status_fn(size_t max_endpoints, void *arg);

/*
 * Listens at @path; a socket left behind by a dead daemon is replaced, a living one is not
 * (-EADDRINUSE), and neither is anything that is no socket (-EEXIST). Mode 0660; a missing folder
 * is made. 0 or -errno.
 */
int control_new(struct control **ret, struct event_base *base, const char *path,
                control_status_fn *status, void *arg);
void control_free(struct control *c); /* removes the socket; NULL is fine */

/* The client's side: the answer as a new reference, or -errno. */
int control_ask(const char *path, size_t max_endpoints, json_t **ret);
