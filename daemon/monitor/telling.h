/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/monitor/telling.h - a group in the words of a message. Pure. */
#pragma once

#include "daemon/alert/message.h"

struct config_endpoint;

/* One endpoint that is spoken of. */
struct telling_member {
        char *id;
        const struct config_endpoint *cfg; /* NULL = configured no more */
        enum severity severity, told;      /* SEVERITY_OK = it was not told yet */
        int64_t since_s;
        int64_t gone_s; /* 0 = it is open */
        bool retired;   /* gone because it is watched no longer */
};

struct telling {
        enum message_kind kind;
        const char *group; /* its id */
        enum finding_code code;
        enum severity severity, previous;
        int64_t since_s, at_s;
        const struct telling_member *members; /* the first speaks for all; at least one */
        size_t n;
        const char *message, *remedy, *evidence, *fingerprint, *missing_pem; /* of the first */
        int64_t deadline_s; /* of the first, too; 0 = none */
        bool flapping;      /* that of the first comes and goes */
        int64_t n_open, n_opened, n_resolved; /* in all: now, and since the last message */
};

/* Everything in @m is its own: message_done() it. */
void telling_message(const struct telling *t, struct message *m);
