/* SPDX-License-Identifier: Apache-2.0 */
/* What programs ask for. The contract is in routes.h. */
#include "common/base/buf.h"
#include "daemon/monitor/monitor.h"
#include "daemon/web/exchange.h"
#include "daemon/web/routes.h"

void answer_healthz(struct web_exchange *x)
{
        struct buf body = BUF_INIT(64);

        if (monitor_healthy(web_monitor(x))) {
                buf_puts(&body, "ok\n");
                web_reply(x, 200, "text/plain; charset=utf-8", &body);
        } else {
                web_fail(x, 503, "the schedule is stalled");
        }
        buf_done(&body);
}
