/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in descriptors.h. What each part may have open at once is counted here. */
#include "daemon/monitor/descriptors.h"

#include "common/base/addr.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/aia/aia.h"
#include "daemon/monitor/asks.h"
#include "daemon/probe/race.h"

#include <inttypes.h>
#include <sys/resource.h>

#define PER_WORKER 16 /* loop and inbox 4, resolver 6 to three servers, hosts file, a file judged */
#define PER_RECEIVER 3 /* a delivery, a connection kept open, one that is being closed */
#define PER_GUEST RACE_MAX_SOCKETS
#define AT_HOME 64 /* standard 3, loop 5, workers' reports 1, database 8, `notafter status` 17, who
                      reads files 16; configuration and certificates while they are read */
#define CLIENTS_MAX 512 /* who asks over HTTP, where there is no want */
#define CLIENTS_SHARE 8 /* otherwise of so many descriptors one */

void descriptors_raise(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static int64_t clients_of(int64_t limit)
{
        return limit / CLIENTS_SHARE < CLIENTS_MAX ? limit / CLIENTS_SHARE : CLIENTS_MAX;
}

size_t descriptors_clients(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT64_MAX)
                return CLIENTS_MAX;
        int64_t n = clients_of((int64_t)limit.rlim_cur);

        return n > 1 ? (size_t)n : 1;
}

static int64_t reserve(int64_t limit, size_t workers, size_t receivers)
{
        return AT_HOME + AIA_MAX_AT_ONCE + clients_of(limit) + (int64_t)workers * PER_WORKER +
               (int64_t)receivers * PER_RECEIVER;
}

/* Is there no choice of addresses? */
static bool is_at_one_address(const struct config_endpoint *e)
{
        AUTO_FREE char *connect_host = NULL;
        struct addr literal;
        uint16_t port;

        if (e->connect_to)
                addr_split_host_port(e->connect_to, &connect_host, &port);
        const char *host = connect_host ? connect_host : e->target.host;

        if (!host) /* a file, which is no probe */
                return true;
        return !config_proxy(e->set) && addr_parse_ip(host, 0, &literal);
}

/* What any probe may have open: several, while it races for a connection or looks at many. */
static int64_t per_probe(const struct config *config)
{
        for (size_t i = 0; i < config->n_endpoints; i++)
                if (!is_at_one_address(&config->endpoints[i]))
                        return RACE_MAX_SOCKETS; /* EACH_AT_ONCE is as many */
        return 1;
}

int64_t descriptors_allow(int64_t limit, size_t workers, size_t receivers, int64_t each)
{
        int64_t left = (limit - reserve(limit, workers, receivers)) / each;

        return left > 1 ? left : 1;
}

int64_t descriptors_concurrency(const struct config *config, size_t workers, char **ret_warning)
{
        struct rlimit limit;

        *ret_warning = NULL;
        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT64_MAX)
                return config->concurrency;
        int64_t each = per_probe(config);
        int64_t guests = config->probe.n_allow > 0 ? PER_GUEST * ASKS_GUESTS_AT_ONCE : 0;
        int64_t allowed = descriptors_allow((int64_t)limit.rlim_cur - guests, workers,
                                            config->n_receivers, each);

        if (config->concurrency <= allowed)
                return config->concurrency;
        if ((int64_t)config->n_endpoints <= allowed) /* there will never be more in flight */
                return allowed;
        *ret_warning = mem_printf(
                "limits.concurrency is %" PRId64 ", but RLIMIT_NOFILE allows %" PRId64 ": of %ju "
                "descriptors %" PRId64 " are set aside, and a probe may take %" PRId64 "; raise "
                "LimitNOFILE= in the unit (or ulimit -n), or lower limits.concurrency",
                config->concurrency, allowed, (uintmax_t)limit.rlim_cur,
                reserve((int64_t)limit.rlim_cur, workers, config->n_receivers) + guests,
                each);
        return allowed;
}
