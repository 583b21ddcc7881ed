/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in log.h. A line is built in memory and leaves in one write. */
#include "common/base/log.h"

#include "common/base/buf.h"
#include "common/base/lookup.h"
#include "common/base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192 /* journald's default LineMax is 48 kB; a person's is far lower */
#define SHOWN_MAX_BYTES (4 * LINE_MAX_BYTES + 16) /* every byte as \xNN, level and line feed */

static _Atomic int log_threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
        log_threshold = (int)level;
}

int log_level_parse(const char *s, enum log_level *ret)
{
        static const struct {
                const char *name;
                enum log_level level;
        } NAMES[] = {
                { "error", LOG_LEVEL_ERROR },
                { "warning", LOG_LEVEL_WARNING },
                { "info", LOG_LEVEL_INFO },
                { "debug", LOG_LEVEL_DEBUG },
        };

        for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
                if (strcmp(s, NAMES[i].name) == 0) {
                        *ret = NAMES[i].level;
                        return 0;
                }
        return -EINVAL;
}

/*
 * Does the journal read our standard error? The variable alone says nothing: a terminal started by
 * a user's service inherits it. It names the stream, and ours is compared (systemd.exec(5)).
 */
static bool compare_journal_stream(void)
{
        const char *named = getenv("JOURNAL_STREAM");
        char ours[64];
        struct stat st;

        if (!named || fstat(STDERR_FILENO, &st) < 0)
                return false;
        snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
        return strcmp(named, ours) == 0;
}

/* Asked once; threads that come at the same time find the same answer. */
static bool is_read_by_journal(void)
{
        static _Atomic int answer = -1;

        if (answer < 0)
                answer = compare_journal_stream();
        return answer == 1;
}

static void put_fields(struct buf *line, const struct log_field *fields)
{
        for (; fields && fields->key; fields++) {
                if (!fields->value)
                        continue;
                bool quote = fields->value[0] == '\0' || strpbrk(fields->value, " \"=\\");

                buf_printf(line, " %s=%s", fields->key, quote ? "\"" : "");
                for (const char *p = fields->value; *p;) {
                        size_t n = quote ? strcspn(p + 1, "\"\\") + 1 : strlen(p);

                        if (quote && (*p == '"' || *p == '\\'))
                                buf_puts(line, "\\");
                        buf_append(line, p, n);
                        p += n;
                }
                buf_puts(line, quote ? "\"" : "");
        }
}

static void log_line(enum log_level level, const struct log_field *fields, const char *fmt,
                     va_list ap)
{
        if ((int)level > log_threshold)
                return;

        struct buf text = BUF_INIT(LINE_MAX_BYTES), line = BUF_INIT(SHOWN_MAX_BYTES);

        buf_vprintf(&text, fmt, ap);
        put_fields(&text, fields);
        if (is_read_by_journal())
                buf_printf(&line, "<%d>", (int)level);
        else if (level <= LOG_LEVEL_WARNING)
                buf_puts(&line, level == LOG_LEVEL_ERROR ? "error: " : "warning: ");
        text_escape(&line, buf_str(&text), text.len);
        buf_puts(&line, "\n");
        (void)!write(STDERR_FILENO, buf_str(&line), line.len);
        buf_done(&text);
        buf_done(&line);
}

#define DEFINE_LOG(name, level)                                                                    \
        void name(const char *fmt, ...)                                                            \
        {                                                                                          \
                va_list ap;                                                                        \
                va_start(ap, fmt);                                                                 \
                log_line(level, NULL, fmt, ap);                                                    \
                va_end(ap);                                                                        \
        }

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warning, LOG_LEVEL_WARNING)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)

void log_event(enum log_level level, const struct log_field *fields, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        log_line(level, fields, fmt, ap);
        va_end(ap);
}
