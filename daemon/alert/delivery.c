/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lane per receiver; a lane knows nothing of the others, and lives as long as its receiver is
 * configured and unchanged. lane_turn() is the whole of it: what is due, is it too old, may we
 * send, send. Whatever happens ends in arming the lane's one timer.
 *
 * Two things make a lane wait. A receiver in trouble rests as a whole (rest_until_ms, monotonic):
 * the message stays due, so that a new start tries the same one again, at once. A message that was
 * rejected has a due time of its own in the outbox (wall clock, it survives restarts) and holds up
 * those behind it about the same group, nobody else. Whose trouble it is cannot be seen from one
 * answer: a message that meets with trouble PATIENCE times steps aside as if it were rejected, and
 * the lane rests all the same, so that a receiver that is down is asked once per rest.
 *
 * A message is too old by the wall clock, which may be set, and while we were stopped nobody tried.
 * So age alone buries nothing: the message must fail once more when it is too old, or its receiver
 * must have been in trouble, by the monotonic clock and under our eyes, for as long as a message is
 * tried. A timer never sleeps longer than LANE_LOOK_S: a clock set forwards is noticed soon, one
 * set backwards by waits that no back-off explains.
 *
 * A continuing trouble is one line at its beginning and one at its end, however often it is tried.
 *
 * A receiver that says that it is gone for good is asked no more: its lane is disabled, until it is
 * configured otherwise or somebody says so (delivery_retry()). Its messages wait as in any trouble.
 */
#include "daemon/alert/delivery.h"

#include "daemon/alert/receiver.h"
#include "daemon/alert/resend.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "config/model.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#define BACKOFF_FIRST_S 5
#define OPEN_RETRY_S 30
#define OUTBOX_RETRY_S 60 /* the queue itself failed: a full disk, most likely */
#define LANE_LOOK_S 60
#define PATIENCE 3 /* attempts of one message, before others are tried in its place */
#define ASIDE_MAX_S 600 /* it may have been the receiver: when that is back, this is the delay */
#define PART_SAID_MS (3600 * 1000)
#define LANE_TURN_ROWS 16 /* outbox rows that one turn may end, so that the loop is not held up */

struct lane {
        struct delivery *delivery;
        const struct config_receiver *cfg;
        struct receiver *receiver; /* NULL = not open */
        bool stale; /* the receiver is of the former configuration: not one message more */
        char *disabled; /* why nothing is sent any more; NULL = it is not so */
        int64_t disabled_s; /* wall clock; since when */
        struct event *timer;
        int64_t rest_until_ms; /* monotonic; 0 = none */
        /* what is on its way; payload NULL = nothing */
        struct outbox_item item;
        struct message message;
        struct resend *resend; /* of a receiver that forgets; or NULL */
        bool resending;        /* what is on its way is of that */
        bool resent;           /* and before that, it was: now it is a message's turn */
        /* what was already said in the log */
        int64_t troubles;   /* SEND_RETRY in a row */
        int64_t troubled_ms; /* monotonic; when the first of them was */
        int64_t rejections; /* SEND_REJECTED in a row */
        int64_t results[SEND_RESULT_COUNT]; /* since the start */
        bool said_trouble;
        bool said_unopened;
        bool said_part; /* of a round that was rejected ... */
        int64_t said_part_ms; /* ... and when, monotonic */
        bool said_outbox;
};

struct delivery {
        struct event_base *base;
        struct http_client *http;
        struct outbox outbox;
        struct lane **lanes; /* timers and receivers point to them */
        size_t n_lanes;
};

int64_t delivery_backoff_s(int64_t attempts, uint32_t random)
{
        int64_t s = BACKOFF_FIRST_S;

        for (int64_t i = 1; i < attempts && s < DELIVERY_MAX_BACKOFF_S; i++)
                s *= 2;
        if (s > DELIVERY_MAX_BACKOFF_S)
                s = DELIVERY_MAX_BACKOFF_S;
        return s - s * (int64_t)(random % 1024) / 1023 / 5;
}

