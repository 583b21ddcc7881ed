/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture is one write, between the marks of a synchronised update, which terminals that do not
 * know them pass over: nothing flickers, and nothing is seen half done. Signals only set flags;
 * they are let in while we wait, and while we ask a daemon that may not answer.
 *
 * The contract is in watch.h.
 */
#include "daemon/app/watch.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "daemon/app/doc.h"
#include "daemon/app/status_print.h"
#include "daemon/app/status_view.h"
#include "daemon/app/wrap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define FRAME_MAX_BYTES (64U << 20)
#define NOTICE_MAX_BYTES 4096

/* Another screen, no cursor, lines that end where the terminal does; and all that back again. */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[2J"
#define LEAVE "\033[?7h\033[?25h\033[999;1H\n\033[?1049l"
#define BEGIN_FRAME "\033[?2026h\033[H"
#define END_LINE "\033[K"
#define END_FRAME "\033[J\033[?2026l"

static volatile sig_atomic_t ended, suspended; /* a new size only has to wake us */

struct screen {
        const struct watch *w;
        bool drawn; /* a terminal that can be drawn on; else one picture follows the other */
        struct termios before;
        sigset_t ours, outside; /* the signals that we heed; and those blocked before */
        char *trouble;          /* why there is no answer; NULL = there was one */
};

static void on_signal(int number)
{
        if (number == SIGTSTP)
                suspended = 1;
        else if (number != SIGWINCH)
                ended = 1;
}

struct terminal watch_terminal(const char *colour)
{
        struct terminal t = terminal_of(stdout);

        if (colour && strcmp(colour, "auto") != 0)
                t.colour = strcmp(colour, "always") == 0;
        return t;
}

/* --- the terminal ----------------------------------------------------------------------------- */

/* The whole of it, or nobody reads. */
static void write_all(const char *text, size_t n)
{
        while (n > 0 && !ended) {
                ssize_t done = write(STDOUT_FILENO, text, n);

                if (done < 0 && errno != EINTR && errno != EAGAIN)
                        ended = 1;
                if (done > 0) {
                        text += done;
                        n -= (size_t)done;
                }
        }
}

static void enter(struct screen *s)
{
        struct termios raw = s->before;

        if (!s->drawn)
                return;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 0;
        raw.c_cc[VTIME] = 0;
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
        write_all(ENTER, strlen(ENTER));
}

/* Also when we have been told to end: then nothing may keep us from it. */
static void leave(const struct screen *s)
{
        if (!s->drawn)
                return;
        if (write(STDOUT_FILENO, LEAVE, strlen(LEAVE)) < 0)
                ended = 1;
        tcsetattr(STDIN_FILENO, TCSADRAIN, &s->before);
}

/* Ctrl-Z: the shell gets its terminal as it knows it. */
static void suspend(struct screen *s)
{
        leave(s);
        suspended = 0;
        raise(SIGSTOP);
        enter(s);
}

static void heed_signals(struct screen *s)
{
        static const int NUMBERS[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP };
        struct sigaction action = { .sa_handler = on_signal }; /* and no SA_RESTART */

        sigemptyset(&s->ours);
        for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++) {
                if (NUMBERS[i] == SIGTSTP && !s->drawn)
                        continue;
                sigaddset(&s->ours, NUMBERS[i]);
                sigaction(NUMBERS[i], &action, NULL);
        }
        sigprocmask(SIG_BLOCK, &s->ours, &s->outside);
}

static bool can_draw(struct screen *s)
{
        const char *kind = getenv("TERM");

        return kind && *kind && strcmp(kind, "dumb") != 0 && isatty(STDOUT_FILENO) &&
               tcgetattr(STDIN_FILENO, &s->before) == 0;
}

/* --- a picture -------------------------------------------------------------------------------- */

/* What is shown is old: since when, and why. Or which picture this is. */
static void put_notice(const struct screen *s, struct buf *out, const struct terminal *t)
{
        const char *seen = doc_text(s->w->v->health, "at", NULL);
        struct buf text = BUF_INIT(NOTICE_MAX_BYTES);
        char at[TIME_STR_MAX];
        int64_t at_s = 0;

        if (seen)
                (void)parse_time(seen, &at_s);
        if (s->trouble)
                buf_printf(&text, "No daemon answers: %s. It is asked again every %lld s; this was "
                           "seen %s.", s->trouble, (long long)s->w->period_s,
                           time_rfc3339(at_s, at));
        else
                buf_printf(&text, "%severy %lld s  %s  notafter %s", s->drawn ? "q: leave  " : "",
                           (long long)s->w->period_s, time_rfc3339(at_s, at),
                           doc_text(s->w->v->health, "version", ""));
        buf_puts(out, t->colour ? s->trouble ? "\033[1;7;31m" : "\033[2m" : "");
        if (s->trouble)
                wrap_text(out, buf_str(&text), 0, t->width);
        else
                buf_printf(out, "%s\n", buf_str(&text));
        buf_puts(out, t->colour ? "\033[0m" : "");
        buf_done(&text);
}

