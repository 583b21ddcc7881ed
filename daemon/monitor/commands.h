/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/commands.h - what the running daemon can be asked: one row of a table each. A
 * request is {"command": NAME, ...} and has the "user" who asks; an answer is an object.
 */
#pragma once

#include <jansson.h>

struct monitor;

/* A new reference; {"error": "..."} when there is no such command, or it cannot be done. */
json_t *monitor_command(struct monitor *m, const json_t *request);
