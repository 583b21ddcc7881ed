/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/syslog_line.h - a message as one syslog record. Pure.
 */
#pragma once

#include "daemon/alert/message.h"

#define SYSLOG_MAX_TEXT_BYTES 2048 /* RFC 5424 has all receivers take this much, no more */
#define SYSLOG_MAX_PARAM_BYTES 256
#define SYSLOG_FACILITIES 24

/* Names by number, as in facility.priority of syslog.conf; NULL = without a common name. */
extern const char *const SYSLOG_FACILITY[SYSLOG_FACILITIES];

/* The number of a facility's name, or -EINVAL. */
int syslog_facility_parse(const char *name);

/*
 * RFC 5424, with structured data:
 *
 *     <26>1 2026-11-23T09:00:00Z host notafter 42 opened [notafter@32473 code="weak-key" ...] TEXT
 *
 * 32473 is the enterprise number that RFC 5612 reserves for documentation: we have none of our own.
 * TEXT starts with a byte order mark only when it is not plain ASCII, which then is required.
 */
char *syslog_line(const struct message *m, int facility, const char *hostname, long pid);

/* What journald understands on /dev/log: "<26>notafter[42]: TEXT". */
char *syslog_line_local(const struct message *m, int facility, long pid);