static int64_t backoff_s(int64_t attempts, int64_t retry_after_s)
{
        uint32_t random = 0;

        (void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
        int64_t s = delivery_backoff_s(attempts, random);

        if (retry_after_s > s)
                s = retry_after_s;
        return s < DELIVERY_MAX_BACKOFF_S ? s : DELIVERY_MAX_BACKOFF_S;
}

static void lane_arm(struct lane *l, int64_t wait_ms)
{
        if (wait_ms > LANE_LOOK_S * 1000)
                wait_ms = LANE_LOOK_S * 1000;
        if (wait_ms < 0)
                wait_ms = 0;
        struct timeval tv = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };

        evtimer_add(l->timer, &tv);
}

static void lane_rest(struct lane *l, int64_t s)
{
        if (l->resend && s > l->cfg->resend_s)
                s = l->cfg->resend_s; /* when it is back, it should soon know what is open */
        l->rest_until_ms = clock_mono_ms() + s * 1000;
}

static bool lane_in_flight(const struct lane *l)
{
        return l->item.payload != NULL || l->resending;
}

static void lane_drop_item(struct lane *l)
{
        free(TAKE(l->item.payload));
        message_done(&l->message);
}

/* The outbox failed: without a rest, a message that cannot be ticked off would go out for ever. */
static void lane_check_outbox(struct lane *l, int r)
{
        if (r < 0) {
                if (!l->said_outbox)
                        log_error("receiver %s: the outbox fails: %s; trying again every %d s",
                                  l->cfg->name, strerror(-r), OUTBOX_RETRY_S);
                lane_rest(l, OUTBOX_RETRY_S);
        }
        l->said_outbox = r < 0;
}

static int lane_bury(struct lane *l, int64_t now_s, const char *reason)
{
        struct outbox *o = &l->delivery->outbox;
        const struct message *m = &l->message;
        int r = o->dead(o->ctx, l->item.row, now_s, reason);

        if (r == 0 && m->name)
                log_error("receiver %s: giving up on message %s about %s (%s): %s", l->cfg->name,
                          m->id, m->name, message_code(m), reason);
        else if (r == 0)
                log_error("receiver %s: giving up on a message: %s", l->cfg->name, reason);
        lane_drop_item(l);
        return r;
}

/* What it read from files is read again when it is next opened. */
static void lane_close(struct lane *l)
{
        receiver_free(TAKE(l->receiver));
        l->stale = false;
}

static bool lane_open(struct lane *l)
{
        AUTO_FREE char *error = NULL;

        if (l->receiver)
                return true;
        int r = receiver_new(&l->receiver, l->delivery->base, l->cfg, l->delivery->http, &error);

        if (r < 0 && !l->said_unopened)
                log_error("receiver %s: cannot be used: %s; its messages wait, trying again every "
                          "%d s", l->cfg->name, error ? error : strerror(-r), OPEN_RETRY_S);
        else if (r == 0 && l->said_unopened)
                log_info("receiver %s: can be used now", l->cfg->name);
        l->said_unopened = r < 0;
        if (r < 0)
                lane_rest(l, OPEN_RETRY_S);
        return r == 0;
}

/* --- after an attempt ------------------------------------------------------------------------- */

/*
 * Is this trouble worth a line? Not while it is one message, of which it was said, that fails in
 * between others that do not.
 */
static bool lane_is_news(const struct lane *l, enum send_result result)
{
        return result == SEND_RETRY && !l->said_trouble &&
               (l->item.attempts < PATIENCE || l->troubles >= PATIENCE);
}

