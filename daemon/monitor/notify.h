/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/monitor/notify.h - from transitions to what people read: in the log, and in one line. */
#pragma once

#include "daemon/judge/transition.h"

struct config_endpoint;
struct endpoint_state;

/* One line of log for each transition. */
void notify_log(const char *endpoint, const struct config_endpoint *e,
                const struct transition_list *transitions);

/* The same of an endpoint that was looked at for the first time, without a problem coming of it. */
void notify_log_first_look(const struct config_endpoint *e, const struct endpoint_state *state);

/* How that endpoint is, in words; malloc'ed. */
char *notify_first_look(const struct config_endpoint *e, const struct endpoint_state *state);

/* "name: what is wrong", or that it is no longer; malloc'ed. */
char *notify_summary(const char *name, const struct transition *t);
