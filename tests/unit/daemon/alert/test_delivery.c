/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery on a clock that the test moves: an outbox in memory, webhooks on a fake HTTP client, and
 * a log that is counted. event_add() is stood in front of, to see how long a lane means to sleep.
 */
#include "fake_http.h"
#include "sample.h"

#include "daemon/alert/delivery.h"
#include "daemon/alert/receiver.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "config/model.h"

#include <dlfcn.h>
#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_ROWS 64
#define SECRET_PATH "/tmp/notafter-delivery-test-key"

/* --- what stands in for the world ------------------------------------------------------------- */

static int64_t wall_s, mono_ms;

int64_t clock_wall_s(void) { return wall_s; }
int64_t clock_mono_ms(void) { return mono_ms; }
int64_t clock_boot_ms(void) { return mono_ms; }
int64_t clock_mono_us(void) { return mono_ms * 1000; }

static int64_t slept_ms; /* the last timer that was armed */

int event_add(struct event *ev, const struct timeval *timeout)
{
        int (*real)(struct event *, const struct timeval *);

        *(void **)&real = dlsym(RTLD_NEXT, "event_add");
        if (timeout)
                slept_ms = timeout->tv_sec * 1000 + timeout->tv_usec / 1000;
        return real(ev, timeout);
}

static int logged[LOG_LEVEL_DEBUG + 1];
static char last_log[LOG_LEVEL_DEBUG + 1][1024];

static void keep_log(enum log_level level, const char *fmt, va_list ap)
{
        logged[level]++;
        vsnprintf(last_log[level], sizeof(last_log[level]), fmt, ap);
        assert_null(strstr(last_log[level], "hush"));
}

#define FAKE_LOG(name, level)                                                                      \
        void name(const char *fmt, ...)                                                            \
        {                                                                                          \
                va_list ap;                                                                        \
                va_start(ap, fmt);                                                                 \
                keep_log(level, fmt, ap);                                                          \
                va_end(ap);                                                                        \
        }

FAKE_LOG(log_error, LOG_LEVEL_ERROR)
FAKE_LOG(log_warning, LOG_LEVEL_WARNING)
FAKE_LOG(log_info, LOG_LEVEL_INFO)
FAKE_LOG(log_debug, LOG_LEVEL_DEBUG)

struct row {
        const char *receiver; /* NULL = done */
        const char *endpoint;
        char *payload;
        int64_t created_s, due_s, attempts;
        bool dead;
        char reason[256];
};

struct rig {
        struct event_base *base;
        struct config cfg;
        struct config_receiver receivers[2];
        struct config_receiver *reloaded; /* what cfg has instead, after a reload */
        struct outbox outbox;
        struct row rows[MAX_ROWS];
        size_t n_rows;
        int outbox_result; /* what done, retry, postpone, dead, disable and enable say */
        const char *disabled; /* the receiver that is remembered as disabled, or NULL */
        uint32_t disabled_config;
        int n_open; /* problems that a receiver is told of again and again */
        struct delivery *delivery;
};

static bool waits(const struct row *r, const char *receiver)
{
        return r->receiver && !r->dead && strcmp(r->receiver, receiver) == 0;
}

static bool is_head(const struct rig *rig, const struct row *row)
{
        for (const struct row *r = rig->rows; r < row; r++)
                if (waits(r, row->receiver) && strcmp(r->endpoint, row->endpoint) == 0)
                        return false;
        return true;
}

/* The first of a line that is due first; NULL = nothing waits. */
static const struct row *first_due(const struct rig *rig, const char *receiver)
{
        const struct row *first = NULL;

        for (const struct row *r = rig->rows; r < rig->rows + rig->n_rows; r++)
                if (waits(r, receiver) && is_head(rig, r) && (!first || r->due_s < first->due_s))
                        first = r;
        return first;
}

static int rows_next(void *ctx, const char *receiver, int64_t now_s, struct outbox_item *ret)
{
        struct rig *rig = ctx;
        const struct row *r = first_due(rig, receiver);

        if (!r || r->due_s > now_s)
                return 0;
        *ret = (struct outbox_item){ r - rig->rows, mem_strdup(r->payload), r->created_s,
                                     r->attempts };
        return 1;
}

static int64_t rows_next_due_s(void *ctx, const char *receiver)
{
        const struct row *r = first_due(ctx, receiver);

        return r ? r->due_s : -1;
}

static int rows_done(void *ctx, int64_t row, int64_t now_s)
{
        struct rig *rig = ctx;

        (void)now_s;
        if (rig->outbox_result == 0)
                rig->rows[row].receiver = NULL;
        return rig->outbox_result;
}

static int rows_retry(void *ctx, int64_t row, const char *reason)
{
        struct rig *rig = ctx;

        if (rig->outbox_result < 0)
                return rig->outbox_result;
        rig->rows[row].attempts++;
        snprintf(rig->rows[row].reason, sizeof(rig->rows[row].reason), "%s", reason);
        return 0;
}

static int rows_postpone(void *ctx, int64_t row, int64_t due_s, const char *reason)
{
        struct rig *rig = ctx;
        int r = rows_retry(ctx, row, reason);

        if (r == 0)
                rig->rows[row].due_s = due_s;
        return r;
}

