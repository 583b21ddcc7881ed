/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/resend.h - the rounds in which a receiver that forgets (an Alertmanager, which knows
 * nothing when it starts) hears again of what is open, and for some rounds of what has ended: it
 * may have been restarted before it passed that on. Times are monotonic.
 */
#pragma once

#include "daemon/alert/message.h"
#include "daemon/alert/outbox.h"

#define RESEND_BATCH 200    /* problems in one request */
#define RESEND_ROUNDS 5     /* in which an end is told, and what is not told any more is open */
#define RESEND_MAX_ENDED 1000 /* remembered; the oldest go */

struct resend;

/* The first round is due at once. */
struct resend *resend_new(int64_t period_s);
void resend_free(struct resend *r); /* NULL is fine */

/* When there is something to do: now or before = at once. */
int64_t resend_due_ms(const struct resend *r);

/*
 * The next of this round: how many messages, message_done() each; 0 when none is due or the round
 * is over, or -errno.
 */
int resend_take(struct resend *r, const struct outbox *outbox, const char *receiver, int64_t now_ms,
                struct message batch[static RESEND_BATCH]);

/* What was taken did not arrive: the round begins anew. */
void resend_again(struct resend *r);

/* @m was delivered, @payload is its JSON text: an end is told again for some rounds. */
void resend_note(struct resend *r, const struct message *m, const char *payload, int64_t now_ms);
