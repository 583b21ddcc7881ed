/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message to test with, and cmocka with the headers that it wants before it.
 */
#pragma once

#include "daemon/alert/message.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#define SAMPLE_ID "msg_00112233445566778899aabbccddeeff"
#define SAMPLE_SHA256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SAMPLE_AT_S 1795424400 /* 2026-11-23T09:00:00Z */

static inline struct message sample(void)
{
        struct message m = {
                .id = SAMPLE_ID,
                .endpoint = mem_strdup("www"),
                .name = mem_strdup("Web shop"),
                .target = mem_strdup("example.com:443"),
                .kind = MESSAGE_OPENED,
                .code = FINDING_LEAF_EXPIRED,
                .severity = SEVERITY_ERROR,
                .previous = SEVERITY_OK,
                .since_s = SAMPLE_AT_S - 60,
                .at_s = SAMPLE_AT_S,
                .deadline_s = SAMPLE_AT_S - 120,
                .summary = mem_strdup("Web shop: certificate has expired"),
                .remedy = mem_strdup("Renew it."),
                .fingerprint = mem_strdup(SAMPLE_SHA256),
                .labels = mem_new0(2, sizeof(struct message_label)),
                .n_labels = 2,
        };

        m.labels[0] = (struct message_label){ mem_strdup("team"), mem_strdup("web") };
        m.labels[1] = (struct message_label){ mem_strdup("site"), mem_strdup("M\xc3\xbcnchen") };
        return m;
}

static inline void replace_text(char **text, const char *with)
{
        free(*text);
        *text = mem_strdup(with);
}