static int rows_dead(void *ctx, int64_t row, int64_t now_s, const char *reason)
{
        struct rig *rig = ctx;

        (void)now_s;
        if (rig->outbox_result < 0)
                return rig->outbox_result;
        rig->rows[row].dead = true;
        snprintf(rig->rows[row].reason, sizeof(rig->rows[row].reason), "%s", reason);
        return 0;
}

static int rows_disable(void *ctx, const char *receiver, uint32_t config, int64_t now_s,
                        const char *reason)
{
        struct rig *rig = ctx;

        (void)now_s;
        assert_non_null(strstr(reason, "HTTP 410"));
        if (rig->outbox_result == 0) {
                rig->disabled = receiver;
                rig->disabled_config = config;
        }
        return rig->outbox_result;
}

static int rows_disabled(void *ctx, const char *receiver, uint32_t config, int64_t *ret_since_s,
                         char **ret_reason)
{
        struct rig *rig = ctx;

        if (!rig->disabled || strcmp(rig->disabled, receiver) != 0 ||
            rig->disabled_config != config)
                return 0;
        *ret_since_s = 1700000000;
        *ret_reason = mem_strdup("HTTP 410 of old");
        return 1;
}

static int rows_enable(void *ctx, const char *receiver)
{
        struct rig *rig = ctx;

        if (rig->outbox_result == 0 && rig->disabled && strcmp(rig->disabled, receiver) == 0)
                rig->disabled = NULL;
        return rig->outbox_result;
}

static int rows_open(void *ctx, const char *receiver, char **after, struct message *ret, int max)
{
        const struct rig *rig = ctx;
        int n = 0, last = *after ? atoi(*after) : 0;

        assert_string_equal(receiver, "am");
        for (; n < max && last < rig->n_open; last++) {
                ret[n] = sample();
                ret[n++].kind = MESSAGE_REMINDER;
        }
        free(*after);
        *after = mem_printf("%d", last);
        return n;
}

static struct config_receiver webhook(const char *name, const char *host)
{
        return (struct config_receiver){
                .name = (char *)name,
                .kind = RECEIVER_WEBHOOK,
                .url = mem_printf("https://%s/?token=hush", host),
                .timeout_ms = 15000,
                .max_age_s = 86400,
        };
}

static int setup(void **state)
{
        struct rig *rig = mem_new0(1, sizeof(*rig));

        *rig = (struct rig){
                .base = event_base_new(),
                .receivers = { webhook("ops", "ops"), webhook("dev", "dev") },
                .outbox = { rig, rows_next, rows_next_due_s, rows_done, rows_retry, rows_postpone,
                            rows_dead, rows_disable, rows_disabled, rows_enable, rows_open },
        };
        rig->cfg = (struct config){ .receivers = rig->receivers, .n_receivers = 2 };
        wall_s = 1800000000;
        mono_ms = 5000000;
        fake_posts = fake_cancels = fake_post_result = 0;
        memset(logged, 0, sizeof(logged));
        *state = rig;
        return 0;
}

static int teardown(void **state)
{
        struct rig *rig = *state;

        delivery_free(rig->delivery);
        assert_null(fake_open);
        for (size_t i = 0; i < rig->n_rows; i++)
                free(rig->rows[i].payload);
        for (size_t i = 0; i < ARRAY_LEN(rig->receivers); i++)
                free(rig->receivers[i].url);
        for (size_t i = 0; rig->reloaded && i < 2; i++)
                free(rig->reloaded[i].url);
        free(rig->reloaded);
        event_base_free(rig->base);
        unlink(SECRET_PATH);
        free(rig);
        return 0;
}

static struct row *put_row_about(struct rig *rig, const char *receiver, const char *endpoint)
{
        struct row *r = &rig->rows[rig->n_rows];
        struct message m = sample();

        assert_true(rig->n_rows < MAX_ROWS);
        snprintf(m.id, sizeof(m.id), "msg_%032zx", rig->n_rows++);
        *r = (struct row){ .receiver = receiver, .endpoint = endpoint,
                           .payload = message_to_json(&m), .created_s = wall_s, .due_s = wall_s };
        message_done(&m);
        return r;
}

/* About an endpoint of its own. */
static struct row *put_row(struct rig *rig, const char *receiver)
{
        static const char NAMES[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ+/";

        return put_row_about(rig, receiver, &NAMES[rig->n_rows]);
}

static void turn(struct rig *rig)
{
        for (int i = 0; i < 6; i++)
                event_base_loop(rig->base, EVLOOP_NONBLOCK);
}

/* As a restart does. */
static void start(struct rig *rig)
{
        delivery_free(rig->delivery);
        rig->delivery = delivery_new(rig->base, &rig->cfg, NULL, &rig->outbox);
        turn(rig);
}

static struct config_receiver *copy_receivers(const struct rig *rig)
{
        struct config_receiver *copy = mem_new0(2, sizeof(*copy));

        for (size_t i = 0; i < 2; i++) {
                copy[i] = rig->cfg.receivers[i];
                copy[i].url = mem_strdup(copy[i].url);
        }
        return copy;
}

/* The first @n of @receivers from now on; nothing is left of what was there before. */
static void reload(struct rig *rig, struct config_receiver *receivers, size_t n)
{
        struct config_receiver *old = rig->cfg.receivers;

        rig->cfg = (struct config){ .receivers = receivers, .n_receivers = n };
        delivery_reload(rig->delivery, &rig->cfg);
        for (size_t i = 0; i < 2; i++) {
                free(old[i].url);
                old[i] = (struct config_receiver){ 0 };
        }
        free(rig->reloaded);
        rig->reloaded = receivers;
        turn(rig);
}

/* Time passes, and the lanes look again (as their timers would have them). */
static void pass(struct rig *rig, int64_t s)
{
        wall_s += s;
        mono_ms += s * 1000;
        delivery_kick(rig->delivery);
        turn(rig);
}

static struct http_request *open_to(const char *host)
{
        AUTO_FREE char *url = mem_printf("https://%s/?token=hush", host);

