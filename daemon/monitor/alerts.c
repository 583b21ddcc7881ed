/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing but the store is asked what is and what was told, so a crash anywhere loses nothing.
 * alerts_join.c writes changes into the groups, alerts_look.c tells of them.
 */
#include "daemon/monitor/alerts_internal.h"

#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/alert/message.h"
#include "daemon/store/store.h"

#include <stdlib.h>
#include <string.h>

#define DUE_GROUPS 256  /* looked at in one turn of the loop */
#define OPEN_GROUPS 200 /* read at once */

static const struct silence_list NO_SILENCES;

/* --- what the configuration says -------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
        return strcmp((*(const struct config_endpoint *const *)a)->id,
                      (*(const struct config_endpoint *const *)b)->id);
}

static void index_config(struct alerts *a)
{
        size_t n = a->config->n_endpoints;

        a->by_id = mem_resize(a->by_id, n + 1, sizeof(*a->by_id));
        for (size_t i = 0; i < n; i++)
                a->by_id[i] = &a->config->endpoints[i];
        qsort(a->by_id, n, sizeof(*a->by_id), by_id);
        free(a->latest);
        a->latest = mem_new0(a->config->n_receivers, sizeof(*a->latest));
}

const struct config_endpoint *alerts_find_endpoint(const char *id, const void *arg)
{
        const struct alerts *a = arg;
        const struct config_endpoint key = { .id = (char *)id }, *wanted = &key;
        const struct config_endpoint **found =
                bsearch(&wanted, a->by_id, a->config->n_endpoints, sizeof(*a->by_id), by_id);

        return found ? *found : NULL;
}

/* --- at the end of a transaction -------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return x < y ? -1 : x > y;
}

int alerts_settle(struct alerts *a, int64_t now_s)
{
        alerts_mind_transaction(a);
        int r = alerts_keep_latest(a);

        if (a->n_touched > 0)
                qsort(a->touched, a->n_touched, sizeof(*a->touched), by_number);
        for (size_t i = 0; i < a->n_touched && r >= 0; i++)
                if (i == 0 || a->touched[i] != a->touched[i - 1])
                        r = alerts_look(a, a->touched[i], now_s);
        a->n_touched = 0;
        return r < 0 ? r : 0;
}

/* --- in their time ---------------------------------------------------------------------------- */

/* A clock that was set back has left times behind that may be years away. */
static int mind_the_clock(struct alerts *a, int64_t now_s)
{
        bool anew = now_s < a->due_look_s || a->due_look_s == 0;

        return anew ? store_groups_wake(a->store, now_s) : 0;
}

static int look_at_due(struct alerts *a, int64_t now_s)
{
        int64_t rows[DUE_GROUPS];
        int told = 0, r = mind_the_clock(a, now_s);

        if (r == 0)
                r = store_groups_due(a->store, now_s, rows, DUE_GROUPS);
        for (int i = 0, n = r; i < n && r >= 0; i++) {
                r = alerts_look(a, rows[i], now_s);
                told += r > 0;
        }
        return r < 0 ? r : told;
}

int alerts_due(struct alerts *a, int64_t now_s)
{
        int r = store_begin(a->store);

        if (r < 0)
                return r;
        r = look_at_due(a, now_s);
        int committed = store_commit(a->store);

        if (r >= 0 && committed == 0)
                a->due_look_s = now_s;
        return committed < 0 ? committed : r;
}

int64_t alerts_next_s(const struct alerts *a)
{
        return a->due_look_s == 0 ? 0 : store_groups_next_due_s(a->store);
}

/* --- once more -------------------------------------------------------------------------------- */

int alerts_open(struct alerts *a, const char *receiver, char **after, int64_t now_s,
                struct message *ret, int max)
{
        int64_t rows[OPEN_GROUPS];
        int n = 0, r = 1;

        while (n == 0 && r > 0) {
                int n_rows = store_groups_told(a->store, receiver, after, rows,
                                               max < OPEN_GROUPS ? max : OPEN_GROUPS);

                r = n_rows;
                for (int i = 0; i < n_rows && r >= 0; i++) {
                        r = alerts_repeat(a, rows[i], now_s, &ret[n]);
                        n += r > 0;
                }
                r = r < 0 ? r : n_rows;
        }
        return n > 0 ? n : r;
}

/* --- a life ----------------------------------------------------------------------------------- */

struct alerts *alerts_new(struct store *store, const struct config *config)
{
        struct alerts *a = mem_new0(1, sizeof(*a));

        *a = (struct alerts){ .store = store, .config = config, .silences = &NO_SILENCES };
        index_config(a);
        return a;
}

void alerts_free(struct alerts *a)
{
        if (!a)
                return;
        alerts_forget_latest(a);
        free(a->latest);
        free(a->by_id);
        free(a->touched);
        free(a);
}

void alerts_reload(struct alerts *a, const struct config *config)
{
        alerts_forget_latest(a);
        a->config = config;
        index_config(a);
        a->due_look_s = 0; /* all are looked at anew */
}

void alerts_silences(struct alerts *a, const struct silence_list *silences)
{
        a->silences = silences;
        a->due_look_s = 0;
}
