/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/mail_text.h - a message as a mail (RFC 5322, MIME), as text and as HTML. Pure: every
 * attempt sends the same bytes under the same Message-ID, which mail systems tell copies by.
 *
 * What is about one group refers to one and the same mail that was never sent, so that clients show
 * it as one thread, from "opened" to "resolved".
 */
#pragma once

#include "daemon/alert/message.h"

/* Lines end in CRLF and have less than 998 bytes; all bytes are ASCII. Addresses are checked. */
char *mail_text(const struct message *m, const char *from, char *const *to, size_t n_to);