        for (struct http_request *r = fake_open; r; r = r->next)
                if (strcmp(r->url, url) == 0)
                        return r;
        return NULL;
}

static void answer(struct rig *rig, const char *host, int status, int64_t retry_after_s)
{
        struct http_request *r = open_to(host);

        assert_non_null(r);
        fake_answer(r, &(struct http_answer){ .status = status, .body = "", .error = "refused",
                                              .retry_after_s = retry_after_s });
        turn(rig);
}

static bool carries(const char *host, size_t row)
{
        struct http_request *r = open_to(host);
        char id[64];

        snprintf(id, sizeof(id), "webhook-id: msg_%032zx\n", row);
        return r && strstr(r->headers, id);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void backoff_doubles_from_5_s_to_an_hour(void **state)
{
        static const int64_t EXPECTED[] = { 5, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600,
                                            3600 };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(EXPECTED); i++) {
                int64_t least = delivery_backoff_s((int64_t)i, UINT32_MAX);

                assert_int_equal(delivery_backoff_s((int64_t)i, 0), EXPECTED[i]);
                assert_int_equal(least, EXPECTED[i] - EXPECTED[i] / 5);
        }
        assert_int_equal(delivery_backoff_s(INT64_MAX, 0), 3600);
}

static void one_at_a_time_oldest_first(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        put_row(rig, "ops");
        start(rig);
        assert_int_equal(fake_posts, 1);
        assert_true(carries("ops", 0));
        assert_true(delivery_busy(rig->delivery));
        delivery_kick(rig->delivery);
        turn(rig);
        assert_int_equal(fake_posts, 1);
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[0].receiver);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[1].receiver);
        assert_false(delivery_busy(rig->delivery));
        for (int i = 0; i <= LOG_LEVEL_INFO; i++)
                assert_int_equal(logged[i], 0);
}

static void dead_receiver_delays_nobody_else(void **state)
{
        struct rig *rig = *state;

        for (int i = 0; i < 3; i++) {
                put_row(rig, "ops");
                put_row(rig, "dev");
        }
        start(rig);
        for (int i = 0; i < 3; i++)
                answer(rig, "dev", 200, 0);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 0, 0);
        assert_null(fake_open);
        for (size_t i = 0; i < 6; i++)
                assert_int_equal(rig->rows[i].receiver == NULL, i % 2 == 1);
}

static void trouble_rests_the_lane_and_keeps_the_order(void **state)
{
        struct rig *rig = *state;

        rig->cfg.n_receivers = 1;
        put_row(rig, "ops");
        put_row(rig, "ops");
        start(rig);
        answer(rig, "ops", 503, 0);
        assert_int_equal(rig->rows[0].attempts, 1);
        assert_non_null(strstr(rig->rows[0].reason, "HTTP 503"));
        pass(rig, 3);
        assert_null(fake_open);
        assert_in_range(slept_ms, 1, 2000);
        pass(rig, 2);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 503, 0);
        pass(rig, 7);
        assert_null(fake_open);
        pass(rig, 3);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 200, 0);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 200, 0);
}

static void trouble_is_told_at_its_beginning_and_its_end(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        start(rig);
        for (int i = 0; i < 3; i++) {
                answer(rig, "ops", 0, 0);
                pass(rig, 3600);
        }
        assert_int_equal(logged[LOG_LEVEL_WARNING], 1);
        assert_string_equal(last_log[LOG_LEVEL_WARNING], "receiver ops: cannot deliver: "
                            "https://ops: refused; messages wait");
        assert_int_equal(logged[LOG_LEVEL_INFO], 0);
        answer(rig, "ops", 200, 0);
        assert_int_equal(logged[LOG_LEVEL_INFO], 1);
        assert_string_equal(last_log[LOG_LEVEL_INFO], "receiver ops: delivering again after 3 "
                            "failures");
        assert_int_equal(logged[LOG_LEVEL_ERROR], 0);
}

static void retry_after_is_heeded_up_to_an_hour(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        start(rig);
        answer(rig, "ops", 429, 120);
        pass(rig, 119);
        assert_null(fake_open);
        pass(rig, 1);
        answer(rig, "ops", 429, 1000000);
        pass(rig, DELIVERY_MAX_BACKOFF_S - 1);
        assert_null(fake_open);
        pass(rig, 1);
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[0].receiver);
}

static void rejected_message_lets_others_pass(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        put_row(rig, "ops");
        start(rig);
        answer(rig, "ops", 400, 0);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 200, 0);
        assert_null(fake_open);
        assert_int_equal(logged[LOG_LEVEL_WARNING], 1);
        pass(rig, 5);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 400, 0);
        pass(rig, 7);
        assert_null(fake_open);
        pass(rig, 3);
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[0].receiver);
        assert_int_equal(logged[LOG_LEVEL_WARNING], 1);
        assert_int_equal(logged[LOG_LEVEL_INFO], 0);
}

