/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/commands.h - what the running daemon can be asked: one row of a table each. A
 * request is {"command": NAME, ...} and has the "user" who asks; an answer is an object.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct monitor;

/*
 * A new reference; {"error": "..."} when there is no such command, or it cannot be done; of what is
 * asked for and not there, that and {"missing": true}. Numbers may come as texts.
 */
json_t *monitor_command(struct monitor *m, const json_t *request);

/* Is that a command which changes nothing: what may be asked over HTTP, by whomever may read? */
bool command_is_document(const char *name);
