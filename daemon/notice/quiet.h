/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/notice/quiet.h - quiet hours. Pure but for the zone of local time. */
#pragma once

#include "common/cert/finding.h"

#include <stdint.h>

struct config_quiet;

/* Until when a problem of @severity waits, wall clock; 0 = it is told now. */
int64_t quiet_until_s(const struct config_quiet *q, enum severity severity, int64_t now_s);
