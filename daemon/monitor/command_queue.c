/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `notafter alert queue` and `notafter alert retry` ask: who waits for what, what was given up
 * and why; and that it be tried again now.
 */
#include "daemon/monitor/commands_internal.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "daemon/alert/delivery.h"
#include "daemon/alert/message.h"
#include "daemon/store/store.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LETTERS 1000 /* of each kind: to read them takes time, and the loop waits */

/* --- queue ------------------------------------------------------------------------------------ */

/* NULL: of a receiver that is not configured; its messages wait all the same. */
static json_t *receiver_json(const char *name, const struct delivery_lane *lane,
                             const struct store_outbox_stats *stats)
{
        const char *state = !lane            ? "unconfigured"
                            : lane->disabled ? "disabled"
                            : lane->rest_s   ? "resting"
                            : lane->sending  ? "sending"
                                             : "ready";

        return json_must(json_pack(
                "{s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o}",
                "receiver", name, "state", state,
                "waiting", (json_int_t)(stats ? stats->waiting : 0),
                "dead", (json_int_t)(stats ? stats->dead : 0),
                "oldest", json_instant(stats ? stats->oldest_s : 0),
                "rests_s", lane && lane->rest_s ? json_integer(lane->rest_s) : json_null(),
                "disabled_since", json_instant(lane && lane->disabled ? lane->disabled_s : 0),
                "disabled_reason", json_text(lane ? lane->disabled : NULL),
                "last_error", json_text(stats ? stats->last_error : NULL)));
}

struct census {
        struct store_outbox_stats *stats;
        size_t n;
        bool *seen; /* of .stats: its receiver is configured */
        json_t *out;
};

static void add_lane(const struct delivery_lane *lane, void *arg)
{
        struct census *c = arg;
        size_t i = 0;

        while (i < c->n && strcmp(c->stats[i].receiver, lane->receiver) != 0)
                i++;
        if (i < c->n)
                c->seen[i] = true;
        json_array_append_new(c->out, receiver_json(lane->receiver, lane,
                                                    i < c->n ? &c->stats[i] : NULL));
}

json_t *command_receivers(struct monitor *m)
{
        struct store *store = monitor_store(m);
        struct census c = { .out = json_must(json_array()) };

        (void)store_outbox_stats(store, &c.stats, &c.n);
        c.seen = mem_new0(c.n, sizeof(*c.seen));
        delivery_each(monitor_delivery(m), add_lane, &c);
        for (size_t i = 0; i < c.n; i++)
                if (!c.seen[i])
                        json_array_append_new(c.out, receiver_json(c.stats[i].receiver, NULL,
                                                                   &c.stats[i]));
        store_outbox_stats_free(c.stats, c.n);
        free(c.seen);
        return c.out;
}

static void add_letter(const struct store_outbox_letter *l, void *arg)
{
        struct message m;
        bool readable = message_from_json(l->payload, &m) == 0;
        bool dead = l->ended_s != 0;

        json_array_append_new(arg, json_must(json_pack(
                "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}",
                "id", l->id, "receiver", l->receiver,
                "transition", json_text(readable ? message_kind_str(m.kind) : NULL),
                "code", json_text(readable ? message_code(&m) : NULL),
                "severity", json_text(readable ? message_severity_str(m.severity) : NULL),
                "summary", json_text(readable ? m.summary : NULL),
                "created", json_instant(l->created_s),
                "due", json_instant(dead ? 0 : l->due_s), "given_up", json_instant(l->ended_s),
                "attempts", (json_int_t)l->attempts, "last_error", json_text(l->last_error))));
        message_done(&m);
}

static json_t *letters_json(struct store *store, bool dead, const char *receiver, int64_t max)
{
        json_t *out = json_must(json_array());

        (void)store_outbox_list(store, dead, receiver, max, add_letter, out);
        return out;
}

/* Is there one, or was there, with messages left? */
static bool is_listed(const json_t *receivers, const char *name)
{
        const json_t *r;
        size_t i;

        json_array_foreach(receivers, i, r)
                if (strcmp(json_string_value(json_object_get(r, "receiver")), name) == 0)
                        return true;
        return false;
}

json_t *command_queue(struct monitor *m, const json_t *request)
{
        const char *receiver = command_text(request, "receiver");
        struct store *store = monitor_store(m);
        int64_t max = MAX_LETTERS;
        json_t *error = command_number(request, "max", 0, MAX_LETTERS, &max);

        if (error)
                return error;
        json_t *receivers = command_receivers(m);

        if (receiver && !is_listed(receivers, receiver)) {
                json_decref(receivers);
                return command_error("there is no receiver '%s'", receiver);
        }
        return json_must(json_pack("{s:o, s:o, s:o, s:o}", "at", json_instant(clock_wall_s()),
                                   "receivers", receivers,
                                   "waiting", letters_json(store, false, receiver, max),
                                   "dead", letters_json(store, true, receiver, max)));
}

/* --- retry ------------------------------------------------------------------------------------ */

json_t *command_retry(struct monitor *m, const json_t *request)
{
        const char *receiver = command_text(request, "receiver");
        struct store *store = monitor_store(m);

        if (!receiver && json_object_get(request, "receiver"))
                return command_error("receiver is a name; without it, all of them are meant");

        /* the messages first: a lane that looks must find them due */
        int r = store_outbox_hurry(store, receiver, clock_wall_s());
        size_t n = delivery_retry(monitor_delivery(m), receiver);

        if (r < 0)
                return command_error("the state cannot be written: %s", store_error(store));
        if (n == 0 && receiver)
                return command_error("there is no receiver '%s'", receiver);
        return json_must(json_pack("{s:I}", "receivers", (json_int_t)n));
}
