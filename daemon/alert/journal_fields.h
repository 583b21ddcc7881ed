/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/journal_fields.h - a message as one record of the native journal protocol. Pure.
 */
#pragma once

#include "daemon/alert/message.h"

/*
 * MESSAGE_ID by kind of transition: find all that opened with
 *     journalctl MESSAGE_ID=1a93aeb94a2c499fa41717bb77edf82a
 * Fixed for ever.
 */
extern const char *const JOURNAL_MESSAGE_IDS[MESSAGE_KIND_COUNT];

/* Lines "FIELD=value"; no value has a line break, so the binary form is never needed. free(). */
char *journal_fields(const struct message *m);
