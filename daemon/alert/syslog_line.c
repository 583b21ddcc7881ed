/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in syslog_line.h. */
#include "daemon/alert/syslog_line.h"

#include "daemon/alert/excerpt.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "common/base/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define LINE_MAX_BYTES 8192 /* rsyslog's default limit for a message */
#define HOSTNAME_MAX_BYTES 255
#define BOM "\xef\xbb\xbf"

const char *const SYSLOG_FACILITY[SYSLOG_FACILITIES] = {
        [0]  = "kern",
        [1]  = "user",
        [2]  = "mail",
        [3]  = "daemon",
        [4]  = "auth",
        [5]  = "syslog",
        [6]  = "lpr",
        [7]  = "news",
        [8]  = "uucp",
        [9]  = "cron",
        [10] = "authpriv",
        [11] = "ftp",
        /* 12 to 15: NTP, audit, alert, clock; every system calls them something else */
        [16] = "local0",
        [17] = "local1",
        [18] = "local2",
        [19] = "local3",
        [20] = "local4",
        [21] = "local5",
        [22] = "local6",
        [23] = "local7",
};

int syslog_facility_parse(const char *name)
{
        int i = lookup_index(SYSLOG_FACILITY, SYSLOG_FACILITIES, name);

        return i < 0 ? -EINVAL : i;
}

/* A header field is printable ASCII without spaces (PRINTUSASCII), and "-" when it is empty. */
static void put_header(struct buf *line, const char *s, size_t max_bytes)
{
        size_t n = strnlen(s, max_bytes);

        for (size_t i = 0; i < n; i++)
                buf_append(line, s[i] > ' ' && s[i] < 0x7f ? &s[i] : "?", 1);
        if (n == 0)
                buf_puts(line, "-");
}

/* 6.3.3: a quote, a backslash and a closing bracket are escaped, and nothing else is. */
static void put_param(struct buf *line, const char *name, const char *value)
{
        if (!value)
                return;
        AUTO_FREE char *s = excerpt(value, SYSLOG_MAX_PARAM_BYTES);

        buf_printf(line, " %s=\"", name);
        for (const char *p = s; *p; p++) {
                if (strchr("\"\\]", *p))
                        buf_puts(line, "\\");
                buf_append(line, p, 1);
        }
        buf_puts(line, "\"");
}

static void put_group(struct buf *line, const struct message *m)
{
        if (!m->group)
                return;
        put_param(line, "group", m->group);
        buf_printf(line, " open=\"%lld\" opened=\"%lld\" resolved=\"%lld\"",
                   (long long)m->n_open, (long long)m->n_opened, (long long)m->n_resolved);
}

static void put_structured_data(struct buf *line, const struct message *m)
{
        char since[TIME_STR_MAX];

        buf_puts(line, "[notafter@32473");
        put_param(line, "id", m->id);
        put_param(line, "endpoint", m->endpoint);
        put_param(line, "name", m->name);
        put_param(line, "target", m->target);
        put_param(line, "transition", message_kind_str(m->kind));
        put_param(line, "code", message_code(m));
        put_param(line, "severity", message_severity_str(m->severity));
        put_param(line, "previous_severity", message_severity_str(m->previous));
        put_param(line, "since", time_rfc3339(m->since_s, since));
        put_param(line, "certificate_sha256", m->fingerprint);
        put_group(line, m);
        buf_puts(line, "]");
}

static bool is_ascii(const char *s)
{
        for (; *s; s++)
                if ((unsigned char)*s >= 0x80)
                        return false;
        return true;
}

char *syslog_line(const struct message *m, int facility, const char *hostname, long pid)
{
        struct buf line = BUF_INIT(LINE_MAX_BYTES);
        char at[TIME_STR_MAX];
        AUTO_FREE char *text = message_text(m, SYSLOG_MAX_TEXT_BYTES);

        buf_printf(&line, "<%d>1 %s ", facility * 8 + message_priority(m),
                   time_rfc3339(m->at_s, at));
        put_header(&line, hostname, HOSTNAME_MAX_BYTES);
        buf_printf(&line, " notafter %ld %s ", pid, message_kind_str(m->kind));
        put_structured_data(&line, m);
        buf_printf(&line, " %s%s", is_ascii(text) ? "" : BOM, text);
        return buf_steal(&line);
}

char *syslog_line_local(const struct message *m, int facility, long pid)
{
        struct buf line = BUF_INIT(LINE_MAX_BYTES);
        AUTO_FREE char *text = message_text(m, SYSLOG_MAX_TEXT_BYTES);

        buf_printf(&line, "<%d>notafter[%ld]: %s", facility * 8 + message_priority(m), pid, text);
        return buf_steal(&line);
}