static void lane_log(struct lane *l, enum send_result result, const char *why)
{
        const char *name = l->cfg->name;
        bool news = lane_is_news(l, result);

        if (news)
                log_warning("receiver %s: cannot deliver: %s; messages wait", name, why);
        else if (result == SEND_REJECTED && l->rejections++ == 0 && l->item.attempts == 0)
                log_warning("receiver %s: rejected message %s about %s: %s; it will be tried again",
                            name, l->message.id, l->message.name, why);
        else if (result != SEND_OK)
                log_debug("receiver %s: message %s: %s", name, l->message.id, why);

        if (result != SEND_RETRY && l->said_trouble)
                log_info("receiver %s: %s again after %" PRId64 " failure%s", name,
                         result == SEND_OK ? "delivering" : "answering", l->troubles,
                         l->troubles == 1 ? "" : "s");
        l->said_trouble = result == SEND_RETRY && (news || l->said_trouble);
        if (result != SEND_RETRY)
                l->troubles = 0;
        if (result == SEND_OK)
                l->rejections = 0;
}

/* What has become too old while nothing could be sent may be given up: that is trouble, too. */
static void lane_note_trouble(struct lane *l)
{
        if (l->troubles++ == 0)
                l->troubled_ms = clock_mono_ms();
}

/* The receiver said that it is gone for good. */
static void lane_disable(struct lane *l, int64_t now_s, const char *why)
{
        struct outbox *o = &l->delivery->outbox;
        char span[SPAN_STR_MAX];

        log_error("receiver %s: DISABLED: %s; nothing more is sent to it, its messages wait (%s at "
                  "the most): take it out of the configuration, give it a new URL and reload, or "
                  "say: notafter alert retry %s", l->cfg->name, why,
                  span_str(l->cfg->max_age_s, span), l->cfg->name);
        lane_note_trouble(l);
        l->disabled = mem_strdup(why);
        l->disabled_s = now_s;
        lane_check_outbox(l, o->disable(o->ctx, l->cfg->name, config_receiver_hash(l->cfg), now_s,
                                        why));
}

/* Was it disabled by a former process, and is it configured as it was then? */
static void lane_recall(struct lane *l)
{
        struct outbox *o = &l->delivery->outbox;
        char since[TIME_STR_MAX];

        if (o->disabled(o->ctx, l->cfg->name, config_receiver_hash(l->cfg), &l->disabled_s,
                        &l->disabled) <= 0)
                return;
        lane_note_trouble(l);
        log_error("receiver %s: still DISABLED, since %s: %s; to try it again: notafter alert "
                  "retry %s", l->cfg->name, time_str(l->disabled_s, since), l->disabled,
                  l->cfg->name);
}

static bool lane_too_old(const struct lane *l, int64_t now_s)
{
        return now_s - l->item.created_s >= l->cfg->max_age_s;
}

static char *lane_too_old_text(const struct lane *l, int64_t attempts)
{
        char span[SPAN_STR_MAX];

        return mem_printf("not delivered within %s, %" PRId64 " attempt%s",
                          span_exact(l->cfg->max_age_s, span), attempts, attempts == 1 ? "" : "s");
}

/* Keeps the row for later; or, if it has had its time, gives it up. */
static int lane_failed(struct lane *l, enum send_result result, int64_t now_s, const char *why,
                       int64_t retry_after_s)
{
        struct outbox *o = &l->delivery->outbox;
        int64_t attempts = l->item.attempts + 1, wait_s = backoff_s(attempts, retry_after_s);
        bool aside = result == SEND_REJECTED || attempts >= PATIENCE;

        if (result == SEND_RETRY && wait_s > ASIDE_MAX_S)
                wait_s = ASIDE_MAX_S;
        int r = aside ? o->postpone(o->ctx, l->item.row, now_s + wait_s, why)
                      : o->retry(o->ctx, l->item.row, why);

        if (r < 0 || !lane_too_old(l, now_s))
                return r;
        AUTO_FREE char *obituary = lane_too_old_text(l, attempts);

        return lane_bury(l, now_s, obituary);
}