static void nothing_overtakes_across_restarts(void **state)
{
        struct rig *rig = *state;

        rig->cfg.n_receivers = 1;
        put_row_about(rig, "ops", "shop");
        start(rig);
        answer(rig, "ops", 0, 0);
        put_row_about(rig, "ops", "shop");
        for (int i = 0; i < 2; i++) {
                pass(rig, 1);
                assert_null(fake_open); /* the lane rests */
                start(rig);
                assert_true(carries("ops", 0)); /* a new one need not */
                answer(rig, "ops", 0, 0);
        }
        assert_int_equal(rig->rows[0].attempts, 3);
        assert_int_equal(rig->rows[1].attempts, 0);
        start(rig);
        assert_null(fake_open); /* it stepped aside, and its endpoint's next waits behind it */
        pass(rig, 20);
        answer(rig, "ops", 200, 0);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[1].receiver);
}

static void rejected_message_is_not_overtaken_by_its_endpoint(void **state)
{
        struct rig *rig = *state;

        rig->cfg.n_receivers = 1;
        put_row_about(rig, "ops", "shop");
        put_row_about(rig, "ops", "shop");
        put_row_about(rig, "ops", "mail");
        start(rig);
        answer(rig, "ops", 400, 0);
        assert_true(carries("ops", 2));
        answer(rig, "ops", 200, 0);
        assert_null(fake_open);
        assert_in_range(slept_ms, 4000, 5000); /* until it is due, as the rest is not */
        start(rig);
        assert_null(fake_open);
        pass(rig, 5);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 200, 0);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[1].receiver);
}

static void rejected_until_it_is_too_old_lets_its_endpoint_go_on(void **state)
{
        struct rig *rig = *state;

        rig->cfg.n_receivers = 1;
        rig->receivers[0].max_age_s = 60;
        put_row_about(rig, "ops", "shop");
        start(rig);
        answer(rig, "ops", 400, 50);
        pass(rig, 40);
        put_row_about(rig, "ops", "shop");
        pass(rig, 10);
        answer(rig, "ops", 400, 10);
        pass(rig, 9);
        assert_null(fake_open);
        pass(rig, 1);
        assert_false(rig->rows[0].dead);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 400, 0);
        assert_true(rig->rows[0].dead);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[1].receiver);
}

/* Stopped for a year, or the clock is set: what is too old is tried before it is given up. */
static void age_alone_buries_nothing(void **state)
{
        struct rig *rig = *state;

        rig->cfg.n_receivers = 1;
        rig->receivers[0].max_age_s = 60;
        for (int i = 0; i < 3; i++)
                put_row(rig, "ops");
        wall_s += 365 * 86400;
        start(rig);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 200, 0);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 503, 0);
        assert_true(rig->rows[1].dead);
        assert_non_null(strstr(rig->rows[1].reason, "not delivered within 1m, 1 attempt"));
        wall_s += 365 * 86400;
        pass(rig, 4); /* the lane rests; the clock says a year, the receiver had seconds */
        assert_false(rig->rows[2].dead);
        pass(rig, 1);
        assert_true(carries("ops", 2));
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[2].receiver);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 1);
}

/* One message that the receiver cannot stand: the others go on, and little is said of it. */
static void message_that_makes_trouble_steps_aside(void **state)
{
        struct rig *rig = *state;

        rig->cfg.n_receivers = 1;
        put_row_about(rig, "ops", "shop");
        put_row_about(rig, "ops", "shop");
        put_row_about(rig, "ops", "mail");
        start(rig);
        for (int i = 0; i < 3; i++) {
                assert_true(carries("ops", 0));
                answer(rig, "ops", 500, 0);
                assert_null(fake_open);
                pass(rig, 5 << i);
        }
        assert_int_equal(rig->rows[0].attempts, 3);
        assert_true(carries("ops", 2)); /* 0 is due again as well, but 2 has waited longer */
        answer(rig, "ops", 200, 0);
        assert_true(carries("ops", 0));
        for (int i = 0; i < 20; i++) {
                answer(rig, "ops", 500, 0);
                size_t next = rig->n_rows;

                put_row(rig, "ops");
                pass(rig, 5);
                assert_true(carries("ops", next));
                answer(rig, "ops", 200, 0);
                assert_null(fake_open); /* its own wait goes on */
                assert_in_range(rig->rows[0].due_s - wall_s, 1, 600);
                pass(rig, rig->rows[0].due_s - wall_s);
                assert_true(carries("ops", 0));
        }
        assert_int_equal(logged[LOG_LEVEL_WARNING], 1);
        assert_int_equal(logged[LOG_LEVEL_INFO], 1);
        answer(rig, "ops", 200, 0);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[1].receiver);
}

/* However many wait: a receiver that is down is asked once per rest, ever more rarely. */
static void receiver_that_is_down_is_asked_once_per_rest(void **state)
{
        struct rig *rig = *state;
        int64_t begin_s = wall_s;

        rig->cfg.n_receivers = 1;
        for (int i = 0; i < 30; i++)
                put_row(rig, "ops");
        start(rig);
        for (int tries = 1; tries <= 20; tries++) {
                int64_t tried_s = wall_s;

                assert_int_equal(fake_posts, tries);
                answer(rig, "ops", 0, 0);
                while (!fake_open && wall_s - tried_s <= 3600)
                        pass(rig, 1);
                assert_in_range(wall_s - tried_s, delivery_backoff_s(tries, UINT32_MAX),
                                delivery_backoff_s(tries, 0));
        }
        assert_true(wall_s - begin_s > 10 * 3600 * 4 / 5);
        assert_int_equal(logged[LOG_LEVEL_WARNING], 1);
        for (int i = 0; i < 30; i++)
                answer(rig, "ops", 200, 0);
        assert_null(fake_open);
        assert_null(first_due(rig, "ops"));
        assert_int_equal(logged[LOG_LEVEL_INFO], 1);
}

