/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in clocks.h. A clock that is kept right is never set by much while it runs: time
 * services slew it, by half a millisecond a second at most. What is set is set by hand, by a time
 * service at its start, or by a host that wakes or moves a virtual machine.
 */
#include "daemon/monitor/clocks.h"

#include "common/base/log.h"
#include "common/base/parse.h"

#include <stdlib.h>

#define TOLERATED_MS 10000

static void say_sync(const struct clocks *c, enum clock_sync sync)
{
        if (sync == c->sync)
                return;
        if (sync == CLOCK_UNSYNCHRONISED)
                log_warning("the clock of this host is not synchronised: ends of certificates are "
                            "judged by it all the same; see timedatectl");
        else if (c->sync == CLOCK_UNSYNCHRONISED && sync == CLOCK_SYNCHRONISED)
                log_info("the clock of this host is synchronised now");
}

int64_t clocks_look(struct clocks *c, int64_t ahead_ms, enum clock_sync sync)
{
        int64_t set_ms = c->known ? ahead_ms - c->ahead_ms : 0;
        char span[SPAN_STR_MAX];

        say_sync(c, sync);
        *c = (struct clocks){ .known = true, .ahead_ms = ahead_ms, .sync = sync };
        if (llabs(set_ms) < TOLERATED_MS)
                return 0;
        log_warning("the clock of this host was set %s by %s", set_ms > 0 ? "forward" : "back",
                    span_str(llabs(set_ms) / 1000, span));
        return set_ms;
}