/* Runs from the loop, as the receiver promises. */
static void on_sent(enum send_result result, const char *reason, int64_t retry_after_s, void *arg)
{
        struct lane *l = arg;
        struct outbox *o = &l->delivery->outbox;
        int64_t now_s = clock_wall_s();
        const char *why = reason ? reason : "no reason given";

        l->results[result]++;
        if (result == SEND_RETRY)
                lane_note_trouble(l);
        lane_log(l, result, why);
        if (result == SEND_OK && l->resend)
                resend_note(l->resend, &l->message, l->item.payload, clock_mono_ms());
        if (result == SEND_OK)
                lane_check_outbox(l, o->done(o->ctx, l->item.row, now_s));
        else
                lane_check_outbox(l, lane_failed(l, result, now_s, why, retry_after_s));
        if (result == SEND_RETRY)
                lane_rest(l, backoff_s(l->troubles, retry_after_s));
        if (result == SEND_GONE)
                lane_disable(l, now_s, why);
        lane_drop_item(l);
        if (l->stale)
                lane_close(l);
        lane_arm(l, 0);
}

/* --- a receiver that forgets ------------------------------------------------------------------ */

/* It comes again in every round: one line an hour is enough. */
static void lane_log_part(struct lane *l, const char *why)
{
        int64_t now_ms = clock_mono_ms();

        if (l->said_part && now_ms - l->said_part_ms < PART_SAID_MS)
                return;
        log_warning("receiver %s: rejected a part of what is open: %s; it is told again every %"
                    PRId64 " s", l->cfg->name, why, l->cfg->resend_s);
        l->said_part = true;
        l->said_part_ms = now_ms;
}

/* Runs from the loop. Of no message, so the outbox does not hear of it. */
static void on_resent(enum send_result result, const char *reason, int64_t retry_after_s, void *arg)
{
        struct lane *l = arg;
        const char *why = reason ? reason : "no reason given";

        l->resending = false;
        if (result == SEND_RETRY)
                lane_note_trouble(l);
        if (result == SEND_REJECTED)
                lane_log_part(l, why);
        else
                lane_log(l, result, why);
        if (result == SEND_RETRY) {
                resend_again(l->resend);
                lane_rest(l, backoff_s(l->troubles, retry_after_s));
        }
        if (result == SEND_GONE)
                lane_disable(l, clock_wall_s(), why);
        if (l->stale)
                lane_close(l);
        lane_arm(l, 0);
}

/* Sends the next part of a round, if one is due: true when something is on its way. */
static bool lane_resend(struct lane *l)
{
        struct message batch[RESEND_BATCH];
        int n = resend_take(l->resend, &l->delivery->outbox, l->cfg->name, clock_mono_ms(), batch);

        lane_check_outbox(l, n < 0 ? n : 0);
        l->resending = n > 0 && lane_open(l);
        if (l->resending)
                receiver_resend(l->receiver, batch, (size_t)n, on_resent, l);
        else if (n > 0)
                resend_again(l->resend);
        for (int i = 0; i < n; i++)
                message_done(&batch[i]);
        return l->resending;
}

/* --- a turn ----------------------------------------------------------------------------------- */

/*
 * The time by which rows are due. When the earliest is further away than any back-off, the wall
 * clock was set back since, and waiting for it might take years.
 */
static int64_t lane_horizon_s(struct lane *l, int64_t now_s)
{
        struct outbox *o = &l->delivery->outbox;
        int64_t due_s = o->next_due_s(o->ctx, l->cfg->name);

        return due_s > now_s + DELIVERY_MAX_BACKOFF_S ? due_s : now_s;
}