static size_t lines_of(const struct buf *b)
{
        size_t n = 0;

        for (size_t i = 0; i < b->len; i++)
                n += b->data[i] == '\n';
        return n;
}

static void put_picture(const struct screen *s, struct buf *out, struct terminal *t)
{
        size_t taken;

        put_notice(s, out, t);
        taken = lines_of(out);
        if (s->drawn && t->height <= taken)
                return;
        t->height = s->drawn ? t->height - taken : 0;
        status_put(out, s->w->v, t);
}

/* Every line no longer than the terminal, and no more of them. */
static void put_frame(struct buf *frame, const char *picture, const struct terminal *t,
                      size_t height)
{
        buf_puts(frame, BEGIN_FRAME);
        for (size_t row = 0; row < height && *picture; row++) {
                buf_puts(frame, row ? "\n" : "");
                picture += wrap_clip(frame, picture, t->width);
                buf_puts(frame, t->colour ? "\033[0m" END_LINE : END_LINE);
                picture += *picture == '\n';
        }
        buf_puts(frame, END_FRAME);
}

static void draw(const struct screen *s)
{
        struct terminal t = watch_terminal(s->w->colour);
        struct buf picture = BUF_INIT(FRAME_MAX_BYTES), frame = BUF_INIT(FRAME_MAX_BYTES);
        size_t height = t.height;

        put_picture(s, &picture, &t);
        if (s->drawn)
                put_frame(&frame, buf_str(&picture), &t, height);
        else
                buf_printf(&frame, "%s\n", buf_str(&picture));
        write_all(frame.data, frame.len);
        buf_done(&picture);
        buf_done(&frame);
}

/* --- again and again -------------------------------------------------------------------------- */

/* A signal may end this: then what was seen before stays. */
static void ask(struct screen *s)
{
        char *error = NULL;
        sigset_t old;
        int r;

        sigprocmask(SIG_UNBLOCK, &s->ours, &old);
        r = ended ? -EINTR : status_view_ask(s->w->v, s->w->socket, s->w->v->filter, &error);
        sigprocmask(SIG_SETMASK, &old, NULL);
        if (r == -EINTR)
                return;
        free(s->trouble);
        s->trouble = r == 0 ? NULL : error ? error : mem_strdup(strerror(-r));
}

/* Whoever types q, or has gone, leaves. */
static void read_keys(struct screen *s, short revents)
{
        char keys[64];
        ssize_t n = revents & POLLIN ? read(STDIN_FILENO, keys, sizeof(keys)) : 0;

        if ((revents & (POLLHUP | POLLERR)) && n <= 0)
                ended = 1;
        for (ssize_t i = 0; i < n && s->drawn; i++)
                ended |= keys[i] == 'q' || keys[i] == 'Q';
}

/* Until it is time to ask again: true; or only something to draw again: false. */
static bool rest(struct screen *s, int64_t until_ms)
{
        struct pollfd in[] = {
                { .fd = STDOUT_FILENO }, /* hung up: nobody reads */
                { .fd = s->drawn ? STDIN_FILENO : -1, .events = POLLIN },
        };
        int64_t left_ms = until_ms - clock_mono_ms();
        struct timespec left = { left_ms / 1000, left_ms % 1000 * 1000000 };

        if (left_ms <= 0)
                return true;
        if (ppoll(in, ARRAY_LEN(in), &left, &s->outside) <= 0)
                return false;
        if (in[0].revents & (POLLHUP | POLLERR))
                ended = 1;
        read_keys(s, in[1].revents);
        return false;
}

void watch_status(const struct watch *w)
{
        struct screen s = { .w = w };
        int64_t next_ms = clock_mono_ms() + w->period_s * 1000;

        s.drawn = can_draw(&s);
        heed_signals(&s);
        enter(&s);
        draw(&s);
        while (!ended) {
                bool again = rest(&s, next_ms);

                if (suspended)
                        suspend(&s);
                if (ended)
                        break;
                if (again) {
                        ask(&s);
                        next_ms = clock_mono_ms() + w->period_s * 1000;
                }
                if (again || s.drawn)
                        draw(&s);
        }
        leave(&s);
        free(s.trouble);
        sigprocmask(SIG_SETMASK, &s.outside, NULL);
}