static void too_old_is_a_dead_letter_even_while_the_lane_rests(void **state)
{
        struct rig *rig = *state;

        rig->receivers[0].max_age_s = 60;
        put_row(rig, "ops");
        start(rig);
        answer(rig, "ops", 429, 50);
        wall_s += 30;
        mono_ms += 30000;
        put_row(rig, "ops");
        pass(rig, 20);
        answer(rig, "ops", 429, 3000);
        pass(rig, 9);
        assert_false(rig->rows[0].dead);
        pass(rig, 1);
        assert_true(rig->rows[0].dead);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 1);
        assert_non_null(strstr(last_log[LOG_LEVEL_ERROR], "not delivered within 1m, 2 attempts"));
        pass(rig, 29);
        assert_false(rig->rows[1].dead);
        pass(rig, 1);
        assert_true(rig->rows[1].dead);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 2);
        assert_non_null(strstr(last_log[LOG_LEVEL_ERROR], "not delivered within 1m, 0 attempts"));
        assert_int_equal(fake_posts, 2);
}

static void unreadable_payload_is_a_dead_letter(void **state)
{
        struct rig *rig = *state;

        for (int i = 0; i < 40; i++)
                strcpy(put_row(rig, "ops")->payload, "{}");
        put_row(rig, "ops");
        start(rig);
        assert_true(rig->rows[39].dead);
        assert_true(carries("ops", 40));
        answer(rig, "ops", 200, 0);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 40);
}

static void restart_sends_again_with_the_same_id(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        start(rig);
        assert_true(carries("ops", 0));
        start(rig);
        assert_int_equal(fake_cancels, 1);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[0].receiver);
}

static void reload_lets_equal_receivers_finish(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        put_row(rig, "ops");
        put_row(rig, "dev");
        start(rig);
        answer(rig, "dev", 503, 100);
        for (int i = 0; i < 2; i++)
                reload(rig, copy_receivers(rig), 2);
        assert_int_equal(fake_cancels, 0);
        assert_int_equal(fake_posts, 2);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[0].receiver);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 200, 0);
        pass(rig, 99);
        assert_null(fake_open); /* as the receiver had asked */
        pass(rig, 1);
        assert_true(carries("dev", 2));
        answer(rig, "dev", 200, 0);
        assert_int_equal(logged[LOG_LEVEL_WARNING], 1);
        assert_int_equal(logged[LOG_LEVEL_INFO], 1);
}

static void reload_begins_and_ends_what_is_not_equal(void **state)
{
        struct rig *rig = *state;
        struct config_receiver *next;

        rig->cfg.n_receivers = 1;
        put_row(rig, "ops");
        put_row(rig, "dev");
        start(rig);
        assert_true(carries("ops", 0));
        assert_null(open_to("dev"));
        next = copy_receivers(rig);
        free(next[0].url);
        next[0].url = mem_strdup("https://new/?token=hush");
        reload(rig, next, 2);
        assert_int_equal(fake_cancels, 1);
        assert_null(open_to("ops"));
        assert_true(carries("new", 0));
        assert_true(carries("dev", 1));
        reload(rig, copy_receivers(rig), 1);
        assert_null(open_to("dev"));
        answer(rig, "new", 200, 0);
        assert_null(rig->rows[0].receiver);
        reload(rig, copy_receivers(rig), 0);
        assert_false(delivery_busy(rig->delivery));
        pass(rig, 10);
        assert_non_null(rig->rows[1].receiver);
        assert_null(fake_open);
}

static void write_secret(void)
{
        FILE *f = fopen(SECRET_PATH, "w");

        assert_non_null(f);
        fputs("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n", f);
        fclose(f);
}

/* Whatever the value: the lane begins anew, and so it sends although the former one rested. */
static void every_value_of_a_receiver_counts(void **state)
{
        struct rig *rig = *state;
        struct config_receiver base, *next;

        rig->cfg.n_receivers = 1;
        put_row(rig, "ops");
        start(rig);
        write_secret();
        base = rig->receivers[0];
        const struct config_receiver changes[] = {
                { .max_age_s = 1 },
                { .timeout_ms = 1 },
                { .ca_file = (char *)"x" },
                { .socket = (char *)"x" },
                { .facility = (char *)"x" },
                { .secret_file = (char *)SECRET_PATH },
        };

        for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
                answer(rig, "ops", 503, 10);
                rig->rows[0].due_s = wall_s; /* it steps aside sooner or later */
                next = copy_receivers(rig);
                next[0].max_age_s = base.max_age_s + changes[i].max_age_s;
                next[0].timeout_ms = base.timeout_ms + changes[i].timeout_ms;
                next[0].ca_file = changes[i].ca_file;
                next[0].socket = changes[i].socket;
                next[0].facility = changes[i].facility;
                next[0].secret_file = changes[i].secret_file;
                reload(rig, next, 1);
                assert_true(carries("ops", 0));
                answer(rig, "ops", 503, 10);
                rig->rows[0].due_s = wall_s;
                reload(rig, copy_receivers(rig), 1);
                assert_null(fake_open);
                pass(rig, 10);
        }
        answer(rig, "ops", 200, 0);
}

