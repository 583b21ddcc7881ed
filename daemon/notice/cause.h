/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/notice/cause.h - what is behind a problem, so that one certificate, one intermediate, one
 * resolver or one unreachable network on many endpoints is told as one. Pure.
 */
#pragma once

#include "common/cert/finding.h"
#include "daemon/judge/facts.h"

#include <stddef.h>

#define CAUSE_MAX 400 /* and its NUL; what is longer is hashed */

/*
 * Problems with the same text have the same cause:
 *     of the name servers  code, when they do not answer
 *     of the network       code and the network (/24, /64) in which the endpoint was last seen
 *     of a certificate     code and the certificate that it speaks of
 *     else                 code and @endpoint
 * @fingerprint and @facts (of the last probe that succeeded) may be NULL or empty.
 */
void cause_of(const char *endpoint, enum finding_code code, enum finding_scope scope,
              const char *fingerprint, const struct facts *facts, char out[static CAUSE_MAX]);