static void lane_arm_for_next(struct lane *l, int64_t now_s)
{
        struct outbox *o = &l->delivery->outbox;
        int64_t due_s = o->next_due_s(o->ctx, l->cfg->name);

        int64_t wait_ms = due_s < 0 || due_s - now_s > LANE_LOOK_S ? LANE_LOOK_S * 1000
                                                                   : (due_s - now_s) * 1000;
        int64_t round_ms = l->resend ? resend_due_ms(l->resend) - clock_mono_ms() : wait_ms;

        lane_arm(l, round_ms < wait_ms ? round_ms : wait_ms);
}

/* Why this message shall not be sent any more, malloc'ed; NULL = it may. */
static char *lane_obituary(const struct lane *l, bool readable, int64_t now_s)
{
        int64_t troubled_ms = clock_mono_ms() - l->troubled_ms;

        if (!readable)
                return mem_strdup("its text in the outbox cannot be read");
        if (!lane_too_old(l, now_s) || l->troubles == 0 || troubled_ms < l->cfg->max_age_s * 1000)
                return NULL;
        return lane_too_old_text(l, l->item.attempts);
}

/* Takes the oldest message that is due and may still be sent: 1 = taken, 0 = none, -errno. */
static int lane_take(struct lane *l, int64_t now_s)
{
        struct outbox *o = &l->delivery->outbox;
        int64_t horizon_s = lane_horizon_s(l, now_s);
        int r = 0;

        for (int i = 0; r == 0 && i < LANE_TURN_ROWS; i++) {
                r = o->next(o->ctx, l->cfg->name, horizon_s, &l->item);
                if (r <= 0)
                        break;
                bool readable = message_from_json(l->item.payload, &l->message) == 0;
                AUTO_FREE char *obituary = lane_obituary(l, readable, now_s);

                if (!obituary)
                        return 1;
                r = lane_bury(l, now_s, obituary);
        }
        lane_check_outbox(l, r);
        return r;
}

static void lane_turn(struct lane *l)
{
        int64_t now_s = clock_wall_s(), rest_ms = l->rest_until_ms - clock_mono_ms();

        if (lane_in_flight(l))
                return;
        if (l->said_outbox && rest_ms > 0) {
                lane_arm(l, rest_ms);
                return;
        }
        l->resent = !l->resent && l->resend && !l->disabled && rest_ms <= 0 && lane_resend(l);
        if (l->resent)
                return;
        int r = lane_take(l, now_s);

        if (r == 1 && !l->disabled && rest_ms <= 0 && lane_open(l)) {
                receiver_send(l->receiver, &l->message, l->item.payload, on_sent, l);
                return;
        }
        if (r == 1)
                lane_drop_item(l);
        rest_ms = l->rest_until_ms - clock_mono_ms();
        if (l->disabled)
                lane_arm(l, LANE_LOOK_S * 1000);
        else if (rest_ms > 0)
                lane_arm(l, rest_ms);
        else
                lane_arm_for_next(l, now_s);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
        (void)fd, (void)what;
        lane_turn(arg);
}

/* --- a lane's life ---------------------------------------------------------------------------- */

static struct lane *lane_new(struct delivery *d, const struct config_receiver *cfg)
{
        struct lane *l = mem_new0(1, sizeof(*l));

        *l = (struct lane){
                .delivery = d,
                .cfg = cfg,
                .resend = cfg->resend_s > 0 ? resend_new(cfg->resend_s) : NULL,
        };
        l->timer = evtimer_new(d->base, on_timer, l);
        if (!l->timer)
                mem_exhausted();
        lane_recall(l);
        lane_arm(l, 0);
        return l;
}

static void lane_free(struct lane *l)
{
        if (!l)
                return;
        lane_close(l);
        event_free(l->timer);
        resend_free(l->resend);
        lane_drop_item(l);
        free(l->disabled);
        free(l);
}

/*
 * Goes on under an equal configuration. The secret may be another now, so the receiver is opened
 * anew; one with a message on its way needs its configuration no more, and may finish first.
 */