static void reload_reads_secrets_again(void **state)
{
        struct rig *rig = *state;

        rig->cfg.n_receivers = 1;
        rig->receivers[0].secret_file = (char *)SECRET_PATH;
        put_row(rig, "ops");
        put_row(rig, "ops");
        start(rig);
        assert_null(fake_open);
        write_secret();
        reload(rig, copy_receivers(rig), 1);
        assert_true(carries("ops", 0)); /* at once, not after the wait for the file */
        unlink(SECRET_PATH);
        reload(rig, copy_receivers(rig), 1);
        assert_true(carries("ops", 0));
        assert_int_equal(logged[LOG_LEVEL_ERROR], 1);
        answer(rig, "ops", 200, 0);
        assert_null(fake_open);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 2);
}

static void missing_secret_waits_and_is_told_once(void **state)
{
        struct rig *rig = *state;

        rig->receivers[0].secret_file = (char *)SECRET_PATH;
        put_row(rig, "ops");
        start(rig);
        pass(rig, 30);
        pass(rig, 30);
        assert_int_equal(fake_posts, 0);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 1);
        assert_non_null(strstr(last_log[LOG_LEVEL_ERROR], SECRET_PATH));
        write_secret();
        pass(rig, 29);
        assert_int_equal(fake_posts, 0);
        pass(rig, 1);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 200, 0);
        assert_int_equal(logged[LOG_LEVEL_INFO], 1);
}

static void failing_outbox_does_not_make_a_storm(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        start(rig);
        rig->outbox_result = -ENOSPC;
        answer(rig, "ops", 200, 0);
        assert_int_equal(fake_posts, 1);
        pass(rig, 59);
        assert_int_equal(fake_posts, 1);
        pass(rig, 1);
        assert_int_equal(fake_posts, 2);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 200, 0);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 1);
        assert_non_null(strstr(last_log[LOG_LEVEL_ERROR], "No space left"));
        rig->outbox_result = 0;
        pass(rig, 60);
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[0].receiver);
}

static void failing_burial_does_not_make_a_storm(void **state)
{
        struct rig *rig = *state;

        strcpy(put_row(rig, "ops")->payload, "{}");
        rig->outbox_result = -ENOSPC;
        start(rig);
        for (int i = 0; i < 5; i++)
                pass(rig, 10);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 1);
        rig->outbox_result = 0;
        pass(rig, 10);
        assert_true(rig->rows[0].dead);
}

static void no_sleep_is_longer_than_a_minute(void **state)
{
        struct rig *rig = *state;

        rig->cfg.n_receivers = 1;
        start(rig);
        assert_int_equal(slept_ms, 60000);
        put_row(rig, "ops")->due_s = wall_s + 1000;
        pass(rig, 0);
        assert_int_equal(slept_ms, 60000);
        put_row(rig, "ops")->due_s = wall_s + 17;
        pass(rig, 0);
        assert_int_equal(slept_ms, 17000);
        pass(rig, 17);
        assert_true(carries("ops", 1));
}

static void clock_set_back_does_not_stall(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        wall_s -= 400 * 86400;
        start(rig);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 503, 0);
        wall_s -= 400 * 86400;
        pass(rig, 5);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 200, 0);
        assert_null(rig->rows[0].receiver);
}

/* --- gone for good ---------------------------------------------------------------------------- */

static void nothing_is_sent_to_whom_is_gone(struct rig *rig)
{
        int posts = fake_posts;

        assert_null(open_to("ops"));
        for (int i = 0; i < 3; i++)
                pass(rig, 4000);
        assert_int_equal(fake_posts, posts);
        assert_non_null(rig->rows[0].receiver);
        assert_false(rig->rows[0].dead);
}

static void gone_for_good_disables_over_restarts_until_told_otherwise(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        put_row(rig, "ops");
        start(rig);
        answer(rig, "ops", 410, 0);
        assert_string_equal(rig->disabled, "ops");
        assert_int_equal(logged[LOG_LEVEL_ERROR], 1);
        assert_non_null(strstr(last_log[LOG_LEVEL_ERROR], "DISABLED"));
        assert_non_null(strstr(last_log[LOG_LEVEL_ERROR], "notafter alert retry ops"));
        assert_int_equal(rig->rows[0].attempts, 1);
        nothing_is_sent_to_whom_is_gone(rig);
        reload(rig, copy_receivers(rig), 2); /* the same as before */
        nothing_is_sent_to_whom_is_gone(rig);
        start(rig);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 2);
        nothing_is_sent_to_whom_is_gone(rig);
        assert_int_equal(delivery_retry(rig->delivery, "nobody"), 0);
        nothing_is_sent_to_whom_is_gone(rig);
        assert_int_equal(delivery_retry(rig->delivery, "ops"), 1);
        turn(rig);
        assert_null(rig->disabled);
        assert_true(carries("ops", 0));
        answer(rig, "ops", 200, 0);
        assert_true(carries("ops", 1));
        answer(rig, "ops", 200, 0);
        assert_int_equal(logged[LOG_LEVEL_ERROR], 2);
}

