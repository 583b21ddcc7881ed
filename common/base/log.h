/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/log.h - the daemon's own log: one line per event that matters, on standard error.
 *
 * Lines are "message key=value ..."; every byte that came from outside is escaped here, once. When
 * the journal reads standard error, as it was at the first line, each line carries the <N> prefix
 * of sd-daemon(3): its priority.
 * Only code under daemon/ logs; a library function reports to its caller instead.
 */
#pragma once

enum log_level {
        LOG_LEVEL_ERROR = 3,
        LOG_LEVEL_WARNING = 4,
        LOG_LEVEL_INFO = 6,
        LOG_LEVEL_DEBUG = 7
};

struct log_field {
        const char *key;
        const char *value; /* NULL: the field is left out */
};

/* Lines less important than @level are dropped. Default: info. Safe from any thread. */
void log_set_level(enum log_level level);

/* "error", "warning", "info" or "debug" to a level; -EINVAL for anything else. */
int log_level_parse(const char *s, enum log_level *ret);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same with structured fields; @fields ends with a key of NULL. */
void log_event(enum log_level level, const struct log_field *fields, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
