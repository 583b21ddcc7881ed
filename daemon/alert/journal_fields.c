/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in journal_fields.h; see https://systemd.io/JOURNAL_NATIVE_PROTOCOL. */
#include "daemon/alert/journal_fields.h"

#include "daemon/alert/excerpt.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/parse.h"

#define RECORD_MAX_BYTES 16384
#define TEXT_MAX_BYTES 2048
#define FIELD_MAX_BYTES 1024

const char *const JOURNAL_MESSAGE_IDS[MESSAGE_KIND_COUNT] = {
        [MESSAGE_OPENED]   = "1a93aeb94a2c499fa41717bb77edf82a",
        [MESSAGE_WORSENED] = "898d93aa073749a69360c74c7f1277da",
        [MESSAGE_IMPROVED] = "2e6c8d2d3274454f98ee1bfa44791aed",
        [MESSAGE_RESOLVED] = "845e75d167b84e5cb95fb420ba9b9b61",
        [MESSAGE_REPLACED] = "7c1d0e5b94f34a6d8a0be1f3c2d97a46",
        [MESSAGE_AMENDED]  = "5b0f6a7c21d94be0a3d5c8e4f1907b62",
        [MESSAGE_REMINDER] = "e3c49d1870a54f7e9b26d0c15a8f4e37",
        [MESSAGE_TEST]     = "0c8e5d2fb6714a93850dfe27c3b91a64",
        [MESSAGE_SUMMARY]  = "94a7f10e5d3c4b28be61c70d8f2a35e9",
};

static void put(struct buf *out, const char *field, const char *value)
{
        if (!value)
                return;
        AUTO_FREE char *s = excerpt(value, FIELD_MAX_BYTES);

        buf_printf(out, "%s=%s\n", field, s);
}

static void put_group(struct buf *out, const struct message *m)
{
        if (!m->group)
                return;
        put(out, "NOTAFTER_GROUP", m->group);
        buf_printf(out, "NOTAFTER_OPEN=%lld\nNOTAFTER_OPENED=%lld\nNOTAFTER_RESOLVED=%lld\n",
                   (long long)m->n_open, (long long)m->n_opened, (long long)m->n_resolved);
}

char *journal_fields(const struct message *m)
{
        struct buf out = BUF_INIT(RECORD_MAX_BYTES);
        char since[TIME_STR_MAX];
        AUTO_FREE char *text = message_text(m, TEXT_MAX_BYTES);

        buf_printf(&out, "MESSAGE=%s\n", text);
        put(&out, "MESSAGE_ID", JOURNAL_MESSAGE_IDS[m->kind]);
        buf_printf(&out, "PRIORITY=%d\n", message_priority(m));
        put(&out, "SYSLOG_IDENTIFIER", "notafter");
        put(&out, "NOTAFTER_ID", m->id);
        put(&out, "NOTAFTER_ENDPOINT", m->endpoint);
        put(&out, "NOTAFTER_NAME", m->name);
        put(&out, "NOTAFTER_TARGET", m->target);
        put(&out, "NOTAFTER_TRANSITION", message_kind_str(m->kind));
        put(&out, "NOTAFTER_CODE", message_code(m));
        put(&out, "NOTAFTER_SEVERITY", message_severity_str(m->severity));
        put(&out, "NOTAFTER_PREVIOUS_SEVERITY", message_severity_str(m->previous));
        put(&out, "NOTAFTER_SINCE", time_rfc3339(m->since_s, since));
        put(&out, "NOTAFTER_REMEDY", m->remedy);
        put(&out, "NOTAFTER_CERTIFICATE_SHA256", m->fingerprint);
        put_group(&out, m);
        return buf_steal(&out);
}
