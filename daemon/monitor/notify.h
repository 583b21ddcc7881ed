/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/monitor/notify.h - from transitions to what people read: in the log, and in one line. */
#pragma once

#include "daemon/judge/transition.h"

struct config_endpoint;

/* One line of log for each transition. */
void notify_log(const char *endpoint, const struct config_endpoint *e,
                const struct transition_list *transitions);

/* "name: what is wrong", or that it is no longer; malloc'ed. */
char *notify_summary(const char *name, const struct transition *t);
