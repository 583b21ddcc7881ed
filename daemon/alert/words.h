/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/words.h - what a message says in one line: what, where, until when. Pure.
 *
 *     api.example.com:443: certificate expires in 6 d 4 h (2026-11-29 12:00 UTC)
 *     500 endpoints: certificate expires in 6 d 4 h (2026-11-29 12:00 UTC): a:443, b:443, c:443 and
 *     497 more
 */
#pragma once

#include "daemon/alert/message.h"

/* Of the problem that @m tells of, as it is known now: of its first endpoint. */
struct words {
        const char *sentence; /* what is wrong, or NULL */
        const char *remedy;   /* or NULL */
        bool retired;         /* resolved only because it is watched no longer */
};

/* The summary of @m, of which all but the texts is there; malloc'ed. */
char *words_summary(const struct message *m, const struct words *w);

/* What is to be done; borrowed. */
const char *words_remedy(const struct message *m, const struct words *w);