static struct lane *lane_go_on(struct lane *l, const struct config_receiver *cfg)
{
        l->cfg = cfg;
        l->stale = lane_in_flight(l);
        if (l->stale)
                return l;
        if (l->said_unopened)
                l->rest_until_ms = 0; /* a reload is often the cure */
        lane_close(l);
        lane_arm(l, 0);
        return l;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Takes the lane that goes on as @cfg out of the list; NULL = there is none. */
static struct lane *take_lane(struct lane **lanes, size_t n, const struct config_receiver *cfg)
{
        for (size_t i = 0; i < n; i++)
                if (lanes[i] && config_receiver_equal(lanes[i]->cfg, cfg))
                        return TAKE(lanes[i]);
        return NULL;
}

static void free_lanes(struct lane **lanes, size_t n)
{
        for (size_t i = 0; i < n; i++)
                lane_free(lanes[i]);
        free(lanes);
}

void delivery_reload(struct delivery *d, const struct config *cfg)
{
        struct lane **lanes = mem_new0(cfg->n_receivers + 1, sizeof(struct lane *));

        for (size_t i = 0; i < cfg->n_receivers; i++) {
                const struct config_receiver *receiver = &cfg->receivers[i];
                struct lane *old = take_lane(d->lanes, d->n_lanes, receiver);

                lanes[i] = old ? lane_go_on(old, receiver) : lane_new(d, receiver);
        }
        free_lanes(d->lanes, d->n_lanes);
        d->lanes = lanes;
        d->n_lanes = cfg->n_receivers;
}

struct delivery *delivery_new(struct event_base *base, const struct config *cfg,
                              struct http_client *http, const struct outbox *outbox)
{
        struct delivery *d = mem_new0(1, sizeof(*d));

        *d = (struct delivery){ .base = base, .http = http, .outbox = *outbox };
        delivery_reload(d, cfg);
        return d;
}

void delivery_free(struct delivery *d)
{
        if (!d)
                return;
        free_lanes(d->lanes, d->n_lanes);
        free(d);
}

void delivery_kick(struct delivery *d)
{
        for (size_t i = 0; i < d->n_lanes; i++)
                if (!lane_in_flight(d->lanes[i]))
                        lane_arm(d->lanes[i], 0);
}

static void lane_retry(struct lane *l)
{
        struct outbox *o = &l->delivery->outbox;
        int r = o->enable(o->ctx, l->cfg->name);

        lane_check_outbox(l, r);
        if (r < 0)
                return;
        if (l->disabled) {
                log_info("receiver %s: enabled again", l->cfg->name);
                free(TAKE(l->disabled));
                l->troubles = 0;
        }
        l->rest_until_ms = 0;
        if (!lane_in_flight(l))
                lane_arm(l, 0);
}

size_t delivery_retry(struct delivery *d, const char *receiver)
{
        size_t n = 0;

        for (size_t i = 0; i < d->n_lanes; i++)
                if (!receiver || strcmp(d->lanes[i]->cfg->name, receiver) == 0) {
                        lane_retry(d->lanes[i]);
                        n++;
                }
        return n;
}

void delivery_each(const struct delivery *d, delivery_lane_fn *fn, void *arg)
{
        int64_t now_ms = clock_mono_ms();

        for (size_t i = 0; i < d->n_lanes; i++) {
                const struct lane *l = d->lanes[i];
                int64_t rest_ms = l->rest_until_ms - now_ms;

                fn(&(struct delivery_lane){
                           .receiver = l->cfg->name,
                           .sending = lane_in_flight(l),
                           .disabled = l->disabled,
                           .disabled_s = l->disabled_s,
                           .rest_s = rest_ms > 0 ? (rest_ms + 999) / 1000 : 0,
                           .results = l->results,
                   }, arg);
        }
}

int delivery_busy(const struct delivery *d)
{
        for (size_t i = 0; i < d->n_lanes; i++)
                if (lane_in_flight(d->lanes[i]))
                        return 1;
        return 0;
}