static void gone_for_good_is_over_when_it_is_configured_otherwise(void **state)
{
        struct rig *rig = *state;
        struct config_receiver *next;

        put_row(rig, "ops");
        start(rig);
        answer(rig, "ops", 410, 0);
        next = copy_receivers(rig);
        free(next[0].url);
        next[0].url = mem_strdup("https://new/?token=hush");
        reload(rig, next, 2);
        assert_true(carries("new", 0));
        start(rig);
        assert_true(carries("new", 0));
}

static void what_is_too_old_for_whom_is_gone_is_a_dead_letter(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        start(rig);
        answer(rig, "ops", 410, 0);
        put_row(rig, "ops");
        pass(rig, rig->cfg.receivers[0].max_age_s - 1);
        assert_false(rig->rows[0].dead || rig->rows[1].dead);
        start(rig); /* whoever was stopped has not tried */
        pass(rig, 10);
        assert_false(rig->rows[0].dead || rig->rows[1].dead);
        pass(rig, rig->cfg.receivers[0].max_age_s);
        assert_true(rig->rows[0].dead && rig->rows[1].dead);
        assert_int_equal(fake_posts, 1);
}

static void retry_ends_a_rest(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        put_row(rig, "dev");
        start(rig);
        answer(rig, "ops", 503, 3000);
        answer(rig, "dev", 503, 3000);
        assert_null(fake_open);
        assert_int_equal(delivery_retry(rig->delivery, "ops"), 1);
        turn(rig);
        assert_true(carries("ops", 0));
        assert_null(open_to("dev"));
        assert_int_equal(delivery_retry(rig->delivery, NULL), 2);
        turn(rig);
        assert_true(carries("dev", 1));
        assert_int_equal(fake_posts, 4);
}

static void what_cannot_be_remembered_holds_until_the_restart(void **state)
{
        struct rig *rig = *state;

        put_row(rig, "ops");
        start(rig);
        rig->outbox_result = -ENOSPC;
        answer(rig, "ops", 410, 0);
        nothing_is_sent_to_whom_is_gone(rig);
        delivery_retry(rig->delivery, "ops");
        nothing_is_sent_to_whom_is_gone(rig);
        rig->outbox_result = 0;
        delivery_retry(rig->delivery, "ops");
        turn(rig);
        assert_true(carries("ops", 0));
}

static void note_lane(const struct delivery_lane *lane, void *arg)
{
        struct delivery_lane *lanes = arg;

        lanes[strcmp(lane->receiver, "dev") == 0] = *lane;
}

static void lanes_can_be_looked_at(void **state)
{
        struct delivery_lane lanes[2] = { 0 };
        struct rig *rig = *state;

        put_row(rig, "ops");
        put_row(rig, "dev");
        start(rig);
        answer(rig, "ops", 410, 0);
        delivery_each(rig->delivery, note_lane, lanes);
        assert_non_null(strstr(lanes[0].disabled, "HTTP 410"));
        assert_int_equal(lanes[0].disabled_s, wall_s);
        assert_false(lanes[0].sending);
        assert_null(lanes[1].disabled);
        assert_true(lanes[1].sending);
        answer(rig, "dev", 503, 100);
        delivery_each(rig->delivery, note_lane, lanes);
        assert_false(lanes[1].sending);
        assert_int_equal(lanes[1].rest_s, 100);
        assert_int_equal(lanes[0].results[SEND_GONE], 1);
        assert_int_equal(lanes[1].results[SEND_RETRY], 1);
        assert_int_equal(lanes[1].results[SEND_OK], 0);
}

/* --- a receiver that forgets ------------------------------------------------------------------ */

/* In the place of "dev". */
static void use_alertmanager(struct rig *rig, int n_open)
{
        struct config_receiver *am = &rig->receivers[1];

        free(am->url);
        *am = (struct config_receiver){
                .name = (char *)"am",
                .kind = RECEIVER_ALERTMANAGER,
                .url = mem_strdup("https://am"),
                .timeout_ms = 15000,
                .max_age_s = 86400,
                .resend_s = 60,
        };
        rig->n_open = n_open;
}

/* What is on its way to it: how many alerts, and how many of them ended; 0 = nothing. */
static size_t alerts_on_their_way(size_t *ret_ended)
{
        json_t *list = fake_open ? json_loads(fake_open->body, 0, NULL) : NULL, *alert;
        size_t n = json_array_size(list), i;

        *ret_ended = 0;
        json_array_foreach(list, i, alert) {
                const char *end = json_string_value(json_object_get(alert, "endsAt"));

                *ret_ended += strcmp(end, "2026-11-23T09:00:00Z") == 0; /* of the sample */
        }
        json_decref(list);
        return n;
}

static void assert_told(size_t n, size_t n_ended)
{
        size_t ended;

        assert_int_equal(alerts_on_their_way(&ended), n);
        assert_int_equal(ended, n_ended);
}

static void alertmanager_answers(struct rig *rig, int status)
{
        assert_non_null(fake_open);
        assert_string_equal(fake_open->url, "https://am/api/v2/alerts");
        fake_answer(fake_open, &(struct http_answer){ .status = status, .body = "" });
        turn(rig);
}

static void what_is_open_is_told_in_rounds(void **state)
{
        struct rig *rig = *state;

        use_alertmanager(rig, 2);
        start(rig);
        assert_told(2, 0);
        alertmanager_answers(rig, 200);
        pass(rig, 59);
        assert_told(0, 0);
        pass(rig, 1);
        assert_told(2, 0);
        alertmanager_answers(rig, 200);
        start(rig);
        assert_told(2, 0); /* a restart tells all at once */
}

static void rounds_and_messages_take_turns(void **state)
{
        struct rig *rig = *state;

        use_alertmanager(rig, 500);
        for (int i = 0; i < 4; i++)
                put_row(rig, "am");
        start(rig);
        for (int i = 0; i < 3; i++) {
                assert_told(i < 2 ? 200 : 100, 0);
                alertmanager_answers(rig, 200);
                assert_told(1, 0);
                alertmanager_answers(rig, 200);
        }
        assert_told(1, 0);
        alertmanager_answers(rig, 200);
        assert_told(0, 0);
        assert_true(slept_ms > 0);
}

static void trouble_of_a_round_rests_no_longer_than_a_round(void **state)
{
        struct rig *rig = *state;

        use_alertmanager(rig, 1);
        start(rig);
        for (int i = 0; i < 8; i++) {
                assert_told(1, 0);
                alertmanager_answers(rig, 503);
                assert_told(0, 0);
                pass(rig, 60);
        }
        assert_int_equal(logged[LOG_LEVEL_WARNING], 1);
        assert_told(1, 0);
        alertmanager_answers(rig, 200);
        assert_int_equal(logged[LOG_LEVEL_INFO], 1);
}

static void rejected_part_of_a_round_lets_the_others_pass(void **state)
{
        struct rig *rig = *state;

        use_alertmanager(rig, 201);
        start(rig);
        assert_told(200, 0);
        alertmanager_answers(rig, 400);
        assert_told(1, 0);
        alertmanager_answers(rig, 200);
        assert_told(0, 0);
}

static void rejected_part_is_one_line_an_hour(void **state)
{
        struct rig *rig = *state;

        use_alertmanager(rig, 1);
        start(rig);
        for (int i = 0; i < 90; i++) {
                assert_told(1, 0);
                alertmanager_answers(rig, 400);
                pass(rig, 60);
        }
        assert_int_equal(logged[LOG_LEVEL_WARNING], 2);
        assert_non_null(strstr(last_log[LOG_LEVEL_WARNING], "HTTP 400"));
}

static void an_end_is_told_in_the_next_rounds_too(void **state)
{
        struct rig *rig = *state;
        struct message m = sample();

        use_alertmanager(rig, 0);
        m.kind = MESSAGE_RESOLVED;
        struct row *row = put_row(rig, "am");

        free(row->payload);
        row->payload = message_to_json(&m);
        message_done(&m);
        start(rig);
        for (int i = 0; i < 5; i++) {
                assert_told(1, 1);
                alertmanager_answers(rig, 200);
                assert_told(0, 0);
                pass(rig, 60);
        }
        assert_told(0, 0);
}

static void no_receivers_is_fine(void **state)
{
        struct rig *rig = *state;
        struct config empty = { 0 };
        struct delivery *d = delivery_new(rig->base, &empty, NULL, &rig->outbox);

        delivery_kick(d);
        turn(rig);
        assert_false(delivery_busy(d));
        delivery_free(d);
        delivery_free(NULL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(backoff_doubles_from_5_s_to_an_hour),
                TEST(one_at_a_time_oldest_first),
                TEST(dead_receiver_delays_nobody_else),
                TEST(trouble_rests_the_lane_and_keeps_the_order),
                TEST(trouble_is_told_at_its_beginning_and_its_end),
                TEST(retry_after_is_heeded_up_to_an_hour),
                TEST(rejected_message_lets_others_pass),
                TEST(nothing_overtakes_across_restarts),
                TEST(rejected_message_is_not_overtaken_by_its_endpoint),
                TEST(rejected_until_it_is_too_old_lets_its_endpoint_go_on),
                TEST(age_alone_buries_nothing),
                TEST(message_that_makes_trouble_steps_aside),
                TEST(receiver_that_is_down_is_asked_once_per_rest),
                TEST(too_old_is_a_dead_letter_even_while_the_lane_rests),
                TEST(unreadable_payload_is_a_dead_letter),
                TEST(restart_sends_again_with_the_same_id),
                TEST(reload_lets_equal_receivers_finish),
                TEST(reload_begins_and_ends_what_is_not_equal),
                TEST(every_value_of_a_receiver_counts),
                TEST(reload_reads_secrets_again),
                TEST(missing_secret_waits_and_is_told_once),
                TEST(failing_outbox_does_not_make_a_storm),
                TEST(failing_burial_does_not_make_a_storm),
                TEST(no_sleep_is_longer_than_a_minute),
                TEST(clock_set_back_does_not_stall),
                TEST(gone_for_good_disables_over_restarts_until_told_otherwise),
                TEST(gone_for_good_is_over_when_it_is_configured_otherwise),
                TEST(what_is_too_old_for_whom_is_gone_is_a_dead_letter),
                TEST(retry_ends_a_rest),
                TEST(what_cannot_be_remembered_holds_until_the_restart),
                TEST(lanes_can_be_looked_at),
                TEST(what_is_open_is_told_in_rounds),
                TEST(rounds_and_messages_take_turns),
                TEST(trouble_of_a_round_rests_no_longer_than_a_round),
                TEST(rejected_part_of_a_round_lets_the_others_pass),
                TEST(rejected_part_is_one_line_an_hour),
                TEST(an_end_is_told_in_the_next_rounds_too),
                TEST(no_receivers_is_fine),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
